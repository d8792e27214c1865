"""Golden cases of layers whose framework is reached by way of NumPy."""

import numpy

from .configurations import BATCH, FEATURES, STEPS, attributes, blocks, draw, name, states


def numbers(label, shape):
    return numpy.array(draw(label, shape)).reshape(shape)


def entry(title, operation, attributes, shapes, evaluate, tolerance=None):
    """A case of `evaluate(operands, cotangents) -> (outputs, gradients)`, each by name, on operands of these shapes.
    `cotangents` makes random ones like outputs; where there are no gradients there are none in the case.
    """
    operands = {key: numbers(f"{title} {key}", tuple(shape)) for key, shape in shapes.items()}
    drawn = {}

    def cotangents(outputs):
        drawn.update({key: numbers(f"{title} cotangent {key}", value.shape) for key, value in outputs.items()})
        return drawn

    outputs, gradients = evaluate(operands, cotangents)
    result = {
        "name": title,
        "operation": operation,
        "attributes": attributes,
        "inputs": blocks(operands),
        "outputs": blocks(outputs),
    }
    if tolerance:
        result["tolerance"] = tolerance
    if gradients:
        result["cotangents"] = blocks(drawn)
        result["gradients"] = blocks(gradients)
    return result


def golden(framework, configuration, weights, evaluate, prefix=None, tolerance=None):
    """A case of a layer; `weights` are shapes by the framework's names."""
    shapes = {"x": (STEPS, BATCH, FEATURES)}
    shapes |= {f"initial{part}": shape for part, shape in states(configuration).items()}
    title, settings = name(framework, configuration), attributes(framework, configuration, prefix)
    return entry(title, "recurrentLayer", settings, shapes | weights, evaluate, tolerance)
