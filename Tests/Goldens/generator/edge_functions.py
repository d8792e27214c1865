"""Functions of one number and of two, exactly, with what they are at their edges: the tables behind `edges.json`."""

import itertools
import math
import operator
from fractions import Fraction

import mpmath
from mpmath import mpf

from .special_functions import polygamma

# A step is that much smaller than the operand, and no larger: its error is about the square.
STEP = mpf(10) ** -60

INFINITY, NAN = math.inf, math.nan
LARGEST, NORMAL, DENORMAL = 1.7976931348623157e308, 2.2250738585072014e-308, 5e-324
MAGNITUDES = [DENORMAL, 1e-310, 2.3e-308, 1e-20, 1.0, 1e20, 1e300, LARGEST]
FINITE = [0.0, -0.0, *itertools.chain.from_iterable((x, -x) for x in MAGNITUDES)]
POINTS = [*FINITE, INFINITY, -INFINITY, NAN]
# The neighbours of ±1.
NEIGHBOURS = [1 - 2**-53, 1 + 2**-52, -1 + 2**-53, -1 - 2**-52]

# Of this size and above a denormal number has a dozen digits.
LEAST_WITH_DIGITS = 1e-311
# Half of the least denormal number rounds to zero, and a quarter of it does so beyond doubt.
VANISHING = mpf(2) ** -1076
UNIT = mpf(2) ** -53


def nearest(value):
    """The double nearest to an exact number, with its sign if that is zero."""
    if value == 0:
        return 0.0
    if abs(value) > mpf(2) ** 1025:
        return math.copysign(INFINITY, value)
    if abs(value) < mpf(2) ** -1100:
        return math.copysign(0.0, value)
    sign, mantissa, exponent, _ = value._mpf_
    exact = Fraction(int(mantissa)) * Fraction(2) ** exponent
    try:
        rounded = float(exact)
    except OverflowError:
        rounded = INFINITY
    return -rounded if sign else rounded


class Result:
    """A double, and whether it is exact to the last digit, or has fewer of them, or none."""

    FULL, FEWER, NONE = range(3)

    def __init__(self, exact, has_free_sign=False):
        self.value = exact if isinstance(exact, float) else nearest(exact)
        self.digits = self.FULL
        if self.value == 0 and has_free_sign:
            self.digits = self.NONE
        elif abs(self.value) < NORMAL and abs(exact) > VANISHING and abs(self.value - exact) > UNIT * abs(exact):
            self.digits = self.FEWER if abs(self.value) >= LEAST_WITH_DIGITS else self.NONE


class Function:
    """A function of one number and its behaviour at the edges.

    - at: the values at special arguments, by their Python names; 0, −0 and NaN stay what they are elsewhere
    - within: the interval that it is defined on; NaN outside
    - limits: the derivatives at −inf and inf, None where there is none that is finite
    - kinks: where there is no derivative, or only one from one side, or one by convention
    - extra: further arguments; and `far` those at which only the value is asked, since a slope that is computed from
      the value, as usual, has no digits there
    - free: arguments whose zero may have either sign
    - bends: where the derivative has no derivative
    """

    def __init__(
        self,
        exact,
        at=(),
        within=(-INFINITY, INFINITY),
        limits=(None, None),
        kinks=(),
        extra=(),
        far=(),
        free=(),
        bends=(),
        **attributes,
    ):
        self.exact = exact
        self.at = {"0.0": 0.0, "-0.0": -0.0, "nan": NAN} | dict(at)
        self.within = within
        self.limits = limits
        self.kinks = kinks
        self.extra = extra
        self.far = far
        self.free = free
        self.bends = bends
        self.attributes = attributes

    def result(self, x):
        if repr(x) in self.at:
            value = self.at[repr(x)]
            return Result(value(mpf(x)) if callable(value) else value, x in self.free)
        if not self.within[0] <= x <= self.within[1]:
            return Result(NAN)
        return Result(self.exact(mpf(x)), x in self.free)

    def has_slope(self, x):
        return math.isfinite(x) and self.within[0] < x < self.within[1] and x not in self.kinks

    def slope(self, x):
        x = mpf(x)
        step = STEP * (min(abs(x), 1) or 1)
        slope = (self.exact(x + step) - self.exact(x - step)) / (2 * step)
        return mpf(0) if x == 0 and abs(slope) < STEP else slope

    def curvature(self, x):
        x = mpf(x)
        step = STEP * (min(abs(x), 1) or 1)
        middle = self.exact(x)
        difference = self.exact(x + step) - 2 * middle + self.exact(x - step)
        # Less than the digits of the function's values can tell is nothing.
        return mpf(0) if abs(difference) < abs(middle) * mpf(10) ** -900 else difference / step**2


