"""Creation: outputs without inputs."""

import torch

from ..pytorch import case, titled


def created(name, output, attributes):
    return case(titled(name, attributes), name, lambda: output, {}, attributes)


def cases():
    for shape in ([3], [2, 3], [], [2, 0]):
        yield created("zeros", torch.zeros(shape).double(), {"shape": shape})
        yield created("ones", torch.ones(shape).double(), {"shape": shape})
        yield created("full", torch.full(shape, -2.5).double(), {"shape": shape, "value": -2.5})
    for count in (1, 3):
        yield created("eye", torch.eye(count).double(), {"count": count})
    for start, end, step in ((0, 5, None), (-1, 2, 0.5), (3, -2, -2), (1, 4, 1), (0, 0.7, 0.25)):
        attributes = {"start": start, "end": end} | ({} if step is None else {"step": step})
        yield created("arange", torch.arange(start, end, step or 1, dtype=torch.double), attributes)
    for start, end, count in ((0, 1, 5), (2, -1, 4), (0.5, 3, 1), (-1, 1, 2)):
        yield created(
            "linspace",
            torch.linspace(start, end, count, dtype=torch.double),
            {"start": start, "end": end, "count": count},
        )
