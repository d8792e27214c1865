"""What cells are compiled against."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from .session import WatchedTestCase
from tapestry_kernel.compiler import Compiler, run_plainly
from tapestry_kernel.interfaces import interface
from tapestry_kernel.toolchain import BUILD_PATH_VARIABLE, Library, Toolchain


class InterfaceTests(WatchedTestCase):
    def setUp(self):
        super().setUp()
        self.library = Library(Toolchain())
        if not self.library.is_current:
            self.assertEqual(self.library.build(run_plainly), (0, ""))

    def test_cells_have_no_copies_of_the_library_s_functions(self):
        with tempfile.TemporaryDirectory() as folder:
            compiler = Compiler(self.library.toolchain, self.library, Path(os.path.realpath(folder)), run_plainly)
            text = """
                let layer = LSTM<Float>(inputSize: 3, hiddenSize: 4)
                let slope = gradient(at: layer) { $0(.ones([2, 5, 3])).outputs.sum() }
                @inline(never) func power<Number: Numeric>(_ number: Number) -> Number { number * number }
                print(power(3))
                """
            symbols = compiler.compile(text, "cell").library.read_bytes()
        # `Tg5` ends the name of a generic function's copy for certain types.
        self.assertNotEqual(re.findall(rb"\$s5Cell1\w+Tg5", symbols), [])
        self.assertEqual(re.findall(rb"\$s\d+Tapestry\w+Tg5", symbols), [])

    def test_what_is_older_than_the_library_is_made_anew(self):
        changed = ["TapestryCharts", "Tapestry", "TapestryNotebook"]
        before = {file.stem: file.stat().st_mtime for file in self.library.interfaces.glob("*.swiftmodule")}
        for name in ["TapestryCharts", self.library.product]:
            os.utime(interface(self.library, name), (0, 0))
        self.assertFalse(self.library.is_current)
        self.assertEqual(self.library.build(run_plainly), (0, ""))
        self.assertTrue(self.library.is_current)
        for name, time in before.items():
            now = interface(self.library, name).stat().st_mtime
            self.assertEqual(now > time, name in changed, name)


class MakingTests(WatchedTestCase):
    """How interfaces are made, with programs that only say what they would do."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with mock.patch.dict(os.environ, {BUILD_PATH_VARIABLE: folder.name}):
            self.library = Library(SimpleNamespace(swift="swift", swiftc="swiftc"))
        described = {"module_type": "SwiftTarget", "path": "Sources", "sources": ["a.swift"]}
        targets = [
            {**described, "name": "Used"},
            {**described, "name": self.library.product, "target_dependencies": ["Used"]},
        ]
        self.description = json.dumps({"swift_languages_versions": ["6"], "targets": targets}, indent=2)
        self.compiled = []
        (self.library.folder / "Modules").mkdir(parents=True)
        for target in targets:
            (self.library.folder / "Modules" / f"{target['name']}.swiftmodule").touch()
        self.library.path.touch()

    def run_command(self, command):
        if "describe" in command:
            return 0, self.description
        if "-emit-module-path" in command:
            self.compiled.append(command)
            Path(command[command.index("-emit-module-path") + 1]).touch()
        return 0, ""

    def build(self):
        """What a build answers, and how many modules it compiles."""
        self.compiled.clear()
        return *self.library.build(self.run_command), len(self.compiled)

    def test_warnings_around_the_description_are_no_part_of_it(self):
        self.description = f"warning: '{{package}}' is old\n{self.description}\nwarning: {{so it is}}\n"
        self.assertEqual(self.build(), (0, "", 2))

    def test_without_a_description_the_answer_says_so(self):
        for self.description in ["", "warning: {nothing}\n", "{\n  cut"]:
            with self.subTest(self.description):
                text = f"SwiftPM does not describe the package; it printed:\n{self.description}"
                self.assertEqual(self.build(), (1, text, 0))

    def test_without_a_module_of_the_build_the_answer_says_so(self):
        self.assertEqual(self.build(), (0, "", 2))
        (self.library.folder / "Modules" / "Used.swiftmodule").unlink()
        status, output, count = self.build()
        self.assertEqual((status, count), (1, 0))
        self.assertRegex(output, r"^SwiftPM has built the library without /.*/Modules/Used\.swiftmodule, ")

    def test_other_flags_make_all_anew(self):
        self.assertEqual(self.build(), (0, "", 2))
        self.assertTrue(self.library.is_current)
        self.assertEqual(self.build(), (0, "", 0))
        with mock.patch("tapestry_kernel.interfaces._FLAGS", ("-emit-module", "-other")):
            self.assertFalse(self.library.is_current)
            self.assertEqual(self.build(), (0, "", 2))
            self.assertTrue(all("-other" in command for command in self.compiled))
            self.assertTrue(self.library.is_current)
            # Cells import from where they are made.
            self.assertIn(str(interface(self.library, "Used").parent), self.library.import_options)


class PrepareTests(WatchedTestCase):
    def test_without_a_toolchain_it_says_so_in_one_message(self):
        with tempfile.TemporaryDirectory() as empty:
            command = [sys.executable, "-m", "tapestry_kernel.prepare"]
            outcome = subprocess.run(command, env=dict(os.environ, PATH=empty), capture_output=True, text=True)
        self.assertEqual(outcome.returncode, 1)
        self.assertRegex(outcome.stderr, r"^There is no `swift` on the PATH\. .* works\.\n$")
