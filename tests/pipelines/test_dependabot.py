"""The configuration of Dependabot: code that it runs, and updates that wait."""

import asyncio

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import judge
from pipewarden.connectors.checkout import Checkout
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.pipelines.dependabot import read_dependabot
from tests.checks.builder import NOW

UPDATE = "version: 2\nupdates:\n  - package-ecosystem: pip\n    directory: /\n"
EXECUTION = next(check for check in checks.ALL if check.id == "wf.deps.execution")


def test_what_it_says() -> None:
    read = read_dependabot("d.yml", UPDATE + "    insecure-external-code-execution: allow\n")
    assert read == {
        "path": "d.yml",
        "updates": [{"ecosystem": "pip", "line": 3, "column": 5, "cooldown": False}],
        "allows": [{"ecosystem": "pip", "line": 5, "column": 39}],
    }
    assert read_dependabot("d.yml", "a: [") is None
    assert read_dependabot("d.yml", "- a") is None


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("    insecure-external-code-execution: allow\n", [("MEDIUM", 5)]),
        ("", [("INFO", 3)]),
        ("    insecure-external-code-execution: deny\n    cooldown: {default-days: 7}\n", []),
    ],
)
def test_the_check(tmp_path, more: str, told: list[tuple[str, int]]) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "dependabot.yml").write_text(UPDATE + more)
    into = SnapshotBuilder()
    asyncio.run(Checkout(tmp_path).collect(into, lambda *_: None))
    view = View(into.finish(SnapshotInfo(sources=(), started=NOW, ended=NOW)))
    assert [(each.severity.name, each.line) for each in judge([EXECUTION], view).findings] == told
