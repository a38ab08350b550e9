"""Answers that hold only a part: what was read stays, what was not is a gap with the nearest scope, the facet and the cause."""

from pathlib import Path
from typing import Any

import pytest

from pipewarden.demo.estate import Estate, Person, acme
from pipewarden.demo.estate.settings import protection
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.errors import CredentialError
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Gate, GrantKind
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.test_github import collected, connector, gaps

TEAMS = "Teams:organization.teams.nodes"
REPOSITORIES = "Repositories:organization.repositories.nodes"


def read(variant: Variant | None = None, estate: Estate | None = None, **more: Any) -> Snapshot:
    with GitHubServer(estate or acme(), variant) as server:
        return collected(connector(server, **more))[0]


def told(snapshot: Snapshot, *facets: str) -> set[tuple[str, str, Cause, str]]:
    """Return the gaps of some facets: scope by name, facet, cause, detail."""
    return {
        (snapshot.name_of(snapshot.ordinal(gap.scope)), gap.facet, gap.cause, gap.detail)  # type: ignore[arg-type]
        for gap in snapshot.records(Gap)
        if gap.facet in facets and gap.cause is not Cause.UNREADABLE
    }


def new(snapshot: Snapshot, whole: Snapshot) -> set[tuple[Ref, str, Cause]]:
    """Return the gaps that a whole answer does not leave."""
    return {(g.scope, g.facet, g.cause) for g in snapshot.records(Gap)} - {
        (g.scope, g.facet, g.cause) for g in whole.records(Gap)
    }


def named(snapshot: Snapshot, kind: Kind) -> set[str]:
    return {entity.name for entity in snapshot.entities(kind)}


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    return read()


# --- what is kept for the next run ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "lost", "kept"),
    [
        ("Members*", {"people.members", "people.outsiders", "teams"}, {Facet.ORG_ROLES}),
        ("Teams*", {"teams"}, {"people.members", Facet.ORG_WEBHOOKS}),
    ],
)
def test_what_did_not_answer_is_read_again_by_the_run_that_goes_on(
    whole: Snapshot, tmp_path: Path, query: str, lost: set[str], kept: set[str]
) -> None:
    with Store.open(str(tmp_path / "s.db")) as store:
        variant = Variant(failing_queries={query: 502}, unauthorized_after=100)
        with GitHubServer(acme(), variant) as server, pytest.raises(CredentialError):
            collected(connector(server, keeper=store))
        steps = set(store.checkpoints("github:acme"))
        assert not steps & lost, "neither what did not answer nor what leans on it"
        assert kept <= steps
        assert read(keeper=store).content == whole.content


# --- people -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("switch", "cause"), [("forbidden", Cause.FORBIDDEN), ("html", Cause.UNEXPECTED)])
def test_without_the_list_of_members_all_three_that_hang_on_it_are_gaps(switch: str, cause: Cause) -> None:
    found = gaps(read(Variant(**{switch: frozenset({"/orgs/{org}/members", "/orgs/{org}/outside_collaborators"})})))
    assert {facet: found.get(facet) for facet in (Facet.ORG_MFA, Facet.ORG_MFA_METHODS, Facet.ORG_OUTSIDERS)} == {
        Facet.ORG_MFA: cause,
        Facet.ORG_MFA_METHODS: cause,
        Facet.ORG_OUTSIDERS: cause,
    }


def test_a_filter_of_the_second_factor_that_is_refused_with_422_is_a_gap() -> None:
    with GitHubServer(acme()) as server:
        found = gaps(collected(connector(server, app=False, token=server.member_token))[0])
    assert found[Facet.ORG_MFA] is Cause.FORBIDDEN


# --- repositories -----------------------------------------------------------------------------------


def place(estate: Estate, name: str) -> int:
    """Return which of the repositories by name this one is."""
    return sorted(estate.organizations["acme"].repositories).index(name)


@pytest.mark.parametrize(
    ("where", "facet"),
    [
        ("collaborators.edges.0.permissionSources.*.roleName", Facet.REPO_COLLABORATORS),
        ("visibility", Facet.REPO_SETTINGS),
        ("collaborators.edges.0.permissionSources.*.source.__typename", Facet.REPO_COLLABORATORS),
    ],
)
def test_a_word_nobody_has_heard_of_is_a_gap_at_its_repository_alone(whole: Snapshot, where: str, facet: str) -> None:
    web = place(acme(), "web")
    words = frozenset({f"{REPOSITORIES}.{web}.{where}", f"{REPOSITORIES}.{web}.collaborators.edges.0.*.permission"})
    snapshot = read(Variant(unheard_places=words))
    assert named(snapshot, Kind.REPOSITORY) == named(whole, Kind.REPOSITORY)
    assert {(name, of, cause) for name, of, cause, _ in told(snapshot, facet)} == {
        ("acme/web", facet, Cause.UNEXPECTED)
    }


