"""What checks about branches ask first: what guards a repository's default branch, and who could push to it."""

from collections.abc import Iterable

from pipewarden.access.github.protection import Protection, applying_rulesets, hidden_bypass, unread_rule
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.reading import accounts_at, living, many, need_where_offered
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gate, Resource


def guard(view: View, repository: Resource) -> Protection:
    """Return what guards the default branch of a repository in use.

    Raises NotApplicable for an archived or empty repository and Missing where rules were not read.
    """
    known = view.memo["guards of default branches"]  # some thirty checks ask the same question
    found: Protection | None = known.get(repository.ref)
    if found is None:
        in_use(view, repository)
        found = known[repository.ref] = view.protection(repository)
    return found


def in_use(view: View, repository: Resource) -> None:
    """Raise NotApplicable where nobody can push or there is no branch yet, Missing where rules are hidden."""
    living(view, repository)
    if view.attribute(repository, "empty", default=False) is True:
        raise NotApplicable(f"{repository.name} has no commit yet")
    organization = view.organization_of(repository)
    if organization is not None:
        need_where_offered(view, organization.ref, Facet.ORG_RULESETS)


def existing(view: View, repository: Resource) -> Protection:
    """Return what guards the default branch, NotApplicable where nothing does: one finding says that already."""
    found = guard(view, repository)
    if not found.exists:
        raise NotApplicable(f"nothing guards {found.branch} of {repository.name}: gh.bp.none tells it")
    return found


def reviewed(view: View, repository: Resource) -> Protection:
    """Return what guards the default branch where a review is required, NotApplicable elsewhere."""
    found = guard(view, repository)
    if found.required_reviews < 1:
        raise NotApplicable(f"{found.branch} of {repository.name} needs no review: gh.bp.reviews_0 tells it")
    return found


def bypass_seen(gate: Gate) -> None:
    """Raise Missing where the bypass list of a ruleset is hidden: absent is not empty."""
    if gate.bypass is None:
        raise Missing(
            gate.resource,
            Facet.REPO_RULESETS,
            Cause.UNEXPECTED if gate.rules.get("bypass_unread") else Cause.MISSING_FIELD,
            hidden_bypass(gate),
            "" if gate.rules.get("bypass_unread") else "administration: write",
        )


def understood(repository: Resource, gates: Iterable[Gate]) -> None:
    """Raise Missing where a rule of some rulesets was not understood: it may ask what the others do not."""
    for says in filter(None, map(unread_rule, gates)):
        raise Missing(repository.ref, Facet.REPO_RULESETS, Cause.UNEXPECTED, says)


def tag_rules(view: View, repository: Resource, tag: str = "v1.0.0") -> list[Gate]:
    """Return the active rulesets that guard a tag."""
    gates = view.repository_gates(repository)
    return [gate for gate in applying_rulesets(gates, tag, "", "tag") if gate.target == "tag"]


def sources(found: Protection, repository: Resource) -> tuple[Gate | Resource, ...]:
    """Return the rules that guard a branch, as proof; where there are none, the repository."""
    rules = ((found.classic,) if found.classic else ()) + found.rulesets
    return rules[:10] or (repository,)


def pushers(view: View, repository: Resource) -> int:
    """Return how many accounts have write access to a repository."""
    return len(accounts_at(view, repository, Level.WRITE))


def writers(view: View, repository: Resource) -> str:
    """Return those who may write, in a sentence: `3 people with write access`."""
    return f"{many(pushers(view, repository), 'person', 'people')} with write access"
