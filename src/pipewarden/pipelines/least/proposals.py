"""Proposals of least privilege for one workflow: what each job needs instead of what it has, as a checked edit."""

import re
from collections.abc import Collection, Mapping
from functools import partial

from msgspec import Struct

from pipewarden.pipelines.least.blocks import with_permissions
from pipewarden.pipelines.least.commands import strange
from pipewarden.pipelines.least.kinds import Default
from pipewarden.pipelines.least.needs import RANK, JobNeeds, Reason, needs_of
from pipewarden.pipelines.least.said import differing, is_sound, read
from pipewarden.pipelines.least.together import Work, made_together
from pipewarden.pipelines.parts import Job, Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions

_NOT_THAT = "the edited file would not say just that"


class Proposal(Struct, frozen=True, kw_only=True):
    """One job's permissions as they should be. `loses` says what the job no longer has: `contents: write`."""

    path: str
    job: str
    line: int
    column: int
    scopes: dict[str, str]
    loses: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()

    @property
    def says(self) -> str:
        """The sentence for a person."""
        has = ", ".join(f"{scope}: {level}" for scope, level in self.scopes.items()) or "nothing"
        less = f"; it loses {', '.join(self.loses)}" if self.loses else ""
        return f"job {self.job} needs {has}{less}"


class Left(Struct, frozen=True):
    """A job that is left as it is, and why."""

    path: str
    job: str
    line: int
    why: str
    column: int = 1


class Plan(Struct, frozen=True, kw_only=True):
    """What is proposed for one file: the text as it would be, each change, and what was left."""

    path: str
    before: str
    after: str
    proposals: tuple[Proposal, ...] = ()
    left: tuple[Left, ...] = ()


def propose(
    path: str,
    text: str,
    *,
    default: Default = None,
    actions: Mapping[str, tuple[Step, ...]] | None = None,
    called: Mapping[str, Workflow] | None = None,
    caps: Mapping[str, Mapping[str, str]] | None = None,
    reads: bool = False,
) -> Plan:
    """Return the plan for one workflow file.

    `default` is what the repository's token may do where a file is silent (None: not known), `actions` the steps of
    local composite actions, `called` the repository's own workflows by path (`./.github/workflows/x.yml`), `caps` what
    the callers of this file give at least, by scope and job. Where a job would lose reading alone nothing is proposed,
    unless `reads`. Nothing is offered that was not read again and judged:
    the job then has just these scopes, and nothing else of the file has changed.
    """
    workflow = read(path, text)
    if not workflow.complete:
        return Plan(path=path, before=text, after=text, left=(Left(path, "", 1, "the file could not be read"),))
    wanted, why_not = dict[str, Proposal](), dict[str, str]()
    for job in workflow.jobs:
        needs = _needs(workflow, job, actions, called or {})
        outcome = _outcome(workflow, job, needs, default, reads=reads)
        if isinstance(outcome, Proposal):
            why = _short_of(job, outcome.scopes, caps or {})
            outcome = why or outcome
        if isinstance(outcome, str):
            why_not[job.id] = outcome
        else:
            wanted[job.id] = outcome
    made = made_together(text, {job: _work(each) for job, each in wanted.items()}, partial(_refused, path, wanted))
    why_not |= made.refused
    left = [
        Left(path, job.id, job.position.line, why_not[job.id], job.position.column)
        for job in workflow.jobs
        if why_not.get(job.id)
    ]
    proposals = tuple(each for job, each in wanted.items() if job not in made.refused)
    return Plan(path=path, before=text, after=made.text, proposals=proposals, left=tuple(left))


def _work(wanted: Proposal) -> Work:
    notes = _notes(wanted)
    return Work(wanted.job, lambda text: with_permissions(text, wanted.job, wanted.scopes, notes=notes))


def _needs(
    workflow: Workflow, job: Job, actions: Mapping[str, tuple[Step, ...]] | None, called: Mapping[str, Workflow]
) -> JobNeeds:
    """Return what a job needs; a call of one of the repository's own workflows needs what all its jobs need."""
    inner = called.get(job.uses.path) if job.uses is not None else None
    if inner is None or not inner.complete:
        return needs_of(workflow, job, actions)
    scopes: dict[str, str] = {}
    reasons: list[Reason] = []
    unknown: list[str] = []
    if any(use.name == "GITHUB_TOKEN" for use in job.secrets) or any("github.token" in v for v in job.with_.values()):
        unknown.append("the called workflow is given the token under another name")
    for each in inner.jobs:
        if each.uses is not None:
            unknown.append(f"{each.uses.text} is called in turn")
            continue
        found = needs_of(inner, each, actions)
        stated = effective_permissions(inner, each, None)
        wanted = found.scopes
        if each.permissions is not None and not isinstance(stated, Unknown):
            # GitHub refuses to start a call that asks for more than its caller has
            wanted = {scope: level for scope, level in stated.items() if scope != "metadata"}
        elif found.unknown:
            unknown += found.unknown
        for scope, level in wanted.items():
            if RANK[level] > RANK[scopes.get(scope, "none")]:
                scopes[scope] = level
        reasons += found.reasons
    return JobNeeds(job=job.id, scopes=dict(sorted(scopes.items())), reasons=tuple(reasons), unknown=tuple(unknown))


