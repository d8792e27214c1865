"""Tells Jupyter in this virtual environment of the kernel."""

import json
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

NAME = "swift-tapestry"


def specification():
    """How Jupyter starts the kernel."""
    return {
        "argv": [sys.executable, "-m", "tapestry_kernel", "-f", "{connection_file}"],
        "display_name": "Swift (Tapestry)",
        "language": "swift",
        "interrupt_mode": "signal",
        "env": {"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
    }


def install(prefix=sys.prefix):
    """Writes the specification below `prefix`, by default this virtual environment."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "kernel.json").write_text(json.dumps(specification(), indent=2))
        return KernelSpecManager().install_kernel_spec(folder, NAME, prefix=prefix)


if __name__ == "__main__":
    print(f"The kernel is in {install()}")
