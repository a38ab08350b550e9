"""alice starts pipelines from pipelines of acme/web: their jobs run with the rights of the project, and are read with it."""

import pytest

from pipewarden.model.jobs import Circle
from pipewarden.pipelines.definition import Occasion
from pipewarden.pipelines.effective import effective_jobs
from pipewarden.pipelines.gitlab import gitlab_weaknesses
from tests.pipelines.gitlab.story import job, read, weak

MAIN = """\
    variables: {WHERE: production, BOT: $BOT_TOKEN}
    ship:
      rules: [{if: $CI_COMMIT_BRANCH == "main"}]
      trigger: {include: ci/child.yml}
    """
CHILD = """\
    variables: {WHERE: staging}
    deploy:
      environment: $WHERE
      script:
        - go $DEPLOY_TOKEN
        - eval $CI_COMMIT_TITLE
    """


def test_a_job_of_a_child_pipeline_is_a_job_that_its_trigger_starts():
    found = job(MAIN, {"ci/child.yml": CHILD}, "ship/deploy")
    assert found.position.file == "ci/child.yml"
    assert [(each.file, each.line) for each in found.parents] == [("", 2)]
    assert found.branches == ("main",)
    assert Occasion.PUSH in found.occasions
    assert not {Occasion.MERGE_REQUEST, Occasion.TAG} & set(found.occasions)
    assert read(MAIN, {"ci/child.yml": CHILD}).open_ends == ()


def test_it_holds_what_is_handed_on_and_that_wins_over_its_own_file():
    found = job(MAIN, {"ci/child.yml": CHILD}, "ship/deploy")
    assert found.environment is not None
    assert found.environment.choices == ("production",)
    assert {each.name for each in found.secrets} == {"BOT_TOKEN", "DEPLOY_TOKEN"}


def test_what_is_not_handed_on_is_not_held():
    text = MAIN.replace("{include: ci/child.yml}", "{include: ci/child.yml, forward: {yaml_variables: false}}")
    found = job(text, {"ci/child.yml": CHILD}, "ship/deploy")
    assert found.environment is not None
    assert found.environment.choices == ("staging",)
    assert [each.name for each in found.secrets] == ["DEPLOY_TOKEN"]


def test_rules_and_a_matrix_choose_what_is_handed_on():
    text = """\
    ship:
      parallel: {matrix: [{WHERE: [eu, us]}]}
      rules: [{if: $CI_COMMIT_TAG, variables: {KIND: final}}, {if: $CI_COMMIT_BRANCH, variables: {KIND: draft}}]
      trigger: {include: ci/child.yml}
    """
    child = "deploy: {environment: $WHERE/$KIND, script: x}\n"
    found = job(text, {"ci/child.yml": child}, "ship/deploy")
    assert found.environment is not None
    assert set(found.environment.choices) == {"eu/final", "eu/draft", "us/final", "us/draft"}


def test_what_is_wrong_in_a_child_is_told_in_its_file_with_what_its_jobs_reach():
    [found] = weak(MAIN, "gl.ci.inject", {"ci/child.yml": CHILD})
    assert (found.position.file, found.position.line, found.job) == ("ci/child.yml", 6, "ship/deploy")
    assert "secret:DEPLOY_TOKEN" in found.reaches


def test_a_child_is_for_the_merge_request_that_its_parent_is_for():
    text = "ship: {rules: [{if: $CI_MERGE_REQUEST_ID}], trigger: {include: c.yml}}\n"
    child = """\
    workflow: {rules: [{if: $CI_PIPELINE_SOURCE == "parent_pipeline"}]}
    asked: {script: x, rules: [{if: $CI_MERGE_REQUEST_ID}]}
    pushed: {script: x, rules: [{if: $CI_PIPELINE_SOURCE == "push"}]}
    plain: {script: x}
    """
    whole = read(text, {"c.yml": child})
    assert [each.id for each in whole.jobs] == ["ship", "ship/asked", "ship/plain"]
    asked = whole.job("ship/asked")
    assert asked is not None
    assert asked.occasions == (Occasion.MERGE_REQUEST,)


