#!/usr/bin/env python3
"""Writes optimizers.json: 20 steps of PyTorch's optimisers in double (needs torch).

    python3 generate_optimizers.py

Two parameters move on a quadratic bowl with noise. The file holds the gradient of every step, so that a
reader needs neither the bowl nor the noise, and the parameters after every step. The same PyTorch on the
same processor writes the same bytes.
"""

import random
import sys

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

from generate import write
from generator.golden import Tensor, count

STEPS = 20
SHAPES = {"weights": (2, 3), "bias": (3,)}

# Every case: the name, the operation, PyTorch's class and its settings, and what else sets the case apart.
CASES = [
    ("SGD", "sgd", "SGD", {"lr": 0.1}, {}),
    ("SGD with decay", "sgd", "SGD", {"lr": 0.1, "weight_decay": 0.3}, {}),
    ("SGD with momentum", "sgd", "SGD", {"lr": 0.05, "momentum": 0.9}, {}),
    ("SGD with momentum and decay", "sgd", "SGD", {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.2}, {}),
    ("SGD, Nesterov", "sgd", "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}, {}),
    (
        "SGD, Nesterov with decay",
        "sgd",
        "SGD",
        {"lr": 0.05, "momentum": 0.7, "nesterov": True, "weight_decay": 0.2},
        {},
    ),
    (
        "SGD with momentum, decay spares the bias, rate halved after 10 steps",
        "sgd",
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.4},
        {"sparesBias": True, "halvedAfter": 10},
    ),
    ("Adam", "adam", "Adam", {"lr": 0.1}, {}),
    ("Adam with decay in the gradient", "adam", "Adam", {"lr": 0.1, "weight_decay": 0.3}, {}),
    ("Adam with other moments", "adam", "Adam", {"lr": 0.05, "betas": (0.7, 0.95), "eps": 0.01}, {}),
    (
        "Adam, decay spares the bias, rate halved after 10 steps",
        "adam",
        "Adam",
        {"lr": 0.1, "weight_decay": 0.3},
        {"sparesBias": True, "halvedAfter": 10},
    ),
    ("AdamW", "adamW", "AdamW", {"lr": 0.1}, {}),
    (
        "AdamW with strong decay and other moments",
        "adamW",
        "AdamW",
        {"lr": 0.05, "weight_decay": 0.8, "betas": (0.7, 0.95), "eps": 0.01},
        {},
    ),
    (
        "AdamW, decay spares the bias, rate halved after 10 steps",
        "adamW",
        "AdamW",
        {"lr": 0.1, "weight_decay": 0.8},
        {"sparesBias": True, "halvedAfter": 10},
    ),
]

# The library's names of PyTorch's settings.
NAMES = {
    "lr": "learningRate",
    "momentum": "momentum",
    "nesterov": "nesterov",
    "weight_decay": "decay",
    "eps": "epsilon",
}


def numbers(label, shape, low, high):
    source = random.Random(label)
    values = [round(source.uniform(low, high), 4) for _ in range(count(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def trajectory(kind, settings, spares_bias, halved_after):
    """The initial parameters, the gradients and the parameters after every step, each by name."""
    initial = {name: numbers(f"initial/{name}", shape, -1, 1) for name, shape in SHAPES.items()}
    parameters = {name: value.clone() for name, value in initial.items()}
    decayed = [parameters["weights"]] if spares_bias else list(parameters.values())
    groups = [{"params": decayed}]
    if spares_bias:
        groups.append({"params": [parameters["bias"]], "weight_decay": 0.0})
    optimizer = getattr(torch.optim, kind)(groups, foreach=False, **settings)
    gradients = {name: [] for name in SHAPES}
    path = {name: [] for name in SHAPES}
    for step in range(STEPS):
        if step == halved_after:
            for group in optimizer.param_groups:
                group["lr"] /= 2
        for name, shape in SHAPES.items():
            curvature = numbers(f"curvature/{name}", shape, 0.5, 3)
            minimum = numbers(f"minimum/{name}", shape, -2, 2)
            noise = numbers(f"noise/{name}/{step}", shape, -0.5, 0.5)
            parameters[name].grad = curvature * (parameters[name] - minimum) + noise
            gradients[name].append(parameters[name].grad.clone())
        optimizer.step()
        for name in SHAPES:
            path[name].append(parameters[name].clone())
    return initial, gradients, path


def tensor(values):
    return Tensor(tuple(values.shape), values.flatten().tolist())


def case(name, operation, kind, settings, others):
    initial, gradients, path = trajectory(
        kind, settings, others.get("sparesBias", False), others.get("halvedAfter", STEPS)
    )
    attributes = {NAMES[key]: value for key, value in settings.items() if key != "betas"} | others
    if "betas" in settings:
        attributes["firstDecay"], attributes["secondDecay"] = settings["betas"]
    inputs = {key: tensor(value) for key, value in initial.items()}
    inputs |= {f"{key}.gradients": tensor(torch.stack(value)) for key, value in gradients.items()}
    return {
        "name": name,
        "operation": operation,
        "attributes": attributes,
        "inputs": inputs,
        "outputs": {key: tensor(torch.stack(value)) for key, value in path.items()},
        "named": {},
        "cotangents": {},
        "gradients": {},
    }


if __name__ == "__main__":
    try:
        import torch
    except ImportError as error:
        sys.exit(f"generate_optimizers.py needs PyTorch: {error}")
    write("optimizers", [case(*arguments) for arguments in CASES])
