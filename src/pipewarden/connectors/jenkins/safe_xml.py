"""Reads config.xml without ever expanding anything: a document type is refused, depth and size are bounded.

Jenkins writes XML 1.1, which expat does not know: the declaration is taken off, and what is left is read as XML 1.0.
"""

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from pipewarden.errors import UnexpectedAnswer

MOST_DEPTH = 200
MOST_ELEMENTS = 200_000

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]*\?>")


@dataclass(slots=True)
class Element:
    """One element: its name, attributes, text and children."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def find(self, *path: str) -> "Element | None":
        """Return the first element down a path of names."""
        at: Element | None = self
        for name in path:
            at = next((child for child in at.children if child.tag == name), None) if at else None
        return at

    def value(self, *path: str) -> str | None:
        """Return the text down a path of names, None where there is no such element."""
        found = self.find(*path)
        return None if found is None else found.text.strip()

    def every(self, tag: str) -> list["Element"]:
        """Return all elements of a name, at any depth, in order."""
        found, todo = [], [self]
        while todo:
            at = todo.pop()
            if at.tag == tag:
                found.append(at)
            todo.extend(reversed(at.children))
        return found


def parse(body: bytes, endpoint: str) -> Element:
    """Read a document. Raises UnexpectedAnswer for what is no XML, has a document type, or is too large."""
    root = Element("", {})
    open_now = [root]
    seen = 0

    def refuse(*_: object) -> None:
        raise UnexpectedAnswer(f"{endpoint} has a document type; it was not read", endpoint=endpoint)

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal seen
        seen += 1
        if len(open_now) > MOST_DEPTH or seen > MOST_ELEMENTS:
            raise UnexpectedAnswer(f"{endpoint} is nested too deeply or too large", endpoint=endpoint)
        made = Element(tag, attributes)
        open_now[-1].children.append(made)
        open_now.append(made)

    def end(_tag: str) -> None:
        open_now.pop()

    def characters(text: str) -> None:
        open_now[-1].text += text

    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(_DECLARATION.sub(b"", body, count=1), True)
    except expat.ExpatError as fault:
        raise UnexpectedAnswer(
            f"{endpoint} answered with broken XML (line {fault.lineno})", endpoint=endpoint
        ) from None
    return root.children[0]
