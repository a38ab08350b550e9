"""The demo's stage: acme's servers are started, its organizations collected once through the real connectors, and kept."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipewarden import __version__
from pipewarden.errors import StoreError

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector
    from pipewarden.demo.estate.kinds import Estate
    from pipewarden.demo.github import GitHubServer
    from pipewarden.model.columns import Snapshot
    from pipewarden.store import Store

Say = Callable[[str], None]


def cache_folder() -> Path:
    """Return where the collected estate is kept: one folder per version and content of the estate and its readers."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "pipewarden" / f"demo-{__version__}-{_stamp()}"


def _stamp() -> str:
    """Return a short mark of the code that made the cache, so that a changed one is never read for the new one."""
    import hashlib

    root = Path(__file__).parent.parent
    digest = hashlib.blake2b(digest_size=5)
    for part in ("connectors", "demo", "model", "pipelines", "store"):
        for path in sorted((root / part).rglob("*.py")) + sorted((root / part).rglob("*.graphql")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def demo_store(say: Say | None = None) -> "Store":
    """Return the demo's store with acme collected twice, a week apart, so that every command has something to say."""
    from pipewarden.store import Store

    folder = cache_folder()
    if not (folder / "ready").exists():
        if say:
            say("starting the estate acme on loopback and collecting it once …")
        _build(folder)
    return Store.open(str(folder / "state.db"), actor="demo")


def demo_snapshot(which: str = "latest", progress: Say | None = None) -> "Snapshot":
    """Return a snapshot of acme: `latest` is the day of the story, `previous` the week before's counterpart for diff."""
    with demo_store(progress) as store:
        return store.load_snapshot(which)


def _build(folder: Path) -> None:
    from pipewarden.demo.estate import acme, acme_earlier

    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".demo-", dir=folder.parent))
    try:
        _play(draft, acme_earlier())
        _play(draft, acme())
        (draft / "ready").write_text("collected\n", encoding="utf-8")
        try:
            draft.rename(folder)
        except OSError:
            if not (folder / "ready").exists():
                raise
    except OSError as fault:
        raise StoreError(
            f"the demo cannot be kept in {folder}: {fault.strerror}", hint="Set XDG_CACHE_HOME to a writable folder."
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _play(folder: Path, estate: "Estate") -> None:
    """Serve an estate, audit it with the real connectors, and keep everything in the demo's store."""
    from pipewarden.audit import audit
    from pipewarden.store import Store

    with Store.open(str(folder / "state.db"), clock=lambda: estate.now, actor="demo") as store:
        audit(collected(estate), store)


def collected(estate: "Estate") -> "Snapshot":
    """Serve an estate on loopback and collect its organizations through the real connectors, app and owner's token."""
    from pipewarden.audit import collect
    from pipewarden.demo.github import GitHubServer

    with GitHubServer(estate, clock=estate.now.timestamp) as server:
        connectors = [_connector(server, login, estate) for login in estate.organizations]
        return collect(connectors, clock=lambda: estate.now, as_of=estate.now)


def _connector(server: "GitHubServer", login: str, estate: "Estate") -> "Connector":
    from pipewarden.connectors.github.auth import Installation, Token
    from pipewarden.connectors.github.client import GitHub
    from pipewarden.connectors.github.connector import GitHubConnector
    from pipewarden.connectors.github.hosts import addresses
    from pipewarden.demo.github.server import APP_ID
    from pipewarden.http.client import Http
    from pipewarden.http.secrets import FixedSecret

    key, token = FixedSecret(server.private_key), FixedSecret(server.owner_token)

    def make() -> GitHub:
        where = addresses("github.com", server.url)
        http = Http(where.rest, clock=StoryClock(estate.now))
        app = Installation(http, APP_ID, key, organization=login)
        return GitHub(http, where, app=app, token=Token(token))

    return GitHubConnector(make, login, enterprise=estate.enterprise["slug"])


class StoryClock:
    """The time of the story, which stands still: what is read is dated with it, so that every demo is the same."""

    def __init__(self, moment: datetime) -> None:
        self._now = moment.timestamp()

    def now(self) -> float:
        """Return seconds since 1970 (UTC)."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait for real: the server on the other side is."""
        await asyncio.sleep(seconds)
