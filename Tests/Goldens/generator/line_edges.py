"""The golden cases of `edges-of-lines.json`: what is done to rows and matrices, at the edges of the numbers.

Rows with zeros of both signs, denormal and huge numbers, infinities and NaN. A value is the double nearest to the exact
one, or what IEEE 754 gives for the definition where there is none. A derivative of finite rows is a central difference,
as everywhere here; where it is a matter of convention, it is that of the table in `docs/Operations.md`, spelt out here.
"""

import math

import mpmath
from mpmath import mpf

from .edge_functions import DENORMAL, INFINITY, NAN, nearest
from .edges import DIGITS
from .golden import Tensor, golden, tensor

TOLERANCE = 1e-14

ROWS = [
    [INFINITY, 1.0, 2.0],
    [-INFINITY, 1.0, 2.0],
    [INFINITY, -INFINITY, 1.0],
    [-INFINITY, -INFINITY, -INFINITY],
    [INFINITY, INFINITY, 1.0],
    [0.0, INFINITY, 2.0],
    [NAN, 1.0, 2.0],
    [1.0, NAN, INFINITY],
    [-0.0, -0.0, -0.0],
    [-0.0, 0.0, 1.0],
    [0.0, 3.0, 0.0],
    [1e200, 1e200, 3e200],
    [1e-200, 2e-200, -3e-200],
    [DENORMAL, 2e-310, 2e-308],
    [1e308, -1e308, 1e308],
    [1e15, 1e15, 1e15 + 1],
    [-745.0, 0.0, 709.0],
]
# The cotangents of rows as long as the operand's.
WEIGHTS = [1.0, 2.0, -0.5]


def is_finite(row):
    return all(math.isfinite(x) for x in row)


def has_nan(row):
    return any(x != x for x in row)


def add(a, b):
    """A sum as IEEE 754 has it where it is no number, and exact where it is."""
    if not (isinstance(a, float) or isinstance(b, float)):
        return a + b
    return float(a) + float(b) if isinstance(a, float) and isinstance(b, float) else a if isinstance(a, float) else b


def times(a, b):
    if not (isinstance(a, float) or isinstance(b, float)):
        return a * b
    sign = lambda x: x if isinstance(x, float) else float(mpmath.sign(x))
    return sign(a) * sign(b)


def number(x):
    """An exact number, or a float if it is none."""
    return mpf(x) if math.isfinite(x) else x


def folded(function, row, first):
    for x in row:
        first = function(first, number(x))
    return first


def total(row):
    return folded(add, row, mpf(0))


def mean(row):
    return times(total(row), mpf(1) / len(row))


def product(row):
    return folded(times, row, mpf(1))


def extreme(choose):
    return lambda row: NAN if has_nan(row) else choose(row)


def shares(row):
    """The softmax, for which infinities are as good as the greatest numbers."""
    if has_nan(row):
        return [NAN] * len(row)
    high = max(row)
    if math.isinf(high):
        return [mpf(x == high) / row.count(high) for x in row]
    powers = [mpf(0) if x == -INFINITY else mpmath.exp(mpf(x) - mpf(high)) for x in row]
    return [p / mpmath.fsum(powers) for p in powers]


def log_sum_exp(row):
    if has_nan(row) or math.isinf(max(row)):
        return NAN if has_nan(row) else max(row)
    return mpf(max(row)) - mpmath.log(shares(row)[row.index(max(row))])


def log_softmax(row):
    return [s if isinstance(s, float) else mpmath.log(s) if s else -INFINITY for s in shares(row)]


def variance(row, correction=0):
    if not is_finite(row):
        return NAN
    centre = mean(row)
    return mpmath.fsum((mpf(x) - centre) ** 2 for x in row) / (len(row) - correction)


def deviation(row):
    return variance(row) if not is_finite(row) else mpmath.sqrt(variance(row))


def norm(order):
    def function(row):
        if not is_finite(row):
            return NAN if has_nan(row) else INFINITY
        if order == INFINITY:
            return max(abs(mpf(x)) for x in row)
        return mpmath.fsum(abs(mpf(x)) ** order for x in row) ** (mpf(1) / order)

    return function


