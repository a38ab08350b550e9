"""XML as nested objects and lists, so that a field of it is altered like one of JSON, and written as XML again."""

from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

TEXT = "#"
"""Under this key stands the text of an element that holds no other."""


def from_xml(body: bytes) -> Any:
    """Return a document: elements by name, a list for each name, attributes with an `@`."""
    root = ET.fromstring(body.partition(b"?>")[2])
    return {root.tag: [_element(root)]}


def _element(at: ET.Element) -> dict[str, Any]:
    found: dict[str, Any] = {f"@{name}": value for name, value in at.attrib.items()}
    for inner in at:
        found.setdefault(inner.tag, []).append(_element(inner))
    if at.text and at.text.strip():
        found[TEXT] = at.text
    return found


def to_xml(body: Any) -> bytes:
    """Write a document: null is an empty element, a text where an object is wanted an element with that text alone."""
    return f"<?xml version='1.1' encoding='UTF-8'?>\n{''.join(_written(*each) for each in body.items())}".encode()


def _written(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_written(name, each) for each in value)
    given = value if isinstance(value, dict) else {TEXT: value or ""}
    attributes = "".join(f" {key[1:]}={quoteattr(str(v or ''))}" for key, v in given.items() if key.startswith("@"))
    inside = "".join(_inside(key, v) for key, v in given.items() if not key.startswith("@"))
    return f"<{name}{attributes}>{inside}</{name}>"


def _inside(key: str, value: Any) -> str:
    if key != TEXT:
        return _written(key, value)
    if isinstance(value, dict):
        return "".join(_written(*each) for each in value.items())
    return escape(str(value or ""))
