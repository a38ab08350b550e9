"""Paths that are filled in for whoever asks: the real server, asked by people who logged in, and ours must give the same.

https://openbao.org/docs/concepts/policies/#templated-policies
"""

from collections.abc import Iterator

import pytest

from pipewarden.access.engine import Engine
from pipewarden.audit import collect
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Capability
from tests.acme_vault import auditor
from tests.bao import Bao, running

PATHS = {
    "name": ("secret/data/name/{{identity.entity.name}}/x", {"bob": "name/bob/x", "judy": "name/judy/x"}),
    "id": ("secret/data/id/{{identity.entity.id}}/x", {}),
    "metadata": ("secret/data/team/{{identity.entity.metadata.team}}/x", {"bob": "team/web/x", "judy": "team/docs/x"}),
    "plain": ("secret/data/plain/{{identity.entity.metadata.plain}}/x", {"judy": "plain/anything/x"}),
    "missing": ("secret/data/missing/{{identity.entity.metadata.none}}/x", {"bob": "missing//x", "judy": "missing/x"}),
    "alias": ("secret/data/alias/{{identity.entity.aliases.ACCESSOR.name}}/x", {"bob": "alias/bob-login/x", "judy": "alias/judy-login/x"}),
    "custom": (
        "secret/data/custom/{{identity.entity.aliases.ACCESSOR.custom_metadata.seat}}/x",
        {"bob": "custom/one/x", "judy": "custom/two/x"},
    ),
    "group": ("secret/data/group/{{identity.groups.names.release.metadata.env}}/x", {"bob": "group/prod/x"}),
    "group-name": ("secret/data/gname/{{identity.groups.names.release.name}}/x", {"bob": "gname/release/x"}),
    "nested": ("secret/data/nested/{{identity.groups.names.outer.name}}/x", {"bob": "nested/outer/x"}),
    "not-mine": ("secret/data/notmine/{{identity.groups.names.docs.name}}/x", {"judy": "notmine/docs/x"}),
    "glob-behind": ("secret/data/deep/{{identity.entity.name}}/*", {"bob": "deep/bob/a/b", "judy": "deep/judy/x"}),
    "two": ("secret/data/{{identity.entity.metadata.team}}/two/{{identity.entity.name}}", {"bob": "web/two/bob", "judy": "docs/two/judy"}),
}  # fmt: skip
"""Each rule with what a secret of its own is named that somebody might read by it."""

PEOPLE = {
    "bob": {"team": "web"},
    "judy": {"team": "docs", "plain": "anything"},
    "star": {"team": "a*"},
    "plus": {"team": "a+"},
    "slash": {"team": "a/b"},
}


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao"), audit=False) as server:
        yield server


@pytest.fixture(scope="module")
def sessions(bao: Bao) -> dict[str, str]:
    """Set up who logs in, and return what each got."""
    bao.write("sys/auth/userpass", {"type": "userpass"})
    accessor = bao.read("sys/auth")["userpass/"]["accessor"]
    text = "\n".join(
        f'path "{path.replace("ACCESSOR", accessor)}" {{ capabilities = ["read"] }}' for path, _ in PATHS.values()
    )
    bao.policy("templated", f'{text}\npath "secret/data/all" {{ capabilities = ["read"] }}')
    ids = {}
    for name, metadata in PEOPLE.items():
        ids[name] = bao.write("identity/entity", {"name": name, "metadata": metadata})["data"]["id"]
        seat = {"seat": {"bob": "one", "judy": "two"}.get(name, "three")}
        login = {
            "name": f"{name}-login",
            "canonical_id": ids[name],
            "mount_accessor": accessor,
            "custom_metadata": seat,
        }
        bao.write("identity/entity-alias", login)
        bao.write(f"auth/userpass/users/{name}-login", {"password": "made-up", "token_policies": ["templated"]})
    inner = {"name": "release", "member_entity_ids": [ids["bob"]], "metadata": {"env": "prod"}}
    group = bao.write("identity/group", inner)["data"]["id"]
    bao.write("identity/group", {"name": "outer", "member_group_ids": [group]})
    bao.write("identity/group", {"name": "docs", "member_entity_ids": [ids["judy"]]})
    for each in secrets(ids):
        bao.write(f"secret/data/{each}", {"data": {"made": "up"}})
    return {
        name: bao.write(f"auth/userpass/login/{name}-login", {"password": "made-up"})["auth"]["client_token"]
        for name in PEOPLE
    }


def secrets(ids: dict[str, str]) -> list[str]:
    """Return the names of all secrets; no name has an empty part."""
    named = {name for _, each in PATHS.values() for name in each.values() if "//" not in name}
    return sorted(named | {"all"} | {f"id/{key}/x" for key in ids.values()})


@pytest.fixture(scope="module")
def engine(bao: Bao, sessions: dict[str, str]) -> Engine:
    assert sessions
    reader = auditor(bao)
    connector = VaultConnector(lambda: Vault(Http(bao.url), FixedSecret(reader)), "acme", instance="vault.acme.example")
    return Engine(collect([connector]))


def test_ours_and_the_server_give_each_of_them_the_same(bao: Bao, engine: Engine, sessions: dict[str, str]) -> None:
    ids = {name: bao.read(f"identity/entity/name/{name}")["id"] for name in PEOPLE}
    told, given = {}, {}
    for secret in secrets(ids):
        [ordinal] = engine.snapshot.named(f"vault:acme/secret/{secret}")
        found = engine.who_can(Capability.READ_SECRET, engine.snapshot.ref(ordinal))
        told[secret] = {name for name in PEOPLE if ids[name] in {each.principal.key for each in found}}
        given[secret] = {
            name
            for name, token in sessions.items()
            if bao.call("GET", f"secret/data/{secret}", token=token).status_code == 200
        }
    assert told == given
    assert any(given.values())


@pytest.mark.parametrize(
    ("secret", "able"),
    [
        ("name/bob/x", {"bob"}),
        ("team/web/x", {"bob"}),
        ("alias/judy-login/x", {"judy"}),
        ("custom/one/x", {"bob"}),
        ("group/prod/x", {"bob"}),
        ("nested/outer/x", {"bob"}),
        ("notmine/docs/x", {"judy"}),
        ("plain/anything/x", {"judy"}),
        ("missing/x", set()),  # what is not there gives nothing
        ("all", {"bob", "judy"}),  # of the others one value is barred, and with it all that their tokens ask
        ("deep/bob/a/b", {"bob"}),
        ("docs/two/judy", {"judy"}),
    ],
)
def test_what_each_template_gives(bao: Bao, sessions: dict[str, str], secret: str, able: set[str]) -> None:
    """The same on the server alone, so that the two above are not both silent."""
    got = {
        name
        for name, token in sessions.items()
        if bao.call("GET", f"secret/data/{secret}", token=token).status_code == 200
    }
    assert got == able
