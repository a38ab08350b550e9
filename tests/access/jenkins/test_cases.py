"""Cases worked by hand from what Jenkins' pages say; the sentence stands in each test."""

import re

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.jenkins.patterns import compiled, matches
from pipewarden.access.jenkins.permissions import closed
from pipewarden.errors import UsageError
from pipewarden.model.access import Answer, Capability
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import (
    Account,
    Cause,
    Gap,
    Grant,
    GrantKind,
    Group,
    Membership,
    Origin,
    Resource,
    Role,
    Use,
)
from pipewarden.model.ids import Kind, Ref, everyone
from pipewarden.model.systems import System, source
from tests.access.estate import NOW

HERE = Origin("GET /api/json", NOW)
HOST = "jenkins.acme.example"
TENANT = Ref(HOST, Kind.TENANT, "controller")
AUTHENTICATED = Ref(HOST, Kind.GROUP, "authenticated")


class Case:
    """A controller made by hand."""

    def __init__(self, strategy: str = "projectMatrix", **attributes: object) -> None:
        given = {"configuration": {"strategy": strategy}, "plugins": {}, **attributes}
        self.builder = SnapshotBuilder()
        self.builder.add(
            source(HOST, System.JENKINS, HERE),
            Resource(ref=TENANT, name="jenkins:acme", attributes=given, origin=HERE),
            Group(ref=AUTHENTICATED, name="everyone signed in", parent=TENANT, origin=HERE),
            Group(ref=everyone(HOST), name="anybody at all", parent=TENANT, origin=HERE),
        )

    def item(self, name: str, inherits: str | None = "parent", **attributes: object) -> Ref:
        outer, _, _ = name.rpartition("/")
        kind = Kind.PIPELINE if name[-1].islower() else Kind.FOLDER
        parent = Ref(HOST, Kind.FOLDER, outer) if outer else TENANT
        ref = Ref(HOST, kind, name)
        told = {"buildable": True} if kind is Kind.PIPELINE else {}
        told |= attributes | ({} if inherits is None else {"inheritance": inherits})
        self.builder.add(Resource(ref=ref, name=f"jenkins:acme/{name}", parent=parent, attributes=told, origin=HERE))
        return ref

    def secret(self, name: str, parent: Ref = TENANT, scope: str | None = "GLOBAL") -> Ref:
        ref = Ref(HOST, Kind.SECRET, name)
        told = {} if scope is None else {"scope": scope}
        self.builder.add(Resource(ref=ref, name=f"secret:{name}", parent=parent, attributes=told, origin=HERE))
        return ref

    def grant(self, who: str | Ref, on: Ref, *permissions: str, kind: str = "") -> None:
        if isinstance(who, str):
            who = Ref(HOST, Kind.ACCOUNT, who)
            self.builder.add(
                Account(ref=who, name=who.key, parent=TENANT, origin=HERE),
                Membership(member=who, group=AUTHENTICATED, origin=HERE),
            )
        key = "matrix:" + "+".join(permissions)
        self.builder.add(
            Role(
                ref=Ref(HOST, Kind.ROLE, key),
                name=", ".join(permissions),
                parent=TENANT,
                permissions=dict.fromkeys(permissions, "yes"),
                attributes={"type": kind} if kind else {},
                origin=HERE,
            ),
            Grant(principal=who, resource=on, role=key, kind=GrantKind.DIRECT, origin=HERE),
        )

    def pushing(self, who: str, job: Ref) -> None:
        """Let somebody push to the repository that a job's code comes from."""
        organization, repository = Ref("github.com", Kind.ORGANIZATION, "1"), Ref("github.com", Kind.REPOSITORY, "2")
        account = Ref("github.com", Kind.ACCOUNT, who)
        self.builder.add(
            Resource(ref=organization, name="acme", origin=HERE),
            Resource(ref=repository, name="acme/web", parent=organization, origin=HERE),
            Account(ref=account, name=who, origin=HERE),
            Grant(principal=account, resource=repository, role="push", kind=GrantKind.DIRECT, origin=HERE),
            Use(by=job, what="repository", name="github.com/Acme/Web", origin=HERE),
        )

    def engine(self) -> Engine:
        return Engine(self.builder.finish(SnapshotInfo(sources=("jenkins:acme",), started=NOW, ended=NOW)))

    def who(self, capability: Capability, resource: Ref, answer: Answer = Answer.YES) -> set[str]:
        engine = self.engine()
        return {a.principal.key for a in engine.who_can(capability, resource) if a.answer is answer}


