"""Golden cases of layers whose framework is reached by way of NumPy."""

import numpy

from .configurations import BATCH, FEATURES, STEPS, attributes, block, blocks, draw, name, states


def numbers(label, shape):
    return numpy.array(draw(label, shape)).reshape(shape)


def first_operands(title, configuration):
    """The sequence and the initial states."""
    shapes = {f"initial{part}": shape for part, shape in states(configuration).items()}
    operands = {"x": (STEPS, BATCH, FEATURES)} | shapes
    return {key: numbers(f"{title} {key}", shape) for key, shape in operands.items()}


def golden(framework, configuration, weights, evaluate, prefix=None, tolerance=None):
    """A case of `evaluate(operands, cotangents) -> (outputs, gradients)`, each by name; `cotangents` makes random ones
    like outputs, and without gradients there are none.

    `weights` are shapes by the framework's names.
    """
    title = name(framework, configuration)
    operands = first_operands(title, configuration)
    operands |= {key: numbers(f"{title} {key}", tuple(shape)) for key, shape in weights.items()}
    drawn = {}

    def cotangents(outputs):
        drawn.update({key: numbers(f"{title} cotangent {key}", value.shape) for key, value in outputs.items()})
        return drawn

    outputs, gradients = evaluate(operands, cotangents)
    entry = {
        "name": title,
        "operation": "recurrentLayer",
        "attributes": attributes(framework, configuration, prefix),
        "inputs": blocks(operands),
        "outputs": blocks(outputs),
    }
    if tolerance:
        entry["tolerance"] = tolerance
    if gradients:
        entry["cotangents"] = blocks(drawn)
        entry["gradients"] = blocks(gradients)
    return entry

