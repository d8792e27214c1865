#!/usr/bin/env python3
"""Writes schedules.json: the learning rates of PyTorch's schedulers, step by step (needs torch).

    python3 generate_schedules.py
"""

import random
import sys

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

from generate import write
from generator.golden import Tensor

# Every case: the name, the schedule, its attributes, how many rates, and PyTorch's scheduler of an optimiser.
CASES = [
    ("step", "step", {"initialRate": 0.3, "factor": 0.5, "period": 4}, 15, lambda o: S.StepLR(o, 4, 0.5)),
    (
        "multi-step, one of them twice",
        "multiStep",
        {"initialRate": 0.3, "factor": 0.2, "milestones": [2, 5, 5, 9]},
        14,
        lambda o: S.MultiStepLR(o, [2, 5, 5, 9], 0.2),
    ),
    ("exponential", "exponential", {"initialRate": 0.3, "factor": 0.9}, 20, lambda o: S.ExponentialLR(o, 0.9)),
    (
        "linear",
        "polynomial",
        {"initialRate": 0.3, "finalRate": 0.06, "steps": 10, "power": 1},
        14,
        lambda o: S.LinearLR(o, 1, 0.2, 10),
    ),
    (
        "polynomial",
        "polynomial",
        {"initialRate": 0.3, "finalRate": 0, "steps": 9, "power": 2.5},
        14,
        lambda o: S.PolynomialLR(o, 9, 2.5),
    ),
    (
        "cosine",
        "cosine",
        {"initialRate": 0.3, "finalRate": 0.01, "steps": 12},
        13,
        lambda o: S.CosineAnnealingLR(o, 12, 0.01),
    ),
    (
        "cosine with restarts",
        "cosineRestarts",
        {"initialRate": 0.3, "finalRate": 0.01, "period": 5, "growth": 1},
        17,
        lambda o: S.CosineAnnealingWarmRestarts(o, 5, 1, 0.01),
    ),
    (
        "cosine with restarts of growing periods",
        "cosineRestarts",
        {"initialRate": 0.3, "finalRate": 0.01, "period": 3, "growth": 2},
        30,
        lambda o: S.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
    ),
    (
        "one cycle",
        "oneCycle",
        {"greatestRate": 0.3, "steps": 20, "risingShare": 0.3, "initialDivisor": 25, "finalDivisor": 1e4},
        20,
        lambda o: S.OneCycleLR(o, 0.3, 20),
    ),
    (
        "one cycle in straight lines, symmetric",
        "oneCycle",
        {
            "greatestRate": 0.3,
            "steps": 21,
            "risingShare": 0.4,
            "initialDivisor": 10,
            "finalDivisor": 50,
            "linear": True,
            "symmetric": True,
        },
        21,
        lambda o: S.OneCycleLR(
            o, 0.3, 21, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=50, three_phase=True
        ),
    ),
    (
        "warm-up, then cosine",
        "cosine",
        {"initialRate": 0.3, "finalRate": 0.01, "steps": 12, "warmUp": 5, "startFactor": 0.1},
        17,
        lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, 1, 5), S.CosineAnnealingLR(o, 12, 0.01)], [5]),
    ),
    (
        "warm-up, then step",
        "step",
        {"initialRate": 0.3, "factor": 0.5, "period": 3, "warmUp": 4, "startFactor": 0.25},
        15,
        lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.25, 1, 4), S.StepLR(o, 3, 0.5)], [4]),
    ),
]

# Of plateaus: the name, the attributes and PyTorch's settings.
PLATEAUS = [
    ("plateau", {"patience": 2, "factor": 0.5}, {"patience": 2, "factor": 0.5}),
    (
        "plateau of what should grow, with cool-down, threshold and least rate",
        {"patience": 1, "factor": 0.3, "coolDown": 2, "threshold": 0.05, "leastRate": 0.004, "improvesUpward": True},
        {"patience": 1, "factor": 0.3, "cooldown": 2, "threshold": 0.05, "min_lr": 0.004, "mode": "max"},
    ),
]


def optimizer():
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)


def case(name, operation, attributes, inputs, rates):
    return {
        "name": name,
        "operation": operation,
        "attributes": attributes,
        "inputs": inputs,
        "outputs": {"rates": Tensor((len(rates),), rates)},
        "named": {},
        "cotangents": {},
        "gradients": {},
    }


def scheduled(name, schedule, attributes, count, make):
    moved = optimizer()
    scheduler = make(moved)
    rates = []
    for _ in range(count):
        rates.append(moved.param_groups[0]["lr"])
        moved.step()
        if len(rates) < count:
            scheduler.step()
    steps = Tensor((count,), [float(step) for step in range(count)])
    return case(name, "learningRate", {"schedule": schedule} | attributes, {"steps": steps}, rates)


def plateau(name, attributes, settings):
    moved = optimizer()
    scheduler = S.ReduceLROnPlateau(moved, **settings)
    source = random.Random(name)
    figures = [round(2 + source.uniform(-1, 1), 3) for _ in range(40)]
    rates = []
    for figure in figures:
        scheduler.step(figure)
        rates.append(moved.param_groups[0]["lr"])
    inputs = {"figures": Tensor((len(figures),), figures)}
    return case(name, "plateauLearningRate", {"initialRate": 0.3} | attributes, inputs, rates)


if __name__ == "__main__":
    try:
        import torch
    except ImportError as error:
        sys.exit(f"generate_schedules.py needs PyTorch: {error}")
    import torch.optim.lr_scheduler as S

    write("schedules", [scheduled(*arguments) for arguments in CASES] + [plateau(*arguments) for arguments in PLATEAUS])
