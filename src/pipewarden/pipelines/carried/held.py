"""What a value may hold: the code or text of an outsider, surely or not, or what could not be followed."""

from collections.abc import Iterable

from msgspec import Struct

LONGEST = 100
"""Characters of a source that are kept: it ends up in a sentence."""


class Held(Struct, frozen=True):
    """What a value may hold. All empty: it surely holds nothing that an outsider chooses.

    `code` and `text` say from where, as in `github.event.pull_request.head.sha`.
    """

    code: str = ""
    """It can name the commit, branch or repository of an outsider's pull request."""
    text: str = ""
    """It can carry text that anyone chooses."""
    number: bool = False
    """It can be the number of a pull request."""
    inputs: tuple[str, ...] = ()
    """Inputs that a calling workflow fills, in lower case, which end up in it."""
    open_code: str = ""
    """What could not be followed and may name code; empty where all of it was followed."""
    open_text: str = ""
    """What could not be followed and may carry text; empty where all of it was followed."""

    @property
    def settled(self) -> bool:
        """Whether it surely holds nothing of an outsider's and nothing that a caller decides."""
        return not (self.code or self.text or self.inputs or self.open_code or self.open_text)


OWN = Held()
"""It surely holds nothing of an outsider's."""


def unfollowed(what: str) -> Held:
    """Return what is held by a value that could not be followed."""
    short = what[:LONGEST]
    return Held(open_code=short, open_text=short)


def joined(parts: Iterable[Held]) -> Held:
    """Return what a value may hold that is made of some, or is one of them."""
    found = [part for part in parts if part is not OWN]
    if not found:
        return OWN
    if len(found) == 1:
        return found[0]
    return Held(
        code=next((part.code for part in found if part.code), ""),
        text=next((part.text for part in found if part.text), ""),
        number=any(part.number for part in found),
        inputs=tuple(dict.fromkeys(name for part in found for name in part.inputs)),
        open_code=next((part.open_code for part in found if part.open_code), ""),
        open_text=next((part.open_text for part in found if part.open_text), ""),
    )


def filtered(held: Held) -> Held:
    """Return what is left after a filter that may have taken dangerous characters out: the text is open, the code is not."""
    if not held.text:
        return held
    return Held(
        code=held.code,
        number=held.number,
        inputs=held.inputs,
        open_code=held.open_code,
        open_text=held.open_text or held.text,
    )
