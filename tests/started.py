"""Python processes beside the test, for what only two processes can show."""

import subprocess
import sys


def started(code: str, *words: str) -> subprocess.Popen[str]:
    """A Python process that runs this code and has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return process