def running(function):
    return lambda row: [function(row[: end + 1]) for end in range(len(row))]


def sort(row, descending):
    """NaN as the greatest number, and equal ones as they were."""
    return [row[place] for place in order(row, descending)]


def order(row, descending):
    size = lambda k: (row[k] != row[k], 0.0 if row[k] != row[k] else row[k])
    return sorted(range(len(row)), key=size, reverse=descending)


# How each differs, by the row: the derivative in every element.


def differences(function, row):
    """By central differences, of functions of finite rows; none at a kink."""
    slopes = []
    for place, x in enumerate(row):
        step = mpf(10) ** -60 * (min(abs(mpf(x)), 1) or 1)
        moved = lambda sign: function([mpf(y) + (sign * step if k == place else 0) for k, y in enumerate(row)])
        slopes.append((moved(1) - moved(-1)) / (2 * step))
    return slopes


def weighted(function):
    """Σ weight · result of a function whose results are rows."""
    return lambda row: mpmath.fsum(mpf(w) * y for w, y in zip(WEIGHTS, function(row)))


def slopes_of_shares(row):
    y = shares(row)
    if has_nan(row):
        return y
    # The difference of a cotangent and its mean over shares has no digits where one share is nearly all.
    if max(row) == 709:
        return None
    inner = mpmath.fsum(mpf(w) * s for w, s in zip(WEIGHTS, y))
    return [s * (mpf(w) - inner) for w, s in zip(WEIGHTS, y)]


def slopes_of_logarithms(row):
    y, sum_of_weights = shares(row), mpmath.fsum(WEIGHTS)
    return y if has_nan(row) else [mpf(w) - s * sum_of_weights for w, s in zip(WEIGHTS, y)]


def slopes_of_running_shares(row):
    if has_nan(row):
        return None
    slopes = [mpf(0)] * len(row)
    for end, weight in enumerate(WEIGHTS):
        for place, share in enumerate(shares(row[: end + 1])):
            slopes[place] += mpf(weight) * share
    return slopes


def attained(choose):
    def slopes(row):
        return None if has_nan(row) else [mpf(x == choose(row)) / row.count(choose(row)) for x in row]

    return slopes


def first_attained(choose):
    def slopes(row):
        if has_nan(row):
            return None
        result = [0.0] * len(row)
        for end, weight in enumerate(WEIGHTS):
            result[row.index(choose(row[: end + 1]))] += weight
        return result

    return slopes


def others(row):
    return [product(row[:place] + row[place + 1 :]) for place in range(len(row))]


def of_finite(function, at_zero=None, is_kink=lambda row: False):
    """By differences, where the row is one of numbers; at zero rows by convention."""

    def slopes(row):
        if not is_finite(row) or is_kink(row):
            return None
        if at_zero is not None and all(x == row[0] for x in row):
            return at_zero
        return differences(function, row)

    return slopes


def slopes_of_norm(order):
    """xᵢ / y, as its absolute to the power p − 1, and 0 in elements that are 0."""

    def slopes(row):
        if not is_finite(row):
            return None
        if order == INFINITY:
            high = max(abs(x) for x in row)
            ties = sum(abs(x) == high for x in row)
            return [mpmath.sign(mpf(x)) / ties if abs(x) == high else mpf(0) for x in row]
        y = norm(order)(row)
        return [mpmath.sign(mpf(x)) * (abs(mpf(x)) / y) ** (order - 1) if x else mpf(0) for x in row]

    return slopes


ZEROS = [0.0, 0.0, 0.0]


def always(value):
    return lambda row: value


def reductions():
    yield "sum", {}, total, always([1.0] * 3)
    yield "mean", {}, mean, always([mpf(1) / 3] * 3)
    yield "product", {}, product, others
    yield "max", {}, extreme(max), attained(max)
    yield "min", {}, extreme(min), attained(min)
    yield "logSumExp", {}, log_sum_exp, shares
    yield "variance", {}, variance, of_finite(variance)
    yield "standardDeviation", {}, deviation, of_finite(deviation, ZEROS)
    for order in (1, 2, 3, INFINITY):
        yield "norm", {"order": "Infinity" if order == INFINITY else order}, norm(order), slopes_of_norm(order)


