"""The recurrent operators of ONNX by ONNX Runtime, which computes them in float, without derivatives."""

import numpy
import onnxruntime
from onnx import TensorProto, helper

from .configurations import BATCH, FEATURES, STEPS, UNITS, Configuration, states
from .numpy_cases import golden

CONFIGURATIONS = (
    Configuration("rnn", activation="tanh"),
    Configuration("rnn", activation="relu", bidirectional=True),
    Configuration("lstm"),
    Configuration("lstm", has_bias=False),
    Configuration("lstm", layers=2),
    Configuration("lstm", bidirectional=True, lengths=[2, 4, 1]),
    Configuration("lstm", layers=2, bidirectional=True),
    Configuration("peepholeLSTM"),
    Configuration("peepholeLSTM", layers=2, bidirectional=True, lengths=[2, 4, 1]),
    Configuration("gru", reset="after"),
    Configuration("gru", reset="before"),
    Configuration("gru", reset="before", bidirectional=True),
    Configuration("gru", reset="after", layers=2, lengths=[3, 1, 4]),
)
GATES = {"rnn": 1, "lstm": 4, "peepholeLSTM": 4, "gru": 3}
OPERATORS = {"rnn": "RNN", "lstm": "LSTM", "peepholeLSTM": "LSTM", "gru": "GRU"}


def shapes_of(configuration, features):
    directions, gates = 2 if configuration.bidirectional else 1, GATES[configuration.cell]
    shapes = {"W": (directions, gates * UNITS, features), "R": (directions, gates * UNITS, UNITS)}
    if configuration.has_bias:
        shapes["B"] = (directions, 2 * gates * UNITS)
    if configuration.cell == "peepholeLSTM":
        shapes["P"] = (directions, 3 * UNITS)
    return shapes


def run(configuration, operands):
    """One node: the sequence, its initial states and weights, all by the operator's names of inputs."""
    directions = 2 if configuration.bidirectional else 1
    settings = {"hidden_size": UNITS, "direction": "bidirectional" if directions == 2 else "forward"}
    if configuration.cell == "gru":
        settings["linear_before_reset"] = int(configuration.reset == "after")
    if configuration.cell == "rnn":
        settings["activations"] = [configuration.activation.capitalize()] * directions
    order = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]
    feeds = {key: value.astype(numpy.float32) for key, value in operands.items()}
    if configuration.lengths:
        feeds["sequence_lens"] = numpy.array(configuration.lengths, numpy.int32)
    names = [key if key in feeds else "" for key in order]
    while not names[-1]:
        names.pop()
    results = ["Y", "Y_h", "Y_c"][: 1 + len(states(configuration))]
    types = {numpy.dtype(numpy.float32): TensorProto.FLOAT, numpy.dtype(numpy.int32): TensorProto.INT32}
    graph = helper.make_graph(
        [helper.make_node(OPERATORS[configuration.cell], names, results, **settings)],
        "layer",
        [helper.make_tensor_value_info(key, types[value.dtype], value.shape) for key, value in feeds.items()],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, None) for key in results],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    outputs, *finals = onnxruntime.InferenceSession(model.SerializeToString()).run(None, feeds)
    # Outputs are [time, directions, batch, units].
    return numpy.concatenate([outputs[:, direction] for direction in range(directions)], axis=2), finals


def case(configuration):
    directions = 2 if configuration.bidirectional else 1
    weights = {}
    for layer in range(configuration.layers):
        own = f"{layer}/" if configuration.layers > 1 else ""
        features = FEATURES if layer == 0 else directions * UNITS
        weights |= {own + key: shape for key, shape in shapes_of(configuration, features).items()}
    inputs = {"Hidden": "initial_h", "Cell": "initial_c"}

    def evaluate(operands, cotangents):
        sequence, finals = operands["x"], []
        for layer in range(configuration.layers):
            own = f"{layer}/" if configuration.layers > 1 else ""
            feeds = {key.removeprefix(own): operands[key] for key in weights if key.startswith(own)}
            for part in states(configuration):
                feeds[inputs[part]] = operands[f"initial{part}"][directions * layer : directions * (layer + 1)]
            sequence, ends = run(configuration, {"X": sequence} | feeds)
            finals.append(ends)
        outputs = {"outputs": sequence}
        for number, part in enumerate(states(configuration)):
            outputs[f"final{part}"] = numpy.concatenate([ends[number] for ends in finals])
        return {key: value.astype(numpy.float64) for key, value in outputs.items()}, None

    return golden("ONNX", configuration, weights, evaluate, tolerance=1e-5)


def cases():
    yield from map(case, CONFIGURATIONS)
