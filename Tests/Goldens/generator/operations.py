"""Tensor operations from their definitions, and the golden cases of `operations.json`."""

import itertools

import mpmath
from mpmath import mpf

from .golden import Tensor, count, golden, integers, tensor, uniform


def indices(shape):
    return itertools.product(*(range(extent) for extent in shape))


def position(index, shape):
    """The flat position of an index in a tensor that is broadcast to the index's rank."""
    index = index[len(index) - len(shape) :]
    result = 0
    for i, extent in zip(index, shape):
        result = result * extent + (i if extent > 1 else 0)
    return result


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + tuple(a), (1,) * (rank - len(b)) + tuple(b)
    return tuple(n if m == 1 else m for m, n in zip(a, b))


def unary(function):
    return lambda x: x.replacing([function(value) for value in x.values])


def binary(function):
    def apply(a, b):
        shape = broadcast_shape(a.shape, b.shape)
        return Tensor(
            shape,
            [
                function(a.values[position(index, a.shape)], b.values[position(index, b.shape)])
                for index in indices(shape)
            ],
        )

    return apply


def groups(x, axes):
    """The flat positions of the elements that share all indices but those of the axes, group by group."""
    found = {}
    for flat, index in enumerate(indices(x.shape)):
        key = tuple(i for axis, i in enumerate(index) if axis not in axes)
        found.setdefault(key, []).append(flat)
    return list(found.values())


def reduced(x, axes, keeps, function):
    axes = [axis % len(x.shape) for axis in axes]
    values = [function([x.values[flat] for flat in group]) for group in groups(x, axes)]
    if keeps:
        shape = [1 if axis in axes else extent for axis, extent in enumerate(x.shape)]
    else:
        shape = [extent for axis, extent in enumerate(x.shape) if axis not in axes]
    return Tensor(shape, values)


def along(x, axis, function):
    """`function`, from a list to a list, along one axis."""
    result = list(x.values)
    for group in groups(x, [axis % len(x.shape)]):
        for flat, value in zip(group, function([x.values[flat] for flat in group])):
            result[flat] = value
    return x.replacing(result)


def mean(values):
    return mpmath.fsum(values) / len(values)


def variance(values, correction):
    centre = mean(values)
    return mpmath.fsum((value - centre) ** 2 for value in values) / (len(values) - correction)


def log_sum_exp(values):
    return mpmath.log(mpmath.fsum(mpmath.exp(value) for value in values))


def softmax(values):
    total = mpmath.fsum(mpmath.exp(value) for value in values)
    return [mpmath.exp(value) / total for value in values]


def log_softmax(values):
    total = log_sum_exp(values)
    return [value - total for value in values]


def matmul(a, b):
    """Vectors count as one row on the left and as one column on the right; leading axes broadcast."""
    left = a if len(a.shape) > 1 else Tensor((1, *a.shape), a.values)
    right = b if len(b.shape) > 1 else Tensor((*b.shape, 1), b.values)
    rows, inner, columns = left.shape[-2], left.shape[-1], right.shape[-1]
    batch = broadcast_shape(left.shape[:-2], right.shape[:-2])
    values = []
    for index in indices(batch):
        p = position(index, left.shape[:-2]) * rows * inner
        q = position(index, right.shape[:-2]) * inner * columns
        for row in range(rows):
            for column in range(columns):
                start = p + row * inner
                values.append(
                    mpmath.fdot(
                        zip(
                            left.values[start : start + inner],
                            right.values[q + column : q + inner * columns : columns],
                        )
                    )
                )
    shape = list(batch)
    if len(a.shape) > 1:
        shape.append(rows)
    if len(b.shape) > 1:
        shape.append(columns)
    return Tensor(shape, values)


def cross_entropy(logits, targets):
    classes = logits.shape[-1]
    losses = []
    for row, target in enumerate(targets.values):
        values = logits.values[row * classes : (row + 1) * classes]
        losses.append(log_sum_exp(values) - values[target])
    return Tensor((), [mean(losses)])


