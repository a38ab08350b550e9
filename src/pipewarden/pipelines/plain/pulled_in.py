"""Which files of a repository pipelines commonly pull in: env files, images, manifests, variables, scripts they name."""

import re
from collections.abc import Iterator
from enum import StrEnum

from pipewarden.pipelines.plain.file_kinds import FileKind, file_kind
from pipewarden.pipelines.plain.sought import SHARED, Seen

MAX_NAMED = 2_000
"""Files that the pipelines of one repository are followed to by name."""
_MAX_TOKEN = 200


class Pull(StrEnum):
    """Why a file is searched beside the pipeline files."""

    NO = "no"
    YES = "yes"
    MANIFEST = "manifest"
    """Only where its text says that it is a manifest of Kubernetes."""
    NAMED = "named"
    """Only where a pipeline names it."""


_ENV = re.compile(
    r"\.env(?:[._-].*)?|.*\.env|\.envrc|\.(?:npmrc|yarnrc|pypirc|netrc|pgpass|my\.cnf|s3cfg|boto|dockercfg|dockerconfigjson)"
    r"|_netrc|pip\.conf|.*\.tfvars(?:\.json)?|.*\.tf|values(?:[._-].*)?\.ya?ml",
    re.IGNORECASE,
)
_CI_FOLDERS = frozenset(
    {".github", ".gitlab", ".circleci", ".buildkite", ".azure", ".azure-pipelines", ".azuredevops", ".ci", "ci",
     ".pipelines", "jenkins", ".jenkins", "deploy", "deployment", "deployments", ".deploy"}
)  # fmt: skip
"""Folders whose scripts are there for pipelines."""
_SUFFIXES = (
    ".sh", ".bash", ".zsh", ".ksh", ".ps1", ".psm1", ".bat", ".cmd", ".mk", ".py", ".rb", ".js", ".mjs", ".ts", ".groovy",
    ".env", ".yml", ".yaml", ".json", ".toml", ".properties", ".ini", ".cfg", ".conf", ".xml", ".tfvars", ".npmrc",
    ".pypirc", ".netrc",
)  # fmt: skip
_LOCKS = re.compile(
    r"(?:package-lock|npm-shrinkwrap|pnpm-lock|composer\.lock|.*-lock|.*\.min)\.(?:json|ya?ml|js)|tsconfig.*\.json"
)
_END = re.compile(rf"\.(?:{'|'.join(re.escape(each[1:]) for each in _SUFFIXES)})(?![\w./-])", re.IGNORECASE)
_GOES_ON = re.compile(r"[\w./-]")
_PATH = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@./+-"
_MAKE = re.compile(r"make[ \t](?<=\bmake.)")
_ENDS = frozenset(SHARED.share(_SUFFIXES).values())
_CALLS = SHARED.share(("make",))["make"]
_EXAMPLES = frozenset(
    {"test", "tests", "testing", "testdata", "testcases", "testfiles", "fixtures", "fixture", "spec", "specs", "e2e", "endtoend",
     "examples", "example", "samples", "sample", "demo", "demos", "docs", "doc", "mock", "mocks", "integration", "benchmarks",
     "tutorials", "tutorial", "snapshots", "cassettes", "playground", "quickstart"}
)  # fmt: skip
"""Words in the names of folders."""
_BETWEEN = re.compile(r"[-_.]+")
_TEMPLATE = re.compile(
    r"(?:^|[._-])(?:example|sample|template|tmpl|dist|default|defaults|test|testing|ci)(?:$|[._-])", re.IGNORECASE
)


def pull_of(path: str) -> Pull:
    """Tell from its path alone whether a file is one that pipelines commonly pull in."""
    name = path.rpartition("/")[2]
    low = name.lower()
    if _ENV.fullmatch(name):
        return Pull.YES
    if low.endswith((".yml", ".yaml")):
        kind = file_kind(path)
        if kind is FileKind.COMPOSE:
            return Pull.YES
        return Pull.NO if _LOCKS.fullmatch(low) else Pull.MANIFEST
    if "docker" in low or "containerfile" in low:
        return Pull.YES if file_kind(path) is FileKind.DOCKERFILE else _named(low)
    if file_kind(path) is FileKind.SHELL and not _CI_FOLDERS.isdisjoint(path.lower().split("/")[:-1]):
        return Pull.YES
    return _named(low)


def _named(low: str) -> Pull:
    """Tell whether a pipeline may name a file with such an end."""
    if _LOCKS.fullmatch(low):
        return Pull.NO
    return Pull.NAMED if low.endswith(_SUFFIXES) or low == "makefile" else Pull.NO


def named_in(text: str) -> set[str]:
    """Return the paths of scripts and settings that a pipeline's text names, as it writes them without a leading `./`."""
    found: set[str] = set()
    seen = SHARED.over(text)
    if seen is None or not seen.numbers.isdisjoint(_ENDS):
        for start, stop in _ends(text, seen):
            before = text[max(0, start - _MAX_TOKEN) : start]
            path = (before[len(before.rstrip(_PATH)) :] + text[start:stop]).removeprefix("./")
            if not path.startswith("/") and ".." not in path:
                found.add(path)
                if len(found) >= MAX_NAMED:
                    break
    if (seen is None or _CALLS in seen.numbers) and _MAKE.search(text):
        found.add("Makefile")
    return found


def _ends(text: str, seen: Seen | None) -> Iterator[tuple[int, int]]:
    """Yield where the suffix of a file stands, and nothing of a path behind it."""
    if seen is None:
        yield from (end.span() for end in _END.finditer(text))
        return
    for number, start, stop in seen.hits:
        if number in _ENDS and not _GOES_ON.match(text, stop):
            yield start, stop


def is_named(path: str, names: set[str]) -> bool:
    """Tell whether a path is one of those named, from the root or from any folder."""
    if path in names:
        return True
    parts = path.split("/")
    if path.endswith("akefile") and len(parts) > 1:
        return False
    return any("/".join(parts[at:]) in names for at in range(1, len(parts)))


def is_example(path: str) -> bool:
    """Tell whether a file is there for tests or as an example: what stands in it is meant to be seen."""
    *folders, name = path.lower().split("/")
    words = {word for folder in folders for word in _BETWEEN.split(folder)}
    return (
        not _EXAMPLES.isdisjoint(words)
        or "end-to-end" in folders
        or bool(_TEMPLATE.search(name) and not name.endswith((".yml", ".yaml")))
    )
