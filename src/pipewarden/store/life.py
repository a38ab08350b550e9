"""The life of a finding over several audits, decided purely from what was known and what was said this time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, structs

from pipewarden.model.findings import Finding, Judged, Life, NotAssessed, Waiver
from pipewarden.model.ids import Ref


class Assessed(Struct, frozen=True, kw_only=True):
    """What an audit could speak about: the scopes it covered, the checks it ran, and where it could not speak."""

    scopes: frozenset[str]
    checks: frozenset[str]
    unknown: frozenset[tuple[str, Ref]]
    """(check, subject) pairs on which the verdict was unknown."""

    @classmethod
    def of(cls, scopes: Iterable[str], checks: Iterable[str], unknown: Iterable[NotAssessed]) -> "Assessed":
        """Collect what an audit covered."""
        pairs = frozenset((each.check, each.subject) for each in unknown)
        return cls(scopes=frozenset(scopes), checks=frozenset(checks), unknown=pairs)

    def about(self, finding: Finding) -> bool:
        """Tell whether a finding's organization and check were part of this audit at all."""
        return finding.scope in self.scopes and finding.check in self.checks

    def covers(self, finding: Finding) -> bool:
        """Tell whether silence about a finding means that it is gone.

        A check that was unknown for any subject of the finding's scope may have been about to say it again.
        """
        unsure = {subject for check, subject in self.unknown if check == finding.check}
        return not ({finding.subject, finding.object} & unsure) and not _judged_elsewhere(finding, unsure)


def _judged_elsewhere(finding: Finding, unsure: set[Ref]) -> bool:
    """Tell whether a check that judges something else than the finding's subject was unsure anywhere.

    A check over organizations that names accounts says `unknown` about the organization.
    """
    return bool(unsure) and all(subject.kind is not finding.subject.kind for subject in unsure)


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
