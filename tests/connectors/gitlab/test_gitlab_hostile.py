"""Whatever a GitLab answers: it ends in a gap with its permission or a clear stop, and the rest is read."""

import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.connectors.gitlab.permissions import PERMISSIONS
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.demo.gitlab.variant import Variant
from pipewarden.errors import CredentialError, UnknownName, Unreachable
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.gitlab.collecting import collected

SINGLE = {
    "/projects/{id}/variables": GitLabFacet.VARIABLES,
    "/projects/{id}/protected_branches": GitLabFacet.PROTECTED_BRANCHES,
    "/projects/{id}/members": GitLabFacet.MEMBERS,
    "/projects/{id}/deploy_keys": GitLabFacet.DEPLOY_KEYS,
    "/projects/{id}/job_token_scope/allowlist": GitLabFacet.JOB_TOKEN,
    "/groups/{id}/members": GitLabFacet.GROUP_MEMBERS,
    "/groups/{id}/descendant_groups": GitLabFacet.GROUPS,
    "/groups/{id}/projects": GitLabFacet.PROJECTS,
    "/users": GitLabFacet.USERS,
    "/projects/{id}/repository/files/{path}/raw": GitLabFacet.FILES,
}


def gaps(snapshot: Snapshot, facet: str = "") -> list[Gap]:
    return [gap for gap in snapshot.records(Gap) if not facet or gap.facet == facet]


def test_every_facet_names_the_permission_that_shows_it() -> None:
    assert PERMISSIONS.keys() == set(GitLabFacet)


@pytest.mark.parametrize("template", SINGLE)
def test_a_facet_that_is_refused_is_a_gap_with_its_permission(template: str) -> None:
    snapshot, _ = collected(variant=Variant(forbidden=frozenset({template})))
    found = gaps(snapshot, SINGLE[template])
    assert found
    assert {(gap.cause, gap.permission) for gap in found} == {(Cause.FORBIDDEN, PERMISSIONS[SINGLE[template]])}
    # what follows from it is told too: a project whose group was not read does not know who inherits
    follows = {GitLabFacet.GROUP_MEMBERS} if template == "/groups/{id}/descendant_groups" else set()
    follows |= {GitLabFacet.CODE_OWNERS} if SINGLE[template] is GitLabFacet.FILES else set()
    assert {gap.facet for gap in gaps(snapshot)} == {SINGLE[template]} | follows


@pytest.mark.parametrize("how", ["html", "truncated", "circle", "foreign", "endless", "nulls", "unknown_words"])
@pytest.mark.parametrize("template", ["/groups/{id}/members", "/projects/{id}/members", "/groups/{id}/projects"])
def test_an_answer_that_is_no_answer_is_a_gap(how: str, template: str) -> None:
    if how == "endless" and template == "/groups/{id}/projects":
        pytest.skip("projects that never end are members that never end")
    if how in {"nulls", "unknown_words"} and template == "/groups/{id}/projects":
        pytest.skip("a project of which nothing but its id is told is still a project")
    snapshot, _ = collected(variant=Variant(**{how: frozenset({template})}))
    found = gaps(snapshot, SINGLE[template])
    assert found
    assert {gap.cause for gap in found} == {Cause.UNEXPECTED}


def test_rules_that_were_not_read_make_pushing_unknown_and_not_allowed() -> None:
    snapshot, _ = collected(variant=Variant(forbidden=frozenset({"/projects/{id}/protected_branches"})))
    engine = Engine(snapshot)
    holders = engine.who_can(Capability.PUSH, address.resource(snapshot, "branch:acme/platform/deploy/main"))
    assert {access.answer for access in holders} == {Answer.UNKNOWN}
    assert "read_api with the role Maintainer" in next(iter(holders)).unknown[0]


@pytest.mark.parametrize("switch", ["nulls", "unknown_words", "missing", "gone"])
def test_everything_but_the_group_may_be_odd(switch: str) -> None:
    odd = frozenset(
        {"/projects/*", "/users", "/application/*", "/groups/{id}/*", "/runners/*", "/personal_access_tokens"}
    )
    snapshot, _ = collected(variant=Variant(**{switch: odd}))
    assert gaps(snapshot)


