"""Checks about what guards the default branch: whether anything does, and which pushes it stops."""

from collections.abc import Iterator

from pipewarden.access.github.protection import ruleset_rules
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import existing, guard, pushers, sources, writers
from pipewarden.checks.reading import listed, many, quoted
from pipewarden.checks.sections import BRANCHES
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

NEEDS = (Facet.REPO_SETTINGS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS)
RULES = "Settings > Rules > Rulesets > New branch ruleset, target Default, enforcement Active"
DOC = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-protected-branches/about-protected-branches"
)
RULES_DOC = (
    "https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/"
    "managing-rulesets/available-rules-for-rulesets"
)


@check(
    id="gh.bp.none",
    title="The default branch is guarded",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        f"{RULES}: require a pull request, restrict deletions, block force pushes.",
        "For every repository at once make it a ruleset of the organization, first in evaluate mode.",
    ),
    source=DOC,
    **clauses(BRANCHES, "C1.1.20 C1.1.7 O1"),
)
def branch_unguarded(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write may push anything to the branch that is built and deployed, and rewrite its history.

    A ruleset that is disabled or only evaluates protects nothing.
    """
    found = guard(view, repository)
    if not found.exists:
        yield Hit(
            says=f"nothing guards {found.branch} of {repository.name}: {writers(view, repository)} can push to it",
            because=(repository,),
            weight=pushers(view, repository),
        )


@check(
    id="gh.bp.push_unrestricted",
    title="Nobody pushes to the default branch directly",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require a pull request before merging.",),
    source=DOC,
    **clauses(BRANCHES, "C1.1.15"),
)
def push_unrestricted(repository: Resource, view: View) -> Iterator[Hit]:
    """A direct push needs no second person: one account is enough to change what runs.

    A required pull request, a merge queue, a lock, or a list of who may push each close it.
    """
    found = guard(view, repository)
    if not (found.requires_pull_request or found.restricts_push or found.locked or found.merge_queue):
        yield Hit(
            says=f"{writers(view, repository)} can push to {found.branch} of {repository.name} without a pull request",
            because=sources(found, repository),
            weight=pushers(view, repository),
        )


@check(
    id="gh.bp.force_push",
    title="The history of the default branch cannot be rewritten",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: block force pushes (rule non_fast_forward).",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.16"),
)
def force_push(repository: Resource, view: View) -> Iterator[Hit]:
    """A forced push replaces commits that were reviewed by others that were not, and removes the trace."""
    found = guard(view, repository)
    if not found.blocks_force_push and not found.locked:
        yield Hit(
            says=f"{writers(view, repository)} can rewrite the history of {found.branch} of {repository.name}",
            because=sources(found, repository),
            weight=pushers(view, repository),
        )


@check(
    id="gh.bp.delete",
    title="The default branch cannot be deleted by a push",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: restrict deletions.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.17"),
)
def deletion(repository: Resource, view: View) -> Iterator[Hit]:
    """GitHub itself keeps a branch from deletion only while it is the default; a rule also guards it afterwards.

    Without the rule whoever deletes and makes the branch anew starts it at a commit of their choice.
    """
    found = guard(view, repository)
    if not found.blocks_deletion:
        yield Hit(
            says=f"no rule keeps {found.branch} of {repository.name} from being deleted",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.status_checks",
    title="The default branch takes only what was tested on its last state",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require status checks, on branches that are up to date.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.9 C1.1.10"),
)
def status_checks(repository: Resource, view: View) -> Iterator[Hit]:
    """Tests and scans that may fail without stopping a merge stop nothing.

    A merge queue, and a required workflow, test the merged state too.
    """
    found = guard(view, repository)
    if not found.status_checks and not found.required_workflows:
        says = f"{found.branch} of {repository.name} takes changes without any required status check"
    elif found.status_checks and not found.strict_checks and not found.merge_queue:
        says = (
            f"{found.branch} of {repository.name} takes changes that were checked on an older state "
            f"({listed(name for name, _ in found.status_checks)})"
        )
    else:
        return
    yield Hit(says=says, because=sources(found, repository))


@check(
    id="gh.bp.status_check_any_source",
    title="Required checks are accepted from one app only",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=("In the rule choose the app that must report each required check, instead of any source.",),
    source="https://docs.github.com/en/rest/repos/rules (required_status_checks[].integration_id)",
    **clauses(BRANCHES, "C1.1.9 O1 O5"),
)
def check_any_source(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write can post a status of any name by the API: a check that names no app can be faked green."""
    found = guard(view, repository)
    if not found.status_checks:
        raise NotApplicable(f"{found.branch} of {repository.name} requires no status check")
    bound = {name for name, app in found.status_checks if app}
    loose = [name for name, app in found.status_checks if not app and name not in bound]
    if loose:
        yield Hit(
            says=f"whoever can write to {repository.name} can report {many(len(loose), 'required check')} of "
            f"{found.branch} as passed ({listed(loose)})",
            because=sources(found, repository),
            weight=len(loose),
        )


@check(
    id="gh.bp.conversation",
    title="Open conversations stop a merge",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require conversation resolution before merging.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.11"),
)
def conversation(repository: Resource, view: View) -> Iterator[Hit]:
    """A reviewer's unanswered objection would otherwise be merged over."""
    found = existing(view, repository)
    if not found.conversation_resolution:
        yield Hit(
            says=f"{found.branch} of {repository.name} takes changes with unresolved conversations",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.signed",
    title="Commits on the default branch are signed",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        "Let everybody set up a signing key first: unsigned commits are refused at once.",
        f"{RULES}: require signed commits.",
    ),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.12"),
)
def unsigned(repository: Resource, view: View) -> Iterator[Hit]:
    """The author of an unsigned commit is whatever name the committer typed."""
    found = existing(view, repository)
    if not found.signatures:
        yield Hit(
            says=f"{found.branch} of {repository.name} takes commits that nobody signed",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.linear",
    title="The default branch has a linear history",
    severity=Severity.INFO,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require linear history; merge by squash or rebase.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.13"),
)
def history_branches(repository: Resource, view: View) -> Iterator[Hit]:
    """A merge commit may hold changes that are in neither of its parents; a straight line is easier to audit."""
    found = existing(view, repository)
    if not found.linear_history:
        yield Hit(says=f"{found.branch} of {repository.name} takes merge commits", because=sources(found, repository))


@check(
    id="gh.bp.admins_exempt",
    title="Rules bind administrators too",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        "Settings > Branches > the rule > Do not allow bypassing the above settings.",
        "Better, replace the rule by a ruleset whose bypass list names who may pass, and only by pull request.",
    ),
    source=DOC,
    **clauses(BRANCHES, "C1.1.14 O1"),
)
def admins_exempt(repository: Resource, view: View) -> Iterator[Hit]:
    """A classic rule that leaves administrators out leaves out the accounts most worth stealing.

    Where a ruleset demands the pull request as well, it binds them: rules add up.
    """
    found = existing(view, repository)
    if found.classic is None:
        raise NotApplicable(f"no classic rule guards {found.branch} of {repository.name}")
    if "isAdminEnforced" not in found.classic.rules:
        raise Missing(repository.ref, Facet.REPO_PROTECTION, Cause.MISSING_FIELD, "isAdminEnforced was not given")
    bound = any(kind == "pull_request" for gate in found.rulesets for kind, _ in ruleset_rules(gate))
    if found.admins_exempt and not bound:
        found.settled()
        yield Hit(
            says=f"administrators of {repository.name} can push to {found.branch} past its rule {quoted(found.classic.name)}",
            because=(found.classic,),
        )
