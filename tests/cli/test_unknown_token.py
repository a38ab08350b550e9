"""`reach fork --in` tells a token of which no file says what it may do, as `pipelines` does."""

import json
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main

FILE = """on: pull_request_target
{permissions}jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {{ref: "${{{{ github.event.pull_request.head.sha }}}}"}}
      - run: make
"""
SAID = "not known: where the file states no permissions, the repository's default may be to write"
WHAT = "perhaps a token that writes: what it may do is not known"


def checkout(at: Path, permissions: str) -> str:
    """Return a checkout with one pipeline that runs the code of pull requests."""
    (at / ".github/workflows").mkdir(parents=True)
    (at / ".github/workflows/build.yml").write_text(FILE.format(permissions=permissions))
    return str(at)


def test_a_token_that_no_file_tells_of_is_told_as_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = checkout(tmp_path, "")
    assert ended(main, ["reach", "fork", "--in", at]) == 0
    told = capsys.readouterr()
    assert WHAT in told.out
    assert f"the token of 1 job is {SAID}" in " ".join(told.err.split())
    assert ended(main, ["reach", "fork", "--in", at, "--format", "json"]) == 0
    [one] = json.loads(capsys.readouterr().out)["reached"]
    assert (one["capability"], one["what"], one["known"]) == ("push", WHAT, False)


@pytest.mark.parametrize(
    ("permissions", "what"),
    [("permissions: read-all\n", "no more than reading"), ("permissions: write-all\n", "token writes")],
)
def test_a_token_that_the_file_tells_of_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], permissions: str, what: str
) -> None:
    at = checkout(tmp_path, permissions)
    assert ended(main, ["reach", "fork", "--in", at]) == 0
    told = capsys.readouterr()
    assert WHAT not in told.out
    assert what in told.out
    assert SAID not in " ".join(told.err.split())
    assert ended(main, ["reach", "fork", "--in", at, "--format", "json"]) == 0
    assert {each["known"] for each in json.loads(capsys.readouterr().out)["reached"]} == {True}
