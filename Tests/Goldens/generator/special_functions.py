"""The golden cases of `special-functions.json`: functions that the C library does not have."""

import mpmath
from mpmath import mpf

from .golden import golden, tensor
from .operations import unary

# Around the integers, across the ranges that programs divide the line into, and far out.
POLYGAMMA_AT = [0.03125, 0.5, 1, 1.5, 2.75, 7.3, 9.99, 12.5, 25, 100.25, 3e4]
POLYGAMMA_BELOW_ZERO = [-0.03125, -0.4, -0.5, -1.01, -2.75, -9.3, -20.625, -150.2]
SMALL_ORDERS = (0, 1, 2, 3, 4, 7)
# Of great orders, where they neither overflow nor underflow.
GREAT_ORDERS = {
    15: [0.03125, 1.5, 9.99, 25, 3000.5, -0.4, -9.3],
    40: [0.5, 1.5, 25, 49.75, 3000.5, -0.4, -9.3],
    170: [2, 4.5, 25, 179.5, 181, 3000.5],
    300: [25, 60.5, 309.5, 400],
}
INVERSE_ERF_AT = [
    1e-300, 1e-9, 0.03125, 0.2, 0.4999, 0.5, 0.7, 0.85, 0.9, 0.9965, 0.9999, 0.99999999, 0.999999999999, 1 - 2**-52,
    -1e-5, -0.3, -0.75, -0.95, -0.99999, -1 + 2**-53,
]


def polygamma(order, x):
    """Σ over k ≥ 0 of −(−1)ⁿ n! / (x + k)ⁿ⁺¹, far enough out by Euler's and Maclaurin's formula; ψ(x) for n = 0."""
    if order == 0:
        return mpmath.digamma(x)
    s = order + 1
    steps = 100 + order + max(0, int(-x))
    total = mpmath.fsum((x + k) ** -s for k in range(steps))
    far = x + steps
    total += far**-order / order + far**-s / 2
    factor = s / far ** (s + 1)
    for k in range(1, 60):
        total += mpmath.bernoulli(2 * k) / mpmath.factorial(2 * k) * factor
        factor *= mpf(s + 2 * k - 1) * (s + 2 * k) / far**2
    return -((-1) ** order) * mpmath.factorial(order) * total


def case(name, operation, function, at, **attributes):
    return golden(
        name,
        operation,
        lambda inputs: ({"result": unary(function)(inputs["x"])}, {}),
        {"x": tensor((len(at),), at)},
        attributes=attributes,
        second_order=False,
    )


def cases():
    yield case("erfinv", "erfinv", mpmath.erfinv, INVERSE_ERF_AT)
    at = {order: POLYGAMMA_AT + POLYGAMMA_BELOW_ZERO for order in SMALL_ORDERS} | GREAT_ORDERS
    for order, values in at.items():
        name = f"polygamma of order {order}"
        yield case(name, "polygamma", lambda x, order=order: polygamma(order, x), values, order=order)


def files():
    yield "special-functions", cases()
