"""The workloads in PyTorch: `nn.LSTM` and `nn.GRU` where there is a fused layer, and eager operations for the cells
that PyTorch does not have, with one product for all gates. (The input's product for all steps at once gains nothing.)
"""

import torch
from torch.nn import functional

import sizes


def start(threads):
    torch.set_num_threads(threads)
    return f"PyTorch {torch.__version__}"


def mean_square_step(parameters, outputs):
    """One training step: forward, the mean of the squared outputs, gradients of the parameters alone."""

    def run():
        for parameter in parameters:
            parameter.grad = None
        y = outputs()
        (y * y).mean().backward()

    return run


def fused(layer, size):
    batch, steps, inputs, hidden = sizes.RECURRENT[size]
    module, x = layer(inputs, hidden), torch.randn(steps, batch, inputs)
    return mean_square_step(list(module.parameters()), lambda: module(x)[0])


# Cells: parameters by name, and one step.


def uniform(hidden, *shape):
    bound = hidden**-0.5
    return torch.empty(shape).uniform_(-bound, bound).requires_grad_()


class Packed:
    """An LSTM whose gates are forget, input, candidate, output; the others change it."""

    gates = 4

    def __init__(self, inputs, hidden):
        self.hidden = hidden
        self.input_weights = uniform(hidden, inputs, self.gates * hidden)
        self.recurrent_weights = uniform(hidden, hidden, self.gates * hidden)
        self.bias = uniform(hidden, self.gates * hidden)

    def parameters(self):
        return [value for value in vars(self).values() if isinstance(value, torch.Tensor)]

    def gate_values(self, x, h):
        z = torch.addmm(self.bias, x, self.input_weights) + h @ self.recurrent_weights
        return z.chunk(self.gates, dim=-1)

    def outputs(self, x):
        h = c = torch.zeros(x.shape[1], self.hidden)
        outputs = []
        for xt in x.unbind(0):
            h, c = self.step(xt, h, c)
            outputs.append(h)
        return torch.stack(outputs)


class Peephole(Packed):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        self.forget_peephole = uniform(hidden, hidden)
        self.input_peephole = uniform(hidden, hidden)
        self.output_peephole = uniform(hidden, hidden)

    def step(self, x, h, c):
        forget, admit, candidate, output = self.gate_values(x, h)
        forget = torch.sigmoid(forget + self.forget_peephole * c)
        admit = torch.sigmoid(admit + self.input_peephole * c)
        c = forget * c + admit * torch.tanh(candidate)
        return torch.sigmoid(output + self.output_peephole * c) * torch.tanh(c), c


class LayerNormed(Packed):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden)
        del self.bias
        self.widths = {"input": 4 * hidden, "recurrent": 4 * hidden, "cell": hidden}
        for name, width in self.widths.items():
            setattr(self, name + "_gain", torch.ones(width, requires_grad=True))
            setattr(self, name + "_shift", torch.zeros(width, requires_grad=True))

    def norm(self, name, x):
        gain, shift = getattr(self, name + "_gain"), getattr(self, name + "_shift")
        return functional.layer_norm(x, (self.widths[name],), gain, shift)

    def step(self, x, h, c):
        z = self.norm("input", x @ self.input_weights) + self.norm("recurrent", h @ self.recurrent_weights)
        forget, admit, candidate, output = z.chunk(4, dim=-1)
        c = torch.sigmoid(forget) * c + torch.sigmoid(admit) * torch.tanh(candidate)
        return torch.sigmoid(output) * torch.tanh(self.norm("cell", c)), c


class Coupled(Packed):
    gates = 3

    def step(self, x, h, c):
        forget, candidate, output = self.gate_values(x, h)
        forget = torch.sigmoid(forget)
        c = forget * c + (1 - forget) * torch.tanh(candidate)
        return torch.sigmoid(output) * torch.tanh(c), c


class Carry(Packed):
    def step(self, x, h, c):
        forget, admit, candidate, output = self.gate_values(x, h)
        output = torch.sigmoid(output)
        c = torch.sigmoid(forget) * c + torch.sigmoid(admit) * torch.tanh(candidate)
        return output * torch.tanh(c) + (1 - output) * h, c


class NaiveCarry(torch.nn.Module):
    """The same with a layer for each gate and source, called at each step."""

    def __init__(self, inputs, hidden):
        super().__init__()
        self.hidden = hidden
        self.from_input = torch.nn.ModuleList(torch.nn.Linear(inputs, hidden) for _ in range(4))
        self.from_hidden = torch.nn.ModuleList(torch.nn.Linear(hidden, hidden, bias=False) for _ in range(4))

    def outputs(self, x):
        h = c = torch.zeros(x.shape[1], self.hidden)
        outputs = []
        for xt in x.unbind(0):
            forget, admit, candidate, output = (
                a(xt) + b(h) for a, b in zip(self.from_input, self.from_hidden, strict=True)
            )
            output = torch.sigmoid(output)
            c = torch.sigmoid(forget) * c + torch.sigmoid(admit) * torch.tanh(candidate)
            h = output * torch.tanh(c) + (1 - output) * h
            outputs.append(h)
        return torch.stack(outputs)