def lines():
    yield "softmax", {}, shares, slopes_of_shares
    yield "logSoftmax", {}, log_softmax, slopes_of_logarithms
    yield "cumulativeSum", {}, running(total), always([2.5, 1.5, -0.5])
    yield "cumulativeProduct", {}, running(product), of_finite(weighted(running(product)))
    yield "cumulativeLogSumExp", {}, running(log_sum_exp), slopes_of_running_shares
    yield "cumulativeMax", {}, running(extreme(max)), first_attained(max)
    yield "cumulativeMin", {}, running(extreme(min)), first_attained(min)


def is_asked(operation, row):
    """Not what depends on the order of a sum, or on the digits of a mean that is no double."""
    sums = ("sum", "mean", "cumulativeSum", "variance", "standardDeviation")
    return operation not in sums or max(row) != 1e308 and (max(row) != 1e15 + 1 or operation in sums[:3])


def double(value):
    return value if isinstance(value, float) else nearest(value)


def row_case(title, operation, attributes, rows, outputs, slopes=None):
    width = len(outputs[0]) if isinstance(outputs[0], list) else None
    flat = [double(y) for row in outputs for y in (row if width else [row])]
    shape = (len(rows), width) if width else (len(rows),)
    axis = {"axis": 1} if width else {"axes": [1]}
    case = {
        "name": title,
        "operation": operation,
        "attributes": axis | attributes,
        "tolerance": TOLERANCE,
        "comparison": "lines",
        "inputs": {"x": Tensor((len(rows), 3), [x for row in rows for x in row])},
        "outputs": {"result": Tensor(shape, flat)},
    }
    if slopes is not None:
        case["cotangents"] = {"result": Tensor(shape, (WEIGHTS if width else [1.0]) * len(rows))}
        case["gradients"] = {"x": Tensor((len(rows), 3), [double(s) for row in slopes for s in row])}
    return case


def row_cases():
    for operation, attributes, function, slopes in [*reductions(), *lines()]:
        title = operation + "".join(f", {key} {value}" for key, value in attributes.items())
        rows = [row for row in ROWS if is_asked(operation, row)]
        with_slopes = [row for row in rows if slopes(row) is not None]
        without = [row for row in rows if slopes(row) is None]
        yield row_case(
            f"{title}′ of rows at the edges",
            operation,
            attributes,
            with_slopes,
            [function(row) for row in with_slopes],
            [slopes(row) for row in with_slopes],
        )
        if without:
            yield row_case(
                f"{title} of rows at the edges", operation, attributes, without, [function(row) for row in without]
            )


def order_cases():
    for descending in (False, True):
        case = row_case(
            f"sort of rows at the edges, descending {descending}",
            "sort",
            {"descending": descending},
            ROWS,
            [sort(row, descending) for row in ROWS],
        )
        places = [index for row in ROWS for index in order(row, descending)]
        case["outputs"]["positions"] = Tensor((len(ROWS), 3), places, "integer")
        yield case
    for operation, choose in (("argMax", max), ("argMin", min)):
        places = [first(row, choose) for row in ROWS]
        case = row_case(f"{operation} of rows at the edges", operation, {}, ROWS, [[0.0]] * len(ROWS))
        case["outputs"] = {"position": Tensor((len(ROWS),), places, "integer")}
        yield case


def first(row, choose):
    return [x != x for x in row].index(True) if has_nan(row) else row.index(choose(row))


# Linear algebra: matrices of any rank, and of numbers whose products of two are none.


def determinant(x, *_):
    """By its definition."""
    n = x.shape[-1]

    def minor(rows, columns):
        if not rows:
            return mpf(1)
        return mpmath.fsum(
            (-1) ** k * x.values[rows[0] * n + column] * minor(rows[1:], columns[:k] + columns[k + 1 :])
            for k, column in enumerate(columns)
        )

    return Tensor((), [minor(list(range(n)), list(range(n)))])


