"""Reads a project's CODEOWNERS for whom it names for its machines: its pipeline file, and all of it.

https://docs.gitlab.com/user/project/codeowners/
"""

from typing import Any

from pipewarden.connectors.gitlab.files import ROOT, text_of
from pipewarden.connectors.gitlab.projects import Project
from pipewarden.connectors.gitlab.run import Run
from pipewarden.errors import NotFound
from pipewarden.pipelines.gitlab.code_owners import PLACES, read_code_owners


async def code_owners(run: Run, project: Project) -> dict[str, Any] | None:
    """Return whom the file names for the pipeline file and for what no line speaks of; None where there is no file."""
    if "default_branch" not in project.row:
        raise ValueError("the default branch was not told")
    for path in PLACES if project.default_branch else ():
        try:
            text = await text_of(run, project.id, path, project.default_branch)
        except NotFound:
            continue
        found = read_code_owners(text)
        pipeline = str(project.row.get("ci_config_path") or "").lstrip("/") or ROOT
        return {"path": path, "all": list(found.of_all()), "pipeline": list(found.of(pipeline))}
    return None
