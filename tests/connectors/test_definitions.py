"""What the files of other systems say as facts, and how checks hear of it: unknown where something was not followed."""

from datetime import UTC, datetime

import pytest

from pipewarden.access.view import Missing, NotApplicable
from pipewarden.checks.files import weak
from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.model.facts import Cause, Gap, Machine, Origin, Resource, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.definition import (
    DefinedJob,
    Definition,
    Occasion,
    SecretKind,
    SecretRead,
    System,
    Weakness,
)
from pipewarden.pipelines.yaml_tree import Fault, Position

ORIGIN = Origin("file .gitlab-ci.yml", datetime(2026, 11, 2, tzinfo=UTC))
WEB = Ref("checkout", Kind.REPOSITORY, "acme/web")
TOKEN = SecretRead(name="DEPLOY_TOKEN", kind=SecretKind.VARIABLE, position=Position(7, 5))
DEPLOY = DefinedJob(id="deploy", position=Position(5, 1), occasions=(Occasion.PUSH,), secrets=(TOKEN,))
INJECTED = Weakness(
    check="gl.ci.inject", position=Position(8, 7), says="job deploy runs the title", reaches=("secret:A",)
)


def facts(definition: Definition, *weaknesses: Weakness) -> list[object]:
    return list(
        facts_of_told(
            told_of_definition(definition, weaknesses), repository=WEB, repository_name="acme/web", origin=ORIGIN
        )
    )


def defined(**more: object) -> Definition:
    return Definition(path=".gitlab-ci.yml", system=System.GITLAB, jobs=(DEPLOY,), **more)  # type: ignore[arg-type]


def test_a_file_its_jobs_and_what_they_use_are_facts() -> None:
    told = facts(defined(), INJECTED)
    [file] = [each for each in told if isinstance(each, Resource)]
    assert file.name == "acme/web/.gitlab-ci.yml"
    assert file.attributes["system"] == "gitlab"
    assert [each.name for each in told if isinstance(each, Machine)] == ["acme/web/.gitlab-ci.yml#deploy"]
    assert [(use.what, use.name, use.line) for use in told if isinstance(use, Use)] == [("secret", "DEPLOY_TOKEN", 7)]
    [hit] = weak(file, "gitlab", "gl.ci.inject")
    assert (hit.says, hit.file, hit.line) == (
        ".gitlab-ci.yml of acme/web: job deploy runs the title",
        ".gitlab-ci.yml",
        8,
    )
    assert list(weak(file, "gitlab", "gl.ci.curl_secret")) == []


def test_what_was_not_followed_is_not_a_pass_and_hides_nothing_that_was_found() -> None:
    [file, *_] = facts(defined(open_ends=(Fault(2, 3, "an include of another project"),)), INJECTED)
    assert isinstance(file, Resource)
    assert len(list(weak(file, "gitlab", "gl.ci.inject"))) == 1
    with pytest.raises(Missing) as missing:
        list(weak(file, "gitlab", "gl.ci.curl_secret"))
    assert missing.value.cause is Cause.NOT_FOLLOWED
    assert missing.value.detail == ".gitlab-ci.yml:2: an include of another project"


def test_a_broken_file_is_a_gap_and_a_file_of_another_system_is_none_of_it() -> None:
    broken = Definition(path=".gitlab-ci.yml", system=System.GITLAB, faults=(Fault(3, 1, "not YAML"),), complete=False)
    told = facts(broken)
    [gap] = [each for each in told if isinstance(each, Gap)]
    assert (gap.cause, gap.detail) == (Cause.UNREADABLE, ".gitlab-ci.yml:3: not YAML")
    assert isinstance(told[0], Resource)
    with pytest.raises(NotApplicable):
        list(weak(told[0], "gitlab", "gl.ci.inject"))
    with pytest.raises(NotApplicable):
        list(weak(told[0], "jenkins", "jk.file.inject"))
