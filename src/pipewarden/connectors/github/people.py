"""People: members with role and second factor, outside collaborators, teams with their own members only, sign-on."""

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from pipewarden.connectors.github.client import CredentialRefused
from pipewarden.connectors.github.run import Run, moment, picked
from pipewarden.errors import AccessDenied, SourceError, UnexpectedAnswer
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, AnyFact, Cause, Grant, GrantKind, Group, Identity, Membership
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of, owners_of

LEVELS = {"READ": "read", "TRIAGE": "triage", "WRITE": "write", "MAINTAIN": "maintain", "ADMIN": "admin"}


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
    done = 0

    def find(data: dict[str, Any]) -> dict[str, Any] | None:
        organization = data.get("organization")
        return organization.get("membersWithRole") if organization else None

    async for _, page, _ in run.connection("members", find, first=100, login=run.login):
        if page is None:
            raise AccessDenied("the list of members was not given", endpoint="members")
        for edge in page.get("edges") or ():
            node = edge.get("node")
            if not node or node.get("databaseId") is None:
                continue
            facts += _member(run, edge, node, disabled, insecure)
        done += len(page.get("edges") or ())
        run.progress("members", done, int(page.get("totalCount") or 0))
    return facts


def _member(
    run: Run, edge: dict[str, Any], node: dict[str, Any], disabled: set[str] | None, insecure: set[str] | None
) -> Iterable[AnyFact]:
    origin = run.origin("graphql Members")
    ref = run.ref(Kind.ACCOUNT, node["databaseId"])
    attributes: dict[str, Any] = {"type": "User", **picked(node, "name")}
    if node.get("organizationVerifiedDomainEmails") is not None:
        attributes["verified_domain_emails"] = node["organizationVerifiedDomainEmails"]
    attributes |= factor(ref.key, disabled, insecure, edge.get("hasTwoFactorEnabled"))
    yield Account(
        ref=ref, name=str(node["login"]), created_at=moment(node.get("createdAt")), attributes=attributes, origin=origin
    )
    yield Membership(member=ref, group=members_of(run.org), role="member", origin=origin)
    match edge.get("role"):
        case "ADMIN":
            yield Membership(member=ref, group=owners_of(run.org), role="owner", origin=origin)
        case "MEMBER":
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


async def teams(run: Run) -> None:
    """Read teams with their immediate members and own repositories.

    REST lists the members of child teams as the parent's: only GraphQL's IMMEDIATE tells them apart.
    """
    await run.facet(Facet.ORG_TEAMS, lambda: _teams(run), key="teams")


async def _teams(run: Run) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    grants: dict[Ref, dict[Ref, str]] = {}
    parents: dict[Ref, Ref] = {}
    done = 0

    def find(data: dict[str, Any]) -> dict[str, Any] | None:
        organization = data.get("organization")
        return organization.get("teams") if organization else None

    async for _, page, _ in run.connection("teams", find, first=30, login=run.login):
        if page is None:
            raise AccessDenied("the list of teams was not given", endpoint="teams")
        for node in page.get("nodes") or ():
            team = run.ref(Kind.GROUP, node["databaseId"])
            origin = run.origin("graphql Teams")
            facts.append(
                Group(
                    ref=team,
                    name=f"{run.login}/{node['slug']}",
                    parent=run.org,
                    attributes={
                        **picked(node, "slug", "name", "description"),
                        "privacy": str(node.get("privacy", "")).lower(),
                    },
                    origin=origin,
                )
            )
            if node.get("parentTeam"):
                parents[team] = run.ref(Kind.GROUP, node["parentTeam"]["databaseId"])
                facts.append(Membership(member=team, group=parents[team], role="child", origin=origin))
            async for edge in _all(run, node, "members", "team_members"):
                member = run.ref(Kind.ACCOUNT, edge["node"]["databaseId"])
                facts.append(
                    Membership(member=member, group=team, role=str(edge.get("role", "member")).lower(), origin=origin)
                )
            held = grants.setdefault(team, {})
            async for edge in _all(run, node, "repositories", "team_repositories"):
                if edge.get("node"):
                    level = LEVELS.get(str(edge.get("permission")))
                    if level is None:
                        raise UnexpectedAnswer(
                            f"the permission {edge.get('permission')} of a team is not known", endpoint="teams"
                        )
                    held[run.ref(Kind.REPOSITORY, edge["node"]["databaseId"])] = level
        done += len(page.get("nodes") or ())
        run.progress("teams", done, int(page.get("totalCount") or 0))
    facts += _own_grants(run, grants, parents)
    return facts


