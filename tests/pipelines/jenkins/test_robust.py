"""Whatever a Jenkinsfile holds, its reader answers: no exception, no endless work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile import IN_JENKINSFILES, repeated
from pipewarden.pipelines.jenkins.flows import flowing
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses
from pipewarden.pipelines.lines import lines_of
from tests.pipelines.jenkins.test_declarative import SHOP
from tests.pipelines.jenkins.test_scripted import SCRIPTED
from tests.pipelines.mutated import mutated

PIECES = (
    "pipeline {", "stages {", "stage('a') {", "steps {", "sh ", "when {", "not {", "branch 'x'", "input ", "agent any", "node(", "matrix {",
    "parallel a: {", "withCredentials([", "string(credentialsId: ", "credentials('x')", "environment {", "X = ", "properties([", "library ",
    "@Library('a@b') _", "load ", "def f() {", "f()", "if (", "else ", "params.x", "${params.x}", "env.CHANGE_TITLE", "${", "$", "{", "}", "(",
    ")", "[", "]", "'", '"', "'''", '"""', "/", "$/", "/$", "//", "/*", "*/", "\\", "\n", ";", ",", ":", "=", "->", "?", ".", "\t", "\r", " ",
    "\x00", "\ud800", "é", "\ufeff", 'withEnv(["A=${b}"]) {', "GenericTrigger(token: 'a')", "Jenkins.instance", "new File(",
)  # fmt: skip


def everything(text: str) -> None:
    """Read and judge a text; every place lies in it."""
    definition = read_jenkinsfile("Jenkinsfile", text)
    lines = len(lines_of(text))
    places = [job.position for job in definition.jobs]
    places += [read.position for job in definition.jobs for read in job.secrets]
    places += [place for job in definition.jobs for _, place in job.injections]
    places += [script.position for job in definition.jobs for script in job.scripts]
    places += [weakness.position for weakness in jenkins_weaknesses(definition)]
    for place in (*places, *definition.faults, *definition.open_ends):
        assert 1 <= place.line <= lines
        assert place.column >= 1


@given(st.text())
def test_any_text(text):
    everything(text)
    list(flowing(text))


@given(st.lists(st.sampled_from(PIECES), max_size=80).map("".join))
@settings(max_examples=300)
def test_pieces_of_pipelines_in_any_order(text):
    everything(text)


@given(st.one_of(mutated(SHOP, PIECES, most=5), mutated(SCRIPTED, PIECES, most=5)))
@settings(max_examples=300)
def test_a_mutated_jenkinsfile(text):
    everything(text)


@pytest.mark.parametrize("name", IN_JENKINSFILES)
def test_a_piece_repeated_without_end_is_read(name):
    """How the time grows with the size is measured by `make bench-growth`."""
    everything(repeated(IN_JENKINSFILES[name], 40_000))


@pytest.mark.parametrize("deep", [5, 2000])
def test_lists_in_lists_of_credentials_end(deep):
    """A thousand lists in one another were once followed until the interpreter gave up."""
    inside = "[" * deep + "string(credentialsId: 'x', variable: 'Y')" + "]" * deep
    text = f"node {{ withCredentials({inside}) {{ sh 'make' }} }}"
    everything(text)
    named = {read.name for job in read_jenkinsfile("Jenkinsfile", text).jobs for read in job.secrets}
    assert ("x" in named) is (deep < 20)
