"""Reductions and running reductions."""

import functools
import itertools

import mpmath
import torch

from .. import golden as exact
from .. import operations
from ..pytorch import case, numbers, real, titled, with_second_order_once

INFINITY = float("inf")

# Shapes, and the axes and whether they are kept where these are given.
SETTINGS = [
    ((2, 3), {}),
    ((4,), {"axes": [0]}),
    ((), {}),
    ((2, 2, 2), {"axes": [1], "keepsAxes": False}),
    ((2, 3, 2), {"axes": [0, -1]}),
    ((2, 2, 2), {"axes": [2, 0], "keepsAxes": True}),
]


def product(x, axes, keeps):
    for axis in sorted((axis % x.dim() for axis in axes), reverse=True):
        x = torch.prod(x, axis, keeps)
    return x


def squared_spread(function):
    return lambda x, axes, keeps, correction=0: function(x, axes, correction=correction, keepdim=keeps)


def norm(x, axes, keeps, order=2):
    return torch.linalg.vector_norm(x, float("inf") if order == "Infinity" else order, axes, keeps)


REDUCTIONS = {
    "sum": torch.sum,
    "mean": torch.mean,
    "product": product,
    "max": torch.amax,
    "min": torch.amin,
    "logSumExp": torch.logsumexp,
    "variance": squared_spread(torch.var),
    "standardDeviation": squared_spread(torch.std),
    "norm": norm,
}


def reduced(function, attributes):
    attributes = dict(attributes)
    keeps = attributes.pop("keepsAxes", False)
    axes = attributes.pop("axes", None)
    return lambda x: function(x, range_of(x) if axes is None else tuple(axes), keeps, **attributes)


def range_of(x):
    return tuple(range(x.dim()))


def reduction(name, shape, attributes, x=None):
    title = titled(f"{name} of {list(shape)}", attributes)
    # Elements of one sign: a sum or a product of them is not small by chance.
    x = numbers(title, shape, 0.3, 2) if x is None else x
    return case(title, name, reduced(REDUCTIONS[name], attributes), {"x": x}, attributes)


def each_setting(*names):
    for name, (shape, attributes) in itertools.product(names, SETTINGS):
        # The standard deviation of one element is at a kink.
        if name != "standardDeviation" or shape:
            yield reduction(name, shape, attributes)


def plain():
    yield from with_second_order_once(each_setting("sum", "mean", "max", "min"))
    yield from each_setting("product", "logSumExp", "variance", "standardDeviation", "norm")
    for name, (correction, axes) in itertools.product(
        ("variance", "standardDeviation"), ((0, [0]), (1, [1]), (2, [0]))
    ):
        yield reduction(name, (4, 2), {"correction": correction, "axes": axes, "keepsAxes": correction == 2})
    for order in (1, 2, 3, 2.5, 1.5, "Infinity"):
        # The order ∞ has a second derivative of zero, which PyTorch agrees with.
        for shape, attributes in [((4,), {}), ((2, 2), {"axes": [-1], "keepsAxes": True})]:
            x = numbers(f"norm {order} {shape}", shape)
            yield reduction("norm", shape, {"order": order} | attributes, x)


def with_zeros():
    rows = [
        [0.0, 1.5, -2.0, 0.75],
        [0.5, 0.0, 1.25, 0.0],
        [0.0, 0.0, 0.0, -1.5],
        [2.0, -0.5, 1.5, 0.25],
    ]
    x = real(rows)
    yield case(
        "product with zeros, one and two in a row",
        "product",
        lambda x: product(x, (1,), False),
        {"x": x},
        {"axes": [1]},
    )
    yield case("product with one zero", "product", lambda x: product(x, (0,), False), {"x": x[0]})
    yield case("product with two zeros", "product", lambda x: product(x, (0,), False), {"x": x[1]})
    for axis, is_reversed in ((1, False), (0, True)):
        yield running_case(
            f"with zeros, axis {axis}, reversed: {is_reversed}",
            "cumulativeProduct",
            x,
            {"axis": axis, "reversed": is_reversed},
        )


def truth():
    x = torch.tensor([[[True, False], [False, False]], [[True, True], [False, True]]])
    for name, function in (("any", torch.any), ("all", torch.all)):
        for attributes in ({}, {"axes": [1]}, {"axes": [0, -1], "keepsAxes": True}, {"axes": [2], "keepsAxes": False}):

            def of_axes(x, axes, keeps):
                return (
                    functools.reduce(lambda y, axis: function(y, axis, True), axes, x) if keeps else function(x, axes)
                )

            yield case(
                titled(f"{name} of {list(x.shape)}", attributes),
                name,
                reduced(of_axes, attributes),
                {"x": x},
                attributes,
            )


