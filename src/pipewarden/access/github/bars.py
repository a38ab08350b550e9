"""What each gate asks of a change on its way into a branch, and what is left to do for whom after all of them.

Gates are asked one by one: who is let through by one of them may still be held by another. So a set of people is split
by every gate into those it asks nothing of and those it binds, and what binds somebody adds up.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pyroaring import BitMap

from pipewarden.access.github.actors import (
    BY_PULL_REQUEST,
    STRAIGHT,
    Actors,
    allowances,
    hidden,
    ruleset_bypass,
)
from pipewarden.access.github.held import Known
from pipewarden.access.github.protection import Protection, hidden_bypass, ruleset_rules, unread_rule
from pipewarden.access.graph import Stance
from pipewarden.model.access import Condition
from pipewarden.model.facts import Gate, GateKind

NOBODY = BitMap()


@dataclass(frozen=True)
class Bar:
    """What one gate asks on one route, and whom it asks nothing of."""

    passes: BitMap
    blocks: bool = False
    reviews: int = 0
    code_owner: bool = False
    more: tuple[str, ...] = ()
    """What else must happen, in words."""
    request: str = ""
    """Who grants what it blocks on request, in words."""
    hidden: str = ""
    """Why it is not known whom else it lets through."""


@dataclass(frozen=True)
class Bound:
    """Some people, and what the gates so far ask of all of them alike."""

    holders: BitMap
    reviews: int = 0
    code_owner: bool = False
    more: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def conditions(self) -> tuple[Condition, ...]:
        """Return what is asked in words, the approval of others first.

        An author cannot approve their own pull request; approvals count from people with write access.
        https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/about-pull-request-reviews
        """
        found = []
        if self.reviews or self.code_owner:
            count = max(self.reviews, 1)
            who = "a code owner" if self.code_owner else "somebody else with write access"
            says = f"{who} approves" if count == 1 else f"{count} others with write access approve"
            if count > 1 and self.code_owner:
                says += ", a code owner among them"
            found.append(Condition(kind="approval", count=count, says=says))
        found += [Condition(kind="approval", says=text) for text in self.requests]
        found += [Condition(kind="other", says=text) for text in self.more]
        return tuple(found)


def through(holders: BitMap, bars: Iterable[Bar]) -> list[Bound]:
    """Return who gets through all bars, in groups of whom the same is asked; those who are stopped are left out."""
    groups = [Bound(holders)] if holders else []
    for bar in bars:
        after = []
        for group in groups:
            if free := group.holders & bar.passes:
                after.append(replace(group, holders=free))
            bound = group.holders - bar.passes
            if not bound:
                continue
            if bar.blocks:
                if bar.request:
                    after.append(replace(group, holders=bound, requests=(*group.requests, bar.request)))
                elif bar.hidden:
                    after.append(replace(group, holders=bound, unknown=(*group.unknown, bar.hidden)))
                continue
            after.append(
                replace(
                    group,
                    holders=bound,
                    reviews=max(group.reviews, bar.reviews),
                    code_owner=group.code_owner or bar.code_owner,
                    more=tuple(dict.fromkeys((*group.more, *bar.more))),
                )
            )
        groups = after
    return groups


class Bars:
    """The bars of one branch on each route."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors

    def straight(self, at: Known, guard: Protection, *, stance: Stance) -> Iterator[Bar]:
        """Yield what stands before a direct push.

        Classic rules have two gates. The merge gate (required reviews, checks, lock) is passed by administrators and by
        the named allowances, but by nobody once administrators are included. The push gate (restricted pushers) is
        passed by administrators and the named, whatever that setting says.
        """
        if guard.classic is not None:
            rules = guard.classic.rules
            exempt, excused = self._exempt(at, guard.classic, stance=stance)
            if rules.get("requiresApprovingReviews"):
                yield Bar(excused, blocks=True)
            yield from self._classic_rest(at, guard.classic, exempt, stance=stance)
        for gate in guard.rulesets:
            kinds = {kind for kind, _ in ruleset_rules(gate)}
            passes, why = self._ruleset(at, gate, STRAIGHT, stance=stance)
            if kinds & {"pull_request", "update", "merge_queue"}:
                yield Bar(passes, blocks=True, hidden=why)
                continue
            if more := _asked(gate):
                yield Bar(passes, more=more)
            if unread := unread_rule(gate):
                yield Bar(passes, blocks=True, hidden=unread)

    def by_pull_request(self, at: Known, guard: Protection, *, stance: Stance) -> Iterator[Bar]:
        """Yield what stands before a merge by pull request: restricted pushers are restricted mergers too."""
        if guard.classic is not None:
            rules = guard.classic.rules
            exempt, excused = self._exempt(at, guard.classic, stance=stance)
            if rules.get("requiresApprovingReviews"):
                count = int(rules.get("requiredApprovingReviewCount") or 0)
                yield Bar(excused, reviews=count, code_owner=bool(rules.get("requiresCodeOwnerReviews")))
            yield from self._classic_rest(at, guard.classic, exempt, stance=stance)
        for gate in guard.rulesets:
            given = dict(ruleset_rules(gate))
            passes, why = self._ruleset(at, gate, BY_PULL_REQUEST, stance=stance)
            if "update" in given:
                yield Bar(passes, blocks=True, hidden=why)
                continue
            review = given.get("pull_request") or {}
            count = int(review.get("required_approving_review_count") or 0)
            owner = bool(review.get("require_code_owner_review"))
            more = _asked(gate)
            if "merge_queue" in given:
                more = (*more, "the merge queue takes it")
            if count or owner or more:
                yield Bar(passes, reviews=count, code_owner=owner, more=more)
            if unread := unread_rule(gate):
                yield Bar(passes, blocks=True, hidden=unread)

    def bypassed(self, at: Known, guard: Protection, *, stance: Stance) -> Iterator[tuple[str, BitMap, str]]:
        """Yield for each gate how it is called, whom it lets through although it stops others, and what is hidden."""
        if guard.classic is not None:
            rules = guard.classic.rules
            label = guard.classic.name or ", ".join(guard.classic.patterns)
            stops = any(rules.get(name) for name in ("requiresApprovingReviews", "requiresStatusChecks", "lockBranch"))
            named = list(allowances(guard.classic, "force_push"))
            if rules.get("restrictsPushes"):
                named += allowances(guard.classic, "push")
            let = self._actors.named(at, named, stance=stance)
            if stops and not rules.get("isAdminEnforced"):
                let |= self._actors.administrators(at, stance=stance)
                let |= self._actors.named(at, allowances(guard.classic, "pull_request"), stance=stance)
            yield f"is let through the protection of {label}", self._actors.acting(let), ""
        for gate in guard.rulesets:
            passes, why = self._ruleset(at, gate, BY_PULL_REQUEST, stance=stance)
            yield f"is on the bypass list of ruleset {gate.name}", passes, why

    def creating(self, at: Known, gate: Gate, *, stance: Stance) -> Bar:
        """Return what a gate that blocks creating branches or tags, or may, asks: who is let through is asked nothing."""
        if gate.kind is GateKind.BRANCH_PROTECTION:
            return Bar(self._pushers(at, gate, stance=stance), blocks=True)
        passes, why = self._ruleset(at, gate, STRAIGHT, stance=stance)
        blocking = {"creation", "update"} if gate.target == "tag" else {"creation"}
        if blocking.isdisjoint(kind for kind, _ in ruleset_rules(gate)):
            why = unread_rule(gate)
        return Bar(passes, blocks=True, hidden=why)

    def touching(self, at: Known, gate: Gate, *, stance: Stance) -> Bar:
        """Return what a push ruleset asks of who touches a path it restricts: people on its bypass list grant requests.

        "With delegated bypass, contributors to a repository must request 'bypass privileges' when pushing commits that
        contain restricted content. The request is sent to a designated group of reviewers, who either approve or deny
        the request to bypass push rules."
        https://docs.github.com/en/organizations/managing-organization-settings/managing-rulesets-for-repositories-in-your-organization#about-delegated-bypass
        """
        # in a fork only who may bypass the rule in the root repository may bypass it
        at = self._actors.held.repository(self._actors.held.root_of(at.ordinal))
        passes, why = self._ruleset(at, gate, STRAIGHT, stance=stance)
        if unread := unread_rule(gate):
            return Bar(passes, blocks=True, hidden=unread)
        asked = bool(self._actors.people(at, ruleset_bypass(gate, BY_PULL_REQUEST), stance=stance))
        request = f"somebody on the bypass list of ruleset {gate.name} grants the request" if asked else ""
        return Bar(passes, blocks=True, request=request, hidden=why)

    def _pushers(self, at: Known, gate: Gate, *, stance: Stance) -> BitMap:
        """Return who may push where a classic rule restricts that."""
        let = self._actors.administrators(at, stance=stance)
        let |= self._actors.named(at, allowances(gate, "push"), stance=stance)
        return self._actors.acting(let)

    def _exempt(self, at: Known, classic: Gate, *, stance: Stance) -> tuple[BitMap, BitMap]:
        """Return whom a classic rule does not bind, and whom it excuses from reviews."""
        if classic.rules.get("isAdminEnforced"):
            return NOBODY, NOBODY
        administrators = self._actors.administrators(at, stance=stance)
        named = self._actors.named(at, allowances(classic, "pull_request"), stance=stance)
        return self._actors.acting(administrators), self._actors.acting(administrators | named)

    def _classic_rest(self, at: Known, classic: Gate, exempt: BitMap, *, stance: Stance) -> Iterator[Bar]:
        """Yield the bars of a classic rule that are the same on both routes."""
        rules = classic.rules
        if rules.get("lockBranch"):
            yield Bar(exempt, blocks=True)
        if rules.get("requiresStatusChecks"):
            listed = [str(c.get("context", "")) for c in rules.get("requiredStatusChecks") or ()]
            yield Bar(exempt, more=_checks(listed))
        if rules.get("requiredDeploymentEnvironments"):
            yield Bar(exempt, more=_deployments(rules["requiredDeploymentEnvironments"]))
        if rules.get("restrictsPushes"):
            yield Bar(self._pushers(at, classic, stance=stance), blocks=True)

    def _ruleset(self, at: Known, gate: Gate, modes: frozenset[str], *, stance: Stance) -> tuple[BitMap, str]:
        if gate.bypass is None:
            return NOBODY, hidden_bypass(gate) if gate.rules.get("bypass_unread") else hidden(gate.name)
        named = ruleset_bypass(gate, modes)
        unresolved = ", ".join(self._actors.unresolved(at, named))
        why = f"ruleset {gate.name} lets {unresolved} through, and who that is was not read" if unresolved else ""
        return self._actors.passing(at, named, stance=stance), why


def _asked(gate: Gate) -> tuple[str, ...]:
    """Return what a ruleset asks for besides reviews."""
    found: list[str] = []
    for kind, given in ruleset_rules(gate):
        match kind:
            case "required_status_checks":
                found += _checks([str(c.get("context", "")) for c in given.get("required_status_checks") or ()])
            case "required_deployments":
                found += _deployments(given.get("required_deployment_environments"))
            case "workflows":
                found.append("the required workflows pass")
            case "code_scanning" | "code_quality":
                found.append("code scanning passes")
    return tuple(found)


def _checks(contexts: Iterable[str]) -> tuple[str, ...]:
    listed = ", ".join(contexts)
    return (f"the required checks pass ({listed})",) if listed else ()


def _deployments(environments: object) -> tuple[str, ...]:
    listed = ", ".join(str(each) for each in environments) if isinstance(environments, (list, tuple)) else ""
    return (f"a deployment to {listed} succeeded",) if listed else ()
