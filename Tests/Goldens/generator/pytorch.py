"""Golden cases from functions of PyTorch's tensors in double, with PyTorch's own rules for the derivatives."""

import random

import torch

from .golden import Tensor, count

# The factor by which a difference may miss PyTorch's derivative: it is there to find rules that are missing or wrong.
CLOSENESS = 1e-6
STEP = 1e-5


def numbers(label, shape, low=-1.5, high=1.5, avoid=0.1):
    """Random numbers with three decimals, none near zero and no two of them equal; the label is the seed."""
    source = random.Random(label)
    values = []
    while len(values) < count(shape):
        value = round(source.uniform(low, high), 3)
        if abs(value) >= avoid and value not in values:
            values.append(value)
    return real(values).reshape(shape)


def real(values):
    return torch.tensor(values, dtype=torch.double)


def golden(tensor):
    kind = {torch.double: "real", torch.int64: "integer", torch.bool: "boolean"}[tensor.dtype]
    # A derivative that is zero everywhere may have no storage; its clone has.
    return Tensor(tuple(tensor.shape), tensor.detach().clone().reshape(-1).tolist(), kind)


def goldens(tensors):
    return {key: golden(value) for key, value in tensors.items()}


def titled(start, attributes):
    """A case's name, with its settings at the end."""
    return start + "".join(f", {key} {value}" for key, value in attributes.items())


def is_real(tensor):
    return tensor.dtype == torch.double


def slopes(outputs, inputs, cotangents):
    """The derivatives of Σ cotangent · output with respect to each input, differentiable themselves."""
    outputs, cotangents = zip(*[(y, c) for y, c in zip(outputs, cotangents) if y.requires_grad] or [((), ())])
    if outputs == ((),):
        return [torch.zeros_like(x) for x in inputs]
    return torch.autograd.grad(outputs, inputs, cotangents, create_graph=True, materialize_grads=True)


def inner(first, second):
    return sum((a * b).sum() for a, b in zip(first, second))


def case(name, operation, function, inputs, attributes=None, derivatives=2, is_checked=True):
    """One case of `function`, from the inputs in order to a tensor or to several of them by name.

    `derivatives` is the order of the highest: 1 where PyTorch has no second one, or a wrong or an inexact one. Each
    is held against a difference, except where the inputs are not finite (`is_checked`).
    """

    def evaluated(reals):
        reals = iter(reals)
        results = function(*[next(reals) if is_real(value) else value for value in inputs.values()])
        return {"result": results} if isinstance(results, torch.Tensor) else results

    leaves = {key: value.clone().requires_grad_() for key, value in inputs.items() if is_real(value)}
    outputs = evaluated(leaves.values())
    entry = {
        "name": name,
        "operation": operation,
        "attributes": attributes or {},
        "inputs": goldens(inputs),
        "outputs": goldens(outputs),
    }
    cotangents = {
        key: numbers(f"{name} cotangent {key}", tuple(value.shape), -1, 1, 0)
        for key, value in outputs.items()
        if is_real(value)
    }
    if not leaves or not cotangents or derivatives == 0:
        return entry

    def gradient_of(reals):
        outputs = evaluated(reals)
        return slopes([outputs[key] for key in cotangents], reals, cotangents.values())

    reals = list(leaves.values())
    directions = {
        key: numbers(f"{name} direction {key}", tuple(value.shape), -1, 1, 0) for key, value in leaves.items()
    }
    gradients = gradient_of(reals)
    entry["cotangents"] = goldens(cotangents)
    entry["gradients"] = goldens(dict(zip(leaves, gradients)))
    if is_checked:
        check_slope(name, reals, directions.values(), gradients, cotangents, evaluated)
    if derivatives == 2:
        products = slopes([inner(gradients, directions.values())], reals, [real(1.0)])
        entry["secondOrder"] = {"directions": goldens(directions), "gradients": goldens(dict(zip(leaves, products)))}
        if is_checked:
            check_curvature(name, reals, directions.values(), products, gradient_of)
    return entry


def with_second_order_once(cases):
    """The cases of linear operations: that the second derivative is zero is shown by the first of each operation."""
    seen = set()
    for entry in cases:
        if entry["operation"] in seen:
            entry.pop("secondOrder", None)
        if "secondOrder" in entry:
            seen.add(entry["operation"])
        yield entry


def either_side(reals, directions):
    for step in (STEP, -STEP):
        yield [(x.detach() + step * v).requires_grad_() for x, v in zip(reals, directions)]


def check_slope(name, reals, directions, gradients, cotangents, evaluated):
    after, before = (
        inner([evaluated(moved)[key] for key in cotangents], cotangents.values()).item()
        for moved in either_side(reals, directions)
    )
    slope = inner(gradients, directions).item()
    assert abs((after - before) / (2 * STEP) - slope) <= CLOSENESS * (1 + abs(slope)), name


def check_curvature(name, reals, directions, products, gradient_of):
    after, before = (gradient_of(moved) for moved in either_side(reals, directions))
    for high, low, product in zip(after, before, products):
        difference = (high - low) / (2 * STEP)
        assert torch.allclose(difference, product, CLOSENESS, CLOSENESS * (1 + product.abs().max().item())), name
