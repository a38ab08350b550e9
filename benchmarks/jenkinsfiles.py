"""Reads every Jenkinsfile below a folder: files per CPU second, stages against a count of another make, what was not followed.

Run with `python -m benchmarks.jenkinsfiles FOLDER`, such as a folder of checkouts; it fetches nothing. Files are those that
Pipewarden takes for Jenkinsfiles, and with `--groovy` every `.groovy` file. The other count looks for `stage(` with a literal
name outside strings and comments, with no knowledge of blocks; where the two differ, the file is named with both answers.
"""

import argparse
import re
import time
from collections import Counter
from pathlib import Path

from pipewarden.pipelines.definition import Definition
from pipewarden.pipelines.files import PipelineKind, kind_of
from pipewarden.pipelines.jenkins.reader import read_jenkinsfile
from pipewarden.pipelines.jenkins.stage import PIPELINE
from pipewarden.pipelines.jenkins.weaknesses import jenkins_weaknesses

QUIET = re.compile(
    r"\'\'\'.*?\'\'\'|\"\"\".*?\"\"\"|\'(?:[^\'\\\n]|\\.)*\'|\"(?:[^\"\\\n]|\\.)*\"|/\*.*?\*/|//[^\n]*", re.DOTALL
)
NAMED = re.compile(r"(?<![\w.$])stage\s*\(?\s*(?:name:\s*)?(?=\'[^\'\n]*\'|\"[^\"\n]*\")")


def counted(text: str) -> int:
    """Count the stages with a literal name, in another way than the reader does."""
    plain = list(text)
    for found in QUIET.finditer(text):
        one_line = found[0][0] in "'\"" and not found[0].startswith(("'''", '"""'))
        inner = slice(found.start() + one_line, found.end() - one_line)
        plain[inner] = " " * (inner.stop - inner.start)
    return len(NAMED.findall("".join(plain)))


def literal(definition: Definition, text: str) -> int:
    """Count the stages that the reader found at different places, with a literal name."""
    lines = text.split("\n")
    places = {(job.position.line, job.position.column) for job in definition.jobs if job.id != PIPELINE}
    starts = {(line, column) for line, column in places if NAMED.match(blank(lines, line, column))}
    return len(starts)


def blank(lines: list[str], line: int, column: int) -> str:
    """Return what stands at a place, up to two lines of it."""
    return "\n".join(lines[line - 1 : line + 1])[column - 1 :]


def main() -> None:
    """Read and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--groovy", action="store_true", help="take every .groovy file for a Jenkinsfile")
    given = parser.parse_args()
    paths = [
        path
        for path in sorted(given.folder.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and (kind_of(path.name) is PipelineKind.JENKINS or (given.groovy and path.suffix == ".groovy"))
    ]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    start = time.process_time()
    read = [read_jenkinsfile(path.name, text) for path, text in zip(paths, texts, strict=True)]
    found = [jenkins_weaknesses(definition) for definition in read]
    seconds = time.process_time() - start
    if not paths:
        print("no Jenkinsfile there")
        return
    differ = 0
    stages = 0
    for path, text, definition in zip(paths, texts, read, strict=True):
        ours, theirs = literal(definition, text), counted(text)
        stages += ours
        if ours != theirs:
            differ += 1
            print(f"  {path.relative_to(given.folder)}: {ours} stages, the other count says {theirs}")
    size = sum(map(len, texts)) / len(texts)
    checks = Counter(weakness.check for each in found for weakness in each)
    ends = [definition for definition in read if definition.open_ends]
    print(
        f"{len(paths):,} files of {size:,.0f} characters on average, {len(paths) / seconds:,.0f} files per CPU second"
    )
    print(f"{stages:,} stages with a literal name; {differ} files in which the other count differs")
    print(f"{len(ends):,} files with something not followed; {sum(bool(d.faults) for d in read)} with a fault")
    print(", ".join(f"{check} {count}" for check, count in sorted(checks.items())))


if __name__ == "__main__":
    main()
