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
)
"""Who may write any of these gives rights: a role that hands out any policy, a group with one, a method of their own."""


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
