"""Groups that follow a group of the identity provider: linked by what systems state, followed in every question."""

from typing import Any

import pytest

from pipewarden.access.follows import Follow, Follows
from pipewarden.access.mirrored import drift
from pipewarden.access.reach import reach
from pipewarden.access.whatif import consequences, tied
from pipewarden.access.widened import Widened
from pipewarden.model.access import Answer, Capability, Level
from pipewarden.model.facts import AnyFact, Group, Resource, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source

from .followed import (
    CI,
    DEPLOY,
    ENTRA,
    EXTERNAL,
    GITLAB,
    MAINTAINERS,
    RELEASE,
    SECRET,
    SEEN,
    SUBGROUP,
    TEAM,
    VAULT,
    administrator,
    directory,
    engine,
    entity,
    github,
    gitlab,
    inside,
    okta,
    person,
    put,
    snapshot,
    team,
    vault,
)


def links(*facts: AnyFact) -> tuple[list[tuple[Ref, Ref]], list[str]]:
    found = Follows(snapshot(*facts))
    names = found.snapshot.ref
    return [(names(each.inner), names(each.outer)) for each in found.links], [each.says for each in found.loose]


def through(*facts: AnyFact, who: Ref, what: Ref, capability: Capability) -> list[str]:
    asked = engine(*facts)
    return [asked.words(path) for access in asked.why(who, what, capability) for path in access.paths]


# --- which group follows which ---------------------------------------------------------------------------------


def test_a_team_is_synchronised_by_the_id_that_the_group_has_at_the_provider() -> None:
    assert links(*directory(), *team()) == ([(RELEASE, TEAM)], [])


def test_a_group_of_the_same_name_and_another_id_is_not_followed() -> None:
    found, loose = links(*directory(), *team(follows="00g99"))
    assert found == []
    assert loose == ["acme/release follows the group release, which no identity provider that was read has"]


def test_managed_users_bring_numbers_of_githubs_own_which_no_provider_knows() -> None:
    found, loose = links(*directory(), *team(follows="603", members=[]))
    assert found == []
    assert "which one that is at the identity provider was not read" in loose[0]
    assert links(*directory(), *team(follows="603", members=[], external_id="00g13"))[0] == [(RELEASE, TEAM)]


def test_one_id_at_two_providers_is_told_and_not_guessed() -> None:
    twin = [source(ENTRA, System.ENTRA, SEEN), put(Group, Ref(ENTRA, Kind.GROUP, "00g13"), "Release")]
    found, loose = links(*directory(), *team(), *twin)
    assert found == []
    assert "2 groups answer to that" in loose[0]


def test_nothing_is_loose_where_no_provider_was_read() -> None:
    assert links(*team()) == ([], [])


@pytest.mark.parametrize(
    ("changed", "follows"),
    [
        ({}, True),
        ({"acs": "gitlab.com"}, False),  # the app signs in to another GitLab
        ({"sends": "^plat.*"}, False),  # the name is not sent there
        ({"sends": ".*"}, True),
        ({"sends": "(rel|plat).*"}, False),  # an expression that is not followed
        ({"link": "Release"}, False),  # another name: GitLab compares letter by letter
    ],
)
def test_a_saml_group_is_the_one_whose_name_the_provider_sends_to_that_very_gitlab(
    changed: dict[str, Any], follows: bool
) -> None:
    found, loose = links(*directory(), *gitlab(**changed))
    assert found == ([(RELEASE, MAINTAINERS)] if follows else [])
    assert bool(loose) is not follows


def test_entra_sends_ids_of_groups_in_its_assertions() -> None:
    group = Ref(ENTRA, Kind.GROUP, "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159")
    found, _ = links(source(ENTRA, System.ENTRA, SEEN), put(Group, group, "Release"), *gitlab(link=group.key))
    assert found == [(group, MAINTAINERS)]


def test_an_ldap_group_is_nobodys_that_is_read() -> None:
    row = put(
        Resource, Ref(GITLAB, Kind.APPLICATION, "links:12"), "links:acme/mobile", SUBGROUP, ldap_group_links=[{"cn": "mobile"}]
    )  # fmt: skip
    assert links(*directory(), source(GITLAB, System.GITLAB, SEEN), row)[1] == [
        "acme/mobile takes members from the LDAP group mobile, and no LDAP directory is read"
    ]


