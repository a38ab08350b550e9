"""zizmor beside our own rules: one finding for one place, with the reach of its job; without it everything works and says so."""

import asyncio
from pathlib import Path

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.kept import Kept
from pipewarden.connectors.second_opinion import CHECK_OF, MOST_SECONDS, Without, asked
from pipewarden.connectors.zizmor import Zizmor
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Cause
from pipewarden.model.findings import Severity
from tests.checks.builder import NOW

EVERY = {check.id: check for check in checks.ALL}
GREET = """\
on: issues
permissions: {}
jobs:
  greet:
    runs-on: ubuntu-latest
    permissions: {issues: write}
    steps:
      - run: echo "${{ github.event.issue.title }}"
"""
ARCHIVED = """\
on: push
permissions: {}
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/create-release@0cb9c9b65d5d1901c1f53e5e66eaf4afd303e70e
"""


def audited(tmp_path: Path, text: str, *names: str, zizmor: Zizmor | Without, keep: Path | None = None) -> Verdicts:
    path = tmp_path / "web" / ".github" / "workflows" / "w.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    into = SnapshotBuilder()
    asyncio.run(Checkout(tmp_path / "web", zizmor=zizmor, keep=keep).collect(into, lambda *_: None))
    snapshot = into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))
    return judge([EVERY[name] for name in names], View(snapshot))


@pytest.fixture(scope="module")
def zizmor() -> Zizmor:
    found = Zizmor.found()
    assert found is not None, "the development requirements install zizmor"
    return found


def test_a_place_that_our_own_rule_tells_is_one_finding_with_a_further_proof(tmp_path, zizmor) -> None:
    [finding] = audited(tmp_path, GREET, "wf.inject.template", zizmor=zizmor).findings
    assert "more" not in finding.says
    assert finding.severity is Severity.HIGH
    assert any(proof.text.startswith("line 8: zizmor template-injection: ") for proof in finding.evidence)
    [alone] = audited(tmp_path, GREET, "wf.inject.template", zizmor=Without.OFF).findings
    assert (alone.says, alone.fingerprint) == (finding.says, finding.fingerprint)
    assert not any("zizmor" in proof.text for proof in alone.evidence)


def test_what_it_alone_tells_is_a_finding_and_unknown_without_it(tmp_path, zizmor) -> None:
    [finding] = audited(tmp_path, ARCHIVED, "wf.uses.archived", zizmor=zizmor).findings
    assert (finding.line, finding.severity) == (7, Severity.INFO), "the job holds nothing"
    for why, cause in ((Without.OFF, Cause.NOT_COLLECTED), (Without.ABSENT, Cause.NO_ENGINE)):
        verdicts = audited(tmp_path, ARCHIVED, "wf.uses.archived", zizmor=why)
        assert not verdicts.findings
        assert [each.cause for each in verdicts.not_assessed] == [cause]


def test_a_file_on_which_it_gave_up_is_unknown_with_the_reason(tmp_path) -> None:
    broken = tmp_path / "zizmor"
    broken.write_text("#!/bin/sh\necho 'thread main panicked' >&2\nexit 101\n")
    broken.chmod(0o755)
    [missed] = audited(tmp_path, GREET, "wf.uses.archived", zizmor=Zizmor(str(broken), "1.32.0")).not_assessed
    assert missed.cause is Cause.UNREADABLE
    assert missed.detail == ".github/workflows/w.yml: zizmor ended with an error: main panicked"


def test_what_has_not_changed_is_not_asked_again(tmp_path, zizmor) -> None:
    keep = tmp_path / "keep"
    first = audited(tmp_path, ARCHIVED, "wf.uses.archived", zizmor=zizmor, keep=keep)
    gone = Zizmor(str(tmp_path / "no-such-program"), zizmor.version)
    again = audited(tmp_path, ARCHIVED, "wf.uses.archived", zizmor=gone, keep=keep)
    assert [f.says for f in again.findings] == [f.says for f in first.findings] != []
    changed = audited(tmp_path, ARCHIVED + "# more\n", "wf.uses.archived", zizmor=gone, keep=keep)
    assert [each.cause for each in changed.not_assessed] == [Cause.UNREADABLE]


def test_files_on_which_it_never_ends_cost_a_checkout_a_bounded_time_and_are_told(tmp_path: Path) -> None:
    program = tmp_path / "zizmor"
    program.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nexec sleep 5\n")
    program.chmod(0o755)
    files = {f".github/workflows/{n}.yml": GREET for n in range(250)}
    told, unread = asked(Zizmor(str(program), "1.32.0"), files, {}, Kept(None, tmp_path), seconds=0.3)
    assert not told
    assert unread.keys() == files.keys()
    assert (tmp_path / "runs").read_text().count("run") == 1
    assert MOST_SECONDS < 1000


def test_every_rule_of_the_table_leads_to_a_check_of_workflows() -> None:
    for name in CHECK_OF.values():
        assert name in EVERY, name


