"""Elementwise operations."""

import itertools

import torch
from torch.nn import functional

from ..pytorch import case, numbers, real

DOMAINS = {"unit": (-0.9, 0.9), "any": (-2.5, 2.5), "positive": (0.2, 3), "aboveOne": (1.2, 4)}

# Every function of one operand by its name, and the numbers that it takes.
FUNCTIONS = {
    "negate": (torch.negative, "any"),
    "abs": (torch.abs, "any"),
    "sign": (torch.sign, "any"),
    "square": (torch.square, "any"),
    "sqrt": (torch.sqrt, "positive"),
    "rsqrt": (torch.rsqrt, "positive"),
    "reciprocal": (torch.reciprocal, "any"),
    "exp": (torch.exp, "any"),
    "expm1": (torch.expm1, "any"),
    "log": (torch.log, "positive"),
    "log1p": (torch.log1p, "positive"),
    "log2": (torch.log2, "positive"),
    "log10": (torch.log10, "positive"),
    "sin": (torch.sin, "any"),
    "cos": (torch.cos, "any"),
    "tan": (torch.tan, "unit"),
    "asin": (torch.asin, "unit"),
    "acos": (torch.acos, "unit"),
    "atan": (torch.atan, "any"),
    "sinh": (torch.sinh, "any"),
    "cosh": (torch.cosh, "any"),
    "tanh": (torch.tanh, "any"),
    "asinh": (torch.asinh, "any"),
    "acosh": (torch.acosh, "aboveOne"),
    "atanh": (torch.atanh, "unit"),
    "erf": (torch.erf, "any"),
    "erfc": (torch.erfc, "any"),
    "erfinv": (torch.erfinv, "unit"),
    "lgamma": (torch.lgamma, "positive"),
    "digamma": (torch.digamma, "positive"),
    "floor": (torch.floor, "any"),
    "ceil": (torch.ceil, "any"),
    "round": (torch.round, "any"),
    "trunc": (torch.trunc, "any"),
    "sigmoid": (torch.sigmoid, "any"),
    "logSigmoid": (functional.logsigmoid, "any"),
    "softplus": (functional.softplus, "any"),
    "relu": (torch.relu, "any"),
    "selu": (functional.selu, "any"),
    "gelu": (functional.gelu, "any"),
    "geluTanh": (lambda x: functional.gelu(x, approximate="tanh"), "any"),
    "silu": (functional.silu, "any"),
    "mish": (functional.mish, "any"),
    "softsign": (functional.softsign, "any"),
    # PyTorch's own form has a slope of 1/6 in single precision.
    "hardSigmoid": (lambda x: torch.clamp(x / 6 + 0.5, 0, 1), "any"),
    "hardTanh": (functional.hardtanh, "any"),
    "leakyRelu": (functional.leaky_relu, "any"),
    "elu": (functional.elu, "any"),
}
# PyTorch's trigamma function, the derivative of digamma, has nine digits: operations.json has the derivatives of both.
HIGHEST_DERIVATIVES = {"lgamma": 1, "digamma": 0}

# Every function of two operands by its name, and the range of numbers that both take.
PAIRS = {
    "add": (torch.add, -2, 2),
    "subtract": (torch.subtract, -2, 2),
    "multiply": (torch.multiply, -2, 2),
    "divide": (torch.divide, -2, 2),
    "maximum": (torch.maximum, -2, 2),
    "minimum": (torch.minimum, -2, 2),
    "atan2": (torch.atan2, -2, 2),
    "hypot": (torch.hypot, -2, 2),
    "remainder": (torch.remainder, 0.3, 4),
    "logAddExp": (torch.logaddexp, -3, 3),
    "xlogy": (torch.xlogy, 0.2, 3),
    "pow": (torch.pow, 0.2, 3),
}
PAIRED_SHAPES = [((4,), (4,)), ((), (3,)), ((2, 1, 2), (3, 1))]

COMPARISONS = {
    "equal": torch.eq,
    "notEqual": torch.ne,
    "less": torch.lt,
    "lessOrEqual": torch.le,
    "greater": torch.gt,
    "greaterOrEqual": torch.ge,
}
TESTS = {"isFinite": torch.isfinite, "isInfinite": torch.isinf, "isNaN": torch.isnan}
LOGIC = {"and": torch.logical_and, "or": torch.logical_or, "exclusiveOr": torch.logical_xor}

INFINITY, NAN = float("inf"), float("nan")


def of_one():
    for index, (name, (function, domain)) in enumerate(FUNCTIONS.items()):
        for shape in ((2, 3), ((), (4,), (2, 2, 1))[index % 3]):
            title = f"{name} of {list(shape)}"
            x = numbers(title, shape, *DOMAINS[domain])
            yield case(
                title,
                name,
                function,
                {"x": x},
                derivatives=HIGHEST_DERIVATIVES.get(name, 2),
            )


