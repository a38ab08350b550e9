"""The frame of checks that tell what the reader of a pipeline file found, and ask nothing else: one weakness, one check."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Unpack

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import FILES_OF, Check, Hit, check
from pipewarden.checks.clauses import Clauses
from pipewarden.checks.files import weak
from pipewarden.checks.loaded_scripts import weak_jenkinsfile
from pipewarden.checks.workflow_rows import spoken_of, told
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

Why = Callable[[], None]
"""What only says in its docstring why a check matters: it is never called."""


def file_check(
    *,
    id: str,  # noqa: A002 - the word people use
    title: str,
    severity: Severity,
    remedy: tuple[str, ...],
    source: str,
    follows: bool = True,
    **standards: Unpack[Clauses],
) -> Callable[[Why], Check]:
    """Make a check of the weaknesses that a reader told under the check's id, in files of the system it begins with.

    `follows` is off where the file's own words decide, whatever the code does that could not be followed: where it is on,
    nothing found beside such an open end is unknown.
    """
    system = FILES_OF[id.partition(".")[0]]

    def decorate(why: Why) -> Check:
        @wraps(why)
        def judge(workflow: Resource, view: View) -> Iterable[Hit]:
            if system == "github":
                return told(workflow, view, id, severity)
            found = weak_jenkinsfile(workflow, view, id) if system == "jenkins" else weak(workflow, system, id)
            return found if follows else _written(found)

        return check(
            id=id,
            title=title,
            severity=severity,
            subject=Kind.WORKFLOW,
            needs=(Facet.REPO_WORKFLOWS,),
            among=spoken_of if system == "github" else None,
            remedy=remedy,
            source=source,
            **standards,
        )(judge)

    return decorate


def _written(found: Iterable[Hit]) -> Iterable[Hit]:
    try:
        yield from found
    except Missing:
        return