def test_administer_is_everything_everywhere() -> None:
    """“In short: Everything. … There are no limits to what users with Overall/Administer permission can do.”"""
    case = Case()
    web = case.item("WEB", inherits="none")
    job, secret = case.item("WEB/deploy"), case.secret("s", web, "GLOBAL")
    case.grant("alice", TENANT, "Overall/Administer")
    for capability in (Capability.EDIT_PIPELINE, Capability.RUN_PIPELINE, Capability.READ):
        assert case.who(capability, job) == {"alice"}
    assert case.who(Capability.READ_SECRET, secret) == {"alice"}
    assert case.who(Capability.MANAGE_RUNNER, TENANT) == {"alice"}


def test_to_configure_a_job_is_to_replay_it_and_to_take_its_folders_credentials() -> None:
    """Run/Replay: “Ability to perform a new Pipeline build with an edited script. This permission is implied by Job/Configure.”"""
    assert "Run/Replay" in closed(["Job/Configure"])
    assert "Job/Configure" not in closed(["Run/Replay"])
    case = Case()
    web, mobile = case.item("WEB"), case.item("MOBILE")
    job = case.item("WEB/deploy")
    inside, outside, above = case.secret("in", web), case.secret("out", mobile), case.secret("top")
    case.grant("bob", job, "Run/Replay")
    assert case.who(Capability.EDIT_PIPELINE, job) == {"bob"}
    assert case.who(Capability.READ_SECRET, inside) == {"bob"}
    assert case.who(Capability.READ_SECRET, above) == {"bob"}
    assert case.who(Capability.READ_SECRET, outside) == set()


def test_to_build_is_not_to_edit() -> None:
    """Job/Build: “This permission grants the ability to start a new build.”"""
    case = Case()
    job = case.item("deploy")
    secret = case.secret("s")
    case.grant("dave", TENANT, "Job/Build", "Job/Read", "Credentials/View")
    assert case.who(Capability.RUN_PIPELINE, job) == {"dave"}
    assert case.who(Capability.EDIT_PIPELINE, job) == set()
    assert case.who(Capability.READ_SECRET, secret) == set()


@pytest.fixture
def switched(request: pytest.FixtureRequest) -> tuple[Case, Ref, Ref]:
    """A job that says of itself what is asked for: alice configures it, bob replays it, dave builds it, erin pushes its code."""
    case = Case()
    web = case.item("WEB")
    job, secret = case.item("WEB/deploy", definition="scm", **request.param), case.secret("s", web)
    case.grant("alice", job, "Job/Configure")
    case.grant("bob", job, "Run/Replay")
    case.grant("dave", job, "Job/Build")
    case.pushing("erin", job)
    return case, job, secret


@pytest.mark.parametrize("switched", [{"disabled": True, "buildable": False}, {"buildable": False}], indirect=True)
def test_a_disabled_job_is_built_by_nobody_before_who_configures_it_enables_it(switched: tuple[Case, Ref, Ref]) -> None:
    case, job, secret = switched
    engine = case.engine()
    [able] = engine.who_can(Capability.RUN_PIPELINE, job)
    assert able.principal.key == "alice"
    assert able.paths[0].alone
    [first] = able.paths[0].conditions
    assert first.says == "jenkins:acme/WEB/deploy is enabled first, which who may configure it may do"
    paths = {each.principal.key: each.paths[0] for each in engine.who_can(Capability.READ_SECRET, secret)}
    assert {who: path.alone for who, path in paths.items()} == {"alice": True, "erin": False}
    [waits] = paths["erin"].conditions
    assert waits.says == "somebody who may configure jenkins:acme/WEB/deploy enables it"
    assert {"alice", "erin"} <= case.who(Capability.EDIT_PIPELINE, job), "its code is changed all the same"


@pytest.mark.parametrize("switched", [{"disabled": False}], indirect=True)
def test_an_enabled_job_is_built_by_all_who_may(switched: tuple[Case, Ref, Ref]) -> None:
    case, job, secret = switched
    assert case.who(Capability.RUN_PIPELINE, job) == {"alice", "bob", "dave"}
    assert case.who(Capability.READ_SECRET, secret) == {"alice", "bob", "erin"}


@pytest.mark.parametrize("switched", [{"buildable": None}, {"buildable": True, "disabled": True}], indirect=True)
def test_of_a_job_that_does_not_tell_whether_it_is_disabled_only_who_configures_it_builds_it_surely(
    switched: tuple[Case, Ref, Ref],
) -> None:
    case, job, secret = switched
    assert case.who(Capability.RUN_PIPELINE, job) == {"alice"}
    assert case.who(Capability.RUN_PIPELINE, job, Answer.UNKNOWN) == {"bob", "dave"}
    assert case.who(Capability.READ_SECRET, secret, Answer.UNKNOWN) == {"bob", "erin"}


