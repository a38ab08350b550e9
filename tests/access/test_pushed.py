"""Groups that an identity provider pushes: tied by what both sides state, and followed as far as the push brings people."""

from typing import Any

import pytest

from pipewarden.access.follows import Follows
from pipewarden.access.mirrored import drift
from pipewarden.access.reach import reach
from pipewarden.access.whatif import consequences, tied
from pipewarden.model.access import Capability, Level
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import AnyFact, Cause, Gap, Group, Resource
from pipewarden.model.ids import Kind, Ref

from .followed import (
    ACME,
    APP,
    DEPLOY,
    GITHUB,
    GITLAB,
    MAINTAINERS,
    OKTA,
    RELEASE,
    SEEN,
    TEAM,
    TENANT,
    administrator,
    directory,
    engine,
    github,
    gitlab,
    inside,
    okta,
    person,
    pushes,
    put,
    snapshot,
    team,
)

ENTERPRISE = Ref(GITHUB, Kind.ENTERPRISE, "acme-inc")
TIED = {"app_settings": {"githubOrg": "acme"}}
SSO = f"https://{OKTA}/app/githubcloud/exk1/sso/saml"


def managed(*members: str, **row: Any) -> list[AnyFact]:
    """Return GitHub with a team of managed users, which follows a group by a number of GitHub's own."""
    return team(*members, follows="603", members=[], **row)


def organization(**attributes: Any) -> AnyFact:
    """Return the organization as a part of its enterprise."""
    return put(Resource, ACME, "acme", ENTERPRISE, **attributes)


def links(*facts: AnyFact) -> tuple[list[tuple[Ref, Ref, str]], list[str]]:
    found = Follows(snapshot(*facts))
    names = found.snapshot.ref
    return [(names(e.inner), names(e.outer), e.doubt) for e in found.links], [each.says for each in found.loose]


@pytest.mark.parametrize(
    ("told", "ties"),
    [
        (TIED, True),
        ({"app_settings": {"githubOrg": "Acme"}}, True),  # logins count in any case
        ({"app_settings": {"githubOrg": "acme-labs"}}, False),
        ({"app_settings": {}}, False),  # the label is not asked
        ({"name": "another", **TIED}, False),  # a setting of that name, of an app that is not GitHub's
        ({"provisions": "https://api.github.com/scim/v2/organizations/acme"}, True),
        ({"provisions": "https://api.github.com/scim/v2/organizations/other"}, False),
        ({"provisions": "https://api.github.com/scim/v2/enterprises/acme-inc"}, True),
        ({"provisions": "https://api.github.com/scim/v2/enterprises/other"}, False),
        ({"provisions": "https://api.acme.ghe.com/scim/v2/enterprises/acme-inc"}, False),  # another host
        ({"name": "githubenterprisemanageduser", "app_settings": {"enterpriseName": "acme-inc"}}, True),
        ({"saml": {"acs": "https://github.com/orgs/acme/saml/consume", "groups": []}}, True),
        ({"saml": {"acs": "https://github.com/enterprises/acme-inc/saml/consume", "groups": []}}, True),
        ({"saml": {"acs": "https://github.evil.example/orgs/acme/saml/consume", "groups": []}}, False),
        ({"declared_target": "github:acme"}, True),
        ({"declared_target": "github:enterprises/acme-inc"}, True),
        ({"declared_target": "github:acme-labs", **TIED}, False),  # what the configuration says counts alone
        ({"declared_target": "gitlab:acme"}, False),
    ],
)
def test_whose_an_app_is_its_settings_say_or_the_configuration(told: dict[str, Any], ties: bool) -> None:
    found, loose = links(*directory(), *managed(), organization(), *pushes(**told))
    assert found == ([(RELEASE, TEAM, "")] if ties else [])
    assert bool(loose) is not ties


def test_the_sign_on_of_the_organization_leads_to_the_one_app_of_its_kind() -> None:
    signs_in = organization(samlIdentityProvider={"ssoUrl": SSO})
    assert links(*directory(), *managed(), signs_in, *pushes())[0] == [(RELEASE, TEAM, "")]
    above = put(Resource, ENTERPRISE, "acme-inc", owner_info={"samlIdentityProvider": {"ssoUrl": SSO}})
    assert links(*directory(), *managed(), organization(), above, *pushes())[0] == [(RELEASE, TEAM, "")]
    elsewhere = organization(samlIdentityProvider={"ssoUrl": SSO.replace(OKTA, "other.okta.example")})
    assert links(*directory(), *managed(), elsewhere, *pushes())[0] == []
    twin = put(Resource, Ref(OKTA, Kind.APPLICATION, "0oa8"), "GitHub too", TENANT, name="githubcloud", status="ACTIVE")
    found, loose = links(*directory(), *managed(), signs_in, twin, *pushes())
    assert found == [], "which of two apps it is, is not known"
    assert "nothing tells which organization that app is for" in loose[0]


