"""A server between a channel and its network that spoils single answers: what the network did is done all the same.

`with Middle(upstream) as middle:` gives `middle.url`; `middle.spoil("truncated", times=2)` spoils the next requests
that `matching` (a method and the beginning of a path) fits. Everything else goes through byte for byte. It speaks
HTTP/1.1, one request a connection, on 127.0.0.1 alone.
"""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers, body."""

STATUSES = {
    "401": 401, "402": 402, "403": 403, "404": 404, "408": 408, "409": 409, "410": 410, "429_bare": 429, "429": 429,
    "500": 500, "502": 502, "503": 503, "504": 504, "520": 520, "522": 522,
}  # fmt: skip
_HTML = b"<!doctype html><html><title>Please wait</title><body>One moment</body></html>"


@dataclass
class _Fault:
    kind: str
    left: int
    matching: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Middle:
    """See the module. `seen` lists every request as "METHOD /path", those that were spoiled too."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self._last: dict[str, Answer] = {}
        self.seen: list[str] = []
        self.spoiled = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._going = True

    def __enter__(self) -> Middle:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._going = False
        self._server.close()
        for connection in list(self._open):
            connection.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def spoil(self, kind: str, times: int = 1, matching: str = "", **detail: Any) -> None:
        with self._lock:
            self._faults.append(_Fault(kind, times, matching, detail))

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def count(self, beginning: str) -> int:
        return sum(1 for line in self.seen if line.startswith(beginning))

    # Serving

    def _serve(self) -> None:
        while self._going:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        try:
            with connection:
                request = _read_request(connection)
                if request is not None:
                    self._answer(connection, *request)
        except OSError:
            pass  # the client went away
        finally:
            self._open.discard(connection)

    def _take(self, line: str) -> _Fault | None:
        with self._lock:
            self.seen.append(line)
            for fault in self._faults:
                if line.startswith(fault.matching):
                    fault.left -= 1
                    if fault.left <= 0:
                        self._faults.remove(fault)
                    self.spoiled += 1
                    return fault
        return None

    def _answer(
        self, connection: socket.socket, method: str, target: str, headers: list[tuple[str, str]], body: bytes
    ) -> None:
        fault = self._take(f"{method} {target}")
        kind = fault.kind if fault else ""
        if kind == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if kind == "cut_before":
            return
        if kind == "half_open":
            connection.settimeout(90)
            connection.recv(1)  # until the client gives up
            return
        if fault and kind in STATUSES:
            told = [*fault.detail.get("headers", {}).items(), ("content-type", "application/json")]
            _send(
                connection,
                (STATUSES[kind], told, json.dumps({"error": "as asked", "title": "as asked"}).encode()),
            )
            return
        if kind == "html":
            _send(connection, (200, [("content-type", "text/html; charset=utf-8")], _HTML))
            return
        if kind == "empty":
            _send(connection, (200, [("content-type", "application/json")], b""))
            return
        if fault and kind == "repeated" and (last := self._last.get(_path(target))):
            _send(connection, last)
            return
        answer = self._forward(method, target, headers, body)
        if method == "GET":
            self._last[_path(target)] = answer
        _SPOILERS.get(kind, _send)(connection, answer)

    def _forward(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        upstream = http.client.HTTPConnection(
            str(self._upstream.hostname), self._upstream.port or 80, timeout=60
        )
        kept = {k: v for k, v in headers if k.lower() not in {"host", "connection", "accept-encoding"}}
        upstream.request(method, target, body=body or None, headers={**kept, "connection": "close"})
        answer = upstream.getresponse()
        found = answer.read()
        upstream.close()
        hop = {"connection", "transfer-encoding", "content-length", "keep-alive"}
        return answer.status, [(k, v) for k, v in answer.getheaders() if k.lower() not in hop], found


def _path(target: str) -> str:
    return target.partition("?")[0]


def _read_request(connection: socket.socket) -> tuple[str, str, list[tuple[str, str]], bytes] | None:
    stream = connection.makefile("rb")
    first = stream.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: list[tuple[str, str]] = []
    while line := stream.readline().decode("latin-1").rstrip("\r\n"):
        name, _, value = line.partition(":")
        headers.append((name.strip(), value.strip()))
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return first[0], first[1], headers, stream.read(length) if length else b""


def _head(answer: Answer, length: int | None = None) -> bytes:
    status, headers, body = answer
    told = [
        *headers,
        ("content-length", str(len(body) if length is None else length)),
        ("connection", "close"),
    ]
    lines = [f"HTTP/1.1 {status} As-Asked", *(f"{name}: {value}" for name, value in told), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _send(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(_head(answer) + answer[2])


def _cut_after(connection: socket.socket, answer: Answer) -> None:
    """Done, and never told."""


def _cut_body(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(_head(answer) + answer[2][: len(answer[2]) // 2])


def _truncated(connection: socket.socket, answer: Answer) -> None:
    status, headers, body = answer
    _send(connection, (status, headers, body[: len(body) * 2 // 3]))


def _wrong_type(connection: socket.socket, answer: Answer) -> None:
    status, headers, body = answer
    kept = [(k, v) for k, v in headers if k.lower() != "content-type"]
    _send(connection, (status, [*kept, ("content-type", "image/png")], body))


def _drip_body(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(_head(answer))
    for byte in answer[2]:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def _drip_headers(connection: socket.socket, answer: Answer) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-long: ")
    for _ in range(20_000):
        connection.sendall(b"a")
        time.sleep(0.05)


def _huge(connection: socket.socket, answer: Answer) -> None:
    status, headers, _ = answer
    connection.sendall(_head((status, headers, b""), length=1 << 32))
    for _ in range(4096):
        connection.sendall(b" " * 65536)


def _reversed(connection: socket.socket, answer: Answer) -> None:
    status, headers, body = answer
    try:
        turned = json.dumps(_turn(json.loads(body))).encode()
    except ValueError:
        turned = body
    _send(connection, (status, headers, turned))


def _turn(value: Any) -> Any:
    """Every list of objects the other way round: the page is the same, its order is not."""
    if isinstance(value, dict):
        return {key: _turn(one) for key, one in value.items()}
    if isinstance(value, list):
        items = [_turn(one) for one in value]
        return items[::-1] if items and all(isinstance(one, dict) for one in items) else items
    return value


_SPOILERS: dict[str, Callable[[socket.socket, Answer], None]] = {
    "cut_after": _cut_after,
    "cut_body": _cut_body,
    "truncated": _truncated,
    "wrong_type": _wrong_type,
    "drip_body": _drip_body,
    "drip_headers": _drip_headers,
    "huge": _huge,
    "out_of_order": _reversed,
}
