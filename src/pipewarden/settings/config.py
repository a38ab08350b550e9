"""The configuration file: read once, every mistake named with file, line, what was expected and what to do."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from pipewarden.errors import ConfigError
from pipewarden.model.limits import ABOUT
from pipewarden.settings.checks import SCHEMA as CHECKS
from pipewarden.settings.checks import CheckSettings
from pipewarden.settings.checks import read as read_checks
from pipewarden.settings.systems import COMMON, SYSTEMS, schema

NAME = "pipewarden.yaml"
"""The file that is read when none is named: in this folder, then in the user's configuration folder."""


class CredentialFrom(Struct, frozen=True, kw_only=True):
    """Where a token or key is read from, each time it is needed, so that it may be rotated. Never the value itself."""

    how: str
    """`env`, `keyring`, `file` or `command`."""
    where: str


class AppCredential(Struct, frozen=True, kw_only=True):
    """A GitHub App: its id, its installation, and where its private key is."""

    id: str
    private_key: CredentialFrom
    installation: str = ""


class SourceConfig(Struct, frozen=True, kw_only=True):
    """One configured system: which organization, on which host, with which credentials."""

    kind: str
    name: str
    host: str = "github.com"
    api: str = ""
    """Another base address of the API, for a proxy or a loopback server."""
    enterprise: str = ""
    token: CredentialFrom | None = None
    app: AppCredential | None = None
    budget: int = 0
    """How many requests one run may spend; 0 leaves it to the limits that the system states."""
    concurrency: int = 20
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    options: dict[str, Any] = {}
    """What else the file says for this system, as its part of the schema has it."""

    @property
    def address(self) -> str:
        """How people name it: `github:acme`."""
        return f"{self.kind}:{self.name}"


class Config(Struct, frozen=True, kw_only=True):
    """All settings, from the file or by default."""

    path: str = ""
    store: str = ""
    sources: tuple[SourceConfig, ...] = ()
    keep_snapshots: int = 60
    checks: CheckSettings = CheckSettings()


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Pipewarden configuration",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "store": {
            "type": "string",
            "description": (
                "The state store: a file, or a postgresql:// URL. By default a file in the user's data folder. Several "
                "processes may use one at once, and on PostgreSQL several machines, which read one another's snapshots "
                "where they share the folder pipewarden/snapshots of the user's data folder (XDG_DATA_HOME)."
            ),
        },
        "keep_snapshots": {
            "type": "integer",
            "minimum": 1,
            "default": 60,
            "description": "How many snapshots of each set of sources are kept; older ones are pruned after an audit.",
        },
        "sources": {
            "type": "array",
            "description": "The systems to audit; several organizations make one report.",
            "items": schema(),
        },
        "checks": CHECKS,
    },
    "$defs": {
        "credential": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
            "properties": {
                "env": {"type": "string", "description": "Name of an environment variable."},
                "file": {"type": "string", "description": "Path of a file that holds it."},
                "keyring": {"type": "string", "description": "`service/user` in the system's keyring."},
                "command": {"type": "string", "description": "A command that prints it."},
            },
        }
    },
}
"""What the file may say; published as docs/settings.schema.json and as the page docs/settings.md."""


def find(named: Path | None) -> Path | None:
    """Return the configuration file: the named one, else pipewarden.yaml here, else the user's; None if there is none."""
    if named is not None:
        return named
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pipewarden" / NAME
    return next((path for path in (Path(NAME), home) if path.is_file()), None)


def within(named: Path | None, folders: Iterable[Path]) -> Path | None:
    """Return the configuration that nobody named and that lies in one of some folders; None where there is none.

    Who may change such a folder writes its settings too.
    """
    path = None if named is not None else find(None)
    if path is None:
        return None
    place = path.resolve()
    return path if any(place.is_relative_to(folder.resolve()) for folder in folders) else None


def load(named: Path | None = None) -> Config:
    """Read the configuration, or return the default where there is no file.

    Raises ConfigError naming file, line and key.
    """
    path = find(named)
    if path is None:
        return Config()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as refusal:
        raise ConfigError(
            f"{path} cannot be read: {refusal.strerror}", hint="Name another file with --config."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text", hint="Save it as UTF-8.") from None
    return read(text, str(path))


def read(text: str, path: str) -> Config:
    """Read a configuration's text. Raises ConfigError."""
    lines = _Lines()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = None if node is None else lines.plain(node, ())
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else path
        problem = getattr(broken, "problem", None) or "is not YAML"
        raise ConfigError(f"{where}: {problem}", hint="YAML wants even indentation and `key: value`.") from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply") from None
    if data is None:
        return Config(path=path)
    _check(data, path, lines)
    return _config(data, path, lines)


class _Lines:
    """Plain values of a YAML tree, and the line of each."""

    def __init__(self) -> None:
        self.of: dict[tuple[str | int, ...], int] = {}

    def plain(self, node: yaml.Node, at: tuple[str | int, ...]) -> Any:
        self.of[at] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            out: dict[str, Any] = {}
            for key, value in node.value:
                name = str(key.value)
                if name in out:
                    raise yaml.MarkedYAMLError(problem=f"{name} is given twice", problem_mark=key.start_mark)
                out[name] = self.plain(value, (*at, name))
                self.of[(*at, name)] = key.start_mark.line + 1
            return out
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*at, place)) for place, item in enumerate(node.value)]
        return yaml.SafeLoader("").construct_object(node)

    def line(self, at: tuple[str | int, ...]) -> int:
        while at and at not in self.of:
            at = at[:-1]
        return self.of.get(at, 1)

    def places(self, path: str, key: str) -> dict[str, str]:
        """Return where each setting below a key of the file stands: `limits.owners_max` → `pipewarden.yaml:7`."""
        below = ((at[1:], line) for at, line in self.of.items() if len(at) > 1 and at[0] == key)
        return {".".join(str(part) for part in at): f"{path}:{line}" for at, line in below}


