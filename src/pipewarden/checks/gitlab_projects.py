"""Checks about GitLab projects: protected branches and tags, merge requests, who is a member."""

from collections.abc import Iterator

from pipewarden.access.gitlab.levels import MAINTAINER, level_named
from pipewarden.access.gitlab.protected import matches
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import (
    DOCS,
    PEOPLE,
    PROJECTS,
    default_rules,
    living,
    lowest,
    odd,
    rules,
    setting,
)
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, Cause, GrantKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

BRANCHES_DOC = f"{DOCS}/user/project/repository/branches/protected/"
APPROVALS_DOC = f"{DOCS}/user/project/merge_requests/approvals/settings/"
PROTECT = "Protect the branch: Settings > Repository > Protected branches, pushing and merging for Maintainers."
RULES = (GitLabFacet.PROJECTS, GitLabFacet.PROTECTED_BRANCHES)
MERGING = "Settings > Merge requests > Merge checks"


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


@check(
    id="gl.mr.approvals",
    title="Merge requests need an approval",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVAL_RULES),
    remedy=("Ask for one approval at least: Settings > Merge requests > Approval rules.",),
    source=f"{DOCS}/user/project/merge_requests/approvals/rules/",
    **clauses(PROJECTS, "C1.1.3"),
)
def approvals(project: Resource, view: View) -> Iterator[Hit]:
    """A change that nobody else saw is as good as its author's session."""
    living(view, project)
    asked = setting(view, project, "approval_rules", facet=GitLabFacet.APPROVAL_RULES)
    if not any(row.get("approvals_required") for row in asked):
        yield Hit(says=f"merge requests of {project.name} need no approval")


@check(
    id="gl.mr.author",
    title="Authors do not approve their own merge requests",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=("Turn on “Prevent approval by author”: Settings > Merge requests > Approval settings.",),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.3 AC-5"),
)
def author(project: Resource, view: View) -> Iterator[Hit]:
    """An approval by the author is no second pair of eyes."""
    living(view, project)
    if setting(view, project, "approvals", "merge_requests_author_approval", facet=GitLabFacet.APPROVALS) is True:
        yield Hit(says=f"authors may approve their own merge requests in {project.name}")


@check(
    id="gl.mr.committer",
    title="Who added commits does not approve them",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=("Turn on “Prevent approvals by users who add commits”: Settings > Merge requests > Approval settings.",),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.3 AC-5"),
)
def committer(project: Resource, view: View) -> Iterator[Hit]:
    """Who pushes to somebody's branch and then approves it has approved their own work."""
    living(view, project)
    if (
        setting(view, project, "approvals", "merge_requests_disable_committers_approval", facet=GitLabFacet.APPROVALS)
        is False
    ):
        yield Hit(says=f"who adds commits to a merge request of {project.name} may approve it")


@check(
    id="gl.mr.override",
    title="Approval rules cannot be changed in the merge request",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=(
        "Turn on “Prevent editing approval rules in merge requests”: Settings > Merge requests > Approval settings.",
    ),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.3"),
)
def override(project: Resource, view: View) -> Iterator[Hit]:
    """A rule that the author of a change may edit away guards against nobody."""
    living(view, project)
    if (
        setting(
            view, project, "approvals", "disable_overriding_approvers_per_merge_request", facet=GitLabFacet.APPROVALS
        )
        is False
    ):
        yield Hit(says=f"approval rules of {project.name} may be edited in each merge request")


@check(
    id="gl.mr.persist",
    title="An approval does not outlive new commits",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.APPROVALS),
    remedy=("Choose “Remove all approvals” when a commit is added: Settings > Merge requests > Approval settings.",),
    source=APPROVALS_DOC,
    **clauses(PROJECTS, "C1.1.4"),
)
def persist(project: Resource, view: View) -> Iterator[Hit]:
    """What was approved and what is merged are then two things: the last commit is seen by nobody."""
    living(view, project)
    reset = setting(view, project, "approvals", "reset_approvals_on_push", facet=GitLabFacet.APPROVALS)
    if reset is False:
        kept = view.attribute(project, "approvals", "selective_code_owner_removals", default=False) is True
        which = "approvals other than of code owners" if kept else "approvals"
        yield Hit(says=f"{which} of merge requests of {project.name} stay when commits are added")


