"""Memberships that mirror a group of an identity provider: what ends with a place in it, and where the two differ."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipewarden.access.graph import Graph
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

LISTED = frozenset({System.GITHUB, System.GITLAB})
"""Systems whose lists of members are what the provider last put there; a vault's groups are filled at each login."""


class Drift(NamedTuple):
    """An account whose place in a group and in the group that this one follows differ; all are ordinals."""

    account: int
    inner: int
    outer: int
    extra: bool
    """Whether it is in the group that follows and not at the provider; else it is missing there."""


def mirrored(before: Graph, after: Graph) -> list[int]:
    """Return the memberships that end with places at an identity provider, by what two graphs of one snapshot say.

    A member whom another group still puts there stays.
    """
    follows, ended = before.follows, []
    for link in follows.links:
        for account in before.members(link.inner) - after.members(link.inner):
            if not follows.brings(link, before.outer(account)):
                continue
            others = [each.inner for each in follows.by_outer[link.outer]]
            if any(account in after.members(inner) for inner in others):
                continue
            instance = int(before.snapshot.instance[link.outer])
            for mine in follows.accounts_in(account, instance):
                ended += _rows(before, mine, link.outer)
    return ended


def _rows(graph: Graph, member: int, group: int) -> list[int]:
    rows = graph.by_member[member]
    return [int(row) for row in rows[graph.snapshot.memberships.group[rows] == group]]


def drift(graph: Graph, outer: int) -> Iterator[Drift]:
    """Yield the accounts whose places differ between a group that follows and the groups it follows.

    An account that nothing joins to one of the provider's, where the team is kept by the provider, was put there by hand.
    Who has no account where the group is cannot be in it yet, and is not told; nor is who is not assigned to the app that pushes.
    """
    snapshot, follows = graph.snapshot, graph.follows
    links = follows.by_outer.get(outer, ())
    if not links or any(each.doubt for each in links) or snapshot.systems[int(snapshot.instance[outer])] not in LISTED:
        return
    rows = graph.by_group[outer]
    direct = {int(each) for each in snapshot.memberships.member[rows] if snapshot.kind_of(int(each)) is Kind.ACCOUNT}
    should: dict[int, int] = {}
    for link in links:
        for account in graph.members(link.inner):
            if not follows.brings(link, graph.outer(account)):
                continue
            for mine in follows.accounts_in(account, int(snapshot.instance[outer])):
                should.setdefault(mine, link.inner)
    for account in sorted(direct - should.keys()):
        yield Drift(account, links[0].inner, outer, extra=True)
    for account in sorted(should.keys() - direct):
        yield Drift(account, should[account], outer, extra=False)


def puts_back(graph: Graph, memberships: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the memberships (by member, group, and the group at the provider) that the provider would restore."""
    columns = graph.snapshot.memberships
    for row in memberships:
        member, outer = int(columns.member[row]), int(columns.group[row])
        for link in graph.follows.by_outer.get(outer, ()):
            mine = (graph.outer(each) for each in graph.follows.signs_in_as(member))
            if any(link.inner in outers and graph.follows.brings(link, outers) for outers in mine):
                yield member, outer, link.inner
                break
