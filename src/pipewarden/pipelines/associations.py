"""How an author stands to a repository, as conditions ask for it, and who is let in by that.

"How the author is associated with the repository": anyone whose change was merged once is a CONTRIBUTOR.
https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
"""

import re

STRANGERS = ("NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN", "CONTRIBUTOR")
"""What somebody without rights can be."""
ONCE_MERGED = "CONTRIBUTOR"

_FIELD = r"github\.event\.(?:[\w.]+\.)?author_association"
_COMPARED = re.compile(
    rf"{_FIELD}\s*(?P<op>==|!=)\s*'(?P<value>[^']*)'|'(?P<first>[^']*)'\s*(?P<other>==|!=)\s*{_FIELD}", re.IGNORECASE
)
_LISTED = re.compile(
    rf"contains\(\s*(?P<list>fromJSON\(\s*'(?P<json>[^']*)'\s*\)|'(?P<text>[^']*)')\s*,\s*{_FIELD}\s*\)", re.IGNORECASE
)


def asks(text: str) -> bool:
    """Tell whether a condition asks for an association."""
    return "author_association" in text.lower()


def holds_for(text: str, association: str) -> bool | None:
    """Tell whether a single comparison holds for an author with an association; None where it asks for something else.

    A list that could not be read is taken to name members: somebody keeps it for that.
    """
    if not asks(text):
        return None
    if found := _COMPARED.fullmatch(text):
        same = (found["value"] or found["first"] or "").upper() == association
        return same == ((found["op"] or found["other"]) == "==")
    if found := _LISTED.fullmatch(text):
        if found["json"] is not None:
            return association in re.findall(r"\w+", found["json"].upper())
        # a text is searched for any part of it
        return association in found["text"].upper()
    return False
