"""CircleCI configurations are read as access: workflows with filters, contexts, orbs, commands with parameters."""

import pytest

from pipewarden.pipelines.circleci.reader import read_circleci
from pipewarden.pipelines.definition import Occasion, SecretKind
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from tests.pipelines.books import Books

CONFIG = """\
version: 2.1
orbs:
  node: circleci/node@5.2.0
  slack: globex/slack@volatile
  aws: globex/aws@1.2
parameters:
  tag: { type: string, default: "" }
executors:
  small:
    parameters: { version: { type: string, default: "1.0" } }
    docker:
    - image: acme/build:<< parameters.version >>
      auth: { username: acme, password: $DOCKERHUB_PASSWORD }
defaults: &defaults
  working_directory: ~/web
commands:
  ship:
    parameters: { to: { type: string } }
    steps:
    - run: ./ship << parameters.to >>
    - run:
        command: |
          ./notify
          ./deploy --token $DEPLOY_TOKEN
jobs:
  test:
    <<: *defaults
    executor: { name: small, version: "2.0" }
    steps:
    - checkout
    - run: echo "<< pipeline.trigger_parameters.github_app.commit_message >>"
  deploy:
    machine: true
    resource_class: acme/own
    steps:
    - ship: { to: prod }
    - slack/notify
    - when:
        condition: << pipeline.parameters.tag >>
        steps:
        - run: release << pipeline.parameters.tag >>
    - run: aws sts assume-role --web-identity-token $CIRCLE_OIDC_TOKEN_V2
  unused:
    docker: [{ image: a }]
    steps: []
workflows:
  main:
    jobs:
    - test
    - hold: { type: approval, requires: [test] }
    - deploy:
        context: [production, slack]
        requires: [hold]
        filters: { branches: { only: main } }
    - deploy:
        name: deploy-tag
        context: production
        filters: { branches: { ignore: /.*/ }, tags: { only: /v.*/ } }
  nightly:
    triggers: [{ schedule: { cron: "0 0 * * *", filters: { branches: { only: main } } } }]
    jobs: [test]
"""


def test_each_use_of_a_job_is_a_job():
    read = read_circleci(".circleci/config.yml", CONFIG)
    assert read.complete
    assert not read.faults
    assert not read.open_ends
    assert [(job.id, job.hidden) for job in read.jobs] == [
        ("main.test", False),
        ("main.deploy", False),
        ("main.deploy-tag", False),
        ("nightly.test", False),
        ("unused", True),
    ]


def test_what_starts_a_job_is_its_filters():
    read = read_circleci(".circleci/config.yml", CONFIG)
    occasions = {job.id: job.occasions for job in read.jobs}
    assert occasions["main.test"] == (Occasion.PUSH, Occasion.API)
    assert occasions["main.deploy-tag"] == (Occasion.TAG, Occasion.API)
    assert occasions["nightly.test"] == (Occasion.SCHEDULE, Occasion.API)
    deploy = read.job("main.deploy")
    assert deploy is not None
    assert deploy.branches == ("main",)
    assert [hold.says for hold in deploy.holds] == ["somebody approves hold"]
    assert read.jobs[2].holds == ()


def test_a_job_takes_contexts_and_what_its_commands_read():
    deploy = read_circleci(".circleci/config.yml", CONFIG).job("main.deploy")
    assert deploy is not None
    assert [(each.name, each.kind, each.certain) for each in deploy.secrets] == [
        ("DEPLOY_TOKEN", SecretKind.VARIABLE, False),
        ("production", SecretKind.CONTEXT, True),
        ("slack", SecretKind.CONTEXT, True),
    ]
    assert [each.position.line for each in deploy.secrets] == [36, 52, 52]
    assert [claim.name for claim in deploy.claims] == ["CIRCLE_OIDC_TOKEN_V2"]
    assert deploy.scripts[0].text == "./ship prod"
    assert (deploy.runner.kind, deploy.runner.group) == (RunnerKind.SELF_HOSTED, "acme/own")
    assert deploy.injections[0][0] == "pipeline.parameters.tag"
    assert [each.project for each in deploy.includes] == ["slack/notify"]


