"""The policy that shows each part of a vault, as a gap names it and the page lists it.

https://openbao.org/docs/concepts/policies/
"""

import re

from pipewarden.model.facets_vault import VaultFacet

PERMISSIONS: dict[str, str] = {
    VaultFacet.MOUNTS: "read on sys/mounts",
    VaultFacet.AUTH: "read on sys/auth",
    VaultFacet.ROLES: "list on auth/+/role/ (users/, groups/, certs/, roles/), read on what is below them and on auth/+/config",
    VaultFacet.POLICIES: "list on sys/policies/acl and read on sys/policies/acl/*",
    VaultFacet.ENTITIES: "list on identity/entity/id and read on identity/entity/id/*",
    VaultFacet.GROUPS: "list on identity/group/id and read on identity/group/id/*",
    VaultFacet.TOKENS: "list and sudo on auth/token/accessors, update on auth/token/lookup-accessor",
    VaultFacet.AUDIT: "read and sudo on sys/audit",
    VaultFacet.MFA: "list on identity/mfa/login-enforcement and identity/mfa/method, read on what is below them",
    VaultFacet.NAMESPACES: "list on sys/namespaces",
    VaultFacet.SECRETS: "list on the metadata of each mount, such as secret/metadata/*",
}

POLICY = """\
# What Pipewarden reads of a vault. It gives no secret: data of key-value mounts is not in it.
path "sys/auth" { capabilities = ["read"] }
path "sys/mounts" { capabilities = ["read"] }
path "sys/namespaces" { capabilities = ["list"] }
path "sys/policies/acl" { capabilities = ["list"] }
path "sys/policies/acl/*" { capabilities = ["read"] }
path "sys/audit" { capabilities = ["read", "sudo"] }
path "identity/entity/id" { capabilities = ["list"] }
path "identity/entity/id/*" { capabilities = ["read"] }
path "identity/group/id" { capabilities = ["list"] }
path "identity/group/id/*" { capabilities = ["read"] }
path "identity/mfa/login-enforcement" { capabilities = ["list"] }
path "identity/mfa/login-enforcement/*" { capabilities = ["read"] }
path "identity/mfa/method" { capabilities = ["list"] }
path "identity/mfa/method/*" { capabilities = ["read"] }
path "auth/+/config" { capabilities = ["read"] }
path "auth/+/role/" { capabilities = ["list"] }
path "auth/+/role/*" { capabilities = ["read"] }
path "auth/+/role/+/secret-id*" { capabilities = ["deny"] }
path "auth/+/role/+/role-id" { capabilities = ["deny"] }
path "auth/+/users/" { capabilities = ["list"] }
path "auth/+/users/*" { capabilities = ["read"] }
path "auth/+/groups/" { capabilities = ["list"] }
path "auth/+/groups/*" { capabilities = ["read"] }
path "auth/+/certs/" { capabilities = ["list"] }
path "auth/+/certs/*" { capabilities = ["read"] }
path "auth/+/roles/" { capabilities = ["list"] }
path "auth/token/accessors" { capabilities = ["list", "sudo"] }
path "auth/token/lookup-accessor" { capabilities = ["update"] }
path "auth/token/lookup-self" { capabilities = ["read"] }
# Names of secrets: one line for each key-value mount; leave it out, and only the paths that policies name are known.
path "+/metadata/*" { capabilities = ["list"] }
"""
"""The least policy that lets everything be read that the connector reads, and no secret."""

_LISTED = re.compile(r'([^/*])" { capabilities = \["list"')
_SLASH = r'\1/" { capabilities = ["list"'

ROOT_ALONE = ('path "sys/audit"', 'path "auth/token/lookup-self"')
"""What is asked of the root alone."""


def policy(depth: int = 0) -> str:
    """Return the least policy for a vault with namespaces so many levels deep: a `+` stands for one level.

    What is listed then ends in a slash: beside a longer pattern the path without it is not the one that counts.
    https://openbao.org/docs/concepts/namespaces/
    """
    lines = [line for line in POLICY.splitlines() if line.startswith("path ") and not line.startswith(ROOT_ALONE)]
    parts = [POLICY]
    for level in range(1, depth + 1):
        parts.append(f"# The same in namespaces, {level} below.\n")
        parts += [f"{_LISTED.sub(_SLASH, line)}\n".replace('path "', f'path "{"+/" * level}', 1) for line in lines]
    return "".join(parts)
