"""The demo's vault answers in the shapes of the real server that was set up by the same requests."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.vault.server import VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import writes
from tests.acme_vault import set_up
from tests.bao import Bao, running

SAME = (
    "sys/policies/acl?list=true",
    "sys/policies/acl/prod-read",
    "sys/policies/acl/root",
    "auth/jwt-github/role?list=true",
    "auth/jwt-github/role/github-deploy",
    "auth/jwt-github/config",
    "auth/oidc/role/staff",
    "auth/approle/role/jenkins",
    "auth/approle/role/backup",
    "auth/userpass/users?list=true",
    "auth/userpass/users/alice",
    "secret/metadata/?list=true",
    "secret/metadata/prod/?list=true",
)
"""Paths whose answers hold nothing that differs from run to run: all values are the same."""
SHAPED = ("sys/mounts", "sys/auth", "sys/audit")


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao")) as server:
        set_up(server)
        yield server


@pytest.fixture(scope="module")
def demo() -> Iterator[VaultServer]:
    with VaultServer(State(writes(), ACME_NOW)) as server:
        yield server


def asked(demo: VaultServer, path: str, method: str = "GET", body: Any = None) -> Any:
    answer = httpx2.request(method, f"{demo.url}/v1/{path}", headers={"x-vault-token": demo.token}, json=body)
    assert answer.status_code == 200, path
    return answer.json()


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


@pytest.mark.parametrize("path", SAME)
def test_the_answer_is_the_same(bao: Bao, demo: VaultServer, path: str) -> None:
    ours, theirs = asked(demo, path)["data"], bao.read(path)
    for each in (ours, theirs):
        each.pop("modified", None)
    assert ours == theirs


@pytest.mark.parametrize("path", SHAPED)
def test_the_answer_has_the_same_fields(bao: Bao, demo: VaultServer, path: str) -> None:
    ours, theirs = asked(demo, path)["data"], bao.read(path)
    assert set(ours) == set(theirs)
    for name, row in theirs.items():
        wanted = set(row) - {"deprecation_status"}
        assert wanted <= set(ours[name]), name
        assert ours[name]["type"] == row["type"]


@pytest.mark.parametrize(
    ("what", "name"), [("entity", "bob"), ("entity", "carol"), ("group", "release"), ("group", "platform")]
)
def test_entities_and_groups_have_the_same_fields(bao: Bao, demo: VaultServer, what: str, name: str) -> None:
    theirs = bao.read(f"identity/{what}/name/{name}")
    rows = [
        asked(demo, f"identity/{what}/id/{key}")["data"]
        for key in asked(demo, f"identity/{what}/id?list=true")["data"]["keys"]
    ]
    [ours] = [row for row in rows if row["name"] == name]
    assert set(ours) == set(theirs)
    for row in (ours, theirs):
        row["metadata"] = row["metadata"] or None
    assert len(ours.get("aliases") or ()) == len(theirs.get("aliases") or ())
    for mine, real in zip(ours.get("aliases") or (), theirs.get("aliases") or (), strict=True):
        assert shape(mine) | {"metadata": ""} == shape(real) | {"metadata": ""}


def test_a_token_has_the_same_fields(bao: Bao, demo: VaultServer) -> None:
    def carols(rows: list[Any]) -> Any:
        return next(row for row in rows if row["display_name"] == "token-carol-laptop")

    path = "auth/token/lookup-accessor"
    real = [bao.write(path, {"accessor": each})["data"] for each in bao.read("auth/token/accessors?list=true")["keys"]]
    keys = [each for each in asked(demo, "auth/token/accessors?list=true")["data"]["keys"] if each in demo.state.tokens]
    ours = carols([asked(demo, path, "POST", {"accessor": each})["data"] for each in keys])
    assert set(ours) == set(carols(real))
    assert ours["policies"] == carols(real)["policies"]
    assert ours["period"] == carols(real)["period"]
