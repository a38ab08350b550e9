"""alice gives clusters and policies to the projects of acme on GitLab: what is too wide, and what people get around."""

from pathlib import Path
from textwrap import dedent

import pytest

from pipewarden.access.view import View
from pipewarden.audit import collect
from pipewarden.checks import gitlab_policies
from pipewarden.checks.base import Verdicts, every, judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.model.findings import Finding, Severity
from tests.connectors.gitlab.collecting import collected

AGENT = ".gitlab/agents/production/config.yaml"
POLICY = ".gitlab/security-policies/policy.yml"
OWN = tuple(every(gitlab_policies))
DEPLOY = "acme/platform/deploy"


def verdicts(folder: Path, path: str, text: str) -> Verdicts:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(dedent(text), encoding="utf-8")
    found = judge(OWN, View(collect([Checkout(folder)])))
    assert [each.detail for each in found.not_assessed if each.cause is None] == []
    return found


def told(folder: Path, path: str, text: str) -> list[tuple[str, int, str]]:
    found: list[Finding] = list(verdicts(folder, path, text).findings)
    assert all(len(each.says) <= 160 and each.file == path for each in found)
    return [(each.check, each.line or 0, each.says.partition(": ")[2]) for each in found]


@pytest.mark.parametrize(
    ("grants", "line", "says"),
    [
        ("{groups: [{id: acme}]}", 1, "jobs on any branch of any project of the group acme use the cluster of agent production"),
        ("{projects: [{id: acme/web}]}", 1, "jobs on any branch of the project acme/web use the cluster of agent production"),
        ("{groups: [{id: acme, environments: ['*'], access_as: {agent: {}}}]}", 1, "jobs on any branch of any project of the group acme"),
        ("\n  instance: {}", 2, "jobs of every project of this GitLab use the cluster of agent production, as the agent itself"),
    ],
)  # fmt: skip
def test_a_cluster_for_every_branch_is_told(tmp_path, grants, line, says):
    [(check, place, sentence)] = told(tmp_path, AGENT, f"ci_access: {grants}\n")
    assert (check, place) == ("gl.ci.k8s_agent", line)
    assert sentence.startswith(says)


@pytest.mark.parametrize(
    "grants",
    [
        "{groups: [{id: acme, protected_branches_only: true}]}",
        "{projects: [{id: acme/web, environments: [production, staging]}]}",
        "{groups: [{id: acme, access_as: {ci_job: {}}}]}",
        "{groups: []}",
        "{}",
    ],
)
def test_a_cluster_that_is_bounded_or_whose_jobs_are_themselves_passes(tmp_path, grants):
    assert told(tmp_path, AGENT, f"ci_access: {grants}\n") == []


def test_a_whole_instance_weighs_less_where_jobs_are_themselves(tmp_path):
    [finding] = verdicts(tmp_path, AGENT, "ci_access: {instance: {access_as: {ci_job: {}}}}\n").findings
    assert finding.severity is Severity.MEDIUM
    assert finding.says.endswith("as themselves")


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("enforcement_type: warn", "warns only: changes that break it are merged"),
        ("fallback_behavior: {fail: open}", "lets changes in where it cannot be evaluated (fail: open)"),
        ("bypass_settings: {access_tokens: [{id: 1}], users: [{id: 2}, {id: 3}]}", "lets 2 people, 1 token past"),
        ("enabled: false", "is switched off"),
        ("actions: [{type: require_approval, approvals_required: 0}]", "asks for no approval"),
        ("policy_scope: {projects: {excluding: [{id: 5}]}}", "leaves 1 project out"),
        ("rules: [{type: scan_finding, branch_exceptions: [legacy]}]", "spares 1 of the branches"),
    ],
)
def test_a_policy_that_is_got_around_is_told(tmp_path, policy, says):
    [(check, line, sentence)] = told(tmp_path, POLICY, f"approval_policy:\n- name: scans\n  {policy}\n")
    assert (check, line, sentence) == ("gl.mr.policy", 3, f"the policy scans {says}")


