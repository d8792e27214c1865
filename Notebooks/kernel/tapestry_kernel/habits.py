"""What notebooks in Python have and a cell in Swift has not, and what to write instead."""

import re
from dataclasses import dataclass

#: `system`, as a `Process` waits for a thread that is no more once a cell has failed.
_SHELL = '`!` runs no program in Swift. Foundation does: import Foundation; _ = system("{rest}")'
_TIME = (
    "`%{name}` is Python's. This is Swift: `print(ContinuousClock().measure {{ … }})` gives the time of what stands in "
    "the braces, and `profiled {{ … }}` says where it goes."
)
_PICTURES = (
    "`%matplotlib` is not needed in Swift: a `Chart` that ends a cell, or `display(chart)`, is shown as a picture."
)
_COMMAND = "`%{name}` is Python's. This is Swift, and has no commands that begin with `%`."
_DECLARATION = (
    "`?` and `help` are Python's. This is Swift: Shift-Tab shows the declaration of a name that a cell declares, "
    "and `docs/build-reference --preview` all of the library's."
)

#: What the compiler says of a name that it does not know.
_NO_NAME = "cannot find '{name}' in scope"

#: A line that is a command, what the compiler has to have said as well because the line could be Swift, and what to
#: answer. The first that fits counts. `!` and `%` stand at a line's beginning: further in, operators continue the line
#: before.
_COMMANDS = [
    (re.compile(r"!\s*(?P<rest>(?:\.{1,2}|~)?/.*)"), None, _SHELL),
    (re.compile(r"!\s*(?P<rest>(?P<name>\w+).*)"), _NO_NAME, _SHELL),
    (re.compile(r"%%?(?P<name>timeit|time|prun)\b"), None, _TIME),
    (re.compile(r"%matplotlib\b"), None, _PICTURES),
    (re.compile(r"%%?(?P<name>[a-z]\w*)"), None, _COMMAND),
    (re.compile(r"\s*\?{1,2}(?P<name>[\w.]+)\s*$"), None, _DECLARATION),
    (re.compile(r"(?P<name>[\w.]+)\?{1,2}\s*$"), None, _DECLARATION),
    (re.compile(r"\s*(?P<name>help)\s*\("), _NO_NAME, _DECLARATION),
]


def advice(line, errors):
    """What to write in the place of a command of Python's notebooks; None if the line is none.

    What could be Swift, such as `!ready`, is taken for Python's only if `errors`, the compiler's text, does not find
    its name.
    """
    for pattern, complaint, text in _COMMANDS:
        found = pattern.match(line)
        if not found:
            continue
        parts = {name: part for name, part in found.groupdict().items() if part}
        if complaint is None or complaint.format(**parts) in errors:
            quoted = {name: part.strip().replace("\\", "\\\\").replace('"', '\\"') for name, part in parts.items()}
            return text.format(**quoted)
    return None


@dataclass
class _Habit:
    """Something of Python, or of its libraries, that is written in another way here."""

    #: What stands in the line. The compiler's other errors within it, or within its group `part`, only follow from it,
    #: and with a group `block`, so do those of the lines further in beneath it.
    pattern: re.Pattern
    #: What the compiler says at that place if it is no Swift, with the pattern's group `name` in it.
    complaint: str
    #: What Swift has instead, with the group `name` of either in it.
    text: str
    #: Whether other errors at the place have nothing to do with it.
    stands_alone: bool = False


#: Modules that cells in Python begin with.
_MODULES = (
    "(?P<name>argparse|collections|copy|csv|cv2|dataclasses|datasets|datetime|functools|glob|io|IPython|itertools|jax|"
    "json|keras|logging|math|matplotlib|numpy|os|pandas|pathlib|pickle|PIL|plotly|random|re|requests|scipy|seaborn|"
    "sklearn|string|subprocess|sys|tensorflow|time|torch|torchaudio|torchvision|tqdm|transformers|typing|warnings)"
)
_TWO_STATEMENTS = "consecutive statements on a line"
_IMPORT = (
    "This is Swift, where Python's modules are not to be had: all of Tapestry is there without an import, "
    "and `import Foundation` has dates, files and mathematics."
)

