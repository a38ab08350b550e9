"""What settings make of jobs: forks of private repositories, machines that others share, gates of environments."""

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.job_words import Editors, gate_words, reaches, reason
from pipewarden.access.jobs import Job, jobs
from pipewarden.connectors.jobs import job_facts
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Gate, GateKind, Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import Circle, EffectiveJob, Given, Spot, Start, TakenSecret
from tests.checks.builder import NOW

ORIGIN = Origin("test", NOW)
ACME = Ref("github.com", Kind.ORGANIZATION, "7")
WEB = Ref("github.com", Kind.REPOSITORY, "9")
HERE = Spot(".github/workflows/ci.yml", 3)
FORKS = (
    Start(event="pull_request", by=Circle.FORK, secrets=Given.NONE, reads_only=True, theirs=True),
    Start(event="push", by=Circle.DEVELOPER, theirs=True),
)


def job(visibility="private", *, settings=None, also=(), starts=FORKS, **more) -> Job:
    """Return the one job of acme/web under some settings of acme."""
    organization = {} if settings is None else {"actions_fork_private": settings}
    made = EffectiveJob(
        id="ci",
        system="github",
        path=HERE.path,
        at=HERE,
        starts=starts,
        token={"contents": "write"},
        secrets=(TakenSecret(name="TOKEN", spot=HERE),),
        **more,
    )
    into = SnapshotBuilder()
    into.add(Resource(ref=ACME, name="acme", attributes=organization, origin=ORIGIN))
    into.add(Resource(ref=WEB, name="acme/web", parent=ACME, attributes={"visibility": visibility}, origin=ORIGIN))
    into.add(*job_facts(made, repository=WEB, repository_name="acme/web", origin=ORIGIN), *also)
    [found] = jobs(into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW)))
    return found


def fork_of(found: Job) -> Start | None:
    return next((start for start in found.job.starts if start.by is Circle.FORK), None)


class TestForks:
    def test_of_a_public_repository_nothing_is_given_whatever_the_settings_for_private_ones(self) -> None:
        told = {"run_workflows_from_fork_pull_requests": True, "send_secrets_and_variables": True}
        assert fork_of(job("public", settings=told)) == FORKS[0]

    def test_an_outsider_cannot_read_what_is_private(self) -> None:
        assert [way.start.by for way in job("public").ways_of("outsider")] == [Circle.FORK]
        assert job("private").ways_of("outsider") == []
        assert [way.start.by for way in job("private").ways_of("fork")] == [Circle.FORK]

    def test_of_a_private_one_the_settings_decide(self) -> None:
        # "Send secrets to workflows from pull requests - Makes all secrets available to the pull request."
        told = {
            "run_workflows_from_fork_pull_requests": True,
            "send_secrets_and_variables": True,
            "send_write_tokens_to_workflows": True,
        }
        found = job(settings=told)
        start = fork_of(found)
        assert start is not None
        assert (start.secrets, start.reads_only) == (Given.ALL, False)
        assert (
            reason(found) == "whoever can read it runs their own code in it through a pull request and gets all of this"
        )

    def test_where_they_do_not_run_nobody_starts_them_from_a_fork(self) -> None:
        assert fork_of(job(settings={"run_workflows_from_fork_pull_requests": False})) is None

    def test_an_approval_is_a_gate(self) -> None:
        told = {"run_workflows_from_fork_pull_requests": True, "require_approval_for_fork_pr_workflows": True}
        start = fork_of(job(settings=told))
        assert start is not None
        assert start.gate == "somebody approves the run"

    def test_what_was_not_read_is_not_known(self) -> None:
        found = job()
        start = fork_of(found)
        assert start is not None
        assert start.secrets is Given.SETTING
        assert "a setting decides about secrets" in reason(
            found, [way for way in found.ways if way.start.by is Circle.FORK]
        )


