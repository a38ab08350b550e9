"""Checks about rulesets: whether they are active, whom they let through, what they run."""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from pipewarden.access.github.actors import ACTORS
from pipewarden.access.github.protection import (
    Bypass,
    applying_rulesets,
    bypasses,
    protection_of,
    ruleset_rules,
)
from pipewarden.access.github.roles import RULESET_ROLE_IDS
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.branches import NEEDS
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import bypass_seen, existing, guard, in_use, sources, understood
from pipewarden.checks.once import once
from pipewarden.checks.reading import (
    Doubts,
    has_workflows,
    is_archived,
    is_public,
    listed,
    many,
    need_where_offered,
    quoted,
)
from pipewarden.checks.sections import BRANCHES
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gate, GateKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import Limits

RULES_API = "https://docs.github.com/en/rest/repos/rules"
SHORTEN = "Settings > Rules > Rulesets > the ruleset > Bypass list: take off whom nobody can name a reason for."
BY_PULL_REQUEST = "Let the rest through for pull requests only: the change then leaves a trace somebody can read."


def _by_place(view: View, repository: Resource) -> dict[Ref, list[Gate]]:
    """Return the active rulesets of a repository by where they are defined: one finding for each place."""
    in_use(view, repository)
    found: dict[Ref, list[Gate]] = {}
    for gate in view.repository_gates(repository):
        if gate.kind is GateKind.RULESET and gate.active:
            found.setdefault(gate.resource, []).append(gate)
    return found


def _actor(view: View, actor: Bypass, instance: str) -> str:
    """Return whom a bypass entry names, in words."""
    match actor.kind:
        case "OrganizationAdmin":
            return "every owner of the organization"
        case "EnterpriseOwner":
            return "every owner of the enterprise"
        case "DeployKey":
            return "every deploy key"
        case "RepositoryRole":
            level = RULESET_ROLE_IDS.get(actor.id)
            if level is not None:
                return f"everybody with the role {level.word}"
            return f"everybody with the role {view.name(Ref(instance, Kind.ROLE, f'custom_repo:{actor.id}'))}"
        case "Team":
            return f"the team {view.name(Ref(instance, Kind.GROUP, actor.id))}"
        case "User":
            return view.name(Ref(instance, Kind.ACCOUNT, actor.id))
        case "Integration":
            return f"the app {_apps(view).get(actor.id, actor.id)}"
    return f"{actor.kind} {actor.name or actor.id}".strip()


@once
def _apps(view: View) -> dict[str, str]:
    """Return the names of apps by their own ids, by which bypass lists name them, not by the installation's."""
    return {str(app.attributes.get("app_id", "")): app.name for app in view.entities(Kind.APP)}


@check(
    id="gh.rs.bypass_always",
    title="Nobody passes a ruleset silently",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(SHORTEN, BY_PULL_REQUEST),
    source=f"{RULES_API} (bypass_actors[].bypass_mode)",
    **clauses(BRANCHES, "C1.1.14 O1"),
)
def bypass_always(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever is let through always pushes straight to the branch: no pull request, no review, no check."""
    doubts = Doubts()
    for place, gates in _by_place(view, repository).items():
        named: dict[str, str] = {}
        proofs: list[Gate] = []
        for gate in gates:
            with doubts:
                bypass_seen(gate)
            for actor in bypasses(gate):
                if actor.mode == "always":
                    named.setdefault(_actor(view, actor, place.instance), actor.gate)
                    proofs.append(gate)
        if named:
            where = view.find(place) or repository
            yield Hit(
                says=f"{listed(f'{who} (ruleset {quoted(gate)})' for who, gate in named.items())} can push past the rulesets of "
                f"{where.name} at any time",
                about=where,
                because=tuple(proofs[:10]),
                weight=len(named),
            )
    doubts.settle()


@check(
    id="gh.rs.bypass_broad",
    title="No crowd passes a ruleset",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    limits=("bypass_team_max",),
    remedy=("Name one small team instead of a role.", SHORTEN, BY_PULL_REQUEST),
    source=f"{RULES_API} (bypass_actors[].actor_type)",
    **clauses(BRANCHES, "C1.1.14"),
)
def bypass_broad(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A rule that a whole role passes is a rule for those few who do not have the role.

    Owners, the roles write and maintain, custom roles, and teams beyond a handful of people count as a crowd.
    """
    doubts = Doubts()
    for place, gates in _by_place(view, repository).items():
        named: dict[str, Gate] = {}
        for gate in gates:
            with doubts:
                bypass_seen(gate)
            for actor in bypasses(gate):
                with doubts:
                    if _is_crowd(view, actor, repository, limits):
                        named.setdefault(_actor(view, actor, place.instance), gate)
        if named:
            where = view.find(place) or repository
            yield Hit(
                says=f"{listed(named)} can pass the rulesets of {where.name} "
                f"({listed(dict.fromkeys(quoted(gate.name) for gate in named.values()))})",
                about=where,
                because=tuple(named.values())[:10],
                weight=len(named),
            )
    doubts.settle()


def _is_crowd(view: View, actor: Bypass, repository: Resource, limits: Limits) -> bool:
    match actor.kind:
        case "OrganizationAdmin":
            return True
        case "RepositoryRole":
            return RULESET_ROLE_IDS.get(actor.id, Level.WRITE) < Level.ADMIN
        case "Team":
            view.need(repository.ref, Facet.ORG_TEAMS)
            team = Ref(repository.ref.instance, Kind.GROUP, actor.id)
            return len(view.engine.accounts_in(team)) > limits.bypass_team_max
    if actor.kind not in ACTORS:
        detail = f"whom the ruleset {quoted(actor.gate)} lets through as {actor.kind or 'nobody named'} is not known"
        raise Missing(repository.ref, Facet.REPO_RULESETS, Cause.MISSING_FIELD, detail)
    return False


@check(
    id="gh.rs.bypass_hidden",
    title="The bypass lists of rulesets can be read",
    severity=Severity.INFO,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        "Give the collecting app `administration: write`, or collect with an owner's token: the lists can then be judged.",
    ),
    source=f"{RULES_API} (bypass_actors is shown only to whom may change the ruleset)",
    **clauses(BRANCHES),
)
def bypass_hidden(repository: Resource, view: View) -> Iterator[Hit]:
    """Who passes a ruleset is not known where its list is not shown: an absent list is not an empty one."""
    doubts = Doubts()
    for place, gates in _by_place(view, repository).items():
        unread = [gate for gate in gates if gate.rules.get("bypass_unread")]
        hidden = [gate for gate in gates if gate.bypass is None and gate not in unread]
        if unread:
            with doubts:
                bypass_seen(unread[0])
        if hidden:
            where = view.find(place) or repository
            yield Hit(
                says=f"it could not be read who is let through {many(len(hidden), 'ruleset')} of {where.name} "
                f"({listed(quoted(gate.name) for gate in hidden)})",
                about=where,
                because=tuple(hidden[:10]),
                weight=len(hidden),
            )
    doubts.settle()


