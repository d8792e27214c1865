"""What notebooks in Python have and a cell in Swift has not, and what to write instead."""

import re

#: `system`, as a `Process` waits for a thread that is no more once a cell has failed.
_SHELL = '`!` runs no program in Swift. Foundation does: import Foundation; _ = system("{rest}")'
_TIME = (
    "`%{name}` is Python's. This is Swift: `print(ContinuousClock().measure {{ … }})` gives the time of what stands in the "
    "braces, and `profiled {{ … }}` says where it goes."
)
_PICTURES = "`%matplotlib` is not needed in Swift: a `Chart` that ends a cell, or `display(chart)`, is shown as a picture."
_COMMAND = "`%{name}` is Python's. This is Swift, and has no commands that begin with `%`."
_DECLARATION = (
    "`?` and `help` are Python's. This is Swift: Shift-Tab shows the declaration of a name that a cell declares, "
    "and `docs/build-reference --preview` all of the library's."
)
_IMPORT = "this is Swift, where Python's modules are not to be had: all of Tapestry is there without an import."
_FUNCTION = "`def` is Python's. In Swift: `func {name}(_ x: Tensor<Float>) -> Tensor<Float> {{ … }}`."

#: A line, whether its name has to be unknown to the compiler, and what to say. The first that fits counts.
_HABITS = [
    (re.compile(r"\s*!\s*(?P<rest>(?P<name>[\w./-]+).*)"), True, _SHELL),
    (re.compile(r"\s*%%?(?P<name>timeit|time|prun)\b"), False, _TIME),
    (re.compile(r"\s*%matplotlib\b"), False, _PICTURES),
    (re.compile(r"\s*%%?(?P<name>[a-z]\w*)"), False, _COMMAND),
    (re.compile(r"\s*\?{1,2}(?P<name>[\w.]+)\s*$"), False, _DECLARATION),
    (re.compile(r"(?P<name>[\w.]+)\?{1,2}\s*$"), False, _DECLARATION),
    (re.compile(r"\s*(?P<name>help)\s*\("), True, _DECLARATION),
    (re.compile(r"\s*(import\s+[\w.]+\s+as\s|from\s+[\w.]+\s+import\b)"), False, _IMPORT),
    (re.compile(r"\s*def\s+(?P<name>\w+)\s*\("), False, _FUNCTION),
]


def advice(line, errors):
    """What to write in the place of a line that does not compile; None if it has nothing of Python.

    What could be Swift, such as `!ready`, is taken for Python's only if `errors`, the compiler's text, does not find its name.
    """
    for pattern, is_unknown, text in _HABITS:
        found = pattern.match(line)
        if not found:
            continue
        parts = found.groupdict()
        word = re.match(r"\w*", parts.get("name") or "").group()
        if not is_unknown or f"cannot find '{word}' in scope" in errors:
            quoted = {name: part.strip().replace("\\", "\\\\").replace('"', '\\"') for name, part in parts.items() if part}
            return text.format(**quoted)
    return None
