"""What a vault holds after some requests set it up: mounts, policies, logins, entities, groups and tokens."""

import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pipewarden.demo.vault.story import Write

Json = dict[str, Any]

_HOLE = re.compile(r"^\{(accessor|entity|group):([^}]+)\}$")
_SPACE = uuid.UUID("6f1c6f0e-0f8e-4d0e-9e55-8f0c8f6f3b11")

TOKEN_DEFAULTS: Json = {
    "token_bound_cidrs": [],
    "token_explicit_max_ttl": 0,
    "token_max_ttl": 0,
    "token_no_default_policy": False,
    "token_num_uses": 0,
    "token_period": 0,
    "token_policies": [],
    "token_strictly_bind_ip": False,
    "token_ttl": 0,
    "token_type": "default",
}
APPROLE: Json = {
    "bind_secret_id": True,
    "local_secret_ids": False,
    "secret_id_bound_cidrs": None,
    "secret_id_num_uses": 0,
    "secret_id_ttl": 0,
}
JWT: Json = {
    "allowed_redirect_uris": None,
    "bound_audiences": None,
    "bound_claims": None,
    "bound_claims_type": "string",
    "bound_subject": "",
    "callback_mode": "client",
    "claim_mappings": None,
    "clock_skew_leeway": 0,
    "expiration_leeway": 0,
    "groups_claim": "",
    "max_age": 0,
    "not_before_leeway": 0,
    "oauth2_metadata": None,
    "oidc_disable_confirmation": False,
    "oidc_scopes": None,
    "role_type": "oidc",
    "token_policies_template_claims": False,
    "user_claim": "",
    "user_claim_json_pointer": False,
    "verbose_oidc_logging": False,
}
JWT_CONFIG: Json = {
    "bound_issuer": "",
    "default_role": "",
    "jwks_ca_pem": "",
    "jwks_url": "",
    "jwt_supported_algs": [],
    "jwt_validation_pubkeys": [],
    "namespace_in_state": True,
    "oidc_client_id": "",
    "oidc_discovery_ca_pem": "",
    "oidc_discovery_url": "",
    "oidc_response_mode": "",
    "oidc_response_types": [],
    "override_allowed_server_names": [],
    "provider_config": {},
    "status": "valid",
}
ROLE_DEFAULTS = {"jwt": JWT, "oidc": JWT, "approle": APPROLE, "userpass": {}}
BUILT_IN = {"sys": "system", "identity": "identity", "cubbyhole": "cubbyhole"}


def identifier(*words: str) -> str:
    """Return an id that is the same in every run."""
    return str(uuid.uuid5(_SPACE, "/".join(words)))


def seconds(value: Any) -> Any:
    """Return a time span as the server answers it: `768h` in seconds."""
    match = re.fullmatch(r"(\d+)([smh])", value) if isinstance(value, str) else None
    return int(match.group(1)) * {"s": 1, "m": 60, "h": 3600}[match.group(2)] if match else value


