#!/usr/bin/env python3
"""Writes functions.json: tensor functions in double, with first and second derivatives, by PyTorch (needs torch).

    python3 generate_functions.py

The wide net beside operations.json: PyTorch's own rules give the derivatives. The same PyTorch on the same processor
writes the same bytes.
"""

import random
import sys

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

import torch
from torch.nn import functional

from generate import write
from generator.golden import Tensor, count


def numbers(label, shape, low=-1.5, high=1.5, avoid=0.1):
    source = random.Random(label)
    values = []
    while len(values) < count(shape):
        value = round(source.uniform(low, high), 4)
        if abs(value) >= avoid:
            values.append(value)
    return torch.tensor(values, dtype=torch.double).reshape(shape)


def golden(tensor):
    return Tensor(tuple(tensor.shape), tensor.detach().reshape(-1).tolist())


def integers(values):
    tensor = torch.tensor(values)
    return Tensor(tuple(tensor.shape), tensor.reshape(-1).tolist(), "integer")


def case(name, operation, function, inputs, attributes=None, indices=None, second=True):
    """One case; `inputs` by name, `indices` the integer inputs, which the function knows of itself."""
    leaves = {key: value.clone().requires_grad_() for key, value in inputs.items()}
    result = function(*leaves.values())
    cotangent = numbers(name + " cotangent", tuple(result.shape), -1, 1, 0)
    gradients = torch.autograd.grad((result * cotangent).sum(), list(leaves.values()), create_graph=True, allow_unused=True)
    gradients = [
        torch.zeros_like(leaf) if gradient is None else gradient
        for leaf, gradient in zip(leaves.values(), gradients)
    ]
    entry = {
        "name": name,
        "operation": operation,
        "attributes": attributes or {},
        "inputs": {key: golden(value) for key, value in inputs.items()}
        | {key: integers(value) for key, value in (indices or {}).items()},
        "outputs": {"result": golden(result)},
        "named": {},
        "cotangents": {"result": golden(cotangent)},
        "gradients": {key: golden(gradient) for key, gradient in zip(leaves, gradients)},
    }
    if second:
        directions = [numbers(f"{name} direction {key}", tuple(leaf.shape), -1, 1, 0) for key, leaf in leaves.items()]
        product = sum((gradient * direction).sum() for gradient, direction in zip(gradients, directions))
        products = [None] * len(leaves)
        if product.requires_grad:
            products = torch.autograd.grad(product, list(leaves.values()), allow_unused=True)
        entry["secondOrder"] = {
            "directions": {key: golden(direction) for key, direction in zip(leaves, directions)},
            "gradients": {
                key: golden(torch.zeros_like(leaf) if value is None else value)
                for (key, leaf), value in zip(leaves.items(), products)
            },
        }
    return entry