#: What PyTorch and NumPy call members of tensors, and what it is here; `{name}` stands for the name itself.
_MEMBERS = {
    "item": "`x.scalar`",
    "tolist|numpy": "`x.nestedArray()`, or `x.scalars` for all numbers in a row",
    "view|reshape": "`x.reshaped(to: [3, 2])`",
    "flatten": "`x.flattened(from: 1)`",
    "T|t": "`x.transposed()`",
    "transpose|swapaxes": "`x.transposed(0, 1)`",
    "permute": "`x.permuted([1, 0])`",
    "unsqueeze": "`x[.newAxis]`",
    "unbind": "`x.unstacked()`",
    "expand": "`x.expanded(to: [3, 2])`",
    "gather": "`x.gathered(axis: 1, indices: i)`",
    "argmax": "`x.argMax(axis: 1)`",
    "argmin": "`x.argMin(axis: 1)`",
    "amax": "`x.max(axes: [0])`",
    "amin": "`x.min(axes: [0])`",
    "std": "`x.standardDeviation(correction: 1)`",
    "var": "`x.variance(correction: 1)`",
    "size": "`x.shape`",
    "dim|ndim": "`x.rank`",
    "detach": "`x.withoutDerivative()`",
    "backward|grad|requires_grad|requires_grad_|zero_grad": "`gradient(at: model) {{ model in … }}`",
    "randn": "`.normal([2, 3])`",
    "rand": "`.uniform([2, 3])`",
    "exp|log|sqrt|abs|sin|cos|tanh|sigmoid|relu|square|sign": "`{name}(x)`",
}
#: The same of names that stand by themselves.
_NAMES = {
    "cat": "`concatenate([a, b], axis: 0)`",
    "enumerate": "`for (i, x) in xs.enumerated() {{ … }}`",
    "str": "`String(x)`, or `\\(x)` inside of a string",
    "float": "`Double(x)` or `Float(x)`",
    "int": "`Int(x)`",
    "elif": "`else if`",
    "isinstance": "`x is Int`",
}


def _renamed(names, before, complaint):
    return [
        _Habit(re.compile(rf"{before}(?P<name>{name})\b"), complaint, f"`{{name}}` is {here} here.")
        for name, here in names.items()
    ]