@check(
    id="gl.mr.pipeline",
    title="Merging waits for the pipeline",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=(f"Turn on “Pipelines must succeed”, and off “Skipped pipelines are considered successful”: {MERGING}.",),
    source=f"{DOCS}/user/project/merge_requests/auto_merge/#require-a-successful-pipeline-for-merge",
    **clauses(PROJECTS, "C1.1.9"),
)
def pipeline(project: Resource, view: View) -> Iterator[Hit]:
    """Tests and scanners that a merge does not wait for guard nothing."""
    living(view, project)
    if setting(view, project, "only_allow_merge_if_pipeline_succeeds", facet=GitLabFacet.PROJECTS) is False:
        yield Hit(says=f"merge requests of {project.name} may be merged while the pipeline fails")
    elif setting(view, project, "allow_merge_on_skipped_pipeline", facet=GitLabFacet.PROJECTS) is True:
        yield Hit(says=f"a skipped pipeline counts as a success in {project.name}")


@check(
    id="gl.mr.discussions",
    title="Threads are resolved before merging",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS,),
    remedy=(f"Turn on “All threads must be resolved”: {MERGING}.",),
    source=f"{DOCS}/user/project/merge_requests/#prevent-merge-unless-all-threads-are-resolved",
    **clauses(PROJECTS, "C1.1.11"),
)
def discussions(project: Resource, view: View) -> Iterator[Hit]:
    """An objection that nobody answered is merged over."""
    living(view, project)
    if setting(view, project, "only_allow_merge_if_all_discussions_are_resolved", facet=GitLabFacet.PROJECTS) is False:
        yield Hit(says=f"merge requests of {project.name} may be merged over open threads")


@check(
    id="gl.mr.signed",
    title="Push rules refuse unsigned commits and secrets",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.PUSH_RULE),
    remedy=(
        "Turn on “Reject unsigned commits” and “Prevent pushing secret files”: Settings > Repository > Push rules.",
    ),
    source=f"{DOCS}/user/project/repository/push_rules/",
    **clauses(PROJECTS, "C1.1.12"),
)
def signed(project: Resource, view: View) -> Iterator[Hit]:
    """An author's name in a commit is a claim; a signature proves it."""
    living(view, project)
    rule = view.attribute(project, "push_rule", facet=GitLabFacet.PUSH_RULE) or {}
    if rule.get("reject_unsigned_commits") is not True:
        yield Hit(says=f"{project.name} takes commits that nobody signed")


@check(
    id="gl.mr.status_check",
    title="External status checks are waited for",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.STATUS_CHECKS),
    remedy=(f"Turn on “Status checks must succeed”: {MERGING}.",),
    source=f"{DOCS}/user/project/merge_requests/status_checks/",
    **clauses(PROJECTS, "C1.1.9"),
)
def status_checks(project: Resource, view: View) -> Iterator[Hit]:
    """A check that a merge does not wait for is a notice."""
    living(view, project)
    if not setting(view, project, "status_checks", facet=GitLabFacet.STATUS_CHECKS):
        return
    if setting(view, project, "only_allow_merge_if_all_status_checks_passed", facet=GitLabFacet.PROJECTS) is False:
        yield Hit(says=f"merge requests of {project.name} may be merged while external checks fail")


@check(
    id="gl.member.direct",
    title="People get access to projects through groups",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.MEMBERS),
    remedy=("Put the person into a group that has the project, and remove the direct membership.",),
    source=f"{DOCS}/user/project/members/",
    **clauses(PEOPLE, "AC-6"),
)
def direct(project: Resource, view: View) -> Iterator[Hit]:
    """What is granted one by one is forgotten one by one: nobody finds it when a person changes teams."""
    living(view, project)
    for grant in view.grants_on(project.ref):
        account = view.find(grant.principal)
        if grant.kind is GrantKind.DIRECT and isinstance(account, Account):
            yield Hit(
                says=f"{account.name} is a member of {project.name} directly and not through a group",
                about=account,
                on=project,
                because=(grant,),
            )


@check(
    id="gl.member.no_expiry",
    title="Access of external people ends by itself",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(GitLabFacet.PROJECTS, GitLabFacet.MEMBERS, GitLabFacet.USERS),
    remedy=("Set the day on which the membership ends: Manage > Members > Expiration.",),
    source=f"{DOCS}/user/project/members/#add-users-to-a-project",
    **clauses(PEOPLE, "AC-2"),
)
def no_expiry(project: Resource, view: View) -> Iterator[Hit]:
    """Contractors leave without anybody telling; a day of ending asks whether they still need it."""
    living(view, project)
    for grant in view.grants_on(project.ref):
        account = view.find(grant.principal)
        if grant.kind is not GrantKind.DIRECT or not isinstance(account, Account) or grant.expires is not None:
            continue
        if view.attribute(account, "external", facet=GitLabFacet.USERS) is True:
            yield Hit(
                says=f"{account.name} is external and a member of {project.name} without an end",
                about=account,
                on=project,
                because=(grant,),
            )
