"""Reads `.gitlab-ci.yml` with what it includes into a Definition. Never raises; what was not followed is an open end.

https://docs.gitlab.com/ci/yaml/
"""

from collections.abc import Iterable

from pipewarden.pipelines.definition import DefinedJob, Definition, Included, Occasion, System
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.gitlab.includes import ROOT, Loaded, own_faults, parsed, part_of
from pipewarden.pipelines.gitlab.inputs import free_names
from pipewarden.pipelines.gitlab.jobs import Scene, given_by, job_of
from pipewarden.pipelines.gitlab.merging import REFERENCE, Joined, flat
from pipewarden.pipelines.gitlab.names import NOT_JOBS
from pipewarden.pipelines.gitlab.starts import rules_of
from pipewarden.pipelines.gitlab.variables import variables_of
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.reading import position, text_of
from pipewarden.pipelines.yaml_tree import MAX_FAULTS, Fault, Mapping, Node, Scalar, Sequence, parse

MOST_JOBS = 2_000
MOST_WEIGHT = 500_000
"""Of all jobs with what each is given; a file whose defaults and jobs come to more is read up to here."""
_RUNS = ("script", "trigger", "run", "extends", "before_script", "after_script")


def read_gitlab(path: str, text: str, library: Library = NOTHING) -> Definition:
    """Read one file. A file that the root file includes tells no jobs: they stand in the root's definition."""
    tree = parsed(text, "") if path == ROOT else parse(text)
    if not tree.complete:
        return Definition(path=path, system=System.GITLAB, faults=tree.faults, complete=False)
    root_file = part_of(path, library)
    if root_file:
        return Definition(path=path, system=System.GITLAB, faults=tuple(own_faults(tree)), part_of=root_file)
    loaded = Loaded(path, library)
    loaded.faults += own_faults(tree)
    loaded.texts[""] = text.removeprefix("\ufeff")
    root = loaded.body(tree, None, is_root=True)
    if root is None:
        return Definition(path=path, system=System.GITLAB, faults=tuple(loaded.faults))
    whole = loaded.take(root, "", "", (path,))
    references = any(REFERENCE in each for each in loaded.texts.values())
    joined = Joined(whole, loaded.fault, whole=not loaded.open_ends, references=references)
    return _definition(path, loaded, joined)


def _definition(path: str, loaded: Loaded, joined: Joined) -> Definition:
    workflow = joined.value("workflow")
    variables = variables_of(joined.value("variables"))
    scene = Scene(
        given_by(joined.root, joined.value("default")),
        variables,
        rules_of(workflow.get("rules")) if isinstance(workflow, Mapping) else None,
        joined.whole,
        loaded.texts,
    )
    jobs: list[DefinedJob] = []
    given = len(variables) + _weight(scene.given.items())
    left = MOST_WEIGHT
    for key, value in joined.root.pairs:
        if key.value in NOT_JOBS:
            continue
        if len(jobs) >= MOST_JOBS:
            loaded.open_end(key, f"more than {MOST_JOBS} jobs")
            break
        if isinstance(value, Mapping):
            whole = joined.job(key.value)
            if whole is not None:
                left -= given + _weight((name.value, inner) for name, inner in whole.pairs)
                if left <= 0:
                    loaded.open_end(key, "its jobs and what they are given are more than is read")
                    break
                _look_at(key, whole, loaded, joined)
                hidden = key.value.startswith(".")
                jobs.append(
                    DefinedJob(id=key.value, position=position(key), hidden=True)
                    if hidden
                    else job_of(scene, key, whole)
                )
        elif not key.value.startswith(".") and not (isinstance(value, Scalar) and value.is_null):
            loaded.fault(key, f"the job {key.value[:80]} must be a mapping")
    for job in jobs:
        _children(job, loaded)
    found = {occasion for job in jobs if not job.hidden for occasion in job.occasions}
    return Definition(
        path=path,
        system=System.GITLAB,
        name=text_of(workflow.get("name")) if isinstance(workflow, Mapping) else "",
        occasions=tuple(occasion for occasion in Occasion if occasion in found),
        jobs=tuple(jobs),
        includes=tuple(loaded.includes),
        variables={name: each.value for name, each in variables.items()},
        inputs=tuple(sorted(free_names(loaded.header))) if path == ROOT else (),
        faults=tuple(dict.fromkeys(loaded.faults))[:MAX_FAULTS],
        open_ends=tuple(dict.fromkeys((*loaded.open_ends, *joined.unknown)))[:MAX_FAULTS],
    )


def _weight(pairs: Iterable[tuple[str, Node]]) -> int:
    """Return how much work the keys of a job are, from two levels of them."""
    total = 0
    for _, node in pairs:
        if isinstance(node, Scalar):
            total += 1 + len(node.value) // 100
        elif isinstance(node, Sequence):
            total += sum(1 + len(item.value) // 100 if isinstance(item, Scalar) else 5 for item in node.items)
        else:
            total += 1 + len(node.pairs)
    return total


def _look_at(key: Scalar, job: Mapping, loaded: Loaded, joined: Joined) -> None:
    """Note what is wrong with a job as a whole."""
    for name in ("before_script", "script", "after_script"):
        for item in flat(job.get(name)):
            if isinstance(item, Mapping):
                loaded.fault(item, "a command must be text: what holds a colon and a space needs quotes")
    if key.value.startswith(".") or not joined.whole:
        return
    if not any(job.get(name) is not None for name in _RUNS):
        loaded.fault(key, f"the job {key.value[:80]} runs nothing: it has neither script nor trigger")


def _children(job: DefinedJob, loaded: Loaded) -> None:
    """Note child pipelines that nobody reads: generated ones, and files that are not known as pipeline files."""
    for each in job.includes:
        if not job.hidden and len(loaded.open_ends) < MAX_FAULTS and not _read_by_itself(each, loaded):
            at = each.position
            what = (
                "a pipeline that another job generates" if each.kind == "artifact" else f"{each.kind} {each.text[:80]}"
            )
            loaded.open_ends.append(
                Fault(at.line, at.column, f"job {job.id[:60]} starts {what}, which was not read", at.file)
            )


def _read_by_itself(each: Included, loaded: Loaded) -> bool:
    path = each.text.lstrip("/")
    return each.kind == "local" and kind_of(path) is PipelineKind.GITLAB_CI and loaded.library.local(path) is not None