def test_variables_that_are_handed_on_decide_what_a_child_has():
    text = "ship: {variables: {KIND: web}, trigger: {include: c.yml}}\n"
    child = "web: {script: x, rules: [{if: $KIND == 'web'}]}\nlib: {script: x, rules: [{if: $KIND == 'lib'}]}\n"
    assert [each.id for each in read(text, {"c.yml": child}).jobs] == ["ship", "ship/web"]


def test_several_files_are_one_child_and_what_they_are_given_is_put_in():
    text = """\
    ship:
      trigger:
        include:
          - local: a.yml
            inputs: {target: web}
          - local: b.yml
        strategy: depend
    """
    files = {
        "a.yml": "spec: {inputs: {target: {}}}\n---\n.base: {before_script: ['login $[[ inputs.target ]]']}\n",
        "b.yml": "run: {extends: .base, script: x, needs: [build]}\nbuild: {script: x}\n",
    }
    found = job(text, files, "ship/run")
    assert [each.text for each in found.scripts] == ["login web", "x"]
    assert found.needs == ("ship/build",)
    assert [(each.text, each.followed) for each in found.includes] == [("a.yml", True), ("b.yml", True)]


def test_children_start_children_and_theirs_start_none():
    text = "a: {trigger: {include: one.yml}}\n"
    files = {
        "one.yml": "b: {trigger: {include: two.yml}}\n",
        "two.yml": "c: {script: x}\nd: {trigger: {include: three.yml}}\n",
        "three.yml": "e: {script: x}\n",
    }
    whole = read(text, files)
    assert [each.id for each in whole.jobs] == ["a", "a/b", "a/b/c", "a/b/d"]
    [fault] = whole.faults
    assert fault.file == "two.yml"
    assert "GitLab starts no pipeline more than 2 levels below the first" in fault.message


def test_a_file_that_starts_itself_ends():
    whole = read(
        "again: {trigger: {include: .gitlab-ci.yml}}\n",
        {".gitlab-ci.yml": "again: {trigger: {include: .gitlab-ci.yml}}\n"},
    )
    assert [each.id for each in whole.jobs] == ["again", "again/again", "again/again/again"]
    guarded = "again: {rules: [{if: $CI_PIPELINE_SOURCE != 'parent_pipeline'}], trigger: {include: .gitlab-ci.yml}}\n"
    whole = read(guarded, {".gitlab-ci.yml": guarded})
    assert ([each.id for each in whole.jobs if each.parents], whole.faults) == ([], ())


def test_a_child_that_starts_ever_more_children_is_cut_off_and_says_so():
    many = "".join(f"j{n}: {{trigger: {{include: a.yml}}}}\n" for n in range(12))
    whole = read(many, {"a.yml": many})
    assert len(whole.jobs) <= 2_000
    assert any("pipelines are started" in end.message for end in whole.open_ends)


def test_a_child_is_read_whose_start_has_no_occasion_of_its_own():
    text = "ship: {rules: [{if: $CI_PIPELINE_SOURCE == 'web' && $CI_COMMIT_TAG}], trigger: {include: c.yml}}\n"
    child = "deploy: {script: go $DEPLOY_TOKEN}\nweb: {script: x, rules: [{if: $CI_PIPELINE_SOURCE == 'web'}]}\n"
    whole = read(text, {"c.yml": child})
    assert [each.id for each in whole.jobs] == ["ship", "ship/deploy"]
    [deploy] = [each for each in effective_jobs(whole, ()) if each.id == "ship/deploy"]
    assert [start.by for start in deploy.starts] == [Circle.UNKNOWN]
    never = text.replace("$CI_COMMIT_TAG}]", "$CI_COMMIT_TAG, when: never}]")
    assert [each.id for each in read(never, {"c.yml": child}).jobs] == ["ship"]


