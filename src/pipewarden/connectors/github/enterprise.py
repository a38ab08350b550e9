"""The enterprise's own teams and roles: who is in them, and who may do what for all of its organizations.

https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-teams/enterprise-teams
https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/enterprise-roles
Only classic tokens may ask for the teams, and no app.
"""

from collections.abc import Iterable

from pipewarden.connectors.answers import picked
from pipewarden.connectors.github.plans import on_cloud
from pipewarden.connectors.github.run import Run
from pipewarden.errors import SourceError
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, AnyFact, Cause, Gap, Grant, GrantKind, Group, Membership, Role
from pipewarden.model.ids import Kind, Ref

TEAMS = "/enterprises/{enterprise}/teams"
MEMBERS = TEAMS + "/{enterprise-team}/memberships"
ROLES = "/enterprises/{enterprise}/enterprise-roles"
HOLDERS = ROLES + "/{role_id}/"


async def enterprise(run: Run) -> None:
    """Read the teams of the enterprise and its roles with who holds them; nothing where no enterprise is named."""
    where = run.enterprise
    if where is not None:
        await on_cloud(run, Facet.ENT_TEAMS, lambda: _teams(run, where), scope=where)
        await on_cloud(run, Facet.ENT_ROLES, lambda: _roles(run, where), scope=where)
    run.add(*_unread(run))


def _path(template: str, enterprise: Ref, **names: object) -> str:
    path = template.replace("{enterprise}", enterprise.key)
    for name, value in names.items():
        path = path.replace("{" + name.replace("_", "-") + "}", str(value)).replace("{" + name + "}", str(value))
    return path


async def _teams(run: Run, enterprise: Ref) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    for row in await run.listed(_path(TEAMS, enterprise), template=TEAMS, needs="token"):
        team, origin = run.ref(Kind.GROUP, row["id"]), run.origin(f"GET {TEAMS}")
        attributes = {**picked(row, "slug", "name", "description", "organization_selection_type"), "enterprise": True}
        facts.append(
            Group(
                ref=team,
                name=f"{enterprise.key}/{row['slug']}",
                parent=enterprise,
                attributes=attributes,
                origin=origin,
            )
        )
        try:
            path = _path(MEMBERS, enterprise, enterprise_team=row["id"])
            for person in await run.listed(path, template=MEMBERS, needs="token"):
                who = run.ref(Kind.ACCOUNT, person["id"])
                facts += _known(run, who, str(person["login"]), MEMBERS)
                facts.append(Membership(member=who, group=team, role="member", origin=run.origin(f"GET {MEMBERS}")))
        except SourceError as refusal:
            facts.append(run.gap(team, Facet.ENT_TEAMS, refusal))
    return facts


def _known(run: Run, who: Ref, login: str, template: str) -> Iterable[Account]:
    """Yield the account of somebody who is in no list of the organization."""
    if not run.knows(who):
        yield Account(ref=who, name=login, attributes={"type": "User"}, origin=run.origin(f"GET {template}"))


async def _roles(run: Run, enterprise: Ref) -> Iterable[AnyFact]:
    facts: list[AnyFact] = []
    body = await run.github.get(_path(ROLES, enterprise), template=ROLES, needs="owner")
    for row in body.get("roles") or ():
        key = f"ent_role:{row['id']}"
        facts.append(
            Role(
                ref=run.ref(Kind.ROLE, key),
                name=str(row.get("name")),
                parent=enterprise,
                permissions=dict.fromkeys(row.get("permissions") or (), "write"),
                attributes=picked(row, "description", "permissions", "created_at", "updated_at"),
                origin=run.origin(f"GET {ROLES}"),
            )
        )
        for kind, plural in ((Kind.ACCOUNT, "users"), (Kind.GROUP, "teams")):
            template = HOLDERS + plural
            origin = run.origin(f"GET {template}")
            for holder in await run.listed(
                _path(template, enterprise, role_id=row["id"]), template=template, needs="owner"
            ):
                if holder.get("assignment") == "indirect":
                    continue  # held through a team, which is listed itself
                who = run.ref(kind, holder["id"])
                if kind is Kind.ACCOUNT:
                    facts += _known(run, who, str(holder["login"]), template)
                facts.append(
                    Grant(principal=who, resource=enterprise, role=key, kind=GrantKind.ORG_ROLE, origin=origin)
                )
    return facts


def _unread(run: Run) -> Iterable[Gap]:
    """Yield a gap at each team of the enterprise that holds a role of the organization and was not read itself."""
    for group in run.known(Kind.GROUP):
        if group.attributes.get("type") == "enterprise":
            why = "" if run.enterprise else ", for the configuration does not name the enterprise"
            detail = f"who is in this team of the enterprise was not read{why}"
            yield run.gap(group.ref, Facet.ENT_TEAMS, cause=Cause.NOT_COLLECTED, detail=detail)
