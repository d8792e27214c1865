"""Recurrent cells, straight from their equations, one row of the batch at a time.

Input weights are [input, hidden], recurrent weights [hidden, hidden]: z = x·W + h'·U + b.
"""

from mpmath import exp, fdot, mpf, tanh

from .golden import Tensor, golden, uniform


def sigmoid(z):
    return 1 / (1 + exp(-z))


def relu(z):
    # A pre-activation close to zero would make the goldens depend on the convention for relu at zero.
    assert abs(z) > mpf("1e-3"), "pre-activation too close to the kink of relu"
    return z if z > 0 else mpf(0)


def product(row, matrix):
    """row·matrix; column j of a row-major matrix with `units` columns is every units-th value from j on."""
    units = len(matrix) // len(row)
    return [fdot(zip(row, matrix[unit::units])) for unit in range(units)]


def added(*rows):
    return [sum(column) for column in zip(*rows)]


def gate_equation(activation, gate):
    """The equation gate = activation(x·W + h'·U + b)."""

    def equation(v):
        z = added(
            product(v["x"], v[f"{gate}.inputWeights"]),
            product(v["previousHidden"], v[f"{gate}.recurrentWeights"]),
            v[f"{gate}.bias"],
        )
        return [activation(value) for value in z]

    return equation


def lstm_cell(v):
    """C = f ⊙ C' + i ⊙ C̃"""
    return [f * c + i * g for f, c, i, g in zip(v["forget"], v["previousCell"], v["input"], v["candidate"])]


def lstm_hidden(v):
    """h = o ⊙ tanh(C)"""
    return [o * tanh(c) for o, c in zip(v["output"], v["cell"])]


def candidate_reset_before(v):
    """n = tanh(x·W + (r ⊙ h')·U + b)"""
    kept = [r * h for r, h in zip(v["reset"], v["previousHidden"])]
    z = added(
        product(v["x"], v["candidate.inputWeights"]),
        product(kept, v["candidate.recurrentWeights"]),
        v["candidate.bias"],
    )
    return [tanh(value) for value in z]


def candidate_reset_after(v):
    """n = tanh(x·W + b + r ⊙ (h'·U + b_u))"""
    recurrent = added(
        product(v["previousHidden"], v["candidate.recurrentWeights"]), v["candidate.recurrentBias"]
    )
    z = added(
        product(v["x"], v["candidate.inputWeights"]),
        v["candidate.bias"],
        [r * u for r, u in zip(v["reset"], recurrent)],
    )
    return [tanh(value) for value in z]


def gru_hidden(v):
    """h = (1 − z) ⊙ n + z ⊙ h'"""
    return [(1 - z) * n + z * h for z, n, h in zip(v["update"], v["candidate"], v["previousHidden"])]


class Cell:
    """A cell: its equations in order of evaluation, each with the names of its operands."""

    def __init__(self, name, attributes, gates, states, equations, two_biases=()):
        self.name = name
        self.attributes = attributes
        self.gates = gates
        self.states = states
        self.equations = equations
        self.two_biases = two_biases

    def parameter_shapes(self, inputs, hidden, gates=None):
        shapes = {}
        for gate in self.gates if gates is None else gates:
            shapes[f"{gate}.inputWeights"] = (inputs, hidden)
            shapes[f"{gate}.recurrentWeights"] = (hidden, hidden)
            shapes[f"{gate}.bias"] = (hidden,)
            if gate in self.two_biases:
                shapes[f"{gate}.recurrentBias"] = (hidden,)
        return shapes


def operands(gate):
    return ["x", "previousHidden", gate]


LSTM = Cell(
    "lstm",
    {},
    ["forget", "input", "candidate", "output"],
    ["hidden", "cell"],
    [
        ("forget", gate_equation(sigmoid, "forget"), operands("forget")),
        ("input", gate_equation(sigmoid, "input"), operands("input")),
        ("candidate", gate_equation(tanh, "candidate"), operands("candidate")),
        ("cell", lstm_cell, ["forget", "previousCell", "input", "candidate"]),
        ("output", gate_equation(sigmoid, "output"), operands("output")),
        ("hidden", lstm_hidden, ["output", "cell"]),
    ],
)


def gru(reset, candidate, two_biases):
    return Cell(
        "gru",
        {"reset": reset},
        ["reset", "update", "candidate"],
        ["hidden"],
        [
            ("reset", gate_equation(sigmoid, "reset"), operands("reset")),
            ("update", gate_equation(sigmoid, "update"), operands("update")),
            ("candidate", candidate, [*operands("candidate"), "reset"]),
            ("hidden", gru_hidden, ["update", "candidate", "previousHidden"]),
        ],
        two_biases,
    )


GRU_RESET_BEFORE = gru("before", candidate_reset_before, ())
GRU_RESET_AFTER = gru("after", candidate_reset_after, ("candidate",))


def rnn(activation, function):
    return Cell(
        "rnn",
        {"activation": activation},
        ["hidden"],
        ["hidden"],
        [("hidden", gate_equation(function, "hidden"), operands("hidden"))],
    )


RNN_TANH = rnn("tanh", tanh)
RNN_RELU = rnn("relu", relu)


def capitalised(name):
    return name[0].upper() + name[1:]


def step(cell, values):
    """All named values of one step of one row, added to the values that it starts from."""
    values = dict(values)
    for name, equation, _ in cell.equations:
        values[name] = equation(values)
    return values


