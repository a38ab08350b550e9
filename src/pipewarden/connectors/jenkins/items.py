"""Folders and jobs: listed folder by folder, each with its config.xml where it may be read."""

import asyncio
from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.jenkins import config_xml, credentials
from pipewarden.connectors.jenkins.client import item_path
from pipewarden.connectors.jenkins.grants import held
from pipewarden.connectors.jenkins.run import Run, moment, text
from pipewarden.connectors.jenkins.safe_xml import parse
from pipewarden.connectors.jenkins.shapes import ITEM, is_container
from pipewarden.connectors.shapes import fits
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import AnyFact, Cause, Resource, Use
from pipewarden.model.ids import Kind, Ref

LAST = "lastBuild[number,timestamp,result,actions[causes[_class,userId]]]"
FIELDS = f"_class,name,fullName,url,buildable,disabled,color,{LAST},jobs[name]{{0,1}}"
LISTED = "GET /job/{name}/api/json"
CONFIG = "GET /job/{name}/config.xml"
MOST_DEPTH = 50


async def items(run: Run, wanted: Any) -> None:
    """Read the whole tree, one folder after the other on each level together."""
    await _folder(run, "", run.tenant, wanted, 0)


async def _folder(run: Run, full_name: str, ref: Ref, wanted: Any, depth: int) -> None:
    facts = await run.step(f"folder {full_name}", lambda: _read(run, full_name, ref, wanted))
    inner = [f for f in facts if isinstance(f, Resource) and f.parent == ref and f.attributes.get("contains")]
    run.progress("folders and jobs", len(facts), 0)
    if depth >= MOST_DEPTH:
        run._into.add(  # noqa: SLF001 - the same connector
            run.gap(
                ref,
                JenkinsFacet.JOBS,
                cause=Cause.TOO_LARGE,
                detail=f"more than {MOST_DEPTH} folders inside each other",
            )
        )
        return
    await asyncio.gather(
        *(_folder(run, str(each.attributes["full_name"]), each.ref, wanted, depth + 1) for each in inner)
    )


async def _read(run: Run, full_name: str, ref: Ref, wanted: Any) -> list[AnyFact]:
    async def listed() -> list[AnyFact]:
        path = f"{item_path(full_name)}/api/json".lstrip("/")
        rows = [row async for row in run.jenkins.ranges(path, f"jobs[{FIELDS}]", "jobs", template=LISTED)]
        names = [text(row["name"]) for row in rows if isinstance(row, dict)]
        if len(set(names)) != len(rows):
            raise ValueError("a name came twice")
        kept = [row for row in rows if wanted(_full(full_name, row)) and fits(row, ITEM, LISTED)]
        parts = await asyncio.gather(*(_item(run, full_name, ref, row) for row in kept))
        return [fact for part in parts for fact in part]

    found = await run.guarded(ref, JenkinsFacet.JOBS, listed)
    return [*found, *await credentials.of(run, full_name, ref)]


def _full(outer: str, row: dict[str, Any]) -> str:
    return f"{outer}/{text(row['name'])}".lstrip("/")


async def _item(run: Run, outer: str, parent: Ref, row: dict[str, Any]) -> list[AnyFact]:
    full_name = _full(outer, row)
    contains = is_container(row)
    ref = run.ref(Kind.FOLDER if contains else Kind.PIPELINE, full_name)
    attributes = picked(row, "buildable", "disabled") | {"full_name": full_name, "contains": contains}
    attributes["class"] = text(row.get("_class") or "").rpartition(".")[2]
    last = row.get("lastBuild")
    if isinstance(last, dict) and (at := moment(last.get("timestamp"))):
        attributes["last_build"] = {"at": at.isoformat(), "result": last.get("result"), **_started(last)}
    elif "lastBuild" in row:
        attributes["last_build"] = None
    more: list[AnyFact] = []

    async def configured() -> list[AnyFact]:
        root = parse(await run.jenkins.body(f"{item_path(full_name)}/config.xml", template=CONFIG), CONFIG)
        given = config_xml.settings(root)
        attributes.update(given)
        found: list[AnyFact] = _uses(run, ref, given)
        own = config_xml.matrix(root)
        attributes["inheritance"] = own[0] if own else "parent"
        return found + (held(run, ref, own[1], CONFIG) if own else [])

    # a branch of a multibranch project is the project's: it has no settings of its own to ask for
    if _is_branch(run, parent):
        attributes |= {"inheritance": "parent", "definition": "branch"}
    else:
        more = await run.guarded(ref, JenkinsFacet.JOB_CONFIG, configured)
        refused = [
            fact for fact in more if fact.origin.endpoint and getattr(fact, "facet", "") == JenkinsFacet.JOB_CONFIG
        ]
        if refused:
            attributes.pop("inheritance", None)  # what was not understood may be its matrix
        more += [
            run.gap(ref, JenkinsFacet.ITEM_AUTHORIZATION, cause=gap.cause, detail=gap.detail)  # type: ignore[union-attr]
            for gap in refused
        ]
    made = Resource(ref=ref, name=run.shown(full_name), parent=parent, attributes=attributes, origin=run.origin(LISTED))
    return [made, *more]


BY_A_USER = "Cause$UserIdCause"
NOBODY = frozenset({"anonymous", "system"})


def _started(last: dict[str, Any]) -> dict[str, list[str]]:
    """Return the ids of the users who started a build: none where a timer, a push or another build did; nothing where it was not told.

    https://javadoc.jenkins.io/hudson/model/Cause.UserIdCause.html
    """
    actions = last.get("actions")
    rows = actions if isinstance(actions, list) else []
    lists = [each["causes"] for each in rows if isinstance(each, dict) and "causes" in each]
    causes = [cause for each in lists for cause in (each if isinstance(each, list) else [each])]
    users = [c for c in causes if isinstance(c, dict) and str(c.get("_class")).endswith(BY_A_USER)]
    ids = [each.get("userId") for each in users]
    if not causes or not all(isinstance(c, dict) and c.get("_class") for c in causes):
        return {}
    if not all(isinstance(each, str) and each for each in ids):
        return {}
    return {"by": [str(each) for each in dict.fromkeys(ids) if str(each).lower() not in NOBODY]}


def _is_branch(run: Run, parent: Ref) -> bool:
    outer = run._into._entities.get(parent)  # noqa: SLF001 - the same connector
    return outer is not None and outer.attributes.get("definition") == "multibranch"


def _uses(run: Run, ref: Ref, given: dict[str, Any]) -> list[AnyFact]:
    """Return which repositories a pipeline's code comes from: who may push there decides what it does."""
    if given.get("definition") not in {"scm", "multibranch", "steps"}:
        return []
    return [
        Use(
            by=ref,
            what="repository",
            name=name,
            attributes=picked(given, "definition", "script_path", "branches"),
            origin=run.origin(CONFIG),
        )
        for name in given["repositories"]
    ]
