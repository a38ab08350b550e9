"""Every fact that a reader takes from a file stands at its line and column: the text there begins with what the fact names.

One story for each system; https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html 3.14.27 tells how columns count.
"""

from collections.abc import Iterator, Sequence

import pytest

from pipewarden.connectors.definitions import told_of_definition
from pipewarden.model.jobs import Spot
from pipewarden.pipelines.definition import DefinedJob, Definition, System, Weakness
from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.files import PipelineKind
from pipewarden.pipelines.systems import SYSTEMS
from pipewarden.pipelines.yaml_tree import Fault, Position
from tests.pipelines.books import Books
from tests.pipelines.placing import Named, facts_of, misplaced, text_at

GITLAB = """\
include:
  - local: ci/deploy.yml
  -   {project: acme/ci,   file: lint.yml, ref: main}
variables:
  IMAGE: "registry.acme.example/$TEAM_NAME/build"
build:
  tags: [  docker, linux ]
  image:   {name: "node:20"}
  artifacts: {paths: [out]}
  cache: {key: deps, paths: [x], unprotect: true}
  script:
    - echo é \U0001f680 && deploy --token "$API_TOKEN"
    - |
      # a literal block
        curl -H "A: ${SECOND_TOKEN}" https://get.acme.example | sh
      eval "$CI_COMMIT_TITLE"
    - >-
      folded $THIRD_TOKEN
      over two lines
ship:
  stage: deploy
  when:   manual
  rules: [{if: '$CI_COMMIT_BRANCH == "main"'}]
  environment:
    name:  production
  id_tokens:
    AWS_TOKEN: {aud: https://sts.amazonaws.com}
  secrets:
    DB: {vault: prod/db/password}
  script: [  'ship --as arn:aws:iam::111122223333:role/web --web-identity $AWS_TOKEN' ]
"""
GITLAB_INCLUDED = """\
other:
  environment:   staging
  script:
    - ./deploy.sh "$OTHER_TOKEN"
"""

JENKINS = """\
@Library('acme@main') _
pipeline {
    agent { label 'linux' }
    environment {
        API = credentials('api-key')
    }
    stages {
        stage('Build é') {
            agent { docker { image 'node:20' } }
            steps { sh "echo ${env.CHANGE_TITLE}" }
        }
        stage('Deploy') {
            when { branch 'main' }
            input { message 'Go?'; submitter 'alice' }
            steps {
                withCredentials([string(credentialsId: 'prod-token', variable: 'TOKEN')]) {
                    sh \"\"\"
                        ./deploy.sh --token ${TOKEN}
                    \"\"\"
                }
                httpRequest url: 'https://acme.example', authentication: 'http-cred'
            }
        }
    }
}
"""

AZURE = """\
trigger: [main]
variables:
- group:   prod-secrets
stages:
- stage: Ship
  jobs:
  - deployment:   Web
    pool: {name:  acme-pool}
    environment: {name:  production}
    container: {image: 'node:20'}
    strategy:
      runOnce:
        deploy:
          steps:
          - task:  AzureCLI@2
            inputs: {azureSubscription:  'acme-prod', inlineScript: 'echo é $(DEPLOY_TOKEN)', addSpnToEnvironment: true}
          - bash: |
              echo "$(Build.SourceVersionMessage)"
                curl -H "$(SECOND_TOKEN)" https://get.acme.example | sh
            env: {KEY:  $(THIRD_SECRET)}
          - checkout: self
            persistCredentials:   true
  - template: ci/jobs.yml
    parameters:
      pool:   {name: other-pool}
      connection:  "acme-stage"
      steps:
      - script: give --to "$(GIVEN_TOKEN)"
"""
AZURE_TEMPLATE = """parameters:
- {name: pool,   type: object}
- {name: connection, type: string}
- {name: vault, default:   acme-vault}
- {name: steps, type: stepList}
jobs:
- deployment:  Stage
  pool: ${{ parameters.pool }}
  environment:   staging
  container: {image:   'node:18'}
  variables:
  - group:  stage-secrets
  strategy:
    runOnce:
      deploy:
        steps:
        - ${{ parameters.steps }}
        - template:   steps/send.yml
          parameters: {as: '${{ parameters.connection }}'}
        - bash: |
            # in a template
              curl -H "$(FOURTH_TOKEN)" https://get.acme.example | sh
        - task: AzureKeyVault@2
          inputs: {KeyVaultName: '${{ parameters.vault }}', azureSubscription:  '${{ parameters.vault }}'}
- template: none/such.yml
"""
AZURE_STEPS = """parameters: [{name: as}]
steps:
- task:   AzureCLI@2
  inputs:
    azureSubscription: ${{ parameters.as }}
    addSpnToEnvironment: true
    inlineScript: |
      echo "$(Build.SourceVersionMessage)"
      send ${{ parameters.as }} "$(FIFTH_TOKEN)"
"""
AZURE_TEMPLATES = {"ci/jobs.yml": AZURE_TEMPLATE, "ci/steps/send.yml": f"\ufeff{AZURE_STEPS}"}