def test_who_may_create_a_job_brings_code_into_the_folder_and_does_not_edit_the_others() -> None:
    """Job/Create: “Create a new job.”"""
    case = Case()
    web = case.item("WEB")
    job, secret = case.item("WEB/deploy"), case.secret("s", web)
    case.grant("bob", web, "Job/Create")
    assert case.who(Capability.EDIT_PIPELINE, web) == {"bob"}
    assert case.who(Capability.EDIT_PIPELINE, job) == set()
    assert case.who(Capability.READ_SECRET, secret) == {"bob"}


def test_an_agents_configuration_is_all_that_builds_use() -> None:
    """Agent/Configure: “… gaining access to all information used by the build (… environment variables including credentials).”"""
    case = Case()
    secret = case.secret("s")
    case.grant("dave", TENANT, "Agent/Configure")
    [access] = case.engine().who_can(Capability.READ_SECRET, secret)
    assert access.witness is not None
    assert [condition.says for condition in access.witness.conditions] == ["a build that takes it runs on that machine"]
    assert "Agent/Connect" in closed(["Agent/Disconnect"])


def test_a_credential_of_system_scope_is_no_jobs() -> None:
    case = Case()
    case.item("deploy")
    secret = case.secret("s", scope="SYSTEM")
    case.grant("bob", TENANT, "Job/Configure")
    assert case.who(Capability.READ_SECRET, secret) == set()


def test_a_credential_whose_scope_was_not_read_is_unknown() -> None:
    case = Case()
    secret = case.secret("s", scope=None)
    case.grant("bob", TENANT, "Job/Configure")
    case.grant("alice", TENANT, "Overall/Administer")
    assert case.who(Capability.READ_SECRET, secret) == {"alice"}
    assert case.who(Capability.READ_SECRET, secret, Answer.UNKNOWN) == {"bob"}


@pytest.mark.parametrize(
    ("inherits", "able"),
    [("parent", {"global", "outer", "own"}), ("global", {"global", "own"}), ("none", {"own"})],
)
def test_a_folder_inherits_in_three_ways(inherits: str, able: set[str]) -> None:
    """matrix-auth: inherit permissions from parent ACL, inherit globally defined permissions, do not inherit."""
    case = Case()
    outer, inner = case.item("OUTER"), case.item("OUTER/INNER", inherits)
    job = case.item("OUTER/INNER/deploy")
    case.grant("global", TENANT, "Job/Configure")
    case.grant("outer", outer, "Job/Configure")
    case.grant("own", inner, "Job/Configure")
    case.grant("alice", TENANT, "Overall/Administer")
    assert case.who(Capability.EDIT_PIPELINE, job) == {*able, "alice"}


def test_what_is_inherited_and_was_not_read_is_unknown() -> None:
    case = Case()
    case.item("WEB", inherits=None)
    job = case.item("WEB/deploy")
    case.grant("bob", TENANT, "Job/Configure")
    case.grant("alice", TENANT, "Overall/Administer")
    assert case.who(Capability.EDIT_PIPELINE, job) == {"alice"}
    assert case.who(Capability.EDIT_PIPELINE, job, Answer.UNKNOWN) == {"bob"}


def test_under_a_global_matrix_a_folder_has_nothing_of_its_own_to_read() -> None:
    case = Case("globalMatrix")
    case.item("WEB", inherits=None)
    case.grant("bob", TENANT, "Job/Configure")
    assert case.who(Capability.EDIT_PIPELINE, case.item("WEB/deploy", inherits=None)) == {"bob"}


def test_an_item_role_is_not_inherited_by_what_lies_inside() -> None:
    """Role Strategy matches the full name of each item: a role on the folder alone is on the folder alone."""
    case = Case("roleBased")
    web, job = case.item("WEB"), case.item("WEB/deploy")
    case.grant("bob", web, "Job/Configure", kind="projectRoles")
    case.grant("dave", TENANT, "Job/Build", kind="globalRoles")
    assert case.who(Capability.EDIT_PIPELINE, web) == {"bob"}
    assert case.who(Capability.EDIT_PIPELINE, job) == set()
    assert case.who(Capability.RUN_PIPELINE, job) == {"dave"}


def test_trap_18_a_pattern_matches_the_whole_name_and_more_than_it_means() -> None:
    """`^team-a.*` is meant for team-a and matches team-ab/secret."""
    names = ["team-a", "team-a/app", "team-ab/secret", "my-team-a"]
    assert matches("^team-a.*", names) == [True, True, True, False]
    assert matches("team-a", names) == [True, False, False, False]
    assert matches("team-a(/.*)?", names) == [True, True, False, False]
    assert matches("(?i)TEAM-A/.*", names) == [False, True, False, False]
    assert matches("(?<t>team)-a", names) == [True, False, False, False]


