"""Checks about personal access tokens of GitLab and about service accounts, whose rights outlive a session."""

from collections.abc import Iterator

from pipewarden.access.gitlab.rulings import GitLabRulings
from pipewarden.access.gitlab.schedules import Schedule
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.gitlab_reading import DOCS, PEOPLE, setting, topmost
from pipewarden.checks.gitlab_tokens import lowlier, reaches
from pipewarden.checks.once import once
from pipewarden.checks.reading import listed
from pipewarden.checks.unread import need_among
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Cause, Machine, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

WRITING = frozenset({"api", "write_repository", "write_registry", "admin_mode", "create_runner", "manage_runner"})
"""Scopes that change something. https://docs.gitlab.com/user/profile/personal_access_tokens/#personal-access-token-scopes"""


def _personal(view: View, instance: str) -> Iterator[Machine]:
    """Yield the personal tokens of people and service accounts that were read of an instance."""
    for token in view.entities(Kind.ACCESS_TOKEN):
        if token.ref.instance == instance and token.attributes.get("of") == "account":
            yield token


@check(
    id="gl.tok.pat_no_expiry",
    title="Personal access tokens end",
    severity=Severity.MEDIUM,
    subject=Kind.ORGANIZATION,
    needs=(GitLabFacet.GROUPS,),
    remedy=(
        "Revoke it and make one that ends.",
        "Turn on “Require expiration dates for new access tokens”: Admin > Settings > General > Account and limit.",
    ),
    source=f"{DOCS}/administration/settings/account_and_limit_settings/#require-expiration-dates-for-new-access-tokens",
    **clauses(PEOPLE, "O6 IA-5"),
)
def personal_forever(group: Resource, view: View) -> Iterator[Hit]:
    """A token that never ends outlives its purpose, its laptop, and the employment of its owner.

    Judged with the outermost group: each token that an administrator is told of, and whether the instance makes new ones
    end. On gitlab.com an Owner is told of the tokens of service accounts alone: of people's it is unknown.
    """
    topmost(view, group)
    for token in _personal(view, group.ref.instance):
        if token.expires_at is None:
            whose = view.name(token.owner) if token.owner else "somebody"
            yield Hit(
                says=f"the token “{token.attributes.get('token')}” of {whose} never ends ({reaches(token)})",
                about=token,
                because=(token,),
            )
    tenant = view.find(Ref(group.ref.instance, Kind.TENANT, "instance"))
    if not isinstance(tenant, Resource):
        detail = "gitlab.com tells the owners of a group of no personal token but those of its service accounts"
        raise Missing(group.ref, GitLabFacet.USER_TOKENS, Cause.NOT_COLLECTED, detail)
    facet = GitLabFacet.INSTANCE_SETTINGS
    if setting(view, tenant, "require_personal_access_token_expiry", facet=facet) is False:
        yield Hit(says=f"{tenant.name} lets people make tokens that never end", about=tenant, because=(tenant,))
    view.need(tenant.ref, GitLabFacet.USER_TOKENS)
    view.need(group.ref, GitLabFacet.SERVICE_ACCOUNTS)


@check(
    id="gl.tok.service_account",
    title="Developers do not run pipelines with a service account's rights",
    severity=Severity.CRITICAL,
    subject=Kind.SERVICE_ACCOUNT,
    remedy=(
        "Protect the branch that the schedule runs for, so that nobody below the service account pushes or merges there.",
        "Give the service account no more than the jobs need, and keep its token in a protected variable of an environment.",
    ),
    source=f"{DOCS}/user/profile/service_accounts/",
    **clauses(PEOPLE, "O5 O6"),
)
def service_account(account: Machine, view: View) -> Iterator[Hit]:
    """A schedule runs as the service account that owns it: whoever may change what it runs acts with those rights.

    In which variable a token of it lies no API tells, for values are never read: with a token that writes it stays unknown.
    """
    yield from _scheduled(account, view)
    need_among(view, frozenset({GitLabFacet.SCHEDULES}), [account.ref.instance])
    writing = [
        token for token in _personal(view, account.ref.instance) if token.owner == account.ref and _writes(token)
    ]
    if writing:
        name = writing[0].attributes.get("token")
        detail = f"which pipelines have the token “{name}” of {account.name}: no API tells where a value is kept"
        raise Missing(account.ref, GitLabFacet.VARIABLES, Cause.NOT_COLLECTED, detail)


@once
def _by_owner(view: View) -> dict[int, list[tuple[int, Schedule]]]:
    """Return the schedules that run, each with its project, by who owns them."""
    found: dict[int, list[tuple[int, Schedule]]] = {}
    for project in view.snapshot.ordinals(Kind.REPOSITORY).tolist():
        rulings = view.engine.rulings.of(project)
        for schedule in rulings.schedules.of(project) if isinstance(rulings, GitLabRulings) else ():
            found.setdefault(schedule.owner, []).append((project, schedule))
    return found


def _scheduled(account: Machine, view: View) -> Iterator[Hit]:
    """Yield the schedules that run as an account and that people who hold less may change."""
    ordinal = view.snapshot.ordinal(account.ref)
    for project, schedule in _by_owner(view).get(-1 if ordinal is None else ordinal, ()):
        rulings = view.engine.rulings.of(project)
        if not isinstance(rulings, GitLabRulings):
            continue
        below = lowlier(view, project, schedule, rulings.schedules.writers(project, schedule))
        surely = {who for who, clause in below.items() if not (clause.unknown or schedule.unknown)}
        where = view.snapshot.name_of(project)
        if surely:
            names = listed(sorted(view.snapshot.name_of(who) for who in surely), 3)
            yield Hit(
                says=f"{names} may change what the schedule of {where} for {schedule.ref} runs as {account.name}",
                on=view.find(view.snapshot.ref(project)),
            )
        elif below:
            detail = f"whether others may change what runs for {schedule.ref}"
            at = view.snapshot.ref(project)
            raise Missing(at, GitLabFacet.PROTECTED_BRANCHES, Cause.MISSING_FIELD, detail)


def _writes(token: Machine) -> bool:
    """Tell whether a token works and writes, or may: its scopes were not told."""
    scopes = token.attributes.get("scopes")
    if token.attributes.get("active") is False:
        return False
    return not isinstance(scopes, list) or bool(WRITING & {str(each) for each in scopes})
