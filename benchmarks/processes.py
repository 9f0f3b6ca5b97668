"""Runs a process to its end and says what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

# Linux counts the peak in KiB, macOS in bytes.
_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


class Cost(NamedTuple):
    """Wall and processor time, greatest resident memory (1 MB = 1,000,000 bytes), and what was printed."""

    seconds: float
    processor_seconds: float
    megabytes: float
    output: str


def cost_of(command: Sequence[str]) -> Cost:
    """
    Run a command of this checkout.

    The memory is that of the one process: the usage of all children together would keep the largest of them.

    Raises:
        RuntimeError: it failed.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _BYTES_PER_UNIT / 1e6, output)
