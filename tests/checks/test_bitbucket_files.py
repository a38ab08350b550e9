"""Each check of Bitbucket pipelines: what fires it, and the near miss that does not."""

import pytest

from tests.checks.pipeline_files import says

PATH = "bitbucket-pipelines.yml"


def step(rest, where="default", script="[./go]"):
    body = f"- step: {{ name: Deploy, script: {script}, {rest} }}"
    return (
        f"pipelines:\n  default:\n  {body}\n"
        if where == "default"
        else f"pipelines:\n  branches:\n    {where}:\n    {body}\n"
    )


CASES = {
    "bb.deploy.any_branch": (
        step("deployment: production"),
        [(3, "job default.Deploy deploys to production from any branch, started by nobody")],
        [step("deployment: production, trigger: manual"), step("deployment: production", "main"), step("deployment: staging")],
    ),
    "bb.deploy.none": (
        step("").replace("name: Deploy", "name: Deploy to production"),
        [(3, "job default.Deploy to production ships to production and names no deployment environment")],
        [step("deployment: production").replace("name: Deploy", "name: Deploy to production"), step("").replace("name: Deploy", "name: Deploy non-prod")],
    ),
    "bb.oidc.any_branch": (
        step("oidc: true"),
        [(3, "job default.Deploy takes an OIDC identity on every branch, for no environment")],
        [step("oidc: true", "main"), step("oidc: true, deployment: test")],
    ),
    "bb.inject": (
        step("deployment: test", script="['eval \"go $BITBUCKET_BRANCH\"']"),
        [(3, "job default.Deploy lets a second shell run the name of a branch or tag")],
        [step("deployment: test", script="['go \"$BITBUCKET_BRANCH\"']"), step("", script="['eval \"go $BITBUCKET_BRANCH\"']")],
    ),
    "bb.pipe.moves": (
        step("", script="[{ pipe: 'globex/scan:1' }]"),
        [(3, "job default.Deploy runs the pipe globex/scan:1, whose version moves")],
        [step("", script="[{ pipe: 'globex/scan:1.2.3' }, { pipe: 'atlassian/slack-notify:2' }]")],
    ),
    "bb.image.moves": (
        step("image: globex/tool, deployment: test"),
        [(3, "job default.Deploy runs in globex/tool, whose tag moves")],
        [step("image: globex/tool"), step("image: 'globex/tool:1.2', deployment: test")],
    ),
    "bb.remote_script": (
        step("oidc: true", script="['bash <(curl -s https://codecov.globex.example/bash)']"),
        [(3, "job default.Deploy runs what https://codecov.globex.example/bash answers, beside an OIDC identity")],
        [step("oidc: true", script="['curl -s https://codecov.globex.example/bash -o x']"), step("", script="['curl -s https://a.example | sh']")],
    ),
    "bb.runner.any_branch": (
        step("runs-on: [self.hosted, linux]"),
        [(3, "job default.Deploy runs every branch on your own runner")],
        [step("runs-on: [self.hosted, linux]", "main"), step("runs-on: [cloud]")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", CASES)
def test_a_check_fires_at_its_line_and_not_on_the_near_miss(check):
    fires, told, passes = CASES[check]
    assert says(check, PATH, fires) == told
    for text in passes:
        assert says(check, PATH, text) == []
