"""What a Jenkinsfile lets others do, in the order of the file: what the checks of Jenkinsfiles tell."""

import re
from collections.abc import Iterable, Iterator

from msgspec import structs

from pipewarden.pipelines.definition import DefinedJob, Definition, Hold, SecretRead, Weakness
from pipewarden.pipelines.jenkins import deploys
from pipewarden.pipelines.jenkins.known import ANYONE, COMMIT_TEXT, WEBHOOK_TEXT, WRITERS
from pipewarden.pipelines.jenkins.stage import OF_PIPELINE, PIPELINE, short
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position

_GUARDS = frozenset({"branch", "approval", "manual"})
_MULTIBRANCH = re.compile(r"(?:^|/)Jenkinsfile$")
_BY = {"anyone": "whoever proposes a change", "writer": "whoever may push", "caller": "whoever may start it"}


def jenkins_weaknesses(definition: Definition) -> tuple[Weakness, ...]:
    """Return the weaknesses of a Jenkinsfile."""
    found = [
        *_injections(definition),
        *_leaks(definition),
        *_any_agent(definition),
        *_inputs(definition),
        *_unlimited(definition),
        *_libraries(definition),
        *_powers(definition),
        *_start_tokens(definition),
        *_reach(definition),
    ]
    found.sort(key=lambda weakness: (weakness.position, weakness.check))
    loads = {i.text: i.position for job in definition.jobs for i in job.includes if i.kind == "local" and i.followed}
    return tuple(
        structs.replace(each, through=loads.get(each.position.file)) if each.position.file else each for each in found
    )


def _of(job: DefinedJob) -> str:
    return "the pipeline" if job.id == PIPELINE else f"stage {short(job.name or job.id, 40)}"


def _held(job: DefinedJob) -> tuple[str, ...]:
    """Return what somebody gets who runs commands in a stage, as `reaches` names it."""
    secrets = [f"secret:{read.name}" if read.name else "secret:*" for read in job.secrets]
    runner = ["runner"] if job.runner.kind is RunnerKind.SELF_HOSTED else []
    oidc = ["oidc"] if job.claims else []
    return tuple(dict.fromkeys([*secrets, *oidc, *runner]))


def _everything(definition: Definition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for job in definition.jobs for code in _held(job)))


def _some(names: Iterable[str], most: int = 2) -> str:
    told = list(dict.fromkeys(names))
    shown = [short(name, 40) for name in told[:most]]
    if len(told) > most:
        return f"{', '.join(shown)} and {len(told) - most} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _shown(secret: str) -> str:
    """Return the name of a secret for a sentence; one that Groovy computes has none."""
    return "a secret whose name is computed" if "$" in secret or "(" in secret else secret


def _author(text: str) -> tuple[str, str]:
    """Return who chooses a text, and the words for it."""
    if text.startswith("params."):
        return "caller", text
    if text == "commit":
        return "writer", COMMIT_TEXT
    if text == "webhook":
        return "anyone", WEBHOOK_TEXT
    if text in ANYONE:
        return "anyone", f"{ANYONE[text]} ({text})"
    return "writer", f"{WRITERS.get(text, text)} ({text})"


def _gate(job: DefinedJob) -> str:
    approval = next((hold for hold in job.holds if hold.kind == "approval"), None)
    return f"an approval by {_some(approval.approvers, 2)}" if approval else ""


def _stages(jobs: list[DefinedJob]) -> str:
    """Name the stages that do the same at the same place."""
    if len(jobs) == 1:
        return _of(jobs[0])
    return f"{_of(jobs[0])} and {len(jobs) - 1} more"


_Found = dict[tuple[str, Position], tuple[list[DefinedJob], list[str]]]
"""Jobs and what was found in them, by who or how and by the first place."""


def _gather(found: _Found, key: str, job: DefinedJob, told: list[tuple[str, Position]]) -> None:
    """Note what was found in a job, apart for each file; where a method is called by many stages, its places are the same."""
    for file in dict.fromkeys(position.file for _, position in told):
        there = [(text, position) for text, position in told if position.file == file]
        jobs, texts = found.setdefault((key, there[0][1]), ([], []))
        jobs.append(job)
        texts += [text for text in dict.fromkeys(text for text, _ in there) if text not in texts]