def test_where_nothing_ties_the_app_it_is_told_and_not_guessed() -> None:
    assert links(*directory(), *managed(), organization(), *pushes()) == (
        [],
        [
            "acme/release follows the group release; an app of Okta pushes one of that name, and nothing tells which organization that app is for"
        ],
    )


def test_the_name_there_decides_and_not_the_name_here() -> None:
    assert links(*directory(), *managed(), *pushes(into="Release", **TIED))[0] == []
    other = put(Group, Ref(OKTA, Kind.GROUP, "00g77"), "crew", TENANT, type="OKTA_GROUP")
    found, _ = links(*directory(), other, *managed(), *pushes(source=other.ref, **TIED))
    assert found == [(other.ref, TEAM, "")]


@pytest.mark.parametrize("status", ["INACTIVE", "ERROR", "UNHEARD_OF"])
def test_a_push_that_stands_still_fills_nothing_and_is_told(status: str) -> None:
    found, loose = links(*directory(), *managed(), *pushes(status=status, **TIED))
    assert found == []
    still = f"the push of release stands still ({status.lower()}): who leaves the group stays"
    assert loose == [f"acme/release follows the group release, and {still}"]


def test_two_groups_under_one_name_are_ambiguous() -> None:
    other = put(Group, Ref(OKTA, Kind.GROUP, "00g77"), "release", TENANT, type="OKTA_GROUP")
    rows = [{"source": key, "target": "00g99", "name": "release", "status": "ACTIVE"} for key in ("00g13", "00g77")]
    app = put(Resource, APP, "label", TENANT, name="githubcloud", status="ACTIVE", pushes=rows, **TIED)
    found, loose = links(*directory(), other, *managed(), app)
    assert found == []
    assert "2 groups are pushed under that name" in loose[0]


def test_the_id_that_a_group_carries_goes_before_the_push_and_a_contradiction_is_told() -> None:
    other = put(Group, Ref(OKTA, Kind.GROUP, "00g77"), "crew", TENANT, type="OKTA_GROUP")
    found, loose = links(*directory(), other, *managed(external_id="00g13"), *pushes(source=other.ref, **TIED))
    assert found == [(RELEASE, TEAM, "")]
    assert loose == ["acme/release follows the group release by its id, and Okta pushes the group crew under that name"]
    assert links(*directory(), *managed(external_id="00g13"), *pushes(**TIED)) == ([(RELEASE, TEAM, "")], [])


# --- GitLab: SCIM fills the SAML group links of that name --------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "ties"),
    [
        ({"provisions": f"https://{GITLAB}/api/scim/v2/application"}, True),
        ({"provisions": "https://gitlab.com/api/scim/v2/groups/acme"}, False),
        ({"provisions": f"https://{GITLAB}/"}, False),  # an address that is not one of SCIM or sign-on
        ({"saml": {"acs": f"https://{GITLAB}/users/auth/saml/callback", "groups": []}}, True),
        ({"declared_target": "gitlab:acme"}, True),
        ({"declared_target": "gitlab:other"}, False),
        ({}, False),
    ],
)
def test_a_saml_group_link_takes_up_what_is_pushed_to_that_very_gitlab(told: dict[str, Any], ties: bool) -> None:
    found, loose = links(*directory(), *gitlab(sends="^nothing$"), *pushes(name="gitlab", **told))
    assert found == ([(RELEASE, MAINTAINERS, "")] if ties else [])
    assert bool(loose) is not ties
    if not told:
        assert "nothing tells which GitLab that app is for" in loose[0]


def test_where_pushes_were_not_read_a_link_is_unread_and_not_without_a_group() -> None:
    unread = Gap(scope=TENANT, facet=OktaFacet.GROUP_PUSH, cause=Cause.FORBIDDEN, origin=SEEN)
    assert links(*directory(), *gitlab(sends="^nothing$"), unread)[1] == [
        "acme/platform takes members from the SAML group release; which groups Okta pushes was not read in full"
    ]
    assert "not read in full" in links(*directory(), *managed(), unread)[1][0]


