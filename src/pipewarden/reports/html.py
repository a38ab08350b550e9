"""The report as one HTML file: no script, no request to anywhere, readable on screen and on paper."""

import base64
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pipewarden.model.findings import CheckInfo, Judged, Life, Report, Severity, Tally
from pipewarden.render.svg import Bar, Segment, bars, most
from pipewarden.render.text import clean, plural
from pipewarden.reports.page import FirstPage, across, first_page
from pipewarden.reports.ranking import Fold, ended, grouped, visible, with_life
from pipewarden.reports.words import (
    CAUSES,
    SWITCHED_OFF,
    accepted,
    closed_by,
    facet_words,
    headline,
    nothing,
    silent,
    standards_words,
)

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

_CODE = re.compile("`([^`]+)`")
SEVERITIES = sorted(Severity, reverse=True)
MOST = 12
"""Rows of a chart: with more, what to fix next would not stand on the first page."""
MOST_TOLD = 50
"""Findings of one check that a page tells with their proof."""
MOST_LISTED = 2_000
"""Others of it that a page tells in a line each: a browser takes minutes for a hundred thousand, and nobody reads them."""


def write(report: Report, *, everything: bool = False) -> str:
    """Write a report as one self-contained HTML page; whatever names hold, they stay text.

    Of a check with many findings the first are told with their proof, others in a line each, and what is more than anybody
    looks through is counted, unless `everything`.
    """
    from markupsafe import Markup

    css = _css()
    found = visible(report)
    infos = {info.id: info for info in report.checks}
    tallies = {tally.check: tally for tally in report.tallies}
    by_severity = Counter(one.finding.severity for one in found)
    first = first_page(report)
    sections = _sections(found, first)
    aside = with_life(report, Life.WAIVED)
    return (
        _template().render(
            css=Markup(css),  # noqa: S704 - our own file
            style_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
            report=report,
            headline=headline(report),
            silent=silent(report),
            nothing=nothing(report),
            tiles=[(severity.word, by_severity[severity], _first(sections, severity)) for severity in SEVERITIES],
            found=found,
            sections=sections,
            parted=_parted(report, everything=everything),
            most_held=None if everything else MOST_LISTED,
            waived=[one for one in aside if one.waiver],
            held=[one for one in aside if not one.waiver],
            gone=with_life(report, Life.GONE),
            infos=infos,
            tallies=tallies,
            broken=sorted({missed.check for missed in report.not_assessed if missed.cause is None}),
            part=_parts(found, infos)[0],
            by_part=Markup(_by_part(found, infos)),  # noqa: S704 - render.svg escapes what it draws
            assessed=Markup(_assessed(report.checks, tallies, *_parts(found, infos))),  # noqa: S704
            severities=[severity.word for severity in SEVERITIES],
        )
        + "\n"
    )


@dataclass(frozen=True, slots=True)
class Section:
    """Folds under one heading; what is only counted on the first page of a long report is closed."""

    title: str
    folds: tuple[Fold, ...]
    closed: bool = False


Parted = tuple[list[Judged], list[Judged], int]
"""The findings of a fold that are told with their proof, those that are told in a line, and how many are counted."""


def _parted(report: Report, *, everything: bool) -> Callable[[Fold], Parted]:
    """Return what parts the findings of a fold: those that reach most, and those that the page links to, are told whole."""
    linked = {fix.ends[0] for fix in report.fix_next if fix.ends}

    def parted(fold: Fold) -> Parted:
        found = list(fold.findings)
        if everything or len(found) <= MOST_TOLD:
            return found, [], 0
        told, rest = found[:MOST_TOLD], found[MOST_TOLD:]
        told += [one for one in rest if one.finding.fingerprint in linked]
        rest = [one for one in rest if one.finding.fingerprint not in linked]
        return told, rest[:MOST_LISTED], max(len(rest) - MOST_LISTED, 0)

    return parted


def _sections(found: list[Judged], first: FirstPage | None) -> list[Section]:
    """Return a short report by its scopes; of a long one what reaches most, then the rest by severity, closed."""
    if first is None:
        return [Section(scope or "Everywhere", tuple(folds)) for scope, folds in grouped(found).items()]
    told = {(fold.severity, fold.check) for fold in first.folds}
    rest: dict[Severity, list[Fold]] = defaultdict(list)
    for fold in across(found):
        if (fold.severity, fold.check) not in told:
            rest[fold.severity].append(fold)
    opened = [Section(f"{first.title}; beside the above, what reaches most", first.folds)] if first.folds else []
    return opened + [
        Section(_rest(severity, folds), tuple(folds), closed=True)
        for severity, folds in sorted(rest.items(), reverse=True)
    ]


