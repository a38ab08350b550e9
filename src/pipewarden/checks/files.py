"""What checks of pipeline files share: one hit for each weakness that the reader of a system told of."""

from collections.abc import Iterator

from pipewarden.access.view import Missing, NotApplicable
from pipewarden.checks.base import Hit
from pipewarden.checks.workflows import behind, name_of_file, reached
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource


def weak(workflow: Resource, system: str, *checks: str) -> Iterator[Hit]:
    """Yield a hit for each weakness of some checks, at its line.

    Raises NotApplicable for files of other systems, for files that could not be read at all (a gap tells of those),
    and for files whose jobs are told with the file that includes them.
    Raises Missing where nothing was found and something that decides it could not be followed: that is not a pass.
    """
    if workflow.attributes.get("system", "github") != system:
        raise NotApplicable(f"not a pipeline file of {system}")
    if workflow.attributes.get("complete") is False:
        raise NotApplicable("the file could not be read")
    if workflow.attributes.get("part_of"):
        raise NotApplicable("its jobs are judged with the file that includes it")
    found = [each for each in workflow.attributes.get("weaknesses") or () if each["check"] in checks]
    for each in found:
        gate = behind(each.get("gate"))
        reaches = tuple(str(code) for code in each.get("reaches") or ())
        yield Hit(
            says=f"{name_of_file(workflow)}: {each['says']}{gate}",
            because=(workflow,),
            reach=reached(reaches),
            weight=10 * len(reaches),
            file=str(each.get("file") or workflow.attributes.get("path", "")),
            line=int(each.get("line") or 0),
        )
    ends = workflow.attributes.get("open_ends") or ()
    if ends and not found:
        detail = f"{workflow.attributes.get('path')}:{ends[0]['line']}: {ends[0]['message']}"
        raise Missing(workflow.ref, Facet.REPO_WORKFLOWS, Cause.NOT_COLLECTED, detail)
