"""Each check of CircleCI configurations: what fires it, and the near miss that does not."""

import pytest

from tests.checks.pipeline_files import says

PATH = ".circleci/config.yml"


def config(steps="[checkout]", use="", executor="docker: [{ image: cimg/base:2024.01 }]", head=""):
    return f"version: 2.1\n{head}jobs:\n  deploy:\n    {executor}\n    steps: {steps}\nworkflows:\n  w:\n    jobs:\n    - deploy: {{ {use} }}\n"


CASES = {
    "cc.inject": (
        config('[{ run: "echo << pipeline.event.github.pull_request.title >>" }]'),
        [(5, "job w.deploy runs the text of pipeline.event.github.pull_request.title as commands")],
        config('[{ run: { command: "echo $T << pipeline.id >>", environment: { T: << pipeline.event.github.pull_request.title >> } } }]'),
    ),
    "cc.orb.moves": (
        config("[x/notify]", "context: [slack]", head="orbs: { x: globex/x@1.2 }\n"),
        [(2, "the orb globex/x@1.2 changes without a change here")],
        config("[x/notify, n/install]", "context: [slack]", head="orbs: { x: globex/x@1.2.3, n: circleci/node@5 }\n"),
    ),
    "cc.context.any_branch": (
        config(use="context: [production]"),
        [(9, "job w.deploy gets production on every branch, without an approval")],
        config(use="context: [production], filters: { branches: { only: main } }"),
    ),
    "cc.image.moves": (
        config(use="context: [slack]", executor="docker: [{ image: acme/build }]"),
        [(4, "job w.deploy runs in acme/build, whose tag moves")],
        config(executor="docker: [{ image: acme/build }]"),
    ),
    "cc.remote_script": (
        config("[{ run: 'wget -qO- https://get.globex.example | sh' }]", "context: [slack]"),
        [(9, "job w.deploy runs what https://get.globex.example answers, beside slack")],
        config("[{ run: 'wget -qO- https://get.globex.example | sh' }]"),
    ),
    "cc.runner.any_branch": (
        config(executor="machine: true\n    resource_class: acme/own"),
        [(9, "job w.deploy runs every branch on your own runner acme/own")],
        config(executor="machine: true\n    resource_class: large"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", CASES)
def test_a_check_fires_at_its_line_and_not_on_the_near_miss(check):
    fires, told, passes = CASES[check]
    assert [sentence for _, sentence in says(check, PATH, fires)] == [sentence for _, sentence in told]
    assert says(check, PATH, passes) == []


def test_an_approval_before_the_job_is_enough():
    text = config(use="context: [production], requires: [hold]") + "    - hold: { type: approval }\n"
    assert says("cc.context.any_branch", PATH, text) == []


def test_a_free_parameter_counts_where_the_job_is_kept_to_a_branch():
    head = "parameters: { v: { type: string } }\n"
    steps = '[{ run: "go << pipeline.parameters.v >>" }]'
    kept = "context: [production], filters: { branches: { only: main } }"
    assert [each for _, each in says("cc.parameter", PATH, config(steps, kept, head=head))] == [
        "job w.deploy runs the parameter v as commands"
    ]
    assert says("cc.parameter", PATH, config(steps, "context: [production]", head=head)) == []
    typed = head.replace("string", "boolean")
    assert says("cc.parameter", PATH, config(steps, kept, head=typed)) == []


def test_places_are_those_of_the_file():
    text = "jobs:\n  a:\n    machine: true\n    steps:\n    - run: |\n        make\n        curl https://x.example/i.sh | bash\nworkflows:\n  w:\n    jobs:\n    - a: { context: c }\n"
    assert [line for line, _ in says("cc.remote_script", PATH, text)] == [7]
