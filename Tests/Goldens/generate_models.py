#!/usr/bin/env python3
"""Writes models/*.safetensors: models as PyTorch, Keras and Flax save them, with what they compute there.

    python3 generate_models.py pytorch      (needs torch and safetensors)
    python3 generate_models.py keras        (needs keras, tensorflow and safetensors)
    python3 generate_models.py flax         (needs jax, flax and safetensors)

The taggers take tokens `[2, 5]` of 7 kinds through an embedding of 4 features, an LSTM of 3 units in both directions,
a layer norm, attention of 2 heads, and two linear layers of 5 and 2 units with a tanh between them. The twins have two
sides, left and right, each a linear layer of 3 units over the same embedding of 4 features, and give left +
tanh(right). The Transformer, of PyTorch alone, has a layer that encodes `[2, 5, 4]`, normalising before, and one that
decodes the same from that. The language model, of PyTorch alone, is an embedding of 4 features, an LSTM of 4 units,
and a linear layer that shares the embedding's matrix; its file is what `safetensors.torch.save_model` writes of it,
with names that are left out in the metadata. Parameters are in double, under `model.` or `model/` and the framework's
own names; the tokens and the outputs are called `tokens` and `outputs`.
"""

import pathlib
import sys

import numpy
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).resolve().parent / "models"
TOKENS = numpy.array([[1, 6, 0, 3, 5], [2, 2, 4, 1, 0]], numpy.int32)
GENERATOR = numpy.random.default_rng(7)


def drawn(shape):
    """Numbers with few bits, so that files of other versions differ in the outputs alone."""
    return numpy.round(GENERATOR.uniform(-1, 1, shape) * 64) / 64


def pytorch_tagger():
    import torch

    class Tagger(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(7, 4)
            self.encoder = torch.nn.LSTM(4, 3, batch_first=True, bidirectional=True)
            self.norm = torch.nn.LayerNorm(6)
            self.attention = torch.nn.MultiheadAttention(6, 2, batch_first=True)
            self.head = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))

        def forward(self, tokens):
            x = self.norm(self.encoder(self.embedding(tokens))[0])
            return self.head(self.attention(x, x, x)[0])

    model = Tagger().double()
    model.load_state_dict({name: torch.tensor(drawn(array.shape)) for name, array in model.state_dict().items()})
    with torch.no_grad():
        outputs = model(torch.tensor(TOKENS.astype(numpy.int64))).numpy()
    return {f"model.{name}": array.numpy() for name, array in model.state_dict().items()}, outputs


def keras_tagger():
    import keras
    from keras import layers

    keras.backend.set_floatx("float64")
    tokens = keras.Input((5,), dtype="int32")
    x = layers.Embedding(7, 4, name="embedding")(tokens)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="encoder")(x)
    x = layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    x = layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    x = keras.Sequential([layers.Dense(5, activation="tanh"), layers.Dense(2)], name="head")(x)
    model = keras.Model(tokens, x)
    model.set_weights([drawn(weight.shape) for weight in model.weights])
    arrays = {f"model/{weight.path}": weight.numpy() for weight in model.weights}
    return arrays, numpy.asarray(model(TOKENS))


def flax_tagger():
    import jax
    from flax import linen
    from flax.traverse_util import flatten_dict, unflatten_dict

    jax.config.update("jax_enable_x64", True)
    double = {"param_dtype": "float64", "dtype": "float64"}

    def lstm():
        return linen.RNN(linen.OptimizedLSTMCell(3, **double))

    class Tagger(linen.Module):
        def setup(self):
            self.embedding = linen.Embed(7, 4, **double)
            self.encoder = linen.Bidirectional(lstm(), lstm())
            self.norm = linen.LayerNorm(epsilon=1e-5, **double)
            self.attention = linen.MultiHeadDotProductAttention(2, **double)
            self.head = linen.Sequential([linen.Dense(5, **double), linen.tanh, linen.Dense(2, **double)])

        def __call__(self, tokens):
            return self.head(self.attention(self.norm(self.encoder(self.embedding(tokens)))))

    model = Tagger()
    shapes = flatten_dict(model.init(jax.random.key(0), TOKENS)["params"], sep="/")
    arrays = {name: drawn(array.shape) for name, array in sorted(shapes.items())}
    outputs = numpy.asarray(model.apply({"params": unflatten_dict(arrays, sep="/")}, TOKENS))
    return {f"model/{name}": array for name, array in arrays.items()}, outputs


def pytorch_twins():
    import tempfile

    import torch
    from safetensors.torch import load_file, save_model

    class Side(torch.nn.Module):
        def __init__(self, embedding):
            super().__init__()
            self.embedding = embedding
            self.head = torch.nn.Linear(4, 3)

        def forward(self, tokens):
            return self.head(self.embedding(tokens))

    class Twins(torch.nn.Module):
        def __init__(self):
            super().__init__()
            embedding = torch.nn.Embedding(7, 4)
            self.left, self.right = Side(embedding), Side(embedding)

        def forward(self, tokens):
            return self.left(tokens) + torch.tanh(self.right(tokens))

    model = Twins().double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.tensor(drawn(parameter.shape)))
        outputs = model(torch.tensor(TOKENS.astype(numpy.int64))).numpy()
    with tempfile.NamedTemporaryFile() as file:
        save_model(model, file.name)  # Leaves out one of the two places.
        arrays = load_file(file.name)
    return {f"model.{name}": array.numpy() for name, array in arrays.items()}, outputs


