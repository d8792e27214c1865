"""The kernel: cells in, output out."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from traceback import format_exc

from ipykernel.kernelbase import Kernel

from . import completion
from .compiler import CompileError, Compiler
from .diagnostics import cell_frames, without_modules
from .runner import Runner, RunnerGone, build_runner
from .toolchain import Library, Toolchain, ToolchainError

#: After so many seconds without an answer, the kernel says what it is waiting for.
SILENCE = 6

#: How Swift ends a program that throws.
_UNCAUGHT = re.compile(r"Error raised at top level: (.*)", re.DOTALL)
#: What ends a program because of an error, whose own place says more.
_THROWN = re.compile(r"Error raised at top level: |'try!' expression unexpectedly raised an error: ")


class CellError(Exception):
    """A cell that failed: the error's name and text."""

    def __init__(self, name, text):
        super().__init__(text)
        self.name = name
        self.text = text


class SwiftKernel(Kernel):
    """Runs Swift with the Tapestry library."""

    implementation = "tapestry"
    implementation_version = "1.0"
    language = "swift"
    language_version = "6"
    language_info = {
        "name": "swift",
        "mimetype": "text/x-swift",
        "file_extension": ".swift",
        "codemirror_mode": "swift",
        "pygments_lexer": "swift",
    }
    banner = "Swift with Tapestry"

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self._folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="tapestry-notebook-")))
        self._compiler = None
        self._runner = None
        #: How many cells were run silently.
        self._silent_count = 0
        self._interrupt = None
        self._is_interrupted = False

    # MARK: What Jupyter asks for

    def do_execute(
        self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, *, cell_meta=None, cell_id=None
    ):
        """Runs a cell. If it fails, everything is as it was before."""
        before = self._watch_interrupts()
        try:
            if code.strip():
                self._execute(code, silent, cell_id)
        except Exception as problem:
            error = problem if isinstance(problem, CellError) else CellError("Kernel error", format_exc())
            traceback = [f"\x1b[31m{error.name}\x1b[0m: {error.text}"]
            content = {"ename": error.name, "evalue": error.text, "traceback": traceback}
            if not silent:
                self.send_response(self.iopub_socket, "error", content)
            return {"status": "error", "execution_count": self.execution_count, **content}
        finally:
            self._interrupt = None
            if before is not None:
                signal.signal(signal.SIGINT, before)
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    def do_complete(self, code, cursor_pos):
        """Names that cells have declared or used, and the language's words."""
        visible = self._compiler.visible if self._compiler else []
        start, matches = completion.matches(code[:cursor_pos], [other.cell for other in visible])
        return {"status": "ok", "matches": matches, "cursor_start": start, "cursor_end": cursor_pos, "metadata": {}}

    def do_inspect(self, code, cursor_pos, detail_level=0, omit_sections=()):
        """The declaration of the name under the cursor, as a cell wrote it."""
        visible = self._compiler.visible if self._compiler else []
        text = completion.declaration(code, cursor_pos, [other.cell for other in visible])
        data = {"text/plain": text} if text else {}
        return {"status": "ok", "found": bool(text), "data": data, "metadata": {}}

    def do_shutdown(self, restart):
        """Ends the process that runs cells, also in the middle of one."""
        if self._runner:
            self._runner.shut_down()
            self._runner = None
        shutil.rmtree(self._folder, ignore_errors=True)
        return {"status": "ok", "restart": restart}

    # MARK: A cell

    def _execute(self, code, silent, cell_id):
        label = self._label(silent)
        self._start()
        try:
            compiled = self._compiler.compile(code, label, cell_id)
        except CompileError as error:
            self._raise_if_interrupted()
            raise CellError("Compile error", str(error)) from None
        for warning in compiled.warnings:
            self._show_text("stderr", warning + "\n")
        show_value = (lambda role, data: None) if silent else self._show_value
        self._interrupt = self._runner.interrupt
        self._raise_if_interrupted()
        try:
            outcome = self._runner.run(
                compiled.library, compiled.entry, self._show_text, show_value, lambda: self._is_interrupted
            )
        except RunnerGone as gone:
            self._runner.shut_down()
            self._runner = self._compiler = None
            text = f"{gone}\n".lstrip() + "All processes ended: the kernel starts anew, and all variables are lost."
            raise CellError("Kernel died", text) from None
        if outcome.kind == "done":
            self._compiler.accept(compiled)
        else:
            raise self._error(outcome, label)

    def _label(self, silent):
        """What messages call a cell. One that is run silently has no number, and must not pass for the one before it."""
        if not silent:
            return f"cell {self.execution_count}"
        self._silent_count += 1
        return f"silent cell {self._silent_count}"

    def _error(self, outcome, label):
        kept = "Variables are as they were before this cell."
        if outcome.lacks_queues:
            kept += " Tasks and queues were used before it, and new ones wait for ever now: "
            kept += "restart the kernel to use them."
        if self._is_interrupted and outcome.kind in ("died", "killed"):
            return CellError("Interrupted", f"the cell was stopped. {kept}")
        if outcome.kind == "unloadable":
            return CellError("Not loadable", outcome.message)
        if outcome.kind == "exited":
            return CellError("Exit", f"the cell ended its process. {kept}")
        if outcome.kind == "killed":
            return CellError("Killed", f"the cell's process was killed, perhaps for want of memory. {kept}")
        cells = self._compiler.cells
        message = without_modules(outcome.message, cells)
        thrown = outcome.thrown if _THROWN.match(message) else []
        frames = cell_frames(thrown or outcome.frames, self._compiler.toolchain.symbolizer, self._folder)
        reason = message or _reason(outcome.signal, frames)
        texts = {cell.label: cell.text for cell in cells.values()}
        places = [_place(frame, texts.get(frame.label, "")) for frame in frames if frame.line]
        places = list(dict.fromkeys(places))[:10]
        if uncaught := _UNCAUGHT.match(reason):
            return CellError("Uncaught error", "\n".join([uncaught[1], *(places or [f"  {label}"]), kept]))
        return CellError("Trap", "\n".join([reason, *places, kept]))

    def _raise_if_interrupted(self):
        if self._is_interrupted:
            raise CellError("Interrupted", "the cell was stopped before it ran.")

    # MARK: The start

    def _start(self):
        """Builds the library and starts the process, if that has not been done."""
        if self._runner:
            return
        try:
            toolchain = Toolchain()
            library = Library(toolchain)
            self._build(library)
            # One of its own, as cells are counted anew with each compiler.
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._compiler = Compiler(toolchain, library, folder, self._run)
            program = library.folder / "NotebookRunner" / "runner"
            build_runner(toolchain.clang, program, self._run)
            self._runner = Runner(program, [library.path])
        except (ToolchainError, RunnerGone, RuntimeError, OSError) as error:
            self._raise_if_interrupted()
            raise CellError("Not ready", str(error)) from None

    def _build(self, library):
        if library.is_current:
            return
        done = threading.Event()
        notice = threading.Thread(target=self._announce, args=(done,), daemon=True)
        notice.start()
        try:
            status, output = library.build(self._run)
        finally:
            # Also after an exception, as the notice would wait without an end.
            done.set()
            notice.join()
        if status != 0:
            raise ToolchainError(f"The library does not build:\n{output}")

    def _announce(self, done):
        started = time.monotonic()
        if done.wait(SILENCE):
            return
        self._show_text("stderr", "Building the library. The first time, this takes some minutes …\n")
        done.wait()
        self._show_text("stderr", f"Built in {time.monotonic() - started:.0f} s.\n")

    def _run(self, command):
        """Runs a program to its end, or until an interrupt."""
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
        self._interrupt = lambda: os.killpg(process.pid, signal.SIGTERM)
        if self._is_interrupted:
            self._interrupt()
        output = process.communicate()[0].decode("utf-8", "replace")
        self._interrupt = None
        return process.returncode, output

    # MARK: Interrupts and output

    def _watch_interrupts(self):
        """Lets an interrupt end what is running, whatever that is. Returns the handler before."""
        self._is_interrupted = False
        if threading.current_thread() is not threading.main_thread():
            return None
        return signal.signal(signal.SIGINT, self._handle_interrupt)

    def _handle_interrupt(self, number, frame):
        self._is_interrupted = True
        if self._interrupt:
            try:
                self._interrupt()
            except ProcessLookupError:
                pass

    def _show_text(self, name, text):
        self.send_response(self.iopub_socket, "stream", {"name": name, "text": text})

    def _show_value(self, role, data):
        content = {"data": data, "metadata": {}}
        if role == "result":
            content["execution_count"] = self.execution_count
        self.send_response(self.iopub_socket, "execute_result" if role == "result" else "display_data", content)


def _place(frame, text):
    """A place in a cell with its line, which has the message of a `precondition`: optimised code has not."""
    lines = text.splitlines()
    shown = lines[frame.line - 1].strip() if frame.line <= len(lines) else ""
    return f"  {frame.label}, line {frame.line}" + (f": {shown}" if shown else "")


def _reason(number, frames):
    """What is known of a process that ended without a message."""
    prefix = "Swift runtime failure: "
    for frame in frames:
        if frame.function.startswith(prefix):
            return frame.function[len(prefix) :]
    if number in (signal.SIGSEGV, signal.SIGBUS):
        return "The memory that was accessed is not there, or the recursion was too deep."
    name = signal.Signals(number).name
    return f"The process ended by signal {name}."
