"""What several checks ask of a view: doubts, words for sentences, and GitHub facts with more than one source."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType
from typing import Any, Self

from pyroaring import BitMap

from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.access.words import day
from pipewarden.model.access import Level, Path
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Account, Cause, Entity, Machine, Resource
from pipewarden.model.ids import Kind, Ref, members_of, outsiders_of, owners_of
from pipewarden.model.limits import Limits

ENTERPRISE_PLANS = frozenset({"enterprise", "business", "business_plus"})
"""`plan.name` of organizations on GitHub Enterprise."""


class Doubts:
    """Keeps what is not known of one thing from silencing what is known of the others.

    Judge each thing inside `with doubts:`, then call `settle()`: the hits stand, and the subject counts
    as not assessed in full.
    """

    def __init__(self) -> None:
        self._first: Missing | None = None
        self._count = 0

    def __enter__(self) -> Self:
        """Begin to judge one thing."""
        return self

    def add(self, missing: Missing) -> None:
        """Remember that something was not known."""
        self._first = self._first or missing
        self._count += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        """Remember that something was not known; anything else goes on."""
        if not isinstance(error, Missing):
            return False
        self.add(error)
        return True

    def settle(self) -> None:
        """Raise Missing where anything was not known."""
        if self._first is not None:
            gap = self._first
            detail = gap.detail if self._count == 1 else f"{gap.detail} ({self._count} times)".strip()
            raise Missing(gap.scope, gap.facet, gap.cause, detail, gap.permission)


def need_where_offered(view: View, scope: Ref, *facets: str) -> None:
    """Raise Missing where a facet was not read; a plan without the feature holds nothing of it, and that is known."""
    for facet in facets:
        gap = view.gap(scope, facet)
        if gap is not None and gap.cause is not Cause.PLAN:
            raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)


def need_inside(view: View, scope: Ref, *facets: str) -> None:
    """Raise Missing where a facet of anything inside a scope was not read, or of the scope itself."""
    view.need(scope, *facets)
    outer = view.snapshot.ordinal(scope)
    # what was not listed at all has everything in it that was not read
    lists = {Facet.REPO_SETTINGS} if any(each.startswith("repository.") for each in facets) else set()
    for gap in view.gaps:
        unlisted = gap.facet in lists and gap.scope.kind is not Kind.REPOSITORY and gap.cause is not Cause.PLAN
        if gap.facet in facets or unlisted:
            ordinal = view.snapshot.ordinal(gap.scope)
            if ordinal is not None and outer in tuple(view.snapshot.scopes(ordinal)):
                raise Missing(gap.scope, gap.facet, gap.cause, gap.detail, gap.permission)


# --- words ----------------------------------------------------------------------------------------


def many(count: int, one: str, more: str = "") -> str:
    """Return a number with its noun: `1 repository`, `3 repositories`."""
    plural = more or (f"{one[:-1]}ies" if re.search("[^aeiou]y$", one) else f"{one}s")
    return f"{count:,} {one if count == 1 else plural}"


def quoted(name: str) -> str:
    """Return a name that somebody made up, set apart from the sentence around it: the role “role keeper”."""
    return f"“{name}”"


def listed(names: Iterable[str], limit: int = 4) -> str:
    """Return names as people read them: `alice, bob and carol`, `alice, bob, carol, dave and 3 more`."""
    known = list(names)
    shown = known[:limit]
    if len(known) > limit:
        return f"{', '.join(shown)} and {len(known) - limit} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def last_seen(view: View, somebody: Account | Machine, organization: Resource) -> datetime:
    """Return the newest sign of activity that was read; raises Missing with the reason why there is none.

    Not to be in the audit log is no proof of idleness: it tells of changes, and of Git for a week only.
    """
    if somebody.last_used_at is not None:
        return somebody.last_used_at
    view.need(organization.ref, Facet.ORG_AUDIT_LOG)
    since = view.attribute(organization, "activity_since", default=None)
    told = (
        f"the audit log has shown nothing of {somebody.name} since {since[:10]}"
        if since
        else "no sign of activity was read"
    )
    raise Missing(somebody.ref, Facet.ORG_AUDIT_LOG, Cause.MISSING_FIELD, told)


def silence(view: View, account: Account | Machine) -> str:
    """Return how long nothing was seen and in which sense: `since 2026-01-02, 242 days ago (last push)`."""
    seen = account.last_used_at
    age = view.age(seen)
    if seen is None or age is None:
        return "at any time that could be read"
    source = account.attributes.get("last_used_source")
    return f"since {day(seen)}, {many(age.days, 'day')} ago" + (f" ({source})" if source else "")


# --- GitHub facts ---------------------------------------------------------------------------------


def is_managed(view: View, organization: Resource) -> bool:
    """Tell whether an organization is known to have enterprise managed users."""
    return view.attribute(organization, "emu", default=False) is True


def not_for_managed_users(view: View, organization: Resource) -> None:
    """Raise NotApplicable where the identity provider answers for the second factor, not GitHub.

    https://docs.github.com/en/enterprise-cloud@latest/admin/concepts/identity-and-access-management/enterprise-managed-users
    """
    if is_managed(view, organization):
        raise NotApplicable(
            f"{organization.name} has managed users: their identity provider asks for the second factor"
        )


def only_on_enterprise(view: View, organization: Resource, what: str) -> None:
    """Raise NotApplicable where the plan is known and does not have a feature."""
    plan = view.attribute(organization, "plan", "name", default=None)
    if plan is not None and plan not in ENTERPRISE_PLANS:
        raise NotApplicable(f"{what} is part of GitHub Enterprise Cloud; {organization.name} is on the plan {plan}")


def enterprise_of(view: View, organization: Resource) -> Resource | None:
    """Return the enterprise of an organization, where one was seen."""
    found = view.find(organization.parent)
    return found if isinstance(found, Resource) and found.ref.kind is Kind.ENTERPRISE else None


def single_sign_on(view: View, organization: Resource) -> Resource | None:
    """Return what single sign-on is set up on: the organization, its enterprise, or None where it is not.

    Raises Missing where that cannot be seen.
    """
    if is_managed(view, organization):
        return enterprise_of(view, organization) or organization
    if view.attribute(organization, "samlIdentityProvider", facet=Facet.ORG_SAML) is not None:
        return organization
    enterprise = enterprise_of(view, organization)
    if enterprise is None:
        return None
    provider = view.attribute(enterprise, "owner_info", "samlIdentityProvider", facet=Facet.ENT_SETTINGS)
    other = view.attribute(enterprise, "owner_info", "oidcProvider", default=None)
    return None if provider is None and other is None else enterprise


def is_linked(view: View, account: Account, provider: Resource) -> bool:
    """Tell whether an account is linked to an identity of the single sign-on that `single_sign_on` found.

    Where the organization itself has it, all linked identities were listed and an account without one has none.
    """
    if account.attributes.get("saml") or account.attributes.get("scim"):
        return True
    if provider.ref.kind is Kind.ORGANIZATION:
        return False
    return bool(view.attribute(account, "saml", facet=Facet.ORG_SAML))


def company_domains(view: View, organization: Resource, limits: Limits) -> tuple[str, ...]:
    """Return the company's mail domains: as set, else the verified ones; raises NotApplicable where there are none."""
    return limits.company_domains or verified_domains(view, organization)


