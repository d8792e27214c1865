"""Keras's recurrent layers over TensorFlow, in double, with its derivatives."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy
import tensorflow

from .configurations import BATCH, FEATURES, STEPS, UNITS, Configuration
from .numpy_cases import golden

CONFIGURATIONS = (
    Configuration("rnn", activation="tanh"),
    Configuration("lstm"),
    Configuration("lstm", has_bias=False),
    Configuration("lstm", layers=2),
    Configuration("lstm", bidirectional=True, lengths=[2, 4, 1]),
    Configuration("lstm", layers=2, bidirectional=True),
    Configuration("gru", reset="after"),
    Configuration("gru", reset="after", has_bias=False),
    Configuration("gru", reset="before"),
    Configuration("gru", reset="after", layers=2, lengths=[3, 1, 4]),
    Configuration("gru", reset="before", layers=2, bidirectional=True),
)


def layer_of(configuration):
    settings = {
        "return_sequences": True,
        "return_state": True,
        "zero_output_for_mask": True,
        "use_bias": configuration.has_bias,
    }
    match configuration.cell:
        case "rnn":
            layer = keras.layers.SimpleRNN(UNITS, activation=configuration.activation, **settings)
        case "gru":
            layer = keras.layers.GRU(UNITS, reset_after=configuration.reset == "after", **settings)
        case "lstm":
            layer = keras.layers.LSTM(UNITS, **settings)
    return keras.layers.Bidirectional(layer) if configuration.bidirectional else layer


def case(configuration):
    # Names are numbered from the start again.
    keras.backend.clear_session()
    layers = [layer_of(configuration) for _ in range(configuration.layers)]
    directions = 2 if configuration.bidirectional else 1
    for position, layer in enumerate(layers):
        layer.build((BATCH, STEPS, FEATURES if position == 0 else directions * UNITS))
    # Names of one layer by itself begin behind its own.
    prefix = f"{layers[0].name}/" if configuration.layers == 1 else None
    variables = {weight.path: weight for layer in layers for weight in layer.trainable_weights}
    mask = None
    if configuration.lengths:
        mask = tensorflow.constant(numpy.arange(STEPS) < numpy.array(configuration.lengths)[:, None])

    def evaluate(operands, cotangents):
        tensors = {key: tensorflow.Variable(value) for key, value in operands.items() if key not in variables}
        for key, variable in variables.items():
            variable.assign(operands[key])
        with tensorflow.GradientTape() as tape:
            sequence = tensorflow.transpose(tensors["x"], [1, 0, 2])
            parts = [value for key, value in tensors.items() if key != "x"]
            finals = []
            for position, layer in enumerate(layers):
                places = range(directions * position, directions * (position + 1))
                start = [part[place] for place in places for part in parts]
                sequence, *ends = layer(sequence, initial_state=start, mask=mask)
                count = len(parts)
                finals += [ends[count * direction : count * (direction + 1)] for direction in range(directions)]
            outputs = {"outputs": tensorflow.transpose(sequence, [1, 0, 2])}
            outputs |= {
                f"final{key.removeprefix('initial')}": tensorflow.stack([final[number] for final in finals])
                for number, key in enumerate(key for key in tensors if key != "x")
            }
            weights = cotangents({key: value.numpy() for key, value in outputs.items()})
            loss = sum(tensorflow.reduce_sum(value * weights[key]) for key, value in outputs.items())
        sources = {key: tensors[key] if key in tensors else variables[key].value for key in operands}
        gradients = tape.gradient(loss, sources)
        return (
            {key: value.numpy() for key, value in outputs.items()},
            {key: gradients[key].numpy() for key in operands},
        )

    shapes = {path: variable.shape for path, variable in variables.items()}
    return golden("Keras", configuration, shapes, evaluate, prefix)


def cases():
    keras.config.set_floatx("float64")
    yield from map(case, CONFIGURATIONS)
