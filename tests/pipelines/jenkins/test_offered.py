"""Credentials whose ids are made of the axes of a matrix and the choices of a parameter: each value is one, no other is."""

import pytest

from tests.pipelines.jenkins.reading import declarative, read, stage

TAKES = "withCredentials([string(credentialsId: {}, variable: 'T')]) {{ sh 'x' }}"
AXES = "axis { name 'PLACE'; values 'eu', 'us' }\n axis { name 'KIND'; values 'read', 'write' }"


def names(text: str) -> list[str]:
    """Return what the jobs of a file take; an empty name may be any."""
    return sorted({read.name for job in read(text).jobs for read in job.secrets})


def matrix(id_: str, *, axes: str = AXES, more: str = "", before: str = "", steps: str = "") -> str:
    """Return a pipeline whose matrix takes one credential in each cell."""
    inner = stage(steps or TAKES.format(id_), "Cell", before)
    return declarative(f"stage('M') {{ matrix {{ axes {{ {axes} }}\n {more}\n stages {{ {inner} }} }} }}")


def choice(id_: str, offers: str = "choices: ['staging', 'production']", kind: str = "choice", more: str = "") -> str:
    """Return a pipeline that takes one credential by a parameter."""
    before = f"agent any\n  parameters {{ {kind}(name: 'ENV', {offers})\n{more} }}"
    return declarative(stage(TAKES.format(id_)), before)


@pytest.mark.parametrize("id_", ['"${PLACE}"', '"$PLACE"', "PLACE", "env.PLACE", '"${env.PLACE}"'])
def test_an_axis_is_each_of_its_values(id_):
    assert names(matrix(id_)) == ["eu", "us"]


def test_a_use_has_the_place_of_the_expression_and_is_no_dynamic_one():
    [job] = [job for job in read(matrix('"key-${PLACE}"')).jobs if job.name == "Cell"]
    assert [(each.name, each.dynamic, each.where) for each in job.secrets] == [
        ("key-eu", False, "withCredentials"),
        ("key-us", False, "withCredentials"),
    ]
    assert len({each.position for each in job.secrets}) == 1


def test_two_axes_are_every_cell_but_those_that_are_excluded():
    whole = '"${PLACE}-${KIND}"'
    assert names(matrix(whole)) == ["eu-read", "eu-write", "us-read", "us-write"]
    one = "excludes { exclude { axis { name 'PLACE'; values 'us' }\n axis { name 'KIND'; values 'write' } } }"
    assert names(matrix(whole, more=one)) == ["eu-read", "eu-write", "us-read"]
    assert names(matrix("PLACE", more=one)) == ["eu", "us"]
    others = "excludes { exclude { axis { name 'PLACE'; notValues 'eu' } } }"
    assert names(matrix("PLACE", more=others)) == ["eu"]
    by_code = "excludes { exclude { axis { name 'PLACE'; values left() } } }"
    assert names(matrix("PLACE", more=by_code)) == ["eu", "us"]


def test_a_condition_on_one_value_leaves_that_one():
    asked = "when { environment name: 'PLACE', value: 'eu' }"
    assert names(matrix('"${PLACE}-${KIND}"', before=asked)) == ["eu-read", "eu-write"]
    assert names(matrix("PLACE", before="when { not { environment name: 'PLACE', value: 'eu' } }")) == ["eu", "us"]


def test_an_axis_that_is_made_or_set_by_code_may_be_anything():
    assert names(matrix("PLACE", axes="axis { name 'PLACE'; values places() }")) == [""]
    assert names(matrix("OTHER")) == [""]
    assert names(matrix('"${PLACE.toLowerCase()}"')) == [""]
    inside = "withEnv(places()) { " + TAKES.format("env.PLACE") + " }\n def other = ['PLACE=prod']"
    assert names(matrix("", steps=inside)) == [""]
    inside = 'withEnv(["PLACE=${pick()}"]) { ' + TAKES.format("env.PLACE") + " }"
    assert names(matrix("", steps=inside)) == [""]
    assert names(matrix("", steps="script { PLACE = pick()\n" + TAKES.format("PLACE") + " }")) == [""]


