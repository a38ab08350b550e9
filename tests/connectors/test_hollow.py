"""Rows in which all but the id is null say nothing: they are refused, for what they leave out would pass for an absence."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from pipewarden.connectors.answers import hollow
from pipewarden.connectors.entra.auth import ClientCredentials
from pipewarden.connectors.entra.client import Graph
from pipewarden.connectors.entra.hosts import addresses
from pipewarden.connectors.gitlab.client import GitLab
from pipewarden.demo.entra.variant import Variant
from pipewarden.errors import UnexpectedAnswer
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Gap
from tests.connectors.entra.test_collect import read as read_entra

BASE = "https://api.example"
SECRET = FixedSecret("not a secret")


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"id": "7", "name": None, "state": None}, True),
        ({"@odata.type": "#microsoft.graph.user", "id": "7", "mail": None, "accountEnabled": None}, True),
        ({"id": "7", "name": "web", "state": None}, False),
        ({"id": "7", "name": None, "enabled": False}, False),
        ({"@odata.type": "#microsoft.graph.user", "id": "7"}, False),
        ({"id": "7", "mail": None}, False),  # one field that was asked for may well be empty
        ({"id": "7"}, False),
    ],
)
def test_a_row_that_says_nothing(row: dict[str, Any], *, answer: bool) -> None:
    assert hollow(row) is answer


def graph(http: Http) -> AsyncIterator[dict[str, Any]]:
    return Graph(http, ClientCredentials(http, addresses(api=BASE), "acme", "reader", SECRET)).pages("/v1.0/users")


def gitlab(http: Http) -> AsyncIterator[dict[str, Any]]:
    return GitLab(http, SECRET).pages("/users", template="/users")


@pytest.mark.parametrize("pages", [graph, gitlab])
def test_a_list_of_them_is_refused(pages: Callable[[Http], AsyncIterator[dict[str, Any]]]) -> None:
    row = {"id": "7", "username": None, "state": None}

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token"):
            return httpx2.Response(200, json={"access_token": "x", "expires_in": 3_600, "token_type": "Bearer"})
        return httpx2.Response(200, json=[row] if pages is gitlab else {"value": [row]})

    async def all_of_them() -> list[dict[str, Any]]:
        return [each async for each in pages(Http(BASE, transport=httpx2.MockTransport(answer)))]

    with pytest.raises(UnexpectedAnswer, match="all but the id is null"):
        asyncio.run(all_of_them())


def test_people_of_entra_of_whom_nothing_is_told_are_a_gap() -> None:
    snapshot = read_entra(Variant(nulls=frozenset({"/users"})))
    assert (EntraFacet.USERS, Cause.UNEXPECTED) in {(gap.facet, gap.cause) for gap in snapshot.records(Gap)}
