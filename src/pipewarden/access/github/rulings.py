"""Who may do what to which GitHub resource, and under which conditions: roles, then gates.

A ruling is a list of clauses; somebody may act if any clause holds. Each clause says who it is for, by
which chain they have it, what else must happen, and what could not be seen. Sources stand above the rules.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from pyroaring import BitMap

from pipewarden.access.chains import Chain, Chains
from pipewarden.access.github.patterns import is_open, matches
from pipewarden.access.github.protection import (
    Bypass,
    Protection,
    applying_rulesets,
    creation_blocked,
    protection_of,
    repository_gates,
    ruleset_rules,
    selects_by_property,
)
from pipewarden.access.github.roles import RULESET_ROLE_IDS
from pipewarden.access.graph import Graph, Want
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Level, Link
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gap, Gate, GateKind, Resource, Use
from pipewarden.model.ids import Kind, Ref, owners_of

Lead = Callable[[int], list[Chain]]


@dataclass(frozen=True)
class Clause:
    """One way in which somebody may act.

    `holders` are ordinals; `lead` gives one holder's chains up to where the way forks off, `tail` the links from
    there to the resource. `unknown` says what could not be seen: the clause then gives UNKNOWN instead of YES.
    """

    holders: BitMap
    lead: Lead
    tail: tuple[Link, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass
class _Repository:
    """What is known of one repository's gates, worked out once."""

    ordinal: int
    ref: Ref
    name: str
    archived: bool
    default_branch: str
    gates: list[Gate]
    unread: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    """Rulesets of which it is not known whether they cover this repository."""
    protections: dict[str, Protection] = field(default_factory=dict)

    def protection(self, branch: str) -> Protection:
        found = self.protections.get(branch)
        if found is None:
            found = self.protections[branch] = protection_of(self.gates, branch, self.default_branch)
        return found


_GATED = (Facet.REPO_PROTECTION, Facet.REPO_RULESETS)


