"""The configuration: read as written, and every mistake named with its line."""

from pathlib import Path

import pytest

from pipewarden.errors import ConfigError
from pipewarden.settings.config import CredentialFrom, load, read

GOOD = """
store: /var/lib/pipewarden/state.db
sources:
  - github: acme
    token: {env: ACME_TOKEN}
    app:
      id: 12
      private_key: {file: /etc/pipewarden/app.pem}
  - github: acme-labs
    host: acme.ghe.com
keep_snapshots: 7
"""


def test_a_file_is_read_as_written() -> None:
    config = read(GOOD, "pipewarden.yaml")
    acme, labs = config.sources
    assert acme.address == "github:acme"
    assert acme.token == CredentialFrom(how="env", where="ACME_TOKEN")
    assert acme.app is not None
    assert acme.app.id == "12"
    assert labs.host == "acme.ghe.com"
    assert config.keep_snapshots == 7


def test_no_file_at_all_is_a_sensible_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load().sources == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sources:\n  - githup: acme\n", "p.yaml:2"),
        ("sources:\n  - github: acme\n    budget: many\n", "p.yaml:3: sources.0.budget"),
        ("store: [\n", "p.yaml:2"),
        ("store: a\nstore: b\n", "p.yaml:2: store is given twice"),
        ("sources:\n  - github: acme\n    token: {env: A, file: b}\n", "p.yaml:3: sources.0.token"),
        ("sources:\n  - github: acme\n  - github: acme\n", "configured twice"),
        ("- just a list\n", "p.yaml:1: the file"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text, "p.yaml")
    assert expected in str(refused.value)


def test_a_named_file_that_is_missing_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("text", "expected", "hint"),
    [
        ("source: []\n", "p.yaml:1: there is no setting source", "Did you mean sources or store?"),
        ("keep_snapshots: 1\nsources:\n  - github: acme\n    tokn: {env: A}\n", "p.yaml:4", "Did you mean token"),
        ("sources:\n  - github: acme\n    token:\n      envv: A\n", "sources.0.token.envv", "Did you mean env?"),
        ("wholly_else: 1\n", "wholly_else", "checks, keep_snapshots, sources, store"),
    ],
)
def test_a_wrong_name_is_met_with_the_near_one(text: str, expected: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text, "p.yaml")
    assert expected in str(refused.value)
    assert hint in refused.value.hint


def test_what_apps_push_to_is_said_as_an_address() -> None:
    told = read("sources:\n  - okta: acme\n    pushes: {0oa1: 'github:acme', 0oa2: 'gitlab:acme/platform'}\n", "p.yaml")
    assert told.sources[0].options["pushes"] == {"0oa1": "github:acme", "0oa2": "gitlab:acme/platform"}
    with pytest.raises(ConfigError, match=r"p\.yaml:3: sources\.0\.pushes\.0oa1"):
        read("sources:\n  - okta: acme\n    pushes: {0oa1: acme}\n", "p.yaml")
