"""The process that runs cells, and the pipes to it."""

import codecs
import json
import os
import re
import select
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("runner.c")
_FATAL = re.compile(r"^(?:.*?: )?Fatal error: (.*)$", re.DOTALL)
#: What a line of the message of a trap contains.
_TRAP_MARKS = (b"Fatal error: ", b"Could not cast value of type ")
#: Where types lie in memory.
_ADDRESS = re.compile(r" \(0x[0-9a-f]+\)")
#: How long an interrupted cell may take to end before it is killed, in seconds.
PATIENCE = 5
#: What is printed is shown in pieces of so many bytes, or after so many seconds: a front end reads few messages sooner
#: than many.
LARGE_PIECE = 1 << 16
PAUSE = 0.02


class RunnerGone(Exception):
    """No process is left, not even a backup: the variables are lost."""


@dataclass
class Outcome:
    """How a cell ended: `done`, `died`, `exited`, `killed`, or `unloadable`."""

    kind: str
    message: str = ""
    signal: int = 0
    #: Where the process was, and where the thread that ended it last threw an error.
    frames: list = field(default_factory=list)
    thrown: list = field(default_factory=list)
    #: Whether tasks and queues of Dispatch wait for ever in the process that goes on.
    lacks_queues: bool = False


def build_runner(clang, path, run):
    """Compiles the program that runs cells, unless it is there and newer than its source."""
    if path.exists() and path.stat().st_mtime > SOURCE.stat().st_mtime:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    exported = [] if sys.platform == "darwin" else ["-rdynamic", "-lpthread", "-ldl"]
    status, output = run([clang, "-O2", "-Wall", "-Wextra", str(SOURCE), "-o", str(fresh), *exported])
    if status != 0:
        raise RuntimeError(output)
    os.replace(fresh, path)