def test_an_executor_gives_image_and_account():
    test = read_circleci(".circleci/config.yml", CONFIG).job("main.test")
    assert test is not None
    assert [image.image for image in test.images] == ["acme/build:2.0"]
    assert [each.name for each in test.secrets] == ["DOCKERHUB_PASSWORD"]
    assert [(text, at.line) for text, at in test.injections] == [
        ("pipeline.trigger_parameters.github_app.commit_message", 31)
    ]


def test_orbs_are_pinned_by_whole_versions_only():
    read = read_circleci(".circleci/config.yml", CONFIG)
    assert [(orb.text, orb.pin) for orb in read.includes] == [
        ("circleci/node@5.2.0", Pin.TAG),
        ("globex/slack@volatile", Pin.BRANCH),
        ("globex/aws@1.2", Pin.REF),
    ]


def test_a_configuration_made_while_it_runs_is_an_open_end_unless_it_lies_here():
    text = "version: 2.1\nsetup: true\njobs: {}\nworkflows: {}\n"
    [end] = read_circleci(".circleci/config.yml", text).open_ends
    assert end.line == 2
    assert "made while it runs" in end.message
    books = Books(x="")
    books.texts[".circleci/continue_config.yml"] = "version: 2.1"
    assert not read_circleci(".circleci/config.yml", text, books).open_ends


def test_a_job_waits_with_those_it_requires():
    text = """\
jobs: { a: { docker: [{ image: x }], steps: [] }, b: { docker: [{ image: x }], steps: [] } }
workflows:
  w:
    when: { equal: [ main, << pipeline.git.branch >> ] }
    jobs:
    - a
  v:
    jobs:
    - a: { filters: { branches: { only: main } } }
    - b: { requires: [a] }
"""
    read = read_circleci(".circleci/config.yml", text)
    assert {job.id: job.branches for job in read.jobs} == {"w.a": ("main",), "v.a": ("main",), "v.b": ("main",)}


def test_without_workflows_the_job_build_runs():
    read = read_circleci(".circleci/config.yml", "version: 2\njobs: { build: { machine: true, steps: [] } }")
    assert [(job.id, job.hidden, job.occasions) for job in read.jobs] == [
        ("build", False, (Occasion.PUSH, Occasion.API))
    ]


def test_commands_that_call_each_other_end():
    text = "commands:\n  a: { steps: [b, b] }\n  b: { steps: [a, a] }\njobs: { build: { machine: true, steps: [a] } }"
    assert read_circleci(".circleci/config.yml", text).complete


@pytest.mark.parametrize(
    ("condition", "occasions", "branches", "doubtful"),
    [
        ("equal: [main, << pipeline.git.branch >>]", {"push", "schedule", "api"}, ("main",), False),
        ("or: [equal: [hourly, << pipeline.schedule.name >>], << pipeline.parameters.go >>]", {"schedule", "api"}, (), False),
        ("equal: [scheduled_pipeline, << pipeline.trigger_source >>]", {"schedule"}, (), False),
        ("not: { equal: [scheduled_pipeline, << pipeline.trigger_source >>] }", {"push", "api"}, (), False),
        ("matches: { pattern: '^hotfix.*$', value: << pipeline.git.branch >> }", {"push", "schedule", "api"}, ("/^hotfix.*$/",), False),
        ("<< pipeline.parameters.go >>", {"api"}, (), False),
        ("<< pipeline.parameters.on >>", {"push", "schedule", "api"}, (), False),
        ("<< pipeline.id >>", {"push", "schedule", "api"}, (), True),
        ("and: [true, equal: [a, << pipeline.project.type >>]]", {"push", "schedule", "api"}, (), True),
    ],
)  # fmt: skip
def test_a_condition_of_a_workflow_is_weighed(condition, occasions, branches, doubtful):
    flow = f"{{ {condition} }}" if ":" in condition else condition
    text = (
        "parameters: { go: { type: boolean, default: false }, on: { type: boolean, default: true } }\n"
        f"jobs: {{ a: {{ machine: true, steps: [] }} }}\nworkflows:\n  w:\n    when: {flow}\n    jobs: [a]\n"
    )
    [job] = read_circleci(".circleci/config.yml", text).jobs
    assert {each.value for each in job.occasions} == occasions
    assert job.branches == branches
    assert bool(job.doubtful) is doubtful