def test_a_repository_without_an_id_is_a_gap_that_names_it_and_the_others_are_kept(whole: Snapshot) -> None:
    where = f"{REPOSITORIES}.{place(acme(), 'web')}.databaseId"
    snapshot = read(Variant(null_places=frozenset({where})))
    unread = {entity.name for entity in snapshot.entities(Kind.REPOSITORY) if not entity.attributes}
    assert unread == {"acme/web"}, "of which only the teams tell"
    assert named(snapshot, Kind.REPOSITORY) == named(whole, Kind.REPOSITORY)
    assert {(name, cause) for name, _, cause, _ in told(snapshot, Facet.REPO_SETTINGS)} == {("acme", Cause.UNEXPECTED)}
    assert all("acme/web" in detail for *_, detail in told(snapshot, Facet.REPO_SETTINGS))


@pytest.mark.parametrize(("errors", "cause"), [(True, Cause.FORBIDDEN), (False, Cause.MISSING_FIELD)])
def test_a_repository_that_is_null_is_a_gap_of_the_list(whole: Snapshot, errors: bool, cause: Cause) -> None:
    where = f"{REPOSITORIES}.{place(acme(), 'web')}"
    snapshot = read(Variant(null_places=frozenset({where}), errors_told=errors))
    assert len(named(snapshot, Kind.REPOSITORY)) >= len(named(whole, Kind.REPOSITORY)) - 1
    (found,) = told(snapshot, Facet.REPO_SETTINGS)
    assert found[:3] == ("acme", Facet.REPO_SETTINGS, cause)
    assert "1 of repositories 1 to" in found[3]


@pytest.mark.parametrize(
    ("field", "facet"),
    [
        ("collaborators", Facet.REPO_COLLABORATORS),
        ("branchProtectionRules", Facet.REPO_PROTECTION),
        ("environments", Facet.REPO_ENVIRONMENTS),
        ("workflows.entries", Facet.REPO_WORKFLOWS),
        ("workflows.entries.0.object", Facet.REPO_WORKFLOWS),
        ("codeowners", Facet.REPO_CODEOWNERS),
        ("collaborators.edges.0.permissionSources", Facet.REPO_COLLABORATORS),
        ("collaborators.edges.0.node", Facet.REPO_COLLABORATORS),
        ("branchProtectionRules.nodes.0", Facet.REPO_PROTECTION),
        ("branchProtectionRules.nodes.0.pushAllowances", Facet.REPO_PROTECTION),
        ("environments.nodes.0.name", Facet.REPO_ENVIRONMENTS),
    ],
)
def test_a_null_in_one_repository_is_a_gap_of_its_facet_there(whole: Snapshot, field: str, facet: str) -> None:
    snapshot = read(Variant(null_places=frozenset({f"{REPOSITORIES}.{place(acme(), 'web')}.{field}"})))
    web = next(e.ref for e in whole.entities(Kind.REPOSITORY) if e.name == "acme/web")
    assert {(scope, of) for scope, of, _ in new(snapshot, whole)} == {(web, facet)}
    assert named(snapshot, Kind.REPOSITORY) == named(whole, Kind.REPOSITORY)


def test_pages_of_one_at_a_time_give_the_same_but_for_who_may_pass_a_rule(whole: Snapshot) -> None:
    snapshot = read(Variant(largest_connection=1))
    assert {facet for _, facet, _ in new(snapshot, whole)} <= {
        Facet.REPO_PROTECTION,  # allowances
        Facet.ORG_SECURITY_SETTINGS,  # domains
        Facet.ENT_OWNERS,
    }
    for kind in Kind:
        assert named(snapshot, kind) == named(whole, kind)
    assert len(snapshot.grants) == len(whole.grants)
    assert len(snapshot.memberships) == len(whole.memberships)


CROWD = 130


def crowded() -> Estate:
    """Return acme where more than a page of people are on one repository, may pass its rule, and are in one team."""
    estate = acme()
    org = estate.organizations["acme"]
    logins = [f"u{number:06d}" for number in range(CROWD)]
    for number, login in enumerate(logins):
        estate.people[login] = Person(20_000 + number, login)
        org.people[login] = "member"
    web = org.repositories["web"]
    web.collaborators |= dict.fromkeys(logins, "write")
    web.protections = [
        protection(
            pattern=f"release/{number}",
            pushAllowances=[{"type": "User", "name": each} for each in logins[: 60 if number else CROWD]],
        )
        for number in range(12)
    ]
    next(iter(org.teams.values())).members |= dict.fromkeys(logins, "member")
    return estate


