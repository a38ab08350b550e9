"""Who holds the roles that applications declare: people, groups and other applications; what is not understood is told."""

from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.entra.powers import Power, is_known, is_privileged, power_of
from pipewarden.connectors.entra.app_roles import declared
from pipewarden.demo.entra.rows import app_role, made, service
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.estate import acme
from pipewarden.model.access import Capability
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Gap, GrantKind
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.connectors.entra.reading import collected, connector

PUBLISHER, MANAGED = made("service", "site-publisher"), made("service", "GitHub Enterprise Managed User")


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    with EntraServer(acme()) as server:
        return collected(connector(server))[0]


def held(snapshot: Snapshot) -> set[tuple[str, str, str, GrantKind]]:
    """Return who holds which role of which application, by their keys."""
    every = [snapshot.grant(row) for row in range(len(snapshot.grants.role))]
    grants = [each for each in every if each.role.startswith("app:")]
    return {(each.principal.key, each.role, each.resource.key, each.kind) for each in grants}


def told(snapshot: Snapshot) -> list[tuple[str, Cause, str]]:
    gaps = [each for each in snapshot.records(Gap) if each.facet == EntraFacet.APP_ROLES]
    return [(each.scope.key, each.cause, each.detail) for each in gaps]


def altered(
    field: str, value: Any, *, of: str = "services", name: str = "displayName", row: str = "site-publisher"
) -> Snapshot:
    """Return a reading in which one row says something else."""
    with EntraServer(acme()) as server:
        for each in getattr(server.directory, of):
            if each[name] == row:
                each[field] = value
        return collected(connector(server))[0]


def test_people_groups_and_applications_hold_roles_of_the_applications_that_declare_them(whole: Snapshot) -> None:
    assert held(whole) == {
        (made("service", "deploybot"), "app:Site.Publish", PUBLISHER, GrantKind.APP),
        (made("user", "alice"), "app:Enterprise Owner", MANAGED, GrantKind.DIRECT),
        (made("group", "Engineers"), "app:default access", MANAGED, GrantKind.DIRECT),
    }
    assert told(whole) == []


def test_a_machine_shows_the_role_it_holds_and_may_not_act_as_the_application(whole: Snapshot) -> None:
    engine, tenant = Engine(whole), whole.ref(0).instance
    deploybot, publisher = (
        Ref(tenant, Kind.SERVICE_ACCOUNT, made("service", each)) for each in ("deploybot", "site-publisher")
    )
    assert publisher in {resource for resource, _ in engine.what_can(deploybot)}
    directory = Ref(tenant, Kind.SERVICE_ACCOUNT, made("service", "directory-sync"))
    assert publisher not in {resource for resource, _ in engine.what_can(directory)}
    holders = engine.who_can(Capability.ASSUME_ROLE, publisher)
    assert whole.ordinal(deploybot) not in holders.sure | holders.unknown


def test_who_is_assigned_to_an_application_that_declares_no_roles_is_read_too() -> None:
    with EntraServer(acme()) as server:
        server.directory.assign(made("group", "Engineers"), "Group", "terraform-plan", "")
        snapshot, _ = collected(connector(server))
    assert (
        made("group", "Engineers"),
        "app:default access",
        made("service", "terraform-plan"),
        GrantKind.DIRECT,
    ) in held(snapshot)
    assert told(snapshot) == []


def test_each_application_is_asked_once_but_for_those_of_microsoft_and_managed_identities() -> None:
    with EntraServer(acme()) as server:
        declares = [app_role("Azure DevOps", "Deploy")]
        server.directory.services += [
            service("Office", "f8cdef31-a31e-4b4a-93e4-5f571e91255a"),
            service("builder", server.tenant, servicePrincipalType="ManagedIdentity"),
            service("Azure DevOps", "f8cdef31-a31e-4b4a-93e4-5f571e91255a", appRoles=declares),
        ]
        collected(connector(server))
        asked = server.requests["/servicePrincipals/{id}/appRoleAssignedTo"]
        assert asked == len(server.directory.services) - 2


def test_a_role_that_the_application_does_not_declare_is_a_gap_at_it_and_no_grant() -> None:
    snapshot = altered("appRoleId", made("nothing"), of="permissions", name="resourceDisplayName")
    assert not any(resource == PUBLISHER for _, _, resource, _ in held(snapshot))
    ((scope, cause, detail),) = told(snapshot)
    assert (scope, cause) == (PUBLISHER, Cause.UNEXPECTED)
    assert "none that site-publisher declares" in detail


@pytest.mark.parametrize("value", [None, "odd", [{"id": None, "value": "Site.Publish"}]])
def test_roles_that_are_not_given_as_documented_are_a_gap_at_the_application(value: Any) -> None:
    snapshot = altered("appRoles", value)
    assert not any(resource == PUBLISHER for _, _, resource, _ in held(snapshot))
    assert [each[:2] for each in told(snapshot)] == [(PUBLISHER, Cause.UNEXPECTED)]


def test_a_role_goes_by_its_value_or_else_by_its_name() -> None:
    rows = [
        {"id": "1", "value": "Site.Publish", "displayName": "Publishes"},
        {"id": "2", "value": None, "displayName": "User"},
    ]
    assert declared({"appRoles": rows}) == ({"1": "Site.Publish", "2": "User"}, True)
    assert declared({"appRoles": [*rows, {"id": 3}]}) == ({"1": "Site.Publish", "2": "User"}, False)


def test_a_role_of_an_application_named_like_a_permission_of_graph_gives_nothing_in_the_tenant() -> None:
    key = "app:RoleManagement.ReadWrite.Directory"
    assert power_of(key) == Power.READ
    assert is_known(key, None)
    assert not is_privileged(key)
    assert is_privileged(key.replace("app:", "graph:"))
