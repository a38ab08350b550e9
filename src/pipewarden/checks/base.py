"""What a check is, and how one is judged: a pure function over a view, one verdict per subject."""

import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from msgspec import Struct, structs

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.model.access import Path
from pipewarden.model.facts import Cause, Entity, Fact, Gap, Resource
from pipewarden.model.findings import CheckInfo, Evidence, Finding, NotAssessed, Severity, Standards, Tally
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import LIMITS, Limits
from pipewarden.model.proofs import proof
from pipewarden.model.systems import CHECKOUT, System

E = TypeVar("E", bound=Entity)


class Hit(Struct, frozen=True, kw_only=True):
    """What a check yields for a failing subject: one sentence and the facts that prove it.

    `about` is the subject, where it is another entity than the one judged; `on` is the object
    (what is reached), where there is one. `because` are facts or access paths.
    """

    says: str
    about: Entity | None = None
    on: Entity | None = None
    because: tuple[Fact | Path, ...] = ()
    severity: Severity | None = None
    """Overrides the check's severity where this instance reaches more or less."""
    reach: tuple[str, ...] = ()
    weight: int = 0
    file: str = ""
    line: int = 0
    column: int = 0
    remedy: tuple[str, ...] = ()
    """The steps that end this one, where they can be said better than for all that the check finds."""
    also: tuple[Evidence, ...] = ()
    """Further proofs in words: other places of the same finding, what another program says of it."""
    places: tuple[tuple[str, str, Severity | None], ...] = ()
    """Of a finding in a file each place: the job, what is said of it, and how grave it is where not as the check has it."""


SYSTEM_OF = {
    "gh": System.GITHUB,
    "ghes": System.GITHUB,
    "wf": System.GITHUB,
    "gl": System.GITLAB,
    "jk": System.JENKINS,
    "ok": System.OKTA,
    "en": System.ENTRA,
    "va": System.VAULT,
}
"""The system that a check's id begins with; checks of other ids ask about all systems."""

FILES_OF = {
    "gh": "github",
    "wf": "github",
    "gl": "gitlab",
    "jk": "jenkins",
    "ado": "azure",
    "cc": "circleci",
    "bb": "bitbucket",
}
"""Whose pipeline files a check's id begins with: files of another system are not its business, be they readable or not."""
ASKED_TOO = {Kind.CLOUD_ROLE: (Kind.CLOUD_ROLE, Kind.SERVICE_ACCOUNT)}
"""Kinds that a check of another kind is asked about too: what a job may act as stands in a file, or was read of a system."""

SHOWN_BY_FILES = frozenset(
    {
        "repository.workflow_files",
        "repository.codeowners",
        "repository.trusts",
        "repository.files",
        "repository.zizmor",
        "repository.used_actions",
        "repository.action_advisories",
        "repository.dependabot",
    }
)
"""Facets that a checkout can show."""
OF_FILES = frozenset({Kind.WORKFLOW, Kind.PLAIN_SECRET, Kind.CLOUD_ROLE})
"""Kinds that stand for files: a Jenkinsfile may lie in a repository on GitHub."""

Among = Callable[[str, View, list[Entity]], list[Entity]]
"""Given a check's id and the subjects it is asked about, returns those that it must judge one by one."""

Judge = Callable[..., Iterable[Hit]]
"""What judges one subject: `(subject, view)`, and `limits` as the third where the check names limits."""


class Check(Struct, frozen=True):
    """A check: its text and its judgement, together."""

    info: CheckInfo
    judge: Judge
    fixed: bool = False
    """Whether all its findings have the check's own severity, because somebody set it."""
    among: "Among | None" = None
    """Picks the subjects it may have anything to say of, where that is known: all others pass."""
    beside: tuple[Kind, ...] = ()
    """Further kinds that it is asked about."""

    @property
    def id(self) -> str:
        """The id of the catalogue."""
        return self.info.id

    @property
    def files_of(self) -> str:
        """The system of whose pipeline files alone it speaks; empty where it speaks of more, or of no files."""
        return FILES_OF.get(self.id.partition(".")[0], "") if self.info.subject is Kind.WORKFLOW else ""

    @property
    def reads_files(self) -> bool:
        """Whether a checkout shows all that it needs; one about secrets in plain text needs no more."""
        needs = self.info.needs
        return SHOWN_BY_FILES.issuperset(needs) if needs else self.info.subject is Kind.PLAIN_SECRET

    def speaks_of(self, subject: Entity, system: System) -> bool:
        """Tell whether the check asks about things of a system. Files say by themselves whose pipelines they are.

        What is known by a checkout alone has no settings to be unsure about.
        """
        if subject.ref.instance == CHECKOUT and not self.reads_files:
            return False
        of = SYSTEM_OF.get(self.id.partition(".")[0])
        if subject.ref.kind is Kind.SERVICE_ACCOUNT and self.info.subject is Kind.CLOUD_ROLE:
            return system is System.ENTRA and of is not System.VAULT  # a vault's own roles have checks of their own
        return of is None or of is system or subject.ref.kind in OF_FILES

    def at(self, severity: Severity) -> "Check":
        """Return this check with a severity that holds for all its findings, whatever each reaches."""
        info = structs.replace(self.info, severity=severity)
        return Check(info, self.judge, fixed=True, among=self.among, beside=self.beside)

    def hits(self, subject: Entity, view: View, limits: Limits) -> Iterable[Hit]:
        """Judge one subject; limits are handed only to a check that says which it compares with."""
        return self.judge(subject, view, limits) if self.info.limits else self.judge(subject, view)