async def _all(run: Run, node: dict[str, Any], field: str, name: str) -> Any:
    """Yield the edges of a team's connection, the first page of which came along."""
    connection = node.get(field) or {}
    for edge in connection.get("edges") or ():
        if edge and edge.get("node"):
            yield edge
    info = connection.get("pageInfo") or {}
    after = info.get("endCursor") if info.get("hasNextPage") else None
    while after:
        answer = await run.graphql(name, login=run.login, slug=node["slug"], first=100, after=after)
        connection = ((answer.data.get("organization") or {}).get("team") or {}).get(field) or {}
        for edge in connection.get("edges") or ():
            if edge and edge.get("node"):
                yield edge
        info = connection.get("pageInfo") or {}
        nxt = info.get("endCursor") if info.get("hasNextPage") else None
        if nxt == after:
            raise UnexpectedAnswer(f"{name} leads in a circle", endpoint=name)
        after = nxt


ORDER = ("read", "triage", "write", "maintain", "admin")


def _own_grants(run: Run, grants: dict[Ref, dict[Ref, str]], parents: dict[Ref, Ref]) -> Iterable[AnyFact]:
    """Yield each team's own grants: rows a child merely inherits from its parents are left to the nesting.

    A row that is higher than what the parents give is the child's own for certain.
    """
    origin = run.origin("graphql Teams")
    for team, held in grants.items():
        for repository, level in held.items():
            above, seen = parents.get(team), {team}
            inherited = False
            while above is not None and above not in seen:
                seen.add(above)
                outer = grants.get(above, {}).get(repository)
                inherited |= outer is not None and ORDER.index(outer) >= ORDER.index(level)
                above = parents.get(above)
            if not inherited:
                yield Grant(principal=team, resource=repository, role=level, kind=GrantKind.TEAM, origin=origin)


async def sign_on(run: Run) -> None:
    """Read the identities that single sign-on links to accounts, and what SCIM says of them."""
    await run.facet(Facet.ORG_SAML, lambda: _saml(run), key="saml")
    await run.facet(Facet.ORG_SCIM, lambda: _scim(run), key="scim")


async def _saml(run: Run) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []

    def find(data: dict[str, Any]) -> dict[str, Any] | None:
        provider = (data.get("organization") or {}).get("samlIdentityProvider")
        return provider.get("externalIdentities") if provider else None

    async for _, page, answer in run.connection("saml", find, first=100, login=run.login):
        if answer.refused("organization", "samlIdentityProvider"):
            raise AccessDenied("the identity provider was not shown", endpoint="saml")
        if page is None:
            return facts
        provider = answer.data["organization"]["samlIdentityProvider"]
        for node in page.get("nodes") or ():
            user = node.get("user")
            saml = node.get("samlIdentity") or {}
            scim = node.get("scimIdentity") or {}
            account = run.ref(Kind.ACCOUNT, user["databaseId"]) if user else None
            name_id = str(saml.get("nameId") or "")
            facts.append(
                Identity(
                    ref=run.ref(Kind.IDENTITY, node["guid"]),
                    name=name_id or str(scim.get("username") or node["guid"]),
                    emails=(name_id,) if "@" in name_id else (),
                    external_ids=tuple(i for i in (name_id, str(scim.get("username") or "")) if i),
                    accounts=(account,) if account else (),
                    attributes={"issuer": provider.get("issuer"), "saml": saml or None, "scim": scim or None},
                    origin=run.origin("graphql Saml"),
                )
            )
    return facts


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
            emails = tuple(
                str(e.get("value")) for e in row.get("emails") or () if isinstance(e, dict) and e.get("value")
            )
            facts.append(
                Identity(
                    ref=run.ref(Kind.IDENTITY, f"scim:{row['id']}"),
                    name=str(row.get("userName") or row["id"]),
                    emails=emails,
                    external_ids=tuple(str(i) for i in (row.get("externalId"), row.get("userName")) if i),
                    active=row.get("active"),
                    attributes={"scim": picked(row, "userName", "active", "externalId")},
                    origin=run.origin(f"GET {template}"),
                )
            )
        start += len(rows)
        if not rows or start > int(body.get("totalResults") or 0):
            return facts


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