CIRCLECI = """\
version: 2.1
orbs:
  aws:   circleci/aws-cli@4
executors:
  own: {machine: true,   resource_class: acme/linux}
jobs:
  build:
    docker: [{image:   "node:20"}]
    steps:
      - checkout
      - run: echo é \U0001f680 "$API_TOKEN"
      - run:
          command: |
            echo "<< pipeline.git.branch >>"
              curl -H "$SECOND_TOKEN" https://get.acme.example | sh
          environment: {KEY:  $THIRD_TOKEN}
      - run: aws sts --token $CIRCLE_OIDC_TOKEN
      - add_ssh_keys: {fingerprints: ["aa:bb"]}
  ship: {executor: own, steps: [checkout]}
workflows:
  main:
    jobs:
      -   build: {context:   [ acme-prod ]}
      - ask: {type: approval}
      - ship: {requires: [ask], filters: {branches: {only: main}}}
"""

BITBUCKET = """\
image:   node:20
pipelines:
  branches:
    main:
      -  step:
          name: ship
          runs-on: [  self.hosted, linux ]
          deployment:   production
          oidc:   true
          trigger: manual
          script:
            - echo é \U0001f680 "$API_TOKEN"
            - |
              echo one
                curl -H "${SECOND_TOKEN}" https://get.acme.example | sh
            - ssh web "deploy $BITBUCKET_BRANCH"
            - pipe:   acme/deploy:1
              variables: {KEY:  $THIRD_TOKEN}
"""

STORIES = {
    System.GITLAB: (PipelineKind.GITLAB_CI, ".gitlab-ci.yml", GITLAB, {"ci/deploy.yml": GITLAB_INCLUDED}),
    System.JENKINS: (PipelineKind.JENKINS, "Jenkinsfile", JENKINS, {}),
    System.AZURE: (PipelineKind.AZURE_PIPELINES, "azure-pipelines.yml", AZURE, AZURE_TEMPLATES),
    System.CIRCLECI: (PipelineKind.CIRCLECI, ".circleci/config.yml", CIRCLECI, {}),
    System.BITBUCKET: (PipelineKind.BITBUCKET, "bitbucket-pipelines.yml", BITBUCKET, {}),
}
FOLDED = {(System.GITLAB, "THIRD_TOKEN"), (System.AZURE, "FIFTH_TOKEN"), (System.AZURE, "acme-vault/*")}
"""Their places are those of a value whose lines are not lines of the file, or of the task that reads them all."""


class Told:
    """One story as it was read, with the texts of its files."""

    def __init__(self, system: System) -> None:
        kind, self.path, text, others = STORIES[system]
        self.texts = {self.path: text, **others}
        reading = SYSTEMS[kind]
        self.definition: Definition = reading.read(self.path, text, Books(others))
        self.weak: Sequence[Weakness] = reading.judge(self.definition)
        self.jobs: list[DefinedJob] = [job for job in self.definition.jobs if not job.hidden]

    def spot(self, at: Position | Fault) -> Spot:
        return Spot(at.file or self.path, at.line, column=at.column)

    def at(self, at: Position | Fault) -> str:
        return text_at(self.texts, self.spot(at))


@pytest.fixture(scope="module", params=list(STORIES), ids=lambda each: each.value)
def told(request: pytest.FixtureRequest) -> Told:
    return Told(request.param)


