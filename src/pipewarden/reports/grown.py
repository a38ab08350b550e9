"""What of a finding is news, where a baseline holds it already: proofs it did not have, and proofs that became graver."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import structs

from pipewarden.model.findings import Evidence, Finding, Severity
from pipewarden.model.proofs import Proof, digest, read

LONGEST = 160
"""Characters of a finding's sentence."""
_MORE = re.compile(r", and \d+ more$")
_LINE = re.compile(r"^line \d+: ")


def grown(finding: Finding, before: Mapping[str, Any], *, same: bool) -> Finding | None:
    """Return a finding as it is told for what is new of it since a baseline; None where nothing is.

    Lines do not count. A report of another version (not `same`) may have said the same in other words: then only how many
    proofs each job has is compared.
    """
    now = [each for word in finding.proofs if (each := read(word))]
    then = [each for word in before["proofs"] if (each := read(str(word)))]
    new = _new(now, then, same=same)
    graver = [] if new or not same else _graver(now, then)
    told = new or graver
    if not told:
        return None
    severity = max(each.severity for each in told)
    first = max(told, key=lambda each: each.severity)
    tail = f" ({len(told)} new beside {len(now) - len(told)} held)" if new else " (graver than the baseline has it)"
    place = _place_of(finding, first)
    if place is None:  # the finding's own sentence is about it, or no place is told of it
        says = _fitted(_MORE.sub("", finding.says), tail)
        return structs.replace(finding, severity=severity, says=says)
    subject = finding.says.partition(": ")[0]
    says = _fitted(f"{subject}: {_LINE.sub('', place.text)}", tail)
    return structs.replace(finding, severity=severity, says=says, line=place.line, column=place.column)


def _new(now: Iterable[Proof], then: Iterable[Proof], *, same: bool) -> list[Proof]:
    """Return the proofs of which there are more than before."""
    left = Counter(each.key if same else (each.job, "") for each in then)
    found = []
    for each in now:
        key = each.key if same else (each.job, "")
        if left[key] > 0:
            left[key] -= 1
        else:
            found.append(each)
    return found


def _graver(now: Iterable[Proof], then: Iterable[Proof]) -> list[Proof]:
    """Return the proofs that are graver than any of the same job and words was."""
    worst: dict[tuple[str, str], Severity] = {}
    for each in then:
        worst[each.key] = max(each.severity, worst.get(each.key, Severity.INFO))
    return [each for each in now if each.severity > worst.get(each.key, Severity.CRITICAL)]


def _place_of(finding: Finding, proof: Proof) -> Evidence | None:
    """Return the further place that a proof is told at; None where it is that of the finding itself."""
    first = read(finding.proofs[0]) if finding.proofs else None
    if first is not None and first.key == proof.key and first.severity is proof.severity:
        return None
    places = (each for each in finding.evidence if each.file and each.line)
    return next((each for each in places if digest(_LINE.sub("", each.text)) == proof.what), None)


def _fitted(says: str, tail: str) -> str:
    room = LONGEST - len(tail)
    return f"{says if len(says) <= room else says[: room - 1].rstrip(' ,:;') + '…'}{tail}"
