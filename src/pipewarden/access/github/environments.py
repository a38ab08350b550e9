"""Who may have a job run in an environment, and who may approve it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from pyroaring import BitMap

from pipewarden.access.chains import Chain
from pipewarden.access.github.actors import Actors
from pipewarden.access.github.branches import Branches
from pipewarden.access.github.held import Clause, Held, Known, doubted
from pipewarden.access.github.protection import Bypass
from pipewarden.access.github.roles import CLASSIC_SCOPES
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate, GateKind
from pipewarden.model.ids import Kind


class Environments:
    """Rules over the environments of one graph's repositories."""

    def __init__(self, held: Held, actors: Actors, branches: Branches) -> None:
        self.held = held
        self.graph = held.graph
        self.snapshot = held.snapshot
        self.actors = actors
        self.branches = branches

    def gate(self, environment: int) -> Gate | None:
        """Return an environment's own rules, None where they were not read."""
        gates = self.snapshot.records(Gate, environment)
        return next((gate for gate in gates if gate.kind is GateKind.ENVIRONMENT), None)

    def approvers(self, at: Known, resource: int) -> list[Clause]:
        """Return the required reviewers of an environment who can act."""
        gate = self.gate(resource)
        reviewers, _ = self._reviewers(at, gate)
        unread = self.held.gap(resource, Facet.REPO_ENVIRONMENTS) if gate is None else ()
        tail = (self.held.act(at.ordinal, resource, "is a required reviewer of"),)
        if unread:
            return [replace(c, tail=tail) for c in doubted(self.held.on(at.ordinal, Capability.READ), *unread)]

        def lead(principal: int) -> list[Chain]:
            # a deploy key that somebody holds approves nothing: their own reading does
            chains = self.held.chains.by_login(principal, at.ordinal, Capability.READ)
            return chains or [(Link(source=self.snapshot.ref(principal), target=at.ref, says="can read"),)]

        found = [Clause(reviewers, lead, tail)] if reviewers else []
        if self._tokens[None]:
            # that they read is as little known
            reading = BitMap.union(BitMap(), *(each.holders for each in self.held.on(at.ordinal, Capability.READ)))
            if perhaps := self._tokens[None] & self.actors.acting(reviewers) & reading:
                found += doubted([Clause(perhaps, lead, tail)], "what a scope of the token allows is not known")
        return found

    def deployers(self, at: Known, resource: int, *, reading: bool) -> list[Clause]:
        """Return who may have a job of theirs run in an environment.

        They bring a commit to a branch the environment accepts, and pass its reviewers: one approval suffices, their
        own counts unless self-review is prevented, and administrators may bypass where that is allowed.
        https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
        """
        gate = self.gate(resource)
        tail = (self.held.act(at.ordinal, resource, "may run a job in"),)
        unread = self.held.gap(resource, Facet.REPO_ENVIRONMENTS) if gate is None else ()
        rules = gate.rules if gate else {}
        reviewers, named = self._reviewers(at, gate)
        others = ", ".join(f"{n.kind.lower()} {n.name or n.id}" for n in named)
        approval = Condition(
            kind="approval",
            count=1,
            says=f"another reviewer approves ({others})",
            principals=tuple(self.actors.refs(at, named)),
        )
        prevented, bypass = rules.get("prevent_self_review"), rules.get("can_admins_bypass")
        waits = _waits(rules)
        out = []
        # whoever brings the job there by a key may approve it by their account
        for clause in self.held.with_keys(self._route(at, gate, reading=reading)):
            doubt = (*clause.unknown, *unread)
            way = replace(clause, tail=clause.tail + tail, conditions=clause.conditions + waits, unknown=doubt)
            if not rules.get("required_reviewers"):
                out.append(way)
                continue
            alone = clause.holders & reviewers if prevented is not True else BitMap()
            if alone:
                own = (*way.tail, self.held.act(resource, resource, "may approve their own deployment to"))
                hidden = () if prevented is False else ("whether one may approve one's own was not in the answer",)
                out += doubted([replace(way, holders=alone, tail=own)], *hidden)
            admins = self.actors.with_role(at, Capability.ADMINISTER, stance=clause.stance)
            alone = alone if prevented is False else BitMap()  # another may have to approve
            freed = (clause.holders & admins) - alone
            if freed and bypass is not False:
                own = (*way.tail, self.held.act(resource, resource, "may bypass the reviewers of"))
                hidden = () if bypass else ("whether administrators may bypass was not in the answer",)
                free = replace(way, holders=freed, tail=own, conditions=clause.conditions)
                out += doubted([free], *hidden)
            rest = clause.holders - alone
            if rest and reviewers:
                out.append(replace(way, holders=rest, conditions=(*way.conditions, approval)))
        return out

    def _reviewers(self, at: Known, gate: Gate | None) -> tuple[BitMap, list[Bypass]]:
        """Return the required reviewers who can act: named people, and members of named teams, who can read.

        A token of theirs that may approve deployments does as they do. "Required reviewers with read access to the
        repository contents and deployments can use this endpoint": a classic token with the scope `repo`, a fine-grained one
        that may write deployments; an SSH key speaks to Git alone.
        https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#required-reviewers
        https://docs.github.com/en/rest/actions/workflow-runs#review-pending-deployments-for-a-workflow-run
        """
        named = [
            Bypass(gate="", kind=str(r.get("type", "")), id=str(r.get("id", "")), name=str(r.get("name", "")))
            for r in (gate.rules.get("required_reviewers") or () if gate else ())
        ]
        if not named:
            return BitMap(), []
        people = self.actors.named(at, named) & self._readers(at)
        return people | (
            self._tokens[True] & self.actors.acting(people) & self.graph.able(at.ordinal, Capability.READ)
        ), named

    @cached_property
    def _tokens(self) -> dict[bool | None, BitMap]:
        """The tokens of people, by whether they may approve a deployment where their owner may; None: not known."""
        found: dict[bool | None, BitMap] = {True: BitMap(), False: BitMap(), None: BitMap()}
        for each in self.snapshot.ordinals(Kind.CLASSIC_TOKEN, Kind.FINE_GRAINED_TOKEN).tolist():
            found[_may_approve(self.snapshot.entity(each).attributes)].add(each)
        return found

    def _readers(self, at: Known) -> BitMap:
        readers = self.graph.able(at.ordinal, Capability.READ)
        if any(crowd in readers for crowd in self.graph.crowd):
            return BitMap(self.snapshot.ordinals(Kind.ACCOUNT).tolist()) | readers
        return readers

    def _route(self, at: Known, gate: Gate | None, *, reading: bool) -> list[Clause]:
        """Return who may bring a job to a branch that the environment accepts.

        No policy accepts every branch. "Protected branches only" accepts every branch too where none is protected.
        """
        capability = Capability.READ_SECRET if reading else Capability.DEPLOY
        policy = gate.rules.get("branch_policy") if gate else None
        if not policy:
            return self.branches.edit(at, capability)
        able = self.held.on(at.ordinal, capability)
        if at.unread:
            return doubted(able, *at.unread)
        if policy.get("protected_branches"):
            guarded = [g for g in at.gates if g.active and g.target == "branch" and g.kind is not GateKind.ENVIRONMENT]
            if not guarded:
                return self.branches.edit(at, capability)
            patterns, tags = [pattern for g in guarded for pattern in g.patterns], []
        else:
            policies = gate.rules.get("branch_policies") if gate else None
            if policies is None:
                return doubted(able, "the environment's branch patterns were not read")
            patterns = [str(p.get("name", "")) for p in policies if p.get("type", "branch") == "branch"]
            tags = [str(p.get("name", "")) for p in policies if p.get("type") == "tag"]
        found: list[Clause] = []
        for pattern in dict.fromkeys(patterns):
            found += self.branches.by_branch(at, able, pattern)
        for pattern in dict.fromkeys(tags):
            found += self.branches.by_tag(at, able, pattern)
        return [clause for clause in found if clause.holders]


def _may_approve(token: Mapping[str, Any]) -> bool | None:
    """Tell whether a token has what approving a deployment asks for; None where it has a scope that nobody knows."""
    given, scopes = (token.get("permissions") or {}).get("repository") or {}, token.get("scopes") or ()
    if "repo" in scopes or given.get("deployments") == "write":
        return True
    return False if CLASSIC_SCOPES.issuperset(scopes) else None


def _waits(rules: dict[str, object]) -> tuple[Condition, ...]:
    found = []
    minutes = rules.get("wait_timer")
    if isinstance(minutes, int) and minutes > 0:
        found.append(Condition(kind="other", says=f"{minutes} minutes pass"))
    custom = rules.get("custom_rules")
    for rule in custom if isinstance(custom, (list, tuple)) else ():
        app = (rule.get("app") or {}).get("slug", "an app") if isinstance(rule, dict) else "an app"
        found.append(Condition(kind="approval", count=1, says=f"the app {app} approves"))
    return tuple(found)
