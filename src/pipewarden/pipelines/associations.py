"""How an author stands to a repository, as conditions ask for it, and who is let in by that.

"How the author is associated with the repository": anyone whose change was merged once is a CONTRIBUTOR.
https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
"""

STRANGERS = ("NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN", "CONTRIBUTOR")
"""What somebody without rights can be."""
ONCE_MERGED = "CONTRIBUTOR"


def asks(text: str) -> bool:
    """Tell whether a condition asks for an association."""
    return "author_association" in text.lower()
