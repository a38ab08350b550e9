"""What the connector learns about the actions of others, over HTTP against the estate, and what each check makes of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.github import actions
from pipewarden.connectors.github.action_queries import Named, about, contained, named
from pipewarden.demo.estate import acme, elsewhere, neglected
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot
from pipewarden.pipelines.uses import read_uses
from pipewarden.store import Store
from tests.connectors.test_github import collected, connector
from tests.shared import shared_path

ANNEX = "acme-annex"
IDS = ("impostor", "ref_confusion", "repojackable", "known_vuln", "unverified")
FORK, SIDE = elsewhere.commit("f"), elsewhere.commit("e")


def read(variant: Variant | None = None, *, budget: int = 0) -> tuple[Snapshot, dict[str, int]]:
    with GitHubServer(neglected(), variant) as server:
        return collected(connector(server, login=ANNEX, budget=budget))


@pytest.fixture(scope="module")
def annex() -> Snapshot:
    return read()[0]


def told(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    return {entity.name: entity.attributes for entity in snapshot.entities(Kind.ACTION)}


def why(snapshot: Snapshot, *facets: str) -> set[Cause]:
    wanted = facets or (Facet.REPO_USED_ACTIONS, Facet.REPO_ADVISORIES)
    return {gap.cause for gap in snapshot.records(Gap) if gap.facet in wanted}


def verdicts(snapshot: Snapshot, name: str) -> tuple[list[tuple[str, str, Severity]], list[str]]:
    """Return file, sentence and severity of each finding of a check, and what it could not assess."""
    found = judge([check for check in checks.ALL if check.id == f"wf.uses.{name}"], View(snapshot))
    assert not [each.detail for each in found.not_assessed if each.cause is None]
    hits = [(each.file.rpartition("/")[2], each.says.partition(": ")[2], each.severity) for each in found.findings]
    return hits, [f"{each.subject_name.rpartition('/')[2]}: {each.detail}" for each in found.not_assessed]


class TestWhatIsAsked:
    def test_two_questions_tell_of_all_that_acme_uses(self) -> None:
        """All of acme's actions, and all advisories: two requests of the collection's."""
        with GitHubServer(acme()) as server:
            snapshot, _ = collected(connector(server))
        assert set(told(snapshot)) == {
            "actions/checkout",
            "aws-actions/configure-aws-credentials",
            "hashicorp/setup-terraform",
            "hashicorp/vault-action",
        }
        assert why(snapshot) == set()

    def test_each_repository_is_asked_about_once_with_all_its_names(self) -> None:
        uses = ("actions/checkout@v4", "Actions/Checkout@v4", f"actions/checkout/sub@{FORK}", "acme/own@v1", "./here")
        found = named([(read_uses(each), "4.2.2" if FORK in each else "") for each in uses], "ACME")
        assert found == [Named("actions", "checkout", ("4.2.2", "v4", "v4.2.2"), ("v4",), (FORK,))]

    def test_full_references_and_expressions(self) -> None:
        uses = ("a/b@refs/heads/x", "a/b@refs/tags/v1", "a/c@${{ inputs.ref }}", "docker://alpine:3")
        assert named([(read_uses(each), "") for each in uses], "acme") == [Named("a", "b", ("v1",), ("x",))]

    @pytest.mark.parametrize("count", [1, 20])
    def test_the_written_queries_are_valid_against_the_official_schema(self, count: int) -> None:
        official = build_schema(
            shared_path("apis/github-graphql-schema.graphql").read_text(encoding="utf-8"), assume_valid=True
        )
        asked = [Named(f"o{n}", "r", ("v1",), ("main",), (FORK,)) for n in range(count)]
        for text, variables in (about(asked), contained([(each, FORK) for each in asked])):
            assert validate(official, parse(text)) == []
            assert all(f"${name}:" in text for name in variables)


class TestWhatIsTold:
    def test_a_forks_commit_is_found_under_the_name_and_is_in_no_branch_or_tag(self, annex: Snapshot) -> None:
        commits = told(annex)["actions/checkout"]["commits"]
        assert (commits[FORK]["exists"], commits[FORK]["inside"]) == (True, False)
        assert (commits[SIDE]["inside"], commits[SIDE]["at"]) == (True, "branch releases/v4")
        assert commits[elsewhere.CHECKOUT]["tags"] == ["v4.2.2", "v4"]

    def test_an_annotated_tag_is_followed_to_its_commit(self, annex: Snapshot) -> None:
        found = told(annex)["aws-actions/configure-aws-credentials"]["commits"]
        assert found[elsewhere.commit("8")]["tags"] == ["v4", "v4.1.0"]

    def test_who_moved_and_who_is_gone(self, annex: Snapshot) -> None:
        found = told(annex)
        assert found["oldhome/upload"]["full_name"] == "newhome/upload"
        assert found["oldhome/upload"]["owner_found"] is False
        assert (found["nobody-any-more/lint"]["found"], found["nobody-any-more/lint"]["owner_found"]) == (False, False)

    def test_advisories_stand_with_the_action_and_a_withdrawn_one_nowhere(self, annex: Snapshot) -> None:
        found = told(annex)
        assert [each["id"] for each in found["tj-actions/changed-files"]["advisories"]] == ["GHSA-mrrh-fwg8-r2c3"]
        assert found["actions/checkout"]["advisories"] == []

    def test_nothing_is_left_open(self, annex: Snapshot) -> None:
        assert why(annex) == set()


class TestWhatTheChecksSay:
    @pytest.mark.parametrize(
        ("name", "says", "severity"),
        [
            ("impostor", "job notes pins actions/checkout at fffffff, which is in none of its branches and tags", "HIGH"),
            ("ref_confusion", "job notes pins actions/checkout at fffffff and calls it v4.2.2, which is another commit", "MEDIUM"),
            ("repojackable", "job notes uses nobody-any-more/lint, and nobody has the login nobody-any-more: it is free", "HIGH"),
            ("known_vuln", "job notes uses tj-actions/changed-files v44: GHSA-mrrh-fwg8-r2c3, mended in 46.0.1", "HIGH"),
            ("unverified", "job notes runs code of somebody (announce), a person, and 1 more", "LOW"),
        ],
    )  # fmt: skip
    def test_each_fires_on_what_is_borrowed_and_not_on_what_was_vetted(
        self, annex: Snapshot, name: str, says: str, severity: str
    ) -> None:
        hits, _ = verdicts(annex, name)
        assert [file for file, _, _ in hits] == ["borrowed.yml"]
        assert hits[0][1].startswith(says), hits
        assert hits[0][2] is Severity[severity]

    def test_what_is_vetted_is_assessed_in_full(self, annex: Snapshot) -> None:
        for name in IDS:
            assert [each for each in verdicts(annex, name)[1] if "vetted" in each] == []

    def test_of_a_repository_that_is_gone_all_else_is_unknown(self, annex: Snapshot) -> None:
        open_ = verdicts(annex, "known_vuln")[1] + verdicts(annex, "ref_confusion")[1]
        assert len(open_) == 1, open_  # an action without advisories has none to be held against
        assert "nobody-any-more/lint does not exist" in open_[0]


class TestWhereItIsRefused:
    @pytest.mark.parametrize(
        ("query", "status", "cause", "facet"),
        [
            ("UsedActions", 502, Cause.UNREACHABLE, Facet.REPO_USED_ACTIONS),
            ("UsedActions", 400, Cause.UNEXPECTED, Facet.REPO_USED_ACTIONS),
            ("ActionCommits", 400, Cause.UNEXPECTED, Facet.REPO_USED_ACTIONS),
            ("ActionRefs*", 400, Cause.UNEXPECTED, Facet.REPO_USED_ACTIONS),
            ("ActionAdvisories*", 400, Cause.UNEXPECTED, Facet.REPO_ADVISORIES),
        ],
    )
    def test_a_query_that_fails_is_a_gap_and_no_pass(self, query: str, status: int, cause: Cause, facet: Facet) -> None:
        snapshot, _ = read(Variant(failing_queries={query: status}))
        assert why(snapshot) == why(snapshot, facet) == {cause}
        if query != "ActionAdvisories*":
            hits, open_ = verdicts(snapshot, "impostor")
            assert hits == []
            assert any("borrowed" in each for each in open_)
        else:
            assert {each.partition(":")[0] for each in verdicts(snapshot, "known_vuln")[1]} == {
                "borrowed.yml",
                "vetted.yml",
            }
            assert verdicts(snapshot, "impostor")[0]

    def test_a_field_that_is_refused_leaves_the_rest(self) -> None:
        snapshot, _ = read(Variant(refused_fields=frozenset({"compare"})))
        hits, open_ = verdicts(snapshot, "impostor")
        assert hits == []
        assert any("could not be compared" in each for each in open_)
        assert verdicts(snapshot, "repojackable")[0]

    def test_too_many_branches_are_said_and_not_searched(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(actions, "MOST_REFS", 1)
        snapshot, _ = read()
        hits, open_ = verdicts(snapshot, "impostor")
        assert hits == []
        assert any("it would have to be looked for in 2 branches" in each for each in open_)

    def test_small_pages_change_nothing(self, annex: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(actions, "PAGE", 2)
        monkeypatch.setattr(actions, "COMPARED", 1)
        monkeypatch.setattr(actions, "REFS", 1)
        assert told(read()[0]) == told(annex)

    def test_a_spent_budget_is_a_gap_of_each_action(self) -> None:
        spent = read()[1]["requests"]
        snapshot, _ = read(budget=spent - 3)
        assert why(snapshot) == {Cause.BUDGET}
        assert verdicts(snapshot, "impostor")[0] == []


def kills() -> Iterator[int]:
    yield from (4, 2, 1)


@pytest.mark.parametrize("before", list(kills()))
def test_a_run_that_is_killed_while_it_asks_goes_on_to_the_same_snapshot(
    annex: Snapshot, tmp_path: Path, before: int
) -> None:
    total = read()[1]["requests"]
    with Store.open(str(tmp_path / "s.db")) as store:
        with GitHubServer(neglected(), Variant(stop_after=total - before)) as server:
            stopped = collected(connector(server, login=ANNEX, keeper=store))[0]
            assert why(stopped), "it was stopped before the end"
        with GitHubServer(neglected()) as server:
            assert collected(connector(server, login=ANNEX, keeper=store))[0].content == annex.content
