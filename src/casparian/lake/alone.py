"""One committing process at a time, for lakes on a disk.

The system frees the lock when its process ends, however it ends, so a killed run never blocks the
next one. Object stores have no such lock; there Delta's own versions and the application
transactions make the second writer fail with a sentence, and running again finishes its work.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

LOCK = ".casparian.lock"
PAUSE_S = 0.05
_held: set[str] = set()  # folders that this process has locked

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
    """Hold the folder's lock; at once where this process holds it already.

    Raises TimeoutError after `wait_s` seconds, OSError where no file can be made.
    """
    if folder in _held:
        yield
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    with (Path(folder) / LOCK).open("a+b") as file:
        _wait(file, time.monotonic() + wait_s)
        _held.add(folder)
        try:
            yield
        finally:
            _held.discard(folder)


def _wait(file: BinaryIO, until: float) -> None:
    while True:
        try:
            return _try_lock(file)
        except (BlockingIOError, PermissionError) as error:
            if time.monotonic() > until:
                raise TimeoutError("another process holds the lock") from error
            time.sleep(PAUSE_S)