def test_a_vaults_external_group_is_that_of_the_provider_whose_tokens_its_login_believes() -> None:
    assert links(*directory(), *vault())[0] == [(RELEASE, EXTERNAL)]
    door = Ref(VAULT, Kind.GROUP, "login:auth_oidc_1:staff")
    other = put(Group, door, "staff", mount="auth_oidc_1", groups_claim="groups", issuer="https://other.okta.example")
    assert links(*directory(), *vault(), other)[0] == []


def test_two_groups_of_one_name_are_ambiguous_for_a_claim_of_names() -> None:
    twin = put(Group, Ref(RELEASE.instance, Kind.GROUP, "00g77"), "release", type="APP_GROUP")
    found, loose = links(*directory(), twin, *vault())
    assert found == []
    assert loose == ["vault:release takes members from the group release of auth/oidc/, and 2 groups answer to that"]


# --- why, and what would remain -----------------------------------------------------------------------------------


def test_a_member_is_in_the_team_through_the_group_of_the_provider() -> None:
    found = through(
        *directory("bob"), *person("bob"), *team("bob"), who=github("bob"), what=Ref("github.com", Kind.REPOSITORY, "7"),
        capability=Capability.PUSH,
    )  # fmt: skip
    assert found == [
        "bob (signs in as) → bob@acme.example → group release (is followed by) → team acme/release (maintain) → acme/api"
    ]


def test_who_was_put_into_the_team_by_hand_is_in_it_by_that_alone() -> None:
    found = through(
        *directory(), *person("bob"), *team("bob"), who=github("bob"), what=Ref("github.com", Kind.REPOSITORY, "7"),
        capability=Capability.PUSH,
    )  # fmt: skip
    assert found == ["bob → team acme/release (maintain) → acme/api"]


def test_with_the_place_at_the_provider_goes_the_place_in_the_team() -> None:
    asked = engine(*directory("bob"), *person("bob"), *team("bob"))
    outcome = consequences(asked, [tied(asked, "okta:bob@acme.example@group:release")])
    assert [(c.principal, c.before, c.after) for c in outcome.changes] == [(github("bob"), Level.MAINTAIN, Level.NONE)]


def test_the_place_stays_where_another_group_still_gives_it() -> None:
    other = Ref(RELEASE.instance, Kind.GROUP, "00g20")
    both = [{"group_id": key, "group_name": key} for key in ("00g13", "00g20")]
    asked = engine(
        *directory("bob"), *person("bob"), *team("bob"), put(Group, other, "on call"), inside(okta("bob"), other),
        put(Group, TEAM, "acme/release", Ref("github.com", Kind.ORGANIZATION, "1"), slug="release", external_groups=both),
    )  # fmt: skip
    assert not consequences(asked, [tied(asked, "okta:bob@acme.example@group:release")]).changes


def test_a_place_that_the_provider_would_give_back_is_told() -> None:
    asked = engine(*directory("bob"), *person("bob"), *team("bob"))
    outcome = consequences(asked, [tied(asked, "github:bob@team:release")])
    assert "team acme/release follows group release, which would put bob back" in list(outcome.sentences(asked))


def test_a_vaults_group_is_filled_at_login_and_so_is_not_sure() -> None:
    asked = engine(*directory("bob"), *person("bob"), *vault(), *entity("bob"), *person("zoe"), *entity("zoe"))
    bob = Ref(VAULT, Kind.ACCOUNT, "e-bob")
    [access] = asked.why(bob, SECRET, Capability.READ_SECRET)
    assert access.answer is Answer.UNKNOWN
    assert asked.words(access.paths[0]).startswith(
        "vault:bob (signs in as) → bob@acme.example → group release (is followed by) → vault:release (policy prod-read"
    )
    assert asked.why(Ref(VAULT, Kind.ACCOUNT, "e-zoe"), SECRET, Capability.READ_SECRET) == []


def test_a_maintainer_of_gitlab_is_so_through_the_saml_group() -> None:
    asked = engine(*directory("bob"), *person("bob"), *gitlab("bob"))
    [path] = asked.grants_between(Ref(GITLAB, Kind.ACCOUNT, "bob"), DEPLOY)
    assert asked.words(path).startswith(
        "bob (signs in as) → bob@acme.example → group release (is followed by) → maintainers of acme/platform (Maintainer"
    )


