"""What cells are compiled against."""

import os
import re
import tempfile
from pathlib import Path

from .session import WatchedTestCase
from tapestry_kernel.compiler import Compiler, run_plainly
from tapestry_kernel.interfaces import interface
from tapestry_kernel.toolchain import Library, Toolchain


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
