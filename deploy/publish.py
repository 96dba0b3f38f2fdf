"""``python -m deploy publish URL [--env NAME] [--branch main]``: what Argo CD is to see, to a git
server.

For a cluster that cannot reach the repository, or that is to run what is not in it yet: the last
commit, with the tags of the images that were built here (``.local/images/versions.yaml``) and with
the fetched charts of others, as one commit on top of it. The working tree stays as it is.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from pathlib import Path

from deploy import systems
from deploy.programs import ROOT
from deploy.systems import BUILT, environments, missing
from local.downloads import StackError

MOST_BYTES = 1 << 29
AUTHOR = {"NAME": "casparian", "EMAIL": "casparian@localhost"}


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy publish", description=__doc__)
    parser.add_argument("url", help="of the git repository, as http://git.example/app.git")
    parser.add_argument("--env", choices=environments(), default="local")
    parser.add_argument("--branch", default="main")
    parser.add_argument("--versions", type=Path, default=BUILT, metavar="FILE",
                        help="tags of images (default: of those built here)")  # fmt: skip
    given = parser.parse_args(words)
    made = commit(given.env, given.versions)
    push(made, given.url, given.branch)
    print(f"{made[:12]} is {given.branch} of {given.url}")
    return 0


def is_committed() -> None:
    """Raises StackError where files that git knows have changes: they would be left out."""
    if changed := _git("status", "--porcelain", "--untracked-files=no").splitlines():
        files = ", ".join(line[2:].strip() for line in changed[:3])
        raise StackError(f"Commit first: the last commit is taken, without {files}.")


def commit(
    environment: str, versions: Path | None = None, *, base: str = "HEAD", alone: bool = False
) -> str:  # fmt: skip
    """The hash of a commit on top of another, or alone: without those before it. Raises StackError
    where something to publish is missing."""
    for system in systems.systems(environment):
        for name in missing(ROOT / "charts" / system.system):
            raise StackError(f"{system.system} needs {name}: fetch it with make charts-pull.")
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        _git("read-tree", base, more=index)
        fetched = [str(each.relative_to(ROOT)) for each in ROOT.glob("charts/*/charts/*.tgz")]
        _git("add", "--force", "--", *fetched, more=index)
        if versions is not None and versions.exists():
            blob = _git("hash-object", "-w", str(versions))
            place = systems.versions(environment)
            _git("update-index", "--add", "--cacheinfo", f"100644,{blob},{place}", more=index)
        tree = _git("write-tree", more=index)
    said = f"build: {environment} with the images and charts that are here"
    before = [] if alone else ["-p", base]
    return _git("commit-tree", tree, *before, "-m", said, more=_author())


def packed(made: str, path: Path) -> None:
    """A commit as a git bundle, whose branch is main; no branch of this repository is touched."""
    with tempfile.TemporaryDirectory() as scratch:
        own = f"--git-dir={scratch}"
        _git(own, "init", "--quiet", "--bare")
        objects = _git("rev-parse", "--path-format=absolute", "--git-path", "objects")
        (Path(scratch) / "objects" / "info" / "alternates").write_text(f"{objects}\n")
        _git(own, "update-ref", "refs/heads/main", made)
        _git(own, "symbolic-ref", "HEAD", "refs/heads/main")
        _git(own, "bundle", "create", "--quiet", str(path), "HEAD", "refs/heads/main")


def unpacked(path: Path) -> str:
    """The commit of a git bundle, which this repository knows from then on."""
    _git("fetch", "--quiet", str(path), "refs/heads/main")
    return _git("rev-parse", "FETCH_HEAD")


def shown(made: str, path: str) -> str:
    """A file of a commit."""
    return _git("show", f"{made}:{path}")


def head() -> str:
    """The last commit here."""
    return _git("rev-parse", "HEAD")


def push(made: str, url: str, branch: str) -> None:
    """The commit as that branch, whatever it was before."""
    # Small servers take a push of known length alone, not one in chunks.
    whole = ("-c", f"http.postBuffer={MOST_BYTES}")
    _git(*whole, "push", "--quiet", "--force", url, f"{made}:refs/heads/{branch}")


def _author() -> dict[str, str]:
    return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
            for key, value in AUTHOR.items()}  # fmt: skip


def _git(*words: str, more: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", "-C", str(ROOT), *words], env=os.environ | (more or {}), check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        raise StackError(f"git: {done.stderr.strip()}")
    return done.stdout.strip()
