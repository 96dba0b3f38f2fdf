"""Runs a command and tells what it cost.

Its children and the JVM that Spark leaves behind are included.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import psutil

SUBREAPER = 36  # prctl(PR_SET_CHILD_SUBREAPER): a JVM whose launcher has ended becomes our child


@dataclass(frozen=True)
class Cost:
    """What one run took.

    cpu: user and system seconds of the whole process tree. wall: seconds. peak: MiB of all
    processes.
    """

    cpu: float
    wall: float
    peak: float


def cost_of(command: list[str], environment: dict[str, str] | None = None) -> Cost:
    """Run it to its end. Raises CalledProcessError with its output when it fails."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    watch = _Watch()
    output, _ = process.communicate()
    _reap()
    watch.stop()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return Cost(watch.cpu, time.perf_counter() - start, watch.peak / 2**20)


def _reap() -> None:
    """Wait for processes that the command left behind, so that their time counts."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            time.sleep(0.05)


class _Watch(threading.Thread):
    """Samples what all processes below this one use.

    Whoever ends without being waited for counts too.

    cpu: seconds, each process as it was last seen. peak: bytes, all processes together.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.used: dict[int, float] = {}
        self.peak = 0
        self.ended = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.ended.wait(0.01):
            self._look()

    def _look(self) -> None:
        resident = 0
        for process in psutil.Process().children(recursive=True):
            try:
                times, memory = process.cpu_times(), process.memory_info()
            except psutil.Error:
                continue
            self.used[process.pid] = times.user + times.system
            resident += memory.rss
        self.peak = max(self.peak, resident)

    @property
    def cpu(self) -> float:
        return sum(self.used.values())

    def stop(self) -> None:
        self.ended.set()
        self.join()
