#!/usr/bin/env python3
"""Writes the golden files beside it, or compares them with PyTorch.

    python3 generate.py              writes every file (needs mpmath; about a minute)
    python3 generate.py NAME ...     writes only the named files, for example lstm
    python3 generate.py --verify     compares the cells and operations with PyTorch in double (needs torch)

`../README.md` describes the format. The files depend on nothing but this program: the same program writes
the same bytes.
"""

import argparse
import json
import math
import pathlib
import sys
import textwrap

# The folder is part of a source tree; byte code does not belong there.
sys.dont_write_bytecode = True

FOLDER = pathlib.Path(__file__).resolve().parent


def number(value):
    """The shortest decimal that reads back as the same double; JSON has no numbers for inf and NaN."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    value = float(value)
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    is_whole = value == int(value) and abs(value) < 1e15
    # Minus zero keeps its sign.
    return str(int(value)) if is_whole and repr(value) != "-0.0" else repr(value)


def tensor_lines(name, value, indent):
    kind = "" if value.kind == "real" else f', "type": "{value.kind}"'
    head = f'{indent}{{"name": {json.dumps(name)}, "shape": {json.dumps(list(value.shape))}{kind}, "values": ['
    values = ", ".join(number(v) for v in value.values)
    if len(head) + len(values) + 2 <= 120:
        return f"{head}{values}]}}"
    body = textwrap.fill(
        values, 118, initial_indent=indent + "  ", subsequent_indent=indent + "  ", break_on_hyphens=False
    )
    return f"{head}\n{body}]}}"


def tensor_list(key, tensors, indent):
    if not tensors:
        return f'{indent}"{key}": []'
    lines = ",\n".join(tensor_lines(name, value, indent + "  ") for name, value in tensors.items())
    return f'{indent}"{key}": [\n{lines}\n{indent}]'


def case_text(case):
    indent = "      "
    heads = ("name", "operation", "attributes", "tolerance", "comparison")
    parts = [f'{indent}"{key}": {json.dumps(case[key], ensure_ascii=False)}' for key in heads if key in case]
    blocks = ("inputs", "outputs", "named", "cotangents", "gradients")
    parts += [tensor_list(key, case[key], indent) for key in blocks if key in case]
    if "secondOrder" in case:
        second = case["secondOrder"]
        second = ",\n".join(tensor_list(key, second[key], indent + "  ") for key in ("directions", "gradients"))
        parts.append(f'{indent}"secondOrder": {{\n{second}\n{indent}}}')
    return "    {\n" + ",\n".join(parts) + "\n    }"


def write(name, cases):
    text = ",\n".join(case_text(case) for case in cases)
    path = FOLDER / f"{name}.json"
    path.write_text(f'{{\n  "format": "tapestry-goldens",\n  "version": 1,\n  "cases": [\n{text}\n  ]\n}}\n', "utf-8")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size} bytes")


def generate(wanted):
    from generator import cells, distributions, edges, line_edges, operations, special_functions, state_spaces

    for module in (operations, special_functions, edges, line_edges, cells, state_spaces, distributions):
        for name, cases in module.files():
            if not wanted or name in wanted:
                write(name, list(cases))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verify", action="store_true", help="compare the files with PyTorch in double")
    parser.add_argument("names", nargs="*", help="the files to write (default: all)")
    options = parser.parse_args()
    if not options.verify:
        generate(options.names)
        return 0
    try:
        from generator.differences import print_differences
        from generator.draws import verify_draws
        from generator.verify import verify
    except ImportError as error:
        print(f"--verify needs PyTorch: {error}", file=sys.stderr)
        return 2
    # Other frameworks, PyTorch itself among them, wrote some of the files; and PyTorch is less exact in the special
    # functions and at the edges.
    others = ("functions", "layers", "optimizers", "special-functions", "edges", "edges-of-lines", "random")
    files = sorted(path for path in FOLDER.glob("*.json") if not path.stem.startswith("weights-"))
    is_right = verify([path for path in files if path.stem not in others])
    print("random.json: distances of PyTorch's draws")
    is_right = verify_draws(json.loads((FOLDER / "random.json").read_text("utf-8"))["cases"]) and is_right
    print_differences(FOLDER / "edges.json")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
