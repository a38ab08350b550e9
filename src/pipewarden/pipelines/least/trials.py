"""Edits by which steps sign in with the identity of their job, tried on a file all at once, and judged by what it then says."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import NamedTuple

from pipewarden.pipelines.least.judged import worse_by_job
from pipewarden.pipelines.least.kinds import Advice, Around, Edit
from pipewarden.pipelines.least.said import differing, is_sound, placeless, read
from pipewarden.pipelines.least.scope import only_gains_identity
from pipewarden.pipelines.least.together import Work, made_together
from pipewarden.pipelines.parts import Job, Step

_PARTS = ("permissions", "oidc", "steps", "secrets", "variables", "mentions")


class Trial(NamedTuple):
    """An edit of one step that is tried: what it is told as where it holds, and as advice where it does not."""

    step: int
    make: Callable[[str], str]
    fits: Callable[[Step, Step], bool]
    """Whether the step, as it was and as it is now, says what was to be edited and else what it said."""
    edit: Edit
    advice: Callable[[str], Advice]
    """Of why it is refused."""


def tried(path: str, text: str, trials: Iterable[Trial], around: Around) -> tuple[str, Mapping[int, str]]:
    """Return the text with all edits that hold, and why others are refused, by their places among the trials."""
    every = {str(number): trial for number, trial in enumerate(trials)}
    works = {name: Work(trial.edit.job, trial.make) for name, trial in every.items()}
    made = made_together(text, works, partial(_refused, path, every, around))
    return made.text, {int(name): why for name, why in made.refused.items()}


def _refused(
    path: str, trials: Mapping[str, Trial], around: Around, before: str, after: str, edited: Collection[str]
) -> dict[str, str]:
    """Say of which edits the file does not say just that, or what is worse of their jobs."""
    of_jobs: dict[str, list[str]] = {}
    for name in edited:
        of_jobs.setdefault(trials[name].edit.job, []).append(name)
    old, new = read(path, before), read(path, after)
    bad = differing(old, new, of_jobs, _PARTS) if is_sound(old, new) else {""}
    jobs = {job.id: job for job in new.jobs}
    for was in old.jobs if not bad else ():
        fits = {trials[name].step: trials[name].fits for name in of_jobs.get(was.id, ())}
        if fits and not (_fit(was, jobs.get(was.id), fits) and only_gains_identity(old, new, was.id)):
            bad.add(was.id)
    why = dict.fromkeys(bad, "the edited file would not say just that")
    if not why:
        grows = worse_by_job(old, new, (before, after), around.default)
        why = {job: f"it would then be told that {says}" for job, says in grows.items()}
    # of several edits of one job it is not known which is to blame
    return {(of_jobs[job][0] if len(of_jobs.get(job, ())) == 1 else ""): says for job, says in why.items()}


def _fit(was: Job, now: Job | None, fits: Mapping[int, Callable[[Step, Step], bool]]) -> bool:
    """Tell whether the steps that were edited say what they are to say, and the others what they said."""
    if now is None or len(was.steps) != len(now.steps):
        return False
    return all(
        fits[one.index](one, other) if one.index in fits else placeless(one) == placeless(other)
        for one, other in zip(was.steps, now.steps, strict=True)
    )