def positions():
    x = real([[2.0, 5.0, 5.0, -1.0], [0.5, 0.5, 0.25, 0.25], [-3.0, -4.0, -4.0, -3.0]])
    for name, function in (("argMax", torch.argmax), ("argMin", torch.argmin)):
        for axis, keeps in ((1, None), (-1, True), (0, False)):
            attributes = {"axis": axis} | ({} if keeps is None else {"keepsAxis": keeps})
            yield case(
                titled(f"{name} of {list(x.shape)}", attributes),
                name,
                lambda x: function(x, axis, bool(keeps)),
                {"x": x},
                attributes,
            )
        yield case(f"{name} of a vector", name, lambda x: function(x, 0), {"x": x[0]}, {"axis": 0})


RUNNING = {
    "cumulativeSum": torch.cumsum,
    "cumulativeProduct": torch.cumprod,
    "cumulativeLogSumExp": torch.logcumsumexp,
    "cumulativeMax": lambda x, axis: torch.cummax(x, axis)[0],
    "cumulativeMin": lambda x, axis: torch.cummin(x, axis)[0],
}


def running_case(title, name, x, attributes):
    axis, function = attributes["axis"], RUNNING[name]

    def both_ways(x):
        if attributes.get("reversed"):
            return torch.flip(function(torch.flip(x, [axis]), axis), [axis])
        return function(x, axis)

    return case(f"{name} {title}", name, both_ways, {"x": x}, attributes)


def running():
    for name in RUNNING:
        settings = [((5,), {"axis": 0}), ((2, 3), {"axis": 1}), ((2, 3, 2), {"axis": -2})]
        if name not in ("cumulativeMax", "cumulativeMin"):
            settings += [((2, 3), {"axis": 0, "reversed": True}), ((4,), {"axis": -1, "reversed": False})]
        for shape, attributes in settings:
            title = titled(f"of {list(shape)}", attributes)
            yield running_case(title, name, numbers(f"{name} {title}", shape), attributes)


def at_the_edges():
    # Above every sum that can be formed, and rows of which elements, or all, are −inf.
    large = real([[1e300, 1.5e300, -1e300], [-1e300, -1e300, -1.25e300]])
    yield case(
        "logSumExp of numbers of 1e300",
        "logSumExp",
        lambda x: torch.logsumexp(x, 1),
        {"x": large[:1]},
        {"axes": [1]},
        is_checked=False,
    )
    masked = real([[-INFINITY, 0.5, 1.25], [2.0, -INFINITY, -INFINITY], [0.25, -0.5, -1.0]])
    yield case(
        "logSumExp with elements of −inf",
        "logSumExp",
        lambda x: torch.logsumexp(x, 1),
        {"x": masked},
        {"axes": [1]},
        is_checked=False,
    )
    rows = real(
        [
            [-INFINITY, -INFINITY],
            [INFINITY, 0.5],
            [INFINITY, -INFINITY],
            [INFINITY, INFINITY],
            [float("nan"), INFINITY],
            [float("nan"), -INFINITY],
        ]
    )
    yield case(
        "logSumExp of rows of infinities",
        "logSumExp",
        lambda x: torch.logsumexp(x, 1),
        {"x": rows},
        {"axes": [1]},
        derivatives=0,
    )
    for name, function in (("max", torch.amax), ("min", torch.amin)):
        yield case(
            f"{name} of rows of infinities", name, lambda x: function(x, 1), {"x": rows}, {"axes": [1]}, derivatives=0
        )
    # Eighths, of which four add up without rounding.
    exact_rows = [[1e8 + k / 8 for k in (3, -7, 12, 0)], [-1e8 + k / 8 for k in (-1, 5, 2, -11)]]
    rounded_rows = [[1e8 + k for k in (0.3, -0.7, 1.1, 2.9, -0.2)]]
    for name, root in (("variance", lambda v: v), ("standardDeviation", mpmath.sqrt)):
        # A mean that is rounded at the offset moves every distance from it by as much.
        for title, rows, tolerance in (("exact", exact_rows, None), ("rounded", rounded_rows, 1e-7)):
            for correction in (0, 1):
                yield with_offset(f"{name} with an offset of 1e8, {title}", name, rows, correction, root, tolerance)


def with_offset(title, name, rows, correction, root, tolerance):
    """By differences with 100 digits: PyTorch itself loses digits here."""

    def function(inputs):
        spread = lambda values: root(operations.variance(values, correction))
        return {"result": operations.reduced(inputs["x"], [1], False, spread)}, {}

    x = exact.tensor((len(rows), len(rows[0])), itertools.chain(*rows))
    attributes = {"axes": [1], "correction": correction}
    entry = exact.golden(f"{title}, correction {correction}", name, function, {"x": x}, attributes)
    return entry | ({"tolerance": tolerance} if tolerance else {})


def cases():
    return itertools.chain(plain(), with_zeros(), truth(), positions(), running(), at_the_edges())
