"""The version of an action, by its reference or by the comment beside a commit."""

import pytest

from pipewarden.pipelines.least.versions import is_since, version_of
from pipewarden.pipelines.workflow import read_workflow

SHA = "a" * 40


@pytest.mark.parametrize(
    ("uses", "version"),
    [
        ("acme/a@v4", (4,)),
        ("acme/a@v4.1.2", (4, 1, 2)),
        ("acme/a@refs/tags/v2", (2,)),
        ("acme/a@release/v1", "release/v1"),
        ("acme/a@main", "main"),
        (f"acme/a@{SHA}", None),
        (f"acme/a@{SHA} # v4.0.2", (4, 0, 2)),
        (f"acme/a@{SHA} # pin@v2", (2,)),
        (f"acme/a@{SHA} # ratchet:acme/a@v3.1", (3, 1)),
        (f"acme/a@{SHA} # tag 1.8", (1, 8)),
        (f"acme/a@{SHA} # 2023-01-05", None),
        (f"acme/a@{SHA} # of 2023", None),
        ("acme/a", None),
    ],
)
def test_what_a_reference_tells(uses: str, version: object) -> None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {uses}\n"
    assert version_of(read_workflow("w.yml", text).jobs[0].steps[0], text) == version


@pytest.mark.parametrize(
    ("version", "since", "holds"),
    [
        ((4,), (1, 6), True),
        ((1,), (1, 6), True),
        ((1, 6), (1, 6), True),
        ((1, 5, 9), (1, 6), False),
        ((0,), (1, 6), False),
        ("main", (1, 6), True),
        ("develop", (1, 6), False),
        (None, (1, 6), False),
    ],
)
def test_a_version_alone_that_moves_is_the_latest_of_its_kind(
    version: object, since: tuple[int, ...], holds: bool
) -> None:
    assert is_since(version, since, frozenset({"main"})) is holds  # type: ignore[arg-type]
