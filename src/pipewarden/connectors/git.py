"""Reads a commit of a checkout with git; nothing else of Pipewarden runs git, and nothing of the repository is run."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipewarden.connectors.folder import MOST_BYTES
from pipewarden.connectors.wanted import is_wanted, may_be_named
from pipewarden.errors import UsageError
from pipewarden.pipelines.files import PipelineKind, kind_of

MOST_SECONDS = 60
MOST_OTHERS = 5_000
"""Files of a commit that are no pipelines and that a pipeline may name; more are not written."""
_LOOK_BESIDE = frozenset({PipelineKind.GITLAB_CI, PipelineKind.AZURE_PIPELINES, PipelineKind.JENKINS})
"""Pipelines that are put together from files of any name."""
_QUIET = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never")
"""Settings of the checkout by which git would run programs or fetch are switched off."""


def git(folder: Path, *words: str, given: bytes | None = None) -> bytes:
    """Run git in a folder and return what it says. Raises UsageError with git's own first line where it refuses."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_NO_LAZY_FETCH": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours; a revision is checked before
            ["git", *_QUIET, "-C", str(folder), *words],  # noqa: S607 - git is found where the user has it
            input=given,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
            env=environment,
        )
    except FileNotFoundError:
        raise UsageError(
            "git is not installed", hint="Commits are read with git; without it, ask of the files as they are."
        ) from None
    except subprocess.TimeoutExpired:
        raise UsageError(
            f"git did not answer in {MOST_SECONDS} s", hint=f"Does `git -C {folder} status` work?"
        ) from None
    if done.returncode:
        says = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UsageError(
            f"git cannot read {folder}: {says[0].removeprefix('fatal: ') if says else 'it failed'}",
            hint="Name the root of a git checkout and a commit, branch or tag that it holds.",
        )
    return done.stdout


@contextmanager
def at_commit(folder: Path, revision: str) -> Iterator[Path]:
    """Give a folder that holds the pipeline files of a commit, and is gone afterwards.

    Only files that are read as pipelines are written, and those that they may name, by their contents: no filter, no hook and no
    link is followed.
    Raises UsageError where the folder is no checkout or does not hold the commit.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="Name the root of a checkout, such as `.`.")
    if not revision or revision.startswith("-"):
        raise UsageError(f"{revision!r} names no commit", hint="For example HEAD~10, main or v1.2.")
    commit = git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    with tempfile.TemporaryDirectory(prefix="pipewarden-") as place:
        tree = Path(place)
        names, paths = [], []
        entries = [
            entry.decode("utf-8", "surrogateescape").partition("\t")
            for entry in git(folder, "ls-tree", "-r", "-l", "-z", commit).split(b"\0")
        ]
        beside = any(kind_of(path) in _LOOK_BESIDE for *_, path in entries)
        others = 0
        for head, _, path in entries:
            mode, *rest = head.split() or [""]
            wanted = is_wanted(path)
            if beside and not wanted and may_be_named(path):
                others += 1
                wanted = others <= MOST_OTHERS
            if mode not in {"100644", "100755"} or not wanted:
                continue
            if rest[2].isdigit() and int(rest[2]) > MOST_BYTES:
                _put(tree, path, bytes(MOST_BYTES + 1))  # too large here too, and so told by who reads it
            else:
                names.append(rest[1])
                paths.append(path)
        _write(folder, tree, names, paths)
        yield tree


def text_at(folder: Path, revision: str, name: str) -> str | None:
    """Return a small text file of a folder as a commit has it; None where the commit has none.

    Raises UsageError where the folder is in no checkout or that does not hold the commit, or the file is no such text.
    """
    if not revision or revision.startswith("-"):
        raise UsageError(f"{revision!r} names no commit", hint="For example origin/main, HEAD~1 or v1.2.")
    commit = git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    found = git(folder, "ls-tree", "-l", "-z", commit, "--", f"./{name}").decode("utf-8", "replace")
    if not found:
        return None
    mode, _, blob, size = found.partition("\t")[0].split()
    if mode not in {"100644", "100755"} or not size.isdigit() or int(size) > MOST_BYTES:
        raise UsageError(
            f"{name} of {revision} is no file of text", hint="Name another commit, or a file with --config."
        )
    try:
        return git(folder, "cat-file", "blob", blob).decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{name} of {revision} is not UTF-8 text", hint="Save it as UTF-8.") from None


def _write(folder: Path, tree: Path, names: list[str], paths: list[str]) -> None:
    """Write blobs under a folder, read in one go. Raises UsageError where the checkout does not hold one of them."""
    if not names:
        return
    said = git(folder, "cat-file", "--batch", given="\n".join(names).encode() + b"\n")
    at = 0
    for path in paths:
        end = said.index(b"\n", at)
        words = said[at:end].split()
        if len(words) != 3:
            raise UsageError(
                f"{folder} does not hold {path} of that commit",
                hint="It is a partial clone, or damaged: `git fetch --refetch` brings all files.",
            )
        size = int(words[2])
        body = said[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
        _put(tree, path, body)


def _put(tree: Path, path: str, body: bytes) -> None:
    target = tree.joinpath(*path.split("/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
