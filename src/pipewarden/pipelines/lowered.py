"""Texts in lower case, for the search of words of plain letters whatever their case."""


def lowered(text: str) -> str:
    """Return a text in lower case, in which words of plain letters are sought: letters beyond ASCII may stay as they are.

    Python takes each letter of a text that is not all ASCII through the tables of Unicode, which takes as long as finding
    all words does. Two letters of those have a lower case in ASCII, the Kelvin sign and the capital I with a dot.
    """
    if text.isascii() or "\u212a" in text or "\u0130" in text:
        return text.lower()
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")