def _rest(severity: Severity, folds: list[Fold]) -> str:
    return f"{plural(sum(len(fold.findings) for fold in folds), f'{severity.word} finding')} of {plural(len(folds), 'check')}"


def _first(sections: list[Section], severity: Severity) -> str:
    """Return the fingerprint of the first finding of a severity on the page, empty where there is none."""
    folds = (fold for each in sections for fold in each.folds if fold.severity is severity)
    first = next(folds, None)
    return first.findings[0].finding.fingerprint if first else ""


@cache
def _css() -> str:
    return (files("pipewarden.reports") / "templates" / "report.css").read_text(encoding="utf-8")


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipewarden.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"causes": CAUSES, "standards": standards_words, "plural": plural, "ended": ended}
    environment.globals |= {
        "facet": facet_words,
        "accepted": accepted,
        "switched_off": SWITCHED_OFF,
        "closed_by": closed_by,
    }
    environment.filters["prose"] = _prose
    return environment.get_template("report.html.j2")


def _finalize(value: Any) -> Any:
    """Clean every text that is not markup of our own, before it is escaped."""
    return clean(value) if type(value) is str else value


def _prose(text: str) -> "Markup":
    """Escape a sentence; what stands between backticks is set as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(clean(text)))))  # noqa: S704 - escaped just before


def _theme(info: CheckInfo | None) -> str:
    return info.theme.replace("_", " ") if info else "other"


AREAS = {
    "gh": "GitHub",
    "wf": "GitHub workflows",
    "gl": "GitLab",
    "jk": "Jenkins",
    "ok": "Okta",
    "en": "Entra ID",
    "va": "vaults",
    "x": "across systems",
    "ado": "Azure Pipelines",
    "bb": "Bitbucket",
    "cc": "CircleCI",
    "file": "other files",
}
"""What a check's id begins with, in words: of many themes the charts show these."""


def _area(info: CheckInfo | None) -> str:
    return AREAS.get(info.id.partition(".")[0], "other") if info else "other"


def _parts(found: list[Judged], infos: dict[str, CheckInfo]) -> tuple[str, Callable[[CheckInfo | None], str]]:
    """Return what the charts are drawn by: themes, or systems where there are more themes than fit."""
    themes = {_theme(infos.get(judged.finding.check)) for judged in found}
    areas = {_area(infos.get(judged.finding.check)) for judged in found}
    return ("system", _area) if len(themes) > MOST and len(areas) > 1 else ("theme", _theme)


def _by_part(found: list[Judged], infos: dict[str, CheckInfo]) -> str:
    word, part = _parts(found, infos)
    counts: dict[str, Counter[Severity]] = defaultdict(Counter)
    for judged in found:
        counts[part(infos.get(judged.finding.check))][judged.finding.severity] += 1
    rows = [
        Bar(theme, tuple(Segment(severity.word, severity.word, of[severity]) for severity in SEVERITIES))
        for theme, of in counts.items()
    ]
    rows.sort(key=lambda row: (*(-segment.count for segment in row.segments), row.label))
    return bars(most(rows, MOST), name="severity", title=f"Findings by {word} and severity")


def _assessed(
    checks: tuple[CheckInfo, ...], tallies: dict[str, Tally], word: str, part: Callable[[CheckInfo | None], str]
) -> str:
    given: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for info in checks:
        tally = tallies.get(info.id)
        if tally:
            given[part(info)] += tally.passed + tally.failed
            unknown[part(info)] += tally.unknown
    themes = [theme for theme in dict.fromkeys(map(part, checks)) if given[theme] + unknown[theme]]
    themes.sort(key=lambda theme: (-unknown[theme] / (given[theme] + unknown[theme]), theme))
    rows = [
        Bar(theme, (Segment("assessed", "assessed", given[theme]), Segment("unknown", "not assessed", unknown[theme])))
        for theme in themes
    ]
    return bars(most(rows, MOST), name="assessed", title=f"Verdicts given and not given, by {word}", share=True)
