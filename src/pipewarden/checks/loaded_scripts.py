"""A weakness of a script that many Jenkinsfiles load is one finding, with the place of each that loads it."""

from collections.abc import Iterator

from msgspec.structs import replace

from pipewarden.access.view import NotApplicable, View
from pipewarden.checks.base import Hit
from pipewarden.checks.files import MOST_PLACES, Row, weak
from pipewarden.checks.once import once
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Evidence
from pipewarden.model.ids import Kind, Ref

_Script = tuple[Ref | None, str, str]
"""The repository, a check, and the script that the check tells something of."""


def weak_jenkinsfile(workflow: Resource, view: View, check: str) -> Iterator[Hit]:
    """Yield what a check tells of a Jenkinsfile; of a script that it loads only where it is the first of those that do.

    Raises what `weak` raises, and NotApplicable where all that is weak is told with another file.
    """
    rows: list[Row] = list(workflow.attributes.get("weaknesses") or ())
    mine = [row for row in rows if row["check"] == check]
    scripts = {
        str(row["file"]): _loading(view).get((workflow.parent, check, str(row["file"])), ())
        for row in mine
        if row.get("file")
    }
    elsewhere = {file: found[0] for file, found in scripts.items() if found and found[0][0].ref != workflow.ref}
    kept = [row for row in mine if row.get("file") not in elsewhere]
    if mine and not kept:
        first = next(iter(elsewhere.values()))[0]
        raise NotApplicable(f"it is told with {first.attributes.get('path')}, which loads the same script")
    for hit in weak(replace(workflow, attributes={**workflow.attributes, "weaknesses": kept}), "jenkins", check):
        others = scripts.get(hit.file, ())[1:]
        yield replace(hit, also=(*hit.also, *_places(hit.file, others))) if others else hit


@once
def _loading(view: View) -> dict[_Script, list[tuple[Resource, Row]]]:
    """Return for each script the Jenkinsfiles of its repository that load it, by path, each with what is told there."""
    found: dict[_Script, dict[Ref, tuple[Resource, Row]]] = {}
    for workflow in view.entities(Kind.WORKFLOW):
        if workflow.attributes.get("system") != "jenkins":
            continue
        for row in workflow.attributes.get("weaknesses") or ():
            if row.get("file"):
                key = (workflow.parent, str(row["check"]), str(row["file"]))
                found.setdefault(key, {}).setdefault(workflow.ref, (workflow, row))
    return {
        key: sorted(there.values(), key=lambda pair: str(pair[0].attributes.get("path")))
        for key, there in found.items()
    }


def _places(script: str, loading: list[tuple[Resource, Row]]) -> Iterator[Evidence]:
    for workflow, row in loading[:MOST_PLACES]:
        path, through = str(workflow.attributes.get("path")), row.get("through") or {}
        yield Evidence(
            text=f"{path} loads {script}, too", endpoint=workflow.origin.endpoint, fetched_at=workflow.origin.fetched_at,
            file=path, line=int(through.get("line") or 0), column=int(through.get("column") or 0),
        )  # fmt: skip
    if len(loading) > MOST_PLACES:
        yield Evidence(text=f"{len(loading) - MOST_PLACES:,} more files load {script}")