class Runner:
    """Runs compiled cells one after the other."""

    def __init__(self, program, libraries):
        command_end, self._commands = os.pipe()
        answer_end, self._answers = os.pipe()
        self._events, event_end = os.pipe()
        ends = (command_end, answer_end, event_end)
        environment = dict(os.environ, SWIFT_BACKTRACE="enable=no")
        self._process = subprocess.Popen(
            [str(program), *map(str, ends), *map(str, libraries)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=ends,
            env=environment,
            start_new_session=True,  # An interrupt of the kernel is not one of the backup.
        )
        for end in ends:
            os.close(end)
        self._buffer = b""
        self._selector = selectors.DefaultSelector()
        self._streams = {self._process.stdout.fileno(): "stdout", self._process.stderr.fileno(): "stderr"}
        # A piece may end in the middle of a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for descriptor in (*self._streams, self._events):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)
        self.pid = self._process.pid
        self._interrupted_at = None
        self._errors = b""
        self._is_fatal = False
        ready = self._next_event(lambda name, text: None)
        if ready is None:
            raise RunnerGone(self._errors.decode("utf-8", "replace") or "the program that runs cells did not start")

    def interrupt(self):
        """Ends the cell that runs. May be called by a signal's handler."""
        if self._interrupted_at is None:
            self._interrupted_at = time.monotonic()
        self._kill(signal.SIGINT)

    def run(self, path, entry, show_text, show_value, is_interrupted=lambda: False):
        """Runs a cell and returns its `Outcome`; raises `RunnerGone`.

        `show_text` takes `stdout` or `stderr` and text as it comes, `show_value` a role and representations by media type.
        `is_interrupted` says whether an interrupt came before the cell ran.
        """
        self._interrupted_at = None
        self._errors, self._is_fatal = b"", False
        ending = None
        self._send(self._commands, f"run {path}\t{entry}\n")
        if is_interrupted():
            self.interrupt()
        while True:
            event = self._next_event(show_text)
            if event is None:
                raise RunnerGone(self._message())
            kind = event["event"]
            if kind in ("display", "result"):
                show_value(kind, event["data"])
                self._send(self._answers, "!")
            elif kind == "unloadable":
                ending = Outcome("unloadable", event["message"])
            elif kind == "exited":
                ending = Outcome("exited")
            elif kind == "died":
                ending = Outcome("died", "", event["signal"], event.get("frames", []), event.get("thrown", []))
            elif kind == "restored":
                self.pid = event["pid"]
                ending = ending or Outcome("killed")
                ending.message = self._message()
                ending.lacks_queues = event["lacksQueues"]
                return ending
            elif kind == "done":
                self._flush_errors(show_text)
                return ending or Outcome("done")

    def shut_down(self):
        """Ends the process, whatever it does. May be called twice."""
        if self._process.stdout.closed:
            return
        self._kill(signal.SIGKILL)
        for descriptor in (self._commands, self._answers, self._events):
            try:
                os.close(descriptor)
            except OSError:
                pass
        self._process.wait()
        self._selector.close()
        self._process.stdout.close()
        self._process.stderr.close()

    def _kill(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass

    def _send(self, descriptor, text):
        try:
            os.write(descriptor, text.encode())
        except BrokenPipeError:
            pass  # The next event says so.

    def _next_event(self, show_text):
        """The next event, after everything that was printed before it; None if there are no more processes."""
        while True:
            while b"\n" not in self._buffer:
                ready = [key.fd for key, _ in self._selector.select(timeout=1)]
                self._process.poll()
                self._lose_patience()
                # Read in this order, nothing printed before an event is shown after it.
                has_event = self._events in ready
                if has_event:
                    bytes_read = _read(self._events)
                    if bytes_read == b"":
                        self._drain(show_text)
                        return None
                    self._buffer += bytes_read or b""
                if 0 < self._drain(show_text) < LARGE_PIECE and not has_event:
                    select.select([self._events], [], [], PAUSE)
            line, self._buffer = self._buffer.split(b"\n", 1)
            try:
                return json.loads(line)
            except ValueError:
                pass  # A process died in the middle of what it was saying.

    def _lose_patience(self):
        """Kills the process if an interrupt has not ended it in time."""
        if self._interrupted_at and time.monotonic() - self._interrupted_at > PATIENCE:
            self._interrupted_at = None
            self._kill(signal.SIGKILL)

    def _drain(self, show_text):
        """Shows what there is, and returns how many bytes that was."""
        count = 0
        for descriptor, name in self._streams.items():
            while True:
                content = _read(descriptor)
                if not content:
                    break
                count += len(content)
                # Whoever prints without an end does not escape it.
                self._lose_patience()
                if name == "stderr":
                    self._take_errors(content, show_text)
                elif text := self._decoder.decode(content):
                    show_text(name, text)
        return count

    def _take_errors(self, content, show_text):
        """Holds back the message of a trap, which becomes the error of the cell."""
        self._errors += content
        if self._is_fatal:
            return
        *lines, rest = self._errors.split(b"\n")
        for index, line in enumerate(lines):
            if any(mark in line for mark in _TRAP_MARKS):
                self._is_fatal = True
                self._errors = b"\n".join([*lines[index:], rest])
                return
            show_text("stderr", line.decode("utf-8", "replace") + "\n")
        self._errors = rest
        if rest and b"Fatal" not in rest and not rest.startswith(b"Could") and not rest.endswith(b":"):
            show_text("stderr", rest.decode("utf-8", "replace"))
            self._errors = b""

    def _flush_errors(self, show_text):
        if self._errors:
            show_text("stderr", self._errors.decode("utf-8", "replace"))
        self._errors, self._is_fatal = b"", False

    def _message(self):
        text = self._errors.decode("utf-8", "replace").strip()
        self._errors, self._is_fatal = b"", False
        match = _FATAL.match(text)
        # Addresses are of no use to the reader.
        return _ADDRESS.sub("", match[1] if match else text).split("\nCurrent stack trace:")[0]


def _read(descriptor):
    """What there is to read; empty at the end, None if there is nothing now."""
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return None
