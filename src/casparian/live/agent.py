"""An MTConnect agent over HTTP: ask it, or let it stream, one answer a file.

Source: MTConnect Standard Part 1.0, Protocol and Messaging (current, sample, errors, streaming).
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import SplitResult, quote, unquote, urlencode, urljoin, urlsplit

import ijson

from casparian import __version__
from casparian.formats.mtconnect.header import Header, header
from casparian.live.multipart import BLOCK, BrokenOff, boundary_of, parts
from casparian.reading.errors import UnreadableFile
from casparian.reading.xml_stream import elements, local, text_of

ACCEPT = {
    "xml": "application/mtconnect+xml, application/xml, text/xml, */*;q=0.1",
    "json": "application/mtconnect+json, application/json, */*;q=0.1",
}
MOST_BYTES = 4 << 30  # of one answer: no agent's buffer holds as much
MOST_ERROR_BYTES = 1 << 20
REDIRECTS = 5
_REQUESTS = re.compile(r"/(probe|current|sample|assets?)/?$")


class AgentError(Exception):
    """The agent cannot be polled so. Carries one sentence for the user."""


class AwayError(AgentError):
    """The agent does not answer now, or broke off; it may later."""


class OutOfRangeError(AgentError):
    """The sequence asked for is not in the agent's buffer (any more)."""


@dataclass(frozen=True)
class Answer:
    """One document of the agent. path: where it was written; kind: xml or json."""

    path: Path
    kind: str
    header: Header


