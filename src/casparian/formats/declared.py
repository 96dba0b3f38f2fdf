"""A format out of a contract alone: what `casparian infer` drafts and a person has corrected.

The contract's custom properties say how the file is read: of the table `carrier`, `record`, `files`
and `known_by`, the columns without which a file is none of these; of a column `header`, the word
that heads it in the file.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import yaml

from casparian.reading import any_table
from casparian.reading.base import Note, UnreadableFile
from casparian.reading.block import Block
from casparian.reading.table import TableFormat
from casparian.reading.text import Ragged

ENDING = ".odcs.yaml"


@dataclass(frozen=True)
class DeclaredFormat(TableFormat):
    """carrier: csv, excel, json, xml or parquet. record: path of the record's element in XML.

    pattern: file names that it reads in a folder.
    """

    carrier: str = "csv"
    record: str | None = None
    pattern: str = "*"

    def reads(self, name: str) -> bool:
        """Does the file's name fit the contract's `files`?"""
        return fnmatch.fnmatch(PurePosixPath(name).name.lower(), self.pattern.lower())

    def _blocks(self, stream: BinaryIO) -> Iterator[Block | Ragged | Note]:
        if self.carrier in ("xml", "parquet"):
            return any_table.blocks(stream, self.carrier, self.words, self.record)
        return super()._blocks(stream)


def is_contract(name: str) -> bool:
    """Whether somebody means a contract file by this."""
    return name.endswith((".yaml", ".yml"))


def load_declared(path: Path) -> DeclaredFormat:
    """The format that a contract file declares.

    Raises UnreadableFile, with one sentence, where it cannot be read or declares none.
    """
    if not path.name.endswith(ENDING):
        raise UnreadableFile(f"{path.name} is no contract: its name ends in {ENDING}.")
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
        table = document["schema"][0]
        custom = _custom(table)
        return _format(path.name.removesuffix(ENDING), document, table, custom)
    except OSError as error:
        raise UnreadableFile(f"The contract {path} cannot be read: check the path.") from error
    except (yaml.YAMLError, KeyError, TypeError, ValueError, IndexError) as error:
        raise UnreadableFile(
            f"{path.name} declares no format: its table needs the custom property 'carrier' "
            "and columns with 'header', as `casparian infer` writes them."
        ) from error


def _custom(entry: dict[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}


def _format(
    name: str, document: dict[str, Any], table: dict[str, Any], custom: dict[str, Any]
) -> DeclaredFormat:
    columns = {entry["name"]: entry for entry in table["properties"]}
    header = {key: (str(_custom(c).get("header", key)),) for key, c in columns.items()}
    kinds = {key: entry["logicalType"] for key, entry in columns.items()}
    needed = tuple(custom.get("known_by") or ()) or tuple(
        key for key, entry in columns.items() if entry.get("required")
    )
    return DeclaredFormat(
        name=name,
        table=table["name"],
        summary=f"declared by {name}{ENDING}",
        header=header,
        required=needed or tuple(columns),
        contract=name,
        times=tuple(key for key, kind in kinds.items() if kind == "timestamp"),
        numbers=tuple(key for key, kind in kinds.items() if kind in ("number", "integer")),
        days={key: _custom(c)["day"] for key, c in columns.items() if "day" in _custom(c)},
        version=str(document["version"]),
        carrier=str(custom["carrier"]),
        record=custom.get("record"),
        pattern=str(custom.get("files", "*")),
    )
