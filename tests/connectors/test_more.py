"""What hangs on an organization beside its people and repositories: read where it may be, a gap with the permission where not."""

from typing import Any

import pytest

from pipewarden.demo.estate import acme
from pipewarden.demo.estate.rows import secret
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.columns import Snapshot
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from tests.connectors.test_github import collected, connector

DAY = "2026-01-01T00:00:00Z"


def gap_of(snapshot: Snapshot, facet: Facet) -> Gap:
    """Return the one gap of a facet."""
    found = [gap for gap in snapshot.records(Gap) if gap.facet == facet]
    assert len(found) == 1, found
    return found[0]


def named(snapshot: Snapshot, kind: Kind, name: str) -> dict[str, Any]:
    """Return the attributes of what has a name."""
    return next(dict(each.attributes) for each in snapshot.entities(kind) if each.name == name)


# --- secrets and variables for selected repositories ----------------------------------------------


def sharing() -> Any:
    """Acme, with something in every store that only web is given, and something that all are given."""
    estate = acme()
    org = estate.organizations["acme"]
    for kept in (org.secrets, org.dependabot_secrets, org.codespaces_secrets):
        kept.append(secret("WEB_ONLY", DAY, visibility="selected", repositories=["web"]))
        kept.append(secret("FOR_ALL", DAY, visibility="all"))
    org.variables.append({"name": "WEB_ONLY", "value": "1", "visibility": "selected", "repositories": ["web"]})
    return estate


STORES = [
    ("actions", "secret:acme/WEB_ONLY", Facet.ORG_SECRETS, "/orgs/{org}/actions/secrets/{secret_name}/repositories"),
    (
        "dependabot",
        "secret:acme/WEB_ONLY (dependabot)",
        Facet.ORG_DEPENDABOT_SECRETS,
        "/orgs/{org}/dependabot/secrets/{secret_name}/repositories",
    ),
    (
        "codespaces",
        "secret:acme/WEB_ONLY (codespaces)",
        Facet.ORG_CODESPACES_SECRETS,
        "/orgs/{org}/codespaces/secrets/{secret_name}/repositories",
    ),
]


def test_every_store_tells_which_repositories_a_secret_is_for() -> None:
    with GitHubServer(sharing()) as server:
        snapshot, _ = collected(connector(server))
    web = next(r.ref.key for r in snapshot.entities(Kind.REPOSITORY) if r.name == "acme/web")
    for store, name, _, _ in STORES:
        kept = named(snapshot, Kind.SECRET, name)
        assert (kept["store"], kept["visibility"], kept["selected_repositories"]) == (store, "selected", [web])
        # near miss: what all are given has no list, and that is no gap
        assert "selected_repositories" not in named(snapshot, Kind.SECRET, name.replace("WEB_ONLY", "FOR_ALL"))
    kept = named(snapshot, Kind.VARIABLE, "var:acme/WEB_ONLY")
    assert (kept["visibility"], kept["selected_repositories"]) == ("selected", [web])
    assert {gap.facet for gap in snapshot.records(Gap)} == {Facet.REPO_WORKFLOWS}


@pytest.mark.parametrize(("store", "name", "facet", "template"), STORES)
def test_a_list_of_repositories_that_is_refused_is_a_gap_of_that_secret_alone(
    store: str, name: str, facet: Facet, template: str
) -> None:
    with GitHubServer(sharing(), Variant(forbidden=frozenset({template}))) as server:
        snapshot, _ = collected(connector(server))
    kept = named(snapshot, Kind.SECRET, name)
    assert (kept["store"], kept["visibility"]) == (store, "selected")
    assert "selected_repositories" not in kept
    refused = [g for g in snapshot.records(Gap) if g.facet == facet and snapshot.find(g.scope).name == name]  # type: ignore[union-attr]
    assert [gap.cause for gap in refused] == [Cause.FORBIDDEN]
    assert "admin:org" in refused[0].permission


def test_variables_whose_repositories_are_refused_say_so() -> None:
    refused = Variant(forbidden=frozenset({"/orgs/{org}/actions/variables/{name}/repositories"}))
    with GitHubServer(sharing(), refused) as server:
        snapshot, _ = collected(connector(server))
    assert "selected_repositories" not in named(snapshot, Kind.VARIABLE, "var:acme/WEB_ONLY")
    gap = gap_of(snapshot, Facet.ORG_VARIABLES)
    assert (gap.scope.kind, gap.cause) == (Kind.VARIABLE, Cause.FORBIDDEN)
    assert "organization_actions_variables: read" in gap.permission
