"""The workloads in JAX: compiled functions, `lax.scan` over time, one product for all gates. (The input's product for
all steps at once, outside of the scan, makes it slower.) JAX has no tape to time a chain of operations on, and no check of every element's gradient."""

import jax
import numpy
from jax import lax
from jax import numpy as jnp

import sizes

generator = numpy.random.default_rng(0)


def start(threads):
    if threads == 1:
        # On one thread, handing the work to another one only costs.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
    return f"JAX {jax.__version__}"


def normal(*shape):
    return jnp.asarray(generator.standard_normal(shape, numpy.float32))


def uniform(hidden, *shape):
    bound = hidden**-0.5
    return jnp.asarray(generator.uniform(-bound, bound, shape).astype(numpy.float32))


def ready(function, *arguments):
    """One call of a compiled function, waited for."""
    compiled = jax.jit(function)
    return lambda: jax.block_until_ready(compiled(*arguments))


# Cells: parameters, and one step from (parameters, x, h, c) to (h, c).


def packed(gates, inputs, hidden):
    return {
        "input": uniform(hidden, inputs, gates * hidden),
        "recurrent": uniform(hidden, hidden, gates * hidden),
        "bias": uniform(hidden, gates * hidden),
    }


def gate_values(p, gates, x, h):
    return jnp.split(x @ p["input"] + p["bias"] + h @ p["recurrent"], gates, axis=-1)


def plain_step(p, x, h, c):
    forget, admit, candidate, output = gate_values(p, 4, x, h)
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(admit) * jnp.tanh(candidate)
    return jax.nn.sigmoid(output) * jnp.tanh(c), c


def peephole_parameters(inputs, hidden):
    peepholes = ("to_forget", "to_input", "to_output")
    return packed(4, inputs, hidden) | {name: uniform(hidden, hidden) for name in peepholes}


def peephole_step(p, x, h, c):
    forget, admit, candidate, output = gate_values(p, 4, x, h)
    forget = jax.nn.sigmoid(forget + p["to_forget"] * c)
    admit = jax.nn.sigmoid(admit + p["to_input"] * c)
    c = forget * c + admit * jnp.tanh(candidate)
    return jax.nn.sigmoid(output + p["to_output"] * c) * jnp.tanh(c), c


def layer_norm(x, gain, shift):
    centred = x - x.mean(-1, keepdims=True)
    return centred * lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * gain + shift


def layer_norm_parameters(inputs, hidden):
    p = packed(4, inputs, hidden)
    del p["bias"]
    widths = {"input_norm": 4 * hidden, "recurrent_norm": 4 * hidden, "cell_norm": hidden}
    return p | {name: (jnp.ones(width), jnp.zeros(width)) for name, width in widths.items()}


def layer_norm_step(p, x, h, c):
    z = layer_norm(x @ p["input"], *p["input_norm"]) + layer_norm(h @ p["recurrent"], *p["recurrent_norm"])
    forget, admit, candidate, output = jnp.split(z, 4, axis=-1)
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(admit) * jnp.tanh(candidate)
    return jax.nn.sigmoid(output) * jnp.tanh(layer_norm(c, *p["cell_norm"])), c


def coupled_step(p, x, h, c):
    forget, candidate, output = gate_values(p, 3, x, h)
    forget = jax.nn.sigmoid(forget)
    c = forget * c + (1 - forget) * jnp.tanh(candidate)
    return jax.nn.sigmoid(output) * jnp.tanh(c), c


def carry_step(p, x, h, c):
    forget, admit, candidate, output = gate_values(p, 4, x, h)
    output = jax.nn.sigmoid(output)
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(admit) * jnp.tanh(candidate)
    return output * jnp.tanh(c) + (1 - output) * h, c


def naive_parameters(inputs, hidden):
    return {
        "input": [uniform(inputs, inputs, hidden) for _ in range(4)],
        "bias": [uniform(inputs, hidden) for _ in range(4)],
        "recurrent": [uniform(hidden, hidden, hidden) for _ in range(4)],
    }


def naive_step(p, x, h, c):
    gates = zip(p["input"], p["bias"], p["recurrent"], strict=True)
    forget, admit, candidate, output = (x @ w + b + h @ u for w, b, u in gates)
    output = jax.nn.sigmoid(output)
    c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(admit) * jnp.tanh(candidate)
    return output * jnp.tanh(c) + (1 - output) * h, c


def gru_parameters(inputs, hidden):
    return packed(3, inputs, hidden) | {"candidate_bias": uniform(hidden, hidden)}


def gru_step(p, x, h, c):
    reset, update, candidate = jnp.split(x @ p["input"] + p["bias"], 3, axis=-1)
    from_reset, from_update, from_candidate = jnp.split(h @ p["recurrent"], 3, axis=-1)
    update = jax.nn.sigmoid(update + from_update)
    recurrent = jax.nn.sigmoid(reset + from_reset) * (from_candidate + p["candidate_bias"])
    candidate = jnp.tanh(candidate + recurrent)
    return (1 - update) * candidate + update * h, c


CELLS = {
    "plain": (lambda i, h: packed(4, i, h), plain_step),
    "peephole": (peephole_parameters, peephole_step),
    "layernorm": (layer_norm_parameters, layer_norm_step),
    "cifg": (lambda i, h: packed(3, i, h), coupled_step),
    "packed": (lambda i, h: packed(4, i, h), carry_step),
    "naive": (naive_parameters, naive_step),
    "gru": (gru_parameters, gru_step),
}