def test_what_does_not_fit_on_a_page_is_paged_on_or_a_gap() -> None:
    snapshot = read(estate=crowded())
    web = next(e.ref for e in snapshot.entities(Kind.REPOSITORY) if e.name == "acme/web")
    grants = [snapshot.grant(row) for row in range(len(snapshot.grants))]
    assert len([g for g in grants if g.resource == web and g.kind is GrantKind.DIRECT]) == CROWD + 3
    team = next(e.ref for e in snapshot.entities(Kind.GROUP) if e.name == "acme/engineering")
    members = [snapshot.membership(row) for row in range(len(snapshot.memberships))]
    assert len([m for m in members if m.group == team and m.member.kind is Kind.ACCOUNT]) == CROWD + 2
    rules = {g.name: g for g in snapshot.records(Gate) if g.resource == web and g.kind == "branch_protection"}
    assert len(rules) == 12
    assert len(rules["release/1"].rules["pushAllowances"]) == 60
    assert len(rules["release/0"].rules["pushAllowances"]) == 100
    assert told(snapshot, Facet.REPO_PROTECTION) == {
        (
            "acme/web",
            Facet.REPO_PROTECTION,
            Cause.TOO_LARGE,
            "100 of 130 pushAllowances of release/0 were read, and no more can be asked for",
        )
    }


@pytest.mark.parametrize(
    ("status", "cause"), [(403, Cause.FORBIDDEN), (502, Cause.UNREACHABLE), (500, Cause.UNREACHABLE)]
)
def test_a_refusal_on_a_late_page_keeps_what_was_read_and_says_how_much(status: int, cause: Cause) -> None:
    snapshot = read(Variant(largest_connection=4, failing_queries={"Repositories cursor:8": status}))
    unread = {entity.name for entity in snapshot.entities(Kind.REPOSITORY) if not entity.attributes}
    assert unread == {"acme/tools", "acme/web"}, "of these only the teams tell"
    assert {(name, of) for name, *_, of, _ in told(snapshot, Facet.SOURCE)} == {(name, cause) for name in unread}
    assert len(named(snapshot, Kind.REPOSITORY) - unread) == 8
    (gap,) = told(snapshot, Facet.REPO_SETTINGS)
    assert gap[:3] == ("acme", Facet.REPO_SETTINGS, cause)
    assert gap[3].startswith("8 of 11 repositories were read")


def kept_batches(store: Store) -> int:
    return len([key for key in store.checkpoints("github:acme") if key.startswith("repositories.")])


def test_a_killed_run_goes_on_at_the_batch_of_repositories_where_it_stopped(whole: Snapshot, tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "s.db")) as store:
        variant = Variant(largest_connection=4, failing_queries={"Repositories cursor:8": 401})
        with GitHubServer(acme(), variant) as server, pytest.raises(CredentialError):
            collected(connector(server, keeper=store))
        assert kept_batches(store) == 2
        refused = {"Repositories": 403, "Repositories cursor:4": 403}
        assert read(Variant(failing_queries=refused), keeper=store).content == whole.content, (
            "these were not asked again"
        )


def test_a_batch_in_which_something_did_not_answer_is_read_again(whole: Snapshot, tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "s.db")) as store:
        failing = {"Collaborators *": 502, "Repositories cursor:10": 401}
        with GitHubServer(acme(), Variant(largest_connection=1, failing_queries=failing)) as server:
            with pytest.raises(CredentialError):
                collected(connector(server, keeper=store))
            assert kept_batches(store) == 8, "all before acme/site, whose other collaborators did not answer"
        assert read(keeper=store).content == whole.content


@pytest.mark.parametrize("status", [403, 502])
def test_what_leans_on_a_list_that_was_cut_short_is_read_again(whole: Snapshot, tmp_path: Path, status: int) -> None:
    variant = Variant(largest_connection=4, failing_queries={"Repositories cursor:8": status})
    with GitHubServer(acme(), variant) as server:
        collected(connector(server))
        requests = server.total
    variant.unauthorized_after = requests - 20  # while details are read
    with Store.open(str(tmp_path / "s.db")) as store:
        with GitHubServer(acme(), variant) as server, pytest.raises(CredentialError):
            collected(connector(server, keeper=store))
        assert kept_batches(store) == 2
        assert read(keeper=store).content == whole.content


def test_a_list_that_leads_in_a_circle_ends_with_a_gap() -> None:
    circle = frozenset({"Repositories:organization.repositories.pageInfo.endCursor"})
    snapshot = read(Variant(largest_connection=4, null_places=circle))
    (gap,) = told(snapshot, Facet.REPO_SETTINGS)
    assert gap[2:] == (Cause.UNEXPECTED, "4 of 11 repositories were read: the pages lead in a circle")


