"""The process that runs cells, without a kernel around it."""

import os
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

from .session import WatchedTestCase
from tapestry_kernel.compiler import Compiler, run_plainly
from tapestry_kernel.runner import Runner, RunnerGone, build_runner
from tapestry_kernel.toolchain import Library, Toolchain


class RunnerTests(WatchedTestCase):
    def setUp(self):
        super().setUp()
        toolchain = self.toolchain = Toolchain()
        library = Library(toolchain)
        if not library.is_current:
            self.assertEqual(library.build(run_plainly), (0, ""))
        # A path with what has to be quoted in JSON.
        self.folder = tempfile.TemporaryDirectory(prefix='"a\\b"')
        self.addCleanup(self.folder.cleanup)
        self.compiler = Compiler(toolchain, library, Path(os.path.realpath(self.folder.name)), run_plainly)
        self.program = library.folder / "NotebookRunner" / "runner"
        build_runner(toolchain.clang, self.program, run_plainly)
        self.runner = Runner(self.program, [library.path])
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

    def test_a_cell_that_ignores_interrupts_and_prints_without_an_end_is_killed(self):
        compiled = self.compiler.compile(
            'import Foundation\nsignal(SIGINT, SIG_IGN)\nwhile true { print("still here") }', "cell"
        )
        outcome = self.runner.run(
            compiled.library, compiled.entry, lambda name, text: self.runner.interrupt(), lambda role, data: None
        )
        self.assertEqual(outcome.kind, "killed")
        self.assertEqual(self.run_cell("print(1)").kind, "done")

    def test_an_interrupt_just_before_a_cell_ends_it(self):
        compiled = self.compiler.compile("while true {}", "cell")
        outcome = self.runner.run(
            compiled.library, compiled.entry, self._print, lambda role, data: None, is_interrupted=lambda: True
        )
        self.assertIn(outcome.kind, ("died", "killed"))
        self.assertEqual(self.run_cell("print(1)").kind, "done")

    def test_an_interrupt_in_the_middle_of_a_message(self):
        def interrupt(name, text):
            # The pipe is full by then, and the message in it half of one.
            time.sleep(0.5)
            self.runner.interrupt()

        compiled = self.compiler.compile(
            'let large = String(repeating: "x", count: 10_000_000)\nprint("ready")\ndisplay(large)\nwhile true {}', "cell"
        )
        outcome = self.runner.run(compiled.library, compiled.entry, interrupt, lambda role, data: None)
        self.assertEqual(outcome.kind, "died")
        self.assertEqual(self.run_cell('print("on")').kind, "done")
        self.assertEqual(self.printed, ["on\n"])

    def test_a_thread_that_shows_something_between_cells_waits_for_the_next_one(self):
        self.run_cell("import Foundation")
        for _ in range(10):
            self.assertEqual(self.run_cell("Thread.detachNewThread { usleep(50_000); display(7) }").kind, "done")
            time.sleep(0.1)
            self.assertEqual(self.run_cell('display("mine")').kind, "done")

    def test_what_a_dead_process_was_answered_is_no_answer_to_the_next(self):
        for _ in range(3):
            shown = []

            def interrupt(role, data):
                self.runner.interrupt()
                time.sleep(0.2)

            compiled = self.compiler.compile("display(1)\nwhile true {}", "cell")
            outcome = self.runner.run(compiled.library, compiled.entry, self._print, interrupt)
            self.assertEqual(outcome.kind, "died")
            compiled = self.compiler.compile('for number in 0..<20 { print(number); display(number) }', "cell")
            self.runner.run(
                compiled.library, compiled.entry, lambda name, text: shown.append(text.strip()),
                lambda role, data: shown.append(data["text/plain"]),
            )
            self.assertEqual(shown, [str(number // 2) for number in range(40)])

    def test_frames_have_their_paths_as_they_are(self):
        compiled = self.compiler.compile('fatalError("here")', "cell")
        outcome = self.runner.run(compiled.library, compiled.entry, self._print, lambda role, data: None)
        self.assertEqual((outcome.kind, outcome.message), ("died", "here"))
        self.assertIn(str(compiled.library), [path for path, *_ in outcome.frames])

    @unittest.skipUnless(sys.platform.startswith("linux"), "only there a cell's error passes the runner")
    def test_an_error_without_the_run_time_library_is_an_end_with_a_message(self):
        source, library = Path(self.folder.name) / "cell.c", Path(self.folder.name) / "cell.so"
        source.write_text("void swift_errorInMain(const void *);\nint cell(void) { swift_errorInMain(0); return 0; }")
        command = [self.toolchain.clang, "-shared", "-fPIC", str(source), "-o", str(library)]
        self.assertEqual(run_plainly(command), (0, ""))
        runner = Runner(self.program, [])
        self.addCleanup(runner.shut_down)
        outcome = runner.run(library, "cell", self._print, lambda role, data: None)
        self.assertEqual((outcome.kind, outcome.signal), ("died", signal.SIGABRT))
        self.assertTrue(outcome.message.startswith("Error raised at top level"), outcome.message)

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
