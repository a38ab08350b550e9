"""Reads the OIDC trusts that the files of a checkout state, as facts: roles, trusts, and what is left open."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from msgspec import structs

from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Certainty, Gap, Origin, Resource, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.trusts.places import folder_of
from pipewarden.pipelines.trusts.read import TrustKind, is_marked, read_trusts, trust_kind
from pipewarden.pipelines.trusts.stated import Platform, Stated

MOST_FILES = 50_000
"""Files that are looked into for a mark; more of them are told."""
MOST_CHARACTERS = 64 * 1024 * 1024
"""Text that is parsed; what is beyond is told."""

NOT_IN_FORCE = frozenset(
    {"tests", "__tests__", "testdata", "test-data", "fixtures", "__fixtures__", "test-fixtures", "test_fixtures"}
    | {"vendor", "third_party", "bower_components", "site-packages", ".terraform"}
)
"""Folders whose files show something to a test, or are other people's code: nobody is let in by them. A folder `test`
alone may be an environment, and `examples` are what people copy."""

_SOURCE = re.compile(r"\bsource\s{0,40}=\s{0,40}\"(\.\.?/[^\"\n]{0,400})\"")
_TERRAFORM = (".tf", ".tofu", ".tf.json")
_HINT = re.compile(r"\brepo:[\w.*-]{1,100}/|[Oo][Ii][Dd][Cc]|token\.actions\.githubusercontent")
Text = Callable[[str], str | None]
"""Gives the text of a file by its path, None where it is too large, a link, or cannot be read."""


def trust_facts(
    paths: Iterable[str],
    text: Text,
    *,
    repository: Ref,
    repository_name: str,
    moment: datetime,
    attributes: dict[str, object],
) -> list[AnyFact]:
    """Return the facts of all files that state trusts, among some paths.

    Customised subjects of GitHub that they declare are added to the repository's attributes.
    """
    search = TrustSearch()
    for path in paths:
        if search.wants(path):
            search.take(path, text(path))
    return search.facts(repository, repository_name, moment, attributes)


class TrustSearch:
    """The search of one checkout: takes its files in any order, keeps the texts that hold the mark of a trust."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        """Begin. `paths` are all files that are there: a folder is there also where none of its files is taken."""
        self._folders = {path.rpartition("/")[0] for path in paths if path.endswith(_TERRAFORM)}
        self._found: dict[str, str] = {}
        self._terraform: dict[str, dict[str, str]] = {}
        self._marked: set[str] = set()
        self._files = 0
        self._characters = 0
        self._beyond = 0
        self._links: list[str] = []
        self._calls: dict[str, set[str]] = {}
        self._hinted: set[str] = set()

    def wants(self, path: str) -> bool:
        """Tell whether a file may state trusts that are in force, or are to be."""
        return trust_kind(path) is not None and NOT_IN_FORCE.isdisjoint(path.lower().split("/")[:-1])

    def take(self, path: str, text: str | None) -> None:
        """Look at a file that is wanted. Of Terraform all of a folder is kept, until it is known whether one file is marked."""
        self._files += 1
        kind = trust_kind(path)
        if kind is TrustKind.TERRAFORM:
            self._folders.add(path.rpartition("/")[0])
        if self._files > MOST_FILES:
            return
        if text is None:
            if kind is TrustKind.OCTO_STS:
                self._links.append(path)
            return
        states = kind is TrustKind.OCTO_STS or is_marked(text)
        if not states and kind is not TrustKind.TERRAFORM:
            return
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            self._beyond += 1
        elif kind is TrustKind.TERRAFORM:
            folder = path.rpartition("/")[0]
            self._terraform.setdefault(folder, {})[path] = text
            self._marked |= {folder} if states else set()
            if '"./' in text or '"../' in text:
                named = {folder_of(path, source) for source in _SOURCE.findall(text)}
                self._calls.setdefault(folder, set()).update(named)
                self._hinted |= {folder} if _HINT.search(text) else set()
        else:
            self._found[path] = text

    def facts(
        self, repository: Ref, repository_name: str, moment: datetime, attributes: dict[str, object]
    ) -> list[AnyFact]:
        """Read what was kept, and return the facts."""
        organization = repository_name.partition("/")[2] == ".github"
        reading = read_trusts(self._texts(), organization=organization, folders=self._folders)
        attributes["oidc_templates"] = [structs.asdict(each) for each in reading.templates]
        facts: list[AnyFact] = []
        for stated in reading.trusts:
            facts += _facts(stated, len(facts), repository, Origin(f"file {stated.path}", moment))
        gaps = [*self._gaps(), *(f"{path}:{fault.line}: {fault.says}" for path, fault in reading.faults)]
        origin = Origin("files that state trusts", moment)
        facts += [
            Gap(scope=repository, facet=Facet.REPO_TRUSTS, cause=Cause.UNREADABLE, detail=each, origin=origin)
            for each in gaps
        ]
        return facts

    def stated(self) -> tuple[Stated, ...]:
        """Read what was kept, and return the trusts as the files state them."""
        return read_trusts(self._texts(), folders=self._folders).trusts

    def _texts(self) -> dict[str, str]:
        """Return what is read: of Terraform the folders that are marked, and those that use them, which tell whether they are made."""
        texts = dict(self._found)
        # a module that is not here may be the one that states them
        without = {by for by in self._hinted if not self._calls[by] <= self._folders}
        read = more = self._marked | without
        while more:
            more = {by for by, named in self._calls.items() if by not in read and not named.isdisjoint(more)}
            read = read | more
        for folder in sorted(read):
            texts |= self._terraform[folder]
        return texts

    def _gaps(self) -> Iterator[str]:
        for path in self._links:
            yield f"{path} is too large, a link or cannot be read"
        if self._files > MOST_FILES:
            yield f"{self._files - MOST_FILES} more files that may state trusts"
        if self._beyond:
            yield f"{self._beyond} files beyond {MOST_CHARACTERS} characters of text"


def _facts(stated: Stated, number: int, repository: Ref, origin: Origin) -> Iterator[AnyFact]:
    role = Ref(stated.platform.value, Kind.CLOUD_ROLE, f"{repository.key}:{stated.path}#{stated.address}:{stated.role}")
    yield Resource(
        ref=role,
        name=stated.role,
        parent=repository,
        attributes={
            "platform": stated.platform.value,
            "path": stated.path,
            "line": stated.line,
            "column": stated.column,
        },
        origin=origin,
    )
    if stated.issuer or stated.weak or stated.platform is Platform.VAULT:
        yield Trust(
            ref=Ref(stated.platform.value, Kind.TRUST, f"{role.key}:{stated.line}:{number}"),
            principal=role,
            issuer=stated.issuer,
            subjects=stated.subjects,
            audiences=stated.audiences,
            conditions=tuple(f"{claim.name} = {', '.join(claim.values)}" for claim in stated.claims),
            attributes=_attributes(stated),
            origin=Origin(origin.endpoint, origin.fetched_at, Certainty.PRESUMED) if stated.presumed else origin,
        )
    for opened in dict.fromkeys(stated.opens):
        detail = f"{stated.stated_in or stated.path}:{opened.line}: {opened.says}"
        yield Gap(scope=role, facet=Facet.REPO_TRUST_VALUES, cause=Cause.MISSING_FIELD, detail=detail, origin=origin)


def _attributes(stated: Stated) -> dict[str, object]:
    return {
        "platform": stated.platform.value,
        "path": stated.stated_in or stated.path,
        "line": stated.subject_line or stated.line,
        "column": stated.subject_column if stated.subject_line else stated.column,
        "audience_by": stated.audience_by,
        "claims": {claim.name: list(claim.values) for claim in stated.claims},
        "gives": list(stated.gives),
        "weak": [
            {"kind": weak.kind.value, "says": weak.says, "line": weak.line, "column": weak.column}
            for weak in stated.weak
        ],
    }


__all__ = ["TrustSearch", "trust_facts"]