def facts(told: Told) -> Iterator[Named]:
    """Yield every part of a definition that has a place."""
    for job in told.jobs:
        yield "job", (), told.spot(job.position)
        for read in job.secrets:
            words = tuple(f"{mark}{read.name}" for mark in ("", "$", "${", "$(", "$env:")) if read.name else ()
            words += ("true",) if read.where == "checkout.persistCredentials" else ()
            # the address of a store begins with what the file does not say at that place: the store and its mount
            words += (read.name.partition("/")[2],) if read.store else ()
            yield (
                "secret",
                () if (told.definition.system, read.name) in FOLDED else words,
                told.spot(read.position),
            )
        if job.environment is not None:
            yield "environment", (job.environment.name,), told.spot(job.environment.position)
        if job.runner.position.line:
            yield "runner", (*job.runner.labels, job.runner.group), told.spot(job.runner.position)
        yield from (("image", (image.image,), told.spot(image.position)) for image in job.images)
        yield from (("claim", (), told.spot(claim.position)) for claim in job.claims)
        yield from (("hold", (), told.spot(hold.position)) for hold in job.holds)
        yield from (("transfer", (), told.spot(each.position)) for each in job.transfers)
        yield from (("injection", (), told.spot(at)) for _, at in job.injections)
        yield from (("leak", (), told.spot(each.position)) for each in job.leaks)
        for each in (*told.definition.includes, *job.includes):
            yield "include", (each.text, each.project), told.spot(each.position)
        for script in job.scripts:
            yield "script", (), told.spot(script.position)
    yield from (("weakness", (), told.spot(each.position)) for each in told.weak)
    yield from (("open end", (), told.spot(each)) for each in told.definition.open_ends)


def test_every_part_stands_where_its_text_begins(told) -> None:
    found = list(facts(told))
    assert {"job", "secret", "runner", "image", "script", "weakness"} <= {what for what, _, _ in found}
    # what a job runs on may be said for all jobs alike, or in the block that opens it
    found = [
        (what, () if what == "runner" and told.path == ".circleci/config.yml" else words, spot)
        for what, words, spot in found
    ]
    assert list(misplaced(found, told.texts)) == []


def test_the_jobs_that_are_kept_have_the_same_places(told) -> None:
    jobs = effective_jobs(told.definition, told.weak)
    kept = [fact for job in jobs for fact in facts_of(job, lambda _: ())]
    words = {"code", "runner", "role", "environment"}
    assert (
        list(misplaced([(what, () if what in words else given, spot) for what, given, spot in kept], told.texts)) == []
    )
    for job, read in zip(jobs, told.jobs, strict=True):
        assert (job.line, job.column) == (read.position.line, read.position.column)
        assert [(each.spot.line, each.spot.column) for each in job.secrets] == [
            (each.position.line, each.position.column) for each in read.secrets
        ]
        assert ("environment" in job.places) == (read.environment is not None)
        assert ("hold" in job.places) == bool(read.holds)


def test_the_facts_of_the_store_have_line_and_column(told) -> None:
    made = told_of_definition(told.definition, told.weak)
    assert made.uses
    rows = [*made.attributes["jobs"], *made.attributes["weaknesses"], *made.attributes["open_ends"]]
    assert all(row["line"] and row["column"] for row in rows)
    places: list[Named] = [
        (what, (), Spot(more.get("file") or told.path, line, column=column))
        for what, _, line, column, more in made.uses
    ]
    assert list(misplaced(places, told.texts)) == []
    assert all(line and column for _, _, line, column, _ in made.uses)