def check(
    *,
    id: str,  # noqa: A002 - the word people use
    title: str,
    severity: Severity,
    subject: Kind,
    beside: tuple[Kind, ...] = (),
    needs: tuple[str, ...] = (),
    limits: tuple[str, ...] = (),
    among: Among | None = None,
    remedy: tuple[str, ...],
    cis: tuple[str, ...] = (),
    owasp: tuple[str, ...] = (),
    nist: tuple[str, ...] = (),
    soc2: tuple[str, ...] = (),
    source: str = "",
) -> Callable[[Judge], Check]:
    """Make a check of a function that is given one subject and the view and yields hits.

    The function's docstring is the rationale. `subject` is the kind judged: the function is called once for each entity
    of that kind that was read, and of the kinds `beside`. `needs` are the facets without which it cannot speak about
    the subject: where a gap covers one, the verdict is unknown. `limits` are the thresholds it compares with, by their
    names in `Limits`: the function is then given them as its third argument. It may raise NotApplicable, and reading an
    absent field raises Missing by itself. Hits yielded before Missing is raised stand: the subject then has failed, and
    is told as not assessed in full. `among` leaves out at once the subjects that pass, where that is known for all of
    them together.
    """

    def decorate(judge: Judge) -> Check:
        rationale = " ".join((judge.__doc__ or "").split())
        theme = judge.__module__.rsplit(".", 1)[-1]
        return Check(
            CheckInfo(
                id=id,
                title=title,
                theme=theme,
                severity=severity,
                subject=subject,
                needs=tuple(needs),
                limits=tuple(limits),
                rationale=rationale,
                remedy=remedy,
                standards=Standards(cis=cis, owasp=owasp, nist=nist, soc2=soc2),
                source=source,
            ),
            judge,
            among=among,
            beside=beside,
        )

    return decorate


class Verdicts(Struct, frozen=True):
    """All that the checks said: findings by fingerprint, what was not assessed, and the counts."""

    findings: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    tallies: tuple[Tally, ...]


def judge(checks: Iterable[Check], view: View, limits: Limits = LIMITS) -> Verdicts:
    """Run checks over a view. Pure: the same snapshot and limits give the same verdicts, in the same order."""
    findings: dict[str, Finding] = {}
    unknown: list[NotAssessed] = []
    tallies = []
    listed: dict[tuple[Kind, ...], list[tuple[Entity, System]]] = {}
    asked: dict[tuple[tuple[Kind, ...], str, tuple[str, ...]], _Asked] = {}  # many checks ask about the same things
    for each in checks:
        kinds = (*ASKED_TOO.get(each.info.subject, (each.info.subject,)), *each.beside)
        key = kinds, each.id.partition(".")[0], each.info.needs
        there = asked.get(key)
        if there is None:
            if kinds not in listed:
                listed[kinds] = [(subject, view.system_of(subject.ref)) for subject in view.entities(*kinds)]
            there = asked[key] = _asked(each, listed[kinds], view)
        passed = failed = 0
        missing, outside = len(there.missing), there.outside
        unknown += [_unknown(each, subject, gap) for subject, gap in there.missing]
        subjects = each.among(each.id, view, there.subjects) if each.among else there.subjects
        passed += len(there.subjects) - len(subjects)
        for subject in subjects:
            hits: list[Hit] = []
            try:
                for hit in each.hits(subject, view, limits):
                    hits.append(hit)  # noqa: PERF402 - what was found before a gap was met stands
            except NotApplicable:
                outside += 1
                continue
            except Missing as gap:
                missing += 1
                unknown.append(_unknown(each, subject, gap))
            except Exception:  # noqa: BLE001 - our own mistake: the other checks still deserve their say
                missing += 1
                unknown.append(
                    NotAssessed(
                        check=each.id,
                        subject=subject.ref,
                        subject_name=subject.name,
                        facet="",
                        cause=None,
                        detail=traceback.format_exc(limit=-4),
                    )
                )
            else:
                passed += not hits
            failed += bool(hits)
            for hit in hits:
                finding = _finding(each, subject, hit, view)
                known = findings.get(finding.fingerprint)
                findings[finding.fingerprint] = _merge(known, finding) if known else finding
        tallies.append(Tally(check=each.id, passed=passed, failed=failed, unknown=missing, not_applicable=outside))
    return Verdicts(tuple(findings.values()), tuple(unknown), tuple(tallies))


class _Asked(NamedTuple):
    """The things that a check is asked about: those it can judge, those over which a gap lies, and how many it says nothing of."""

    subjects: list[Entity]
    missing: list[tuple[Entity, Gap]]
    outside: int


