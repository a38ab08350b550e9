"""What each capability comes to in a vault: on which paths, by which of the vault's own capabilities.

https://openbao.org/docs/concepts/policies/#capabilities
https://openbao.org/api-docs/secret/kv/kv-v2/
"""

from typing import NamedTuple

from pipewarden.model.access import Capability
from pipewarden.model.facts import Entity

WRITE = ("create", "update", "patch")


class Asked(NamedTuple):
    """One request that amounts to a capability."""

    path: str
    by: tuple[str, ...]
    sudo: bool = False
    """Whether the path is one of those that need `sudo` beside.

    https://openbao.org/docs/concepts/policies/#root-protected-api-endpoints
    """


ANY = "\x00any"
"""A name that no rule states whole: what fits it fits every name."""

POLICIES = (Asked(f"sys/policies/acl/{ANY}", ("create", "update")), Asked(f"sys/policy/{ANY}", ("create", "update")))
"""Who may write a policy of any name may write one that allows everything, or change one that they hold."""

DOORS = (
    *POLICIES,
    Asked(f"auth/{ANY}/role/{ANY}", ("create", "update")),
    Asked(f"auth/{ANY}/users/{ANY}", ("create", "update")),
    Asked(f"identity/entity/id/{ANY}", ("create", "update")),
    Asked(f"identity/entity/name/{ANY}", ("create", "update")),
    Asked(f"identity/group/id/{ANY}", ("create", "update")),
    Asked(f"identity/group/name/{ANY}", ("create", "update")),
    Asked(f"sys/auth/{ANY}", ("create", "update"), sudo=True),
    Asked("auth/token/create", ("create", "update"), sudo=True),
    Asked("auth/token/create-orphan", ("create", "update"), sudo=True),
    Asked(f"auth/token/roles/{ANY}", ("create", "update")),
)
"""Who may write any of these gives rights: a role that hands out any policy, a group with one, a method of their own.

A token's policies "must be a subset of the policies belonging to the token making the request, unless the calling token
is root or contains sudo capabilities to auth/token/create": https://openbao.org/api-docs/auth/token/#create-token
"""

OF_METHODS = {"approle": ("role/{}", "role/{}/secret-id", "role/{}/custom-secret-id"), "userpass": ("users/{}",)}
"""What below a method gives rights, by its type; of the others a role or user.

Who makes a secret id logs in as its role: https://openbao.org/api-docs/auth/approle/#generate-new-secret-id
"""


def of_method(path: str, kind: str) -> tuple[Asked, ...]:
    """Return the requests by which somebody gives rights through an authentication method."""
    below = OF_METHODS.get(kind, ("role/{}", "users/{}"))
    return tuple(Asked(f"{path}/{each.format(ANY)}", ("create", "update")) for each in below)


def as_role(path: str, name: str) -> tuple[Asked, ...]:
    """Return the requests by which somebody gets what logs in as an AppRole."""
    return tuple(
        Asked(f"{path}/role/{name}/{each}", ("create", "update")) for each in ("secret-id", "custom-secret-id")
    )


def within(namespace: str, asked: tuple[Asked, ...]) -> tuple[Asked, ...]:
    """Return the same requests sent to a namespace: policies see its path before theirs.

    https://openbao.org/docs/concepts/namespaces/
    """
    return tuple(each._replace(path=f"{namespace}{each.path}") for each in asked)


READING = frozenset({Capability.READ_SECRET, Capability.USE_SECRET, Capability.READ})


def of_secret(secret: Entity, capability: Capability) -> tuple[Asked, ...]:
    """Return the requests by which a secret is read or managed."""
    path = str(secret.attributes.get("path") or "")
    if not path:
        return ()
    if capability in READING:
        return (Asked(path, ("read",)),)
    beside = [str(secret.attributes[name]) for name in ("metadata_path", "destroy_path") if name in secret.attributes]
    return (Asked(path, (*WRITE, "delete")), *(Asked(each, ("create", "update", "delete")) for each in beside))
