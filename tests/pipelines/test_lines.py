r"""Lines are counted as editors count them: `\n`, `\r\n` and `\r` end one; U+0085, U+2028, U+2029 and form feeds do not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipewarden.pipelines import lines
from pipewarden.pipelines.codeowners import read_codeowners
from pipewarden.pipelines.files import PipelineKind
from pipewarden.pipelines.github.weak.judge import github_weaknesses
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.library import Nothing
from pipewarden.pipelines.plain import FileKind, find_secrets, instead_of
from pipewarden.pipelines.systems import SYSTEMS
from pipewarden.pipelines.trusts.read import read_trusts
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.pipelines.yaml_tree import parse
from tests.pipelines.plain import tokens

NO_ENDS = ["\x85", "\u2028", "\u2029"]
"""What YAML 1.1 and Python take for the end of a line."""

WORKFLOW = """\
# {}
on:
  pull_request_target:
jobs:
  greet:
    runs-on: ubuntu-latest
    permissions:
      contents: write
    steps:
      - run: |
          echo hello
          echo "${{ github.event.pull_request.title }}"
"""
JENKINSFILE = """\
// {}
pipeline {
  agent any
  parameters { string(name: 'VERSION') }
  stages {
    stage('Build') {
      steps {
        sh "build ${params.VERSION}"
      }
    }
  }
}
"""
GITLAB = '# {}\nbuild:\n  script:\n    - make\n    - eval "$CI_COMMIT_TITLE"\n'
CIRCLECI = """\
# {}
version: 2.1
jobs:
  build:
    docker: [{image: cimg/base:2026.01}]
    steps:
      - run: echo << pipeline.event.github.pull_request.title >>
workflows: {all: {jobs: [build]}}
"""
AZURE = (
    "# {}\npool: {vmImage: ubuntu-latest}\nsteps:\n  - script: make\n  - script: echo $(Build.SourceVersionMessage)\n"
)
TERRAFORM = """\
# {}
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/web:*"]
    }
  }
}
resource "aws_iam_role" "ci" {
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
"""
BICEP = """\
// {}
resource web 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  name: 'web'
  properties: {
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:acme/web:environment:production'
    audiences: [ 'api://AzureADTokenExchange' ]
  }
}
"""

Told = Callable[[str], list[int]]


def of_workflow(text: str) -> list[int]:
    workflow = read_workflow(".github/workflows/greet.yml", text)
    return [each.position.line for each in (*hazards(workflow), *github_weaknesses(workflow, text))]


def of(kind: PipelineKind, path: str) -> Told:
    def told(text: str) -> list[int]:
        reading = SYSTEMS[kind]
        return [each.position.line for each in reading.judge(reading.read(path, text, Nothing()))]

    return told


def of_trusts(path: str) -> Told:
    def told(text: str) -> list[int]:
        return [line for trust in read_trusts({path: text}).trusts for line in (trust.line, trust.subject_line)]

    return told


def of_codeowners(text: str) -> list[int]:
    found = read_codeowners("CODEOWNERS", text)
    return [each.line for each in (*found.rules, *found.faults)]


def of_secrets(text: str) -> list[int]:
    found = find_secrets(
        "deploy.sh", text.replace("TOKEN", tokens.classic("ghp")), FileKind.SHELL, b"a key of the estate acme"
    )
    return [each.position.line for each in found]


def of_ways(text: str) -> list[int]:
    return [each.line for each in instead_of("w.yml", text)]


def of_faults(text: str) -> list[int]:
    return [each.line for each in parse(text).faults]


CASES = {
    "workflow": (of_workflow, WORKFLOW, 12),
    "gitlab": (of(PipelineKind.GITLAB_CI, ".gitlab-ci.yml"), GITLAB, 5),
    "jenkins": (of(PipelineKind.JENKINS, "Jenkinsfile"), JENKINSFILE, 8),
    "circleci": (of(PipelineKind.CIRCLECI, ".circleci/config.yml"), CIRCLECI, 7),
    "azure": (of(PipelineKind.AZURE_PIPELINES, "azure-pipelines.yml"), AZURE, 5),
    "bicep": (of_trusts("main.bicep"), BICEP, 6),
    "terraform": (of_trusts("main.tf"), TERRAFORM, 11),
    "codeowners": (of_codeowners, "# {}\n* @alice\n/deploy nobody!\n", 3),
    "secrets": (of_secrets, "# {}\nmake\ncurl -H 'Authorization: token TOKEN' https://api.acme.example\n", 3),
    "ways": (of_ways, "# {}\nwith:\n  role-to-assume: arn:aws:iam::123456789012:role/deploy\n", 3),
    "a key given twice": (of_faults, "# {}\na: 1\na: 2\n", 3),
    "no YAML": (of_faults, "# {}\na: 1\nb: }\n", 3),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("odd", [*NO_ENDS, "\f", "\v", "\x1c"], ids=ascii)
def test_what_ends_no_line_shifts_none(case: str, odd: str) -> None:
    told, text, line = CASES[case]
    plain = told(text.replace("{}", "here", 1))
    assert line in plain
    if odd not in NO_ENDS and case not in {"jenkins", "bicep", "terraform", "codeowners", "secrets", "ways"}:
        return  # YAML allows no such character, wherever it stands
    assert told(text.replace("{}", f"# here {odd}# and there", 1)) == plain


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("end", ["\r\n", "\r"], ids=ascii)
def test_every_end_of_a_line_counts_once(case: str, end: str) -> None:
    told, text, _ = CASES[case]
    if end == "\r" and case in {"terraform", "codeowners", "bicep", "jenkins"}:
        return  # their comments go on behind it
    assert told(text.replace("{}", "here", 1).replace("\n", end)) == told(text.replace("{}", "here", 1))


@pytest.mark.parametrize("case", ["jenkins", "codeowners"])
def test_a_lone_carriage_return_is_an_end_to_whoever_opens_the_file(case: str) -> None:
    told, text, _ = CASES[case]
    assert told(text.replace("{}", "here\r# and there", 1)) == [line + 1 for line in told(text)]


@given(st.text(alphabet="a\r\n\x85\u2028\f "))
def test_all_counts_agree(text: str) -> None:
    starts = [0, *lines.beginnings(text)]
    assert len(lines.lines_of(text)) == len(starts)
    for at in range(len(text) + 1):
        if text[at - 1 : at + 1] == "\r\n":
            continue  # no place: the two are one end
        line, column = lines.place(text, at)
        assert (line, column) == lines.place_among(starts[1:], at)
        assert starts[line - 1] == lines.line_start(text, at)
        assert lines.breaks(text, 0, at) == line - 1
        if column > 1:
            assert lines.lines_of(text)[line - 1][column - 2] == text[at - 1]
