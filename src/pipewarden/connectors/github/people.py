"""People: members with role and second factor, outside collaborators, teams with their own members only, sign-on."""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.connections import Connection, Page, Part, identified, refusals, understood, word
from pipewarden.connectors.github.plans import on_cloud
from pipewarden.connectors.github.run import Run, moment
from pipewarden.connectors.github.shapes import SCIM_USER, must
from pipewarden.connectors.github.teams import teams
from pipewarden.errors import SourceError
from pipewarden.model.facets import Facet
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Gap,
    Identity,
    Membership,
)
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of, owners_of


async def people(run: Run) -> None:
    """Read members and outside collaborators, with what can be seen of their second factor."""
    disabled = await _without_factor(run, Facet.ORG_MFA, "2fa_disabled")
    insecure = await _without_factor(run, Facet.ORG_MFA_METHODS, "2fa_insecure")
    await run.facet(Facet.ORG_MEMBERS, lambda: _members(run, disabled, insecure), key="people.members")
    await run.facet(Facet.ORG_OUTSIDERS, lambda: _outsiders(run), key="people.outsiders")


async def _without_factor(run: Run, facet: str, wanted: str) -> set[str] | None:
    """Return the ids of members that a filter only owners may use lists; None where it was refused.

    https://docs.github.com/en/rest/orgs/members#list-organization-members (`filter`: only for organization owners; 422 otherwise)
    """
    template = "/orgs/{org}/members"
    try:
        rows = await run.listed(
            template.replace("{org}", run.login), template=template, params={"filter": wanted}, needs="owner"
        )
    except CredentialRefused:
        raise
    except SourceError as refusal:
        run.add(run.gap(run.org, facet, refusal))
        return None
    return {str(row["id"]) for row in rows}


def factor(key: str, disabled: set[str] | None, insecure: set[str] | None, stated: bool | None) -> dict[str, str]:
    """Return what is known of an account's second factor: nothing at all where nothing could be seen."""
    if (disabled is not None and key in disabled) or stated is False:
        return {"mfa": "disabled"}
    if insecure is not None and key in insecure:
        return {"mfa": "insecure"}
    if disabled is not None or stated is True:
        return {"mfa": "enabled"}
    return {}


async def _members(run: Run, disabled: set[str] | None, insecure: set[str] | None) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    members = Connection(
        run,
        run.org,
        Facet.ORG_MEMBERS,
        "members",
        query="members",
        at=("organization", "membersWithRole"),
        ask=lambda first, after: run.graphql("members", login=run.login, first=first, after=after),
    )
    async for page in members.pages():
        facts += page.gaps
        for edge in page.items:
            facts += understood(run, run.org, Facet.ORG_MEMBERS, _member, run, edge, disabled, insecure)
        facts += _hidden(run, page)
        run.progress("members", members.read, members.total or 0)
    return facts


def _hidden(run: Run, page: Page) -> Iterable[Gap]:
    """Yield what was refused of members: at each account, or once at the organization where all are refused the same.

    Without a role it is the list of owners that is not known in full, which is the organization's.
    """
    refused: dict[str, list[Part]] = {}
    for edge in page.items:
        for each in edge.refused:
            refused.setdefault(str(each.place[-1] if each.place else ""), []).append(edge)
    for name, edges in refused.items():
        facet = Facet.ORG_MFA if name == "hasTwoFactorEnabled" else Facet.ORG_MEMBERS
        everywhere = name in {"role", "databaseId"} or len(edges) == len(page.items)
        for edge in edges[:1] if everywhere else edges:
            found = [each for each in edge.refused if str(each.place[-1] if each.place else "") == name]
            number = edge.value["node"].get("databaseId")
            nowhere = everywhere or number is None
            yield from refusals(run, run.org if nowhere else run.ref(Kind.ACCOUNT, number), facet, found)


