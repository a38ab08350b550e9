"""What of a long report stands on its first page: what reaches most, and the rest as counts; nothing is said twice."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipewarden.model.findings import Judged, Report, Severity
from pipewarden.model.ids import Kind
from pipewarden.render.text import listed, plural
from pipewarden.reports.ranking import LIVE, Fold, order, over_baseline, rank, subjects, visible

SHORT = 12
"""A report of so many folds or fewer is shown whole, scope by scope."""
FIRST = 3
"""Folds of a longer report that are told on its page, beside what to fix next."""
PRESSING = Severity.MEDIUM
"""What is less severe is counted on a page, not told."""
MOST = 3
"""Checks that a line of counts names."""
KINDS: dict[Kind | None, str] = {Kind.REPOSITORY: "repositories", Kind.ORGANIZATION: "organizations"}
OTHERS = "places"
HOW_TO_SEE_MORE = "`--all` tells each"
HOW_TO_SEE = "`--all` tells each, `--check ID` those of one check, `--format html -o report.html` makes a page of them."


@dataclass(frozen=True, slots=True)
class Counted:
    """The findings of one severity, and how many each check has."""

    severity: Severity
    findings: int
    checks: tuple[tuple[str, int], ...]
    """The most frequent first."""

    def words(self, room: int) -> str:
        """Say the counts in a line of about so many characters."""
        if len(self.checks) == 1:
            return f"{plural(self.findings, 'finding')} of {self.checks[0][0]}"
        named = [f"{check} {count:,}" for check, count in self.checks]
        begin = f"{plural(self.findings, 'finding')} of {len(self.checks):,} checks: "
        return begin + listed(named, MOST, room - len(begin) - len(" and 99 more"))


@dataclass(frozen=True, slots=True)
class FirstPage:
    """What a reader sees of a report that is too long to be read."""

    title: str
    folds: tuple[Fold, ...]
    """What reaches most and is not told by what to fix next."""
    counted: tuple[Counted, ...]
    """All findings, the most severe first: the numbers add up to the report's."""


def first_page(report: Report) -> FirstPage | None:
    """Return the page of a long report; None where the whole report is short enough to be read."""
    found = visible(report)
    telling, _ = told_and_counted(report, found)
    if len({(one.finding.scope, one.finding.severity, one.finding.check) for one in telling}) <= SHORT:
        return None
    told = {mark for fix in report.fix_next for mark in fix.told}
    beside = [
        fold for fold in across(found) if fold.severity >= PRESSING and fold.findings[0].finding.fingerprint not in told
    ]
    title = f"{plural(len(found), 'new finding' if over_baseline(report) else 'finding')}{where(found)}"
    return FirstPage(title, tuple(beside[:FIRST]), counted(found))


def told_and_counted(report: Report, found: Sequence[Judged]) -> tuple[list[Judged], tuple[Counted, ...]]:
    """Part what a short report tells from what it only counts: what informs, and asks for nothing to be done.

    What is new since a baseline is told, whatever it is: it is what the reader asked for.
    """
    if over_baseline(report):
        return list(found), ()
    telling = [one for one in found if one.finding.severity > Severity.INFO]
    return telling, counted([one for one in found if one.finding.severity is Severity.INFO])


def across(judged: Sequence[Judged]) -> list[Fold]:
    """Fold findings by check over all scopes, what reaches most first."""
    folds: dict[tuple[bool, Severity, str], list[Judged]] = defaultdict(list)
    for one in rank(judged):
        folds[one.life in LIVE, one.finding.severity, one.finding.check].append(one)
    ordered = sorted(folds.items(), key=lambda item: order(item[1][0]))
    return [Fold(check, severity, "", tuple(found)) for (_, severity, check), found in ordered]


def counted(judged: Sequence[Judged]) -> tuple[Counted, ...]:
    """Count findings by severity and check."""
    by: dict[Severity, Counter[str]] = defaultdict(Counter)
    for one in judged:
        by[one.finding.severity][one.finding.check] += 1
    return tuple(
        Counted(
            severity, by[severity].total(), tuple(sorted(by[severity].items(), key=lambda each: (-each[1], each[0])))
        )
        for severity in sorted(by, reverse=True)
    )


def where(judged: Sequence[Judged]) -> str:
    """Say in how many repositories or organizations findings are: ` in 41 repositories`; where it is one, its name."""
    scopes = {one.finding.scope: one.finding.scope_ref for one in judged}
    if len(scopes) == 1:
        [name] = scopes
        return f" in {name}" if name else ""
    kinds = {ref.kind if ref else None for ref in scopes.values()}
    word = KINDS.get(kinds.pop(), OTHERS) if len(kinds) == 1 else OTHERS
    return f" in {len(scopes):,} {word}"


def told_of(fold: Fold) -> list[str]:
    """Name what a fold is about: its subjects where it has one scope, else its scopes."""
    scopes = list(dict.fromkeys(one.finding.scope for one in fold.findings))
    return scopes if len(scopes) > 1 else subjects(fold)


def in_short(fold: Fold, room: int) -> str:
    """Say of how many findings a fold is, and of what, in about a line."""
    if len(fold.findings) == 1:
        finding = fold.findings[0].finding
        return "  ".join(part for part in (finding.place, fold.check) if part)
    scoped = where(fold.findings) if len({one.finding.scope for one in fold.findings}) > 1 else ""
    begin = f"{plural(len(fold.findings), 'finding')} of {fold.check}{scoped}: "
    return begin + listed(told_of(fold), MOST, room - len(begin) - len(" and 99 more"))
