"""Bitbucket pipelines are read as access: start conditions, steps with deployments, pipes, identities."""

from pipewarden.pipelines.bitbucket import read_bitbucket
from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin

PIPELINES = """\
image: node:22
definitions:
  services:
    db: { image: postgres:16 }
  steps:
  - step: &build
      name: Build
      services: [db]
      script:
      - npm ci
      - curl --header "Bearer=$API_TOKEN" https://acme.example
pipelines:
  default:
  - step: *build
  branches:
    main:
    - step:
        <<: *build
        name: Build main
    - parallel:
        steps:
        - step: { name: Lint, script: [lint] }
        - step: { name: Scan, script: [{ pipe: 'globex/scan:1' }] }
    - stage:
        name: Ship
        deployment: production
        trigger: manual
        steps:
        - step:
            name: Deploy
            oidc: true
            runs-on: [self.hosted, linux]
            script:
            - pipe: atlassian/aws-s3-deploy:1.6.0
              variables:
                AWS_OIDC_ROLE_ARN: arn:aws:iam::1:role/deploy
                SECRET_KEY: $SIGNING_KEY
  tags:
    v*: [{ step: { name: Tag, image: { name: acme/x, username: u }, script: [a] } }]
  pull-requests:
    '**': [{ step: *build }]
  custom:
    by-hand:
    - variables:
      - name: Where
      - { name: Ring, allowed-values: [a, b] }
    - step:
        name: Run
        script:
        - ssh web@acme.example "cd /srv && ./go $Where $Ring"
        - echo $Where
  shared: {}
"""


def test_each_step_is_a_job_with_what_starts_it():
    read = read_bitbucket("bitbucket-pipelines.yml", PIPELINES)
    assert read.complete
    assert not read.faults
    assert [(job.id, [each.value for each in job.occasions], job.branches) for job in read.jobs] == [
        ("default.Build", ["push"], ()),
        ("branches.main.Build main", ["push"], ("main",)),
        ("branches.main.Lint", ["push"], ("main",)),
        ("branches.main.Scan", ["push"], ("main",)),
        ("branches.main.Deploy", ["push"], ("main",)),
        ("tags.v*.Tag", ["tag"], ()),
        ("pull-requests.**.Build", ["merge_request"], ()),
        ("custom.by-hand.Run", ["manual", "schedule", "api"], ()),
    ]
    assert Occasion.FORK not in read.occasions


def test_a_deployment_has_environment_hold_identity_and_runner():
    deploy = read_bitbucket("bitbucket-pipelines.yml", PIPELINES).job("branches.main.Deploy")
    assert deploy is not None
    assert deploy.environment is not None
    assert deploy.environment.name == "production"
    assert [hold.kind for hold in deploy.holds] == ["manual"]
    assert [(claim.role, claim.provider) for claim in deploy.claims] == [("arn:aws:iam::1:role/deploy", "aws")]
    assert deploy.runner.kind is RunnerKind.SELF_HOSTED
    assert [(each.name, each.where, each.position.line) for each in deploy.secrets] == [
        ("SIGNING_KEY", "pipe.SECRET_KEY", 37)
    ]
    assert [(pipe.text, pipe.pin) for pipe in deploy.includes] == [("atlassian/aws-s3-deploy:1.6.0", Pin.TAG)]


def test_a_merged_step_keeps_what_it_takes():
    build = read_bitbucket("bitbucket-pipelines.yml", PIPELINES).job("branches.main.Build main")
    assert build is not None
    assert [(image.name, image.image) for image in build.images] == [("container", "node:22"), ("db", "postgres:16")]
    assert [(each.name, each.position.line) for each in build.secrets] == [("API_TOKEN", 11)]


def test_a_second_shell_runs_what_somebody_chooses():
    run = read_bitbucket("bitbucket-pipelines.yml", PIPELINES).job("custom.by-hand.Run")
    assert run is not None
    assert [(text, at.line) for text, at in run.injections] == [("Where", 50)]


def test_a_pipeline_of_another_repository_is_an_open_end():
    text = "pipelines:\n  default:\n    import: shared-pipelines:master:build\n"
    read = read_bitbucket("bitbucket-pipelines.yml", text)
    assert [(each.project, each.ref, each.pin) for each in read.includes] == [
        ("shared-pipelines", "master", Pin.BRANCH)
    ]
    [end] = read.open_ends
    assert (end.line, end.message) == (
        3,
        "the pipeline default comes from shared-pipelines:master:build, which was not read",
    )