@dataclass
class Agent:
    """url: of the agent, `http(s)://[user:password@]host[:port][/prefix]`.

    device: name of a device: only its observations. path: an XPath of the device model, as
    `//Axes`. timeout: seconds without a byte until it counts as away. ca: file of certificates to
    trust; verify: whether the server's certificate is looked at. kind: xml or json, asked for.
    """

    url: str
    device: str | None = None
    path: str | None = None
    timeout: float = 10.0
    ca: Path | None = None
    verify: bool = True
    kind: str = "xml"
    _open: http.client.HTTPConnection | None = field(default=None, repr=False)
    _ended: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        text = self.url if "://" in self.url else f"http://{self.url}"
        try:
            found = urlsplit(_REQUESTS.sub("", text.rstrip("/")))
            port = found.port
            (found.hostname or "").encode("idna")
        except ValueError as error:
            raise AgentError(f"'{self.url}' is no URL: {error}.") from error
        if found.scheme not in ("http", "https") or not found.hostname:
            raise AgentError(f"'{self.url}' is no URL of an agent: write http://host:5000.")
        host = f"[{found.hostname}]" if ":" in found.hostname else found.hostname
        below = quote(found.path.rstrip("/"), safe="/%")
        self.name = f"{found.scheme}://{host}{f':{port}' if port else ''}{below}"
        self._login = (
            f"{unquote(found.username)}:{unquote(found.password or '')}" if found.username else None
        )

    @property
    def scope(self) -> str:
        """The device and path asked for, "" for all."""
        return " ".join(filter(None, (self.device, self.path)))

    def ask(self, request: str, into: Callable[[], BinaryIO], **query: int) -> Answer:
        """One answer to `current` or `sample`, written to the file of `into()`.

        Raises OutOfRangeError, AwayError, and AgentError for all that will not mend by itself.
        """
        with self._response(request, query, self.timeout) as (response, sent):
            return self._whole(response, into(), sent)

    def stream(
        self, into: Callable[[], BinaryIO], wait: float, **query: int
    ) -> Iterator[Answer | None]:
        """Answers to `sample` with an interval, as they come; None once connected.

        wait: seconds without a byte until the agent counts as away. Ends where the agent ends the
        stream; an agent that does not stream gives one answer. Raises as `ask`.
        """
        with self._response("sample", query, wait) as (response, sent):
            boundary = boundary_of(sent)
            if boundary is None:
                yield self._whole(response, into(), sent)
                return
            yield None
            for part in parts(response, boundary, into):
                part.close()
                yield self._answer(Path(part.name), 200, "")

    def end(self) -> None:
        """Break off what is being asked, from another thread."""
        self._ended = True
        self._close()

    def _whole(self, response: http.client.HTTPResponse, file: BinaryIO, sent: str) -> Answer:
        told = response.chunked or response.length is not None
        with file:
            _copy_all(response, file)
        return self._answer(Path(file.name), response.status, sent, told)

    def _close(self) -> None:
        connection, self._open = self._open, None
        if connection is not None:
            with contextlib.suppress(OSError):
                if connection.sock is not None:
                    connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _target(self, request: str, query: dict[str, int]) -> str:
        device = f"/{quote(self.device, safe='')}" if self.device else ""
        words: dict[str, Any] = ({"path": self.path} if self.path else {}) | query
        asked = f"?{urlencode(words)}" if words else ""
        return f"{urlsplit(self.name).path}{device}/{request}{asked}"

    @contextlib.contextmanager
    def _response(
        self, request: str, query: dict[str, int], timeout: float
    ) -> Iterator[tuple[http.client.HTTPResponse, str]]:
        """The response and its content type; what goes wrong meanwhile is told as AgentError."""
        place = urljoin(self.name, self._target(request, query))
        try:
            response = self._get(place, timeout)
            for _ in range(REDIRECTS):
                if response.status not in (301, 302, 303, 307, 308):
                    break
                place = urljoin(place, response.headers.get("Location", ""))
                response = self._get(place, timeout)
            yield response, response.headers.get("Content-Type", "")
        except ssl.SSLCertVerificationError as error:
            raise AgentError(
                f"The certificate of {self.name} is not trusted ({error.verify_message}): name its "
                "authority with --ca FILE, or look away with --insecure."
            ) from error
        except ssl.SSLError as error:
            raise AgentError(f"{self.name} does not speak TLS ({error.reason}).") from error
        except BrokenOff as error:
            raise AwayError(f"{self.name} broke off: {error}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise AwayError(f"{self.name} does not answer ({_reason(error)}).") from error
        except (AttributeError, ValueError) as error:
            if not self._ended:
                raise
            raise AwayError(f"{self.name} was let go.") from error  # its socket was closed
        finally:
            self._close()

    def _get(self, place: str, timeout: float) -> http.client.HTTPResponse:
        self._close()
        found = urlsplit(place)
        if found.scheme not in ("http", "https") or not found.hostname:
            raise AgentError(f"{self.name} sends us on to '{place}', which is no URL.")
        connection = self._connection(found.scheme, found.hostname, found.port)
        self._open = connection
        headers = {
            "Accept": ACCEPT[self.kind],
            "Accept-Encoding": "identity",
            "User-Agent": f"casparian/{__version__}",
        }
        if self._login and self._may_know(found):
            headers["Authorization"] = "Basic " + base64.b64encode(self._login.encode()).decode()
        target = f"{found.path or '/'}{f'?{found.query}' if found.query else ''}"
        connection.request("GET", target, headers=headers)
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        return connection.getresponse()

    def _may_know(self, place: SplitResult) -> bool:
        """Whether the password may go there: to the agent's own host, never less hidden."""
        own = urlsplit(self.name)
        return place.hostname == own.hostname and place.scheme in (own.scheme, "https")

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self.timeout)
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        except (OSError, ssl.SSLError) as error:
            raise AgentError(f"{self.ca} holds no certificates.") from error
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=context)

    def _answer(self, path: Path, status: int, sent: str, told: bool = True) -> Answer:
        """Judge what was written; told: whether HTTP said its length. Raises as `ask`."""
        try:
            with path.open("rb") as stream:
                found = header(stream)
        except UnreadableFile as error:
            raise self._stranger(status, sent, path) from error
        if found.document == "MTConnectError":
            raise self._refused(path)
        if found.document != "MTConnectStreams" or None in (
            found.instance_id, found.next_sequence, found.first_sequence,
        ):  # fmt: skip
            raise AgentError(
                f"{self.name} answers with {found.document} without sequences: it is no agent that "
                "can be polled."
            )
        kind = _kind(path)
        if not (told and kind == "json") and not is_whole(path, kind):
            raise AwayError(f"{self.name} broke off within its answer.")
        return Answer(path, kind, found)

    def _stranger(self, status: int, sent: str, path: Path) -> AgentError:
        if status in (401, 403):
            return AgentError(
                f"{self.name} wants a login (HTTP {status}): write it as http://user:password@host."
            )
        if status >= 500 or status == 429:
            return AwayError(f"{self.name} is there but cannot answer (HTTP {status}).")
        if status != 200:
            return AgentError(
                f"There is no MTConnect agent at {self.name} (HTTP {status}): check the URL."
            )
        if _kind(path) and not is_whole(path, _kind(path)):
            return AwayError(f"{self.name} broke off within its answer.")
        what = sent.partition(";")[0] or "nothing"
        return AgentError(f"{self.name} is no MTConnect agent: it answers with {what}.")

    def _refused(self, path: Path) -> AgentError:
        errors = errors_of(path)
        if any(code == "OUT_OF_RANGE" for code, _ in errors):
            return OutOfRangeError(f"{self.name}: {_said(errors)}")
        if any(code in ("INTERNAL_ERROR", "SERVER_ERROR") for code, _ in errors):
            return AwayError(f"{self.name} cannot answer: {_said(errors)}")
        return AgentError(f"{self.name} refuses: {_said(errors)}")