def _outcome(workflow: Workflow, job: Job, needs: JobNeeds, default: Default, *, reads: bool) -> Proposal | str:
    """Return what to propose for a job, or why nothing; empty where it has no more than it needs."""
    has = effective_permissions(workflow, job, default)
    if isinstance(has, Unknown):
        if job.permissions is not None or workflow.permissions is not None:
            return has.reason
        if needs.unknown:
            return needs.unknown[0]
        return _proposal(workflow, job, needs.scopes, (), needs)
    stated = {scope: level for scope, level in has.items() if scope != "metadata"}
    wanted = _may_ask(workflow, job, needs.scopes)
    if needs.unknown:
        wide = [scope for scope, level in stated.items() if RANK[level] > RANK[wanted.get(scope, "none")]]
        return needs.unknown[0] if wide else ""
    # never more than it has: it works with that
    kept = {
        scope: min(level, stated[scope], key=RANK.__getitem__) for scope, level in wanted.items() if scope in stated
    }
    loses = tuple(f"{scope}: {level}" for scope, level in sorted(stated.items()) if kept.get(scope) != level)
    if not reads and all(each.endswith(": read") for each in loses):
        return ""
    return _proposal(workflow, job, kept, loses, needs)


def beyond(workflow: Workflow, job: Job, needs: JobNeeds, default: Default) -> dict[str, str]:
    """Return the scopes that a job has beyond what it needs, each with its level; none where what it needs is not known."""
    has = effective_permissions(workflow, job, default)
    if isinstance(has, Unknown) or needs.unknown:
        return {}
    wanted = _may_ask(workflow, job, needs.scopes)
    return {scope: level for scope, level in has.items() if RANK[level] > RANK[wanted.get(scope, "none")]}


def _may_ask(workflow: Workflow, job: Job, scopes: Mapping[str, str]) -> Mapping[str, str]:
    """Return what is needed with what a script may use and leaves no trace of in the file.

    Any script may ask for an OIDC token: that counts where somebody named `id-token`. A program that is not looked into
    may push with the credentials that a checkout left on the disk: that counts where somebody gave `contents: write` to
    just this job.
    https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
    https://github.com/actions/checkout#push-a-commit-using-the-built-in-token
    """
    wanted = dict(scopes)
    scripts = [step.run for step in job.steps if step.run is not None]
    stated = job.permissions if job.permissions is not None else workflow.permissions
    if scripts and stated is not None and stated.levels.get("id-token") == "write":
        wanted["id-token"] = "write"
    own = job.permissions is not None and job.permissions.levels.get("contents") == "write"
    if own and any(each.persists_credentials is not False for each in job.checkouts) and any(map(strange, scripts)):
        wanted["contents"] = "write"
    return wanted


def _proposal(
    workflow: Workflow, job: Job, scopes: Mapping[str, str], loses: tuple[str, ...], needs: JobNeeds
) -> Proposal:
    return Proposal(
        path=workflow.path,
        job=job.id,
        line=job.position.line,
        column=job.position.column,
        scopes=dict(sorted(scopes.items())),
        loses=loses,
        reasons=needs.reasons,
    )


def _notes(proposal: Proposal) -> dict[str, str]:
    """Return what each scope that writes is for, as the comment beside a line that is new."""
    found: dict[str, str] = {}
    for reason in proposal.reasons:
        told = " ".join(re.sub(r"\$\{\{.*?\}\}|[^\w .,:/@()'&+-]", " ", reason.step).split())[:60].strip()
        if proposal.scopes.get(reason.scope) == reason.level == "write" and told:
            found.setdefault(reason.scope, f"for {told}")
    return found


def _short_of(job: Job, scopes: Mapping[str, str], caps: Mapping[str, Mapping[str, str]]) -> str:
    """Say which caller gives less than the job would then ask for: GitHub would not start the call.

    https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations#access-and-permissions-for-nested-workflows
    """
    del job
    for caller, most in caps.items():
        for scope, level in scopes.items():
            if RANK[level] > RANK[most.get(scope, "none")]:
                return f"{caller} calls it with less than {scope}: {level}"
    return ""


def _refused(
    path: str, wanted: Mapping[str, Proposal], before: str, after: str, edited: Collection[str]
) -> dict[str, str]:
    """Say of which jobs the edited text does not say just the scopes that were wanted, and for all else what it said."""
    old, new = read(path, before), read(path, after)
    if not is_sound(old, new):
        return {"": _NOT_THAT}
    refused = differing(old, new, edited, ("permissions", "oidc"))
    has = {job.id: job.permissions for job in new.jobs}
    for job in edited:
        stated = has.get(job)
        if stated is None or not stated.valid or stated.shorthand or stated.levels != wanted[job].scopes:
            refused.add(job)
    return dict.fromkeys(refused, _NOT_THAT)