def eager(cell, size):
    batch, steps, inputs, hidden = sizes.RECURRENT[size]
    module, x = cell(inputs, hidden), torch.randn(steps, batch, inputs)
    return mean_square_step(list(module.parameters()), lambda: module.outputs(x))


def character_model():
    batch, steps, vocabulary, size, hidden = sizes.CHARACTERS
    embedding, layer = torch.nn.Embedding(vocabulary, size), torch.nn.LSTM(size, hidden)
    output = torch.nn.Linear(hidden, vocabulary)
    parameters = [p for module in (embedding, layer, output) for p in module.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=sizes.LEARNING_RATE)
    inputs, targets = (torch.randint(vocabulary, (steps, batch)) for _ in range(2))

    def run():
        optimizer.zero_grad(set_to_none=True)
        scores = output(layer(embedding(inputs))[0])
        functional.cross_entropy(scores.reshape(-1, vocabulary), targets.reshape(-1)).backward()
        torch.nn.utils.clip_grad_norm_(parameters, sizes.LARGEST_NORM)
        optimizer.step()

    return run


def chain(tracked):
    def run():
        x = torch.ones(4, 4, requires_grad=True)
        factor = x if tracked else torch.ones(4, 4)
        product = x
        for _ in range(sizes.CHAIN_LENGTH):
            product = product * factor
        product.sum().backward()

    return run


def gradient_check(fast):
    layer = torch.nn.LSTM(5, 6).double()
    names = [name for name, _ in layer.named_parameters()]
    shapes = ((4, 3, 5), (1, 3, 6), (1, 3, 6))
    x, h, c = (torch.randn(shape, dtype=torch.double, requires_grad=True) for shape in shapes)

    def outputs(x, h, c, *parameters):
        return torch.func.functional_call(layer, dict(zip(names, parameters, strict=True)), (x, (h, c)))[0]

    return lambda: torch.autograd.gradcheck(outputs, (x, h, c, *layer.parameters()), fast_mode=fast)


def elementwise(operation, *others):
    x = torch.randn(sizes.SQUARE)
    return lambda: operation(x, *others)


def logarithm():
    x = torch.rand(sizes.SQUARE) * 9.9 + 0.1
    return lambda: torch.log(x)


def layer_norm():
    gain, shift = torch.ones(sizes.SQUARE[1]), torch.zeros(sizes.SQUARE[1])
    return elementwise(lambda x: functional.layer_norm(x, gain.shape, gain, shift))


def operands(m, k, n, transposed):
    a = torch.randn(k, m).t() if transposed == "a" else torch.randn(m, k)
    b = torch.randn(n, k).t() if transposed == "b" else torch.randn(k, n)
    return a, b


def product(name):
    a, b = operands(*sizes.PRODUCTS[name])
    return lambda: a @ b


def accumulating_product():
    a, b = operands(128, 32, 512, "a")
    c = torch.zeros(128, 512)
    return lambda: c.addmm_(a, b)


CELLS = {"peephole": Peephole, "layernorm": LayerNormed, "cifg": Coupled}

WORKLOADS = {f"lstm-{size}-plain": (lambda size=size: fused(torch.nn.LSTM, size), 1) for size in sizes.RECURRENT}
WORKLOADS |= {
    f"lstm-{size}-{name}": (lambda cell=cell, size=size: eager(cell, size), 1)
    for size in sizes.RECURRENT
    for name, cell in CELLS.items()
}
WORKLOADS |= {
    "custom-cell-medium-packed": (lambda: eager(Carry, "medium"), 1),
    "custom-cell-medium-naive": (lambda: eager(NaiveCarry, "medium"), 1),
    "gru-medium": (lambda: fused(torch.nn.GRU, "medium"), 1),
    "charlm": (character_model, 1),
    "chain-multiply": (lambda: chain(False), sizes.CHAIN_LENGTH),
    "chain-multiply-tracked": (lambda: chain(True), sizes.CHAIN_LENGTH),
    "gradcheck-lstm": (lambda: gradient_check(False), 1),
    "gradcheck-lstm-fast": (lambda: gradient_check(True), 1),
    "elementwise-exp": (lambda: elementwise(torch.exp), 1),
    "elementwise-tanh": (lambda: elementwise(torch.tanh), 1),
    "elementwise-sigmoid": (lambda: elementwise(torch.sigmoid), 1),
    "elementwise-log": (logarithm, 1),
    "elementwise-softmax": (lambda: elementwise(lambda x: torch.softmax(x, -1)), 1),
    "elementwise-sum": (lambda: elementwise(torch.sum), 1),
    "elementwise-add": (lambda: elementwise(torch.add, torch.randn(sizes.SQUARE)), 1),
    "elementwise-broadcast-add": (lambda: elementwise(torch.add, torch.randn(sizes.SQUARE[1])), 1),
    "elementwise-transpose-copy": (lambda: elementwise(lambda x: x.t().contiguous()), 1),
    "elementwise-layernorm": (layer_norm, 1),
    "matmul-128x32x512-accumulating": (accumulating_product, 1),
}
WORKLOADS |= {name: (lambda name=name: product(name), 1) for name in sizes.PRODUCTS}