def outputs(cell, p, x, hidden):
    """The hidden states of all steps, from a state of zeros."""
    step = CELLS[cell][1]

    def scanned(state, xt):
        state = step(p, xt, *state)
        return state, state[0]

    zeros = jnp.zeros((x.shape[1], hidden))
    return lax.scan(scanned, (zeros, zeros), x)[1]


def training(cell, size):
    batch, steps, inputs, hidden = sizes.RECURRENT[size]
    return ready(
        jax.grad(lambda p, x: jnp.square(outputs(cell, p, x, hidden)).mean()),
        CELLS[cell][0](inputs, hidden),
        normal(steps, batch, inputs),
    )


def character_loss(p, inputs, targets, hidden):
    scores = outputs("plain", p["lstm"], p["embedding"][inputs], hidden) @ p["output"] + p["bias"]
    logarithms = jax.nn.log_softmax(scores)
    return -jnp.take_along_axis(logarithms, targets[..., None], axis=-1).mean()


def adam(p, gradient, first, second, step):
    """Adam on the gradient clipped to its largest norm."""
    norm = jnp.sqrt(sum(jnp.square(g).sum() for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1, sizes.LARGEST_NORM / norm), gradient)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)

    def moved(value, m, v):
        corrected = jnp.sqrt(v / (1 - 0.999**step)) + 1e-8
        return value - sizes.LEARNING_RATE * m / (1 - 0.9**step) / corrected

    return jax.tree.map(moved, p, first, second), first, second, step + 1


def character_model():
    batch, steps, vocabulary, size, hidden = sizes.CHARACTERS
    p = {
        "embedding": normal(vocabulary, size),
        "lstm": packed(4, size, hidden),
        "output": uniform(hidden, hidden, vocabulary),
        "bias": uniform(hidden, vocabulary),
    }
    zeros = jax.tree.map(jnp.zeros_like, p)
    inputs, targets = (jnp.asarray(generator.integers(0, vocabulary, (steps, batch))) for _ in range(2))

    @jax.jit
    def step(p, first, second, number):
        gradient = jax.grad(character_loss)(p, inputs, targets, hidden)
        return adam(p, gradient, first, second, number)

    state = (p, zeros, zeros, jnp.ones(()))

    def run():
        nonlocal state
        state = jax.block_until_ready(step(*state))

    return run


def module_traversal():
    """Trees of as many leaves as the Swift model has, flattened with their paths, mapped, and mapped in pairs."""

    def model():
        layers = [{"input": {"weights": 0, "bias": 0}, "recurrent": {"weights": 0}} for _ in range(8)]
        return {"embedding": {"weights": 0}, "layers": layers, "output": {"weights": 0, "bias": 0}}

    first, second = model(), model()

    def run():
        jax.tree_util.tree_flatten_with_path(first)
        jax.tree.map(lambda leaf: leaf, first)
        jax.tree.map(lambda leaf, other: other, first, second)

    return run


TRAVERSED_LEAVES = 27


def elementwise(operation, *shapes):
    return lambda: ready(operation, normal(*sizes.SQUARE), *(normal(*shape) for shape in shapes))


def logarithm():
    return ready(jnp.log, jnp.asarray(generator.uniform(0.1, 10, sizes.SQUARE).astype(numpy.float32)))


def normalisation():
    width = sizes.SQUARE[1]
    return ready(layer_norm, normal(*sizes.SQUARE), jnp.ones(width), jnp.zeros(width))


def product(name):
    m, k, n, transposed = sizes.PRODUCTS[name]
    a = normal(k, m) if transposed == "a" else normal(m, k)
    b = normal(n, k) if transposed == "b" else normal(k, n)
    return ready(lambda a, b: (a.T if transposed == "a" else a) @ (b.T if transposed == "b" else b), a, b)


def accumulating_product():
    """In place: the sum is given away with each call."""
    a, b, c = normal(32, 128), normal(32, 512), jnp.zeros((128, 512))
    add = jax.jit(lambda c, a, b: c + a.T @ b, donate_argnums=0)

    def run():
        nonlocal c
        c = jax.block_until_ready(add(c, a, b))

    return run


WORKLOADS = {
    f"lstm-{size}-{cell}": (lambda cell=cell, size=size: training(cell, size), 1)
    for size in sizes.RECURRENT
    for cell in ("plain", "peephole", "layernorm", "cifg")
}
WORKLOADS |= {
    "custom-cell-medium-packed": (lambda: training("packed", "medium"), 1),
    "custom-cell-medium-naive": (lambda: training("naive", "medium"), 1),
    "gru-medium": (lambda: training("gru", "medium"), 1),
    "charlm": (character_model, 1),
    "module-traversal": (module_traversal, TRAVERSED_LEAVES),
    "elementwise-exp": (elementwise(jnp.exp), 1),
    "elementwise-tanh": (elementwise(jnp.tanh), 1),
    "elementwise-sigmoid": (elementwise(jax.nn.sigmoid), 1),
    "elementwise-log": (logarithm, 1),
    "elementwise-softmax": (elementwise(jax.nn.softmax), 1),
    "elementwise-sum": (elementwise(jnp.sum), 1),
    "elementwise-add": (elementwise(jnp.add, sizes.SQUARE), 1),
    "elementwise-broadcast-add": (elementwise(jnp.add, sizes.SQUARE[1:]), 1),
    "elementwise-transpose-copy": (elementwise(jnp.transpose), 1),
    "elementwise-layernorm": (normalisation, 1),
    "matmul-128x32x512-accumulating": (accumulating_product, 1),
}
WORKLOADS |= {name: (lambda name=name: product(name), 1) for name in sizes.PRODUCTS}
