"""Scripted pipelines and script blocks: what is literal is read, the rest is an open end with its place."""

import pytest

from pipewarden.pipelines.definition import Occasion, SecretKind
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from tests.pipelines.jenkins.reading import declarative, only, read, stage

SCRIPTED = """\
properties([
  parameters([string(name: 'VERSION'), choice(name: 'TO', choices: 'a\\nb')]),
  pipelineTriggers([cron('@daily'), upstream(upstreamProjects: 'base')]),
])
def helper = load 'ci/helper.groovy'
node('linux && docker') {
  stage('Build') {
    checkout([$class: 'GitSCM', userRemoteConfigs: [[credentialsId: 'git-key', url: 'ssh://git.acme.example/web']]])
    docker.withRegistry('https://registry.acme.example', 'registry-push') {
      docker.image('maven:3.9').inside { sh 'mvn package' }
    }
  }
  stage('Tests') {
    parallel unit: { sh 'make unit' }, browser: { sh 'make browser' }
  }
  if (env.BRANCH_NAME == 'main') {
    stage('Approve') { input message: 'Ship?', submitter: 'alice' }
    stage('Deploy') { ship() }
  }
}
def ship() {
  sshagent(credentials: ['deploy-key', 'second-key']) {
    sh 'scp web.tar shop:/srv'
  }
}
"""


def test_stages_nodes_and_methods_of_the_file():
    shop = read(SCRIPTED)
    assert [job.id for job in shop.jobs] == ["Build", "Tests", "Approve", "Deploy"]
    assert only(shop, "Build").runner.labels == ("linux && docker",)
    assert [each.name for each in only(shop, "Build").secrets] == ["git-key", "registry-push"]
    assert [each.name for each in only(shop, "Deploy").secrets] == ["deploy-key", "second-key"]
    assert [script.text for script in only(shop, "Tests").scripts] == ["make unit", "make browser"]
    assert [image.image for image in only(shop, "Build").images] == ["maven:3.9"]


def test_what_starts_it_and_what_a_condition_and_a_question_hold_back():
    shop = read(SCRIPTED)
    assert shop.occasions == (Occasion.MANUAL, Occasion.SCHEDULE, Occasion.PARENT)
    deploy = only(shop, "Deploy")
    assert [(hold.kind, hold.branches, hold.approvers) for hold in deploy.holds] == [
        ("branch", ("main",), ()),
        ("approval", (), ("alice",)),
    ]


def test_a_loaded_script_is_an_open_end():
    assert [(end.line, end.message) for end in read(SCRIPTED).open_ends] == [
        (5, "load ci/helper.groovy runs code that is not followed")
    ]


class Books:
    """A repository with some files."""

    def __init__(self, **files: str) -> None:
        self.files = files

    def local(self, path: str) -> str | None:
        return self.files.get(path.removeprefix("ci/").removesuffix(".groovy"))

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        return None


def test_a_loaded_script_that_is_at_hand_is_followed():
    ship = "def ship() { sshagent(['deploy-key']) { sh \"scp ${params.FILE} shop:\" } }\nreturn this"
    text = "stage('Ship') {\n def helper = load 'ci/ship.groovy'\n helper.ship()\n}"
    shop = read_jenkinsfile("Jenkinsfile", text, Books(ship=ship))
    [job] = shop.jobs
    assert [(each.name, each.position.line, each.where) for each in job.secrets] == [
        ("deploy-key", 2, "ci/ship.groovy:1 sshagent")
    ]
    assert [origin for origin, _ in job.injections] == ["params.FILE"]
    assert [(each.text, each.followed) for each in job.includes] == [("ci/ship.groovy", True)]
    assert shop.open_ends == ()


def test_scripts_that_load_one_another_end_and_say_so():
    loops = Books(a="def b = load 'ci/b.groovy'", b="def a = load 'ci/a.groovy'")
    [end] = read_jenkinsfile("Jenkinsfile", "load 'ci/a.groovy'", loops).open_ends
    assert "load ci/a.groovy runs code that is not followed" in end.message


