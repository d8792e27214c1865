"""A kernel to run cells in, and what came of them."""

import faulthandler
import os
import signal
import sys
import time
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from jupyter_client.manager import KernelManager

#: A cell of a test that takes longer hangs, in seconds. The first one may have to build the library.
LONGEST_CELL = 600


class WatchedTestCase(unittest.TestCase):
    """Tests of which none waits for ever: one that does shows where, and ends all."""

    def setUp(self):
        faulthandler.dump_traceback_later(LONGEST_CELL + 60, exit=True)
        self.addCleanup(faulthandler.cancel_dump_traceback_later)


@dataclass
class Result:
    """What a cell showed, in its order."""

    #: Pairs of `stdout`, `stderr`, `result` or `display`, and the text or the representations by media type.
    shown: list = field(default_factory=list)
    error: str = None
    error_name: str = None

    def text(self, name="stdout"):
        """All that was printed to a stream."""
        return "".join(content for kind, content in self.shown if kind == name)

    @property
    def value(self):
        """The plain text of the last expression's value; None if none was shown."""
        return next((content["text/plain"] for kind, content in self.shown if kind == "result"), None)

    @property
    def kinds(self):
        """What was shown, neighbours of one stream together."""
        kinds = [kind for kind, _ in self.shown]
        return [kind for index, kind in enumerate(kinds) if index == 0 or kinds[index - 1] != kind]


class Session:
    """One kernel."""

    def __init__(self):
        self.manager = KernelManager(kernel_name="python3")
        self.manager.kernel_spec.argv = [sys.executable, "-m", "tapestry_kernel", "-f", "{connection_file}"]
        self.manager.start_kernel(env=dict(os.environ, PYTHONPATH=str(Path(__file__).resolve().parents[1])))
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def close(self):
        """Ends the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def run(self, code, interrupt_when=None, late=0, silent=False, store_history=True, **metadata):
        """Runs a cell; with `interrupt_when`, interrupts it once it has printed that text; `late` seconds pass before
        any answer is read.
        """
        request = {"code": code, "silent": silent, "store_history": store_history and not silent}
        message = self.client.session.msg("execute_request", request)
        message["metadata"] = metadata
        self.client.shell_channel.send(message)
        result = Result()
        if late:
            time.sleep(late)
        deadline = time.monotonic() + LONGEST_CELL
        while time.monotonic() < deadline:
            try:
                answer = self.client.get_iopub_msg(timeout=LONGEST_CELL)
            except Empty:
                break
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind, content = answer["msg_type"], answer["content"]
            if kind == "stream":
                result.shown.append((content["name"], content["text"]))
            elif kind in ("execute_result", "display_data"):
                result.shown.append(("result" if kind == "execute_result" else "display", content["data"]))
            elif kind == "error":
                result.error_name, result.error = content["ename"], content["evalue"]
            elif kind == "status" and content["execution_state"] == "idle":
                self._reply(message["header"]["msg_id"])
                return result
            if interrupt_when is not None and interrupt_when in result.text():
                self.manager.interrupt_kernel()
                interrupt_when = None
        # The kernel shows on its error stream what its threads do.
        self.manager.signal_kernel(signal.SIGUSR1)
        time.sleep(1)
        raise TimeoutError(code)

    def complete(self, code):
        """The words that the end of a text may become."""
        return self._reply(self.client.complete(code, len(code)))["matches"]

    def inspect(self, code):
        """What is known of the name at the end of a text."""
        return self._reply(self.client.inspect(code, len(code)))["data"].get("text/plain")

    def _reply(self, identifier):
        """What the kernel answers to a message. A kernel that was slow to start was asked several times whether it is
        there, and has answered each time.
        """
        while True:
            answer = self.client.get_shell_msg(timeout=60)
            if answer["parent_header"].get("msg_id") == identifier:
                return answer["content"]
