"""API tokens: each acts as the person who made it.

"API tokens inherit the privilege level of the admin account that is used to create them … the privilege level of the API
token changes to match the new level of the admin": https://developer.okta.com/docs/guides/create-an-api-token/main/
"""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from pipewarden.access.okta.roles import is_live
from pipewarden.connectors.answers import moment
from pipewarden.connectors.okta.administrators import Held
from pipewarden.connectors.okta.run import Run, picked, word
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, AnyFact, GrantKind, Machine
from pipewarden.model.ids import Kind, Ref

TOKENS = "/api/v1/api-tokens"
UNTOLD = "whether its owner is active was not told"
"""What a token's roles wait for where its owner was not read: those of a deactivated one are gone."""


async def tokens(run: Run, people: dict[Ref, Account], held: Held) -> None:
    """Read all API tokens with their owner, network and last use."""

    def read(row: dict[str, Any]) -> Iterable[AnyFact]:
        owner = run.ref(Kind.ACCOUNT, row["userId"])
        person = people.get(owner)
        name = word(row.get("name"), str(row["id"]))
        token = run.ref(Kind.ACCESS_TOKEN, row["id"])
        attributes = picked(row, "name", "clientName", "tokenWindow", "network", "expiresAt", "lastUpdated")
        attributes["last_used_source"] = "last use, which moves the token's end"
        yield Machine(
            ref=token,
            name=f"{person.name if person else owner.key}'s API token {name}",
            parent=run.tenant,
            attributes=attributes,
            owner=owner,
            created_at=moment(row.get("created")),
            expires_at=moment(row.get("expiresAt")),
            # each use sets the end anew, 30 days on, and with it this moment
            last_used_at=moment(row.get("lastUpdated")),
            origin=run.origin(TOKENS),
        )
        if person is not None and not is_live(person.attributes.get("status")):
            return  # "If a user account is deactivated in Okta, any API token created by that user account is deprovisioned"
        more = {} if person is not None else {"conditions": (UNTOLD,)}
        for holder in (owner, *sorted(held.groups_of.get(owner, ()))):
            for grant in held.grants.get(holder, ()):
                yield structs.replace(grant, principal=token, kind=GrantKind.TOKEN, origin=run.origin(TOKENS), **more)

    async def work() -> Iterable[AnyFact]:
        rows = [row async for row in run.okta.pages(TOKENS, template=TOKENS, limit=0)]
        return run.understood(rows, OktaFacet.API_TOKENS, read, run.tenant)

    await run.step("api tokens", OktaFacet.API_TOKENS, work)
