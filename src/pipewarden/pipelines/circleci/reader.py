"""A CircleCI configuration as a Definition: one job for each use of a job in a workflow.

https://circleci.com/docs/reference/configuration-reference/
"""

import re
from collections.abc import Iterator

from msgspec import structs

from pipewarden.pipelines.circleci import patterns
from pipewarden.pipelines.circleci.conditions import When, when_of
from pipewarden.pipelines.circleci.jobs import Config, read_job
from pipewarden.pipelines.definition import DefinedJob, Definition, Hold, Included, Occasion, System
from pipewarden.pipelines.library import NOTHING, Library
from pipewarden.pipelines.merging import faults_of, flat, text, value
from pipewarden.pipelines.reading import position, text_of, texts_of
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Fault, Mapping, Node, Position, Scalar, Sequence, parse

MAX_JOBS = 2_000
_CONTINUED = (".circleci/continue_config.yml", ".circleci/continue-config.yml", ".circleci/test-deploy.yml")
"""Where the orbs `continuation`, `path-filtering` and `orb-tools` look by themselves."""
_FULL = re.compile(r"\d+\.\d+\.\d+")
_BRANCH = re.compile(r"pipeline\.git\.branch\s*==\s*\"?([\w./-]+)\"?")


def read_circleci(path: str, source: str, library: Library = NOTHING) -> Definition:
    """Read one file; never raises."""
    source = source.removeprefix("\ufeff")
    tree = parse(source)
    faults = faults_of(tree)
    root = tree.root
    if not tree.complete or not isinstance(root, Mapping):
        if tree.complete:
            faults = (*faults, Fault(1, 1, "a configuration must be a mapping"))
        return Definition(path=path, system=System.CIRCLECI, faults=faults, complete=False)
    config = Config(source, root)
    ends = _open_ends(root, config, library)
    orbs = tuple(_orbs(value(root, "orbs")))
    jobs = _jobs(root, config, {included.project: included for included in orbs})
    if config.left <= 0:
        ends.append(Fault(1, 1, "more steps than are read of one configuration"))
    return Definition(
        path=path,
        system=System.CIRCLECI,
        occasions=tuple(dict.fromkeys(o for job in jobs for o in job.occasions)),
        jobs=jobs,
        includes=orbs,
        faults=faults,
        open_ends=tuple(ends),
    )


def _open_ends(root: Mapping, config: Config, library: Library) -> list[Fault]:
    """Return what is decided elsewhere: a setup configuration starts another one, which a step may write.

    https://circleci.com/docs/guides/orchestrate/dynamic-config/
    """
    setup = value(root, "setup")
    if not (isinstance(setup, Scalar) and setup.is_true):
        return []
    named = re.findall(r"(?:config-path|configuration_path|config_path):\s*[\"']?([\w./-]+\.ya?ml)", config.source)
    for name in dict.fromkeys((*named, *_CONTINUED)):
        if library.local(name) is not None:
            return []
    return [Fault(setup.line, setup.column, "the jobs come from a configuration that is made while it runs")]


def _orbs(node: Node | None) -> Iterator[Included]:
    """Yield the orbs; a whole version cannot be changed once it is published, every other one moves.

    https://circleci.com/docs/orbs/use/orb-intro/#semantic-versioning
    """
    for name, (_key, given) in flat(node).items():
        if not isinstance(given, Scalar):
            continue
        orb, _, version = given.value.strip().partition("@")
        pin = Pin.TAG if _FULL.fullmatch(version) else Pin.DYNAMIC if "<<" in version else Pin.REF
        if version == "volatile" or version.startswith("dev:") or not version:
            pin = Pin.BRANCH
        yield Included(
            kind="orb", text=f"{orb}@{version}", position=position(given), project=name, ref=version, pin=pin
        )


def _jobs(root: Mapping, config: Config, orbs: dict[str, Included]) -> tuple[DefinedJob, ...]:
    workflows = {
        name: (key, node) for name, (key, node) in flat(value(root, "workflows")).items() if isinstance(node, Mapping)
    }
    found: list[DefinedJob] = []
    used: set[str] = set()
    for key, workflow in workflows.values():
        found += _workflow(key, workflow, config, orbs, used)[: MAX_JOBS - len(found)]
    for name, node in list(config.jobs.items())[:MAX_JOBS]:
        if name not in used:
            # without workflows the job `build` runs; what no workflow names runs never
            runs = name == "build" and not workflows
            occasions = (Occasion.PUSH, Occasion.API) if runs else ()
            job = read_job(config, name, node, {}, orbs)
            found.append(structs.replace(job, id=_free(name, found), occasions=occasions, hidden=not runs))
    return tuple(found)