SINGULAR = {
    "of rank 0": [[0, 0], [0, 0]],
    "with a column of zeros": [[0, 1], [0, 2]],
    "nilpotent": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
    "of rank 1": [[1, 2, 3], [2, 4, 6], [-0.5, -1, -1.5]],
    "of rank 2": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    "of rank 2 of 4": [[1, 2, 3, 4], [2, 1, 0, 1], [3, 3, 3, 5], [1, -1, -3, -3]],
    "rounded, of rank 1": [[0.1, 0.2, 0.3], [0.2, 0.4, 0.6], [0.3, 0.6, 0.9]],
    "next to a singular one": [[1, 1], [1, 1 + 2.0**-40]],
}


def determinant_cases():
    for title, rows in SINGULAR.items():
        x = tensor((len(rows), len(rows)), [value for row in rows for value in row])
        yield golden(
            f"determinant of a matrix {title}",
            "determinant",
            lambda v: ({"result": determinant(*v.values())}, {}),
            {"x": x},
        )


# Matrices of large and of small numbers, by hand: operation, operands, results.
MATRICES = [
    ("inverse", [[[2e200, 0.0], [1e200, 4e200]]], [[[5e-201, 0.0], [-1.25e-201, 2.5e-201]]]),
    ("inverse", [[[2e-200, 0.0], [1e-200, 4e-200]]], [[[5e199, 0.0], [-1.25e199, 2.5e199]]]),
    ("cholesky", [[[4e200, 2e200], [2e200, 5e200]]], [[[2e100, 0.0], [1e100, 2e100]]]),
    ("cholesky", [[[4e-200, 2e-200], [2e-200, 5e-200]]], [[[2e-100, 0.0], [1e-100, 2e-100]]]),
    ("cholesky", [[[1.0, 2.0], [2.0, 1.0]]], [[[NAN, 0.0], [NAN, NAN]]]),
    ("solve", [[[2e200, 0.0], [0.0, 4e-200]], [1e200, 1e-200]], [[0.5, 0.25]]),
    ("determinant", [[[1e200, 0.0, 0.0], [0.0, 1e-200, 0.0], [0.0, 0.0, -1e200]]], [-1e200]),
    ("determinant", [[[1e200, 0.0], [0.0, 1e200]]], [INFINITY]),
    ("determinant", [[[1.0, NAN], [0.0, 1.0]]], [NAN]),
    ("logDeterminant", [[[1e200, 0.0], [0.0, -1e200]]], [-1.0, 400 * mpmath.log(10)]),
    ("logDeterminant", [[[1.0, 2.0], [2.0, 4.0]]], [0.0, -INFINITY]),
    ("dot", [[INFINITY, 1.0], [0.0, 2.0]], [NAN]),
    ("dot", [[INFINITY, 1.0], [1.0, 2.0]], [INFINITY]),
    ("matmul", [[[1e200, 1.0], [-0.0, 1e-200]], [[1e200, 0.0], [1.0, 1e-200]]], [[[INFINITY, 1e-200], [1e-200, 0.0]]]),
]


def nested(x):
    """A tensor from nested lists."""
    shape, flat = [], [x]
    while isinstance(flat[0], list):
        shape.append(len(flat[0]))
        flat = [value for row in flat for value in row]
    return Tensor(shape, [double(value) for value in flat])


def matrix_cases():
    for number, (operation, operands, results) in enumerate(MATRICES):
        yield {
            "name": f"{operation} at the edges, {number}",
            "operation": operation,
            "attributes": {},
            "tolerance": TOLERANCE,
            "comparison": "lines",
            "inputs": dict(zip("ab", map(nested, operands))),
            "outputs": {f"result{place}": nested(result) for place, result in enumerate(results)},
        }


def cases():
    with mpmath.workdps(DIGITS):
        yield from row_cases()
        yield from order_cases()
        yield from matrix_cases()
    yield from determinant_cases()


def files():
    yield "edges-of-lines", cases()
