"""Who starts a job gets what its steps are handed then; who runs commands in it reads what lies in the memory of its runner, too.

https://docs.github.com/en/actions/concepts/security/compromised-runners#accessing-secrets
"""

import asyncio
from pathlib import Path

from pipewarden.access.job_answers import reach_of, users_of
from pipewarden.access.jobs import jobs
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.snapshot import Snapshot
from tests.checks.builder import NOW

CHECKOUT = f"actions/checkout@{'0' * 40}"
STEPS = """\
      - run: make
        env: {K: "${{ github.event_name == 'push' && secrets.CHOSEN || '' }}"}
      - run: ./publish
        if: github.event_name == 'push'
        env: {K: "${{ secrets.SKIPPED }}"}
      - run: ./tell
        env: {K: "${{ secrets.HANDED }}"}
"""
HEAD = "on: [push, pull_request_target]\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
TAKEN = (
    f"      - uses: {CHECKOUT}\n        with: {{ref: '${{{{ github.event.pull_request.head.sha || github.sha }}}}'}}\n"
)


def seen(folder: Path, text: str) -> Snapshot:
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/w.yml").write_text(text)
    into = SnapshotBuilder()
    asyncio.run(Checkout(folder, name="acme/web").collect(into, lambda *_: None))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


def reached(snapshot: Snapshot, who: str) -> dict[str, tuple[str, str]]:
    return {each.what: (each.capability, each.path.rpartition(" → ")[2]) for each in reach_of(snapshot, who)}


def test_who_only_starts_it_gets_what_is_handed_then(tmp_path: Path) -> None:
    snapshot = seen(tmp_path, HEAD + f"      - uses: {CHECKOUT}\n" + STEPS)
    assert reached(snapshot, "outsider") == {"HANDED": ("use_secret", "step 4 is given HANDED")}
    assert set(reached(snapshot, "developer")) == {"CHOSEN", "SKIPPED", "HANDED"}
    [use] = users_of(snapshot, "SKIPPED")
    assert {way.start.by.value for way in use.ways} == {"developer"}
    [use] = users_of(snapshot, "HANDED")
    assert {way.start.by.value for way in use.ways} == {"developer", "fork"}


def test_who_runs_commands_in_it_reads_the_memory_of_its_runner(tmp_path: Path) -> None:
    snapshot = seen(tmp_path, HEAD + TAKEN + STEPS)
    assert reached(snapshot, "outsider") == {
        "CHOSEN": ("read_secret", "the memory of its runner holds CHOSEN, which no step is given then"),
        "SKIPPED": ("read_secret", "the memory of its runner holds SKIPPED, which no step is given then"),
        "HANDED": ("read_secret", "step 4 is given HANDED"),
    }


OWN = "github.event.pull_request.head.repo.full_name == github.repository"


def test_whoever_may_write_gets_what_a_stranger_s_run_leaves_out(tmp_path: Path) -> None:
    """A pull request of theirs comes from a branch of the repository's own, on which the same file is run."""
    snapshot = seen(
        tmp_path,
        "on: pull_request_target\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    environment: ${{ github.event.pull_request.head.repo.fork && 'outside' || 'inside' }}\n"
        f"    steps:\n      - run: ./x\n        if: {OWN}\n        env: {{K: '${{{{ secrets.OWN }}}}'}}\n"
        "      - run: ./y\n        env: {K: '${{ secrets.BOTH }}'}\n",
    )
    assert set(reached(snapshot, "outsider")) == {"BOTH", "environment outside"}
    assert set(reached(snapshot, "developer")) == {"OWN", "BOTH", "environment outside", "environment inside"}
    assert set(reached(snapshot, "bot")) == {"OWN", "BOTH", "environment inside"}
    [use] = users_of(snapshot, "OWN")
    assert {way.start.by.value for way in use.ways} == {"developer", "bot"}
    assert use.path.startswith("whoever may write (a pull request)")


def test_who_starts_it_alike_is_told_once(tmp_path: Path) -> None:
    snapshot = seen(tmp_path, HEAD + f"      - uses: {CHECKOUT}\n" + STEPS)
    [job] = jobs(snapshot)
    assert [start.by.value for start in job.job.starts if start.event == "pull_request_target"] == ["fork"]


def test_what_a_caller_passes_something_else_for_is_not_even_there(tmp_path: Path) -> None:
    text = HEAD.partition("    runs-on")[0] + (
        "    uses: ./.github/workflows/called.yml\n"
        "    secrets: {ONE: \"${{ github.event_name == 'push' && secrets.CHOSEN || '' }}\", TWO: '${{ secrets.HANDED }}'}\n"
    )
    called = (
        HEAD.replace("[push, pull_request_target]", "workflow_call")
        + TAKEN
        + ("      - run: make\n        env: {A: '${{ secrets.ONE }}', B: '${{ secrets.TWO }}'}\n")
    )
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/called.yml").write_text(called)
    (tmp_path / ".github/workflows/w.yml").write_text(text)
    into = SnapshotBuilder()
    asyncio.run(Checkout(tmp_path, name="acme/web").collect(into, lambda *_: None))
    snapshot = into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))
    assert set(reached(snapshot, "outsider")) == {"HANDED"}
    assert set(reached(snapshot, "developer")) == {"CHOSEN", "HANDED"}
