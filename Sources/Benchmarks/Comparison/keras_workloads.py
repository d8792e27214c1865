"""The workloads in Keras over TensorFlow: its own layers, the training step compiled by `tf.function`."""

import tensorflow
from tensorflow import keras

import sizes


def start(threads):
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    return f"Keras {keras.__version__} over TensorFlow {tensorflow.__version__}"


def training(layer, size):
    """Forward, the mean of the squared outputs, gradients of the parameters; sequences are [batch, time, features]."""
    batch, steps, inputs, hidden = sizes.RECURRENT[size]
    module = layer(hidden, return_sequences=True)
    x = tensorflow.random.normal((batch, steps, inputs))
    module(x)

    @tensorflow.function
    def gradient():
        with tensorflow.GradientTape() as tape:
            loss = tensorflow.reduce_mean(tensorflow.square(module(x, training=True)))
        return tape.gradient(loss, module.trainable_variables)

    return lambda: [value.numpy() for value in gradient()]


WORKLOADS = {f"lstm-{size}-plain": (lambda size=size: training(keras.layers.LSTM, size), 1) for size in sizes.RECURRENT}
WORKLOADS["gru-medium"] = (lambda: training(keras.layers.GRU, "medium"), 1)