_SAME = {
    "pull_request": "requires_pull_request",
    "deletion": "blocks_deletion",
    "non_fast_forward": "blocks_force_push",
    "required_status_checks": "status_checks",
    "required_signatures": "signatures",
    "required_linear_history": "linear_history",
    "creation": "blocks_creation",
    "update": "restricts_push",
    "merge_queue": "merge_queue",
    "required_deployments": "required_deployments",
    "workflows": "required_workflows",
}
"""What an active rule of a type shows as in the merged protection."""


@check(
    id="gh.rs.evaluate_only",
    title="Rulesets that were written are switched on",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        "Set its enforcement to Active: Settings > Rules > Rulesets > the ruleset.",
        "What it would have refused so far stands in Settings > Rules > Insights.",
    ),
    source=f"{RULES_API} (enforcement: active, evaluate, disabled)",
    **clauses(BRANCHES, "C1.1.20"),
)
def evaluate_only(repository: Resource, view: View) -> Iterator[Hit]:
    """A ruleset that only evaluates, or is disabled, looks like protection in the settings and stops nothing."""
    found = guard(view, repository)
    doubts = Doubts()
    places: dict[Ref, list[tuple[Gate, list[str]]]] = {}
    for gate in view.repository_gates(repository):
        if gate.kind is not GateKind.RULESET or gate.active or gate.target != "branch":
            continue
        if not applying_rulesets([_activated(gate)], found.branch, found.branch):
            continue
        lost = [kind for kind, _ in ruleset_rules(gate) if kind in _SAME and not getattr(found, _SAME[kind])]
        if lost:
            places.setdefault(gate.resource, []).append((gate, lost))
        with doubts:
            understood(repository, [gate])
    for place, idle in places.items():
        where = view.find(place) or repository
        first, lost = idle[0]
        mode = "is only being evaluated" if first.rules.get("enforcement") == "evaluate" else "is disabled"
        more = f" and {many(len(idle) - 1, 'more ruleset')}" if len(idle) > 1 else ""
        yield Hit(
            says=f"the ruleset {quoted(first.name)} of {where.name} {mode}{more}: nothing enforces what it asks for "
            f"({listed(lost)})",
            about=where,
            because=tuple(gate for gate, _ in idle[:10]),
            weight=len(idle),
        )
    doubts.settle()


def _activated(gate: Gate) -> Gate:
    return replace(gate, active=True)


