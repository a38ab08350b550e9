"""A workflow of acme is read whole, with the place of everything."""

import pytest

from pipewarden.pipelines.parts import RunnerKind, SecretForm
from pipewarden.pipelines.uses import Pin, UsesKind
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.yaml_tree import Position

RELEASE = """\
name: Release
on:
  push:
    branches: [main, 'release/**']
    tags: ["v*"]
    paths-ignore: docs/**
  pull_request:
    types: [opened, labeled]
  schedule:
    - cron: '0 5 * * 1'
  workflow_dispatch:
    inputs:
      target:
        type: choice
        options: [staging, production]
        required: true
      Note: {default: none given}
permissions:
  contents: read
env:
  REGISTRY: ${{ vars.registry }}
  SHARED: ${{ secrets.SHARED_TOKEN }}
concurrency: release-${{ github.ref }}
jobs:
  build:
    runs-on: ubuntu-latest
    container:
      image: ghcr.io/acme/build@sha256:%(digest)s
    services:
      db: {image: postgres:16, credentials: {username: u, password: "${{ secrets.DB_PULL }}"}}
    steps:
      - uses: actions/checkout@%(sha)s # v4
        with:
          persist-credentials: false
      - name: Test
        run: |
          make test
          echo ${{ secrets.NPM_TOKEN }} ${{ github.sha }}
        env:
          LEVEL: ${{ vars.LEVEL }}
      - uses: actions/upload-artifact@v4
        with: {name: web}
  deploy:
    needs: [build]
    if: github.ref == 'refs/heads/main' && secrets.GATE != ''
    runs-on: [self-hosted, linux]
    environment:
      name: ${{ inputs.target }}
      url: https://web.acme.example
    permissions:
      id-token: write
    steps:
      - uses: acme/deploy/aws@main
        with:
          Token: ${{ secrets[format('{0}_TOKEN', inputs.target)] }}
  call:
    needs: deploy
    uses: acme/shared/.github/workflows/notify.yml@v1
    secrets: inherit
  pass:
    uses: ./.github/workflows/notify.yml
    with: {Level: high}
    secrets:
      token: ${{ secrets.notify_token }}
""".replace("%(sha)s", "a" * 40).replace("%(digest)s", "b" * 64)


@pytest.fixture(scope="module")
def release():
    workflow = read_workflow(".github/workflows/release.yml", RELEASE)
    assert workflow.faults == ()
    return workflow


def test_triggers_with_their_filters(release):
    push = release.trigger("push")
    assert push.branches == ("main", "release/**")
    assert push.tags == ("v*",)
    assert push.paths_ignore == ("docs/**",)
    assert push.position == Position(3, 3)
    assert release.trigger("pull_request").types == ("opened", "labeled")
    assert release.trigger("schedule").cron == ("0 5 * * 1",)
    assert release.events == {"push", "pull_request", "schedule", "workflow_dispatch"}
    assert release.trigger("issues") is None


def test_inputs_of_a_dispatch(release):
    target, note = release.trigger("workflow_dispatch").inputs
    assert (target.name, target.type, target.options, target.required) == (
        "target",
        "choice",
        ("staging", "production"),
        True,
    )
    assert (note.name, note.default, note.is_free_text) == ("Note", "none given", True)
    assert not target.is_free_text


@pytest.mark.parametrize("on", ["push", "[push, pull_request]", "{push: , pull_request: }"])
def test_events_are_read_in_all_three_forms(on):
    workflow = read_workflow("w.yml", f"on: {on}\njobs: {{a: {{runs-on: ubuntu-latest}}}}\n")
    assert "push" in workflow.events
    assert workflow.faults == ()


def test_secrets_are_found_with_the_step_that_receives_them(release):
    build = release.job("build")
    found = {(use.name, use.step, use.where, use.from_workflow) for use in build.secrets}
    assert found == {
        ("SHARED_TOKEN", None, "env.SHARED", True),
        ("DB_PULL", None, "services.db.credentials.password", False),
        ("NPM_TOKEN", 1, "run", False),
    }


