"""Linear algebra."""

import itertools

import torch

from ..pytorch import case, numbers, titled, with_second_order_once


def products():
    shapes = [
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 2)),
        ((2, 2, 3), (3, 1)),
        ((3,), (2, 3, 2)),
        ((2, 2, 3), (3,)),
        ((2, 1, 1, 3), (2, 3, 1)),
        ((2, 2), (3, 2, 1)),
    ]
    for a, b in shapes:
        title = f"matmul of {list(a)} and {list(b)}"
        yield case(title, "matmul", torch.matmul, {"a": numbers(title + " a", a), "b": numbers(title + " b", b)})
    for count in (1, 4):
        yield case(
            f"dot of {count}", "dot", torch.dot, {"a": numbers("dot a", (count,)), "b": numbers("dot b", (count,))}
        )
    yield case("outer", "outer", torch.outer, {"a": numbers("outer a", (3,)), "b": numbers("outer b", (2,))})
    pairs = [
        ((2, 3, 2), (2, 2, 3), [2, 0], [1, 0]),
        ((2, 3), (3, 2), [1], [0]),
        ((2,), (3,), [], []),
        ((2, 3), (2, 3), [0, -1], [0, -1]),
    ]
    for a, b, first, second in pairs:
        title = f"tensordot of {list(a)} and {list(b)} over {first} and {second}"
        yield case(
            title,
            "tensordot",
            lambda a, b: torch.tensordot(a, b, dims=(first, second)),
            {"a": numbers(title + " a", a), "b": numbers(title + " b", b)},
            {"first": first, "second": second},
        )


def sums():
    specifications = {
        "ij,jk->ik": [(2, 3), (3, 2)],
        "ij,jk": [(2, 3), (3, 1)],
        "bij,bkj->bik": [(2, 3, 2), (2, 2, 2)],
        "ii->i": [(3, 3)],
        "ii": [(2, 2)],
        "iij->j": [(2, 2, 3)],
        "i,j->": [(2,), (3,)],
        "ij->ji": [(2, 3)],
        "...ij->...ji": [(2, 2, 3)],
        "...ij,jk->...ik": [(2, 2, 2), (2, 1)],
        "ij,jk,kl->il": [(2, 3), (3, 1), (1, 2)],
        "ijk,ilm->jlkm": [(2, 2, 2), (2, 2, 2)],
        "abc,cd,b->ad": [(2, 3, 1), (1, 2), (3,)],
        "ij,ij->": [(2, 2), (2, 2)],
        "i...,i->...": [(3, 2), (3,)],
        "...,...->...": [(2, 3), (3,)],
        "ba": [(2, 3)],
        "ij->": [(2, 2)],
        "ii,i->i": [(3, 3), (3,)],
        ",i->i": [(), (3,)],
    }
    for specification, shapes in specifications.items():
        inputs = {name: numbers(specification + name, shape) for name, shape in zip("abc", shapes)}
        yield case(
            f"einsum {specification}",
            "einsum",
            lambda *x: torch.einsum(specification, *x),
            inputs,
            {"specification": specification},
        )


DIAGONALS = {
    "diagonal": lambda x, offset: torch.diagonal(x, offset, -2, -1),
    "lowerTriangle": torch.tril,
    "upperTriangle": torch.triu,
    "embeddedDiagonal": torch.diag_embed,
}


def diagonals():
    for name, function in DIAGONALS.items():
        shapes = ((3,), (2, 1)) if name == "embeddedDiagonal" else ((3, 3), (2, 2, 2))
        for shape, offset in itertools.product(shapes, (None, -1, 2)):
            attributes = {} if offset is None else {"offset": offset}
            title = f"{name} of {list(shape)}" + (f", offset {offset}" if attributes else "")
            yield case(title, name, lambda x: function(x, offset or 0), {"x": numbers(title, shape)}, attributes)


def regular(label, shape, n):
    return numbers(label, (*shape, n, n)) * 0.4 + 2 * torch.eye(n, dtype=torch.double)


def definite(label, shape, n):
    x = numbers(label, (*shape, n, n))
    return torch.round(x @ x.mT + 2 * torch.eye(n, dtype=torch.double), decimals=3)


def factorisations():
    for shape, n in (((), 3), ((2,), 2), ((), 1)):
        title = f"of {[*shape, n, n]}"
        x = regular(title, shape, n)
        yield case(f"trace {title}", "trace", lambda x: torch.einsum("...ii->...", x), {"x": numbers(title, x.shape)})
        yield case(f"inverse {title}", "inverse", torch.linalg.inv, {"x": x})
        yield case(f"determinant {title}", "determinant", torch.linalg.det, {"x": x})
        # The derivative of a symmetric argument, spread over both triangles.
        yield case(
            f"cholesky {title}",
            "cholesky",
            lambda x: torch.linalg.cholesky((x + x.mT) / 2),
            {"x": definite(title, shape, n)},
        )
        # A row with its sign changed is a determinant of the other sign.
        signs = torch.ones(n, 1, dtype=torch.double)
        signs[0] = -1
        for sign, operand in (("positive", x), ("negative", x * signs)):
            yield case(
                f"logDeterminant {title}, {sign}",
                "logDeterminant",
                lambda x: dict(zip(("sign", "logarithm"), torch.linalg.slogdet(x))),
                {"x": operand},
            )


def as_columns(function):
    """The function, which solves a system, also for one vector."""

    def solved(a, b):
        return function(a, b[:, None])[..., 0] if b.dim() == 1 else function(a, b)

    return solved


def systems():
    shapes = [((), (3, 2)), ((2,), (2, 3, 1)), ((2,), (3, 1)), ((), (2, 3, 1)), ((), (3,)), ((2,), (3,))]
    for shape, b in shapes:
        title = f"of {[*shape, 3, 3]} and {list(b)}"
        inputs = {"a": regular(f"a {title}", shape, 3), "b": numbers(f"b {title}", b)}
        yield case(f"solve {title}", "solve", as_columns(torch.linalg.solve), inputs)
    settings = [
        ((), (3, 2), {}),
        ((2,), (3, 1), {}),
        ((), (3, 1), {"transposed": True}),
        ((), (3,), {"unitDiagonal": True}),
        ((), (3,), {"transposed": True, "unitDiagonal": True}),
        ((), (3,), {"transposed": False, "unitDiagonal": False}),
    ]
    for lower, (shape, b, options) in itertools.product((True, False), settings):
        attributes = {"lower": lower} | options
        transposed, unit = options.get("transposed", False), options.get("unitDiagonal", False)

        def triangular(t, b):
            t = torch.tril(t) if lower else torch.triu(t)
            t, upper = (t.mT, lower) if transposed else (t, not lower)
            return torch.linalg.solve_triangular(t, b, upper=upper, unitriangular=unit)

        title = titled(f"triangularSolve of {[*shape, 3, 3]} and {list(b)}", attributes)
        inputs = {"t": regular(f"t {title}", shape, 3), "b": numbers(f"b {title}", b)}
        yield case(title, "triangularSolve", as_columns(triangular), inputs, attributes)


def cases():
    return itertools.chain(products(), sums(), with_second_order_once(diagonals()), factorisations(), systems())
