"""What to say of a word that was mistyped: the near ones of those that there are, else all of them."""

from collections.abc import Iterable


def near(typed: str, known: Iterable[str]) -> str:
    """Return a hint: which known word was probably meant, or which there are; empty where there are none."""
    from difflib import get_close_matches

    words = {each.lower(): each for each in known}
    found = [words[each] for each in get_close_matches(typed.lower(), list(words), 3, 0.6)]
    if found:
        return f"Did you mean {' or '.join(found)}?"
    return f"Known: {', '.join(words.values())}." if words else ""
