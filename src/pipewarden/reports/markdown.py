"""The report as Markdown, for a pull request, a ticket or a job summary."""

from pipewarden.model.findings import Judged, Life, Report
from pipewarden.render.text import listed, plural
from pipewarden.reports.page import HOW_TO_SEE, HOW_TO_SEE_MORE, FirstPage, first_page, in_short, told_and_counted
from pipewarden.reports.questions import Table, escaped, write_markdown
from pipewarden.reports.ranking import Fold, ended, grouped, subjects, tells_new, visible, with_life
from pipewarden.reports.words import (
    SWITCHED_OFF,
    accepted,
    closed_by,
    counts_words,
    gap_words,
    gaps_in_short,
    nothing,
    set_aside,
    summary,
)

MOST_SOURCES = 6
WIDE = 120
"""Characters that the names in a row take, about."""


def write(report: Report, everything: bool = False) -> str:
    """Write a report as Markdown; whatever names hold, they stay text.

    A check is one row for all it found in a scope, so that a comment keeps within what a code host takes
    (65,536 characters on GitHub), and of a long report only what matters is told, the rest counted; `everything`
    gives each finding a row.
    """
    first = None if everything else first_page(report)
    found = _first_page(first, new=tells_new(report)) if first else _findings(report, everything=everything)
    waived = _waived(report, everything=everything)
    parts = [_head(report), _fix_next(report), found, waived, _not_assessed(report, short=bool(first))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(report: Report) -> str:
    sources = escaped(listed(list(report.sources), MOST_SOURCES)) or "no source"
    return (
        f"# Pipewarden: access to delivery pipelines\n\n**{escaped(summary(report))}**\n\n"
        f"Read {escaped(counts_words(report))} of {sources}, as of {report.as_of:%Y-%m-%d %H:%M} UTC"
        f"{'' if report.complete else '; the reading is incomplete'}. Snapshot {escaped(report.snapshot)}."
    )


def _fix_next(report: Report) -> str:
    if not report.fix_next:
        return ""
    steps = [
        f"{number}. {escaped(fix.step)}. {escaped(fix.why)}; {ended(fix)}."
        for number, fix in enumerate(report.fix_next, 1)
    ]
    return "## Fix next\n\n" + "\n".join(steps)


def _findings(report: Report, *, everything: bool) -> str:
    found = visible(report)
    if not found:
        return f"## {nothing(report)}"
    parts, new = ["## Findings"], tells_new(report)
    told, informing = (found, ()) if everything else told_and_counted(report, found)
    for scope, folds in grouped(told).items():
        total = sum(len(fold.findings) for fold in folds)
        rows = [
            row
            for fold in folds
            for row in ([_row(one, new=new) for one in fold.findings] if everything else [_folded(fold, new=new)])
        ]
        table = write_markdown(Table(("severity", "finding", "check", "remedy"), tuple(rows)))
        parts.append(f"### {escaped(scope) or 'Everywhere'}: {plural(total, 'finding')}\n\n{table.rstrip()}")
    parts.extend(f"For information: {escaped(each.words(WIDE))}; {HOW_TO_SEE_MORE}." for each in informing)
    return "\n\n".join(parts)


def _first_page(first: FirstPage, *, new: bool) -> str:
    parts = ["## Findings"]
    if first.folds:
        rows = []
        for fold in first.folds:
            severity, says, _, remedy = _row(fold.findings[0], new=new)
            rows.append((severity, says, fold.check if len(fold.findings) == 1 else in_short(fold, WIDE), remedy))
        table = write_markdown(Table(("severity", "finding", "check", "remedy"), tuple(rows)))
        parts.append(f"### {escaped(first.title)}; beside the above, what reaches most\n\n{table.rstrip()}")
    counts = tuple((each.severity.word, each.words(WIDE)) for each in first.counted)
    table = write_markdown(Table(("severity", "how many"), counts))
    parts.append(f"### All by severity\n\n{table.rstrip()}\n\n{HOW_TO_SEE}")
    return "\n\n".join(parts)


def _folded(fold: Fold, *, new: bool) -> tuple[str, str, str, str]:
    severity, says, check, remedy = _row(fold.findings[0], new=new)
    others = subjects(fold)[1:]
    if len(fold.findings) > 1:
        says += f"; and {len(fold.findings) - 1:,} more" + (f": {listed(others, 3)}" if others else "")
    return severity, says, check, remedy


def _row(judged: Judged, *, new: bool) -> tuple[str, str, str, str]:
    finding = judged.finding
    life = {Life.NEW: " (new)" if new else "", Life.UNSEEN: " (could not be seen this time)"}.get(judged.life, "")
    where = f" ({finding.file}:{finding.line})" if finding.file else ""
    return finding.severity.word, f"{finding.says}{where}{life}", finding.check, " ".join(finding.remedy)


def _waived(report: Report, *, everything: bool) -> str:
    aside, gone = with_life(report, Life.WAIVED), with_life(report, Life.GONE)
    waived = aside if everything else [one for one in aside if one.waiver]
    parts = []
    if waived:
        rows = tuple(
            (one.finding.says, accepted(one), one.waiver.approver, f"{one.waiver.expires:%Y-%m-%d}")
            if one.waiver
            else (one.finding.says, accepted(one), "", "")
            for one in waived
        )
        table = write_markdown(Table(("finding", "set aside because", "approved by", "until"), rows))
        parts.append(f"## Set aside\n\n{table.rstrip()}")
    if len(waived) < len(aside):
        parts.append(f"{set_aside([one for one in aside if not one.waiver])[0]}.")
    if gone:
        parts.append(f"{plural(len(gone), 'finding')} gone since the audit before.")
    return "\n\n".join(parts)


def _not_assessed(report: Report, *, short: bool) -> str:
    lines = [f"- {escaped(line)}" for line in gaps_in_short(report)] if short else []
    for gap in () if short else report.gaps:
        closes = closed_by(gap)
        closed = f". Closed by: {escaped(closes)}" if closes else ""
        lines.append(f"- {escaped(gap_words(gap))}{closed}")
    broken = sorted({missed.check for missed in report.not_assessed if missed.cause is None})
    lines.extend(f"- the check {escaped(check)} of Pipewarden's own broke" for check in broken)
    if report.switched_off:
        count = plural(len(report.switched_off), "check")
        lines.append(f"- {count} {SWITCHED_OFF}: {escaped(', '.join(report.switched_off))}")
    return "## Not assessed, because\n\n" + "\n".join(lines) if lines else ""
