"""CI/CD variables: names and flags. The API answers with their values; these are dropped here and go nowhere.

https://docs.gitlab.com/api/project_level_variables/
https://docs.gitlab.com/api/group_level_variables/
https://docs.gitlab.com/api/instance_level_ci_variables/ (administrators alone are told)
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.gitlab.run import Run, named
from pipewarden.model.facts import AnyFact, Resource
from pipewarden.model.ids import Kind, Ref

FLAGS = ("protected", "masked", "hidden", "raw", "variable_type", "environment_scope")
"""`value` is never among them, nor `description`, in which people write what they should not."""

TRACE = frozenset({"CI_DEBUG_TRACE", "CI_DEBUG_SERVICES"})
"""Of these the value is told, for it is a switch and no secret. https://docs.gitlab.com/ci/variables/variables_troubleshooting/"""


def variable(run: Run, scope: Ref, path: str, row: Mapping[str, Any], endpoint: str) -> Resource:
    """Return a variable as a secret; the same name may stand once for each environment scope."""
    key, where = named({"id": "?", **row}, "key"), str(row.get("environment_scope") or "*")
    attributes = {"key": key, **picked(row, *FLAGS)}
    if key in TRACE:
        attributes["switched_on"] = str(row.get("value")).lower() in {"1", "true"}
    return Resource(
        ref=run.ref(Kind.SECRET, f"{scope.kind}:{scope.key}:{key}:{where}"),
        name=f"secret:{path}/{key}" + ("" if where == "*" else f"@{where}"),
        parent=scope,
        attributes=attributes,
        origin=run.origin(endpoint),
    )


async def variables(run: Run, scope: Ref, path: str) -> list[AnyFact]:
    """Read the variables of a project, of a group, or of the whole instance: those are handed to jobs of every project."""
    kind = "projects" if scope.kind is Kind.REPOSITORY else "groups"
    address, template = f"/{kind}/{scope.key}/variables", f"/{kind}/{{id}}/variables"
    if scope.kind is Kind.TENANT:
        address = template = "/admin/ci/variables"
    rows = await run.rows(address, template=template)
    return [variable(run, scope, path, row, f"GET {template}") for row in rows]
