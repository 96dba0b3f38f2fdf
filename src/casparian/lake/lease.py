"""One committing process at a time, for lakes on S3: a lease in the bucket.

The lease is one small object, written only on conditions (`lake.bucket`). Who holds it renews it;
who waits watches whether it changes, by a clock of its own, so that clocks need not agree. The
lease of a killed process is taken over when it has not changed for LEASE_S.

A lease keeps writers from redoing each other's work; it is not what makes commits right. A process
that slept through its lease finds that the tables have moved on and commits nothing (`lake.turn`).
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from casparian.lake.bucket import Bucket, BucketError

KEY = ".casparian.lease"
LEASE_S, RENEW_S, PAUSE_S = 20.0, 5.0, 0.3


@dataclass
class Lease:
    """A lease that is held. lost: whether it is known to be gone."""

    bucket: Bucket
    holder: str
    mark: str
    lost: bool = False
    renewed: float = field(default_factory=time.monotonic)

    def renew(self) -> None:
        """Show that the holder lives; a store that does not answer is asked again later."""
        try:
            mark = self.bucket.put(KEY, _text(self.holder), self.mark)
        except BucketError:
            self.lost = time.monotonic() - self.renewed > LEASE_S
            return
        mark = mark or _mine(self.bucket, self.holder)
        if mark is None:
            self.lost = True
            return
        self.mark, self.renewed = mark, time.monotonic()

    def give_back(self) -> None:
        """Leave it to the next one; one that cannot be given back runs out."""
        try:
            self.bucket.put(KEY, _text(""), self.mark)
        except BucketError:
            pass


@contextmanager
def leased(uri: str, wait_s: float) -> Iterator[Lease]:
    """Hold the lake's lease. Raises TimeoutError after `wait_s` seconds, OSError where the store
    does not answer."""
    lease = _wait(Bucket(uri), time.monotonic() + wait_s)
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEW_S) and not lease.lost:
            lease.renew()

    renewing = threading.Thread(target=renew, name="lease", daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        ended.set()
        renewing.join()
        lease.give_back()


def _wait(bucket: Bucket, until: float) -> Lease:
    holder = f"{socket.gethostname()}-{uuid.uuid4()}"
    seen, since = "", time.monotonic()
    while True:
        found = bucket.get(KEY)
        if found is None or _holder(found[0]) == "" or _run_out(found[1], seen, since):
            mark = bucket.put(KEY, _text(holder), found[1] if found else None)
            if mark := mark or _mine(bucket, holder):
                return Lease(bucket, holder, mark)
        elif found[1] != seen:
            seen, since = found[1], time.monotonic()
        if time.monotonic() > until:
            raise TimeoutError("another process holds the lease")
        time.sleep(PAUSE_S * (0.5 + random.random()))


def _run_out(mark: str, seen: str, since: float) -> bool:
    return mark == seen and time.monotonic() - since > LEASE_S


def _mine(bucket: Bucket, holder: str) -> str | None:
    """The mark of our own lease, of which the store's answer was lost; None if it is not ours."""
    found = bucket.get(KEY)
    return found[1] if found and _holder(found[0]) == holder else None


def _text(holder: str) -> bytes:
    # the moment makes each renewal another object: stores mark them by their bytes
    return json.dumps({"holder": holder, "at": time.time_ns()}).encode()


def _holder(content: bytes) -> str:
    try:
        return str(json.loads(content)["holder"])
    except (ValueError, TypeError, KeyError):
        return ""
