"""A slow and obvious evaluator of GitHub's rules, written from the rules and not from the engine.

It walks facts one by one for one principal at a time, with no sets, no arrays and no caching. Where it and
the engine differ, one of them misreads the documentation.
"""

from fnmatch import fnmatchcase

from pipewarden.model.access import Capability
from pipewarden.model.columns import Snapshot
from pipewarden.model.facts import Gate, GateKind, Grant, GrantKind, Machine, Role
from pipewarden.model.ids import Kind, Ref

LADDER = ["read", "triage", "write", "maintain", "admin"]
WRITE_VERBS = {"push", "merge", "edit_pipeline", "run_pipeline", "use_secret", "read_secret", "manage_secret", "deploy"}
ADMIN_VERBS = {"manage_runner", "manage_access", "administer"}
BOUNDED = {Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN, Kind.SSH_KEY}


class Oracle:
    """Answers `alone`, `together`, `unknown` or `no` for one principal, capability and resource."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.entities = {snapshot.ref(o): snapshot.entity(o) for o in range(len(snapshot))}
        self.memberships = [snapshot.membership(i) for i in range(len(snapshot.memberships))]
        self.grants = [snapshot.grant(i) for i in range(len(snapshot.grants))]
        self.gates = list(snapshot.records(Gate))

    # --- who somebody is ----------------------------------------------------------------------------

    def selves(self, who: Ref) -> set[Ref]:
        """Everything a principal acts as: itself, its groups, theirs, the keys it added, and anybody."""
        found = {who, Ref(who.instance, Kind.GROUP, "everyone")}
        for ref, entity in self.entities.items():
            if ref.kind is Kind.DEPLOY_KEY and isinstance(entity, Machine) and entity.owner == who:
                found.add(ref)
        while True:
            more = {m.group for m in self.memberships if m.member in found} - found
            if not more:
                return found
            found |= more

    def role_of(self, grant: Grant) -> Role | None:
        role = self.entities.get(Ref(grant.resource.instance, Kind.ROLE, grant.role))
        return role if isinstance(role, Role) else None

    def verbs(self, grant: Grant) -> set[str]:
        """What one grant allows on a repository."""
        role, name = self.role_of(grant), grant.role
        if name.startswith(("app:", "token:")):
            given = role.permissions if role else {}
            writes = {k for k, v in given.items() if v == "write"}
            out = set()
            if "contents" in given:
                out |= {"read"}
            if "contents" in writes:
                out |= {"push", "merge", "run_pipeline", "use_secret", "deploy"}
            if {"contents", "workflows"} <= writes:
                out |= {"edit_pipeline", "read_secret"}
            if "actions" in writes:
                out |= {"run_pipeline", "use_secret", "deploy"}
            if "secrets" in writes:
                out |= {"manage_secret"}
            if "administration" in writes:
                out |= ADMIN_VERBS
            return out
        if name == "deploy_key:read":
            return {"read"}
        if name == "deploy_key:write":
            return {"read"} | WRITE_VERBS - {"manage_secret"}
        level = self.level_name(name, role)
        if level not in LADDER:
            return set()
        out = {"read"}
        if LADDER.index(level) >= LADDER.index("write"):
            out |= WRITE_VERBS
        if level == "admin":
            out |= ADMIN_VERBS
        return out

    def level_name(self, name: str, role: Role | None) -> str:
        if name == "owner":
            return "admin"
        if name.startswith("base:"):
            return name.removeprefix("base:")
        if name in LADDER:
            return name
        return (role.level or "") if role else ""

    def containing(self, repository: Ref) -> list[Ref]:
        found, at = [], repository
        while at is not None:
            found.append(at)
            at = self.entities[at].parent  # type: ignore[assignment]
        return found

    def may(self, who: Ref, verb: str, repository: Ref) -> bool:
        """Whether roles allow it, gates aside; a token only what its owner may too."""
        me = {who} if who.kind in BOUNDED else self.selves(who)
        scopes = self.containing(repository)
        held = any(
            g.principal in me and g.resource in scopes and g.kind is not GrantKind.POTENTIAL and verb in self.verbs(g)
            for g in self.grants
        )
        if who.kind in BOUNDED and held:
            owner = self.entities[who].owner  # type: ignore[attr-defined]
            return owner is not None and self.may(owner, verb, repository)
        return held

    def admin(self, who: Ref, repository: Ref) -> bool:
        """Whether the highest role is admin (an app is none, however much it may administer)."""
        scopes = self.containing(repository)
        me = {who} if who.kind in BOUNDED else self.selves(who)
        for g in self.grants:
            if g.principal in me and g.resource in scopes:
                role = self.role_of(g)
                if g.role.startswith(("app:", "token:")):
                    if role and role.permissions.get("administration") == "write":
                        break
                elif self.level_name(g.role, role) == "admin":
                    break
        else:
            return False
        if who.kind in BOUNDED:
            owner = self.entities[who].owner  # type: ignore[attr-defined]
            return owner is not None and self.admin(owner, repository)
        return True

    # --- gates --------------------------------------------------------------------------------------

    def on_branch(self, repository: Ref, branch: str) -> list[Gate]:
        mine = [g for g in self.gates if g.resource == repository]
        exact = [g for g in mine if g.kind is GateKind.BRANCH_PROTECTION and branch in g.patterns]
        loose = [
            g for g in mine if g.kind is GateKind.BRANCH_PROTECTION and any(fnmatchcase(branch, p) for p in g.patterns)
        ]
        found = (exact or loose)[:1]
        for scope in self.containing(repository):
            for g in self.gates:
                active = g.kind is GateKind.RULESET and g.active and g.target == "branch"
                if g.resource == scope and active and self.covered(g, branch):
                    found.append(g)
        return found

    def covered(self, gate: Gate, branch: str) -> bool:
        if gate.kind is GateKind.BRANCH_PROTECTION:
            return any(fnmatchcase(branch, p) for p in gate.patterns)
        return any(p in {"~ALL", branch} or (p == "~DEFAULT_BRANCH" and branch == "main") for p in gate.patterns)

    def named(self, who: Ref, actor: dict[str, object], repository: Ref) -> bool:
        kind, key = (
            str(actor.get("actor_type") or actor.get("type")),
            str(actor.get("actor_id") or actor.get("id") or ""),
        )
        if kind == "User":
            return who.kind is Kind.ACCOUNT and who.key == key
        if kind == "Team":
            return Ref(who.instance, Kind.GROUP, key) in self.selves(who) and who.kind is Kind.ACCOUNT
        if kind in {"App", "Integration"}:
            return who.kind is Kind.APP and str(self.entities[who].attributes.get("app_id")) == key
        if kind == "RepositoryRole":
            wanted = {"5": "admin", "4": "write", "2": "maintain"}[key]
            return self.at_least(who, wanted, repository)
        if kind == "OrganizationAdmin":
            org = self.containing(repository)[1]
            return Ref(org.instance, Kind.GROUP, f"owners:organization:{org.key}") in self.selves(who)
        if kind == "DeployKey":
            keys = [who] if who.kind is Kind.DEPLOY_KEY else [s for s in self.selves(who) if s.kind is Kind.DEPLOY_KEY]
            return any(self.may(key, "push", repository) for key in keys)
        raise AssertionError(kind)

    def at_least(self, who: Ref, wanted: str, repository: Ref) -> bool:
        if wanted == "admin":
            return self.admin(who, repository)
        me = {who} if who.kind in BOUNDED else self.selves(who)
        for g in self.grants:
            if g.principal in me and g.resource in self.containing(repository):
                role = self.role_of(g)
                if g.role.startswith(("app:", "token:")):
                    given = role.permissions if role else {}
                    level = (
                        "admin"
                        if given.get("administration") == "write"
                        else "write"
                        if given.get("contents") == "write"
                        else ""
                    )
                elif g.role.startswith("deploy_key:"):
                    level = g.role.removeprefix("deploy_key:")
                else:
                    level = self.level_name(g.role, role)
                if level in LADDER and LADDER.index(level) >= LADDER.index(wanted):
                    if who.kind not in BOUNDED:
                        return True
                    owner = self.entities[who].owner  # type: ignore[attr-defined]
                    return owner is not None and self.at_least(owner, wanted, repository)
        return False

    def rules(self, gate: Gate) -> dict[str, dict[str, object]]:
        return {r["type"]: r.get("parameters") or {} for r in gate.rules.get("rules") or ()}

    def actor(self, who: Ref) -> Ref:
        """As whom the gates see somebody: a token acts as its owner."""
        return self.entities[who].owner if who.kind in BOUNDED else who  # type: ignore[attr-defined,no-any-return]

    def push(self, who: Ref, repository: Ref, branch: str) -> str:
        """Straight to the branch."""
        if not self.may(who, "push", repository):
            return "no"
        who, answer = self.actor(who), "alone"
        for gate in self.on_branch(repository, branch):
            if gate.kind is GateKind.BRANCH_PROTECTION:
                r = gate.rules
                if r.get("requiresApprovingReviews"):
                    allowed = any(self.named(who, a, repository) for a in r.get("bypassPullRequestAllowances") or ())
                    if r.get("isAdminEnforced") or not (self.admin(who, repository) or allowed):
                        return "no"
                if r.get("restrictsPushes"):
                    allowed = any(self.named(who, a, repository) for a in r.get("pushAllowances") or ())
                    if not (self.admin(who, repository) or allowed):
                        return "no"
            elif {"pull_request", "update"} & self.rules(gate).keys():
                if gate.bypass is None:
                    answer = "unknown"
                elif not any(self.named(who, a, repository) and a["bypass_mode"] == "always" for a in gate.bypass):
                    return "no"
        return answer

    def merge(self, who: Ref, repository: Ref, branch: str) -> str:
        """Straight, or by a pull request."""
        straight = self.push(who, repository, branch)
        if straight == "alone" or not self.may(who, "push", repository):
            return straight
        reviews, answer, who = 0, "alone", self.actor(who)
        for gate in self.on_branch(repository, branch):
            if gate.kind is GateKind.BRANCH_PROTECTION:
                r = gate.rules
                if r.get("requiresApprovingReviews"):
                    reviews = max(reviews, int(r.get("requiredApprovingReviewCount") or 0))
                if r.get("restrictsPushes"):
                    allowed = any(self.named(who, a, repository) for a in r.get("pushAllowances") or ())
                    if not (self.admin(who, repository) or allowed):
                        return straight
            else:
                rules = self.rules(gate)
                if "pull_request" in rules:
                    reviews = max(reviews, int(rules["pull_request"]["required_approving_review_count"]))  # type: ignore[call-overload]
                if "update" in rules:
                    if gate.bypass is None:
                        answer = "unknown"
                    elif not any(self.named(who, a, repository) for a in gate.bypass):
                        return straight
        if answer == "unknown":
            return "unknown"
        return "together" if reviews else "alone"

    def bypass(self, who: Ref, repository: Ref, branch: str) -> str:
        if not self.may(who, "push", repository):
            return "no"
        answer, who = "no", self.actor(who)
        for gate in self.on_branch(repository, branch):
            if gate.kind is GateKind.RULESET:
                if gate.bypass is None:
                    answer = "unknown"
                elif any(self.named(who, a, repository) for a in gate.bypass):
                    return "alone"
                continue
            r = gate.rules
            if r.get("restrictsPushes") and any(self.named(who, a, repository) for a in r.get("pushAllowances") or ()):
                return "alone"
            if r.get("requiresApprovingReviews") and not r.get("isAdminEnforced"):
                allowed = any(self.named(who, a, repository) for a in r.get("bypassPullRequestAllowances") or ())
                if self.admin(who, repository) or allowed:
                    return "alone"
        return answer

    def deploy(self, who: Ref, environment: Ref, verb: str) -> str:
        repository = self.entities[environment].parent
        assert repository is not None
        gate = next(g for g in self.gates if g.resource == environment)
        policy = gate.rules.get("branch_policy")
        guarded = [
            g
            for scope in self.containing(repository)
            for g in self.gates
            if g.resource == scope and g.active and g.kind is not GateKind.ENVIRONMENT and g.target == "branch"
        ]
        if not policy or (policy.get("protected_branches") and not guarded):
            way = "alone" if self.may(who, verb, repository) else "no"
        elif not self.may(who, verb, repository):
            way = "no"
        else:
            names = ["main"]
            if policy.get("protected_branches"):
                # any branch that some rule covers will do, one to be created too
                every = ("main", "release", "man", "anything")
                names = [n for n in every if any(self.covered(g, n) for g in guarded)]
            ways = [self.merge(who, repository, name) for name in names]
            way = next(w for w in ("alone", "together", "unknown", "no") if w in [*ways, "no"])
        if way == "no":
            return way
        reviewers = gate.rules.get("required_reviewers") or []
        if reviewers:
            can_review = [
                ref
                for ref in self.entities
                if ref.kind is Kind.ACCOUNT
                and self.may(ref, "read", repository)
                and any(self.named(ref, r, repository) for r in reviewers)
            ]
            own = who in can_review and not gate.rules.get("prevent_self_review")
            free = gate.rules.get("can_admins_bypass") and self.may(who, "administer", repository)
            if not own and not free:
                if not can_review:
                    return "no"
                return "unknown" if way == "unknown" else "together"
        return way

    def answer(self, who: Ref, capability: Capability, what: Ref) -> str:
        """The whole answer."""
        if what.kind is Kind.ENVIRONMENT:
            if capability is Capability.APPROVE_DEPLOYMENT:
                repository = self.entities[what].parent
                assert repository is not None
                gate = next(g for g in self.gates if g.resource == what)
                named = any(self.named(who, r, repository) for r in gate.rules.get("required_reviewers") or [])
                return "alone" if named and self.may(who, "read", repository) else "no"
            return self.deploy(who, what, "read_secret" if capability is Capability.READ_SECRET else "deploy")
        if capability is Capability.MERGE:
            return self.merge(who, what, "main")
        if capability is Capability.BYPASS_PROTECTION:
            return self.bypass(who, what, "main")
        return "alone" if self.may(who, capability.value, what) else "no"
