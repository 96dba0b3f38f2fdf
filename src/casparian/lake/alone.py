"""One committing process at a time, for lakes on a disk.

The system frees the lock when its process ends, however it ends, so a killed run never blocks the
next one. A lake on S3 has a lease instead (`lake.lease`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LOCK = ".casparian.lock"
PAUSE_S = 0.05
_own = threading.local()  # folders that this thread has locked

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(folder: str, wait_s: float) -> Iterator[None]:
    """Hold the folder's lock; at once where this thread holds it already.

    Raises TimeoutError after `wait_s` seconds, OSError where no file can be made.
    """
    held: set[str] = _own.__dict__.setdefault("folders", set())
    if folder in held:
        yield
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    with (Path(folder) / LOCK).open("a+b") as file:
        _wait(file, time.monotonic() + wait_s)
        held.add(folder)
        try:
            yield
        finally:
            held.discard(folder)


def _wait(file: BinaryIO, until: float) -> None:
    while True:
        try:
            return _try_lock(file)
        except (BlockingIOError, PermissionError) as error:
            if time.monotonic() > until:
                raise TimeoutError("another process holds the lock") from error
            time.sleep(PAUSE_S)
