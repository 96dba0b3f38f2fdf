"""Where tables lie and how a commit is made: Delta through delta-rs, on a disk or any S3.

A table's address is `<layer>_<domain>.<table>` (`silver_equipment.historian_values`), its folder
`<layer>/<domain>/<table>` below the lake. `ops.files`, the ledger, has no domain.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from casparian.lake.alone import alone
from casparian.lake.bucket import FULL as STORE_FULL
from casparian.lake.bucket import Bucket, BucketError, is_full
from casparian.lake.delta_log import DeltaLog, read_log
from casparian.lake.lease import KEY as LEASE
from casparian.lake.lease import leased
from casparian.lake.turn import ABSENT, Turn, begun, turn_of

LAYERS = ("bronze", "silver", "gold", "ops")
LEDGER = "ops.files"
RETRIES = 12  # another writer may win the version; each try waits a little longer
TRANSACTION_VERSION = 1
# Who opens a table reads all commits since its last checkpoint: at delta-rs's hundred that takes
# longer than the rest of a day's landing. Ten is Delta's own.
CHECKPOINTED = {"delta.checkpointInterval": "10"}
COMMIT_WAIT_S = 600.0
S3_CONNECT_S, S3_REQUEST_S, S3_ATTEMPTS = 10, 60, 8  # Arrow itself gives up after 3 seconds
FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
FULL_WORDS = ("space", "too large", "quota", "is full")


class LakeError(Exception):
    """The lake cannot do what was asked. Carries one sentence for the user."""


class Overtaken(LakeError):
    """Another process committed meanwhile, and nothing was written: look anew and do it again."""


@dataclass(frozen=True)
class Part:
    """One Parquet file, written but not yet in any table.

    path: relative to the table's folder. stats: Delta's statistics as JSON. derived: its rows were
    made from records that are counted elsewhere.
    """

    address: str
    path: str
    size: int
    rows: int
    stats: str
    hashes: tuple[str, ...] = ()
    derived: bool = False

    def add_action(self) -> AddAction:
        return AddAction(self.path, self.size, {}, int(time.time() * 1000), True, self.stats)


@dataclass(frozen=True)
class Lake:
    """A folder or bucket prefix that holds the tables."""

    uri: str
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, uri: str | Path) -> Lake:
        """The lake at a folder or `s3://bucket/prefix`; S3 access is by the AWS_* variables."""
        text = str(uri)
        if text.startswith("s3://"):
            return cls(text.rstrip("/"), _s3_options())
        if "://" in text:
            raise LakeError(f"'{text}' is no lake: give a folder or s3://bucket/prefix.")
        return cls(Path(text).absolute().as_posix())

    @cached_property
    def filesystem(self) -> pafs.FileSystem:
        return filesystem_of(self.uri)

    def folder(self, address: str) -> str:
        """The table's folder as the filesystem names it."""
        root = path_of(self.uri)
        return f"{root}/{relative(address)}"

    def table_uri(self, address: str) -> str:
        return f"{self.uri}/{relative(address)}"

    def delta(self, address: str) -> DeltaTable | None:
        """The table as it is now, or None where it was never written. In a turn all who ask share
        it."""
        turn = turn_of(self.uri)
        try:
            found = self._opened(address, turn.tables if turn else {})
        except TableNotFoundError:
            found = None
        except (DeltaError, OSError) as error:
            raise self._unread(error) from error
        if turn:
            turn.saw(address, _version(found))
        return found

    def _opened(self, address: str, before: dict[str, DeltaTable]) -> DeltaTable:
        if known := before.get(address):
            known.update_incremental()
        else:
            known = DeltaTable(self.table_uri(address), storage_options=self.options or None)
            before[address] = known
        return known

    def _unread(self, error: Exception) -> Exception:
        """delta-rs seldom tells what a store said, so the store is asked once more."""
        if is_bucket(self.uri):
            try:
                Bucket(self.uri).get(LEASE)
            except BucketError as said:
                return LakeError(f"The lake could not be read ({said}): mend that and run again.")
        return error

    def dataset(self, address: str) -> pads.Dataset | None:
        """The table's current files as an Arrow dataset with the table's schema, or None.

        Read through Arrow's own filesystem: delta-rs's bridge may end the process with an abort.
        Raises LakeError as `files_of` does.
        """
        table = self.delta(address)
        return None if table is None else self.files_of(address, table)

    def log(self, address: str) -> DeltaLog:
        """What the table's log tells beside its files."""
        return read_log(self.filesystem, self.folder(address))

    def _refuse_marked(self, address: str, table: DeltaTable) -> None:
        """Arrow reads files whole: rows that a deletion vector leaves out would come back."""
        if "deletionVectors" not in (table.protocol().reader_features or ()):
            return
        marked = self.log(address).deleted_rows
        if marked is None or marked:
            raise LakeError(
                f"{address} has rows that are marked as deleted and still in its files: ask Spark"
                f" or Trino for it, or let Spark write them out (REORG TABLE … APPLY (PURGE))."
            )

    def files_of(
        self, address: str, table: DeltaTable, paths: Sequence[str] | None = None
    ) -> pads.Dataset:
        """These files of the table (paths relative to it), or all of them.

        Raises LakeError where Spark or Trino has marked rows of the table as deleted that are still
        in its files: who read them here to write them anew would bring them back.
        """
        self._refuse_marked(address, table)
        folder = self.folder(address)
        names = table.get_add_actions()["path"].to_pylist() if paths is None else paths
        full = [f"{folder}/{unquote(name)}" for name in names]
        schema = pa.schema(table.schema().to_arrow())
        keys = table.metadata().partition_columns
        hive = (
            pads.HivePartitioning(pa.schema([schema.field(key) for key in keys])) if keys else None
        )
        form = pads.ParquetFileFormat()
        fragments = [
            form.make_fragment(path, self.filesystem, partition_expression=_partition(hive, path))
            for path in full
        ]
        return pads.FileSystemDataset(fragments, schema, form, self.filesystem)

    def read(self, address: str, columns: Sequence[str] | None = None) -> pa.Table | None:
        """The whole table, or None. For the small ones: ledger, tag list, roll-ups."""
        data = self.dataset(address)
        return None if data is None else data.to_table(columns=list(columns) if columns else None)

    def addresses(self) -> list[str]:
        """Every table of the lake, in the order of the road."""
        found = []
        for layer in LAYERS:
            for folder in self._folders(layer):
                found += [_address(layer, folder, table) for table in self._tables(layer, folder)]
        return sorted(found, key=lambda a: (LAYERS.index(a.split("_")[0].split(".")[0]), a))

    def _folders(self, layer: str) -> list[str]:
        return [
            info.base_name for info in self._list(layer) if info.type == pafs.FileType.Directory
        ]

    def _tables(self, layer: str, folder: str) -> list[str | None]:
        if self._is_table(f"{layer}/{folder}"):
            return [None]
        inside = self._list(f"{layer}/{folder}")
        return [
            info.base_name
            for info in inside
            if self._is_table(f"{layer}/{folder}/{info.base_name}")
        ]

    def _list(self, below: str) -> list[pafs.FileInfo]:
        root = path_of(self.uri)
        found: list[pafs.FileInfo] = self.filesystem.get_file_info(
            pafs.FileSelector(f"{root}/{below}", allow_not_found=True)
        )
        return found

    def _is_table(self, below: str) -> bool:
        root = path_of(self.uri)
        log = self.filesystem.get_file_info(f"{root}/{below}/_delta_log")
        return bool(log.type == pafs.FileType.Directory)

    def landed(self, address: str, hashes: Iterable[str]) -> set[str]:
        """Which of the sources have their rows in the table already.

        Its application transactions tell.
        """
        return self._landed(address, self.delta(address), hashes)

    def _landed(self, address: str, table: DeltaTable | None, hashes: Iterable[str]) -> set[str]:
        if table is None:
            return set()
        turn = turn_of(self.uri)
        absent = turn.absent.setdefault(address, set()) if turn else set()
        asked = set(hashes) - absent
        found = {h for h in asked if table.transaction_version(_app(h)) is not None}
        absent |= asked - found
        return found

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only process that settles and commits, by a lock on a disk and a lease on S3.

        Raises LakeError when another run goes on committing for COMMIT_WAIT_S.
        """
        if turn_of(self.uri):
            yield
            return
        with ExitStack() as stack:
            try:
                lost = stack.enter_context(self._lock())
            except TimeoutError as error:
                raise LakeError(
                    "Another run keeps committing to this lake: run again later."
                ) from error
            except OSError as error:
                raise unwritten(error) from error
            stack.enter_context(begun(self.uri, Turn(lost)))
            yield

    @contextmanager
    def _lock(self) -> Iterator[Callable[[], bool]]:
        """Held; whether it is known to be lost."""
        if self.uri.startswith("s3://"):
            with leased(self.uri, COMMIT_WAIT_S) as lease:
                yield lambda: lease.lost
        else:
            with alone(self.uri, COMMIT_WAIT_S):
                yield lambda: False

    def commit(
        self,
        address: str,
        schema: pa.Schema,
        parts: Sequence[Part],
        sources: Iterable[str] = (),
        removes: Sequence[RemoveAction] = (),
    ) -> None:
        """One Delta commit of these parts, with an application transaction for each source hash.

        Retries when another writer took the version, but for what was settled in a turn (`alone`)
        or replaces files: it rests on what was read. Raises Overtaken when another writer was
        there first, LakeError when the lake cannot be written.
        """
        names = list(sources)
        stamp = int(time.time() * 1000)
        transactions = [Transaction(_app(h), TRANSACTION_VERSION, stamp) for h in names]
        # no silent rebase: each try looks anew whether a source has landed
        properties = CommitProperties(app_transactions=transactions or None, max_commit_retries=0)
        turn = turn_of(self.uri)
        for attempt in range(1 if removes and not turn else RETRIES):
            table = self.delta(address)
            if attempt and _holds(table, parts):  # an answer that never came was a yes
                return turn.wrote(address, _version(table)) if turn else None
            if turn and turn.overtaken(address, _version(table)):
                raise Overtaken(f"Another run changed {address} meanwhile: run again.")
            if self._landed(address, table, names):
                raise Overtaken(
                    "Another run landed these files meanwhile: run again to see them known."
                )
            try:
                made = self._commit(address, table, schema, parts, removes, properties)
            except CommitFailedError:
                time.sleep(0.05 * 2 ** min(attempt, 6))
            except (DeltaError, OSError) as error:
                if not _created_meanwhile(error):
                    raise unwritten(error) from error
            else:
                return turn.wrote(address, made) if turn else None
        raise Overtaken(
            f"{address} could not be committed: other writers keep it busy; run again later."
        )

    def _commit(
        self,
        address: str,
        table: DeltaTable | None,
        schema: pa.Schema,
        parts: Sequence[Part],
        removes: Sequence[RemoveAction],
        properties: CommitProperties,
    ) -> int:
        """The version that was made."""
        adds = [part.add_action() for part in parts]
        if table is None:
            create_table_with_add_actions(
                self.table_uri(address), _delta_schema(schema), adds, mode="error",
                storage_options=self.options or None, commit_properties=properties,
                configuration=CHECKPOINTED,
            )  # fmt: skip
            return 0
        self._widen(table, schema)
        before = table.version()
        table.create_write_transaction(
            [*adds, *removes], "append", table.schema(), commit_properties=properties,
            post_commithook_properties=PostCommitHookProperties(
                create_checkpoint=True, cleanup_expired_logs=False
            ),
        )  # fmt: skip
        return int(before + 1)

    def _widen(self, table: DeltaTable, schema: pa.Schema) -> None:
        """Add the columns that the table does not have yet, as nullable."""
        wanted = _delta_schema(schema).fields
        known = {item.name for item in table.schema().fields}
        missing = [item for item in wanted if item.name not in known]
        if missing:
            table.alter.add_columns(missing)


def is_bucket(uri: str) -> bool:
    """Whether it names a bucket or a place in one."""
    return uri.startswith("s3://")


def path_of(uri: str) -> str:
    """A folder or `s3://bucket/key` as its file system names it."""
    return uri.removeprefix("s3://")


def filesystem_of(uri: str) -> pafs.FileSystem:
    """Arrow's file system for a folder or `s3://bucket/key`, there by the AWS_* variables."""
    if not is_bucket(uri):
        return pafs.LocalFileSystem()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    return pafs.S3FileSystem(
        endpoint_override=endpoint,
        region=os.environ.get("AWS_REGION", "us-east-1"),
        force_virtual_addressing=False,
        tls_ca_file_path=os.environ.get("AWS_CA_BUNDLE"),
    )


