"""The report on a screen: what was read, what to fix next, what was found, what was not assessed."""

from dataclasses import dataclass, field

from pipewarden.model.findings import Finding, Life, Report
from pipewarden.render.text import clean, listed, plural, wrap
from pipewarden.reports.page import HOW_TO_SEE, HOW_TO_SEE_MORE, FirstPage, first_page, in_short, told_and_counted
from pipewarden.reports.ranking import Fold, ended, grouped, subjects, tells_new, visible, with_life
from pipewarden.reports.words import (
    SWITCHED_OFF,
    accepted,
    closed_by,
    counts_words,
    gaps_by_cause,
    gaps_in_short,
    set_aside,
    silent,
    summary,
    unread_and_silenced,
)

FEW = 3
"""How many subjects of one check are named, unless everything is asked for."""
MOST_GAPS = 8
"""Things that were not read are told one by one up to so many."""
READABLE = 120
"""Sentences are not set wider than this, on however wide a screen."""

STYLES = {
    "head": "1",
    "dim": "2",
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "2",
}
"""SGR codes by what a text is; the sixteen colours follow the reader's own theme."""


@dataclass(slots=True)
class Page:
    """Lines being written: wrapped to a width, with hanging indents, coloured or not."""

    width: int
    color: bool
    lines: list[str] = field(default_factory=list)

    def blank(self) -> None:
        """End a paragraph."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def say(self, text: str, *, first: str = "", rest: str | None = None, style: str = "", marked: str = "") -> None:
        """Write a text, wrapped; `first` and `rest` begin its lines, `marked` is what of `first` takes the style."""
        rest = " " * len(first) if rest is None else rest
        for number, line in enumerate(wrap(clean(text), self.width - len(first))):
            begin = first if number == 0 else rest
            if style and marked and number == 0:
                begin = begin.replace(marked, self.styled(marked, style), 1)
            elif style and not marked:
                line = self.styled(line, style)  # noqa: PLW2901
            self.lines.append((begin + line).rstrip())

    def styled(self, text: str, style: str) -> str:
        """Colour a text, where colour is wanted."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and text else text

    def heading(self, text: str) -> None:
        """Write a heading after an empty line."""
        self.blank()
        self.say(text, style="head")


def write(report: Report, width: int = 100, color: bool = False, everything: bool = False) -> str:
    """Write a report for a screen of `width` cells: a long one as a page of what matters.

    `everything` names every subject and every proof.
    """
    page = Page(max(32, min(width, READABLE)), color)
    first = None if everything else first_page(report)
    _head(page, report)
    _fix_next(page, report, why=bool(first))
    if first:
        _first_page(page, first, new=tells_new(report))
    else:
        _findings(page, report, everything=everything)
    _waived(page, report, everything=everything)
    if first or (not everything and len(report.gaps) > MOST_GAPS):
        _not_assessed_in_short(page, report, hint=first is None)
    else:
        _not_assessed(page, report, everything=everything)
    page.blank()
    page.say((silent(report) if first else "") or summary(report), style="head")
    return "\n".join(page.lines) + "\n"


def _head(page: Page, report: Report) -> None:
    sources = listed(list(report.sources), 3 if page.width < READABLE else 6, page.width) or "no source"
    page.say(f"Pipewarden {report.version}: {sources}, as of {report.as_of:%Y-%m-%d %H:%M} UTC", style="head")
    tail = "" if report.complete else "; the reading is incomplete"
    page.say(f"Read {counts_words(report)}{tail}. Snapshot {report.snapshot}.", style="dim")


def _fix_next(page: Page, report: Report, *, why: bool) -> None:
    """Tell the steps, with `why` where no finding below says it."""
    if not report.fix_next:
        return
    page.heading("Fix next")
    for number, fix in enumerate(report.fix_next, 1):
        ends = ended(fix)
        page.say(f"{fix.step}{'' if why else f' ({ends})'}.", first=f"  {number}. ")
        if why:
            page.say(f"{fix.why}; {ends}", first="     ", style="dim")


def _findings(page: Page, report: Report, *, everything: bool) -> None:
    found = visible(report)
    if not found:
        return  # the last line says it
    new = tells_new(report)
    told, informing = (found, ()) if everything else told_and_counted(report, found)
    for scope, folds in grouped(told).items():
        total = sum(len(fold.findings) for fold in folds)
        page.heading(f"{scope or 'Everywhere'}: {plural(total, 'finding')}")
        for fold in folds:
            _fold(page, fold, everything=everything, new=new)
    if informing:
        page.heading("For information" if told else "Nothing to mend; for information")
    for each in informing:
        room = page.width - len("  ") - len(HOW_TO_SEE_MORE)
        page.say(f"{each.words(room)}; {HOW_TO_SEE_MORE}", first="  ", style="dim")


