"""Jobs of other systems in the type that all share."""

import msgspec
import pytest

from pipewarden import checks
from pipewarden.model.jobs import ATTRIBUTE, Circle, EffectiveJob, Given
from pipewarden.pipelines.definition import (
    Claim,
    DefinedJob,
    Definition,
    Hold,
    Included,
    Occasion,
    SecretKind,
    SecretRead,
    System,
    Weakness,
)
from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.parts import Environment, Runner, RunnerKind
from pipewarden.pipelines.yaml_tree import Fault, Position

HERE = Position(4, 1)


def made(*weaknesses: Weakness, system: System = System.GITLAB, **job: object) -> EffectiveJob:
    defined = DefinedJob(id="deploy", position=HERE, **job)  # type: ignore[arg-type]
    hidden = DefinedJob(id=".base", position=HERE, hidden=True)
    definition = Definition(
        path=".gitlab-ci.yml",
        system=system,
        jobs=(hidden, defined),
        includes=(Included(kind="local", text="/ci/deploy.yml", position=HERE, followed=True),),
        open_ends=(Fault(9, 3, "an include of another project"),),
    )
    [found] = effective_jobs(definition, weaknesses)
    return found


def test_a_job_of_gitlab_reaches_what_its_file_gives_it() -> None:
    job = made(
        occasions=(Occasion.PUSH, Occasion.FORK),
        secrets=(SecretRead(name="TOKEN", kind=SecretKind.VARIABLE, position=HERE, certain=False),),
        claims=(Claim(name="ID", position=HERE, role="arn:aws:iam::111122223333:role/web"),),
        environment=Environment("production", HERE, choices=("production",)),
        holds=(Hold(kind="manual", says="somebody starts it", position=HERE),),
    )
    assert [(start.event, start.by, start.secrets) for start in job.starts] == [
        ("push", Circle.DEVELOPER, Given.ALL),
        ("fork", Circle.FORK, Given.SETTING),
    ]
    assert [(each.name, each.kind, each.certain) for each in job.secrets] == [("TOKEN", "variable", False)]
    assert (job.oidc, job.roles, job.environments) == (True, ("arn:aws:iam::111122223333:role/web",), ("production",))
    assert (job.holds, job.files) == (("somebody starts it",), (".gitlab-ci.yml", "ci/deploy.yml"))
    assert [(str(end.spot), end.says) for end in job.open_ends] == [
        (".gitlab-ci.yml:9:3", "an include of another project")
    ]
    assert job.token is None
    assert job.token_unknown == ""


def test_what_starts_it_is_unknown_where_the_file_does_not_say() -> None:
    assert [start.by for start in made().starts] == [Circle.UNKNOWN]


def test_a_fork_of_bitbucket_runs_in_the_fork() -> None:
    [start] = made(system=System.BITBUCKET, occasions=(Occasion.FORK,)).starts
    assert start.secrets is Given.NONE


def test_a_weakness_of_the_job_lets_its_user_in_and_one_of_another_does_not() -> None:
    def weak(job: str) -> Weakness:
        return Weakness(
            check="gl.ci.inject", position=HERE, says="runs a title", job=job, by="anyone", reaches=("oidc",)
        )

    assert [each.kind for each in made(weak("deploy"), weak("other")).takeovers] == ["gl.ci.inject"]


def test_it_survives_the_snapshot() -> None:
    job = made(occasions=(Occasion.PUSH,))
    assert EffectiveJob.from_body(msgspec.json.encode({"attributes": {ATTRIBUTE: job.encoded()}})) == job
    assert EffectiveJob.from_body(msgspec.json.encode({"attributes": {ATTRIBUTE: {"id": "x"}}})) is None
    assert EffectiveJob.from_body(b'{"attributes":{}}') is None


def starts_of(
    system: System, *, occasions: tuple[Occasion, ...] = (), branches: tuple[str, ...] = ()
) -> set[tuple[str, str]]:
    job = DefinedJob(id="deploy", name="deploy", position=Position(3, 1), occasions=occasions, branches=branches)
    definition = Definition(path="x", system=system, jobs=(job,))
    [made_] = effective_jobs(definition, ())
    return {(start.event, start.secrets.value) for start in made_.starts}


def test_a_jenkinsfile_is_built_for_each_branch_and_for_forks_as_its_settings_say() -> None:
    assert starts_of(System.JENKINS) == {("push", "all"), ("fork", "setting")}
    assert starts_of(System.JENKINS, branches=("main",)) == {("push", "all")}
    assert starts_of(System.JENKINS, occasions=(Occasion.TAG,)) == {("tag", "all")}
    assert starts_of(System.JENKINS, occasions=(Occasion.MERGE_REQUEST,)) == {
        ("merge_request", "all"),
        ("fork", "setting"),
    }


