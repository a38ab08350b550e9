"""The report as JUnit XML, for pipelines that show test results: a check is a case, its theme a suite."""

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

from pipewarden.model.findings import CheckInfo, Judged, NotAssessed, Report, Tally
from pipewarden.render.text import clean, plural
from pipewarden.reports.ranking import visible
from pipewarden.reports.words import CAUSES

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, https://www.w3.org/TR/xml/#charsets."""


def write(report: Report) -> str:
    """Write a report as JUnit XML: findings are failures, unknown is skipped, a broken check an error.

    A check that failed for some and is unknown for others is a failure. Waived and gone findings fail nothing.
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
    for theme, checks in themes.items():
        suite = ET.SubElement(root, "testsuite", name=_text(theme), timestamp=f"{report.as_of:%Y-%m-%dT%H:%M:%S}")
        for check, about in checks.items():
            case = ET.SubElement(suite, "testcase", classname=_text(f"pipewarden.{theme}"), name=_text(check))
            _outcome(case, about, failed[check], missed[check], tallies.get(check))
        _count(suite)
    _count(root)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _outcome(
    case: ET.Element, info: CheckInfo | None, failed: list[Judged], missed: list[NotAssessed], tally: Tally | None
) -> None:
    broken = [one for one in missed if one.cause is None]
    if failed:
        worst = failed[0].finding
        title = f"{info.title}: " if info else ""
        message = f"{title}{plural(len(failed), 'finding')}"
        _add(case, "failure", message, [one.finding.says for one in failed] + list(worst.remedy), worst.severity.word)
    elif broken:
        _add(case, "error", "the check broke", [f"{one.subject_name}: {one.detail}" for one in broken], "error")
    elif missed or (tally and tally.unknown):
        first = missed[0] if missed else None
        why = f": {first.facet}, {CAUSES[first.cause]}" if first and first.cause else ""
        _add(case, "skipped", f"not assessed{why}", [f"{one.subject_name}: {one.detail}" for one in missed], "")
    elif tally is None or not tally.passed + tally.failed:
        _add(case, "skipped", "nothing to ask about", [], "")


def _add(case: ET.Element, tag: str, message: str, lines: list[str], kind: str) -> None:
    element = ET.SubElement(case, tag, message=_text(message))
    if kind:
        element.set("type", kind)
    element.text = "\n".join(_text(line) for line in lines) or None


def _count(element: ET.Element) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", str(sum(1 for _ in element.iter("error"))))
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))


def _text(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", clean(text))
