"""PyTorch's recurrent layers, in double, with its derivatives, of one layer the second ones as well."""

import torch
from torch.func import functional_call
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from ..pytorch import case, real
from .configurations import BATCH, FEATURES, STEPS, UNITS, Configuration, attributes, draw, name, states

CELLS = 4

CONFIGURATIONS = (
    Configuration("rnn", activation="tanh"),
    Configuration("rnn", activation="relu", layers=2, bidirectional=True),
    Configuration("lstm"),
    Configuration("lstm", has_bias=False),
    Configuration("lstm", layers=2),
    Configuration("lstm", bidirectional=True, lengths=[2, 4, 1]),
    Configuration("lstm", layers=2, bidirectional=True),
    Configuration("projectedLSTM"),
    Configuration("projectedLSTM", layers=2, bidirectional=True),
    Configuration("gru", reset="after"),
    Configuration("gru", reset="after", has_bias=False),
    Configuration("gru", reset="after", layers=2, lengths=[3, 1, 4]),
    Configuration("gru", reset="after", layers=2, bidirectional=True),
)


def numbers(label, shape):
    return real(draw(label, shape)).reshape(shape)


def layer_of(configuration):
    settings = {
        "num_layers": configuration.layers,
        "bidirectional": configuration.bidirectional,
        "bias": configuration.has_bias,
        "dtype": torch.double,
    }
    match configuration.cell:
        case "rnn":
            return torch.nn.RNN(FEATURES, UNITS, nonlinearity=configuration.activation, **settings)
        case "gru":
            return torch.nn.GRU(FEATURES, UNITS, **settings)
        case "lstm":
            return torch.nn.LSTM(FEATURES, UNITS, **settings)
        case "projectedLSTM":
            return torch.nn.LSTM(FEATURES, CELLS, proj_size=UNITS, **settings)


def golden(configuration):
    title = name("PyTorch", configuration)
    layer = layer_of(configuration)
    cells = CELLS if configuration.cell == "projectedLSTM" else UNITS
    weights = dict(layer.named_parameters())
    shapes = {f"initial{part}": shape for part, shape in states(configuration, UNITS, cells).items()}

    def run(x, *operands):
        initial, parameters = operands[: len(shapes)], operands[len(shapes) :]
        if configuration.lengths:
            x = pack_padded_sequence(x, torch.tensor(configuration.lengths), enforce_sorted=False)
        start = initial[0] if len(initial) == 1 else tuple(initial)
        outputs, final = functional_call(layer, dict(zip(weights, parameters)), (x, start))
        if configuration.lengths:
            outputs, _ = pad_packed_sequence(outputs, total_length=STEPS)
        final = final if isinstance(final, tuple) else (final,)
        return {"outputs": outputs} | {key.replace("initial", "final"): value for key, value in zip(shapes, final)}

    inputs = {"x": numbers(f"{title} x", (STEPS, BATCH, FEATURES))}
    inputs |= {key: numbers(f"{title} {key}", shape) for key, shape in shapes.items()}
    inputs |= {key: numbers(f"{title} {key}", tuple(value.shape)) for key, value in weights.items()}
    # Second derivatives of one layer are enough, and leave the file small.
    order = 2 if configuration.layers == 1 and not configuration.bidirectional else 1
    return case(title, "recurrentLayer", run, inputs, attributes("PyTorch", configuration), order)


def cases():
    torch.set_num_threads(1)
    yield from map(golden, CONFIGURATIONS)
