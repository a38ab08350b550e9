"""Values that steps take of steps before them: as outputs and variables of the first job they go over to the second."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from pipewarden.pipelines.parts import Job, Step
from pipewarden.pipelines.uses import UsesKind

_CONTEXTS = re.compile(r"\$\{\{(?P<inside>.*?)\}\}", re.DOTALL)
_OTHER_CONTEXT = re.compile(r"\b(?:job|jobs|steps|runner|strategy|matrix|hashFiles)\b")
_OF_STEP = re.compile(
    r"(?<![\w.-])steps\.(?P<id>[A-Za-z_][\w-]*)\.(?P<what>outputs\.[A-Za-z_][\w-]*|outcome|conclusion)(?![\w-])"
)
_JOB_STATUS = re.compile(r"(?<![\w.-])job\.status(?![\w-])")
_ENV = re.compile(r"\benv\.(?P<name>[A-Za-z_]\w*)")
_STATUS = re.compile(r"\b(?:always|failure|cancelled|success)\s*\(", re.IGNORECASE)
_PRIVATE = re.compile(r"token|secret|passw|credential|cookie|(?<![a-z])(?:key|pat|auth)(?![a-z])", re.IGNORECASE)
_EXPORTS = re.compile(r"GITHUB_ENV|::set-env")
_EXPORT = re.compile(
    r"""(?:echo|printf)\s+(?:-n\s+)?["']?(?P<name>[A-Za-z_]\w*)=[^\n<]*>>\s*["']?\$(?:\{GITHUB_ENV\}|GITHUB_ENV\b|env:GITHUB_ENV\b)"""
)
_MOST = 8


class CannotHandError(Exception):
    """A value that a step takes does not go over; the message says which."""


class Handed(NamedTuple):
    """What the first job puts out for the second, and where that says so."""

    outputs: tuple[tuple[str, str], ...] = ()
    """Outputs of the first job with their expressions."""
    env: tuple[str, ...] = ()
    """Variables that steps set for those that follow; each is an output of the same name."""
    swaps: tuple[tuple[str, str], ...] = ()
    """What the steps that follow say, and what they say instead: `steps.meta.outputs.tag`, `needs.build.outputs.tag`."""


def handed(job: Job, before: Collection[Step], rest: Collection[Step], known: Mapping[str, str]) -> Handed:
    """Return the values that the steps that follow take of those before. Raises CannotHandError."""
    own = {step.id for step in rest if step.id}
    from_steps = {step.id: step for step in before if step.id}
    scripts = any(step.run is not None for step in rest)
    exports = tuple(_exported(before, followed=scripts))
    outputs: dict[str, str] = {}
    swaps: dict[str, str] = {}
    for step in rest:
        for text in _texts(step):
            for found in _OF_STEP.finditer(text):
                if found["id"] in own:
                    continue
                giver = from_steps.get(found["id"])
                if giver is None:
                    raise CannotHandError(f"it reads `{found.group()}`, of a step that is not there")
                name = _name(found["id"], found["what"], found.group(), outputs)
                _check(giver, found["what"])
                outputs[name] = f"${{{{ {found.group()} }}}}"
                swaps[found.group()] = f"needs.{job.id}.outputs.{name}"
            if _JOB_STATUS.search(text):
                swaps["job.status"] = f"needs.{job.id}.result"
            _check_rest(text, own, {*exports, *step.env, *known, *job.env})
    for name in exports:
        if name in outputs and outputs[name] != f"${{{{ env.{name} }}}}":
            raise CannotHandError(f"two things that go over are called `{name}`")
        outputs[name] = f"${{{{ env.{name} }}}}"
    if any("add-mask" in (step.run or "") for step in before) and outputs:
        raise CannotHandError("a value that is hidden in the log does not go over to another job")
    return Handed(tuple(outputs.items()), exports, tuple(swaps.items()))


def swapped(text: str, swaps: Collection[tuple[str, str]]) -> str:
    """Return a text that says of the first job what it said of the steps before."""
    for old, new in swaps:
        text = re.sub(rf"(?<![\w.-]){re.escape(old)}(?![\w-])", new, text)
    return text


