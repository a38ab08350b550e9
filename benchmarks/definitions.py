"""Read and judge the pipeline files of Azure, CircleCI and Bitbucket below a folder: speed, jobs counted a second way, crashes.

    python -m benchmarks.definitions DIR

Fetches nothing. Every YAML file of the folder goes through every reader, whatever it is, to find what breaks one. Files of a
system's own name are read again for the clock, and the jobs of CircleCI and Bitbucket are counted beside PyYAML's tree.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from benchmarks.access import machine
from pipewarden.pipelines.definition import Definition
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.systems import SYSTEMS

KINDS = (PipelineKind.AZURE_PIPELINES, PipelineKind.CIRCLECI, PipelineKind.BITBUCKET)
LARGEST = 1024 * 1024


class Folder:
    """The repository that a file lies in, as a library."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def local(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            return None

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        del project, path, ref
        return None


def files(folder: Path) -> Iterator[tuple[Path, str, PipelineKind | None, str]]:
    """Yield root, path, kind and text of each YAML file; the first level of folders are repositories."""
    for path in sorted(folder.rglob("*.y*ml")):
        if path.is_file() and path.stat().st_size <= LARGEST:
            root = folder / path.relative_to(folder).parts[0]
            inside = path.relative_to(root).as_posix() if root.is_dir() else path.name
            kind = kind_of(inside)
            yield root, inside, kind if kind in KINDS else None, path.read_text(encoding="utf-8", errors="replace")


def steps_of(node: Any) -> int:
    """Count the steps of a Bitbucket pipeline."""
    if isinstance(node, list):
        return sum(steps_of(item) for item in node)
    if isinstance(node, dict):
        return ("step" in node) + sum(steps_of(node[key]) for key in ("parallel", "stage", "steps") if key in node)
    return 0


def counted(kind: PipelineKind, text: str) -> int | None:
    """Count the jobs that can run by another reader's tree; None where that one cannot read it, or the count is not simple."""
    try:
        tree = yaml.load(text, yaml.CBaseLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(tree, dict):
        return None
    if kind is PipelineKind.BITBUCKET:
        pipelines = tree.get("pipelines")
        told = pipelines if isinstance(pipelines, dict) else {}
        groups = ("branches", "tags", "bookmarks", "pull-requests", "custom")
        named = [told[key] for key in groups if isinstance(told.get(key), dict)]
        return steps_of(told.get("default")) + sum(steps_of(each) for group in named for each in group.values())
    if kind is PipelineKind.CIRCLECI:
        flows = tree.get("workflows")
        if not isinstance(flows, dict):
            return None
        entries = [job for each in flows.values() if isinstance(each, dict) for job in each.get("jobs") or ()]
        return sum(not (isinstance(job, dict) and "approval" in str(job)) for job in entries)
    return None


def main() -> int:
    """Print what was read, how fast, and what differs. Returns 1 where a reader broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    everything = list(files(parser.parse_args().folder))
    own = [each for each in everything if each[2] is not None]
    print(machine())
    broken = 0
    for root, path, _, text in everything:
        for kind in KINDS:
            read, judge = SYSTEMS[kind].read, SYSTEMS[kind].judge
            try:
                judge(read(path, text, Folder(root)))
            except Exception:  # noqa: BLE001 - what this looks for
                broken += 1
                print(f"{root.name}/{path} as {kind.value}:\n{traceback.format_exc(limit=-3)}")
    print(f"{len(everything)} YAML files through {len(KINDS)} readers: {broken} broke one")
    for kind in KINDS:
        mine = [(root, path, text) for root, path, each, text in own if each is kind]
        read, judge = SYSTEMS[kind].read, SYSTEMS[kind].judge
        start = time.process_time()
        done: list[Definition] = [read(path, text, Folder(root)) for root, path, text in mine]
        reading = time.process_time() - start
        start = time.process_time()
        weak = sum(len(judge(each)) for each in done)
        judging = time.process_time() - start
        jobs = sum(not job.hidden for each in done for job in each.jobs)
        whole = sum(each.complete for each in done)
        rate = len(mine) / reading if reading else 0
        print(
            f"{kind.value}: {len(mine)} files, {whole} whole, {jobs} jobs, {weak} weaknesses; "
            f"read {rate:,.0f} files a CPU second, judged in {judging:.3f} s"
        )
        for (root, path, text), each in zip(mine, done, strict=True):
            known = counted(kind, text)
            found = sum(not job.hidden for job in each.jobs)
            if each.complete and known is not None and known != found:
                print(f"  {root.name}/{path}: {found} jobs, {known} by PyYAML")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
