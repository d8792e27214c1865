"""Prints the outputs of other frameworks' recurrent layers on weights w_k = sin(0.7 k + s) in their own shapes, row by
row, for LayoutTests.swift. Needs torch, jax, keras, onnx and onnxruntime.

    KERAS_BACKEND=jax JAX_ENABLE_X64=1 python3 layouts.py
"""

import keras
import numpy
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper

STEPS, BATCH, FEATURES, UNITS = 3, 2, 3, 2


def wave(start, *shape):
    return numpy.sin(0.7 * numpy.arange(numpy.prod(shape)) + start).reshape(shape)


def inputs():
    return wave(0.5, STEPS, BATCH, FEATURES)


def with_torch(layer, gates):
    layer = layer(FEATURES, UNITS, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(wave(1, gates * UNITS, FEATURES)))
        layer.weight_hh_l0.copy_(torch.tensor(wave(2, gates * UNITS, UNITS)))
        layer.bias_ih_l0.copy_(torch.tensor(wave(3, gates * UNITS)))
        layer.bias_hh_l0.copy_(torch.tensor(wave(4, gates * UNITS)))
        return layer(torch.tensor(inputs()))[0].numpy()


def with_keras(layer, gates, bias_shape):
    layer.build((BATCH, STEPS, FEATURES))
    layer.set_weights(
        [wave(1, FEATURES, gates * UNITS), wave(2, UNITS, gates * UNITS), wave(3, *bias_shape)]
    )
    outputs = layer(inputs().transpose(1, 0, 2))
    return numpy.asarray(outputs).transpose(1, 0, 2)


def with_onnx(operator, gates, **attributes):
    def tensor(name, array):
        return helper.make_tensor(name, TensorProto.FLOAT, array.shape, array.astype(numpy.float32).flatten())

    weights = [
        tensor("W", wave(1, 1, gates * UNITS, FEATURES)),
        tensor("R", wave(2, 1, gates * UNITS, UNITS)),
        tensor("B", wave(3, 1, 2 * gates * UNITS)),
    ]
    node = helper.make_node(operator, ["X", "W", "R", "B"], ["Y"], hidden_size=UNITS, **attributes)
    graph = helper.make_graph(
        [node],
        operator,
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [STEPS, BATCH, FEATURES])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [STEPS, 1, BATCH, UNITS])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"X": inputs().astype(numpy.float32)})[0][:, 0]


def show(name, outputs):
    print(f"{name}: [{', '.join(f'{y:.10f}' for y in outputs.flatten())}]")


keras.config.set_floatx("float64")
settings = {"return_sequences": True}
show("PyTorch LSTM", with_torch(torch.nn.LSTM, 4))
show("PyTorch GRU", with_torch(torch.nn.GRU, 3))
show("Keras LSTM", with_keras(keras.layers.LSTM(UNITS, **settings), 4, (4 * UNITS,)))
show("Keras GRU", with_keras(keras.layers.GRU(UNITS, **settings), 3, (2, 3 * UNITS)))
show(
    "Keras GRU, reset before",
    with_keras(keras.layers.GRU(UNITS, reset_after=False, **settings), 3, (3 * UNITS,)),
)
show("ONNX LSTM", with_onnx("LSTM", 4))
show("ONNX GRU", with_onnx("GRU", 3, linear_before_reset=1))
show("ONNX GRU, reset before", with_onnx("GRU", 3))
