"""However many processes read a checkout, the report is the same to the byte: findings, gaps, broken files, kept or not.

Each run is a Python of its own, where warnings are errors: the one of the tests may have threads, beside which nobody forks.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pipewarden.connectors.ahead import LEAST, WARM
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.folder import MOST_BYTES
from pipewarden.connectors.kept import Kept
from pipewarden.connectors.pulled_in import PlainSearch
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.files import PipelineKind, kind_of
from tests.pipelines.plain import tokens

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked on Linux alone")

READ = {
    PipelineKind.GITHUB_WORKFLOW,
    PipelineKind.GITHUB_ACTION,
    PipelineKind.GITLAB_CI,
    PipelineKind.DEPENDABOT,
}
COUNT = WARM + LEAST + 60
WORKFLOW = """\
on: {event}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/say
      - uses: actions/checkout@v4
        with: {{ref: '${{{{ github.event.pull_request.head.sha }}}}'}}
      - run: echo ${{{{ github.event.issue.title }}}} {number}
        env: {{TOKEN: '${{{{ secrets.TOKEN_{number} }}}}'}}
"""
EVENTS = ("push", "pull_request_target", "[issues, workflow_call]", "pull_request")
WHOLE = """
import json, os, re, resource
from datetime import UTC, datetime
from pathlib import Path
from pipewarden.audit import audit, collect
from pipewarden.connectors.checkout import Checkout
from pipewarden.reports.json_ import packed

NOW = datetime(2026, 9, 1, tzinfo=UTC)
KEY = b"k" * 32

def reported(snapshot, store=None):
    "Return the report, but for the moments at which files were read and how many were kept."
    report = packed(audit(snapshot, store, at=NOW))
    return re.sub(rb'("fetched_at"|"unchanged_files"): ("[^"]*"|[0-9]+)', rb"\\1: 0", report)

def faults():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt

def read(folder, processes, keep=None):
    "Return the report, how many files were taken as they were kept, and whether other processes read."
    before = faults()
    checkout = Checkout(Path(folder), lambda: KEY, name="acme/web", processes=processes, keep=keep and Path(keep))
    snapshot = collect([checkout], clock=lambda: NOW, as_of=NOW)
    shared = faults() > before
    return reported(snapshot), snapshot.info.counters["unchanged_files"], shared