def _first_page(page: Page, first: FirstPage, *, new: bool) -> None:
    page.heading(f"{first.title}{'; beside the above, what reaches most' if first.folds else ''}")
    for fold in first.folds:
        mark = f"  {fold.severity.word:<8}  "
        says = fold.findings[0].finding.says + _life(fold.findings[0].life, new=new)
        page.say(says, first=mark, style=fold.severity.word, marked=fold.severity.word)
        page.say(in_short(fold, page.width - len(mark)), first=" " * len(mark), style="dim")
    page.heading("All by severity")
    for each in first.counted:
        mark = f"  {each.severity.word:<8}  "
        page.say(each.words(page.width - len(mark)), first=mark, style=each.severity.word, marked=each.severity.word)
    page.say(HOW_TO_SEE, first="  ", style="dim")


def _fold(page: Page, fold: Fold, *, everything: bool, new: bool) -> None:
    word = fold.severity.word
    first = fold.findings[0]
    mark = f"  {word:<8}  "
    if len(fold.findings) == 1 or everything:
        for judged in fold.findings:
            finding = judged.finding
            page.say(f"{finding.says}{_life(judged.life, new=new)}", first=mark, style=word, marked=word)
            where = f"{finding.place}  " if finding.file else ""
            page.say(f"{where}{finding.check}", first=" " * len(mark), style="dim")
            if everything:
                _proofs(page, finding, " " * len(mark))
        return
    page.say(first.finding.says, first=mark, style=word, marked=word)
    more = f"{plural(len(fold.findings), 'finding')}: {listed(subjects(fold), FEW)}"
    page.say(more, first=" " * len(mark))
    page.say(fold.check, first=" " * len(mark), style="dim")


def _proofs(page: Page, finding: Finding, indent: str) -> None:
    for proof in finding.evidence:
        source = f" ({proof.endpoint})" if proof.endpoint else ""
        page.say(f"{proof.text}{source}", first=f"{indent}because ", style="dim")
        if proof.path:
            page.say(" → ".join(proof.path), first=f"{indent}path    ", style="dim")
    for step in finding.remedy:
        page.say(step, first=f"{indent}do      ", style="dim")


def _life(life: Life, *, new: bool) -> str:
    return {Life.NEW: " (new)" if new else "", Life.UNSEEN: " (could not be seen this time)"}.get(life, "")


def _waived(page: Page, report: Report, *, everything: bool) -> None:
    waived, gone = with_life(report, Life.WAIVED), with_life(report, Life.GONE)
    if not waived and not gone:
        return
    page.blank()
    words = set_aside(waived)
    if gone:
        words.append(f"{plural(len(gone), 'finding')} gone since the audit before")
    page.say("; ".join(words) + ".")
    for judged in waived if everything else ():
        waiver = judged.waiver
        by = f", says {waiver.approver}, until {waiver.expires:%Y-%m-%d}" if waiver else ""
        page.say(f"{judged.finding.says}: {accepted(judged)}{by}", first="  aside     ")


def _not_assessed_in_short(page: Page, report: Report, *, hint: bool) -> None:
    broken = {missed.check for missed in report.not_assessed if missed.cause is None}
    if not report.gaps and not broken and not report.switched_off:
        return
    page.heading("Not assessed")
    for line in gaps_in_short(report):
        page.say(line, first="  - ")
    if broken:
        page.say(
            f"{plural(len(broken), 'check')} of Pipewarden's own broke: {listed(sorted(broken), FEW)}", first="  - "
        )
    if report.switched_off:
        off = list(report.switched_off)
        page.say(f"{plural(len(off), 'check')} {SWITCHED_OFF}: {listed(off, FEW)}", first="  - ")
    if hint:
        page.say("`--all` tells each, with what would close it.", first="  ", style="dim")


def _not_assessed(page: Page, report: Report, *, everything: bool) -> None:
    broken = sorted({missed.check for missed in report.not_assessed if missed.cause is None})
    if not report.gaps and not broken and not report.switched_off:
        return
    page.heading("Not assessed, because")
    for cause, gaps in gaps_by_cause(report).items():
        page.say(f"{cause}:", first="  ")
        for gap in gaps:
            page.say(unread_and_silenced(gap), first="    - ")
            if closes := closed_by(gap):
                page.say(f"closed by: {closes}", first="      ", style="dim")
            if everything and gap.detail and gap.detail not in unread_and_silenced(gap):
                page.say(gap.detail, first="      ", style="dim")
    if broken:
        checks = "a check" if len(broken) == 1 else "checks"
        page.say(f"{checks} of Pipewarden's own broke:", first="  ")
        page.say(listed(broken, len(broken) if everything else FEW), first="    - ")
    if report.switched_off:
        off = list(report.switched_off)
        page.say(f"{SWITCHED_OFF}:", first="  ")
        page.say(f"{plural(len(off), 'check')}: {listed(off, len(off) if everything else FEW)}", first="    - ")