def _texts(step: Step) -> Iterator[str]:
    """Yield the expressions of a step."""
    for text in (*step.with_.values(), *step.env.values(), step.run or "", step.name, step.working_directory):
        if "${{" in text:
            yield from (found["inside"] for found in _CONTEXTS.finditer(text))
    if step.condition:
        yield step.condition


def _check_rest(text: str, own: Collection[str], variables: Collection[str]) -> None:
    """Raise CannotHandError where an expression reads something else of its own job."""
    bare = re.sub(r"'[^']*'", "", _JOB_STATUS.sub("", _OF_STEP.sub("", text)))
    found = _OTHER_CONTEXT.search(bare)
    if found is not None:
        raise CannotHandError(f"it reads `{found.group()}`, which is of its own job")
    unknown = next((each["name"] for each in _ENV.finditer(bare) if each["name"] not in variables), "")
    if unknown:
        raise CannotHandError(f"where `env.{unknown}` is set is not known")
    if re.search(r"\benv\b(?!\.)", bare):
        raise CannotHandError("it reads all variables of its job")
    del own


def _name(step: str, what: str, whole: str, taken: Mapping[str, str]) -> str:
    """Return the name of an output of the first job."""
    name = what.removeprefix("outputs.")
    if what in {"outcome", "conclusion"}:
        name = f"{step}_{what}"
    if taken.get(name, f"${{{{ {whole} }}}}") != f"${{{{ {whole} }}}}":
        name = f"{step}_{name}"
    return name


def _check(giver: Step, what: str) -> None:
    """Raise CannotHandError where a step gives what may be secret: GitHub hands no such value to another job.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs
    """
    if what in {"outcome", "conclusion"}:
        return
    name = what.removeprefix("outputs.")
    texts = (giver.run or "", *giver.with_.values(), *giver.env.values())
    if _PRIVATE.search(name) or any("secrets" in text for text in texts):
        raise CannotHandError(f"`steps.{giver.id}.{what}` may be a secret, which does not go over to another job")
    if giver.uses is not None and (giver.uses.kind is not UsesKind.REPOSITORY or "token" in giver.uses.action):
        raise CannotHandError(f"whether `steps.{giver.id}.{what}` goes over to another job is not known")


def _exported(before: Collection[Step], *, followed: bool) -> Iterator[str]:
    """Yield the variables that steps set for those that follow.

    Where scripts are among these (`followed`), raises CannotHandError where one is not written out; actions of which is known what
    they take read those that they name.
    """
    found = dict[str, None]()
    for step in before:
        script = step.run or ""
        if not _EXPORTS.search(script):
            continue
        names = [each["name"] for each in _EXPORT.finditer(script)]
        if followed and (len(names) != len(_EXPORTS.findall(script)) or "eval " in script):
            raise CannotHandError("a step before sets variables in a way that is not followed")
        if any("secrets" in text for text in (script, *step.env.values())) or any(map(_PRIVATE.search, names)):
            if followed:
                raise CannotHandError("a step before sets a variable that may be a secret")
            continue
        found.update(dict.fromkeys(names))
    if len(found) > _MOST and followed:
        raise CannotHandError("the steps before set many variables")
    yield from found if len(found) <= _MOST else ()


def status_of(condition: str) -> str:
    """Return the function by which a condition asks how the job went: `failure()`, `always()`; empty where it does not.

    Raises CannotHandError where it asks otherwise than for one of them and more.
    """
    found = _STATUS.findall(condition)
    if not found:
        return ""
    parts = [part.strip() for part in condition.split("&&")]
    asked = [part for part in parts if _STATUS.search(part)]
    if len(asked) == 1 and asked[0] in {"failure()", "always()", "success()", "!cancelled()"} and "||" not in condition:
        return "" if asked[0] == "success()" else asked[0]
    raise CannotHandError("it runs by how the steps before it ended")
