"""What the tenant's server answers, held against Microsoft Graph's own metadata."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from pipewarden.connectors.entra.auth import ClientCredentials
from pipewarden.connectors.entra.hosts import addresses
from pipewarden.demo.entra.collections import COLLECTIONS
from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import CLIENT, EntraServer
from pipewarden.demo.estate import acme, generated
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.ids import Kind
from tests.connectors.entra.reading import collected, connector, gaps
from tests.demo.test_contract import plain
from tests.shared import shared_path

ONE = {
    "groups": made("group", "Application operators"),
    "applications": made("application", "deploybot"),
    "servicePrincipals": made("service", "directory-sync"),
    "directory": made("unit", "sales"),
}
SELF = made("service", "Microsoft Graph")
BESIDE = {
    "/directory/administrativeUnits",
    "/directory/administrativeUnits/{id}/members",
    "/servicePrincipals/{id}/memberOf",
    "/identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
    "/identityGovernance/accessReviews/definitions",
    "/policies/roleManagementPolicyAssignments",
    "/policies/authorizationPolicy",
    "/policies/identitySecurityDefaultsEnforcementPolicy",
}
"""What is read beside the subset of the metadata."""


def token(server: EntraServer) -> str:
    async def header() -> str:
        where = addresses(api=server.url)
        http = Http(where.graph)
        try:
            found = ClientCredentials(http, where, server.tenant, CLIENT, FixedSecret(server.client_secret))
            return await found.header()
        finally:
            await http.close()

    return asyncio.run(header())


def nullable(schema: Any) -> Any:
    """Let a reference that may be null be null."""
    return plain(schema)


def test_every_answer_is_what_the_metadata_says() -> None:
    description = json.loads(shared_path("apis/msgraph-access-subset.json").read_text(encoding="utf-8"))
    components = nullable(description["components"])
    wrong = []
    with (
        EntraServer(acme()) as server,
        httpx2.Client(base_url=f"{server.url}/v1.0", headers={"authorization": token(server)}) as client,
    ):
        for _, template, _ in COLLECTIONS:
            kind = template.split("/")[1]
            key = SELF if "appRoleAssignedTo" in template else ONE.get(kind, "")
            answer = client.get(template.replace("{id}", key))
            assert answer.status_code == 200, template
            if template in BESIDE:
                continue
            assert answer.json()["value"], f"{template}: an empty list proves nothing"
            content = description["paths"][f"/v1.0{template}"]["get"]["responses"]["200"]["content"]
            schema = nullable(next(iter(content.values()))["schema"])
            for mistake in Draft202012Validator({**schema, "components": components}).iter_errors(answer.json()):
                where = "/".join(str(step) for step in mistake.absolute_path)
                wrong.append(f"{template} {where}: {mistake.message[:200]}")
    assert wrong == []


def test_units_have_the_fields_that_the_metadata_gives_them() -> None:
    """Their list is beside the subset; the type of its rows is in it."""
    description = json.loads(shared_path("apis/msgraph-access-subset.json").read_text(encoding="utf-8"))
    components = nullable(description["components"])
    unit = components["schemas"]["microsoft.graph.administrativeUnit"]
    with (
        EntraServer(acme()) as server,
        httpx2.Client(base_url=f"{server.url}/v1.0", headers={"authorization": token(server)}) as client,
    ):
        for row in client.get("/directory/administrativeUnits").json()["value"]:
            assert list(Draft202012Validator({**unit, "components": components}).iter_errors(row)) == []
            assert set(row) - {"id"} <= set(unit["allOf"][1]["properties"])


def test_without_a_token_nothing_answers_and_what_is_not_there_says_so() -> None:
    with EntraServer(acme()) as server:
        with httpx2.Client(base_url=f"{server.url}/v1.0") as client:
            assert client.get("/users").status_code == 401
        with httpx2.Client(base_url=f"{server.url}/v1.0", headers={"authorization": token(server)}) as client:
            assert client.get(f"/groups/{made('nobody')}/members").status_code == 404
            page = client.get("/users", params={"$top": "5", "$select": "id"}).json()
            assert [sorted(row) for row in page["value"]] == [["id"]] * 5
            assert page["@odata.nextLink"].startswith(f"{server.url}/v1.0/users?")


def test_transitive_members_are_those_that_nesting_gives() -> None:
    """The real service opens groups itself: our own opening comes to the same."""
    with EntraServer(acme()) as server:
        snapshot, _ = collected(connector(server))
        with httpx2.Client(base_url=f"{server.url}/v1.0", headers={"authorization": token(server)}) as client:
            from pipewarden.access.engine import Engine

            engine = Engine(snapshot)
            for group in snapshot.entities(Kind.GROUP):
                rows = client.get(f"/groups/{group.ref.key}/transitiveMembers").json()["value"]
                people = {row["id"] for row in rows if row["@odata.type"].endswith("user")}
                assert {ref.key for ref in engine.accounts_in(group.ref)} == people


@pytest.mark.parametrize("people", [300])
def test_an_estate_of_any_size_is_served_and_read(people: int) -> None:
    with EntraServer(generated(people, 5, 5)) as server:
        snapshot, _ = collected(connector(server))
    assert gaps(snapshot) == {}
    assert len(snapshot.ordinals(Kind.ACCOUNT)) == people
