"""Checks about protected branches and tags of GitLab."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import MAINTAINER, level_named
from pipewarden.access.gitlab.protected import matches
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS, default_rules, living, lowest, named, odd, rules, setting
from pipewarden.checks.reading import listed
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

BRANCHES_DOC = f"{DOCS}/user/project/repository/branches/protected/"

PROTECT = "Protect the branch: Settings > Repository > Protected branches, pushing and merging for Maintainers."

RULES = (GitLabFacet.PROJECTS, GitLabFacet.PROTECTED_BRANCHES)


def _odd(project: Resource) -> Missing:
    detail = "a rule has a line of a form that is not known"
    return Missing(project.ref, GitLabFacet.PROTECTED_BRANCHES, Cause.UNEXPECTED, detail)


@check(
    id="gl.pb.none",
    title="The default branch is protected",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=RULES,
    remedy=(PROTECT,),
    source=BRANCHES_DOC,
    **clauses(PROJECTS, "C1.1.20 O1"),
)
def unprotected(project: Resource, view: View) -> Iterator[Hit]:
    """An unprotected branch is pushed to, rewritten and deleted by every Developer, and no review stands before it."""
    name, matched = default_rules(view, project)
    if not matched:
        yield Hit(says=f"the branch {name} of {project.name} is not protected: every Developer may push to it")


@check(
    id="gl.pb.dev_push",
    title="Nobody below Maintainer pushes to the default branch",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=RULES,
    remedy=("Set “Allowed to push and merge” of the rule to Maintainers or to nobody.",),
    source=BRANCHES_DOC,
    **clauses(PROJECTS, "C1.1.15 O1"),
)
def developers_push(project: Resource, view: View) -> Iterator[Hit]:
    """A push goes around merge requests, and with them around review and the checks of the pipeline."""
    name, matched = default_rules(view, project)
    least = lowest(matched, "push_access_levels")
    if least is not None and least < MAINTAINER:
        yield Hit(
            says=f"{level_named(least)}s may push to {name} of {project.name} without a merge request",
            because=tuple(matched),
        )
    elif odd(matched, "push_access_levels"):
        raise _odd(project)


@check(
    id="gl.pb.dev_merge",
    title="Developers do not merge their own changes alone",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(*RULES, GitLabFacet.APPROVAL_RULES),
    remedy=("Ask for one approval at least, or let Maintainers alone merge.",),
    source=BRANCHES_DOC,
    **clauses(PROJECTS, "C1.1.3"),
)
def developers_merge(project: Resource, view: View) -> Iterator[Hit]:
    """Who merges without an approval reviews their own work: one stolen session is then enough."""
    name, matched = default_rules(view, project)
    least = lowest(matched, "merge_access_levels")
    if least is None or least >= MAINTAINER:
        if odd(matched, "merge_access_levels"):
            raise _odd(project)
        return
    asked = setting(view, project, "approval_rules", facet=GitLabFacet.APPROVAL_RULES)
    if not any(row.get("approvals_required") for row in asked):
        yield Hit(
            says=f"{level_named(least)}s may merge into {name} of {project.name} and nobody need approve",
            because=tuple(matched),
        )


@check(
    id="gl.pb.force",
    title="Nobody may rewrite the default branch",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=RULES,
    remedy=("Turn off “Allowed to force push” for the rule.",),
    source=BRANCHES_DOC,
    **clauses(PROJECTS, "C1.1.16"),
)
def force(project: Resource, view: View) -> Iterator[Hit]:
    """A forced push rewrites what was reviewed, and leaves no trace of it in the branch."""
    name, matched = default_rules(view, project)
    for gate in matched:
        if gate.rules.get("allow_force_push") is True:
            yield Hit(says=f"{name} of {project.name} may be force-pushed, by the rule {gate.name}", because=(gate,))
    if any(not isinstance(gate.rules.get("allow_force_push"), bool) for gate in matched):
        raise Missing(project.ref, GitLabFacet.PROTECTED_BRANCHES, Cause.MISSING_FIELD, "allow_force_push was not told")


@check(
    id="gl.pb.wildcard_shadow",
    title="No wider rule opens what a narrower one closes",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=RULES,
    remedy=("Make the wider rule as strict as the narrower one, or remove it.",),
    source=f"{BRANCHES_DOC}#when-a-branch-matches-multiple-rules",
    **clauses(PROJECTS, "C1.1.20"),
)
def shadowed(project: Resource, view: View) -> Iterator[Hit]:
    """Where several rules match a branch the most permissive wins: a wildcard may quietly undo the rule that people look at."""
    living(view, project)
    every = rules(view, project)
    for strict in every:
        for wide in every:
            if wide is strict or not matches(wide.name, strict.name):
                continue
            here, there = lowest([strict], "push_access_levels"), lowest([wide], "push_access_levels")
            if there is not None and (here is None or there < here):
                yield Hit(
                    says=f"the rule {wide.name} of {project.name} lets {level_named(there)}s push where the rule {strict.name} does not",
                    because=(strict, wide),
                )
    if odd(every, "push_access_levels"):
        raise _odd(project)


@check(
    id="gl.pb.branch_create",
    title="Nobody makes branches where nobody may push",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=RULES,
    remedy=("Set “Allowed to merge” of the rule to Maintainers, or to those who cut releases.",),
    source=BRANCHES_DOC,
    **clauses(PROJECTS, "C1.1.15"),
)
def made_by_merging(project: Resource, view: View) -> Iterator[Hit]:
    """“No one” may push keeps nobody from making a branch of a matching name: whoever may merge there does, by page or API.

    Such a branch counts as protected, so that its jobs are given the protected variables and runners. It begins at a commit
    of a protected branch, and whoever made it may merge into it.
    """
    living(view, project)
    every = rules(view, project)
    open_: dict[str, list[str]] = {}
    for rule in every:
        if "*" not in rule.name:
            continue  # such a branch is there, or there is none of the name
        same = [rule, *(each for each in every if each is not rule and matches(each.name, rule.name))]
        told = not odd(same, "push_access_levels")  # what was not told may let somebody push
        if not told or lowest(same, "push_access_levels") is not None or named(same, "push_access_levels"):
            continue
        least = lowest(same, "merge_access_levels")
        if least is not None and least < MAINTAINER:
            open_.setdefault(f"{level_named(least)}s", []).append(rule.name)
        elif named(same, "merge_access_levels"):
            open_.setdefault("those whom a rule names", []).append(rule.name)
    for who, names in open_.items():
        yield Hit(
            says=f"{who} may make branches under {listed(names, 2)} of {project.name}, where nobody may push",
            because=tuple(each for each in every if each.name in names),
            weight=len(names),
        )
    if any(odd(every, field) for field in ("push_access_levels", "merge_access_levels")):
        raise _odd(project)


@check(
    id="gl.pb.codeowner",
    title="Code owners approve changes to the default branch",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=RULES,
    remedy=("Turn on “Code owner approval” for the rule, with a CODEOWNERS file.",),
    source=f"{DOCS}/user/project/codeowners/",
    **clauses(PROJECTS, "C1.1.6"),
)
def codeowners(project: Resource, view: View) -> Iterator[Hit]:
    """Without it whoever may merge decides about the pipeline file and what it deploys, whoever those files belong to."""
    name, matched = default_rules(view, project)
    told = [gate.rules.get("code_owner_approval_required") for gate in matched]
    if matched and not any(told):
        if None in told:
            raise Missing(
                project.ref,
                GitLabFacet.PROTECTED_BRANCHES,
                Cause.MISSING_FIELD,
                "code_owner_approval_required was not told",
            )
        yield Hit(says=f"no code owner need approve changes to {name} of {project.name}", because=tuple(matched))


@check(
    id="gl.pt.dev_tag",
    title="Developers create no tags that count as protected",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.PROTECTED_TAGS),
    remedy=("Let Maintainers alone create protected tags: Settings > Repository > Protected tags.",),
    source=f"{DOCS}/user/project/protected_tags/",
    **clauses(PROJECTS, "C1.1.20"),
)
def tags(project: Resource, view: View) -> Iterator[Hit]:
    """A pipeline for a protected tag is given the protected variables, whatever commit the tag is put on."""
    living(view, project)
    for gate in rules(view, project, "tag"):
        least = lowest([gate], "create_access_levels")
        if least is not None and least < MAINTAINER:
            yield Hit(
                says=f"{level_named(least)}s may create the protected tag {gate.name} of {project.name} on any commit",
                because=(gate,),
            )
        elif odd([gate], "create_access_levels"):
            raise _odd(project)
