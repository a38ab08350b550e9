"""One cheap question for each part of a system: what a credential may read of it, before anything is collected."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any, NamedTuple

from pipewarden.errors import CredentialError, SourceError, Unreachable


class Question(NamedTuple):
    """A part of a system, and what asks for a little of it."""

    facet: str
    ask: Callable[[], Awaitable[Any]]


class Refused(NamedTuple):
    """A part that was refused, why, and the permission that would show it."""

    facet: str
    why: str
    closes: str


async def refused(questions: Iterable[Question], permissions: Mapping[str, str], system: str) -> list[Refused]:
    """Ask each question and return what was refused, each facet once.

    Raises CredentialError where the credential itself is not accepted, Unreachable where nothing answers.
    """
    found: dict[str, Refused] = {}
    for facet, ask in questions:
        try:
            await ask()
        except Unreachable:
            raise
        except SourceError as refusal:
            if refusal.status == 401:
                raise CredentialError(f"{system} does not accept the credential", hint=EXPIRED) from None
            found.setdefault(facet, Refused(facet, str(refusal), permissions.get(facet, "")))
    return list(found.values())


EXPIRED = "Is it expired or revoked?"


async def first(rows: Any) -> None:
    """Ask for the first row of a list and leave the rest unread."""
    async with aclosing(rows) as listed:
        async for _ in listed:
            return