# --- drift ------------------------------------------------------------------------------------------------------------


def test_who_is_on_one_side_only_is_drift() -> None:
    asked = engine(
        *directory("bob", "zoe", "max"), *person("bob"), *person("zoe"), *person("max", on_github=False), *person("ivan"),
        *team("bob", "ivan"),
    )  # fmt: skip
    outer = asked.snapshot.ordinal(TEAM)
    assert outer is not None
    found = {(asked.snapshot.name_of(each.account), each.extra) for each in drift(asked.graph, outer)}
    assert found == {("ivan", True), ("zoe", False)}  # max has no account there: nothing can be missing yet


def test_a_team_that_follows_nothing_cannot_drift() -> None:
    asked = engine(*directory("zoe"), *person("zoe"), *person("bob"), *team("bob", follows=""))
    outer = asked.snapshot.ordinal(TEAM)
    assert outer is not None
    assert list(drift(asked.graph, outer)) == []


# --- what administrators of groups may take ------------------------------------------------------------------------------


def reached(*facts: AnyFact, who: Ref) -> dict[Ref, str]:
    asked = engine(*facts)
    return {each.access.resource: asked.words(each.access.paths[0]) for each in reach(asked, who)}


def test_a_group_administrator_reaches_what_the_group_opens_up_to_the_vault() -> None:
    facts = [*directory(), *person("erin"), *administrator("erin"), *team(), *vault()]
    found = reached(*facts, who=okta("erin"))
    assert found[SECRET] == (
        "erin@acme.example (group administrator, directly) → group release (may add anybody, themselves too; its members "
        "are put into) → team acme/release (maintain) → acme/api (a workflow pushed there runs a job whose OIDC token is "
        "accepted) → auth_jwt_1:github-api (policy prod-read: read on secret/data/prod/*)"
        " → vault:acme/secret/prod/db"
    )


def test_their_account_elsewhere_reaches_it_too_by_signing_in_as_the_administrator() -> None:
    facts = [*directory(), *person("erin"), *administrator("erin"), *team(), *vault()]
    assert reached(*facts, who=github("erin"))[SECRET].startswith("erin (signs in as) → erin@acme.example (group admin")


def test_who_manages_another_group_or_a_team_that_follows_none_reaches_nothing() -> None:
    people = [*directory(), *person("erin"), *administrator("erin"), *vault()]
    assert SECRET not in reached(*people, *team(follows=""), who=okta("erin"))
    assert SECRET not in reached(*people, *team(follows="00g99"), who=okta("erin"))
    assert SECRET not in reached(*people, *team(), *person("zoe"), who=okta("zoe"))


def test_what_is_supposed_changes_no_other_answer() -> None:
    asked = engine(*directory(), *person("erin"), *administrator("erin"), *team(), *vault())
    before = asked.snapshot.content
    wide = Widened(asked)
    assert len(wide.pairs) == 1
    assert len(wide.engine.snapshot.memberships) == len(asked.snapshot.memberships) + 1
    assert asked.snapshot.content == before
    assert not asked.why(okta("erin"), SECRET)


def test_links_are_hashable_and_apart_by_their_doubt() -> None:
    assert Follow(1, 2) != Follow(1, 2, "not sure")


@pytest.mark.parametrize(
    ("subject", "accepted"),
    [
        ("repo:acme/api:*", True),  # by names
        ("repo:acme@1/api@7:*", True),  # by ids, which stay when a name is given to another
        ("repo:acme@1/api@8:*", False),  # the same names, and another repository
        ("repo:acme@2/api@7:*", False),
        ("repo:acme/web:*", False),
    ],
)
def test_a_vaults_role_is_reached_by_names_and_by_ids_in_the_subject(subject: str, accepted: bool) -> None:
    trust = Trust(
        ref=Ref(VAULT, Kind.TRUST, CI.key), principal=CI, issuer="https://token.actions.githubusercontent.com",
        subjects=(subject,), origin=SEEN,
    )  # fmt: skip
    others = [each for each in vault() if not isinstance(each, Trust)]
    asked = engine(*directory("bob"), *person("bob"), *team("bob"), *others, trust)
    assert bool(asked.why(github("bob"), SECRET, Capability.READ_SECRET)) is accepted
