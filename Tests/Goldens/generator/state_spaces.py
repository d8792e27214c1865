"""Diagonal state spaces in complex numbers, straight from their equations, one row of the batch at a time.

Parameters multiply rows from the right: a complex matrix is two real ones, `inputReal` and `inputImaginary`.
"""

from mpmath import exp, mpc

from .golden import Tensor, golden, uniform


def rows(value):
    width = value.shape[-1]
    return [value.values[start : start + width] for start in range(0, len(value.values), width)]


def complex_rows(v, name):
    pairs = zip(rows(v[f"{name}Real"]), rows(v[f"{name}Imaginary"]))
    return [[mpc(re, im) for re, im in zip(*pair)] for pair in pairs]


def product(row, matrix):
    return [sum(x * line[unit] for x, line in zip(row, matrix)) for unit in range(len(matrix[0]))]


def lru(v):
    """λ = exp(−exp(ν) + i exp(θ)), and B with its columns times exp(γ)."""
    decay, phase, scale = (v[name].values for name in ("logDecay", "logPhase", "logNormalization"))
    factor = [exp(mpc(-exp(nu), exp(theta))) for nu, theta in zip(decay, phase)]
    return factor, [[b * exp(gamma) for b, gamma in zip(line, scale)] for line in complex_rows(v, "input")]


def zero_order_hold(eigenvalue, step):
    factor = exp(eigenvalue * step)
    return factor, (factor - 1) / eigenvalue


def bilinear(eigenvalue, step):
    below = 1 - eigenvalue * step / 2
    return (1 + eigenvalue * step / 2) / below, step / below


def s5(discretize):
    def system(v):
        eigenvalues = zip(v["eigenvaluesReal"].values, v["eigenvaluesImaginary"].values, v["logStep"].values)
        pairs = [discretize(mpc(re, im), exp(step)) for re, im, step in eigenvalues]
        scales = [scale for _, scale in pairs]
        return [factor for factor, _ in pairs], [
            [b * scale for b, scale in zip(line, scales)] for line in complex_rows(v, "input")
        ]

    return system


def run(system, weight, v):
    """xₜ = factor ⊙ xₜ₋₁ + B uₜ and yₜ = weight · Re(C xₜ) + D uₜ over the whole sequence."""
    factor, inputs = system(v)
    outputs, skip = complex_rows(v, "output"), rows(v["skip"])
    steps, batch, _ = v["x"].shape
    states = complex_rows(v, "initial")
    found = []
    for time in range(steps):
        for row in range(batch):
            u = rows(v["x"])[time * batch + row]
            term = product(u, inputs)
            states[row] = [a * x + b for a, x, b in zip(factor, states[row], term)]
            read = product(states[row], outputs)
            found += [weight * y.real + d for y, d in zip(read, product(u, skip))]
    shape = (batch, len(factor))
    return {
        "outputs": Tensor((steps, batch, len(skip[0])), found),
        "finalReal": Tensor(shape, [x.real for state in states for x in state]),
        "finalImaginary": Tensor(shape, [x.imag for state in states for x in state]),
    }, {}


def case(title, operation, attributes, system, weight, own, sizes, second_order):
    batch, steps, inputs, states, units = sizes
    name = f"{title}: batch {batch}, steps {steps}, input {inputs}, states {states}, units {units}"
    shapes = {"x": (steps, batch, inputs), "initialReal": (batch, states), "initialImaginary": (batch, states)}
    ranges = {}
    for parameter, low, high in own:
        shapes[parameter] = (states,)
        ranges[parameter] = (low, high)
    for part in ("Real", "Imaginary"):
        shapes[f"input{part}"] = (inputs, states)
    for part in ("Real", "Imaginary"):
        shapes[f"output{part}"] = (states, units)
    shapes["skip"] = (inputs, units)
    values = {key: uniform(f"{name}/{key}", shape, *ranges.get(key, (-1, 1))) for key, shape in shapes.items()}
    return golden(name, operation, lambda v: run(system, weight, v), values, attributes, second_order)


def lru_cases():
    own = [("logDecay", -2, 0.5), ("logPhase", -1, 1), ("logNormalization", -1, 0.5)]
    yield case("LRU", "lru", {}, lru, 1, own, (2, 3, 3, 4, 2), True)
    yield case("LRU", "lru", {}, lru, 1, own, (1, 7, 2, 3, 5), False)


def s5_cases():
    own = [("eigenvaluesReal", -1, -0.2), ("eigenvaluesImaginary", 0.3, 3), ("logStep", -2, 0.5)]
    for name, discretize in (("zeroOrderHold", zero_order_hold), ("bilinear", bilinear)):
        attributes = {"discretization": name}
        yield case(f"S5, {name}", "s5", attributes, s5(discretize), 2, own, (2, 3, 3, 4, 2), True)
        yield case(f"S5, {name}", "s5", attributes, s5(discretize), 2, own, (1, 7, 2, 3, 5), False)


def files():
    """The cases of each file, by the file's name; nothing is computed before they are asked for."""
    yield "lru", lru_cases()
    yield "s5", s5_cases()
