"""Of which groups that another system follows it was not read who may activate a place in them: the answer says so."""

from collections.abc import Iterator
from functools import partial

from pyroaring import BitMap

from pipewarden.access.entra.activation import is_asked
from pipewarden.access.graph import Graph
from pipewarden.access.unread import told
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Ref
from pipewarden.model.systems import System


def joining(graph: Graph, resource: int, holders: BitMap) -> Iterator[str]:
    """Say of which groups of a tenant it is not known who may join them, where what follows them has something.

    Privileged Identity Management makes people members of a group for some hours, when they ask; such a group may fill a
    team elsewhere. A group whose members follow a rule or come from elsewhere is none of it, nor is any without the licence.
    https://learn.microsoft.com/en-us/entra/id-governance/privileged-identity-management/concept-pim-for-groups
    """
    if System.ENTRA not in graph.snapshot.systems:
        return
    for link in graph.follows.links:
        if graph.snapshot.systems[int(graph.snapshot.instance[link.inner])] is System.ENTRA and _matters(
            graph, link.outer, resource, holders
        ):
            for group in (link.inner, *graph.groups_in(link.inner)):
                yield from _of(graph, group)


def _matters(graph: Graph, outer: int, resource: int, holders: BitMap) -> bool:
    """Tell whether a group has something on a thing that its members have for it; of one without members that is not known."""
    members = graph.members(outer)
    if members and not members & holders:
        return False
    return any(graph.rows_between(graph.outer(outer), scope) for scope in graph.scopes(resource))


def _of(graph: Graph, group: int) -> Iterator[str]:
    """Say what is not known of those who may activate a place in a group; nothing where it was read, or nobody can."""
    snapshot = graph.snapshot
    if is_asked(snapshot.entity(group)):
        return
    ref, attributes = snapshot.ref(group), snapshot.entity(group).attributes
    kinds = attributes.get("groupTypes")
    if attributes.get("onPremisesSyncEnabled") is True or (isinstance(kinds, list) and "DynamicMembership" in kinds):
        return
    gaps = [gap for gap in snapshot.gaps if gap.scope.instance == ref.instance]
    if any(gap.cause is Cause.PLAN and _is_at(gap, ref) for gap in gaps):
        return
    if unread := [gap for gap in gaps if gap.facet == EntraFacet.GROUP_ELIGIBLE and _is_at(gap, ref)]:
        yield from map(partial(told, snapshot), unread)
    else:
        yield f"group eligibility of {snapshot.name_of(group)}: not read (not collected)"


def _is_at(gap: Gap, group: Ref) -> bool:
    """Tell whether a gap about eligibility covers a group."""
    of_tenant = gap.scope.kind is not group.kind
    return gap.facet in {EntraFacet.GROUP_ELIGIBLE, EntraFacet.ELIGIBLE} and (of_tenant or gap.scope == group)
