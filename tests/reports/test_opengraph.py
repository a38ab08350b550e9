"""A snapshot as OpenGraph: every edge lands, every property can be held, nothing is said twice."""

import json
from collections import Counter

import jsonschema
import pytest

from pipewarden.model.facts import Identity, Trust, Use
from pipewarden.model.ids import Kind, members_of, owners_of
from pipewarden.reports.opengraph import write
from tests.access.estate import SEEN, Estate, ref

HELD = {
    "type": "object",
    "additionalProperties": {
        "anyOf": [
            {"type": ["string", "number", "boolean"]},
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "number"}},
            {"type": "array", "items": {"type": "boolean"}},
        ]
    },
}
RESERVED = {"pattern": "^[Tt][Aa][Gg](?:_|$)"}
END = {
    "type": "object",
    "required": ["value", "match_by"],
    "properties": {"value": {"type": "string"}, "match_by": {"const": "id"}},
    "additionalProperties": False,
}
RULES = {
    "type": "object",
    "required": ["graph"],
    "additionalProperties": False,
    "properties": {
        "metadata": {
            "type": "object",
            "properties": {"source_kind": {"type": "string"}},
            "additionalProperties": False,
        },
        "graph": {
            "type": "object",
            "additionalProperties": False,
            "required": ["nodes", "edges"],
            "properties": {
                "nodes": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["id", "kinds", "properties"],
                        "additionalProperties": False,
                        "properties": {
                            "id": {"type": "string", "minLength": 1},
                            "kinds": {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 3,
                                "items": {"type": "string", "pattern": "^(GH|PW)_[A-Za-z]+$", "not": RESERVED},
                            },
                            "properties": HELD | {"not": {"required": ["objectid"]}},
                        },
                    },
                },
                "edges": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["kind", "start", "end"],
                        "additionalProperties": False,
                        "properties": {
                            "kind": {"type": "string", "pattern": "^[A-Za-z0-9_]+$", "not": RESERVED},
                            "start": END,
                            "end": END,
                            "properties": HELD,
                        },
                    },
                },
            },
        },
    },
}
"""What BloodHound refuses at its door, https://bloodhound.specterops.io/opengraph/developer/schema, in our words."""


def acme():
    estate = Estate(base="read")
    alice, bob = estate.member("alice", owner=True), estate.member("bob")
    dave = estate.outsider("dave")
    team = estate.team("platform", bob)
    web = estate.repo(
        "web",
        objectid="forged",
        topics=["a", "b"],
        mixed=["a", 1],
        deep={"x": 1},
        nothing=None,
        empty=[],
        archived=False,
    )
    estate.grant(team, web, "maintain")
    estate.grant(dave, web, "write")
    key = estate.machine(Kind.DEPLOY_KEY, "build server", owner=bob, read_only=False)
    estate.grant(key, web, "deploy_key:write")
    estate.classic(web)
    where = estate.environment(web)
    estate.secret(estate.org, "ORG_KEY")
    secret = estate.secret(web, "AWS_KEY")
    estate.secret(where, "PROD")
    flow = ref(Kind.WORKFLOW, "web:.github/workflows/deploy.yml")
    estate.add(Use(by=flow, what="secret", name="AWS_KEY", resource=secret, line=7, origin=SEEN))
    estate.add(Use(by=flow, what="secret", name="GONE", line=9, origin=SEEN))
    cloud = ref(Kind.CLOUD_ROLE, "deployer")
    estate.add(
        Trust(
            ref=ref(Kind.TRUST, "t1"),
            principal=cloud,
            issuer="https://issuer.example",
            subjects=("repo:acme/*",),
            origin=SEEN,
        )
    )
    estate.add(
        Identity(ref=ref(Kind.IDENTITY, "i1"), name="Bob", emails=("bob@acme.example",), accounts=(bob,), origin=SEEN)
    )
    return estate, {
        "alice": alice,
        "bob": bob,
        "dave": dave,
        "team": team,
        "web": web,
        "key": key,
        "secret": secret,
        "flow": flow,
        "cloud": cloud,
    }


@pytest.fixture(scope="module")
def drawn():
    estate, names = acme()
    value = json.loads(write(estate.snapshot()))
    return value, names, estate


