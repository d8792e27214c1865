"""Losses of examples."""

import torch
from torch.nn import functional

from ..pytorch import case, numbers, titled

TARGETS = torch.tensor([[2, 0, 1], [3, 3, 0]])


def smoothed():
    for attributes in ({"labelSmoothing": 0.1}, {"labelSmoothing": 0.75, "reduction": "sum"}):
        title = titled("crossEntropy of [2, 3, 4]", attributes)
        yield case(
            title,
            "crossEntropy",
            lambda x, t: functional.cross_entropy(
                x.reshape(-1, 4),
                t.reshape(-1),
                label_smoothing=attributes["labelSmoothing"],
                reduction=attributes.get("reduction", "mean"),
            ),
            {"logits": numbers(title, (2, 3, 4), -3, 3), "targets": TARGETS},
            attributes,
        )


def reduced(losses, attributes):
    return losses.sum() if attributes.get("reduction") == "sum" else losses.mean()


def focal():
    for attributes in ({}, {"gamma": 0.0, "reduction": "sum"}, {"gamma": 0.5}, {"gamma": 3.0, "reduction": "sum"}):
        gamma = attributes.get("gamma", 2.0)

        def of_classes(x, t):
            p = torch.softmax(x, -1).gather(-1, t.unsqueeze(-1))
            return reduced(-((1 - p) ** gamma) * torch.log(p), attributes)

        title = titled("focalLoss of [2, 3, 4]", attributes)
        inputs = {"logits": numbers(title, (2, 3, 4), -3, 3), "targets": TARGETS}
        yield case(title, "focalLoss", of_classes, inputs, attributes)
        for alpha in (None, 0.25):
            settings = attributes if alpha is None else attributes | {"alpha": alpha}

            def of_truth(x, t):
                p = torch.sigmoid(x)
                positive, negative = (1, 1) if alpha is None else (alpha, 1 - alpha)
                losses = -positive * t * (1 - p) ** gamma * torch.log(p)
                return reduced(losses - negative * (1 - t) * p**gamma * torch.log(1 - p), attributes)

            title = titled("binaryFocalLoss of [2, 3]", settings)
            inputs = {"logits": numbers(title, (2, 3), -3, 3), "targets": numbers(f"{title} t", (2, 3), 0, 1)}
            yield case(title, "binaryFocalLoss", of_truth, inputs, settings)


def regression():
    for attributes in ({}, {"delta": 0.6, "reduction": "sum"}):
        title = titled("huberLoss of [2, 4]", attributes)
        yield case(
            title,
            "huberLoss",
            lambda x, t: functional.huber_loss(
                x, t, delta=attributes.get("delta", 1.0), reduction=attributes.get("reduction", "mean")
            ),
            {"predictions": numbers(title, (2, 4), -2, 2), "targets": numbers(f"{title} t", (2, 4), -2, 2)},
            attributes,
        )


def divergence():
    for shape, attributes, used in (((2, 4), {}, "batchmean"), ((4,), {"reduction": "sum"}, "sum")):
        title = titled(f"klDivergence of {list(shape)}", attributes)
        inputs = {
            "logPredictions": torch.log_softmax(numbers(title, shape, -3, 3), -1),
            "targets": torch.softmax(numbers(f"{title} t", shape, -3, 3), -1),
        }
        yield case(title, "klDivergence", lambda x, t: functional.kl_div(x, t, reduction=used), inputs, attributes)


def metric():
    for first, second in (((3, 4), (3, 4)), ((2, 1, 3), (4, 3)), ((5,), (5,))):
        title = f"cosineSimilarity of {list(first)} and {list(second)}"
        yield case(
            title,
            "cosineSimilarity",
            lambda a, b: functional.cosine_similarity(a, b, dim=-1, eps=0),
            {"a": numbers(title, first), "b": numbers(f"{title} b", second)},
        )
    together = torch.tensor([True, False, False, True])
    for attributes in ({}, {"margin": -0.5, "reduction": "sum"}):
        title = titled("cosineEmbeddingLoss of [4, 3]", attributes)
        yield case(
            title,
            "cosineEmbeddingLoss",
            lambda a, b, t: functional.cosine_embedding_loss(
                a,
                b,
                torch.where(t, 1, -1),
                margin=attributes.get("margin", 0.0),
                reduction=attributes.get("reduction", "mean"),
            ),
            {"first": numbers(title, (4, 3)), "second": numbers(f"{title} b", (4, 3)), "together": together},
            attributes,
        )
    for attributes in ({}, {"margin": 0.3, "order": 3.0, "reduction": "sum"}):
        title = titled("tripletMarginLoss of [4, 3]", attributes)
        yield case(
            title,
            "tripletMarginLoss",
            lambda a, p, n: functional.triplet_margin_loss(
                a,
                p,
                n,
                margin=attributes.get("margin", 1.0),
                p=attributes.get("order", 2.0),
                eps=0,
                reduction=attributes.get("reduction", "mean"),
            ),
            {name: numbers(f"{title} {name}", (4, 3)) for name in ("anchors", "positives", "negatives")},
            attributes,
        )


def cases():
    for section in (smoothed, focal, regression, divergence, metric):
        yield from section()
