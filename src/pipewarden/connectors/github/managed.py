"""Who the accounts of an enterprise are at its identity provider: identities that sign-on links, and what SCIM says of them.

https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/scim
https://docs.github.com/en/graphql/reference/objects#enterpriseidentityprovider
With managed users the identity provider makes the accounts: the enterprise has what elsewhere the organization has.
"""

from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import Any

from msgspec import structs

from pipewarden.connectors.github.connections import Connection, refusals, understood
from pipewarden.connectors.github.people import linked_identity, provisioned
from pipewarden.connectors.github.plans import on_cloud
from pipewarden.connectors.github.run import Run
from pipewarden.errors import UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Group, Identity, Resource
from pipewarden.model.ids import Kind, Ref

USERS = "/scim/v2/enterprises/{enterprise}/Users"
GROUPS = "/scim/v2/enterprises/{enterprise}/Groups"

NAMES = "scim_groups"
"""Under this name the enterprise holds the provider's ids of its groups, by their names there."""


async def managed(run: Run) -> None:
    """Read the identities of the enterprise, and with managed users what SCIM says of people and groups.

    Nothing is asked where the organization's own sign-on tells it, for then the enterprise has none.
    """
    where, emu = run.enterprise, _fact(run, run.org).attributes.get("emu")
    if where is None:
        if emu is True:
            detail = "its identity provider makes the accounts, and the configuration does not name the enterprise"
            run.add(run.gap(run.org, Facet.ENT_SCIM, cause=Cause.NOT_COLLECTED, detail=detail))
        return
    told = _fact(run, where).attributes.get("owner_info") or {}
    providers = [name for name in ("samlIdentityProvider", "oidcProvider") if told.get(name)]
    if emu is True and not providers:
        detail = "which identity provider the enterprise has was not shown"
        run.add(run.gap(where, Facet.ENT_IDENTITIES, cause=Cause.FORBIDDEN, detail=detail))
    for name in providers:
        await run.facet(Facet.ENT_IDENTITIES, partial(_linked, run, where, name), scope=where, key=f"ent.{name}")
    if emu is not True:
        return
    await on_cloud(run, Facet.ENT_SCIM, partial(_users, run, where), scope=where, key="ent.scim.users")
    fresh = _fact(run, where)
    for fact in await on_cloud(run, Facet.ENT_SCIM, partial(_groups, run, where), scope=where, key="ent.scim.groups"):
        if isinstance(fact, Resource):
            run.add(*_named(run, fact.attributes[NAMES]))
    run.add(fresh)  # what a killed run kept of the enterprise is as it was then


def _fact(run: Run, ref: Ref) -> Resource:
    found = run._into._entities[ref]  # noqa: SLF001 - organization and enterprise are read first
    assert isinstance(found, Resource)  # noqa: S101 - they are resources
    return found


async def _linked(run: Run, enterprise: Ref, provider: str) -> Iterable[AnyFact]:
    """Return the identities that are linked to accounts of this organization; those of others are not ours to tell."""
    facts: list[AnyFact] = []
    query = "enterprise_saml" if provider == "samlIdentityProvider" else "enterprise_oidc"
    identities = Connection(
        run,
        enterprise,
        Facet.ENT_IDENTITIES,
        "linked identities",
        query=query,
        at=("enterprise", "ownerInfo", provider, "externalIdentities"),
        ask=lambda first, after: run.graphql(query, slug=enterprise.key, first=first, after=after),
    )
    async for page in identities.pages():
        facts += page.gaps
        above = page.answer.at("enterprise", "ownerInfo", provider)
        for item in page.items:
            facts += refusals(run, enterprise, Facet.ENT_IDENTITIES, item.refused)
            made = understood(run, enterprise, Facet.ENT_IDENTITIES, linked_identity, run, item, above)
            facts += [fact for fact in made if not isinstance(fact, Identity) or _is_ours(run, fact)]
    return facts


def _is_ours(run: Run, identity: Identity) -> bool:
    return any(run.knows(account) for account in identity.accounts)


