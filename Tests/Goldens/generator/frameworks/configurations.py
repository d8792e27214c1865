"""What the cases of all frameworks have in common: sizes, settings, numbers, and their form in a golden file."""

import math
import random
from collections import namedtuple

STEPS, BATCH, FEATURES, UNITS = 4, 3, 3, 2

# What a golden file has of a tensor.
Block = namedtuple("Block", "shape values kind")

# The settings of a case; `cell` is the name of the cell in golden files.
Configuration = namedtuple(
    "Configuration",
    "cell layers bidirectional reset activation has_bias lengths",
    defaults=(1, False, None, None, True, None),
)


def draw(label, shape):
    """Random numbers with three decimals, none near zero; the label is the seed."""
    source = random.Random(label)
    values = []
    while len(values) < math.prod(shape):
        value = round(source.uniform(-1.2, 1.2), 3)
        if abs(value) >= 0.05:
            values.append(value)
    return values


def states(configuration, units=UNITS, cells=None):
    """The names and shapes of the initial states, of all layers and directions."""
    count = configuration.layers * (2 if configuration.bidirectional else 1)
    shapes = {"Hidden": (count, BATCH, units)}
    if configuration.cell.endswith(("lstm", "LSTM")):
        shapes["Cell"] = (count, BATCH, cells or units)
    return shapes


def name(framework, configuration):
    settings = [f"{key} {value}" for key, value in attributes(framework, configuration).items() if key != "framework"]
    return f"{framework}: {', '.join(settings)}"


def attributes(framework, configuration, prefix=None):
    settings = {"framework": framework, "cell": configuration.cell}
    if prefix:
        settings["prefix"] = prefix
    if configuration.layers > 1:
        settings["layers"] = configuration.layers
    for key in ("bidirectional", "reset", "activation", "lengths"):
        if getattr(configuration, key):
            settings[key] = getattr(configuration, key)
    if not configuration.has_bias:
        settings["hasBias"] = False
    return settings


def block(array):
    """A tensor of NumPy as golden files have it."""
    return Block(tuple(array.shape), array.reshape(-1).tolist(), "real")


def blocks(arrays):
    return {key: block(array) for key, array in arrays.items()}
