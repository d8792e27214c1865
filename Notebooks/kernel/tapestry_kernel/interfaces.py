"""What cells see of the library's modules: declarations, and the code of the smallest functions.

The modules of a release build hold the code of nearly all functions, so that a program gets copies of them for the
types that it uses. For a cell with a layer and its gradient these are hundreds, and compiling them takes longer than
all that the cell does. So cells are compiled against modules of the same sources without that code, and call the
library's own.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

#: Options of the compiler for every module.
_FLAGS = (
    *("-emit-module", "-experimental-skip-non-inlinable-function-bodies", "-wmo", "-parse-as-library"),
    # Marked as optimised, as else cells would want a library for what is not; cells optimise what is in it.
    *("-O", "-Xfrontend", "-disable-sil-perf-optzns"),
    *("-package-name", "tapestry", "-DSWIFT_PACKAGE", "-suppress-warnings"),
)


def interfaces_name():
    """The name of their folder: another one for other flags, so that an update of those finds no old ones."""
    return f"NotebookInterfaces-{hashlib.sha256(repr(_FLAGS).encode()).hexdigest()[:8]}"


def make_interfaces(library, run):
    """Makes those that are older than what SwiftPM built of the same sources, or than one that they import.

    Returns a status and what was printed: of the command that failed, if one did.
    """
    status, output = run(library.description_command)
    if status != 0:
        return status, output
    package = _description(output)
    if package is None:
        return 1, f"SwiftPM does not describe the package; it printed:\n{output}"
    targets = {target["name"]: target for target in package["targets"] if target["module_type"] == "SwiftTarget"}
    library.interfaces.mkdir(exist_ok=True)
    for target in _with_dependencies(library.product, targets):
        file = interface(library, target["name"])
        used = [interface(library, name) for name in target.get("target_dependencies", []) if name in targets]
        built = library.folder / "Modules" / file.name
        if not built.exists():
            return 1, f"SwiftPM has built the library without {built}, of which the kernel has to know how old it is."
        if all(is_newer(file, other) for other in [built, *used]):
            continue
        # The compiler writes documentation beside it, which cells don't need.
        with tempfile.TemporaryDirectory(dir=library.interfaces) as folder:
            fresh = Path(folder) / file.name
            status, output = run(_command(library, target, package["swift_languages_versions"][-1], fresh))
            if status != 0:
                return status, output
            os.replace(fresh, file)
    # As new as the library, also if that was linked anew of the same modules.
    interface(library, library.product).touch()
    return 0, ""


def _description(output):
    """What SwiftPM says of the package, before and behind which it may have warned of something; None if nothing."""
    lines = output.splitlines(keepends=True)
    start = next((index for index, line in enumerate(lines) if line.startswith("{")), len(lines))
    try:
        return json.JSONDecoder().raw_decode("".join(lines[start:]))[0]
    except ValueError:
        return None


def interface(library, module):
    """The file of one module."""
    return library.interfaces / f"{module}.swiftmodule"


def is_newer(file, other):
    """Whether a file is there, and not older than another."""
    return file.exists() and file.stat().st_mtime >= other.stat().st_mtime


def _with_dependencies(name, targets):
    """A target and all that it depends on, each after those that it depends on itself."""
    ordered = {}

    def add(name):
        if name in targets and name not in ordered:
            for other in targets[name].get("target_dependencies", []):
                add(other)
            ordered[name] = targets[name]

    add(name)
    return ordered.values()


def _command(library, target, version, file):
    folder = library.repository / target["path"]
    return [
        *(library.toolchain.swiftc, *_FLAGS),
        *("-module-name", target["name"], "-emit-module-path", str(file), *library.import_options),
        *("-swift-version", version),
        *(str(folder / source) for source in target["sources"]),
    ]