def _check(data: Any, path: str, lines: _Lines) -> None:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(SCHEMA)
    mistakes = sorted(validator.iter_errors(data), key=lambda m: lines.line(tuple(m.instance_path)))
    if not mistakes:
        return
    first = mistakes[0]
    at = tuple(first.instance_path)
    key = ".".join(str(part) for part in at)
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    unexpected = getattr(first.kind, "unexpected", None)
    if unexpected:
        where = f"{path}:{lines.line((*at, unexpected[0]))}"
        allowed = _schema_at(first.schema_path[:-1]).get("properties", {})
        message = f"{where}: there is no setting {f'{key}.' if key else ''}{unexpected[0]}{more}"
        raise ConfigError(message, hint=_near(unexpected[0], allowed))
    options = getattr(first.kind, "options", None)
    hint = f"It may be {', '.join(options)}." if options else _meaning(at)
    raise ConfigError(f"{path}:{lines.line(at)}: {key or 'the file'}: {first.message}{more}", hint=hint)


PAGE = "docs/settings.md lists every setting; `pipewarden init` writes a commented file."


def _schema_at(steps: Sequence[str | int]) -> dict[str, Any]:
    """Return the part of the schema that a mistake's path leads to, references followed."""
    node: Any = SCHEMA
    for step in steps:
        node = SCHEMA["$defs"][node["$ref"].rpartition("/")[2]] if step == "$ref" else node[step]
    return dict(node)


def _near(word: str, allowed: Iterable[str]) -> str:
    names = list(allowed)
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), names, 3, 0.5)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"It may be {', '.join(sorted(names))}." if len(names) < MANY else PAGE


MANY = 9
"""So many names are not listed in a hint."""


def _meaning(at: tuple[str | int, ...]) -> str:
    """Say what a limit is, where a mistake is in one; else where settings are described."""
    about = ABOUT.get(str(at[2])) if at[:2] == ("checks", "limits") and len(at) > 2 else None
    return f"{about.meaning} By default {about.words(about.default)}." if about else PAGE


def _credential(data: dict[str, str] | None) -> CredentialFrom | None:
    if not data:
        return None
    ((how, where),) = data.items()
    return CredentialFrom(how=how, where=where)


def _config(data: dict[str, Any], path: str, lines: _Lines) -> Config:
    sources = []
    for place, given in enumerate(data.get("sources") or ()):
        kind = next(name for name in SYSTEMS if name in given)
        app = given.get("app")
        key = _credential(app["private_key"]) if app else None
        own = SYSTEMS[kind].properties
        foreign = [name for name in given if name not in COMMON and name not in own and name != kind]
        if foreign:
            line = lines.line(("sources", place, foreign[0]))
            raise ConfigError(f"{path}:{line}: {foreign[0]} is no setting of {kind}", hint=_near(foreign[0], own))
        sources.append(
            SourceConfig(
                kind=kind,
                name=given[kind],
                host=given.get("host", SYSTEMS[kind].host.format(name=given[kind])),
                api=given.get("api", ""),
                enterprise=given.get("enterprise", ""),
                token=_credential(given.get("token")),
                app=AppCredential(id=str(app["id"]), installation=str(app.get("installation", "")), private_key=key)
                if app and key
                else None,
                budget=given.get("budget", 0),
                concurrency=given.get("concurrency", 20),
                include=tuple(given.get("include", ())),
                exclude=tuple(given.get("exclude", ())),
                options={name: given[name] for name in own if name in given},
            )
        )
    addresses = [source.address for source in sources]
    twice = {a for a in addresses if addresses.count(a) > 1}
    if twice:
        raise ConfigError(f"{path}: {', '.join(sorted(twice))} is configured twice", hint="Keep one of them.")
    return Config(
        path=path,
        store=data.get("store", ""),
        sources=tuple(sources),
        keep_snapshots=data.get("keep_snapshots", 60),
        checks=read_checks(data.get("checks", {}), lines.places(path, "checks")),
    )