def rows(value):
    width = value.shape[-1]
    return [value.values[start : start + width] for start in range(0, len(value.values), width)]


def run(cell, inputs):
    """The whole sequence: (outputs and final states, every named value at every step)."""
    steps, batch, _ = inputs["x"].shape
    parameters = {name: value.values for name, value in inputs.items() if "." in name}
    states = {name: rows(inputs[f"initial{capitalised(name)}"]) for name in cell.states}
    xs = rows(inputs["x"])
    hidden = inputs["initialHidden"].shape[1]
    named = {name: [] for name, _, _ in cell.equations}
    for time in range(steps):
        following = {name: [] for name in cell.states}
        for row in range(batch):
            previous = {f"previous{capitalised(name)}": state[row] for name, state in states.items()}
            values = step(cell, {**parameters, **previous, "x": xs[time * batch + row]})
            for name in named:
                named[name].extend(values[name])
            for name in cell.states:
                following[name].append(values[name])
        states = following
    traces = {name: Tensor((steps, batch, hidden), values) for name, values in named.items()}
    outputs = {"outputs": traces["hidden"]}
    for name, state in states.items():
        outputs[f"final{capitalised(name)}"] = Tensor((batch, hidden), sum(state, []))
    return outputs, traces


def parameters(label, shapes):
    """Different random weights for each gate; the biases lie apart from zero so that none can be missed."""
    return {
        name: uniform(f"{label}/{name}", shape, *((0.2, 1.1) if "ias" in name else (-0.95, 0.95)))
        for name, shape in shapes.items()
    }


def sequence_case(cell, title, batch, steps, inputs, hidden, second_order):
    name = f"{title}: batch {batch}, steps {steps}, input {inputs}, hidden {hidden}"
    values = {"x": uniform(f"{name}/x", (steps, batch, inputs), -1.5, 1.5)}
    for state in cell.states:
        key = f"initial{capitalised(state)}"
        values[key] = uniform(f"{name}/{key}", (batch, hidden), -0.9, 0.9)
    values.update(parameters(name, cell.parameter_shapes(inputs, hidden)))
    return golden(name, cell.name, lambda v: run(cell, v), values, cell.attributes, second_order)


def step_case(cell, title, batch, inputs, hidden):
    name = f"{title}: one step"
    values = {"x": uniform(f"{name}/x", (batch, inputs), -1.5, 1.5)}
    for state in cell.states:
        key = f"previous{capitalised(state)}"
        values[key] = uniform(f"{name}/{key}", (batch, hidden), -0.9, 0.9)
    values.update(parameters(name, cell.parameter_shapes(inputs, hidden)))

    def function(v):
        fixed = {key: value.values for key, value in v.items() if "." in key}
        per_row = {key: rows(value) for key, value in v.items() if "." not in key}
        results = [
            step(cell, {**fixed, **{key: value[row] for key, value in per_row.items()}}) for row in range(batch)
        ]
        named = {
            key: Tensor((batch, hidden), sum((result[key] for result in results), []))
            for key, _, _ in cell.equations
        }
        return {state: named[state] for state in cell.states}, named

    return golden(name, f"{cell.name}.step", function, values, cell.attributes)


def equation_cases(cell, title, batch, inputs, hidden):
    """Each equation on its own: its operands are given, not computed."""
    for result, equation, names in cell.equations:
        name = f"{title}: equation of {result} alone"
        values = {}
        for operand in names:
            if operand in cell.gates and operand == result:
                values.update(parameters(name, cell.parameter_shapes(inputs, hidden, [operand])))
            elif operand == "x":
                values[operand] = uniform(f"{name}/{operand}", (batch, inputs), -1.5, 1.5)
            else:
                # The gates that come out of a sigmoid lie between 0 and 1.
                low = 0.05 if operand in ("forget", "input", "output", "reset", "update") else -0.95
                values[operand] = uniform(f"{name}/{operand}", (batch, hidden), low, 0.95)

        def function(v, equation=equation, result=result):
            fixed = {key: value.values for key, value in v.items() if "." in key}
            per_row = {key: rows(value) for key, value in v.items() if "." not in key}
            found = [
                equation({**fixed, **{key: value[row] for key, value in per_row.items()}})
                for row in range(batch)
            ]
            return {result: Tensor((batch, hidden), sum(found, []))}, {}

        yield golden(name, f"{cell.name}.{result}", function, values, cell.attributes)


def cell_cases(title, cell):
    yield from equation_cases(cell, title, batch=2, inputs=3, hidden=4)
    yield step_case(cell, title, batch=2, inputs=3, hidden=4)
    yield sequence_case(cell, title, 2, 3, 3, 4, second_order=True)
    yield sequence_case(cell, title, 3, 5, 2, 5, second_order=False)


def long_cases():
    yield sequence_case(LSTM, "LSTM", 1, 40, 2, 3, second_order=False)


def files():
    """The cases of each file, by the file's name; nothing is computed before they are asked for."""
    cells = {
        "lstm": ("LSTM", LSTM),
        "gru-reset-before": ("GRU, reset before the product", GRU_RESET_BEFORE),
        "gru-reset-after": ("GRU, reset after the product", GRU_RESET_AFTER),
        "rnn-tanh": ("plain RNN, tanh", RNN_TANH),
        "rnn-relu": ("plain RNN, relu", RNN_RELU),
    }
    for file, (title, cell) in cells.items():
        yield file, cell_cases(title, cell)
    yield "lstm-long", long_cases()
