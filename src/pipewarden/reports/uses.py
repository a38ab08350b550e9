"""Finds the secret, variable or environment that a workflow names, where its job would be given it."""

from collections.abc import Iterator

from pipewarden.model.facts import Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot

GIVEN = {"secret": Kind.SECRET, "variable": Kind.VARIABLE}


def used(snapshot: Snapshot, use: Use) -> Iterator[tuple[Ref, bool]]:
    """Yield what a use reaches, and whether that is only possible: an environment was named by an expression.

    The nearest of a name is given: that of the environment before the repository's before the organization's.
    Names are compared without case.
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/about-secrets
    """
    if use.resource is not None:
        yield use.resource, False
        return
    workflow = snapshot.ordinal(use.by)
    repository = int(snapshot.parent[workflow]) if workflow is not None else -1
    if repository < 0 or snapshot.kind_of(repository) is not Kind.REPOSITORY:
        return
    if use.what == "environment":
        for environment in _environments(snapshot, repository, use.name):
            yield snapshot.ref(environment), "${{" in use.name
    elif use.what in GIVEN:
        yield from _given(snapshot, use, GIVEN[use.what], repository)


def _given(snapshot: Snapshot, use: Use, kind: Kind, repository: int) -> Iterator[tuple[Ref, bool]]:
    named = str(use.attributes.get("environment") or "")
    open_ended = "${{" in named
    places = _environments(snapshot, repository, named) if named else []
    for place in (*places, repository, int(snapshot.parent[repository])):
        there = snapshot.children(place, kind) if place >= 0 else []
        found = [one for one in there if _is(snapshot, one, use.name, repository)]
        for one in found:
            yield snapshot.ref(one), open_ended
        if found and not open_ended:
            return


def _environments(snapshot: Snapshot, repository: int, name: str) -> list[int]:
    """Return the environment of a name; where the name is computed by an expression, all there are."""
    there = snapshot.children(repository, Kind.ENVIRONMENT)
    if "${{" in name:
        return there
    return [one for one in there if snapshot.ref(one).key.partition(":")[2].lower() == name.lower()]


def _is(snapshot: Snapshot, ordinal: int, name: str, repository: int) -> bool:
    """Whether something has the name, is given to Actions, and to this repository."""
    held = snapshot.entity(ordinal).attributes
    if snapshot.ref(ordinal).key.rpartition(":")[2].upper() != name.upper():
        return False
    if held.get("store", "actions") != "actions":
        return False
    match held.get("visibility"):
        case "selected":
            selected = held.get("selected_repositories")
            return selected is not None and snapshot.ref(repository).key in selected
        case "private":
            return snapshot.entity(repository).attributes.get("visibility") != "public"
    return True
