"""The accounts and administrators of systems that are no organization of a code host: Okta, Entra, Jenkins, vaults, GitLab.

GitLab's members are listed with their groups; here are all accounts of an instance, and who administers it.
"""

from collections.abc import Container, Iterator

from msgspec import structs

from pipewarden.access.dormancy import last_use
from pipewarden.access.inventory_rows import UNKNOWN, Row, date
from pipewarden.access.machine_owners import machine_owners, owner_cell, owner_note
from pipewarden.access.second_factor import enrolled
from pipewarden.access.theirs import is_active
from pipewarden.access.view import View
from pipewarden.model.access import Access, Answer, Capability
from pipewarden.model.facts import Account, Entity, Machine, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

MOST_GROUPS = 6
"""Groups that a row names; of more it is said how many there are."""

ROLES = (
    (Capability.ADMINISTER, "administers all of it"),
    (Capability.MANAGE_ACCESS, "gives access to all of it"),
)
"""Who counts as an administrator of a tenant, by capability; of several the first is told."""


def tenants(view: View) -> list[Resource]:
    """Return what stands for all of a system that is no code host, and for an instance of GitLab."""
    return list(view.entities(Kind.TENANT))


def tenant_accounts(view: View, told: Container[Ref]) -> Iterator[Row]:
    """Yield every account that was read of a system beside GitHub, those left out that were told already."""
    if set(view.snapshot.systems) <= {System.GITHUB}:
        return
    scopes = {each.ref.instance: each for each in reversed(tenants(view))}
    administrators = {instance: _administrators(view, tenant) for instance, tenant in scopes.items()}
    for account in view.entities(Kind.ACCOUNT):
        system = view.system_of(account.ref)
        if system is System.GITHUB or account.ref in told:
            continue
        tenant = scopes.get(account.ref.instance)
        role = administrators.get(account.ref.instance, {}).get(account.ref, "member")
        yield row_of(view, account, tenant.name if tenant else account.ref.instance, role, _groups(view, account))


def tenant_admins(view: View) -> Iterator[Row]:
    """Yield who administers a tenant or gives access to all of it, each once by the most they have."""
    for tenant in tenants(view):
        seen: set[Ref] = set()
        for capability, role in ROLES:
            for access in view.engine.who_can(capability, tenant.ref):
                entity = view.find(access.principal)
                if entity is None or access.witness is None or access.principal in seen:
                    continue
                seen.add(access.principal)
                row = row_of(view, entity, tenant.name, role, view.engine.words(access.witness))
                yield structs.replace(row, note="; ".join(filter(None, (row.note, _doubt(access)))))


def row_of(view: View, entity: Entity, scope: str, role: str, reason: str) -> Row:
    """Return the row of an account or machine of a system beside GitHub."""
    system = view.system_of(entity.ref)
    mfa, owner, note, when, says, by = "", UNKNOWN, "", UNKNOWN, "", ""
    if isinstance(entity, Account):
        named = view.named(entity.ref)
        mfa = enrolled(view, entity)
        owner, by = (named.name, named.says) if named else (UNKNOWN, "")
        note = "switched off" if is_active(entity, system, named.told if named else None) is False else ""
    elif isinstance(entity, Machine):
        owned = machine_owners(view).of(entity)
        owner, by, note = owner_cell(owned), owned.says, owner_note(owned)
    if isinstance(entity, Account | Machine):
        when, says = date(entity.last_used_at), last_use(entity, system).says
    return Row(
        ref=entity.ref,
        name=entity.name,
        kind=entity.ref.kind.word,
        scope=scope,
        role=role,
        reason=reason,
        last_used=when,
        last_used_says=says,
        mfa=mfa,
        owner=owner,
        owner_says=by,
        note=note,
    )


def _administrators(view: View, tenant: Resource) -> dict[Ref, str]:
    """Return who is an administrator of a tenant for sure, and of which sort."""
    found: dict[Ref, str] = {}
    for capability, role in reversed(ROLES):
        for who in view.engine.who_can(capability, tenant.ref).sure:
            found[view.snapshot.ref(who)] = role
    return found


def _groups(view: View, account: Account) -> str:
    names = sorted(set(group_names(view, account)))
    more = f" and {len(names) - MOST_GROUPS:,} more" if len(names) > MOST_GROUPS else ""
    return f"groups: {', '.join(names[:MOST_GROUPS])}{more}" if names else ""


def group_names(view: View, account: Account, parent: Ref | None = None) -> list[str]:
    """Return the names of the groups that an account is directly in, only those of one parent where it is given."""
    graph, snapshot = view.engine.graph, view.snapshot
    at = snapshot.ordinal(account.ref)
    groups = [] if at is None else snapshot.memberships.group[graph.by_member[at]].tolist()
    if not groups:
        return []
    shown = view.memo["groups that lists name"]
    out = []
    for each in groups:
        told = shown.get(each)
        if told is None:
            group = snapshot.entity(each)
            told = shown[each] = (group.name, bool(group.attributes.get("implicit")), group.parent)
        name, implicit, inside = told
        if not implicit and parent in (None, inside):
            out.append(name)
    return out


def _doubt(access: Access) -> str:
    return "" if access.answer is Answer.YES else f"perhaps: {'; '.join(access.unknown)}"
