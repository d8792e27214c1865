"""Says where PyTorch differs from `edges.json`, element by element."""

import json
import math

import torch

from .functions.elementwise import COMPARISONS, FUNCTIONS, PAIRS, TESTS


def function_of(case):
    """PyTorch's function for the case's operation and attributes."""
    operation, attributes = case["operation"], case["attributes"]
    settings = {
        "clamp": lambda x: torch.clamp(x, attributes["lower"], attributes["upper"]),
        "polygamma": lambda x: torch.polygamma(attributes["order"], x),
    }
    if "exponent" in attributes:
        return lambda x: torch.pow(x, attributes["exponent"])
    if operation in settings:
        return settings[operation]
    if operation in FUNCTIONS:
        return FUNCTIONS[operation][0]
    return PAIRS[operation][0] if operation in PAIRS else (COMPARISONS | TESTS)[operation]


def values(entry):
    return [float(value) for value in entry["values"]]


def agrees(found, expected, case, scale):
    if math.isnan(expected) or math.isnan(found):
        return math.isnan(expected) and math.isnan(found)
    if math.isinf(expected) or math.isinf(found):
        return expected == found
    bound = case.get("tolerance", 1e-10)
    if case["comparison"] == "block":
        return abs(found - expected) <= bound * scale
    return abs(found - expected) <= bound * abs(expected) and math.copysign(1, found) == math.copysign(1, expected)


def compared(case):
    """The name of the value, the operands, what PyTorch finds and what is expected, where these differ."""
    operands = [values(entry) for entry in case["inputs"]]
    leaves = [torch.tensor(operand, dtype=torch.double, requires_grad=True) for operand in operands]
    result = function_of(case)(*leaves)
    blocks = [("", result, case["outputs"][0])]
    if "gradients" in case:
        slopes = torch.autograd.grad(result.sum(), leaves, materialize_grads=True)
        blocks += [(f" in {entry['name']}", slope, entry) for slope, entry in zip(slopes, case["gradients"])]
    for name, found, entry in blocks:
        expected = values(entry)
        scale = max([1e-3, *(abs(value) for value in expected if math.isfinite(value))])
        for index, (a, b) in enumerate(zip(found.detach().double().tolist(), expected)):
            if not agrees(a, b, case, scale):
                yield name, [operand[index] for operand in operands], a, b


def print_differences(path):
    """A line for each case and operand: how many elements differ, and the first of them."""
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    total = 0
    for case in cases:
        found = list(compared(case))
        total += len(found)
        for name in dict.fromkeys(item[0] for item in found):
            elements = [item for item in found if item[0] == name]
            _, operands, a, b = elements[0]
            at = ", ".join(map(repr, operands))
            print(f"  {case['name']}{name}: {len(elements)} elements, at {at} {a!r}, not {b!r}")
    print(f"{path.name}: {len(cases)} cases, PyTorch differs in {total} elements")