@pytest.mark.parametrize(
    ("steps", "secrets"),
    [
        ("withCredentials([string(credentialsId: 'a', variable: 'T')]) { sh 'x' }", ["a"]),
        ("withCredentials([[$class: 'StringBinding', credentialsId: 'a', variable: 'T']]) { sh 'x' }", ["a"]),
        (
            "withCredentials([file(credentialsId: 'a', variable: 'F'), zip(credentialsId: 'b', variable: 'Z')]) {}",
            ["a", "b"],
        ),
        ("withCredentials([sshUserPrivateKey(credentialsId: \"a\", keyFileVariable: 'K')]) {}", ["a"]),
        ("withCredentials([azureServicePrincipal('a')]) {}", ["a"]),
        ("withCredentials([string(credentialsId: params.ID, variable: 'T')]) {}", [""]),
        ("sshagent(['a']) { sh 'x' }", ["a"]),
        ("withAWS(credentials: 'a', region: 'eu') { sh 'x' }", ["a"]),
        ("withKubeConfig([credentialsId: 'a']) { sh 'x' }", ["a"]),
        ("httpRequest authentication: 'a', url: 'u'", ["a"]),
        ("httpRequest authentication: params.ID, url: 'u'", [""]),
        ("httpRequest url: 'u'", []),
        ("git url: 'u', credentialsId: 'a'", ["a"]),
        ("git url: 'u', credentialsId: ''", []),
        ("checkout scmGit(userRemoteConfigs: [[url: 'u', credentialsId: 'a']])", ["a"]),
        ("slackSend tokenCredentialId: 'a'", ["a"]),
        ("def key = 'a'\n git credentialsId: key, url: 'u'", ["a"]),
    ],
)
def test_credentials_in_every_form(steps, secrets):
    assert [each.name for each in only(read(f"stage('A') {{ {steps} }}"), "A").secrets] == secrets


def test_a_vault_tells_paths_and_a_role_is_a_claim():
    text = """stage('A') {
      withVault([vaultSecrets: [[path: 'secret/prod/db', secretValues: [[envVar: 'DB', vaultKey: 'p']]]],
                 configuration: [vaultCredentialId: 'approle']]) { sh 'x' }
      withAWS(role: 'deploy', roleAccount: '123') { sh 'y' }
    }"""
    found = only(read(text), "A")
    assert [(each.name, each.kind) for each in found.secrets] == [
        ("secret/prod/db", SecretKind.VAULT),
        ("approle", SecretKind.CREDENTIAL),
    ]
    assert [(claim.provider, claim.role) for claim in found.claims] == [("aws", "123:deploy")]


def test_credentials_named_by_code_are_an_open_end():
    text = "stage('A') { withCredentials(prodCredentials()) { sh 'x' } }"
    assert "the credentials prodCredentials are named by code" in [end.message for end in read(text).open_ends]


def test_machines():
    assert only(read("node { stage('A') { sh 'x' } }"), "A").runner.labels == ()
    assert only(read("node { stage('A') { sh 'x' } }"), "A").runner.kind is RunnerKind.SELF_HOSTED
    assert only(read("node(params.WHERE) { stage('A') { sh 'x' } }"), "A").runner.kind is RunnerKind.DYNAMIC
    pod = "podTemplate(yaml: 'image: a:1') { node(POD_LABEL) { stage('A') { sh 'x' } } }"
    assert only(read(pod), "A").runner.group == "kubernetes"


def test_the_old_stage_without_a_block_holds_what_follows():
    old = read("node {\n stage 'Build'\n sh 'make'\n stage 'Test'\n sh 'make test'\n}")
    assert [(job.name, [script.text for script in job.scripts]) for job in old.jobs] == [
        ("Build", ["make"]),
        ("Test", ["make test"]),
    ]


def test_a_pipeline_without_stages_is_told_as_one():
    [job] = read("node('a') { sh 'make' }").jobs
    assert (job.id, [script.text for script in job.scripts]) == ("(pipeline)", ["make"])


def test_a_library_taken_while_it_runs():
    text = "lib = library(identifier: 'tools@main', retriever: modernSCM([$class: 'GitSCMSource', remote: 'r', credentialsId: 'k']))\nlib.acme.Build.go()\n"
    found = read(text)
    assert [(each.project, each.pin) for each in found.includes] == [("tools", Pin.BRANCH)]
    assert [each.name for job in found.jobs for each in job.secrets] == ["k"]
    assert [end.line for end in found.open_ends] == [2]


def test_a_method_is_followed_once_for_each_stage_and_one_that_calls_itself_ends():
    text = "def again() { sh 'x'; again() }\nstage('A') { again() }\nstage('B') { again() }"
    assert [(job.name, len(job.scripts)) for job in read(text).jobs] == [("A", 1), ("B", 1)]


def test_stages_of_a_shared_librarys_file():
    text = "def call(body) {\n node {\n  stage('Build') { sh 'make' }\n }\n}\n"
    assert [job.name for job in read(text, "vars/standardBuild.groovy").jobs] == ["Build"]


def test_names_in_comments_and_texts_are_no_stages():
    text = declarative(
        stage("echo \"stage('Two') { }\" // stage('Three') {}\n /* stage('Four') {} */ sh '''stage(\"Five\") {'''")
    )
    assert [job.name for job in read(text).jobs] == ["Build"]


def test_a_file_that_is_too_long_is_not_read():
    long = read("a" * 1_000_001)
    assert not long.complete
    assert "characters" in long.faults[0].message


def test_brackets_that_do_not_match_make_the_rest_unknown():
    broken = read("pipeline { stages { stage('A') { steps { sh 'x' } ")
    assert broken.faults[0].message == "a `{` is not closed"
    assert broken.open_ends
    assert [job.name for job in broken.jobs] == ["A"]
