"""The order of findings, how they group, and the few steps that end most of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from pipewarden.model.findings import CheckInfo, Finding, FixNext, Judged, Life, Report, Severity
from pipewarden.model.ids import CREDENTIALS, Kind, Ref
from pipewarden.render.text import listed, plural

LIVE = frozenset({Life.NEW, Life.OPEN, Life.UNSEEN})
"""Lives that still ask for something to be done; unseen is not gone."""

WEIGHTS = {Severity.HIGH: 100, Severity.MEDIUM: 10, Severity.LOW: 3, Severity.INFO: 1}
"""What ending one finding is worth that is not critical: what ends critical ones comes before all else."""


def order(judged: Judged) -> tuple[bool, int, int, str, str, str]:
    """Return the sort key of a finding: live first, most severe, farthest reaching, then check and subject."""
    finding = judged.finding
    live = judged.life in LIVE
    return (not live, -finding.severity, -finding.weight, finding.check, finding.subject_name, finding.fingerprint)


def rank(judged: Iterable[Judged]) -> list[Judged]:
    """Return findings in the order a reader needs them, the same for the same findings in any order."""
    return sorted(judged, key=order)


def visible(report: Report) -> list[Judged]:
    """Return the ranked findings that still ask for something: new, open and unseen ones."""
    return [judged for judged in rank(report.findings) if judged.life in LIVE]


def tells_new(report: Report) -> bool:
    """Tell whether the word "new" says something: not where nothing was known before, or a baseline leaves only news."""
    return any(judged.life is not Life.NEW for judged in report.findings) and not over_baseline(report)


def over_baseline(report: Report) -> bool:
    """Tell whether a baseline was compared with, so that all that it does not hold is new."""
    return report.over_baseline


def with_life(report: Report, *lives: Life) -> list[Judged]:
    """Return the ranked findings of some lives."""
    return [judged for judged in rank(report.findings) if judged.life in lives]


SINGLE = CREDENTIALS | {Kind.APP, Kind.WEBHOOK, Kind.WORKFLOW}
"""Kinds of things that are revoked, deleted or edited as one, whatever is wrong with them."""
MANY = 9
"""Things that a step is about are named up to so many."""
WORKFLOWS = ".github/workflows/"
_PARTS = re.compile(r"[/:#]")
ROOM = 70
"""Characters that the names of many things to mend take at most in a step: long paths would hide what to do."""
REMOVALS = ("Revoke", "Delete", "Remove", "Uninstall", "Replace")
"""How a remedy begins that leaves nothing of the thing, and so ends all that is said of it."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Findings of one check in one scope that are said alike: what a short report shows as one line."""

    check: str
    severity: Severity
    scope: str
    findings: tuple[Judged, ...]


def subjects(fold: Fold) -> list[str]:
    """Name whom or what the findings of a fold are about; where it is one, its things: its keys, its rules."""
    names = list(dict.fromkeys(named(judged.finding) for judged in fold.findings))
    if len(names) > 1:
        return names
    return list(dict.fromkeys(one.finding.object_name or one.finding.subject_name for one in fold.findings))


def named(finding: Finding) -> str:
    """Name a finding's subject below its scope: a file by its path in the repository, a secret by its place.

    A workflow has its name alone, as in the sentences of checks: all of them lie in one folder.
    """
    if finding.subject.kind is Kind.PLAIN_SECRET and finding.file:
        return f"{finding.file}:{finding.line}"
    if finding.subject.kind is Kind.WORKFLOW:
        repository, place, file = finding.subject_name.removeprefix(f"{finding.scope}/").rpartition(WORKFLOWS)
        return f"{file} of {repository.rstrip('/')}" if place and repository else file
    return finding.subject_name


@dataclass(slots=True)
class _Scope:
    folds: dict[tuple[bool, Severity, str], list[Judged]] = field(default_factory=lambda: defaultdict(list))


