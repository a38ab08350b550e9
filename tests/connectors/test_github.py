"""The GitHub connector against the estate's server: what it reads, what it survives, what it never does."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import build_schema, parse, validate

from pipewarden.connectors.github.auth import Installation, Token
from pipewarden.connectors.github.client import GitHub
from pipewarden.connectors.github.connector import GitHubConnector
from pipewarden.connectors.github.documents import document
from pipewarden.connectors.github.hosts import addresses
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.demo.github.server import APP_ID
from pipewarden.errors import CredentialError, PipewardenError, UnexpectedAnswer, UnknownName, Unreachable
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Gate, Machine
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.shared import shared_path

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Patience:
    """A clock that is real where servers look at it and never sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ahead = 0.0

    def now(self) -> float:
        return datetime.now(UTC).timestamp() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += seconds
        await asyncio.sleep(0)


def connector(
    server: GitHubServer, *, app: bool = True, token: str = "", keeper: Any = None, budget: int = 0, login: str = "acme",
    clock: Patience | None = None,
) -> GitHubConnector:  # fmt: skip
    key = FixedSecret(server.private_key) if app else None

    def make() -> GitHub:
        where = addresses("github.com", server.url)
        http = Http(where.rest, clock=clock or Patience())
        installation = Installation(http, APP_ID, key, organization=login) if key else None
        given = token or server.owner_token
        return GitHub(http, where, app=installation, token=Token(FixedSecret(given)), keeper=keeper, budget=budget)

    return GitHubConnector(make, login, enterprise="acme-corp", keeper=keeper, key=lambda: b"equal in every run")


def collected(one: GitHubConnector) -> tuple[Snapshot, dict[str, int]]:
    builder = SnapshotBuilder()
    spent = asyncio.run(one.collect(builder, lambda *_: None))
    return builder.finish(SnapshotInfo(sources=("github:acme",), started=NOW, ended=NOW)), spent


def gaps(snapshot: Snapshot) -> dict[str, Cause]:
    return {gap.facet: gap.cause for gap in snapshot.records(Gap)}


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    with GitHubServer(acme()) as server:
        return collected(connector(server))[0]


def test_an_owner_and_an_app_together_leave_no_gap_but_the_broken_file(whole: Snapshot) -> None:
    assert gaps(whole) == {Facet.REPO_WORKFLOWS: Cause.UNREADABLE}


def test_no_secret_value_and_no_token_is_in_any_fact() -> None:
    with GitHubServer(acme()) as server:
        snapshot, _ = collected(connector(server))
        text = b"".join([*snapshot.body, *snapshot.record_body]).decode()
        for secret in ("correct-horse-battery-staple", server.owner_token, "AAAACARONLAPTOPDEMO", "BEGIN"):
            assert secret not in text
        assert '"looks_secret":true' in text


def test_no_value_of_a_variable_reaches_the_store(tmp_path: Path) -> None:
    with GitHubServer(acme()) as server, Store.open(str(tmp_path / "s.db")) as store:
        for _ in range(2):
            collected(connector(server, keeper=store))
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"SONAR_TOKEN" in kept
    for value in (
        b"correct-horse-battery-staple",
        b"cdn.acme.example",
        b"press.acme.example",
        server.owner_token.encode(),
    ):
        assert value not in kept


