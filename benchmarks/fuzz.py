"""Feed random and mutated files to every reader, judge, search and edit for some minutes: none may crash or hang.

Run with `make fuzz CORPUS=DIR MINUTES=10`. The files of the folder are cut, doubled, spliced and salted with pieces of
YAML, Groovy, HCL and expressions; one seed gives the same inputs in the same order. A crash is printed with its input,
which `--keep` also writes to a folder.
"""

import argparse
import faulthandler
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from pipewarden.pipelines.actions import read_action
from pipewarden.pipelines.codeowners import read_codeowners
from pipewarden.pipelines.expressions import find, parse
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.gates import gate_of
from pipewarden.pipelines.github.opened import opened_action, opened_workflow
from pipewarden.pipelines.hazards import hazards
from pipewarden.pipelines.least.proposals import propose
from pipewarden.pipelines.plain import FileKind, file_kind, find_secrets, instead_of, named_in
from pipewarden.pipelines.systems import SYSTEMS
from pipewarden.pipelines.trusts.read import read_trusts, trust_kind
from pipewarden.pipelines.workflow import read_workflow

PIECES = (
    "${{ ", " }}", "${{ github.event.issue.title }}", "${{ secrets[matrix.x] }}", "&a ", "*a", "<<: *a", "? ", ": ", "- ", "\t",
    "|\n", ">-\n", "---\n", "...\n", "!!binary ", "!reference [a, b]", "{", "}", "[", "]", "[[[[[[[[", '"', "'", "'''", '"""', "\\",
    "\x00", "\ufeff", "\ud800", "\u2028", "\x85", "é", "$(", "$[", "<< ", " >>", "${", "<<EOF\n", "EOF\n", "%{ if ", "*/", "/*", "//",
    "#", "pipeline {", "stages {", "stage('a') {", "steps {", 'sh "', "node {", "withCredentials([", "extends: .a\n", "include: a.yml\n",
    'resource "aws_iam_role" "r" {', "jsonencode({", "assume_role_policy = ", "data.", "for x in ", "permissions:\n", "on:\n", "jobs:\n",
    "needs: [a]\n", "((((((((", "a.b.c.", "&&", "||", "!", "==", "format('{0}', ", "fromJSON(", "\r\n", "\r", "\n\n", "\n      ", "0x",
)  # fmt: skip
SLOW = 5.0
"""Seconds after which an input counts as a hang; no file of the size limits may take that long."""
MOST_CHARACTERS = 60_000
KEY = bytes(range(32))

Work = Callable[[str, str], object]


class Mirror:
    """A library in which every other file is the file itself."""

    def __init__(self, text: str) -> None:
        self.text = text

    def local(self, path: str) -> str | None:
        """Return the text, whatever is asked for."""
        del path
        return self.text

    def elsewhere(self, project: str, path: str, ref: str) -> str | None:
        """Return the text too: files that include each other for ever."""
        del project, path, ref
        return self.text


def workflow(path: str, text: str) -> None:
    """Read a workflow, judge it, and make the edits of least privilege."""
    read = read_workflow(path, text)
    found = hazards(read, owner="acme", default=None)
    opened_workflow(read, owner="acme", default=None, found=found)
    propose(path, text)
    propose(path, text, default="write", reads=True)


def action(path: str, text: str) -> None:
    """Read an action."""
    opened_action(read_action(path, text))


def expressions(_path: str, text: str) -> None:
    """Read every expression of a text, and its lines as expressions and conditions."""
    list(find(text))
    for line in text.splitlines()[:200]:
        parse(line)
        gate_of(line)


def plain(path: str, text: str) -> None:
    """Search for secrets in plain text, as several kinds of file."""
    for kind in {file_kind(path, text), FileKind.PIPELINE, FileKind.TEXT}:
        find_secrets(path, text, kind, KEY)
    instead_of(path, text)
    named_in(text)


def trusts(path: str, text: str) -> None:
    """Read the trusts of a text in every way in which a file may state them."""
    for name in ("main.tf", "main.bicep", "role.hcl", "a.json", "a.yaml", ".github/chainguard/a.sts.yaml"):
        read_trusts({path if trust_kind(path) else name: text})


def system(kind: PipelineKind) -> Work:
    """Return what reads and judges a file of one system."""

    def work(path: str, text: str) -> None:
        reading = SYSTEMS[kind]
        reading.judge(reading.read(path, text, Mirror(text)))

    return work


