"""The verb fix: plans changes that lessen access. Here: least privilege in the pipeline files of a checkout."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from msgspec import Struct, structs

from pipewarden.connectors.checkout import Checkout, repository_name
from pipewarden.connectors.clones import clones
from pipewarden.connectors.trust_files import TrustSearch
from pipewarden.errors import UsageError
from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.least.environments import environments
from pipewarden.pipelines.least.identities import identities
from pipewarden.pipelines.least.kinds import Advice, Around, Default, Edit, EditKind, Outcome
from pipewarden.pipelines.least.proposals import Plan, propose
from pipewarden.pipelines.least.splits import splits
from pipewarden.pipelines.least.triggers import triggers
from pipewarden.pipelines.parts import Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions
from pipewarden.pipelines.trusts.stated import Stated
from pipewarden.pipelines.workflow import read_workflow
from pipewarden.render.patches import patch_of
from pipewarden.render.text import plural

SAFE = (EditKind.PERMISSIONS,)
"""What can be applied at once; the others wait for something that must exist first, or take something from runs that have it."""
_MADE: dict[EditKind, Callable[[str, str, Around], Outcome]] = {
    EditKind.TRIGGER: triggers,
    EditKind.SPLIT: splits,
    EditKind.OIDC: identities,
    EditKind.ENVIRONMENT: environments,
}


class Change(Struct, frozen=True, kw_only=True):
    """A file as it stands and as it would be, with the edits that make the difference."""

    path: str
    before: str
    after: str
    edits: tuple[Edit, ...]

    @property
    def told(self) -> Iterator[str]:
        """What each edit that is not safe at once needs before and after, in lines."""
        for edit in self.edits:
            if edit.kind in SAFE:
                continue
            yield f"{edit.kind}: {edit.says}"
            yield from (f"  first: {each}" for each in edit.first)
            yield from (f"  then:  {each}" for each in edit.then)

    @property
    def patch(self) -> str:
        """The change as git takes it, below what must exist before it is applied."""
        return patch_of(self.path, self.before, self.after, tuple(self.told))


class PipelinePlan(Struct, frozen=True, kw_only=True):
    """What would lessen what the pipelines of a checkout can do.

    `files` are the permissions of each file, `changes` what is chosen, all of a file's kinds in one. `by_kind` are the
    changes of each kind by itself, each against the files as they stand. `advice` is left to be done by hand.
    """

    files: tuple[Plan, ...]
    changes: tuple[Change, ...]
    by_kind: dict[EditKind, tuple[Change, ...]]
    advice: tuple[Advice, ...]
    unread: tuple[str, ...] = ()

    @property
    def patch(self) -> str:
        """What is chosen, as one patch that `git apply` takes."""
        return "".join(change.patch for change in self.changes)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All edits that are offered but permissions, of every kind."""
        found = (change.edits for kind, changes in self.by_kind.items() if kind not in SAFE for change in changes)
        return tuple(edit for edits in found for edit in edits)


