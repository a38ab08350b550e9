"""The part of GitLab in an estate that holds everything: what its connector reads of the story, under names of its own."""

from functools import lru_cache

from msgspec import structs

from pipewarden.model.facts import Gap, Gate
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate
from tests.connectors.gitlab.collecting import collected


@lru_cache
def _story():  # type: ignore[no-untyped-def]
    snapshot, _ = collected()
    entities = [snapshot.entity(ordinal) for ordinal in range(len(snapshot))]
    facts = [snapshot.membership(row) for row in range(len(snapshot.memberships))]
    facts += [snapshot.grant(row) for row in range(len(snapshot.grants))]
    return entities, [*facts, *snapshot.records(Gate), *snapshot.records(Gap)]


def gitlab(estate: Estate) -> None:
    """Put acme's GitLab into an estate. People there are named with their system, so that names stay unambiguous."""
    entities, facts = _story()
    for entity in entities:
        if entity.ref.kind is Kind.SOURCE:
            estate._facts.append(entity)  # what an instance is stays known, whatever else is worn
        else:
            estate._put(structs.replace(entity, name=f"gl {entity.ref.kind} {entity.name}"))
    estate._facts += facts