@pytest.mark.parametrize(
    ("system", "name", "begin"),
    [
        (System.GITLAB, "API_TOKEN", '$API_TOKEN"'),
        (System.GITLAB, "SECOND_TOKEN", '${SECOND_TOKEN}" https'),
        (System.GITLAB, "THIRD_TOKEN", ">-"),
        (System.GITLAB, "OTHER_TOKEN", '$OTHER_TOKEN"'),
        (System.GITLAB, "TEAM_NAME", "$TEAM_NAME/build"),
        (System.JENKINS, "api-key", "'api-key')"),
        (System.JENKINS, "prod-token", "'prod-token',"),
        (System.JENKINS, "http-cred", "'http-cred'"),
        (System.AZURE, "prod-secrets", "prod-secrets"),
        (System.AZURE, "acme-prod", "'acme-prod'"),
        (System.AZURE, "DEPLOY_TOKEN", "$(DEPLOY_TOKEN)'"),
        (System.AZURE, "SECOND_TOKEN", '$(SECOND_TOKEN)" https'),
        (System.AZURE, "THIRD_SECRET", "$(THIRD_SECRET)}"),
        (System.AZURE, "stage-secrets", "stage-secrets"),
        (System.AZURE, "acme-stage", '"acme-stage"'),
        (System.AZURE, "acme-vault", "acme-vault}"),
        (System.AZURE, "GIVEN_TOKEN", '$(GIVEN_TOKEN)"'),
        (System.AZURE, "FOURTH_TOKEN", '$(FOURTH_TOKEN)" https'),
        (System.AZURE, "FIFTH_TOKEN", 'echo "$(Build.SourceVersionMessage)'),
        (System.CIRCLECI, "API_TOKEN", '$API_TOKEN"'),
        (System.CIRCLECI, "SECOND_TOKEN", '$SECOND_TOKEN" https'),
        (System.CIRCLECI, "THIRD_TOKEN", "$THIRD_TOKEN}"),
        (System.CIRCLECI, "acme-prod", "acme-prod ]"),
        (System.BITBUCKET, "API_TOKEN", '$API_TOKEN"'),
        (System.BITBUCKET, "SECOND_TOKEN", '${SECOND_TOKEN}" https'),
        (System.BITBUCKET, "THIRD_TOKEN", "$THIRD_TOKEN}"),
    ],
)
def test_a_secret_stands_at_its_own_word(system, name, begin) -> None:
    told = Told(system)
    found = [told.at(read.position) for job in told.jobs for read in job.secrets if read.name == name]
    assert found
    assert all(text.startswith(begin) for text in found), found


def test_a_text_that_is_run_again_is_pointed_at_itself() -> None:
    told = Told(System.GITLAB)
    [found] = [told.at(each.position) for each in told.weak if each.check == "gl.ci.inject"]
    assert found.startswith('$CI_COMMIT_TITLE"')


@pytest.mark.parametrize("system", [System.AZURE, System.CIRCLECI, System.BITBUCKET])
def test_a_weakness_in_a_line_of_a_block_points_at_the_command(system) -> None:
    told = Told(system)
    found = [told.at(each.position) for each in told.weak if each.check.endswith("remote_script")]
    assert found
    assert all(text.startswith("curl -H") for text in found), found


@pytest.mark.parametrize("system", [System.GITLAB, System.AZURE, System.CIRCLECI, System.BITBUCKET])
def test_a_byte_order_mark_moves_nothing(system) -> None:
    kind, path, text, others = STORIES[system]
    plain, marked = (SYSTEMS[kind].read(path, each, Books(others)) for each in (text, f"\ufeff{text}"))
    assert [job.secrets for job in plain.jobs] == [job.secrets for job in marked.jobs]
    assert [job.scripts for job in plain.jobs] == [job.scripts for job in marked.jobs]


def test_what_a_template_says_stands_in_the_template_and_what_it_is_given_in_the_pipeline() -> None:
    told = Told(System.AZURE)
    [job] = [each for each in told.jobs if each.id.endswith("Stage")]
    files = {read.name: read.position.file for read in job.secrets}
    assert files == {
        "prod-secrets": "",
        "stage-secrets": "ci/jobs.yml",
        "GIVEN_TOKEN": "",
        "acme-stage": "",
        "FOURTH_TOKEN": "ci/jobs.yml",
        "FIFTH_TOKEN": "ci/steps/send.yml",
        "acme-vault": "ci/jobs.yml",
        "acme-vault/*": "ci/jobs.yml",
    }
    assert told.at(job.position).startswith("deployment:  Stage")
    assert told.at(job.runner.position).startswith("other-pool}")
    assert job.environment is not None
    assert told.at(job.environment.position).startswith("staging")
    [injected] = [each for each in told.weak if each.check == "ado.pipe.inject" and each.job == job.id]
    assert injected.position.file == "ci/steps/send.yml"
    [end] = told.definition.open_ends
    assert end.file == "ci/jobs.yml"
    assert told.at(end).startswith("none/such.yml")
