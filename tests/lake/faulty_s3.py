"""A proxy before a real S3 store that is full or gone, as a test says."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")
FULL = (507, "InsufficientStorage", "There is not enough space on the disk.")


@dataclass
class Weather:
    """What happens to requests. fault: given the number of the request and its method, an answer of
    the proxy's own, or None to let it through."""

    fault: Callable[[int, str], tuple[int, str, str] | None] = lambda number, method: None
    seen: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int:
        with self.lock:
            self.seen += 1
            return self.seen

    def clear(self) -> None:
        """Let all through."""
        self.fault, self.seen = lambda number, method: None, 0


@contextmanager
def proxy(endpoint: str) -> Iterator[tuple[str, Weather]]:
    """The address of the proxy, and its weather."""
    weather, place = Weather(), urlsplit(endpoint)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.body()
            number = weather.next()
            fault = weather.fault(number, self.command)
            if fault:
                status, code, words = fault
                text = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
                self.reply(status, [("Content-Type", "application/xml")], text.encode())
            else:
                self.forward(body)

        def body(self) -> bytes:
            """As it comes over the line; chunks with their lengths."""
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            lines: list[bytes] = []
            while True:
                lines.append(self.rfile.readline())
                size = int(lines[-1].split(b";")[0], 16)
                lines.append(self.rfile.read(size + 2) if size else self.rfile.readline())
                if not size:
                    return b"".join(lines)

        def forward(self, body: bytes) -> None:
            inner = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
            inner.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                inner.putheader(name, value)
            inner.endheaders(body)
            answer = inner.getresponse()
            content = answer.read()
            self.reply(answer.status, answer.getheaders(), content)
            inner.close()

        def reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response_only(status)
            length = str(len(content))
            for name, value in headers:
                if name.lower() == "content-length" and self.command == "HEAD":
                    length = value
                elif name.lower() not in HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *words: object) -> None:
            return

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_any  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *given: object) -> None:
            return  # clients that hang up, and a store that was killed

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", weather
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
