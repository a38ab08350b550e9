"""The lists a review begins with: accounts, administrators, machines, credentials, resources.

Every cell is a value or the word `unknown`; an empty cell means there is none.
"""

from collections.abc import Iterator

from msgspec import structs
from pyroaring import BitMap

from pipewarden.access.accounts import mfa_words
from pipewarden.access.dormancy import last_use
from pipewarden.access.inventory_rows import UNKNOWN, Row, date
from pipewarden.access.inventory_scope import scope_of
from pipewarden.access.inventory_tenants import group_names, tenant_accounts, tenant_admins
from pipewarden.access.machine_owners import machine_owners, owner_cell, owner_note
from pipewarden.access.view import View
from pipewarden.access.words import day
from pipewarden.model.access import Capability, Level, Path
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Entity, GrantKind, Machine, Resource
from pipewarden.model.ids import CREDENTIALS, MACHINES, Kind, Ref, members_of, outsiders_of

EMPLOYEE = "employee "
"""How what is said of most people begins: it is not said of each."""


def accounts(view: View) -> Iterator[Row]:
    """Yield every account of every organization, with the standing it has there, and those of all other systems.

    Who is employed as something else than an employee is told so, where a roster or Okta says it.
    """
    for row in _accounts(view):
        person = view.person_of(row.ref) if len(view.snapshot.instances) > 1 else None
        kinds = [told for told in (person.employment if person else ()) if not told.startswith(EMPLOYEE)]
        yield structs.replace(row, note="; ".join(filter(None, (row.note, *kinds)))) if kinds else row


def _accounts(view: View) -> Iterator[Row]:
    told: set[Ref] = set()
    for organization in view.organizations:
        owners = _owners(view, organization)
        seen: set[Ref] = set()
        for group, standing in (
            (members_of(organization.ref), "member"),
            (outsiders_of(organization.ref), "outside collaborator"),
        ):
            for account in view.members(group):
                seen.add(account.ref)
                role = "owner" if account.ref in owners else standing
                yield _account(view, organization, account, role, _teams(view, account, organization))
        yield from _keyholders(view, organization, seen)
        told |= seen
    yield from tenant_accounts(view, told)


def _keyholders(view: View, organization: Resource, seen: set[Ref]) -> Iterator[Row]:
    """Yield accounts that are in no list of the organization and still hold something in it."""
    for machine in view.entities(*CREDENTIALS, within=organization.ref):
        owner = view.find(machine.owner)
        if isinstance(owner, Account) and owner.ref not in seen:
            seen.add(owner.ref)
            what = f"{machine.ref.kind.replace('_', ' ')} {machine.name}"
            yield _account(view, organization, owner, "none", f"added {what}", note="not in the organization")


def _account(view: View, organization: Resource, account: Account, role: str, reason: str, note: str = "") -> Row:
    whose, says = _joined(view, account)
    return Row(
        ref=account.ref,
        name=account.name,
        kind="machine user" if account.attributes.get("type") == "Bot" else "account",
        scope=organization.name,
        role=role,
        reason=reason,
        last_used=date(account.last_used_at),
        last_used_says=last_use(account, view.system_of(account.ref)).says,
        mfa=_mfa(view, organization, account, role),
        owner=str(account.attributes.get("name") or "") or whose or UNKNOWN,
        owner_says=says,
        note=note,
    )


def _joined(view: View, account: Account) -> tuple[str, str]:
    """Return whose an account is and what says so; nothing where one system was read, in which accounts are people."""
    named = view.named(account.ref) if len(view.snapshot.instances) > 1 else None
    return (named.name if named.is_known else "", named.says) if named else ("", "")


def _mfa(view: View, organization: Resource, account: Account, role: str) -> str:
    if organization.attributes.get("emu") is True:
        return "not applicable (identity provider)"
    facet = Facet.ORG_OUTSIDERS_MFA if role == "outside collaborator" else Facet.ORG_MFA
    if view.gap(organization.ref, facet) is not None:
        return UNKNOWN
    return mfa_words(account.attributes.get("mfa"))


def _teams(view: View, account: Account, organization: Resource) -> str:
    teams = group_names(view, account, organization.ref)
    return f"teams: {', '.join(sorted(teams))}" if teams else ""


def admins(view: View) -> Iterator[Row]:
    """Yield who administers: owners of organizations, holders of strong roles, and administrators of repositories."""
    for organization in view.organizations:
        for access in view.engine.who_can(Capability.ADMINISTER, organization.ref):
            witness = access.witness
            entity = view.find(access.principal)
            if entity is None or witness is None:
                continue
            yield _admin(view, organization, entity, "administers the organization", view.engine.words(witness))
        yield from _repository_admins(view, organization)
    yield from tenant_admins(view)


def _repository_admins(view: View, organization: Resource) -> Iterator[Row]:
    """Yield administrators of all or of single repositories, one row per principal; who administers the organization is told above.

    Tokens are left out: they do what their owner may, who is listed.
    """
    at = _ordinal(view, organization.ref)
    above = view.engine.graph.held_through(at, Level.ADMIN)
    bounded = BitMap(view.engine.graph.bounded)
    for holder in above - view.engine.graph.on_organization(at, Capability.ADMINISTER)[0] - bounded:
        entity = view.snapshot.entity(holder)
        chains = view.engine.chains.to(holder, at, Level.ADMIN)
        reason = view.engine.words(Path(links=chains[0])) if chains else UNKNOWN
        yield _admin(view, organization, entity, "admin of every repository", reason)
    per: dict[int, list[int]] = {}
    for repository in view.snapshot.children(at, Kind.REPOSITORY):
        for holder in view.engine.graph.held_on(repository, Level.ADMIN) - above - bounded:
            per.setdefault(holder, []).append(repository)
    for holder, repositories in sorted(per.items()):
        entity = view.snapshot.entity(holder)
        names = sorted(view.snapshot.name_of(r) for r in repositories)
        path = view.engine.grants_between(entity.ref, view.snapshot.ref(repositories[0]))
        best = next((p for p in path if any(link.role == "admin" for link in p.links)), path[0] if path else None)
        listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        reason = view.engine.words(best) if best else UNKNOWN
        yield _admin(view, organization, entity, f"admin of {listed}", reason)


