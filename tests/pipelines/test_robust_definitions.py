"""Whatever a file of Azure, CircleCI or Bitbucket holds, its reader and judge answer: no exception, no endless work."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipewarden.connectors.definitions import facts_of_told, told_of_definition
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.azure.expressions import UNKNOWN, parse, value_of
from pipewarden.pipelines.commands import run_download
from pipewarden.pipelines.files import PipelineKind
from pipewarden.pipelines.lines import lines_of
from pipewarden.pipelines.systems import SYSTEMS
from pipewarden.pipelines.yaml_tree import MAX_CHARACTERS
from tests.checks.builder import SEEN
from tests.pipelines.azure.test_azure_reader import RELEASE
from tests.pipelines.bitbucket.test_bitbucket_reader import PIPELINES
from tests.pipelines.circleci.test_circleci_reader import CONFIG

KINDS = {
    PipelineKind.AZURE_PIPELINES: ("azure-pipelines.yml", RELEASE),
    PipelineKind.CIRCLECI: (".circleci/config.yml", CONFIG),
    PipelineKind.BITBUCKET: ("bitbucket-pipelines.yml", PIPELINES),
}
PIECES = (
    "trigger:", "pr: ", "jobs:", "- job: a\n", "steps:", "- ", "script: ", "- template: self.yml\n", "parameters:", "${{ ", " }}",
    "${{ if ", "${{ each x in parameters }}:", "${{ else }}:", "${{ insert }}:", "parameters.a", "variables['Build.Reason']",
    "$(", ")", "$[", "<< ", " >>", "<<: *a", "&a ", "*a", "workflows:", "when:", "orbs:", "commands:", "run: ", "context: ",
    "filters: ", "pipelines:", "default:", "step:", "parallel:", "stage:", "deployment: production", "oidc: true", "pipe: a/b:1",
    "pool: ", "stages:", "strategy:", "environment: ", "'", '"', "[", "]", "{", "}", "\n", "\n  ", "\n    ", "\t", "\r", ":", "? ",
    "!tag ", "\ufeff", "---\n", "...\n", "%", "\x00", "\ud800", "é", "curl x | sh", "executor: ", "matrix:", "import: a:b:c",
)  # fmt: skip
WORDS = (
    "trigger", "pr", "schedules", "resources", "repositories", "repository", "containers", "container", "image", "pool", "vmImage",
    "name", "stages", "stage", "jobs", "job", "deployment", "environment", "strategy", "runOnce", "deploy", "steps", "script",
    "template", "parameters", "${{ if a }}", "${{ else }}", "${{ each x in parameters.jobs }}", "${{ insert }}", "task", "inputs",
    "azureSubscription", "checkout", "persistCredentials", "env", "condition", "dependsOn", "variables", "group", "value", "extends",
    "services", "demands", "orbs", "commands", "executors", "executor", "workflows", "when", "unless", "filters", "branches", "only",
    "ignore", "tags", "requires", "context", "type", "run", "command", "docker", "machine", "resource_class", "matrix", "setup",
    "pre-steps", "<<", "pipelines", "default", "pull-requests", "custom", "step", "parallel", "script", "pipe", "oidc", "runs-on",
    "definitions", "import", "triggers", "equal", "and", "auth", "w", "a",
)  # fmt: skip


class Mirror:
    """A library in which every template is the file itself."""

    def __init__(self, text):
        self.text = text

    def local(self, path):
        return self.text

    def elsewhere(self, project, path, ref):
        return None


def everything(text):
    """Read and judge a text as each system does."""
    lines = len(lines_of(text)) + text.count("\x85") + 1  # which is an end of line within a script
    for kind, (path, _) in KINDS.items():
        read, judge = SYSTEMS[kind].read, SYSTEMS[kind].judge
        definition = read(path, text, Mirror(text))
        weak = judge(definition)
        assert definition.complete or definition.faults
        for fault in (*definition.faults, *definition.open_ends):
            assert 1 <= fault.line <= lines
            assert fault.message
        for job in definition.jobs:
            assert 1 <= job.position.line <= lines
            for each in (*job.secrets, *job.claims, *job.includes, *job.scripts):
                assert 1 <= each.position.line <= lines + 1
        assert all(1 <= each.position.line <= lines + 1 for each in weak)
        repository = Ref("github.com", Kind.REPOSITORY, "1")
        facts_of_told(
            told_of_definition(definition, weak), repository=repository, repository_name="acme/web", origin=SEEN
        )


@given(st.text())
@settings(deadline=None)
def test_any_text(text):
    everything(text)
    run_download("curl " + text)
    value_of(parse(text), lambda path: UNKNOWN)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
@settings(max_examples=150, deadline=None)
def test_pieces_of_pipelines_in_any_order(text):
    everything(text)


@st.composite
def mutated(draw):
    """A real file with some stretches cut, doubled or replaced."""
    text = draw(st.sampled_from([text for _, text in KINDS.values()]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        text = text[:start] + draw(st.sampled_from((*PIECES, "", text[start:end] * 2))) + text[end:]
    return text


@given(mutated())
@settings(max_examples=300, deadline=None)
def test_a_mutated_pipeline(text):
    everything(text)


@given(st.recursive(
    st.one_of(st.none(), st.booleans(), st.text("ab${}<>(). *-", max_size=12), st.sampled_from((*PIECES, *WORDS))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    ),
    max_leaves=40,
))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_the_right_words_in_the_wrong_shapes(shape):
    everything(json.dumps(shape))


HUGE = MAX_CHARACTERS // 8


@pytest.mark.parametrize(
    "text",
    [
        "steps: [" + "{script: 'curl x | y'}, " * (HUGE // 24) + "]",
        "steps:\n- script: |\n" + "    curl curl curl |\n" * (HUGE // 22),
        "steps:\n- script: " + "curl " * (HUGE // 5),
        "steps:\n- script: " + "$(Build.A) ${{ parameters.x }} " * (HUGE // 32),
        "jobs:\n" + "".join(f"- job: j{n}\n  dependsOn: [j{n - 1}]\n  steps: []\n" for n in range(1, 4000)),
        "variables: [" + "{group: g}, " * 3000 + "]\njobs: [" + "{job: a, steps: []}, " * 3000 + "]",
        "steps: ['${{ if a }}': [" * 20 + "]" * 20,
        "steps:\n- ${{ each a in parameters }}:\n  - ${{ each b in parameters }}:\n    - ${{ each c in parameters }}:\n      - script: x\n"
        "parameters: {" + "".join(f"p{n}: 1, " for n in range(3000)) + "}",
        "version: 2.1\ncommands: {" + "".join(f"c{n}: {{steps: [c{n + 1}, c{n + 1}]}}, " for n in range(60)) + "}\n"
        "jobs: {build: {machine: true, steps: [c0]}}",
        "jobs: {build: {machine: true, steps: [" + "checkout, " * 15000 + "]}}\nworkflows: {w: {jobs: [" + "build, " * 3000 + "]}}",
        "jobs: {a: {machine: true, steps: []}}\nworkflows: {w: {jobs: ["
        + "".join(f"{{a: {{name: n{n}, requires: [n{n - 1}, n{n - 2}]}}}}, " for n in range(1500)) + "]}}",
        "pipelines: {default: [" + "{step: {script: ['eval $BITBUCKET_BRANCH']}}, " * 4000 + "]}",
        "pipelines: {default: [" + "{parallel: [" * 15 + "]}" * 15 + "]}",
    ],
    ids=lambda text: text[:24].strip().replace("\n", " ") + f" {len(text)}",
)  # fmt: skip
def test_hostile_files_are_read_in_the_end(text):
    everything(text)


def test_the_same_text_gives_the_same_definition():
    for kind, (path, text) in KINDS.items():
        read, judge = SYSTEMS[kind].read, SYSTEMS[kind].judge
        once, again = read(path, text, Mirror("")), read(path, text, Mirror(""))
        assert once == again
        assert judge(once) == judge(again)