def by(negative, positive):
    """Values at −inf and inf."""
    return {"-inf": negative, "inf": positive}


def zeros(negative, positive):
    return {"-0.0": negative, "0.0": positive}


def whole(function):
    """A function with whole values, whose zeros have the argument's sign."""
    return lambda x: math.copysign(float(function(x)), x) if function(x) == 0 else mpf(function(x))


def log_gamma(x):
    if x <= 0 and x == mpmath.floor(x):
        return INFINITY
    return mpmath.loggamma(x) if x > 0 else mpmath.log(abs(mpmath.gamma(x)))


def digamma(x):
    return NAN if x <= 0 and x == mpmath.floor(x) else mpmath.digamma(x)


def trigamma(x):
    return INFINITY if x <= 0 and x == mpmath.floor(x) else polygamma(1, x)


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x)) if x < 0 else x + mpmath.log1p(mpmath.exp(-x))


def erfc(x):
    """Far out by the head of the asymptotic series: mpmath does not go that far."""
    if x < 1e10:
        return mpmath.erfc(x)
    return mpmath.exp(-x * x) / (x * mpmath.sqrt(mpmath.pi)) * (1 - 1 / (2 * x * x))


def gelu(x):
    return x * erfc(-x / mpmath.sqrt(2)) / 2


def gelu_tanh(x):
    return x * sigmoid(2 * mpmath.sqrt(2 / mpmath.pi) * (x + mpf("0.044715") * x**3))


def elu(x):
    return x if x > 0 else mpmath.expm1(x)


SELU = mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717")


def selu(x):
    return SELU[0] * x if x > 0 else SELU[0] * SELU[1] * mpmath.expm1(x)


def clipped(low, high):
    return lambda x: min(max(x, mpf(low)), mpf(high))


ODD = by(-INFINITY, INFINITY)
UNDEFINED = by(NAN, NAN)
NEGATIVE_INTEGERS = [-1.0, -2.0, -1e20, -1e300, -LARGEST]
ROUNDED = [0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.3, -0.3, 0.49999999999999994, -0.49999999999999994]
# The activations that fall towards zero on the left do so from below, which nobody asks of a zero.
FALLING = [-INFINITY, -LARGEST, -1e300, -1e20]


def jumps(kinks):
    return dict(kinks=kinks, extra=ROUNDED)


