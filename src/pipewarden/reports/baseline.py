"""An earlier JSON report as a baseline: what it already holds is not news."""

from pathlib import Path

import orjson
from msgspec import structs

from pipewarden.errors import UsageError
from pipewarden.model.findings import Life, Report
from pipewarden.reports.json_ import SCHEMA
from pipewarden.reports.ranking import LIVE, fix_next

REMEDY = "Make one with `pipewarden audit … --format json -o baseline.json`."


def against(report: Report, path: Path) -> Report:
    """Return the report with the findings that a baseline holds set aside: waived, by no waiver.

    What to fix next counts only what is left. Raises UsageError where the file is not a JSON report of ours.
    """
    known = fingerprints(path)
    findings = tuple(
        structs.replace(each, life=Life.WAIVED) if each.finding.fingerprint in known and each.life in LIVE else each
        for each in report.findings
    )
    left = [each.finding for each in findings if each.life in {Life.NEW, Life.OPEN}]
    steps = fix_next(left, {info.id: info for info in report.checks})
    return structs.replace(report, findings=findings, fix_next=steps)


def fingerprints(path: Path) -> set[str]:
    """Return the fingerprints of all findings that a JSON report holds as present. Raises UsageError.

    What was gone then is not held: its return is news.
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
        return {str(each["fingerprint"]) for each in data["findings"] if each["life"] != Life.GONE}
    except (KeyError, TypeError):
        raise UsageError(
            f"{path} is not a JSON report: a finding in it has no fingerprint or no life", hint=REMEDY
        ) from None
