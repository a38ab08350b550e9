"""The events of libyaml as light structs, in the order of their text.

PyYAML makes an object of each event by a constructor in Python, which takes a quarter of the time of reading. Its extension
looks the classes up by their names in its own module, with what each is made of in a fixed order; here structs of the same
order stand there. What composes or loads whole documents makes no events, and the parser in Python has classes of its own.
https://github.com/yaml/pyyaml/blob/main/yaml/_yaml.pyx
"""

from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct


class Scalar(Struct, gc=False):
    """A text value."""

    anchor: str | None
    tag: str | None
    implicit: tuple[bool, bool]
    value: str
    start_mark: Any
    end_mark: Any
    style: str | None


class Opened(Struct, gc=False):
    """A collection begins."""

    anchor: str | None
    tag: str | None
    implicit: bool
    start_mark: Any
    end_mark: Any
    flow_style: bool | None


class MappingStart(Opened, gc=False):
    """A mapping begins."""


class SequenceStart(Opened, gc=False):
    """A list begins."""


class End(Struct, gc=False):
    """A collection ends."""

    start_mark: Any
    end_mark: Any


class StreamStart(Struct, gc=False):
    """A text begins."""

    start_mark: Any
    end_mark: Any
    encoding: str | None


class StreamEnd(Struct, gc=False):
    """A text ends."""

    start_mark: Any
    end_mark: Any


class DocumentStart(Struct, gc=False):
    """A document begins."""

    start_mark: Any
    end_mark: Any
    explicit: bool
    version: tuple[int, int] | None
    tags: dict[str, str] | None


class DocumentEnd(Struct, gc=False):
    """A document ends."""

    start_mark: Any
    end_mark: Any
    explicit: bool


LIGHT = yaml.__with_libyaml__
"""Whether libyaml is there: without it PyYAML's own parser makes its own events."""

SCALAR: Any = Scalar if LIGHT else yaml.ScalarEvent
MAPPING: Any = MappingStart if LIGHT else yaml.MappingStartEvent
SEQUENCE: Any = SequenceStart if LIGHT else yaml.SequenceStartEvent
ENDS: Any = (End,) if LIGHT else (yaml.MappingEndEvent, yaml.SequenceEndEvent)
ALIAS: Any = yaml.AliasEvent
DOCUMENT_END: Any = DocumentEnd if LIGHT else yaml.DocumentEndEvent

if LIGHT:
    from yaml import _yaml

    extension: Any = _yaml
    extension.ScalarEvent = Scalar
    extension.MappingStartEvent = MappingStart
    extension.SequenceStartEvent = SequenceStart
    extension.MappingEndEvent = extension.SequenceEndEvent = End
    extension.StreamStartEvent = StreamStart
    extension.StreamEndEvent = StreamEnd
    extension.DocumentStartEvent = DocumentStart
    extension.DocumentEndEvent = DocumentEnd

PARSER: Any = extension.CParser if LIGHT else yaml.Loader


def events(text: str) -> Callable[[], Any]:
    """Return what gives the next event of a text, None at the end: libyaml's, or 15 times slower without it.

    Only the parser of events is used: nothing is constructed, so that nothing for it is set up. Raises yaml.YAMLError and
    UnicodeError, at once or from what is returned.
    """
    next_event: Callable[[], Any] = PARSER(text).get_event
    return next_event
