"""What of a job is worth keeping away from code of others: secrets, and scopes of the token with which one publishes."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import structs

from pipewarden.pipelines.least.advice import runs_others
from pipewarden.pipelines.least.kinds import Around
from pipewarden.pipelines.least.needs import RANK, needs_of
from pipewarden.pipelines.parts import Job, SecretForm, SecretUse, Step, Workflow
from pipewarden.pipelines.token import Unknown, effective_permissions

_PUBLISHING = frozenset({"id-token", "contents", "packages", "pages", "deployments", "attestations"})
"""Scopes that change what others take from the repository, or that make a job somebody elsewhere."""
_ASKS = ("ACTIONS_ID_TOKEN", "cosign", "sigstore", "--provenance", "oidc", "id-token")
"""Words of scripts that ask for a job's identity, or have a program do so."""


class Power(NamedTuple):
    """A job that runs code of others before steps that hold something."""

    others: tuple[Step, ...]
    """The steps that run code of others."""
    wide: tuple[SecretUse, ...]
    """Secrets that every step sees."""
    late: tuple[SecretUse, ...]
    """Secrets that steps take after code of others ran."""
    scopes: Mapping[str, int]
    """Scopes that write and that steps after code of others use, each with the first of these steps."""

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that hold something after code of others ran, in order."""
        return tuple(sorted({*(use.step for use in self.late if use.step is not None), *self.scopes.values()}))

    def behind(self, step: int) -> "Power":
        """Return what is held from a step on and not before."""
        before = {use.name for use in self.late if use.step is not None and use.step < step}
        late = tuple(use for use in self.late if use.step is not None and use.step >= step and use.name not in before)
        return self._replace(late=late, scopes={scope: at for scope, at in self.scopes.items() if at >= step})

    @property
    def first(self) -> int | None:
        """The first step that holds something after code of others ran."""
        return next(iter(self.steps), None)


def power_of(workflow: Workflow, job: Job, around: Around) -> Power:
    """Return what steps of a job hold, and what runs beside it."""
    others = tuple(step for step in job.steps if runs_others(step))
    own = [use for use in job.secrets if use.name != "GITHUB_TOKEN" and use.form is SecretForm.NAMED]
    wide = tuple(use for use in own if use.step is None and use.where.startswith("env"))
    if not others:
        return Power((), wide, (), {})
    first = others[0].index
    late = tuple(use for use in own if use.step is not None and use.step > first)
    return Power(others, wide, late, _scopes(workflow, job, around, first))


def _scopes(workflow: Workflow, job: Job, around: Around, first: int) -> dict[str, int]:
    """Return the scopes that write, are stated, and are used after a step alone, with the first step that uses each."""
    if job.permissions is None and workflow.permissions is None:
        return {}
    has = effective_permissions(workflow, job, around.default)
    if isinstance(has, Unknown):
        return {}
    writes = {scope for scope, level in has.items() if level == "write" and scope in _PUBLISHING}
    used: dict[str, int] = {}
    for step in job.steps if writes else ():
        scopes = needs_of(workflow, structs.replace(job, steps=(step,)), around.actions).scopes
        for scope in writes & {scope for scope, level in scopes.items() if level == "write"}:
            used.setdefault(scope, step.index)
    late = {scope: step for scope, step in used.items() if step > first}
    if any(step.run and any(word in step.run for word in _ASKS) for step in job.steps[: late.get("id-token", 0)]):
        del late["id-token"]
    return late


def scopes_of(workflow: Workflow, job: Job, around: Around) -> dict[str, str] | None:
    """Return what a half of a job needs of what it has; None where that is not known, or where it needs all it has."""
    has = effective_permissions(workflow, job, around.default)
    if isinstance(has, Unknown) or (job.permissions is None and workflow.permissions is None):
        return None
    needs = needs_of(workflow, job, around.actions)
    if needs.unknown:
        return None
    stated = {scope: level for scope, level in has.items() if scope != "metadata"}
    kept = {
        scope: min(level, stated[scope], key=RANK.__getitem__)
        for scope, level in needs.scopes.items()
        if scope in stated
    }
    lost = {scope for scope, level in stated.items() if level == "write" and kept.get(scope) != "write"}
    return kept if lost else None