def _reached(jobs: list[DefinedJob]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for job in jobs for code in _held(job)))


def _injections(definition: Definition) -> Iterator[Weakness]:
    """https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#string-interpolation."""
    found: _Found = {}
    for job in definition.jobs:
        groups: dict[str, list[tuple[str, Position]]] = {}
        for text, position in job.injections:
            if not text.startswith("library:"):
                by, words = _author(text)
                groups.setdefault(by, []).append((words, position))
        for by, told in groups.items():
            _gather(found, by, job, told)
    for (by, position), (jobs, texts) in found.items():
        who = "whoever sends it" if texts == [WEBHOOK_TEXT] else _BY[by]
        put = "puts" if len(jobs) == 1 else "put"
        yield Weakness(
            check="jk.file.inject",
            position=position,
            says=f"{_stages(jobs)} {put} {_some(texts)} into a command: {who} can run any",
            job=jobs[0].id,
            by=by,
            reaches=_reached(jobs),
            gate=_gate(jobs[0]) if all(map(_gate, jobs)) else "",
        )


def _leaks(definition: Definition) -> Iterator[Weakness]:
    found: _Found = {}
    for job in definition.jobs:
        for how in ("interpolated", "printed"):
            told = [(leak.secret, leak.position) for leak in job.leaks if leak.how == how]
            if told:
                _gather(found, how, job, told)
    for (how, position), (jobs, secrets) in found.items():
        one = len(jobs) == 1
        if how == "printed":
            what = f"{'prints' if one else 'print'} {_some(map(_shown, secrets))} to the log"
        else:
            what = f"{'writes' if one else 'write'} the text of {_some(map(_shown, secrets))} into a command"
        yield Weakness(
            check="jk.file.cred_echo",
            position=position,
            says=f"{_stages(jobs)} {what}",
            job=jobs[0].id,
            reaches=tuple(f"secret:{secret}" for secret in secrets),
        )


def _any_agent(definition: Definition) -> Iterator[Weakness]:
    """https://www.jenkins.io/doc/book/security/controller-isolation/."""
    for job in definition.jobs:
        if job.runner.kind is not RunnerKind.SELF_HOSTED or job.runner.labels or job.runner.position.line < 1:
            continue
        # a credential of the whole pipeline is told once
        names = [read.name for read in job.secrets if read.name]
        production = [name for name in names if deploys.is_production(name)]
        if names and deploys.by_name(job.name):
            production = production or names
        if production:
            yield Weakness(
                check="jk.file.agent_any",
                position=job.runner.position,
                says=f"{_of(job)} takes {_some(production)} to whatever machine is free",
                job=job.id,
                reaches=_held(job),
                gate=_gate(job),
            )


def _inputs(definition: Definition) -> Iterator[Weakness]:
    """https://www.jenkins.io/doc/pipeline/steps/pipeline-input-step/."""
    told: set[Position] = set()
    for job in definition.jobs:
        asked = (*job.holds, *job.asks)
        approvals = [hold for hold in asked if hold.kind == "manual"]
        if not approvals or any(hold.kind == "approval" for hold in asked) or not _deploys(job, approvals):
            continue
        first = approvals[0]
        if first.position not in told:
            told.add(first.position)
            yield Weakness(
                check="jk.file.input_any",
                position=first.position,
                says=f"whoever may start {_of(job)} may also answer its question \N{LEFT DOUBLE QUOTATION MARK}{short(first.says, 40)}"
                "\N{RIGHT DOUBLE QUOTATION MARK}: it names nobody",
                job=job.id,
                by="caller",
                reaches=_held(job),
            )


def _deploys(job: DefinedJob, approvals: list[Hold] | None = None) -> bool:
    texts = [script.text for script in job.scripts]
    asks = any(deploys.by_name(hold.says) for hold in approvals or ())
    if not (deploys.by_name(job.name) or asks):
        return False
    own = [read for read in job.secrets if not read.where.startswith(OF_PIPELINE)]
    return bool(own or job.calls or job.claims) or deploys.by_commands(texts)


