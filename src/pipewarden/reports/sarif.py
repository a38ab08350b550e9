"""The report as SARIF 2.1.0, as code scanning pages and other result viewers read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and, for what a code scanning page shows of it,
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.

That page opens an alert for every result it gets, whatever `baselineState` or `suppressions` say of it
(https://github.com/github/codeql-action/issues/1230). So findings that are gone are left out, which closes their alerts;
waived ones carry their suppression, and are to be dismissed there by whoever wants them out of sight.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pipewarden.model.findings import CheckInfo, Evidence, Finding, Judged, Life, Report, Severity
from pipewarden.model.ids import Ref
from pipewarden.render.text import clean
from pipewarden.reports.json_ import dumps
from pipewarden.reports.questions import escaped
from pipewarden.reports.ranking import rank
from pipewarden.reports.words import SWITCHED_OFF, accepted, closed_by, gap_words

Json = dict[str, Any]

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}
"""`security-severity`: code scanning reads over 9.0 as critical, from 7.0 high, from 4.0 medium, from 0.1 low."""

BASELINE = {
    Life.NEW: "new",
    Life.OPEN: "unchanged",
    Life.WAIVED: "unchanged",
    Life.UNSEEN: "unchanged",
}
"""What is gone is no result: see above."""


def write(report: Report) -> str:
    """Write a report as SARIF: one run, one rule per check, one result per finding, what was not read as notes."""
    rules = [_rule(info) for info in report.checks]
    known = {info.id: number for number, info in enumerate(report.checks)}
    there = [judged for judged in rank(report.findings) if judged.life in BASELINE]
    for judged in there:
        if judged.finding.check not in known:
            known[judged.finding.check] = len(rules)
            rules.append({"id": judged.finding.check})
    driver = {
        "name": "Pipewarden",
        "version": report.version,
        "semanticVersion": report.version,
        "rules": rules,
        "notifications": [{"id": "not-assessed", "shortDescription": {"text": "Something could not be read."}}],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "pipewarden/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, known)],
        "results": [_result(judged, known) for judged in there],
        "properties": {
            "snapshot": clean(report.snapshot),
            "sources": [clean(source) for source in report.sources],
            "complete": report.complete,
            "counts": report.counts,
        },
    }
    return dumps({"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]})


def _rule(info: CheckInfo) -> Json:
    standards = info.standards
    tags = ["security", info.theme]
    for family, clauses in (("cis", standards.cis), ("owasp", standards.owasp), ("nist", standards.nist)):
        tags.extend(f"{family}/{clause}" for clause in clauses)
    tags.extend(f"soc2/{clause}" for clause in standards.soc2)
    steps = "\n".join(f"{number}. {escaped(step)}" for number, step in enumerate(info.remedy, 1))
    source = f"Source: {info.source}"
    plain = "\n".join((info.rationale, *info.remedy, source))
    rule: Json = {
        "id": info.id,
        "name": "".join(part.capitalize() for part in info.id.replace("_", ".").replace("-", ".").split(".")),
        "shortDescription": {"text": _message(info.title)},
        "fullDescription": {"text": _message(info.rationale or info.title)},
        "help": {
            "text": plain,
            "markdown": f"**{escaped(info.title)}**\n\n{escaped(info.rationale)}\n\n{steps}\n\n{source}\n",
        },
        "defaultConfiguration": {"level": LEVELS[info.severity]},
        "properties": {"tags": tags[:20], "precision": "high", "security-severity": SCORES[info.severity]},
    }
    if info.source.startswith("https://"):
        rule["helpUri"] = quote(info.source, safe=":/?#[]@!$&'()*+,;=%~")
    return rule


def _result(judged: Judged, known: dict[str, int]) -> Json:
    finding = judged.finding
    place = _place(finding)
    logical = [_logical(finding.subject, finding.subject_name)]
    if finding.object is not None:
        logical.append(_logical(finding.object, finding.object_name))
    result: Json = {
        "ruleId": finding.check,
        "ruleIndex": known[finding.check],
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding.says)},
        "locations": [{"physicalLocation": place, "logicalLocations": logical}],
        "partialFingerprints": {
            "pipewarden/v1": finding.fingerprint,
            "primaryLocationLineHash": finding.fingerprint,
        },
        "baselineState": BASELINE[judged.life],
        "properties": {
            "severity": finding.severity.word,
            "security-severity": SCORES[finding.severity],
            "life": judged.life.value,
            "scope": clean(finding.scope),
            "reach": [clean(reached) for reached in finding.reach],
            "remedy": [clean(step) for step in finding.remedy],
            "evidence": [clean(proof.text) for proof in finding.evidence],
            "firstSeenUtc": _time(judged.first_seen),
            "lastSeenUtc": _time(judged.last_seen),
        },
    }
    further = [proof for proof in finding.evidence if proof.file and proof.line]
    if further:
        result["relatedLocations"] = [_further(number, proof) for number, proof in enumerate(further, 1)]
    flows = [_flow(proof.path, place) for proof in finding.evidence if proof.path]
    if flows:
        result["codeFlows"] = flows
    if judged.life is Life.WAIVED:
        result["suppressions"] = [_suppression(judged)]
    return result


def _suppression(judged: Judged) -> Json:
    suppression: Json = {"kind": "external", "status": "accepted", "justification": accepted(judged)}
    if judged.waiver:
        waiver = judged.waiver
        suppression["properties"] = {
            "approver": clean(waiver.approver),
            "expiresUtc": _time(waiver.expires),
            "ticket": clean(waiver.ticket),
        }
    return suppression


def _place(finding: Finding) -> Json:
    """Return where a viewer pins a finding: its file and line, or an address of the subject that never moves."""
    path = finding.file or f"{finding.subject.instance}/{finding.subject_name}"
    return {"artifactLocation": {"uri": uri_path(path)}, "region": _region(finding.line, finding.column)}


def _region(line: int, column: int) -> Json:
    """Return a place of a file: its column counts characters (`columnKind`), and is left out where it is not known."""
    region: Json = {"startLine": max(line, 1)}
    if line and column:
        region["startColumn"] = column
    return region


def uri_path(path: str) -> str:
    """Return a path as a relative URI that stays inside its root: no scheme, no host, no `..`."""
    parts = [quote(clean(part).encode(errors="replace"), safe="") for part in path.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in {"", ".", ".."}) or "-"


def _further(number: int, proof: Evidence) -> Json:
    """Return a further place of a finding with what stands there (3.27.22, relatedLocations)."""
    place = {"artifactLocation": {"uri": uri_path(proof.file)}, "region": _region(proof.line, proof.column)}
    return {"id": number, "physicalLocation": place, "message": {"text": _message(proof.text)}}


def _logical(ref: Ref, name: str) -> Json:
    return {"name": clean(name), "fullyQualifiedName": clean(str(ref)), "kind": ref.kind.value}


def _flow(path: tuple[str, ...], place: Json) -> Json:
    steps = [{"location": {"physicalLocation": place, "message": {"text": _message(step)}}} for step in path]
    return {"message": {"text": "How the access comes about"}, "threadFlows": [{"locations": steps}]}


def _invocation(report: Report, known: dict[str, int]) -> Json:
    notes: list[Json] = []
    for gap in report.gaps:
        closes = closed_by(gap)
        closed = f" Closed by: {closes}." if closes else ""
        text = f"Not assessed: {gap_words(gap)}.{closed}"
        notes.append(
            {"level": "warning", "descriptor": {"id": "not-assessed", "index": 0}, "message": {"text": _message(text)}}
        )
    for name in report.switched_off:
        text = f"Not assessed: the check {name} is {SWITCHED_OFF}."
        notes.append(
            {"level": "note", "descriptor": {"id": "not-assessed", "index": 0}, "message": {"text": _message(text)}}
        )
    for missed in report.not_assessed:
        if missed.cause is not None:
            continue
        note: Json = {
            "level": "error",
            "message": {"text": _message(f"The check {missed.check} broke on {missed.subject_name}: {missed.detail}")},
        }
        if missed.check in known:
            note["associatedRule"] = {"id": missed.check, "index": known[missed.check]}
        notes.append(note)
    return {
        "executionSuccessful": True,
        "startTimeUtc": _time(report.started),
        "endTimeUtc": _time(report.as_of),
        "toolExecutionNotifications": notes,
    }


def _message(text: str) -> str:
    r"""Return a message that stays text: SARIF reads `{0}` as a placeholder and `[…](…)` as a link (3.11.5, 3.11.6)."""
    text = clean(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