def _admin(view: View, organization: Resource, entity: Entity, role: str, reason: str) -> Row:
    if isinstance(entity, Account):
        standing = "owner" if entity.ref in _owners(view, organization) else "member"
        row = _account(view, organization, entity, standing, reason)
        return Row(**{**{f: getattr(row, f) for f in row.__struct_fields__}, "role": role})
    return _machine(view, entity, role, reason) if isinstance(entity, Machine) else _plain(view, entity, role, reason)


def _owners(view: View, organization: Resource) -> frozenset[Ref]:
    """Return the owners of an organization: looked up once for all its rows."""
    known = view.memo["owners of organizations"]
    if organization.ref not in known:
        known[organization.ref] = frozenset(each.ref for each in view.owners(organization.ref))
    found: frozenset[Ref] = known[organization.ref]
    return found


def machines(view: View) -> Iterator[Row]:
    """Yield every principal without a person: apps, tokens, keys, jobs, and machine users."""
    for machine in view.entities(*sorted(MACHINES)):
        if machine.ref.kind is not Kind.JOB:
            yield _machine(view, machine, *_held(view, machine))
    for organization in view.organizations:
        for account in view.people(organization.ref):
            if account.attributes.get("type") == "Bot":
                yield _account(view, organization, account, "member", "a seat of a machine user")


def credentials(view: View) -> Iterator[Row]:
    """Yield what proves being a principal: tokens and keys, with who holds them and when they end."""
    for machine in view.entities(*sorted(CREDENTIALS)):
        yield _machine(view, machine, *_held(view, machine))


def _held(view: View, machine: Machine) -> tuple[str, str]:
    rows = view.engine.grant_rows_of(machine.ref)
    if not rows:
        return UNKNOWN, UNKNOWN
    roles = list(dict.fromkeys(view.engine.chains.role_name(row) for row in rows))
    names = sorted({view.name(view.snapshot.grant(row).resource) for row in rows})
    where = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    kinds = {view.snapshot.grant(row).kind for row in rows}
    how = "installed on" if GrantKind.APP in kinds else "key of" if GrantKind.KEY in kinds else "within"
    return "; ".join(roles), f"{how} {where}"


def _machine(view: View, machine: Machine, role: str, reason: str) -> Row:
    owned = machine_owners(view).of(machine)
    notes = []
    if machine.expires_at:
        notes.append(f"expires {day(machine.expires_at)}")
    elif machine.ref.kind in {Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN}:
        notes.append("never expires")
    if machine.attributes.get("suspended_at"):
        notes.append("suspended")
    if note := owner_note(owned):
        notes.append(note)
    return Row(
        ref=machine.ref,
        name=machine.name,
        kind=machine.ref.kind.word,
        scope=scope_of(view, machine),
        role=role,
        reason=reason,
        last_used=date(machine.last_used_at),
        last_used_says=last_use(machine, view.system_of(machine.ref)).says,
        mfa="",
        owner=owner_cell(owned),
        owner_says=owned.says,
        note=", ".join(notes),
    )


def resources(view: View) -> Iterator[Row]:
    """Yield organizations, repositories, environments, secrets, runner groups and webhooks, with who can write and administer."""
    kinds = (
        Kind.ORGANIZATION,
        Kind.REPOSITORY,
        Kind.ENVIRONMENT,
        Kind.SECRET,
        Kind.VARIABLE,
        Kind.RUNNER_GROUP,
        Kind.RUNNER,
        Kind.WEBHOOK,
    )
    write = view.engine.graph.count_holders(Level.WRITE)
    admin = view.engine.graph.count_holders(Level.ADMIN)
    for entity in view.entities(*kinds):
        row = _plain(view, entity, str(entity.attributes.get("visibility") or ""), "")
        if entity.ref.kind is Kind.REPOSITORY:
            ordinal = _ordinal(view, entity.ref)
            note = f"{write[ordinal]} can write, {admin[ordinal]} administer"
            note += ", archived" if entity.attributes.get("archived") else ""
            row = Row(**{**{f: getattr(row, f) for f in row.__struct_fields__}, "note": note})
        yield row


def _plain(view: View, entity: Entity, role: str, reason: str) -> Row:
    changed = entity.attributes.get("pushed_at") or entity.attributes.get("updated_at")
    return Row(
        ref=entity.ref,
        name=entity.name,
        kind=entity.ref.kind.word,
        scope=scope_of(view, entity),
        role=role,
        reason=reason,
        last_used=str(changed or UNKNOWN)[:10] if changed else UNKNOWN,
        mfa="",
        owner="",
    )


def _ordinal(view: View, ref: Ref) -> int:
    ordinal = view.snapshot.ordinal(ref)
    assert ordinal is not None  # noqa: S101 - the entity was read from this snapshot
    return ordinal


LISTS = {
    "accounts": accounts,
    "admins": admins,
    "machines": machines,
    "credentials": credentials,
    "resources": resources,
}
"""The inventories by the word people type."""