class State:
    """Everything that the server answers about, by the paths of its API."""

    def __init__(self, writes: Iterable[Write], now: datetime) -> None:
        self.now = now
        self.mounts: dict[str, Json] = {f"{path}/": self._mount(path, kind) for path, kind in BUILT_IN.items()}
        self.mounts["secret/"] = self._mount("secret", "kv", {"version": "2"})
        self.methods: dict[str, Json] = {"token/": self._mount("auth/token", "token")}
        self.policies: dict[str, str] = {"default": DEFAULT, "root": ""}
        self.entities: dict[str, Json] = {}
        self.groups: dict[str, Json] = {}
        self.logins: dict[str, dict[str, Json]] = {}
        self.configs: dict[str, Json] = {}
        self.secrets: set[str] = set()
        self.tokens: dict[str, Json] = {}
        self._known: dict[str, str] = {}
        for path, body in writes:
            self._take(path, self._filled(body))

    @property
    def _when(self) -> str:
        return (self.now - timedelta(days=300)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")

    def _mount(self, path: str, kind: str, options: Json | None = None) -> Json:
        config: Json = {"default_lease_ttl": 0, "force_no_cache": False, "max_lease_ttl": 0}
        if path.startswith("auth/"):
            config["token_type"] = "default-service"
        short = identifier(path)[:8]
        return {
            "accessor": f"{'auth_' * path.startswith('auth/')}{kind}_{short}",
            "config": config,
            "deprecation_status": "supported",
            "description": "",
            "external_entropy_access": False,
            "local": False,
            "options": options or {},
            "plugin_version": "",
            "running_plugin_version": "v2.7.2+builtin.bao",
            "running_sha256": "",
            "seal_wrap": False,
            "type": kind,
            "uuid": identifier(path),
        }

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each) for each in value]
        found = _HOLE.match(value) if isinstance(value, str) else None
        return self._known[f"{found.group(1)}:{found.group(2)}"] if found else value

    def _take(self, path: str, body: Json) -> None:
        match path.split("/"):
            case ["sys", "mounts", name]:
                self.mounts[f"{name}/"] = self._mount(name, body["type"])
            case ["sys", "auth", name]:
                self.methods[f"{name}/"] = made = self._mount(f"auth/{name}", body["type"])
                self._known[f"accessor:auth/{name}"] = made["accessor"]
            case ["sys", "policies", "acl", name]:
                self.policies[name] = body["policy"]
            case ["secret", "data", *rest]:
                self.secrets.add("/".join(rest))
            case ["auth", "token", "create"]:
                self._token(body)
            case ["auth", name, "config"]:
                self.configs[name] = JWT_CONFIG | body
            case ["auth", name, "role" | "users", login]:
                kind = self.methods[f"{name}/"]["type"]
                told = {key: seconds(value) for key, value in body.items() if key != "password"}
                self.logins.setdefault(name, {})[login] = TOKEN_DEFAULTS | ROLE_DEFAULTS[kind] | told
            case ["identity", *rest]:
                self._identity(rest[0], body)

    def _identity(self, what: str, body: Json) -> None:
        name = str(body["name"])
        match what:
            case "entity":
                key = self._known[f"entity:{name}"] = identifier("entity", name)
                self.entities[key] = self._entity(key, body)
            case "group":
                key = self._known[f"group:{name}"] = identifier("group", name)
                self.groups[key] = self._group(key, body)
            case "entity-alias":
                self.entities[body["canonical_id"]]["aliases"].append(self._alias(body))
            case "group-alias":
                self.groups[body["canonical_id"]]["alias"] = self._alias(body)

    def _entity(self, key: str, body: Json) -> Json:
        return {
            "aliases": [],
            "creation_time": self._when,
            "direct_group_ids": [],
            "disabled": False,
            "group_ids": [],
            "id": key,
            "inherited_group_ids": [],
            "last_update_time": self._when,
            "merged_entity_ids": None,
            "metadata": body.get("metadata"),
            "name": body["name"],
            "namespace_id": "root",
            "policies": body.get("policies") or [],
        }

    def _group(self, key: str, body: Json) -> Json:
        return {
            "alias": {},
            "creation_time": self._when,
            "id": key,
            "last_update_time": self._when,
            "member_entity_ids": body.get("member_entity_ids"),
            "member_group_ids": body.get("member_group_ids"),
            "metadata": body.get("metadata"),
            "modify_index": 1,
            "name": body["name"],
            "namespace_id": "root",
            "parent_group_ids": None,
            "policies": body.get("policies"),
            "type": body.get("type") or "internal",
        }

    def _alias(self, body: Json) -> Json:
        path, row = next((p, r) for p, r in self.methods.items() if r["accessor"] == body["mount_accessor"])
        return {
            "canonical_id": body["canonical_id"],
            "creation_time": self._when,
            "custom_metadata": {},
            "id": identifier("alias", body["name"], body["mount_accessor"]),
            "last_update_time": self._when,
            "local": False,
            "merged_from_canonical_ids": None,
            "metadata": None,
            "mount_accessor": body["mount_accessor"],
            "mount_path": f"auth/{path}",
            "mount_type": row["type"],
            "name": body["name"],
        }

    def own(self, accessor: str) -> Json:
        """Return what the vault tells of the token that it is read with."""
        told = self._told({"display_name": "pipewarden", "policies": ["pipewarden"], "ttl": "768h"}, accessor)
        return {**told, "explicit_max_ttl": seconds("8760h")}

    def _token(self, body: Json) -> None:
        accessor = identifier("token", str(body.get("display_name"))).replace("-", "")[:24]
        self.tokens[accessor] = self._told(body, accessor)

    def _told(self, body: Json, accessor: str) -> Json:
        made = self.now - timedelta(days=300)
        lasts = seconds(body.get("period") or body.get("ttl") or "768h")
        told: Json = {
            "accessor": accessor,
            "creation_time": int(made.timestamp()),
            "creation_ttl": lasts,
            "display_name": f"token-{body.get('display_name')}",
            "entity_id": "",
            "expire_time": (self.now + timedelta(seconds=lasts)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "explicit_max_ttl": 0,
            "id": "",
            "issue_time": made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.123456789Z"),
            "meta": body.get("meta"),
            "num_uses": 0,
            "orphan": bool(body.get("no_parent")),
            "path": "auth/token/create",
            "policies": sorted({*body["policies"], "default"}),
            "renewable": True,
            "ttl": lasts,
            "type": "service",
        }
        if "period" in body:
            told["period"] = lasts
        return told


DEFAULT = """\
path "auth/token/lookup-self" {
    capabilities = ["read"]
}
path "auth/token/renew-self" {
    capabilities = ["update"]
}
path "identity/entity/id/{{identity.entity.id}}" {
  capabilities = ["read"]
}
path "cubbyhole/*" {
    capabilities = ["create", "read", "update", "delete", "list"]
}
"""
