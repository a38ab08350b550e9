"""An earlier JSON report as a baseline: what it already holds is not news."""

from pathlib import Path

import orjson
from msgspec import structs

from pipewarden.errors import UsageError
from pipewarden.model.findings import Life, Report


def against(report: Report, path: Path) -> Report:
    """Return the report with the findings that a baseline holds set aside as waived by it.

    Raises UsageError where the file is not a JSON report of ours.
    """
    known = fingerprints(path)
    findings = tuple(
        structs.replace(each, life=Life.WAIVED)
        if each.finding.fingerprint in known and each.life in {Life.NEW, Life.OPEN}
        else each
        for each in report.findings
    )
    kept = {each.finding.fingerprint for each in findings if each.life in {Life.NEW, Life.OPEN}}
    fixes = tuple(fix for fix in report.fix_next if kept.intersection(fix.ends))
    return structs.replace(report, findings=findings, fix_next=fixes)


def fingerprints(path: Path) -> set[str]:
    """Return the fingerprints of all open findings of a JSON report. Raises UsageError."""
    try:
        data = orjson.loads(path.read_bytes())
        findings = data["findings"]
        return {str(each["fingerprint"]) for each in findings}
    except OSError as refusal:
        raise UsageError(f"the baseline {path} cannot be read: {refusal.strerror}") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise UsageError(
            f"{path} is not a JSON report", hint="Make one with `pipewarden audit … --format json -o baseline.json`."
        ) from None
