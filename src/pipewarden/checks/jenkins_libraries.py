"""Checks about the shared libraries that a Jenkins controller hands to its pipelines, by its own settings."""

from collections.abc import Iterator
from typing import Any

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import JENKINS, clauses
from pipewarden.checks.jenkins_controller import exported
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.pipelines.commands import short
from pipewarden.pipelines.uses import Pin, pin_of

LIBRARIES = "https://www.jenkins.io/doc/book/pipeline/shared-libraries"
FIXED = frozenset({Pin.SHA, Pin.SHORT_SHA, Pin.TAG})
"""What a push to a branch does not change."""


def _libraries(tenant: Resource, view: View) -> list[dict[str, Any]]:
    """Return the global libraries. Raises Missing where the export was not read."""
    return [each for each in exported(tenant, view, "libraries") or () if isinstance(each, dict)]


@check(
    id="jk.ctl.lib_implicit",
    title="Libraries that the controller hands out are taken at a fixed version",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=(
        "Set the default version to a commit or a protected tag: Manage Jenkins > System > Global Trusted Pipeline Libraries.",
        "Switch off “Load implicitly”, so that a pipeline gets only the libraries that its Jenkinsfile names.",
    ),
    source=f"{LIBRARIES}/#global-shared-libraries",
    **clauses(JENKINS, "O3 O4"),
)
def moving(tenant: Resource, view: View) -> Iterator[Hit]:
    """A global library runs outside the sandbox, with each pipeline's credentials: a push to its branch changes them all.

    One that is loaded implicitly is in every pipeline, whatever the Jenkinsfile says; others only where it names them.
    """
    doubt = ""
    for library in _libraries(tenant, view):
        version, implicit = str(library.get("version") or ""), library.get("implicit") is True
        pin = pin_of(version.replace("${", "${{"))
        if pin in FIXED or (not version and not implicit):
            continue  # without a default version the Jenkinsfile says which
        name = short(str(library.get("name")), 30)
        if version and pin is not Pin.BRANCH:
            doubt = f"whether {version[:60]} of the library {name} is a branch or a tag"
            continue
        where = f"its branch {short(version, 30)}" if version else "no version that is set"
        who = f"every pipeline of {tenant.name} loads" if implicit else f"pipelines of {tenant.name} may load"
        yield Hit(
            says=f"{who} the library {name} from {where}: whoever pushes there changes them",
            because=(tenant,),
            severity=None if implicit else Severity.MEDIUM,
        )
    if doubt:
        raise Missing(tenant.ref, JenkinsFacet.CONFIGURATION, Cause.NOT_FOLLOWED, doubt)


@check(
    id="jk.ctl.lib_override",
    title="A Jenkinsfile does not choose the version of a library",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=(
        "Switch off “Allow default version to be overridden”: Manage Jenkins > System > Global Trusted Pipeline Libraries.",
    ),
    source=f"{LIBRARIES}/#library-versions",
    **clauses(JENKINS, "O3"),
)
def overridable(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever edits a Jenkinsfile can then run any branch of the library outside the sandbox, one of a pull request too."""
    for library in _libraries(tenant, view):
        if library.get("override") is True:
            name = short(str(library.get("name")), 30)
            yield Hit(
                says=f"any Jenkinsfile of {tenant.name} may load another version of the library {name} than is set there",
                because=(tenant,),
            )