WHOLE = frozenset({Kind.CLOUD_ROLE})
"""Kinds of which each is read whole or not at all: what is missing from their list leaves open others, not those that are there."""


def _asked(each: Check, listed: Iterable[tuple[Entity, System]], view: View) -> _Asked:
    """Sort out what a check is asked about: it depends on the kind, the system and the needs that checks share."""
    found = _Asked([], [], 0)
    outside = 0
    files = each.files_of
    if each.info.subject in WHOLE:
        causes = {
            gap.cause: gap
            for gap in reversed(view.gaps)
            if gap.facet in each.info.needs and gap.scope.kind not in WHOLE
        }
        places = ((view.find(gap.scope), gap) for cause, gap in causes.items() if cause is not Cause.PLAN)
        found.missing.extend((place, gap) for place, gap in places if place is not None)
    for subject, system in listed:
        if files and subject.attributes.get("system", "github") != files:
            outside += 1
        elif each.speaks_of(subject, system):
            gap = view.first_gap(subject.ref, each.info.needs)
            if gap is None or (gap.scope != subject.ref and subject.ref.kind in WHOLE):
                found.subjects.append(subject)
            else:
                found.missing.append((subject, gap))
    return found._replace(outside=outside)


def _unknown(each: Check, subject: Entity, gap: Missing | Gap) -> NotAssessed:
    return NotAssessed(
        check=each.id,
        subject=subject.ref,
        subject_name=subject.name,
        facet=gap.facet,
        cause=gap.cause,
        detail=gap.detail,
        permission=gap.permission,
    )


def _finding(each: Check, judged: Entity, hit: Hit, view: View) -> Finding:
    subject = hit.about or judged
    organization, repository, around = _place(judged, view)
    scope = organization or (hit.on and view.organization_of(hit.on)) or repository or judged
    outer = [*around, *(ref for each in (hit.about, hit.on) if each for ref in view.around(each.ref))]
    severity = each.info.severity if each.fixed or hit.severity is None else hit.severity
    places = hit.places or ((("", hit.says, None),) if hit.file and subject.ref.kind is not Kind.PLAIN_SECRET else ())
    return Finding(
        check=each.id,
        severity=severity,
        subject=subject.ref,
        subject_name=subject.name,
        says=hit.says,
        object=hit.on.ref if hit.on else None,
        object_name=hit.on.name if hit.on else "",
        evidence=(*(_evidence(proof, view) for proof in hit.because or (judged,)), *hit.also),
        remedy=hit.remedy or each.info.remedy,
        reach=hit.reach,
        weight=hit.weight,
        scope=scope.name,
        scope_ref=scope.ref,
        judged=(judged.ref,),
        within=tuple(dict.fromkeys(outer)),
        file=hit.file,
        line=hit.line,
        column=hit.column,
        proofs=tuple(proof(job, says, severity if each.fixed or own is None else own) for job, says, own in places),
    )


def _place(judged: Entity, view: View) -> tuple[Resource | None, Resource | None, list[Ref]]:
    """Return the organization and the repository of what is judged, and all that contains it: looked up once for all findings."""
    known = view.memo["places of what is judged"]
    if judged.ref not in known:
        known[judged.ref] = view.organization_of(judged), view.repository_of(judged), view.around(judged.ref)
    found: tuple[Resource | None, Resource | None, list[Ref]] = known[judged.ref]
    return found


def _evidence(proof: Fact | Path, view: View) -> Evidence:
    if isinstance(proof, Path):
        return Evidence(text=view.engine.words(proof), path=tuple(view.engine.steps(proof)))
    return Evidence(text=_describe(proof, view), endpoint=proof.origin.endpoint, fetched_at=proof.origin.fetched_at)


def _describe(fact: Fact, view: View) -> str:
    ref = getattr(fact, "ref", None)
    if isinstance(fact, Entity):
        return f"{fact.ref.kind} {fact.name}"
    if isinstance(ref, Ref):
        return f"{type(fact).__name__.lower()} {getattr(fact, 'name', '') or ref.key}"
    names = [
        view.name(value) for value in (getattr(fact, f, None) for f in fact.__struct_fields__) if isinstance(value, Ref)
    ]
    return f"{type(fact).__name__.lower()} {' → '.join(names)}"


def _merge(known: Finding, again: Finding) -> Finding:
    """Two paths are one finding with two proofs."""
    proofs = tuple(dict.fromkeys((*known.evidence, *again.evidence)))
    worse = max(known, again, key=lambda finding: (finding.severity, finding.weight))
    other = again if worse is known else known
    return structs.replace(
        worse,
        evidence=proofs,
        proofs=(*worse.proofs, *other.proofs),
        judged=tuple(dict.fromkeys((*known.judged, *again.judged))),
        within=tuple(dict.fromkeys((*known.within, *again.within))),
    )


def every(*themes: object) -> Iterator[Check]:
    """Yield the checks of some modules in the order in which they are written."""
    for theme in themes:
        for value in vars(theme).values():
            if isinstance(value, Check):
                yield value