def _kind(path: Path) -> str:
    """json or xml by the first letter; "" for neither."""
    with path.open("rb") as stream:
        first = stream.read(64).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1]
    return {b"{": "json", b"<": "xml"}.get(first, "")


def is_whole(path: Path, kind: str) -> bool:
    """Whether the document is there to its end: a cut one would lose what it does not show.

    XML is judged by its last tag, JSON is read through.
    """
    with path.open("rb") as stream:
        if kind == "json":
            try:
                for _ in ijson.basic_parse(stream):
                    pass
            except (ijson.JSONError, ValueError):
                return False
            return True
        stream.seek(max(0, path.stat().st_size - 256))
        last = stream.read().replace(b"\0", b"").rstrip()
    return re.search(rb"</([\w.-]+:)?(MTConnect\w+|html)\s*>$", last, re.IGNORECASE) is not None


def _said(errors: list[tuple[str, str]]) -> str:
    return (
        "; ".join(f"{text.rstrip('.')} ({code})" if text else code for code, text in errors) + "."
    )


def errors_of(path: Path) -> list[tuple[str, str]]:
    """(code, text) of each error in an MTConnectError document, XML or JSON."""
    with path.open("rb") as stream:
        data = stream.read(MOST_ERROR_BYTES)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        try:
            return list(_json_errors(json.loads(data))) or [("UNKNOWN", "")]
        except (ValueError, RecursionError):
            return [("UNKNOWN", "")]
    found = []
    try:
        with path.open("rb") as stream:
            for _, element in elements(stream, {"Errors", "Error"}):
                found += [
                    (code, _text(each)) for each in element.iter()
                    if (code := _code(each.attrib))
                ]  # fmt: skip
    except UnreadableFile:
        pass  # what came before the end is said
    return found or [("UNKNOWN", "")]


def _text(element: Any) -> str:
    inner = [text_of(each) for each in element if local(each.tag) == "ErrorMessage"]
    return text_of(element) or next(filter(None, inner), "")


def _code(attributes: dict[str, str]) -> str | None:
    return next((value for name, value in attributes.items() if local(name) == "errorCode"), None)


def _json_errors(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        code = value.get("errorCode")
        if code:
            words = value.get("value") or value.get("ErrorMessage") or value.get("text") or ""
            yield str(code), str(words)
        for each in value.values():
            yield from _json_errors(each)
    elif isinstance(value, list):
        for each in value:
            yield from _json_errors(each)


def _copy_all(response: http.client.HTTPResponse, file: BinaryIO) -> None:
    size = 0
    while block := response.read(BLOCK):
        file.write(block)
        size += len(block)
        if size > MOST_BYTES:
            raise BrokenOff("the answer has no end")
    expected = response.length
    if expected:
        raise BrokenOff("the connection ended within a document")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, http.client.HTTPException):
        return "the connection broke off" if not isinstance(error, http.client.BadStatusLine) else (
            "no HTTP there"
        )  # fmt: skip
    if isinstance(error, OSError) and error.errno:
        import os

        return os.strerror(error.errno).lower()
    return "the connection was closed"
