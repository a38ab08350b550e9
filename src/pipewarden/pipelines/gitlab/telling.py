"""What all judgements of a GitLab pipeline share: places, sentences, and what a job reaches."""

from collections.abc import Iterable, Iterator

from pipewarden.pipelines.definition import DefinedJob, Script, SecretKind, Weakness
from pipewarden.pipelines.gitlab.names import secretive
from pipewarden.pipelines.yaml_tree import Position

MOST_NAME = 24
MOST_REACHED = 20


def short(text: str, most: int = MOST_NAME) -> str:
    """Return a text short enough for a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def line_of(script: Script, at: int) -> Position:
    """Return the place of an offset inside a script."""
    return script.place(at)


def reaches(*jobs: DefinedJob) -> tuple[str, ...]:
    """Return what somebody gets who takes over jobs: what looks like a secret, identities, environments."""
    found: list[str] = []
    for job in jobs:
        found += [
            f"secret:{read.name}"
            for read in job.secrets
            if read.kind is not SecretKind.VARIABLE or secretive(read.name)
        ]
        found += ["oidc"] * bool(job.claims)
        if job.environment is not None:
            found.append(f"environment:{job.environment.name}")
    return tuple(dict.fromkeys(found))[:MOST_REACHED]


def gate_of(job: DefinedJob) -> str:
    """Say what stands before a job."""
    return "a start by hand" if any(hold.kind == "manual" for hold in job.holds) else ""


def once(found: Iterable[Weakness]) -> Iterator[Weakness]:
    """Yield one weakness for each check and place: jobs that share a template share its faults."""
    first: dict[tuple[str, Position], Weakness] = {}
    for each in found:
        key = (each.check, each.position)
        known = first.get(key)
        if known is None or len(each.reaches) > len(known.reaches):
            first[key] = each
    yield from sorted(first.values(), key=lambda each: (each.position.file, each.position, each.check))
