"""Single fields of GitHub's GraphQL that say nothing known: the row or setting is left out, and the gap names both."""

from typing import Any

import pytest

from pipewarden.connectors.github.graphql_shapes import ROWS, odd_in
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Gate, Resource, Role
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_github import collected, connector

MEMBERS = "Members:organization.membersWithRole.edges"
TEAMS = "Teams:organization.teams.nodes"
REPOSITORIES = "Repositories:organization.repositories.nodes"


def read(variant: Variant | None = None) -> Snapshot:
    with GitHubServer(acme(), variant) as server:
        return collected(connector(server))[0]


def nulled(*where: str, **more: Any) -> Snapshot:
    return read(Variant(null_places=frozenset(where), **more))


def told(snapshot: Snapshot, *facets: str) -> set[tuple[str, str]]:
    """Return where each gap that names a query is, and what it says."""
    found = [each for each in snapshot.records(Gap) if each.facet in facets and each.detail.startswith("graphql ")]
    assert all(each.cause is Cause.UNEXPECTED for each in found)
    return {(snapshot.name_of(snapshot.ordinal(each.scope) or 0), each.detail) for each in found}


def named(snapshot: Snapshot, kind: Kind) -> set[str]:
    return {entity.name for entity in snapshot.entities(kind)}


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    return read()


def test_a_whole_reading_leaves_nothing_out(whole: Snapshot) -> None:
    assert told(whole, *Facet) == set()


def test_a_member_without_a_login_is_left_out_and_the_list_is_not_known_in_full(whole: Snapshot) -> None:
    snapshot = nulled(f"{MEMBERS}.0.node.login")
    says = "graphql members: node.login is not given as it is documented"
    assert told(snapshot, Facet.ORG_MEMBERS) == {("acme", says)}
    assert "None" not in named(snapshot, Kind.ACCOUNT)


def test_a_login_that_is_refused_in_words_leaves_the_member_there(whole: Snapshot) -> None:
    snapshot = nulled(f"{MEMBERS}.0.node.login", errors_told=True)
    assert told(snapshot, Facet.ORG_MEMBERS) == set()
    assert {each.ref for each in snapshot.entities(Kind.ACCOUNT)} == {each.ref for each in whole.entities(Kind.ACCOUNT)}
    assert "None" not in named(snapshot, Kind.ACCOUNT)


def test_a_team_whose_parent_is_null_although_it_has_ancestors_is_not_known_in_full() -> None:
    says = "graphql teams: parentTeam is not given as it is documented"
    nested = {f"acme/{each.slug}" for each in acme().organizations["acme"].teams.values() if each.parent}
    assert nested
    snapshot = nulled(f"{TEAMS}.*.parentTeam")
    assert {(name, says) for name in nested} == told(snapshot, Facet.ORG_TEAMS)


@pytest.mark.parametrize("field", ["requiredApprovingReviewCount", "requiresCodeOwnerReviews"])
def test_a_rule_of_which_one_field_is_null_is_left_out_with_a_gap_at_its_repository(
    whole: Snapshot, field: str
) -> None:
    web = sorted(acme().organizations["acme"].repositories).index("web")
    snapshot = nulled(f"{REPOSITORIES}.{web}.branchProtectionRules.nodes.0.{field}")
    says = f"graphql protection: {field} is not given as it is documented"
    assert told(snapshot, Facet.REPO_PROTECTION) == {("acme/web", says)}
    assert len(list(snapshot.records(Gate))) == len(list(whole.records(Gate))) - 1


def test_a_role_without_its_name_is_in_doubt_where_a_custom_role_adds_to_its_level(whole: Snapshot) -> None:
    """Bob's custom role on acme/site adds to what writing is; acme has no custom role that adds to administration."""
    snapshot = nulled(f"{REPOSITORIES}.*.collaborators.edges.*.permissionSources.*.roleName")
    new = [each for each in snapshot.records(Gap) if each.detail.startswith("the name of a collaborator's role")]
    bases = {
        str(role.level)
        for role in whole.entities(Kind.ROLE)
        if isinstance(role, Role) and role.ref.key.startswith("custom_repo:")
    }
    assert {each.facet for each in new} == {Facet.REPO_COLLABORATORS}
    assert {each.detail.partition(": ")[2].partition(",")[0] for each in new} <= bases
    assert "admin" not in bases
    assert "acme/site" in {snapshot.name_of(snapshot.ordinal(each.scope) or 0) for each in new}


def test_a_setting_with_a_word_nobody_has_heard_of_is_not_known_and_the_others_are(whole: Snapshot) -> None:
    place = "Organization:organization.ipAllowListEnabledSetting"
    snapshot = read(Variant(unheard_places=frozenset({place})))
    says = "graphql organization: ipAllowListEnabledSetting is not given as it is documented"
    assert told(snapshot, Facet.ORG_SECURITY_SETTINGS) == {("acme", says)}
    before, now = (next(_organizations(each)) for each in (whole, snapshot))
    assert set(before) - set(now) == {"ipAllowListEnabledSetting"}


def _organizations(snapshot: Snapshot) -> Any:
    return (
        each.attributes
        for each in snapshot.entities(Kind.ORGANIZATION)
        if isinstance(each, Resource) and each.name == "acme"
    )


def test_what_was_refused_is_not_asked_about_and_what_stands_beside_it_is() -> None:
    node = {"databaseId": 1, "login": None, "organizationVerifiedDomainEmails": []}
    row = {"role": "ADMIN", "hasTwoFactorEnabled": None, "node": node}
    assert odd_in(row, "members", ()) == "node/login"
    assert odd_in(row, "members", [("node", "login")]) == ""
    assert odd_in(row, "members", [("node",)]) == ""
    assert odd_in(row, "members", [("node", "databaseId")]) == "node/login"
    sources = {
        "permissionSources": [{"source": None, "permission": "WRITE", "roleName": None}],
        "node": {"databaseId": 1, "login": "bob"},
    }
    assert odd_in(sources, "collaborators", ()) == "permissionSources/*/source"
    assert odd_in(sources, "collaborators", [("permissionSources", 0, "source")]) == ""
    assert "permissionSources" in ROWS["collaborators"]


def test_a_rule_that_asks_for_no_review_counts_none() -> None:
    rule: dict[str, Any] = {path: False for path, test in ROWS["protection"].items() if test(False)}
    rule |= {"pattern": "main", "databaseId": 1, "requiredApprovingReviewCount": None}
    rule |= {"requiredDeploymentEnvironments": None, "requiredStatusChecks": None}
    assert odd_in(rule, "protection", ()) == ""
    assert odd_in({**rule, "requiresApprovingReviews": True}, "protection", ()) == "requiredApprovingReviewCount"
    assert odd_in({**rule, "requiresStatusChecks": True}, "protection", ()) == "requiredStatusChecks"
