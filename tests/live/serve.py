"""The simulator as a process of its own: `python -m tests.live.serve [RATE] [SIZE]`."""

from __future__ import annotations

import sys
import time

from tests.live.agent import Simulator, serving


def main(rate: float, size: int, port: int) -> None:
    """Make `rate` observations a second until killed."""
    simulator = Simulator(size=size)
    with serving(simulator, port) as url:
        print(url, flush=True)
        begun, made = time.monotonic(), 0
        while True:
            time.sleep(0.05)
            due = int((time.monotonic() - begun) * rate) - made
            simulator.many(due)
            made += due


if __name__ == "__main__":
    words = [float(word) for word in sys.argv[1:]]
    rate, size, port = (*words, *(20.0, 131_072, 0)[len(words) :])
    main(rate, int(size), int(port))