def _member(run: Run, part: Part, disabled: set[str] | None, insecure: set[str] | None) -> Iterable[AnyFact]:
    edge = part.value
    node = edge["node"]
    origin = run.origin("graphql Members")
    ref = identified(run, Kind.ACCOUNT, node)
    attributes: dict[str, Any] = {"type": "User", **picked(node, "name")}
    if node.get("organizationVerifiedDomainEmails") is not None:
        attributes["verified_domain_emails"] = node["organizationVerifiedDomainEmails"]
    attributes |= factor(ref.key, disabled, insecure, edge.get("hasTwoFactorEnabled"))
    login = node.get("login") or ref.key  # where it was refused, which is told
    yield Account(ref=ref, name=login, created_at=moment(node.get("createdAt")), attributes=attributes, origin=origin)
    yield Membership(member=ref, group=members_of(run.org), role="member", origin=origin)
    match edge.get("role"):
        case "ADMIN":
            yield Membership(member=ref, group=owners_of(run.org), role="owner", origin=origin)
        case "MEMBER":
            pass
        case None if part.refused:
            pass
        case unknown:
            yield run.gap(
                run.org,
                Facet.ORG_MEMBERS,
                cause=Cause.UNEXPECTED,
                detail=f"the role {unknown} of a member is not known",
            )


