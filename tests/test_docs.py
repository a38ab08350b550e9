"""What the pages say is so: every quoted command runs, every link leads somewhere, generated pages are noticed when stale."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from pipewarden.cli.main import COMMANDS, main
from scripts import docs, page_cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

PLANNED = {"demo", "report", "sources"}
"""Commands that a page may name and that are still to be built. A test takes each off this list when it is there."""

SAFE = {"completion", "checks"}
"""Commands that run without anything set up, also without --demo."""


class Quoted(NamedTuple):
    """A command as a page quotes it."""

    page: str
    line: int
    text: str
    shown: tuple[str, ...] = ()
    """What the page says that the command answers; a line `...` stands for what is left out."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line} {self.text}"

    @property
    def words(self) -> list[str]:
        """What follows `pipewarden`, up to a pipe or a redirection."""
        words = shlex.split(self.text, comments=True)
        while "=" in words[0]:
            words = words[1:]
        end = next((i for i, word in enumerate(words) if word in {"|", ">", ">>", "&&", ";", "||"}), len(words))
        return words[1:end]

    @property
    def command(self) -> str:
        """The command's name; empty where there are only options."""
        options = {name: option for option in main.params if isinstance(option, click.Option) for name in option.opts}
        words = iter(self.words)
        for word in words:
            if not word.startswith("-"):
                return word
            option = options.get(word.partition("=")[0])
            if option is not None and not option.is_flag and "=" not in word:
                next(words, None)
        return ""


def quoted(page: Path) -> Iterator[Quoted]:
    """Yield the commands in a page's console blocks: the lines that begin with `$ `, and what stands below them."""
    inside, found = False, list[Quoted]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line.strip() == "```console"
        elif inside and line.startswith("$ "):
            found.append(Quoted(str(page.relative_to(ROOT)), number, line.removeprefix("$ ")))
        elif inside and line.strip() not in {"", "..."}:
            found[-1] = found[-1]._replace(shown=(*found[-1].shown, line.strip()))
    yield from found


ALL = [each for page in PAGES for each in quoted(page)]
OURS = [each for each in ALL if re.match(r"([A-Z_]+=\S+ )*(\.venv/bin/)?pipewarden( |$)", each.text)]
RUNNABLE = [each for each in OURS if "--demo" in each.words or "--help" in each.words or each.command in SAFE | {""}]


def test_the_pages_quote_commands() -> None:
    assert len(OURS) > 10
    assert len(RUNNABLE) > 10


@pytest.mark.parametrize("each", OURS, ids=str)
def test_a_quoted_command_exists_with_its_options(each: Quoted) -> None:
    if each.command in PLANNED - set(COMMANDS):
        pytest.skip(f"{each.command} is still to be built")
    if not each.command:
        return
    assert each.command in COMMANDS
    command = main.get_command(click.Context(main), each.command)
    assert command is not None
    behind = each.words[each.words.index(each.command) + 1 :]
    if "--help" not in behind:
        try:
            command.make_context(each.command, behind)
        except click.BadParameter as mistake:
            # a file of the reader's own is not here; everything else about the line must hold
            if not re.search(r"'[^']+' does not exist", mistake.message):
                raise


@pytest.mark.parametrize("each", RUNNABLE, ids=str)
def test_a_quoted_command_runs(each: Quoted, tmp_path: Path) -> None:
    if each.command in PLANNED - set(COMMANDS):
        pytest.skip(f"{each.command} is still to be built")
    if "--demo" in each.words and not list((ROOT / "src/pipewarden/demo").glob("stage*")):
        pytest.skip("the estate acme is still to be built")
    done = subprocess.run(
        [sys.executable, "-m", "pipewarden", *each.words],
        cwd=tmp_path, text=True, capture_output=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    written = [tmp_path / after for word, after in zip(each.words, each.words[1:], strict=False) if word == "-o"]
    assert done.stdout or written
    assert all(path.stat().st_size for path in written)
    assert "Traceback" not in done.stderr
    for line in each.shown:
        assert line in done.stdout, f"{each.page} shows what is not answered"


def test_what_is_built_is_no_longer_planned() -> None:
    assert PLANNED & set(COMMANDS) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_a_file_leads_to_it(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_path_of_ours_that_a_page_names_is_there(page: Path) -> None:
    for path in re.findall(r"`((?:src|tests|docs|scripts|requirements|benchmarks)/[\w./-]*)`", page.read_text()):
        assert (ROOT / path).exists(), f"{page.name} names {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_make_target_that_a_page_names_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"`make ([a-z-]+)`|^\$ make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        assert "".join(target) in targets, page.name


def test_the_words_of_a_quoted_command_end_at_a_pipe() -> None:
    each = Quoted(
        "README.md", 1, "GITHUB_TOKEN=x pipewarden --store a.db list admins --format csv | head  # all of them"
    )
    assert each.words == ["--store", "a.db", "list", "admins", "--format", "csv"]
    assert each.command == "list"


def test_a_page_that_is_missing_or_old_is_stale_and_is_written(tmp_path: Path) -> None:
    pages = {"docs/a.md": lambda: "new\n", "docs/b.md": lambda: "same\n"}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/b.md").write_text("same\n")
    assert set(docs.stale(tmp_path, pages)) == {"docs/a.md"}
    assert docs.write(tmp_path, pages) == ["docs/a.md"]
    assert docs.stale(tmp_path, pages) == {}
    (tmp_path / "docs/a.md").write_text("old\n")
    assert "-old\n+new" in docs.stale(tmp_path, pages)["docs/a.md"]


@pytest.mark.parametrize("name", docs.PAGES)
def test_a_generated_page_is_the_same_every_time(name: str) -> None:
    assert docs.PAGES[name]() == docs.PAGES[name]()


def test_the_page_of_commands_tells_every_command_and_exit_code() -> None:
    page = page_cli.page()
    for name in COMMANDS:
        assert f"### `pipewarden {name}`" in page
    assert set(page_cli.EXITS) == set(page_cli.ExitCode)