def test_a_word_about_a_trigger_or_about_reading_is_a_hint_alone(tmp_path, zizmor) -> None:
    guarded = (
        "on: issue_comment\npermissions: read-all\njobs:\n  go:\n    runs-on: ubuntu-latest\n"
        "    if: github.event.comment.author_association == 'MEMBER'\n    steps:\n      - run: ./bot\n"
        "        env:\n          TOKEN: ${{ secrets.BOT_TOKEN }}\n"
    )
    [triggered] = audited(tmp_path, guarded, "wf.trigger.prt_any", zizmor=zizmor).findings
    assert triggered.severity is Severity.INFO
    two = guarded.replace("issue_comment", "push").replace(
        "    if: github.event.comment.author_association == 'MEMBER'\n", ""
    )
    more = two + "  again:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ./bot\n"
    [reads] = audited(tmp_path, more, "wf.perm.write_all", zizmor=zizmor).findings
    assert (reads.severity, "read-all" in reads.says) == (Severity.INFO, True)
    [greeted] = audited(tmp_path, GREET, "wf.inject.template", zizmor=zizmor).findings
    assert greeted.severity is Severity.HIGH, "what our own rule says stands"


def test_a_name_that_holds_no_text_of_others_is_no_more_than_a_hint(tmp_path, zizmor) -> None:
    signed = GREET.replace("github.event.issue.title", "github.actor")
    for finding in audited(tmp_path, signed, "wf.inject.template", zizmor=zizmor).findings:
        assert finding.severity is Severity.INFO


LISTED = """\
on: issues
permissions: {}
jobs:
  list:
    runs-on: ubuntu-latest
    outputs: {names: "${{ steps.x.outputs.names }}"}
    steps:
      - {id: x, run: ./list.sh}
  greet:
    needs: list
    runs-on: ubuntu-latest
    permissions: {issues: write}
    strategy: {matrix: {name: "${{ fromJSON(needs.list.outputs.names) }}"}}
    steps:
      - run: echo "${{ matrix.name }}"
"""


def test_where_a_value_was_not_followed_its_word_stands_and_is_no_verdict(tmp_path, zizmor) -> None:
    verdicts = audited(tmp_path, LISTED, "wf.inject.template", zizmor=zizmor)
    assert [finding.severity for finding in verdicts.findings] == [Severity.MEDIUM]
    assert [each.cause for each in verdicts.not_assessed] == [Cause.NOT_FOLLOWED]
    followed = audited(
        tmp_path, LISTED.replace("./list.sh", "echo names=1 >> $GITHUB_OUTPUT"), "wf.inject.template", zizmor=zizmor
    )
    assert {finding.severity for finding in followed.findings} <= {Severity.INFO}
    assert followed.not_assessed == ()
    pushed = audited(tmp_path, LISTED.replace("on: issues", "on: push"), "wf.inject.template", zizmor=zizmor)
    assert {finding.severity for finding in pushed.findings} <= {Severity.INFO}


CALLS = "on: issues\npermissions: {issues: write}\njobs:\n  a: {runs-on: ubuntu-latest, steps: [{uses: ./greet, with: {t: '%s'}}]}\n"
ACTION = """\
name: greet
description: greets
inputs: {t: {description: a text}}
runs:
  using: composite
  steps:
    - run: echo "${{ inputs.t }}"
      shell: bash
"""


@pytest.mark.parametrize("handed", ["${{ github.event.issue.title }}", "fixed"])
def test_what_is_told_of_an_action_counts_in_the_job_that_uses_it(tmp_path, zizmor, handed: str) -> None:
    place = tmp_path / "web" / "greet" / "action.yml"
    place.parent.mkdir(parents=True)
    place.write_text(ACTION)
    [finding] = audited(tmp_path, CALLS % handed, "wf.inject.template", zizmor=zizmor).findings
    assert (finding.file, finding.line) == ("greet/action.yml", 7)
    assert any("zizmor template-injection" in proof.text for proof in finding.evidence)
    # of a text that nobody chooses zizmor's general word is a hint
    assert finding.severity is (Severity.INFO if handed == "fixed" else Severity.HIGH)


LOCAL = """\
on: {event}
permissions: {{contents: write}}
jobs:
  greet:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {{ref: {ref}, persist-credentials: false}}
      - uses: ./greet
"""


def test_how_own_actions_are_named_is_no_finding_and_where_it_matters_ours_tells(tmp_path, zizmor) -> None:
    place = tmp_path / "web" / "greet" / "action.yml"
    place.parent.mkdir(parents=True)
    place.write_text(ACTION.replace('echo "${{ inputs.t }}"', "echo hi"))
    assert audited(tmp_path, LOCAL.format(event="push", ref="main"), "wf.zizmor.other", zizmor=zizmor).findings == ()
    stranger = LOCAL.format(event="pull_request_target", ref="'${{ github.event.pull_request.head.sha }}'")
    assert audited(tmp_path, stranger, "wf.zizmor.other", zizmor=zizmor).findings == ()
    [finding] = audited(tmp_path, stranger, "wf.uses.local_after_checkout", zizmor=zizmor).findings
    assert finding.severity in {Severity.HIGH, Severity.CRITICAL}