@check(
    id="gh.rs.no_push_rule",
    title="Pushes cannot touch workflow files unseen",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(Facet.REPO_RULESETS, Facet.REPO_SETTINGS),
    remedy=(
        "Add a push ruleset: Settings > Rules > New push ruleset > Restrict file paths, .github/workflows/**/*.",
        "Let through the team that owns the pipelines.",
    ),
    source=(
        "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
        "managing-rulesets/about-rulesets#push-rulesets"
    ),
    **clauses(BRANCHES, "O4 O5"),
)
def no_push_rule(organization: Resource, view: View) -> Iterator[Hit]:
    """Rules of branches do not stop a new branch with one's own workflow, which runs with the repository's secrets.

    A push ruleset holds for every branch, and for the whole network of forks. GitHub has them for repositories
    that are not public; a public one is left out here.
    """
    doubts = Doubts()
    need_where_offered(view, organization.ref, Facet.ORG_RULESETS)
    open_to_pushes: list[Resource] = []
    for repository in view.repositories(organization.ref):
        with doubts:
            if is_public(view, repository) or is_archived(view, repository):
                continue
            view.need(repository.ref, Facet.REPO_RULESETS)
            if not has_workflows(view, repository):
                view.need(repository.ref, Facet.REPO_WORKFLOWS)
                continue
            gates = [gate for gate in view.repository_gates(repository) if gate.active and gate.target == "push"]
            paths = [
                path
                for gate in gates
                for kind, given in ruleset_rules(gate)
                if kind == "file_path_restriction"
                for path in given.get("restricted_file_paths") or ()
            ]
            if not any(covers_workflows(str(path)) for path in paths):
                understood(repository, gates)
                open_to_pushes.append(repository)
    if open_to_pushes:
        yield Hit(
            says=f"no rule of {organization.name} keeps a push from changing the workflows of "
            f"{many(len(open_to_pushes), 'repository')} ({listed(each.name for each in open_to_pushes)})",
            because=tuple(open_to_pushes[:10]),
            weight=len(open_to_pushes),
        )
    doubts.settle()


def covers_workflows(path: str) -> bool:
    """Tell whether a restricted path covers every workflow file, at least those directly in the folder."""
    return path.strip("/").removesuffix("/**/*").removesuffix("/**").removesuffix("/*") in {
        ".github",
        ".github/workflows",
    } or (path in {"**", "**/*", "*"})


@check(
    id="gh.rs.required_workflow_unpinned",
    title="Required workflows are named by commit",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=("In the rule choose the commit of the workflow instead of a branch or tag.",),
    source=f"{RULES_API} (rule workflows: workflows[].ref, sha)",
    **clauses(BRANCHES, "O4"),
)
def required_workflow_unpinned(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever may push to the branch it is taken from decides what every repository under the rule must run."""
    for place, gates in _by_place(view, repository).items():
        loose = [(gate, used) for gate in gates for used in _workflows(gate) if not used.get("sha")]
        if not loose:
            continue
        where = view.find(place) or repository
        gate, used = loose[0]
        holder = Ref(repository.ref.instance, Kind.REPOSITORY, str(used.get("repository_id")))
        more = f" and {many(len(loose) - 1, 'more workflow')}" if len(loose) > 1 else ""
        yield Hit(
            says=f"the ruleset {quoted(gate.name)} of {where.name} runs {view.name(holder)}/{used.get('path')} as it is on "
            f"{used.get('ref') or 'the default branch'}{more}",
            about=where,
            because=tuple(gate for gate, _ in loose[:10]),
            weight=len(loose),
        )


def _workflows(gate: Gate) -> list[dict[str, Any]]:
    return [used for kind, given in ruleset_rules(gate) if kind == "workflows" for used in given.get("workflows") or ()]


_COMPARED = {
    "required_reviews": "number of reviews",
    "dismisses_stale": "stale approvals",
    "last_push_approval": "approval of the last push",
    "code_owner_review": "review by code owners",
    "strict_checks": "branches being up to date",
    "signatures": "signatures",
    "linear_history": "linear history",
    "blocks_force_push": "force pushes",
    "blocks_deletion": "deletion",
}


@check(
    id="gh.rs.conflict_classic",
    title="A branch is guarded by one kind of rule",
    severity=Severity.INFO,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=("Move what the classic rule demands into a ruleset, then delete the classic rule.",),
    source=(
        "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
        "managing-rulesets/about-rulesets (the most restrictive version of a rule applies)"
    ),
    **clauses(BRANCHES, "CM-6"),
)
def conflict_classic(repository: Resource, view: View) -> Iterator[Hit]:
    """Where both say something else the stricter counts, but whoever reads one of them believes that one."""
    found = existing(view, repository)
    if found.classic is None or not found.rulesets:
        raise NotApplicable(f"{found.branch} of {repository.name} is guarded by one kind of rule")
    old = protection_of([found.classic], found.branch, found.branch)
    new = protection_of(found.rulesets, found.branch, found.branch)
    found.settled()
    apart = [words for field, words in _COMPARED.items() if getattr(old, field) != getattr(new, field)]
    if apart:
        yield Hit(
            says=f"the classic rule {quoted(found.classic.name)} and the rulesets of {found.branch} of {repository.name} "
            f"differ on {listed(apart)}; the stricter counts",
            because=sources(found, repository),
            weight=len(apart),
        )