async def _users(run: Run, enterprise: Ref) -> Iterable[AnyFact]:
    """Return what SCIM says of those whose accounts are known: by its own id, which links carry, else by user name."""
    links = [
        each
        for each in run._into._records.values()  # noqa: SLF001 - the builder is this run's own
        if isinstance(each, Identity) and each.ref.instance == run.instance and not each.ref.key.startswith("scim:")
    ]
    by_id = {each.ref.key: each for each in links}
    by_name: dict[str, list[Identity]] = {}
    for each in links:
        scim = each.attributes.get("scim")
        name = scim.get("username") if isinstance(scim, dict) else None
        if isinstance(name, str) and name:
            by_name.setdefault(name.lower(), []).append(each)
    facts: list[AnyFact] = []
    odd = 0
    async for row in _pages(run, enterprise, USERS, {}):
        if not isinstance(row.get("userName"), str):
            odd += 1
            continue
        named = by_name.get(row["userName"].lower(), [])
        link = by_id.get(str(row["id"])) or (named[0] if len(named) == 1 else None)
        if link is not None:
            identity = provisioned(run, row, USERS)
            facts.append(structs.replace(identity, accounts=link.accounts))
    return [*facts, *_odd(run, enterprise, odd, "users")]


async def _groups(run: Run, enterprise: Ref) -> Iterable[AnyFact]:
    """Return the enterprise with the provider's ids of the groups that teams follow; None for a name that two have."""
    wanted = {str(row.get("group_name")) for team in _teams(run) for row in team.attributes["external_groups"]}
    found: dict[str, str | None] = {}
    odd = 0
    if wanted:
        async for row in _pages(run, enterprise, GROUPS, {"excludedAttributes": "members"}):
            name, key = row.get("displayName"), row.get("externalId")
            odd += not isinstance(name, str)
            if name in wanted:
                found[name] = key if isinstance(key, str) and key and name not in found else None
    fact = _fact(run, enterprise)
    told = structs.replace(fact, attributes={**fact.attributes, NAMES: found})
    return [told, *_odd(run, enterprise, odd, "groups")]


def _odd(run: Run, enterprise: Ref, count: int, what: str) -> Iterable[AnyFact]:
    if count:
        detail = f"{count} of the {what} of SCIM have a shape that is not known"
        yield run.gap(enterprise, Facet.ENT_SCIM, cause=Cause.UNEXPECTED, detail=detail)


def _teams(run: Run) -> list[Group]:
    every = [each for each in run.known(Kind.GROUP) if isinstance(each, Group) and each.parent == run.org]
    return [each for each in every if isinstance(each.attributes.get("external_groups"), list)]


def _named(run: Run, keys: dict[str, str | None]) -> Iterable[Group]:
    """Yield the teams with the provider's id in each group they follow, where it is known."""
    for team in _teams(run):
        rows = [
            {**row, "external_id": key} if (key := keys.get(str(row.get("group_name")))) else row
            for row in team.attributes["external_groups"]
        ]
        if rows != team.attributes["external_groups"]:
            yield structs.replace(team, attributes={**team.attributes, "external_groups": rows})


async def _pages(run: Run, enterprise: Ref, template: str, params: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """Yield all rows of a SCIM list. Raises UnexpectedAnswer where fewer are listed than are counted."""
    start, first = 1, None
    while True:
        body = await run.github.get(
            template.replace("{enterprise}", enterprise.key),
            template=template,
            params={**params, "startIndex": start, "count": 100},
            accept="application/scim+json",
            needs="token",
        )
        rows = body.get("Resources") or ()
        if rows and rows[0]["id"] == first:
            raise UnexpectedAnswer(f"{template} gave the same page twice", endpoint=template)
        first = rows[0]["id"] if rows else None
        for row in rows:
            yield row
        start += len(rows)
        total = body.get("totalResults")
        if not isinstance(total, int):
            raise UnexpectedAnswer(f"{template} does not say how many there are", endpoint=template)
        if not rows and start <= total:
            raise UnexpectedAnswer(f"{start - 1} of {total} were listed", endpoint=template)
        if not rows or start > total:
            return