def verified_domains(view: View, organization: Resource) -> tuple[str, ...]:
    """Return the mail domains that an organization has verified; raises NotApplicable where there are none."""
    domains = view.given(organization, "domains", facet=Facet.ORG_SECURITY_SETTINGS)
    verified = tuple(str(each["domain"]).lower() for each in domains if each.get("isVerified"))
    if not verified:
        raise NotApplicable(f"{organization.name} has no verified domain to compare with")
    return verified


def is_foreign(address: str, domains: Iterable[str]) -> bool:
    """Tell whether a mail address belongs to none of some domains or their subdomains."""
    _, _, host = address.lower().rpartition("@")
    return not any(host == domain or host.endswith(f".{domain}") for domain in domains)


def words_of(login: str) -> list[str]:
    """Return the words of a login, in lower case: `acme-CI_bot2` has `acme`, `ci`, `bot2`, `bot`."""
    parts = [part for part in re.split(r"[^a-z0-9]+", login.lower()) if part]
    return parts + [bare for part in parts if (bare := part.rstrip("0123456789")) and bare != part]


def is_bot(account: Account, limits: Limits) -> bool:
    """Tell whether an account is a machine's: GitHub says so, or its login does."""
    if account.attributes.get("type") == "Bot":
        return True
    words = words_of(account.name)
    return any(word in limits.bot_words or (word.endswith("bot") and len(word) > 3) for word in words)


