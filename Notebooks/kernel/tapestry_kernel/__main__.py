"""Starts the kernel, as Jupyter does."""

import faulthandler
import logging
import signal

import zmq
from ipykernel.kernelapp import IPKernelApp

from .kernel import SwiftKernel


class SwiftKernelApp(IPKernelApp):
    """A kernel whose messages all arrive."""

    def init_iopub(self, context):
        # By default what a slow reader has not taken yet is thrown away behind the thousandth message: the end of a
        # cell, too, which the reader then waits for without an end.
        context.setsockopt(zmq.SNDHWM, 0)
        super().init_iopub(context)


# Where a kernel hangs: `kill -USR1` shows what each of its threads does.
faulthandler.register(signal.SIGUSR1, all_threads=True)
# Its warnings are for whoever sets up a server, about ways of sending messages that nobody here can choose.
SwiftKernelApp.launch_instance(kernel_class=SwiftKernel, log_level=logging.ERROR)
