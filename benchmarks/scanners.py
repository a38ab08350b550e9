"""The cases of public scanners' own tests, as far as they stand in their files: which of what they find is found here.

Run with `make bench-secrets SCANNERS="DIR DIR"`: folders of gitleaks (<https://github.com/gitleaks/gitleaks>,
`cmd/generate/config/rules`) and of detect-secrets (<https://github.com/Yelp/detect-secrets>, `tests/plugins`), which are
fetched and never kept here. A case is searched as a script; what its scanner says to find counts for recall, what it says to
leave in peace for false alarms. Their wishes are not all ours: tokens whose checksum fails, samples of manuals, hashes and
addresses are left in peace on purpose.
"""

import ast
import random
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipewarden.pipelines.plain import FileKind, find_secrets

KEY = b"benchmarks: nobody's"
MOST_MISSED = 40
"""Rules that are named with what was missed of them."""
HEX, ALNUM = "0123456789abcdef", string.ascii_letters + string.digits
_ALPHABETS = {
    "Numeric": string.digits, "Hex": HEX, "AlphaNumeric": ALNUM, "AlphaNumericExtendedShort": ALNUM + "_-",
    "AlphaNumericExtended": ALNUM + "=_-", "AlphaNumericExtendedLong": ALNUM + "/=_+-", "Hex8_4_4_4_12": HEX,
}  # fmt: skip
_STRING = r'"(?:[^"\\\n]|\\.)*"|`[^`]*`'
_DRAWN = r"secrets\.NewSecret(?:WithEntropy)?\(utils\.(?P<of>\w+)\((?:\"(?P<count>\d+)\")?\)(?:,[^()]*)?\)"
_PART = re.compile(rf"\s*(?:(?P<text>{_STRING})|{_DRAWN})\s*(?:\+|(?P<end>[,)}}]))")
_LIST = re.compile(
    r"(?P<what>tps|fps)\s*:?=\s*(?:append\(\w+,\s*)?(?P<how>\[\]string\{|utils\.GenerateSampleSecrets?\()"
)
_RULE = re.compile(r"RuleID:\s*\"([\w-]+)\"")


class Case(NamedTuple):
    """A text of a scanner's test, and whether that scanner is to find something in it."""

    rule: str
    text: str
    secret: bool


def of_gitleaks(folder: Path) -> Iterator[Case]:
    """Yield the cases that stand as texts, put together with what is drawn as its generator draws it."""
    dice = random.Random("gitleaks")
    for file in sorted(folder.rglob("*.go")):
        text = file.read_text(encoding="utf-8", errors="replace")
        rules = [(found.start(), found.group(1)) for found in _RULE.finditer(text)]
        for found in _LIST.finditer(text):
            rule = next((name for at, name in reversed(rules) if at < found.start()), file.stem)
            named = _parts(text, found.end(), dice)
            if found["how"].startswith("utils"):
                # a name, then the value: an assignment under that name
                name, *values = [*named, "", ""][:2]
                named = [f'{name}_token = "{values[0]}"'] if values[0] else []
            for each in named:
                yield Case(rule, each, found["what"] == "tps")


def _parts(text: str, at: int, dice: random.Random) -> list[str]:
    """Return the texts of a list in Go; what is computed otherwise ends it."""
    out, whole = [], ""
    while found := _PART.match(text, at):
        at = found.end()
        whole += _go(found["text"]) if found["text"] is not None else _drawn(found["of"], found["count"], dice)
        if found["end"] is not None:
            out.append(whole)
            whole = ""
            if found["end"] != ",":
                break
    return out


def _go(written: str) -> str:
    return (
        written[1:-1]
        if written[0] == "`"
        else written[1:-1].replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")
    )


def _drawn(name: str, count: str | None, dice: random.Random) -> str:
    letters = "".join(dice.choices(_ALPHABETS.get(name, ALNUM), k=int(count or 32)))
    return (
        "-".join((letters[:8], letters[8:12], letters[12:16], letters[16:20], letters[20:]))
        if name.startswith("Hex8")
        else letters
    )


def of_detect_secrets(folder: Path) -> Iterator[Case]:
    """Yield the cases of parametrised tests: pairs of a text and whether to flag it, without computing anything."""
    for file in sorted(folder.rglob("*_test.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "parametrize"
            ):
                continue
            for row in (
                node.args[1].elts if len(node.args) > 1 and isinstance(node.args[1], ast.List | ast.Tuple) else ()
            ):
                try:
                    values = ast.literal_eval(row)
                except ValueError:
                    continue
                if (
                    isinstance(values, tuple)
                    and len(values) >= 2
                    and isinstance(values[0], str)
                    and isinstance(values[-1], bool)
                ):
                    yield Case(file.stem.removesuffix("_test"), values[0], values[-1])


def cases_in(folder: Path) -> list[Case]:
    """Return the cases of a scanner whose files lie below a folder."""
    return [*of_gitleaks(folder), *of_detect_secrets(folder)]


def measure(folder: Path) -> None:
    """Print what is found of a scanner's cases; no value is printed."""
    cases = cases_in(folder)
    hits = [
        any(not found.is_low for found in find_secrets("x.sh", case.text + "\n", FileKind.SHELL, KEY)) for case in cases
    ]
    wanted = [case.secret for case in cases]
    found = sum(hit and want for hit, want in zip(hits, wanted, strict=True))
    false = sum(hit and not want for hit, want in zip(hits, wanted, strict=True))
    positives = sum(wanted)
    print(f"\n{folder}: {positives} cases to find, {found} found ({found / max(1, positives):.2f}); "
          f"{len(cases) - positives} to leave in peace, {false} told")  # fmt: skip
    missed: dict[str, int] = {}
    for case, hit in zip(cases, hits, strict=True):
        if case.secret and not hit:
            missed[case.rule] = missed.get(case.rule, 0) + 1
    most = sorted(missed.items(), key=lambda each: (-each[1], each[0]))[:MOST_MISSED]
    print("  missed: " + ", ".join(f"{rule} {count}" for rule, count in most))
    told = sorted({case.rule for case, hit in zip(cases, hits, strict=True) if hit and not case.secret})
    print("  told though to be left in peace: " + (", ".join(told) or "nothing"))
