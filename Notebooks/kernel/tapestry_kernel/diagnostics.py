"""What the compiler and the symbolizer say, in the cell's own lines."""

import json
import re
import subprocess
from dataclasses import dataclass, field

_DIAGNOSTIC = re.compile(r"^(.+?):(\d+):(\d+): (error|warning|note): (.*)$")
_GROUP = re.compile(r" \[#[\w-]+\]$")
#: How messages begin in which Swift's run-time library names types by their modules.
_NAMES_TYPES = re.compile(
    r"Error raised at top level: |'try!' expression unexpectedly raised an error: |Could not cast value of type "
)
#: A string, which is the user's own, or the name of a type with the module of a cell in front; where the type is
#: private or a function's, a place in memory stands between them.
_QUALIFIED = re.compile(
    r'''"(?:[^"\\]|\\.)*"|(?<![\w.])(?P<module>Cell\d+)\.(?:\(unknown context at \$[0-9a-f]+\)\.)*(?P<type>\w+)'''
)


@dataclass
class Diagnostic:
    """A message of the compiler, with the notes that belong to it."""

    kind: str
    message: str
    #: The message as it is shown: where it is about a place in the cell, with that.
    shown: str
    #: The cell's line, and the column in it from 0, if the message has them.
    line: int = None
    column: int = None
    notes: list = field(default_factory=list)
    #: What is shown instead of the notes: what to write; None if nothing is known, and empty if it has been said
    #: before.
    answer: str = None

    @property
    def text(self):
        """All that is shown."""
        return "\n".join(filter(None, [self.shown, *(self.notes if self.answer is None else [self.answer])]))

    @classmethod
    def parsed(cls, output, cell, place):
        """The errors and warnings about a cell, each once.

        `place` gives the cell's line and column for those of the compiled source.
        """
        found = []
        for printed in output.splitlines():
            match = _DIAGNOSTIC.match(printed)
            if not match:
                if printed.startswith("error: "):
                    found.append(cls("error", printed, printed))
                continue
            file, kind, message = match[1], match[4], _GROUP.sub("", match[5])
            shown, line, column = f"{kind}: {message}", None, None
            if file == cell.label:
                line, byte = place(int(match[2]), int(match[3]))
                shown, column = _located(cell, line, byte, shown)
            elif kind == "note":
                continue  # about a place in the library, of which the reader sees nothing
            if kind == "note" and found and found[-1].kind == "error":
                found[-1].notes.append(shown)
            elif kind != "note" and all(shown != other.shown for other in found):
                found.append(cls(kind, message, shown, line, column))
        return found


def _located(cell, line, byte, text):
    """A message with its place, and the column from 0."""
    lines = cell.text.splitlines()
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    # The compiler's columns count bytes.
    before = shown.encode()[: byte - 1].decode("utf-8", "ignore")
    pointer = re.sub(r"[^\t]", " ", before) + "^"
    return f"{cell.label}, line {line}, column {len(before) + 1}: {text}\n    {shown}\n    {pointer}", len(before)


def declared_anew(message, cells):
    """What to do where a message has one type twice, from two cells: empty where it has none.

    `cells` are those that were compiled, by their modules.
    """
    modules = {}
    for module, number, name in re.findall(r"\b(Cell(\d+))\.(\w+)", message):
        if module in cells and name in cells[module].declared:
            modules.setdefault(name, set()).add((int(number), module))
    lines = []
    for name, found in modules.items():
        if len(found) > 1:
            old, new = cells[min(found)[1]].label, cells[max(found)[1]].label
            lines.append(
                f"`{name}` has been declared anew in {new}, and what was made before with that of {old} keeps it: "
                "run those cells again."
            )
    return "".join(f"\n\n{line}" for line in lines)


def without_modules(message, cells):
    """The message of a trap with `Refused` where Swift says `Cell3.Refused`, which no reader has written.

    A user's own text may say `Cell3.refused` as well, so only a type that the cell of that module declares loses it.
    """

    def unqualified(found):
        cell = cells.get(found["module"])
        is_type = cell and re.search(rf"\b(?:struct|class|enum|actor|protocol)\s+`?{found['type']}\b", cell.text)
        return found["type"] if is_type else found.group()

    return _QUALIFIED.sub(unqualified, message) if _NAMES_TYPES.match(message) else message


@dataclass
class Frame:
    """A place in a cell where the process was when it ended."""

    label: str
    line: int
    function: str


def cell_frames(frames, symbolizer, folder):
    """The frames that lie in cells, the innermost first.

    Of each frame the library's path, the offset in it, and whether that is the instruction itself or the one behind a call.
    """
    if symbolizer is None:
        return []
    found = []
    for path, offset, is_exact in frames:
        if not path.startswith(str(folder)):
            continue
        # A return address may belong to the line behind the call.
        address = offset if is_exact else offset - 1
        command = [symbolizer, "--output-style=JSON", f"--obj={path}", hex(address)]
        outcome = subprocess.run(command, capture_output=True, text=True)
        if outcome.returncode != 0:
            continue
        for symbol in json.loads(outcome.stdout)[0].get("Symbol", []):
            label = symbol.get("FileName", "").rsplit("/", 1)[-1]
            if symbol.get("Line") or symbol.get("FunctionName", "").startswith("Swift runtime failure"):
                found.append(Frame(label, symbol.get("Line", 0), symbol.get("FunctionName", "")))
    return found