def functions():
    """Every function by its operation's name; two of one name differ in their attributes."""
    pi = mpmath.pi
    integers = [x for x in FINITE if x == int(x)]
    halves = [x for x in ROUNDED if (2 * x) % 2 == 1]
    yield "negate", Function(operator.neg, by(INFINITY, -INFINITY) | zeros(0.0, -0.0), limits=(-1, -1))
    yield "abs", Function(abs, by(INFINITY, INFINITY) | zeros(0.0, 0.0), limits=(-1, 1), kinks=[0])
    yield "sign", Function(mpmath.sign, by(-1.0, 1.0), kinks=[0], free=[0])
    yield "square", Function(lambda x: x * x, by(INFINITY, INFINITY) | zeros(0.0, 0.0))
    yield "sqrt", Function(mpmath.sqrt, by(NAN, INFINITY), (0, INFINITY), (None, 0))
    yield "rsqrt", Function(
        lambda x: 1 / mpmath.sqrt(x), by(NAN, 0.0) | zeros(-INFINITY, INFINITY), (0, INFINITY), (None, 0)
    )
    yield "reciprocal", Function(lambda x: 1 / x, by(-0.0, 0.0) | zeros(-INFINITY, INFINITY), limits=(0, 0), kinks=[0])
    yield "exp", Function(
        mpmath.exp,
        by(0.0, INFINITY) | zeros(1.0, 1.0),
        limits=(0, None),
        extra=[709.782712893384, 710.0, -708.3, -745.2, -746.0],
    )
    yield "expm1", Function(
        mpmath.expm1, by(-1.0, INFINITY), limits=(0, None), extra=[709.782712893384, 710.0], far=[-40.0]
    )
    logarithm = by(NAN, INFINITY) | zeros(-INFINITY, -INFINITY)
    for name, function in (("log", mpmath.log), ("log2", lambda x: mpmath.log(x, 2)), ("log10", mpmath.log10)):
        yield name, Function(function, logarithm, (0, INFINITY), (None, 0), extra=[*NEIGHBOURS[:2], 8.0, 1000.0])
    yield "log1p", Function(
        lambda x: -INFINITY if x == -1 else mpmath.log1p(x),
        by(NAN, INFINITY),
        (-1, INFINITY),
        (None, 0),
        extra=NEIGHBOURS,
    )
    yield "sin", Function(mpmath.sin, UNDEFINED)
    yield "cos", Function(mpmath.cos, UNDEFINED | zeros(1.0, 1.0))
    yield "tan", Function(mpmath.tan, UNDEFINED)
    yield "asin", Function(mpmath.asin, UNDEFINED, (-1, 1), extra=NEIGHBOURS)
    yield "acos", Function(
        mpmath.acos, UNDEFINED | zeros(lambda x: pi / 2, lambda x: pi / 2), (-1, 1), extra=NEIGHBOURS
    )
    yield "atan", Function(mpmath.atan, by(lambda x: -pi / 2, lambda x: pi / 2), limits=(0, 0))
    yield "sinh", Function(mpmath.sinh, ODD, extra=[710.0, -710.0, 711.0])
    yield "cosh", Function(mpmath.cosh, by(INFINITY, INFINITY) | zeros(1.0, 1.0), extra=[710.0, -710.0, 711.0])
    yield "tanh", Function(mpmath.tanh, by(-1.0, 1.0), limits=(0, 0), far=[20.0, -20.0])
    yield "asinh", Function(mpmath.asinh, ODD, limits=(0, 0))
    yield "acosh", Function(
        mpmath.acosh, by(NAN, INFINITY) | zeros(NAN, NAN), (1, INFINITY), (None, 0), extra=NEIGHBOURS
    )
    yield "atanh", Function(
        lambda x: mpmath.atanh(x) if abs(x) < 1 else math.copysign(INFINITY, x), UNDEFINED, (-1, 1), extra=NEIGHBOURS
    )
    yield "erf", Function(mpmath.erf, by(-1.0, 1.0), limits=(0, 0), extra=[6.0, -6.0])
    yield "erfc", Function(erfc, by(2.0, 0.0) | zeros(1.0, 1.0), limits=(0, 0), extra=[6.0, -6.0, 26.5])
    yield "erfinv", Function(
        lambda x: mpmath.erfinv(x) if abs(x) < 1 else math.copysign(INFINITY, x), UNDEFINED, (-1, 1), extra=NEIGHBOURS
    )
    yield "lgamma", Function(
        log_gamma,
        by(INFINITY, INFINITY) | zeros(INFINITY, INFINITY),
        kinks=[0, *NEGATIVE_INTEGERS],
        extra=[*NEIGHBOURS, 2.0, -2.0, -1.5, 170.0],
        far=[-0.5],
    )
    yield "digamma", Function(
        digamma,
        by(NAN, INFINITY) | zeros(INFINITY, -INFINITY),
        limits=(None, 0),
        kinks=[0, *NEGATIVE_INTEGERS],
        extra=[*NEIGHBOURS, 2.0, -2.0, -1.5, 170.0],
    )
    poles = [0, *NEGATIVE_INTEGERS]
    yield "polygamma", Function(
        trigamma, {"inf": 0.0} | zeros(INFINITY, INFINITY), limits=(None, 0), kinks=poles, extra=[-2.0, -1.5], order=1
    )
    yield "floor", Function(whole(mpmath.floor), ODD, **jumps(integers))
    yield "ceil", Function(whole(mpmath.ceil), ODD, **jumps(integers))
    yield "round", Function(whole(mpmath.nint), ODD, **jumps(halves))
    yield "trunc", Function(whole(lambda x: mpmath.sign(x) * mpmath.floor(abs(x))), ODD, **jumps(integers[2:]))
    yield "sigmoid", Function(sigmoid, by(0.0, 1.0) | zeros(0.5, 0.5), limits=(0, 0), far=[40.0, -40.0, -745.2])
    yield "logSigmoid", Function(
        lambda x: -softplus(-x),
        by(-INFINITY, 0.0) | zeros(lambda x: -mpmath.log(2), lambda x: -mpmath.log(2)),
        limits=(1, 0),
        free=[1e20, 1e300, LARGEST, INFINITY],
        extra=[40.0, -40.0],
    )
    yield "softplus", Function(
        softplus,
        by(0.0, INFINITY) | zeros(lambda x: mpmath.log(2), lambda x: mpmath.log(2)),
        limits=(0, 1),
        extra=[40.0, -40.0, -745.2],
    )
    yield "relu", Function(lambda x: max(x, mpf(0)), by(0.0, INFINITY), limits=(0, 1), kinks=[0], free=[0])
    yield "selu", Function(
        selu, by(lambda x: -SELU[0] * SELU[1], INFINITY), limits=(0, SELU[0]), kinks=[0], far=[-40.0]
    )
    for name, function in (
        ("gelu", gelu),
        ("geluTanh", gelu_tanh),
        ("silu", lambda x: x * sigmoid(x)),
        ("mish", lambda x: x * mpmath.tanh(softplus(x))),
    ):
        yield name, Function(function, by(-0.0, INFINITY), limits=(0, 1), free=FALLING, extra=[40.0])
    yield "softsign", Function(lambda x: x / (1 + abs(x)), by(-1.0, 1.0), limits=(0, 0))
    yield "hardSigmoid", Function(
        lambda x: clipped(0, 1)(x / 6 + mpf("0.5")),
        by(0.0, 1.0) | zeros(0.5, 0.5),
        limits=(0, 0),
        kinks=[-3, 3],
        extra=[3.0, -3.0],
    )
    yield "hardTanh", Function(clipped(-1, 1), by(-1.0, 1.0), limits=(0, 0), kinks=[-1, 1], extra=NEIGHBOURS)
    yield "leakyRelu", Function(lambda x: x if x > 0 else mpf(0.01) * x, ODD, limits=(mpf(0.01), 1), kinks=[0])
    yield "elu", Function(elu, by(-1.0, INFINITY), limits=(0, 1), far=[-40.0], bends=[0])
    yield "clamp", Function(
        clipped(-1.5, 1e20), by(-1.5, 1e20), limits=(0, 0), kinks=[-1.5, 1e20], lower=-1.5, upper=1e20
    )
    yield "pow", Function(lambda x: x**2, by(INFINITY, INFINITY) | zeros(0.0, 0.0), exponent=2)
    yield "pow", Function(lambda x: x**3, ODD, exponent=3)
    yield "pow", Function(
        lambda x: 1 / x, by(-0.0, 0.0) | zeros(-INFINITY, INFINITY), limits=(0, 0), kinks=[0], exponent=-1
    )
    # Of pow, and not of sqrt, the root of −inf is inf and that of −0 is 0.
    yield "pow", Function(mpmath.sqrt, by(INFINITY, INFINITY) | zeros(0.0, 0.0), (0, INFINITY), (None, 0), exponent=0.5)
    yield "pow", Function(lambda x: mpf(1), by(1.0, 1.0) | zeros(1.0, 1.0) | {"nan": 1.0}, exponent=0)


