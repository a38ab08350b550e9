"""Checks about variables: values that everybody with read access to the settings sees."""

from collections.abc import Iterator

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.names import is_production
from pipewarden.checks.reading import listed, living, many
from pipewarden.checks.sections import SECRETS
from pipewarden.checks.sharing import name_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource, Use
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

DOC = "https://docs.github.com/en/actions/concepts/workflows-and-actions/variables"


@check(
    id="gh.var.secretlike",
    title="No variable holds a secret",
    severity=Severity.HIGH,
    subject=Kind.VARIABLE,
    remedy=("Revoke what it holds: it was readable.", "Store the new one as a secret and delete the variable."),
    source=f"{DOC} (variables are shown as they are)",
    **clauses(SECRETS, "O6 C1.5.1"),
)
def secretlike(variable: Resource, view: View) -> Iterator[Hit]:
    """Variables are not masked in logs and are shown to everybody who may write.

    The value is compared with known shapes while it is read, and is not kept.
    """
    if view.given(variable, "looks_secret"):
        holder = view.find(variable.parent)
        yield Hit(
            says=f"the value of the variable {variable.name.removeprefix('var:')} looks like a secret, "
            "and whoever can write can read it",
            on=holder,
        )


@check(
    id="gh.var.tamper",
    title="What steers a deployment is kept with the environment",
    severity=Severity.LOW,
    subject=Kind.WORKFLOW,
    needs=(Facet.REPO_SETTINGS, Facet.REPO_WORKFLOWS, Facet.REPO_VARIABLES),
    remedy=("Move the variable to the environment: only administrators change it there.",),
    source="https://docs.github.com/en/rest/actions/variables (collaborators with write access update variables)",
    **clauses(SECRETS, "O5"),
)
def tamper(workflow: Resource, view: View) -> Iterator[Hit]:
    """Whoever may write changes the variable, without commit and review, and the next deployment follows it."""
    repository = view.repository_of(workflow)
    if repository is None:
        return
    living(view, repository)
    jobs = view.given(workflow, "jobs", facet=Facet.REPO_WORKFLOWS)
    deploying = {
        job.get("id"): str(job["environment"]) for job in jobs if is_production(str(job.get("environment") or ""))
    }
    if not deploying:
        raise NotApplicable(f"no job of {workflow.name} deploys to production")
    inside = view.inside(repository.ref, Kind.VARIABLE)
    kept = {name_of(variable).upper() for variable in inside if variable.parent == repository.ref}
    loose: dict[str, Use] = {}
    for use in view.uses(workflow.ref):
        if use.what == "variable" and use.attributes.get("job") in deploying and use.name.upper() in kept:
            loose.setdefault(use.name, use)
    if loose:
        first = next(iter(loose.values()))
        yield Hit(
            says=f"whoever can write to {repository.name} can change {many(len(loose), 'variable')} that "
            f"{workflow.name} deploys to {deploying[first.attributes.get('job')]} with ({listed(loose)})",
            on=repository,
            because=tuple(loose.values())[:10],
            file=str(workflow.attributes.get("path") or ""),
            line=first.line,
            column=first.column,
        )
