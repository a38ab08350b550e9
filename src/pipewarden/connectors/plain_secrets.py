"""Secrets in plain text as facts: one for each secret of a repository, with all its places and never its value."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from pipewarden.errors import UsageError
from pipewarden.model.facts import Origin, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.plain import (
    RANKS,
    Confidence,
    FileKind,
    Found,
    Instead,
    Key,
    file_kind,
    find_secrets,
    instead_of,
    source_of,
    title_of,
)

VARIABLE = "PIPEWARDEN_FINGERPRINT_KEY"
"""Keys fingerprints where there is no store, as in CI: a text nobody can guess, kept as a secret of the pipeline."""
LEAST = 32
MOST_PLACES = 50
"""Places of one secret that are kept; how many there are is counted."""
MOST_SECRETS = 5_000
"""Secrets of one repository; a repository with more is told by these."""
MOST_INSTEAD = 20
SHOWN_DIGITS = 12
"""Digits of the fingerprint that a name shows."""
_BY_FORM_ALONE = frozenset({"private_key", "json_web_token"})
"""Kinds whose structure proves no issuer: tests are full of keys made for them."""


@cache
def key_without_store() -> bytes:
    """Return the key of fingerprints where no store keeps one: what the environment gives, so that a baseline holds.

    Else one that is drawn: equal in one run, of no use to anybody after it. Raises UsageError for one that can be guessed.
    """
    given = os.environ.get(VARIABLE, "")
    if not given:
        return os.urandom(32)
    if len(given) < LEAST:
        raise UsageError(f"{VARIABLE} has fewer than {LEAST} characters", hint="Make one with `openssl rand -hex 32`.")
    return hashlib.sha256(given.encode("utf-8", "surrogateescape")).digest()


@dataclass(slots=True)
class _Secret:
    """One secret so far: its surest reading, and where it stands."""

    best: Found
    origin: Origin
    count: int = 0
    places: list[dict[str, object]] = field(default_factory=list)


class PlainSecrets:
    """Takes the files of one repository, one at a time, and yields its secrets at the end.

    The value of a secret never leaves the search: what is kept are kind, places and the keyed fingerprint.
    """

    def __init__(self, repository: Ref, name: str, key: Key = key_without_store) -> None:
        self._repository = repository
        self._name = name
        self._key = key
        self._secrets: dict[str, _Secret] = {}
        self._instead: list[Instead] = []

    def pipeline(self, path: str, text: str, origin: Origin) -> None:
        """Search a pipeline file, and keep how else it gets secrets."""
        self.search(path, text, origin)
        self.instead(self.ways(path, text))

    def search(self, path: str, text: str, origin: Origin) -> int:
        """Search a pipeline file for secrets alone; return how many places were found."""
        kind = file_kind(path, text)
        yaml = kind in {FileKind.YAML, FileKind.KUBERNETES}
        return self.read(path, text, origin, kind=FileKind.PIPELINE if yaml else kind)

    def ways(self, path: str, text: str) -> list[Instead]:
        """Return how else a pipeline file gets secrets."""
        return instead_of(path, text)[:MOST_INSTEAD]

    def instead(self, ways: Iterable[Instead]) -> None:
        """Keep how else the pipelines get secrets."""
        self._instead += islice(ways, MOST_INSTEAD - len(self._instead))

    def read(self, path: str, text: str, origin: Origin, *, kind: FileKind | None = None, example: bool = False) -> int:
        """Search a file; return how many places were found.

        Of an `example` only what a checksum proves to have been issued counts.
        """
        count = 0
        for found in find_secrets(path, text, kind or file_kind(path, text), self._key):
            count += 1
            proven = found.confidence is Confidence.CERTAIN and found.kind not in _BY_FORM_ALONE
            if example and not proven:
                continue
            known = self._secrets.get(found.fingerprint)
            if known is None:
                if len(self._secrets) >= MOST_SECRETS:
                    return count
                known = self._secrets[found.fingerprint] = _Secret(found, origin)
            elif (RANKS[found.confidence], not found.is_low) > (RANKS[known.best.confidence], not known.best.is_low):
                known.best = found
            known.count += 1
            if len(known.places) < MOST_PLACES:
                place = found.position
                known.places.append({"path": path, "line": place.line, "column": place.column, "where": found.where})
        return count

    def facts(self) -> Iterator[Resource]:
        """Yield one fact for each secret."""
        instead = [{"how": way.how, "name": way.name, "path": way.path, "line": way.line} for way in self._instead]
        for fingerprint, secret in sorted(self._secrets.items()):
            best = secret.best
            yield Resource(
                ref=Ref(self._repository.instance, Kind.PLAIN_SECRET, f"{self._repository.key}:{fingerprint}"),
                name=f"plain:{self._name}/{fingerprint[:SHOWN_DIGITS]}",
                parent=self._repository,
                attributes={
                    "kind": best.kind,
                    "title": title_of(best.kind),
                    "source": source_of(best.kind),
                    "confidence": best.confidence.value,
                    "low": best.is_low,
                    "fingerprint": fingerprint,
                    "count": secret.count,
                    "places": secret.places,
                    "instead": instead,
                },
                origin=secret.origin,
            )