def pytorch_transformer():
    import torch

    class Transformer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            options = {"dim_feedforward": 3, "dropout": 0, "batch_first": True}
            self.encoder = torch.nn.TransformerEncoderLayer(4, 2, norm_first=True, **options)
            self.decoder = torch.nn.TransformerDecoderLayer(4, 2, activation="gelu", **options)

        def forward(self, x):
            later = torch.triu(torch.ones(5, 5, dtype=torch.bool), diagonal=1)
            return self.decoder(x, self.encoder(x), tgt_mask=later)

    model = Transformer().double()
    model.load_state_dict({name: torch.tensor(drawn(array.shape)) for name, array in model.state_dict().items()})
    x = torch.tensor(drawn((2, 5, 4)))
    with torch.no_grad():
        outputs = model(x).numpy()
    arrays = {f"model.{name}": array.numpy() for name, array in model.state_dict().items()}
    return {**arrays, "x": x.numpy()}, outputs


def write_pytorch_language_model(name):
    import torch
    from safetensors.torch import save_model

    class LanguageModel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = torch.nn.Embedding(7, 4)
            self.encoder = torch.nn.LSTM(4, 4, batch_first=True)
            self.decoder = torch.nn.Linear(4, 7)
            self.decoder.weight = self.embedding.weight

        def forward(self, tokens):
            return self.decoder(self.encoder(self.embedding(tokens))[0])

    whole = torch.nn.Module()
    whole.model = LanguageModel().double()
    with torch.no_grad():
        for parameter in whole.parameters():
            parameter.copy_(torch.tensor(drawn(parameter.shape)))
        tokens = torch.tensor(TOKENS)
        whole.register_buffer("tokens", tokens)
        whole.register_buffer("outputs", whole.model(tokens))
    save_model(whole, FOLDER / f"{name}.safetensors")


def keras_twins():
    import keras
    from keras import layers

    keras.backend.set_floatx("float64")

    class Side(layers.Layer):
        def __init__(self, embedding, **options):
            super().__init__(**options)
            self.embedding = embedding
            self.head = layers.Dense(3, name="head")

        def call(self, tokens):
            return self.head(self.embedding(tokens))

    class Twins(keras.Model):
        def __init__(self):
            super().__init__(name="model")
            embedding = layers.Embedding(7, 4, name="embedding")
            self.left, self.right = Side(embedding, name="left"), Side(embedding, name="right")

        def call(self, tokens):
            return self.left(tokens) + keras.ops.tanh(self.right(tokens))

    model = Twins()
    model(TOKENS)
    model.set_weights([drawn(weight.shape) for weight in model.weights])
    return {weight.path: weight.numpy() for weight in model.weights}, numpy.asarray(model(TOKENS))


def flax_twins():
    import jax
    from flax import linen
    from flax.traverse_util import flatten_dict, unflatten_dict

    jax.config.update("jax_enable_x64", True)
    double = {"param_dtype": "float64", "dtype": "float64"}

    class Side(linen.Module):
        embedding: linen.Module

        def setup(self):
            self.head = linen.Dense(3, **double)

        def __call__(self, tokens):
            return self.head(self.embedding(tokens))

    class Twins(linen.Module):
        def setup(self):
            self.embedding = linen.Embed(7, 4, **double)
            self.left, self.right = Side(self.embedding), Side(self.embedding)

        def __call__(self, tokens):
            return self.left(tokens) + linen.tanh(self.right(tokens))

    model = Twins()
    shapes = flatten_dict(model.init(jax.random.key(0), TOKENS)["params"], sep="/")
    arrays = {name: drawn(array.shape) for name, array in sorted(shapes.items())}
    outputs = numpy.asarray(model.apply({"params": unflatten_dict(arrays, sep="/")}, TOKENS))
    return {f"model/{name}": array for name, array in arrays.items()}, outputs


def write(name, model):
    arrays, outputs = model
    arrays = {name: numpy.ascontiguousarray(array) for name, array in arrays.items()}
    save_file({**arrays, "tokens": TOKENS, "outputs": outputs}, FOLDER / f"{name}.safetensors")


if __name__ == "__main__":
    (name,) = sys.argv[1:]
    tagger, twins = {
        "pytorch": (pytorch_tagger, pytorch_twins),
        "keras": (keras_tagger, keras_twins),
        "flax": (flax_tagger, flax_twins),
    }[name]
    FOLDER.mkdir(exist_ok=True)
    write(name, tagger())
    write(f"{name}-twins", twins())
    if name == "pytorch":
        write("pytorch-transformer", pytorch_transformer())
        write_pytorch_language_model("pytorch-language-model")