def grouped(judged: Iterable[Judged]) -> dict[str, list[Fold]]:
    """Return findings by scope (an organization, a path), folded by check and by who is told of, each in ranked order."""
    scopes: dict[str, _Scope] = defaultdict(_Scope)
    for one in rank(judged):
        finding = one.finding
        scopes[finding.scope].folds[one.life in LIVE, finding.severity, finding.check].append(one)
    return {
        name: [
            Fold(check, severity, name, tuple(alike))
            for alike, severity, check in sorted(
                (
                    (alike, severity, check)
                    for (_, severity, check), found in scope.folds.items()
                    for alike in _alike(found)
                ),
                key=lambda item: order(item[0][0]),
            )
        ]
        for name, scope in scopes.items()
    }


MOST_ALIKE = 5
"""Lines that the findings of one check in one scope become at most; where more would be needed, they stay one."""
_ARTICLES = frozenset({"a", "an", "the"})


def _alike(found: list[Judged]) -> list[list[Judged]]:
    """Part findings by whom their sentences begin with, so that the sentence of a line is true of all it counts.

    `Carol left and is the only owner of …` is not said over what nobody is known to own.
    """
    parts: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        parts[_told_first(one.finding)].append(one)
    return list(parts.values()) if len(parts) <= MOST_ALIKE else [found]


def _told_first(finding: Finding) -> str:
    """Return the word that a sentence begins with; empty where that is what it is about, an article or a number."""
    word = next(iter(finding.says.casefold().split()), "").strip("“”\"',:;`")
    about = f"{finding.subject_name} {finding.object_name} {finding.scope} {finding.file}".casefold()
    names = {part for name in about.split() for part in _PARTS.split(name)}
    named_itself = "/" in word or not {word, *_PARTS.split(word)}.isdisjoint(names)
    return "" if named_itself or word in _ARTICLES or word[:1].isdigit() else word


def fix_next(findings: Iterable[Finding], checks: Mapping[str, CheckInfo], most: int = 5) -> tuple[FixNext, ...]:
    """Return the few steps that end most: one remedy in one organization, or the end of one credential or file.

    Checks whose remedy begins with the same words share a step: they would otherwise read as the same advice twice.

    Steps that end critical findings come first: those that end more of them, then those that end what reaches more; no
    number of others makes up for one. Each step counts only what the steps before it leave over, so the numbers add up.
    What only informs asks for no step.
    """
    steps: dict[tuple[str, str], dict[str, Finding]] = defaultdict(dict)
    asking = (one for one in findings if one.severity > Severity.INFO)
    for finding in sorted(
        asking, key=lambda one: (-one.severity, -one.weight, one.check, one.subject_name, one.fingerprint)
    ):
        steps["several", f"{_advice(finding, checks)}\x1f{_together(finding)}"][finding.fingerprint] = finding
        thing = _single(finding)
        if thing:
            steps["one", str(thing)][finding.fingerprint] = finding
    chosen: list[FixNext] = []
    ended: set[str] = set()
    heap = [(_worth(ends.values()), step) for step, ends in steps.items()]
    heapify(heap)
    while len(chosen) < most and heap:
        worth, step = heappop(heap)
        left = [finding for mark, finding in steps[step].items() if mark not in ended]
        fresh = _worth(left)
        if fresh == worth:
            chosen.append(_step(step[0], left, checks))
            ended.update(finding.fingerprint for finding in left)
        elif left:  # what a step is worth only falls: it waits for its turn at what it is worth now
            heappush(heap, (fresh, step))
    return tuple(chosen)


def _worth(findings: Iterable[Finding]) -> tuple[int, int, int]:
    """Return what ending some findings is worth, negated so that the most sorts first.

    How many critical ones; how far the farthest of these reaches; what the others are worth, where low ones, however many,
    are less than one that is high.
    """
    critical = reach = worth = low = 0
    for finding in findings:
        if finding.severity is Severity.CRITICAL:
            critical += 1
            reach = max(reach, finding.weight)
        elif finding.severity > Severity.LOW:
            worth += WEIGHTS[finding.severity]
        else:
            low += WEIGHTS[finding.severity]
    return (-critical, -reach, -(worth + min(low, WEIGHTS[Severity.HIGH] - 1)))


def _begun(advice: str) -> str:
    """Return a remedy as it goes on behind a colon; the name of a settings page keeps its capital."""
    first, _, rest = advice.partition(" ")
    page = first in {"Settings", "Enterprise"} or not first[1:].islower()
    return advice if page else f"{first.lower()} {rest}".rstrip()


