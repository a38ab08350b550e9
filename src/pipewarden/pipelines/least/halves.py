"""Whether a file in which a job was cut in two says just that: the steps of the one are those of both, in their order."""

from typing import Any

from pipewarden.pipelines.least.cutting import Cut
from pipewarden.pipelines.least.handed import swapped
from pipewarden.pipelines.least.said import placeless, says_else
from pipewarden.pipelines.parts import Job, Workflow

_KEPT = ("name", "condition", "needs", "permissions", "oidc", "env", "images", "runner", "matrix", "with_")
"""What the first half says as the whole did."""
_COPIED = ("permissions", "oidc", "runner")


def says_just_that(before: Workflow, after: Workflow, job: str, cut: Cut) -> bool:
    """Tell whether the two jobs hold the steps of the one, in their order, and nothing else of the file has changed."""
    old, first, second = before.job(job), after.job(job), after.job(cut.name)
    if old is None or first is None or second is None or not _others_stay(before, after, job, cut):
        return False
    kept = _KEPT if cut.moves_environment else (*_KEPT, "environment")
    if any(placeless(getattr(old, part)) != placeless(getattr(first, part)) for part in kept):
        return False
    if any(placeless(getattr(old, part)) != placeless(getattr(second, part)) for part in _COPIED):
        return False
    return _steps_stay(old, first, second, cut) and _second_is(old, second, job, cut)


def _second_is(old: Job, second: Job, job: str, cut: Cut) -> bool:
    """Tell whether the second half waits, runs and is handed as the cut says."""
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


def _others_stay(before: Workflow, after: Workflow, job: str, cut: Cut) -> bool:
    """Tell whether all else of the file says what it said, but that jobs wait for both halves."""
    if says_else(before, (), ())[-1] != says_else(after, (), ())[-1]:
        return False
    old = [each for each in before.jobs if each.id != job]
    new = [each for each in after.jobs if each.id not in {job, cut.name}]
    if [each.id for each in old] != [each.id for each in new]:
        return False
    for was, now in zip(old, new, strict=True):
        first, second = placeless(was), placeless(now)
        needs = second.pop("needs")
        had = first.pop("needs")
        if first != second or [each for each in needs if each != cut.name] != had:
            return False
        if (cut.name in needs) != (was.id in cut.waiting):
            return False
    return True


def _bare(condition: str) -> str:
    text = condition.strip()
    return text[3:-2].strip() if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1 else text
