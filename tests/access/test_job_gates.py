"""The sentence of a job says what holds it: whoever may write does not simply get what a rule keeps for a branch."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from pipewarden.access.job_answers import reach_of
from pipewarden.access.job_gates import settled
from pipewarden.access.job_words import reason
from pipewarden.access.jobs import Job, jobs
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets import Facet
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Gap, Gate, GateKind, Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System, source
from tests.checks.builder import NOW

JENKINSFILE = """\
pipeline {
  agent { label 'x' }
  stages {
    stage('open') { steps { withCredentials([string(credentialsId: 'npm', variable: 'T')]) { sh 'x' } } }
    stage('ship') {
      when { beforeInput true; branch 'main' }
      input { message 'ok?'; submitter 'alice,ops' }
      steps { withCredentials([string(credentialsId: 'prod', variable: 'T')]) { sh 'ship' } }
    }
    stage('asks') {
      input { message 'ok?'; submitter 'alice' }
      steps { withCredentials([string(credentialsId: 'npm', variable: 'T')]) { sh 'x' } }
    }
  }
}
"""


def seen(folder: Path, **files: str) -> Snapshot:
    for name, text in files.items():
        (folder / name.replace("gitlab", ".gitlab-ci.yml")).write_text(text)
    into = SnapshotBuilder()
    asyncio.run(Checkout(folder, name="acme/web").collect(into, lambda *_: None))
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


def named(snapshot: Snapshot, name: str) -> Job:
    [found] = [job for job in jobs(snapshot) if job.job.id == name]
    return found


def test_a_stage_of_jenkins_that_is_held_to_a_branch_and_a_submitter(tmp_path: Path) -> None:
    snapshot = seen(tmp_path, Jenkinsfile=JENKINSFILE)
    assert reason(named(snapshot, "ship")) == (
        "whoever may write to main, which may be protected, runs their own code in it through a push and gets all of this, "
        "but alice or ops approves it; a changed file runs on other branches, with what the settings give those"
    )
    plain = "whoever may write runs their own code in it through a push and gets all of this"
    for name, more in (("open", ""), ("asks", ", but alice approves it; a changed file need not ask")):
        ways = named(snapshot, name).ways_of("developer")
        assert reason(named(snapshot, name), [way for way in ways if way.start.by.value == "developer"]) == plain + more
    [told] = [each for each in reach_of(snapshot, "developer") if each.what == "prod"]
    assert told.gate == "only on main, which may be protected; alice or ops approves it"
    changed = "a changed file runs on other branches, with what the settings give those"
    assert told.path.endswith(f"before it: {told.gate}; {changed}")


def test_a_job_of_gitlab_that_is_held_to_the_default_or_to_protected_branches(tmp_path: Path) -> None:
    snapshot = seen(
        tmp_path,
        gitlab=(
            "ship: {script: x, rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}], environment: production}\n"
            'kept: {script: x, rules: [{if: $CI_COMMIT_REF_PROTECTED == "true"}]}\n'
            "free: {script: x}\n"
        ),
    )
    assert reason(named(snapshot, "ship")).startswith(
        "whoever may write to the default branch, which may be protected, runs their own code in it through a push and gets "
        "all of this, but the environment production may be protected"
    )
    assert reason(named(snapshot, "kept")).startswith(
        "whoever may write to protected branches and tags runs their own code"
    )
    assert (
        reason(named(snapshot, "free"))
        == "whoever may write runs their own code in it through a push and gets all of this"
    )


def test_a_job_that_somebody_starts_by_hand_says_so_once(tmp_path: Path) -> None:
    snapshot = seen(
        tmp_path,
        gitlab=(
            'stop: {script: x, rules: [{if: $CI_PIPELINE_SOURCE == "web", when: manual}], environment: production}\n'
            "kept: {script: x, rules: [{if: $CI_COMMIT_BRANCH, when: manual}]}\n"
        ),
    )
    assert reason(named(snapshot, "stop")) == (
        "whoever may write starts it by hand; only its own steps hold all of this, but the environment production may be protected"
    )
    # a push starts the pipeline, and somebody this job of it
    assert reason(named(snapshot, "kept")).endswith(
        "through a push and gets all of this, but somebody starts it by hand"
    )


ORIGIN = Origin("story", NOW)
HOST = "gitlab.acme.example"
PROJECT, GROUP = Ref(HOST, Kind.REPOSITORY, "7"), Ref(HOST, Kind.ORGANIZATION, "1")


def gate(kind: GateKind, name: str, target: str, scope: Ref = PROJECT) -> Gate:
    ref = Ref(HOST, Kind.GATE, f"{target}:{scope.key}:{name}")
    return Gate(ref=ref, resource=scope, kind=kind, name=name, patterns=(name,), target=target, origin=ORIGIN)


def settings(*more: Gate | Gap) -> Snapshot:
    into = SnapshotBuilder()
    into.add(
        source(HOST, System.GITLAB, ORIGIN),
        Resource(ref=GROUP, name="acme", origin=ORIGIN),
        Resource(ref=PROJECT, name="acme/web", parent=GROUP, attributes={"default_branch": "main"}, origin=ORIGIN),
        *more,
    )
    return into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))


def told(part: str, *more: Gate | Gap) -> str:
    snapshot = settings(*more)
    at = snapshot.ordinal(PROJECT)
    assert at is not None
    return settled(part, snapshot, at)


MAIN, DEFAULT = "only on main, which may be protected", "only on the default branch, which may be protected"


def test_what_the_settings_of_a_project_protect_is_told_as_such() -> None:
    rule = gate(GateKind.BRANCH_PROTECTION, "ma*", "branch")
    assert told(MAIN, rule) == "only on main, which is protected"
    assert told(DEFAULT, rule) == "only on the default branch, which is protected"
    assert told("only on /^v/, which may be protected", rule) == "only on /^v/, which may be protected"
    assert told(MAIN, gate(GateKind.BRANCH_PROTECTION, "main", "tag")) == "only on main"
    assert told(DEFAULT) == "only on the default branch"
    assert (
        told(MAIN, Gap(scope=PROJECT, facet=GitLabFacet.PROTECTED_BRANCHES, cause=Cause.FORBIDDEN, origin=ORIGIN))
        == MAIN
    )


def test_an_environment_that_no_rule_names_holds_nothing() -> None:
    part = "the environment production may be protected"
    assert (
        told(part, gate(GateKind.ENVIRONMENT, "production", "environment")) == "the environment production is protected"
    )
    assert told(part, gate(GateKind.ENVIRONMENT, "staging", "environment")) == ""
    assert told(part, gate(GateKind.ENVIRONMENT, "production", "environment", GROUP)) == part, (
        "a group's rule is by tier"
    )
    unread = Gap(scope=PROJECT, facet=GitLabFacet.PROTECTED_ENVIRONMENTS, cause=Cause.FORBIDDEN, origin=ORIGIN)
    assert told(part, unread) == part
    assert told("somebody starts it by hand") == "somebody starts it by hand"


WEB = Ref("github.com", Kind.REPOSITORY, "1")
ACME = Ref("github.com", Kind.ORGANIZATION, "2")


def of_github(part: str, *more: Gate | Gap, default: str | None = "main") -> str:
    """Return the words for a gate of a job in a repository of GitHub."""
    into = SnapshotBuilder()
    known = {} if default is None else {"default_branch": default}
    into.add(
        Resource(ref=ACME, name="acme", origin=ORIGIN),
        Resource(ref=WEB, name="acme/web", parent=ACME, attributes=known, origin=ORIGIN),
        *more,
    )
    snapshot = into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW))
    at = snapshot.ordinal(WEB)
    assert at is not None
    return settled(part, snapshot, at)


def classic(*, reviews: bool) -> Gate:
    rules = {"requiresApprovingReviews": reviews, "requiredApprovingReviewCount": 1}
    ref = Ref("github.com", Kind.GATE, "1:main")
    return Gate(ref=ref, resource=WEB, kind=GateKind.BRANCH_PROTECTION, patterns=("main",), rules=rules, origin=ORIGIN)


def ruleset(scope: Ref, kind: str = "pull_request", **selects: object) -> Gate:
    rules = {"rules": [{"type": kind, "parameters": {}}], "conditions": selects}
    ref = Ref("github.com", Kind.GATE, f"{scope.key}:rules")
    return Gate(
        ref=ref,
        resource=scope,
        kind=GateKind.RULESET,
        patterns=("~DEFAULT_BRANCH",),
        rules=rules,
        bypass=(),
        origin=ORIGIN,
    )


def passing(kind: str, role: int, mode: str = "always", actor: str = "RepositoryRole") -> Gate:
    bypass = ({"actor_type": actor, "actor_id": role, "bypass_mode": mode},)
    return replace(ruleset(ACME, kind), bypass=bypass)


@pytest.mark.parametrize("kind", ["pull_request", "update"])
def test_a_ruleset_holds_nobody_whom_it_lets_through(kind: str) -> None:
    """https://docs.github.com/en/rest/repos/rules : bypass_actors; a role stands for itself and those above it."""
    assert of_github(MAIN, passing(kind, 4)) == "only on main", "whoever may write passes"
    assert of_github(MAIN, passing(kind, 1, "exempt")) == "only on main"
    assert of_github(MAIN, passing(kind, 2)) == MAIN, "of those who may write some pass"
    assert of_github(MAIN, passing(kind, 77)) == MAIN, "an organization's own role may be had with write"
    held = "only on main, which is protected"
    assert of_github(MAIN, passing(kind, 5)) == held
    assert of_github(MAIN, passing(kind, 4, "pull_request")) == held, "a push is none"
    assert of_github(MAIN, passing(kind, 4, actor="Team")) == held
    assert of_github(MAIN, passing(kind, 4), classic(reviews=True)) == held, "another rule holds them"


