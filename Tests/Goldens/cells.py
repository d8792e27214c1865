"""Prints what other frameworks' recurrent layers compute with weights w_k = sin(0.7 k + s) in their own shapes, row by row,
for FrameworkCellTests.swift. Needs torch, and keras with any backend.

    python3 cells.py
"""

import keras
import numpy
import torch
from torch.nn.functional import batch_norm

STEPS, BATCH, CHANNELS, UNITS = 2, 2, 2, 2


def wave(start, *shape):
    return numpy.sin(0.7 * numpy.arange(numpy.prod(shape)) + start).reshape(shape)


def with_keras_maps(layer, size, kernel):
    """ConvLSTM1D or ConvLSTM2D, channels last; outputs with channels first, as [time, batch, channels, axes…]."""
    x = wave(0.5, STEPS, BATCH, CHANNELS, *size)
    axes = list(range(3, 3 + len(size)))
    layer.build((BATCH, STEPS, *size, CHANNELS))
    layer.set_weights(
        [wave(1, *kernel, CHANNELS, 4 * UNITS), wave(2, *kernel, UNITS, 4 * UNITS), wave(3, 4 * UNITS)]
    )
    outputs = numpy.asarray(layer(x.transpose(1, 0, *axes, 2)))
    return outputs.transpose(1, 0, 2 + len(size), *range(2, 2 + len(size)))


def with_keras(layer, gates, bias_shape):
    layer.build((BATCH, STEPS, CHANNELS))
    layer.set_weights(
        [wave(1, CHANNELS, gates * UNITS), wave(2, UNITS, gates * UNITS), wave(3, *bias_shape)]
    )
    outputs = layer(wave(0.5, STEPS, BATCH, CHANNELS).transpose(1, 0, 2))
    return numpy.asarray(outputs).transpose(1, 0, 2)


def batch_norm_lstm(rows):
    """Outputs while training, the gradient of the sum of their squares by the recurrent weights, and each step's mean and
    unbiased variance of the cell state."""

    def tensor(start, *shape):
        return torch.tensor(wave(start, *shape), requires_grad=True)

    w, u, b = tensor(1, CHANNELS, 4 * UNITS), tensor(2, UNITS, 4 * UNITS), tensor(3, 4 * UNITS)
    gains = [tensor(4, 4 * UNITS), tensor(5, 4 * UNITS), tensor(6, UNITS)]
    shift = tensor(7, UNITS)

    def normalized(v, gain, bias=None):
        return batch_norm(v, None, None, gain, bias, training=True, eps=1e-5)

    h = c = torch.zeros(rows, UNITS, dtype=torch.float64)
    outputs, means, variances = [], [], []
    for x in torch.tensor(wave(0.5, STEPS, rows, CHANNELS)):
        z = normalized(x @ w, gains[0]) + normalized(h @ u, gains[1]) + b
        f, i, g, o = z.split(UNITS, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * normalized(c, gains[2], shift).tanh()
        outputs.append(h)
        means.append(c.mean(0))
        variances.append(c.var(0))
    outputs = torch.stack(outputs)
    (gradient,) = torch.autograd.grad((outputs**2).sum(), [u])
    return [t.detach().numpy() for t in [outputs, gradient, torch.stack(means), torch.stack(variances)]]


def show(name, outputs):
    print(f"{name}: [{', '.join(f'{y:.10f}' for y in outputs.flatten())}]")


keras.config.set_floatx("float64")
settings = {"return_sequences": True}
maps = {"padding": "same", "data_format": "channels_last", **settings}
show("ConvLSTM1D", with_keras_maps(keras.layers.ConvLSTM1D(UNITS, 3, **maps), (3,), (3,)))
show(
    "ConvLSTM2D",
    with_keras_maps(keras.layers.ConvLSTM2D(UNITS, (3, 1), recurrent_activation="sigmoid", **maps), (2, 2), (3, 1)),
)
other = {"recurrent_activation": "hard_sigmoid", "activation": "softsign", **settings}
show("LSTM, hard sigmoid, softsign", with_keras(keras.layers.LSTM(UNITS, **other), 4, (4 * UNITS,)))
show("GRU, hard sigmoid, softsign", with_keras(keras.layers.GRU(UNITS, **other), 3, (2, 3 * UNITS)))
show("RNN, elu", with_keras(keras.layers.SimpleRNN(UNITS, activation="elu", **settings), 1, (UNITS,)))
for name, values in zip(["outputs", "gradient", "means", "variances"], batch_norm_lstm(3)):
    show(f"batch-norm LSTM, {name}", values)
