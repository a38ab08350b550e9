"""Checks about repositories: what is left in those that nobody looks after, and what watches for leaked secrets."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.access.words import day
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import guard, sources
from pipewarden.checks.reading import is_archived, listed, living, many, moment
from pipewarden.checks.sections import REPOSITORIES
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

API = "https://docs.github.com/en/rest/repos/repos#get-a-repository"
HELD = {
    Kind.SECRET: "secret",
    Kind.DEPLOY_KEY: "deploy key",
    Kind.RUNNER: "runner",
    Kind.WEBHOOK: "webhook",
}
"""What a repository holds that opens something elsewhere, or is told of what happens in it."""


def _held(view: View, repository: Resource, *kinds: Kind) -> dict[Kind, int]:
    """Return how many of each a repository holds, its environments' secrets included."""
    found: dict[Kind, int] = {}
    for each in view.inside(repository.ref, *kinds):
        found[each.ref.kind] = found.get(each.ref.kind, 0) + 1
    if Kind.SECRET in kinds:
        for environment in view.inside(repository.ref, Kind.ENVIRONMENT):
            more = sum(1 for _ in view.inside(environment.ref, Kind.SECRET))
            if more:
                found[Kind.SECRET] = found.get(Kind.SECRET, 0) + more
    return found


def _words(held: dict[Kind, int]) -> str:
    return listed(
        many(count, HELD[kind]) for kind, count in sorted(held.items(), key=lambda each: list(HELD).index(each[0]))
    )


@check(
    id="gh.repo.stale_privileged",
    title="Repositories that nobody works on hold nothing",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_SECRETS, Facet.REPO_KEYS, Facet.REPO_RUNNERS, Facet.REPO_ENVIRONMENTS),
    limits=("repository_stale_days",),
    remedy=(
        "Revoke and delete what it holds.",
        "Archive it: Settings > Danger Zone > Archive this repository.",
    ),
    source=f"{API} (pushed_at)",
    **clauses(REPOSITORIES, "C1.2.7 O7"),
)
def stale(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """Its keys and secrets still open what they opened; its rules, actions and writers are those of back then."""
    living(view, repository)
    pushed = moment(view.given(repository, "pushed_at", facet=Facet.REPO_SETTINGS))
    if not view.older(pushed, limits.repository_stale_days):
        return
    held = _held(view, repository, Kind.SECRET, Kind.DEPLOY_KEY, Kind.RUNNER)
    if held:
        age = (view.as_of - pushed).days
        yield Hit(
            says=f"nobody has pushed to {repository.name} since {day(pushed)}, {many(age, 'day')} ago; "
            f"it still holds {_words(held)}",
            weight=sum(held.values()),
        )


@check(
    id="gh.repo.public_unexpected",
    title="Only repositories that are meant to be public are",
    severity=Severity.HIGH,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS,),
    limits=("public_repositories",),
    remedy=(
        "Make it private: Settings > Danger Zone > Change visibility; or add it to checks.limits.public_repositories.",
        "Treat what it held as read by strangers: rotate its secrets, and those in its history.",
    ),
    source=f"{API} (visibility)",
    **clauses(REPOSITORIES, "C1.2.6 AC-22"),
)
def public_unexpected(repository: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """A repository is made public with two clicks, and nobody is asked; whether that was meant, only a list can tell."""
    meant = {name.lower() for name in limits.public_repositories}
    if not meant:
        raise NotApplicable("no list of repositories that are meant to be public is set")
    visibility = view.given(repository, "visibility", facet=Facet.REPO_SETTINGS)
    if visibility == "public" and repository.name.lower() not in meant:
        yield Hit(says=f"{repository.name} is public and not on the list of those that are meant to be")


@check(
    id="gh.repo.archived_with_access",
    title="Archived repositories hold nothing",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_SECRETS, Facet.REPO_KEYS, Facet.REPO_WEBHOOKS, Facet.REPO_ENVIRONMENTS),
    remedy=("Revoke the credentials where they come from; unarchive, delete what it holds, archive again.",),
    source="https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories",
    **clauses(REPOSITORIES, "C1.2.7"),
)
def archived(repository: Resource, view: View) -> Iterator[Hit]:
    """Nothing uses these credentials any more, they still work, and one click opens the repository again."""
    if not is_archived(view, repository):
        raise NotApplicable(f"{repository.name} is in use")
    held = _held(view, repository, Kind.SECRET, Kind.DEPLOY_KEY, Kind.WEBHOOK)
    if held:
        yield Hit(says=f"{repository.name} is archived and still holds {_words(held)}", weight=sum(held.values()))


@check(
    id="gh.repo.secret_scanning",
    title="Secrets are looked for, and stopped before they are pushed",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_SECURITY),
    remedy=(
        "Settings > Advanced Security > Secret Protection and Push protection: enable.",
        "For all repositories at once attach a security configuration of the organization.",
    ),
    source=f"{API} (security_and_analysis)",
    **clauses(REPOSITORIES, "C1.5.1 O6"),
)
def secret_scanning(repository: Resource, view: View) -> Iterator[Hit]:
    """A key in the history is found by whoever reads it first; push protection keeps it from getting there."""
    living(view, repository)
    off = [
        words
        for field, words in (
            ("secret_scanning", "secret scanning"),
            ("secret_scanning_push_protection", "push protection"),
        )
        if view.given(repository, "security_and_analysis", field, "status", facet=Facet.REPO_SECURITY) != "enabled"
    ]
    if off:
        yield Hit(says=f"{listed(off)} {'are' if len(off) > 1 else 'is'} off in {repository.name}", weight=len(off))


@check(
    id="gh.repo.automerge",
    title="What merges by itself was reviewed",
    severity=Severity.LOW,
    subject=Kind.REPOSITORY,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=("Require a review, and dismiss approvals when commits are added; or switch Allow auto-merge off.",),
    source=f"{API} (allow_auto_merge)",
    **clauses(REPOSITORIES, "C1.1.3"),
)
def automerge(repository: Resource, view: View) -> Iterator[Hit]:
    """With auto-merge or a queue a change merges the moment its rules allow: where they ask for no review, unseen."""
    found = guard(view, repository)
    allowed = view.given(repository, "allow_auto_merge", facet=Facet.REPO_SETTINGS)
    if not allowed and not found.merge_queue:
        raise NotApplicable(f"nothing merges by itself in {repository.name}")
    if found.required_reviews < 1:
        how = "the merge queue" if found.merge_queue else "auto-merge"
        yield Hit(
            says=f"{how} of {repository.name} merges changes to {found.branch} that nobody reviewed",
            because=(repository, *sources(found, repository)),
        )