class GitHubRulings:
    """GitHub's semantics over one graph."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        self.graph = graph
        self.chains = chains
        self.snapshot = graph.snapshot
        self._repositories: dict[int, _Repository] = {}
        self._gaps: dict[tuple[Ref, str], Gap] = {}
        for gap in self.snapshot.records(Gap):
            self._gaps.setdefault((gap.scope, gap.facet), gap)

    # --- facts about a repository -----------------------------------------------------------------

    def _gap(self, ordinal: int, *facets: str) -> tuple[str, ...]:
        """Say what of some facets was not read, here or in what contains it."""
        found = []
        if not self._gaps:
            return ()
        for scope in self.snapshot.scopes(ordinal):
            ref = self.snapshot.ref(scope)
            for facet in (*facets, Facet.SOURCE):
                gap = self._gaps.get((ref, facet))
                if gap is not None:
                    closes = f"; {gap.permission} would show it" if gap.permission else ""
                    found.append(f"{facet} of {self.snapshot.name_of(scope)} was not read ({gap.cause}){closes}")
        return tuple(dict.fromkeys(found))

    def repository(self, ordinal: int) -> _Repository:
        """Return what is known of a repository's gates."""
        found = self._repositories.get(ordinal)
        if found is None:
            entity = self.snapshot.entity(ordinal)
            attributes = entity.attributes
            inherited: list[Gate] = []
            for scope in list(self.snapshot.scopes(ordinal))[1:]:
                inherited += self._inherited(scope)
            own = list(self.snapshot.records(Gate, ordinal))
            found = self._repositories[ordinal] = _Repository(
                ordinal=ordinal,
                ref=entity.ref,
                name=entity.name,
                archived=bool(attributes.get("archived")),
                default_branch=str(attributes.get("default_branch") or "main"),
                gates=repository_gates(own, inherited, entity.ref, entity.name),
                unread=(*self._gap(ordinal, *_GATED), *_doubts(inherited)),
                doubts=_doubts(inherited),
            )
        return found

    def _inherited(self, scope: int) -> list[Gate]:
        known = self.__dict__.setdefault("_scope_gates", {})
        if scope not in known:
            known[scope] = list(self.snapshot.records(Gate, scope))
        return list(known[scope])

    # --- clauses ----------------------------------------------------------------------------------

    def held(self, repository: int, want: Want, says: str = "") -> list[Clause]:
        """Return who has a role or capability on a repository, as clauses: seen ones, then presumed ones."""

        def lead(principal: int) -> list[Chain]:
            return self.chains.to(principal, repository, want)

        clauses = [Clause(self.graph.holders(repository, want), lead)]
        maybe = self.graph.maybe(repository, want)
        if maybe:
            clauses.append(Clause(maybe, lead, unknown=("a condition of the grant was not read",)))
        potential = self.graph.potential(repository, want)
        if potential:
            name = self.snapshot.name_of(int(self.snapshot.parent[repository]))
            taking = Condition(says=f"they make themselves an owner of {name}, as an enterprise owner may")

            def taken(principal: int) -> list[Chain]:
                return self.chains.to(principal, repository, want, potential=True)

            clauses.append(Clause(potential, taken, conditions=(taking,)))
        tail = (self._act(repository, repository, says),) if says else ()
        return [replace(clause, tail=tail) for clause in clauses]

    def _act(self, source: int, target: int, says: str) -> Link:
        return Link(source=self.snapshot.ref(source), target=self.snapshot.ref(target), says=says)

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource.

        Raises UsageError where the capability means nothing for that kind of resource.
        """
        kind = self.snapshot.kind_of(resource)
        match kind:
            case Kind.REPOSITORY:
                return self._on_repository(capability, resource)
            case Kind.ORGANIZATION | Kind.ENTERPRISE:
                return self._on_organization(capability, resource)
            case Kind.BRANCH:
                return self._on_branch_resource(capability, resource)
            case Kind.ENVIRONMENT:
                return self._on_environment(capability, resource)
            case Kind.SECRET | Kind.VARIABLE:
                return self._on_secret(capability, resource)
            case Kind.RUNNER_GROUP | Kind.RUNNER:
                return self._on_runner(capability, resource)
            case Kind.WORKFLOW | Kind.WEBHOOK:
                return self._on_repository(capability, self._repository_of(resource))
        raise UsageError(
            f"a {kind} is not something that access is asked about",
            hint="Ask about an organization, repository, branch, environment, secret, runner group or workflow.",
        )

    def _repository_of(self, ordinal: int) -> int:
        for scope in self.snapshot.scopes(ordinal):
            if self.snapshot.kind_of(scope) is Kind.REPOSITORY:
                return scope
        raise UsageError(f"{self.snapshot.name_of(ordinal)} belongs to no repository")

    def _meaningless(self, capability: Capability, resource: int, instead: str) -> UsageError:
        kind = self.snapshot.kind_of(resource)
        name = self.snapshot.name_of(resource)
        return UsageError(f"{capability} has no meaning for {name}, of the kind {kind}", hint=instead)

    def _on_repository(self, capability: Capability, resource: int) -> list[Clause]:
        at = self.repository(resource)
        match capability:
            case Capability.READ | Capability.MANAGE_ACCESS | Capability.MANAGE_RUNNER | Capability.ADMINISTER:
                return self.held(resource, capability)
            case Capability.MANAGE_SECRET:
                return self.held(resource, capability)
            case Capability.MERGE:
                return self.branch(capability, at, at.default_branch)
            case Capability.BYPASS_PROTECTION:
                return self.branch(capability, at, at.default_branch)
            case Capability.APPROVE_DEPLOYMENT | Capability.DEPLOY:
                return [
                    clause
                    for environment in self.snapshot.children(resource, Kind.ENVIRONMENT)
                    for clause in self._on_environment(capability, environment)
                ]
        if at.archived:
            # https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories: read-only
            return [
                replace(clause, conditions=(Condition(says=f"{at.name} is unarchived, which an administrator may do"),))
                for clause in self.held(resource, Capability.ADMINISTER)
            ]
        if capability is Capability.PUSH:
            return self.held(resource, capability)
        if capability in {Capability.RUN_PIPELINE, Capability.USE_SECRET}:
            if self._actions_off(resource):
                return []
            return self.held(resource, capability)
        if capability in {Capability.EDIT_PIPELINE, Capability.READ_SECRET, Capability.ASSUME_ROLE}:
            if capability is not Capability.EDIT_PIPELINE and self._actions_off(resource):
                return []
            return self.edit(at, capability) + self._crowd(at, capability, resource)
        raise self._meaningless(capability, resource, "Try push, merge, edit_pipeline or administer.")

    def _actions_off(self, repository: int) -> bool:
        permissions = self.snapshot.entity(repository).attributes.get("actions_permissions")
        return isinstance(permissions, dict) and permissions.get("enabled") is False

    def edit(self, at: _Repository, capability: Capability = Capability.EDIT_PIPELINE) -> list[Clause]:
        """Return who may change what a pipeline of this repository runs.

        A writer pushes a new branch with a workflow of their own, so gates on the default branch do not stop them.
        Only a rule that blocks creating any branch does, and a push rule over the workflow files.
        """
        if at.unread:
            return [replace(c, unknown=(*c.unknown, *at.unread)) for c in self.held(at.ordinal, capability)]
        guard = [
            gate
            for gate in at.gates
            if gate.active
            and gate.kind is GateKind.RULESET
            and any(
                kind == "file_path_restriction"
                and any(_covers_workflows(path) for path in given.get("restricted_file_paths") or ())
                for kind, given in ruleset_rules(gate)
            )
        ]
        able = self.held(at.ordinal, capability)
        if guard:
            return self._through_rulesets(at, able, guard)
        if creation_blocked(at.gates):
            allowed = BitMap.union(*(clause.holders for clause in able))
            return [
                replace(clause, holders=clause.holders & allowed)
                for clause in self.branch(Capability.MERGE, at, at.default_branch)
            ]
        return able

    def _through_rulesets(self, at: _Repository, able: list[Clause], guards: list[Gate]) -> list[Clause]:
        out = []
        for clause in able:
            sure, doubtful, why = clause.holders, BitMap(), []
            for gate in guards:
                if gate.bypass is None:
                    doubtful |= sure
                    sure = BitMap()
                    why.append(_hidden(gate.name))
                else:
                    sure &= self._acting(self._actors(at, _ruleset_bypass(gate, {"always"})))
            if sure:
                out.append(replace(clause, holders=sure))
            if doubtful:
                out.append(replace(clause, holders=doubtful, unknown=(*clause.unknown, *why)))
        return out

    def _crowd(self, at: _Repository, capability: Capability, resource: int) -> list[Clause]:
        """Return the clause for anybody at all, where a workflow runs a stranger's code with its secrets.

        https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
        """
        crowd = self.graph.everyone.get(int(self.snapshot.instance[at.ordinal]))
        if crowd is None or capability is not Capability.READ_SECRET:
            return []
        clauses = []
        for workflow in self.snapshot.children(at.ordinal, Kind.WORKFLOW):
            entity = self.snapshot.entity(workflow)
            if not entity.attributes.get("untrusted_code"):
                continue

            def lead(principal: int, workflow: int = workflow) -> list[Chain]:
                says = "opens a pull request whose code is run by"
                return [(Link(source=self.snapshot.ref(principal), target=self.snapshot.ref(workflow), says=says),)]

            if crowd in self.graph.holders(at.ordinal, Capability.READ):
                tail = (self._act(workflow, resource, "runs it with the secrets of"),)
                clauses.append(Clause(BitMap([crowd]), lead, tail))
        return clauses

    # --- branches ---------------------------------------------------------------------------------

    def _on_branch_resource(self, capability: Capability, resource: int) -> list[Clause]:
        repository = self._repository_of(resource)
        name = self.snapshot.ref(resource).key.partition(":refs/heads/")[2]
        return self.branch(capability, self.repository(repository), name)

    def branch(self, capability: Capability, at: _Repository, branch: str) -> list[Clause]:
        """Return who may push to, merge into or bypass the gates of one branch, which need not exist yet."""
        if capability is Capability.READ:
            return self.held(at.ordinal, capability)
        if capability not in {Capability.PUSH, Capability.MERGE, Capability.BYPASS_PROTECTION}:
            raise UsageError(f"{capability} has no meaning on a branch", hint="Try push, merge or bypass_protection.")
        writers = self.held(at.ordinal, Capability.PUSH)
        if at.archived:
            return self._on_repository(Capability.PUSH, at.ordinal)
        if at.unread:
            return [replace(clause, unknown=(*clause.unknown, *at.unread)) for clause in writers]
        guard = at.protection(branch)
        if capability is Capability.BYPASS_PROTECTION:
            return self._bypassers(at, guard, writers)
        direct = self._direct(at, guard, writers)
        if capability is Capability.PUSH or not guard.exists:
            return direct
        return direct + self._by_pull_request(at, guard, writers)

    def _direct(self, at: _Repository, guard: Protection, writers: list[Clause]) -> list[Clause]:
        """Return who may push commits straight to a branch: they pass every gate that would stop it."""
        checks = (_checks_condition(guard),) if guard.status_checks else ()
        out = []
        for clause in writers:
            sure, maybe, why = clause.holders, clause.holders, list(clause.unknown)
            for passers, hidden in self._push_gates(at, guard):
                maybe = maybe if hidden else maybe & passers
                sure = sure & passers
                why += [hidden] if hidden else []
            tail = (self._act(at.ordinal, at.ordinal, f"may push to {guard.branch}"),)
            if sure:
                out.append(replace(clause, holders=sure, tail=tail, conditions=(*clause.conditions, *checks)))
            if maybe - sure:
                out.append(replace(clause, holders=maybe - sure, tail=tail, unknown=tuple(dict.fromkeys(why))))
        return out

    def _push_gates(self, at: _Repository, guard: Protection) -> Iterable[tuple[BitMap, str]]:
        """Yield for each gate that stops a direct push: who passes it, and what hides the rest.

        Classic rules have two gates. The merge gate (required reviews, lock) is passed by administrators and by
        the named allowances, but by nobody once administrators are included. The push gate (restricted pushers) is
        passed by administrators and the named, whatever that setting says.
        """
        classic = guard.classic
        if classic is not None:
            rules = classic.rules
            admins = self.graph.holders(at.ordinal, Level.ADMIN)
            custom = self.graph.holders(at.ordinal, Capability.BYPASS_PROTECTION)
            if rules.get("requiresApprovingReviews") or rules.get("lockBranch"):
                if rules.get("isAdminEnforced"):
                    yield BitMap(), ""
                else:
                    named = self._actors(at, _classic(guard, "pull_request"))
                    yield self._acting(admins | custom | named), ""
            if rules.get("restrictsPushes"):
                yield self._acting(admins | custom | self._actors(at, _classic(guard, "push"))), ""
        for gate in guard.rulesets:
            if any(kind in {"pull_request", "update", "merge_queue"} for kind, _ in ruleset_rules(gate)):
                hidden = _hidden(gate.name) if gate.bypass is None else ""
                yield self._acting(self._actors(at, _ruleset_bypass(gate, {"always"}))), hidden

    def _by_pull_request(self, at: _Repository, guard: Protection, writers: list[Clause]) -> list[Clause]:
        """Return who may get a change merged by a pull request, with the approvals it takes.

        An author cannot approve their own pull request; approvals count from people with write access.
        https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/about-pull-request-reviews
        """
        if guard.locked:
            return []
        conditions = []
        if guard.required_reviews or guard.code_owner_review:
            who = "a code owner" if guard.code_owner_review else "somebody else with write access"
            count = max(guard.required_reviews, 1)
            people = who if count == 1 else f"{count} others with write access"
            conditions.append(
                Condition(
                    kind="approval", count=count, says=f"{people} approves" if count == 1 else f"{people} approve"
                )
            )
        if guard.status_checks:
            conditions.append(_checks_condition(guard))
        out = []
        for clause in writers:
            sure, maybe, why = clause.holders, clause.holders, list(clause.unknown)
            for passers, hidden in self._merge_gates(at, guard):
                maybe = maybe if hidden else maybe & passers
                sure = sure & passers
                why += [hidden] if hidden else []
            tail = (self._act(at.ordinal, at.ordinal, f"may merge into {guard.branch} by pull request"),)
            if sure:
                out.append(replace(clause, holders=sure, tail=tail, conditions=(*clause.conditions, *conditions)))
            if maybe - sure:
                doubt = tuple(dict.fromkeys(why))
                out.append(
                    replace(
                        clause,
                        holders=maybe - sure,
                        tail=tail,
                        conditions=(*clause.conditions, *conditions),
                        unknown=doubt,
                    )
                )
        return out

    def _merge_gates(self, at: _Repository, guard: Protection) -> Iterable[tuple[BitMap, str]]:
        """Yield the gates that a reviewed merge must still pass: restricted pushers are restricted mergers too."""
        classic = guard.classic
        if classic is not None and classic.rules.get("restrictsPushes"):
            admins = self.graph.holders(at.ordinal, Level.ADMIN)
            custom = self.graph.holders(at.ordinal, Capability.BYPASS_PROTECTION)
            yield self._acting(admins | custom | self._actors(at, _classic(guard, "push"))), ""
        for gate in guard.rulesets:
            if any(kind == "update" for kind, _ in ruleset_rules(gate)):
                hidden = _hidden(gate.name) if gate.bypass is None else ""
                passers = self._actors(at, _ruleset_bypass(gate, {"always", "pull_request", "exempt"}))
                yield self._acting(passers), hidden

    def _bypassers(self, at: _Repository, guard: Protection, writers: list[Clause]) -> list[Clause]:
        """Return who a gate of the branch lets through although it stops others."""
        out = []
        everyone = BitMap.union(*(clause.holders for clause in writers)) if writers else BitMap()
        lead = writers[0].lead if writers else (lambda _: [])
        if guard.classic is not None:
            rules = guard.classic.rules
            label = guard.classic.name or ", ".join(guard.classic.patterns)
            stops = (
                rules.get("requiresApprovingReviews") or rules.get("requiresStatusChecks") or rules.get("lockBranch")
            )
            named = self._actors(at, _classic(guard, "push")) if rules.get("restrictsPushes") else BitMap()
            if stops and not rules.get("isAdminEnforced"):
                named |= self.graph.holders(at.ordinal, Level.ADMIN)
                named |= self.graph.holders(at.ordinal, Capability.BYPASS_PROTECTION)
                named |= self._actors(at, _classic(guard, "pull_request"))
            named |= self._actors(at, _classic(guard, "force_push"))
            tail = (self._act(at.ordinal, at.ordinal, f"is let through the protection of {label}"),)
            out.append(Clause(self._acting(named) & everyone, lead, tail))
        for gate in guard.rulesets:
            tail = (self._act(at.ordinal, at.ordinal, f"is on the bypass list of ruleset {gate.name}"),)
            if gate.bypass is None:
                out.append(Clause(everyone, lead, tail, unknown=(_hidden(gate.name),)))
            else:
                modes = {"always", "pull_request", "exempt"}
                passers = self._acting(self._actors(at, _ruleset_bypass(gate, modes)))
                out.append(Clause(passers & everyone, lead, tail))
        return [clause for clause in out if clause.holders]

    def _actors(self, at: _Repository, actors: Iterable[Bypass]) -> BitMap:
        """Return whom a list of bypass actors names.

        https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset (bypass_actors.actor_type)
        """
        found = BitMap()
        instance = at.ref.instance
        for actor in actors:
            match actor.kind:
                case "User":
                    found |= self._one(Ref(instance, Kind.ACCOUNT, actor.id))
                case "Team":
                    ordinal = self.snapshot.ordinal(Ref(instance, Kind.GROUP, actor.id))
                    found |= BitMap() if ordinal is None else self.graph.members(ordinal)
                case "App" | "Integration":
                    found |= self._apps(at, actor.id)
                case "RepositoryRole":
                    level = RULESET_ROLE_IDS.get(actor.id)
                    if level is not None:
                        found |= self.graph.holders(at.ordinal, level)
                    else:
                        found |= self._with_role(at, f"custom_repo:{actor.id}")
                case "OrganizationAdmin":
                    organization = int(self.snapshot.parent[at.ordinal])
                    owners = self.snapshot.ordinal(owners_of(self.snapshot.ref(organization)))
                    found |= BitMap() if owners is None else self.graph.members(owners)
                case "DeployKey":
                    keys = BitMap(self.snapshot.ordinals(Kind.DEPLOY_KEY).tolist())
                    here = self.graph.holders(at.ordinal, Capability.PUSH) & keys
                    found |= here | BitMap(self.graph.owners[key] for key in here if key in self.graph.owners)
                case _:
                    continue
        return found

    def _acting(self, passers: BitMap) -> BitMap:
        """Return who passes a gate when these do: a token acts as its owner and passes as they do."""
        if not self.graph.bounded:
            return passers
        owners = self.graph.owners
        tokens = [t for t in self.graph.bounded if t in owners and owners[t] in passers]
        return (passers - BitMap(self.graph.bounded)) | BitMap(tokens)

    def _one(self, ref: Ref) -> BitMap:
        ordinal = self.snapshot.ordinal(ref)
        return BitMap() if ordinal is None else BitMap([ordinal])

    def _apps(self, at: _Repository, app_id: str) -> BitMap:
        """Return the installations of an app, which bypass lists name by the app's id."""
        known = self.__dict__.get("_installations")
        if known is None:
            known = {}
            for ordinal in self.snapshot.ordinals(Kind.APP).tolist():
                app = str(self.snapshot.entity(ordinal).attributes.get("app_id", ""))
                known.setdefault((self.snapshot.instance[ordinal], app), []).append(ordinal)
            self.__dict__["_installations"] = known
        return BitMap(known.get((self.snapshot.instance[at.ordinal], app_id), ()))

    def _with_role(self, at: _Repository, key: str) -> BitMap:
        roles = self.snapshot.grants.roles
        if key not in roles:
            return BitMap()
        rows = self.graph.by_resource[at.ordinal]
        held = rows[self.snapshot.grants.role[rows] == roles.index(key)]
        return self.graph.expand(self.snapshot.grants.principal[held].tolist())

    # --- environments -----------------------------------------------------------------------------

    def _on_environment(self, capability: Capability, resource: int) -> list[Clause]:
        repository = self._repository_of(resource)
        at = self.repository(repository)
        gate = next((g for g in self.snapshot.records(Gate, resource) if g.kind is GateKind.ENVIRONMENT), None)
        match capability:
            case Capability.APPROVE_DEPLOYMENT:
                return self._approvers(at, resource, gate)
            case Capability.DEPLOY | Capability.RUN_PIPELINE | Capability.USE_SECRET:
                return self._deployers(at, resource, gate, reading=False)
            case Capability.READ_SECRET | Capability.ASSUME_ROLE:
                return self._deployers(at, resource, gate, reading=True)
            case Capability.MANAGE_SECRET | Capability.ADMINISTER:
                # environments and their secrets are configured by administrators of the repository
                return self.held(repository, Capability.ADMINISTER)
        raise self._meaningless(capability, resource, "Try deploy, approve_deployment, read_secret or manage_secret.")

    def _reviewers(self, at: _Repository, gate: Gate | None) -> tuple[BitMap, list[Bypass]]:
        """Return the required reviewers who can act: named people, and members of named teams, who can read.

        https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments#required-reviewers
        """
        named = [
            Bypass(gate="", kind=str(r.get("type", "")), id=str(r.get("id", "")), name=str(r.get("name", "")))
            for r in (gate.rules.get("required_reviewers") or () if gate else ())
        ]
        if not named:
            return BitMap(), []
        return self._actors(at, named) & self._readers(at), named

    def _readers(self, at: _Repository) -> BitMap:
        readers = self.graph.holders(at.ordinal, Capability.READ)
        if any(crowd in readers for crowd in self.graph.crowd):
            return BitMap(self.snapshot.ordinals(Kind.ACCOUNT).tolist()) | readers
        return readers

    def _approvers(self, at: _Repository, resource: int, gate: Gate | None) -> list[Clause]:
        reviewers, _ = self._reviewers(at, gate)
        unread = self._gap(resource, Facet.REPO_ENVIRONMENTS) if gate is None else ()
        tail = (self._act(at.ordinal, resource, "is a required reviewer of"),)
        if unread:
            return [replace(c, unknown=unread, tail=tail) for c in self.held(at.ordinal, Capability.READ)]

        def lead(principal: int) -> list[Chain]:
            chains = self.chains.to(principal, at.ordinal, Capability.READ)
            return chains or [(Link(source=self.snapshot.ref(principal), target=at.ref, says="can read"),)]

        return [Clause(reviewers, lead, tail)] if reviewers else []

    def _deployers(self, at: _Repository, resource: int, gate: Gate | None, *, reading: bool) -> list[Clause]:
        """Return who may have a job of theirs run in an environment.

        They bring a commit to a branch the environment accepts, and pass its reviewers: one approval suffices, their
        own counts unless self-review is prevented, and administrators may bypass where that is allowed.
        https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments
        """
        base = self._branch_route(at, gate, reading=reading)
        tail = (self._act(at.ordinal, resource, "may run a job in"),)
        unread = self._gap(resource, Facet.REPO_ENVIRONMENTS) if gate is None else ()
        rules = gate.rules if gate else {}
        extra = self._waits(rules)
        out = []
        needs_review = bool(rules.get("required_reviewers"))
        reviewers, named = self._reviewers(at, gate)
        prevented = rules.get("prevent_self_review") is True
        bypass = rules.get("can_admins_bypass")
        admins = self.graph.holders(at.ordinal, Capability.ADMINISTER)
        for clause in base:
            ways = clause.tail + tail
            doubt = (*clause.unknown, *unread)
            conditions = clause.conditions + extra
            if not needs_review:
                out.append(replace(clause, tail=ways, conditions=conditions, unknown=doubt))
                continue
            alone = clause.holders & reviewers if not prevented else BitMap()
            if alone:
                own = (*ways, self._act(resource, resource, "may approve their own deployment to"))
                out.append(replace(clause, holders=alone, tail=own, conditions=conditions, unknown=doubt))
            freed = (clause.holders & admins) - alone
            if freed and bypass is not False:
                own = (*ways, self._act(resource, resource, "may bypass the reviewers of"))
                hidden = () if bypass else ("whether administrators may bypass was not in the answer",)
                out.append(
                    replace(clause, holders=freed, tail=own, conditions=clause.conditions, unknown=(*doubt, *hidden))
                )
            rest = clause.holders - alone
            others = ", ".join(f"{n.kind.lower()} {n.name or n.id}" for n in named)
            approval = Condition(
                kind="approval",
                count=1,
                says=f"another reviewer approves ({others})",
                principals=tuple(self._refs(at, named)),
            )
            if rest and reviewers:
                out.append(replace(clause, holders=rest, tail=ways, conditions=(*conditions, approval), unknown=doubt))
        return out

    def _refs(self, at: _Repository, named: Iterable[Bypass]) -> Iterable[Ref]:
        for each in named:
            kind = Kind.GROUP if each.kind == "Team" else Kind.ACCOUNT
            yield Ref(at.ref.instance, kind, each.id)

    def _waits(self, rules: dict[str, object]) -> tuple[Condition, ...]:
        found = []
        minutes = rules.get("wait_timer")
        if isinstance(minutes, int) and minutes > 0:
            found.append(Condition(kind="other", says=f"{minutes} minutes pass"))
        custom = rules.get("custom_rules")
        for rule in custom if isinstance(custom, (list, tuple)) else ():
            app = (rule.get("app") or {}).get("slug", "an app") if isinstance(rule, dict) else "an app"
            found.append(Condition(kind="approval", count=1, says=f"the app {app} approves"))
        return tuple(found)

    def _branch_route(self, at: _Repository, gate: Gate | None, *, reading: bool) -> list[Clause]:
        """Return who may bring a job to a branch that the environment accepts.

        No policy accepts every branch. "Protected branches only" accepts every branch too where none is protected.
        """
        capability = Capability.READ_SECRET if reading else Capability.DEPLOY
        policy = gate.rules.get("branch_policy") if gate else None
        if not policy:
            return self.edit(at, capability)
        if at.unread:
            return [replace(c, unknown=(*c.unknown, *at.unread)) for c in self.held(at.ordinal, capability)]
        if policy.get("protected_branches"):
            guarded = [g for g in at.gates if g.active and g.target == "branch" and g.kind is not GateKind.ENVIRONMENT]
            if not guarded:
                return self.edit(at, capability)
            patterns, tags = [pattern for g in guarded for pattern in g.patterns], []
        else:
            policies = gate.rules.get("branch_policies") if gate else None
            if policies is None:
                return [
                    replace(c, unknown=(*c.unknown, "the environment's branch patterns were not read"))
                    for c in self.held(at.ordinal, capability)
                ]
            patterns = [str(p.get("name", "")) for p in policies if p.get("type", "branch") == "branch"]
            tags = [str(p.get("name", "")) for p in policies if p.get("type") == "tag"]
        able = self.held(at.ordinal, capability)
        allowed = BitMap.union(BitMap(), *(clause.holders for clause in able))
        found: list[Clause] = []
        for pattern in dict.fromkeys(patterns):
            name = _example(pattern, at.default_branch)
            found += [
                replace(clause, holders=clause.holders & allowed) for clause in self.branch(Capability.MERGE, at, name)
            ]
        for pattern in dict.fromkeys(tags):
            found += self._by_tag(at, able, pattern)
        return [clause for clause in found if clause.holders]

    def _by_tag(self, at: _Repository, able: list[Clause], pattern: str) -> list[Clause]:
        """Return who may create or move a tag that an environment accepts: writers, unless a tag ruleset stops them."""
        guards = [
            gate
            for gate in applying_rulesets(at.gates, _example(pattern, at.default_branch), "", "tag")
            if any(kind in {"creation", "update"} for kind, _ in ruleset_rules(gate))
        ]
        tail = (self._act(at.ordinal, at.ordinal, f"may create a tag {pattern}"),)
        return [replace(clause, tail=(*clause.tail, *tail)) for clause in self._through_rulesets(at, able, guards)]

    # --- secrets, runners, organizations ------------------------------------------------------------

    def _on_secret(self, capability: Capability, resource: int) -> list[Clause]:
        parent = int(self.snapshot.parent[resource])
        if parent < 0:
            raise UsageError(f"it is not known what {self.snapshot.name_of(resource)} belongs to")
        kind = self.snapshot.kind_of(parent)
        if kind is Kind.ENVIRONMENT:
            return self._on_environment(Capability.USE_SECRET if capability is Capability.READ else capability, parent)
        if capability not in {Capability.USE_SECRET, Capability.READ_SECRET, Capability.MANAGE_SECRET, Capability.READ}:
            raise self._meaningless(capability, resource, "Try use_secret, read_secret or manage_secret.")
        if kind is Kind.REPOSITORY:
            if capability is Capability.READ:
                return self.held(parent, Capability.READ)
            return self._to(resource, self._on_repository(capability, parent))
        if capability is Capability.MANAGE_SECRET:
            return self._on_organization(capability, parent)
        found: list[Clause] = []
        for repository in self._shared_with(resource, parent):
            found += self._to(resource, self._on_repository(capability, repository))
        unread = self._gap(resource, Facet.ORG_SECRETS)
        return [replace(clause, unknown=(*clause.unknown, *unread)) for clause in found] if unread else found

    def _to(self, resource: int, clauses: list[Clause]) -> list[Clause]:
        target, name = self.snapshot.ref(resource), self.snapshot.name_of(resource)
        out = []
        for clause in clauses:
            source = clause.tail[-1].target if clause.tail else self.snapshot.ref(int(self.snapshot.parent[resource]))
            out.append(
                replace(clause, tail=(*clause.tail, Link(source=source, target=target, says=f"gives its jobs {name}")))
            )
        return out

    def _shared_with(self, secret: int, organization: int) -> list[int]:
        """Return the repositories whose jobs an organization's secret or runner group is given to.

        https://docs.github.com/en/rest/actions/secrets#get-an-organization-secret (visibility: all, private, selected)
        """
        attributes = self.snapshot.entity(secret).attributes
        visibility = attributes.get("visibility")
        repositories = self.snapshot.children(organization, Kind.REPOSITORY)
        if visibility == "selected":
            chosen = {str(key) for key in attributes.get("selected_repositories") or ()}
            return [r for r in repositories if self.snapshot.ref(r).key in chosen]
        if visibility == "private":
            public = "public"
            return [r for r in repositories if self.snapshot.entity(r).attributes.get("visibility") != public]
        return repositories

    def _on_runner(self, capability: Capability, resource: int) -> list[Clause]:
        group = resource
        for scope in self.snapshot.scopes(resource):
            if self.snapshot.kind_of(scope) in {Kind.RUNNER_GROUP, Kind.REPOSITORY}:
                group = scope
                break
        parent = int(self.snapshot.parent[group])
        if self.snapshot.kind_of(group) is Kind.REPOSITORY:
            return self._on_repository(capability, group)
        if capability is Capability.MANAGE_RUNNER:
            return self._on_organization(capability, parent)
        if capability is Capability.RUN_PIPELINE:
            found: list[Clause] = []
            for repository in self._shared_with(group, parent):
                found += self._to(resource, self._on_repository(Capability.RUN_PIPELINE, repository))
            return found
        raise self._meaningless(capability, resource, "Try run_pipeline or manage_runner.")

    def _on_organization(self, capability: Capability, resource: int) -> list[Clause]:
        known = {
            Capability.READ,
            Capability.EDIT_PIPELINE,
            Capability.MANAGE_SECRET,
            Capability.MANAGE_RUNNER,
            Capability.MANAGE_ACCESS,
            Capability.BYPASS_PROTECTION,
            Capability.ADMINISTER,
        }
        if capability not in known:
            raise self._meaningless(capability, resource, "Ask about one of its repositories, such as ORG/REPOSITORY.")

        def lead(principal: int) -> list[Chain]:
            return self.chains.on_organization(principal, resource, capability)

        return [Clause(self.graph.on_organization(resource, capability), lead)]

    def uses_secret(self, repository: int, name: str) -> list[Use]:
        """Return the workflow steps of a repository that are given a secret of some name."""
        return [
            use
            for workflow in self.snapshot.children(repository, Kind.WORKFLOW)
            for use in self.snapshot.records(Use, workflow)
            if use.what == "secret" and use.name == name
        ]


