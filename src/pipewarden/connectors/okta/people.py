"""People with their state, and the second factors that each has enrolled."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import structs

from pipewarden.access.okta.factors import enrolled
from pipewarden.access.okta.places import Place, place_ref
from pipewarden.access.okta.roles import is_live
from pipewarden.connectors.answers import moment
from pipewarden.connectors.okta.run import Run, batch_key, given_name, inner, picked, word
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, AnyFact, Cause
from pipewarden.model.ids import Kind, Ref

PROFILE = (
    "login", "email", "firstName", "lastName", "displayName", "title", "department", "organization", "userType",
    "employeeNumber", "manager", "managerId",
)  # fmt: skip
"""Fields of a profile that are kept: who somebody is, no telephone number and no address."""

BATCH = 100
"""People whose factors are asked for in one step."""


async def people(run: Run) -> dict[Ref, Account]:
    """Read all people; deactivated ones are in no list by default and are asked for by their status.

    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/#tag/User/operation/listUsers
    """
    found: dict[Ref, Account] = {}

    async def listed(search: str) -> Iterable[AnyFact]:
        path = "/api/v1/users"
        params = {"search": search} if search else None
        facts: list[AnyFact] = []
        async for row in run.okta.pages(path, template=path, params=params):
            facts += run.understood([row], OktaFacet.USERS, lambda each: [account(run, each)], run.tenant)
            if not len(facts) % 1000:
                run.progress("people", len(facts), 0)
        return facts

    for key, search in (("people", ""), ("people deactivated", 'status eq "DEPROVISIONED"')):
        facts = await run.step(key, OktaFacet.USERS, lambda search=search: listed(search))  # type: ignore[misc]
        found |= {fact.ref: fact for fact in facts if isinstance(fact, Account)}
    run.progress("people", len(found), len(found))
    return found


def account(run: Run, row: dict[str, Any]) -> Account:
    """Return the fact of one person."""
    given_name(row, "status")
    profile = row.get("profile") or {}
    emails = [each for each in inner(row, "credentials", "emails") or () if isinstance(each, dict)]
    attributes = picked(row, "status", "activated", "statusChanged", "passwordChanged", "lastLogin")
    attributes["profile"] = picked(profile, *PROFILE)
    attributes["verified_emails"] = sorted(
        str(each["value"]).lower() for each in emails if each.get("status") == "VERIFIED" and each.get("value")
    )
    attributes["provider"] = picked(inner(row, "credentials", "provider"), "type", "name")
    attributes["last_used_source"] = "last sign-in to Okta"
    return Account(
        ref=run.ref(Kind.ACCOUNT, row["id"]),
        name=word(profile.get("login"), str(row["id"])),
        parent=place_ref(run.tenant, Place.USERS),
        attributes=attributes,
        created_at=moment(row.get("created")),
        last_used_at=moment(row.get("lastLogin")),
        origin=run.origin("/api/v1/users"),
    )


async def factors(run: Run, people: Sequence[Account], most: int) -> None:
    """Read who has which factors: `people` in order of weight, at most so many; of the rest it stays unknown.

    There is no list of everybody's factors: it costs one request for each person.
    https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor/
    """
    live = [each for each in people if is_live(each.attributes.get("status"))]
    asked, left = live[:most], live[most:]
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        run.progress("factors", start, len(asked))
        await run.step(
            batch_key("factors", [each.ref for each in batch]),
            OktaFacet.FACTORS,
            lambda batch=batch: _batch(run, batch),  # type: ignore[misc]
        )
    detail = f"the factors of {most:,} people are read in one run, administrators first"
    run.add(*(run.gap(each.ref, OktaFacet.FACTORS, cause=Cause.BUDGET, detail=detail) for each in left))


async def _batch(run: Run, batch: Sequence[Account]) -> Iterable[AnyFact]:
    results = await asyncio.gather(*(_factors_of(run, each) for each in batch))
    return [fact for facts in results for fact in facts]


async def _factors_of(run: Run, person: Account) -> Iterable[AnyFact]:
    template = "/api/v1/users/{userId}/factors"

    async def work() -> Iterable[AnyFact]:
        rows = [row async for row in run.okta.pages(template.format(userId=person.ref.key), template=template, limit=0)]
        if not all(isinstance(row, dict) for row in rows):
            raise TypeError("a factor is no object")
        return [structs.replace(person, attributes=person.attributes | {"mfa": enrolled(rows)})]

    return await run.guarded(person.ref, OktaFacet.FACTORS, work)