def test_the_place_inside_a_block_of_text_is_the_line_itself(release):
    use = next(use for use in release.job("build").secrets if use.name == "NPM_TOKEN")
    line = RELEASE.split("\n")[use.position.line - 1]
    assert line[use.position.column - 1 :].startswith("${{ secrets.NPM_TOKEN }}")


def test_a_condition_without_braces_is_an_expression(release):
    assert [(use.name, use.where) for use in release.job("deploy").secrets if use.where == "if"] == [("GATE", "if")]


def test_a_computed_name_an_inherited_set_and_a_passed_secret_are_told_apart(release):
    assert SecretForm.DYNAMIC in {use.form for use in release.job("deploy").secrets}
    inherited = next(use for use in release.job("call").secrets if not use.from_workflow)
    assert (inherited.form, inherited.name) == (SecretForm.INHERIT, "")
    passed = next(use for use in release.job("pass").secrets if not use.from_workflow)
    assert (passed.form, passed.name, passed.where) == (SecretForm.NAMED, "NOTIFY_TOKEN", "secrets.token")


def test_the_whole_context_is_every_secret():
    text = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ toJSON(secrets) }}'}]}}\n"
    assert [use.form for use in read_workflow("w.yml", text).jobs[0].secrets] == [SecretForm.ALL]


def test_variables_are_found(release):
    assert {use.name for use in release.job("build").variables} == {"REGISTRY", "LEVEL"}


def test_an_oidc_token_only_where_a_block_says_so(release):
    assert release.job("deploy").oidc is True
    assert release.job("build").oidc is False


def test_a_called_workflow_that_states_nothing_leaves_oidc_to_its_caller():
    text = "on: workflow_call\njobs: {a: {runs-on: ubuntu-latest}}\n"
    assert read_workflow("w.yml", text).jobs[0].oidc is None


def test_the_environment_can_be_one_of_the_options(release):
    environment = release.job("deploy").environment
    assert environment.choices == ("staging", "production")
    assert not environment.dynamic
    assert environment.url == "https://web.acme.example"


@pytest.mark.parametrize(
    ("name", "choices", "dynamic"),
    [
        ("production", ("production",), False),
        ("${{ matrix.env }}", ("staging", "production"), False),
        ("web-${{ matrix.env }}", ("web-staging", "web-production"), False),
        ("${{ github.ref == 'refs/heads/main' && 'production' || 'staging' }}", ("production", "staging"), False),
        ("${{ github.event_name == 'push' && 'production' || '' }}", ("production", ""), False),
        ("${{ github.head_ref }}", (), True),
        ("${{ inputs.unknown || 'staging' }}", ("staging",), True),
        ("${{ vars.ENVIRONMENT }}", (), True),
    ],
)
def test_the_names_an_environment_can_have(name, choices, dynamic):
    text = (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {env: [staging, production]}}\n"
        f'    environment: "{name}"\n'
    )
    environment = read_workflow("w.yml", text).jobs[0].environment
    assert (environment.choices, environment.dynamic) == (choices, dynamic)


@pytest.mark.parametrize(
    ("runs_on", "kind"),
    [
        ("ubuntu-latest", RunnerKind.HOSTED),
        ("ubuntu-24.04-arm", RunnerKind.HOSTED),
        ("windows-2025", RunnerKind.HOSTED),
        ("macos-15-xlarge", RunnerKind.HOSTED),
        ("[self-hosted, linux]", RunnerKind.SELF_HOSTED),
        ("Self-Hosted", RunnerKind.SELF_HOSTED),
        ("ubuntu-latest-16-cores", RunnerKind.CUSTOM),
        ("{group: big}", RunnerKind.GROUP),
        ("{group: big, labels: [self-hosted]}", RunnerKind.SELF_HOSTED),
        ("${{ matrix.os }}", RunnerKind.HOSTED),
        ("${{ matrix.any }}", RunnerKind.DYNAMIC),
        ("${{ inputs.runner || 'ubuntu-latest' }}", RunnerKind.DYNAMIC),
        ("${{ github.ref == 'x' && 'self-hosted' || 'ubuntu-latest' }}", RunnerKind.SELF_HOSTED),
    ],
)
def test_which_machine_a_job_asks_for(runs_on, kind):
    text = (
        "on: push\njobs:\n  a:\n    strategy: {matrix: {os: [ubuntu-latest, windows-latest]}}\n"
        f"    runs-on: {runs_on}\n"
    )
    assert read_workflow("w.yml", text).jobs[0].runner.kind is kind