def ordinary_members(view: View, organization: Resource) -> list[Account]:
    """Return the members who are not owners: owners have checks of their own."""
    owners = {account.ref for account in view.owners(organization.ref)}
    return [account for account in view.people(organization.ref) if account.ref not in owners]


def is_inside(view: View, account: Ref, organization: Resource) -> bool:
    """Tell whether an account is a member, owner or outside collaborator of an organization.

    Raises Missing where either list was not read and the account is in neither.
    """
    groups = (members_of(organization.ref), owners_of(organization.ref), outsiders_of(organization.ref))
    if any(view.is_in(account, group) for group in groups):
        return True
    view.need(organization.ref, Facet.ORG_MEMBERS, Facet.ORG_OUTSIDERS)
    return False


def is_archived(view: View, repository: Resource) -> bool:
    """Tell whether a repository is read-only for good."""
    return bool(view.given(repository, "archived", facet=Facet.REPO_SETTINGS))


def is_public(view: View, repository: Resource) -> bool:
    """Tell whether everybody can read a repository. Raises Missing where its settings do not say."""
    return bool(view.given(repository, "visibility", facet=Facet.REPO_SETTINGS) == "public")


def living(view: View, repository: Resource) -> None:
    """Raise NotApplicable for an archived repository: nobody can push to it or run its workflows."""
    if is_archived(view, repository):
        raise NotApplicable(f"{repository.name} is archived")


def has_workflows(view: View, repository: Resource) -> bool:
    """Tell whether a repository has a workflow; an action that others use is none."""
    return any(not each.attributes.get("action") for each in view.inside(repository.ref, Kind.WORKFLOW))


def accounts_at(view: View, repository: Resource, level: Level) -> BitMap:
    """Return the ordinals of the accounts whose effective role on a repository is at least `level`."""
    ordinal = view.snapshot.ordinal(repository.ref)
    if ordinal is None:
        return BitMap()
    return view.engine.graph.holders(ordinal, level) & view.account_set


def named(view: View, ordinals: BitMap, limit: int = 8) -> str:
    """Return the names behind some ordinals in a sentence; of a crowd only the first few are looked up."""
    names = [view.snapshot.name_of(ordinal) for ordinal in islice(ordinals, limit)]
    rest = len(ordinals) - len(names)
    return f"{', '.join(names)} and {rest:,} more" if rest else listed(names, limit)


def routes(view: View, principal: Ref | None, repository: Resource) -> tuple[Path, ...]:
    """Return every path from a principal to a repository, as the proof of a finding."""
    return () if principal is None else tuple(view.engine.grants_between(principal, repository.ref))


def private_repositories(view: View, organization: Resource, doubts: Doubts) -> Iterator[Resource]:
    """Yield the repositories of an organization that not everybody can read anyway; of the others, doubts are kept."""
    for repository in view.repositories(organization.ref):
        with doubts:
            if not is_public(view, repository):
                yield repository


def owner_of(view: View, machine: Machine) -> str:
    """Return the name of a credential's owner in words."""
    return view.name(machine.owner) if machine.owner else "somebody"


def flat_permissions(machine: Entity, view: View, facet: str) -> dict[str, str]:
    """Return an app's or token's permissions by name; those of a token are grouped and put together here."""
    given: dict[str, Any] = view.given(machine, "permissions", facet=facet)
    flat: dict[str, str] = {}
    for name, value in given.items():
        if isinstance(value, dict):
            flat |= {str(inner): str(access) for inner, access in value.items()}
        else:
            flat[name] = str(value)
    return flat


def writes(permissions: dict[str, str]) -> list[str]:
    """Return the names of the permissions that may change something, sorted."""
    return sorted(name for name, access in permissions.items() if access in {"write", "admin"})


def moment(text: object) -> datetime:
    """Read a provider's time (ISO 8601). Raises ValueError where it is none."""
    found = text if isinstance(text, datetime) else datetime.fromisoformat(str(text))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
