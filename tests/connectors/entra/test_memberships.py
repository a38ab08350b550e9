"""Service principals in groups, and who may become a member or owner of a group: no list of members tells of them."""

from collections.abc import Callable

import pytest

from pipewarden.access.engine import Engine, Holders
from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.story import Directory
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.model.access import Capability
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.connectors.entra.reading import Still, collected, connector

OPERATORS = made("group", "Application operators")
JOINING = "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"


def read(change: Callable[[Directory], None], variant: Variant | None = None) -> Snapshot:
    clock = Still()
    with EntraServer(acme(), variant or Variant(), clock=clock.now) as server:
        change(server.directory)
        return collected(connector(server, clock=clock))[0]


def secrets(snapshot: Snapshot) -> Holders:
    """Return who may add a secret to any application."""
    tenant = snapshot.ref(snapshot.ordinals(Kind.TENANT).tolist()[0])
    return Engine(snapshot).who_can(Capability.MANAGE_SECRET, tenant)


def at(snapshot: Snapshot, kind: Kind, key: str) -> int:
    found = snapshot.ordinal(Ref(snapshot.instances[0], kind, key))
    assert found is not None
    return found


def in_operators(directory: Directory) -> None:
    directory.members[OPERATORS].append(made("service", "terraform-plan"))


def test_a_service_principal_in_a_group_has_what_the_group_has() -> None:
    snapshot = read(in_operators)
    assert at(snapshot, Kind.SERVICE_ACCOUNT, made("service", "terraform-plan")) in secrets(snapshot).sure


@pytest.mark.parametrize("how", ["forbidden", "truncated"])
def test_where_its_groups_were_not_read_that_is_told(how: str) -> None:
    part = read(in_operators, Variant(**{how: frozenset({"/servicePrincipals/*/memberOf"})}))
    assert {gap.facet for gap in part.records(Gap)} == {EntraFacet.MEMBERS}
    assert secrets(part).unseen


@pytest.mark.parametrize("relation", ["member", "owner"])
def test_who_may_join_a_group_has_what_it_has_once_they_activate_it(relation: str) -> None:
    snapshot = read(lambda directory: directory.let_join(made("user", "mona"), OPERATORS, relation))
    mona = at(snapshot, Kind.ACCOUNT, made("user", "mona"))
    assert mona in secrets(snapshot).unknown
    assert mona not in secrets(read(lambda _: None)).unknown
