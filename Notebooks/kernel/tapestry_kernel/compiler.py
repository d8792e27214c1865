"""Compiles cells, each as a module that sees the earlier ones."""

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .cell import Cell, base_name
from .diagnostics import Diagnostic, declared_anew
from .habits import advice, explained


class CompileError(Exception):
    """A cell that does not compile; the text is the compiler's, by the cell's lines."""


@dataclass
class CompiledCell:
    """A cell that can be run."""

    cell: Cell
    module: str
    library: Path
    warnings: list
    #: Which cell of the notebook it is, if the front end says so.
    identifier: str

    @property
    def entry(self):
        """The name of the function that runs it."""
        return f"{self.module}_main"


class Compiler:
    """Compiles cell after cell, and knows what those that ran have declared."""

    def __init__(self, toolchain, library, folder, run):
        """`run` runs a command, which an interrupt ends, and returns its status and output."""
        self.toolchain = toolchain
        self.library = library
        self.folder = folder
        self.run = run
        self.count = 0
        self.imports = []
        #: All cells that were compiled, by their modules, also those that failed when they ran.
        self.cells = {}
        #: Compiled cells that ran, in order, as far as later cells see something of them.
        self.visible = []

    def compile(self, text, label, identifier=None):
        """A compiled cell, which counts for later ones once it is `accepted`. Raises `CompileError`."""
        self.count += 1
        module = f"Cell{self.count}"
        folder = self.folder / module
        folder.mkdir()
        cell = Cell.parsed(text, label, self.toolchain.swiftc, folder)
        if cell.awaits:
            raise CompileError(
                f"{label}: error: `await` outside of a function would end the process with the cell; "
                "put it into a `Task { … }`, or into an async function"
            )
        source, place = cell.source(self._preamble(cell))
        (folder / "main.swift").write_text(source, encoding="utf-8")
        status, output = self.run(self._compile_command(module, folder))
        diagnostics = Diagnostic.parsed(output, cell, place)
        if status != 0:
            message = _message(cell, [found for found in diagnostics if found.kind == "error"]) or output
            raise CompileError(message + declared_anew(message, {**self.cells, module: cell}))
        library = self._link(module, folder)
        self.cells[module] = cell
        warnings = [diagnostic.text for diagnostic in diagnostics if diagnostic.kind == "warning"]
        return CompiledCell(cell, module, library, warnings, identifier)

    def accept(self, compiled):
        """Later cells see what this one declared, in the place of what earlier ones did by the same names."""
        for line in compiled.cell.imports:
            if line not in self.imports:
                self.imports.append(line)
        self.visible.append(compiled)
        newest = {name: other for other in self.visible for name in other.cell.declared}
        self.visible = [
            other
            for other in self.visible
            if any(newest[name] is other for name in other.cell.declared) or other.cell.has_nameless
        ]
        # A cell that is run again replaces its extensions, which have no names.
        if compiled.identifier is not None:
            self.visible = [
                other
                for other in self.visible
                if other is compiled or other.identifier != compiled.identifier or not other.cell.has_nameless
            ]

    def _preamble(self, cell):
        lines = [*self.imports, "import TapestryNotebook"]
        lines += [f"@testable import {other.module}" for other in self.visible]
        seen = {}
        for other in self.visible:
            for name, kind in other.cell.declared.items():
                seen.setdefault(name, []).append((other.module, kind))
        for name, places in seen.items():
            # Two modules have it: the import of one name goes before those of whole modules.
            if len(places) > 1 and name not in cell.declared and base_name(name).isidentifier():
                module, kind = places[-1]
                lines.append(f"@testable import {kind} {module}.{base_name(name)}")
        return "\n".join(lines)

    def _compile_command(self, module, folder):
        return [
            self.toolchain.swiftc,
            *("-O", "-wmo", "-g", "-c", "-emit-module", "-enable-testing", "-swift-version", "5"),
            *("-diagnostic-style", "llvm", "-module-name", module, str(folder / "main.swift")),
            *("-o", str(folder / f"{module}.o"), "-emit-module-path", str(self.folder / f"{module}.swiftmodule")),
            *("-I", str(self.folder), *self.library.import_options),
            *("-Xfrontend", "-entry-point-function-name", "-Xfrontend", f"{module}_main"),
        ]

    def _link(self, module, folder):
        """The dynamic library. What it uses of the library and of earlier cells is found when it is loaded."""
        library = folder / f"lib{module}.{'dylib' if sys.platform == 'darwin' else 'so'}"
        item = str(folder / f"{module}.o")
        if sys.platform == "darwin":
            command = [self.toolchain.swiftc, "-emit-library", item, "-Xlinker", "-undefined"]
            command += ["-Xlinker", "dynamic_lookup", "-o", str(library)]
        else:
            # What the compiler's driver does, without its start: the libraries that the cell imports, and the start code.
            resources = Path(self.toolchain.resources) / "linux"
            autolinked = folder / "autolink"
            self._require([self.toolchain.autolink_extract, item, "-o", str(autolinked)])
            start = resources / platform.machine() / "swiftrt.o"
            command = [self.toolchain.clang, "-shared", "-fuse-ld=lld", item, str(start), f"@{autolinked}"]
            command += ["-L", str(resources), "-o", str(library)]
        self._require(command)
        return library

    def _require(self, command):
        status, output = self.run(command)
        if status != 0:
            raise CompileError(output)


def _message(cell, errors):
    """What the compiler found, and what Swift has instead of Python's habits; in the place of a command, that alone."""
    lines = cell.text.splitlines()
    text = "\n\n".join(error.text for error in errors)
    for line in sorted({error.line for error in errors if error.line is not None and 0 < error.line <= len(lines)}):
        if instead := advice(lines[line - 1], text):
            return f"{cell.label}, line {line}: {instead}"
    return "\n\n".join(error.text for error in explained(errors, lines))


def run_plainly(command):
    """Runs a command to its end."""
    outcome = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return outcome.returncode, outcome.stdout
