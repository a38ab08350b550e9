"""Who may push to, merge into or bypass the gates of a branch, and who may change what a pipeline runs."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from pyroaring import BitMap

from pipewarden.access.github.actors import Actors
from pipewarden.access.github.bars import Bar, Bars, Bound, through
from pipewarden.access.github.held import Clause, Held, Known, among, doubted
from pipewarden.access.github.patterns import example, matches
from pipewarden.access.github.protection import (
    Protection,
    applying_rulesets,
    creation_blockers,
    ruleset_rules,
    unread_rule,
)
from pipewarden.access.graph import Stance
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facts import Gate, GateKind

Asked = Callable[[Stance], Iterable[Bar]]
"""The bars of a route, for those who come with some stance."""


class Branches:
    """Rules over branches and tags of one graph's repositories."""

    def __init__(self, held: Held, actors: Actors) -> None:
        self.held = held
        self.bars = Bars(actors)

    def on(self, capability: Capability, at: Known, branch: str) -> list[Clause]:
        """Return who may push to, merge into or bypass the gates of one branch, which need not exist yet.

        Raises UsageError where the capability means nothing on a branch.
        """
        if capability is Capability.READ:
            return self.held.on(at.ordinal, capability)
        if capability not in {Capability.PUSH, Capability.MERGE, Capability.BYPASS_PROTECTION}:
            raise UsageError(f"{capability} has no meaning on a branch", hint="Try push, merge or bypass_protection.")
        if at.archived:
            return self.archived(at)
        writers = self.held.on(at.ordinal, Capability.PUSH)
        if at.unread:
            return doubted(writers, *at.unread)
        guard = at.protection(branch)
        if capability is Capability.BYPASS_PROTECTION:
            return self._bypassers(at, guard, writers)
        straight = (self.held.act(at.ordinal, at.ordinal, f"may push to {guard.branch}"),)
        direct = passed(writers, lambda stance: self.bars.straight(at, guard, stance=stance), straight)
        if capability is Capability.PUSH or not guard.exists:
            return direct
        # a key speaks git alone: who holds nothing but a key cannot press the button
        merging = self.held.on(at.ordinal, Capability.MERGE)
        button = (self.held.act(at.ordinal, at.ordinal, f"may merge into {guard.branch} by pull request"),)
        return direct + passed(merging, lambda stance: self.bars.by_pull_request(at, guard, stance=stance), button)

    def archived(self, at: Known) -> list[Clause]:
        """Return who may change an archived repository after all.

        https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories: read-only
        """
        first = Condition(says=f"{at.name} is unarchived, which an administrator may do")
        administrators = self.held.on(at.ordinal, Capability.ADMINISTER)
        return [replace(c, conditions=(*c.conditions, first)) for c in administrators]

    def _bypassers(self, at: Known, guard: Protection, writers: list[Clause]) -> list[Clause]:
        """Return who a gate of the branch lets through although it stops others."""
        out = []
        for clause in writers:
            for says, passers, why in self.bars.bypassed(at, guard, stance=clause.stance):
                tail = (self.held.act(at.ordinal, at.ordinal, says),)
                out.append(replace(clause, holders=clause.holders & passers, tail=tail))
                if why:
                    rest = clause.holders - passers
                    out.append(replace(clause, holders=rest, tail=tail, unknown=(*clause.unknown, why)))
        return [clause for clause in out if clause.holders]

    # --- pipelines ----------------------------------------------------------------------------------

    def edit(self, at: Known, capability: Capability = Capability.EDIT_PIPELINE) -> list[Clause]:
        """Return who may change what a pipeline of this repository runs, and so has a capability of its jobs.

        A writer pushes a new branch with a workflow of their own, so gates on the default branch do not stop them.
        Only a rule that blocks creating any branch does, and a push rule over the workflow files. Whom the first stops,
        another branch that exists may still let through.
        """
        able = self.held.on(at.ordinal, capability)
        if at.unread:
            return doubted(able, *at.unread)
        guards = [gate for gate in at.gates if _guards_workflows(gate)]
        if guards:
            able = passed(able, lambda stance: (self.bars.touching(at, gate, stance=stance) for gate in guards))
        blockers = creation_blockers(at.gates)
        if not blockers:
            return able
        found = passed(able, lambda stance: self._creating(at, blockers, stance=stance))
        for branch in dict.fromkeys((at.default_branch, *(at.branches or ()))):
            found += among(self.on(Capability.MERGE, at, branch), able)
        found += self._elsewhere(at, able, found, "")
        return [clause for clause in found if clause.holders]

    def _creating(self, at: Known, gates: Iterable[Gate], *, stance: Stance) -> Iterator[Bar]:
        for gate in gates:
            yield self.bars.creating(at, gate, stance=stance)

    def by_branch(self, at: Known, able: list[Clause], pattern: str) -> list[Clause]:
        """Return who of those able may bring a commit to a branch that a pattern accepts: to one that exists, or a new one."""
        fitting = [
            name for name in (at.default_branch, *(at.branches or ())) if matches(pattern, name, at.default_branch)
        ]
        found: list[Clause] = []
        for name in dict.fromkeys(fitting):
            found += among(self.on(Capability.MERGE, at, name), able)
        new = example(pattern)
        if new is None:
            return found if fitting else among(self.on(Capability.MERGE, at, pattern), able)
        blockers = at.protection(new).creation_blockers
        merging = among(self.on(Capability.MERGE, at, new), able)
        found += passed(merging, lambda stance: self._creating(at, blockers, stance=stance))
        return found if not blockers else found + self._elsewhere(at, able, found, pattern)

    def _elsewhere(self, at: Known, able: list[Clause], found: list[Clause], pattern: str) -> list[Clause]:
        """Return who may act on a branch that exists and was not read, where creating one is blocked."""
        if at.branches is not None:
            return []
        known = BitMap.union(BitMap(), *(clause.holders for clause in found if not clause.unknown))
        which = f"branches {pattern}" if pattern else "branches"
        rest = [replace(clause, holders=clause.holders - known) for clause in able]
        return doubted(rest, f"which {which} {at.name} has was not read, and creating one is blocked")

    def by_tag(self, at: Known, able: list[Clause], pattern: str) -> list[Clause]:
        """Return who may create or move a tag that an environment accepts: writers, unless a tag ruleset stops them."""
        guards = [
            gate
            for gate in applying_rulesets(at.gates, example(pattern) or pattern, "", "tag")
            if unread_rule(gate) or any(kind in {"creation", "update"} for kind, _ in ruleset_rules(gate))
        ]
        tail = (self.held.act(at.ordinal, at.ordinal, f"may create a tag {pattern}"),)
        return passed(able, lambda stance: self._creating(at, guards, stance=stance), tail)