def test_a_redirect_to_itself_ends_with_a_sentence() -> None:
    asked: list[str] = []

    def round_and_round(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        assert len(asked) < 100
        return httpx2.Response(301, headers={"location": str(request.url)})

    http = Http("https://api.github.com", transport=httpx2.MockTransport(round_and_round), clock=Patience())
    github = GitHub(http, addresses("github.com"), token=Token(FixedSecret("given")))
    with pytest.raises(UnexpectedAnswer, match="answered 301"):
        asyncio.run(github.get("/orgs/acme", template="/orgs/{org}"))


def test_the_same_estate_gives_the_same_snapshot(whole: Snapshot) -> None:
    with GitHubServer(acme()) as server:
        assert collected(connector(server))[0].content == whole.content


def test_carols_key_is_presumed_to_be_hers_although_she_left(whole: Snapshot) -> None:
    keys = {m.name: m for m in whole.entities(Kind.DEPLOY_KEY) if isinstance(m, Machine)}
    owner = whole.find(keys["carol-laptop"].owner)  # type: ignore[arg-type]
    assert owner is not None
    assert owner.name == "carol"


def test_a_member_sees_gaps_that_name_the_permission_and_no_wrong_fact() -> None:
    with GitHubServer(acme()) as server:
        snapshot, _ = collected(connector(server, app=False, token=server.member_token))
    found = gaps(snapshot)
    assert found[Facet.ORG_APPS] is Cause.FORBIDDEN
    assert found[Facet.ORG_TOKENS] is Cause.FORBIDDEN
    assert found[Facet.ORG_SETTINGS] is Cause.MISSING_FIELD
    by_facet = {gap.facet: gap for gap in snapshot.records(Gap)}
    assert "admin:org" in by_facet[Facet.ORG_APPS].permission
    assert "only a GitHub App" in by_facet[Facet.ORG_TOKENS].detail


def test_an_app_alone_does_not_see_bypass_lists_and_says_so() -> None:
    with GitHubServer(acme()) as server:
        key = FixedSecret(server.private_key)

        def make() -> GitHub:
            where = addresses("github.com", server.url)
            http = Http(where.rest, clock=Patience())
            return GitHub(http, where, app=Installation(http, APP_ID, key, organization="acme"))

        snapshot, _ = collected(GitHubConnector(make, "acme"))
    rulesets = [gate for gate in snapshot.records(Gate) if gate.kind == "ruleset"]
    assert rulesets
    assert all(gate.bypass is None for gate in rulesets)
    assert gaps(snapshot)[Facet.ORG_MFA] is Cause.FORBIDDEN


@pytest.mark.parametrize(
    ("switch", "cause"),
    [
        ("forbidden", Cause.FORBIDDEN),
        ("missing", Cause.NOT_FOUND),
        ("gone", Cause.GONE),
        ("truncated", Cause.UNEXPECTED),
        ("html", Cause.UNEXPECTED),
        ("endless", Cause.UNEXPECTED),
        ("foreign", Cause.UNEXPECTED),
        ("huge", Cause.UNEXPECTED),
    ],
)
def test_one_bad_endpoint_is_one_gap_and_the_rest_is_read(whole: Snapshot, switch: str, cause: Cause) -> None:
    variant = Variant(**{switch: frozenset({"/orgs/{org}/installations"})})
    with GitHubServer(acme(), variant) as server:
        snapshot, _ = collected(connector(server))
    assert gaps(snapshot)[Facet.ORG_APPS] is cause
    assert len(snapshot.ordinals(Kind.REPOSITORY)) == len(whole.ordinals(Kind.REPOSITORY))
    assert not len(snapshot.ordinals(Kind.APP))


def test_secondary_limits_bad_gateways_and_small_pages_change_nothing_but_the_time(whole: Snapshot) -> None:
    for variant in (
        Variant(secondary_every=40, secondary_retry_after=2),
        Variant(secondary_every=60, secondary_status=429, secondary_retry_after=None),
        Variant(failures=2, failure_status=502),
        Variant(largest_page=10),
        Variant(primary_left=70),
    ):
        clock = Patience()
        with GitHubServer(acme(), variant) as server:
            snapshot, _ = collected(connector(server, clock=clock))
        assert snapshot.content == whole.content, variant
        assert clock.slept or variant.largest_page


def test_without_retry_after_the_wait_is_at_least_a_minute() -> None:
    clock = Patience()
    with GitHubServer(acme(), Variant(secondary_every=60, secondary_retry_after=None)) as server:
        collected(connector(server, clock=clock))
    assert min(s for s in clock.slept if s > 2) >= 59


def test_a_credential_that_is_refused_midway_stops_the_run_with_a_sentence() -> None:
    with (
        GitHubServer(acme(), Variant(unauthorized_after=60)) as server,
        pytest.raises(CredentialError, match="does not accept"),
    ):
        collected(connector(server))


def test_an_unknown_organization_is_said_plainly() -> None:
    with GitHubServer(acme()) as server, pytest.raises(UnknownName, match="no organization nowhere"):
        collected(connector(server, app=False, login="nowhere"))


def test_nobody_answering_is_said_plainly() -> None:
    where = addresses("github.com", "http://127.0.0.1:9")

    def make() -> GitHub:
        return GitHub(Http(where.rest, clock=Patience()), where, token=Token(FixedSecret("x")))

    with pytest.raises(Unreachable, match="does not answer"):
        collected(GitHubConnector(make, "acme"))


def test_a_budget_leaves_gaps_and_the_next_run_reads_those_first(tmp_path: Path) -> None:
    with GitHubServer(acme()) as server, Store.open(str(tmp_path / "s.db")) as store:
        snapshot, spent = collected(connector(server, keeper=store, budget=100))
        assert spent["requests"] <= 100
        assert Cause.BUDGET in {gap.cause for gap in snapshot.records(Gap)}
        assert store.checkpoints("github:acme left for next time")


def _stopped(one: GitHubConnector) -> None:
    """Run into a server that stops answering: it ends with an error, or with gaps where it stopped late."""
    snapshot, _ = collected(one)
    raise Unreachable(f"stopped late: {gaps(snapshot)}")


def test_a_killed_run_resumes_and_gives_the_same_snapshot(whole: Snapshot, tmp_path: Path) -> None:
    for stop in (5, 30, 60, 90, 120):
        with Store.open(str(tmp_path / f"{stop}.db")) as store:
            with GitHubServer(acme(), Variant(stop_after=stop)) as server, pytest.raises(PipewardenError):
                _stopped(connector(server, keeper=store))
            with GitHubServer(acme()) as server:
                assert collected(connector(server, keeper=store))[0].content == whole.content, stop
            assert store.checkpoints("github:acme") == {}


BEYOND = {
    "/orgs/{org}/team-sync/groups": "https://docs.github.com/en/enterprise-cloud@latest/rest/teams/team-sync",
    "/orgs/{org}/teams/{team_slug}/team-sync/group-mappings": "the same page",
    "/enterprises/{enterprise}/teams": "https://docs.github.com/en/rest/enterprise-teams/enterprise-teams",
    "/enterprises/{enterprise}/teams/{team}/memberships": "https://docs.github.com/en/rest/enterprise-teams/enterprise-team-members",
    "/enterprises/{enterprise}/enterprise-roles": "https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/enterprise-roles",
    "/enterprises/{enterprise}/enterprise-roles/{role_id}/users": "the same page",
    "/enterprises/{enterprise}/enterprise-roles/{role_id}/teams": "the same page",
    "/repos/{owner}/{repo}/git/trees/{tree_sha}": "https://docs.github.com/en/rest/git/trees#get-a-tree",
    "/orgs/{org}/secret-scanning/alerts": "https://docs.github.com/en/rest/secret-scanning/secret-scanning",
    "/orgs/{org}/rulesets/rule-suites": "https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/rule-suites",
    "/orgs/{org}/settings/immutable-releases": "https://docs.github.com/en/rest/orgs/orgs#get-immutable-releases-settings-for-an-organization",
    "/orgs/{org}/actions/permissions/artifact-and-log-retention": "https://docs.github.com/en/rest/actions/permissions",
    "/orgs/{org}/codespaces/secrets": "https://docs.github.com/en/rest/codespaces/organization-secrets",
}
"""Endpoints that the kept part of the description leaves out, each with the page that describes it."""


def test_every_request_is_one_of_the_official_description() -> None:
    description = json.loads(shared_path("apis/github-ghec-access-subset.json").read_text(encoding="utf-8"))
    own = {"graphql", "/app/installations/{installation_id}/access_tokens", "/orgs/{org}/installation", *BEYOND}
    with GitHubServer(acme()) as server:
        collected(connector(server))
        unknown = [t for t in server.requests if t not in own and t not in description["paths"]]
    assert unknown == []


ASKED_ELSEWHERE = {
    "/repos/{owner}/{repo}/actions/permissions/access": "tests/connectors/test_watched.py, where something can be shared",
    "/orgs/{org}/external-group/{group_id}": "tests/connectors/test_more.py, of managed users",
    "/scim/v2/enterprises/{enterprise}/Users": "tests/connectors/test_managed.py",
    "/scim/v2/enterprises/{enterprise}/Groups": "tests/connectors/test_managed.py",
    "/users/{username}": "where somebody added a key and is in no list",
    "/repos/{owner}/{repo}/branches": "tests/connectors/test_forks.py, where none may be created",
}


def test_every_path_of_the_official_description_is_asked_or_listed_with_the_reason() -> None:
    description = json.loads(shared_path("apis/github-ghec-access-subset.json").read_text(encoding="utf-8"))
    page = (Path(__file__).parents[2] / "docs/github.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(/[^`]+)`", page.partition("## What is not asked")[2].partition("\n## ")[0]))
    with GitHubServer(acme()) as server:
        for login in ("acme", "acme-labs"):
            collected(connector(server, login=login))
        asked = {*server.requests, *ASKED_ELSEWHERE}
    assert set(description["paths"]) - asked == told, "the table is exactly what is not asked"


