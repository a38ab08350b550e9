"""An earlier JSON report as a baseline: what it already holds is not news."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from msgspec import structs

from pipewarden.errors import UsageError
from pipewarden.model.findings import Judged, Life, Report
from pipewarden.model.ids import Kind
from pipewarden.reports.grown import grown
from pipewarden.reports.json_ import SCHEMA
from pipewarden.reports.ranking import LIVE, fix_next

REMEDY = "Make one with `pipewarden audit … --format json -o baseline.json`."


OLDER = (
    "the baseline is older than proofs: of a file that had a finding it is not known whether it got another of its kind; "
    "make it anew to have such told"
)
OTHER_KEY = (
    "the baseline has fingerprints of another key, as of another store: secrets in plain text were compared with it by"
    " their places; make it anew to have their values compared"
)
Place = tuple[str, str]
"""Where a secret in plain text stands, as its finding says it: the repository, and the sentence."""


def against(report: Report, path: Path, *, keyed: bool = True, tell: Callable[[str], None] | None = None) -> Report:
    """Return the report with the findings that a baseline holds set aside: waived, by no waiver.

    A finding that has grown since by a new proof, or one that became graver, is news, and is told by that. Where fingerprints
    of secrets in plain text hold for one run only (not `keyed`), or the baseline has those of another key, such a finding is
    known again by its place and name, each of the baseline's once. What to fix next counts only what is left. `tell` is told
    once where the baseline is older than proofs, or has another key. Raises UsageError where the file is not a JSON report of ours.
    """
    version, held, key = _read(path)
    known = {str(each["fingerprint"]): each for each in held}
    other_key = keyed and bool(key and report.secrets_key) and key != report.secrets_key
    by_place = other_key or not keyed
    places = Counter(_place(each) for each in held if _is_plain(each)) if by_place else Counter[Place]()
    if other_key and places and tell is not None:
        tell(OTHER_KEY)
    same = version == report.version
    findings = []
    untold = False
    for each in report.findings:
        before = known.get(each.finding.fingerprint)
        if each.life not in LIVE or (before is None and not _taken(each, places)):
            findings.append(each)
            continue
        untold |= before is not None and bool(each.finding.proofs) and "proofs" not in before
        news = grown(each.finding, before, same=same) if before is not None and "proofs" in before else None
        findings.append(
            structs.replace(each, life=Life.WAIVED) if news is None else structs.replace(each, finding=news)
        )
    if untold and tell is not None:
        tell(OLDER)
    left = [each.finding for each in findings if each.life in {Life.NEW, Life.OPEN}]
    steps = fix_next(left, {info.id: info for info in report.checks})
    return structs.replace(report, findings=tuple(findings), fix_next=steps, over_baseline=True)


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
    return {str(each["fingerprint"]) for each in _read(path)[1]}


def _read(path: Path) -> tuple[str, list[dict[str, Any]], str]:
    """Return the version that wrote a JSON report, the findings that it holds as present, and what marks its key.

    What was gone then is not held: its return is news. Raises UsageError.
    """
    try:
        data = orjson.loads(path.read_bytes())
    except OSError as refusal:
        raise UsageError(f"the baseline {path} cannot be read: {refusal.strerror}", hint=REMEDY) from None
    except orjson.JSONDecodeError as mistake:
        raise UsageError(f"{path} is not a JSON report: it is not JSON ({mistake})", hint=REMEDY) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise UsageError(f'{path} is not a JSON report: it does not say "schema": "{SCHEMA}"', hint=REMEDY)
    try:
        present = [each for each in data["findings"] if each["fingerprint"] and each["life"] != Life.GONE]
    except (KeyError, TypeError):
        raise UsageError(
            f"{path} is not a JSON report: a finding in it has no fingerprint or no life", hint=REMEDY
        ) from None
    return str(data.get("version") or ""), present, str(data.get("secrets_key") or "")
