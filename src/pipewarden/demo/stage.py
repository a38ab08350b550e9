"""The demo's stage: acme's servers are started, its organizations collected once through the real connectors, and kept."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pipewarden import __version__
from pipewarden.errors import StoreError, UsageError

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Progress
    from pipewarden.demo.estate.kinds import Estate
    from pipewarden.model.snapshot import Snapshot
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


def demo_store(say: Say | None = None, doing: Say | None = None) -> "Store":
    """Return the demo's store with acme collected twice, a week apart, so that every command has something to say.

    The first time that takes some seconds: `say` is told so once, `doing` what is read at any moment.
    """
    from pipewarden.store import Store

    folder = cache_folder()
    if not (folder / "ready").exists():
        if say:
            say(
                "starting the estate acme on loopback and collecting it once; what is read is kept for the next command …"
            )
        _build(folder, doing)
    return Store.open(str(folder / "state.db"), actor="demo")


def _build(folder: Path, doing: Say | None) -> None:
    from pipewarden.demo.estate import acme, acme_earlier

    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".demo-", dir=folder.parent))
    try:
        _play(draft, acme_earlier(), "acme a week ago", doing)
        _play(draft, acme(), "acme today", doing)
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


def _play(folder: Path, estate: "Estate", called: str, doing: Say | None) -> None:
    """Serve an estate, audit it with the real connectors, and keep everything in the demo's store."""
    from pipewarden.audit import audit
    from pipewarden.store import Store

    def tell(what: str, done: int, of: int) -> None:
        if doing:
            doing(f"{called}: {what}" + (f": {done} of {of}" if of else ""))

    tell("starting its servers", 0, 0)
    with Store.open(str(folder / "state.db"), clock=lambda: estate.now, actor="demo") as store:
        snapshot = collected(estate, progress=tell)
        tell("judging and keeping", 0, 0)
        audit(snapshot, store)


STAGED = (
    "pipewarden.demo.github.staged",
    "pipewarden.demo.gitlab.staged",
    "pipewarden.demo.okta.staged",
    "pipewarden.demo.entra.staged",
    "pipewarden.demo.jenkins.staged",
    "pipewarden.demo.vault.staged",
    "pipewarden.demo.roster.staged",
)
"""The modules that serve one system of the estate each: their `staged(estate)` yields connectors while it serves."""


def collected(estate: "Estate", sources: Sequence[str] = (), *, progress: "Progress | None" = None) -> "Snapshot":
    """Serve an estate on loopback, system by system, and collect all of it, or some sources, through the real connectors.

    Raises UsageError for a source that the estate does not have.
    """
    from pipewarden.audit import collect, silent

    with ExitStack() as served:
        connectors: list[Connector] = []
        for name in STAGED:
            connectors += served.enter_context(import_module(name).staged(estate))
        if sources:
            connectors = _chosen(connectors, sources)
        return collect(connectors, progress=progress or silent, clock=lambda: estate.now, as_of=estate.now)


def demo_sources(sources: Sequence[str], say: Say | None = None) -> "Snapshot":
    """Return some sources of acme alone, on the day of the story, as their connectors read them now."""
    from pipewarden.demo.estate import acme

    if say:
        say("starting the estate acme on loopback and collecting from it …")
    return collected(acme(), sources)


def _is_list(source: str) -> bool:
    """Tell whether a source is a file of a roster: `roster:people.csv`."""
    system, _, name = source.partition(":")
    return system == "roster" and "." in name


def _chosen(connectors: "list[Connector]", sources: Sequence[str]) -> "list[Connector]":
    known = {each.address: each for each in connectors}
    for source in sources:
        if source not in known:
            near = get_close_matches(source, known, 1)
            hint = f"Did you mean {near[0]}? " if near else ""
            # a list of one's own is no part of the story
            own = f"`pipewarden audit {source}` reads a list of yours, without --demo. " if _is_list(source) else hint
            raise UsageError(f"the demo has no source {source}", hint=f"{own}It has {', '.join(known)}.")
    return [each for address, each in known.items() if address in sources]
