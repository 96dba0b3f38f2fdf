"""A suggester of the user's own: a program that reads a tag a line and answers a suggestion a line.

It may ask a language model, a plant's naming rules or a database; Casparian starts it only when it
is named, and sends it nothing but what is known of the tags. One JSON object a line on stdin:

    {"tag_name": "TI-101", "description": null, "units": "°C", "draft": {"quantity": …, …}}

and one on stdout for each, in any order, matched by `tag_name`; fields left out stay as drafted:

    {"tag_name": "TI-101", "tag_alias": "Reactor1.BathTemp", "confidence": 0.9, "reason": "…"}
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from casparian.tags.suggest import Known, Suggestion

TIMEOUT_S = 600.0
_TEXTS = ("tag_alias", "quantity", "units", "asset_id", "reason")


class ProgramFailed(Exception):
    """The program could not be used. Carries one sentence for the user."""


@dataclass(frozen=True)
class Program:
    """command: the program and its arguments. timeout_s: for all tags together."""

    command: tuple[str, ...]
    timeout_s: float = TIMEOUT_S

    def suggest(self, tags: Sequence[Known], drafts: Sequence[Suggestion]) -> list[Suggestion]:
        """See Suggester. What the program says of no tag stays as drafted.

        Raises ProgramFailed where it does not start, fails, takes too long or answers no JSON.
        """
        lines = [
            json.dumps(asdict(tag) | {"draft": asdict(draft)}, ensure_ascii=False)
            for tag, draft in zip(tags, drafts, strict=True)
        ]
        said = {answer["tag_name"]: answer for answer in self._answers("\n".join(lines) + "\n")}
        return [_merged(draft, said.get(draft.tag_name)) for draft in drafts]

    def _answers(self, lines: str) -> list[dict[str, Any]]:
        name = self.command[0]
        try:
            done = subprocess.run(
                self.command, input=lines.encode(), capture_output=True, timeout=self.timeout_s,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise ProgramFailed(f"{name} took longer than {self.timeout_s:g} s.") from error
        except OSError as error:
            raise ProgramFailed(f"{name} does not start: {error.strerror or error}.") from error
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
            raise ProgramFailed(f"{name} ended with {done.returncode}: {last[0] or 'no word'}.")
        texts = done.stdout.decode(errors="replace").splitlines()
        return [self._answer(number, text) for number, text in enumerate(texts, 1) if text.strip()]

    def _answer(self, number: int, text: str) -> dict[str, Any]:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("tag_name"), str):
            raise ProgramFailed(
                f"{self.command[0]} answered no object with a tag_name in line {number}."
            )
        return answer


def _merged(draft: Suggestion, answer: dict[str, Any] | None) -> Suggestion:
    if answer is None:
        return replace(draft, confidence=0.0)  # says nothing: what was drafted stands
    texts = {name: answer[name] for name in _TEXTS if isinstance(answer.get(name), str)}
    sure = answer.get("confidence", 0.5)
    number = float(sure) if isinstance(sure, int | float) and 0 <= sure <= 1 else 0.0
    reason = f"own program: {texts.pop('reason', 'no reason given')}"
    kept: dict[str, Any] = {name: text.strip() or None for name, text in texts.items()}
    return replace(draft, **kept, confidence=number, reason=reason)
