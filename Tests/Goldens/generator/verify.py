"""Compares the written files with PyTorch in double: values, gradients and second-order values."""

import json
import math

import torch
from torch.nn import functional

torch.set_default_dtype(torch.float64)

# Cases in which PyTorch itself loses digits: its variance is one pass (Welford) and rounds at the offset, and its
# trigamma function has nine digits.
INEXACT_IN_PYTORCH = {
    "variance with a large offset": 1e-8,
    "variance with a large offset, correction 1": 1e-8,
    "layerNorm with a large offset": 1e-9,
    "lgamma": 1e-8,
    "digamma": 1e-8,
}


def to_torch(entry):
    if entry.get("type") == "integer":
        return torch.tensor(entry["values"], dtype=torch.int64).reshape(entry["shape"])
    values = [float(value) for value in entry["values"]]
    return torch.tensor(values).reshape(entry["shape"])


def named(entries):
    return {entry["name"]: to_torch(entry) for entry in entries}


def operation(case):
    """The operation of a case as a function of its inputs in order."""
    a = case["attributes"]
    axes = tuple(a.get("axes", ()))
    keeps = a.get("keepsAxes", False)
    table = {
        "exp": torch.exp,
        "log": torch.log,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "sqrt": torch.sqrt,
        "square": torch.square,
        "abs": torch.abs,
        "lgamma": torch.lgamma,
        "digamma": torch.digamma,
        "pow": lambda base, exponent=a.get("exponent"): torch.pow(base, exponent),
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "add": torch.add,
        "subtract": torch.subtract,
        "multiply": torch.multiply,
        "divide": torch.divide,
        "sum": lambda x: x.sum(axes, keeps),
        "mean": lambda x: x.mean(axes, keeps),
        "max": lambda x: x.amax(axes, keeps),
        "variance": lambda x: x.var(axes, correction=a["correction"], keepdim=keeps),
        "softmax": lambda x: x.softmax(a["axis"]),
        "logSoftmax": lambda x: x.log_softmax(a["axis"]),
        "logSumExp": lambda x: x.logsumexp(axes, keeps),
        "matmul": torch.matmul,
        "crossEntropy": functional.cross_entropy,
        "binaryCrossEntropy": functional.binary_cross_entropy_with_logits,
        "meanSquaredError": functional.mse_loss,
        "layerNorm": lambda x, scale, shift: functional.layer_norm(x, x.shape[-1:], scale, shift, a["epsilon"]),
    }
    return table[case["operation"]]


def projected(v, gate, x, h):
    return x @ v[f"{gate}.inputWeights"] + h @ v[f"{gate}.recurrentWeights"] + v[f"{gate}.bias"]


def equations(case):
    """The equations of a case's cell, each a function of the named values."""

    def gru_candidate(v):
        x, h = v["x"], v["previousHidden"]
        if case["attributes"]["reset"] == "before":
            return torch.tanh(projected(v, "candidate", x, v["reset"] * h))
        recurrent = h @ v["candidate.recurrentWeights"] + v["candidate.recurrentBias"]
        return torch.tanh(x @ v["candidate.inputWeights"] + v["candidate.bias"] + v["reset"] * recurrent)

    def gate(name, activation):
        return lambda v: activation(projected(v, name, v["x"], v["previousHidden"]))

    cell = case["operation"].split(".")[0]
    if cell == "lstm":
        return {
            "forget": gate("forget", torch.sigmoid),
            "input": gate("input", torch.sigmoid),
            "candidate": gate("candidate", torch.tanh),
            "cell": lambda v: v["forget"] * v["previousCell"] + v["input"] * v["candidate"],
            "output": gate("output", torch.sigmoid),
            "hidden": lambda v: v["output"] * torch.tanh(v["cell"]),
        }
    if cell == "gru":
        return {
            "reset": gate("reset", torch.sigmoid),
            "update": gate("update", torch.sigmoid),
            "candidate": gru_candidate,
            # PyTorch's own form, n + z·(h' − n).
            "hidden": lambda v: v["candidate"] + v["update"] * (v["previousHidden"] - v["candidate"]),
        }
    return {"hidden": gate("hidden", getattr(torch, case["attributes"]["activation"]))}


