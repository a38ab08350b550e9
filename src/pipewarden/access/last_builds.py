"""Who started the last build of the Jenkins jobs that run a Jenkinsfile: a person alone, no timer, push or other build."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipewarden.access.owner_grounds import Named, Nobody
from pipewarden.access.view import View
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Cause, Machine, Resource, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import ATTRIBUTE
from pipewarden.model.owners import Ground

FILE = "Jenkinsfile"
"""The file that is run where the settings name none."""
TELL = frozenset({JenkinsFacet.JOBS, JenkinsFacet.JOB_CONFIG})
"""Facets that tell which jobs there are and which file each runs."""


def last_starters(view: View, job: Machine) -> list[Named]:
    """Return who started the newest build that a person started, of those that are the last of their Jenkins job.

    Raises Nobody where nobody is known and jobs, or who started them, were not read.
    https://www.jenkins.io/doc/book/pipeline/running-pipelines/
    """
    told, home = job.attributes.get(ATTRIBUTE), view.find(job.parent)
    if not isinstance(told, Mapping) or not isinstance(home, Resource):
        return []
    builds: list[tuple[str, Resource, list[str]]] = []
    doubt = ""
    for item in _running(view, home, str(told.get("path") or "")):
        last = item.attributes.get("last_build")
        if not isinstance(last, Mapping):
            continue
        by = last.get("by")
        if not isinstance(by, (list, tuple)):
            doubt = doubt or f"who started the last build of {item.name} was not told"
        elif by:
            builds.append((str(last.get("at")), item, [str(each) for each in by]))
    if builds:
        at, item, people = max(builds, key=lambda each: each[0])
        says = f"started it last in {item.name}, on {at[:10]}"
        refs = [Ref(item.ref.instance, Kind.ACCOUNT, each) for each in people]
        return [Named(ref=ref, name=ref.key, ground=Ground.USED, says=says) for ref in refs]
    gap = next((each for each in view.gaps if each.facet in TELL and each.cause is not Cause.PLAN), None)
    if gap is not None or doubt:
        raise Nobody(doubt or (gap.detail if gap else ""), gap)
    return []


def _running(view: View, home: Resource, path: str) -> Iterator[Resource]:
    """Yield the Jenkins jobs that run a file of a repository's default branch: of a multibranch project that branch's own."""
    main = str(home.attributes.get("default_branch") or "")
    for use in _runs(view).get(f"{home.ref.instance}/{home.name}".lower(), ()):
        item = view.find(use.by)
        if not isinstance(item, Resource) or str(item.attributes.get("script_path") or FILE) != path:
            continue
        if item.attributes.get("contains"):
            inner = view.inside(item.ref, Kind.PIPELINE)
            yield from (each for each in inner if str(each.attributes.get("full_name")).rpartition("/")[2] == main)
        elif {_branch(each) for each in item.attributes.get("branches") or ()} <= {main}:
            yield item


def _branch(text: Any) -> str:
    return str(text).removeprefix("refs/heads/").removeprefix("*/")


def _runs(view: View) -> dict[str, list[Use]]:
    """Return what runs the files of each repository, by its host and name."""
    known = view.memo["runs of repositories"]
    if "all" not in known:
        found: dict[str, list[Use]] = {}
        for use in view.snapshot.records(Use):
            if use.what == "repository":
                found.setdefault(use.name.lower(), []).append(use)
        known["all"] = found
    runs: dict[str, list[Use]] = known["all"]
    return runs
