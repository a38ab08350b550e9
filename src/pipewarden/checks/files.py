"""What checks of pipeline files share: all weaknesses of one check in one file are one finding, with every place."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipewarden.access.view import Missing, NotApplicable
from pipewarden.checks.base import Hit
from pipewarden.checks.reading import listed, many
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Evidence, Severity
from pipewarden.model.jobs import shown_file

Row = Mapping[str, Any]
"""A weakness as a workflow keeps it: `says`, `line`, `reaches`, `gate`, and where another program told it its `engine`."""

LONGEST = 160
"""Characters of a finding's sentence."""
MOST_PLACES = 50
"""Further places of one finding that are told one by one."""
NEAR = 3
"""Lines between two tellings of one thing: a step and the expression in it."""

ENGINE_SEVERITY = {
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "informational": Severity.INFO,
}
"""What another program's words for a severity are here."""


def weak(workflow: Resource, system: str, *checks: str) -> Iterator[Hit]:
    """Yield a hit for each file in which some checks have weaknesses, at the first place.

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
    yield from gathered(workflow, found)
    ends = workflow.attributes.get("open_ends") or ()
    if ends and not found:
        file = ends[0].get("file") or workflow.attributes.get("path")
        detail = f"{file}:{ends[0]['line']}: {ends[0]['message']}"
        raise Missing(workflow.ref, Facet.REPO_WORKFLOWS, Cause.NOT_FOLLOWED, detail)


def gathered(workflow: Resource, rows: Iterable[Row], worst: Severity | None = None) -> Iterator[Hit]:
    """Yield one hit for each file that rows of one check stand in: the gravest first, the others as further places.

    What another program told at a place that is told already is a further proof of it. `worst` is the check's own severity:
    another program's word never makes a finding graver than that.
    """
    files: dict[str, list[Row]] = {}
    for row in rows:
        files.setdefault(str(row.get("file") or workflow.attributes.get("path", "")), []).append(row)
    for file, there in files.items():
        own = [row for row in there if not row.get("engine")]
        seconding = [row for row in there if row.get("engine") and _told_already(row, own)]
        places = sorted(
            (row for row in there if row not in seconding),
            key=lambda row: (-(severity_of(row, worst) or worst or Severity.CRITICAL), -len(row.get("reaches") or ())),
        )
        if not places:
            continue
        yield _hit(workflow, file, places, seconding, worst)


def _told_already(row: Row, own: Iterable[Row]) -> bool:
    return any(abs(int(row.get("line") or 0) - int(each.get("line") or 0)) <= NEAR for each in own)


def severity_of(row: Row, worst: Severity | None) -> Severity | None:
    """Return the severity of one row where it has one of its own: told with it, or another program's by what is reached."""
    if row.get("severity"):
        return Severity[str(row["severity"]).upper()]
    if not row.get("engine"):
        return None
    told = ENGINE_SEVERITY.get(str(row.get("engine_severity")), Severity.LOW)
    if row.get("job") and not row.get("reaches"):
        return Severity.INFO
    return min(told, worst) if worst is not None else told


def _hit(workflow: Resource, file: str, places: list[Row], seconding: list[Row], worst: Severity | None) -> Hit:
    first, rest = places[0], places[1:]
    reaches = tuple(str(code) for code in first.get("reaches") or ())
    also = [_place(workflow, file, row) for row in rest[:MOST_PLACES]]
    if len(rest) > MOST_PLACES:
        also.append(Evidence(text=f"{len(rest) - MOST_PLACES:,} more places"))
    also += [_place(workflow, file, row) for row in seconding[:MOST_PLACES]]
    if first.get("engine"):
        also.append(Evidence(text=_told_by(first)))
    return Hit(
        says=sentence(name_of_file(workflow), str(first["says"]), str(first.get("gate") or ""), len(rest)),
        because=(workflow,),
        severity=severity_of(first, worst),
        reach=reached(reaches),
        weight=10 * len(reaches),
        file=file,
        line=int(first.get("line") or 0),
        column=int(first.get("column") or 0),
        also=tuple(also),
        places=tuple((str(row.get("job") or ""), str(row["says"]), severity_of(row, worst)) for row in places),
    )


def _place(workflow: Resource, file: str, row: Row) -> Evidence:
    line = int(row.get("line") or 0)
    says = _told_by(row) if row.get("engine") else str(row["says"])
    return Evidence(
        text=f"line {line}: {says}", endpoint=workflow.origin.endpoint, fetched_at=workflow.origin.fetched_at,
        file=file, line=line, column=int(row.get("column") or 0),
    )  # fmt: skip


def _told_by(row: Row) -> str:
    return f"{row['engine']} {row.get('rule', '')}: {row['says']}"


GATED = " (behind a gate)"
"""Where there is no room to say what stands before it."""


def behind(gate: str) -> str:
    """Return what alone stands before a job, in brackets; nothing where nothing does."""
    if not gate:
        return ""
    place, asks, rest = gate.partition(" may ask for an approval")
    if asks and not rest:
        gate = f"{place}, which may ask for an approval,"
    return f" ({gate})" if gate.startswith("only ") else f" (only {gate} stands before it)"


def sentence(name: str, says: str, gate: str, more: int) -> str:
    """Return what a file's finding says, in one line of bounded length: what stands before it, and how often more."""
    tail = f", and {more} more" if more else ""
    before = behind(gate)
    room = LONGEST - len(name) - 2 - len(tail)
    if len(says) > room:  # the folder is told with the place anyway
        file, of, repository = name.partition(" of ")
        name = f"{file.rpartition('/')[2]}{of}{repository}"
        room = LONGEST - len(name) - 2 - len(tail)
    if before and len(says) + len(before) > room:
        before = GATED if len(says) + len(GATED) <= room else ""
    whole = says if len(says) + len(before) <= room else f"{says[: max(room - len(before) - 1, 20)].rstrip(' ,:;')}…"
    return f"{name}: {whole}{before}{tail}"


def name_of_file(workflow: Resource) -> str:
    """Name a pipeline file in a sentence: `deploy.yml of acme/web`, `deploy/Jenkinsfile of acme/web`."""
    path = str(workflow.attributes.get("path") or "")
    repository = workflow.name.removesuffix(path).rstrip("/")
    return f"{_cut(shown_file(path))} of {repository}" if path and repository else workflow.name


LONGEST_FILE = 60


def _cut(name: str) -> str:
    """Return the name of a file with the end of its folders alone where they are long."""
    return name if len(name) <= LONGEST_FILE or "/" not in name else f"…{name[-LONGEST_FILE + 1 :]}"


def reached(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Say what a job holds (`secret:NAME`, `token:SCOPE`, `oidc`, `runner`): the most dangerous first."""
    secrets = [code.partition(":")[2] for code in codes if code.startswith("secret:")]
    scopes = [code.partition(":")[2] for code in codes if code.startswith("token:") and code != "token:?"]
    told = []
    if secrets:
        told.append("every secret" if "*" in secrets else f"{many(len(secrets), 'secret')} ({listed(secrets)})")
    if scopes:
        told.append(f"a token that can write {listed(scopes, 3)}")
    elif "token:?" in codes:
        told.append("a token whose rights are not known")
    if "oidc" in codes:
        told.append("an OIDC identity")
    if "runner" in codes:
        told.append("a self-hosted runner")
    places = [code.partition(":")[2] for code in codes if code.startswith("environment:")]
    if places:
        told.append(f"{many(len(places), 'environment')} ({listed(places)})")
    return tuple(told)