def _unlimited(definition: Definition) -> Iterator[Weakness]:
    """A stage that deploys whatever branch is built. A file of another name is no multibranch project's by default."""
    if not (_MULTIBRANCH.search(definition.path) or _knows_branches(definition)):
        return
    for job in definition.jobs:
        if job.id == PIPELINE or not _deploys(job) or job.condition or any(hold.kind in _GUARDS for hold in job.holds):
            continue
        if _asks_first(job):
            continue
        if any(child.stage == job.name for child in definition.jobs):
            continue
        change = any(hold.kind == "no_change" for hold in job.holds)
        yield Weakness(
            check="jk.file.when_missing",
            position=job.position,
            says=f"{_of(job)} deploys from any branch that is built",
            job=job.id,
            by="writer",
            reaches=_held(job),
            gate="that it is no pull request" if change else "",
        )


def _asks_first(job: DefinedJob) -> bool:
    """Tell whether something that a stage does waits for a question in the midst of it; what it starts may."""
    if not job.asks:
        return False
    first = min(hold.position for hold in job.asks)
    return bool(job.calls) or any(read.after for read in job.secrets) or any(s.position > first for s in job.scripts)


def _knows_branches(definition: Definition) -> bool:
    return any(hold.kind in {"branch", "no_change"} for job in definition.jobs for hold in job.holds)


def _libraries(definition: Definition) -> Iterator[Weakness]:
    """https://www.jenkins.io/doc/book/pipeline/shared-libraries/#library-versions."""
    reaches = _everything(definition)
    chosen = {
        position.line: text.removeprefix("library:")
        for job in definition.jobs
        for text, position in job.injections
        if text.startswith("library:")
    }
    for included in definition.includes:
        if included.kind != "library":
            continue
        name = short(included.project, 40)
        origin = chosen.get(included.position.line)
        if included.pin is Pin.BRANCH:
            yield Weakness(
                check="jk.lib.implicit",
                position=included.position,
                says=f"the library {name} comes from its branch {short(included.ref, 30)}: whoever pushes there changes this",
                by="supplier",
                reaches=reaches,
            )
        elif origin:
            by, words = _author(origin)
            yield Weakness(
                check="jk.lib.override",
                position=included.position,
                says=f"{words} chooses the version of the library {name} that runs",
                by=by,
                reaches=reaches,
            )


def _powers(definition: Definition) -> Iterator[Weakness]:
    """https://www.jenkins.io/doc/book/managing/script-approval/."""
    for file in dict.fromkeys(position.file for _, position in definition.powers):
        there = [(name, position) for name, position in definition.powers if position.file == file]
        names = [name for name, _ in there]
        yield Weakness(
            check="jk.sbx.approvals",
            position=there[0][1],
            says=f"its code calls {_some(names)}, which the sandbox lets no pipeline do without approval",
            by="writer",
            reaches=_everything(definition),
        )


def _start_tokens(definition: Definition) -> Iterator[Weakness]:
    """https://plugins.jenkins.io/generic-webhook-trigger/."""
    for position in definition.start_tokens:
        yield Weakness(
            check="jk.job.remote_trigger",
            position=position,
            says="the token that starts it over the network is written in the file: whoever reads it can start it",
            by="anyone",
            reaches=_everything(definition),
        )


def _credentials(count: int) -> str:
    return "1 credential" if count == 1 else f"{count} credentials"


def _reach(definition: Definition) -> Iterator[Weakness]:
    """Which credentials a pipeline takes, and who decides: once for each file."""
    reads: dict[tuple[str, Position], SecretRead] = {}
    for job in definition.jobs:
        for read in job.secrets:
            reads.setdefault((read.name, read.position), read)
    if not reads:
        return
    names = sorted({read.name for read in reads.values() if read.name})
    computed = [read for read in reads.values() if not read.name]
    parts = []
    if names:
        parts.append(f"{_credentials(len(names))} ({_some(names)})")
    by_start = sum("params." in read.where for read in computed)
    for count, chooser in ((by_start, "whoever starts it"), (len(computed) - by_start, "its code")):
        if count:
            parts.append(f"{count if parts else _credentials(count)} that {chooser} names")
    first = min(reads.values(), key=lambda read: read.position)
    yield Weakness(
        check="jk.cred.reach",
        position=first.position,
        says=f"takes {' and '.join(parts)}, for whoever changes it on a built branch",
        by="writer",
        reaches=tuple(f"secret:{name}" for name in names) + (("secret:*",) if computed else ()),
    )
