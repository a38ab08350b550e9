"""The loopback vault: answers in the shapes of OpenBao for what was set up, and misbehaves by switch.

https://openbao.org/api-docs/
"""

import secrets
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from pipewarden.demo.serving import Loopback
from pipewarden.demo.vault.state import Json, State

OWN = "pipewardensownaccessor00"
INNER = "inner/"


@dataclass
class Variant:
    """How the server misbehaves; all off by default. Paths are patterns such as `sys/policies/acl/*`."""

    forbidden: str = ""
    missing: str = ""
    html: str = ""
    truncated: str = ""
    nulls: str = ""
    failing: str = ""
    """Answers 500 there, always."""
    failures: int = 0
    """How many requests fail with 502 at first."""
    limited_every: int = 0
    """Every so many requests one is refused with 429."""
    retry_after: str = ""
    sealed: bool = False
    ended_after: int = 0
    """After so many requests the token is not accepted any more."""
    elsewhere: str = ""
    """Redirects there to another host."""
    nested: bool = False
    """Has one namespace in another without end, each with the same in it."""


class VaultServer(Loopback):
    """Serves a vault on loopback while the `with` block lasts; `token` reads it, `requests` counts by path."""

    methods = ("GET", "POST", "LIST")

    def __init__(self, state: State, variant: Variant | None = None) -> None:
        self.state = state
        self.variant = variant or Variant()
        self.token = secrets.token_hex(12)
        self.requests: dict[str, int] = {}
        self.total = 0

    def _inside(self, path: str) -> str:
        """Return a path as it is within its namespace."""
        while self.variant.nested and path.startswith(INNER):
            path = path.removeprefix(INNER)
        return path

    async def _answer(self, request: Request) -> Response:
        path, variant = self._inside(request.path_params["path"].removeprefix("v1/")), self.variant
        self.total += 1
        self.requests[path] = self.requests.get(path, 0) + 1
        if variant.sealed:
            return _refused(503, "Vault is sealed")
        if self.total <= variant.failures or (variant.failing and fnmatchcase(path, variant.failing)):
            return Response(b"upstream failed", 502 if self.total <= variant.failures else 500)
        if variant.limited_every and self.total % variant.limited_every == 0:
            headers = {"retry-after": variant.retry_after} if variant.retry_after else {}
            return _refused(429, 'request path "x": rate limit quota exceeded', headers=headers)
        if request.headers.get("x-vault-token") != self.token:
            return _refused(403, "permission denied", "invalid token")
        if variant.ended_after and self.total > variant.ended_after:
            return _refused(403, "permission denied", "invalid token")
        early = self._refusing(path)
        if early is not None:
            return early
        listing = request.method == "LIST" or request.query_params.get("list") == "true"
        data = self._found(path, listing, await request.body())
        if data is None:
            return _refused(404)
        if variant.nulls and fnmatchcase(path, variant.nulls):
            data = dict.fromkeys(data)
        raw = orjson.dumps(_wrapped(data))
        if variant.truncated and fnmatchcase(path, variant.truncated):
            raw = raw[: len(raw) // 2]
        return Response(raw, 200, media_type="application/json")

    def _refusing(self, path: str) -> Response | None:
        """Return what is answered at some paths instead of what was asked for."""
        variant = self.variant
        if variant.elsewhere and fnmatchcase(path, variant.elsewhere):
            return Response(b"", 307, {"location": f"https://elsewhere.example/v1/{path}"})
        if variant.forbidden and fnmatchcase(path, variant.forbidden):
            return _refused(403, "1 error occurred:\n\t* permission denied\n\n")
        if variant.html and fnmatchcase(path, variant.html):
            return Response(b"<html><form>Sign in</form></html>", 200, media_type="text/html")
        if variant.missing and fnmatchcase(path, variant.missing):
            return _refused(404, f'no handler for route "{path}". route entry not found.')
        return None

    def _found(self, path: str, listing: bool, body: bytes) -> Json | None:
        if listing:
            keys = [INNER] if path == "sys/namespaces" and self.variant.nested else self._keys(path.rstrip("/"))
            return {"keys": keys} if keys else None
        state = self.state
        match path.split("/"):
            case ["sys", "mounts"]:
                return dict(state.mounts)
            case ["sys", "auth"]:
                return dict(state.methods)
            case ["sys", "audit"]:
                return {
                    "main/": {"description": "", "local": False, "options": {"file_path": "/var/log/bao.log"},
                              "path": "main/", "type": "file"}
                }  # fmt: skip
            case ["sys", "policies", "acl", name]:
                return self._policy(name)
            case ["identity", "entity", "id", key]:
                return self._entity(key)
            case ["identity", "group", "id", key]:
                return state.groups.get(key)
            case ["auth", "token", "lookup-self"]:
                return state.own(OWN)
            case ["auth", "token", "lookup-accessor"]:
                return state.tokens.get(str(orjson.loads(body or b"{}").get("accessor")))
            case ["auth", name, "config"]:
                return state.configs.get(name)
            case ["auth", name, "role" | "users", login]:
                return state.logins.get(name, {}).get(login)
        return None

    def _policy(self, name: str) -> Json | None:
        if name not in self.state.policies:
            return None
        told: Json = {
            "allow_slashes_in_identity_templates": False,
            "allow_wildcards_in_identity_templates": False,
            "cas_required": False,
            "name": name,
            "policy": self.state.policies[name],
            "version": int(name != "root"),
        }
        if name != "root":
            told["modified"] = "2026-01-05T09:00:00.123456789Z"
        return told

    def _entity(self, key: str) -> Json | None:
        entity = self.state.entities.get(key)
        if entity is None:
            return None
        groups = self.state.groups
        direct = [each for each, row in groups.items() if key in (row["member_entity_ids"] or ())]
        outer = [each for each, row in groups.items() if set(direct) & set(row["member_group_ids"] or ())]
        return {
            **entity,
            "direct_group_ids": direct,
            "group_ids": [*direct, *outer],
            "inherited_group_ids": outer,
        }

    def _keys(self, path: str) -> list[str]:
        state = self.state
        match path.split("/"):
            case ["sys", "policies", "acl"]:
                return [*sorted(state.policies.keys() - {"root"}), "root"]
            case ["identity", "entity", "id"]:
                return sorted(state.entities)
            case ["identity", "group", "id"]:
                return sorted(state.groups)
            case ["auth", "token", "accessors"]:
                return [*sorted(state.tokens), OWN]
            case ["auth", name, "role" | "users"]:
                return sorted(state.logins.get(name, {}))
            case ["secret", "metadata", *rest]:
                inside = "".join(f"{each}/" for each in rest if each)
                below = [name.removeprefix(inside) for name in state.secrets if name.startswith(inside)]
                return sorted({each.partition("/")[0] + "/" * ("/" in each) for each in below})
        return []


def _wrapped(data: Any) -> Json:
    return {
        "request_id": "5f6930ac-ec7f-f8b8-5efd-3354211b08e9",
        "lease_id": "",
        "renewable": False,
        "lease_duration": 0,
        "data": data,
        "wrap_info": None,
        "warnings": None,
        "auth": None,
    }


def _refused(status: int, *errors: str, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps({"errors": list(errors)}), status, headers, "application/json")
