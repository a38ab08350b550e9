"""A controller in the configuration: what it needs, and the sentence where something is missing."""

from pathlib import Path

import pytest

from pipewarden.errors import ConfigError, CredentialError
from pipewarden.settings import connectors, load


def built(folder: Path, text: str) -> object:
    file = folder / "pipewarden.yaml"
    file.write_text(f"sources:\n  - jenkins: acme\n{text}", encoding="utf-8")
    return connectors([], load(file), None)[0]


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIPEWARDEN_JENKINS_TOKEN", "PIPEWARDEN_JENKINS_USER"):
        monkeypatch.delenv(name, raising=False)


def test_a_host_a_user_and_a_token_make_a_connector(tmp_path: Path) -> None:
    made = built(tmp_path, "    host: jenkins.acme.example\n    user: pipewarden\n    token: {env: T}\n")
    assert (made.address, made.instance) == ("jenkins:acme", "jenkins.acme.example")


def test_an_address_with_a_path_tells_the_host(tmp_path: Path) -> None:
    made = built(tmp_path, "    api: https://ci.acme.example/jenkins\n    user: x\n    token: {env: T}\n")
    assert made.instance == "ci.acme.example"


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("    user: x\n", ConfigError, "names no host"),
        ("    host: h.example\n    token: {env: T}\n", ConfigError, "names no user"),
        ("    host: h.example\n    user: x\n", CredentialError, "no token"),
    ],
)
def test_what_is_missing_is_named(text: str, error: type[Exception], told: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=told):
        built(tmp_path, text)
