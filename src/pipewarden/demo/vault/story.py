"""How acme's vault was set up: the requests an administrator sent, in order.

The same list sets up the real server in tests. `{accessor:PATH}`, `{entity:NAME}` and `{group:NAME}` stand for what
the server gave those when they were made.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

GITHUB = "https://token.actions.githubusercontent.com"
OKTA = "https://acme.okta.example"
HOST = "vault.acme.example"

PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3zZaC7ckT8JCyB9zxAAlKe5UjRT2
O6AJ+dafMVF+/yMC/YX73FeAM1IL8H1tpkVfxBHcOKzRma/wYxifQpOmcw==
-----END PUBLIC KEY-----"""
"""A public key made for this story, whose private half nobody kept; a server is then told no address where it finds one."""

POLICIES = {
    "prod-read": """\
# what the deployment of acme/web reads
path "secret/data/prod/*" {
  capabilities = ["read"]
}
path "database/creds/app" {
  capabilities = ["read"]
}
""",
    "deploy-read": """\
path "secret/data/prod/*" {
  capabilities = ["read"]
}
path "secret/metadata/prod/*" {
  capabilities = ["list", "read"]
}
path "secret/data/prod/root-ca" {
  capabilities = ["deny"]
}
""",
    "dev-all": """\
path "secret/data/dev/*" {
  capabilities = ["create", "read", "update", "delete"]
}
path "secret/data/home/{{identity.entity.name}}/*" {
  capabilities = ["create", "read", "update", "delete"]
}
""",
    "prod-admin": """\
path "secret/*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list"]
}
path "database/*" {
  capabilities = ["create", "read", "update", "delete", "list"]
}
""",
    "vault-admin": """\
path "*" {
  capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"]
}
""",
    "role-keeper": """\
# keeps the roles by which pipelines log in
path "auth/jwt-github/role/*" {
  capabilities = ["create", "read", "update", "delete"]
}
path "sys/policies/acl/ci-*" {
  capabilities = ["create", "read", "update"]
}
""",
}


class Write(NamedTuple):
    """One request that sets something up."""

    path: str
    body: dict[str, Any]


def writes() -> Iterator[Write]:
    """Yield the requests in order; the values of secrets are made up by whoever sends them."""
    yield Write("sys/mounts/database", {"type": "database"})
    for path, kind in (("jwt-github", "jwt"), ("oidc", "oidc"), ("userpass", "userpass"), ("approle", "approle")):
        yield Write(f"sys/auth/{path}", {"type": kind})
    for name, text in POLICIES.items():
        yield Write(f"sys/policies/acl/{name}", {"policy": text})
    for name in ("prod/db", "prod/root-ca", "dev/db"):
        yield Write(f"secret/data/{name}", {"data": {"made": "up"}})
    yield Write("auth/jwt-github/config", {"bound_issuer": GITHUB, "jwt_validation_pubkeys": [PUBLIC_KEY]})
    yield Write("auth/oidc/config", {"bound_issuer": OKTA, "jwt_validation_pubkeys": [PUBLIC_KEY]})
    yield from _roles()
    yield from _people()


def _roles() -> Iterator[Write]:
    github = {"role_type": "jwt", "user_claim": "repository", "bound_claims_type": "glob"}
    yield Write(
        "auth/jwt-github/role/github-deploy",
        {**github, "bound_claims": {"sub": "repo:acme/web:*"}, "token_policies": ["prod-read"], "token_ttl": 600,
         "bound_audiences": [f"https://{HOST}"]},
    )  # fmt: skip
    yield Write(
        "auth/jwt-github/role/github-api",
        {**github, "bound_claims": {"sub": "repo:acme/api:environment:production"}, "token_policies": ["prod-read"],
         "bound_audiences": [f"https://{HOST}"], "token_ttl": 600},
    )  # fmt: skip
    yield Write(
        "auth/oidc/role/staff",
        {"role_type": "oidc", "user_claim": "email", "groups_claim": "groups", "token_policies": ["dev-all"],
         "allowed_redirect_uris": [f"https://{HOST}/ui/vault/auth/oidc/oidc/callback"]},
    )  # fmt: skip
    yield Write("auth/approle/role/jenkins", {"token_policies": ["prod-read"], "token_period": "24h"})
    yield Write(
        "auth/approle/role/backup",
        {"token_policies": ["dev-all"], "secret_id_ttl": "1h", "secret_id_num_uses": 1,
         "secret_id_bound_cidrs": ["10.0.0.0/8"], "token_bound_cidrs": ["10.0.0.0/8"]},
    )  # fmt: skip
    yield Write("auth/userpass/users/alice", {"password": "made-up", "token_policies": ["vault-admin"]})
    yield Write("auth/userpass/users/heidi", {"password": "made-up", "token_policies": ["role-keeper"]})


def _people() -> Iterator[Write]:
    for name in ("alice", "bob", "carol", "heidi"):
        yield Write("identity/entity", {"name": name, "metadata": {"mail": f"{name}@acme.example"}})
    for name, path in (("alice", "auth/userpass"), ("heidi", "auth/userpass")):
        yield Write(
            "identity/entity-alias",
            {"name": name, "canonical_id": f"{{entity:{name}}}", "mount_accessor": f"{{accessor:{path}}}"},
        )
    for name in ("bob", "carol"):
        yield Write(
            "identity/entity-alias",
            {
                "name": f"{name}@acme.example",
                "canonical_id": f"{{entity:{name}}}",
                "mount_accessor": "{accessor:auth/oidc}",
            },
        )
    yield Write("identity/group", {"name": "release-people", "member_entity_ids": ["{entity:bob}"]})
    yield Write(
        "identity/group",
        {"name": "release", "policies": ["deploy-read"], "member_group_ids": ["{group:release-people}"]},
    )
    yield Write("identity/group", {"name": "platform", "type": "external", "policies": ["dev-all"]})
    yield Write(
        "identity/group-alias",
        {"name": "platform", "canonical_id": "{group:platform}", "mount_accessor": "{accessor:auth/oidc}"},
    )
    yield Write(
        "auth/token/create",
        {
            "display_name": "carol-laptop",
            "policies": ["prod-admin"],
            "period": "768h",
            "no_parent": True,
            "meta": {"made_by": "carol"},
        },
    )
