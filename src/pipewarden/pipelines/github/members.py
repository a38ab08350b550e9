"""Those who start a run that strangers can start too, where the file gives them something else: a branch of the repository's own.

A stranger's pull request comes from a fork; whoever may write, and Dependabot, propose what lies in the repository itself.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from pipewarden.model.jobs import Circle, Start, TakenSecret, Under


def with_members(
    starts: Iterable[Start],
    secrets: Collection[TakenSecret],
    under: Mapping[str, Under],
    no_bot: Collection[str],
    taken: Collection[str] = (),
) -> Iterator[Start]:
    """Yield starts, behind one that is open to strangers those of the repository's own people and bots that differ from it.

    `under` is what a run has by its start, where that is less than all; `no_bot` are events on which Dependabot starts nothing,
    `taken` those on which what lies in the repository itself runs with the job and what comes from a fork does not.
    """
    every = tuple(starts)
    known = {(start.event, start.by) for start in every}
    for start in every:
        yield start
        if start.by not in {Circle.FORK, Circle.OUTSIDER} or start.theirs:
            continue
        for by in (Circle.DEVELOPER, Circle.BOT):
            proposes = start.event == "pull_request_target" and start.event not in no_bot
            if (start.event, by) in known or (by is Circle.BOT and not proposes):
                continue
            own = replace(start, by=by)
            runs = by is Circle.DEVELOPER and start.event in taken
            if runs or under.get(start.key) != under.get(own.key) or any(_differs(e, start, own) for e in secrets):
                yield own


def _differs(taken: TakenSecret, one: Start, other: Start) -> bool:
    """Tell whether a secret is handed in the runs of the one start, and not in those of the other."""
    return any((one.key in kept) != (other.key in kept) for kept in (taken.idle, taken.absent))