def test_circleci_builds_forks_where_its_settings_say_so() -> None:
    assert ("fork", "setting") in starts_of(System.CIRCLECI, occasions=(Occasion.PUSH,))
    assert ("fork", "setting") not in starts_of(System.CIRCLECI, occasions=(Occasion.PUSH,), branches=("main",))
    assert ("fork", "setting") not in starts_of(System.CIRCLECI, occasions=(Occasion.SCHEDULE,))


def test_what_stands_in_an_included_file_is_told_there() -> None:
    job = DefinedJob(id="deploy", name="deploy", position=Position(8, 1, "ci/deploy.yml"), occasions=(Occasion.PUSH,))
    [told] = effective_jobs(Definition(path=".gitlab-ci.yml", system=System.GITLAB, jobs=(job,)), ())
    assert str(told.at) == "ci/deploy.yml:8:1"
    assert told.path == ".gitlab-ci.yml"


def test_who_may_answer_a_question_runs_no_commands_by_it() -> None:
    job = DefinedJob(id="deploy", name="deploy", position=Position(3, 1))
    definition = Definition(path="Jenkinsfile", system=System.JENKINS, jobs=(job,))
    place = {"position": Position(4, 1), "says": "it", "job": "deploy", "by": "caller", "reaches": ("secret:prod",)}
    asked, injected = (Weakness(check=check, **place) for check in ("jk.file.input_any", "jk.file.inject"))
    [told] = effective_jobs(definition, (asked, injected))
    assert [each.kind for each in told.takeovers] == ["jk.file.inject"]


@pytest.mark.parametrize(
    ("system", "check"),
    [
        (System.GITLAB, "gl.env.dynamic"),
        (System.GITLAB, "gl.env.name_mismatch"),
        (System.GITLAB, "gl.oidc.trust"),
        (System.GITLAB, "gl.var.override"),
        (System.AZURE, "ado.pipe.deploy_open"),
        (System.AZURE, "ado.pipe.fork_secrets"),
        (System.AZURE, "ado.pipe.pr_pool"),
        (System.BITBUCKET, "bb.deploy.any_branch"),
        (System.BITBUCKET, "bb.deploy.none"),
        (System.BITBUCKET, "bb.oidc.any_branch"),
        (System.BITBUCKET, "bb.runner.any_branch"),
        (System.CIRCLECI, "cc.context.any_branch"),
        (System.CIRCLECI, "cc.runner.any_branch"),
    ],
)
def test_what_a_run_is_given_or_who_guards_it_says_nothing_of_its_commands(system: System, check: str) -> None:
    assert check in {each.id for each in checks.ALL}
    weak = Weakness(check=check, position=HERE, says="it", job="deploy", by="writer", reaches=("secret:prod",))
    job = made(weak, system=system, occasions=(Occasion.PUSH, Occasion.MANUAL))
    assert not job.takeovers
    assert {start.event: start.theirs for start in job.starts}["push"], "a push runs what it brings along"
    assert not {start.event: start.theirs for start in job.starts}["manual"]


@pytest.mark.parametrize(
    "check", ["gl.ci.inject", "ado.pipe.parameter", "cc.parameter", "bb.inject", "jk.lib.override"]
)
def test_what_is_run_as_commands_does(check: str) -> None:
    weak = Weakness(check=check, position=HERE, says="it", job="deploy", by="writer", reaches=("secret:prod",))
    assert [each.kind for each in made(weak, occasions=(Occasion.MANUAL,)).takeovers] == [check]


def test_what_another_file_than_the_jobs_own_says_of_it_is_told_there() -> None:
    job = DefinedJob(
        id="deploy",
        name="deploy",
        position=Position(8, 1, "ci/deploy.yml"),
        runner=Runner(RunnerKind.CUSTOM, ("linux",), "", Position(2, 9)),
        environment=Environment("production", Position(9, 16, "ci/deploy.yml")),
    )
    [told] = effective_jobs(Definition(path=".gitlab-ci.yml", system=System.GITLAB, jobs=(job,)), ())
    assert [str(spot) for spot in told.said("runner")] == [".gitlab-ci.yml:2:9"]
    assert [str(spot) for spot in told.said("environment")] == ["ci/deploy.yml:9:16"]
    assert told.said("hold") == ()
