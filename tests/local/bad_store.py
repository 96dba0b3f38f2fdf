"""A real S3 store behind a bad line: every request waits, and some are answered "slow down"."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OF_THE_LINE = ("connection", "expect", "keep-alive", "transfer-encoding")
SLOW_DOWN = (
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)


NO_SPACE = (
    b"<Error><Code>InsufficientStorage</Code>"
    b"<Message>There is not enough space on the disk.</Message></Error>"
)


@dataclass
class Line:
    """delay_s: that each request waits. refused: every how many-th gets 503; 0 none. room: for how
    many writes there is room, all others get 507; None for any number. asked: how many requests
    there were so far."""

    delay_s: float = 0.0
    refused: int = 0
    room: int | None = None
    asked: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def refuses(self) -> bool:
        """Waits; whether this request is to be refused."""
        self.asked = next(self._numbers)
        time.sleep(self.delay_s)
        return bool(self.refused) and self.asked % self.refused == 0

    def is_full(self) -> bool:
        """Whether there is no room for another write; there is less afterwards."""
        if self.room:
            self.room -= 1
            return False
        return self.room is not None


@contextmanager
def behind(line: Line, port: int) -> Iterator[str]:
    """The address of a store behind this line. port: of the store itself, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self._body()
            if line.refuses():
                self._answer(503, {"Content-Type": "application/xml"}, SLOW_DOWN)
                return
            if self.command in ("PUT", "POST") and line.is_full():
                self._answer(507, {"Content-Type": "application/xml"}, NO_SPACE)
                return
            store = HTTPConnection("127.0.0.1", port)
            store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in OF_THE_LINE:
                    store.putheader(name, value)
            if self._chunked:
                store.putheader("Transfer-Encoding", "chunked")
            store.endheaders(body, encode_chunked=self._chunked)
            answer = store.getresponse()
            headers = {k: v for k, v in answer.getheaders() if k.lower() not in OF_THE_LINE}
            self._answer(answer.status, headers, answer.read())
            store.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815 - their names

        @property
        def _chunked(self) -> bool:
            return "chunked" in self.headers.get("Transfer-Encoding", "")

        def _body(self) -> bytes:
            if not self._chunked:
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():  # what comes after the last chunk
                pass
            return found

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            if "Content-Length" not in headers and status != 204:
                headers["Content-Length"] = str(len(body))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
