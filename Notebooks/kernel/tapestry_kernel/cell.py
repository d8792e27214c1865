"""What a cell declares and ends with, and the source that is compiled in its place."""

import json
import re
import subprocess
from dataclasses import dataclass, field

#: Kinds of declarations, as the compiler's syntax tree calls them, and as an import of one says it.
IMPORT_KINDS = {
    "var_decl": "var",
    "func_decl": "func",
    "struct_decl": "struct",
    "class_decl": "class",
    "enum_decl": "enum",
    "protocol": "protocol",
    "protocol_decl": "protocol",
    "typealias": "typealias",
    "typealias_decl": "typealias",
}
#: Declarations that have no name by which others could replace them.
NAMELESS = {"extension_decl", "infix_operator_decl", "prefix_operator_decl", "postfix_operator_decl"}


@dataclass
class Cell:
    """A cell's text, and what is known of it without compiling."""

    text: str
    #: As the reader counts cells; stands in messages.
    label: str
    #: Name, with a function's labels, to the kind by which it is imported.
    declared: dict = field(default_factory=dict)
    imports: list = field(default_factory=list)
    #: Whether it has extensions, operators, or what stands under conditions, which cannot be replaced by name.
    has_nameless: bool = False
    #: Whether it awaits something outside of a function.
    awaits: bool = False
    #: Where the expression begins whose value is shown, in bytes of the text; None if it ends otherwise.
    result_start: int = None

    @classmethod
    def parsed(cls, text, label, swiftc, folder):
        """Asks the compiler for the syntax tree. Of a text that it cannot parse, nothing is known."""
        cell = cls(text, label)
        path = folder / "parsed.swift"
        path.write_text(text, encoding="utf-8")
        command = [swiftc, "-frontend", "-dump-parse", "-dump-ast-format", "json", str(path)]
        outcome = subprocess.run(command, capture_output=True)
        if outcome.returncode == 0:
            cell._read(json.loads(outcome.stdout.decode("utf-8", "replace")).get("items", []))
        return cell

    def _read(self, items):
        last = None
        self.has_nameless = re.search(r"^\s*#if\b", self.text, re.M) is not None
        for item in items:
            kind = item["_kind"]
            if kind == "import_decl":
                start, end = item["range"]["start"], item["range"]["end"]
                data = self.text.encode()
                name = re.match(rb"\w+", data[end:])
                self.imports.append((data[start:end] + (name.group() if name else b"")).decode())
            elif kind in IMPORT_KINDS and "name" in item and not _is_private(item):
                self.declared[_name(item["name"])] = IMPORT_KINDS[kind]
            elif kind in NAMELESS:
                self.has_nameless = True
            if kind == "top_level_code_decl":
                last = item
                self.awaits = self.awaits or _awaits(item["body"])
            elif "range" in item and last and item["range"]["start"] > last["range"]["end"]:
                last = None
        elements = last["body"]["elements"] if last else []
        if len(elements) == 1 and _is_value(elements[0]):
            self.result_start = last["range"]["start"]

    def source(self, preamble):
        """The source to compile, and a function from its lines and columns to the cell's."""
        data = self.text.rstrip().encode()
        wrap = b"TapestryNotebook.displayResult("
        if self.result_start is not None:
            expression = data[self.result_start :].rstrip(b"; \n\t")
            data = data[: self.result_start] + wrap + expression + b"\n)"
        source = f'{preamble}\n#sourceLocation(file: "{self.label}", line: 1)\n{data.decode()}\n'

        def place(line, column):
            if self.result_start is None:
                return line, column
            before = self.text.encode()[: self.result_start].decode()
            last_line = before.count("\n") + 1
            start = len(before) - (before.rfind("\n") + 1)
            if line == last_line and column > start + 1:
                column = max(column - len(wrap), start + 1)
            return line, column

        return source, place


def _name(name):
    base = name["base_name"].get("name", "")
    labels = name.get("args")
    return base if labels is None else base + "(" + "".join(f"{label or '_'}:" for label in labels) + ")"


def _is_private(item):
    """Whether other cells cannot see a declaration."""
    return any("private" in json.dumps(attribute) for attribute in item.get("attrs", []))


def _awaits(node):
    """Whether there is an `await` in a part of the syntax tree, functions and closures left out."""
    if isinstance(node, list):
        return any(map(_awaits, node))
    if not isinstance(node, dict) or node.get("_kind") in ("closure_expr", "func_decl"):
        return False
    return node.get("_kind") == "await_expr" or any(map(_awaits, node.values()))


def _is_value(element):
    """Whether an element is an expression, and not an assignment."""
    if not element["_kind"].endswith("_expr") or element["_kind"] == "assign_expr":
        return False
    return all(part.get("_kind") != "assign_expr" for part in element.get("elements", []) if isinstance(part, dict))


def base_name(name):
    """A name without a function's labels."""
    return name.split("(")[0]
