"""A slow and obvious evaluator of GitHub's rules, written from the rules and not from the engine.

Answers are words: `alone`, `together` (somebody else must approve), `unknown`, `no`, the better first.

It walks facts one by one for one principal at a time, with no sets, no arrays and no caching. Where it and
the engine differ, one of them misreads the documentation.
"""

from fnmatch import fnmatchcase

from pipewarden.model.access import Capability
from pipewarden.model.facts import Gap, Gate, GateKind, Grant, GrantKind, Machine, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot

LADDER = ["read", "triage", "write", "maintain", "admin"]
WRITE_VERBS = {"push", "merge", "edit_pipeline", "run_pipeline", "use_secret", "read_secret", "manage_secret", "deploy"}
ADMIN_VERBS = {"manage_runner", "manage_access", "administer"}
WORDS = ["no", "unknown", "together", "alone"]
STRAIGHT, BUTTON = {"always", "exempt"}, {"always", "exempt", "pull_request"}
BOUNDED = {Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN, Kind.SSH_KEY}


def best(*words: str) -> str:
    """Several ways lead there: the best counts."""
    return max(words, key=WORDS.index, default="no")


def worst(*words: str) -> str:
    """All of these must be passed."""
    return min(words, key=WORDS.index)


class Judge:
    """Gives the whole answer: what rests on a grant of which a condition was not seen is unknown."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.sure = Oracle(snapshot, doubtful=False)
        self.perhaps = Oracle(snapshot, doubtful=True)

    def answer(self, who: Ref, capability: Capability, what: Ref) -> str:
        sure = self.sure.answer(who, capability, what)
        return "unknown" if sure == "no" and self.perhaps.answer(who, capability, what) != "no" else sure


class Oracle:
    """Answers for one principal, capability and resource; `doubtful` counts grants with an unseen condition as held."""

    def __init__(self, snapshot: Snapshot, *, doubtful: bool) -> None:
        self.entities = {snapshot.ref(o): snapshot.entity(o) for o in range(len(snapshot))}
        self.memberships = [snapshot.membership(i) for i in range(len(snapshot.memberships))]
        every = [snapshot.grant(i) for i in range(len(snapshot.grants))]
        self.grants = [g for g in every if doubtful or not g.conditions]
        self.gaps = {(gap.scope, gap.facet) for gap in snapshot.records(Gap)}
        self.gates = list(snapshot.records(Gate))

    # --- who somebody is ----------------------------------------------------------------------------

    def selves(self, who: Ref) -> set[Ref]:
        """Everything a principal acts as when it logs in: itself, its groups, theirs, and anybody."""
        found = {who, Ref(who.instance, Kind.GROUP, "everyone")}
        while True:
            more = {m.group for m in self.memberships if m.member in found} - found
            if not more:
                return found
            found |= more

    def logins(self, who: Ref) -> list[Ref]:
        """What somebody can log in with: their account, and each deploy key they added, which logs in as itself.

        "attaches the public part of the key directly to your repository instead of a personal account, and the private
        part of the key remains on your server"
        https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys#deploy-keys
        """
        keys = [
            ref
            for ref, entity in self.entities.items()
            if ref.kind is Kind.DEPLOY_KEY and isinstance(entity, Machine) and entity.owner == who
        ]
        return [who, *keys]

    def role_of(self, grant: Grant) -> Role | None:
        role = self.entities.get(Ref(grant.resource.instance, Kind.ROLE, grant.role))
        return role if isinstance(role, Role) else None

    def verbs(self, grant: Grant, repository: Ref) -> set[str]:
        """What one grant allows on a repository."""
        role, name = self.role_of(grant), grant.role
        if name.startswith("scopes:"):
            return self.in_scopes(set(role.permissions) if role else set(), repository)
        if name.startswith(("app:", "token:")):
            return self.in_permissions(role.permissions if role else {})
        if name == "deploy_key:read":
            return {"read"}
        if name == "deploy_key:write":
            return {"read"} | WRITE_VERBS - {"manage_secret", "merge"}
        level = self.level_name(name, role)
        if level not in LADDER:
            return set()
        out = {"read"}
        if LADDER.index(level) >= LADDER.index("write"):
            out |= WRITE_VERBS
        if level == "admin":
            out |= ADMIN_VERBS
        return out

    def in_permissions(self, given: dict[str, str]) -> set[str]:
        """What an app's or fine-grained token's permissions allow on a repository."""
        writes = {k for k, v in given.items() if v == "write"}
        out = set()
        if "contents" in given:
            out.add("read")
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

    def in_scopes(self, scopes: set[str], repository: Ref) -> set[str]:
        """What a classic token's scopes allow on a repository."""
        out = set()
        if "public_repo" in scopes and self.entities[repository].attributes["visibility"] == "public":
            out = {"read"} | WRITE_VERBS
        if "repo" in scopes:
            out = {"read"} | WRITE_VERBS | ADMIN_VERBS
        return out if "workflow" in scopes else out - {"edit_pipeline", "read_secret"}

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
            g.principal in me
            and g.resource in scopes
            and g.kind is not GrantKind.POTENTIAL
            and verb in self.verbs(g, repository)
            for g in self.grants
        )
        if self.entities[repository].attributes["visibility"] == "public" and verb == "read":
            return True
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
                if g.resource == scope and active and self.covered(g, branch) and self.picks(g, repository) == "yes":
                    found.append(g)
        return found

    def picks(self, gate: Gate, repository: Ref) -> str:
        """Whether a ruleset picks a repository by its properties: `yes`, `no`, or `unknown` where one was not read."""
        wanted = (gate.rules.get("conditions") or {}).get("repository_property") or {}
        given = self.entities[repository].attributes
        answers = []
        for listed, fitting in (("include", "yes"), ("exclude", "no")):
            for each in wanted.get(listed, ()):
                table = given if each.get("source") == "system" else given.get("properties")
                if table is None or (each.get("source") == "system" and each["name"] not in table):
                    answers.append("unknown")
                    continue
                has = str(table.get(each["name"])).lower() in each.get("property_values", ())
                answers.append(fitting if has else {"yes": "no", "no": "yes"}[fitting])
        return "no" if "no" in answers else "unknown" if "unknown" in answers else "yes"

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
            return who.kind is Kind.DEPLOY_KEY and self.may(who, "push", repository)
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

    def let(self, who: Ref, gate: Gate, repository: Ref, modes: set[str]) -> str:
        """Whether a ruleset lets somebody through: `alone`, `no`, or `unknown` where its list is hidden."""
        if gate.bypass is None:
            return "unknown"
        named = any(self.named(who, a, repository) and a["bypass_mode"] in modes for a in gate.bypass)
        return "alone" if named else "no"

    def exempt(self, who: Ref, gate: Gate, repository: Ref) -> bool:
        """Whether a classic rule does not bind somebody."""
        return not gate.rules.get("isAdminEnforced") and self.admin(who, repository)

    def excused(self, who: Ref, gate: Gate, repository: Ref) -> bool:
        """Whether a classic rule asks no review of somebody."""
        if gate.rules.get("isAdminEnforced"):
            return False
        named = any(self.named(who, a, repository) for a in gate.rules.get("bypassPullRequestAllowances") or ())
        return named or self.admin(who, repository)

    def restricted(self, who: Ref, gate: Gate, repository: Ref) -> bool:
        """Whether a classic rule keeps somebody from pushing for not being among the named pushers."""
        if not gate.rules.get("restrictsPushes"):
            return False
        named = any(self.named(who, a, repository) for a in gate.rules.get("pushAllowances") or ())
        return not named and not self.admin(who, repository)

    def unread(self, repository: Ref) -> bool:
        scopes = self.containing(repository)
        rulesets = [g for g in self.gates if g.kind is GateKind.RULESET and g.active and g.resource in scopes]
        doubted = any(self.picks(g, repository) == "unknown" for g in rulesets)
        return doubted or (repository, "repository.branch_protection") in self.gaps

    def push(self, who: Ref, repository: Ref, branch: str) -> str:
        """Straight to the branch."""
        if not self.may(who, "push", repository):
            return "no"
        who, answer = self.actor(who), "alone"
        for gate in self.on_branch(repository, branch):
            if gate.kind is GateKind.BRANCH_PROTECTION:
                if gate.rules.get("requiresApprovingReviews") and not self.excused(who, gate, repository):
                    return "no"
                if gate.rules.get("lockBranch") and not self.exempt(who, gate, repository):
                    return "no"
                if self.restricted(who, gate, repository):
                    return "no"
            elif {"pull_request", "update", "merge_queue"} & self.rules(gate).keys():
                answer = worst(answer, self.let(who, gate, repository, STRAIGHT))
        return answer

    def button(self, who: Ref, repository: Ref, branch: str) -> str:
        """By a pull request: who holds but a key cannot press the button; what one gate asks, another may not."""
        if not self.may(who, "merge", repository):
            return "no"
        answer, who = "alone", self.actor(who)
        for gate in self.on_branch(repository, branch):
            if gate.kind is GateKind.BRANCH_PROTECTION:
                r = gate.rules
                if r.get("requiresApprovingReviews") and not self.excused(who, gate, repository):
                    asked = r.get("requiredApprovingReviewCount") or r.get("requiresCodeOwnerReviews")
                    answer = worst(answer, "together" if asked else "alone")
                if r.get("lockBranch") and not self.exempt(who, gate, repository):
                    return "no"
                if self.restricted(who, gate, repository):
                    return "no"
                continue
            rules, let = self.rules(gate), self.let(who, gate, repository, BUTTON)
            if "update" in rules:
                answer = worst(answer, let)
            elif "pull_request" in rules and let != "alone":
                review = rules["pull_request"]
                asked = review["required_approving_review_count"] or review["require_code_owner_review"]
                answer = worst(answer, "together" if asked else "alone")
        return answer

    def merge(self, who: Ref, repository: Ref, branch: str) -> str:
        """Straight, or by a pull request."""
        if self.unread(repository):
            return "unknown" if self.may(who, "push", repository) else "no"
        if not self.on_branch(repository, branch):
            return "alone" if self.may(who, "push", repository) else "no"
        return best(self.push(who, repository, branch), self.button(who, repository, branch))

    def bypass(self, who: Ref, repository: Ref, branch: str) -> str:
        if not self.may(who, "push", repository):
            return "no"
        if self.unread(repository):
            return "unknown"
        answer, who = "no", self.actor(who)
        for gate in self.on_branch(repository, branch):
            if gate.kind is GateKind.RULESET:
                answer = best(answer, self.let(who, gate, repository, BUTTON))
                continue
            r = gate.rules
            if r.get("restrictsPushes") and any(self.named(who, a, repository) for a in r.get("pushAllowances") or ()):
                return "alone"
            stops = r.get("requiresApprovingReviews") or r.get("lockBranch")
            if stops and self.excused(who, gate, repository):
                return "alone"
        return answer

    # --- pipelines ----------------------------------------------------------------------------------

    def create(self, who: Ref, repository: Ref, gates: list[Gate]) -> str:
        """Through rulesets that keep people from creating something."""
        who = self.actor(who)
        return worst("alone", *(self.let(who, gate, repository, STRAIGHT) for gate in gates))

    def touch(self, who: Ref, repository: Ref, gate: Gate) -> str:
        """Through a ruleset over paths: who is stopped may ask the people on its bypass list."""
        found = self.let(who, gate, repository, STRAIGHT)
        if found != "no":
            return found
        people = [ref for ref in self.entities if ref.kind is Kind.ACCOUNT]
        return "together" if any(self.let(p, gate, repository, BUTTON) == "alone" for p in people) else "no"

    def creation(self, repository: Ref, name: str) -> list[Gate]:
        return [g for g in self.on_branch(repository, name) if "creation" in self.rules(g)]

    def edit(self, who: Ref, repository: Ref, verb: str) -> str:
        """By a branch of one's own, or by a change to one that is there; other branches are not known."""
        if not self.may(who, verb, repository):
            return "no"
        if self.unread(repository):
            return "unknown"
        paths = [g for g in self.gates if g.resource == repository and g.target == "push"]
        guarded = worst("alone", *(self.touch(self.actor(who), repository, gate) for gate in paths))
        blockers = [g for g in self.creation(repository, "any/name") if "~ALL" in g.patterns]
        own = self.create(who, repository, blockers)
        ways = [own, self.merge(who, repository, "main"), "unknown"] if blockers else [own]
        return worst(guarded, best(*ways))

    def route(self, who: Ref, gate: Gate, repository: Ref, verb: str) -> str:
        """To a branch that an environment accepts."""
        policy = gate.rules.get("branch_policy")
        guarded = [
            g
            for scope in self.containing(repository)
            for g in self.gates
            if g.resource == scope
            and g.active
            and g.kind is not GateKind.ENVIRONMENT
            and g.target == "branch"
            and self.picks(g, repository) == "yes"
        ]
        if not policy:
            return self.edit(who, repository, verb)
        if not self.may(who, verb, repository):
            return "no"
        if self.unread(repository):
            return "unknown"
        if policy.get("protected_branches") and not guarded:
            return self.edit(who, repository, verb)
        if not policy.get("protected_branches"):
            return self.merge(who, repository, "main")
        # any branch that some rule covers will do, one to be created too
        ways = []
        for name in ("main", "release", "man", "anything"):
            if any(self.covered(g, name) for g in guarded):
                way = self.merge(who, repository, name)
                if name != "main" and not any(name in g.patterns for g in guarded):
                    # nothing says that it exists: it must be created
                    blockers = self.creation(repository, name)
                    way = worst(way, self.create(who, repository, blockers))
                    ways += ["unknown"] if blockers else []
                ways.append(way)
        return best(*ways)

    def deploy(self, who: Ref, environment: Ref, verb: str) -> str:
        repository = self.entities[environment].parent
        assert repository is not None
        gate = next(g for g in self.gates if g.resource == environment)
        # they may push by a key of theirs, and approve what it pushed by their account
        way = best(*(self.route(login, gate, repository, verb) for login in self.logins(who)))
        reviewers = gate.rules.get("required_reviewers") or []
        if way == "no" or not reviewers:
            return way
        can_review = [
            ref
            for ref in self.entities
            if ref.kind is Kind.ACCOUNT
            and self.may(ref, "read", repository)
            and any(self.named(ref, r, repository) for r in reviewers)
        ]
        own = who in can_review and not gate.rules.get("prevent_self_review")
        free = gate.rules.get("can_admins_bypass") and self.may(who, "administer", repository)
        if own or free:
            return way
        return worst(way, "together") if can_review else "no"

    # --- secrets ------------------------------------------------------------------------------------

    def secret(self, who: Ref, verb: str, secret: Ref) -> str:
        entity = self.entities[secret]
        parent, given = entity.parent, entity.attributes
        assert parent is not None
        if parent.kind is Kind.REPOSITORY:
            return self.in_jobs(who, verb, parent, given["store"])
        repositories = [r for r in self.entities if r.kind is Kind.REPOSITORY]
        if given["visibility"] == "private":
            repositories = [r for r in repositories if self.entities[r].attributes["visibility"] != "public"]
        if given["visibility"] == "selected" and "selected_repositories" in given:
            repositories = [r for r in repositories if r.key in given["selected_repositories"]]
        found = best(*(self.in_jobs(who, verb, r, given["store"]) for r in repositories))
        unread = given["visibility"] == "selected" and "selected_repositories" not in given
        return worst(found, "unknown") if unread else found

    def in_jobs(self, who: Ref, verb: str, repository: Ref, store: str) -> str:
        resting = self.at_rest(who, repository, verb)
        if resting is not None and (store != "dependabot" or self.entities[repository].attributes["archived"]):
            return resting
        if store == "dependabot":
            if not self.may(who, "read_secret", repository):
                return "no"
            return self.merge(who, repository, "main")
        if verb == "read_secret":
            return self.edit(who, repository, verb)
        return "alone" if self.may(who, verb, repository) else "no"

    def answer(self, who: Ref, capability: Capability, what: Ref) -> str:
        """The whole answer: by whatever they log in with."""
        return best(*(self.by_login(login, capability, what) for login in self.logins(who)))

    def at_branch(self, who: Ref, verb: str, branch: Ref) -> str:
        """The answer for one branch by its name."""
        repository, name = self.entities[branch].parent, branch.key.split(":refs/heads/")[1]
        assert repository is not None
        if verb == "merge":
            return self.merge(who, repository, name)
        if verb == "bypass_protection":
            return self.bypass(who, repository, name)
        if self.unread(repository):
            return "unknown" if self.may(who, "push", repository) else "no"
        return self.push(who, repository, name)

    def at_rest(self, who: Ref, repository: Ref, verb: str) -> str | None:
        """The answer where a repository is archived, or runs no jobs; None where it is neither."""
        given = self.entities[repository].attributes
        jobs = verb in {"run_pipeline", "use_secret", "read_secret", "deploy"}
        if given["archived"] and (jobs or verb in {"push", "merge", "edit_pipeline", "bypass_protection"}):
            return "alone" if self.may(who, "administer", repository) else "no"
        off = given.get("actions_permissions") == {"enabled": False}
        return "no" if off and jobs else None

    def by_login(self, who: Ref, capability: Capability, what: Ref) -> str:
        """The answer for one login alone."""
        if what.kind is not Kind.SECRET:
            place = what if what.kind is Kind.REPOSITORY else self.entities[what].parent
            assert place is not None
            resting = self.at_rest(who, place, capability.value)
            if resting is not None:
                return resting
        if what.kind is Kind.SECRET:
            return self.secret(who, capability.value, what)
        if what.kind is Kind.BRANCH:
            return self.at_branch(who, capability.value, what)
        if what.kind is Kind.ENVIRONMENT:
            if capability is Capability.APPROVE_DEPLOYMENT:
                repository = self.entities[what].parent
                assert repository is not None
                gate = next(g for g in self.gates if g.resource == what)
                named = any(self.named(who, r, repository) for r in gate.rules.get("required_reviewers") or [])
                return "alone" if named and self.may(who, "read", repository) else "no"
            return self.deploy(who, what, "read_secret" if capability is Capability.READ_SECRET else "deploy")
        match capability:
            case Capability.MERGE:
                return self.merge(who, what, "main")
            case Capability.BYPASS_PROTECTION:
                return self.bypass(who, what, "main")
            case Capability.EDIT_PIPELINE | Capability.READ_SECRET:
                return self.edit(who, what, capability.value)
        return "alone" if self.may(who, capability.value, what) else "no"