def elementwise():
    ranges = {
        "unit": (-0.9, 0.9), "any": (-2.5, 2.5), "positive": (0.2, 3), "aboveOne": (1.2, 4), "negative": (-3.8, -0.2),
    }
    functions = [
        ("reciprocal", torch.reciprocal, "any"), ("rsqrt", torch.rsqrt, "positive"), ("expm1", torch.expm1, "any"),
        ("log1p", torch.log1p, "positive"), ("log2", torch.log2, "positive"), ("log10", torch.log10, "positive"),
        ("sin", torch.sin, "any"), ("cos", torch.cos, "any"), ("tan", torch.tan, "unit"), ("asin", torch.asin, "unit"),
        ("acos", torch.acos, "unit"), ("atan", torch.atan, "any"), ("sinh", torch.sinh, "any"),
        ("cosh", torch.cosh, "any"), ("asinh", torch.asinh, "any"), ("acosh", torch.acosh, "aboveOne"),
        ("atanh", torch.atanh, "unit"), ("erf", torch.erf, "any"), ("erfc", torch.erfc, "any"),
        ("erfinv", torch.erfinv, "unit"), ("lgamma", torch.lgamma, "positive"),
        ("digamma", torch.digamma, "positive"), ("floor", torch.floor, "any"),
        ("ceil", torch.ceil, "any"), ("round", torch.round, "any"), ("trunc", torch.trunc, "any"),
        ("sign", torch.sign, "any"), ("softplus", functional.softplus, "any"),
        ("logSigmoid", functional.logsigmoid, "any"), ("leakyRelu", functional.leaky_relu, "any"),
        ("elu", functional.elu, "any"), ("selu", functional.selu, "any"), ("gelu", functional.gelu, "any"),
        ("geluTanh", lambda x: functional.gelu(x, approximate="tanh"), "any"), ("silu", functional.silu, "any"),
        ("mish", functional.mish, "any"), ("softsign", functional.softsign, "any"),
        # PyTorch's own form has a slope of 1/6 in single precision.
        ("hardSigmoid", lambda x: torch.clamp(x / 6 + 0.5, 0, 1), "any"), ("hardTanh", functional.hardtanh, "any"),
    ]
    for name, function, domain in functions:
        x = numbers(name, (2, 3), *ranges[domain])
        # PyTorch has no second derivative of hardTanh, and its trigamma function has nine digits.
        yield case(name, name, function, {"x": x}, second=name not in ("hardTanh", "lgamma"))
    x = numbers("polygamma", (2, 3), 0.2, 3)
    yield case("polygamma of order 2", "polygamma", lambda x: torch.polygamma(2, x), {"x": x}, {"order": 2})
    x = numbers("clamp", (2, 4))
    yield case("clamp", "clamp", lambda x: torch.clamp(x, -0.5, 0.75), {"x": x}, {"lower": -0.5, "upper": 0.75})
    pairs = [
        ("atan2", torch.atan2, -2, 2), ("hypot", torch.hypot, -2, 2), ("remainder", torch.remainder, 0.3, 4),
        ("logAddExp", torch.logaddexp, -3, 3), ("xlogy", torch.xlogy, 0.2, 3),
    ]
    for name, function, low, high in pairs:
        a, b = numbers(name + " a", (2, 3), low, high), numbers(name + " b", (3,), low, high)
        yield case(name, name, function, {"a": a, "b": b})


def regular(label, shape, n):
    return numbers(label, (*shape, n, n)) * 0.4 + 2 * torch.eye(n, dtype=torch.double)


def matrices():
    a, b = regular("a", (2,), 3), numbers("b", (2, 3, 2))
    yield case("system", "solve", torch.linalg.solve, {"a": a, "b": b})
    yield case("system, broadcast", "solve", torch.linalg.solve, {"a": regular("c", (), 3), "b": b})
    yield case("inverse", "inverse", torch.linalg.inv, {"x": a})
    yield case("determinant", "determinant", torch.linalg.det, {"x": a})
    yield case("log determinant", "logDeterminant", lambda x: torch.linalg.slogdet(x)[1], {"x": a})
    x = numbers("definite", (2, 3, 3))
    yield case(
        "Cholesky factor of x xᵀ + 2", "choleskyOfSquare",
        lambda x: torch.linalg.cholesky(x @ x.mT + 2 * torch.eye(3, dtype=torch.double)), {"x": x},
    )
    for lower in (True, False):
        yield case(
            f"triangular system, lower: {lower}", "triangularSolve",
            lambda t, b: torch.linalg.solve_triangular(t, b, upper=not lower), {"t": a, "b": b}, {"lower": lower},
        )
    x = numbers("rectangle", (2, 3, 4))
    yield case("trace", "trace", lambda x: torch.einsum("bii->b", x), {"x": numbers("square", (2, 3, 3))})
    for offset in (-1, 0, 2):
        yield case(f"diagonal {offset}", "diagonal", lambda x: torch.diagonal(x, offset, -2, -1), {"x": x}, {"offset": offset})
        yield case(f"lower triangle {offset}", "lowerTriangle", lambda x: torch.tril(x, offset), {"x": x}, {"offset": offset})
        yield case(f"upper triangle {offset}", "upperTriangle", lambda x: torch.triu(x, offset), {"x": x}, {"offset": offset})
    yield case("dot", "dot", torch.dot, {"a": numbers("dot a", (4,)), "b": numbers("dot b", (4,))})
    yield case("outer", "outer", torch.outer, {"a": numbers("outer a", (3,)), "b": numbers("outer b", (2,))})
    yield case(
        "tensordot", "tensordot", lambda a, b: torch.tensordot(a, b, dims=([2, 0], [1, 0])),
        {"a": numbers("tensordot a", (2, 3, 4)), "b": numbers("tensordot b", (2, 4, 3))}, {"first": [2, 0], "second": [1, 0]},
    )


