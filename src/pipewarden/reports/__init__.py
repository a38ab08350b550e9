"""Reports: one audit written for people and for tools, each form in a module of its own, loaded when asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

from pipewarden.errors import UsageError

if TYPE_CHECKING:
    from pipewarden.model.findings import Report

FORMATS: dict[str, str] = {
    "table": "pipewarden.reports.terminal:write",
    "json": "pipewarden.reports.json_:write",
    "sarif": "pipewarden.reports.sarif:write",
    "csv": "pipewarden.reports.csv_:write",
    "markdown": "pipewarden.reports.markdown:write",
    "html": "pipewarden.reports.html:write",
    "junit": "pipewarden.reports.junit:write",
}
"""The name of each form and the function that writes it."""


def write(report: "Report", form: str, *, width: int = 100, color: bool = False, everything: bool = False) -> str:
    """Write a report in one form; ends with a newline.

    `width` (in cells) and `color` matter to `table` alone; `everything` (name every subject instead of the first
    few) to `table`, `markdown` and `html`: the other forms always hold everything. Raises UsageError for a form that there is not.
    """
    if form not in FORMATS:
        raise UsageError(f"no such form of a report: {form}", hint="one of " + ", ".join(FORMATS))
    module, function = FORMATS[form].split(":")
    writer = getattr(import_module(module), function)
    if form == "table":
        return str(writer(report, width=width, color=color, everything=everything))
    if form in {"markdown", "html"}:
        return str(writer(report, everything=everything))
    return str(writer(report))