def _doubts(inherited: Iterable[Gate]) -> tuple[str, ...]:
    picked = [gate for gate in inherited if gate.active and selects_by_property(gate)]
    return tuple(f"whether ruleset {gate.name} covers it is decided by a property that is not read" for gate in picked)


def _hidden(ruleset: str) -> str:
    """Say that a bypass list could not be seen.

    https://docs.github.com/en/rest/repos/rules: `bypass_actors` is only returned to who may write the ruleset.
    """
    return f"the bypass list of ruleset {ruleset} is hidden; administration: write would show it"


def _checks_condition(guard: Protection) -> Condition:
    names = ", ".join(context for context, _ in guard.status_checks)
    return Condition(kind="other", says=f"the required checks pass ({names})")


def _classic(guard: Protection, what: str) -> list[Bypass]:
    classic = guard.classic
    label = (classic.name or ", ".join(classic.patterns)) if classic else ""
    return [b for b in guard.bypass if b.what == what and b.gate == label]


def _ruleset_bypass(gate: Gate, modes: set[str]) -> list[Bypass]:
    return [
        Bypass(gate=gate.name, kind=str(a.get("actor_type", "")), id=str(a.get("actor_id") or ""))
        for a in gate.bypass or ()
        if str(a.get("bypass_mode") or "always") in modes
    ]


def _covers_workflows(path: str) -> bool:
    return matches(path, ".github/workflows/any.yml") or path.rstrip("/*") in {".github/workflows", ".github"}


def _example(pattern: str, default_branch: str) -> str:
    """Return a branch name that a pattern accepts: a new one where it leaves room, else the name itself."""
    if pattern == "~DEFAULT_BRANCH":
        return default_branch
    if pattern == "~ALL":
        return "a-new-branch"
    if matches(pattern, default_branch, default_branch) and not is_open(pattern):
        return default_branch
    return pattern.replace("**/", "").replace("*", "a-new-branch").replace("?", "x")


__all__ = ["Clause", "GitHubRulings", "Resource"]
