"""Runs zizmor over GitHub workflow files, a batch at a time, so that a file on which it aborts costs that file alone.

zizmor finds weaknesses in the text of workflows; what a job reaches is ours to say. It is used where it is installed
and never needed. It runs without network, in a folder of its own that holds nothing but the files it is given.
https://docs.zizmor.sh/usage/
"""

import math
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from msgspec import Struct

BATCH = 100
"""Files of one run."""
SECONDS_A_RUN = 20.0
SECONDS_A_FILE = 0.5
MOST_BYTES = 64 * 1024 * 1024
"""Of zizmor's answer for one batch; a larger one is not read."""
MOST_NAME = 200

OLDEST = (1, 25)
"""The oldest version whose answers have the shape that is read here."""

NOTHING_READ = "no inputs collected"
"""How zizmor says that it could read none of the files it was given."""

_VERSION = re.compile(r"zizmor (\d+)\.(\d+)")
_DONE = re.compile(r"completed (?:\./)?(\S.*)$", re.MULTILINE)
CONFIGS = ("zizmor.yml", "zizmor.yaml", ".github/zizmor.yml", ".github/zizmor.yaml")
"""Where a repository keeps its own configuration of zizmor."""


class Told(Struct, frozen=True, kw_only=True):
    """One finding of zizmor, at the first of its primary places. Line and column count from 1."""

    audit: str
    """zizmor's own name of the rule: `template-injection`."""
    says: str
    severity: str
    """`informational`, `low`, `medium`, `high`."""
    confidence: str
    path: str
    line: int
    column: int
    job: str = ""
    step: int | None = None
    url: str = ""


class Unread(Struct, frozen=True):
    """A file that zizmor did not judge, and why."""

    path: str
    why: str


class Run(Struct, frozen=True, kw_only=True):
    """What zizmor told of some files."""

    version: str
    told: tuple[Told, ...] = ()
    unread: tuple[Unread, ...] = ()


