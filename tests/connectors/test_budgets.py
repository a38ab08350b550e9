"""Runs under a budget go on from one another, and come to what one run without a budget reads."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from pipewarden.connectors.base import Keeper
from pipewarden.demo.jenkins.server import JenkinsServer
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.snapshot import Snapshot
from tests.connectors.entra.test_collect import read as read_entra
from tests.connectors.gitlab.collecting import collected as collected_gitlab
from tests.connectors.jenkins.test_connector import Memory
from tests.connectors.jenkins.test_connector import read as read_jenkins
from tests.connectors.okta.reading import collected as collected_okta
from tests.connectors.vault.test_refusals import read as read_vault
from tests.connectors.vault.test_refusals import serving as serving_vault

MOST_RUNS = 8

Read = Callable[[Keeper | None, int], Snapshot]


@contextmanager
def gitlab() -> Iterator[Read]:
    yield lambda keeper, budget: collected_gitlab(keeper=keeper, budget=budget)[0]


@contextmanager
def okta() -> Iterator[Read]:
    yield lambda keeper, budget: collected_okta(keeper=keeper, budget=budget)[0]


@contextmanager
def entra() -> Iterator[Read]:
    yield lambda keeper, budget: read_entra(keeper=keeper, budget=budget)


@contextmanager
def jenkins() -> Iterator[Read]:
    with JenkinsServer() as server:
        yield lambda keeper, budget: read_jenkins(server, keeper, budget=budget)


@contextmanager
def vault() -> Iterator[Read]:
    with serving_vault() as server:
        yield lambda keeper, budget: read_vault(server, keeper, budget=budget)


def left(snapshot: Snapshot) -> int:
    return sum(1 for gap in snapshot.records(Gap) if gap.cause is Cause.BUDGET)


@pytest.mark.parametrize(
    ("system", "budget"), [(gitlab, 150), (okta, 40), (entra, 12), (jenkins, 12), (vault, 12)], ids=lambda x: getattr(x, "__name__", x)
)  # fmt: skip
def test_runs_under_a_budget_come_to_the_whole(system: Callable[[], AbstractContextManager[Read]], budget: int) -> None:
    with system() as read:
        whole, memory = read(None, 0), Memory()
        runs = [read(memory, budget)]
        assert left(runs[0]), "the budget is smaller than the whole"
        while left(runs[-1]) and len(runs) < MOST_RUNS:
            runs.append(read(memory, budget))
        assert not left(runs[-1])
        assert len(runs) > 1
        assert runs[-1].content == whole.content
        assert memory.steps == {} or left(read(memory, budget)) == 0, "a whole collection is forgotten"