async def _outsiders(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/outside_collaborators"
    path = template.replace("{org}", run.login)
    rows = await run.listed(path, template=template)
    facts: list[AnyFact] = []
    without: dict[str, set[str] | None] = {}
    for wanted in ("2fa_disabled", "2fa_insecure"):
        try:
            found = await run.listed(path, template=template, params={"filter": wanted}, needs="owner")
            without[wanted] = {str(row["id"]) for row in found}
        except SourceError as refusal:
            without[wanted] = None
            facts.append(run.gap(run.org, Facet.ORG_OUTSIDERS_MFA, refusal))
    origin = run.origin(f"GET {template}")
    for row in rows:
        ref = run.ref(Kind.ACCOUNT, row["id"])
        attributes = {
            **picked(row, "type", "site_admin"),
            **factor(ref.key, without["2fa_disabled"], without["2fa_insecure"], None),
        }
        facts.append(Account(ref=ref, name=str(row["login"]), attributes=attributes, origin=origin))
        facts.append(Membership(member=ref, group=outsiders_of(run.org), role="outside collaborator", origin=origin))
    return facts


async def sign_on(run: Run) -> None:
    """Read the identities that single sign-on links to accounts, and what SCIM says of them."""
    await run.facet(Facet.ORG_SAML, lambda: _saml(run), key="saml")
    await on_cloud(run, Facet.ORG_SCIM, lambda: _scim(run), key="scim")


async def _saml(run: Run) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    identities = Connection(
        run,
        run.org,
        Facet.ORG_SAML,
        "linked identities",
        query="saml",
        at=("organization", "samlIdentityProvider", "externalIdentities"),
        ask=lambda first, after: run.graphql("saml", login=run.login, first=first, after=after),
    )
    async for page in identities.pages():
        provider = page.answer.at("organization", "samlIdentityProvider")
        organization = page.answer.at("organization").value
        if provider.value is None and not page.answer.refused and isinstance(organization, dict):
            if "samlIdentityProvider" in organization and not _signs_on(run):
                return facts  # there is none
            detail = "graphql saml: samlIdentityProvider is not given, and the organization has one"
            return [*facts, run.gap(run.org, Facet.ORG_SAML, cause=Cause.MISSING_FIELD, detail=detail)]
        facts += page.gaps
        for item in page.items:
            facts += refusals(run, run.org, Facet.ORG_SAML, item.refused)
            facts += understood(run, run.org, Facet.ORG_SAML, linked_identity, run, item, provider)
    return facts


def _signs_on(run: Run) -> bool:
    """Tell whether the organization was read to have an identity provider."""
    found = next((each for each in run.known(Kind.ORGANIZATION) if each.ref == run.org), None)
    return found is not None and bool(found.attributes.get("samlIdentityProvider"))


def linked_identity(run: Run, item: Part, provider: Part) -> Iterable[AnyFact]:
    """Yield one identity that single sign-on links to an account."""
    node = item.value
    guid = word(node, "guid", "a linked identity")
    user = node.get("user")
    saml = node.get("samlIdentity") or {}
    scim = node.get("scimIdentity") or {}
    account = identified(run, Kind.ACCOUNT, user) if user else None
    name_id = str(saml.get("nameId") or "")
    yield Identity(
        ref=run.ref(Kind.IDENTITY, guid),
        name=name_id or str(scim.get("username") or guid),
        emails=(name_id,) if "@" in name_id else (),
        external_ids=tuple(i for i in (name_id, str(scim.get("username") or "")) if i),
        accounts=(account,) if account else (),
        attributes={"issuer": (provider.value or {}).get("issuer"), "saml": saml or None, "scim": scim or None},
        origin=run.origin("graphql Saml"),
    )


async def _scim(run: Run) -> Iterable[AnyFact]:
    """Read SCIM users; startIndex and count page them.

    https://docs.github.com/en/enterprise-cloud@latest/rest/scim/scim
    """
    template = "/scim/v2/organizations/{org}/Users"
    facts: list[AnyFact] = []
    start = 1
    while True:
        body = await run.github.get(
            template.replace("{org}", run.login),
            template=template,
            params={"startIndex": start, "count": 100},
            accept="application/scim+json",
        )
        rows = body.get("Resources") or ()
        for row in rows:
            facts.append(provisioned(run, row, template))
        start += len(rows)
        total = int(body.get("totalResults") or 0)
        if not rows and start <= total:
            detail = f"{start - 1} of {total} users were listed"
            return [*facts, run.gap(run.org, Facet.ORG_SCIM, cause=Cause.UNEXPECTED, detail=detail)]
        if not rows or start > total:
            return facts


def provisioned(run: Run, row: dict[str, Any], template: str) -> Identity:
    """Return one SCIM user: the provider's own id of it goes before the name, which may change.

    Raises UnexpectedAnswer for one who does not say whether they are active.
    """
    must(row, template, SCIM_USER)
    emails = tuple(str(e.get("value")) for e in row.get("emails") or () if isinstance(e, dict) and e.get("value"))
    return Identity(
        ref=run.ref(Kind.IDENTITY, f"scim:{row['id']}"),
        name=str(row.get("userName") or row["id"]),
        emails=emails,
        external_ids=tuple(str(i) for i in (row.get("externalId"), row.get("userName")) if i),
        active=row.get("active"),
        attributes={"scim": picked(row, "userName", "active", "externalId")},
        origin=run.origin(f"GET {template}"),
    )


def link_sign_on(builder_entities: dict[Ref, Any], identities: Iterable[Identity]) -> list[Account]:
    """Return accounts with what sign-on says of them joined in: SAML name id by link, SCIM by external id or user name."""
    scim = {
        i: each for each in identities if each.ref.key.startswith("scim:") for i in (*each.external_ids, *each.emails)
    }
    out = []
    for identity in identities:
        if identity.ref.key.startswith("scim:"):
            continue
        for ref in identity.accounts:
            account = builder_entities.get(ref)
            if not isinstance(account, Account):
                continue
            attributes = dict(account.attributes)
            attributes["saml"] = {"nameId": (identity.attributes.get("saml") or {}).get("nameId")}
            other = next((scim[i] for i in identity.external_ids if i in scim), None)
            if other is not None:
                attributes["scim"] = {"active": other.active, "userName": other.name, "emails": list(other.emails)}
            out.append(structs.replace(account, attributes=attributes))
    return out


__all__ = ["factor", "link_sign_on", "linked_identity", "people", "provisioned", "sign_on", "teams"]
