"""Groups of GitLab that are filled from elsewhere: who may come in by a link is told as unknown, never as nobody."""

from typing import Any

import pytest

from pipewarden import checks
from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.model.access import Capability, Level
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Gap
from pipewarden.model.ids import Kind, Ref
from tests.access.followed import GITLAB, MAINTAINERS, directory, engine, gitlab, pushes
from tests.access.gitlab.small import engine_of, small
from tests.connectors.gitlab.collecting import collected

LDAP = {"cn": "mobile", "group_access": 40, "provider": "ldapmain", "filter": None, "member_role_id": None}
FILTER = {**LDAP, "cn": None, "filter": "(department=mobile)"}
TOLD = "acme takes members from the LDAP group mobile, and no LDAP directory is read"


def linked(group: int, part: str = "ldap_group_links", **row: Any) -> GitLabEstate:
    made = small()
    made.put(f"/groups/{group}/{part}", row or LDAP)
    return made


def unseen(asked: Engine, name: str = "acme/web") -> tuple[str, ...]:
    """Return what was not read; that this token sees no personal tokens is known."""
    told = asked.who_can(Capability.PUSH, address.resource(asked.snapshot, name)).unseen
    return tuple(each for each in told if not each.startswith("personal access tokens"))


def test_who_comes_by_an_ldap_link_is_not_known_and_said_so() -> None:
    made = linked(10)
    made.member("groups/acme", "bob", 40)
    asked = engine_of(made)
    assert unseen(asked) == (TOLD,)
    names = {
        asked.snapshot.find(each.principal).name
        for each in asked.who_can(Capability.PUSH, address.resource(asked.snapshot, "acme/web"))
    }  # type: ignore[union-attr]
    assert names == {"bob"}, "who came by it already is a member like others"


def test_a_link_that_goes_by_a_filter_is_named_by_it() -> None:
    asked = engine_of(linked(10, **FILTER))
    assert unseen(asked) == (TOLD.replace("mobile", "(department=mobile)"),)


def test_a_link_of_another_group_says_nothing_of_this_one() -> None:
    assert unseen(engine_of(linked(20))) == ()
    assert unseen(engine_of(small())) == ()


def test_a_link_of_a_group_that_is_invited_counts_where_it_is_invited() -> None:
    made = linked(11)
    made.member("groups/acme/platform", "carol", 40)
    assert unseen(engine_of(made)) == ()
    made.share("projects/acme/web", "acme/platform", 30)
    assert unseen(engine_of(made)) == (TOLD.replace("acme", "acme/platform"),)


def test_links_that_were_not_read_leave_the_answer_open() -> None:
    snapshot, _ = collected(small(), Variant(forbidden=frozenset({"/groups/{id}/ldap_group_links"})))
    assert GitLabFacet.LDAP_LINKS in {each.facet for each in snapshot.records(Gap)}
    assert "ldap group links of acme" in unseen(Engine(snapshot))[0]


def findings(snapshot: Any) -> list[str]:
    [one] = [check for check in checks.ALL if check.id == "x.group_unclear"]
    return [each.says for each in judge([one], View(snapshot)).findings]


def test_an_ldap_link_is_a_finding_with_no_identity_provider_read_too() -> None:
    assert findings(collected(linked(10))[0]) == [TOLD]
    assert findings(collected(small())[0]) == []


def test_a_saml_link_is_unknown_where_no_provider_is_read_and_no_finding_then() -> None:
    row = {"name": "release", "access_level": 40, "member_role_id": None}
    made = linked(10, "saml_group_links", **row)
    made.member("groups/acme", "bob", 40)
    snapshot = collected(made)[0]
    assert unseen(Engine(snapshot)) == (
        "acme takes members from the SAML group release, which no identity provider that was read has",
    )
    assert findings(snapshot) == [], "who reads GitLab alone did not ask about the provider"


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        (gitlab(), True),  # its assertion sends the group
        (gitlab(sends="^nothing$"), False),
        (
            [
                *gitlab(sends="^nothing$"),
                *pushes(name="gitlab", provisions=f"https://{GITLAB}/api/scim/v2/application"),
            ],
            True,
        ),
    ],
)
def test_a_saml_link_that_is_followed_leaves_nobody_unknown(facts: Any, known: bool) -> None:
    asked = engine(*directory("bob"), *facts)
    assert bool(unseen(asked, "acme/platform/deploy")) is not known
    assert asked.snapshot.ordinal(MAINTAINERS) is not None


def test_the_level_that_a_saml_link_fills_is_there_before_anybody_is_in_it() -> None:
    row = {"name": "release", "access_level": 40, "member_role_id": None}
    snapshot = collected(linked(10, "saml_group_links", **row))[0]
    place = Ref(snapshot.instances[0], Kind.GROUP, "10:40")
    asked = Engine(snapshot)
    assert asked.accounts_in(place) == []
    web = address.resource(snapshot, "acme/web")
    assert asked.level(place, web) is Level.MAINTAIN
    assert unseen(asked) == (
        "acme takes members from the SAML group release, which no identity provider that was read has",
    )
    assert collected(small())[0].find(place) is None, "without the link nobody can be there"


def test_a_level_that_is_filled_already_keeps_its_name_and_its_members() -> None:
    made = linked(10, "saml_group_links", name="release", access_level=40, member_role_id=None)
    made.member("groups/acme", "bob", 40)
    made.share("projects/acme/web", "acme", 30)
    snapshot = collected(made)[0]
    [place] = [each for each in snapshot.entities(Kind.GROUP) if each.ref.key == "10:40"]
    assert (place.name, len(Engine(snapshot).accounts_in(place.ref))) == ("maintainers of acme", 1)