def _free(wanted: str, found: list[DefinedJob]) -> str:
    taken = {job.id for job in found}
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _workflow(
    key: Scalar, workflow: Mapping, config: Config, orbs: dict[str, Included], used: set[str]
) -> list[DefinedJob]:
    name, entries = key.value, value(workflow, "jobs")
    if not isinstance(entries, Sequence):
        return []
    when = when_of(workflow, value(config.root, "parameters"))
    approvals: dict[str, Hold] = {}
    needs: dict[str, tuple[str, ...]] = {}
    jobs: list[DefinedJob] = []
    taken: set[str] = set()
    for entry in entries.items:
        if not config.spend():
            break
        for job_name, given in _entry(entry):
            shown = text(given, "name") or job_name
            needs[shown] = _requires(value(given, "requires"))
            if text(given, "type") == "approval":
                approvals[shown] = Hold(kind="approval", says=f"somebody approves {shown}", position=position(entry))
                continue
            used.add(job_name)
            job = read_job(config, job_name, config.jobs.get(job_name), given, orbs, at=position(entry))
            occasions, branches = _filters(value(given, "filters"), when)
            number, own = 1, shown
            while own in taken:
                number += 1
                own = f"{shown}-{number}"
            taken.add(own)
            jobs.append(
                structs.replace(
                    job,
                    id=f"{name}.{own}",
                    name=shown,
                    stage=name,
                    occasions=occasions,
                    start_places=_places(key, workflow, given),
                    doubtful=tuple(o for o in when.doubtful if o in occasions),
                    branches=branches or when.branches,
                    needs=needs[shown],
                )
            )
    limits = {job.name: job.branches for job in jobs}
    return [
        structs.replace(
            job,
            holds=_before(job.name, needs, approvals),
            branches=job.branches or _inherited(job.name, needs, limits),
        )
        for job in jobs
    ]


def _places(key: Scalar, workflow: Mapping, given: Mapping | None) -> dict[str, Position]:
    """Return where it is said what starts a job: its filters, else when its workflow runs, else where that begins."""
    own = next((position(name) for name, _ in given.pairs if name.value == "filters"), None) if given else None
    whole = {name.value: position(name) for name, _ in workflow.pairs if name.value in {"triggers", "when", "unless"}}
    outer = whole.get("triggers") or whole.get("when") or whole.get("unless") or position(key)
    if own is None or "triggers" in whole:
        return {"": outer}
    return {"": outer, Occasion.PUSH: own, Occasion.TAG: own}


def _inherited(job: str, needs: dict[str, tuple[str, ...]], limits: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the branches of a job that this one waits for: where that one does not run, neither does this."""
    seen: set[str] = set()
    todo = list(needs.get(job, ()))
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if limits.get(name):
            return limits[name]
        todo += needs.get(name, ())
    return ()


def _entry(entry: Node) -> Iterator[tuple[str, Mapping | None]]:
    if isinstance(entry, Scalar):
        yield entry.value, None
    elif isinstance(entry, Mapping):
        for key, given in entry.pairs[:1]:
            yield key.value, given if isinstance(given, Mapping) else None


def _requires(node: Node | None) -> tuple[str, ...]:
    """Return what a job waits for; an entry may name the wanted outcome too: `build: [success, failed]`."""
    if not isinstance(node, Sequence):
        return texts_of(node)
    out = []
    for item in node.items:
        if isinstance(item, Scalar):
            out.append(item.value)
        elif isinstance(item, Mapping):
            out += [key.value for key, _ in item.pairs]
    return tuple(out)


def _before(job: str, needs: dict[str, tuple[str, ...]], approvals: dict[str, Hold]) -> tuple[Hold, ...]:
    """Return the approvals that a job waits for, through other jobs too."""
    seen: set[str] = set()
    todo = list(needs.get(job, ()))
    found = []
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in approvals:
            found.append(approvals[name])
        todo += needs.get(name, ())
    return tuple(found)


def _filters(node: Node | None, when: When) -> tuple[tuple[Occasion, ...], tuple[str, ...]]:
    """Return what starts a job and the branches it is limited to. Without a filter for tags it runs on none.

    https://circleci.com/docs/reference/configuration-reference/#jobfilters
    """
    if Occasion.PUSH not in when.occasions:
        return when.occasions, ()
    if isinstance(node, Scalar):
        found = tuple(_BRANCH.findall(node.value)) if " or " not in node.value else ()
        return when.occasions, found
    branches = value(node, "branches")
    only = _patterns(branches, "only") if isinstance(branches, Mapping) else texts_of(branches)
    ignored = _patterns(branches, "ignore")
    occasions = [] if any(_any(pattern) for pattern in ignored) else [Occasion.PUSH]
    tags = value(node, "tags")
    if tags is not None and not any(_any(pattern) for pattern in _patterns(tags, "ignore")):
        occasions.append(Occasion.TAG)
    occasions += [occasion for occasion in when.occasions if occasion is not Occasion.PUSH]
    return tuple(occasions), () if any(_takes_forks(pattern) for pattern in only) else tuple(only)


def _patterns(node: Node | None, key: str) -> tuple[str, ...]:
    return texts_of(value(node, key))


def _takes_forks(pattern: str) -> bool:
    """Tell whether a pattern may take the branches that changes from forks are built on: then it shuts out nobody."""
    return _any(pattern) or patterns.takes(pattern, patterns.FORKED) is not False


def _any(pattern: str) -> bool:
    """Tell whether a pattern takes every name."""
    return text_of(Scalar(pattern, 0, 0)).strip("/^$ ") in {".*", ".+", "(.*)"}
