"""Own actions that stand anywhere in a repository and that no workflow uses: found in the listing that the search for trusts reads.

Those at the root and in `.github/actions` the batch shows by itself. Of others a repository without such a listing tells nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from pipewarden.connectors.github.composed import BESIDE, OPENED, Beside
from pipewarden.connectors.github.contents import MOST_BYTES
from pipewarden.connectors.github.fetched import Texts
from pipewarden.connectors.github.own_actions import MOST_ACTIONS
from pipewarden.connectors.github.repositories import Seen
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.pipelines import workflow_facts
from pipewarden.connectors.uncalled_actions import folders_of, told_of_action, without_callers
from pipewarden.connectors.wanted import SKIPPED
from pipewarden.model.facts import AnyFact, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.github.opened import OpenWorkflow, opened_action


class Before(NamedTuple):
    """What the batch knows of own actions of a repository, by folder."""

    looked_for: frozenset[str]
    """Where it looked for one, found or not."""
    used: frozenset[str]
    """Those that workflows use."""


NOTHING_KNOWN = Before(frozenset(), frozenset())


def before(run: Run, repository: Ref) -> Before:
    """Return what was known of a repository's own actions when its workflows were read."""
    folders: set[str] = set()
    used: set[str] = set()
    for workflow in run.known(Kind.WORKFLOW):
        if workflow.parent != repository:
            continue
        if BESIDE in workflow.attributes:
            folders |= set(msgspec.convert(workflow.attributes[BESIDE], Beside).looked_for)
        if OPENED in workflow.attributes:
            opened = msgspec.convert(workflow.attributes[OPENED], OpenWorkflow)
            used |= {folder for job in opened.jobs for folder in folders_of(job.steps)}
    return Before(frozenset(folders), frozenset(used))


def among(listed: Iterable[tuple[str, int]], known: Before) -> tuple[list[str], int]:
    """Return the files of own actions in a listing and how many are left out; none where the batch looked into all folders.

    A file that the batch fetched is among them where another is: that may lean on it.
    """
    found = sorted(
        (path, size)
        for path, size in listed
        if kind_of(path) is PipelineKind.GITHUB_ACTION and SKIPPED.isdisjoint(path.split("/")[:-1])
    )
    if all(_folder(path) in known.looked_for for path, _ in found):
        return [], 0
    chosen = [path for path, size in found if size <= MOST_BYTES][:MOST_ACTIONS]
    return chosen, len(found) - len(chosen)


def facts_of(run: Run, seen: Seen, texts: Mapping[str, str], known: Before) -> Iterator[AnyFact]:
    """Yield the facts of actions that no workflow uses, each with its steps for whoever calls a workflow that does."""
    owner = seen.name.partition("/")[0]
    actions = {_folder(path): opened_action(read_action(path, text)) for path, text in sorted(texts.items())}
    new = {folder: action for folder, action in actions.items() if folder not in known.looked_for}
    origin = run.origin("graphql Files")
    for folder in without_callers(actions, (), known.used):
        if folder not in new:
            continue  # the batch told of it
        path = new[folder].path
        told = told_of_action(path, texts[path], owner, Texts(texts))
        for fact in workflow_facts(told, repository=seen.ref, repository_name=seen.name, origin=origin):
            if isinstance(fact, Resource):
                kept = msgspec.to_builtins(Beside(new, tuple(sorted(new))))
                yield replace(fact, attributes={**fact.attributes, BESIDE: kept})
            else:
                yield fact


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
