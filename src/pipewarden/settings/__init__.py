"""Wiring: what the configuration says becomes a store and connectors."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pipewarden.errors import ConfigError, StoreError, UsageError
from pipewarden.settings.checks import CheckSettings
from pipewarden.settings.config import Config, CredentialFrom, SourceConfig, load
from pipewarden.settings.systems import SYSTEMS

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Keeper
    from pipewarden.connectors.checkout import Checkout
    from pipewarden.connectors.github.client import GitHub
    from pipewarden.connectors.joined import Joins
    from pipewarden.connectors.zizmor import Zizmor
    from pipewarden.store import Store

TOKEN_VARIABLES = SYSTEMS["github"].tokens
"""Where a token of GitHub is looked for when none is configured, in this order."""


def data_folder() -> Path:
    """Return where state is kept by default: XDG_DATA_HOME, or ~/.local/share."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "pipewarden"


def cache_folder() -> Path:
    """Return where what can be made again is kept: XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pipewarden"


def checkouts(
    folder: Path,
    key: "Callable[[], bytes] | None" = None,
    *,
    cache: bool = True,
    zizmor: bool = False,
    name: str = "",
    beside: "Sequence[Connector]" = (),
    processes: int = 0,
) -> "list[Checkout]":
    """Build the reader of a checkout, or of each checkout in a folder of them.

    With `cache`, only files that changed since the last time are read anew. `key` keys the fingerprints of secrets in
    plain text; without one they hold for this run. `zizmor` asks that program about workflows too, where it is installed.
    `name` is the repository's, where its remote does not tell it; among the repositories of the systems `beside`, which
    are read before, a checkout takes its place. So many `processes` read its files where that pays; 0: one for each
    core. Raises UsageError where one name is given to several.
    """
    from pipewarden.connectors.checkout import Checkout, repository_name
    from pipewarden.connectors.clones import clones
    from pipewarden.connectors.plain_secrets import key_without_store
    from pipewarden.connectors.second_opinion import Without

    asked = (found_zizmor() or Without.ABSENT) if zizmor else Without.OFF
    keep = cache_folder() / "files" if cache else None
    joins = _joins(beside) if beside else None
    found = clones(folder)
    if name and len(found) > 1:
        raise UsageError(f"{folder} holds {len(found):,} checkouts", hint="Name the one that is of the repository.")
    return [
        Checkout(
            each,
            key or key_without_store,
            name=name or ("" if called == repository_name(each) else called),
            keep=keep,
            zizmor=asked,
            joins=joins,
            processes=processes,
        )
        for each, called in found
    ]


def _joins(beside: "Sequence[Connector]") -> "Joins | None":
    """Return what finds a checkout's place among the systems that can have one."""
    from pipewarden.connectors.github.connector import GitHubConnector
    from pipewarden.connectors.joined import joining

    hosts = [each for each in beside if isinstance(each, GitHubConnector)]
    return joining(hosts) if hosts else None


def found_zizmor() -> "Zizmor | None":
    """Return the installed zizmor, or None."""
    from pipewarden.connectors.zizmor import Zizmor

    return Zizmor.found()


def open_store(config_path: Path | None, place: str | None, *, create: bool = False) -> "Store":
    """Open the store that was named, else the configured one, else the user's own; make one only where `create`.

    Raises NoStore, StoreError or ConfigError.
    """
    from pipewarden.store import Store
    from pipewarden.store.places import is_url

    config = load(config_path)
    where = place or config.store or str(data_folder() / "pipewarden.db")
    if is_url(where):
        return Store.open(where, create=create, snapshots_in=data_folder() / "snapshots")
    path = Path(where).expanduser()
    above = path.absolute().parent.parent
    if create and not above.is_dir() and not path.is_relative_to(data_folder()):
        raise StoreError(f"there is no folder {above} for the store {path}", hint="Make it, or name another file.")
    return Store.open(str(path), create=create)


