"""What is weak in a script that many Jenkinsfiles load is told once, with each file that loads it."""

from pipewarden import checks
from pipewarden.checks import jenkins_files
from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses
from pipewarden.pipelines.library import Library
from tests.checks.builder import Estate
from tests.checks.test_jenkins_files import ORIGIN

BY_ID = {check.id: check for check in checks.every(jenkins_files)}
ECHO, POWERS = "jk.file.cred_echo", "jk.sbx.approvals"
SHIP = """// what all pipelines load
def ship() { withCredentials([string(credentialsId: 'shop', variable: 'T')]) { sh "curl -u x:${T} shop" } }
def who() { Jenkins.getInstance() }
return this
"""


class Books(Library):
    """A repository whose folder ci holds some scripts."""

    def __init__(self, **scripts: str) -> None:
        self.scripts = scripts

    def local(self, path: str) -> str | None:
        return self.scripts.get(path.removeprefix("ci/").removesuffix(".groovy"))

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        return None


def loading(script: str = "ship", more: str = "") -> str:
    return f"node {{\n stage('Ship') {{ def it = load 'ci/{script}.groovy'\n it.ship() }}\n{more}\n}}"


def estate(repository: str = "acme/web", before: Estate | None = None, **files: str) -> Estate:
    """Return repositories of acme with Jenkinsfiles in folders of their own, beside the scripts of ci."""
    built = (before or Estate().org()).repo(repository)
    scripts = Books(ship=SHIP, outer="def inner = load 'ci/ship.groovy'\nreturn this")
    for name, text in files.items():
        definition = read_jenkinsfile(f"{name}/Jenkinsfile", text, scripts)
        told = told_of_definition(definition, jenkins_weaknesses(definition))
        at = Ref("checkout", Kind.REPOSITORY, repository)
        [file, *_] = facts_of_told(told, repository=at, repository_name=repository, origin=ORIGIN)
        built = built.workflow(repository, **file.attributes)
    return built


def found(built: Estate, check: str) -> list[tuple[str, int, list[str]]]:
    """Return each finding with its place, and the places beside."""
    told = built.judge(BY_ID[check]).findings
    return [(f.file, f.line, [f"{e.file}:{e.line}" for e in f.evidence[1:]]) for f in told]


def test_one_script_is_one_finding_with_every_file_that_loads_it():
    built = estate(a=loading(), b=loading(more="sh 'x'"), c=loading())
    assert found(built, ECHO) == [("ci/ship.groovy", 2, ["b/Jenkinsfile:2", "c/Jenkinsfile:2"])]
    assert found(built, POWERS) == [("ci/ship.groovy", 3, ["b/Jenkinsfile:2", "c/Jenkinsfile:2"])]
    assert built.verdict(BY_ID[ECHO]) == "1 failed, 2 not applicable"


def test_what_stands_in_a_file_itself_is_told_of_it():
    own = "withCredentials([string(credentialsId: 'own', variable: 'T')]) { echo \"${T}\" }"
    built = estate(a=loading(), b=loading(more=own))
    assert [(file, line) for file, line, _ in found(built, ECHO)] == [("ci/ship.groovy", 2), ("b/Jenkinsfile", 4)]


def test_a_file_that_loads_it_through_another_is_named_without_a_line():
    built = estate(a=loading(), b=loading("outer"))
    assert found(built, ECHO) == [("ci/ship.groovy", 2, ["b/Jenkinsfile:0"])]


def test_a_script_of_the_same_name_in_another_repository_is_another():
    both = estate("acme/site", estate(a=loading()), a=loading())
    assert found(both, ECHO) == [("ci/ship.groovy", 2, []), ("ci/ship.groovy", 2, [])]


def test_one_file_alone_has_one_finding_and_no_place_beside():
    assert found(estate(a=loading()), ECHO) == [("ci/ship.groovy", 2, [])]
