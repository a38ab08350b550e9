"""Sentences that several forms of a report share: what was not read, and the result in one line."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import structs

from pipewarden.model.facets import Facet
from pipewarden.model.facets_roster import RosterFacet
from pipewarden.model.facts import Cause
from pipewarden.model.findings import GapLine, Judged, Report, Severity, Standards
from pipewarden.render.text import clean, plural
from pipewarden.reports.ranking import over_baseline, visible

CAUSES = {
    Cause.FORBIDDEN: "the credential may not read it",
    Cause.NOT_FOUND: "answered as not found: absent, or hidden from this credential",
    Cause.GONE: "the system no longer offers it",
    Cause.MISSING_FIELD: "the answers do not tell",
    Cause.PLAN: "the plan of the organization does not include it",
    Cause.BUDGET: "the request budget of this run was used up",
    Cause.RATE_LIMITED: "the system's request limit was met",
    Cause.UNREACHABLE: "no answer after several tries",
    Cause.UNEXPECTED: "the answer had a shape that is not known",
    Cause.NOT_COLLECTED: "this run did not read it",
    Cause.TOO_LARGE: "it is larger than the limit",
    Cause.UNREADABLE: "it could not be parsed",
    Cause.NOT_FOLLOWED: "a pipeline file takes in something that was not followed",
    Cause.NO_ENGINE: "the program that tells it is not installed",
}
"""Why something was not read, in words."""

CLOSED_BY = {
    Cause.PLAN: "a plan that includes it",
    Cause.BUDGET: "another run, or a larger `budget` in the configuration",
    Cause.RATE_LIMITED: "another run later, or the higher limit of an app",
    Cause.UNREACHABLE: "another run",
    Cause.UNREADABLE: "mending the file",
    Cause.NO_ENGINE: "installing zizmor: `pip install 'pipewarden[zizmor]'`",
}
"""What ends a gap that no permission would close."""

FACETS = {
    "mfa": "second factors",
    "mfa_methods": "methods of the second factor",
    "outside_collaborators_mfa": "second factors of outside collaborators",
    "saml": "SAML identities",
    "scim": "SCIM identities",
    "oidc": "OIDC settings",
    "codeowners": "CODEOWNERS",
    "fine_grained_tokens": "fine-grained tokens",
    "trust_values": "values that the files leave open",
    "trust_audiences": "audiences that identity providers let in",
    "token_requests": "requests for fine-grained tokens",
    "credential_authorizations": "authorized credentials",
    "actions": "settings of Actions",
    "actions_workflow_permissions": "workflow permissions",
    "actions_fork_policy": "policy for pull requests from forks",
    "actions_self_hosted_policy": "policy for self-hosted runners",
    "dependabot_secrets": "secrets for Dependabot",
    "codespaces_secrets": "secrets for Codespaces",
    "plain_text": "files that pipelines pull in",
    "pipeline_file_parts": "parts of pipeline files",
    "dependabot": "settings of Dependabot",
    "zizmor": "what zizmor says of workflow files",
    "used_actions": "the actions used",
    "action_advisories": "advisories about actions",
}
"""Facets whose name alone would not tell what was not read."""


def gap_words(gap: GapLine) -> str:
    """Say what was not read, where, why and how many checks it silenced."""
    return f"{unread(gap)}: {_why(gap)}{_silenced(gap)}"


def _why(gap: GapLine) -> str:
    """Say why a gap is there; where the answers do not tell something, what that is."""
    return gap.detail if gap.cause is Cause.MISSING_FIELD and gap.detail else CAUSES[gap.cause]


def closed_by(gap: GapLine) -> str:
    """Say what would end a gap: a permission, or what its cause asks for; "" where nothing is known to."""
    if gap.facet == Facet.REPO_ACTIONS_WORKFLOW and gap.cause is Cause.MISSING_FIELD:
        return "`permissions:` in the file, or an audit of the organization"
    if gap.facet == Facet.REPO_ZIZMOR and gap.cause is Cause.NOT_COLLECTED:
        return "an audit without `--no-zizmor`"
    return gap.permission or CLOSED_BY.get(gap.cause, "")


def unread(gap: GapLine) -> str:
    """Say what was not read and where; how often, where that says more than the places do."""
    names = gap.scope.split(", ") if gap.scope else ["everything"]
    counted = gap.scope.startswith(f"{gap.count:,} ")
    # of a list each thing that is wrong is told with its line
    often = gap.count > len(names) and not counted and gap.facet not in {*RosterFacet}
    times = f", {plural(gap.count, 'time')}" if often else ""
    return f"{facet_words(gap.facet)} of {', '.join(map(_plain, names))}{times}"


def _plain(name: str) -> str:
    """Return a name without the word before it that tells its kind: the facet has told that."""
    kind, colon, rest = name.partition(":")
    return rest if colon and kind in {"hook", "secret", "var", "env", "runner", "runners", "invitation"} else name


def gaps_by_cause(report: Report) -> dict[str, list[GapLine]]:
    """Return the gaps by why they are there, in words, in the order of the report."""
    causes: dict[str, list[GapLine]] = defaultdict(list)
    for gap in report.gaps:
        causes[CAUSES[gap.cause]].append(gap)
    return causes


def gaps_in_short(report: Report) -> list[str]:
    """Say what was not read in a sentence for each cause, the first of it by name and the rest as a count."""
    lines = []
    for cause, gaps in gaps_by_cause(report).items():
        one = _in_short(gaps[0])
        first = unread_and_silenced(one) if len(gaps) == 1 else unread(one)
        more = f"; and {len(gaps) - 1:,} more" if len(gaps) > 1 else ""
        lines.append(f"{cause}: {first}{more}")
    return lines


def _in_short(gap: GapLine) -> GapLine:
    """Return a gap that names one of many places and counts the others."""
    first, _, others = gap.scope.partition(", ")
    rest = f" and {gap.count - 1:,} more" if others and gap.count > 1 else ""
    return structs.replace(gap, scope=first + rest, count=1)


def _silenced(gap: GapLine) -> str:
    return f" ({plural(gap.checks, 'check')} not answered)" if gap.checks else ""


def unread_and_silenced(gap: GapLine) -> str:
    """Say what was not read and how many checks that silenced; why stands above, and what the answers do not tell here."""
    tells = gap.cause in {Cause.MISSING_FIELD, Cause.NOT_COLLECTED} or gap.facet in {
        Facet.REPO_FILES,
        Facet.REPO_TRUSTS,
        *RosterFacet,
    }
    told = f": {gap.detail}" if tells and gap.detail else ""
    return f"{unread(gap)}{told}{_silenced(gap)}"


def facet_words(facet: str) -> str:
    """Name a facet as people do: `organization.deploy_keys` is `deploy keys`; where it is, the scope says."""
    name = facet.rpartition(".")[2]
    return "everything" if name in {"", "source"} else FACETS.get(name, name.replace("_", " "))


def counts_words(report: Report) -> str:
    """Say how much was read, in words: what there is nothing of is left out."""
    told = [f"{count:,} {_noun(name, count)}" for name, count in report.counts.items() if count]
    return ", ".join(told) or "nothing"


def _noun(name: str, count: int) -> str:
    words = name.replace("_", " ")
    if count != 1:
        return words
    return f"{words[:-3]}y" if words.endswith("ies") else words.removesuffix("s")


def standards_words(standards: Standards) -> str:
    """Say which clauses a check speaks to, each standard named once."""
    families = (
        ("CIS", standards.cis),
        ("OWASP", standards.owasp),
        ("NIST 800-53", standards.nist),
        ("SOC 2", standards.soc2),
    )
    return "; ".join(f"{name} {', '.join(clauses)}" for name, clauses in families if clauses)


def accepted(judged: Judged) -> str:
    """Say why a finding is set aside: the reason of its waiver, or that a baseline already holds it."""
    return clean(judged.waiver.reason) if judged.waiver else "held by the baseline"


def set_aside(judged: Sequence[Judged]) -> list[str]:
    """Count findings that are set aside: those that somebody waived apart from those that a baseline holds."""
    waived = sum(1 for one in judged if one.waiver)
    counts = ((waived, "waived"), (len(judged) - waived, "held by the baseline"))
    return [f"{plural(count, 'finding')} {how}" for count, how in counts if count]


SWITCHED_OFF = "switched off in the configuration"


def nothing(report: Report) -> str:
    """Say that nothing was found, never more than was looked at."""
    if lists_alone(report):
        return "Nothing but lists of people was read: what they may do is not known"
    words = "Nothing new" if over_baseline(report) else "Nothing found"
    if report.gaps or report.not_assessed or not report.complete:
        words += " in what could be read"
    return f"{words}: no pipeline file is there" if holds_no_pipelines(report) else words


def lists_alone(report: Report) -> bool:
    """Tell whether rosters are all that was read, and so nothing of what anybody may do."""
    rosters = bool(report.sources) and all(each.startswith("roster:") for each in report.sources)
    return rosters and not any(report.counts.values())


def holds_no_pipelines(report: Report) -> bool:
    """Tell whether repositories were read, and nothing in them."""
    return {name for name, count in report.counts.items() if count} == {"repositories"}


def summary(report: Report) -> str:
    """Say the result in one line: findings by severity, and what was not assessed."""
    found = visible(report)
    if found:
        by = [
            f"{count:,} {severity.word}"
            for severity in sorted(Severity, reverse=True)
            if (count := sum(one.finding.severity is severity for one in found))
        ]
        words = f"{plural(len(found), 'new finding' if over_baseline(report) else 'finding')}: {', '.join(by)}"
    else:
        words = nothing(report)
    return ". ".join([words, *_silent(report)]) + "."


def headline(report: Report) -> str:
    """Say the result in a few words: how many findings, and how many of them are of the gravest severity."""
    found = visible(report)
    if not found:
        return nothing(report)
    worst = max(one.finding.severity for one in found)
    count = sum(one.finding.severity is worst for one in found)
    if count == len(found):
        return plural(count, f"{worst.word} finding")
    return f"{plural(len(found), 'finding')}, {count:,} of them {worst.word}"


def silent(report: Report) -> str:
    """Say what was not assessed, and what was switched off, as a sentence of its own; empty where there is nothing to say."""
    return "".join(f"{part}. " for part in _silent(report)).strip()


def _silent(report: Report) -> Iterator[str]:
    checks = {missed.check for missed in report.not_assessed}
    asked = len(report.checks)
    if lists_alone(report):
        answered = sum(1 for tally in report.tallies if tally.passed or tally.failed)
        yield f"{answered:,} of {plural(asked, 'check')} could be answered"
    elif checks:
        yield f"{len(checks):,} of {plural(max(asked, len(checks)), 'check')} could not be answered everywhere"
    elif report.gaps:
        yield f"{plural(len(report.gaps), 'thing')} could not be read"
    elif asked:
        yield f"{plural(asked, 'check')} asked"
    if report.switched_off:
        yield f"{plural(len(report.switched_off), 'check')} switched off"
