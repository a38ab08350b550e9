"""Whether a file in which a job was cut in two says just that: the steps of the one are those of both, in their order."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pipewarden.pipelines.least.cutting import Cut
from pipewarden.pipelines.least.handed import swapped
from pipewarden.pipelines.least.said import beside_jobs, placeless
from pipewarden.pipelines.parts import Job, Workflow

_KEPT = ("name", "condition", "permissions", "oidc", "env", "images", "runner", "matrix", "with_")
"""What the first half says as the whole did, beside the jobs it waits for."""
_COPIED = ("permissions", "oidc", "runner")


def misfits(before: Workflow, after: Workflow, cuts: Mapping[str, Cut]) -> set[str]:
    """Return the jobs of which the two halves do not hold the steps of the one, in their order; an empty name for all else of the file.

    `cuts` are the jobs that were cut, with where. Beside them jobs wait for both halves, and nothing else has changed.
    """
    made = {cut.name for cut in cuts.values()}
    kept, halves = [job for job in after.jobs if job.id not in made], {job.id: job for job in after.jobs}
    names = [job.id for job in before.jobs]
    if names != [job.id for job in kept] or len(set(names)) < len(names) or len(after.jobs) != len(names) + len(made):
        return {""}
    if beside_jobs(before) != beside_jobs(after):
        return {""}
    waiting: dict[str, set[str]] = {}
    for cut in cuts.values():
        for waiter in cut.waiting:
            waiting.setdefault(waiter, set()).add(cut.name)
    bad: set[str] = set()
    for was, now in zip(before.jobs, kept, strict=True):
        if _without(now.needs, made) != list(was.needs) or made.intersection(now.needs) != waiting.get(was.id, set()):
            bad.add("")
        cut_at = cuts.get(was.id)
        if cut_at is None:
            if _but_needs(was) != _but_needs(now):
                bad.add("")
        elif not _fits(was, now, halves[cut_at.name], cut_at):
            bad.add(was.id)
    return bad


def _without(needs: Iterable[str], made: Collection[str]) -> list[str]:
    return [name for name in needs if name not in made]


def _but_needs(job: Job) -> Any:
    told = placeless(job)
    told.pop("needs")
    return told


def _fits(old: Job, first: Job, second: Job, cut: Cut) -> bool:
    """Tell whether the two jobs hold the steps of the one, in their order, and what else it said."""
    kept = _KEPT if cut.moves_environment else (*_KEPT, "environment")
    if any(placeless(getattr(old, part)) != placeless(getattr(first, part)) for part in kept):
        return False
    if any(placeless(getattr(old, part)) != placeless(getattr(second, part)) for part in _COPIED):
        return False
    return _steps_stay(old, first, second, cut) and _second_is(old, second, cut)


def _second_is(old: Job, second: Job, cut: Cut) -> bool:
    """Tell whether the second half waits, runs and is handed as the cut says."""
    job = old.id
    if second.needs != (job, *cut.needs) or _bare(second.condition) != cut.condition:
        return False
    has, had = second.environment, old.environment if cut.moves_environment else None
    if (has.name if has else "") != (had.name if had else ""):
        return False
    own = {name: f"${{{{ needs.{job}.outputs.{name} }}}}" for name in cut.handed.env}
    return second.env == {**old.env, **own}


def _steps_stay(old: Job, first: Job, second: Job, cut: Cut) -> bool:
    """Tell whether each step is there once, and between them only what carries files and checks out."""
    carried = 1 if cut.paths else 0
    added = carried + (cut.checkout is not None)
    if len(first.steps) != cut.step + carried or len(second.steps) != len(old.steps) - cut.step + added:
        return False
    if [_of(step) for step in first.steps[: cut.step]] != [_of(step) for step in old.steps[: cut.step]]:
        return False
    if cut.checkout is not None and _of(second.steps[0]) != _of(old.steps[cut.checkout]):
        return False
    wanted = [_of(step, cut) for step in old.steps[cut.step :]]
    return [_of(step, cut) for step in second.steps[added:]] == wanted


def _of(step: object, cut: Cut | None = None) -> Any:
    """Return what a step says, as it says it in the second half where that is asked."""
    told: dict[str, Any] = placeless(step)
    told.pop("index")
    if cut is None:
        return told
    if cut.drops_ifs:
        told.pop("condition")
    if cut.handed.swaps or cut.drops_ifs:
        told.pop("mentions")  # the same expressions, read anew
    return _swapped(told, cut)


def _swapped(value: Any, cut: Cut) -> Any:
    if isinstance(value, str):
        return swapped(value, cut.handed.swaps)
    if isinstance(value, dict):
        return {name: _swapped(each, cut) for name, each in value.items()}
    return [_swapped(each, cut) for each in value] if isinstance(value, list) else value


def _bare(condition: str) -> str:
    text = condition.strip()
    return text[3:-2].strip() if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1 else text