def test_a_burst_of_failures_is_ridden_out() -> None:
    whole, _ = collected()
    again, _ = collected(variant=Variant(failures=3))
    assert again.content == whole.content


@pytest.mark.parametrize("told", [{"retry_after": 2}, {"retry_after": None}, {"retry_after": None, "reset_after": 30}])
def test_limits_are_waited_for(told: dict[str, int | None]) -> None:
    whole, _ = collected()
    again, _ = collected(variant=Variant(limited_every=7, **told))  # type: ignore[arg-type]
    assert again.content == whole.content


@pytest.mark.parametrize("page", [1, 2, 3])
def test_pages_of_any_size_give_the_same(page: int) -> None:
    whole, _ = collected()
    again, _ = collected(variant=Variant(page=page, totals=False))
    assert again.content == whole.content


def test_rows_that_come_twice_count_once() -> None:
    whole, _ = collected()
    again, _ = collected(
        variant=Variant(page=2, repeated=frozenset({"/groups/{id}/members", "/projects/{id}/members"}))
    )
    assert again.content == whole.content


def test_a_pipeline_file_that_is_too_long_is_a_gap_and_not_judged_by_its_beginning() -> None:
    estate = acme_gitlab()
    path = next(each for each in estate.answers if each.endswith("/repository/files/.gitlab-ci.yml/raw"))
    estate.answers[path] = "# all is well\n" * 80_000 + str(estate.answers[path])
    snapshot, _ = collected(estate)
    [gap] = gaps(snapshot, GitLabFacet.FILES)
    assert gap.cause is Cause.UNEXPECTED
    assert "more than 1,000,000 characters" in gap.detail


def test_a_name_of_ten_million_letters_is_cut() -> None:
    snapshot, _ = collected(variant=Variant(long_names=frozenset({"/groups/{id}/members"})))
    assert max(len(snapshot.name_of(ordinal)) for ordinal in range(len(snapshot))) < 1000


def test_a_token_that_is_refused_stops_the_run() -> None:
    with pytest.raises(CredentialError, match="does not accept the token"):
        collected(variant=Variant(unauthorized_after=10))
    with pytest.raises(CredentialError, match="cannot be read"):
        collected(variant=Variant(forbidden=frozenset({"/groups/{id}"})))


def test_a_group_that_nobody_sees_is_said_so() -> None:
    with pytest.raises(UnknownName, match="no group acme on"):
        collected(variant=Variant(missing=frozenset({"/groups/{id}"})))


def test_an_owner_who_is_no_administrator_leaves_the_instance_as_gaps() -> None:
    snapshot, _ = collected(owner=True)
    of_administrators = {
        GitLabFacet.INSTANCE_SETTINGS,
        GitLabFacet.USERS,
        GitLabFacet.USER_TOKENS,
        GitLabFacet.INSTANCE_RUNNERS,
        GitLabFacet.INSTANCE_VARIABLES,
        GitLabFacet.MEMBER_ROLES,
        GitLabFacet.AUDIT_STREAMS,
    }
    assert {gap.facet for gap in gaps(snapshot)} == of_administrators


def test_a_budget_leaves_the_rest_as_gaps_of_the_budget() -> None:
    snapshot, server = collected(budget=60)
    assert server.total == 60
    assert {gap.cause for gap in gaps(snapshot)} == {Cause.BUDGET}


@pytest.mark.parametrize("requests", [3, 20, 40, 80, 120])
def test_a_run_that_stopped_anywhere_is_gone_on_with_and_gives_the_same(requests: int, tmp_path) -> None:  # type: ignore[no-untyped-def]
    whole, _ = collected()
    with Store.open(str(tmp_path / "state.db")) as store:
        try:
            collected(variant=Variant(unauthorized_after=requests), keeper=store)
        except (CredentialError, Unreachable):
            kept = len(store.checkpoints("gitlab:acme"))
            assert kept or requests < 30
        resumed, server = collected(keeper=store)
        assert resumed.content == whole.content
        assert store.checkpoints("gitlab:acme") == {}
        assert server.total > 0
