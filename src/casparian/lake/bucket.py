"""Objects of an S3 bucket that are written on a condition, which Arrow's file system cannot say.

The store itself decides: `If-None-Match: *` writes only what is not there, `If-Match` only in place
of what was read. So two processes that know nothing of each other cannot overwrite one another.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass, field
from typing import Any, Protocol

SINGLE_BYTES = 16 << 20  # in one request up to this size, in parts of it above
HELD, MEANWHILE, GONE = 412, 409, 404
SKEWED = "RequestTimeTooSkewed"
FULL = "the disk of the S3 store is full"
CLOCK = "this machine's clock is too far from that of the S3 store, set it right"
_clients = threading.local()


def is_full(text: str) -> bool:
    """Whether an error's words say that a store's disk is full: each client quotes another part of
    the answer, and each store has its own code."""
    return bool(re.search(r"InsufficientStorage|StorageFull|[Ss]tatus( [Cc]ode:)? 507", text))


class Readable(Protocol):
    """What an upload is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, fewer only at the end."""


class BucketError(OSError):
    """The store did not answer, or refused for another reason than the condition."""


def client() -> Any:
    """This thread's client, by the AWS_* variables; each is asked a few times where it is busy."""
    found = getattr(_clients, "client", None)
    if found is None or _clients.pid != os.getpid():
        import boto3
        from botocore.config import Config

        endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        settings = Config(
            connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 6},
            s3={"addressing_style": "path" if endpoint else "auto"},
        )  # fmt: skip
        session = boto3.session.Session()
        region = os.environ.get("AWS_REGION") or session.region_name or "us-east-1"
        found = session.client("s3", endpoint_url=endpoint, region_name=region, config=settings)
        _clients.client, _clients.pid = found, os.getpid()
    return found


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what lies below a prefix of it."""

    uri: str
    name: str = field(init=False)
    prefix: str = field(init=False)

    def __post_init__(self) -> None:
        name, _, prefix = self.uri.removeprefix("s3://").strip("/").partition("/")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "prefix", f"{prefix}/" if prefix else "")

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object's bytes and its mark for `put`, None where there is none."""
        answer = self._ask("get_object", key, (GONE,))
        return None if answer is None else (answer["Body"].read(), answer["ETag"])

    def put(self, key: str, content: bytes, instead_of: str | None = None) -> str | None:
        """Write an object that is not there, or in place of the one with this mark; its new mark,
        None where the condition does not hold."""
        condition = {"IfMatch": instead_of} if instead_of else {"IfNoneMatch": "*"}
        refused = (HELD, MEANWHILE, GONE)
        answer = self._ask("put_object", key, refused, Body=content, **condition)
        return None if answer is None else str(answer["ETag"])

    def has(self, key: str) -> bool:
        """Whether there is such an object."""
        return self._ask("head_object", key, (GONE,)) is not None

    def upload(self, key: str, stream: Readable) -> Upload:
        """A new object in parts, of which nothing is seen before it is finished."""
        return Upload(self, key, stream)

    def _ask(self, what: str, key: str, refused: tuple[int, ...] = (), **more: Any) -> Any:
        """The answer, None for one of the refusals. Raises BucketError for all else."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(client(), what)(Bucket=self.name, Key=self.prefix + key, **more)
        except ClientError as error:
            status = error.response["ResponseMetadata"].get("HTTPStatusCode")
            if status in refused and error.response["Error"].get("Code") != "NoSuchBucket":
                return None
            raise BucketError(_words(error, self.name)) from error
        except BotoCoreError as error:
            raise BucketError(f"the S3 store does not answer, {type(error).__name__}") from error


class Upload:
    """A stream sent part by part; `finish` makes it an object, without it nothing is left."""

    def __init__(self, bucket: Bucket, key: str, stream: Readable):
        self._bucket, self._key, self._stream = bucket, key, stream
        self._marks: list[dict[str, Any]] = []
        self._id: str | None = None

    def __enter__(self) -> Upload:
        self._id = self._bucket._ask("create_multipart_upload", self._key)["UploadId"]
        return self

    def __exit__(self, *ended: object) -> None:
        if self._id:
            self._bucket._ask("abort_multipart_upload", self._key, (GONE,), UploadId=self._id)

    def send(self) -> None:
        """Send the stream to its end, one part in memory at a time."""
        while part := self._stream.read(SINGLE_BYTES):
            number = len(self._marks) + 1
            answer = self._bucket._ask(
                "upload_part", self._key, UploadId=self._id, PartNumber=number, Body=part
            )
            self._marks.append({"ETag": answer["ETag"], "PartNumber": number})

    def finish(self) -> bool:
        """Make it an object; False where there is one by now."""
        done = self._bucket._ask(
            "complete_multipart_upload", self._key, (HELD, MEANWHILE), UploadId=self._id,
            MultipartUpload={"Parts": self._marks}, IfNoneMatch="*",
        )  # fmt: skip
        if done is not None:
            self._id = None
        return done is not None


def _words(error: Any, bucket: str) -> str:
    said = error.response.get("Error", {})
    if said.get("Code") == SKEWED:
        return CLOCK
    if is_full(str(error)):
        return FULL
    return f"the S3 store refused (bucket {bucket}): {said.get('Message') or said.get('Code')}"
