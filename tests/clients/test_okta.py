"""Okta's own SDK reads acme's loopback Okta as a service app, with and without proof of possession: every row parses.

The SDK signs, proves and pages by itself. It takes http where `OKTA_TESTING_TESTINGDISABLEHTTPSCHECK` says so, a setting that
it has for this. Left out is `list_roles_for_client`: the SDK cannot tell standard from custom roles there, for its model
lets every standard role pass as a custom one.
"""

import asyncio
import gc
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pipewarden.connectors.okta.permissions import SCOPES
from pipewarden.demo.estate import acme
from pipewarden.demo.okta.directory import Directory
from pipewarden.demo.okta.server import CLIENT, OktaServer
from pipewarden.demo.okta.story import directory
from pipewarden.demo.okta.variant import Variant
from tests.clients.needed import client

okta = client("okta.client", "okta")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""The SDK leaves its connections to the collector."""

PAGED = {
    "list_users": lambda of: len(of.people) - 1,
    "list_groups": lambda of: len(of.groups),
    "list_group_rules": lambda of: len(of.rules),
    "list_applications": lambda of: len(of.apps),
    "list_network_zones": lambda of: len(of.zones),
    "list_identity_providers": lambda of: len(of.idps),
}
"""Lists that are read page by page, with how many rows the organization has; carol is in no list without a search."""

ALICE, ERIN, RELEASE, ADMINS = (
    "00u00000000000000101",
    "00u00000000000000107",
    "00g00000000000000013",
    "00g00000000000000015",
)
WHOLE = (
    ("list_group_users", RELEASE, 3),
    ("list_assigned_roles_for_user", ERIN, 1),
    ("list_group_assigned_roles", ADMINS, 1),
    ("list_factors", ALICE, 2),
    ("list_application_group_assignments", "0oa00000000000000003", 3),
    ("list_application_users", "0oa00000000000000005", 3),
    ("list_scope_consent_grants", "0oa00000000000000008", 2),
    ("list_o_auth2_client_secrets", "0oa00000000000000008", 1),
    ("list_group_push_mappings", "0oa00000000000000004", 2),
    ("list_policies", "ACCESS_POLICY", 3),
    ("list_policies", "OKTA_SIGN_ON", 1),
    ("list_policies", "MFA_ENROLL", 1),
    ("list_policies", "PASSWORD", 1),
    ("list_policy_rules", "rst00000000000000003", 2),
    ("list_authenticators", None, 5),
    ("list_authenticator_methods", "aut00000000000000003", 3),
    ("list_api_tokens", None, 3),
)
"""Lists that come whole: method, what it is asked about, how many rows."""

OBJECTS = (
    ("list_users_with_role_assignments", None, "value"),
    ("list_roles", None, "roles"),
    ("list_role_permissions", "cr000000000000000001", "permissions"),
    ("list_resource_sets", None, "resource_sets"),
    ("list_resource_set_resources", "iam00000000000000001", "resources"),
)
"""Lists within an object: method, what it is asked about, where the rows stand."""


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Collect what the SDK left open while its warnings are still passed over."""
    yield
    gc.collect()


@pytest.fixture(scope="module", params=[False, True], ids=["bearer", "proof"])
def server(request: pytest.FixtureRequest) -> Iterator[OktaServer]:
    with OktaServer(directory(acme()), Variant(proves=request.param)) as running:
        yield running


@pytest.fixture
def reader(server: OktaServer, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OKTA_TESTING_TESTINGDISABLEHTTPSCHECK", "true")
    return okta.Client(
        {
            "orgUrl": server.url,
            "authorizationMode": "PrivateKey",
            "clientId": CLIENT,
            "scopes": sorted(set(SCOPES.values())),
            "privateKey": server.private_key,
            "dpopEnabled": server.variant.proves,
        }
    )


async def every(method: Any) -> list[Any]:
    """Return the rows of all pages, as the Link header tells them."""
    rows: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page, reply, error = await method(limit=3, **after)
        assert error is None, error
        rows += page
        headers = {name.lower(): value for name, value in dict(reply.headers).items()}
        found = re.search(r'[?&]after=([^&>]+)[^>]*>; rel="next"', headers.get("link", ""))
        if found is None:
            return rows
        after = {"after": found.group(1)}


@pytest.mark.parametrize("name", PAGED)
def test_lists_are_read_page_by_page(name: str, reader: Any, server: OktaServer) -> None:
    of: Directory = server.directory
    rows = asyncio.run(every(getattr(reader, name)))
    assert len(rows) == PAGED[name](of)
    assert len({row.id for row in rows}) == len(rows)


async def one(method: Any, about: str | None) -> Any:
    found, _, error = await (method() if about is None else method(about))
    assert error is None, error
    return found


@pytest.mark.parametrize(("name", "about", "count"), WHOLE)
def test_lists_that_come_whole_are_understood(name: str, about: str | None, count: int, reader: Any) -> None:
    assert len(asyncio.run(one(getattr(reader, name), about))) == count


@pytest.mark.parametrize(("name", "about", "rows"), OBJECTS)
def test_lists_within_an_object_are_understood(name: str, about: str | None, rows: str, reader: Any) -> None:
    assert getattr(asyncio.run(one(getattr(reader, name), about)), rows)


def test_people_are_who_they_are(reader: Any) -> None:
    people = {row.profile.login: row.status for row in asyncio.run(every(reader.list_users))}
    assert people["alice@acme.example"] == "ACTIVE"
    assert people["jonas@acme.example"] == "SUSPENDED"
