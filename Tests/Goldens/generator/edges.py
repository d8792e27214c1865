"""The golden cases of `edges.json`: elementwise operations at zeros, denormal and huge numbers, infinities and NaN.

A value is the double nearest to the exact one, or what IEEE 754 and Annex F of C say where there is none. A derivative
is a central difference, as everywhere here, and occurs only where it does not depend on a convention. The numbers are
so small and so large that it takes 1000 digits.

There are up to three cases of the values of an operation: those that a good function has to the last digits, with the
signs of zeros; those that are denormal, which have fewer digits; and those of which only zero or so is asked, because
the sign of a zero is free or the result is too small for any digit.
"""

import itertools

import mpmath

from .edge_functions import (
    COMPARISONS,
    DENORMAL,
    FINITE,
    INFINITY,
    LARGEST,
    LIMITS,
    NAN,
    PAIRS,
    POINTS,
    TESTS,
    Result,
    functions,
    slopes,
)
from .golden import Tensor

DIGITS = 1000

# Four units in the last place; five for the functions that are named, as docs/Operations.md has it.
TOLERANCE = 1e-15
TOLERANCES = {"lgamma": 1.2e-15, "erfc": 1.2e-15}
# A derivative is a formula of a few functions, and exp(y²) of y = 6 has lost two digits.
GRADIENT_TOLERANCE = 1e-14
# And that of such a formula.
CURVATURE_TOLERANCE = 1e-13
ORDINARY = 1e3
# Of 1e-311 and above: two units in the last place.
DENORMAL_TOLERANCE = 1e-12

# Operands of pairs, each with each.
OPERANDS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, INFINITY, -INFINITY, NAN, DENORMAL, -1e-310, 1e300, -LARGEST]
# For derivatives: no two are equal, but each occurs with itself, which is left out where that is a tie.
SLOPE_OPERANDS = [1.0, -0.75, 2.5, -3.0, DENORMAL, 1e-310, -2.3e-308, 1e-20, -1e20, 1e300, -1e300, LARGEST]


def entry(name, operation, attributes, inputs, outputs, tolerance, comparison):
    shape = (len(outputs),)
    case = {"name": name, "operation": operation, "attributes": attributes}
    if tolerance:
        case |= {"tolerance": tolerance}
    return case | {
        "comparison": comparison,
        "inputs": {key: Tensor(shape, values) for key, values in inputs.items()},
        "outputs": {"result": Tensor(shape, outputs)},
    }


def with_gradients(case, gradients):
    size = len(case["outputs"]["result"].values)
    return case | {
        "cotangents": {"result": Tensor((size,), [1.0] * size)},
        "gradients": {key: Tensor((size,), values) for key, values in gradients.items()},
    }


def with_second_order(case, curvatures):
    size = len(curvatures)
    return case | {
        "secondOrder": {
            "directions": {"x": Tensor((size,), [1.0] * size)},
            "gradients": {"x": Tensor((size,), curvatures)},
        }
    }


# What the cases of one operation are called, how they are compared, and the tolerance unless that of the operation.
GROUPS = {
    Result.FULL: ("", "elements", None),
    Result.FEWER: (", denormal results", "elements", DENORMAL_TOLERANCE),
    Result.NONE: (", next to nothing", "block", TOLERANCE),
}


def grouped(items, digits):
    """The items of each kind of result, in the order of the kinds."""
    for kind, settings in GROUPS.items():
        group = [item for item in items if digits(item) == kind]
        if group:
            yield settings, group


def titled(operation, attributes):
    return operation + "".join(f", {key} {value}" for key, value in attributes.items())


def value_cases(operation, function):
    items = [(x, function.result(x)) for x in [*POINTS, *function.extra, *function.far] if is_asked(operation, x)]
    title = titled(operation, function.attributes)
    for (suffix, comparison, tolerance), group in grouped(items, lambda item: item[1].digits):
        points, results = zip(*group)
        yield entry(
            f"{title} at the edges{suffix}",
            operation,
            function.attributes,
            {"x": points},
            [result.value for result in results],
            tolerance or TOLERANCES.get(operation, TOLERANCE),
            comparison,
        )


def is_asked(operation, x):
    """Of a polygamma function there is no limit at −inf."""
    return operation != "polygamma" or x != -INFINITY