def with_settings():
    x = numbers("settings", (4,), *DOMAINS["any"])
    for slope in (0.25, 2, -0.5):
        yield case(
            f"leakyRelu of slope {slope}",
            "leakyRelu",
            lambda x: functional.leaky_relu(x, slope),
            {"x": x},
            {"slope": slope},
        )
    for alpha in (0.5, 2):
        yield case(f"elu of α {alpha}", "elu", lambda x: functional.elu(x, alpha), {"x": x}, {"alpha": alpha})
    for order in (2, 3, 5):
        inputs = {"x": numbers(f"polygamma {order}", (4,), 0.2, 3)}
        yield case(
            f"polygamma of order {order}", "polygamma", lambda x: torch.polygamma(order, x), inputs, {"order": order}
        )
    for lower, upper in ((-0.5, 0.75), (-0.5, None), (None, 0.75), (None, None)):
        bounds = {key: value for key, value in (("lower", lower), ("upper", upper)) if value is not None}
        yield case(
            f"clamp to {lower}, {upper}",
            "clamp",
            lambda x: torch.clamp(x, lower, upper) if bounds else x.clone(),
            {"x": numbers("clamp", (2, 4))},
            bounds,
        )
    for exponent in (0, 1, 2, 3, -2, 0.5, -1.5):
        low = -2 if exponent == int(exponent) else 0.2
        yield case(
            f"pow with the constant {exponent}",
            "pow",
            lambda a: torch.pow(a, exponent),
            {"a": numbers(f"pow {exponent}", (4,), low, 2, 0.2)},
            {"exponent": exponent},
        )


def of_two():
    for name, (function, low, high) in PAIRS.items():
        for a, b in PAIRED_SHAPES:
            title = f"{name} of {list(a)} and {list(b)}"
            inputs = {"a": numbers(title + " a", a, low, high), "b": numbers(title + " b", b, low, high)}
            yield case(title, name, function, inputs)
    # Whole exponents of negative bases, as a tensor: there is no derivative in the exponent (NaN), so values only.
    yield case(
        "pow of negative bases",
        "pow",
        torch.pow,
        {"a": real([-2.0, -1.5, -0.5, -3]), "b": real([3.0, 2, -1, 0])},
        derivatives=0,
    )
    signs = {"a": real([[5.25, -5.25], [7.5, -0.75]]), "b": real([[2.0], [-2.0]])}
    yield case("remainder of either sign", "remainder", torch.remainder, signs)


def truth():
    a = real([[0.5, 1.0, -1.0, 0.0], [INFINITY, NAN, -INFINITY, 1e-310]])
    b = real([0.5, 2.0, -1.5, -0.0])
    c = real([[INFINITY, NAN, INFINITY, 0.0], [1.0, 0.0, -INFINITY, 1e-310]])
    for name, function in COMPARISONS.items():
        yield case(f"{name}, broadcast", name, function, {"a": a, "b": b})
        yield case(f"{name} of infinities and NaN", name, function, {"a": a, "b": c})
        yield case(f"{name} of scalars", name, function, {"a": real(2.0), "b": real(-1.0)})
    for name, function in TESTS.items():
        yield case(name, name, function, {"x": a})
        yield case(f"{name} of a scalar", name, function, {"x": real(NAN)})
    p, q = torch.tensor([[True, False], [False, True]]), torch.tensor([True, False])
    for name, function in LOGIC.items():
        yield case(f"{name}, broadcast", name, function, {"a": p, "b": q})
        yield case(f"{name} of equal shapes", name, function, {"a": q, "b": torch.tensor([True, True])})
    yield case("not", "not", torch.logical_not, {"a": p})


def selection():
    condition = torch.tensor([[True], [False]])
    inputs = {"condition": condition, "a": numbers("where a", (2, 3)), "b": numbers("where b", (3,))}
    yield case("where, broadcast", "where", torch.where, inputs)
    scalars = {"condition": torch.tensor([True, False, True]), "a": real(0.75), "b": numbers("where c", (3,))}
    yield case("where with a scalar", "where", torch.where, scalars)
    # What is not chosen is not finite, and its derivative is zero all the same.
    guarded = {
        "condition": torch.tensor([True, False, True, False]),
        "a": real([1.5, NAN, -2.0, INFINITY]),
        "b": real([NAN, 0.5, -INFINITY, 3.0]),
    }
    yield case("where what is not chosen is not finite", "where", torch.where, guarded, is_checked=False)


def cases():
    return itertools.chain(of_one(), with_settings(), of_two(), truth(), selection())
