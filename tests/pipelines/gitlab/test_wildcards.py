"""bob includes files with stars in their paths, files under rules, and files that are not there."""

import pytest

from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.gitlab import read_gitlab
from pipewarden.pipelines.gitlab.wildcards import MOST_STARS, named_by
from tests.pipelines.gitlab.story import Shelf, job, read

FILES = ("ci/a.yml", "ci/b.yaml", "ci/more/c.yml", "ci/more/deep/d.yml", "other.yml")


class Repository(Shelf):
    """A library that knows all its files."""

    def listed(self, folder: str) -> tuple[str, ...] | None:
        return tuple(sorted(each for each in self.files if each.startswith(f"{folder}/" if folder else "")))

    def absent(self, path: str) -> bool:
        return path not in self.files


def repository(*paths: str) -> Repository:
    return Repository(**{path: f"job-{path.rpartition('/')[2]}: {{script: x}}\n" for path in paths})


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("ci/*.yml", ("ci/a.yml",)),
        ("/ci/*.y*ml", ("ci/a.yml", "ci/b.yaml")),
        ("ci/**.yml", ("ci/a.yml", "ci/more/c.yml", "ci/more/deep/d.yml")),
        ("ci/**/*.yml", ("ci/more/c.yml", "ci/more/deep/d.yml")),
        ("*.yml", ("other.yml",)),
        ("**", FILES),
        ("ci/[ab].yml*", ()),
        ("ci/a?yml*", ()),
        ("gone/*.yml", ()),
    ],
)
def test_one_star_stays_in_its_folder_and_two_do_not(path, named):
    assert named_by(path, repository(*FILES)) == named


def test_nothing_is_known_without_a_listing_or_of_a_path_of_stars():
    assert named_by("ci/*.yml", Shelf()) is None
    assert named_by("a*" * (MOST_STARS + 1), repository(*FILES)) is None


def test_many_stars_cost_little():
    assert named_by("*a" * MOST_STARS + "b", repository("a" * 4_000)) == ()


def test_all_files_that_are_named_are_part_of_the_pipeline():
    whole = read_gitlab(".gitlab-ci.yml", "include: {local: 'ci/**.yml'}\n", repository(*FILES))
    assert [each.id for each in whole.jobs] == ["job-a.yml", "job-c.yml", "job-d.yml"]
    assert (whole.open_ends, whole.faults) == ((), ())
    assert [each.text for each in whole.includes] == ["ci/a.yml", "ci/more/c.yml", "ci/more/deep/d.yml"]


def test_a_file_that_is_not_there_is_a_fault_and_none_is_passed_over():
    whole = read_gitlab(
        ".gitlab-ci.yml", "include:\n  - ci/gone.yml\nx: {extends: .gone, script: y}\n", repository(*FILES)
    )
    [fault] = whole.faults
    assert (fault.line, "the included file ci/gone.yml is not there" in fault.message) == (2, True)
    assert whole.open_ends
    [fault] = read_gitlab(".gitlab-ci.yml", "include: 'gone/*.yml'\nx: {script: y}\n", repository(*FILES)).faults
    assert "no file of the repository is called gone/*.yml" in fault.message


def test_a_star_in_another_projects_path_is_none():
    [end] = read("include: {project: acme/ci, file: 'ci/*.yml'}\nx: {script: y}\n").open_ends
    assert "names was not looked up" in end.message


@pytest.mark.parametrize(
    ("rules", "occasions"),
    [
        ("[{if: $CI_COMMIT_TAG}]", (Occasion.TAG,)),
        ("[{if: $CI_PIPELINE_SOURCE == 'schedule'}]", (Occasion.SCHEDULE,)),
        ("[{if: $CI_COMMIT_TAG, when: never}, {if: $CI_PIPELINE_SOURCE == 'push'}]", (Occasion.PUSH,)),
    ],
)
def test_a_file_under_rules_has_its_jobs_where_they_hold(rules, occasions):
    text = f"include: [{{local: a.yml, rules: {rules}}}]\n"
    found = job(text, {"a.yml": "deploy: {script: x}\n"})
    assert (found.occasions, found.settled) == (occasions, occasions)


def test_rules_that_the_file_does_not_settle_leave_open_whether_a_job_runs():
    text = "include: [{local: a.yml, rules: [{exists: [Dockerfile]}]}]\nother: {script: x}\n"
    found = job(text, {"a.yml": "deploy: {script: x}\n"})
    assert Occasion.PUSH in found.occasions
    assert found.settled == ()
    assert job(text, {"a.yml": "deploy: {script: x}\n"}, "other").settled


