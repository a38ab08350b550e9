"""Checks about environments of GitLab: who deploys, and who approves."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PROJECTS
from pipewarden.checks.names import is_production
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import GateKind, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

TRIGGERER = "allow_pipeline_trigger_approve_deployment"
"""The setting of a project by which the starter of a pipeline approves their own deployment."""


@check(
    id="gl.env.unprotected",
    title="Environments for production are protected",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(GitLabFacet.ENVIRONMENTS, GitLabFacet.PROTECTED_ENVIRONMENTS, GitLabFacet.GROUP_ENVIRONMENTS),
    remedy=("Protect it: Settings > CI/CD > Protected environments, with who may deploy and who approves.",),
    source=f"{DOCS}/ci/environments/protected_environments/",
    **clauses(PROJECTS, "C5.1.4 O5"),
)
def environment_unprotected(environment: Resource, view: View) -> Iterator[Hit]:
    """Whoever can run a job deploys to an environment that no rule protects."""
    name = str(view.given(environment, "environment"))
    tier = str(view.attribute(environment, "tier", default="") or "")
    if tier != "production" and not is_production(name):
        return
    rules = [gate for ref in view.around(environment.ref) for gate in view.gates(ref, GateKind.ENVIRONMENT)]
    if not any(gate.name in {name, tier} for gate in rules):
        yield Hit(says=f"{environment.name} is not protected: whoever can run a job deploys there")


@check(
    id="gl.env.self_approve",
    title="Deployments to production wait for somebody else",
    severity=Severity.HIGH,
    subject=Kind.ENVIRONMENT,
    needs=(GitLabFacet.ENVIRONMENTS, GitLabFacet.PROTECTED_ENVIRONMENTS),
    remedy=(
        "Add an approval rule to the protected environment: Settings > CI/CD > Protected environments.",
        "Turn off “Allow pipeline triggerer to approve deployment” there.",
    ),
    source=f"{DOCS}/ci/environments/deployment_approvals/",
    **clauses(PROJECTS, "AC-5"),
)
def self_approve(environment: Resource, view: View) -> Iterator[Hit]:
    """One person who may deploy and need ask nobody is one stolen session away from production."""
    name = str(view.given(environment, "environment"))
    for gate in (gate for ref in view.around(environment.ref)[:1] for gate in view.gates(ref, GateKind.ENVIRONMENT)):
        if gate.name != name or not is_production(name):
            continue
        asked = sum(row.get("required_approvals") or 0 for row in gate.rules.get("approval_rules") or ())
        if not (asked or gate.rules.get("required_approval_count")):
            yield Hit(says=f"deployments to {environment.name} need nobody's approval", because=(gate,))
        elif (project := view.repository_of(environment)) and project.attributes.get(TRIGGERER) is True:
            yield Hit(
                says=f"whoever starts a deployment to {environment.name} may approve it themselves",
                because=(gate, project),
            )
