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
