"""Checks about the branches and tags beside the default branch that are released or deployed from."""

from collections.abc import Iterator

from pipewarden.access.github.patterns import covers_all, is_open, matches
from pipewarden.access.github.protection import ruleset_rules
from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.branches import NEEDS
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import guard, in_use, tag_rules, understood, writers
from pipewarden.checks.reading import Doubts, listed
from pipewarden.checks.sections import BRANCHES
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Gate, GateKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

RELEASE_PATTERNS = (
    "release/**/*",
    "releases/**/*",
    "release-*",
    "hotfix/**/*",
    "stable",
    "stable-*",
    "production",
    "prod",
)
"""Names by which branches that are released are known.

https://github.com/ossf/scorecard/blob/main/docs/checks.md#branch-protection judges release branches too.
"""
REF_RULES = "Settings > Rules > Rulesets > New ruleset"
ABOUT_RULES = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-rulesets/creating-rulesets-for-a-repository"
)


def example(pattern: str) -> str:
    """Return a name that a pattern accepts and that somebody could make."""
    name = pattern.replace("**/", "").replace("*", "x").replace("?", "x")
    return name if matches(pattern, name) else pattern


def policies(view: View, environment: Resource, kind: str) -> list[str]:
    """Return the name patterns of branches, or of tags, that an environment accepts; none where it states no names.

    Raises Missing where it states names and they were not read.
    """
    policy = view.attribute(environment, "deployment_branch_policy", facet=Facet.REPO_ENVIRONMENTS)
    if not policy or not policy.get("custom_branch_policies"):
        return []
    listed_names = view.given(environment, "branch_policies", facet=Facet.REPO_ENVIRONMENTS)
    return [str(each.get("name")) for each in listed_names if (each.get("type") or "branch") == kind]


@check(
    id="gh.bp.release_branches",
    title="Branches that are released or deployed from are guarded",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(*NEEDS, Facet.REPO_ENVIRONMENTS),
    remedy=(f"{REF_RULES}: the same rules as the default branch has, for the names the environments accept.",),
    source=ABOUT_RULES,
    **clauses(BRANCHES, "C1.1.20"),
)
def release_branches(repository: Resource, view: View) -> Iterator[Hit]:
    """An environment is guarded as well as the branches it accepts: an open one is the way around the rules.

    Judged are the branch names that environments accept, and known branches that are named like releases.
    """
    doubts = Doubts()
    default = guard(view, repository).branch
    names: dict[str, str] = {}
    for environment in view.inside(repository.ref, Kind.ENVIRONMENT):
        with doubts:
            for pattern in policies(view, environment, "branch"):
                names.setdefault(pattern, f"deploys to {environment.attributes.get('name')}")
    for branch in repository.attributes.get("branches") or ():
        if any(matches(pattern, str(branch)) for pattern in RELEASE_PATTERNS):
            names.setdefault(str(branch), "is named like a release")
    loose = {
        name: why
        for name, why in names.items()
        if not matches(name, default) and not view.protection(repository, example(name)).exists
    }
    if loose:
        yield Hit(
            says=f"{writers(view, repository)} can push to branches of {repository.name} that no rule guards: "
            f"{listed(f'{name} ({why})' for name, why in loose.items())}",
            because=(repository,),
            weight=len(loose),
        )
    doubts.settle()


@check(
    id="gh.bp.creations_open",
    title="Protected names cannot be taken by a new branch",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        f"{REF_RULES}: restrict creations for the pattern.",
        "In a classic rule: restrict who can push to matching branches, and tick that it holds for creation.",
    ),
    source=ABOUT_RULES,
    **clauses(BRANCHES, "C1.1.15 O5"),
)
def creations_open(repository: Resource, view: View) -> Iterator[Hit]:
    """A new branch starts with whatever its maker pushes: rules about changes do not look at the first commit.

    Told for patterns that name some branches, such as release/*; over all names nobody could work.
    """
    in_use(view, repository)
    loose: dict[str, Gate] = {}
    for gate in view.repository_gates(repository):
        if not gate.active or gate.target != "branch" or gate.kind is GateKind.ENVIRONMENT:
            continue
        for pattern in gate.patterns:
            if not is_open(pattern) or covers_all(pattern) or pattern == "*":
                continue
            if not view.protection(repository, example(pattern.removeprefix("refs/heads/"))).blocks_creation:
                loose.setdefault(pattern.removeprefix("refs/heads/"), gate)
    if loose:
        yield Hit(
            says=f"{writers(view, repository)} can make branches in {repository.name} whose names are protected: "
            f"{listed(loose)}",
            because=tuple(loose.values())[:10],
            weight=len(loose),
        )


@check(
    id="gh.bp.tags_unprotected",
    title="Tags that are released or deployed are guarded",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(*NEEDS, Facet.REPO_ENVIRONMENTS),
    remedy=(f"{REF_RULES} > New tag ruleset: restrict creations, updates and deletions, name who releases.",),
    source=ABOUT_RULES,
    **clauses(BRANCHES, "C1.1.20 O1"),
)
def tags_unprotected(repository: Resource, view: View) -> Iterator[Hit]:
    """A tag can name any commit, reviewed or not: whoever may make or move it chooses what is released.

    Asked where an environment accepts tags or a workflow starts with a release.
    """
    in_use(view, repository)
    doubts = Doubts()
    used: dict[str, str] = {}
    for environment in view.inside(repository.ref, Kind.ENVIRONMENT):
        with doubts:
            for pattern in policies(view, environment, "tag"):
                used.setdefault(pattern, f"deploys to {environment.attributes.get('name')}")
    for workflow in view.inside(repository.ref, Kind.WORKFLOW):
        if "release" in (workflow.attributes.get("triggers") or ()):
            used.setdefault("v*", f"starts {workflow.attributes.get('path')}")
    with doubts:
        view.need(repository.ref, Facet.REPO_WORKFLOWS)
    loose = {name: why for name, why in used.items() if not _guarded(view, repository, example(name))}
    if loose:
        yield Hit(
            says=f"{writers(view, repository)} can make or move tags of {repository.name}: "
            f"{listed(f'{name} ({why})' for name, why in loose.items())}",
            because=(repository,),
            weight=len(loose),
        )
    doubts.settle()
    if not used:
        raise NotApplicable(f"nothing in {repository.name} is seen to start with a tag")


def _guarded(view: View, repository: Resource, tag: str) -> bool:
    """Tell whether a ruleset keeps a tag from being made or moved by whoever may write."""
    gates = tag_rules(view, repository, tag)
    kinds = {kind for gate in gates for kind, _ in ruleset_rules(gate)}
    if kinds.isdisjoint({"creation", "update"}):
        understood(repository, gates)
        return False
    return True
