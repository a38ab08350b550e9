"""Declarative pipelines: agents, environments, conditions, approvals, parallel stages and matrices."""

import pytest

from pipewarden.pipelines.definition import Occasion, SecretKind
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from tests.pipelines.jenkins.reading import declarative, only, read, stage

SHOP = """\
@Library('acme-pipeline@1.4.0') _

pipeline {
  agent any
  parameters {
    string(name: 'VERSION', defaultValue: '')
    choice(name: 'REGION', choices: ['eu', 'us'])
    booleanParam name: 'DRY_RUN', defaultValue: true
  }
  triggers { cron('H 3 * * *') }
  environment {
    APP = 'shop'
    NEXUS = credentials('nexus-reader')
  }
  stages {
    stage('Build') {
      agent { docker { image 'maven:3.9'; label 'docker'; registryCredentialsId 'registry' } }
      steps { sh './mvnw package' }
    }
    stage('Tests') {
      parallel {
        stage('Unit') { steps { sh 'make unit' } }
        stage('Browser') { agent none; steps { echo 'later' } }
      }
    }
    stage('Deploy') {
      when { branch 'main'; beforeAgent true }
      input { message 'Ship it?'; submitter 'alice, release-managers' }
      environment { TOKEN = credentials('prod-deploy') }
      steps {
        withCredentials([usernamePassword(credentialsId: 'registry-push', usernameVariable: 'U', passwordVariable: 'P')]) {
          sh 'docker login'
        }
        build job: 'smoke-tests', wait: true
      }
    }
  }
  post { failure { slackSend tokenCredentialId: 'slack', message: 'broken' } }
}
"""


def test_the_stages_of_a_pipeline_with_their_places():
    shop = read(SHOP)
    assert [(job.id, job.stage, job.position.line) for job in shop.jobs if job.name] == [
        ("Build", "", 16),
        ("Tests", "", 20),
        ("Unit", "Tests", 22),
        ("Browser", "Tests", 23),
        ("Deploy", "", 26),
    ]
    assert shop.complete
    assert shop.faults == ()
    assert shop.open_ends == ()


def test_who_takes_which_credential():
    shop = read(SHOP)
    assert [(read.name, read.position.line) for read in only(shop, "Deploy").secrets] == [
        ("nexus-reader", 13),
        ("prod-deploy", 29),
        ("registry-push", 31),
    ]
    assert [read.name for read in only(shop, "Unit").secrets] == ["nexus-reader"]
    assert {read.kind for read in only(shop, "Deploy").secrets} == {SecretKind.CREDENTIAL}
    [after] = [job for job in shop.jobs if not job.name]
    assert [read.name for read in after.secrets] == ["nexus-reader", "slack"]


def test_where_stages_run():
    shop = read(SHOP)
    build = only(shop, "Build")
    assert (build.runner.group, build.runner.labels) == ("docker", ("docker",))
    assert [(image.image, image.pin) for image in build.images] == [("maven:3.9", Pin.DOCKER_TAG)]
    assert "registry" in {read.name for read in build.secrets}
    assert (only(shop, "Unit").runner.kind, only(shop, "Unit").runner.labels) == (RunnerKind.SELF_HOSTED, ())
    assert only(shop, "Browser").runner.kind is RunnerKind.NONE


def test_what_starts_it_and_what_stands_before_a_stage():
    shop = read(SHOP)
    deploy = only(shop, "Deploy")
    assert shop.occasions == (Occasion.MANUAL, Occasion.SCHEDULE, Occasion.PUSH)
    assert (deploy.occasions, deploy.branches) == ((Occasion.PUSH,), ("main",))
    assert [(hold.kind, hold.approvers) for hold in deploy.holds] == [
        ("branch", ()),
        ("approval", ("alice", "release-managers")),
    ]
    assert deploy.calls == ("smoke-tests",)


def test_libraries_with_their_versions():
    text = "@Library(['one@main', 'two']) import com.acme.X\n" + declarative(
        stage("echo 'x'"), "agent none\n  libraries { lib('three@0123456789012345678901234567890123456789') }"
    )
    assert [(each.project, each.ref[:4], each.pin) for each in read(text).includes] == [
        ("one", "main", Pin.BRANCH),
        ("two", "", Pin.NONE),
        ("three", "0123", Pin.SHA),
    ]


