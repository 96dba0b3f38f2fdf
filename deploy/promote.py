"""``python -m deploy promote FROM TO``: an environment runs the images that another has proved.

Copies `versions.yaml` and says what changes. Nothing is committed, and no cluster is asked: Argo CD
brings it once the change is in its repository.
"""

from __future__ import annotations

import argparse
import shutil

from deploy.programs import ROOT
from deploy.systems import NO_TAG, environments, tags, versions
from local.downloads import StackError


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy promote", description=__doc__)
    parser.add_argument("source", choices=environments(), metavar="FROM")
    parser.add_argument("target", choices=environments(), metavar="TO")
    given = parser.parse_args(words)
    for line in promote(given.source, given.target):
        print(line)
    return 0


def promote(source: str, target: str) -> list[str]:
    """A line for each image that changes. Raises StackError where there is nothing to run."""
    before, after = tags(target), tags(source)
    if blank := [name for name, tag in after.items() if tag == NO_TAG]:
        raise StackError(f"{source} has no tags yet ({', '.join(blank)}): nothing is proved there.")
    shutil.copyfile(ROOT / versions(source), ROOT / versions(target))
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    said = [f"  {n:15} {before.get(n, '-'):12} → {after.get(n, '-')}" for n in changed]
    return said or [f"{target} runs what {source} runs."]