def gradient_cases(operation, function):
    points = [x for x in dict.fromkeys([*FINITE, *function.extra]) if function.has_slope(x)]
    # Nobody asks for the sign of a slope of zero.
    items = [(x, function.result(x), Result(function.slope(x), has_free_sign=True)) for x in points]
    title = titled(operation, function.attributes)
    for (suffix, comparison, tolerance), group in grouped(items, lambda item: max(r.digits for r in item[1:])):
        points, results, slopes = zip(*group)
        case = entry(
            f"{title}′ at the edges{suffix}",
            operation,
            function.attributes,
            {"x": points},
            [result.value for result in results],
            tolerance or GRADIENT_TOLERANCE,
            comparison,
        )
        yield with_gradients(case, {"x": [slope.value for slope in slopes]})
    ends = [(x, limit) for x, limit in zip((-INFINITY, INFINITY), function.limits) if limit is not None]
    if ends:
        points, limits = zip(*ends)
        case = entry(
            f"{title}′ at infinity",
            operation,
            function.attributes,
            {"x": points},
            [function.result(x).value for x in points],
            GRADIENT_TOLERANCE,
            "block",
        )
        yield with_gradients(case, {"x": [float(limit) for limit in limits]})


def curvature_cases(operation, function):
    """The second derivative: where it, the first one or the value is large, relative to itself, and elsewhere relative
    to ordinary numbers, since what a function is nearly linear or constant by is lost in its slope."""
    points = [x for x in dict.fromkeys([*FINITE, *function.extra]) if function.has_slope(x) and x not in function.bends]
    items = [
        (x, function.result(x), *(Result(y(x), True) for y in (function.slope, function.curvature))) for x in points
    ]
    title = titled(operation, function.attributes)
    for suffix, comparison, is_large in (("", "block", False), (", large", "lines", True)):
        group = [item for item in items if is_large == any(abs(result.value) > ORDINARY for result in item[1:])]
        if group:
            points, results, slopes, curvatures = zip(*group)
            case = entry(
                f"{title}″ at the edges{suffix}",
                operation,
                function.attributes,
                {"x": points},
                [result.value for result in results],
                CURVATURE_TOLERANCE,
                comparison,
            )
            case = with_gradients(case, {"x": [slope.value for slope in slopes]})
            yield with_second_order(case, [curvature.value for curvature in curvatures])


def pair_cases():
    for operation, (function, has_free_sign, has_slope) in PAIRS.items():
        pairs = list(itertools.product(OPERANDS, OPERANDS))
        items = [(a, b, Result(function(a, b), has_free_sign(a, b))) for a, b in pairs]
        for (suffix, comparison, tolerance), group in grouped(items, lambda item: item[2].digits):
            a, b, results = zip(*group)
            yield entry(
                f"{operation} at the edges{suffix}",
                operation,
                {},
                {"a": a, "b": b},
                [result.value for result in results],
                tolerance or TOLERANCE,
                comparison,
            )
        pairs = [pair for pair in itertools.product(SLOPE_OPERANDS, SLOPE_OPERANDS) if has_slope(*pair)]
        items = [
            (a, b, Result(function(a, b), True), *(Result(slope, True) for slope in slopes(operation, a, b)))
            for a, b in pairs
        ]
        # A slope that is computed from a value without digits has none either.
        items = [item for item in items if item[2].digits != Result.NONE or item[2].value == 0]
        for (suffix, comparison, tolerance), group in grouped(items, lambda item: max(r.digits for r in item[2:])):
            a, b, results, in_a, in_b = zip(*group)
            case = entry(
                f"{operation}′ at the edges{suffix}",
                operation,
                {},
                {"a": a, "b": b},
                [result.value for result in results],
                tolerance or GRADIENT_TOLERANCE,
                comparison,
            )
            yield with_gradients(case, {"a": [r.value for r in in_a], "b": [r.value for r in in_b]})
        if operation in LIMITS:
            yield infinite_pair_case(operation, function)


def infinite_pair_case(operation, function):
    """One operand is infinite, and the other is not."""
    ends, others = (-INFINITY, INFINITY), (0.0, *SLOPE_OPERANDS)
    pairs = [*itertools.product(ends, others), *itertools.product(others, ends)]
    a, b = zip(*pairs)
    in_a, in_b = zip(*(LIMITS[operation](*pair) for pair in pairs))
    results = [Result(function(*pair)).value for pair in pairs]
    case = entry(f"{operation}′ at infinity", operation, {}, {"a": a, "b": b}, results, GRADIENT_TOLERANCE, "block")
    return with_gradients(case, {"a": in_a, "b": in_b})


def truth_cases():
    a, b = zip(*itertools.product(OPERANDS, OPERANDS))
    for operation, function in COMPARISONS.items():
        yield truth(operation, {"a": a, "b": b}, map(function, a, b))
    for operation, function in TESTS.items():
        yield truth(operation, {"x": POINTS}, map(function, POINTS))


def truth(operation, inputs, outputs):
    case = entry(f"{operation} at the edges", operation, {}, inputs, list(outputs), None, "elements")
    case["outputs"]["result"].kind = "boolean"
    return case


def cases():
    with mpmath.workdps(DIGITS):
        for operation, function in functions():
            yield from value_cases(operation, function)
            yield from gradient_cases(operation, function)
            yield from curvature_cases(operation, function)
        yield from pair_cases()
        yield from truth_cases()


def files():
    yield "edges", cases()
