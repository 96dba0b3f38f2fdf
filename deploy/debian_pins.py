"""images/<name>/packages.in → packages.txt: every Debian package that comes, by exact version.

As `requirements/` does for Python: `.in` says what is wanted, `.txt` what that brings on top of
the image below. Its first line is the instant at which snapshot.debian.org has them all.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from deploy.engines import Engine
from local.downloads import StackError

DOCKERFILE = """\
FROM {below}
USER 0
RUN apt-get update -qq && apt-get install --simulate --no-install-recommends {wanted}
"""
PACKAGE = re.compile(r"^Inst (?P<name>[\w.+:-]+) (?:\[[^]]*\] )?\((?P<version>\S+)", re.MULTILINE)


def lock(engine: Engine, folder: Path, below: str, scratch: Path) -> bool:
    """Write packages.txt; True where it is another than before. below: the image under it."""
    wanted = (folder / "packages.in").read_text(encoding="utf-8").split()
    pins = sorted(_simulated(engine, below, wanted, scratch))
    path = folder / "packages.txt"
    if path.exists() and path.read_text(encoding="utf-8").splitlines()[1:] == pins:
        return False
    instant = f"# snapshot {datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    path.write_text("\n".join([instant, *pins, ""]), encoding="utf-8")
    return True


def _simulated(engine: Engine, below: str, wanted: list[str], scratch: Path) -> list[str]:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        context = Path(folder) / "context"
        context.mkdir()
        text = DOCKERFILE.format(below=below, wanted=" ".join(wanted))
        (context / "Dockerfile").write_text(text, encoding="utf-8")
        engine.build(context, "localhost/casparian-pins:once", {}, {}, again=True)
        return pins((context.parent / "build.log").read_text(encoding="utf-8"))


def pins(said: str) -> list[str]:
    """What apt would install, of what it said in a build's log."""
    found = [f"{m['name']}={m['version']}" for m in PACKAGE.finditer(said)]
    if not found:
        raise StackError("apt said of no package that it would install it.")
    return found