def sums():
    specifications = {
        "ij,jk->ik": [(2, 3), (3, 4)], "ij,jk": [(2, 3), (3, 4)], "bij,bkj->bik": [(2, 3, 4), (2, 2, 4)],
        "ii->i": [(3, 3)], "ii": [(3, 3)], "iij->j": [(2, 2, 3)], "i,j->": [(2,), (3,)], "ij->ji": [(2, 3)],
        "...ij->...ji": [(2, 3, 4)], "...ij,jk->...ik": [(2, 2, 3), (3, 2)], "ij,jk,kl->il": [(2, 3), (3, 2), (2, 4)],
        "ijk,ilm->jlkm": [(2, 2, 3), (2, 2, 2)], "abc,cd,b->ad": [(2, 3, 2), (2, 4), (3,)], "ij,ij->": [(2, 3), (2, 3)],
        "i...,i->...": [(3, 2), (3,)], "...,...->...": [(2, 3), (3,)],
    }
    for specification, shapes in specifications.items():
        inputs = {name: numbers(specification + name, shape) for name, shape in zip("abc", shapes)}
        yield case(
            specification, "einsum", lambda *x: torch.einsum(specification, *x), inputs, {"specification": specification}
        )


def windows():
    settings = [
        ((2, 2, 6), (4, 2, 3), dict()), ((2, 4, 7), (4, 2, 3), dict(stride=[2], padding=[2], dilation=[2], groups=2)),
        ((1, 2, 5, 4), (2, 2, 3, 2), dict(stride=[2, 1], padding=[1, 0])),
        ((2, 2, 4, 4), (2, 1, 2, 2), dict(padding=[1, 1], dilation=[1, 2], groups=2)),
    ]
    for x, w, options in settings:
        forms = {1: functional.conv1d, 2: functional.conv2d}
        inputs = {
            "x": numbers(f"conv x {x}{w}", x), "weights": numbers(f"conv w {x}{w}", w), "bias": numbers(f"b{w}", w[:1]),
        }
        yield case(
            f"convolution of {x} and {w}", "convolution",
            lambda x, w, b: forms[len(x.shape) - 2](x, w, b, **{k: v if k == "groups" else tuple(v) for k, v in options.items()}),
            inputs, options,
        )
    settings = [
        ((2, 2, 4), (2, 3, 3), dict()),
        ((1, 4, 3), (4, 2, 3), dict(stride=[2], padding=[1], outputPadding=[1], dilation=[1], groups=2)),
        ((1, 2, 3, 2), (2, 2, 2, 3), dict(stride=[2, 2], padding=[0, 1], outputPadding=[1, 0])),
    ]
    for x, w, options in settings:
        forms = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d}
        groups = options.get("groups", 1)
        inputs = {
            "x": numbers(f"transposed x {x}{w}", x), "weights": numbers(f"transposed w {x}{w}", w),
            "bias": numbers(f"b{w}", (w[1] * groups,)),
        }
        names = {"outputPadding": "output_padding"}
        yield case(
            f"transposed convolution of {x} and {w}", "transposedConvolution",
            lambda x, w, b: forms[len(x.shape) - 2](
                x, w, b, **{names.get(k, k): v if k == "groups" else tuple(v) for k, v in options.items()}),
            inputs, options,
        )
    x = numbers("pool", (2, 2, 5, 4))
    yield case(
        "max pooling", "maxPooled", lambda x: functional.max_pool2d(x, (2, 3), (2, 1), (1, 1)), {"x": x},
        {"window": [2, 3], "stride": [2, 1], "padding": [1, 1]},
    )
    for counts in (True, False):
        yield case(
            f"average pooling, padding counts: {counts}", "averagePooled",
            lambda x: functional.avg_pool2d(x, (2, 3), (2, 1), (1, 1), count_include_pad=counts), {"x": x},
            {"window": [2, 3], "stride": [2, 1], "padding": [1, 1], "countsPadding": counts},
        )


def main():
    torch.set_num_threads(1)
    write("functions", [*elementwise(), *matrices(), *sums(), *windows()])


if __name__ == "__main__":
    main()
