"""Answers that hold only a part: what was read stays, what was not is a gap with the nearest scope, the facet and the cause."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.errors import CredentialError
from pipewarden.model.columns import Snapshot
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.store import Store
from tests.connectors.test_github import collected, connector, gaps


def read(variant: Variant | None = None, estate: Any = None, **more: Any) -> Snapshot:
    with GitHubServer(estate or acme(), variant) as server:
        return collected(connector(server, **more))[0]


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
