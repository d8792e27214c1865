"""Completion and inspection by the names that cells have declared."""

import re

from .cell import base_name

KEYWORDS = """
associatedtype await break case catch class continue default defer do else enum extension false fileprivate for func guard
if import in indirect init inout internal is let mutating nil nonisolated private protocol public repeat rethrows return
self some static struct subscript super switch throw throws true try typealias var where while
""".split()
_WORD = re.compile(r"[A-Za-z_]\w*")


def matches(text, cells, words=()):
    """Where the word at the end of the text begins, and the words that it may become."""
    start = re.search(r"\w*$", text).start()
    prefix = text[start:]
    declared = {base_name(name) for cell in cells for name in cell.declared}
    # Whatever was written before, members and labels included, is likely to be written again.
    written = {word for cell in cells for word in _WORD.findall(cell.text)} | set(_WORD.findall(text[:start]))
    is_member = text[:start].endswith(".")
    known = (written if is_member else declared | written | set(KEYWORDS)) | set(words)
    return start, sorted((word for word in known if word.startswith(prefix) and word != prefix), key=_rank)


def _rank(word):
    return (word.startswith("_"), word.lower(), word)


def declaration(text, position, cells):
    """The declaration of the name at a position, by the newest cell that has one; None if none has."""
    for found in _WORD.finditer(text):
        if found.start() <= position <= found.end():
            break
    else:
        return None
    pattern = re.compile(rf"^.*\b(?:var|let|func|struct|class|enum|protocol|typealias|case)\s+{found.group()}\b.*$", re.M)
    for cell in reversed(cells):
        match = pattern.search(cell.text)
        if match:
            return f"{match.group().strip()}\n{cell.label}"
    return None
