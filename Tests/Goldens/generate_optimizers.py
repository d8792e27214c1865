#!/usr/bin/env python3
"""Writes optimizers.json: 20 steps of PyTorch's optimisers in double (needs torch).

    python3 generate_optimizers.py

Two parameters move on a quadratic bowl with noise. The file holds the gradient of every step, so that a
reader needs neither the bowl nor the noise, and the parameters after every step. L-BFGS asks for the loss at
points of its own, so it moves on Rosenbrock's function of all numbers, those of the weights first. The same
PyTorch on the same processor writes the same bytes.
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
    (
        "SGD with momentum, dampening and decay",
        "sgd",
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "dampening": 0.4, "weight_decay": 0.2},
        {},
    ),
    ("SGD that climbs, with decay", "sgd", "SGD", {"lr": 0.02, "weight_decay": 0.3, "maximize": True}, {}),
    (
        "SGD that climbs, with momentum and dampening",
        "sgd",
        "SGD",
        {"lr": 0.01, "momentum": 0.7, "dampening": 1.0, "maximize": True},
        {"halvedAfter": 10},
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
    ("Adam, AMSGrad", "adam", "Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1, "betas": (0.8, 0.5)}, {}),
    ("AdamW, AMSGrad", "adamW", "AdamW", {"lr": 0.1, "amsgrad": True, "betas": (0.8, 0.5)}, {}),
    (
        "AdamW, the bias with its own rate and decay, rate halved after 10 steps",
        "adamW",
        "AdamW",
        {"lr": 0.1, "weight_decay": 0.8},
        {"biasFactor": 0.25, "biasDecay": 0.3, "halvedAfter": 10},
    ),
    (
        "SGD with momentum, the bias with its own rate and decay",
        "sgd",
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.2},
        {"biasFactor": 3, "biasDecay": 0.5},
    ),
    ("Adam that climbs, with decay", "adam", "Adam", {"lr": 0.1, "weight_decay": 0.3, "maximize": True}, {}),
    ("AdamW that climbs", "adamW", "AdamW", {"lr": 0.1, "weight_decay": 0.8, "maximize": True}, {}),
    ("NAdam", "nadam", "NAdam", {}, {}),
    (
        "NAdam with decay in the gradient and other moments",
        "nadam",
        "NAdam",
        {"lr": 0.1, "weight_decay": 0.3, "betas": (0.7, 0.95), "eps": 0.01, "momentum_decay": 0.5},
        {"halvedAfter": 10},
    ),
    (
        "NAdam with decoupled decay",
        "nadam",
        "NAdam",
        {"lr": 0.1, "weight_decay": 0.8, "decoupled_weight_decay": True},
        {},
    ),
    ("RAdam", "radam", "RAdam", {}, {}),
    (
        "RAdam with decay in the gradient and other moments",
        "radam",
        "RAdam",
        {"lr": 0.1, "weight_decay": 0.3, "betas": (0.7, 0.9), "eps": 0.01},
        {"halvedAfter": 10},
    ),
    (
        "RAdam with decoupled decay that never leaves the first moment",
        "radam",
        "RAdam",
        {"lr": 0.1, "weight_decay": 0.8, "betas": (0.9, 0.6), "decoupled_weight_decay": True},
        {},
    ),
    ("Adamax", "adamax", "Adamax", {}, {}),
    (
        "Adamax with decay and other moments",
        "adamax",
        "Adamax",
        {"lr": 0.1, "weight_decay": 0.3, "betas": (0.7, 0.8), "eps": 0.01},
        {"halvedAfter": 10},
    ),
    ("RMSProp", "rmsProp", "RMSprop", {}, {}),
    (
        "RMSProp with decay and other settings",
        "rmsProp",
        "RMSprop",
        {"lr": 0.05, "alpha": 0.9, "eps": 0.01, "weight_decay": 0.3},
        {"halvedAfter": 10},
    ),
    ("RMSProp, centred", "rmsProp", "RMSprop", {"lr": 0.05, "alpha": 0.9, "centered": True}, {}),
    ("RMSProp with momentum", "rmsProp", "RMSprop", {"lr": 0.05, "momentum": 0.8}, {}),
    (
        "RMSProp, centred, with momentum and decay",
        "rmsProp",
        "RMSprop",
        {"lr": 0.02, "alpha": 0.8, "momentum": 0.7, "centered": True, "weight_decay": 0.2},
        {"sparesBias": True},
    ),
    ("Adagrad", "adagrad", "Adagrad", {}, {}),
    (
        "Adagrad with all settings",
        "adagrad",
        "Adagrad",
        {"lr": 0.3, "lr_decay": 0.1, "weight_decay": 0.2, "initial_accumulator_value": 0.5, "eps": 0.01},
        {},
    ),
    ("Adadelta", "adadelta", "Adadelta", {}, {}),
    (
        "Adadelta with all settings",
        "adadelta",
        "Adadelta",
        {"lr": 0.7, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.2},
        {},
    ),
    ("Rprop", "rprop", "Rprop", {}, {}),
    ("Rprop that climbs", "rprop", "Rprop", {"lr": 0.05, "maximize": True}, {}),
    (
        "Rprop with other factors, and limits that are met",
        "rprop",
        "Rprop",
        {"lr": 0.2, "etas": (0.3, 1.5), "step_sizes": (0.05, 0.4)},
        {},
    ),
    ("L-BFGS", "lbfgs", "LBFGS", {"max_iter": 1, "max_eval": 25}, {}),
    ("L-BFGS with a short history", "lbfgs", "LBFGS", {"lr": 0.5, "max_iter": 3, "history_size": 2}, {}),
]

# The library's names of PyTorch's settings.
NAMES = {
    "lr": "learningRate",
    "momentum": "momentum",
    "dampening": "dampening",
    "maximize": "climbs",
    "nesterov": "nesterov",
    "weight_decay": "decay",
    "eps": "epsilon",
    "amsgrad": "amsgrad",
    "momentum_decay": "momentumDecay",
    "decoupled_weight_decay": "decouplesDecay",
    "alpha": "smoothing",
    "rho": "smoothing",
    "centered": "centred",
    "lr_decay": "learningRateDecay",
    "initial_accumulator_value": "initialSum",
    "max_iter": "iterationLimit",
    "max_eval": "evaluationLimit",
    "history_size": "historyCount",
}
# And of those that are pairs.
PAIRS = {
    "betas": ("firstDecay", "secondDecay"),
    "etas": ("shrinkage", "growth"),
    "step_sizes": ("leastStep", "greatestStep"),
}


def numbers(label, shape, low, high):
    source = random.Random(label)
    values = [round(source.uniform(low, high), 4) for _ in range(count(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def groups(parameters, settings, others):
    """The bias in a group of its own, where a case treats it otherwise."""
    bias = {"params": [parameters["bias"]]}
    if others.get("sparesBias"):
        bias["weight_decay"] = 0.0
    if "biasFactor" in others:
        bias |= {"lr": settings["lr"] * others["biasFactor"], "weight_decay": others["biasDecay"]}
    return [{"params": [parameters["weights"]]}, bias]


def trajectory(kind, settings, others):
    """The initial parameters, the gradients and the parameters after every step, each by name."""
    initial = {name: numbers(f"initial/{name}", shape, -1, 1) for name, shape in SHAPES.items()}
    parameters = {name: value.clone() for name, value in initial.items()}
    optimizer = getattr(torch.optim, kind)(groups(parameters, settings, others), foreach=False, **settings)
    gradients = {name: [] for name in SHAPES}
    path = {name: [] for name in SHAPES}
    for step in range(STEPS):
        if step == others.get("halvedAfter"):
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


def rosenbrock(parameters):
    x = torch.cat([parameters[name].flatten() for name in SHAPES])
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def line_searches(settings):
    """The initial parameters, and those after every step of L-BFGS."""
    initial = {name: numbers(f"initial/{name}", shape, -1, 1) for name, shape in SHAPES.items()}
    parameters = {name: value.clone().requires_grad_() for name, value in initial.items()}
    optimizer = torch.optim.LBFGS(parameters.values(), line_search_fn="strong_wolfe", **settings)
    path = {name: [] for name in SHAPES}

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(parameters)
        loss.backward()
        return loss

    for _ in range(STEPS):
        optimizer.step(closure)
        for name in SHAPES:
            path[name].append(parameters[name].detach().clone())
    return initial, {}, path


def tensor(values):
    return Tensor(tuple(values.shape), values.flatten().tolist())


def case(name, operation, kind, settings, others):
    is_line_search = operation == "lbfgs"
    initial, gradients, path = line_searches(settings) if is_line_search else trajectory(kind, settings, others)
    attributes = {NAMES[key]: value for key, value in settings.items() if key not in PAIRS} | others
    for key in settings.keys() & PAIRS.keys():
        attributes |= dict(zip(PAIRS[key], settings[key]))
    inputs = {key: tensor(value) for key, value in initial.items()}
    inputs |= {f"{key}.gradients": tensor(torch.stack(value)) for key, value in gradients.items()}
    return {
        "name": name,
        "operation": operation,
        "attributes": dict(sorted(attributes.items())),
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
    # Optimisers keep scalars of theirs in the default type.
    torch.set_default_dtype(torch.float64)
    write("optimizers", [case(*arguments) for arguments in CASES])