class Zizmor:
    """One installed zizmor."""

    def __init__(self, program: str, version: str) -> None:
        self.program = program
        self.version = version

    @classmethod
    def found(cls) -> "Zizmor | None":
        """Return the zizmor beside this Python, else the one on PATH; None where there is none or it is too old."""
        import subprocess
        import sysconfig

        beside = Path(sysconfig.get_path("scripts")) / ("zizmor.exe" if sys.platform == "win32" else "zizmor")
        program = str(beside) if beside.is_file() else shutil.which("zizmor")
        if program is None:
            return None
        try:
            done = subprocess.run(  # noqa: S603 - the program was found by its full path
                [program, "--version"], capture_output=True, text=True, timeout=10, check=False, env=_environment("/")
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        version = _VERSION.match(done.stdout)
        if version is None or (int(version[1]), int(version[2])) < OLDEST:
            return None
        return cls(program, done.stdout.split()[1])

    def read(self, files: Mapping[str, str], config: str | None = None, *, seconds: float = math.inf) -> Run:
        """Judge files by their repository-relative paths. Every file is judged or stands in `unread`; never raises.

        `config` is the repository's own configuration of zizmor, which its maintainers wrote to silence rules. After
        `seconds` no file more is judged.
        """
        told: list[Told] = []
        unread: list[Unread] = []
        usable = {path: text for path, text in files.items() if _is_plain(path)}
        unread += [Unread(path, "its name is not one that can be written down") for path in files if path not in usable]
        paths = sorted(usable)
        until = time.monotonic() + seconds
        for start in range(0, len(paths), BATCH):
            self._batch({path: usable[path] for path in paths[start : start + BATCH]}, config, until, told, unread)
        told.sort(key=lambda each: (each.path, each.line, each.column, each.audit))
        unread.sort(key=lambda each: each.path)
        return Run(version=self.version, told=tuple(told), unread=tuple(unread))

    def _batch(
        self, files: Mapping[str, str], config: str | None, until: float, told: list[Told], unread: list[Unread]
    ) -> None:
        """Judge some files together; where zizmor gives up on them, judge each half by itself."""
        left = until - time.monotonic()
        if left <= 0:
            unread += [Unread(path, "zizmor had no time left") for path in files]
            return
        answer, why = self._run(files, config, left)
        if answer is not None:
            found, done = answer
            told += found
            unread += [Unread(path, "zizmor could not read it") for path in files if path not in done]
        elif len(files) == 1:
            unread += [Unread(path, why) for path in files]
        else:
            paths = list(files)
            for half in (paths[: len(paths) // 2], paths[len(paths) // 2 :]):
                self._batch({path: files[path] for path in half}, config, until, told, unread)

    def _run(
        self, files: Mapping[str, str], config: str | None, left: float
    ) -> tuple[tuple[list[Told], set[str]] | None, str]:
        """Return what zizmor told and which files it completed, or None and why."""
        try:
            return self._in_folder(files, config, left)
        except OSError as refusal:
            return None, f"the files could not be written for zizmor: {refusal.strerror}"

    def _in_folder(
        self, files: Mapping[str, str], config: str | None, left: float
    ) -> tuple[tuple[list[Told], set[str]] | None, str]:
        import subprocess
        import tempfile

        with tempfile.TemporaryDirectory(prefix="pipewarden-zizmor-") as folder:
            for path, text in files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8", errors="replace")
            options = ["--no-config"]
            if config is not None:
                Path(folder, "zizmor.yml").write_text(config, encoding="utf-8", errors="replace")
                options = ["--config", "zizmor.yml"]
            command = [
                self.program, "--offline", "--no-progress", "--no-exit-codes", "--color", "never", "--format", "json-v1",
                "--collect", "all", *options, ".",
            ]  # fmt: skip
            seconds = min(SECONDS_A_RUN + SECONDS_A_FILE * len(files), left)
            out = Path(folder, ".answer")
            try:
                with out.open("wb") as answer:
                    done = subprocess.run(  # noqa: S603 - the program was found by its full path
                        command, stdout=answer, stderr=subprocess.PIPE, cwd=folder, timeout=seconds, check=False,
                        stdin=subprocess.DEVNULL, env=_environment(folder),
                    )  # fmt: skip
            except subprocess.TimeoutExpired:
                return None, f"zizmor did not end within {seconds:.0f} s"
            except OSError as refusal:
                return None, f"zizmor could not be started: {refusal.strerror}"
            notes = done.stderr.decode("utf-8", "replace")
            if done.returncode != 0 and NOTHING_READ in notes:
                return ([], set()), ""
            if done.returncode != 0:
                return None, f"zizmor ended with an error: {_reason(notes)}"
            if out.stat().st_size > MOST_BYTES:
                return None, "zizmor's answer was too large"
            try:
                rows = msgspec.json.decode(out.read_bytes())
                found = [each for row in rows if (each := _told(row)) is not None]
            except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
                return None, "zizmor's answer could not be understood"
        return (found, set(_DONE.findall(notes))), ""


def _environment(home: str) -> dict[str, str]:
    """Return what the program may see of ours: no token, no configuration."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT", "TMPDIR", "LANG"}}
    return {**kept, "HOME": home, "RUST_BACKTRACE": "0", "NO_COLOR": "1"}


def _is_plain(path: str) -> bool:
    """Tell whether a path stays inside the folder it is written into, and can be written there."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path and len(path) < MOST_NAME


def _reason(notes: str) -> str:
    """Return the line of zizmor's notes that says why it gave up, shortened."""
    lines = [line.strip() for line in notes.splitlines() if line.strip()]
    for start in ("2:", "1:", "0:", "error:", "fatal:", "thread"):
        for line in lines:
            if line.startswith(start):
                return line.removeprefix(start).strip()[:200]
    return lines[-1][:200] if lines else "without a word"


def _told(row: dict[str, Any]) -> Told | None:
    """Read one finding; None where it has no place in a file, or where a comment of the file ignores it."""
    if row.get("ignored"):
        return None
    places = row["locations"]
    primary = next((place for place in places if place["symbolic"].get("kind") == "Primary"), None)
    place = primary or next(iter(places), None)
    if place is None:
        return None
    local = place["symbolic"]["key"].get("Local")
    if local is None:
        return None
    start = place["concrete"]["location"]["start_point"]
    job, step = _route(place["symbolic"].get("route") or {})
    return Told(
        audit=str(row["ident"]),
        says=_says(row, place),
        severity=str(row["determinations"]["severity"]).lower(),
        confidence=str(row["determinations"]["confidence"]).lower(),
        path=str(local.get("verbatim_path") or local.get("given_path") or "").removeprefix("./"),
        line=int(start["row"]) + 1,
        column=int(start["column"]) + 1,
        job=job,
        step=step,
        url=str(row.get("url") or ""),
    )


_NAMED = frozenset({"unpinned-uses", "archived-uses", "typosquat-uses", "unpinned-images"})
"""Rules that point at the name of an action or image: their words do not tell which."""
MOST_SHOWN = 80
"""Characters of such a name, at most."""
_POLICY = " (required by blanket policy)"


def _says(row: Mapping[str, Any], place: Mapping[str, Any]) -> str:
    """Return what is said of a place: the note at it, the rule's own words where the note only points (`this step`)."""
    note = str(place["symbolic"].get("annotation") or "").removesuffix(_POLICY)
    says = str(row["desc"]) if not note or note.startswith("this ") or note.endswith(" here") else note
    if note.startswith("use "):
        says = f"{row['desc']}: {note}"
    name = str(place["concrete"].get("feature") or "").strip()
    return f"{name}: {says}" if row["ident"] in _NAMED and name.isprintable() and len(name) <= MOST_SHOWN else says


def _route(route: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return the job and step that a route of keys leads to: `jobs`, NAME, `steps`, 2."""
    keys: list[Any] = [next(iter(part.values()), None) for part in _parts(route.get("route"))]
    if len(keys) < 2 or keys[0] != "jobs":
        return "", None
    step = keys[3] if len(keys) > 3 and keys[2] == "steps" and isinstance(keys[3], int) else None
    return str(keys[1]), step


def _parts(route: object) -> Iterable[Mapping[str, Any]]:
    return [part for part in route if isinstance(part, dict)] if isinstance(route, list) else []


def configuration(texts: Mapping[str, str]) -> str | None:
    """Return the repository's own configuration of zizmor, where it has one."""
    return next((texts[path] for path in CONFIGS if path in texts), None)
