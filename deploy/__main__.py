"""``python -m deploy COMMAND …``: each command is the module of its name."""

from __future__ import annotations

import sys
from importlib import import_module

from local.downloads import StackError
from spark_jobs.jars import JarsMissingError

COMMANDS = (
    "bundle", "charts-pull", "down", "images", "load", "preflight", "promote", "publish", "render",
    "up",
)  # fmt: skip


def main(words: list[str]) -> int:
    """The exit code; an error of ours is one sentence and 1."""
    if not words or words[0] not in COMMANDS:
        print(f"usage: python -m deploy {'|'.join(COMMANDS)} …", file=sys.stderr)
        return 2
    try:
        module = import_module("deploy." + words[0].replace("-", "_"))
        return int(module.main(words[1:]))
    except (StackError, JarsMissingError) as error:
        print(f"make {words[0]}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
