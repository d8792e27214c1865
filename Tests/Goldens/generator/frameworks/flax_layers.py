"""Flax's recurrent layers, in double, with JAX's derivatives."""

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy
from flax import linen
from flax.traverse_util import flatten_dict, unflatten_dict

from .configurations import BATCH, FEATURES, STEPS, UNITS, Configuration, states
from .numpy_cases import entry, golden

CONFIGURATIONS = (
    Configuration("rnn", activation="tanh"),
    Configuration("lstm"),
    Configuration("lstm", layers=2),
    Configuration("lstm", bidirectional=True, lengths=[2, 4, 1]),
    Configuration("lstm", layers=2, bidirectional=True),
    Configuration("gru", reset="after"),
    Configuration("gru", reset="after", layers=2, lengths=[3, 1, 4]),
    Configuration("gru", reset="after", layers=2, bidirectional=True),
)
CELLS = {"rnn": linen.SimpleCell, "lstm": linen.OptimizedLSTMCell, "gru": linen.GRUCell}


class Chain(linen.Module):
    """Layers one after the other, with the names that linen.Sequential gives, and their states."""

    layers: tuple

    def __call__(self, x, starts, lengths):
        finals = []
        for layer, start in zip(self.layers, starts):
            final, x = layer(x, initial_carry=start, seq_lengths=lengths, return_carry=True)
            finals.append(final)
        return x, finals


def evaluation(run, names):
    """What golden cases need of `run(operands)`: its outputs in the order of the names, and their gradients."""

    def evaluate(operands, cotangents):
        outputs, pullback = jax.vjp(run, {key: jnp.array(value) for key, value in operands.items()})
        # JAX sorts the names.
        outputs = {key: numpy.asarray(outputs[key]) for key in names}
        (gradients,) = pullback({key: jnp.array(value) for key, value in cotangents(outputs).items()})
        return outputs, {key: numpy.asarray(gradients[key]) for key in operands}

    return evaluate


def layer_of(configuration):
    def direction():
        return linen.RNN(CELLS[configuration.cell](UNITS, param_dtype=jnp.float64), time_major=True)

    if configuration.bidirectional:
        return linen.Bidirectional(direction(), direction(), time_major=True)
    return direction()


def case(configuration):
    chain = Chain(tuple(layer_of(configuration) for _ in range(configuration.layers)))
    lengths = configuration.lengths and jnp.array(configuration.lengths)
    names = [f"initial{part}" for part in states(configuration)]
    directions = 2 if configuration.bidirectional else 1

    # The carry of an LSTM is the cell state and then the hidden state.
    def carry(parts):
        return tuple(reversed(parts)) if len(parts) == 2 else parts[0]

    def parts_of(state):
        return list(reversed(state)) if isinstance(state, tuple) else [state]

    def starts(operands):
        places = [carry([operands[key][place] for key in names]) for place in range(directions * configuration.layers)]
        if directions == 1:
            return places
        return [tuple(places[2 * layer : 2 * layer + 2]) for layer in range(configuration.layers)]

    finals = [key.replace("initial", "final") for key in names]

    # Names of one layer by itself begin behind its own.
    own = "" if configuration.layers > 1 else "layers_0/"

    def run(operands):
        weights = {own + key: value for key, value in operands.items() if key != "x" and key not in names}
        tree = {"params": unflatten_dict(weights, sep="/")}
        sequence, ends = chain.apply(tree, operands["x"], starts(operands), lengths)
        if configuration.lengths:
            # Flax goes on beyond the end in the outputs, though not in the states.
            sequence = jnp.where(jnp.arange(STEPS)[:, None, None] < lengths[:, None], sequence, 0)
        each = [parts_of(final) for layer in ends for final in (layer if directions == 2 else [layer])]
        outputs = {"outputs": sequence}
        return outputs | {key: jnp.stack([parts[k] for parts in each]) for k, key in enumerate(finals)}

    zeros = {key: jnp.zeros(shape) for key, shape in ((f"initial{k}", v) for k, v in states(configuration).items())}
    tree = chain.init(jax.random.key(0), jnp.zeros((STEPS, BATCH, FEATURES)), starts(zeros), lengths)
    flat = flatten_dict(tree["params"], sep="/")
    shapes = {key.removeprefix(own): value.shape for key, value in sorted(flat.items())}
    return golden("Flax", configuration, shapes, evaluation(run, ["outputs", *finals]))


def update_gate_cell():
    """Flax's minimal gated unit without its reset is the update-gate recurrent network."""
    layer = linen.RNN(linen.MGUCell(UNITS, param_dtype=jnp.float64, reset_gate=False), time_major=True)
    paths = {
        f"{gate}.{block}": path
        for gate, letter in (("candidate", "n"), ("update", "f"))
        for block, path in (
            ("inputWeights", f"cell/i{letter}/kernel"),
            ("recurrentWeights", f"cell/h{letter}/kernel"),
            ("bias", f"cell/i{letter}/bias"),
        )
    }
    shapes = {"inputWeights": (FEATURES, UNITS), "recurrentWeights": (UNITS, UNITS), "bias": (UNITS,)}

    def run(operands):
        tree = {"params": unflatten_dict({path: operands[key] for key, path in paths.items()}, sep="/")}
        final, outputs = layer.apply(
            tree, operands["x"], initial_carry=operands["initialHidden"], return_carry=True
        )
        return {"outputs": outputs, "finalHidden": final}

    operands = {"x": (STEPS, BATCH, FEATURES), "initialHidden": (BATCH, UNITS)}
    operands |= {key: shapes[key.split(".")[1]] for key in paths}
    evaluate = evaluation(run, ["outputs", "finalHidden"])
    return entry("Flax: MGUCell without reset", "ugrnn", {}, operands, evaluate)


def cases():
    yield from map(case, CONFIGURATIONS)
    yield update_gate_cell()
