"""A run that follows another is started by whoever starts that one: a change from a fork, where a pull request does.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_run
"""

import asyncio
from pathlib import Path

import pytest

from pipewarden.access.job_answers import reach_of
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from tests.checks.builder import NOW

RUN = "github.event.workflow_run"


def before(on: str, condition: str = "") -> str:
    return f"name: p\non: {on}\njobs: {{t: {{runs-on: x, {condition}steps: [{{run: make}}]}}}}\n"


def after(*, name: str = "w", follows: str = "p", branches: str = "", condition: str = "") -> str:
    """Return a workflow that builds with a secret what the run before it was about."""
    only = f'    if: "{condition}"\n' if condition else ""
    return (
        f"name: {name}\non: {{workflow_run: {{workflows: [{follows}], types: [completed]{branches}}}}}\n"
        f"permissions: {{}}\njobs:\n  pub:\n{only}    runs-on: x\n    steps:\n"
        f'      - {{uses: actions/checkout@v4, with: {{ref: "${{{{ {RUN}.head_sha }}}}"}}}}\n'
        '      - {run: make, env: {KEY: "${{ secrets.DEPLOY_KEY }}"}}\n'
    )


def gets(folder: Path, who: str, *texts: str) -> dict[str, str]:
    """Return how somebody gets to the secret, by capability."""
    (folder / ".github/workflows").mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f".github/workflows/{number}.yml").write_text(text)
    into = SnapshotBuilder()
    asyncio.run(Checkout(folder, name="acme/web").collect(into, lambda *_: None))
    snapshot = into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))
    return {each.capability: each.how for each in reach_of(snapshot, who) if each.what == "DEPLOY_KEY"}


TAKEN = {"read_secret": "own commands"}


@pytest.mark.parametrize("who", ["fork", "outsider", "developer"])
@pytest.mark.parametrize(
    "second",
    [
        after(),
        # a fork may call its branch main
        after(branches=", branches: [main]"),
        after(condition=f"{RUN}.event == 'pull_request'"),
        after(condition=f"{RUN}.conclusion == 'success'"),
        after(condition=f"{RUN}.head_branch == 'main'"),
        after(follows="not at hand"),
    ],
)
def test_a_change_from_a_fork_starts_the_run_that_follows(tmp_path: Path, second: str, who: str) -> None:
    assert TAKEN.items() <= gets(tmp_path, who, before("[push, pull_request]"), second).items()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (before("pull_request"), after(condition=f"{RUN}.event == 'push'")),
        (before("pull_request"), after(condition=f"{RUN}.head_repository.full_name == github.repository")),
        (before("push"), after()),
        (before("schedule"), after()),
        (before("pull_request", "if: github.event.pull_request.head.repo.fork == false, "), after()),
    ],
)
def test_where_no_fork_starts_the_first_or_passes_the_second_none_gets_there(
    tmp_path: Path, first: str, second: str
) -> None:
    assert gets(tmp_path, "fork", first, second) == {}
    assert gets(tmp_path, "outsider", first, second) == {}


def test_after_an_issue_it_is_somebody_outside_and_no_change_from_a_fork(tmp_path: Path) -> None:
    assert gets(tmp_path, "fork", before("issue_comment"), after()) == {}
    assert gets(tmp_path, "outsider", before("issue_comment"), after()) == TAKEN


def test_one_that_follows_a_follower_is_started_by_whoever_starts_the_first(tmp_path: Path) -> None:
    chain = (after(), after(name="v", follows="w"))
    assert gets(tmp_path, "fork", before("pull_request"), *chain) == TAKEN
    for who in ("fork", "outsider"):
        assert gets(tmp_path, who, before("push"), *chain) == {}
    each_other = (after(name="w", follows="v"), after(name="v", follows="w"))
    assert gets(tmp_path, "fork", before("push"), *each_other) == TAKEN, "what starts them is not here"