def test_a_group_that_the_assertion_sends_and_one_that_is_pushed_both_fill_it() -> None:
    other = put(Group, Ref(OKTA, Kind.GROUP, "00g77"), "crew", TENANT, type="OKTA_GROUP")
    at = {"provisions": f"https://{GITLAB}/api/scim/v2/application"}
    both = links(*directory(), other, *gitlab(), *pushes(name="gitlab", source=other.ref, **at))[0]
    assert {each[0] for each in both} == {RELEASE, other.ref}
    assert len(links(*directory(), *gitlab(), *pushes(name="gitlab", **at))[0]) == 1


def test_a_maintainer_of_gitlab_is_so_through_the_group_that_is_pushed() -> None:
    at = {"provisions": f"https://{GITLAB}/api/scim/v2/application"}
    asked = engine(*directory("bob"), *person("bob"), *gitlab("bob", sends="^nothing$"), *pushes(name="gitlab", **at))
    [path] = asked.grants_between(Ref(GITLAB, Kind.ACCOUNT, "bob"), DEPLOY)
    assert asked.words(path).startswith(
        "bob (signs in as) → bob@acme.example → group release (is followed by) → maintainers of acme/platform (Maintainer"
    )


# --- who comes along -----------------------------------------------------------------------------------------------------


def facts(*assigned: Ref) -> list[AnyFact]:
    return [*directory("bob"), *person("bob"), *managed("bob"), *pushes(*assigned, **TIED)]


def words(*those: AnyFact) -> list[str]:
    asked = engine(*those)
    return [
        asked.words(path)
        for access in asked.why(github("bob"), Ref(GITHUB, Kind.REPOSITORY, "7"), Capability.PUSH)
        for path in access.paths
    ]


def test_a_member_is_in_the_team_by_the_push_where_they_are_assigned_to_the_app() -> None:
    through = "bob (signs in as) → bob@acme.example → group release (is followed by) → team acme/release (maintain) → acme/api"
    assert words(*facts()) == [through]
    assert words(*facts(okta("bob"))) == [through]
    assert words(*facts(okta("zoe"))) == ["bob → team acme/release (maintain) → acme/api"], "nobody pushes bob there"


def test_with_the_place_at_the_provider_goes_the_place_in_the_team() -> None:
    def gone(*assigned: Ref) -> list[tuple[Ref, Level, Level]]:
        asked = engine(*facts(*assigned))
        outcome = consequences(asked, [tied(asked, "okta:bob@acme.example@group:release")])
        return [(c.principal, c.before, c.after) for c in outcome.changes]

    assert gone() == [(github("bob"), Level.MAINTAIN, Level.NONE)]
    assert gone(okta("zoe")) == []


def test_who_is_not_assigned_to_the_app_is_missing_from_no_team() -> None:
    def found(*assigned: Ref) -> set[tuple[str, bool]]:
        asked = engine(
            *directory("bob", "zoe"), *person("bob"), *person("zoe"), *managed("bob"), *pushes(*assigned, **TIED)
        )
        outer = asked.snapshot.ordinal(TEAM)
        assert outer is not None
        return {(asked.snapshot.name_of(each.account), each.extra) for each in drift(asked.graph, outer)}

    assert found() == {("zoe", False)}
    assert found(okta("bob")) == set()


@pytest.mark.parametrize(("assigned", "reaches"), [((), True), ((okta("erin"),), True), ((okta("zoe"),), False)])
def test_who_fills_the_group_reaches_the_repository_if_the_push_brings_them(assigned: Any, reaches: bool) -> None:
    asked = engine(*directory(), *person("erin"), *administrator("erin"), *managed(), *pushes(*assigned, **TIED))
    targets = {each.access.resource for each in reach(asked, okta("erin"))}
    assert (Ref(GITHUB, Kind.REPOSITORY, "7") in targets) is reaches


def test_where_assignments_were_not_read_it_is_not_sure_who_comes_along() -> None:
    unread = Gap(scope=APP, facet=OktaFacet.APP_ASSIGNMENTS, cause=Cause.FORBIDDEN, origin=SEEN)
    [(_, _, doubt)], _ = links(*directory(), *managed(), *pushes(**TIED), unread)
    assert doubt == "who is assigned to the app that pushes the group was not read"
    elsewhere = Gap(scope=TENANT, facet=OktaFacet.GROUPS, cause=Cause.FORBIDDEN, origin=SEEN)
    assert links(*directory(), *managed(), *pushes(**TIED), elsewhere)[0] == [(RELEASE, TEAM, "")]


def test_a_team_that_is_synchronised_by_id_needs_no_push() -> None:
    assert links(*directory(), *team(), *pushes(status="ERROR", **TIED)) == ([(RELEASE, TEAM, "")], [])
    assert inside(okta("bob"), RELEASE).group == RELEASE
