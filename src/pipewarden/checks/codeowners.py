"""Checks about CODEOWNERS: whether pipelines have owners, whether these count, and whether they are still there."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.guards import guard, in_use, sources
from pipewarden.checks.once import once
from pipewarden.checks.reading import has_workflows, listed, many
from pipewarden.checks.sections import REPOSITORIES
from pipewarden.model.access import Level
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.codeowners import Codeowners, Rule

DOC = (
    "https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/"
    "customizing-your-repository/about-code-owners"
)
NEEDS = (Facet.REPO_SETTINGS, Facet.REPO_CODEOWNERS)
PIPELINE = ".github/workflows/any-new-name.yml"
"""Stands for every workflow file: one that exists could be owned while a new one is not."""


def _file(view: View, repository: Resource) -> Codeowners | None:
    """Return the CODEOWNERS file of a repository in use, None where there is none."""
    in_use(view, repository)
    found = view.attribute(repository, "codeowners", facet=Facet.REPO_CODEOWNERS)
    if found is None:
        return None
    rules = view.given(repository, "codeowners_rules", facet=Facet.REPO_CODEOWNERS)
    return Codeowners(
        path=str(found.get("path") or "CODEOWNERS"),
        rules=tuple(
            Rule(
                str(r.get("pattern")),
                tuple(str(o) for o in r.get("owners") or ()),
                int(r.get("line") or 0),
                int(r.get("column") or 0),
            )
            for r in rules
        ),
        faults=(),
    )


def _present(view: View, repository: Resource) -> Codeowners:
    found = _file(view, repository)
    if found is None:
        raise NotApplicable(f"{repository.name} has no CODEOWNERS: gh.repo.codeowners_missing tells it")
    return found


@check(
    id="gh.repo.codeowners_missing",
    title="Pipelines have owners",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(*NEEDS, Facet.REPO_WORKFLOWS),
    remedy=(
        "Add a line to .github/CODEOWNERS: /.github/ @ORG/TEAM.",
        "Require review from code owners on the default branch.",
    ),
    source=DOC,
    **clauses(REPOSITORIES, "C1.1.6"),
)
def missing(repository: Resource, view: View) -> Iterator[Hit]:
    """Nobody in particular is asked when a pipeline changes: any approval of any writer is enough.

    Asked where a repository has workflows.
    """
    found = _file(view, repository)
    if not has_workflows(view, repository):
        raise NotApplicable(f"{repository.name} has no workflow")
    if found is None:
        yield Hit(says=f"{repository.name} has workflows and no CODEOWNERS")
    elif not found.owners_of(PIPELINE):
        yield Hit(says=f"the workflows of {repository.name} have no owner in {found.path}", file=found.path)


@check(
    id="gh.repo.codeowners_unenforced",
    title="Owners are asked for their review",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(*NEEDS, Facet.REPO_PROTECTION, Facet.REPO_RULESETS),
    remedy=("Require review from code owners in the rule of the default branch.",),
    source=DOC,
    **clauses(REPOSITORIES, "C1.1.6"),
)
def unenforced(repository: Resource, view: View) -> Iterator[Hit]:
    """The file then only suggests reviewers; a change to what they own is merged with anybody's approval."""
    found = _present(view, repository)
    protection = guard(view, repository)
    if not protection.code_owner_review:
        yield Hit(
            says=f"{repository.name} has {found.path}, but changes to {protection.branch} need no review by the owners it names",
            because=(repository, *sources(protection, repository)),
        )


@check(
    id="gh.repo.codeowners_self",
    title="CODEOWNERS is owned",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=NEEDS,
    remedy=("Add a last line to the file for itself: /.github/CODEOWNERS @ORG/TEAM.",),
    source=f"{DOC} (CODEOWNERS and branch protection)",
    **clauses(REPOSITORIES, "C1.1.6 O1"),
)
def owns_itself(repository: Resource, view: View) -> Iterator[Hit]:
    """Whoever wants to be rid of the owners first changes the file that names them; nobody is asked about that."""
    found = _present(view, repository)
    if not found.owners_of(found.path):
        yield Hit(says=f"{found.path} of {repository.name} has no owner itself", file=found.path)


@once
def _ordinals(view: View) -> dict[str, int]:
    """Return accounts and teams as CODEOWNERS names them, in lower case."""
    return {
        f"@{view.snapshot.name_of(ordinal).lower()}": ordinal
        for ordinal in view.snapshot.ordinals(Kind.ACCOUNT, Kind.GROUP).tolist()
    }


def _writes(view: View, owner: int | None, repository: Resource) -> bool:
    """Tell whether an account or team that a line names has write access."""
    return owner is not None and view.level(view.snapshot.ref(owner), repository.ref) >= Level.WRITE


@check(
    id="gh.repo.codeowners_invalid",
    title="Owners of code are there and may write",
    severity=Severity.MEDIUM,
    subject=Kind.REPOSITORY,
    needs=(*NEEDS, Facet.REPO_COLLABORATORS, Facet.ORG_TEAMS, Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS),
    remedy=("Name a team that has write access, and is visible, in the line; correct the lines GitHub skips.",),
    source=f"{DOC}; GET /repos/{{owner}}/{{repo}}/codeowners/errors",
    **clauses(REPOSITORIES, "C1.1.6"),
)
def invalid(repository: Resource, view: View) -> Iterator[Hit]:
    """GitHub skips a line with a mistake and an owner who may not write, without a word: the path is then unowned."""
    found = _present(view, repository)
    errors = view.attribute(repository, "codeowners", "errors", default=None) or []
    known = _ordinals(view)
    owners: dict[str, Rule] = {}
    for rule in found.rules:
        for owner in rule.owners:
            if owner.startswith("@"):
                owners.setdefault(owner, rule)
    gone = {name: rule for name, rule in owners.items() if not _writes(view, known.get(name.lower()), repository)}
    if not errors and not gone:
        return
    told = [f"{listed(gone)} cannot write"] if gone else []
    told += [f"GitHub skips {many(len(errors), 'line')}"] if errors else []
    first = next(iter(gone.values()), None)
    line = first.line if first is not None else int(errors[0].get("line") or 0)
    column = first.column if first is not None else int(errors[0].get("column") or 0)
    yield Hit(
        says=f"{found.path} of {repository.name} does not do what it says: {' and '.join(told)}",
        file=found.path,
        line=line,
        column=column,
        weight=len(gone) + len(errors),
    )
