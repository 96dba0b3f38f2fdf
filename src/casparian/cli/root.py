"""The command `casparian` itself: its subcommands, its exit codes, its last word on errors.

Exit 0 fine, 1 failed, 2 misused, 130 interrupted. Nothing heavy is imported before a subcommand
runs, so that `casparian --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn, TextIO

import click

from casparian import __version__

COMMANDS = (
    "plant", "scan", "process", "run", "watch", "poll", "rebuild", "gaps", "files", "tables",
    "formats", "quarantine", "checks", "explain", "query", "compare", "capability", "report",
    "chart", "series", "rollup", "tags", "infer", "maintain",
)  # fmt: skip
MODULES = {"watch": "watch_folder"}  # where it is not called as its command
FAILED, INTERRUPTED = 1, 130

EXAMPLES = """\b
Examples:
  casparian plant --days 4 --out plant          make exports to try it with
  casparian scan plant/exports --tag demo       what is there
  casparian process --tag demo                  land it: bronze, silver, quarantine
  casparian quarantine list                     what was refused, and why
  casparian query "SELECT count(*) FROM silver_equipment.historian_values"
"""


class Commands(click.Group):
    """A group that imports a command's module when the command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"casparian.cli.{MODULES.get(cmd_name, cmd_name)}")
        return getattr(module, cmd_name)  # type: ignore[no-any-return]

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Run and leave with the exit code; never shows a traceback for what a user can mend."""
        words = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        _speak_utf8(sys.stdout)
        _speak_utf8(sys.stderr)
        try:
            code = super().main(words, **extra)
        except click.exceptions.Exit as ended:
            code = ended.exit_code
        except click.ClickException as error:
            code = _misused(error, words)
        except (KeyboardInterrupt, click.Abort):
            click.echo("Interrupted: run again to go on.", err=True)
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)


def _speak_utf8(stream: TextIO) -> None:
    """Windows consoles and pipes may be in a code page that lacks our letters."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8", errors="replace")


def _misused(error: click.ClickException, words: Sequence[str]) -> int:
    if "--json" in words:
        click.echo(json.dumps({"error": error.format_message()}, ensure_ascii=False))
    error.show()
    return error.exit_code


@click.group(
    cls=Commands, epilog=EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="casparian")
def main() -> None:
    """Plant exports in, governed Delta tables out, with every row explained."""