@pytest.mark.parametrize(
    ("trigger", "says"),
    [
        ("{include: [{artifact: made.yml, job: make}]}", "a pipeline that another job generates was not read"),
        ("{include: gone.yml}", "the included file gone.yml was not read"),
        ("{include: [{project: acme/ci, file: child.yml}]}", "the included file acme/ci:child.yml was not read"),
    ],
)
def test_a_child_that_is_not_at_hand_is_an_open_end(trigger, says):
    [end] = read(f"deploy: {{trigger: {trigger}}}\n").open_ends
    assert (end.line, says in end.message) == (1, True), end


def test_a_child_of_another_projects_file_runs_here():
    found = job(
        "ship: {trigger: {include: [{project: acme/ci, file: c.yml, ref: v1}]}}\n",
        {"acme/ci:c.yml@v1": "x: {script: y}\n"},
        "ship/x",
    )
    assert found.position.file == "acme/ci:c.yml"


def test_a_pipeline_of_another_project_has_its_jobs_there():
    whole = read("down: {trigger: {project: acme/other, branch: main, forward: {pipeline_variables: true}}}\n")
    assert ([each.id for each in whole.jobs], whole.open_ends) == (["down"], ())
    assert whole.jobs[0].calls == ("acme/other@main",)
    [called] = effective_jobs(whole, ())[0].calls
    assert (called.kind, called.text, called.fixed) == ("pipeline", "acme/other@main", False)


def test_a_start_by_hand_stands_before_what_it_starts():
    found = job("ship: {when: manual, trigger: {include: c.yml}}\n", {"c.yml": "deploy: {script: x}\n"}, "ship/deploy")
    assert [hold.kind for hold in found.holds] == ["manual"]
    assert found.settled == ()


def test_what_is_given_at_the_start_chooses_in_a_child_only_where_it_is_handed_on():
    text = "ship: {trigger: {include: c.yml}}\n"
    child = "variables: {WHERE: staging}\ndeploy: {script: x, environment: $WHERE}\n"
    assert weak(text, "gl.var.override", {"c.yml": child}) == []
    handed = text.replace("c.yml}", "c.yml, forward: {pipeline_variables: true}}")
    [found] = weak(handed, "gl.var.override", {"c.yml": child})
    assert found.job == "ship/deploy"


def test_a_file_that_is_started_is_told_with_the_root_alone():
    books = {
        ".gitlab-ci.yml": "a: {trigger: {include: .gitlab/ci/one.yml}}\n",
        ".gitlab/ci/one.yml": "b: {script: x}\n",
    }
    assert read(books[".gitlab/ci/one.yml"], books, ".gitlab/ci/one.yml").part_of == ".gitlab-ci.yml"
    assert [each.id for each in read(books[".gitlab-ci.yml"], books).jobs] == ["a", "a/b"]


def test_who_edits_what_a_child_is_made_of_edits_its_jobs():
    whole = read(
        "include: base.yml\n" + "ship: {trigger: {include: c.yml}}\n",
        {"c.yml": "include: d.yml\nx: {script: y}\n", "d.yml": "e: {script: y}\n", "base.yml": "f: {script: x}\n"},
    )
    found = {each.id: each for each in effective_jobs(whole, gitlab_weaknesses(whole))}
    assert set(found["ship/x"].files) == {".gitlab-ci.yml", "base.yml", "c.yml", "d.yml"}
    assert ([str(each) for each in found["ship/x"].chain], str(found["ship/x"].at)) == (
        [".gitlab-ci.yml:2:1"],
        "c.yml:2:1",
    )
    assert {start.by for start in found["ship/x"].starts} == {Circle.DEVELOPER, Circle.SCHEDULE, Circle.WORKFLOW}
    assert found["f"].files == (".gitlab-ci.yml", "base.yml")


def test_a_matrix_without_values_hands_nothing_on():
    text = "ship: {parallel: {matrix: [{WHERE: []}]}, trigger: {include: c.yml}}\n"
    assert read(text, {"c.yml": "deploy: {script: x, environment: $WHERE}\n"}).job("ship/deploy") is not None
