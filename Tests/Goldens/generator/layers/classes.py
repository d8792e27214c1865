"""Output layers of many classes."""

import math

import torch
from torch import nn
from torch.func import functional_call

from ..pytorch import case, numbers, titled


def adaptive():
    for shape, targets in (((5, 4), [0, 7, 3, 9, 2]), ((2, 2, 4), [[1, 3], [2, 0]])):
        module = nn.AdaptiveLogSoftmaxWithLoss(4, 10, [3, 6], div_value=2.0, dtype=torch.double)
        title = f"adaptiveSoftmax of {list(shape)}"
        inputs = {"x": numbers(title, shape), "targets": torch.tensor(targets)}
        # Two clusters of 2 and 1 features.
        for name, extents in (
            ("head.weights", (4, 5)),
            ("clusters.0.projection.weights", (4, 2)),
            ("clusters.0.output.weights", (2, 3)),
            ("clusters.1.projection.weights", (4, 1)),
            ("clusters.1.output.weights", (1, 4)),
        ):
            inputs[name] = numbers(f"{title} {name}", extents)

        def logarithms(x, t, head, *tails):
            weights = {"head.weight": head.T}
            for number, tail in enumerate(tails):
                weights[f"tail.{number // 2}.{number % 2}.weight"] = tail.T
            found = functional_call(module, weights, (x.reshape(-1, 4), t.reshape(-1))).output
            return found.reshape(t.shape)

        yield case(title, "adaptiveSoftmax", logarithms, inputs, {"cutoffs": [3, 6], "classes": 10, "divisor": 2.0})


def sampled():
    for attributes in (
        {"samples": [0, 3, 3, 5]},
        {"samples": [5, 1, 2], "distribution": "uniform", "reduction": "sum"},
    ):
        samples = attributes["samples"]

        def loss(x, t, weights, bias):
            q = torch.full((6,), 1 / 6, dtype=torch.double)
            if attributes.get("distribution") != "uniform":
                q = torch.tensor([math.log((c + 2) / (c + 1)) / math.log(7) for c in range(6)], dtype=torch.double)
            scores = x @ weights.T + bias
            losses = []
            for row, target in zip(scores, t.tolist()):
                terms = [row[target]] + [row[c] - torch.log(len(samples) * q[c]) for c in samples if c != target]
                losses.append(torch.logsumexp(torch.stack(terms), 0) - row[target])
            losses = torch.stack(losses)
            return losses.sum() if attributes.get("reduction") == "sum" else losses.mean()

        title = titled("sampledSoftmax", attributes)
        inputs = {
            "x": numbers(title, (3, 4)),
            "targets": torch.tensor([3, 0, 4]),
            "weights": numbers(f"{title} weights", (6, 4)),
            "bias": numbers(f"{title} bias", (6,)),
        }
        yield case(title, "sampledSoftmax", loss, inputs, attributes)


def cases():
    yield from adaptive()
    yield from sampled()
