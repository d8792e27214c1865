"""The golden cases of `random.json`: how the numbers of the random operations are distributed.

A sample stands for its distribution: numbers that cut it into parts of equal probability, one from the middle of each
part, or every result of a discrete distribution as often as is due to it. So a framework's own draws could stand there
as well, and `verify` compares PyTorch's draws with these samples.
"""

import itertools
import math

import mpmath
from mpmath import mpf

from .golden import Tensor, integers, tensor

PARTS = 100
DRAWS = 40000
# Of so many draws, one sample in a thousand is farther from its distribution (Kolmogorov and Smirnov); and the sample
# that stands for a continuous one is half a part away from it.
TOLERANCE = 1.95 / DRAWS**0.5
CONTINUOUS_TOLERANCE = TOLERANCE + 0.5 / PARTS


def sample(quantile):
    """The quantiles in the middle of the parts."""
    return tensor((PARTS,), [quantile((part + mpf(1) / 2) / PARTS) for part in range(PARTS)])


def case(name, operation, attributes, outputs, inputs=None, tolerance=TOLERANCE):
    return {
        "name": name,
        "operation": operation,
        "attributes": attributes,
        "tolerance": round(tolerance, 5),
        "comparison": "distribution",
        "inputs": inputs or {},
        "outputs": {"draws": outputs},
    }


def standard_normal(probability):
    return mpmath.sqrt(2) * mpmath.erfinv(2 * probability - 1)


def truncated_normal(lower, upper):
    """The quantiles between two bounds, found on the side of the mean where probabilities keep their digits."""
    if lower > 0:
        mirrored = truncated_normal(-upper, -lower)
        return lambda probability: -mirrored(1 - probability)
    low, high = mpmath.ncdf(lower), mpmath.ncdf(upper)
    return lambda probability: standard_normal(low + probability * (high - low))


def continuous():
    shape = {"shape": [DRAWS]}

    def drawn(name, operation, quantile, **attributes):
        return case(name, operation, shape | attributes, sample(quantile), tolerance=CONTINUOUS_TOLERANCE)

    yield drawn("uniform", "uniform", lambda p: p)
    yield drawn("uniform from −2 to 4", "uniform", lambda p: -2 + 6 * p, lower=-2, upper=4, seed=1)
    yield drawn("normal", "normal", standard_normal)
    yield drawn(
        "normal of mean 3", "normal", lambda p: 3 + standard_normal(p) / 2, mean=3, standardDeviation=0.5, seed=1
    )
    for number, (lower, upper) in enumerate([(-1, 2), (-math.inf, 0.5), (2, 7), (5, math.inf), (-6, -5.5)]):
        yield drawn(
            f"truncatedNormal from {lower} to {upper}",
            "truncatedNormal",
            truncated_normal(mpf(lower), mpf(upper)),
            lower=bound(lower),
            upper=bound(upper),
            seed=number,
        )
    scaled = truncated_normal(mpf(-1), mpf(2))
    yield drawn(
        "truncatedNormal of mean 10",
        "truncatedNormal",
        lambda p: 10 + 3 * scaled(p),
        mean=10,
        standardDeviation=3,
        lower=7,
        upper=16,
        seed=5,
    )
    yield drawn("gumbel", "gumbel", lambda p: -mpmath.log(-mpmath.log(p)))


def bound(number):
    """JSON has no numbers for the infinities."""
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def discrete():
    for lower, upper, seed in ((0, 2, 0), (-3, 4, 1)):
        yield case(
            f"uniformIntegers from {lower} to {upper}",
            "uniformIntegers",
            {"shape": [DRAWS], "lower": lower, "upper": upper, "seed": seed},
            integers((upper - lower,), range(lower, upper)),
        )
    # Events of five probabilities side by side, in tenths.
    tenths = [0, 1, 3, 5, 10]
    yield case(
        "bernoulli",
        "bernoulli",
        {"draws": DRAWS},
        Tensor((10, 5), [part < share for part in range(10) for share in tenths], "boolean"),
        {"probabilities": tensor((5,), [share / 10 for share in tenths])},
    )
    # Two distributions over three categories, in eighths.
    weights = [[1, 2, 5], [4, 4, 0]]
    columns = [[c for c, weight in enumerate(row) for _ in range(weight)] for row in weights]
    yield case(
        "categorical",
        "categorical",
        {"draws": DRAWS},
        integers((8, 2), itertools.chain(*zip(*columns))),
        {"logits": tensor((2, 3), [mpmath.log(w) if w else -mpf("inf") for row in weights for w in row])},
    )
    # Each number is equally often in each place.
    count = 4
    yield case(
        "permutation",
        "permutation",
        {"count": count, "draws": DRAWS},
        integers((count, count), [(row + column) % count for row in range(count) for column in range(count)]),
    )


def files():
    yield "random", itertools.chain(continuous(), discrete())
