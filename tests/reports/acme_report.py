"""Reports of acme made by hand: the whole cast, nothing at all, only gaps, hostile names, ten thousand findings."""

from datetime import UTC, datetime, timedelta

import msgspec

from pipewarden.model.facts import Cause
from pipewarden.model.findings import (
    CheckInfo,
    Evidence,
    Finding,
    GapLine,
    Judged,
    Life,
    NotAssessed,
    Report,
    Severity,
    Standards,
    Tally,
    Waiver,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.reports.ranking import fix_next, rank

NOW = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
HOST = "github.com"
WEB = Ref(HOST, Kind.REPOSITORY, "501")
ACME = Ref(HOST, Kind.ORGANIZATION, "9001")
CAROL = Ref(HOST, Kind.ACCOUNT, "1003")
DAVE = Ref(HOST, Kind.ACCOUNT, "1004")
DEPLOY = Ref(HOST, Kind.WORKFLOW, "501:.github/workflows/deploy.yml")

CHECKS = (
    CheckInfo(
        id="gh.dkey.write",
        title="Deploy keys only read",
        theme="deploy_keys",
        severity=Severity.MEDIUM,
        subject=Kind.REPOSITORY,
        needs=("repository.settings", "repository.deploy_keys"),
        rationale="A deploy key that writes can do what an administrator's push can, has no second factor and never expires.",
        remedy=(
            "Replace it by an app's token where something still needs it.",
            "Delete it: repository Settings > Deploy keys.",
        ),
        standards=Standards(owasp=("CICD-SEC-2",), nist=("AC-6",), soc2=("CC6.3",)),
        source="https://docs.github.com/en/authentication/connecting-to-github-with-ssh/managing-deploy-keys",
    ),
    CheckInfo(
        id="gh.people.mfa",
        title="Members have a second factor",
        theme="people",
        severity=Severity.HIGH,
        subject=Kind.ACCOUNT,
        needs=("organization.members", "organization.mfa"),
        rationale="A password alone is guessed, reused and phished.",
        remedy=("Require two-factor authentication for the organization.",),
        standards=Standards(cis=("1.3.5",), owasp=("CICD-SEC-2",), nist=("IA-2(1)",), soc2=("CC6.1",)),
        source="GET /orgs/{org}/members?filter=2fa_disabled",
    ),
    CheckInfo(
        id="gh.outside.admin",
        title="No outside collaborator administers a repository",
        theme="outsiders",
        severity=Severity.HIGH,
        subject=Kind.ACCOUNT,
        needs=("organization.outside_collaborators", "repository.collaborators"),
        rationale="Who is no member is not bound by the organization's sign-on.",
        remedy=("Lower the role to write, or make the person a member.",),
        standards=Standards(cis=("1.3.7",), owasp=("CICD-SEC-2",)),
        source="GET /repos/{owner}/{repo}/collaborators",
    ),
    CheckInfo(
        id="gh.workflow.injection",
        title="No text of strangers runs in a job",
        theme="pipelines",
        severity=Severity.CRITICAL,
        subject=Kind.WORKFLOW,
        needs=("repository.workflow_files",),
        rationale="An issue's title in a script is a script.",
        remedy=("Hand the text over in an environment variable.",),
        standards=Standards(owasp=("CICD-SEC-4",)),
        source="https://docs.github.com/en/actions/security-for-github-actions",
    ),
    CheckInfo(
        id="gh.org.oidc",
        title="Cloud roles are bound to one repository",
        theme="organization",
        severity=Severity.LOW,
        subject=Kind.ORGANIZATION,
        needs=("organization.oidc",),
        rationale="A subject with a wildcard lets any repository in.",
        remedy=("Name repository and environment in the subject.",),
        standards=Standards(owasp=("CICD-SEC-2",)),
        source="GET /orgs/{org}/actions/oidc/customization/sub",
    ),
)


def judged(finding, life=Life.OPEN, waiver=None):
    return Judged(finding=finding, life=life, first_seen=NOW - timedelta(days=40), last_seen=NOW, waiver=waiver)


def account(login, key):
    return {"subject": Ref(HOST, Kind.ACCOUNT, key), "subject_name": login, "scope": "acme"}


def findings():
    path = (
        "carol",
        "member of acme/platform",
        "maintain on acme/web",
        "may edit .github/workflows/deploy.yml",
        "secret:acme/web/AWS_KEY",
    )
    yield judged(
        Finding(
            check="gh.dkey.write",
            severity=Severity.HIGH,
            subject=WEB,
            subject_name="acme/web",
            object=Ref(HOST, Kind.DEPLOY_KEY, "77"),
            object_name="build server",
            says="carol left acme on 3 March and still owns a deploy key that can push to acme/web",
            evidence=(
                Evidence(
                    text="the key is not read-only", endpoint="GET /repos/acme/web/keys", fetched_at=NOW, path=path
                ),
            ),
            remedy=("Delete it: repository Settings > Deploy keys.",),
            reach=("push to acme/web", "use secret:acme/web/AWS_KEY"),
            weight=40,
            scope="acme",
        )
    )
    yield judged(
        Finding(
            check="gh.workflow.injection",
            severity=Severity.CRITICAL,
            subject=DEPLOY,
            subject_name="acme/web/.github/workflows/deploy.yml",
            says="the title of anybody's issue runs as a script in the job that holds AWS_KEY",
            evidence=(Evidence(text="run: echo ${{ github.event.issue.title }}"),),
            remedy=("Hand the text over in an environment variable.",),
            weight=90,
            scope="acme",
            file=".github/workflows/deploy.yml",
            line=21,
            column=9,
        ),
        Life.NEW,
    )
    for number, login in enumerate(("bob", "deploybot", "mallory", "u000007", "u000008")):
        yield judged(
            Finding(
                check="gh.people.mfa",
                severity=Severity.HIGH,
                says=f"{login} is a member of acme without a second factor",
                evidence=(
                    Evidence(
                        text=f"{login} is listed", endpoint="GET /orgs/acme/members?filter=2fa_disabled", fetched_at=NOW
                    ),
                ),
                remedy=("Require two-factor authentication for the organization.",),
                weight=10 - number,
                **account(login, str(1100 + number)),
            )
        )
    yield judged(
        Finding(
            check="gh.outside.admin",
            severity=Severity.HIGH,
            says="dave, a contractor, administers acme/web",
            remedy=("Lower the role to write.",),
            **account("dave", DAVE.key),
        ),
        Life.WAIVED,
        Waiver(
            check="gh.outside.admin",
            subject="dave",
            reason="moves the build until May",
            approver="alice",
            expires=datetime(2026, 5, 1, tzinfo=UTC),
            ticket="OPS-12",
        ),
    )
    yield judged(
        Finding(
            check="gh.people.mfa", severity=Severity.HIGH, says="alice has no second factor", **account("alice", "1001")
        ),
        Life.GONE,
    )
    yield judged(
        Finding(
            check="gh.outside.admin",
            severity=Severity.HIGH,
            says="mallory administers lab/tools",
            subject=Ref(HOST, Kind.ACCOUNT, "1666"),
            subject_name="mallory",
            scope="lab",
        ),
        Life.UNSEEN,
    )


GAPS = (
    GapLine(
        scope="acme",
        facet="organization.oidc",
        cause=Cause.FORBIDDEN,
        count=1,
        detail="403 on GET /orgs/acme/actions/oidc/customization/sub",
        permission="organization_administration: read, or admin:org",
        checks=3,
    ),
    GapLine(
        scope="lab", facet="repository.collaborators", cause=Cause.PLAN, count=12, detail="", permission="", checks=7
    ),
)
NOT_ASSESSED = (
    NotAssessed(
        check="gh.org.oidc",
        subject=ACME,
        subject_name="acme",
        facet="organization.oidc",
        cause=Cause.FORBIDDEN,
        detail="403 on GET /orgs/acme/actions/oidc/customization/sub",
        permission="organization_administration: read, or admin:org",
    ),
    NotAssessed(
        check="gh.dkey.write",
        subject=WEB,
        subject_name="acme/web",
        facet="",
        cause=None,
        detail="KeyError: 'read_only'",
    ),
)


def made(found, gaps=GAPS, not_assessed=NOT_ASSESSED, **other):
    found = rank(found)
    tallies = {info.id: {"passed": 4, "failed": 0, "unknown": 0} for info in CHECKS}
    for one in found:
        tallies.setdefault(one.finding.check, {"passed": 0, "failed": 0, "unknown": 0})["failed"] += 1
    for one in not_assessed:
        tallies[one.check]["unknown"] += 1
    live = [one.finding for one in found if one.life in {Life.NEW, Life.OPEN}]
    fields = {
        "version": "0.1.0",
        "sources": ("github.com/acme", "github.com/lab"),
        "as_of": NOW,
        "started": NOW - timedelta(minutes=4),
        "snapshot": "20260309T083000Z-5f2c",
        "counts": {"accounts": 312, "machines": 48, "groups": 27, "repositories": 190, "grants": 4210},
        "findings": tuple(found),
        "not_assessed": not_assessed,
        "gaps": gaps,
        "tallies": tuple(Tally(check=check, **counts) for check, counts in tallies.items()),
        "checks": CHECKS,
        "fix_next": fix_next(live, {info.id: info for info in CHECKS}),
        "requests": {"rest": 812, "graphql": 40},
        "complete": not gaps,
    }
    return Report(**(fields | other))


def acme():
    return made(findings())


def clean():
    return made((), gaps=(), not_assessed=())


def only_gaps():
    return made(())


HOSTILE = (
    "<script>alert(1)</script>",
    "\x1b[2J\x1b]8;;https://evil.example\x07click\x1b\\",
    "=cmd|' /C calc'!A1",
    "a\x00b\x08c\ufffe\uffff\ud800d",
    "x" * 5000,
    "]]> --> &amp; \" ' `|*_[a](javascript:alert(1))",
    "{{ 7 * 7 }}{% raw %}",
    "::error file=x::forged\n::set-output name=a::b\n| row | forged |",
    "\u202egnp.exe",
    "../../etc/passwd?x#y %41 開発",
)


def hostile():
    found = [
        judged(
            Finding(
                check="gh.people.mfa",
                severity=Severity.HIGH,
                subject=Ref(HOST, Kind.ACCOUNT, f"66{number}"),
                subject_name=name,
                says=f"{name} has no second factor",
                object=Ref(HOST, Kind.REPOSITORY, f"77{number}"),
                object_name=name,
                evidence=(Evidence(text=name, endpoint=name, path=(name, name)),),
                remedy=(name,),
                reach=(name,),
                scope=name,
                file=name,
                line=number,
            ),
            Life.WAIVED if number % 4 == 3 else Life.OPEN,
            Waiver(check="*", subject=name, reason=name, approver=name, expires=NOW, ticket=name)
            if number % 4 == 3
            else None,
        )
        for number, name in enumerate(HOSTILE)
    ]
    gaps = tuple(msgspec.structs.replace(GAPS[0], scope=name, detail=name, permission=name) for name in HOSTILE)
    missed = tuple(
        msgspec.structs.replace(NOT_ASSESSED[0], subject_name=name, detail=name, permission=name) for name in HOSTILE
    )
    return made(found, gaps, missed, sources=HOSTILE, snapshot=HOSTILE[0])


def large(many=10_000):
    return made(
        judged(
            Finding(
                check=CHECKS[number % len(CHECKS)].id,
                severity=Severity(number % 5),
                says=f"u{number:06} may push to acme-{number % 40}/web and should not",
                evidence=(
                    Evidence(
                        text="member of acme/platform",
                        endpoint="GET /orgs/acme/teams",
                        path=(f"u{number:06}", "acme/platform", "acme/web"),
                    ),
                ),
                remedy=("Remove the grant.",),
                subject=Ref(HOST, Kind.ACCOUNT, str(number)),
                subject_name=f"u{number:06}",
                scope=f"acme-{number % 40}",
            )
        )
        for number in range(many)
    )