def evaluate_step(case, v):
    values = dict(v)
    for name, equation in equations(case).items():
        values[name] = equation(values)
    return values


def evaluate_sequence(case, v):
    states = {"previousHidden": v["initialHidden"]}
    if "initialCell" in v:
        states["previousCell"] = v["initialCell"]
    steps = []
    for x in v["x"]:
        steps.append(evaluate_step(case, {**v, **states, "x": x}))
        states = {key: steps[-1][key.removeprefix("previous").lower()] for key in states}
    values = {name: torch.stack([step[name] for step in steps]) for name in equations(case)}
    values["outputs"] = values["hidden"]
    values["finalHidden"] = states["previousHidden"]
    if "previousCell" in states:
        values["finalCell"] = states["previousCell"]
    return values


def fused(case, v):
    """PyTorch's own recurrent layer on the same weights, or nothing where it has none (reset before)."""
    gates = {"lstm": ["input", "forget", "candidate", "output"], "gru": ["reset", "update", "candidate"]}
    cell = case["operation"]
    if case["attributes"].get("reset") == "before":
        return None
    order = gates.get(cell, ["hidden"])
    hidden = v["initialHidden"].shape[1]
    sizes = (v["x"].shape[2], hidden)
    if cell == "rnn":
        layer = torch.nn.RNN(*sizes, nonlinearity=case["attributes"]["activation"])
    else:
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](*sizes)
    second_bias = [v.get(f"{gate}.recurrentBias", torch.zeros(hidden)) for gate in order]
    weights = {
        "weight_ih_l0": torch.cat([v[f"{gate}.inputWeights"].T for gate in order]),
        "weight_hh_l0": torch.cat([v[f"{gate}.recurrentWeights"].T for gate in order]),
        "bias_ih_l0": torch.cat([v[f"{gate}.bias"] for gate in order]),
        "bias_hh_l0": torch.cat(second_bias),
    }
    hidden_in = v["initialHidden"][None]
    state = (hidden_in, v["initialCell"][None]) if cell == "lstm" else hidden_in
    outputs, final = torch.func.functional_call(layer, weights, (v["x"], state))
    if cell == "lstm":
        return {"outputs": outputs, "finalHidden": final[0][0], "finalCell": final[1][0]}
    return {"outputs": outputs, "finalHidden": final[0]}


def state_space(case, v):
    """PyTorch's complex numbers: all steps as one sum of powers, not as a recurrence."""
    inputs, outputs = (torch.complex(v[f"{name}Real"], v[f"{name}Imaginary"]) for name in ("input", "output"))
    if case["operation"] == "lru":
        weight, logarithm = 1, torch.complex(-v["logDecay"].exp(), v["logPhase"].exp())
        inputs = inputs * v["logNormalization"].exp()
    else:
        weight, eigenvalues = 2, torch.complex(v["eigenvaluesReal"], v["eigenvaluesImaginary"])
        z = eigenvalues * v["logStep"].exp()
        if case["attributes"]["discretization"] == "bilinear":
            logarithm = ((2 + z) / (2 - z)).log()
            inputs = inputs * (2 * v["logStep"].exp() / (2 - z))
        else:
            logarithm = z
            inputs = inputs * (torch.exp(z) - 1) / eigenvalues
    steps = torch.arange(len(v["x"]))
    distances = steps[:, None] - steps[None]
    powers = torch.exp(distances.clamp(min=0)[:, :, None] * logarithm) * (distances >= 0)[:, :, None]
    states = torch.einsum("tsn,sbn->tbn", powers, v["x"].to(inputs.dtype) @ inputs)
    first = torch.complex(v["initialReal"], v["initialImaginary"])
    states = states + torch.exp((steps + 1)[:, None, None] * logarithm) * first
    found = weight * (states @ outputs).real + v["x"] @ v["skip"]
    return {"outputs": found, "finalReal": states[-1].real, "finalImaginary": states[-1].imag}


