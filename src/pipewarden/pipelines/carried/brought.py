"""Whose code a step brings into the workspace: by a checkout, by git in a script, by what it fetches and unpacks, by an action."""

# ruff: noqa: SIM905  (a list of words reads best as text)
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.carried.held import OWN, Held, joined
from pipewarden.pipelines.parts import Job, Step
from pipewarden.pipelines.uses import UsesKind

if TYPE_CHECKING:
    from pipewarden.pipelines.carried.flows import Flows

CHECKOUT = "actions/checkout"
_GIT_TAKES = re.compile(
    begun("git")
    + r"\b(?:\s+-\S+(?:\s+[^\s-]\S*)?)*\s+(?:checkout|switch|fetch|pull|merge|reset|clone|worktree|submodule)\b"
)
_GIT_NAMES = re.compile(
    r"\b(?:checkout\s+(?:-[bB]|--orphan)|switch\s+(?:-[cC]|--create|--orphan))\s+(?:\$\{\{[^}\n]{0,200}\}\}|\S)+\s*$"
)
"""A new branch where one stands: it takes nothing."""
_PULL_BY_GIT = re.compile(
    begun(
        *(rf"{tool}\s{{1,9}}pr\s{{1,9}}checkout\b" for tool in ("gh", "hub")),
        r"git\s{1,9}(?:-\S+\s+(?:\S+\s+)?)?(?:fetch|pull|checkout|clone)\b[^\n]{0,300}?\bpull/[^\n/]{1,200}/(?:head|merge)\b",
    )
)
_FETCHED = re.compile(begun("curl", "wget", r"gh\s+api") + r"\b")
_UNPACKED = re.compile(begun("tar", "unzip", "bsdtar", "7z") + r"\b")
_NAMES_CODE = frozenset(
    """
    ref sha commit commit-sha commit_sha head head-ref head_ref head-sha head_sha branch repository repo git-ref
    git_ref pr pr-number pr_number pull-request number url
    """.split()
)
"""Inputs by which an action may be told which code to take."""


def taken(flows: "Flows", step: Step, job: Job) -> Held:
    """Return whose code a step brings into the workspace, as far as it brings any."""
    if step.uses is not None:
        if step.uses.action == CHECKOUT and step.uses.kind is UsesKind.REPOSITORY:
            return joined(flows.value(step.with_.get(name, ""), job, step) for name in ("ref", "repository"))
        return _told_to(flows, step, job)
    script = step.run or ""
    by_git = "git" in script or "gh" in script or "hub" in script
    if by_git and _PULL_BY_GIT.search(script) and _PULL_BY_GIT.search(flows.as_run(script)):
        return Held(code="git")
    parts = []
    if by_git and _GIT_TAKES.search(script):
        parts += [
            flows.text(command.text, step, job)
            for command in flows.scripted(step, job).commands
            if _GIT_TAKES.search(command.text) and not _GIT_NAMES.search(command.text)
        ]
    if "://" in script or "$" in script:
        parts += _fetched(flows, step, job, script)
    return joined(parts)


def _fetched(flows: "Flows", step: Step, job: Job, script: str) -> Iterable[Held]:
    """Yield whose code a script fetches and unpacks."""
    if not (_FETCHED.search(script) and _UNPACKED.search(script)):
        return
    for command in flows.scripted(step, job).commands:
        if _FETCHED.search(command.text):
            held = flows.text(command.text, step, job)
            yield Held(code=held.code)


def _told_to(flows: "Flows", step: Step, job: Job) -> Held:
    """Return what an action may take that is told which code: whether it does, its own code decides."""
    if step.uses is None or step.uses.kind is UsesKind.LOCAL or step.uses.action.startswith(("actions/", "github/")):
        return OWN
    for name in _NAMES_CODE & step.with_.keys():
        held = flows.value(step.with_[name], job, step)
        if held.code or (held.number and name in {"pr", "pr-number", "pr_number", "pull-request", "number"}):
            return Held(open_code=f"{step.uses.text[:60]}, which is told the pull request's {name}")
    return OWN
