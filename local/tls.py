"""TLS of the stack: one switch, an authority of its own, a certificate for each server.

``CASPARIAN_STACK_TLS=1`` (``make stack TLS=1``) puts TLS before every server; a stack stays as it
was first started until the switch says otherwise. The authority lies in <home>/tls, and only its
certificate (`ca.crt`, `trust.p12`) is for others; keys are readable by those who serve with them.
It is good for this machine's loopback and nothing else.
"""

from __future__ import annotations

import os
import secrets
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.private import write_private

SWITCH = "CASPARIAN_STACK_TLS"
HOST = "127.0.0.1"
LASTS = timedelta(days=825)  # more, some clients refuse
RENEW = timedelta(days=30)  # before its end a certificate is made anew


@dataclass(frozen=True)
class Identity:
    """What a server shows: its certificate and its key, PEM files."""

    certificate: Path
    key: Path

    def key_store(self, path: Path, password: str) -> Path:
        """Both as Java keeps them (PKCS #12), written to `path`."""
        key = load_pem_private_key(self.key.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        locked = BestAvailableEncryption(password.encode())
        write_private(
            path,
            pkcs12.serialize_key_and_certificates(
                b"server", key, _certificate(self.certificate), None, locked
            ),
        )
        return path

    def pem(self, path: Path) -> Path:
        """Both in one PEM file, written to `path`."""
        write_private(path, self.key.read_bytes() + self.certificate.read_bytes())
        return path


class Authority:
    """Signs the certificates of the stack's servers."""

    def __init__(self, home: Path):
        self._folder = home / "tls"
        self.certificate = self._folder / "ca.crt"
        self.trust_store = self._folder / "trust.p12"  # the same for Java; it holds no secret
        self._key = self._folder / "ca.key"

    def identity(self, folder: Path) -> Identity:
        """A server's certificate and key in its own folder, made where missing or near its end."""
        self._make()
        found = Identity(folder / "server.crt", folder / "server.key")
        if not self._good(found):
            key = ec.generate_private_key(ec.SECP256R1())
            write_private(found.key, _pem_key(key))
            found.certificate.write_bytes(self._signed(key).public_bytes(Encoding.PEM))
        return found

    def clients(self) -> dict[str, str]:
        """The variables by which clients find whom to trust, beside those of one server."""
        self._make()
        ca = str(self.certificate)
        names = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PGSSLROOTCERT")
        trusted = dict.fromkeys(names, ca)
        return trusted | {
            "PGSSLMODE": "verify-full",
            "CASPARIAN_TRUST_STORE": str(self.trust_store),
        }

    def context(self) -> ssl.SSLContext:
        """What lets a Python trust this authority and no other."""
        return ssl.create_default_context(cafile=self.certificate)

    def java_option(self) -> str:
        """What lets a Java trust this authority and no other."""
        self._make()
        return f"-Djavax.net.ssl.trustStore={self.trust_store}"

    def _make(self) -> None:
        if self.trust_store.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(f"Casparian's stack {secrets.token_hex(4)}")  # another stack's is another
        own = _unsigned(name, name, key, timedelta(days=3650)).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        signed = own.sign(key, hashes.SHA256())
        write_private(self._key, _pem_key(key))
        self.certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        entry = pkcs12.PKCS12Certificate(signed, b"stack")
        self.trust_store.write_bytes(pkcs12.serialize_java_truststore([entry], NoEncryption()))

    def _good(self, identity: Identity) -> bool:
        if not (identity.certificate.exists() and identity.key.exists()):
            return False
        found, own = _certificate(identity.certificate), _certificate(self.certificate)
        ends = found.not_valid_after_utc
        return found.issuer == own.subject and ends - datetime.now(UTC) > RENEW

    def _signed(self, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        own = load_pem_private_key(self._key.read_bytes(), None)
        assert isinstance(own, ec.EllipticCurvePrivateKey)
        names = [x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")]
        issuer = _certificate(self.certificate).subject
        return (
            _unsigned(_name(HOST), issuer, key, LASTS)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(own, hashes.SHA256())
        )


def authority(home: Path, on: bool | None = None) -> Authority | None:
    """The authority of a stack with TLS, None without.

    on: asked for; else the switch of the environment; else as the stack was last started.
    """
    said = os.environ.get(SWITCH, "")
    if on is None:
        on = said != "0" if said else noted(home)
    return Authority(home) if on else None


def noted(home: Path) -> bool:
    """Whether a stack was last started with TLS."""
    return (home / "tls" / "on").exists()


def remember(home: Path, tls: Authority | None) -> None:
    """Note how the stack is started, for those who ask later without the switch."""
    note = home / "tls" / "on"
    if tls is None:
        note.unlink(missing_ok=True)
    else:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _unsigned(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lasts)
    )


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