def _version(table: DeltaTable | None) -> int:
    return ABSENT if table is None else int(table.version())


def _holds(table: DeltaTable | None, parts: Sequence[Part]) -> bool:
    """Whether the parts are in the table: their names are of this run alone."""
    if table is None or not parts:
        return False
    return parts[0].path in table.get_add_actions()["path"].to_pylist()


def unwritten(error: Exception, what: str = "The lake") -> LakeError:
    """The system's word on why it cannot be written, as one sentence that says what to do."""
    words = _reason(error)
    full = getattr(error, "errno", None) in FULL or any(each in words for each in FULL_WORDS)
    advice = "free some space" if full else "mend that"
    return LakeError(f"{what} could not be written ({words}): {advice} and run again.")


def _reason(error: Exception) -> str:
    number, text = getattr(error, "errno", None), str(error)
    if number:
        return os.strerror(number).lower()
    if is_full(text):
        return STORE_FULL
    return text if isinstance(error, BucketError) else _last_words(text)


def _last_words(text: str) -> str:
    """What the system said at the end of a chain of libraries' own words."""
    said = re.sub(r"\s*\(os error \d+\)", "", text.splitlines()[0] if text else "")
    return said.rpartition(": ")[2].strip(' ."').lower() or "unknown reason"


def _created_meanwhile(error: Exception) -> bool:
    return isinstance(error, DeltaError) and "already exists" in str(error)


