"""The report as JUnit XML, for pipelines that show test results: a check is a case, its theme a suite."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pipewarden.model.findings import CheckInfo, Judged, NotAssessed, Report, Tally
from pipewarden.render.text import clean, plural
from pipewarden.reports.ranking import visible
from pipewarden.reports.words import CAUSES, SWITCHED_OFF, facet_words

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, https://www.w3.org/TR/xml/#charsets."""


def write(report: Report) -> str:
    """Write a report as JUnit XML: findings are failures, unknown is skipped, a broken check an error.

    A case is a check; where it found something, a check in one scope, and what it could not say there or broke
    on is a case beside it, so that no failure hides an unknown. Waived and gone findings fail nothing.
    """
    failed: dict[str, list[Judged]] = defaultdict(list)
    for judged in visible(report):
        failed[judged.finding.check].append(judged)
    missed: dict[str, list[NotAssessed]] = defaultdict(list)
    for one in report.not_assessed:
        missed[one.check].append(one)
    tallies = {tally.check: tally for tally in report.tallies}
    themes: dict[str, dict[str, CheckInfo | None]] = defaultdict(dict)
    for info in report.checks:
        themes[info.theme][info.id] = info
    known = {info.id for info in report.checks}
    for check in sorted((failed.keys() | missed.keys()) - known):
        themes["other"][check] = None
    root = ET.Element("testsuites", name="pipewarden")
    if report.switched_off:
        themes[SWITCHED_OFF] = {}
    for theme, checks in themes.items():
        suite = ET.SubElement(root, "testsuite", name=_text(theme), timestamp=f"{report.as_of:%Y-%m-%dT%H:%M:%S}")
        for check, about in checks.items():
            for name, outcome in _outcomes(check, about, failed[check], missed[check], tallies.get(check)):
                case = ET.SubElement(suite, "testcase", classname=_text(f"pipewarden.{theme}"), name=_text(name))
                if outcome:
                    _add(case, outcome)
        for check in report.switched_off if theme == SWITCHED_OFF else ():
            _add(ET.SubElement(suite, "testcase", classname="pipewarden", name=_text(check)), Outcome("skipped", theme))
        _count(suite)
    _count(root)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case says when it did not pass: the element, its message, what stands in it, how severe."""

    tag: str
    message: str
    lines: tuple[str, ...] = ()
    kind: str = ""


def _outcomes(
    check: str, info: CheckInfo | None, failed: list[Judged], missed: list[NotAssessed], tally: Tally | None
) -> Iterator[tuple[str, Outcome | None]]:
    """Yield the cases of one check; None is a pass. Alone, a case is called as its check."""
    scopes: dict[str, list[Judged]] = defaultdict(list)
    for judged in failed:
        scopes[judged.finding.scope].append(judged)
    broken = [one for one in missed if one.cause is None]
    silent = [one for one in missed if one.cause is not None]
    for scope, found in scopes.items():
        worst = found[0].finding
        title = f"{info.title}: " if info else ""
        lines = (*(one.finding.says for one in found), *worst.remedy)
        message = f"{title}{plural(len(found), 'finding')}"
        yield f"{check} in {scope}" if scope else check, Outcome("failure", message, lines, worst.severity.word)
    if broken:
        lines = tuple(f"{one.subject_name}: {one.detail}" for one in broken)
        yield f"{check}, broken" if failed else check, Outcome("error", "the check broke", lines, "error")
    if silent or (tally and tally.unknown and not broken):
        why = f": {facet_words(silent[0].facet)}, {CAUSES[silent[0].cause]}" if silent and silent[0].cause else ""
        lines = tuple(f"{one.subject_name}: {one.detail}" for one in silent)
        yield f"{check}, not assessed" if failed or broken else check, Outcome("skipped", f"not assessed{why}", lines)
    if not failed and not missed and not (tally and tally.unknown):
        asked = tally is not None and tally.passed + tally.failed > 0
        yield check, None if asked else Outcome("skipped", "nothing to ask about")


def _add(case: ET.Element, outcome: Outcome) -> None:
    element = ET.SubElement(case, outcome.tag, message=_text(outcome.message))
    if outcome.kind:
        element.set("type", outcome.kind)
    element.text = "\n".join(_text(line) for line in outcome.lines) or None


def _count(element: ET.Element) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", str(sum(1 for _ in element.iter("error"))))
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", clean(text))