def is_negative(x):
    return math.copysign(1, x) < 0


def quotient(a, b):
    if b != 0:
        return a / b
    return NAN if a == 0 or a != a else math.copysign(INFINITY, a) * math.copysign(1, b)


def propagating(function):
    """NaN if either operand is; of zeros of different sign either may win."""
    return lambda a, b: NAN if a != a or b != b else function(a, b)


def remainder(a, b):
    """a − b ⌊a / b⌋, as in Python: with the sign of b, that of a zero included."""
    if a != a or b != b or math.isinf(a) or b == 0:
        return NAN
    return a % b


def hypot(a, b):
    """Infinite if either operand is, even if the other is NaN."""
    if math.isinf(a) or math.isinf(b):
        return INFINITY
    return NAN if a != a or b != b else mpmath.sqrt(mpf(a) ** 2 + mpf(b) ** 2)


def atan2(a, b):
    """Zeros and infinities count by their signs, as axes and diagonals."""
    if a != a or b != b:
        return NAN
    if a == 0 or math.isinf(b) and not math.isinf(a):
        return math.copysign(1, a) * mpmath.pi if is_negative(b) else math.copysign(0.0, a)
    if math.isinf(a):
        eighths = (6 if is_negative(b) else 2) if math.isinf(b) else 4
        return math.copysign(1, a) * mpmath.pi * eighths / 8
    return mpmath.atan2(mpf(a), mpf(b))


