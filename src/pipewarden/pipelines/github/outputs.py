"""What outputs of steps and jobs can be, as far as the file tells: what scripts write there of literals, variables, the matrix.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-output-parameter
"""

import re
from collections.abc import Iterator

from pipewarden.pipelines.choices import Choices, Known, choices_of
from pipewarden.pipelines.expressions import Reference
from pipewarden.pipelines.parts import Job, Step, Workflow

_OPEN = Choices((), dynamic=True)
_MOST_SCRIPT = 20_000
_DEEPEST = 10
"""Outputs that are made of outputs; more of them are not followed."""

_WRITES = re.compile(r"GITHUB_OUTPUT|::set-output")
_WRITE = re.compile(
    r"""(?m)^[ \t]*(?:if[^;\n]*;[ \t]*then[ \t]+|then[ \t]+|else[ \t]+)?(?:echo|printf)[ \t]+"""
    r"""(?:"(?P<double>[A-Za-z_][\w-]*=[^"\n]*)"|'(?P<single>[A-Za-z_][\w-]*=[^'\n]*)'|(?P<bare>[A-Za-z_][\w-]*=[^\s"'|&;<>]*))"""
    r"""[ \t]*>>[ \t]*"?\$(?:GITHUB_OUTPUT|\{GITHUB_OUTPUT\})"?[ \t]*(?:;[ \t]*fi[ \t]*)?(?:\#.*)?$"""
)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))")
_SHELL = re.compile(r"[`\\]|\$[({?!@*#0-9$-]")


class Outputs:
    """The outputs that a job can read."""

    def __init__(self, workflow: Workflow, job: Job, depth: int = 0) -> None:
        self._workflow = workflow
        self._job = job
        self._depth = depth

    def known(self, step: Step | None) -> Known:
        """Return what is known where a step stands (None: the job's own outputs)."""
        own = (step.env,) if step is not None else ()
        return Known(env=(*own, self._job.env, self._workflow.env), matrix=self._job.matrix, outputs=self.of)

    def of(self, reference: Reference) -> Choices:
        """Return what an output can be: `steps.x.outputs.y`, `needs.x.outputs.y`."""
        parts = reference.parts
        if len(parts) != 4 or parts[2].lower() != "outputs" or self._depth >= _DEEPEST:
            return _OPEN
        inner = Outputs(self._workflow, self._job, self._depth + 1)
        if reference.context == "needs":
            return self._of_job(parts[1], parts[3])
        step = next((each for each in self._job.steps if each.id and each.id.lower() == parts[1].lower()), None)
        if step is None:
            return _OPEN
        if step.gives is not None:
            written = step.gives.get(parts[3].lower())
            return choices_of(written, inner.known(step)) if written else _OPEN
        return inner._of_script(step, parts[3])

    def _of_job(self, name: str, output: str) -> Choices:
        job = next((each for each in self._workflow.jobs if each.id.lower() == name.lower()), None)
        if job is None or job.uses is not None or job.matrix is not None:
            return _OPEN  # of the legs of a matrix the last one counts
        written = next((value for key, value in job.outputs.items() if key.lower() == output.lower()), None)
        return choices_of(written, Outputs(self._workflow, job, self._depth + 1).known(None)) if written else _OPEN

    def _of_script(self, step: Step, name: str) -> Choices:
        """Return what a script writes under a name: open where one of its writes is not read, or none is of that name."""
        script = step.run or ""
        if len(script) > _MOST_SCRIPT or "GITHUB_OUTPUT" not in script:
            return _OPEN
        plain = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("#"))
        writes = list(_WRITE.finditer(plain))
        if not writes or len(writes) != len(_WRITES.findall(plain)):
            return _OPEN
        texts: list[str] = []
        dynamic = False
        for written in writes:
            text = written["double"] or written["single"] or written["bare"]
            key, _, value = text.partition("=")
            if key != name:
                continue
            for each in self._values(value, step, plain, literal=written["single"] is not None):
                dynamic |= each.dynamic or not each.texts
                texts += each.texts
        return Choices(tuple(dict.fromkeys(texts)), dynamic=dynamic or not texts)

    def _values(self, value: str, step: Step, script: str, *, literal: bool) -> Iterator[Choices]:
        """Yield what a value in a script can be: expressions are put in before the shell sees it, then its variables."""
        chosen = choices_of(value, self.known(step))
        if chosen.dynamic:
            yield _OPEN
        for text in chosen.texts:
            if literal or "$" not in text:
                yield _OPEN if not literal and _SHELL.search(text) else Choices((text,))
                continue
            yield self._expanded(text, step, script)

    def _expanded(self, text: str, step: Step, script: str) -> Choices:
        """Return what a text can be once the shell has put its variables in."""
        if _SHELL.search(_VARIABLE.sub("", text)):
            return _OPEN
        texts = [text]
        for name in dict.fromkeys(found["braced"] or found["plain"] for found in _VARIABLE.finditer(text)):
            values = self._variable(name, step, script)
            if values is None:
                return _OPEN
            put = re.compile(rf"\$(?:\{{{name}\}}|{name}\b)")
            texts = [put.sub(value.replace("\\", r"\\"), each) for each in texts for value in values]
        return Choices(tuple(dict.fromkeys(texts)))

    def _variable(self, name: str, step: Step, script: str) -> tuple[str, ...] | None:
        """Return what a variable of a script can hold; None where that is not written out."""
        sets = re.findall(rf"(?<![\w$]){name}\+?=", script)
        found = re.findall(
            rf"""(?m)^[ \t]*(?:export[ \t]+)?{name}=(?:"([^"$`\\\n]*)"|'([^'\n]*)'|([\w./:@-]*))[ \t]*$""", script
        )
        if sets:
            return tuple(next(filter(None, each), "") for each in found) if len(found) == len(sets) else None
        if re.search(rf"\b(?:read|for|mapfile|declare|local|unset)\b[^\n]*\b{name}\b", script):
            return None
        for table in (step.env, self._job.env, self._workflow.env):
            if name in table:
                chosen = choices_of(table[name], self.known(step))
                return None if chosen.dynamic or not chosen.texts else chosen.texts
        return None
