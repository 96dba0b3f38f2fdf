"""The stack's authority and its switch; no server is needed for it."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from local import tls
from local.tls import SWITCH, Authority, authority, remember

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stack is for POSIX systems")


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A server's folder."""
    found = tmp_path / "server"
    found.mkdir()
    return found


def test_a_certificate_is_kept_until_it_is_near_its_end(
    tmp_path: Path, server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Authority(tmp_path)
    first = own.identity(server).certificate.read_bytes()
    assert own.identity(server).certificate.read_bytes() == first
    monkeypatch.setattr(tls, "RENEW", tls.LASTS)
    assert own.identity(server).certificate.read_bytes() != first


def test_a_server_of_another_stack_gets_a_certificate_anew(tmp_path: Path, server: Path) -> None:
    first = Authority(tmp_path / "one").identity(server).certificate.read_bytes()
    assert Authority(tmp_path / "two").identity(server).certificate.read_bytes() != first


def test_keys_are_private_and_what_clients_read_holds_none(tmp_path: Path, server: Path) -> None:
    own = Authority(tmp_path)
    found = own.identity(server)
    for path in (found.key, found.pem(server / "both.pem"), found.key_store(server / "k.p12", "x")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for path in (own.certificate, own.trust_store):
        assert b"PRIVATE KEY" not in path.read_bytes()


def test_a_stack_stays_as_it_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    assert authority(tmp_path) is None
    monkeypatch.setenv(SWITCH, "1")
    remember(tmp_path, authority(tmp_path))
    monkeypatch.delenv(SWITCH)
    assert authority(tmp_path) is not None
    monkeypatch.setenv(SWITCH, "0")
    remember(tmp_path, authority(tmp_path))
    monkeypatch.delenv(SWITCH)
    assert authority(tmp_path) is None
