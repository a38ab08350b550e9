"""Sets up the real server as acme's vault, from the same list that the demo serves."""

import re
from typing import Any

from pipewarden.connectors.vault.permissions import POLICY
from pipewarden.demo.vault.story import writes
from tests.bao import Bao

HOLE = re.compile(r"^\{(accessor|entity|group):([^}]+)\}$")


def set_up(bao: Bao) -> None:
    """Send all of acme's requests, with what the server gave in place of the names."""
    known: dict[str, str] = {}
    for path, body in writes():
        answer = bao.write(path, _filled(body, known))
        data = answer.get("data") or {}
        if path.startswith("sys/auth/"):
            mounts = bao.read("sys/auth")
            known |= {f"accessor:auth/{name.rstrip('/')}": row["accessor"] for name, row in mounts.items()}
        if path in {"identity/entity", "identity/group"}:
            known[f"{path.removeprefix('identity/')}:{body['name']}"] = data["id"]


def _filled(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, known) for each in value]
    found = HOLE.match(value) if isinstance(value, str) else None
    return known[f"{found.group(1)}:{found.group(2)}"] if found else value


def auditor(bao: Bao) -> str:
    """Return a token with the least policy that the page tells people to grant."""
    bao.policy("pipewarden", POLICY)
    return bao.token(policies=["pipewarden"], display_name="pipewarden")
