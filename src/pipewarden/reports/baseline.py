"""An earlier JSON report as a baseline: what it already holds is not news."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from msgspec import structs

from pipewarden.errors import UsageError
from pipewarden.model.findings import Judged, Life, Report
from pipewarden.model.ids import Kind
from pipewarden.reports.json_ import SCHEMA
from pipewarden.reports.ranking import LIVE, fix_next

REMEDY = "Make one with `pipewarden audit … --format json -o baseline.json`."


Place = tuple[str, str]
"""Where a secret in plain text stands, as its finding says it: the repository, and the sentence."""


def against(report: Report, path: Path, *, keyed: bool = True) -> Report:
    """Return the report with the findings that a baseline holds set aside: waived, by no waiver.

    Where fingerprints of secrets in plain text hold for one run only (not `keyed`), such a finding is known again by
    its place and name, each of the baseline's once. What to fix next counts only what is left. Raises UsageError where
    the file is not a JSON report of ours.
    """
    held = _present(path)
    known = {str(each["fingerprint"]) for each in held}
    places = Counter(_place(each) for each in held if _is_plain(each)) if not keyed else Counter[Place]()
    findings = tuple(
        structs.replace(each, life=Life.WAIVED)
        if each.life in LIVE and (each.finding.fingerprint in known or _taken(each, places))
        else each
        for each in report.findings
    )
    left = [each.finding for each in findings if each.life in {Life.NEW, Life.OPEN}]
    steps = fix_next(left, {info.id: info for info in report.checks})
    return structs.replace(report, findings=findings, fix_next=steps)


def _taken(judged: Judged, places: "Counter[Place]") -> bool:
    """Tell whether a secret in plain text stands where the baseline has one, and take that one from the baseline."""
    finding = judged.finding
    place = (finding.scope, finding.says)
    if finding.subject.kind is not Kind.PLAIN_SECRET or places[place] < 1:
        return False
    places[place] -= 1
    return True


def _is_plain(held: dict[str, Any]) -> bool:
    subject = held.get("subject")
    return Kind.PLAIN_SECRET in str(subject.get("kind") if isinstance(subject, dict) else subject)


def _place(held: dict[str, Any]) -> Place:
    return str(held.get("scope", "")), str(held.get("says", ""))


def fingerprints(path: Path) -> set[str]:
    """Return the fingerprints of all findings that a JSON report holds as present. Raises UsageError."""
    return {str(each["fingerprint"]) for each in _present(path)}


def _present(path: Path) -> list[dict[str, Any]]:
    """Return the findings that a JSON report holds as present; what was gone then is not held: its return is news."""
    try:
        data = orjson.loads(path.read_bytes())
    except OSError as refusal:
        raise UsageError(f"the baseline {path} cannot be read: {refusal.strerror}", hint=REMEDY) from None
    except orjson.JSONDecodeError as mistake:
        raise UsageError(f"{path} is not a JSON report: it is not JSON ({mistake})", hint=REMEDY) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise UsageError(f'{path} is not a JSON report: it does not say "schema": "{SCHEMA}"', hint=REMEDY)
    try:
        return [each for each in data["findings"] if each["fingerprint"] and each["life"] != Life.GONE]
    except (KeyError, TypeError):
        raise UsageError(
            f"{path} is not a JSON report: a finding in it has no fingerprint or no life", hint=REMEDY
        ) from None