class TestMachines:
    def group(self, **attributes):
        ref = Ref("github.com", Kind.RUNNER_GROUP, "1")
        return Resource(
            ref=ref, name="runners:acme/big", parent=ACME, attributes={"name": "big", **attributes}, origin=ORIGIN
        )

    @pytest.mark.parametrize(
        ("attributes", "says"),
        [
            ({"visibility": "all"}, "runner group big, shared with every repository"),
            ({"visibility": "private"}, "runner group big, shared with every private repository"),
            (
                {"visibility": "selected", "selected_repositories": ["9", "10", "11"]},
                "runner group big, shared with 2 others",
            ),
            ({"visibility": "selected", "selected_repositories": ["9"]}, "runner group big, shared with no other"),
            ({"visibility": "selected", "selected_repositories": ["10"]}, ""),
            ({"visibility": "selected"}, ""),
        ],
    )
    def test_who_shares_a_group(self, attributes, says) -> None:
        assert job(also=[self.group(**attributes)], runner="group", runner_group="BIG").shared == says

    def test_a_label_finds_the_group_of_a_runner_that_has_it(self) -> None:
        runner = Resource(
            ref=Ref("github.com", Kind.RUNNER, "5"),
            name="runner:acme/five",
            parent=Ref("github.com", Kind.RUNNER_GROUP, "1"),
            attributes={"labels": ["self-hosted", "Linux", "gpu"]},
            origin=ORIGIN,
        )
        also = [self.group(visibility="all"), runner]
        found = job(also=also, runner="self_hosted", labels=("self-hosted", "gpu"))
        assert reaches(found.held()).endswith("runner group big, shared with every repository")
        assert job(also=also, runner="self_hosted", labels=("self-hosted", "arm")).shared == ""

    def test_a_hosted_machine_is_nobodys(self) -> None:
        assert job(also=[self.group(visibility="all")], runner="hosted", labels=("ubuntu-latest",)).shared == ""


class TestEnvironments:
    MAY = "the environment production may ask for an approval"

    def environment(self, **rules):
        ref = Ref("github.com", Kind.ENVIRONMENT, "9:production")
        secret = Ref("github.com", Kind.SECRET, "9:production:TOKEN")
        gate = Ref("github.com", Kind.GATE, "9:production")
        return [
            Resource(
                ref=ref, name="env:acme/web/production", parent=WEB, attributes={"name": "production"}, origin=ORIGIN
            ),
            Resource(ref=secret, name="secret:acme/web/production/TOKEN", parent=ref, origin=ORIGIN),
            Gate(ref=gate, resource=ref, kind=GateKind.ENVIRONMENT, rules=rules, origin=ORIGIN),
        ]

    @pytest.mark.parametrize(
        ("rules", "says"),
        [
            ({}, ""),
            ({"required_reviewers": [{"type": "User", "id": 1}]}, "the environment production asks for an approval"),
            (
                {"branch_policy": {"protected_branches": True}},
                "the environment production accepts only certain branches",
            ),
        ],
    )
    def test_a_gate_that_was_read_is_told_as_it_is(self, rules, says) -> None:
        found = job(also=self.environment(**rules), environments=("production",))
        assert gate_words(found, self.MAY) == says

    def test_one_that_was_not_read_may_be_there(self) -> None:
        assert gate_words(job(environments=("production",)), self.MAY) == self.MAY

    def test_the_nearest_secret_of_a_name_is_given(self) -> None:
        [found] = job(also=self.environment(), environments=("production",)).secrets
        assert (found.level, found.ref) == ("environment", Ref("github.com", Kind.SECRET, "9:production:TOKEN"))
        [away] = job(also=self.environment()).secrets
        assert (away.level, away.ref) == ("", None)

    def test_variables_have_their_level_too(self) -> None:
        ref = Ref("github.com", Kind.VARIABLE, "9:variables:HOST")
        variable = Resource(ref=ref, name="var:acme/web/HOST", parent=WEB, attributes={"name": "HOST"}, origin=ORIGIN)
        found = job(also=[variable], variables=("HOST", "OTHER"))
        assert found.variables == (("HOST", "repository", ref), ("OTHER", "", None))

    def test_nobody_is_called_an_editor_over_people_that_were_not_read(self) -> None:
        found = job()
        assert Editors(Engine(found.snapshot)).edit(found) == "nobody that was read"