def test_rules_hold_for_what_is_included_further_down_and_not_for_what_is_included_twice():
    rule = "rules: [{if: $CI_COMMIT_TAG}]"
    books = {"a.yml": "include: b.yml\n", "b.yml": "deploy: {script: x}\n"}
    assert job(f"include: [{{local: a.yml, {rule}}}]\n", books).occasions == (Occasion.TAG,)
    assert Occasion.PUSH in job(f"include: [{{local: a.yml, {rule}}}, b.yml]\n", books).occasions
    assert Occasion.PUSH in job(f"include: [b.yml, {{local: a.yml, {rule}}}]\n", books).occasions


@pytest.mark.parametrize(
    "condition",
    [
        "$CI_PIPELINE_SOURCE == 'web' && $CI_COMMIT_TAG",
        "$CI_PIPELINE_SOURCE == 'chat'",
        "$CI_PIPELINE_SOURCE == 'parent_pipeline' && $CI_MERGE_REQUEST_IID",
    ],
)
def test_a_file_under_rules_that_no_occasion_of_its_own_meets_is_read(condition):
    text = f"include: [{{local: a.yml, rules: [{{if: {condition}}}]}}]\n"
    found = job(text, {"a.yml": "deploy: {script: go $DEPLOY_TOKEN}\n"})
    assert ([each.name for each in found.secrets], found.never, found.settled) == (["DEPLOY_TOKEN"], False, ())


def test_a_file_that_is_never_included_is_not_read():
    assert read("include: [{local: a.yml, rules: [{when: never}]}]\nx: {script: y}\n").open_ends == ()


@pytest.mark.parametrize("ref", ["", ", ref: $CI_COMMIT_SHA", ", ref: '${CI_DEFAULT_BRANCH}'"])
def test_a_file_of_this_very_project_is_the_one_that_stands_here(ref):
    books = {"a.yml": "deploy: {script: x}\n"}
    found = read(f"include: [{{project: $CI_PROJECT_PATH, file: /a.yml{ref}}}]\n", books)
    assert ([each.id for each in found.jobs], found.open_ends) == (["deploy"], ())
    [end] = read("include: [{project: $CI_PROJECT_PATH, file: /a.yml, ref: v1}]\n", books).open_ends
    assert "is computed" in end.message


@pytest.mark.parametrize(
    "exists",
    ["[ci/gone.yml]", "[/ci/gone.yml, Dockerfile]", "{paths: [ci/gone.yml]}", "ci/gone.yml"],
)
@pytest.mark.parametrize("more", ["", ", if: $CI_COMMIT_TAG", ", when: never"])
def test_a_rule_over_a_file_that_is_not_there_does_not_hold(exists, more):
    """https://docs.gitlab.com/ci/yaml/includes/#use-rules-with-include: where no rule holds, the file is not added."""
    text = f"include: [{{local: ci/gone.yml, rules: [{{exists: {exists}{more}}}]}}]\nx: {{script: y}}\n"
    whole = read_gitlab(".gitlab-ci.yml", text, repository(*FILES))
    assert (whole.faults, whole.open_ends, whole.includes) == ((), (), ())


@pytest.mark.parametrize(
    ("rules", "faults"),
    [
        ("[{exists: [other.yml]}]", 0),  # it is there: but who knows in which pipelines
        ("[{exists: ['**/*.gone']}]", 0),
        ("[{exists: ['$FILE']}]", 0),
        ("[{exists: {paths: [gone.yml], project: acme/ci}}]", 0),
        ("[{exists: [gone.yml]}, {if: $CI_COMMIT_BRANCH}]", 1),
        ("[{if: $CI_COMMIT_BRANCH}]", 1),
    ],
)
def test_a_file_that_another_rule_may_include_and_is_not_there_is_told(rules, faults):
    text = f"include: [{{local: ci/gone.yml, rules: {rules}}}]\nx: {{script: y}}\n"
    whole = read_gitlab(".gitlab-ci.yml", text, repository(*FILES))
    assert (len(whole.faults), len(whole.open_ends)) == (faults, 1)


def test_a_rule_over_a_file_of_another_project_or_of_an_unlisted_one_says_nothing():
    text = "include: [{local: a.yml, rules: [{exists: [gone.yml]}]}]\nx: {script: y}\n"
    assert len(read_gitlab(".gitlab-ci.yml", text, Shelf(**{"a.yml": "deploy: {script: x}\n"})).jobs) == 2
    assert len(read_gitlab(".gitlab-ci.yml", text, repository("a.yml")).jobs) == 1
