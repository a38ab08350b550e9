"""Every rule of zizmor that the table knows, fired by the real program: one finding of its check, also where ours tells it too."""

import asyncio
from pathlib import Path

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.second_opinion import CHECK_OF, Without
from pipewarden.connectors.zizmor import Zizmor
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.findings import Finding, Severity
from tests.checks.builder import NOW

SHA = "11bd71901bbe5b1630ceea73d27597364c9af683"
PUBLISH = "pypa/gh-action-pypi-publish@76f52bc884231f62b9a034ebfe128415bbaabdfc"


def wf(*steps: str, on: str = "push", permissions: str = "{}", job: str = "") -> str:
    body = "".join(f"      {line}\n" for step in steps for line in f"- {step}".replace("\n", "\n  ").splitlines())
    top = f"name: w\non: {on}\npermissions: {permissions}\njobs:\n  one:\n    name: one\n    runs-on: ubuntu-latest\n"
    return f"{top}{job}    steps:\n{body}"


CALLS = f"""\
name: w
on: push
permissions: {{}}
jobs:
  one:
    uses: acme/x/.github/workflows/y.yml@{SHA}
    secrets: inherit
"""
CREDENTIALS = (
    "    container:\n      image: acme/x@sha256:{}\n      credentials:\n        username: u\n        password: {}\n"
)
TWO_JOBS = "  two:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n"

FIRING = {
    "adhoc-packages": wf("run: npm install left-pad"),
    "archived-uses": wf("uses: actions/create-release@0cb9c9b65d5d1901c1f53e5e66eaf4afd303e70e"),
    "artipacked": wf(
        f"uses: actions/checkout@{SHA}",
        "uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02\nwith:\n  path: .",
    ),
    "bot-conditions": wf(
        "run: gh pr merge --auto", on="pull_request_target", job="    if: github.actor == 'dependabot[bot]'\n"
    ),
    "cache-poisoning": wf(
        "uses: actions/cache@1bd1e32a3bdc45362d1e726936510720a7c30a57\nwith:\n  path: x\n  key: y",
        f"uses: {PUBLISH}",
        on="{release: {types: [published]}}",
    ),
    "dangerous-triggers": wf("run: make", on="pull_request_target"),
    "excessive-permissions": wf("run: make", permissions="write-all") + TWO_JOBS,
    "github-app": wf(
        "uses: actions/create-github-app-token@df432ceedc7162793a195dd1713ff69aefc7379e\n"
        "with:\n  app-id: 1\n  private-key: ${{ secrets.KEY }}\n  owner: acme"
    ),
    "github-env": wf('run: echo "A=$(cat pr.txt)" >> $GITHUB_ENV', on="pull_request_target"),
    "hardcoded-container-credentials": wf("run: make", job=CREDENTIALS.format("a" * 64, "hack" + "me")),
    "insecure-commands": wf("run: echo '::set-env name=A::b'\nenv:\n  ACTIONS_ALLOW_UNSECURE_COMMANDS: true"),
    "obfuscation": wf(f"uses: actions/cache/../checkout@{SHA}"),
    "overprovisioned-secrets": wf("run: ./x\nenv:\n  ALL: ${{ toJSON(secrets) }}"),
    "secrets-inherit": CALLS,
    "template-injection": wf('run: echo "${{ github.event.issue.title }}"', on="issues"),
    "typosquat-uses": wf(f"uses: actoins/checkout@{SHA}"),
    "unpinned-images": wf("run: make", job="    container:\n      image: acme/x\n"),
    "unpinned-tools": wf("uses: aquasecurity/setup-trivy@3fb12ec12f41e471780db15c232d5dd185dcb514"),
    "unpinned-uses": wf("uses: acme/x@v1"),
    "unredacted-secrets": wf("run: ./x\nenv:\n  T: ${{ fromJSON(secrets.BLOB).token }}"),
    "unsound-condition": wf("run: make\nif: |\n  ${{ github.event_name == 'push' }}"),
    "unsound-contains": wf("run: make\nif: contains('refs/heads/main refs/heads/dev', github.ref)"),
    "use-trusted-publishing": wf(f"uses: {PUBLISH}\nwith:\n  password: ${{{{ secrets.PYPI }}}}"),
}
"""A small file for each rule on which it fires."""

