"""Forks within the organization, rules that hold for a repository from elsewhere, and what these make worth reading."""

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.view import Missing, View
from pipewarden.demo.estate import acme
from pipewarden.demo.estate.kinds import Estate, Repository
from pipewarden.demo.estate.settings import reviews, ruleset
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Gate
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_github import collected, connector

HOST = "github.com"


def read(estate: Estate) -> Snapshot:
    with GitHubServer(estate) as server:
        return collected(connector(server))[0]


def named(snapshot: Snapshot, kind: Kind, name: str) -> Ref:
    return next(e.ref for e in snapshot.entities(kind) if e.name == name)


def with_fork(visibility: str = "private", upstream: str = "api") -> Estate:
    """Return acme with a fork of one of its repositories; engineering writes to api, release maintains it."""
    estate = acme()
    repositories = estate.organizations["acme"].repositories
    repositories["zz-fork"] = Repository(9901, "zz-fork", visibility, fork=True, upstream=upstream)
    return estate


def test_the_teams_of_a_private_repository_hold_the_same_on_its_fork() -> None:
    snapshot = read(with_fork())
    engine, fork = Engine(snapshot), named(snapshot, Kind.REPOSITORY, "acme/zz-fork")
    assert engine.level(named(snapshot, Kind.ACCOUNT, "erin"), fork) is Level.ADMIN, "an owner"
    assert engine.level(named(snapshot, Kind.ACCOUNT, "bob"), fork) is Level.MAINTAIN, "through the team release"
    assert engine.level(named(snapshot, Kind.ACCOUNT, "judy"), fork) is Level.WRITE, "through the team engineering"
    paths = [engine.words(path) for path in engine.grants_between(named(snapshot, Kind.ACCOUNT, "judy"), fork)]
    assert any("team acme/engineering (write)" in words for words in paths), paths


def test_a_public_fork_inherits_nothing() -> None:
    snapshot = read(with_fork("public"))
    engine, fork = Engine(snapshot), named(snapshot, Kind.REPOSITORY, "acme/zz-fork")
    assert not any(
        "team" in engine.words(p) for p in engine.grants_between(named(snapshot, Kind.ACCOUNT, "judy"), fork)
    )


def test_where_the_upstream_is_of_elsewhere_it_is_a_gap_who_its_teams_let_in() -> None:
    snapshot = read(with_fork(upstream=""))
    fork = named(snapshot, Kind.REPOSITORY, "acme/zz-fork")
    (gap,) = (g for g in snapshot.records(Gap) if g.scope == fork and g.facet == Facet.REPO_TEAMS)
    assert gap.cause is Cause.NOT_COLLECTED


def guarded_by_enterprise() -> Estate:
    """Return acme, whose enterprise asks for three reviews on the default branch of tools."""
    estate = acme()
    names = {"include": ["tools"], "exclude": []}
    refs = {"include": ["~DEFAULT_BRANCH"], "exclude": []}
    rules = ruleset(991, "three reviews", reviews(3), conditions={"ref_name": refs, "repository_name": names})
    estate.enterprise["rulesets"] = [rules]
    return estate


def test_a_ruleset_of_the_enterprise_guards_the_repositories_that_github_names() -> None:
    snapshot = read(guarded_by_enterprise())
    view = View(snapshot)
    tools = next(r for r in view.repositories() if r.name == "acme/tools")
    guard = view.protection(tools)
    assert guard.required_reviews == 3
    assert guard.bypass_unknown == ("three reviews",), (
        "an organization's owner does not see the enterprise's bypass list"
    )
    gates = [gate for gate in snapshot.records(Gate) if gate.name == "three reviews"]
    assert [gate.resource for gate in gates] == [tools.ref]


def test_without_it_nothing_of_that_is_there() -> None:
    view = View(read(acme()))
    tools = next(r for r in view.repositories() if r.name == "acme/tools")
    try:
        assert view.protection(tools).required_reviews < 3
    except Missing as missing:
        pytest.fail(f"the protection of tools was not read: {missing}")


def shut() -> Estate:
    """Return acme, where in tools no branch may be created and bob's team writes."""
    estate = acme()
    tools = estate.organizations["acme"].repositories["tools"]
    refs = {"include": ["~ALL"], "exclude": []}
    tools.rulesets = [ruleset(992, "shut", {"type": "creation"}, conditions={"ref_name": refs})]
    tools.branches = ["try-out"]
    return estate


def test_where_no_branch_may_be_created_those_that_exist_are_read() -> None:
    with GitHubServer(shut()) as server:
        snapshot, _ = collected(connector(server))
        assert server.requests["/repos/{owner}/{repo}/branches"] == 1, "of no other repository"
    tools = next(r for r in snapshot.entities(Kind.REPOSITORY) if r.name == "acme/tools")
    assert tools.attributes["branches"] == ["main", "try-out"]


def test_where_they_are_refused_it_is_a_gap() -> None:
    with GitHubServer(shut(), Variant(forbidden=frozenset({"/repos/{owner}/{repo}/branches"}))) as server:
        snapshot, _ = collected(connector(server))
    (gap,) = (g for g in snapshot.records(Gap) if g.facet == Facet.REPO_BRANCHES)
    assert "contents: read" in gap.permission


def test_variables_of_an_environment_are_read_without_their_values() -> None:
    estate = acme()
    web = estate.organizations["acme"].repositories["web"]
    web.environments[0]["variables"] = [{"name": "REGION", "value": "eu-north-9"}]
    snapshot = read(estate)
    name = web.environments[0]["name"]
    found = next(v for v in snapshot.entities(Kind.VARIABLE) if v.name == f"var:acme/web/{name}/REGION")
    assert found.parent is not None
    assert found.parent.kind is Kind.ENVIRONMENT
    assert "eu-north-9" not in str(found.attributes)
