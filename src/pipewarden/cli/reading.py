"""What an audit reads and by whose settings: checkouts, the systems beside them, and what may not come with a checkout."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipewarden.cli.context import Options
from pipewarden.cli.show import note
from pipewarden.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pipewarden.connectors.base import Connector, Progress
    from pipewarden.connectors.checkout import Checkout
    from pipewarden.model.snapshot import Snapshot
    from pipewarden.settings.config import Config
    from pipewarden.settings.heeded import Heeded


def settings_for(options: Options, paths: Sequence[str], settings_from: str | None) -> "Heeded":
    """Return how the checks are to judge, and say so where it is not as the checkout has it. Raises ConfigError."""
    from pipewarden.settings import checks_of
    from pipewarden.settings.heeded import Heeded, heeded

    if options.demo:
        return Heeded(checks=checks_of(options.config, demo=True))
    found = heeded(options.config, [Path(path) for path in paths], os.environ, settings_from)
    if found.says:
        note(options, found.says)
    return found


@dataclass(frozen=True, slots=True)
class Reading:
    """How an audit reads: what it keeps, whom it asks, and whose checkout a path is."""

    keep: bool
    cache: bool
    zizmor: bool
    repository: str
    configured: bool
    settings_from: str | None


def refuse_names(paths: Sequence[str], alone: bool, reading: Reading) -> None:
    """Refuse a name that could be of any of several paths, or of none, and two checkouts of one repository.

    Raises UsageError.
    """
    if not reading.repository:
        from pipewarden.connectors.clones import clones
        from pipewarden.connectors.joined import remote_of

        folders = [folder for path in paths for folder, _ in clones(Path(path))] if not alone else []
        remotes = [remote for folder in folders if any(remote := remote_of(folder))]
        twice = next((remote for remote in remotes if remotes.count(remote) > 1), None)
        if twice:
            raise UsageError(f"two of the paths are checkouts of {twice[1]}", hint="Name one of them.")
        return
    if len(paths) != 1:
        raise UsageError("--repository names one checkout", hint="Give it with exactly one PATH.")
    if reading.repository.count("/") != 1 or not all(reading.repository.split("/")):
        raise UsageError(f"{reading.repository} is not OWNER/NAME", hint="For example acme/web.")


def refuse_settings(options: Options, paths: Sequence[str], config: "Config", *, alone: bool = False) -> None:
    """Refuse sources and a store that come with what is audited: they say which commands run, and where credentials go.

    Raises ConfigError. Whoever means them names their file.
    """
    from pipewarden.settings.config import within
    from pipewarden.settings.heeded import change_of

    # a run that is about a change stands in the change's own checkout, whatever it audits
    here = [Path()] if change_of(os.environ) else []
    path = within(options.config, [*map(Path, paths), *here])
    far = "://" in config.store
    if path is not None and (far or (not alone and (config.sources or config.store))):
        raise ConfigError(
            f"{path} comes with the checkout that is audited, and would say where credentials are sent",
            hint=f"Where it is yours, name it: `pipewarden --config {path} audit …`.",
        )


def checkouts_of(
    options: Options, paths: Sequence[str], reading: Reading, beside: "Sequence[Connector]"
) -> "list[Checkout]":
    """Build the readers of all checkouts that some paths hold, which may take their places among systems `beside`."""
    from pipewarden.settings import checkouts, fingerprint_key

    key = fingerprint_key(options.config, options.store)
    more = {"cache": reading.cache, "zizmor": reading.zizmor}
    return [
        each
        for path in dict.fromkeys(map(Path, paths))
        for each in checkouts(path, key, name=reading.repository, beside=beside, processes=options.processes, **more)
    ]


def collected(
    options: Options, paths: Sequence[str], reading: Reading, systems: "Sequence[Connector]", progress: "Progress"
) -> "Snapshot":
    """Read the systems, then the checkouts, each in its place among what was read; say which place that is."""
    from pipewarden.audit import collect

    read = checkouts_of(options, paths, reading, systems) if paths else []
    snapshot = collect([*systems, *read], progress=progress)
    for told in _places(read):
        note(options, told)
    return snapshot


FEW = 3
"""Checkouts of which each is told where it stands; of more it is counted."""


def _places(read: "Sequence[Checkout]") -> Iterator[str]:
    """Say in whose place checkouts stand, and which are of nothing that was read."""
    strange = [each.address.removeprefix("path:") for each in read if each.place is None]
    if len(read) > FEW:
        from pipewarden.render.text import listed

        yield f"{len(read) - len(strange):,} of {len(read):,} checkouts stand in the place of their repositories' files"
        if strange:
            yield f"in nothing that was read, and by themselves: {listed(strange, FEW)}"
        return
    for each in read:
        if each.place is None:
            name = each.address.removeprefix("path:")
            yield f"the checkout {each.folder} is {name}, which is in nothing that was read: it stands by itself"
        else:
            yield (
                f"the checkout {each.folder} stands in the place of the files of {each.place.name}"
                f" on {each.place.instance}"
            )


def is_path(source: str) -> bool:
    """Tell whether what was typed is a path, and no system's address."""
    return ":" not in source or Path(source).exists()
