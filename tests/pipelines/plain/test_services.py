"""Whose password a simple word is: a service's where a service of the file has it, else only a password."""

import pytest

from pipewarden.pipelines.plain import FileKind, find_secrets
from pipewarden.pipelines.plain.titles import title_of
from tests.pipelines.plain import tokens

KEY = b"a key of the estate acme"
HEAD = "on: push\nenv:\n  DB_PASSWORD: {word}\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
SERVICE = "    services: {{pg: {{image: 'postgres:15', env: {{POSTGRES_PASSWORD: {word}}}}}}}\n"
STEPS = "    steps: [{run: ./test}]\n"


def kinds(text: str) -> list[tuple[int, str]]:
    return [(found.position.line, found.kind) for found in find_secrets("w.yml", text, FileKind.PIPELINE, KEY)]


def test_no_service_has_it() -> None:
    assert kinds(HEAD.format(word="hunter2") + STEPS) == [(3, "simple_password")]
    assert "service" not in title_of("simple_password")


def test_another_service_has_another() -> None:
    """https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idservices"""
    text = HEAD.format(word="hunter2") + SERVICE.format(word="postgres") + STEPS
    assert kinds(text) == [(3, "simple_password"), (7, "service_password")]


def test_a_service_has_it() -> None:
    text = HEAD.format(word="hunter2") + SERVICE.format(word="hunter2") + STEPS
    assert kinds(text) == [(3, "service_password"), (7, "service_password")]


@pytest.mark.parametrize("place", [HEAD, HEAD + SERVICE.replace("{word}", "other")])
def test_one_that_looks_random_is_a_password(place: str) -> None:
    word = tokens.drawn(20)
    assert (3, "password") in kinds(place.format(word=word) + STEPS)


def test_what_a_command_is_told_is_no_services_either() -> None:
    found = kinds("on: push\njobs: {a: {runs-on: x, steps: [{run: 'mysql -uroot -proot db'}]}}\n")
    assert [kind for _, kind in found] in ([], ["simple_password"])
