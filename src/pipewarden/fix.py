"""The verb fix: plans changes that lessen access. Here: least privilege in the pipeline files of a checkout."""

import difflib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from pipewarden.connectors.checkout import Checkout
from pipewarden.connectors.clones import clones
from pipewarden.errors import UsageError
from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.least.advice import Advice, advice, is_production
from pipewarden.pipelines.least.blocks import CannotEditError, with_environment
from pipewarden.pipelines.least.proposals import Default, Plan, propose
from pipewarden.pipelines.parts import Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.render.text import plural


class PipelinePlan(Struct, frozen=True, kw_only=True):
    """What would lessen what the pipelines of a checkout can do: edits of files, and steps to take by hand."""

    files: tuple[Plan, ...]
    advice: tuple[Advice, ...]
    unread: tuple[str, ...] = ()

    @property
    def patch(self) -> str:
        """All edits as one patch that `git apply` takes."""
        return "".join(patch_of(plan.path, plan.before, plan.after) for plan in self.files if plan.before != plan.after)


def plan_pipelines(
    folder: Path, *, default: Default = None, environments: bool = False, reads: bool = False
) -> PipelinePlan:
    """Plan least privilege for the GitHub workflows below a folder. Nothing is written.

    `default` is what the repository's token may do where a file is silent; with `environments` jobs whose names say
    production get one, with `reads` scopes that only read are taken away too. Raises UsageError where the folder is none.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="Name the root of a checkout, such as `.`.")
    held = [path for path, _ in clones(folder) if path != folder]
    if held:
        raise UsageError(
            f"{folder} holds {plural(len(held), 'checkout')}", hint=f"Plan for one at a time, such as `{held[0]}`."
        )
    checkout = Checkout(folder)
    texts: dict[str, str] = {}
    unread = []
    wanted = {PipelineKind.GITHUB_WORKFLOW, PipelineKind.GITHUB_ACTION}
    for path in checkout.files.paths:
        if kind_of(path) in wanted:
            text = checkout.files.text(path)
            if text is None:
                unread.append(f"{path} is too large, a link or cannot be read")
            else:
                texts[path] = text
    actions = dict(_actions(texts))
    workflows = {path: read_workflow(path, text) for path, text in texts.items() if _is_workflow(path)}
    called = {f"./{path}": workflow for path, workflow in workflows.items()}
    plans, told = [], []
    for path, workflow in workflows.items():
        caps = dict(_caps(path, workflows, default))
        plan = propose(path, texts[path], default=default, actions=actions, called=called, caps=caps, reads=reads)
        if environments:
            plan = _with_environments(plan, workflow)
        plans.append(plan)
        told += list(advice(workflow))
    return PipelinePlan(files=tuple(plans), advice=tuple(told), unread=tuple(unread))


def write(plan: PipelinePlan, folder: Path) -> list[str]:
    """Write the edits of a plan; return the paths. Raises UsageError where a file is no longer what was planned for."""
    changed = [each for each in plan.files if each.before != each.after]
    files = Checkout(folder).files
    known = set(files.paths)
    for each in changed:
        if each.path not in known or files.text(each.path) != each.before:
            raise UsageError(f"{each.path} has changed since it was planned", hint="Plan again.")
    for each in changed:
        _put(files.place(each.path), each.after.encode("utf-8"))
    return [each.path for each in changed]


def _put(place: Path, body: bytes) -> None:
    """Replace a file in one step. The draft is a new file of a name that nobody could lay a link under before."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".draft-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(body)
        draft.chmod(place.stat().st_mode & 0o7777)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _is_workflow(path: str) -> bool:
    return path.startswith(".github/workflows/")


def _actions(texts: dict[str, str]) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """Yield the steps of composite actions by their folder; others have none of their own."""
    for path, text in texts.items():
        if not _is_workflow(path):
            action = read_action(path, text)
            if action.complete and action.using == "composite":
                folder = path.rpartition("/")[0]
                yield f"./{folder}" if folder else "./", action.steps


def _caps(path: str, workflows: dict[str, Workflow], default: Default) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what the jobs that call a workflow give it, where that is known."""
    for other, workflow in workflows.items():
        for job in workflow.jobs:
            if job.uses is not None and job.uses.path == f"./{path}":
                has = effective_permissions(workflow, job, default)
                if not isinstance(has, Unknown):
                    yield f"{other}#{job.id}", dict(has)


def _with_environments(plan: Plan, workflow: Workflow) -> Plan:
    after = plan.after
    for job in workflow.jobs:
        if job.environment is None and job.uses is None and job.secrets and is_production(job):
            try:
                edited = with_environment(after, job.id, "production")
            except CannotEditError:
                continue
            read = read_workflow(plan.path, edited).job(job.id)
            if read is not None and read.environment is not None and read.environment.name == "production":
                after = edited
    return Plan(path=plan.path, before=plan.before, after=after, proposals=plan.proposals, left=plan.left)


def patch_of(path: str, before: str, after: str) -> str:
    """Return one file's edit as a unified patch; a last line without its end says so, as git wants it."""
    lines = difflib.unified_diff(_lines(before), _lines(after), _quoted(f"a/{path}"), _quoted(f"b/{path}"))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Return the lines of a text as git counts them: other characters that break lines are letters to it."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _quoted(path: str) -> str:
    """Return a path as git writes it in a patch: one with more than plain letters is quoted, so that it stays one path.

    https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
    """
    if path.isascii() and path.isprintable() and not {'"', "\\"} & set(path):
        return path
    parts = (
        f"\\{chr(byte)}" if chr(byte) in '"\\' else chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"
        for byte in os.fsencode(path)
    )
    return f'"{"".join(parts)}"'
