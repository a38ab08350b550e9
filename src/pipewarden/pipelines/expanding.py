"""Conditions with what they take from elsewhere in their file put in: variables of `env`, outputs of other jobs.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#env-context
https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs
"""

import re

from pipewarden.pipelines.expressions import MAX_LENGTH, find
from pipewarden.pipelines.parts import Job, Step, Workflow

MOST_LEVELS = 4
"""Values that lead to each other."""

_TAKEN = re.compile(
    r"'(?:[^']|'')*+'"
    r"|(?<![\w.-])(?:env\.(?P<env>[A-Za-z_][\w-]*+)|needs\.(?P<job>[A-Za-z_][\w-]*+)\.outputs\.(?P<output>[A-Za-z_][\w-]*+))(?![\w.\[(-])",
    re.IGNORECASE,
)


def expanded(condition: str, workflow: Workflow, job: Job | None = None, step: Step | None = None) -> str:
    """Return a condition with what its file says of the variables and outputs in it; what it does not say stays."""
    if not (("env." in condition and job is not None) or ("needs." in condition and ".outputs" in condition)):
        return condition
    return _put(condition, workflow, job, step, 0)


def _put(text: str, workflow: Workflow, job: Job | None, step: Step | None, level: int) -> str:
    def part(found: re.Match[str]) -> str:
        value = _value(found, workflow, job, step)
        if value is None or level >= MOST_LEVELS:
            return found[0]
        made = _made(value)
        if made is None:
            return found[0]
        return _put(made, workflow, job, step, level + 1) if "${{" in value else made

    made = _TAKEN.sub(part, text)
    return made if len(made) <= MAX_LENGTH else text


def _value(found: re.Match[str], workflow: Workflow, job: Job | None, step: Step | None) -> str | None:
    """Return what the file says that a variable or an output is; None where it is not said, or may be something else."""
    if found["env"] is not None:
        name = found["env"]
        if job is None or (step is not None and _is_set(name, job, step)):
            return None
        tables = (*((step.env,) if step is not None else ()), job.env, workflow.env)
        return next((table[name] for table in tables if name in table), None)
    if found["job"] is None:
        return None
    made = next((each for each in workflow.jobs if each.id.lower() == found["job"].lower()), None)
    wanted = found["output"].lower()
    return next((value for name, value in made.outputs.items() if name.lower() == wanted), None) if made else None


_NAMED = re.compile(r"\b[A-Za-z_]\w*(?:=|<<)")


def _is_set(name: str, job: Job, step: Step) -> bool:
    """Tell whether a step before may set a variable anew, for those after it: by its name, or with what a file says."""
    for each in job.steps[: step.index]:
        if each.run is None or "GITHUB_ENV" not in each.run:
            continue
        lines = [line for line in each.run.split("\n") if "GITHUB_ENV" in line]
        if name in each.run or not all(map(_NAMED.search, lines)):
            return True
    return False


def _made(value: str) -> str | None:
    """Write a value as a part of an expression: a text, whatever it is made of."""
    if "${{" not in value:
        return "'" + value.replace("'", "''") + "'"
    placed = find(value)
    if (
        len(placed) == 1
        and placed[0].start == 0
        and placed[0].end == len(value.rstrip())
        and not placed[0].expression.broken
    ):
        return f"format('{{0}}', {placed[0].expression.text})"
    return None
