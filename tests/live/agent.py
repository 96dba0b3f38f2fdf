"""A small MTConnect agent over real HTTP on the loopback, with an agent's faults at will.

A circular buffer, instanceId, probe, current, sample with from, count and path, long poll by
multipart/x-mixed-replace with heartbeats, errors as documents, restarts, answers that break off.

Source: MTConnect Standard Part 1.0, Protocol and Messaging.
"""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

ITEMS = {  # data item: (component, component id, category, element)
    "xpos": ("Linear", "x", "Samples", "Position"),
    "load": ("Rotary", "c", "Samples", "Load"),
    "exec": ("Path", "p", "Events", "Execution"),
    "sys": ("Controller", "ctl", "Condition", ""),
}
BEGIN = datetime(2025, 10, 28, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Observation:
    sequence: int
    device: str
    item: str
    value: str
    at: str


class Simulator:
    """size: observations that the buffer holds. instance: the agent's first run."""

    def __init__(
        self, size: int = 1000, instance: int = 1_761_620_400, devices: tuple[str, ...] = ("Mill",)
    ):
        self.devices = devices
        self.size, self.lock = size, threading.Condition()
        self.streaming = True  # whether it can
        self.json = False
        self.old_errors = False  # errors with HTTP 200, as agents before 1.4 sent them
        self.cut_after: int | None = None  # bytes after which the next answer breaks off
        self.refuse: int | None = None  # an HTTP status for every request
        self.send_on: str | None = None  # a URL that every request is redirected to
        self.slow_s = 0.0
        self.requests: list[str] = []
        self.no_length = False  # multipart without Content-length
        self.all: list[tuple[int, int, str]] = []  # (instance, sequence, device) ever made
        self.start(instance)

    def start(self, instance: int) -> None:
        """A new run: an empty buffer, sequences from 1, every item unavailable."""
        with self.lock:
            self.instance, self.next = instance, 1
            self.buffer: deque[Observation] = deque(maxlen=self.size)
            self.latest: dict[tuple[str, str], Observation] = {}
            for device in self.devices:
                for item in ITEMS:
                    self._add(item, "UNAVAILABLE", device)
            self.lock.notify_all()

    def add(self, item: str, value: str, device: str | None = None) -> int:
        with self.lock:
            sequence = self._add(item, value, device or self.devices[0])
            self.lock.notify_all()
            return sequence

    def many(self, count: int) -> None:
        """Some more samples, in one go."""
        with self.lock:
            for number in range(count):
                self._add("xpos", f"{number % 700}.25", self.devices[number % len(self.devices)])
            self.lock.notify_all()

    def _add(self, item: str, value: str, device: str) -> int:
        at = (BEGIN + timedelta(milliseconds=100 * len(self.all))).isoformat()
        seen = Observation(self.next, device, item, value, at.replace("+00:00", "Z"))
        self.buffer.append(seen)
        self.latest[device, item] = seen
        self.all.append((self.instance, self.next, f"{device.lower()}-1"))
        self.next += 1
        return seen.sequence

    @property
    def first(self) -> int:
        return self.buffer[0].sequence if self.buffer else self.next

    def header(self) -> dict[str, str]:
        told = {
            "creationTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "sender": "sim",
            "instanceId": self.instance, "version": "2.0.0.1", "bufferSize": self.size,
            "nextSequence": self.next, "firstSequence": self.first, "lastSequence": self.next - 1,
        }  # fmt: skip
        return {name: str(value) for name, value in told.items()}

    def current(self, device: str | None) -> bytes:
        with self.lock:
            found = [each for each in self.latest.values() if device in (None, each.device)]
            return self._document(found, self.next)

    def sample(self, begin: int, count: int, device: str | None) -> bytes:
        with self.lock:
            if begin < self.first or begin > self.next:
                where = f"{self.first} and {self.next - 1}"
                raise Refused("OUT_OF_RANGE", f"'from' must be between {where}")
            if not 0 < count <= self.size:
                raise Refused("OUT_OF_RANGE", f"'count' must be between 1 and {self.size}")
            skip = begin - self.first
            held = list(self.buffer)[skip : skip + count] if skip < len(self.buffer) else []
            following = held[-1].sequence + 1 if held else self.next
            return self._document([o for o in held if device in (None, o.device)], following)

    def _document(self, found: list[Observation], following: int) -> bytes:
        told = self.header() | {"nextSequence": str(following)}
        return _json(told, found) if self.json else _xml(told, found)


class Refused(Exception):
    def __init__(self, code: str, text: str, status: int = 404):
        self.code, self.text, self.status = code, text, status


def _xml(header: dict[str, str], found: list[Observation]) -> bytes:
    told = " ".join(f'{name}="{value}"' for name, value in header.items())
    streams = []
    for device in dict.fromkeys(each.device for each in found):
        mine = [each for each in found if each.device == device]
        inner = []
        for item in dict.fromkeys(each.item for each in mine):
            component, ident, category, element = ITEMS[item]
            rows = "".join(_observation(each, element) for each in mine if each.item == item)
            inner.append(
                f'<ComponentStream component="{component}" componentId="{ident}">'
                f"<{category}>{rows}</{category}></ComponentStream>"
            )
        streams.append(
            f'<DeviceStream name="{device}" uuid="{device.lower()}-1">{"".join(inner)}'
            "</DeviceStream>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.0">'
        f"<Header {told}/><Streams>{''.join(streams)}</Streams></MTConnectStreams>\n"
    ).encode()


def _observation(each: Observation, element: str) -> str:
    said = f'dataItemId="{each.item}" sequence="{each.sequence}" timestamp="{each.at}"'
    if element:
        return f"<{element} {said}>{each.value}</{element}>"
    name = "Unavailable" if each.value == "UNAVAILABLE" else each.value
    return f'<{name} {said} type="SYSTEM"/>'


def _json(header: dict[str, str], found: list[Observation]) -> bytes:
    """Version 1 of cppagent's JSON: observations in lists."""
    streams = []
    for device in dict.fromkeys(each.device for each in found):
        components = []
        for each in (one for one in found if one.device == device):
            component, ident, category, element = ITEMS[each.item]
            said: dict[str, Any] = {
                "dataItemId": each.item, "sequence": each.sequence, "timestamp": each.at
            }  # fmt: skip
            if element:
                said["value"] = each.value
            else:
                element, said["type"] = each.value.capitalize(), "SYSTEM"
            stream = {"component": component, "componentId": ident, category: [{element: said}]}
            components.append({"ComponentStream": stream})
        told = {"name": device, "uuid": f"{device.lower()}-1", "ComponentStreams": components}
        streams.append({"DeviceStream": told})
    numbers = {name: int(value) if value.isdigit() else value for name, value in header.items()}
    answer = {"Header": numbers, "schemaVersion": "2.0", "jsonVersion": 1, "Streams": streams}
    return json.dumps({"MTConnectStreams": answer}).encode()


def _error(simulator: Simulator, refused: Refused) -> bytes:
    if simulator.json:
        one = {"Error": {"errorCode": refused.code, "value": refused.text}}
        header = {"instanceId": simulator.instance, "version": "2.0.0.1"}
        return json.dumps({"MTConnectError": {"Header": header, "Errors": [one]}}).encode()
    return (
        '<?xml version="1.0"?><MTConnectError xmlns="urn:mtconnect.org:MTConnectError:2.0">'
        f'<Header creationTime="2025-10-28T03:00:00Z" sender="sim" version="2.0.0.1" '
        f'instanceId="{simulator.instance}" bufferSize="{simulator.size}"/><Errors>'
        f'<Error errorCode="{refused.code}">{refused.text}</Error></Errors></MTConnectError>'
    ).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *words: object) -> None:
        pass

    def do_GET(self) -> None:
        simulator = self.server.simulator
        simulator.requests.append(self.path)
        time.sleep(simulator.slow_s)
        if simulator.refuse:
            self._send(simulator.refuse, b"<html><body>no</body></html>", "text/html")
            return
        if simulator.send_on:
            self.send_response(302)
            self.send_header("Location", simulator.send_on)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        found = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(found.query).items()}
        try:
            *device, request = unquote(found.path).strip("/").split("/")
            self._answer(simulator, request, self._device(simulator, device, query), query)
        except Refused as refused:
            status = 200 if simulator.old_errors else refused.status
            self._send(status, _error(simulator, refused), "text/xml")
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _device(self, simulator: Simulator, named: list[str], query: dict[str, str]) -> str | None:
        said = re.search(r"@name=[\"'](\w+)[\"']", query.get("path", ""))
        device = named[0] if named else said[1] if said else None
        if device is not None and device not in simulator.devices:
            raise Refused("NO_DEVICE", f"Could not find the device '{device}'")
        return device

    def _answer(
        self, simulator: Simulator, request: str, device: str | None, query: dict[str, str]
    ) -> None:
        begin, count = int(query.get("from", simulator.first)), int(query.get("count", 100))
        if request == "current":
            self._send(200, simulator.current(device))
        elif request == "sample" and "interval" in query and simulator.streaming:
            interval, heartbeat = (
                int(query.get(name, 10_000)) / 1000 for name in ("interval", "heartbeat")
            )
            self._stream(simulator, begin, count, device, interval, heartbeat)
        elif request == "sample":
            self._send(200, simulator.sample(begin, count, device))
        elif request == "probe":
            told = " ".join(f'{name}="{value}"' for name, value in simulator.header().items())
            self._send(
                200, f"<MTConnectDevices><Header {told}/><Devices/></MTConnectDevices>".encode()
            )
        else:
            raise Refused("UNSUPPORTED", f"The following path is invalid: {request}")

    def _stream(
        self, simulator: Simulator, begin: int, count: int, device: str | None,
        interval: float, heartbeat: float,
    ) -> None:  # fmt: skip
        first = simulator.sample(begin, count, device)
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=a8e9c2")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        following = self._part(first)
        while not self.server.ending.is_set():
            begun, instance = time.monotonic(), simulator.instance
            with simulator.lock:
                while (
                    simulator.next == following
                    and time.monotonic() - begun < heartbeat
                    and not self.server.ending.is_set()
                ):
                    simulator.lock.wait(0.05)
            time.sleep(max(0.0, interval - (time.monotonic() - begun)))
            if simulator.instance != instance:
                break
            try:
                following = self._part(simulator.sample(following, count, device))
            except Refused as refused:
                self._part(_error(simulator, refused))
                break
        self._chunk(b"")
        self.close_connection = True

    def _part(self, document: bytes) -> int:
        length = "" if self.server.simulator.no_length else f"Content-length: {len(document)}\r\n"
        self._chunk(f"--a8e9c2\r\nContent-type: text/xml\r\n{length}\r\n".encode())
        if (cut := self._cut()) is not None:
            self._chunk(document[:cut])
            self.connection.close()
            raise BrokenPipeError
        self._chunk(document + b"\r\n")
        told = re.search(rb'nextSequence"?[=:] ?"?(\d+)', document)
        return int(told[1]) if told else 0

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _cut(self) -> int | None:
        simulator = self.server.simulator
        cut, simulator.cut_after = simulator.cut_after, None
        return cut

    def _send(self, status: int, body: bytes, kind: str | None = None) -> None:
        self.send_response(status)
        json_kind = "application/mtconnect+json"
        self.send_header(
            "Content-Type", kind or (json_kind if self.server.simulator.json else "text/xml")
        )
        cut = self._cut()
        if cut is None:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")  # a length that nobody told
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body[:cut])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulator: Simulator
    ending: threading.Event


@contextmanager
def serving(
    simulator: Simulator, port: int = 0, context: ssl.SSLContext | None = None
) -> Iterator[str]:
    """The agent's URL, while the block runs; https where a context is given."""
    server = _Server(("127.0.0.1", port), _Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.simulator, server.ending = simulator, threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
