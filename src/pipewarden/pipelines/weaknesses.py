"""Rules over a Definition that several systems share: what a job holds, and code that others can change inside it."""

import re
from collections.abc import Callable, Iterable, Iterator

from pipewarden.pipelines.commands import listed, moves, run_download, short
from pipewarden.pipelines.definition import DefinedJob, Definition, Occasion, SecretKind, Weakness
from pipewarden.pipelines.parts import RunnerKind
from pipewarden.pipelines.uses import Pin
from pipewarden.pipelines.yaml_tree import Position

_COMPUTED = re.compile(r"\$\{\{[^}]{0,400}\}\}|<<[^>]{0,100}>>|\$\([^)]{0,100}\)")

MOST = 200
"""Weaknesses told of one file."""


def holds(job: DefinedJob, *, without: frozenset[Occasion] = frozenset(), groups: bool = True) -> tuple[str, ...]:
    """Return what somebody gets who takes over a job: `secret:NAME`, `oidc`, `runner`, `environment:NAME`.

    Variables whose names alone say that they are secret count; whole groups of variables only where asked for.
    """
    out = []
    for read in job.secrets:
        if without & set(read.withheld) or (read.kind is SecretKind.CONTEXT and not groups):
            continue
        out.append(f"secret:{read.name or '*'}")
    if job.claims:
        out.append("oidc")
    if job.runner.kind is RunnerKind.SELF_HOSTED:
        out.append("runner")
    if job.environment is not None and job.environment.name:
        out.append(f"environment:{job.environment.name}")
    return tuple(dict.fromkeys(out))


def secrets_of(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of secrets among codes; `*` reads as every secret."""
    return tuple("a computed name" if code == "secret:*" else code[7:] for code in codes if code.startswith("secret:"))


def told(job: DefinedJob) -> str:
    """Name a job in a sentence; what its name computes is left out."""
    return f"job {short(_COMPUTED.sub('…', job.id), 44)}"


def first_of_each(found: Iterable[Weakness]) -> tuple[Weakness, ...]:
    """Return weaknesses in the order of the file, one for each check, place and sentence without its job."""
    seen: dict[tuple[str, Position, str], Weakness] = {}
    for each in found:
        key = (each.check, each.position, each.says.partition(": ")[2] or each.says)
        known = seen.get(key)
        if known is None or len(each.reaches) > len(known.reaches):
            seen[key] = each
    return tuple(sorted(seen.values(), key=lambda each: (each.position.file, each.position, each.check))[:MOST])


def shown_jobs(definition: Definition) -> Iterator[DefinedJob]:
    """Yield the jobs that can run."""
    return (job for job in definition.jobs if not job.hidden)


def remote_scripts(definition: Definition, check: str, *, groups: bool = True) -> Iterator[Weakness]:
    """Yield scripts from the network that run where secrets are: whoever holds that address gets them."""
    for job in shown_jobs(definition):
        reaches = tuple(code for code in holds(job, groups=groups) if code.startswith(("secret:", "oidc")))
        if not reaches:
            continue
        for script in job.scripts:
            found = run_download(script.text)
            if found is None:
                continue
            names = listed(secrets_of(reaches)) or "an OIDC identity"
            yield Weakness(
                check=check,
                position=script.place(found.at),
                says=f"{told(job)} runs what {short(found.words, 50)} answers, beside {names}",
                job=job.id,
                by="supplier",
                reaches=reaches,
            )
            break


def moving_images(
    definition: Definition, check: str, trusted: Callable[[str], bool], *, digest: bool = False
) -> Iterator[Weakness]:
    """Yield images whose tag moves, in jobs that hold something: whoever writes to that registry gets it."""
    seen: set[str] = set()
    for job in shown_jobs(definition):
        reaches = tuple(code for code in holds(job, groups=False) if not code.startswith("runner"))
        reaches = reaches or tuple(code for code in holds(job) if code.startswith(("secret:", "oidc")))
        for image in job.images:
            if image.name != "container" or image.pin is not Pin.DOCKER_TAG or trusted(image.image):
                continue
            loose = moves(image.image)
            if image.image in seen or not reaches or not (loose or digest):
                continue
            seen.add(image.image)
            how = "whose tag moves" if loose else "without a digest"
            yield Weakness(
                check=check,
                position=image.position,
                says=f"{told(job)} runs in {short(image.image, 50)}, {how}",
                job=job.id,
                by="supplier",
                reaches=reaches,
            )


def runs_anywhere(job: DefinedJob) -> bool:
    """Tell whether a push to any branch, or a pull request, starts a job, and nobody has to let it."""
    if job.holds:
        return False
    if Occasion.MERGE_REQUEST in job.occasions:
        return True
    if Occasion.PUSH in job.doubtful:
        return False
    return Occasion.PUSH in job.occasions and (
        not job.branches or any(branch in {"*", "**", "/.*/", ".*", "{*,*/**}"} for branch in job.branches)
    )