"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A checkout of many files, with whatever may be wrong with some all over it."""
    folder = tmp_path / "web"
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for number in range(COUNT):
        text = WORKFLOW.format(event=EVENTS[number % len(EVENTS)], number=number)
        if number % 40 == 7:
            text += f"        # left over\n    env:\n      OLD_TOKEN: {tokens.classic('gh' + 'p_', seed=number % 80)}\n"
        if number % 40 == 11:
            text = text.replace("steps:", "steps: [")
        (workflows / f"w{number:03}.yml").write_text(text)
    (workflows / "w150x.yml").write_text("# far too much\n" * (MOST_BYTES // 10))
    (workflows / "w151x.yml").symlink_to("w000.yml")
    (workflows / "w152x.yml").write_bytes(b"on: push\njobs: \xff\xfe\n")
    action = folder / ".github" / "actions" / "say" / "action.yml"
    action.parent.mkdir(parents=True)
    action.write_text("runs:\n  using: composite\n  steps:\n    - {run: 'echo ${{ inputs.word }}', shell: bash}\n")
    (folder / ".github" / "dependabot.yml").write_text("version: 2\nupdates: []\n")
    (folder / ".github" / "CODEOWNERS").write_text("*.yml @acme/platform\n/.github/workflows/w00* @alice\n")
    (folder / ".gitlab-ci.yml").write_text("build:\n  script: [echo $CI_COMMIT_TITLE]\n")
    return folder


def ran(code: str) -> str:
    """Run some lines in a Python of their own, and return what they print."""
    command = [sys.executable, "-W", "error", "-c", WHOLE + code]
    # as the command does it: threads of OpenBLAS would keep it from forking
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_the_report_is_the_same_however_many_read(web: Path, tmp_path: Path) -> None:
    ran(f"""
alone, _, shared = read("{web}", 1)
assert not shared
report = json.loads(alone)
assert len(report["findings"]) > 100 and len(report["gaps"]) > 2, (len(report["findings"]), report["gaps"])
for processes in (2, 4):
    assert read("{web}", processes) == (alone, 0, True), processes
for processes in (1, 2, 3):
    keep = f"{tmp_path}/keep{{processes}}"
    assert read("{web}", processes, keep) == (alone, 0, processes > 1)
    [kept] = Path(keep).iterdir()
    whole = kept.read_bytes()
    again, unchanged, shared = read("{web}", 3, keep)
    assert (again, shared) == (alone, False), "nothing is left to read"
    assert unchanged == {COUNT + 1 + 2}, unchanged
    assert kept.read_bytes() == whole
files = sorted(Path("{web}/.github/workflows").iterdir())
for file in files[::2]:
    if file.name[-5] != "x":
        file.write_text(file.read_text() + "# changed\\n")
changed, _, _ = read("{web}", 1)
assert read("{web}", 3, keep)[0] == changed
assert len({{file.read_bytes() for file in Path(keep).iterdir()}}) == 1
assert read("{web}", 1, keep)[0] == changed
""")


def test_what_is_handed_back_is_all_that_is_asked_for(web: Path) -> None:
    """Else what other processes read is read once more, and nobody notices."""
    checkout = Checkout(web, name="acme/web")
    [*files] = ((path, kind) for path in checkout.files.paths if (kind := kind_of(path)) in READ)
    assert {kind for _, kind in files} == READ
    theirs, ours = Kept(None, web), Kept(None, web)
    root = Ref("checkout", Kind.REPOSITORY, "acme/web")

    def search(kept: Kept) -> PlainSearch:
        return PlainSearch(checkout.files, root, "acme/web", datetime.now(UTC), lambda: bytes(32), kept)

    plain = search(ours)
    for path, kind in files:
        text = checkout.files.text(path)
        body = theirs.apart(partial(checkout._read_ahead, path, kind, "acme/web", theirs, search(theirs)))
        assert (body is None) == (text is None), path
        ours.early(body)
        if text is not None:
            checkout._read(path, kind, text, "acme/web", ours)
            plain.pipeline(path, text)
    assert (ours.fresh, len(ours._early)) == (0, 0)
    assert len(plain.facts()) == 2, "what was found is searched under the key of the holder"


def test_few_files_are_read_by_one(web: Path) -> None:
    for number in range(WARM + LEAST - 10, COUNT):
        (web / f".github/workflows/w{number:03}.yml").unlink()
    ran(f'assert not read("{web}", 4)[2]')


@pytest.mark.parametrize(
    "fate",
    [
        "os.kill(os.getpid(), signal.SIGKILL)",
        "signal.setitimer(signal.ITIMER_PROF, 0.02)",  # in the midst of it
        "resource.setrlimit(resource.RLIMIT_AS, (1, 1))",  # there is no memory to be had any more
        "resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))",  # nothing can be opened
    ],
)
def test_nothing_is_lost_with_a_process_that_ends(web: Path, fate: str) -> None:
    ran(f"""
import signal
alone = read("{web}", 1)[0]
os.register_at_fork(after_in_child=lambda: {fate})
assert read("{web}", 3) == (alone, 0, True)
""")


def test_a_database_that_is_open_meanwhile_stays_whole(web: Path, tmp_path: Path) -> None:
    """A copy of a process leaves a connection alone: https://www.sqlite.org/howtocorrupt.html, section 2.6."""
    ran(f"""
import sqlite3
state = sqlite3.connect("{tmp_path}/state.db")
state.executescript("PRAGMA journal_mode = WAL; CREATE TABLE told (number INTEGER); BEGIN IMMEDIATE")
state.executemany("INSERT INTO told VALUES (?)", [(number,) for number in range(10_000)])
assert read("{web}", 3)[2]
other = sqlite3.connect("{tmp_path}/state.db", timeout=0)
try:
    other.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as locked:
    assert "locked" in str(locked)
else:
    raise AssertionError("the lock went with a process that was only a copy")
state.commit()
assert other.execute("SELECT count(*) FROM told").fetchall() == [(10_000,)]
assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
other.close()
state.close()
""")


def test_beside_the_threads_of_a_store_one_process_reads(web: Path, tmp_path: Path) -> None:
    ran(f"""
from pipewarden.store import Store
with Store.open("{tmp_path}/state.db"):
    alone, _, shared = read("{web}", 3)
assert shared == (len(os.listdir("/proc/self/task")) == 1)
assert alone == read("{web}", 1)[0]
""")


def test_the_key_of_fingerprints_is_asked_for_in_one_process(web: Path) -> None:
    ran(f"""
holder = os.getpid()
def key():
    assert os.getpid() == holder
    return KEY
one = read("{web}", 1)[0]
checkout = Checkout(Path("{web}"), key, name="acme/web", processes=3)
assert not faults()
assert reported(collect([checkout], clock=lambda: NOW, as_of=NOW)) == one
assert faults()
""")


def test_ctrl_c_ends_all_without_a_trace(web: Path) -> None:
    """As a terminal does it: all of them are told at once. The pipe closes when the last process has ended."""
    for number in range(2_000):
        (web / f".github/workflows/more{number}.yml").write_text(WORKFLOW.format(event="push", number=number))
    command = [sys.executable, "-m", "pipewarden", "--processes", "3", "audit", str(web), "--no-cache"]
    for _ in range(20):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as run:
            children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
            while run.poll() is None and len(children.read_text().split()) < 2:
                time.sleep(0.01)
            if run.returncode is None:
                os.killpg(run.pid, signal.SIGINT)
            out, said = run.communicate()
        if not out:  # else it had ended before this process had its turn
            break
    assert (run.returncode, out, said) == (130, "", "stopped\n")


def test_the_number_may_stand_on_the_line_and_in_the_environment(web: Path) -> None:
    for more, variable in ((["--processes", "2"], {}), ([], {"PIPEWARDEN_PROCESSES": "2"}), (["-j", "1"], {})):
        command = [sys.executable, "-m", "pipewarden", *more, "audit", str(web), "--no-cache", "--fail-on", "never"]
        command += ["--format", "csv", "--no-zizmor"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **variable})
        assert (done.returncode, done.stderr) == (0, "")
        assert "w003.yml" in done.stdout
    wrong = subprocess.run([*command[:3], "--processes", "0", "audit", str(web)], capture_output=True, text=True)
    assert wrong.returncode == 2
