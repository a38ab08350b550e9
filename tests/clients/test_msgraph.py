"""Microsoft's own SDK for Graph reads acme's loopback tenant page by page: every row parses into its own types.

The SDK takes another base address from its request adapter, and http as well: `request_adapter.base_url` is a property of it.
"""

import asyncio
import gc
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import CLIENT, EntraServer
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from tests.clients.needed import client

msgraph = client("msgraph", "msgraph-sdk")
kiota = client("kiota_abstractions.authentication", "msgraph-sdk")
requests = client("msgraph.graph_request_adapter", "msgraph-sdk")

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""The SDK warns of its own names, and leaves its connections to the collector."""

GROUP, APP, SERVICE = made("group", "Engineers"), made("application", "deploybot"), made("service", "directory-sync")


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Collect what the SDK left open while its warnings are still passed over."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def server() -> Iterator[EntraServer]:
    with EntraServer(acme(), Variant(largest_page=3)) as running:
        yield running


@pytest.fixture(scope="module")
def token(server: EntraServer) -> str:
    """Sign in with a plain form, as the vendor's page shows it: the SDK leaves that to the caller."""
    form = {
        "client_id": CLIENT,
        "client_secret": server.client_secret,
        "scope": f"{server.url}/.default",
        "grant_type": "client_credentials",
    }
    reply = httpx2.post(f"{server.url}/{server.tenant}/oauth2/v2.0/token", data=form)
    return str(reply.json()["access_token"])


class Given:
    """A token that is there already."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        del uri, additional_authentication_context
        return self._token

    def get_allowed_hosts_validator(self) -> Any:
        return kiota.AllowedHostsValidator(["127.0.0.1"])


def reader(server: EntraServer, token: str) -> Any:
    """Return the SDK's client; made inside the event loop that uses it."""
    adapter = requests.GraphRequestAdapter(kiota.BaseBearerTokenAuthenticationProvider(Given(token)))
    adapter.base_url = f"{server.url}/v1.0"
    return msgraph.GraphServiceClient(request_adapter=adapter)


LISTS = {
    "users": lambda graph: graph.users,
    "groups": lambda graph: graph.groups,
    "members": lambda graph: graph.groups.by_group_id(GROUP).members,
    "owners": lambda graph: graph.applications.by_application_id(APP).owners,
    "applications": lambda graph: graph.applications,
    "federated": lambda graph: graph.applications.by_application_id(APP).federated_identity_credentials,
    "services": lambda graph: graph.service_principals,
    "service owners": lambda graph: graph.service_principals.by_service_principal_id(SERVICE).owners,
    "units": lambda graph: graph.directory.administrative_units,
    "definitions": lambda graph: graph.role_management.directory.role_definitions,
    "assignments": lambda graph: graph.role_management.directory.role_assignments,
    "schedules": lambda graph: graph.role_management.directory.role_assignment_schedule_instances,
    "eligible": lambda graph: graph.role_management.directory.role_eligibility_schedule_instances,
    "role policies": lambda graph: graph.policies.role_management_policy_assignments,
    "policies": lambda graph: graph.identity.conditional_access.policies,
    "registered": lambda graph: graph.reports.authentication_methods.user_registration_details,
}
"""The collections as the SDK names them."""
FILTERED = {
    "role policies": "/policies/roleManagementPolicyAssignments?$filter=scopeId%20eq%20'/'%20and%20scopeType%20eq%20'DirectoryRole'"
}
"""Those of which Graph tells nothing without a filter."""


def expected(server: EntraServer) -> dict[str, int]:
    of = server.directory
    return {
        "users": len(of.users), "groups": len(of.groups), "members": len(of.members[GROUP]), "owners": 1,
        "applications": len(of.applications), "federated": 1, "services": len(of.services), "service owners": 1,
        "units": 1, "definitions": len(of.definitions), "assignments": len(of.assignments),
        "schedules": len(of.assignments), "eligible": len(of.eligible), "role policies": sum(each["scopeId"] == "/" for each in of.role_policies),
        "policies": len(of.access_policies), "registered": len(of.registered),
    }  # fmt: skip


async def every(server: EntraServer, token: str, name: str) -> list[Any]:
    builder = LISTS[name](reader(server, token))
    rows: list[Any] = []
    if name in FILTERED:
        builder = builder.with_url(f"{server.url}/v1.0{FILTERED[name]}")
    page = await builder.get()
    while True:
        rows += page.value
        if not page.odata_next_link:
            return rows
        page = await builder.with_url(page.odata_next_link).get()


@pytest.mark.parametrize("name", LISTS)
def test_each_collection_is_read_page_by_page(name: str, server: EntraServer, token: str) -> None:
    rows = asyncio.run(every(server, token, name))
    assert len(rows) == expected(server)[name]
    assert all(row.id for row in rows)


def test_members_are_of_the_types_that_they_are(server: EntraServer, token: str) -> None:
    rows = asyncio.run(every(server, token, "members"))
    assert {type(row).__name__ for row in rows} == {"User", "Group"}


def test_people_are_who_they_are(server: EntraServer, token: str) -> None:
    rows = {row.user_principal_name: row for row in asyncio.run(every(server, token, "users"))}
    assert rows["carol@acme.example"].account_enabled is False
    assert rows["alice@acme.example"].sign_in_activity.last_sign_in_date_time is not None


def test_settings_of_the_tenant_are_understood(server: EntraServer, token: str) -> None:
    async def read() -> tuple[Any, Any]:
        policies = reader(server, token).policies
        return (
            await policies.authorization_policy.get(),
            await policies.identity_security_defaults_enforcement_policy.get(),
        )

    authorization, defaults = asyncio.run(read())
    assert authorization.allow_invites_from.value == "everyone"
    assert defaults.is_enabled is False
