"""Who may answer an `input`: whom the Jenkinsfile names, joined with the job and the people of its controller."""

from typing import Any

import pytest

from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facts import Account, Grant, GrantKind, Group, Membership, Resource, Use
from pipewarden.model.ids import Kind, Ref
from tests.access.jenkins.test_cases import HERE, HOST, TENANT, Case
from tests.pipelines.jenkins.reading import declarative, read, stage, weaknesses

ORGANIZATION, REPOSITORY = Ref("github.com", Kind.ORGANIZATION, "1"), Ref("github.com", Kind.REPOSITORY, "2")
ANSWER = Capability.APPROVE_DEPLOYMENT


def pushed(case: Case, job: Ref, text: str) -> None:
    """Let a job run a Jenkinsfile of acme/web, to which erin may push."""
    erin = Ref("github.com", Kind.ACCOUNT, "erin")
    case.builder.add(
        Resource(ref=ORGANIZATION, name="acme", origin=HERE),
        Resource(
            ref=REPOSITORY, name="acme/web", parent=ORGANIZATION, attributes={"default_branch": "main"}, origin=HERE
        ),
        Account(ref=erin, name="erin", origin=HERE),
        Grant(principal=erin, resource=REPOSITORY, role="push", kind=GrantKind.DIRECT, origin=HERE),
        Use(by=job, what="repository", name="github.com/acme/web", origin=HERE),
    )
    if text:
        facts = facts_of_told(
            told_of_definition(read(text), weaknesses(text)),
            repository=REPOSITORY,
            repository_name="acme/web",
            origin=HERE,
        )
        case.builder.add(*facts)


def asking(question: str) -> str:
    """Return a Jenkinsfile with one stage that waits."""
    return declarative(stage("sh 'make deploy'", "Deploy", question))


def group(case: Case, name: str, *members: str) -> None:
    ref = Ref(HOST, Kind.GROUP, name)
    case.builder.add(Group(ref=ref, name=f"jenkins group {name}", parent=TENANT, origin=HERE))
    case.builder.add(*(Membership(member=Ref(HOST, Kind.ACCOUNT, who), group=ref, origin=HERE) for who in members))


def controller(text: str, **job: Any) -> tuple[Case, Ref]:
    """Return alice who administers, bob who builds, dave and heidi who only see, and the job."""
    case = Case()
    item = case.item("deploy", **{"definition": "scm", "script_path": "Jenkinsfile", "branches": ["*/main"], **job})
    pushed(case, item, text)
    case.grant("alice", TENANT, "Overall/Administer")
    case.grant("bob", TENANT, "Job/Read", "Job/Build")
    for name in ("dave", "heidi"):
        case.grant(name, TENANT, "Job/Read")
    return case, item


@pytest.mark.parametrize(
    ("question", "able"),
    [
        ("input { message 'Go?' }", {"alice", "bob"}),
        ("input { message 'Go?'; submitter '' }", {"alice", "bob"}),
        ("input { message 'Go?'\n submitter 'dave' }", {"alice", "dave"}),
        ("input { message 'Go?'\n submitter 'dave, heidi' }", {"alice", "dave", "heidi"}),
        ("input { message 'Go?'\n submitter 'DAVE' }", {"alice", "dave"}),
        ("input { message 'Go?'\n submitter 'release' }", {"alice", "heidi"}),
        ("input { message 'Go?'\n submitter 'release,bob' }", {"alice", "heidi", "bob"}),
        ("input { message 'Go?'\n submitter 'nobody-we-know' }", {"alice"}),
        ("", set()),
    ],
)
def test_who_answers_is_whom_the_file_names_or_who_may_build(question: str, able: set[str]) -> None:
    """“User IDs and/or external group names of person or people permitted to respond to the input, separated by ','. …
    Jenkins administrators are able to respond to the input regardless of the value of this parameter.”"""
    case, job = controller(asking(question))
    group(case, "release", "heidi")
    assert case.who(ANSWER, job) == able
    assert case.who(ANSWER, job, Answer.UNKNOWN) == set()


def test_whom_the_controller_did_not_tell_of_is_said_with_the_answer() -> None:
    case, job = controller(asking("input { message 'Go?'\n submitter 'dave, Release-Managers' }"))
    told = "who is meant by Release-Managers, whom an input of jenkins:acme/deploy names: the controller told of none"
    assert case.engine().who_can(ANSWER, job).unseen == (told,)
    case, job = controller(asking("input { message 'Go?'\n submitter 'dave' }"))
    assert case.engine().who_can(ANSWER, job).unseen == ()