def evaluations(case):
    """The ways to compute a case: a composition of operations, and the fused layer where there is one."""
    name = case["operation"]
    cell, _, part = name.partition(".")
    if cell in ("lru", "s5"):
        yield "powers", lambda v: state_space(case, v)
    elif cell not in ("lstm", "gru", "rnn"):
        yield "operation", lambda v: {"result": operation(case)(*v.values())}
    elif part == "step":
        yield "step", lambda v: evaluate_step(case, v)
    elif part:
        yield "equation", lambda v: {part: equations(case)[part](v)}
    else:
        yield "sequence", lambda v: evaluate_sequence(case, v)
        if case["attributes"].get("reset") != "before":
            yield "fused layer", lambda v: fused(case, v)


def deviation(found, expected):
    """The largest difference relative to the largest expected value of the block."""
    if found.shape != expected.shape:
        return math.inf
    scale = expected.abs().max().item()
    difference = (found - expected).abs().max().item()
    return difference if scale == 0 else difference / scale


def compare(case):
    """Pairs (what, deviation) for every block of a case."""
    for way, function in evaluations(case):
        inputs = named(case["inputs"])
        real = [key for key, value in inputs.items() if value.is_floating_point()]
        for key in real:
            inputs[key].requires_grad_()
        values = function(inputs)
        for kind in ("outputs", "named"):
            for key, expected in named(case[kind]).items():
                if key in values:
                    yield f"{way}: {kind} {key}", deviation(values[key].detach(), expected)
        cotangents = named(case["cotangents"])
        loss = sum((values[key] * cotangent).sum() for key, cotangent in cotangents.items())
        leaves = [inputs[key] for key in real]
        second = "secondOrder" in case
        gradients = torch.autograd.grad(loss, leaves, create_graph=second, materialize_grads=True)
        for key, found in zip(real, gradients):
            yield f"{way}: gradient {key}", deviation(found.detach(), named(case["gradients"])[key])
        if second:
            directions = named(case["secondOrder"]["directions"])
            slope = sum((found * directions[key]).sum() for key, found in zip(real, gradients))
            if slope.requires_grad:
                products = torch.autograd.grad(slope, leaves, materialize_grads=True)
            else:
                products = [torch.zeros_like(leaf) for leaf in leaves]
            for key, found in zip(real, products):
                expected = named(case["secondOrder"]["gradients"])[key]
                yield f"{way}: second order {key}", deviation(found, expected)


def verify(paths, tolerance=1e-13):
    """Prints the worst deviation of each file and each kind of block; true if all are within tolerance."""
    right = True
    for path in paths:
        with open(path, encoding="utf-8") as file:
            cases = json.load(file)["cases"]
        worst = {}
        inexact = []
        blocks = 0
        for case in cases:
            for what, found in compare(case):
                blocks += 1
                kind = what.split(": ")[0] + ", " + what.split(": ")[1].rsplit(" ", 1)[0]
                if case["name"] in INEXACT_IN_PYTORCH:
                    inexact.append(found)
                elif not found <= worst.get(kind, (-1.0, ""))[0]:
                    worst[kind] = (found, case["name"])
                if not found <= INEXACT_IN_PYTORCH.get(case["name"], tolerance):
                    right = False
                    print(f"  DEVIATES {path.name}: {case['name']}: {what}: {found:.2e}")
        print(f"{path.name}: {len(cases)} cases, {blocks} blocks")
        for kind, (found, name) in worst.items():
            print(f"  {kind}: at most {found:.1e} ({name})")
        if inexact:
            print(f"  cases in which PyTorch loses digits: at most {max(inexact):.1e}")
    return right