def passed(clauses: Iterable[Clause], asked: Asked, tail: tuple[Link, ...] = ()) -> list[Clause]:
    """Return clauses for those who get through all bars, with what is asked of them."""
    bars: dict[Stance, list[Bar]] = {}
    out = []
    for clause in clauses:
        if clause.stance not in bars:
            bars[clause.stance] = list(asked(clause.stance))
        for group in through(clause.holders, bars[clause.stance]):
            out.append(_bound(clause, group, tail))
    return out


def _bound(clause: Clause, group: Bound, tail: tuple[Link, ...]) -> Clause:
    return replace(
        clause,
        holders=group.holders,
        tail=(*clause.tail, *tail),
        conditions=(*clause.conditions, *group.conditions()),
        unknown=tuple(dict.fromkeys((*clause.unknown, *group.unknown))),
    )


def _guards_workflows(gate: Gate) -> bool:
    """Tell whether a push ruleset keeps everybody it binds from touching workflow files, or may."""
    if not gate.active or gate.kind is not GateKind.RULESET:
        return False
    if gate.target == "push" and unread_rule(gate):
        return True
    return any(
        kind == "file_path_restriction"
        and any(_covers_workflows(path) for path in given.get("restricted_file_paths") or ())
        for kind, given in ruleset_rules(gate)
    )


def _covers_workflows(path: str) -> bool:
    return matches(path, ".github/workflows/any.yml") or path.rstrip("/*") in {".github/workflows", ".github"}
