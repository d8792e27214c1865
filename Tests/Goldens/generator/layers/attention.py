"""Attention, positions, and the layers of a Transformer."""

import math

import torch
from torch import nn
from torch.func import functional_call

from ..pytorch import case, goldens, numbers, titled


def parameters(label, shapes):
    return {name: numbers(f"{label} {name}", shape, -0.9, 0.9, 0.01) for name, shape in shapes.items()}


def linear(name, inputs, outputs, bias=True):
    return {f"{name}.weights": (inputs, outputs)} | ({f"{name}.bias": (outputs,)} if bias else {})


def absent(lengths, count):
    """True beyond the lengths."""
    return None if lengths is None else torch.arange(count) >= torch.tensor(lengths).unsqueeze(1)


def zeroed(x, lengths):
    return x if lengths is None else x.masked_fill(absent(lengths, x.shape[1]).unsqueeze(2), 0)


def with_weights(entry, weights):
    return entry | {"named": goldens({"attention": weights})}


def projections(size, source_size, prefix=""):
    shapes = linear(f"{prefix}query", size, size)
    for name in ("key", "value"):
        shapes |= linear(f"{prefix}{name}", source_size, size)
    return shapes | linear(f"{prefix}output", size, size)


def packed(values, prefix=""):
    """The projections under the names of PyTorch's module, whose matrices have outputs as rows."""
    weights = [values[f"{prefix}{name}.weights"].T for name in ("query", "key", "value")]
    matrices = (
        {"in_proj_weight": torch.cat(weights)}
        if weights[0].shape == weights[1].shape
        else {f"{letter}_proj_weight": matrix for letter, matrix in zip("qkv", weights)}
    )
    return matrices | {
        "in_proj_bias": torch.cat([values[f"{prefix}{name}.bias"] for name in ("query", "key", "value")]),
        "out_proj.weight": values[f"{prefix}output.weights"].T,
        "out_proj.bias": values[f"{prefix}output.bias"],
    }


def heads():
    some = torch.tensor([[True, False, True], [True, True, False], [False, False, True], [True, True, True]])
    for sources, attributes, mask in (
        (None, {"heads": 2}, None),
        (None, {"heads": 4, "isCausal": True}, None),
        (None, {"heads": 1, "sourceLengths": [4, 2]}, None),
        ((2, 3, 4), {"heads": 2}, some),
        ((2, 3, 5), {"heads": 2, "sourceLengths": [3, 2]}, torch.stack([some, some.roll(1, 1) | some])),
    ):
        title = titled("multiHeadAttention", attributes) + f", sources {sources}, masked {mask is not None}"
        size, lengths = 4, attributes.get("sourceLengths")
        source_size = size if sources is None else sources[2]
        module = nn.MultiheadAttention(
            size, attributes["heads"], kdim=source_size, vdim=source_size, batch_first=True, dtype=torch.double
        )
        shapes = projections(size, source_size)
        inputs = {"x": numbers(title, (2, 4, size))}
        if sources is not None:
            inputs["sources"] = numbers(f"{title} sources", sources)
        if mask is not None:
            inputs["mask"] = mask
        inputs |= parameters(title, shapes)

        def attended(*operands):
            values = dict(zip(inputs, operands))
            known = zeroed(values.get("sources", values["x"]), lengths)
            x = values["x"] if "sources" in values else known
            blocked = None if mask is None else ~mask
            if blocked is not None and blocked.dim() == 3:
                blocked = blocked.repeat_interleave(attributes["heads"], 0)
            if attributes.get("isCausal"):
                blocked = torch.ones(4, 4, dtype=torch.bool).triu(1)
            return functional_call(
                module,
                packed(values),
                (x, known, known),
                {
                    "key_padding_mask": absent(lengths, known.shape[1]),
                    "attn_mask": blocked,
                    "average_attn_weights": False,
                },
            )

        entry = case(title, "multiHeadAttention", lambda *operands: attended(*operands)[0], inputs, attributes)
        yield with_weights(entry, attended(*inputs.values())[1])


def scored():
    """Additive attention and the three forms of the multiplicative one."""
    for operation, score, source_size in (
        ("additiveAttention", None, 4),
        ("multiplicativeAttention", "dot", 3),
        ("multiplicativeAttention", "general", 4),
        ("multiplicativeAttention", "concat", 4),
    ):
        for query_shape, lengths in (((2, 2, 3), None), ((2, 3), [3, 2])):
            attributes = {} if score is None else {"score": score}
            if lengths is not None:
                attributes["sourceLengths"] = lengths
            title = titled(f"{operation} of {list(query_shape)}", attributes)
            place = "concatenated." if score == "concat" else ""
            shapes = {}
            if score in (None, "concat"):
                shapes |= linear(f"{place}query", 3, 5, False)
                shapes |= linear(f"{place}key", source_size, 5, score is None)
                shapes |= linear(f"{place}score", 5, 1, False)
            elif score == "general":
                shapes |= linear("key", source_size, 3, False)
            inputs = {"queries": numbers(title, query_shape)}
            inputs["sources"] = numbers(f"{title} sources", (2, 3, source_size))
            inputs |= parameters(title, shapes)

            def attended(*operands):
                values = dict(zip(inputs, operands))
                sources = zeroed(values["sources"], lengths)
                queries = values["queries"].reshape(2, -1, 3)
                if f"{place}score.weights" in values:
                    terms = (queries @ values[f"{place}query.weights"]).unsqueeze(2)
                    terms = terms + (sources @ values[f"{place}key.weights"]).unsqueeze(1)
                    terms = torch.tanh(terms + values.get("key.bias", 0))
                    scores = (terms @ values[f"{place}score.weights"]).squeeze(-1)
                else:
                    keys = sources @ values["key.weights"] if "key.weights" in values else sources
                    scores = queries @ keys.transpose(1, 2)
                if lengths is not None:
                    scores = scores.masked_fill(absent(lengths, 3).unsqueeze(1), -math.inf)
                weights = torch.softmax(scores, -1)
                return (weights @ sources).reshape(query_shape[:-1] + (source_size,)), weights

            entry = case(title, operation, lambda *operands: attended(*operands)[0], inputs, attributes)
            yield with_weights(entry, attended(*inputs.values())[1])