def fingerprint_key(config_path: Path | None, place: str | None) -> "Callable[[], bytes]":
    """Return what gives the key of the fingerprints of secrets in plain text: the store's, or one without a store.

    The store is opened only when a secret was found. Raises what opening it raises, and UsageError for a weak key.
    """

    @cache
    def key() -> bytes:
        from pipewarden.connectors.plain_secrets import key_without_store
        from pipewarden.errors import NoStore

        where = place or load(config_path).store or str(data_folder() / "pipewarden.db")
        if "://" not in where and not Path(where).expanduser().exists():
            return key_without_store()  # said without the libraries of a store, which take longer than the files
        try:
            with open_store(config_path, place) as store:
                return store.fingerprint_key()
        except NoStore:
            return key_without_store()

    return key


def fingerprints_hold(config_path: Path | None, place: str | None) -> bool:
    """Tell whether fingerprints of secrets in plain text are the same in the next run: a store or a text keys them."""
    from pipewarden.connectors.plain_secrets import VARIABLE
    from pipewarden.errors import NoStore

    if os.environ.get(VARIABLE):
        return True
    try:
        with open_store(config_path, place):
            return True
    except NoStore:
        return False


def checks_of(config_path: Path | None, *, demo: bool = False) -> CheckSettings:
    """Return how the checks are to judge. The demo is the same everywhere: it heeds a file only where one is named.

    Raises ConfigError.
    """
    return CheckSettings() if demo and config_path is None else load(config_path).checks


def source_of(address: str, config: Config) -> SourceConfig:
    """Return the settings of a source named on the command line: the configured ones, or sensible ones."""
    kind, colon, name = address.partition(":")
    if kind in {"http", "https"}:
        organization = next(iter(name.lstrip("/").split("/")[1:2]), "") or "acme"
        raise UsageError(
            f"{address} is not SYSTEM:NAME",
            hint=f"Did you mean github:{organization}? Another host than github.com is named by GH_HOST.",
        )
    if not colon or not name:
        raise UsageError(f"{address} is not SYSTEM:NAME", hint="For example github:acme, or a path such as `.`.")
    if kind not in SYSTEMS:
        from difflib import get_close_matches

        near = get_close_matches(kind, SYSTEMS, 1)
        guess = f"Did you mean {near[0]}:{name}? " if near else ""
        raise UsageError(
            f"{kind} is not a system this version reads", hint=f"{guess}It reads {', '.join(SYSTEMS)} and checkouts."
        )
    for source in config.sources:
        if source.address.lower() == address.lower():
            return source
    if "/" in name.strip("/"):
        owner = name.strip("/").partition("/")[0]
        raise UsageError(
            f"{address} is no organization: {kind} is read an organization at a time",
            hint=f"`pipewarden audit {kind}:{owner}` reads it whole; `include:` in the configuration names repositories.",
        )
    host = SYSTEMS[kind].host.format(name=name)
    return SourceConfig(kind=kind, name=name, host=(kind == "github" and os.environ.get("GH_HOST")) or host)


def connectors(
    addresses: Sequence[str], config: Config, keeper: "Keeper | None", *, zizmor: bool | None = None
) -> "list[Connector]":
    """Build a connector for each address, all configured ones where none is named.

    `zizmor` tells whether that program is asked about the workflows of organizations; None: it is no part of this.
    Raises UsageError where there is nothing to audit, CredentialError where a source has no credential.
    """
    wanted = [source_of(address, config) for address in addresses] if addresses else list(config.sources)
    if not wanted:
        raise UsageError(
            "there is nothing to audit",
            hint="Name a source (`pipewarden audit github:ORG`), a checkout (`pipewarden audit .`), or run `pipewarden init`.",
        )
    built = [_built(source, keeper) for source in wanted]
    if zizmor is not None:
        from pipewarden.connectors.github.connector import GitHubConnector
        from pipewarden.connectors.second_opinion import Without

        asked = (found_zizmor() or Without.ABSENT) if zizmor else Without.OFF
        for each in built:
            if isinstance(each, GitHubConnector):
                each.zizmor = asked
    return built


