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
_IMPORT = (
    "this is Swift, where Python's modules are not to be had: all of Tapestry is there without an import, "
    "and `import Foundation` has dates, files and mathematics."
)
_FUNCTION = "`def` is Python's. In Swift: `func {name}(_ x: Tensor<Float>) -> Tensor<Float> {{ … }}`."

#: Modules that cells in Python begin with.
_MODULES = (
    "argparse|collections|copy|csv|cv2|dataclasses|datasets|datetime|functools|glob|io|IPython|itertools|jax|json|"
    "keras|logging|math|matplotlib|numpy|os|pandas|pathlib|pickle|PIL|plotly|random|re|requests|scipy|seaborn|sklearn|string|"
    "subprocess|sys|tensorflow|time|torch|torchaudio|torchvision|tqdm|transformers|typing|warnings"
)

#: What the compiler says of a name, or of a module, that it does not know.
_NO_NAME = "cannot find '{name}' in scope"
_NO_MODULE = "no such module '{name}"

#: A line, what the compiler has to have said as well because the line could be Swift, and what to answer. The first
#: that fits counts. `!` and `%` stand at a line's beginning: further in, operators continue the line before.
_HABITS = [
    (re.compile(r"!\s*(?P<rest>(?:\.{1,2}|~)?/.*)"), None, _SHELL),
    (re.compile(r"!\s*(?P<rest>(?P<name>\w+).*)"), _NO_NAME, _SHELL),
    (re.compile(r"%%?(?P<name>timeit|time|prun)\b"), None, _TIME),
    (re.compile(r"%matplotlib\b"), None, _PICTURES),
    (re.compile(r"%%?(?P<name>[a-z]\w*)"), None, _COMMAND),
    (re.compile(r"\s*\?{1,2}(?P<name>[\w.]+)\s*$"), None, _DECLARATION),
    (re.compile(r"(?P<name>[\w.]+)\?{1,2}\s*$"), None, _DECLARATION),
    (re.compile(r"\s*(?P<name>help)\s*\("), _NO_NAME, _DECLARATION),
    (re.compile(r"\s*(import\s+[\w.]+\s+as\s|from\s+[\w.]+\s+import\b)"), None, _IMPORT),
    (re.compile(rf"\s*import\s+(?P<name>{_MODULES})\b"), _NO_MODULE, _IMPORT),
    (re.compile(r"\s*def\s+(?P<name>\w+)\s*\("), None, _FUNCTION),
]


def advice(line, errors):
    """What to write in the place of a line that does not compile; None if it has nothing of Python.

    What could be Swift, such as `!ready`, is taken for Python's only if `errors`, the compiler's text, does not find its name.
    """
    for pattern, complaint, text in _HABITS:
        found = pattern.match(line)
        if not found:
            continue
        parts = {name: part for name, part in found.groupdict().items() if part}
        if complaint is None or complaint.format(**parts) in errors:
            quoted = {name: part.strip().replace("\\", "\\\\").replace('"', '\\"') for name, part in parts.items()}
            return text.format(**quoted)
    return None