def relative(address: str) -> str:
    """`silver_equipment.historian_values` → `silver/equipment/historian_values`."""
    database, dot, table = address.partition(".")
    if not dot or database.split("_")[0] not in LAYERS:
        raise LakeError(
            f"'{address}' is no table address: write it like silver_equipment.historian_values."
        )
    return f"{database.replace('_', '/', 1)}/{table}"


def _address(layer: str, folder: str, table: str | None) -> str:
    return f"{layer}.{folder}" if table is None else f"{layer}_{folder}.{table}"


def _partition(hive: pads.HivePartitioning | None, path: str) -> pc.Expression | None:
    return hive.parse(path) if hive else None


def _app(source_hash: str) -> str:
    return f"casparian:{source_hash}"


def _delta_schema(schema: pa.Schema):  # type: ignore[no-untyped-def]
    from deltalake import Schema

    return Schema.from_arrow(pa.schema([plain(item) for item in schema]))


def plain(item: pa.Field) -> pa.Field:
    """The field as the table has it: dictionary-coded text is text, and all is nullable."""
    kind = item.type.value_type if pa.types.is_dictionary(item.type) else item.type
    return pa.field(item.name, pa.string() if pa.types.is_null(kind) else kind)


def _s3_options() -> dict[str, str]:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    options = {"aws_conditional_put": "etag"}
    if endpoint:
        options["aws_endpoint"] = endpoint
    if endpoint.startswith("http://"):
        options["aws_allow_http"] = "true"
    return options
