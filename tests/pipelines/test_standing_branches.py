"""The branches that files of CircleCI, Azure and Bitbucket name are told as what may hold a push, and nothing else."""

import pytest

from pipewarden.model.jobs import Circle, EffectiveJob
from pipewarden.pipelines.azure.reader import read_azure
from pipewarden.pipelines.bitbucket.reader import read_bitbucket
from pipewarden.pipelines.circleci.reader import read_circleci
from pipewarden.pipelines.effective import effective_jobs

MAIN = "only on main, which may be protected"
TAGS = "only for tags, which may be protected"


def gates(job: EffectiveJob) -> dict[str, str]:
    """Return what stands before each way to start a job."""
    return {start.event: start.gate for start in job.starts}


def circleci(entry: str, workflow: str = "") -> EffectiveJob:
    text = (
        "version: 2.1\njobs: {ship: {docker: [{image: a}], steps: [{run: ship}]}}\n"
        f"workflows:\n  w:\n{workflow}    jobs:\n      - ship: {entry}\n"
    )
    [job] = effective_jobs(read_circleci(".circleci/config.yml", text), ())
    return job


def azure(before: str, condition: str = "") -> EffectiveJob:
    more = f"  condition: {condition}\n" if condition else ""
    text = f"{before}\npool: {{vmImage: x}}\njobs:\n- job: a\n{more}  steps: [{{script: ship}}]\n"
    [job] = effective_jobs(read_azure("azure-pipelines.yml", text), ())
    return job


def bitbucket(pipelines: str) -> EffectiveJob:
    text = f"pipelines: {{{pipelines}: [{{step: {{script: [ship]}}}}]}}}}\n"
    [job] = effective_jobs(read_bitbucket("bitbucket-pipelines.yml", text), ())
    return job


@pytest.mark.parametrize(
    ("entry", "gate"),
    [
        ("{filters: {branches: {only: main}}}", MAIN),
        ("{filters: {branches: {only: [main, /release.*/]}}}", "only on main, /release.*/, which may all be protected"),
        (
            "{filters: {branches: {only: [main, rel, dev, x, y]}}}",
            "only on main, rel, dev and 2 more, which may all be protected",
        ),
        ("{filters: {branches: {only: /.*/}}}", ""),
        ("{filters: {branches: {ignore: gh-pages}}}", ""),
        ("{context: prod}", ""),
    ],
)
def test_filters_of_circleci(entry: str, gate: str) -> None:
    job = circleci(entry)
    assert gates(job)["push"] == gate
    assert gates(job)["api"] == "", "whoever calls the API chooses a branch that is there"


FORK = Circle.FORK


@pytest.mark.parametrize(
    ("only", "forks", "gate"),
    [
        (r"/^(?!main$).*$/", True, ""),
        (r"/[\s\S]*/", True, ""),
        (r"/^.{1,50}$/", True, ""),
        (r"/(.*/)?.*.*.*.*.*.*/", True, ""),
        (r"/\p{Lower}+/", True, ""),
        (r"/main(/", True, ""),
        (r"/pull\/[0-9]+/", True, ""),
        (r"/^(?!pull\/).*$/", False, ""),
        (r"/[a-z]+/", False, ""),
        (r"/release\/.*/", False, r"only on /release\/.*/, which may be protected"),
        ("/main|master/", False, "only on /main|master/, which may be protected"),
        ("change", False, "only on change, which may be protected"),
    ],
)
def test_patterns_of_circleci_are_tried(only: str, forks: bool, gate: str) -> None:
    job = circleci(f"{{filters: {{branches: {{only: '{only}'}}}}}}")
    assert any(start.by is FORK for start in job.starts) is forks
    assert gates(job)["push"] == gate


def test_tags_and_conditions_of_circleci() -> None:
    tagged = circleci("{filters: {tags: {only: /v.*/}, branches: {ignore: /.*/}}}")
    assert {event: gate for event, gate in gates(tagged).items() if gate} == {"tag": TAGS}
    equal = "    when: {equal: [main, << pipeline.git.branch >>]}\n"
    assert gates(circleci("{context: prod}", equal))["push"] == MAIN
    hidden = "    when: {matches: {pattern: '^x', value: << pipeline.git.branch >>}}\n"
    assert gates(circleci("{context: prod}", hidden))["push"].startswith("only on /^x/")


@pytest.mark.parametrize(
    "trigger",
    [
        "trigger: [main]",
        "trigger: {branches: {include: [main], exclude: [old]}, tags: {include: [v1]}}",
        "pr: [main]",
        "",
    ],
)
def test_the_trigger_of_azure_holds_nothing(trigger: str) -> None:
    """A start by hand takes any branch with what stands in it."""
    assert set(gates(azure(trigger)).values()) == {""}
    named = "eq(variables['Build.SourceBranch'], 'refs/heads/main')"
    assert gates(azure(trigger, named))["push"] == MAIN


def test_conditions_of_azure() -> None:
    named = "eq(variables['Build.SourceBranch'], 'refs/heads/main')"
    assert gates(azure("trigger: [main, dev]", named))["push"] == MAIN
    begins = "startsWith(variables['Build.SourceBranch'], 'refs/heads/%s')"
    assert gates(azure("trigger: [main]", begins % "release"))["push"] == "only on release*, which may be protected"
    assert gates(azure("trigger: [main]", begins % ""))["push"] == ""
    assert gates(azure("trigger: [main]", f"and({begins % ''}, {named})"))["push"] == MAIN
    either = "or(eq(variables['Build.SourceBranch'], 'refs/heads/main'), eq(variables.x, '1'))"
    assert gates(azure("trigger: ['*']", either))["push"] == ""


@pytest.mark.parametrize(
    ("pipelines", "gate"),
    [
        ("branches: {main", MAIN),
        ("branches: {'{main,dev}'", "only on main, dev, which may all be protected"),
        ("branches: {'{feature/*,main}'", "only on feature/*, main, which may all be protected"),
        ("branches: {'{*,*/**}'", ""),
        ("branches: {'release/*'", "only on release/*, which may be protected"),
        ("branches: {'**'", ""),
        ("bookmarks: {main", MAIN),
    ],
)
def test_branches_of_bitbucket(pipelines: str, gate: str) -> None:
    assert gates(bitbucket(pipelines)) == {"push": gate}


def test_other_pipelines_of_bitbucket_are_held_to_no_branch() -> None:
    assert gates(bitbucket("pull-requests: {'**'")) == {"merge_request": ""}
    assert set(gates(bitbucket("custom: {ship")).values()) == {""}
    assert gates(bitbucket("tags: {'v*'")) == {"tag": TAGS}


def test_a_fork_is_held_by_none_of_it() -> None:
    job = circleci("{context: prod}")
    assert {start.gate for start in job.starts if start.by is Circle.FORK} == {""}
