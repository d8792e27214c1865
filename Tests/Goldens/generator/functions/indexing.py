"""Indexing and order."""

import itertools

import torch

from ..pytorch import case, numbers, real, titled, with_second_order_once

integers = torch.tensor


def by_position():
    indexed = [
        ((4,), [3, 0, 0], 0),
        ((2, 3), [[2, 0], [1, 1]], 1),
        ((2, 3), [[1, 0, 1], [0, 0, 1], [1, 1, 0]], 0),
        ((2, 2, 2), [[[1, 0]], [[0, 0]]], -2),
    ]
    for shape, indices, axis in indexed:
        indices = integers(indices)
        inputs = {"x": numbers(f"gather {shape}", shape), "indices": indices}
        title = f"of {list(shape)} at {list(indices.shape)}, axis {axis}"
        yield case(f"gather {title}", "gather", lambda x, i: torch.gather(x, axis, i), inputs, {"axis": axis})
        inputs["values"] = numbers(f"scattered {title}", tuple(indices.shape))
        yield case(
            f"scatterAdd {title}",
            "scatterAdd",
            lambda x, i, v: torch.scatter_add(x, axis, i, v),
            inputs,
            {"axis": axis},
        )
    # Places that differ from each other: what PyTorch keeps of several values for one place is not defined.
    for shape, indices, axis in [((4,), [3, 0], 0), ((2, 3), [[2, 0], [1, 2]], 1), ((3, 2), [[2, 0], [0, 1]], -2)]:
        indices = integers(indices)
        title = f"scatterSet of {list(shape)} at {list(indices.shape)}, axis {axis}"
        inputs = {
            "x": numbers(title, shape),
            "indices": indices,
            "values": numbers(f"{title} values", tuple(indices.shape)),
        }
        yield case(title, "scatterSet", lambda x, i, v: torch.scatter(x, axis, i, v), inputs, {"axis": axis})
    for shape, indices, axis in [
        ((4,), [3, 0, 3], 0),
        ((3, 2), [[2, 0], [1, 2]], 0),
        ((2, 3), [2, 2, 1], 1),
        ((2, 3, 2), [[1], [0]], -2),
        ((3, 2), 1, 0),
    ]:
        indices = integers(indices)

        def selected(x, indices):
            at = axis % x.dim()
            slices = torch.index_select(x, at, indices.reshape(-1))
            return slices.reshape(*x.shape[:at], *indices.shape, *x.shape[at + 1 :])

        title = f"selectIndices {list(indices.shape)} of {list(shape)}, axis {axis}"
        yield case(title, "selectIndices", selected, {"x": numbers(title, shape), "indices": indices}, {"axis": axis})


def by_mask():
    masks = [((4,), [True, False, False, True]), ((2, 3), [[True, False, True], [False, False, True]])]
    masks += [((2, 3), [True, False, True]), ((2, 3), [[False], [True]]), ((2, 2), [[False, False], [False, False]])]
    for index, (shape, mask) in enumerate(masks):
        mask, value = integers(mask), (0, -2.5)[index % 2]
        title = f"of {list(shape)} by {list(mask.shape)}, {int(mask.sum())} true"
        inputs = {"x": numbers(f"mask {title}", shape), "mask": mask}
        yield case(
            f"maskedFill {title}, with {value}",
            "maskedFill",
            lambda x, m: x.masked_fill(m, value),
            inputs,
            {"value": value},
        )
        yield case(f"maskedSelect {title}", "maskedSelect", torch.masked_select, inputs)


def one_hot():
    for indices, count in (([2, 0, 3], 4), ([[1, 0], [1, 1]], 2), (1, 3)):
        indices = integers(indices)
        yield case(
            f"oneHot of {list(indices.shape)}, {count} classes",
            "oneHot",
            lambda i: torch.nn.functional.one_hot(i, count).double(),
            {"indices": indices},
            {"count": count},
        )


def pair(result):
    return {"values": result[0], "indices": result[1]}


def sorting(axis=-1, descending=False):
    return lambda x: torch.sort(x, dim=axis, descending=descending, stable=True)


def order():
    settings = [
        ((5,), {}),
        ((2, 3), {"axis": 0}),
        ((2, 3), {"axis": 1, "descending": True}),
        ((2, 2, 3), {"axis": -2}),
        ((2, 3), {"descending": False}),
        ((4,), {"descending": True}),
    ]
    for shape, attributes in settings:
        title = titled(f"of {list(shape)}", attributes)
        ordered = sorting(**attributes)
        x = numbers(f"order {title}", shape)
        yield case(f"sort {title}", "sort", lambda x: pair(ordered(x)), {"x": x}, attributes)
        yield case(f"argSort {title}", "argSort", lambda x: ordered(x)[1], {"x": x}, attributes)
    # Equal elements keep their order, in descending order too.
    x = real([[2.0, 1.0, 2.0, 1.0, 0.5], [-1.0, -1.0, 3.0, -1.0, 3.0]])
    for descending in (False, True):
        attributes = {"descending": descending}
        title = titled("of equal elements", attributes)
        ordered = sorting(**attributes)
        yield case(f"sort {title}", "sort", lambda x: pair(ordered(x)), {"x": x}, attributes, derivatives=0)
        yield case(f"argSort {title}", "argSort", lambda x: ordered(x)[1], {"x": x}, attributes)
    for (name, is_largest), (shape, attributes) in itertools.product(
        (("largest", True), ("smallest", False)),
        [
            ((5,), {"count": 2}),
            ((2, 3), {"count": 1, "axis": 0}),
            ((2, 3), {"count": 3}),
            ((2, 3, 2), {"count": 2, "axis": 1}),
        ],
    ):
        title = titled(f"{name} of {list(shape)}", attributes)
        yield case(
            title,
            name,
            lambda x: pair(torch.topk(x, attributes["count"], attributes.get("axis", -1), is_largest, sorted=True)),
            {"x": numbers(title, shape)},
            attributes,
        )


def searched():
    ascending = real([-1.5, 0.0, 0.0, 2.0, 3.25])
    for values in (real([0.0, -2.0, 5.0, 2.0]), real([[3.25, 0.5], [-1.5, 1.0]]), real(2.5)):
        for right in (None, False, True):
            yield case(
                f"searchSorted of {list(values.shape)}" + ("" if right is None else f", right: {right}"),
                "searchSorted",
                lambda s, v: torch.searchsorted(s, v, right=bool(right)),
                {"sorted": ascending, "values": values},
                {} if right is None else {"right": right},
            )


def cases():
    return with_second_order_once(itertools.chain(by_position(), by_mask(), one_hot(), order(), searched()))
