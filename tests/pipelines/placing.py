"""What stands at the place of a fact: the property that every reader keeps, asked of any text."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pipewarden.model.jobs import EffectiveJob, Spot
from pipewarden.pipelines.lines import lines_of

QUOTES = "\"'"
APART = ("&", "!", "*", "|", ">")
"""With these a value of YAML begins that does not begin with its own text: an anchor, a tag, an alias, a block."""

Named = tuple[str, tuple[str, ...], Spot]
"""A fact: what it is, the words with which its place may begin (none: any word), and the place."""


def text_at(texts: Mapping[str, str], spot: Spot, most: int = 400) -> str:
    """Return what a file holds from a place on; a place outside the file is an error."""
    assert min(spot.line, spot.column) >= 1, f"{spot} is no place"
    lines = lines_of(texts[spot.path].removeprefix("\ufeff"))
    assert spot.line <= len(lines), f"{spot} is behind the end of the file"
    assert spot.column <= len(lines[spot.line - 1]), f"{spot} is behind the end of its line {lines[spot.line - 1]!r}"
    return "\n".join([lines[spot.line - 1][spot.column - 1 :], *lines[spot.line : spot.line + 5]])[:most]


def begins(text: str, words: Iterable[str]) -> bool:
    """Tell whether a text begins with one of some words, in quotes or not, in either case."""
    plain = text.lstrip(QUOTES).lower()
    return any(plain.startswith(word.lower()) for word in words if word)


def misplaced(facts: Iterable[Named], texts: Mapping[str, str]) -> Iterator[str]:
    """Yield each fact at whose place something else stands."""
    for what, words, spot in facts:
        try:
            text = text_at(texts, spot)
        except AssertionError as wrong:
            yield f"{what} {words}: {wrong}"
            continue
        if text[0].isspace() or (words and not text.startswith(APART) and not begins(text, words)):
            yield f"{what} {words} at {spot}: {text[:60]!r}"


def facts_of(job: EffectiveJob, secret: Callable[[str], tuple[str, ...]]) -> Iterator[Named]:
    """Yield the facts of a job that have a place in its own repository.

    `secret` says how the files of a system write a secret by its name.
    """
    yield "job", (), job.at
    yield from (("call", (), spot) for spot in job.chain)
    for start in job.starts:
        if start.line:
            yield "start", (), Spot(job.path, start.line, column=start.column)
    for taken in job.secrets:
        yield "secret", secret(taken.known_as or taken.name) if taken.form == "named" else (), taken.spot
    for called in job.calls:
        yield "code", (called.text.partition("@")[0], f"docker://{called.text}"), called.spot
    yield from (("handover", (), each.spot) for each in job.handovers)
    yield from (("takeover", (), each.spot) for each in job.takeovers)
    yield from (("open end", (), each.spot) for each in job.open_ends)
    words = {"environment": job.environments, "runner": (*job.labels, job.runner_group), "role": job.roles}
    for what, spots in job.places.items():
        for spot in spots:
            yield what, words.get(what, ()), spot
