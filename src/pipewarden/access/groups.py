"""Who is in which group, and whose machines they are: memberships as arrays, groups as bitmaps of who is in them."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from pipewarden.access.github.anybody import ANYBODY
from pipewarden.model.bodies import read
from pipewarden.model.columns import I32, KINDS, NEVER, to_micros
from pipewarden.model.facts import Machine
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.model.snapshot import Snapshot

GROUP = KINDS.index(Kind.GROUP)

_OWNED = b'"owner":['
"""What stands in the body of a machine that has an owner: few jobs do."""

BOUNDED = frozenset({Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN, Kind.SSH_KEY})
"""Credentials that can never do more than their owner: token ∩ person.

https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
"""


_FEW = 1_000
"""Principals up to so many are asked one by one what they are in."""


class Index:
    """Rows by one of their columns: `index[ordinal]` are the rows that name it, ascending."""

    def __init__(self, column: I32, size: int, rows: I32 | None = None) -> None:
        """Index `column`; only `rows` of it where given. `size` is the number of ordinals."""
        chosen = column if rows is None else column[rows]
        order = np.argsort(chosen, kind="stable").astype(np.int32)
        self.rows: I32 = order if rows is None else rows[order]
        self.starts: NDArray[np.int64] = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(np.bincount(chosen, minlength=size), out=self.starts[1:])

    def __getitem__(self, ordinal: int) -> I32:
        """Return the rows that name an ordinal."""
        found: I32 = self.rows[self.starts[ordinal] : self.starts[ordinal + 1]]
        return found


class Groups:
    """Who is in which group, of one snapshot at its as-of time."""

    def __init__(self, snapshot: Snapshot, *, dropped_memberships: Iterable[int] = ()) -> None:
        self.snapshot = snapshot
        self.size = len(snapshot)
        memberships, now = snapshot.memberships, to_micros(snapshot.as_of)
        self.live_memberships = (memberships.expires == NEVER) | (memberships.expires > now)
        self.live_memberships[list(dropped_memberships)] = False
        mine = np.flatnonzero(self.live_memberships).astype(np.int32)
        self.by_member = Index(memberships.member, self.size, mine)
        self.by_group = Index(memberships.group, self.size, mine)
        self._members: dict[int, BitMap] = {}
        self._outer: dict[int, tuple[int, ...]] = {}

    def is_group(self, ordinal: int) -> bool:
        """Tell whether an ordinal is a group."""
        return int(self.snapshot.kind[ordinal]) == GROUP

    def members(self, group: int) -> BitMap:
        """Return everyone in a group or nested in it, groups left out; groups may contain each other."""
        known = self._members.get(group)
        if known is not None:
            return known
        found, inside, todo = BitMap(), {group}, [group]
        while todo:
            rows = self.by_group[todo.pop()]
            if not len(rows):
                continue
            direct = self.snapshot.memberships.member[rows]
            nested = self.snapshot.kind[direct] == GROUP
            found |= BitMap(direct[~nested].astype(np.uint32))
            for child in direct[nested].tolist():
                if child not in inside:
                    if (done := self._members.get(child)) is not None:
                        found |= done
                        inside.add(child)
                    else:
                        inside.add(child)
                        todo.append(child)
        self._members[group] = found
        return found

    def groups_in(self, group: int) -> list[int]:
        """Return the groups in a group, at any depth."""
        found: dict[int, None] = {}
        todo = [group]
        for each in todo:
            for member in self.snapshot.memberships.member[self.by_group[each]].tolist():
                if self.is_group(member) and member not in found and member != group:
                    found[member] = None
                    todo.append(member)
        return list(found)

    def outer(self, principal: int) -> tuple[int, ...]:
        """Return a principal, every group it is in, directly or through nesting, nearest first, and the keys it added."""
        known = self._outer.get(principal)
        if known is not None:
            return known
        found = {principal: None}
        todo = [principal]
        for ordinal in todo:
            for group in self.snapshot.memberships.group[self.by_member[ordinal]].tolist():
                if group not in found:
                    found[group] = None
                    todo.append(group)
        for key in self.keys.get(principal, ()):
            found.setdefault(key, None)
        if (crowd := self.everyone.get(int(self.snapshot.instance[principal]))) is not None:
            found.setdefault(crowd, None)
        answer = tuple(found)
        if len(self._outer) > 20_000:
            self._outer.clear()
        self._outer[principal] = answer
        return answer

    def around(self, principals: BitMap) -> set[int]:
        """Return some principals with all that any of them is in, as `outer` does of each."""
        if len(principals) <= _FEW:
            return {each for principal in principals for each in self.outer(principal)}
        found = set(principals)
        found.update(group for group in self.snapshot.ordinals(Kind.GROUP).tolist() if self.members(group) & principals)
        found.update(key for owner, keys in self.keys.items() if owner in principals for key in keys)
        instances = np.unique(self.snapshot.instance[np.array([*principals], np.int32)]).tolist()
        return found | {crowd for code in instances if (crowd := self.everyone.get(code)) is not None}

    def itself(self, principal: int) -> tuple[int, ...]:
        """Return a principal and its groups as `outer` does, without the keys it added: what its own login carries."""
        outer, keys = self.outer(principal), self.keys.get(principal)
        return tuple(each for each in outer if each not in keys) if keys else outer

    @cached_property
    def everyone(self) -> dict[int, int]:
        """The ordinal of the group `everyone` of each instance (by instance code)."""
        found = {}
        for code, instance in enumerate(self.snapshot.instances):
            ordinal = self.snapshot.ordinal(Ref(instance, Kind.GROUP, "everyone"))
            if ordinal is not None:
                found[code] = ordinal
        return found

    @cached_property
    def crowd(self) -> frozenset[int]:
        """The ordinals of the groups that are never expanded."""
        holders = () if self.account_holders is None else (self.account_holders,)
        return frozenset((*self.everyone.values(), *holders))

    @cached_property
    def account_holders(self) -> int | None:
        """The ordinal of the group of all who have an account on GitHub, where a trust lets them in."""
        return self.snapshot.ordinal(ANYBODY)

    def crowds_of(self, principal: int) -> tuple[int, ...]:
        """Return the crowds that a principal is one of: what these have everybody has."""
        if principal < 0:
            return ()
        code = int(self.snapshot.instance[principal])
        mine = [each for each in (self.everyone.get(code),) if each is not None]
        holders = self.account_holders
        if holders is not None and code == int(self.snapshot.instance[holders]) and self._has_account(principal):
            mine.append(holders)
        return tuple(mine)

    def _has_account(self, principal: int) -> bool:
        """Tell whether somebody may have an account on GitHub: people do, and who is in no organization may."""
        return self.snapshot.kind_of(principal) is Kind.ACCOUNT or principal in self.everyone.values()

    @cached_property
    def owners(self) -> dict[int, int]:
        """The account that owns each machine, where one is known."""
        found = {}
        ordinals = self.snapshot.ordinals(*CREDENTIALS, Kind.APP, Kind.JOB)
        for ordinal, body in zip(ordinals.tolist(), self.snapshot.body.take(ordinals), strict=True):
            if _OWNED in body and (told := read(Machine, body).owner) is not None:
                owner = self.snapshot.ordinal(told)
                if owner is not None:
                    found[ordinal] = owner
        return found

    @cached_property
    def keys(self) -> dict[int, tuple[int, ...]]:
        """Deploy keys by the account that added them, and so is presumed to hold them.

        A key outlives the membership of who added it. It is a login of its own, attached "directly to your repository
        instead of a personal account": whoever holds it acts as it, and their tokens and bypasses gain nothing by it.
        https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys
        """
        found: dict[int, list[int]] = {}
        for machine, owner in self.owners.items():
            if self.snapshot.kind_of(machine) is Kind.DEPLOY_KEY:
                found.setdefault(owner, []).append(machine)
        return {owner: tuple(keys) for owner, keys in found.items()}

    @cached_property
    def bounded(self) -> frozenset[int]:
        """The ordinals of tokens and keys whose right is bounded by their owner's."""
        return frozenset(self.snapshot.ordinals(*BOUNDED).tolist())

    def expand(self, principals: Iterable[int]) -> BitMap:
        """Return principals with their groups opened."""
        found, groups = BitMap(), []
        for principal in principals:
            if self.is_group(principal) and principal not in self.crowd:
                groups.append(self.members(principal))
            else:
                found.add(principal)
        return BitMap.union(found, *groups) if groups else found

    @cached_property
    def _added(self) -> BitMap:
        return BitMap([key for keys in self.keys.values() for key in keys])

    def behind(self, found: BitMap) -> BitMap:
        """Return who is presumed to hold the keys among some principals."""
        return BitMap([self.owners[key] for key in found & self._added])
