"""Where a file says what starts a job: line and column of the word, in every system that has one; none where it says nothing."""

import pytest

from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.files import PipelineKind
from pipewarden.pipelines.systems import SYSTEMS

AZURE = """\
trigger:
  branches: {include: [main]}
  tags: {include: ['v*']}
pr: [main]
schedules: [{cron: "0 0 * * *", branches: {include: [main]}}]
resources:
  pipelines: [{pipeline: up, source: up}]
  webhooks: [{webhook: w, connection: c}]
steps: [{script: make}]
"""
BITBUCKET = """\
pipelines:
  default:
    - step: {name: a, script: [make]}
  branches:
    main:
      - step: {name: b, script: [make]}
"""
CIRCLECI = """\
version: 2.1
jobs:
  build: {docker: [{image: x}], steps: [{run: make}]}
workflows:
  all:
    jobs:
      - build
      - build: {name: ship,   filters: {branches: {only: main}}}
  night:
    triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}}]
    jobs: [build]
"""
GITLAB = """\
workflow:
  rules: [{if: $CI_PIPELINE_SOURCE == "push"}]
build:
  script: make
ship:
  script: make
  rules: [{if: $CI_COMMIT_BRANCH}]
old:
  script: make
  only: [main]
"""
JENKINS = """\
pipeline {
  agent any
  triggers {
    cron('H 4 * * *')
  }
  parameters { string(name: 'TO') }
  stages {
    stage('a') { steps { sh 'make' } }
    stage('b') {
      when { buildingTag() }
      steps { sh 'make' }
    }
  }
}
"""
STORIES = [
    (
        PipelineKind.AZURE_PIPELINES,
        "azure-pipelines.yml",
        AZURE,
        {
            "push": "trigger",
            "tag": "tags",
            "merge_request": "pr",
            "fork": "pr",
            "schedule": "schedules",
            "parent": "pipelines",
            "api": "webhooks",
            "manual": "",
        },
    ),
    (PipelineKind.BITBUCKET, "bitbucket-pipelines.yml", BITBUCKET, {"push": "default", "branches.main.b push": "main"}),
    (
        PipelineKind.CIRCLECI,
        ".circleci/config.yml",
        CIRCLECI,
        {
            "push": "all",
            "api": "all",
            "all.ship push": "filters",
            "all.ship api": "all",
            "night.build schedule": "triggers",
            "night.build api": "triggers",
        },
    ),
    (PipelineKind.GITLAB_CI, ".gitlab-ci.yml", GITLAB, {"push": "rules", "ship push": "rules", "old push": "only"}),
    (
        PipelineKind.JENKINS,
        "Jenkinsfile",
        JENKINS,
        {"schedule": "cron", "manual": "string", "push": "", "b tag": "when"},
    ),
]


@pytest.mark.parametrize(("kind", "path", "text", "wanted"), STORIES)
def test_a_start_stands_where_the_file_says_it(
    kind: PipelineKind, path: str, text: str, wanted: dict[str, str]
) -> None:
    definition = SYSTEMS[kind].read(path, text)
    lines = text.split("\n")
    found: dict[str, str] = {}
    for job in effective_jobs(definition, ()):
        for start in job.starts:
            word = lines[start.line - 1][start.column - 1 :] if start.line else ""
            for name in (f"{job.id} {start.event}", start.event):
                found.setdefault(name, word)
    missed = {name: found.get(name) for name, word in wanted.items() if not (found.get(name) or "").startswith(word)}
    assert missed == {}
    assert [name for name, word in wanted.items() if not word and found[name]] == []


def test_two_jobs_under_the_same_word_stand_at_their_own() -> None:
    definition = SYSTEMS[PipelineKind.GITLAB_CI].read(".gitlab-ci.yml", GITLAB)
    places = {job.id: {(start.line, start.column) for start in job.starts} for job in effective_jobs(definition, ())}
    assert places["build"] == {(2, 3)}
    assert places["ship"] == {(7, 3)}
    assert places["old"] == {(10, 3)}
