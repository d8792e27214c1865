"""Tensors, golden cases and their derivatives.

A case is a function of named tensors. Its derivatives are central differences of that function, taken
with 100 digits and a step of 1e-25: no differentiation rule occurs anywhere, and the difference is off
by about 1e-50, far below the last digit of a double. So a golden cannot repeat the mistake of a rule.
"""

import random

import mpmath
from mpmath import mpf

mpmath.mp.dps = 100
STEP = mpf(10) ** -25

# A difference that should be zero leaves a rounding residue of at most about 1e-48.
RESIDUE = mpf(10) ** -40


class Tensor:
    """Row-major values with a shape; `kind` is "real", "integer" or "boolean", and the latter two have no gradient."""

    def __init__(self, shape, values, kind="real"):
        self.shape = tuple(shape)
        self.values = list(values)
        self.kind = kind
        assert len(self.values) == count(self.shape), (shape, len(self.values))

    def replacing(self, values):
        return Tensor(self.shape, values, self.kind)


def count(shape):
    result = 1
    for extent in shape:
        result *= extent
    return result


def tensor(shape, values):
    """A tensor of the given doubles, each taken as exactly the double that it is."""
    return Tensor(shape, [mpf(float(value)) for value in values])


def integers(shape, values):
    return Tensor(shape, values, "integer")


def uniform(label, shape, low=-1.0, high=1.0):
    """Random numbers with four decimals, so that the files stay readable; the label is the seed."""
    source = random.Random(label)
    return tensor(shape, [round(source.uniform(low, high), 4) or 0.0001 for _ in range(count(shape))])


def moved(inputs, steps):
    """The inputs, each real one moved by its flat list of steps."""
    return {
        name: value.replacing([v + s for v, s in zip(value.values, steps[name])]) if name in steps else value
        for name, value in inputs.items()
    }


def unit(value, index, size):
    return [size if position == index else mpf(0) for position in range(len(value.values))]


def rounded(value):
    return mpf(0) if abs(value) < RESIDUE else value


def golden(name, operation, function, inputs, attributes=None, second_order=True):
    """The case `function(inputs) -> (outputs, named values)`, with random cotangents on every output.

    `secondOrder` holds random directions v, one for each real input, and the product H·v, where H is the
    Hessian of the sum of cotangent times output.
    """
    outputs, named = function(inputs)
    cotangents = {key: uniform(f"{name}/cotangent/{key}", value.shape) for key, value in outputs.items()}

    def loss(steps):
        moved_outputs, _ = function(moved(inputs, steps))
        return sum(
            mpmath.fdot(zip(cotangents[key].values, value.values)) for key, value in moved_outputs.items()
        )

    real = {key: value for key, value in inputs.items() if value.kind == "real"}
    gradients = {}
    for key, value in real.items():
        slopes = []
        for index in range(len(value.values)):
            difference = loss({key: unit(value, index, STEP)}) - loss({key: unit(value, index, -STEP)})
            slopes.append(rounded(difference / (2 * STEP)))
        gradients[key] = value.replacing(slopes)

    case = {
        "name": name,
        "operation": operation,
        "attributes": attributes or {},
        "inputs": inputs,
        "outputs": outputs,
        "named": named,
        "cotangents": cotangents,
        "gradients": gradients,
    }
    if second_order:
        case["secondOrder"] = hessian_product(name, loss, real)
    return case


def hessian_product(name, loss, real):
    directions = {key: uniform(f"{name}/direction/{key}", value.shape) for key, value in real.items()}
    products = {}
    for key, value in real.items():
        curvatures = []
        for index in range(len(value.values)):
            difference = mpf(0)
            for along in (1, -1):
                for across in (1, -1):
                    steps = {k: [along * STEP * v for v in d.values] for k, d in directions.items()}
                    steps[key][index] += across * STEP
                    difference += along * across * loss(steps)
            curvatures.append(rounded(difference / (4 * STEP * STEP)))
        products[key] = value.replacing(curvatures)
    return {"directions": directions, "gradients": products}
