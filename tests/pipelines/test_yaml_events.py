"""Events of YAML as light structs: they say what PyYAML's own say, and what loads documents is not touched."""

from typing import Any

import pytest
import yaml

from pipewarden.pipelines.yaml_events import LIGHT, Opened, Scalar, events

TEXTS = [
    "on: push\njobs:\n  build: {runs-on: ubuntu-latest, steps: [run: make]}\n",
    "a: &x !t 'y'\nb: *x\nc: |-\n  text\n  more\nd: !seq [1, \"2\"]\n? [k]\n: v\n--- \n- - 1\n",
    "",
    "# only a comment\n",
    "é: ü\nlong: >\n  folded\n\n  text\n",
]


def told(event: Any) -> tuple[Any, ...]:
    """Return what is read of an event, whoever made it."""
    fields = ("anchor", "tag", "implicit", "value", "style", "flow_style")
    marks = [(mark.index, mark.line, mark.column) for mark in (event.start_mark, event.end_mark)]
    return (*(getattr(event, name, None) or None for name in fields), *marks)


def every(next_event: Any) -> list[Any]:
    return list(iter(next_event, None))


@pytest.mark.skipif(not LIGHT, reason="libyaml is not in this installation of PyYAML")
@pytest.mark.parametrize("text", TEXTS)
def test_light_events_say_what_the_parser_in_python_says(text: str) -> None:
    light = every(events(text))
    assert any(isinstance(each, Scalar | Opened) for each in light) is bool(
        text.strip(" \n").removeprefix("# only a comment")
    )
    pure = every(yaml.Loader(text).get_event)
    # the two end blocks at different places, which nobody asks for
    assert [told(each)[:-1] for each in light if isinstance(each, Scalar | Opened)] == [
        told(each)[:-1] for each in pure if isinstance(each, yaml.ScalarEvent | yaml.CollectionStartEvent)
    ]
    assert len(light) == len(pure)


def test_documents_are_loaded_as_before() -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    assert yaml.load("a: [1, {b: x}]\n", Loader=loader) == {"a": [1, {"b": "x"}]}
    with pytest.raises(yaml.YAMLError):
        every(events("a: [1\nb: 2\n"))