WORK: dict[str, Work] = {
    "workflow": workflow,
    "action": action,
    "expressions": expressions,
    "plain text": plain,
    "trusts": trusts,
    "codeowners": read_codeowners,
    **{kind.value: system(kind) for kind in SYSTEMS},
}


def mutated(chance: random.Random, groups: list[list[str]]) -> str:
    """Return a text with some stretches cut, doubled, salted, or exchanged with one of another text.

    Each kind of file has the same chance, however many of it there are.
    """
    if chance.random() < 0.1:
        return "".join(chance.choices(PIECES, k=chance.randrange(1, 200)))
    texts = chance.choice(groups)
    text = chance.choice(texts)
    for _ in range(chance.randrange(1, 8)):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.randrange(200))
        match chance.randrange(6):
            case 0:
                new = ""
            case 1:
                new = text[start:end] * chance.randrange(2, 6)
            case 2:
                other = chance.choice(chance.choice(groups))
                at = chance.randrange(len(other) + 1)
                new = other[at : at + chance.randrange(2_000)]
            case 3:
                new = chance.choice(PIECES) * chance.choice((1, 1, 1, 3, 60, 2_000))
            case 4:
                new = chr(chance.randrange(0x2100)) + text[start:end]
            case _:
                new = chance.choice(PIECES) + text[start:end] + chance.choice(PIECES)
        text = (text[:start] + new + text[end:])[:MOST_CHARACTERS]
    return text


def texts_below(corpus: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the files of a folder that any reader takes: kind, path and text."""
    for path in sorted(corpus.rglob("*")):
        inside = path.relative_to(corpus).as_posix()
        parts = inside.split("/")
        kinds = [kind for at in range(len(parts)) if (kind := kind_of("/".join(parts[at:])))]
        wanted = (
            kinds[0] if kinds else trust_kind(inside) or (PipelineKind.JENKINS if path.suffix == ".groovy" else None)
        )
        if wanted and path.is_file() and path.stat().st_size <= MOST_CHARACTERS:
            yield wanted.value, inside, path.read_text(encoding="utf-8", errors="replace")


def main() -> int:
    """Feed until the time is over; return 1 where anything broke or hung."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the inputs that broke something")
    chosen = parser.parse_args()
    by_kind: dict[str, list[str]] = {}
    paths = []
    for kind, inside, given in texts_below(chosen.corpus) if chosen.corpus.is_dir() else ():
        paths.append(inside)
        by_kind.setdefault(kind, []).append(given)
    if not paths:
        parser.error(f"there is no file to mutate below {chosen.corpus}")
    groups = list(by_kind.values())
    chance = random.Random(chosen.seed)
    ran: Counter[str] = Counter()
    worst: dict[str, tuple[float, int]] = {}
    broken = 0
    end = time.monotonic() + 60 * chosen.minutes
    number = 0
    while time.monotonic() < end:
        number += 1
        path, text = chance.choice(paths), mutated(chance, groups)
        for name, work in WORK.items():
            faulthandler.dump_traceback_later(60, exit=True)  # a hang ends the run, and says where
            start = time.process_time()
            try:
                work(path, text)
            except Exception:  # noqa: BLE001 - what is looked for
                broken += 1
                print(f"input {number} broke {name}:\n{traceback.format_exc(limit=-6)}")
                _keep(chosen.keep, f"{number}-{name}", text)
            spent = time.process_time() - start
            ran[name] += 1
            if spent > worst.get(name, (0.0, 0))[0]:
                worst[name] = spent, number
                if spent > SLOW:
                    _keep(chosen.keep, f"{number}-{name}-slow", text)
    faulthandler.cancel_dump_traceback_later()
    slow = sum(spent > SLOW for spent, _ in worst.values())
    print(f"seed {chosen.seed}, {len(paths):,} files, {number:,} inputs in {chosen.minutes:g} minutes")
    print(f"  files: {', '.join(f'{kind} {len(texts):,}' for kind, texts in sorted(by_kind.items()))}")
    for name, count in ran.items():
        spent, at = worst.get(name, (0.0, 0))
        print(f"  {name:16} {count:8,} times, at most {spent:6.3f} s CPU (input {at})")
    print(f"{broken} broke, {slow} of {len(WORK)} took longer than {SLOW:g} s once")
    return 1 if broken or slow else 0


def _keep(folder: Path | None, name: str, text: str) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name.replace(" ", "-")).write_text(text, encoding="utf-8", errors="surrogatepass")


if __name__ == "__main__":
    sys.exit(main())
