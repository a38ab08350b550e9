"""Which system, organization or group a row of an inventory belongs to, and which rows belong to the one that somebody names."""

from collections.abc import Callable

from pyroaring import BitMap

from pipewarden.access import address
from pipewarden.access.inventory_rows import Row
from pipewarden.access.view import View
from pipewarden.errors import UsageError
from pipewarden.model.access import Level
from pipewarden.model.facts import Entity
from pipewarden.model.ids import Kind, Ref

SCOPES = (Kind.TENANT, Kind.ENTERPRISE, Kind.ORGANIZATION)


def scope_of(view: View, entity: Entity) -> str:
    """Name the organization that holds an entity, or else what stands for all of its system; empty where there is neither."""
    organization = view.organization_of(entity)
    return organization.name if organization else _tenants(view).get(entity.ref.instance, "")


def within(view: View, text: str) -> Callable[[Row], bool]:
    """Return what tells whether a row belongs to a scope: `acme`, `okta:acme`, `gitlab:acme/mobile`.

    A tenant has all rows of its system; an organization those of what it holds. What GitLab tells for the whole instance, such
    as accounts, belongs to a group at the top, with which it was read, and to a subgroup where it holds a role there. A plain
    name means the organizations of all systems that are called so.
    Raises UnknownName where nothing is, UsageError where it is no scope: no row would seem to say that there is none.
    """
    wanted = text.strip().lower()
    if ":" not in wanted and any(each.name.lower() == wanted for each in view.entities(*SCOPES)):
        return lambda row: row.scope.lower() == wanted
    ref = address.resource(view.snapshot, text)
    if ref.kind not in SCOPES:
        hint = "--scope takes an organization, a group or a tenant; --match narrows the list further."
        raise UsageError(f"{text} is a {ref.kind.word}", hint=hint)
    if ref.kind is Kind.TENANT:
        return lambda row: row.ref.instance == ref.instance
    places, todo = [ref], [ref]
    while todo:
        inner = [each.ref for each in view.inside(todo.pop(), Kind.ORGANIZATION, Kind.REPOSITORY)]
        places += inner
        todo += [each for each in inner if each.kind is Kind.ORGANIZATION]
    names = {view.name(each) for each in places if each.kind is Kind.ORGANIZATION}
    whole = _tenants(view).get(ref.instance, ref.instance)
    is_top = not any(each.kind is Kind.ORGANIZATION for each in view.around(ref))
    holders = set() if is_top else _holders(view, places)

    def belongs(row: Row) -> bool:
        if row.ref.instance != ref.instance:
            return False
        return row.scope in names or (row.scope == whole and (is_top or row.ref in holders))

    return belongs


def _holders(view: View, places: list[Ref]) -> set[Ref]:
    """Return who has a role on any of some groups and projects."""
    ordinals = [at for each in places if (at := view.snapshot.ordinal(each)) is not None]
    held = BitMap.union(BitMap(), *(view.engine.graph.holders(at, Level.READ) for at in ordinals))
    return {view.snapshot.ref(each) for each in held}


def _tenants(view: View) -> dict[str, str]:
    """Return what stands for all of each system, by instance."""
    known = view.memo["tenants by instance"]
    if "all" not in known:
        known["all"] = {each.ref.instance: each.name for each in reversed(list(view.entities(Kind.TENANT)))}
    found: dict[str, str] = known["all"]
    return found
