"""Finds the Swift toolchain, builds the library, and knows where both lie."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .interfaces import interface, interfaces_name, is_newer, make_interfaces

REPOSITORY = Path(__file__).resolve().parents[3]
PRODUCT = "TapestryNotebook"
#: Environment variable: the build folder, where it is not `.build` in the repository.
BUILD_PATH_VARIABLE = "TAPESTRY_BUILD_PATH"


class ToolchainError(Exception):
    """The toolchain or the library is not there; the text says what to do."""


class Toolchain:
    """The programs of the Swift toolchain that `swift` on the PATH belongs to."""

    def __init__(self):
        swift = shutil.which("swift")
        if swift is None:
            raise ToolchainError(
                "There is no `swift` on the PATH. Install Swift 6.2 or later (https://www.swift.org/install), "
                "and start the notebook from a shell in which `swift --version` works."
            )
        self.swift = swift
        information = subprocess.run([swift, "-print-target-info"], capture_output=True, text=True)
        if information.returncode != 0:
            raise ToolchainError(f"`{swift}` does not work:\n{information.stderr}")
        #: The folder of the run-time libraries, `usr/lib/swift`.
        self.resources = json.loads(information.stdout)["paths"]["runtimeResourcePath"]
        self.swiftc = self._program("swiftc")
        self.clang = self._program("clang")
        self.autolink_extract = self._find("swift-autolink-extract")
        #: Finds the line of a trap. Not in every toolchain.
        self.symbolizer = self._find("llvm-symbolizer")

    def _find(self, name):
        # `swift` may be a link to a chooser of toolchains, or on macOS a shim, but its libraries lie where it does.
        for folder in (Path(self.resources).parents[1] / "bin", Path(self.swift).parent):
            if (folder / name).exists():
                return str(folder / name)
        if sys.platform == "darwin":
            found = subprocess.run(["xcrun", "--find", name], capture_output=True, text=True)
            if found.returncode == 0:
                return found.stdout.strip()
        return None

    def _program(self, name):
        program = self._find(name)
        if program is None:
            raise ToolchainError(f"The Swift toolchain of {self.swift} has no `{name}`.")
        return program


class Library:
    """The dynamic library of the repository, built in release."""

    repository = REPOSITORY
    product = PRODUCT

    def __init__(self, toolchain):
        self.toolchain = toolchain
        self.scratch = Path(os.environ.get(BUILD_PATH_VARIABLE) or REPOSITORY / ".build")

    @property
    def folder(self):
        """Where SwiftPM puts what it builds."""
        return self.scratch / "release"

    @property
    def interfaces(self):
        """The folder of the modules that cells import."""
        return self.folder / interfaces_name()

    def build(self, run):
        """Builds what has changed.

        `run` runs a command; the answer is a status, and what was printed where it is not 0.
        """
        status, output = run([self.toolchain.swift, "build", "-c", "release", *self._options, "--product", PRODUCT])
        return make_interfaces(self, run) if status == 0 else (status, output)

    @property
    def is_current(self):
        """Whether it was built after the last change of a source, so that the build need not be asked."""
        sources = [REPOSITORY / "Package.swift", *(REPOSITORY / "Sources").rglob("*")]
        if not (self.path.exists() and is_newer(interface(self, PRODUCT), self.path)):
            return False
        return self.path.stat().st_mtime > max(source.stat().st_mtime for source in sources)

    @property
    def path(self):
        """The library's file."""
        return self.folder / f"lib{PRODUCT}.{'dylib' if sys.platform == 'darwin' else 'so'}"

    @property
    def import_options(self):
        """Compiler options by which a cell can import the library."""
        module_map = self.folder / "CTapestryKernels.build" / "module.modulemap"
        cache = ["-module-cache-path", str(self.folder / "NotebookModuleCache")]
        return ["-I", str(self.interfaces), "-Xcc", f"-fmodule-map-file={module_map}", *cache]

    @property
    def description_command(self):
        """Prints the package's targets as JSON."""
        return [self.toolchain.swift, "package", *self._options, "describe", "--type", "json"]

    @property
    def _options(self):
        return ["--package-path", str(REPOSITORY), "--scratch-path", str(self.scratch)]
