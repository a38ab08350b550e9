"""What acme's Jenkins answers, held against recorded answers of real controllers: the same fields, of the same types."""

import json
from typing import Any

import pytest

from pipewarden.connectors.jenkins.items import _started
from pipewarden.demo.jenkins import answers
from pipewarden.demo.jenkins.estate import acme
from tests.shared import shared_path

URL = "http://127.0.0.1"


def recorded(name: str) -> Any:
    return json.loads(shared_path(f"apis/jenkins/{name}.json").read_text(encoding="utf-8"))


def differing(made: Any, real: Any, where: str = "") -> list[str]:
    """Say which fields of an answer a real one does not have, or has with another type; null is of any type."""
    if isinstance(made, dict) and isinstance(real, dict):
        if where.endswith(("domains", "Action")):
            return []
        unknown = [f"{where}.{key}" for key in made if key not in real]
        return unknown + [
            d for key in made.keys() & real.keys() for d in differing(made[key], real[key], f"{where}.{key}")
        ]
    if isinstance(made, list) and isinstance(real, list):
        fields = {key: value for row in real if isinstance(row, dict) for key, value in row.items()}
        rows = [row for row in made if isinstance(row, dict)]
        return [d for row in rows for d in differing(row, fields, f"{where}[]")]
    same = made is None or real is None or type(made) is type(real)
    return [] if same else [f"{where}: {type(made).__name__}, not {type(real).__name__}"]


CONTROLLER = acme()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("jenkins-jenkins", answers.root(CONTROLLER)),
        ("job-folder", answers.item(CONTROLLER.items[0], "web", URL)),
        ("job-mbranch", answers.item(CONTROLLER.items[0].items[2], "web/pull-requests", URL)),
        ("job-pipeline", answers.item(CONTROLLER.items[0].items[0], "web/deploy-web", URL)),
        ("credential-domains", answers.store(CONTROLLER.credentials, "api/json", "system")),
        ("credential-credentials", answers.store(CONTROLLER.credentials, "domain/_/api/json", "system")),
        ("node-nodes", answers.computers(CONTROLLER)),
    ],
)
def test_an_answer_has_the_shape_of_a_real_one(name: str, made: Any) -> None:
    told = differing(made, recorded(name))
    # the real answers were recorded without depth: what `tree` asks for on top stands in the plugins' code alone
    deeper = (".lastBuild.timestamp", ".lastBuild.result", ".lastBuild.actions")
    assert [each for each in told if not each.endswith(deeper)] == []


def test_why_a_build_was_started_is_told_as_a_real_one_tells_it() -> None:
    real = recorded("node-nodes")["computer"][0]["executors"][0]["currentExecutable"]["actions"]
    [told] = [each for each in real if str(each.get("_class")).endswith("CauseAction")]
    [made] = [each for each in answers.actions("bob") if each]
    assert differing(made, told) == []
    assert made["causes"][0]["_class"] == told["causes"][0]["_class"]
    assert _started({"actions": real}) == {"by": ["admin"]}


def test_plugins_are_listed_by_their_short_names() -> None:
    real = recorded("plugin-plugin")
    assert real["_class"] == answers.plugins(CONTROLLER)["_class"]
    assert all("shortName" in row for row in real["plugins"] + answers.plugins(CONTROLLER)["plugins"])