# --- teams ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("members", Cause.FORBIDDEN),
        ("members.edges.0.node", Cause.FORBIDDEN),
        ("members.edges.0", Cause.FORBIDDEN),
        ("repositories", Cause.FORBIDDEN),
        ("repositories.edges.0.permission", Cause.FORBIDDEN),
        ("repositories.edges.0.node.databaseId", Cause.FORBIDDEN),
        ("members.edges.0.role", Cause.FORBIDDEN),
    ],
)
def test_what_was_refused_of_one_team_is_a_gap_there_and_what_rests_on_teams_is_in_doubt(
    whole: Snapshot, place: str, cause: Cause
) -> None:
    snapshot = read(Variant(null_places=frozenset({f"{TEAMS}.1.{place}"}), errors_told=True))
    team = next(e.ref for e in whole.entities(Kind.GROUP) if e.name == "acme/platform")
    org = next(iter(whole.entities(Kind.ORGANIZATION))).ref
    assert (team, Facet.ORG_TEAMS, cause) in new(snapshot, whole)
    assert {scope for scope, _, _ in new(snapshot, whole)} == {team, org}
    assert named(snapshot, Kind.GROUP) == named(whole, Kind.GROUP)
    assert any("acme/platform" in detail for name, _, _, detail in told(snapshot, Facet.ORG_TEAMS) if name == "acme")


def test_a_team_that_is_null_is_a_gap_of_the_list_and_the_others_are_kept(whole: Snapshot) -> None:
    for variant in (
        Variant(null_places=frozenset({f"{TEAMS}.1"})),
        Variant(refused_places=frozenset({f"{TEAMS}.1.members"})),  # may not be null: the team is
    ):
        snapshot = read(variant)
        assert "acme/sre" in named(snapshot, Kind.GROUP)
        assert [name for name, *_ in told(snapshot, Facet.ORG_TEAMS)] == ["acme"]


def test_an_unknown_permission_of_one_team_loses_no_other_team(whole: Snapshot) -> None:
    words = frozenset({f"{TEAMS}.1.repositories.edges.0.permission"})
    snapshot = read(Variant(unheard_places=words))
    assert named(snapshot, Kind.GROUP) == named(whole, Kind.GROUP)
    assert len(snapshot.memberships) == len(whole.memberships)
    assert len(whole.grants) - len(snapshot.grants) <= 1
    assert "acme/platform" in {name for name, *_ in told(snapshot, Facet.ORG_TEAMS)}


# --- members ----------------------------------------------------------------------------------------

MEMBERS = "Members:organization.membersWithRole"


@pytest.mark.parametrize("place", ["edges.0", "edges.0.node", "edges.0.node.databaseId", "edges.0.role"])
def test_a_member_who_is_not_shown_is_a_gap_of_the_list(whole: Snapshot, place: str) -> None:
    snapshot = read(Variant(null_places=frozenset({f"{MEMBERS}.{place}"})))
    assert {name for name, *_ in told(snapshot, Facet.ORG_MEMBERS)} == {"acme"}
    assert len(named(snapshot, Kind.ACCOUNT)) >= len(named(whole, Kind.ACCOUNT)) - 1


def test_members_beyond_the_first_page_that_are_refused_leave_those_of_the_first() -> None:
    snapshot = read(Variant(largest_connection=10, failing_queries={"Members cursor:10": 403}))
    ((_, _, cause, detail),) = told(snapshot, Facet.ORG_MEMBERS)
    assert cause is Cause.FORBIDDEN
    assert detail.startswith("10 of ")
    roles = [snapshot.membership(row).role for row in range(len(snapshot.memberships))]
    assert roles.count("member") >= 10


def test_fewer_than_are_counted_is_a_gap(whole: Snapshot) -> None:
    short = frozenset({"Members:organization.membersWithRole.pageInfo.hasNextPage"})
    snapshot = read(Variant(largest_connection=10, null_places=short))
    ((_, _, cause, detail),) = told(snapshot, Facet.ORG_MEMBERS)
    assert (cause, detail.split()[:2]) == (Cause.UNEXPECTED, ["10", "of"])


def test_a_provider_of_identities_that_is_null_is_a_gap_only_where_it_was_refused(whole: Snapshot) -> None:
    there_is_none = acme()
    there_is_none.organizations["acme"].saml_issuer = ""
    assert told(read(estate=there_is_none), Facet.ORG_SAML) == set()
    refused = Variant(refused_places=frozenset({"Saml:organization.samlIdentityProvider"}))
    assert {cause for _, _, cause, _ in told(read(refused), Facet.ORG_SAML)} == {Cause.FORBIDDEN}
