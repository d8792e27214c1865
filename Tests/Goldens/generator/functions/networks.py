"""Neural networks."""

import itertools
import math

import torch
from torch.nn import functional

from ..pytorch import case, numbers, real, titled

INFINITY = float("inf")


def softmax_family():
    for name, function in (("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)):
        for shape, attributes in (
            ((4,), {}),
            ((2, 2), {}),
            ((2, 3), {"axis": 0}),
            ((2, 3, 2), {"axis": 1}),
            ((2, 3, 2), {"axis": -3}),
        ):
            title = titled(f"{name} of {list(shape)}", attributes)
            yield case(
                title, name, lambda x: function(x, attributes.get("axis", -1)), {"x": numbers(title, shape)}, attributes
            )
        masked = real([[-INFINITY, 0.5, 1.25], [2.0, -INFINITY, -INFINITY]])
        yield case(f"{name} with elements of −inf", name, lambda x: function(x, -1), {"x": masked}, is_checked=False)
        large = real([[1e300, 1e300], [-800.0, -800.5]])
        yield case(f"{name} of large numbers", name, lambda x: function(x, -1), {"x": large}, is_checked=False)


def normalisation():
    for shape, epsilon in (((4,), None), ((2, 3), None), ((2, 2, 4), 1e-5), ((3, 2), 0.25)):
        attributes = {} if epsilon is None else {"epsilon": epsilon}
        title = titled(f"of {list(shape)}", attributes)
        used = epsilon or 1e-5
        size = shape[-1:]
        inputs = {"x": numbers(f"normalised {title}", shape), "scale": numbers(f"scale {title}", size, 0.4, 1.8)}
        yield case(
            f"rmsNorm {title}",
            "rmsNorm",
            lambda x, scale: functional.rms_norm(x, size, scale, used),
            inputs,
            attributes,
        )
        inputs["shift"] = numbers(f"shift {title}", size)
        yield case(
            f"layerNorm {title}",
            "layerNorm",
            lambda x, scale, shift: functional.layer_norm(x, size, scale, shift, used),
            inputs,
            attributes,
        )
    for shape, axes, epsilon in (
        ((4, 2), [0], None),
        ((2, 2, 3), [0, 2], 0.25),
        ((2, 2, 2, 2), [0, -2, -1], 1e-5),
        ((2, 3), None, None),
    ):
        attributes = ({} if axes is None else {"axes": axes}) | ({} if epsilon is None else {"epsilon": epsilon})

        def normalised(x):
            over = tuple(range(x.dim())) if axes is None else axes
            variance, mean = torch.var_mean(x, over, correction=0, keepdim=True)
            return {"result": (x - mean) / torch.sqrt(variance + (epsilon or 1e-5)), "mean": mean, "variance": variance}

        title = titled(f"batchNorm of {list(shape)}", attributes)
        yield case(title, "batchNorm", normalised, {"x": numbers(title, shape)}, attributes)


def convolved(forms, names, options):
    """PyTorch's function with the attributes under PyTorch's names."""
    settings = {names.get(key, key): value if key == "groups" else tuple(value) for key, value in options.items()}
    return lambda x, weights, bias=None: forms[x.dim() - 3](x, weights, bias, **settings)


def convolutions():
    forms = (functional.conv1d, functional.conv2d)
    for x, w, with_bias, options in [
        ((2, 2, 4), (2, 2, 3), True, {}),
        ((1, 2, 6), (1, 2, 2), False, {"stride": [2]}),
        ((1, 4, 5), (2, 2, 2), True, {"stride": [2], "padding": [2], "dilation": [2], "groups": 2}),
        ((1, 3, 4), (3, 1, 2), False, {"stride": [1], "padding": [0], "dilation": [1], "groups": 3}),
        ((1, 2, 4), (2, 2, 1), True, {"padding": [1]}),
        ((1, 1, 4, 4), (2, 1, 3, 2), True, {"stride": [2, 1], "padding": [1, 0]}),
        ((1, 1, 3, 3), (2, 1, 2, 2), True, {}),
        ((1, 2, 3, 3), (2, 1, 2, 2), False, {"padding": [1, 1], "dilation": [1, 2], "groups": 2}),
        ((2, 1, 3, 2), (1, 1, 2, 1), False, {"stride": [1, 2]}),
    ]:
        title = titled(f"convolution of {list(x)} and {list(w)}", options)
        inputs = {"x": numbers(f"{title} x", x), "weights": numbers(f"{title} w", w)}
        if with_bias:
            inputs["bias"] = numbers(f"{title} b", w[:1])
        yield case(title, "convolution", convolved(forms, {}, options), inputs, options)
    forms = (functional.conv_transpose1d, functional.conv_transpose2d)
    for x, w, with_bias, options in [
        ((2, 2, 2), (2, 3, 2), True, {}),
        ((1, 2, 3), (2, 2, 2), False, {"stride": [2]}),
        (
            (1, 4, 3),
            (4, 1, 3),
            True,
            {"stride": [2], "padding": [1], "outputPadding": [1], "dilation": [1], "groups": 2},
        ),
        ((1, 2, 3), (2, 1, 2), False, {"dilation": [2], "padding": [1], "outputPadding": [0], "groups": 1}),
        ((1, 2, 2, 2), (2, 1, 2, 3), True, {"stride": [2, 2], "padding": [0, 1], "outputPadding": [1, 0]}),
        ((1, 2, 2, 2), (2, 1, 2, 2), False, {"dilation": [1, 2], "groups": 2}),
    ]:
        title = titled(f"transposedConvolution of {list(x)} and {list(w)}", options)
        inputs = {"x": numbers(f"{title} x", x), "weights": numbers(f"{title} w", w)}
        if with_bias:
            inputs["bias"] = numbers(f"{title} b", (w[1] * options.get("groups", 1),))
        names = {"outputPadding": "output_padding"}
        yield case(title, "transposedConvolution", convolved(forms, names, options), inputs, options)


def pooling():
    maxima, averages = (functional.max_pool1d, functional.max_pool2d), (functional.avg_pool1d, functional.avg_pool2d)
    common = [
        ((2, 1, 5), {"window": [2]}),
        ((1, 2, 6), {"window": [3], "stride": [1]}),
        ((1, 1, 5), {"window": [3], "stride": [2], "padding": [1]}),
        ((1, 2, 3, 2), {"window": [2, 2]}),
        ((1, 2, 3, 3), {"window": [2, 3], "stride": [2, 1], "padding": [1, 1]}),
    ]
    dilated = [
        ((1, 2, 6), {"window": [2], "stride": [1], "dilation": [2]}),
        ((1, 1, 4), {"window": [2], "dilation": [1]}),
        ((1, 1, 4, 5), {"window": [2, 2], "stride": [1, 2], "padding": [1, 0], "dilation": [2, 1]}),
    ]
    for shape, attributes in [*common, *dilated]:
        options = {"kernel_size" if key == "window" else key: value for key, value in attributes.items()}
        title = titled(f"maxPooled of {list(shape)}", attributes)
        yield case(
            title, "maxPooled", lambda x: maxima[x.dim() - 3](x, **options), {"x": numbers(title, shape)}, attributes
        )
    for (shape, attributes), counts in itertools.product(common, (None, True, False)):
        if counts is not None and "padding" not in attributes:
            continue
        attributes = attributes | ({} if counts is None else {"countsPadding": counts})
        names = {"window": "kernel_size", "countsPadding": "count_include_pad"}
        options = {names.get(key, key): value for key, value in attributes.items()}
        title = titled(f"averagePooled of {list(shape)}", attributes)
        yield case(
            title,
            "averagePooled",
            lambda x: averages[x.dim() - 3](x, **options),
            {"x": numbers(title, shape)},
            attributes,
        )


def attention():
    """By the formula: PyTorch's kernel has no second derivative."""
    some = [[True, False, True, True], [False, True, False, True], [True, True, True, False]]
    for query, key, value, mask, attributes in [
        ((3, 2), (4, 2), (4, 3), None, {}),
        ((2, 3, 2), (2, 3, 2), (2, 3, 2), None, {"isCausal": True}),
        ((2, 3, 1), (2, 4, 1), (2, 4, 1), some, {}),
        ((1, 2, 3, 1), (1, 2, 4, 1), (1, 2, 4, 1), [some], {"isCausal": False}),
        ((3, 2), (4, 2), (4, 1), [[True, True, False, True]], {}),
        ((3, 3), (3, 3), (3, 2), [[True, True, True], [True, False, True], [False, True, True]], {"isCausal": True}),
    ]:

        def attended(q, k, v, mask=None):
            scores = q @ k.mT / math.sqrt(q.shape[-1])
            allowed = torch.ones(scores.shape, dtype=torch.bool) if mask is None else mask
            if attributes.get("isCausal"):
                allowed = allowed & torch.tril(torch.ones(scores.shape[-2:], dtype=torch.bool))
            return torch.softmax(scores.masked_fill(~allowed, -INFINITY), -1) @ v

        title = f"scaledDotProductAttention of {list(query)}, {list(key)} and {list(value)}"
        title = titled(title + ("" if mask is None else ", masked"), attributes)
        inputs = {
            name: numbers(f"{title} {name}", shape)
            for name, shape in zip(("query", "key", "value"), (query, key, value))
        }
        if mask is not None:
            inputs["mask"] = torch.tensor(mask)
        yield case(title, "scaledDotProductAttention", attended, inputs, attributes)


def layers():
    for shape, rate in (((6,), 0.25), ((2, 3), 0.5), ((2, 2), 0)):
        title = f"dropout of {list(shape)}, rate {rate}"
        mask = numbers(f"{title} mask", shape) > 0 if rate else torch.ones(shape, dtype=torch.bool)
        inputs = {"x": numbers(title, shape), "mask": mask}
        yield case(title, "dropout", lambda x, mask: x * mask / (1 - rate), inputs, {"rate": rate})
    for x, with_bias in (((2, 3), True), ((3,), True), ((2, 1, 3), True), ((2, 3), False)):
        title = f"linear of {list(x)}" + ("" if with_bias else " without a bias")
        inputs = {"x": numbers(f"{title} x", x), "weights": numbers(f"{title} weights", (3, 2))}
        if with_bias:
            inputs["bias"] = numbers(f"{title} bias", (2,))
        yield case(title, "linear", lambda x, w, b=None: functional.linear(x, w.T, b), inputs)
    for indices in ([3, 0, 3], [[1, 2], [1, 0]], 2):
        indices = torch.tensor(indices)
        title = f"embedding of {list(indices.shape)}"
        inputs = {"weights": numbers(title, (4, 2)), "indices": indices}
        yield case(title, "embedding", lambda w, i: functional.embedding(i, w), inputs)


def losses():
    for reduction in (None, "mean", "sum"):
        attributes = {} if reduction is None else {"reduction": reduction}
        used, suffix = reduction or "mean", titled("", attributes)
        for shape, targets in (((3, 4), [2, 0, 3]), ((2, 1, 3), [[1], [2]])):
            title = f"crossEntropy of {list(shape)}{suffix}"
            inputs = {"logits": numbers(title, shape, -3, 3), "targets": torch.tensor(targets)}
            yield case(
                title,
                "crossEntropy",
                lambda x, t: functional.cross_entropy(x.reshape(-1, x.shape[-1]), t.reshape(-1), reduction=used),
                inputs,
                attributes,
            )
        for name, function, low, high in (
            ("binaryCrossEntropy", functional.binary_cross_entropy_with_logits, 0.1, 0.9),
            ("meanSquaredError", functional.mse_loss, -2, 2),
        ):
            first = "logits" if name == "binaryCrossEntropy" else "predictions"
            for shape in ((4,), (2, 2)):
                title = f"{name} of {list(shape)}{suffix}"
                inputs = {
                    first: numbers(f"{title} x", shape, -2, 2),
                    "targets": numbers(f"{title} t", shape, low, high),
                }
                yield case(title, name, lambda x, t: function(x, t, reduction=used), inputs, attributes)


def cases():
    return itertools.chain(
        softmax_family(), normalisation(), convolutions(), pooling(), attention(), layers(), losses()
    )
