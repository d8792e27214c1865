"""PyTorch's own draws against the distributions of `random.json`."""

import math

import torch

COUNT = 40000


def draws(case):
    """As many draws as the tolerances are made for, along the first axis."""
    a = case["attributes"]
    mean, deviation = a.get("mean", 0.0), a.get("standardDeviation", 1.0)
    inputs = [torch.tensor([float(value) for value in x["values"]]).reshape(x["shape"]) for x in case["inputs"]]
    table = {
        "uniform": lambda: torch.empty(COUNT).uniform_(a.get("lower", 0), a.get("upper", 1)),
        "normal": lambda: torch.normal(mean, deviation, (COUNT,)),
        "truncatedNormal": lambda: torch.nn.init.trunc_normal_(
            torch.empty(COUNT), mean, deviation, float(a["lower"]), float(a["upper"])
        ),
        "gumbel": lambda: torch.distributions.Gumbel(0.0, 1.0).sample((COUNT,)),
        "uniformIntegers": lambda: torch.randint(a["lower"], a["upper"], (COUNT,)),
        "bernoulli": lambda: torch.bernoulli(inputs[0].expand(COUNT, -1)),
        "categorical": lambda: torch.distributions.Categorical(logits=inputs[0]).sample((COUNT,)),
        "permutation": lambda: torch.stack([torch.randperm(a["count"]) for _ in range(COUNT)]),
    }
    return table[case["operation"]]().double()


def distance(first, second):
    """The greatest distance of the distributions of two samples (Kolmogorov and Smirnov)."""
    points = torch.cat([first, second]).unique()
    shares = [torch.searchsorted(x.sort().values, points, right=True) / len(x) for x in (first, second)]
    return (shares[0] - shares[1]).abs().max().item()


def verify_draws(cases):
    """Prints the distance of each operation's draws; true if all are within their tolerances."""
    torch.manual_seed(0)
    right = True
    for case in cases:
        (expected,) = case["outputs"]
        width = math.prod(expected["shape"][1:])
        sample = torch.tensor([float(value) for value in expected["values"]]).double().reshape(-1, width)
        try:
            drawn = draws(case).reshape(-1, width)
        except RuntimeError as error:
            # PyTorch's truncated normal distribution has no infinite bounds.
            print(f"  {case['name']}: PyTorch refuses: {error}")
            continue
        worst = max(distance(drawn[:, column], sample[:, column]) for column in range(width))
        right = right and worst <= case["tolerance"]
        print(f"  {case['name']}: {worst:.4f} of {case['tolerance']}")
    return right
