"""What GitHub noticed of all repositories, read in one list each: of secrets never the value, of pushes only bypasses."""

import json

import pytest

from pipewarden.connectors.github import watched
from pipewarden.demo.estate import acme
from pipewarden.demo.github.server import GitHubServer
from pipewarden.demo.github.variant import Variant
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_github import collected, connector
from tests.shared import shared_path

OWN = (Facet.REPO_ALERTS, Facet.ORG_RULE_SUITES, Facet.ORG_ACTIONS_RETENTION, Facet.ORG_IMMUTABLE_RELEASES)


def read(variant: Variant | None = None, **more: str) -> tuple[Snapshot, GitHubServer]:
    with GitHubServer(acme(), variant) as server:
        return collected(connector(server, **more))[0], server


def organization(snapshot: Snapshot) -> dict[str, object]:
    [found] = snapshot.entities(Kind.ORGANIZATION)
    return found.attributes


def test_open_alerts_are_read_in_one_list_without_their_secret() -> None:
    snapshot, server = read()
    alerts = {each.name: each.attributes for each in snapshot.entities(Kind.ALERT)}
    assert set(alerts) == {"alert:acme/web#3", "alert:acme/infra#1"}, "a closed one is none"
    assert alerts["alert:acme/web#3"]["validity"] == "active"
    assert server.requests[watched.ALERTS] == 1
    entities = [snapshot.entity(each) for each in range(len(snapshot))]
    assert "value-of-alert" not in json.dumps([each.attributes for each in entities], default=str)


def test_bypasses_alone_are_kept_and_nothing_else_of_the_organization_is_lost() -> None:
    snapshot, server = read()
    told = organization(snapshot)
    assert [(each["actor_name"], each["repository_name"]) for each in told["rule_bypasses"]] == [("heidi", "infra")]  # type: ignore[attr-defined]
    assert told["default_repository_permission"]
    assert told["audit_events"]
    assert server.requests[watched.SUITES] == 1


def test_what_is_a_setting_of_the_organization_is_one_request_each() -> None:
    snapshot, server = read()
    told = organization(snapshot)
    assert told["actions_retention"] == {"days": 400, "maximum_allowed_days": 400}
    assert told["immutable_releases"] == {"enforced_repositories": "none"}
    for template in (
        "/orgs/{org}/actions/permissions/artifact-and-log-retention",
        "/orgs/{org}/settings/immutable-releases",
    ):
        assert server.requests[template] == 1


@pytest.mark.parametrize(
    ("template", "facet"),
    [
        (watched.ALERTS, Facet.REPO_ALERTS),
        (watched.SUITES, Facet.ORG_RULE_SUITES),
        ("/orgs/{org}/actions/permissions/artifact-and-log-retention", Facet.ORG_ACTIONS_RETENTION),
        ("/orgs/{org}/settings/immutable-releases", Facet.ORG_IMMUTABLE_RELEASES),
    ],
)
def test_a_refusal_is_a_gap_with_what_would_close_it(template: str, facet: Facet) -> None:
    snapshot, _ = read(Variant(forbidden=frozenset({template})))
    gap = next(each for each in snapshot.records(Gap) if each.facet == facet)
    assert gap.cause is Cause.FORBIDDEN
    assert gap.permission


def test_more_alerts_than_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "MOST", 1)
    snapshot, _ = read()
    assert len(list(snapshot.entities(Kind.ALERT))) == 1
    gap = next(each for each in snapshot.records(Gap) if each.facet == Facet.REPO_ALERTS)
    assert gap.cause is Cause.TOO_LARGE


def test_a_repository_that_others_call_is_asked_with_whom_it_shares_and_no_other() -> None:
    estate = acme()
    infra = estate.organizations["acme"].repositories["infra"]
    infra.access_level = "organization"
    infra.workflows[".github/workflows/shared.yml"] = (
        "on:\n  workflow_call:\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
    )
    with GitHubServer(estate) as server:
        snapshot, _ = collected(connector(server))
    asked = {
        each.name: each.attributes["actions_access"]
        for each in snapshot.entities(Kind.REPOSITORY)
        if "actions_access" in each.attributes
    }
    assert asked["acme/infra"] == {"access_level": "organization"}
    assert server.requests["/repos/{owner}/{repo}/actions/permissions/access"] == len(asked)
    assert "acme/web" not in asked


def test_github_describes_the_answer_about_sharing() -> None:
    described = json.loads(shared_path("apis/github-ghec-access-subset.json").read_text(encoding="utf-8"))
    shape = described["components"]["schemas"]["actions-workflow-access-to-repository"]
    assert set(shape["properties"]["access_level"]["enum"]) == {"none", "user", "organization", "enterprise"}
