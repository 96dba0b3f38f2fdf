"""Contracts of own parsers: the one that the parser names, or one told from its first records.

A contract that was told is kept beside the tables (`contracts/<parser>.odcs.yaml` in the lake), so
that types never change from run to run, and so that somebody can add limits to it and replay.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.fs as pafs
import yaml

from casparian.contracts.model import ARROW_TYPES, DOMAINS, Contract, ContractError, load
from casparian.formats.declared import is_contract, load_declared
from casparian.formats.own import SAMPLE, OwnParser, Record, kinds_of, load_parser, records
from casparian.lake.store import Lake
from casparian.reading.base import Format, UnreadableFile

FOLDER = "contracts"
ENDING = ".odcs.yaml"
LOGICAL = {kind: name for name, kind in ARROW_TYPES.items()}
PHYSICAL = {"number": "double", "integer": "bigint"}


def kept_contracts(lake: Lake) -> tuple[Path, ...]:
    """The folder of contracts that the lake keeps; a copy of it where the lake is on S3."""
    root = f"{lake.uri.removeprefix('s3://')}/{FOLDER}"
    if not lake.uri.startswith("s3://"):
        return (Path(root),) if Path(root).is_dir() else ()
    found = lake.filesystem.get_file_info(pafs.FileSelector(root, allow_not_found=True))
    copies = Path(tempfile.mkdtemp(prefix="casparian-contracts-"))
    for info in found:
        with lake.filesystem.open_input_stream(info.path) as stream:
            (copies / info.base_name).write_bytes(stream.read())
    return (copies,)


def own_formats(
    lake: Lake, parsers: Sequence[Path], contracts: Sequence[Path] = ()
) -> tuple[dict[str, Format], tuple[Path, ...]]:
    """Own parsers by name as they were used before, and the folders of contracts to judge by."""
    formats: dict[str, Format] = {}
    folders = [*contracts]
    for path in parsers:
        if is_contract(path.name):
            formats[path.name.removesuffix(ENDING)] = cast("Format", load_declared(path))
            folders.append(path.absolute().parent)
            continue
        parser, more = with_contract(lake, load_parser(path), (), contracts)
        formats[parser.name] = parser
        folders += more
    return formats, tuple(dict.fromkeys([*folders, *kept_contracts(lake)]))


def with_contract(
    lake: Lake, parser: OwnParser, files: Iterable[Path], contracts: Sequence[Path] = ()
) -> tuple[OwnParser, tuple[Path, ...]]:
    """The parser ready to read, and the folders that hold its contract, first one first.

    files: samples for a contract that is to be told from records.
    """
    if parser.contract:
        name, folders = _named(parser, contracts)
    else:
        name, folders = parser.name, (*contracts, *kept_contracts(lake))
        _tell(lake, parser, _before(name, folders), files)
        folders = (*contracts, *kept_contracts(lake))
    contract = load(name, *folders)
    if parser.table not in contract.tables:
        tables = " and ".join(contract.tables)
        raise ContractError(
            f"The contract '{name}' has no table '{parser.table}': set TABLE to {tables}."
        )
    kinds = {column.name: LOGICAL[column.type] for column in contract.tables[parser.table].columns}
    return replace(parser, contract=name, kinds=kinds), folders


def _named(parser: OwnParser, contracts: Sequence[Path]) -> tuple[str, tuple[Path, ...]]:
    """A contract's name, or a file beside the parser."""
    if not parser.contract.endswith((".yaml", ".yml")):
        return parser.contract, tuple(contracts)
    path = parser.path.parent / parser.contract
    if not path.name.endswith(ENDING):
        raise ContractError(
            f"CONTRACT of {parser.path.name} is {path.name}: a contract's name ends in {ENDING}."
        )
    return path.name.removesuffix(ENDING), (*contracts, path.parent)


def _before(name: str, folders: Sequence[Path]) -> Contract | None:
    return (
        load(name, *folders)
        if any((place / f"{name}{ENDING}").is_file() for place in folders)
        else None
    )


def _tell(lake: Lake, parser: OwnParser, before: Contract | None, files: Iterable[Path]) -> None:
    """Write the contract anew where the records have columns that it does not."""
    told = kinds_of(parser, islice(chain.from_iterable(_sample(parser, f) for f in files), SAMPLE))
    known: dict[str, str] = {}
    if before and parser.table in before.tables:
        known = {c.name: LOGICAL[c.type] for c in before.tables[parser.table].columns}
    if not told and not known:
        raise UnreadableFile(
            f"{parser.path.name} gave no record that its columns could be told from."
        )
    if before and told.keys() <= known.keys():
        return
    if before and before.version.partition(".")[0] != "0":
        return  # somebody has written it: new columns stay in bronze until they add them
    version = f"0.{int(before.version.split('.')[1]) + 1}.0" if before else "0.1.0"
    _keep(lake, parser, _document(parser, told | known, version))


def _sample(parser: OwnParser, path: Path) -> Iterator[Record]:
    """Records of a file up to where it breaks: its landing will say why."""
    try:
        yield from records(parser, path)
    except (UnreadableFile, OSError):
        return


def _document(parser: OwnParser, kinds: dict[str, str], version: str) -> dict[str, Any]:
    if parser.domain not in DOMAINS:
        raise ContractError(f"DOMAIN of {parser.path.name} is none of {', '.join(DOMAINS)}.")
    if missing := [name for name in parser.key if name not in kinds]:
        raise ContractError(
            f"KEY of {parser.path.name} names {', '.join(missing)}, which no record has."
        )
    table = {
        "name": parser.table,
        "physicalName": f"silver_{parser.domain}.{parser.table}",
        "physicalType": "table",
        "description": f"One row per record that {parser.path.name} yields.",
        "properties": [_property(parser, name, kind) for name, kind in kinds.items()],
    }
    return {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": f"casparian.{parser.name}",
        "name": parser.name, "version": version, "status": "draft",
        "domain": parser.domain, "schema": [table],
    }  # fmt: skip


def _property(parser: OwnParser, name: str, kind: str) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": name,
        "logicalType": kind,
        "physicalType": PHYSICAL.get(kind, kind),
    }
    if name in parser.key:
        position = parser.key.index(name) + 1
        column |= {"required": True, "primaryKey": True, "primaryKeyPosition": position}
    return column


def keep_contract(lake: Lake, path: Path) -> None:
    """Keep a copy of a contract file beside the tables that are landed with it."""
    root = f"{lake.uri.removeprefix('s3://')}/{FOLDER}"
    lake.filesystem.create_dir(root, recursive=True)
    with lake.filesystem.open_output_stream(f"{root}/{path.name}") as stream:
        stream.write(pa.py_buffer(path.read_bytes()))


def _keep(lake: Lake, parser: OwnParser, document: dict[str, Any]) -> None:
    root = f"{lake.uri.removeprefix('s3://')}/{FOLDER}"
    lake.filesystem.create_dir(root, recursive=True)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    with lake.filesystem.open_output_stream(f"{root}/{parser.name}{ENDING}") as stream:
        stream.write(pa.py_buffer(text.encode("utf-8")))
