"""The S3 store: VersityGW over a folder (default), or MinIO with ``S3=minio``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from local.downloads import StackError, go_program
from local.private import write_private
from local.server import Server

BUCKETS = ("landing", "lake")
REGION = "us-east-1"
KEY = "casparian"  # the name of the key; the key itself is a secret


class ObjectStore(Server):
    """An S3 server with the stack's buckets. program: of `pins.toml`; each has data of its own."""

    name = "s3"
    program: ClassVar[str]

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port()}"

    @property
    def data(self) -> Path:
        """Where the objects lie."""
        return self.home / self.program

    def install(self) -> None:
        go_program(self.program)

    def client(self) -> Any:
        """A client of boto3's that asks once and waits briefly."""
        import boto3
        from botocore.config import Config

        settings = Config(
            connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        )  # fmt: skip
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=REGION, aws_access_key_id=KEY,
            aws_secret_access_key=self.secret("key"), config=settings,
            verify=str(self.tls.certificate) if self.tls else None,
        )  # fmt: skip

    def ready(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.client().list_buckets()
        except ClientError as error:
            raise StackError(f"The S3 store refuses its own key: {error}") from error
        except BotoCoreError:
            return False
        return True

    def after_start(self) -> None:
        client = self.client()
        there = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        for bucket in BUCKETS:
            if bucket not in there:
                client.create_bucket(Bucket=bucket)


class VersityGw(ObjectStore):
    """VersityGW, an S3 gateway over a POSIX folder."""

    program = "versitygw"

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        self.data.mkdir(exist_ok=True)
        listen = f"127.0.0.1:{self.port()}"
        words = ["--port", listen, *self._encrypted(), "posix", str(self.data)]
        return [str(go_program(self.program)), *words]

    def environment(self) -> dict[str, str]:
        return os.environ | {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": self.secret("key")}

    def _encrypted(self) -> list[str]:
        if self.tls is None:
            return []
        identity = self.tls.identity(self.home)
        return ["--cert", str(identity.certificate), "--key", str(identity.key)]


class Minio(ObjectStore):
    """MinIO, one node."""

    program = "minio"

    def command(self, stack: Mapping[str, Server]) -> list[str]:
        listen = f"127.0.0.1:{self.port()}"
        words = ["--quiet", "--address", listen, *self._encrypted(), str(self.data)]
        return [str(go_program(self.program)), "server", *words]

    def environment(self) -> dict[str, str]:
        root = {"MINIO_ROOT_USER": KEY, "MINIO_ROOT_PASSWORD": self.secret("key")}
        return os.environ | root | {"MINIO_BROWSER": "off", "MINIO_UPDATE": "off"}

    def _encrypted(self) -> list[str]:
        """MinIO wants its own names for the two files, in a folder."""
        folder = self.home / "certificates"
        folder.mkdir(exist_ok=True)
        if self.tls is not None:
            identity = self.tls.identity(self.home)
            shutil.copy(identity.certificate, folder / "public.crt")
            write_private(folder / "private.key", identity.key.read_bytes())
        else:
            for path in folder.glob("p*"):
                path.unlink()
        return ["--certs-dir", str(folder)]


STORES: Mapping[str, type[ObjectStore]] = {"versitygw": VersityGw, "minio": Minio}


def object_store(home: Path) -> ObjectStore:
    """The store that ``S3`` names. Raises StackError for a name that is none."""
    name = os.environ.get("S3") or "versitygw"
    if name not in STORES:
        raise StackError(f"S3={name} is no store: choose {' or '.join(STORES)}.")
    return STORES[name](home)