def test_a_policy_that_stops_what_it_is_for_passes(tmp_path):
    text = """\
    approval_policy:
    - name: scans
      enabled: true
      fallback_behavior: {fail: closed}
      actions: [{type: require_approval, approvals_required: 1}, {type: send_bot_message, enabled: true}]
      policy_scope: {projects: {excluding: []}}
    - name: author
      actions: [{type: require_approval, approvals_required: 0}]
      approval_settings: {prevent_approval_by_author: true}
    """
    assert told(tmp_path, POLICY, text) == []


EXECUTION = """\
pipeline_execution_policy:
- name: scan
  enabled: true
  content: {include: [{project: %s, file: scan.yml%s}]}
"""


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("skip_ci: {allowed: true}", "whoever pushes skips the jobs of the policy scan by [skip ci] in a commit's message"),
        ("variables_override: {allowed: true}", "every project sets all variables of the jobs of the policy scan"),
        ("variables_override: {allowed: false, exceptions: [LEVEL]}", "every project sets LEVEL of the jobs of the policy scan"),
    ],
)  # fmt: skip
def test_jobs_of_a_policy_that_are_skipped_or_changed_are_told(tmp_path, policy, says):
    text = EXECUTION % ("acme/ci", f", ref: {'a' * 40}") + f"  {policy}\n"
    assert told(tmp_path, POLICY, text) == [("gl.ci.pipeline_policy", 5, says)]


def test_jobs_of_a_policy_at_a_commit_pass_and_those_of_a_branch_are_not_known_from_the_file(tmp_path):
    fixed = verdicts(tmp_path / "a", POLICY, EXECUTION % ("acme/ci", f", ref: {'a' * 40}"))
    assert (list(fixed.findings), fixed.not_assessed) == ([], ())
    found = verdicts(tmp_path / "b", POLICY, EXECUTION % ("acme/ci", ""))
    [gap] = found.not_assessed
    assert found.findings == ()
    assert f"{POLICY}:4: who may write in acme/ci, which holds jobs of a policy, was not read" in gap.detail


@pytest.mark.parametrize(
    ("source", "ref", "says"),
    [
        (DEPLOY, "", ""),
        (DEPLOY, "release/1", f"Developers of {DEPLOY} may push to release/1, and so change the jobs of a policy"),
        (DEPLOY, "other", f"every Developer of {DEPLOY} changes other, and with it the jobs of a policy"),
        (DEPLOY, "v1", f"Developers of {DEPLOY} may create v1, and so change the jobs of a policy"),
    ],
)
def test_who_may_write_the_jobs_of_a_policy_is_asked_of_the_project_that_holds_them(source, ref, says):
    estate = acme_gitlab()
    estate.file("acme/platform/api", POLICY, EXECUTION % (source, f", ref: {ref}" if ref else ""))
    snapshot, _ = collected(estate)
    found = judge(OWN, View(snapshot))
    assert [each.says.partition(": ")[2] for each in found.findings] == ([says] if says else [])
    assert [each.severity for each in found.findings] == [Severity.CRITICAL] * bool(says)
    assert found.not_assessed == ()


def test_agents_and_policies_of_a_project_without_a_pipeline_are_read_over_the_api():
    estate = acme_gitlab()
    estate.file("acme/platform/api", AGENT, "ci_access: {groups: [{id: acme}]}\n")
    estate.file("acme/platform/api", POLICY, "approval_policy: [{name: scans, enforcement_type: warn}]\n")
    snapshot, _ = collected(estate)
    assert {(each.check, each.file) for each in judge(OWN, View(snapshot)).findings} == {
        ("gl.ci.k8s_agent", AGENT),
        ("gl.mr.policy", POLICY),
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [(AGENT, "ci_access: [\n"), (POLICY, "- a\n"), (POLICY, ""), (AGENT, "ci_access: {groups: {id: x}}\n")],
)
def test_a_broken_or_empty_file_tells_nothing(tmp_path, path, text):
    assert told(tmp_path, path, text) == []