def positions():
    for shape, start in (((2, 3, 4), 0), ((3, 5), 7)):

        def wave(position, feature):
            angle = position / 10_000 ** (2 * (feature // 2) / shape[-1])
            return math.cos(angle) if feature % 2 else math.sin(angle)

        table = [[wave(start + t, feature) for feature in range(shape[-1])] for t in range(shape[-2])]
        title = f"PositionalEncoding of {list(shape)} from {start}"
        waves = torch.tensor(table, dtype=torch.double)
        inputs = {"x": numbers(title, shape)}
        yield case(f"sinusoidal{title}", "sinusoidalPositionalEncoding", lambda x: x + waves, inputs, {"start": start})
        inputs = inputs | {"weights": numbers(f"{title} weights", (10, shape[-1]))}
        yield case(
            f"learned{title}",
            "learnedPositionalEncoding",
            lambda x, w: x + w[start : start + shape[-2]],
            inputs,
            {"start": start},
        )


def with_prefix(prefix, values):
    return {f"{prefix}.{name}": value for name, value in values.items()}


def transformers():
    size, hidden = 4, 5
    for placement, activation, lengths, is_causal in (
        ("before", "relu", None, False),
        ("after", "gelu", [4, 2], False),
        ("before", "gelu", None, True),
    ):
        attributes = {"heads": 2, "normalization": placement, "activation": activation}
        if lengths is not None:
            attributes["lengths"] = lengths
        settings = {
            "dropout": 0.0,
            "activation": activation,
            "batch_first": True,
            "norm_first": placement == "before",
            "dtype": torch.double,
        }
        network = linear("feedForward.hidden", size, hidden) | linear("feedForward.output", hidden, size)

        def norms(names):
            return {f"{name}Residual.norm.{part}": (size,) for name in names for part in ("gain", "bias")}

        def shared(values, names):
            found = {
                "linear1.weight": values["feedForward.hidden.weights"].T,
                "linear1.bias": values["feedForward.hidden.bias"],
                "linear2.weight": values["feedForward.output.weights"].T,
                "linear2.bias": values["feedForward.output.bias"],
            }
            for number, name in enumerate(names, 1):
                found[f"norm{number}.weight"] = values[f"{name}Residual.norm.gain"]
                found[f"norm{number}.bias"] = values[f"{name}Residual.norm.bias"]
            return found

        future = torch.ones(4, 4, dtype=torch.bool).triu(1)
        encoder = nn.TransformerEncoderLayer(size, 2, hidden, **settings)
        settings_of_case = attributes | ({"isCausal": True} if is_causal else {})
        title = titled("transformerEncoderLayer", settings_of_case)
        names = ("attention", "feedForward")
        shapes = projections(size, size, "attention.") | network | norms(names)
        inputs = {"x": numbers(title, (2, 4, size))} | parameters(title, shapes)

        def encoded(*operands, inputs=inputs, names=names):
            values = dict(zip(inputs, operands))
            weights = shared(values, names) | with_prefix("self_attn", packed(values, "attention."))
            keywords = {"src_key_padding_mask": absent(lengths, 4), "src_mask": future if is_causal else None}
            return functional_call(encoder, weights, (zeroed(values["x"], lengths),), keywords)

        yield case(title, "transformerEncoderLayer", encoded, inputs, settings_of_case, derivatives=1)

        decoder = nn.TransformerDecoderLayer(size, 2, hidden, **settings)
        settings_of_case = attributes | ({} if lengths is None else {"sourceLengths": [2, 3]})
        title = titled("transformerDecoderLayer", settings_of_case)
        names = ("self", "cross", "feedForward")
        shapes = projections(size, size, "selfAttention.") | projections(size, size, "crossAttention.")
        inputs = {"x": numbers(title, (2, 4, size)), "sources": numbers(f"{title} sources", (2, 3, size))}
        inputs |= parameters(title, shapes | network | norms(names))

        def decoded(*operands, inputs=inputs, names=names, known=settings_of_case.get("sourceLengths")):
            values = dict(zip(inputs, operands))
            weights = shared(values, names)
            weights |= with_prefix("self_attn", packed(values, "selfAttention."))
            weights |= with_prefix("multihead_attn", packed(values, "crossAttention."))
            keywords = {
                "tgt_mask": future,
                "tgt_key_padding_mask": absent(lengths, 4),
                "memory_key_padding_mask": absent(known, 3),
            }
            operands = (zeroed(values["x"], lengths), zeroed(values["sources"], known))
            return functional_call(decoder, weights, operands, keywords)

        yield case(title, "transformerDecoderLayer", decoded, inputs, settings_of_case, derivatives=1)


def cases():
    for section in (heads, scored, positions, transformers):
        yield from section()
