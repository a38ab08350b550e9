"""The life of a finding over several audits, decided purely from what was known and what was said this time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, structs

from pipewarden.model.findings import Finding, Judged, Life, NotAssessed, Waiver
from pipewarden.model.ids import Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.store.coverage import Coverage


class Assessed(Struct, frozen=True, kw_only=True):
    """What an audit could speak about: the snapshot it judged, the checks it ran, and where it could not speak."""

    coverage: Coverage
    checks: frozenset[str]
    unknown: dict[str, frozenset[Ref]]
    """Subjects on which a check's verdict was unknown, also where it had found something before it met the gap."""

    @classmethod
    def of(cls, seen: Snapshot, checks: Iterable[str], unknown: Iterable[NotAssessed]) -> "Assessed":
        """Collect what an audit covered."""
        subjects: dict[str, set[Ref]] = {}
        for each in unknown:
            subjects.setdefault(each.check, set()).add(each.subject)
        return cls(
            coverage=Coverage(seen),
            checks=frozenset(checks),
            unknown={check: frozenset(refs) for check, refs in subjects.items()},
        )

    def about(self, finding: Finding) -> bool:
        """Tell whether a finding's organization and check were part of this audit at all."""
        return finding.check in self.checks and self.coverage.about(finding)

    def covers(self, finding: Finding) -> bool:
        """Tell whether silence about a finding means that it is gone.

        It does not where its check was unknown about what led to it, nor where a gap may hide what it is about.
        """
        unsure = self.unknown.get(finding.check, frozenset())
        if unsure and not finding.judged:  # kept by a version that did not note it: any doubt counts
            return False
        return not unsure & {finding.subject, finding.object, *finding.judged} and not self.coverage.may_hide(finding)


def reconcile(
    known: Mapping[str, Judged],
    found: Iterable[Finding],
    assessed: Assessed,
    waivers: Iterable[Waiver],
    at: datetime,
) -> list[Judged]:
    """Return every finding this audit was about with its life: new, open, waived, gone, or unseen where it was blind.

    A finding closes only if its scope was assessed this time. One that comes back keeps its first day. Findings of
    organizations and checks that were not part of this audit are left as they are.
    """
    active = [waiver for waiver in waivers if waiver.expires > at]
    out: dict[str, Judged] = {}
    for finding in found:
        before = known.get(finding.fingerprint)
        waiver = next((w for w in active if waives(w, finding)), None)
        life = Life.WAIVED if waiver else Life.OPEN if before and before.life is not Life.GONE else Life.NEW
        first = before.first_seen if before else at
        out[finding.fingerprint] = Judged(finding=finding, life=life, first_seen=first, last_seen=at, waiver=waiver)
    for fingerprint, before in known.items():
        if fingerprint in out or before.life is Life.GONE or not assessed.about(before.finding):
            continue
        life = Life.GONE if assessed.covers(before.finding) else Life.UNSEEN
        out[fingerprint] = structs.replace(before, life=life, waiver=None)
    return list(out.values())


def waives(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a waiver covers a finding: its check (with `*` at the end), subject and object by name or id."""
    if waiver.check.endswith("*"):
        if not finding.check.startswith(waiver.check[:-1]):
            return False
    elif waiver.check != finding.check:
        return False
    if waiver.subject and waiver.subject not in {finding.subject_name, str(finding.subject)}:
        return False
    return not waiver.object or waiver.object in {finding.object_name, str(finding.object or "")}
