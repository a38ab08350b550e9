"""A budget of requests: what it leaves out is read by the next runs, and a kill in the middle changes nothing of that."""

from pathlib import Path

import pytest

from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.errors import PipewardenError, Unreachable
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.snapshot import Snapshot
from pipewarden.store import Store
from tests.connectors.test_github import collected, connector

BUDGET = 150


def left_out(snapshot: Snapshot) -> set[tuple[str, str]]:
    """Return what the budget left out: where, and which facet."""
    return {(str(gap.scope), gap.facet) for gap in snapshot.records(Gap) if gap.cause is Cause.BUDGET}


def stopped(server: GitHubServer, store: Store) -> None:
    """Run into a server that stops answering: it ends with an error, or with gaps where it stopped late."""
    snapshot, _ = collected(connector(server, keeper=store, budget=BUDGET))
    raise Unreachable(f"stopped late: {len(left_out(snapshot))} left out")


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    with GitHubServer(acme()) as server:
        return collected(connector(server))[0]


def test_runs_with_a_budget_come_to_the_whole_snapshot_for_what_is_unchanged_costs_nothing(
    whole: Snapshot, tmp_path: Path
) -> None:
    with GitHubServer(acme()) as server, Store.open(str(tmp_path / "s.db")) as store:
        runs = []
        while len(runs) < 6 and (not runs or left_out(runs[-1])):
            snapshot, spent = collected(connector(server, keeper=store, budget=BUDGET))
            assert spent["requests"] - spent["unchanged"] <= BUDGET
            runs.append(snapshot)
    assert len(runs) > 1, "the budget was large enough for one run"
    counts = [len(left_out(run)) for run in runs]
    assert counts == sorted(counts, reverse=True), counts
    assert runs[-1].content == whole.content


@pytest.mark.parametrize("stop", [20, 80, 130, 145, 155])
def test_a_run_with_a_budget_that_was_killed_goes_on_without_its_gaps(
    whole: Snapshot, tmp_path: Path, stop: int
) -> None:
    with Store.open(str(tmp_path / "s.db")) as store:
        with GitHubServer(acme(), Variant(stop_after=stop)) as server, pytest.raises(PipewardenError):
            stopped(server, store)
        with GitHubServer(acme()) as server:
            resumed, _ = collected(connector(server, keeper=store))
    assert left_out(resumed) == set()
    assert resumed.content == whole.content


def test_the_run_that_goes_on_has_no_gap_that_an_uninterrupted_one_has_not(tmp_path: Path) -> None:
    with GitHubServer(acme()) as server, Store.open(str(tmp_path / "once.db")) as store:
        once, _ = collected(connector(server, keeper=store, budget=BUDGET))
    with Store.open(str(tmp_path / "twice.db")) as store:
        with GitHubServer(acme(), Variant(stop_after=100)) as server, pytest.raises(PipewardenError):
            stopped(server, store)
        with GitHubServer(acme()) as server:
            resumed, _ = collected(connector(server, keeper=store, budget=BUDGET))
    assert left_out(resumed) <= left_out(once)
