"""Reads the OIDC trusts that the files of a checkout state, as facts: roles, trusts, and what is left open."""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from msgspec import structs

from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Cause, Certainty, Gap, Origin, Resource, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.pipelines.trusts.read import TrustKind, is_marked, read_trusts, trust_kind
from pipewarden.pipelines.trusts.stated import Platform, Stated

MOST_FILES = 50_000
"""Files that are looked into for a mark; more of them are told."""
MOST_CHARACTERS = 64 * 1024 * 1024
"""Text that is parsed; what is beyond is told."""

Text = Callable[[str], str | None]
"""Gives the text of a file by its path, None where it is too large, a link, or cannot be read."""


def trust_files(folder: Path, skipped: frozenset[str]) -> Iterator[str]:
    """Yield the paths below a folder that may state trusts; links to folders are not followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in skipped)
        inside = Path(here).relative_to(folder)
        for each in sorted(names):
            path = (inside / each).as_posix()
            if trust_kind(path) is not None:
                yield path


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
    listed = list(paths)
    gaps: list[str] = []
    texts, unread = _marked(listed[:MOST_FILES], text, gaps)
    if len(listed) > MOST_FILES:
        gaps.append(f"{len(listed) - MOST_FILES} more files that may state trusts")
    if unread:
        gaps.append(f"{unread} files beyond {MOST_CHARACTERS} characters of text")
    organization = repository_name.partition("/")[2] == ".github"
    reading = read_trusts(texts, organization=organization)
    attributes["oidc_templates"] = [structs.asdict(each) for each in reading.templates]
    facts: list[AnyFact] = []
    for stated in reading.trusts:
        facts += _facts(stated, len(facts), repository, Origin(f"file {stated.path}", moment))
    gaps += [f"{path}:{fault.line}: {fault.says}" for path, fault in reading.faults]
    origin = Origin("files that state trusts", moment)
    facts += [
        Gap(scope=repository, facet=Facet.REPO_FILES, cause=Cause.UNREADABLE, detail=each, origin=origin)
        for each in gaps
    ]
    return facts


def _marked(paths: list[str], text: Text, gaps: list[str]) -> tuple[dict[str, str], int]:
    """Return the texts that hold the mark of a trust, with all of Terraform in their folders."""
    found: dict[str, str] = {}
    terraform: dict[str, dict[str, str]] = {}
    marked: set[str] = set()
    total = unread = 0
    for path in paths:
        kind = trust_kind(path)
        read = text(path)
        if read is None:
            if kind is TrustKind.OCTO_STS:
                gaps.append(f"{path} is too large, a link or cannot be read")
            continue
        states = kind is TrustKind.OCTO_STS or is_marked(read)
        if not states and kind is not TrustKind.TERRAFORM:
            continue
        total += len(read)
        if total > MOST_CHARACTERS:
            unread += 1
        elif kind is TrustKind.TERRAFORM:
            folder = path.rpartition("/")[0]
            terraform.setdefault(folder, {})[path] = read
            marked |= {folder} if states else set()
        else:
            found[path] = read
    for folder in sorted(marked):
        found |= terraform[folder]
    return found, unread


def _facts(stated: Stated, number: int, repository: Ref, origin: Origin) -> Iterator[AnyFact]:
    role = Ref(stated.platform.value, Kind.CLOUD_ROLE, f"{repository.key}:{stated.path}#{stated.address}:{stated.role}")
    yield Resource(
        ref=role,
        name=stated.role,
        parent=repository,
        attributes={"platform": stated.platform.value, "path": stated.path, "line": stated.line},
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
        "audience_by": stated.audience_by,
        "claims": {claim.name: list(claim.values) for claim in stated.claims},
        "gives": list(stated.gives),
        "weak": [
            {"kind": weak.kind.value, "says": weak.says, "line": weak.line, "column": weak.column}
            for weak in stated.weak
        ],
    }


__all__ = ["trust_facts", "trust_files"]
