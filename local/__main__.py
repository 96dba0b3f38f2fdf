"""``python -m local up [SERVER …]|down|status``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict

from local.downloads import StackError
from local.stack import Stack, Status


def main() -> None:
    """Parse the command line and do what it says; a StackError is one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("what", choices=("up", "down", "status"))
    parser.add_argument("servers", nargs="*", help="start these and what they need (default: all)")
    parser.add_argument("--json", action="store_true", help="the status as JSON")
    given = parser.parse_args()
    try:
        sys.exit(COMMANDS[given.what](Stack(), given))
    except StackError as error:
        sys.exit(f"make stack: {error}")


def _up(stack: Stack, given: argparse.Namespace) -> int:
    began = time.monotonic()
    stack.up(lambda line: print(f"  {line}", flush=True), given.servers)
    print(f"The stack is up after {time.monotonic() - began:.1f} s. {_sum(stack.status())}")
    print(f"Its addresses and keys: set -a; . {stack.home / 'environment'}")
    return 0


def _down(stack: Stack, given: argparse.Namespace) -> int:
    stack.down(lambda line: print(f"  {line}", flush=True))
    return 0


def _status(stack: Stack, given: argparse.Namespace) -> int:
    found = stack.status()
    if given.json:
        print(json.dumps([asdict(each) | {"log": str(each.log)} for each in found], indent=2))
        return 0
    for each in found:
        word = "ready" if each.ready else "starting" if each.runs else "down"
        memory = f"{each.bytes / 2**20:6.0f} MiB" if each.runs else " " * 10
        print(f"{each.name:18} {word:9} {each.address:16} {memory}  {each.log}")
    return 0 if all(each.ready for each in found) else 3


def _sum(found: list[Status]) -> str:
    return f"{sum(each.bytes for each in found) / 2**30:.2f} GiB resident."


COMMANDS = {"up": _up, "down": _down, "status": _status}

if __name__ == "__main__":
    main()