def plan_pipelines(
    folder: Path,
    *,
    only: Collection[EditKind] = SAFE,
    default: Default = None,
    reads: bool = False,
    repository: str = "",
) -> PipelinePlan:
    """Plan least privilege for the GitHub workflows below a folder. Nothing is written.

    `only` are the kinds that are chosen; `default` is what the repository's token may do where a file is silent; with
    `reads` scopes that only read are taken away too; `repository` is `OWNER/NAME` where git does not tell it. Raises
    UsageError where the folder is none.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="Name the root of a checkout, such as `.`.")
    held = [path for path, _ in clones(folder) if path != folder]
    if held:
        raise UsageError(
            f"{folder} holds {plural(len(held), 'checkout')}", hint=f"Plan for one at a time, such as `{held[0]}`."
        )
    planner = _Planner(folder, default, repository, reads=reads)
    plans = planner.all_permissions()
    outcomes = planner.each_by_itself(plans)
    by_kind = {kind: tuple(_changes(planner.texts, found)) for kind, found in outcomes.items()}
    advice = sorted(
        (each for found in outcomes.values() for outcome in found.values() for each in outcome.advice),
        key=lambda each: (each.path, each.line),
    )
    return PipelinePlan(
        files=tuple(plans),
        changes=tuple(_changes(planner.texts, planner.chosen(frozenset(only), outcomes))),
        by_kind=by_kind,
        advice=tuple(advice),
        unread=tuple(planner.unread),
    )


class _Planner:
    """The workflows of a checkout, and what is known beside them."""

    def __init__(self, folder: Path, default: Default, repository: str, *, reads: bool) -> None:
        checkout = Checkout(folder)
        self.reads = reads
        self.default = default
        self.unread: list[str] = []
        found: dict[str, str] = {}
        wanted = {PipelineKind.GITHUB_WORKFLOW, PipelineKind.GITHUB_ACTION}
        for path in checkout.files.paths:
            if kind_of(path) in wanted:
                text = checkout.files.text(path)
                if text is None:
                    self.unread.append(f"{path} is too large, a link or cannot be read")
                elif "\ufffd" in text:
                    self.unread.append(f"{path} is not written in UTF-8")
                else:
                    found[path] = text
        actions = dict(_actions(found))
        self.texts = {path: text for path, text in found.items() if _is_workflow(path)}
        self.workflows = {path: read_workflow(path, text) for path, text in self.texts.items()}
        self.around = Around(
            repository=repository or _named(folder),
            default=default,
            actions=actions,
            workflows=tuple(self.workflows.values()),
            trusts=_trusts(checkout, self.workflows),
            texts=self.texts,
        )

        self._called = {f"./{path}": workflow for path, workflow in self.workflows.items()}

    def all_permissions(self) -> list[Plan]:
        """Return what is proposed of the permissions of every file; callers give what called ones will then ask for."""
        plans = [self.permissions(path, text) for path, text in self.texts.items()]
        calls = {job.uses.path for each in self.workflows.values() for job in each.jobs if job.uses is not None}
        changed = [each for each in plans if each.before != each.after and f"./{each.path}" in calls]
        if not changed:
            return plans
        self._called |= {f"./{each.path}": read_workflow(each.path, each.after) for each in changed}
        return [self.permissions(path, text) for path, text in self.texts.items()]

    def permissions(self, path: str, text: str) -> Plan:
        """Return what is proposed of the permissions of a file with this text."""
        caps = dict(_caps(path, self.workflows, self.default))
        return propose(
            path,
            text,
            default=self.default,
            actions=self.around.actions,
            called=self._called,
            caps=caps,
            reads=self.reads,
        )

    def each_by_itself(self, plans: list[Plan]) -> dict[EditKind, dict[str, Outcome]]:
        """Return each file with the edits of each kind, made to it as it stands."""
        found: dict[EditKind, dict[str, Outcome]] = {kind: {} for kind in EditKind}
        for plan in plans:
            found[EditKind.PERMISSIONS][plan.path] = _outcome(plan)
            for kind, make in _MADE.items():
                found[kind][plan.path] = make(plan.path, plan.before, self.around)
        return found

    def chosen(self, kinds: frozenset[EditKind], by_itself: dict[EditKind, dict[str, Outcome]]) -> dict[str, Outcome]:
        """Return each file with the edits of some kinds made one after the other."""
        made = {}
        for path, before in self.texts.items():
            text, edits = before, list[Edit]()
            for kind in (each for each in EditKind if each in kinds):
                outcome = by_itself[kind][path]
                if text != before:
                    make = _MADE.get(kind)
                    outcome = (
                        make(path, text, self._with(path, text)) if make else _outcome(self.permissions(path, text))
                    )
                text = outcome.text
                edits += outcome.edits
            made[path] = Outcome(text=text, edits=tuple(edits))
        return made

    def _with(self, path: str, text: str) -> Around:
        """Return what is known of the repository, one file as it would be."""
        workflows = (read_workflow(path, text) if each.path == path else each for each in self.around.workflows)
        return structs.replace(self.around, workflows=tuple(workflows), texts={**self.texts, path: text})


def _outcome(plan: Plan) -> Outcome:
    edits = tuple(
        Edit(
            kind=EditKind.PERMISSIONS, path=each.path, job=each.job, line=each.line, column=each.column, says=each.says
        )
        for each in plan.proposals
    )
    return Outcome(text=plan.after, edits=edits)


def _changes(texts: dict[str, str], outcomes: dict[str, Outcome]) -> Iterator[Change]:
    for path, outcome in outcomes.items():
        if outcome.text != texts[path]:
            yield Change(path=path, before=texts[path], after=outcome.text, edits=outcome.edits)


def write(plan: PipelinePlan, folder: Path) -> list[str]:
    """Write what is chosen; return the paths. Raises UsageError where a file is no longer what was planned for."""
    files = Checkout(folder).files
    known = set(files.paths)
    for each in plan.changes:
        if each.path not in known or files.text(each.path) != each.before:
            raise UsageError(f"{each.path} has changed since it was planned", hint="Plan again.")
    for each in plan.changes:
        _put(files.place(each.path), each.after.encode("utf-8"))
    return [each.path for each in plan.changes]


def write_patches(plan: PipelinePlan, into: Path, kinds: Collection[EditKind]) -> list[str]:
    """Write one patch for each kind and file into a new folder; return their names.

    Raises UsageError where the folder holds something already: an old patch among the new ones would be applied with them.
    """
    try:
        if into.exists() and (not into.is_dir() or any(into.iterdir())):
            raise UsageError(f"{into} holds something already", hint="Name a folder that is new or empty.")
        into.mkdir(parents=True, exist_ok=True)
        names = list[str]()
        for kind, changes in plan.by_kind.items():
            for change in changes if kind in kinds else ():
                name = _fresh(f"{kind}-{_plain(change.path)}", names)
                (into / name).write_text(change.patch, encoding="utf-8", newline="")
                names.append(name)
    except OSError as mistake:
        raise UsageError(f"{into} cannot be written: {mistake.strerror}", hint="Name another folder.") from mistake
    return names


def _plain(path: str) -> str:
    """Return the name of a workflow as the name of a file that holds nothing odd."""
    name = path.removeprefix(".github/workflows/")
    return "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in name)[:80]


def _fresh(name: str, names: list[str]) -> str:
    """Return a name that is not taken yet, ending as patches do."""
    number = 1
    while (found := f"{name}{f'-{number}' if number > 1 else ''}.patch") in names:
        number += 1
    return found


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


def _named(folder: Path) -> str:
    """Return OWNER/NAME of a checkout; empty where its git configuration does not tell it."""
    name = repository_name(folder)
    return "" if name.startswith("local/") else name


def _is_workflow(path: str) -> bool:
    return path.startswith(".github/workflows/")


def _trusts(checkout: Checkout, workflows: dict[str, Workflow]) -> tuple[Stated, ...]:
    """Return the trusts that the files of a checkout state, where a job may ask for a token that they could be about."""
    if all(job.oidc is False for workflow in workflows.values() for job in workflow.jobs):
        return ()
    search = TrustSearch(checkout.files.paths)
    for path in checkout.files.paths:
        if search.wants(path) and not _is_workflow(path):
            search.take(path, checkout.files.text(path))
    return search.stated()


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