@pytest.mark.parametrize(
    ("when", "holds", "occasions"),
    [
        ("branch 'main'", ["branch"], [Occasion.PUSH]),
        ("branch pattern: 'release/.*', comparator: 'REGEXP'", ["branch"], [Occasion.PUSH]),
        ("tag 'v*'", ["branch"], [Occasion.TAG]),
        ("buildingTag()", ["branch"], [Occasion.TAG]),
        ("changeRequest()", [], [Occasion.MERGE_REQUEST]),
        ("changeRequest target: 'main'", [], [Occasion.MERGE_REQUEST]),
        ("not { changeRequest() }", ["no_change"], [Occasion.PUSH, Occasion.TAG]),
        ("anyOf { branch 'main'; tag 'v*' }", ["branch"], [Occasion.PUSH, Occasion.TAG]),
        ("anyOf { branch 'main'; changeRequest() }", [], [Occasion.PUSH, Occasion.MERGE_REQUEST]),
        ("allOf { branch 'main'; expression { params.SHIP } }", ["branch"], [Occasion.PUSH]),
        ("not { branch 'main' }", [], []),
        ("expression { env.BRANCH_NAME == 'main' }", ["branch"], []),
        ("expression { return env.BRANCH_NAME != 'main' }", [], []),
        ("environment name: 'BRANCH_NAME', value: 'main'", ["branch"], []),
        ("equals expected: 'main', actual: env.BRANCH_NAME", ["branch"], []),
        ("triggeredBy 'TimerTrigger'", [], [Occasion.SCHEDULE]),
        ("triggeredBy cause: 'UserIdCause', detail: 'alice'", [], [Occasion.MANUAL]),
        ("changeset '**/*.js'", [], []),
        ("beforeAgent true", [], []),
    ],
)
def test_conditions(when, holds, occasions):
    deploy = only(read(declarative(stage("sh 'x'", "Ship", f"when {{ {when} }}"))), "Ship")
    assert [hold.kind for hold in deploy.holds] == holds
    assert list(deploy.occasions) == occasions


def test_a_matrix_and_stages_in_stages_inherit_what_stands_before_them():
    text = declarative(
        """
    stage('Release') {
      when { tag 'v*' }
      matrix {
        axes { axis { name 'OS'; values 'linux', 'windows' } }
        agent { label "${OS}" }
        stages {
          stage('Pack') { steps { sh 'pack' } }
          stage('Push') { steps { sh 'push' } }
        }
      }
    }"""
    )
    push = only(read(text), "Push")
    assert (push.stage, push.runner.kind) == ("Release", RunnerKind.DYNAMIC)
    assert [hold.kind for hold in push.holds] == ["branch"]


def test_a_pod_names_its_images():
    pod = (
        'agent { kubernetes { yaml """\nspec:\n  containers:\n  - name: kaniko\n    image: gcr.io/kaniko:debug\n""" } }'
    )
    build = read(declarative(stage("sh 'x'"), pod))
    images = [image for job in build.jobs for image in job.images]
    assert [(image.image, image.position.line) for image in images] == [("gcr.io/kaniko:debug", 6)]
    assert only(build, "Build").runner.group == "kubernetes"


def test_a_variable_that_the_file_sets_once_names_the_credential():
    text = declarative(
        stage("git credentialsId: env.GIT_KEY, url: 'https://git.acme.example/web'"),
        "agent none\n  environment { GIT_KEY = 'git-reader' }",
    )
    assert [each.name for each in only(read(text), "Build").secrets] == ["git-reader"]


def test_two_stages_of_one_name_are_two():
    text = declarative(stage("sh 'a'", "Test") + "\n" + stage("sh 'b'", "Test"))
    assert [job.id for job in read(text).jobs] == ["Test", "Test (2)"]


def test_allman_braces_and_semicolons():
    text = (
        "pipeline\n{\n agent any;\n stages\n {\n  stage('A')\n  {\n   steps\n   {\n    sh 'a'; sh 'b'\n   }\n  }\n }\n}"
    )
    assert [script.text for script in only(read(text), "A").scripts] == ["a", "b"]


def test_what_a_shared_library_does_is_an_open_end_with_its_place():
    text = declarative(stage("        deployToProduction('web')"))
    [end] = read(text).open_ends
    assert (end.line, end.column) == (7, 9)
    assert "deployToProduction" in end.message


def test_a_deployment_limited_by_code_is_an_open_end():
    ship = stage("sh 'make ship'", "Deploy", "when { expression { isReleasable() } }")
    assert "what limits stage Deploy is decided by code" in read(declarative(ship)).open_ends[0].message
    assert read(declarative(stage("sh 'x'", "Deploy", "when { expression { params.SHIP } }"))).open_ends == ()
