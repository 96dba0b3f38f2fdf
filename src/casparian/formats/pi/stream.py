"""What is known of the stream whose values a PI Web API answer holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casparian.formats.pi.tables import text
from casparian.formats.pi.webid import name_of, path_of, web_id_in


class Stream(dict[str, str | None]):
    """What is known of the stream whose values follow: tag_name, path, web_id, units."""

    @property
    def named(self) -> bool:
        return self.get("tag_name") is not None

    def learn(self, member: str, value: Any) -> None:
        """Take a member that stands beside the values; a name said outright counts most."""
        if member in ("Name", "SourceName"):
            self["tag_name"] = text(value)
        elif member in ("Path", "SourcePath"):
            self["path"] = text(value)
        elif member == "UnitsAbbreviation":
            self["units"] = text(value)
        elif member == "WebId":
            self["web_id"] = text(value)
        elif member == "Links" and not self.get("web_id"):
            self["web_id"] = web_id_in(value)
        self._infer()

    def _infer(self) -> None:
        if not self.get("path") and (path := path_of(self.get("web_id"))):
            self["path"] = path
        if not self.get("tag_name") and (name := name_of(self.get("path"))):
            self["tag_name"] = name

    def take(self, other: Mapping[str, str | None]) -> None:
        """What another mention of the stream knows more."""
        self |= {name: known for name, known in other.items() if not self.get(name)}
        self.setdefault("tag_name", None)

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Stream:
        made = cls()
        for member in ("Name", "SourceName", "Path", "SourcePath", "WebId", "Links"):
            if member in entry:
                made.learn(member, entry[member])
        made.learn("UnitsAbbreviation", entry.get("UnitsAbbreviation"))
        return made
