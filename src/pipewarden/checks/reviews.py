"""Checks about the review that a change to the default branch needs."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.branches import NEEDS, RULES, RULES_DOC
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import existing, guard, reviewed, sources, writers
from pipewarden.checks.reading import listed, quoted
from pipewarden.checks.sections import BRANCHES
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="gh.bp.reviews_0",
    title="Somebody else reviews every change",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require a pull request with at least one approval.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.3 O1"),
)
def no_review(repository: Resource, view: View) -> Iterator[Hit]:
    """Without a required approval one stolen account changes what is built and deployed, alone.

    A required pull request that asks for no approval can be opened and merged by one person.
    """
    found = guard(view, repository)
    if found.required_reviews < 1 and not found.locked:
        how = "by a pull request of their own" if found.requires_pull_request else "without a review"
        yield Hit(
            says=f"{writers(view, repository)} can change {found.branch} of {repository.name} {how}",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.reviews_lt2",
    title="Two people approve a change",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require two approvals, at least where production is deployed from.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.3 O1"),
)
def one_review(repository: Resource, view: View) -> Iterator[Hit]:
    """With one approval, two accounts in one hand are enough; the benchmark asks for two approvals."""
    found = reviewed(view, repository)
    if found.required_reviews == 1:
        found.settled()
        yield Hit(
            says=f"one approval is enough to change {found.branch} of {repository.name}",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.stale_dismiss",
    title="An approval ends with the next push",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: dismiss stale pull request approvals when new commits are pushed.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.4"),
)
def approval_survives(repository: Resource, view: View) -> Iterator[Hit]:
    """Otherwise one gets a harmless change approved, adds another to it, and merges both.

    Asking that the last push be approved by somebody else stops the same trick.
    """
    found = reviewed(view, repository)
    if not found.dismisses_stale and not found.last_push_approval:
        yield Hit(
            says=f"an approval for {found.branch} of {repository.name} still counts after more commits were added",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.last_push",
    title="Whoever pushed last does not approve",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(f"{RULES}: require approval of the most recent reviewable push.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.3 AC-5"),
)
def last_push(repository: Resource, view: View) -> Iterator[Hit]:
    """An author may not approve, but somebody else may push to the author's branch and approve their own commits."""
    found = reviewed(view, repository)
    if not found.last_push_approval:
        yield Hit(
            says=f"whoever pushes to somebody else's pull request for {found.branch} of {repository.name} can also approve it",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.dismissal_open",
    title="Only named people dismiss a review",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=("Settings > Branches > the rule > Restrict who can dismiss pull request reviews.",),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.5"),
)
def dismissal_open(repository: Resource, view: View) -> Iterator[Hit]:
    """A reviewer's demand for changes stops the merge only until somebody with write access dismisses it."""
    found = reviewed(view, repository)
    if not found.dismissal_restricted:
        yield Hit(
            says=f"{writers(view, repository)} can dismiss reviews of changes to {found.branch} of {repository.name}",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.codeowner_review",
    title="Code owners review what they own",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=(
        "Name the owners of sensitive paths in .github/CODEOWNERS.",
        f"{RULES}: require review from code owners.",
    ),
    source=RULES_DOC,
    **clauses(BRANCHES, "C1.1.6"),
)
def owners_skip(repository: Resource, view: View) -> Iterator[Hit]:
    """Any approval would do, also for pipelines and infrastructure, from whoever may write."""
    found = reviewed(view, repository)
    if not found.code_owner_review:
        yield Hit(
            says=f"changes to {found.branch} of {repository.name} need no review by a code owner",
            because=sources(found, repository),
        )


@check(
    id="gh.bp.bypass_pr",
    title="Nobody merges past the review",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=("Settings > Branches > the rule > Allow specified actors to bypass: take them off the list.",),
    source="https://docs.github.com/en/rest/branches/branch-protection (bypass_pull_request_allowances)",
    **clauses(BRANCHES, "C1.1.3 O1"),
)
def bypass_pull_request(repository: Resource, view: View) -> Iterator[Hit]:
    """Each name on the list changes the branch without a second person; each is worth stealing for that alone."""
    found = existing(view, repository)
    if found.classic is None:
        raise NotApplicable(f"no classic rule guards {found.branch} of {repository.name}: see gh.rs.bypass_always")
    named = [
        each.name if each.kind == "User" and each.name else f"{each.kind.lower()} {each.name or each.id}"
        for each in found.bypass
        if each.what == "pull_request"
    ]
    if named:
        yield Hit(
            says=f"{listed(named)} can push to {found.branch} of {repository.name} without a pull request "
            f"(the rule {quoted(found.classic.name)} names them)",
            because=(found.classic,),
            weight=len(named),
        )