#: Of two that fit, the first counts.
_HABITS = [
    _Habit(re.compile(rf"^\s*import\s+{_MODULES}\b.*"), "no such module '{name}", _IMPORT),
    _Habit(re.compile(rf"^\s*from\s+{_MODULES}[\w.]*\s+import\b.*"), _TWO_STATEMENTS, _IMPORT),
    _Habit(
        re.compile(r"^\s*import\s+(?P<name>[\w.]+)(?P<part>\s+as\s+\w+)"),
        _TWO_STATEMENTS,
        "Swift has no `as` in an import: with `import {name}`, what the module has is there by its own names.",
    ),
    _Habit(
        re.compile(r"^\s*from\s+(?P<name>[\w.]+)\s+import\b.*"),
        _TWO_STATEMENTS,
        "Swift imports whole modules: `import {name}`.",
    ),
    _Habit(
        # A macro, of which the name may be wrong, has arguments, a closure or types behind it.
        re.compile(r"(?:^\s*#|\s*#(?!\w))(?!\w+(?:\s*[({]|<)).*"),
        "extraneous whitespace between '#' and macro name|expected a macro identifier|no macro named",
        "A comment begins with `//` in Swift.",
    ),
    _Habit(
        re.compile(r"^\s*def\s+(?P<name>\w+)\s*\(.*?(?P<block>:\s*(?:#.*)?)?$"),
        "cannot find (?:type )?'def' in scope",
        "`def` is `func` in Swift, with types and braces: `func {name}(_ x: Tensor<Float>) -> Tensor<Float> {{ … }}`.",
    ),
    _Habit(
        re.compile(r"\b(?P<name>range)\s*\((?!\w+:).*"),
        f"{_NO_NAME}$",
        "Swift writes `0..<n` for `range(n)` and `a..<b` for `range(a, b)`: `for i in 0..<n {{ … }}`.",
    ),
    _Habit(
        # The compiler's place is behind what it has read, so this is the colon that stands where it wants the brace,
        # and none of those before it, as in `[1: 2]`, or in a comment.
        re.compile(r"\s*:"),
        "expected '{{' (?:after '|to start the body of )(?P<name>for|while|if)(?:' condition|-each loop)",
        "In Swift, braces stand around what a colon begins in Python: `{name} … {{ … }}`.",
    ),
    _Habit(
        re.compile(r"\b(?P<name>[fF])[\"']"),
        f"{_NO_NAME}$|expected ',' separator|{_TWO_STATEMENTS}",
        'Swift needs no `{name}` before a string, and writes a value in it as `\\(…)`: `"n = \\(n)"`.',
    ),
    _Habit(
        re.compile(r"\*\*"),
        # The second is said where there is a `pow`.
        r"cannot find operator '\*\*' in scope$|no operator '\*\*' is defined;",
        "Swift has no operator for powers: `pow(x, 2)`, which numbers have from `import Foundation`, or `x * x`.",
    ),
    _Habit(
        re.compile(r"\b(?P<name>True|False)\b"), f"{_NO_NAME}$", "Swift writes `true` and `false`, in small letters."
    ),
    _Habit(
        re.compile(r"\b(?P<name>None)\b"),
        "cannot find (?:type )?'None' in scope$",
        "Swift writes `nil` for `None`, and `== nil` for `is None`; a type of what may be `nil` ends in `?`, as in "
        "`Int?`.",
    ),
    _Habit(re.compile(r"\b(?P<name>len)\s*\("), f"{_NO_NAME}$", "Swift writes `x.count` for `len(x)`."),
    _Habit(
        re.compile(r"^\s*(?P<name>\w+)\s*=(?!=)"),
        f"{_NO_NAME}$",
        "Swift declares a variable before it changes: `var {name} = …`, or `let {name} = …` if it stays as it is.",
    ),
    _Habit(
        re.compile(r"\S"),
        "can throw but is not marked with 'try'$",
        "Write `try` on the left of the expression, as in `let x = try f(y) + 1`; with `try?`, an error becomes `nil`.",
        stands_alone=True,  # What throws may have to be awaited as well.
    ),
    _Habit(
        re.compile(r"\s*\b(?P<name>and|or|not)\b\s*"),
        f"expected '{{{{' after '(?:if|while)' condition|{_TWO_STATEMENTS}|{_NO_NAME}$",
        "Swift writes `&&` for `and`, `||` for `or`, and `!` for `not`.",
    ),
    _Habit(
        re.compile(r"[^-=<>.][<>]=?"),
        "'Tensor<\\w+>' conform to 'BinaryInteger'|operator '[<>]=?' cannot be applied to operands of type 'Tensor",
        "What compares element by element has a dot: `x .> 0`.",
    ),
    _Habit(
        re.compile(r"\.(?P<name>forward)\b"),
        "has no member 'forward'$",
        "A module is called like a function, `model(x)`, if it is a `Layer` or has a `callAsFunction`.",
    ),
    _Habit(
        re.compile(r"\b(?P<name>torch|np|nn|jnp)\b"),
        f"{_NO_NAME}$",
        "All names stand by themselves here; docs/ComingFromPyTorch.md and docs/ComingFromJAX.md have them.",
    ),
    _Habit(re.compile(r"\s*\b(?P<name>lambda)\b.*"), f"{_NO_NAME}$", "`lambda x: …` is `{{ x in … }}` here."),
    *_renamed(_MEMBERS, r"\.", "'Tensor<\\w+>' has no member '{name}'$"),
    *_renamed(_NAMES, r"\b", f"{_NO_NAME}$"),
]
#: A string in one line.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def explained(errors, lines):
    """The errors of the compiler, those that come of a habit with what Swift has instead, and nothing that follows from
    them.

    There has to be the compiler's word for it, at the very place: what it accepts is Swift. Each habit is explained
    once.
    """
    lines = [_STRING.sub(lambda found: f'"{" " * (len(found.group()) - 2)}"', line) for line in lines]
    consequences = []
    for habit in _HABITS:
        text = habit.text
        for error in errors:
            if error.answer is not None or error in consequences:
                continue
            found, parts = _occurrence(habit, error, lines)
            if found:
                error.answer = text.format(**parts)
                text = ""
                if not habit.stands_alone:
                    unanswered = [other for other in errors if other.answer is None]
                    consequences += [other for other in unanswered if _follows(other, error, found, lines)]
    return [error for error in errors if error not in consequences]


def _occurrence(habit, error, lines):
    """Where an error finds a habit, and the groups of its pattern and its complaint; None twice if it does not."""
    if error.line is None or not 0 < error.line <= len(lines):
        return None, None
    for found in habit.pattern.finditer(lines[error.line - 1]):
        parts = {name: part for name, part in found.groupdict().items() if part}
        said = re.search(habit.complaint.format(**parts), error.message)
        if said and _covers(found, error.column):
            return found, {**parts, **said.groupdict()}
    return None, None


def _covers(found, column):
    start, end = found.span("part" if "part" in found.re.groupindex else 0)
    return start <= column < end


def _follows(other, error, found, lines):
    """Whether an error is about the place of another one, or about the block that begins there."""
    if other.line is None or other.line <= error.line:
        return other.line == error.line and _covers(found, other.column)
    depth = _depth(lines[error.line - 1])
    return bool(found.groupdict().get("block")) and all(
        _depth(line) > depth for line in lines[error.line : other.line] if line.strip()
    )


def _depth(line):
    return len(line) - len(line.lstrip())