def _called(finding: Finding) -> str:
    """Name what a step is about: a secret in plain text by its place, because its name is only a number."""
    if finding.subject.kind is Kind.PLAIN_SECRET and finding.file:
        return f"the secret in {finding.file}:{finding.line}"
    return named(finding)


def _together(finding: Finding) -> str:
    """Name within what findings of one check end together: an organization; checkouts of many repositories are one."""
    return "" if finding.scope_ref is not None and finding.scope_ref.kind is Kind.REPOSITORY else finding.scope


def _several(ends: list[Finding]) -> str:
    """Name what a step is about where it is several things; many of one kind are counted: `166 workflows of acme/web`."""
    scopes = {finding.scope for finding in ends}
    names = list(dict.fromkeys(_called(one) if len(scopes) == 1 else _placed(one) for one in ends))
    kinds = {finding.subject.kind for finding in ends}
    if len(names) <= MANY or len(kinds) > 1 or Kind.PLAIN_SECRET in kinds:
        return listed(names, 3, ROOM)
    word = ends[0].subject.kind.word
    many = f"{word[:-1]}ies" if word.endswith("y") and not word.endswith("key") else f"{word}s"
    of = f"{len(scopes):,} repositories" if len(scopes) > 1 else ends[0].scope
    return f"{len(names):,} {many}" + (f" of {of}" if of else "")


def _placed(finding: Finding) -> str:
    """Name what a step over several repositories is about: with its repository, once."""
    name = _called(finding)
    return name if finding.scope in {"", name} else f"{name} of {finding.scope}"


def _single(finding: Finding) -> Ref | None:
    """Return what can be dealt with as one thing; an organization, repository or person is many things."""
    if finding.subject.kind in SINGLE:
        return finding.subject
    return finding.object if finding.object and finding.object.kind in SINGLE else None


def _advice(finding: Finding, checks: Mapping[str, CheckInfo]) -> str:
    """Return the first step of a finding's remedy; what a check is called where it names none."""
    info = checks.get(finding.check)
    remedy = finding.remedy or (info.remedy if info else ())
    return remedy[0].rstrip(".") if remedy else info.title if info else finding.check


def _step(by: str, ends: list[Finding], checks: Mapping[str, CheckInfo]) -> FixNext:
    first = ends[0]
    advice = _advice(first, checks)
    marks = tuple(finding.fingerprint for finding in ends)
    if len(ends) == 1:
        return FixNext(step=f"{_called(first)}: {_begun(advice)}", why=first.says, ends=marks)
    if by == "several":
        subjects = _several(ends)
        of = listed(list(dict.fromkeys(finding.check for finding in ends)), 3)
        why = f"{first.says.rstrip('.')}; and {len(ends) - 1:,} more of {of}"
        return FixNext(step=f"{subjects}: {_begun(advice)}", why=why, ends=marks)
    thing = named(first) if first.subject.kind in SINGLE else first.object_name
    others = list(dict.fromkeys(finding.check for finding in ends[1:]))
    about = tuple(one.fingerprint for one in ends if not _is_ended(one, advice, checks))
    more = f"{plural(len(ends) - 1, 'further finding')} about it ({listed(others, 3)})"
    if about:
        each = "each " if len(about) > 1 else ""
        every = len(about) == len(ends) - 1
        more += f", {each}with a step of its own" if every else f", {len(about)} of them with a step of their own"
    return FixNext(
        step=f"{thing}: {_begun(advice)}",
        why=f"{first.says.rstrip('.')}; and {more}",
        ends=tuple(mark for mark in marks if mark not in about),
        about=about,
    )


def _is_ended(finding: Finding, advice: str, checks: Mapping[str, CheckInfo]) -> bool:
    """Tell whether a step at a thing ends a finding about it: nothing is left of the thing, or its own remedy begins so.

    What is taken out of a file leaves the file.
    """
    thing = _single(finding)
    gone = advice.startswith(REMOVALS) and thing is not None and thing.kind is not Kind.WORKFLOW
    return gone or _advice(finding, checks) == advice


def ended(fix: FixNext) -> str:
    """Say what a step comes to: the findings it ends, or, where some ask for more, how many are about the same thing."""
    many = plural(len(fix.told), "finding")
    return f"{many} about it" if fix.about else f"ends {many}"
