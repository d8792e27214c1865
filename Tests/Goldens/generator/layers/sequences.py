"""Losses of sequences."""

import itertools

import torch
from torch.nn import functional

from ..pytorch import case, numbers, titled


def ctc():
    labels = torch.tensor([[2, 2, 1], [3, 1, 0], [1, 0, 0]])
    counts = [3, 2, 0]
    for attributes in (
        {},
        {"lengths": [6, 4, 2], "reduction": "sum"},
        # Two equal labels need a blank between them, and a third step: the first sequence has none.
        {"lengths": [3, 4, 2], "reduction": "sum", "zeroInfinity": True},
        {"blank": 3, "lengths": [6, 5, 2], "reduction": "sum"},
    ):
        blank = attributes.get("blank", 0)
        used = torch.tensor([[2, 2, 1], [0, 1, 0], [1, 0, 0]]) if blank == 3 else labels

        def loss(x, t):
            losses = functional.ctc_loss(
                torch.log_softmax(x, -1).transpose(0, 1),
                t,
                attributes.get("lengths", [6, 6, 6]),
                counts,
                blank=blank,
                reduction="none",
                zero_infinity=attributes.get("zeroInfinity", False),
            )
            return losses.sum() if attributes.get("reduction") == "sum" else losses.mean()

        title = titled("ctcLoss of [3, 6, 4]", attributes)
        inputs = {"logits": numbers(title, (3, 6, 4), -3, 3), "labels": used}
        yield case(title, "ctcLoss", loss, inputs, {"labelCounts": counts} | attributes, derivatives=1)
    title = "ctcLoss of labels that no path has"
    inputs = {"logits": numbers(title, (1, 3, 3)), "labels": torch.tensor([[1, 1, 2]])}
    yield case(
        title,
        "ctcLoss",
        lambda x, t: functional.ctc_loss(torch.log_softmax(x, -1).transpose(0, 1), t, [3], [3], reduction="sum"),
        inputs,
        {"labelCounts": [3], "reduction": "sum"},
        derivatives=0,
    )


def random_field():
    tags = torch.tensor([[1, 0, 2, 2], [2, 1, 1, 0]])
    for attributes in ({}, {"lengths": [4, 2]}, {"lengths": [1, 3]}):

        def likelihood(emissions, tags, transitions, start, end):
            def score(row, path):
                steps = sum(emissions[row, t, tag] for t, tag in enumerate(path))
                changes = sum((transitions[a, b] for a, b in itertools.pairwise(path)), torch.zeros(()).double())
                return start[path[0]] + steps + changes + end[path[-1]]

            results = []
            for row, length in enumerate(attributes.get("lengths", [4, 4])):
                paths = itertools.product(range(3), repeat=length)
                total = torch.logsumexp(torch.stack([score(row, path) for path in paths]), 0)
                results.append(score(row, tags[row, :length].tolist()) - total)
            return torch.stack(results)

        title = titled("conditionalRandomField of [2, 4, 3]", attributes)
        inputs = {
            "emissions": numbers(title, (2, 4, 3), -2, 2),
            "tags": tags,
            "transitions": numbers(f"{title} transitions", (3, 3)),
            "start": numbers(f"{title} start", (3,)),
            "end": numbers(f"{title} end", (3,)),
        }
        yield case(title, "conditionalRandomField", likelihood, inputs, attributes)


def cases():
    yield from ctc()
    yield from random_field()