def test_every_query_is_valid_against_the_official_schema() -> None:
    official = build_schema(
        shared_path("apis/github-graphql-schema.graphql").read_text(encoding="utf-8"), assume_valid=True
    )
    folder = Path(__file__).parents[2] / "src/pipewarden/connectors/github/queries"
    names = sorted(path.stem for path in folder.glob("*.graphql"))
    assert names
    for name in names:
        assert validate(official, parse(document(name))) == [], name
    spread = {name for query in names for name in re.findall(r"\.\.\.([A-Z]\w*)", document(query))}
    assert {path.stem for path in (folder / "fragments").iterdir()} <= spread, "none is left that nothing spreads"


HOSTS: list[tuple[str, str, str, Callable[[bool], bool]]] = [
    ("github.com", "https://api.github.com", "https://api.github.com/graphql", lambda server: not server),
    ("acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql", lambda server: not server),
    ("ghes.acme.example", "https://ghes.acme.example/api/v3", "https://ghes.acme.example/api/graphql", bool),
]


@pytest.mark.parametrize(("host", "rest", "graphql", "server"), HOSTS)
def test_each_kind_of_host_has_its_addresses(
    host: str, rest: str, graphql: str, server: Callable[[bool], bool]
) -> None:
    found = addresses(host)
    assert (found.rest, found.graphql) == (rest, graphql)
    assert server(found.server)
