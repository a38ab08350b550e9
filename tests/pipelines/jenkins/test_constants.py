"""A name that a block sets has that value in the block alone: an axis or a parameter of its name has its own elsewhere."""

import pytest

from tests.pipelines.jenkins.reading import declarative, read, stage

TAKES = "withCredentials([string(credentialsId: {}, variable: 'T')]) {{ sh 'x' }}"
TAKES_A = TAKES.format('"key-${A}"')
OVER = "environment { A = 'over' }"


def names(text: str, job: str = "") -> list[str]:
    """Return what the jobs of a file take, or one of them; an empty name may be any."""
    return sorted({each.name for found in read(text).jobs if job in {"", found.name} for each in found.secrets})


def matrix(stages: str, more: str = "") -> str:
    """Return a pipeline with a matrix of one axis, A, around some stages."""
    inner = f"axes {{ axis {{ name 'A'; values 'l', 'w' }} }}\n {more}\n stages {{ {stages} }}"
    return f"stage('M') {{ matrix {{ {inner} }} }}"


def test_the_environment_of_a_stage_beside_overwrites_no_axis():
    text = declarative(matrix(stage(TAKES_A, "s") + "\n" + stage("sh 'y'", "t", OVER)))
    assert names(text) == ["key-l", "key-w"]


def test_in_the_stage_that_sets_it_an_axis_is_what_it_sets():
    text = declarative(matrix(stage(TAKES_A, "s") + "\n" + stage(TAKES_A, "t", OVER)))
    assert (names(text, "s"), names(text, "t")) == (["key-l", "key-w"], ["key-over"])
    computed = declarative(matrix(stage(TAKES_A, "t", "environment { A = pick() }")))
    assert names(computed) == [""]


def test_a_stage_inside_has_what_the_one_around_sets():
    inner = stage(TAKES_A, "in") + "\n" + stage(TAKES_A, "own", "environment { A = 'own' }")
    text = declarative(f"stage('out') {{ {OVER}\n stages {{ {inner} }} }}\n{stage(TAKES_A, 'beside')}")
    assert (names(text, "in"), names(text, "own"), names(text, "beside")) == (["key-over"], ["key-own"], [""])


def test_an_axis_stands_before_the_environment_of_the_pipeline():
    before = f"agent any\n  {OVER}"
    text = declarative(matrix(stage(TAKES_A, "s")) + "\n" + stage(TAKES_A, "after"), before)
    assert (names(text, "s"), names(text, "after")) == (["key-l", "key-w"], ["key-over"])
    both = declarative(matrix(stage(TAKES_A, "s"), OVER))
    assert names(both) == [""]


def test_a_parameter_is_shadowed_in_the_stage_that_sets_it():
    before = "agent any\n  parameters { choice(name: 'A', choices: ['x', 'y']) }"
    text = declarative(stage(TAKES_A, "s") + "\n" + stage(TAKES_A, "t", OVER), before)
    assert (names(text, "s"), names(text, "t")) == (["key-x", "key-y"], ["key-over"])
    whole = TAKES.format('"key-${params.A}"')
    assert names(declarative(stage(whole, "t", OVER), before)) == ["key-x", "key-y"]


def test_with_env_holds_in_its_block():
    steps = f"withEnv(['A=in']) {{ {TAKES_A} }}\n{TAKES_A}"
    assert names(declarative(matrix(stage(steps, "s")))) == ["key-in", "key-l", "key-w"]
    assert names(f"node {{ withEnv(['A=in']) {{ sh 'x' }}\n{TAKES_A} }}") == [""]


@pytest.mark.parametrize(
    ("stages", "found"),
    [
        (stage("ship()", "s", OVER), ["key-over"]),
        (stage("ship()", "s", OVER) + "\n" + stage("ship()", "t", "environment { A = 'other' }"), [""]),
        (matrix(stage("ship()", "s") + "\n" + stage("sh 'y'", "t", OVER)), [""]),
        (matrix(stage("ship()", "s")), ["key-l", "key-w"]),
    ],
)
def test_a_method_has_a_value_that_one_block_alone_sets(stages, found):
    assert names(f"{declarative(stages)}\ndef ship() {{ {TAKES_A} }}\n") == found


def test_what_code_sets_holds_in_the_whole_file():
    assert names(f"def A = 'once'\nnode {{ {TAKES_A} }}") == ["key-once"]
    assert names(f"def A = 'once'\n{declarative(stage(TAKES_A, 's'))}") == ["key-once"]
    assert names(f"def A = 'once'\n{declarative(stage(TAKES_A, 's', OVER))}") == [""]
    assert names(declarative(matrix(stage(f"script {{ A = 'x' }}\n{TAKES_A}", "s")))) == [""]
    assert names(declarative(matrix(stage(TAKES_A, "s") + "\n" + stage("script { env.A = 'x' }", "t")))) == [""]


def test_a_name_that_very_many_stages_set_may_be_anything():
    many = "\n".join(stage("sh 'x'", f"s{n}", f"environment {{ A = 'v{n}' }}") for n in range(600))
    assert names(declarative(f"{many}\n{stage(TAKES_A, 'last', OVER)}")) == [""]
