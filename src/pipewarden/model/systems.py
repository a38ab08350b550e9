"""Which system an instance is of: one fact for each, so that ids of several systems stand in one snapshot."""

from enum import StrEnum

from pipewarden.model.facts import Json, Origin, Resource
from pipewarden.model.ids import Kind, Ref

CHECKOUT = "checkout"
"""The instance of repositories that are known by a checkout alone: those have no settings to be unsure about."""


class System(StrEnum):
    """What is read. Each has its own semantics of access."""

    GITHUB = "github"
    GITLAB = "gitlab"
    JENKINS = "jenkins"
    OKTA = "okta"
    ENTRA = "entra"
    VAULT = "vault"
    """OpenBao and HashiCorp Vault."""
    ROSTER = "roster"
    """A list of people in a file."""


def source_ref(instance: str) -> Ref:
    """Return the id of the fact that says what an instance is."""
    return Ref(instance, Kind.SOURCE, "system")


def source(instance: str, system: System, origin: Origin, **attributes: Json) -> Resource:
    """Return the fact that says what an instance is. Every connector but GitHub's emits it once.

    An instance without it is GitHub's, or a checkout of a repository.
    """
    told = {"system": system.value, **attributes}
    return Resource(ref=source_ref(instance), name=f"{system.value}:{instance}", attributes=told, origin=origin)
