"""What a check says: verdicts, findings with their evidence and life, waivers, and the report that carries them."""

import hashlib
from datetime import datetime
from enum import IntEnum, StrEnum

from msgspec import Struct, field

from pipewarden.model.facts import Cause
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.lazy import lazy


def placed(file: str, line: int, column: int = 0) -> str:
    """Write a place as editors and terminals follow it: `file:line:column`, as far as it is known."""
    if not file or not line:
        return file
    return f"{file}:{line}:{column}" if column else f"{file}:{line}"


class Severity(IntEnum):
    """How much a finding matters, by what the access reaches."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The name in lower case, as people read and type it."""
        return self.name.lower()


class Verdict(StrEnum):
    """What a check says about one subject. Unknown is not a pass."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Standards(Struct, frozen=True, kw_only=True):
    """The clauses a check speaks to."""

    cis: tuple[str, ...] = ()
    """CIS Software Supply Chain Security Guide, recommendation numbers such as `1.3.5`."""
    owasp: tuple[str, ...] = ()
    """OWASP Top 10 CI/CD Security Risks, such as `CICD-SEC-2`."""
    nist: tuple[str, ...] = ()
    """NIST SP 800-53 Revision 5 controls, such as `IA-2(1)`."""
    soc2: tuple[str, ...] = ()
    """SOC 2 Trust Services Criteria, such as `CC6.1`."""


class CheckInfo(Struct, frozen=True, kw_only=True):
    """All that is known of a check without running it: what pages, reports and `explain` print."""

    id: str
    title: str
    theme: str
    severity: Severity
    subject: Kind
    needs: tuple[str, ...]
    rationale: str
    remedy: tuple[str, ...]
    standards: Standards
    source: str
    """Where the fact is documented: the vendor's page or API path."""
    limits: tuple[str, ...] = ()
    """The thresholds it compares with, by their names in the settings."""


class Evidence(Struct, frozen=True, gc=False, kw_only=True):
    """One proof: a sentence, the endpoint it came from, when (UTC)."""

    text: str
    endpoint: str = ""
    fetched_at: datetime | None = None
    path: tuple[str, ...] = ()
    """Where the proof is an access path: its links in words, principal first."""
    file: str = ""
    line: int = 0
    column: int = 0
    """Where the proof is a further place of a finding: the file, line and column."""


class Finding(Struct, frozen=True, kw_only=True, dict=True):
    """A check failed for a subject: one sentence, its proof and its remedy.

    The fingerprint is made of check, subject and object, so that two paths are one finding with two proofs.
    """

    check: str
    severity: Severity
    subject: Ref
    subject_name: str
    says: str
    object: Ref | None = None
    object_name: str = ""
    evidence: tuple[Evidence, ...] = ()
    remedy: tuple[str, ...] = ()
    reach: tuple[str, ...] = ()
    """What the access reaches, in words, most severe first; severity weighs it."""
    weight: int = 0
    """Rank inside one severity: the larger, the more it reaches."""
    scope: str = ""
    """The organization (or path) it belongs to, for display and grouping."""
    scope_ref: Ref | None = None
    """The id of what `scope` names."""
    judged: tuple[Ref, ...] = ()
    """What the check looked at when it said this: the subject, or what led to it."""
    within: tuple[Ref, ...] = ()
    """What contained subject, object and what was judged: repository, organization, enterprise."""
    file: str = ""
    line: int = 0
    column: int = 0
    proofs: tuple[str, ...] = ()
    """Where it stands in a file: a word for each place of it, by which a baseline tells what is new (`proofs`)."""

    @property
    def place(self) -> str:
        """Where it stands, as editors and terminals follow it; empty where it stands in no file."""
        return placed(self.file, self.line, self.column)

    @lazy
    def fingerprint(self) -> str:
        """A stable id over runs, renames, wording and lines. A secret is the same one wherever its first place is."""
        file = "" if self.subject.kind is Kind.PLAIN_SECRET else self.file
        text = "\x1f".join((self.check, str(self.subject), str(self.object or ""), file))
        return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=12).hexdigest()


class NotAssessed(Struct, frozen=True, gc=False, kw_only=True):
    """A check could not speak about a subject, because of a gap, or because it broke."""

    check: str
    subject: Ref
    subject_name: str
    facet: str
    cause: Cause | None
    """None where the check itself broke: `detail` then holds the trace."""
    detail: str = ""
    permission: str = ""


class Life(StrEnum):
    """Where a finding stands over several audits."""

    NEW = "new"
    OPEN = "open"
    WAIVED = "waived"
    GONE = "gone"
    UNSEEN = "unseen"
    """Was open, and its scope could not be assessed this time: neither open nor gone."""


class Waiver(Struct, frozen=True, kw_only=True):
    """An accepted finding: which, why, approved by whom, until when (UTC).

    `check` may end in `*`; `subject` and `object` are display names or ids, "" for any. Approver must not be the subject.
    """

    check: str
    subject: str
    reason: str
    approver: str
    expires: datetime
    object: str = ""
    ticket: str = ""


class Judged(Struct, frozen=True, gc=False, kw_only=True):
    """A finding as the store knows it: with its life."""

    finding: Finding
    life: Life
    first_seen: datetime
    last_seen: datetime
    waiver: Waiver | None = None


class Tally(Struct, frozen=True, kw_only=True):
    """How often a check said what."""

    check: str
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    not_applicable: int = 0


class GapLine(Struct, frozen=True, kw_only=True):
    """A gap as a report shows it: what was not read, why, what would close it."""

    scope: str
    facet: str
    cause: Cause
    count: int
    detail: str
    permission: str
    checks: int
    """How many checks could not speak because of it."""


class FixNext(Struct, frozen=True, kw_only=True):
    """One of the few things most worth doing now: a step that ends several findings, or the first at a thing with several."""

    step: str
    why: str
    ends: tuple[str, ...]
    """Fingerprints of the findings it ends."""
    about: tuple[str, ...] = ()
    """Those of the further findings about the same thing, which ask for steps of their own."""

    @property
    def told(self) -> tuple[str, ...]:
        """All findings that it tells of."""
        return self.ends + self.about


class Report(Struct, frozen=True, kw_only=True):
    """One audit, ready to be shown in any format; nothing below this needs the network or the store."""

    version: str
    sources: tuple[str, ...]
    as_of: datetime
    started: datetime
    snapshot: str
    counts: dict[str, int]
    """How many accounts, machines, groups, repositories, grants … were read."""
    findings: tuple[Judged, ...]
    """Ranked: most severe and farthest reaching first. Includes waived, gone and unseen ones."""
    not_assessed: tuple[NotAssessed, ...]
    gaps: tuple[GapLine, ...]
    tallies: tuple[Tally, ...]
    checks: tuple[CheckInfo, ...]
    fix_next: tuple[FixNext, ...] = ()
    requests: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    switched_off: tuple[str, ...] = ()
    """Ids of the checks that the configuration switches off: nothing was asked of them."""
    secrets_key: str = ""
    """Tells the key of the fingerprints of secrets in plain text from another, and gives nothing of it away; empty where not known."""
    over_baseline: bool = False
    """Whether a baseline was compared with: what it does not hold is new."""
