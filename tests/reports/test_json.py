"""The report as JSON: it keeps its published schema, and loses nothing."""

import json
from pathlib import Path

import jsonschema
import pytest

from pipewarden.model.ids import Ref
from pipewarden.reports import json_, write
from tests.reports import acme_report


@pytest.mark.parametrize("make", [acme_report.acme, acme_report.hostile, acme_report.only_gaps, acme_report.clean])
def test_it_keeps_its_schema(make):
    jsonschema.validate(json.loads(write(make(), "json")), json_.schema(), jsonschema.Draft202012Validator)


def test_the_schema_itself_is_one_and_names_every_field():
    schema = json_.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    value = json.loads(json_.write(acme_report.acme()))

    def compare(value, schema):
        if "anyOf" in schema:
            schema = schema["anyOf"][1] if value is None else schema["anyOf"][0]
        if isinstance(value, dict) and "properties" in schema:
            assert set(value) == set(schema["properties"])
            for name in value:
                compare(value[name], schema["properties"][name])
        if isinstance(value, list):
            for item in value:
                compare(item, schema["items"])

    compare(value, schema)


def test_the_published_schema_is_this_one():
    published = Path(__file__).resolve().parents[2] / "docs" / "report.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json_.schema()


def test_a_wrong_report_breaks_the_schema():
    value = json.loads(json_.write(acme_report.acme()))
    value["findings"][0]["severity"] = 4
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, json_.schema())


def test_ids_are_text_that_can_be_read_back():
    value = json.loads(write(acme_report.acme(), "json"))
    assert Ref.parse(value["findings"][0]["subject"]) == acme_report.DEPLOY
    assert value["findings"][0]["severity"] == "critical"
    assert value["as_of"] == "2026-03-09T08:30:00Z"
    assert value["findings"][0]["fingerprint"] in value["fix_next"][0]["ends"]


def test_keys_stand_in_one_order():
    text = write(acme_report.acme(), "json")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_all_lives_are_there():
    value = json.loads(write(acme_report.acme(), "json"))
    assert {one["life"] for one in value["findings"]} == {"new", "open", "waived", "gone", "unseen"}