def test_an_axis_is_nothing_outside_its_matrix():
    after = stage(TAKES.format('"${PLACE}"'), "After")
    inner = stage("sh 'x'")
    assert names(declarative(f"stage('M') {{ matrix {{ axes {{ {AXES} }}\n stages {{ {inner} }} }} }}\n{after}")) == [
        ""
    ]


@pytest.mark.parametrize(
    "offers",
    ["choices: ['staging', 'production']", "choices: 'staging\\nproduction'", "choices: '''staging\nproduction'''"],
)
@pytest.mark.parametrize("id_", ['"kube-${params.ENV}"', "'kube-' + params.ENV", '"kube-${ENV}"', '"kube-${env.ENV}"'])
def test_a_choice_is_each_of_what_it_offers(id_, offers):
    assert names(choice(id_, offers)) == ["kube-production", "kube-staging"]


def test_a_scripted_pipeline_has_choices_too():
    asked = "properties([parameters([choice(name: 'ENV', choices: ['a', 'b'])])])\n"
    body = (
        "node {{ stage('A') {{ sshagent([\"key-${{params.ENV}}\"]) {{ sh 'x' }}\n git credentialsId: {}, url: 'u' }} }}"
    )
    assert names(asked + body.format("params.ENV")) == ["a", "b", "key-a", "key-b"]
    assert names(asked + body.format("pick(params.ENV)")) == ["", "key-a", "key-b"]


def test_what_takes_any_text_or_is_listed_by_code_stays_any():
    id_ = '"kube-${params.ENV}"'
    assert names(choice(id_, "defaultValue: 'staging'", "string")) == [""]
    assert names(choice(id_, "choices: environments()")) == [""]
    assert names(choice(id_, "choices: ['staging', more]")) == [""]
    assert names(choice(id_, more="string(name: 'ENV')")) == [""]
    assert names(choice(id_, "value: 'a,b', type: 'PT_SINGLE_SELECT'", "extendedChoice")) == [""]
    assert names(choice('"kube-${params.OTHER}"')) == [""]


def test_the_environment_of_a_stage_takes_credentials_by_choice():
    before = 'environment { KUBE = credentials("kube-${params.ENV}") }'
    text = declarative(
        stage("sh 'x'", before=before), "agent any\n  parameters { choice(name: 'ENV', choices: ['a', 'b']) }"
    )
    assert names(text) == ["kube-a", "kube-b"]


def test_a_matrix_of_very_many_cells_may_be_anything():
    many = ", ".join(f"'v{n}'" for n in range(30))
    axes = f"axis {{ name 'PLACE'; values {many} }}\n axis {{ name 'KIND'; values {many} }}"
    assert names(matrix("PLACE", axes=axes)) == [""]


def test_very_many_combinations_of_choices_may_be_anything():
    declared = "\n".join(f"choice(name: 'P{n}', choices: ['a', 'aa'])" for n in range(20))
    id_ = '"' + "".join(f"${{params.P{n}}}" for n in range(20)) + '"'
    assert names(declarative(stage(TAKES.format(id_)), f"agent any\n  parameters {{ {declared} }}")) == [""]
    few = '"${params.P0}${params.P1}"'
    assert names(declarative(stage(TAKES.format(few)), f"agent any\n  parameters {{ {declared} }}")) == [
        "aa",
        "aaa",
        "aaaa",
    ]


def test_what_code_sets_is_known_of_each_name_apart():
    uses = "\n".join(TAKES.format(f"env.{name}") for name in ("ENV", "ONE", "TWO", "LAST"))
    more = "\n".join(f"choice(name: '{name}', choices: ['{name}-a', '{name}-b'])" for name in ("ONE", "TWO", "LAST"))
    code = "script { env.ONE = pick()\n def x = ['TWO=b'] }\n"
    before = f"agent any\n  parameters {{ choice(name: 'ENV', choices: ['a', 'b'])\n{more} }}"
    assert names(declarative(stage(code + uses), before)) == ["", "LAST-a", "LAST-b", "a", "b"]