def power(a, b):
    """As Annex F of C has it."""
    if b == 0 or a == 1:
        return 1.0
    if a != a or b != b:
        return NAN
    if math.isinf(b):
        if abs(a) == 1:
            return 1.0
        return INFINITY if (abs(a) > 1) == (b > 0) else 0.0
    is_odd = b == int(b) and int(b) % 2 == 1
    sign = -1.0 if is_odd and is_negative(a) else 1.0
    if a == 0 or math.isinf(a):
        return sign * (INFINITY if (a != 0) == (b > 0) else 0.0)
    if a < 0 and b != int(b):
        return NAN
    return sign * mpmath.exp(mpf(b) * mpmath.log(abs(mpf(a))))


def log_add_exp(a, b):
    if a != a or b != b:
        return NAN
    high, low = max(a, b), min(a, b)
    if math.isinf(high) or math.isinf(low):
        return high
    return mpf(high) + mpmath.log1p(mpmath.exp(mpf(low) - mpf(high)))


def x_log_y(x, y):
    """0 where x is, unless y is NaN."""
    if x != x or y != y or y < 0:
        return NAN if x != 0 or y != y else 0.0
    if x == 0:
        return 0.0
    logarithm = -INFINITY if y == 0 else y if math.isinf(y) else mpmath.log(mpf(y))
    if isinstance(logarithm, float) or math.isinf(x):
        return float(x) * (logarithm if isinstance(logarithm, float) else float(mpmath.sign(logarithm)))
    return mpf(x) * logarithm


def never(a, b):
    return False


def always(a, b):
    return True


def both_zero(a, b):
    return a == 0 and b == 0


def floor_of_quotient(a, b):
    return Fraction(a) / Fraction(b) // 1


def is_between_jumps(a, b):
    return (Fraction(a) / Fraction(b)).denominator != 1


# Each function of two numbers, where the sign of a zero is free, and where there is a slope. Python's sums, products
# and quotients are exact but for the last rounding, as IEEE 754 has it.
PAIRS = {
    "add": (operator.add, never, always),
    "subtract": (operator.sub, never, always),
    "multiply": (operator.mul, never, always),
    "divide": (quotient, never, always),
    "maximum": (propagating(max), both_zero, operator.ne),
    "minimum": (propagating(min), both_zero, operator.ne),
    "atan2": (atan2, never, always),
    "hypot": (hypot, never, always),
    "remainder": (remainder, never, is_between_jumps),
    "logAddExp": (log_add_exp, always, always),
    # In a the slope is taken as b aᵇ⁻¹, whose factors must be numbers: not those of a tiny base and a tiny exponent.
    "pow": (power, never, lambda a, b: a > 1e-300 or a > 0 and abs(b) > 1e-15),
    # A product with ln 1, or with x = 0, has no sign that would mean anything.
    "xlogy": (x_log_y, always, lambda x, y: y > 0),
}
# The limits of the slopes in a and in b where one of both is infinite: a / r and b / r, and b / r² and −a / r².
LIMITS = {
    "hypot": lambda a, b: (math.copysign(1, a), 0.0) if math.isinf(a) else (0.0, math.copysign(1, b)),
    "atan2": lambda a, b: (0.0, 0.0),
}
COMPARISONS = {
    "equal": operator.eq,
    "notEqual": operator.ne,
    "less": operator.lt,
    "lessOrEqual": operator.le,
    "greater": operator.gt,
    "greaterOrEqual": operator.ge,
}
TESTS = {"isFinite": math.isfinite, "isInfinite": math.isinf, "isNaN": math.isnan}


def slopes(operation, a, b):
    """The slopes in a and in b."""
    if operation == "remainder":
        # Between two jumps ⌊a / b⌋ is constant.
        return mpf(1), -mpf(floor_of_quotient(a, b))
    function = PAIRS[operation][0]
    a, b = mpf(a), mpf(b)
    p, q = (STEP * min(abs(x), 1) for x in (a, b))
    if operation == "pow":
        # A power changes by as much as the base, times the exponent.
        p /= max(abs(b), 1)
    return (
        (function(a + p, b) - function(a - p, b)) / (2 * p),
        (function(a, b + q) - function(a, b - q)) / (2 * q),
    )