def edges(value, kind):
    return {(edge["start"]["value"], edge["end"]["value"]) for edge in value["graph"]["edges"] if edge["kind"] == kind}


def test_every_edge_joins_two_nodes_that_are_there_once(drawn):
    value, _, _ = drawn
    ids = Counter(node["id"] for node in value["graph"]["nodes"])
    assert set(ids.values()) == {1}
    for edge in value["graph"]["edges"]:
        assert {edge["start"]["value"], edge["end"]["value"]} <= set(ids)
        assert edge["kind"].isidentifier()


def test_bloodhound_lets_it_in(drawn):
    value, _, _ = drawn
    jsonschema.validate(value, RULES, jsonschema.Draft202012Validator)
    for wrong in ({"deep": {"x": 1}}, {"mixed": ["a", 1]}, {"nothing": None}, {"objectid": "x"}):
        node = {"id": "1", "kinds": ["GH_User"], "properties": wrong}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"graph": {"nodes": [node], "edges": []}}, RULES, jsonschema.Draft202012Validator)


def test_properties_are_what_bloodhound_can_hold(drawn):
    value, names, _ = drawn
    for thing in value["graph"]["nodes"] + value["graph"]["edges"]:
        for held in thing["properties"].values():
            assert isinstance(held, str | int | float | bool | list)
            if isinstance(held, list):
                assert len({type(item) for item in held} & {str, int, float, bool}) <= 1
    [web] = [node for node in value["graph"]["nodes"] if node["id"] == str(names["web"])]
    assert web["kinds"] == ["GH_Repository"]
    assert web["properties"]["topics"] == ["a", "b"]
    assert web["properties"]["archived"] is False
    assert {"mixed", "deep", "nothing", "empty"}.isdisjoint(web["properties"])
    assert all(1 <= len(node["kinds"]) <= 3 for node in value["graph"]["nodes"])


def test_people_teams_and_grants_are_edges(drawn):
    value, names, estate = drawn
    text = {name: str(ref) for name, ref in names.items()}
    assert (text["bob"], text["team"]) in edges(value, "GH_MemberOf")
    assert (text["alice"], str(owners_of(estate.org))) in edges(value, "GH_HasRole")
    assert (text["bob"], str(members_of(estate.org))) in edges(value, "GH_HasRole")
    assert (text["bob"], str(owners_of(estate.org))) not in edges(value, "GH_HasRole")
    [grant] = [
        edge
        for edge in value["graph"]["edges"]
        if edge["start"]["value"] == text["team"] and edge["kind"] == "PW_Grant"
    ]
    assert grant["end"]["value"] == text["web"]
    assert grant["properties"] == {"role": "maintain", "grant_kind": "team"}
    assert {end for _, end in edges(value, "GH_MapsToUser")} == {text["bob"]}
    assert (text["bob"], text["key"]) in edges(value, "PW_Holds")
    assert (str(estate.org), text["web"]) in edges(value, "GH_Contains")


def test_secrets_are_called_after_where_they_live(drawn):
    value, _, _ = drawn
    kinds = {node["properties"]["name"]: node["kinds"] for node in value["graph"]["nodes"]}
    assert kinds["secret:ORG_KEY"] == ["GH_OrgSecret"]
    assert kinds["secret:AWS_KEY"] == ["GH_RepoSecret"]
    assert kinds["secret:PROD"] == ["GH_EnvironmentSecret"]
    assert kinds["main"] == ["GH_BranchProtectionRule"]
    assert kinds["production"] == ["PW_EnvironmentGate"]


def test_guards_uses_and_trusts_are_edges(drawn):
    value, names, _ = drawn
    text = {name: str(ref) for name, ref in names.items()}
    assert text["web"] in {end for _, end in edges(value, "PW_Guards")}
    assert edges(value, "GH_UsesSecret") == {(text["flow"], text["secret"])}
    assert {end for _, end in edges(value, "PW_MayActAs")} == {text["cloud"]}


def test_an_empty_snapshot_is_an_empty_graph():
    from pipewarden.model.builder import SnapshotBuilder

    estate, _ = acme()
    value = json.loads(write(SnapshotBuilder().finish(estate.snapshot().info)))
    assert value["graph"] == {"nodes": [], "edges": []}
