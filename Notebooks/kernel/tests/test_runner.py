"""The process that runs cells, without a kernel around it."""

import os
import tempfile
import time
import unittest
from pathlib import Path

from tapestry_kernel.compiler import Compiler, run_plainly
from tapestry_kernel.runner import Runner, RunnerGone, build_runner
from tapestry_kernel.toolchain import Library, Toolchain


class RunnerTests(unittest.TestCase):
    def setUp(self):
        toolchain = Toolchain()
        library = Library(toolchain)
        if not library.is_current:
            self.assertEqual(run_plainly(library.build_command)[0], 0)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.compiler = Compiler(toolchain, library, Path(os.path.realpath(self.folder.name)), run_plainly)
        program = library.folder / "NotebookRunner" / "runner"
        build_runner(toolchain.clang, program, run_plainly)
        self.runner = Runner(program, [library.path])
        self.addCleanup(self.runner.shut_down)
        self.printed = []

    def run_cell(self, text):
        """Compiles and runs a cell."""
        compiled = self.compiler.compile(text, "cell")
        outcome = self.runner.run(compiled.library, compiled.entry, self._print, lambda role, data: None)
        if outcome.kind == "done":
            self.compiler.accept(compiled)
        return outcome

    def _print(self, name, text):
        self.printed.append(text)

    def test_an_interrupt_that_comes_too_late_ends_nothing(self):
        self.assertEqual(self.run_cell("var kept = 3").kind, "done")
        process = self.runner.pid
        self.runner.interrupt()
        # The signal has been handled before the process reads its next command.
        self.assertEqual(self.run_cell("print(kept)").kind, "done")
        self.assertEqual(self.printed, ["3\n"])
        self.assertEqual(self.runner.pid, process)

    def test_a_cell_that_ignores_interrupts_is_killed(self):
        self.assertEqual(self.run_cell("let before = 3").kind, "done")

        def interrupt(name, text):
            self.runner.interrupt()

        compiled = self.compiler.compile(
            'import Foundation\nsignal(SIGINT, SIG_IGN)\nprint("ready")\nwhile true { sleep(1) }', "cell"
        )
        outcome = self.runner.run(compiled.library, compiled.entry, interrupt, lambda role, data: None)
        self.assertEqual(outcome.kind, "killed")
        self.assertEqual(self.run_cell("print(before)").kind, "done")

    def test_a_library_that_is_not_there_is_no_end(self):
        outcome = self.runner.run("/nowhere/cell.so", "Cell_main", self._print, lambda role, data: None)
        self.assertEqual(outcome.kind, "unloadable")
        self.assertIn("/nowhere/cell.so", outcome.message)
        self.assertEqual(self.run_cell("print(1)").kind, "done")

    def test_the_end_of_all_processes_is_said(self):
        os.kill(self.runner.pid, 9)
        with self.assertRaises(RunnerGone):
            self.run_cell("print(1)")

    def test_the_process_ends_with_its_commands(self):
        process = self.runner.pid
        self.runner.shut_down()
        for _ in range(100):
            if self.runner._process.poll() is not None:
                return
            time.sleep(0.05)
        self.fail(f"process {process} is still there")


if __name__ == "__main__":
    unittest.main()
