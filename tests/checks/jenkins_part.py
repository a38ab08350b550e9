"""The part of Jenkins in an estate that holds everything: what its connector reads of the story, under names of its own."""

from functools import lru_cache

from msgspec import structs

from pipewarden.audit import collect
from pipewarden.demo.estate import ACME_NOW
from pipewarden.demo.estate import acme as story
from pipewarden.demo.jenkins.estate import Role, acme
from pipewarden.demo.jenkins.server import JenkinsServer
from pipewarden.demo.jenkins.staged import connector
from pipewarden.model.facts import Gap, Use
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate


@lru_cache
def _story():  # type: ignore[no-untyped-def]
    controller = acme()
    controller.roles = [Role("projectRoles", "web", ("hudson.model.Item.Read",), (("USER", "bob"),), "web.*")]
    with JenkinsServer(controller) as server:
        snapshot = collect([connector(server, story())], clock=lambda: ACME_NOW, as_of=ACME_NOW)
    entities = [snapshot.entity(ordinal) for ordinal in range(len(snapshot))]
    facts = [snapshot.membership(row) for row in range(len(snapshot.memberships))]
    facts += [snapshot.grant(row) for row in range(len(snapshot.grants))]
    return entities, [*facts, *snapshot.records(Use), *snapshot.records(Gap)]


def jenkins(estate: Estate) -> None:
    """Put acme's controller into an estate. People there are named with their system, so that names stay unambiguous."""
    entities, facts = _story()
    for entity in entities:
        if entity.ref.kind is Kind.SOURCE:
            estate._facts.append(entity)  # what an instance is stays known, whatever else is worn
        else:
            estate._put(structs.replace(entity, name=f"jk {entity.ref.kind} {entity.name}"))
    estate._facts += facts
