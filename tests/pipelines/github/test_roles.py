"""Cloud roles of jobs: as written, as the file settles them, as callers pass them; what is left open is `*`."""

import pytest

from tests.pipelines.github.shelves import jobs

ARN = "arn:aws:iam::111122223333:role/"


def job(role: str, more: str = "", on: str = "push") -> str:
    uses = f"{{uses: aws-actions/configure-aws-credentials@v4, with: {{role-to-assume: '{role}'}}}}"
    return f"on: {on}\npermissions: {{id-token: write}}\njobs: {{a: {{runs-on: x, {more} steps: [{uses}]}}}}\n"


@pytest.mark.parametrize(
    ("role", "more", "roles"),
    [
        (ARN + "prod", "", [ARN + "prod"]),
        ("arn:aws:iam::${{ vars.ACCOUNT }}:role/prod", "", ["arn:aws:iam::*:role/prod"]),
        ("${{ env.ROLE }}", f"env: {{ROLE: '{ARN}x'}},", [ARN + "x"]),
        ("${{ matrix.role }}", f"strategy: {{matrix: {{role: ['{ARN}a', '{ARN}b']}}}},", [ARN + "a", ARN + "b"]),
        ("${{ secrets.ROLE }}", "", []),
        ("${{ env.OTHER }}", f"env: {{ROLE: '{ARN}x'}},", []),
    ],
)
def test_what_the_file_settles(role: str, more: str, roles: list[str]) -> None:
    assert list(jobs(w=job(role, more))["w.yml#a"].roles) == roles


@pytest.mark.parametrize(
    ("passed", "roles"),
    [
        (ARN + "prod", [ARN + "prod"]),
        ("${{ vars.ROLE }}", []),
    ],
)
def test_callers_settle_inputs(passed: str, roles: list[str]) -> None:
    callee = job("${{ inputs.role }}", on="{workflow_call: {inputs: {role: {type: string}}}}")
    uses = f"uses: ./.github/workflows/c.yml, with: {{role: '{passed}'}}"
    caller = f"on: push\npermissions: {{id-token: write}}\njobs: {{x: {{{uses}}}}}\n"
    found = jobs(w=caller, c=callee)
    assert list(found["w.yml#x/a"].roles) == roles


WRITES = """\
on: push
permissions: {id-token: write}
env: {REGION: eu}
jobs:
  find:
    runs-on: ubuntu-latest
    strategy: {matrix: {stage: [dev, live]}}
    env: {ACCOUNT: "1"}
    steps:
      - id: v
        SHELL
      - uses: aws-actions/configure-aws-credentials@v4
        with: {role-to-assume: "${{ steps.v.outputs.role }}"}
"""


@pytest.mark.parametrize(
    ("script", "roles"),
    [
        ('echo "role=arn:x" >> "$GITHUB_OUTPUT"', ["arn:x"]),
        ("echo role=arn:x >> $GITHUB_OUTPUT", ["arn:x"]),
        ("echo 'role=arn:$x' >> ${GITHUB_OUTPUT} # so", ["arn:$x"]),
        ('echo "role=arn:$ACCOUNT:${REGION}" >> $GITHUB_OUTPUT', ["arn:1:eu"]),
        ('echo "role=arn:${{ env.ACCOUNT }}:${{ matrix.stage }}" >> $GITHUB_OUTPUT', ["arn:1:dev", "arn:1:live"]),
        ('A=x\n          echo "role=arn:$A" >> $GITHUB_OUTPUT', ["arn:x"]),
        (
            "if a; then\n            echo role=a >> $GITHUB_OUTPUT\n          else\n            echo role=b >> $GITHUB_OUTPUT\n          fi",
            ["a", "b"],
        ),
        ('echo "role=arn:$(./find.sh)" >> $GITHUB_OUTPUT', []),
        ('echo "role=arn:$OTHER" >> $GITHUB_OUTPUT', []),
        ('A=$(x)\n          echo "role=arn:$A" >> $GITHUB_OUTPUT', []),
        ('ACCOUNT=$(x)\n          echo "role=arn:$ACCOUNT" >> $GITHUB_OUTPUT', []),
        ('read ACCOUNT\n          echo "role=arn:$ACCOUNT" >> $GITHUB_OUTPUT', []),
        ('echo "role=arn:${ACCOUNT:-2}" >> $GITHUB_OUTPUT', []),
        ('echo "role=${{ github.head_ref }}" >> $GITHUB_OUTPUT', []),
        ("echo other=arn:x >> $GITHUB_OUTPUT", []),
        ("echo role=a >> $GITHUB_OUTPUT\n          ./more.sh >> $GITHUB_OUTPUT", []),
        ("# echo role=b >> $GITHUB_OUTPUT\n          echo role=a >> $GITHUB_OUTPUT", ["a"]),
    ],
)
def test_an_output_of_a_step_is_followed_where_its_script_writes_it_out(script: str, roles: list[str]) -> None:
    text = WRITES.replace("SHELL", f"run: |\n          {script}")
    assert list(jobs(w=text)["w.yml#find"].roles) == roles


def test_an_output_that_an_action_gives_is_open_and_one_of_a_job_is_followed() -> None:
    assert list(jobs(w=WRITES.replace("SHELL", "uses: acme/find@v1"))["w.yml#find"].roles) == []
    first = (
        "on: push\npermissions: {id-token: write}\njobs:\n  one:\n    runs-on: x\n"
        "    outputs: {role: '${{ steps.v.outputs.role }}', part: 'x-${{ steps.v.outputs.role }}'}\n"
        "    steps: [{id: v, run: 'echo role=arn:x >> $GITHUB_OUTPUT'}]\n"
        "  two:\n    needs: one\n    runs-on: x\n"
        "    steps: [{uses: aws-actions/configure-aws-credentials@v4, with: {role-to-assume: '${{ needs.one.outputs.NAME }}'}}]\n"
    )
    assert list(jobs(w=first.replace("NAME", "role"))["w.yml#two"].roles) == ["arn:x"]
    assert list(jobs(w=first.replace("NAME", "part"))["w.yml#two"].roles) == ["x-arn:x"]
    assert list(jobs(w=first.replace("NAME", "gone"))["w.yml#two"].roles) == []
    legs = first.replace("  one:\n", "  one:\n    strategy: {matrix: {a: [b]}}\n")
    assert list(jobs(w=legs.replace("NAME", "role"))["w.yml#two"].roles) == [], "the last leg of a matrix counts"
    round_ = "{role: '${{ needs.two.outputs.role }}'}"
    circle = first.replace("    needs: one\n", f"    needs: one\n    outputs: {round_.replace('two', 'one')}\n")
    circle = circle.replace("{role: '${{ steps.v.outputs.role }}',", f"{round_[:-1]},").replace("NAME", "role")
    assert list(jobs(w=circle)["w.yml#two"].roles) == []
