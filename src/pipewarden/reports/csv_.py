"""The report as CSV: one row per finding, and one per verdict that could not be given."""

from datetime import datetime

from pipewarden.model.findings import CheckInfo, Judged, Life, NotAssessed, Report, Standards, Verdict
from pipewarden.reports.questions import Table, write_csv
from pipewarden.reports.ranking import rank
from pipewarden.reports.words import SWITCHED_OFF, accepted

COLUMNS = (
    "verdict",
    "severity",
    "life",
    "check",
    "title",
    "scope",
    "subject",
    "subject_id",
    "object",
    "object_id",
    "says",
    "evidence",
    "reach",
    "remedy",
    "file",
    "line",
    "first_seen",
    "last_seen",
    "waiver_reason",
    "waiver_approver",
    "waiver_expires",
    "standards",
    "not_read",
    "cause",
    "permission",
    "fingerprint",
    "column",
)
"""The columns, in their order; new ones are added at the end."""


def write(report: Report) -> str:
    """Write a report as CSV with a header; no cell is a formula."""
    infos = {info.id: info for info in report.checks}
    rows = [_finding(judged, infos.get(judged.finding.check)) for judged in rank(report.findings)]
    rows.extend(_missed(missed, infos.get(missed.check)) for missed in report.not_assessed)
    rows.extend(
        {"verdict": Verdict.UNKNOWN.value, "check": name, "cause": SWITCHED_OFF} for name in report.switched_off
    )
    return write_csv(Table(COLUMNS, tuple(tuple(row.get(name, "") for name in COLUMNS) for row in rows)))


def _finding(judged: Judged, info: CheckInfo | None) -> dict[str, str]:
    finding, waiver = judged.finding, judged.waiver
    row = {
        "verdict": Verdict.FAIL.value,
        "severity": finding.severity.word,
        "life": judged.life.value,
        "check": finding.check,
        "scope": finding.scope,
        "subject": finding.subject_name,
        "subject_id": str(finding.subject),
        "object": finding.object_name,
        "object_id": str(finding.object or ""),
        "says": finding.says,
        "evidence": "; ".join(" → ".join(proof.path) or proof.text for proof in finding.evidence),
        "reach": "; ".join(finding.reach),
        "remedy": " ".join(finding.remedy),
        "file": finding.file,
        "line": str(finding.line or ""),
        "column": str(finding.column or ""),
        "first_seen": _time(judged.first_seen),
        "last_seen": _time(judged.last_seen),
        "fingerprint": finding.fingerprint,
    }
    if judged.life is Life.WAIVED:
        row["waiver_reason"] = accepted(judged)
    if waiver:
        row |= {
            "waiver_approver": waiver.approver,
            "waiver_expires": _time(waiver.expires),
        }
    return row | _about(info)


def _missed(missed: NotAssessed, info: CheckInfo | None) -> dict[str, str]:
    return {
        "verdict": Verdict.UNKNOWN.value,
        "check": missed.check,
        "subject": missed.subject_name,
        "subject_id": str(missed.subject),
        "says": missed.detail,
        "not_read": missed.facet,
        "cause": missed.cause.value if missed.cause else "the check broke",
        "permission": missed.permission,
    } | _about(info)


def _about(info: CheckInfo | None) -> dict[str, str]:
    return {"title": info.title, "standards": "; ".join(clauses(info.standards))} if info else {}


def clauses(standards: Standards) -> list[str]:
    """Return the clauses a check speaks to, each with the name of its standard."""
    return [
        *(f"CIS {clause}" for clause in standards.cis),
        *(f"OWASP {clause}" for clause in standards.owasp),
        *(f"NIST {clause}" for clause in standards.nist),
        *(f"SOC 2 {clause}" for clause in standards.soc2),
    ]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