def test_images_with_their_pins(release):
    images = {image.name: (image.pin, image.has_credentials) for image in release.job("build").images}
    assert images == {"container": (Pin.DOCKER_DIGEST, False), "db": (Pin.DOCKER_TAG, True)}


def test_steps_actions_and_called_workflows(release):
    checkout, test, upload = release.job("build").steps
    assert checkout.uses.pin is Pin.SHA
    assert checkout.uses.action == "actions/checkout"
    assert (test.name, test.run.split("\n")[0], test.uses) == ("Test", "make test", None)
    assert upload.uses.pin is Pin.TAG
    deploy = release.job("deploy").steps[0]
    assert (deploy.uses.path, deploy.uses.ref, deploy.uses.pin) == ("aws", "main", Pin.BRANCH)
    assert "token" in deploy.with_
    assert release.job("call").uses.repo == "shared"
    assert release.job("pass").uses.kind is UsesKind.LOCAL


def test_a_checkout_keeps_its_token_unless_it_says_not_to(release):
    assert release.job("build").checkouts[0].persists_credentials is False
    text = "on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}]}}\n"
    assert read_workflow("w.yml", text).jobs[0].checkouts[0].persists_credentials is True


def test_files_handed_on_are_found(release):
    assert [(t.what, t.step, t.name) for t in release.job("build").transfers] == [("artifact_upload", 2, "web")]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("on: push\n", "no jobs"),
        ("jobs: {a: {runs-on: ubuntu-latest}}\n", "no on"),
        ("on: push\njobs: [a]\n", "must be a mapping"),
        ("on: push\njobs: {a: {steps: []}}\n", "neither runs-on nor uses"),
        ("on: push\njobs: {a: {runs-on: x, steps: {run: y}}}\n", "must be a list"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{run: y, uses: a/b@c}]}}\n", "not both"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{name: y}]}}\n", "neither uses nor run"),
        ("on: push\njobs: {a: {runs-on: x, needs: b}}\n", "not a job here"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{uses: checkout}]}}\n", "is not owner/repository"),
        ("on: push\npermissions: {contents: admin}\njobs: {a: {runs-on: x}}\n", "not a level"),
        ("on: push\njobs: {a: {runs-on: x, steps: [{uses: {a: b}}]}}\n", "uses must be text"),
        ("on: push\npermissions: all\njobs: {a: {runs-on: x}}\n", "permissions must be"),
        ("on: push\njobs: {a: {runs-on: x}}\n---\nb: c\n", "several documents"),
        ("just text\n", "must be a mapping"),
        ("", "must be a mapping"),
        ("on: [push\n", ""),
    ],
)
def test_what_is_wrong_with_a_file_is_said(body, says):
    assert any(says in fault.message for fault in read_workflow("w.yml", body).faults)


def test_a_file_that_is_not_yaml_is_unknown_and_not_empty():
    assert not read_workflow("w.yml", "on: [push\n").complete
    assert read_workflow("w.yml", "on: push\njobs: {}\n").complete


def test_anchors_are_followed():
    text = (
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env: &shared {TOKEN: '${{ secrets.A }}'}\n"
        "  b:\n    runs-on: ubuntu-latest\n    env: *shared\n"
    )
    assert [[use.name for use in job.secrets] for job in read_workflow("w.yml", text).jobs] == [["A"], ["A"]]