def _built(source: SourceConfig, keeper: "Keeper | None") -> "Connector":
    """Build the connector of a source by what the table of systems says."""
    module, _, name = SYSTEMS[source.kind].build.partition(":")
    built: Connector = getattr(import_module(module), name)(source, keeper)
    return built


def github(source: SourceConfig, keeper: "Keeper | None") -> "Connector":
    """Build the GitHub connector of a source."""
    from pipewarden.connectors.github.connector import GitHubConnector

    _credentials_exist(source)
    return GitHubConnector(
        github_client(source, keeper),
        source.name,
        instance=source.host,
        enterprise=source.enterprise,
        include=source.include,
        exclude=source.exclude,
        keeper=keeper,
    )


def mistyped_variable(environment: Mapping[str, str], known: Sequence[str]) -> str:
    """Return a variable that is set and called almost like one that is read; empty where there is none."""
    return next((name for name in sorted(environment) if near_variable(name, known)), "")


def near_variable(name: str, known: Sequence[str]) -> str:
    """Return the variable that a name was probably meant for; empty where it is none of them, or is one."""
    if name in known or not any(word in name.upper() for word in ("TOK", "TKN", "TOEK")):
        return ""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name.upper(), known, 1, 0.9)), "")


def _credentials_exist(source: SourceConfig) -> None:
    """Refuse at once where there is no credential at all, before anything is asked."""
    from pipewarden.errors import CredentialError

    if source.token or source.app or any(os.environ.get(name) for name in TOKEN_VARIABLES):
        return
    if mistyped := mistyped_variable(os.environ, TOKEN_VARIABLES):
        raise CredentialError(
            f"there is no token for {source.address}",
            hint=f"{mistyped} is set, but nothing reads it. Did you mean {near_variable(mistyped, TOKEN_VARIABLES)}?",
        )
    raise CredentialError(
        f"there is no token for {source.address}",
        hint="Set GITHUB_TOKEN (read permissions suffice), or run `pipewarden init`. `pipewarden --demo audit` needs none.",
    )


def github_client(source: SourceConfig, keeper: "Keeper | None") -> "Callable[[], GitHub]":
    """Return a function that makes the client; made inside the event loop that uses it."""

    def make() -> "GitHub":
        from pipewarden.connectors.github.auth import Installation, Token
        from pipewarden.connectors.github.client import GitHub
        from pipewarden.connectors.github.hosts import addresses
        from pipewarden.http.client import Http

        where = addresses(source.host, source.api)
        http = Http(where.rest, concurrency=source.concurrency)
        app = token = None
        if source.app:
            app = Installation(
                http,
                source.app.id,
                _secret(source.app.private_key),
                organization=source.name,
                installation=source.app.installation,
            )
        given = source.token or _from_environment()
        if given:
            token = Token(_secret(given))
        return GitHub(http, where, app=app, token=token, keeper=keeper, budget=source.budget)

    return make


def probe_client(source: SourceConfig) -> "Callable[[], GitHub]":
    """Return what makes the client of a source that is only tried."""
    return github_client(source, None)


def _from_environment() -> CredentialFrom | None:
    name = next((name for name in TOKEN_VARIABLES if os.environ.get(name)), None)
    return CredentialFrom(how="env", where=name) if name else None


def _secret(given: CredentialFrom) -> "ReadSecret":
    from pipewarden.http.secrets import ReadSecret

    return ReadSecret(given.how, given.where)


if TYPE_CHECKING:
    from pipewarden.http.secrets import ReadSecret

__all__ = [
    "Config",
    "ConfigError",
    "cache_folder",
    "checkout",
    "checks_of",
    "connectors",
    "data_folder",
    "fingerprint_key",
    "github",
    "load",
    "open_store",
    "source_of",
]
