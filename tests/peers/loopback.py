"""A loopback server with state, faults on demand and a journal: what every peer of ours stands on.

A peer answers `handle`; this file does the HTTP/1.1, spoils answers as asked, and counts. Faults are asked
for in-process (`peer.faults.add("/2/tweets", cut_after_commit())`) or, of a subprocess, by POST to `/_control`
with `{"fault": {"path": …, "effect": {…}, "times": 1}}`. A path matches by prefix; put a method before it
("POST /2/tweets") to spoil only that.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Effect = dict[str, Any]
"""What happens to a request, as plain JSON: `kind` and its details."""


def status(code: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Effect:
    """Answer with this status, changing nothing."""
    return {"kind": "status", "code": code, "body": body, "headers": dict(headers or {})}


def cut_before() -> Effect:
    """Close the connection before anything has happened."""
    return {"kind": "cut_before"}


def cut_after_commit() -> Effect:
    """Do what was asked, then close the connection without an answer."""
    return {"kind": "cut_after_commit"}


def cut_body() -> Effect:
    """Do what was asked, then break off in the middle of the answer's body."""
    return {"kind": "cut_body"}


def html200() -> Effect:
    """Answer 200 with a page of HTML (a login wall, a maintenance page), changing nothing."""
    return {"kind": "html200"}


def html_after_commit() -> Effect:
    """Do what was asked, then answer 200 with a page of HTML."""
    return {"kind": "html_after_commit"}


def slow(seconds: float) -> Effect:
    """Do what was asked, then wait before answering."""
    return {"kind": "slow", "seconds": seconds}


def drip(seconds: float) -> Effect:
    """Do what was asked, then send the body a byte at a time, this far apart."""
    return {"kind": "drip", "seconds": seconds}


def drip_headers(seconds: float) -> Effect:
    """Do what was asked, then send a header that never ends, a byte at a time, this far apart."""
    return {"kind": "drip_headers", "seconds": seconds}


def throttle(headers: Mapping[str, str] | None = None) -> Effect:
    """Answer 429, with or without headers that say until when."""
    return status(429, {"title": "Too Many Requests", "status": 429}, headers)


@dataclass(frozen=True)
class Request:
    """One request, read in full."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    target: str = ""
    """Path and query as they came: where a name stands in the query several times, `query` has the last."""

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body or b"{}"))

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """One answer: JSON, or text where `body` is a str."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[bytes, str]:
        if isinstance(self.body, str):
            return self.body.encode(), "text/html; charset=utf-8"
        return json.dumps(self.body).encode(), "application/json; charset=utf-8"


class Faults:
    """What is still to go wrong: each fault spoils the next `times` requests that match."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def add(self, path: str, effect: Effect, times: int = 1) -> None:
        with self._lock:
            self._waiting.append({"path": path, "effect": effect, "left": times})

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Effect | None:
        with self._lock:
            for fault in self._waiting:
                if f"{method} {path}".startswith(fault["path"]) or path.startswith(fault["path"]):
                    fault["left"] -= 1
                    if fault["left"] <= 0:
                        self._waiting.remove(fault)
                    return dict(fault["effect"])
        return None


class Journal:
    """Accepted writes, one JSON object a line, each flushed to the disk before it is answered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def append(self, entry: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        with self._path.open("ab") as file:
            file.write(json.dumps(entry).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> list[dict[str, Any]]:
        if self._path is None or not self._path.exists():
            return []
        return [json.loads(line) for line in self._path.read_bytes().split(b"\n") if line]


class Peer:
    """A network of ours on 127.0.0.1. Use it as a context manager, or `start` and `stop` it.

    `seen` lists every request as (method, path); `accepted` every write that changed something.
    """

    def __init__(self, state: Path | None = None) -> None:
        self.faults = Faults()
        self.journal = Journal(state)
        self.seen: list[tuple[str, str]] = []
        self.accepted: list[dict[str, Any]] = []
        self.lock = threading.RLock()
        self._server: ThreadingHTTPServer | None = None

    # What a network of ours supplies

    def handle(self, request: Request) -> Answer:
        raise NotImplementedError

    def control(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Whatever else a test may ask for over `/_control`."""
        return {}

    # Serving

    def start(self, port: int = 0) -> str:
        peer = self

        class Handler(_Handler):
            owner = peer

        self._server = _Server(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self.url

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def port(self) -> int:
        assert self._server is not None, "the peer has not been started"
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Any:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def count(self, method: str, path: str) -> int:
        """How many requests of this method began with this path, answered or not."""
        return sum(1 for m, p in self.seen if m == method and p.startswith(path))

    def commit(self, entry: dict[str, Any]) -> None:
        """Record an accepted write, on disk too where there is a journal."""
        self.accepted.append(entry)
        self.journal.append(entry)

    def answer(self, request: Request) -> Answer:
        if request.path != "/_control":
            with self.lock:
                self.seen.append((request.method, request.path))
                return self.handle(request)
        asked = request.json() if request.method == "POST" else {}
        with self.lock:
            if fault := asked.get("fault"):
                self.faults.add(fault["path"], fault["effect"], fault.get("times", 1))
            counts = {f"{m} {p}": self.seen.count((m, p)) for m, p in set(self.seen)}
            told = {"accepted": self.accepted, "requests": counts}
            return Answer(200, {**told, **self.control(asked)})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news in a test of clients that go away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    owner: Peer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_GET

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(self.command, parts.path, query, dict(self.headers.items()), body, self.path)
        fault = None if parts.path == "/_control" else self.owner.faults.take(self.command, parts.path)
        kind = fault["kind"] if fault else ""
        if kind in {"cut_before", "status", "html200"}:
            with self.owner.lock:
                self.owner.seen.append((request.method, request.path))
        if kind == "cut_before":
            return self._cut()
        if fault and kind == "status":
            return self._send(Answer(fault["code"], fault["body"], fault["headers"]))
        if kind == "html200":
            return self._send(Answer(200, "<!doctype html><title>Please wait</title>"))
        answer = self.owner.answer(request)
        if kind == "cut_after_commit":
            return self._cut()
        if kind == "html_after_commit":
            return self._send(Answer(200, "<!doctype html><title>Please wait</title>"))
        if fault and kind == "drip_headers":
            return self._drip_headers(fault["seconds"])
        if fault and kind == "slow":
            time.sleep(fault["seconds"])
        return self._send(
            answer, drip=fault["seconds"] if fault and kind == "drip" else 0.0, cut=kind == "cut_body"
        )

    def _send(self, answer: Answer, drip: float = 0.0, cut: bool = False) -> None:
        body, kind = answer.encoded()
        self.send_response(answer.status)
        closing = self.headers.get("connection", "").lower() == "close"
        for name, value in {"content-type": kind, "content-length": str(len(body)), **answer.headers}.items():
            self.send_header(name, value)
        if closing:
            self.send_header("connection", "close")
        self.end_headers()
        if drip:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(drip)
        self.wfile.write(b"" if drip else body[: len(body) // 2] if cut else body)
        self.wfile.flush()
        if cut:
            self._cut()

    def _drip_headers(self, seconds: float) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx-long: ")
        try:
            for _ in range(60_000):  # a header longer than 64 KiB is refused by its length
                self.wfile.write(b"a")
                self.wfile.flush()
                time.sleep(seconds)
        except OSError:
            pass  # the client has gone, which is the point

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def serve_until_killed(peer: Peer, port: int) -> None:
    """Start, print the port on one line, and serve until the process ends."""
    peer.start(port)
    print(peer.port, flush=True)
    threading.Event().wait()
