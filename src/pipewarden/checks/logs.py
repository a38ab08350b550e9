"""Checks about what is written down of what happens."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.sections import SECRETS
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind


@check(
    id="gh.log.stream_off",
    title="The audit log is streamed",
    severity=Severity.MEDIUM,
    subject=Kind.ENTERPRISE,
    needs=(Facet.ENT_AUDIT_STREAMS,),
    remedy=("Enterprise settings > Audit log > Log streaming: configure a stream to storage of your own.",),
    source=(
        "https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/"
        "reviewing-audit-logs-for-your-enterprise/streaming-the-audit-log-for-your-enterprise"
    ),
    **clauses(SECRETS, "O10 AU-6 AU-9"),
)
def stream_off(enterprise: Resource, view: View) -> Iterator[Hit]:
    """GitHub keeps the audit log for 180 days and Git events for seven: what was before cannot be asked any more."""
    streams = view.given(enterprise, "audit_log_streams", facet=Facet.ENT_AUDIT_STREAMS)
    if not any(stream.get("enabled") for stream in streams):
        idle = " (a stream is set up and paused)" if streams else ""
        yield Hit(says=f"the audit log of {enterprise.name} is streamed nowhere{idle}")