def test_a_ruleset_whose_list_is_hidden_or_of_which_a_rule_was_not_understood_may_hold() -> None:
    assert of_github(MAIN, replace(ruleset(ACME), bypass=None)) == MAIN
    assert of_github(MAIN, replace(ruleset(ACME, "deletion"), bypass=None)) == "only on main"
    unread = ruleset(ACME, "deletion")
    assert of_github(MAIN, replace(unread, rules=unread.rules | {"unread": ["new"]})) == MAIN
    whole = ruleset(ACME)
    assert (
        of_github(MAIN, replace(whole, rules=whole.rules | {"unread": ["new"]})) == "only on main, which is protected"
    )


def test_what_github_protects_is_told_of_other_systems_files_too() -> None:
    held = "only on main, which is protected"
    assert of_github(MAIN, classic(reviews=True)) == held
    assert of_github(MAIN, ruleset(WEB)) == held
    assert of_github(MAIN) == "only on main"
    assert of_github(MAIN, classic(reviews=False)) == "only on main", "it asks nothing of whoever pushes"


def test_the_organizations_rules_count_for_the_repositories_that_they_select() -> None:
    """https://docs.github.com/en/rest/orgs/rules : conditions by name, by id or by property."""
    held = "only on main, which is protected"
    assert of_github(MAIN, ruleset(ACME)) == held
    assert of_github(MAIN, ruleset(ACME, repository_name={"include": ["w*"]})) == held
    assert of_github(MAIN, ruleset(ACME, repository_id={"repository_ids": [1]})) == held
    assert of_github(MAIN, ruleset(ACME, repository_name={"include": ["w*"], "exclude": ["web"]})) == "only on main"
    assert of_github(MAIN, ruleset(ACME, repository_id={"repository_ids": [7]})) == "only on main"
    assert of_github(MAIN, ruleset(ACME, "non_fast_forward")) == "only on main", "it asks nothing of whoever pushes"


def test_what_was_not_read_of_github_leaves_it_open() -> None:
    assert of_github(MAIN, default=None) == MAIN
    team = {"include": [{"name": "team", "property_values": ["web"]}]}
    assert of_github(MAIN, ruleset(ACME, repository_property=team)) == MAIN, "the repository's properties were not read"
    assert of_github(MAIN, ruleset(ACME, "deletion", repository_property=team)) == "only on main", (
        "it asks nothing of whoever pushes"
    )
    assert of_github(MAIN, Gap(scope=ACME, facet=Facet.ORG_RULESETS, cause=Cause.FORBIDDEN, origin=ORIGIN)) == MAIN
    assert of_github(MAIN, Gap(scope=WEB, facet=Facet.REPO_PROTECTION, cause=Cause.FORBIDDEN, origin=ORIGIN)) == MAIN
    pattern = "only on releases/*, which may be protected"
    assert of_github(pattern, classic(reviews=True)) == pattern
