"""Methods beside JWT and passwords: where their roles stand, groups of directories, and that none is lost in silence."""

import httpx2
import pytest

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.audit import collect
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.snapshot import Snapshot
from tests.connectors.vault.test_refusals import read, serving

DB = "vault:acme/secret/prod/db"


@pytest.mark.parametrize(
    "refused",
    ["auth/jwt-github/role", "auth/jwt-github/role/*", "sys/auth", "auth/token/accessors", "identity/entity/id",
     "identity/group/id", "auth/userpass/users"],
)  # fmt: skip
def test_logins_that_were_not_read_are_told_beside_who_reads_a_secret(refused: str) -> None:
    with serving(forbidden=refused) as server:
        part = read(server)
    assert Engine(part).unseen(address.resource(part, DB))


def test_where_all_was_read_nothing_is_told_beside() -> None:
    with serving() as server:
        whole = read(server)
    assert not Engine(whole).unseen(address.resource(whole, DB))


class Listed(httpx2.AsyncBaseTransport):
    """A vault of a few answers, which has methods that the server of the tests lacks."""

    def __init__(self, kind: str, **answers: object) -> None:
        method = {"type": kind, "accessor": f"auth_{kind}_1", "description": "", "config": {}}
        self.answers = {
            "auth/token/lookup-self": {"accessor": "a", "policies": ["pipewarden"]},
            "sys/auth": {f"{kind}/": method},
            "sys/mounts": {},
            "sys/policies/acl": {"keys": []},
            **{f"auth/{kind}/{path}": answer for path, answer in answers.items()},
        }

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/v1/")
        found = self.answers.get(path)
        return (
            httpx2.Response(200, json={"data": found})
            if found is not None
            else httpx2.Response(404, json={"errors": []})
        )


def collected(vault: Listed) -> Snapshot:
    http = Http("https://vault.example", transport=vault)
    return collect([VaultConnector(lambda: Vault(http, FixedSecret("x")), "acme", instance="vault.acme.example")])


def unread(snapshot: Snapshot) -> list[Cause]:
    return [gap.cause for gap in snapshot.records(Gap) if gap.facet == VaultFacet.ROLES]


@pytest.mark.parametrize("kind", ["aws", "gcp"])
def test_a_role_is_read_where_it_stands_and_one_that_is_listed_and_not_there_is_a_gap(kind: str) -> None:
    role = {"token_policies": ["prod-read"]}
    snapshot = collected(Listed(kind, roles={"keys": ["deploy"]}, **{"role/deploy": role}))
    assert snapshot.named(f"vault:acme/auth/{kind}/deploy")
    assert unread(snapshot) == []
    assert unread(collected(Listed(kind, roles={"keys": ["deploy"]}))) == [Cause.NOT_FOUND]


@pytest.mark.parametrize("kind", ["ldap", "okta"])
def test_a_group_of_a_directory_has_the_policies_that_a_method_gives_it(kind: str) -> None:
    answers = {
        "users": {"keys": ["judy"]},
        "users/judy": {"policies": ["dev-all"]},
        "groups": {"keys": ["release"]},
        "groups/release": {"policies": ["prod-read"]},
    }
    snapshot = collected(Listed(kind, **answers))
    assert unread(snapshot) == []
    assert snapshot.named(f"vault:acme/auth/{kind}/groups/release")
    assert snapshot.named(f"vault:acme/auth/{kind}/judy") or snapshot.named("vault:judy")
    del answers["groups"]
    assert unread(collected(Listed(kind, **answers))) == []