ASKED_FOR = {
    "secrets-outside-env": wf("run: ./x\nenv:\n  T: ${{ secrets.TOKEN }}"),
    "self-hosted-runner": wf("run: make").replace("ubuntu-latest", "[self-hosted, linux]"),
    "undocumented-permissions": wf("run: make", permissions="{contents: write}"),
}
"""Rules that zizmor tells only to whom asks it to be pedantic, which it is not asked here.

https://docs.zizmor.sh/audits/
"""
NOT_OF_WORKFLOWS = {"insecure-url-scheme"}
"""Told of the configuration of pre-commit alone, which zizmor is not shown."""

ASKS_GITHUB = {"impostor-commit", "known-vulnerable-actions", "ref-confusion", "ref-version-mismatch"}
"""Rules for which zizmor asks GitHub, which it is not let do here: it is given no token, and told to stay offline."""
CONFIGURED = {"forbidden-uses"}
"""A rule that forbids nothing unless the repository's own configuration of zizmor lists what."""


def audited(folder: Path, zizmor: Zizmor | Without) -> list[Finding]:
    into = SnapshotBuilder()
    asyncio.run(Checkout(folder, zizmor=zizmor).collect(into, lambda *_: None))
    view = View(into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW)))
    wanted = {*CHECK_OF.values(), "wf.perm.missing"}
    return list(judge([check for check in checks.ALL if check.id in wanted], view).findings)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Finding], list[Finding]]:
    """Return what is found with zizmor, and without."""
    zizmor = Zizmor.found()
    if zizmor is None:
        pytest.skip("zizmor is not installed: the extra of that name brings it")
    folder = tmp_path_factory.mktemp("web")
    (folder / ".github/workflows").mkdir(parents=True)
    for name, text in {**FIRING, **ASKED_FOR}.items():
        (folder / f".github/workflows/{name}.yml").write_text(text)
    return audited(folder, zizmor), audited(folder, Without.OFF)


def of(findings: list[Finding], rule: str, check: str) -> list[Finding]:
    return [each for each in findings if each.file == f".github/workflows/{rule}.yml" and each.check == check]


def test_the_table_is_told_whole() -> None:
    assert {*FIRING, *ASKED_FOR, *NOT_OF_WORKFLOWS, *ASKS_GITHUB, *CONFIGURED} == set(CHECK_OF)


@pytest.mark.parametrize("rule", sorted(FIRING))
def test_it_fires_and_is_one_finding_of_its_check(found: tuple[list[Finding], list[Finding]], rule: str) -> None:
    [finding] = of(found[0], rule, CHECK_OF[rule])
    assert any(f"zizmor {rule}: " in proof.text for proof in finding.evidence), finding.evidence
    own = of(found[1], rule, CHECK_OF[rule])
    if own:  # ours tells it too: the same finding, with a further proof
        assert [each.fingerprint for each in own] == [finding.fingerprint]
        assert finding.severity >= own[0].severity
        assert not any("zizmor" in proof.text for proof in own[0].evidence)


def test_most_of_them_are_told_by_both_and_some_by_it_alone(found: tuple[list[Finding], list[Finding]]) -> None:
    both = {rule for rule in FIRING if of(found[1], rule, CHECK_OF[rule])}
    assert {"template-injection", "dangerous-triggers", "secrets-inherit", "overprovisioned-secrets"} <= both
    assert not {"archived-uses", "typosquat-uses", "obfuscation", "hardcoded-container-credentials"} & both


@pytest.mark.parametrize("rule", sorted(ASKED_FOR))
def test_what_it_does_not_tell_unasked_is_told_by_our_own_rule_alone(
    found: tuple[list[Finding], list[Finding]], rule: str
) -> None:
    with_it, without = (of(each, rule, CHECK_OF[rule]) for each in found)
    assert [each.fingerprint for each in with_it] == [each.fingerprint for each in without]
    assert not any(f"zizmor {rule}" in proof.text for each in with_it for proof in each.evidence)


def test_nothing_is_graver_because_a_second_program_says_it(found: tuple[list[Finding], list[Finding]]) -> None:
    before = {each.fingerprint: each.severity for each in found[1]}
    for finding in found[0]:
        assert finding.fingerprint not in before or finding.severity == before[finding.fingerprint]
    assert {each.severity for each in found[0]} - {each.severity for each in found[1]} <= {Severity.INFO}