def test_the_step_counts_as_the_directive_does() -> None:
    text = declarative(stage("input message: 'Go?', submitter: 'dave'\n sh 'make deploy'", "Deploy"))
    case, job = controller(text)
    assert case.who(ANSWER, job) == {"alice", "dave"}


def test_of_two_inputs_either_is_told() -> None:
    first = stage("input message: 'Go?', submitter: 'dave'", "One")
    second = stage("input message: 'Sure?', submitter: 'heidi'", "Two")
    case, job = controller(declarative(f"{first}\n{second}"))
    assert case.who(ANSWER, job) == {"alice", "dave", "heidi"}


def test_who_is_worked_out_at_the_run_is_unknown() -> None:
    case, job = controller(asking("input { message 'Go?'\n submitter \"${params.WHO}\" }"))
    assert case.who(ANSWER, job, Answer.UNKNOWN) >= {"bob"}
    [bob] = [each for each in case.engine().who_can(ANSWER, job) if each.principal.key == "bob"]
    assert bob.witness is not None
    assert bob.witness.unknown[0].startswith("who may answer is worked out at the run: ")


def test_the_path_names_the_input() -> None:
    case, job = controller(asking("input { message 'Go?'\n submitter 'release' }"))
    group(case, "release", "heidi")
    engine = case.engine()
    [heidi] = [each for each in engine.who_can(ANSWER, job) if each.principal.key == "heidi"]
    assert (
        engine.words(heidi.paths[0]) == "heidi → jenkins group release (is named by an input of) → jenkins:acme/deploy"
    )


def test_who_is_named_and_may_not_see_the_job_is_unknown() -> None:
    """“A user not granted read access to a job will not be able to …” (matrix-auth)."""
    case, job = controller(asking("input { message 'Go?'\n submitter 'mallory' }"))
    case.grant("mallory", TENANT, "Overall/Read")
    assert case.who(ANSWER, job) == {"alice"}
    assert case.who(ANSWER, job, Answer.UNKNOWN) == {"mallory"}


@pytest.mark.parametrize(
    ("text", "job"),
    [
        ("", {}),  # the repository was read, and no such file is in it
        (asking("input { message 'Go?' }"), {"script_path": "ci/Jenkinsfile"}),
        (asking("input { message 'Go?' }"), {"branches": ["*/release"]}),
        (asking("input { message 'Go?' }"), {"branches": ["${BRANCH}"]}),
    ],
)
def test_a_file_that_was_not_read_leaves_it_unknown(text: str, job: dict[str, Any]) -> None:
    case, item = controller(text, **job)
    assert case.who(ANSWER, item, Answer.UNKNOWN) == {"alice", "bob"}
    assert case.who(ANSWER, item) == set()


def test_a_branch_of_a_multibranch_project_has_the_default_branchs_file_or_one_that_is_not_known() -> None:
    case = Case()
    project = case.item("REQUESTS", definition="multibranch", script_path="Jenkinsfile")
    main, other = (
        case.item(f"REQUESTS/{name}", definition="branch", full_name=f"REQUESTS/{name}") for name in ("main", "feature")
    )
    pushed(case, project, asking("input { message 'Go?'\n submitter 'dave' }"))
    case.grant("dave", TENANT, "Job/Read")
    case.grant("bob", TENANT, "Job/Build")
    assert case.who(ANSWER, main) == {"dave"}
    assert case.who(ANSWER, main, Answer.UNKNOWN) == set()
    assert case.who(ANSWER, other, Answer.UNKNOWN) == {"bob"}


def test_a_repository_that_was_not_read_is_told_and_is_not_nobody() -> None:
    case = Case()
    web = case.item("WEB")
    job, secret = case.item("WEB/deploy", definition="scm"), case.secret("s", web)
    other = case.item("OTHER")
    case.builder.add(Use(by=job, what="repository", name="git.acme.example/acme/web", origin=HERE))
    told = (
        "who may push to git.acme.example/acme/web, whose pipeline file jenkins:acme/WEB/deploy runs: the repository was not read",
    )
    engine = case.engine()
    for resource, capability in (
        (job, Capability.EDIT_PIPELINE),
        (secret, Capability.READ_SECRET),
        (web, Capability.EDIT_PIPELINE),
    ):
        assert engine.who_can(capability, resource).unseen == told
    assert engine.who_can(Capability.EDIT_PIPELINE, other).unseen == ()
    assert engine.unseen() == told