@pytest.mark.parametrize("pattern", [r"\Qweb\E", r"\p{Alpha}+", "[a-z&&[^b]]", "(", r"\h", "a" * 2_000])
def test_a_pattern_that_only_java_knows_is_not_compared(pattern: str) -> None:
    with pytest.raises(re.error):
        compiled(pattern)


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(?:.*)*x", r"(\w+\s?)*-prod", "((a|b)c)*", "(a|aa)+", "([a-z]+){2,}", "(x(y+))*"]
)
def test_a_pattern_that_could_run_away_is_not_compared(pattern: str) -> None:
    with pytest.raises(re.error):
        compiled(pattern)


def test_a_pattern_that_only_looks_so_is_compared() -> None:
    for pattern in (
        r"(\(ab\))+",
        "[(a+)]+",
        "[]a+)]+",
        "(web|api)-.*",
        "team(/[^/]+)?",
        "(ab)+",
        "(a+){2}",
        r"team-\d+/.*",
    ):
        assert compiled(pattern)


def test_trap_19_authenticated_with_configure_reaches_every_folders_credentials() -> None:
    case = Case()
    web = case.item("WEB")
    secret = case.secret("s", web)
    case.grant("dave", case.item("OTHER"), "Job/Read")
    case.grant(AUTHENTICATED, TENANT, "Job/Configure")
    assert case.who(Capability.READ_SECRET, secret) == {"dave"}


def test_what_anonymous_holds_anybody_holds() -> None:
    """SidACL: permissions granted to anonymous are granted to everyone."""
    case = Case()
    job = case.item("deploy")
    case.grant("dave", TENANT, "Overall/Read")
    case.grant(everyone(HOST), TENANT, "Job/Build")
    engine = case.engine()
    assert [a.capability for a in engine.why(Ref(HOST, Kind.ACCOUNT, "dave"), job)] == [
        Capability.RUN_PIPELINE,
        Capability.APPROVE_DEPLOYMENT,
    ]


def test_whether_a_build_runs_as_system_is_unknown_where_authorize_project_is_and_its_settings_were_not_read() -> None:
    case = Case(configuration=None, plugins={"authorize-project": {}})
    secret = case.secret("s")
    case.grant("bob", TENANT, "Job/Configure")
    assert case.who(Capability.READ_SECRET, secret, Answer.UNKNOWN) == {"bob"}
    plain = Case(configuration=None, plugins={})
    secret = plain.secret("s")
    plain.grant("bob", TENANT, "Job/Configure")
    assert plain.who(Capability.READ_SECRET, secret) == {"bob"}


def test_with_a_matrix_of_its_own_a_folder_is_opened_by_who_configures_it() -> None:
    for strategy, able in (("projectMatrix", {"bob"}), ("roleBased", set())):
        case = Case(strategy)
        web = case.item("WEB")
        case.grant("bob", web, "Job/Configure")
        assert case.who(Capability.MANAGE_ACCESS, web) == able
        assert case.who(Capability.MANAGE_ACCESS, TENANT) == set()


def test_who_pushes_to_the_repository_edits_the_job_and_takes_its_folders_credentials() -> None:
    case = Case()
    web = case.item("WEB")
    job, secret = case.item("WEB/requests", definition="multibranch"), case.secret("s", web)
    case.pushing("erin", job)
    assert case.who(Capability.EDIT_PIPELINE, job) == {"erin"}
    engine = case.engine()
    [access] = engine.who_can(Capability.READ_SECRET, secret)
    assert engine.words(access.paths[0]) == (
        "erin (push, directly) → acme/web (holds the pipeline file of) → jenkins:acme/WEB/requests"
        " (may run code that may take) → secret:s"
    )


def test_what_was_not_read_of_grants_is_told_with_the_answer() -> None:
    case = Case()
    job = case.item("deploy")
    case.builder.add(
        Gap(
            scope=TENANT,
            facet=JenkinsFacet.AUTHORIZATION,
            cause=Cause.FORBIDDEN,
            permission="Overall/SystemRead",
            origin=HERE,
        )
    )
    holders = case.engine().who_can(Capability.EDIT_PIPELINE, job)
    assert holders.unseen == ("authorization of jenkins:acme: not read (forbidden); Overall/SystemRead would show it",)


def test_a_question_without_meaning_is_refused() -> None:
    case = Case()
    with pytest.raises(UsageError, match="no meaning"):
        case.engine().who_can(Capability.PUSH, TENANT)