def binary_cross_entropy(logits, targets):
    """The mean of −t·log σ(x) − (1 − t)·log(1 − σ(x)); 1 − σ(x) is σ(−x)."""

    def log_sigmoid(x):
        return -mpmath.log(1 + mpmath.exp(-x))

    return Tensor(
        (), [mean([-t * log_sigmoid(x) - (1 - t) * log_sigmoid(-x) for x, t in zip(logits.values, targets.values)])]
    )


def mean_squared_error(predictions, targets):
    return Tensor((), [mean([(p - t) ** 2 for p, t in zip(predictions.values, targets.values)])])


def layer_norm(x, scale, shift, epsilon):
    def normalised(values):
        centre = mean(values)
        deviation = mpmath.sqrt(variance(values, 0) + mpf(epsilon))
        return [
            (value - centre) / deviation * factor + offset
            for value, factor, offset in zip(values, scale.values, shift.values)
        ]

    return along(x, -1, normalised)


def group_norm(x, scale, shift, group_count, epsilon):
    """Channels are the second axis, and a group is so many of them that follow each other, with all their positions."""
    batch, channels, *positions = x.shape
    lines = Tensor((batch, group_count, len(x.values) // (batch * group_count)), x.values)

    def normalised(values):
        centre, spread = mean(values), mpmath.sqrt(variance(values, 0) + epsilon)
        return [(value - centre) / spread for value in values]

    features = along(lines, -1, normalised).values
    width = count(positions)
    channel = [flat // width % channels for flat in range(len(features))]
    return Tensor(x.shape, [f * scale.values[c] + shift.values[c] for f, c in zip(features, channel)])


def apart(label, shape, low=-1.0, high=1.0):
    """Random numbers away from zero and from each other: no kink and no tie is nearby."""
    total = count(shape)
    order = sorted(range(total), key=lambda index: shuffling_key(label, index))
    spread = (high - low) / (total + 1)
    values = [round(low + spread * (rank + 1), 4) for rank in order]
    return tensor(shape, [value if abs(value) > 0.01 else 0.0373 for value in values])


def shuffling_key(label, index):
    """A key for shuffling that is the same in every Python process."""
    return uniform(f"{label}/{index}", (1,)).values[0]


def case(name, operation, function, inputs, **attributes):
    return golden(
        name, operation, lambda v: ({"result": function(*v.values())}, {}), inputs, attributes
    )


def elementwise_cases():
    for operation, function, low, high in [
        ("exp", mpmath.exp, -3, 3),
        ("log", mpmath.log, 0.05, 4),
        ("tanh", mpmath.tanh, -3, 3),
        ("sigmoid", lambda x: 1 / (1 + mpmath.exp(-x)), -5, 5),
        ("relu", lambda x: max(x, mpf(0)), -2, 2),
        ("sqrt", mpmath.sqrt, 0.05, 4),
        ("square", lambda x: x * x, -2, 2),
        ("abs", abs, -2, 2),
        ("lgamma", lambda x: mpmath.log(abs(mpmath.gamma(x))), -2.5, 4),
        ("digamma", mpmath.digamma, -2.5, 4),
    ]:
        yield case(operation, operation, unary(function), {"x": apart(operation, (2, 5), low, high)})
    yield case(
        "exp, tiny and large results", "exp", unary(mpmath.exp), {"x": tensor((4,), [-30.5, -1e-9, 1e-9, 20.25])}
    )
    yield case(
        "log next to one", "log", unary(mpmath.log), {"x": tensor((3,), [1 - 2.0**-30, 1 + 2.0**-30, 1e-6])}
    )
    yield case(
        "sigmoid, saturated",
        "sigmoid",
        unary(lambda x: 1 / (1 + mpmath.exp(-x))),
        # The element of ordinary size sets the scale: y·(1 − y) from a rounded y has few digits for the others.
        {"x": tensor((5,), [-40, -20, 0.5, 20, 30])},
    )
    yield case(
        "tanh next to zero and saturated", "tanh", unary(mpmath.tanh), {"x": tensor((5,), [-1e-7, 1e-9, 0.75, 15, -15])}
    )
    yield case(
        "pow of two tensors",
        "pow",
        binary(mpmath.power),
        {"base": uniform("pow/base", (2, 3), 0.2, 3), "exponent": uniform("pow/exponent", (3,), -2, 2)},
    )
    yield case(
        "pow with a constant exponent, negative bases",
        "pow",
        unary(lambda x: x**3),
        {"base": apart("cube", (2, 3), -2, 2)},
        exponent=3,
    )


def binary_cases():
    for operation, function in [("maximum", max), ("minimum", min)]:
        values = apart(operation, (9,)).values
        yield case(
            f"{operation} with broadcasting",
            operation,
            binary(function),
            {"a": Tensor((2, 3), values[:6]), "b": Tensor((3,), values[6:])},
        )
    for operation, function, symbol in [
        ("add", lambda a, b: a + b, "+"),
        ("subtract", lambda a, b: a - b, "−"),
        ("multiply", lambda a, b: a * b, "×"),
        ("divide", lambda a, b: a / b, "÷"),
    ]:
        yield case(
            f"[2, 1, 3] {symbol} [4, 1], both broadcast",
            operation,
            binary(function),
            {"a": uniform(f"{operation}/a", (2, 1, 3), -2, 2), "b": apart(f"{operation}/b", (4, 1), 0.3, 2)},
        )


def reduction_cases():
    for operation, function in [("sum", mpmath.fsum), ("mean", mean), ("max", max)]:
        for shape, axes, keeps in [((2, 3, 4), [0, 2], False), ((3, 4), [-2], True)]:
            yield case(
                f"{operation} of {list(shape)} over axes {axes}, {'kept' if keeps else 'dropped'}",
                operation,
                lambda x, axes=axes, keeps=keeps, function=function: reduced(x, axes, keeps, function),
                {"x": apart(f"{operation}/{shape}", shape, -3, 3)},
                axes=axes,
                keepsAxes=keeps,
            )
    # The offsets leave the mean representable, so that an exact two-pass variance loses nothing.
    offset = [1e8 + value for value in (0.25, -0.5, 0.75, 1.5, -1.25, 2.0, 0.125, -0.625)]
    for name, shape, axes, correction, x in [
        ("variance over the first axis", (3, 2), [0], 0, uniform("variance", (3, 2), -2, 2)),
        ("variance with a large offset", (2, 4), [1], 0, tensor((2, 4), offset)),
        ("variance with a large offset, correction 1", (2, 4), [1], 1, tensor((2, 4), offset)),
    ]:
        yield case(
            name,
            "variance",
            lambda x, axes=axes, n=correction: reduced(x, axes, False, lambda values: variance(values, n)),
            {"x": x},
            axes=axes,
            correction=correction,
            keepsAxes=False,
        )


def softmax_cases():
    offset = tensor((2, 3), [1000.5, 1001.25, 999.75, -1000.25, -1002.5, -1001.125])
    masked = tensor((2, 3), [0.5, float("-inf"), -0.25, 1.5, 0.75, float("-inf")])
    for operation, function in [("softmax", softmax), ("logSoftmax", log_softmax)]:
        for name, axis, x in [
            ("over the middle axis", 1, uniform(f"{operation}/x", (2, 3, 2), -3, 3)),
            ("with large offsets", -1, offset),
        ]:
            yield case(
                f"{operation} {name}",
                operation,
                lambda x, axis=axis, function=function: along(x, axis, function),
                {"x": x},
                axis=axis,
            )
    yield case("softmax with masked elements", "softmax", lambda x: along(x, -1, softmax), {"x": masked}, axis=-1)
    for name, axes, x in [
        ("over the first axis", [0], uniform("logSumExp/x", (3, 2), -3, 3)),
        ("with large offsets", [-1], offset),
        ("with masked elements", [-1], masked),
    ]:
        yield case(
            f"logSumExp {name}",
            "logSumExp",
            lambda x, axes=axes: reduced(x, axes, False, log_sum_exp),
            {"x": x},
            axes=axes,
            keepsAxes=False,
        )


def matmul_cases():
    for a, b in [
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3,)),
        ((2, 3), (3, 4)),
        ((2, 2, 3), (3, 2)),
        ((2, 1, 2, 3), (2, 3, 2)),
        ((2, 2, 3), (1, 3, 2)),
    ]:
        name = f"matmul {list(a)} · {list(b)}"
        yield case(name, "matmul", matmul, {"a": uniform(f"{name}/a", a), "b": uniform(f"{name}/b", b)})


def loss_cases():
    yield case(
        "crossEntropy from logits",
        "crossEntropy",
        cross_entropy,
        {"logits": uniform("crossEntropy/logits", (4, 5), -3, 3), "targets": integers((4,), [2, 0, 4, 2])},
    )
    yield case(
        "crossEntropy from large logits",
        "crossEntropy",
        cross_entropy,
        {"logits": tensor((2, 3), [1000.5, 999.25, 998, -500, -501.5, -502.25]), "targets": integers((2,), [1, 0])},
    )
    yield case(
        "binaryCrossEntropy from logits",
        "binaryCrossEntropy",
        binary_cross_entropy,
        {"logits": uniform("bce/logits", (2, 3), -3, 3), "targets": tensor((2, 3), [0, 1, 1, 0.25, 0.875, 0])},
    )
    yield case(
        "binaryCrossEntropy from logits of ±50",
        "binaryCrossEntropy",
        binary_cross_entropy,
        {"logits": tensor((4,), [50, -50, 50, -50]), "targets": tensor((4,), [1, 0, 0, 1])},
    )
    yield case(
        "meanSquaredError",
        "meanSquaredError",
        mean_squared_error,
        {"predictions": uniform("mse/predictions", (3, 2), -2, 2), "targets": uniform("mse/targets", (3, 2), -2, 2)},
    )


def normalisation_cases():
    for name, x in [
        ("layerNorm", uniform("layerNorm/x", (2, 3, 4), -2, 2)),
        ("layerNorm with a large offset", tensor((2, 4), [1e6 + k for k in (0.5, -1, 2, 0.25, 3, -2.5, 0.125, 1)])),
    ]:
        yield case(
            name,
            "layerNorm",
            lambda x, scale, shift: layer_norm(x, scale, shift, 1e-5),
            {
                "x": x,
                "scale": uniform(f"{name}/scale", (4,), 0.4, 1.8),
                "shift": uniform(f"{name}/shift", (4,), -0.7, 0.7),
            },
            epsilon=1e-5,
        )


    x = uniform("groupNorm/x", (2, 4, 3), -2, 2)
    scale, shift = uniform("groupNorm/scale", (4,), 0.4, 1.8), uniform("groupNorm/shift", (4,), -0.7, 0.7)
    inputs = {"x": x, "scale": scale, "shift": shift}
    for title, operation, count_of_groups, attributes in [
        ("groupNorm", "groupNorm", 2, {"groups": 2}),
        ("groupNorm in one group", "groupNorm", 1, {"groups": 1}),
        ("instanceNorm", "instanceNorm", 4, {}),
    ]:
        yield case(
            title,
            operation,
            lambda x, scale, shift, n=count_of_groups: group_norm(x, scale, shift, n, mpf("0.01")),
            inputs,
            epsilon=0.01,
            **attributes,
        )


def files():
    yield "operations", itertools.chain(
        elementwise_cases(),
        binary_cases(),
        reduction_cases(),
        softmax_cases(),
        matmul_cases(),
        loss_cases(),
        normalisation_cases(),
    )
