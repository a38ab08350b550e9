"""Checks about who may log in to a vault: pipelines by their tokens, machines by secret ids, people by passwords; and tokens."""

from collections.abc import Iterator

from pipewarden.access.gitlab.oidc import any_branch as any_branch_of_gitlab
from pipewarden.access.gitlab.oidc import any_project as any_project_of_gitlab
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import listed, many
from pipewarden.checks.trust_reading import PULL_REQUEST, accepts, all_trusts, any_branch, is_bounded, is_loose, told
from pipewarden.checks.vault_policies import VAULTS
from pipewarden.model.access import Capability
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Account, Cause, Machine, Trust
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

JWT = "https://openbao.org/api-docs/auth/jwt/"
APPROLE = "https://openbao.org/api-docs/auth/approle/"
TOKENS = "https://openbao.org/docs/concepts/tokens/"
MFA = "https://openbao.org/docs/auth/login-mfa/"

LONG_SECONDS = 32 * 24 * 3600
"""The longest life that the vault itself gives by default; what is renewed beyond it never ends.

https://openbao.org/docs/concepts/tokens/#the-general-case
"""


def _trusts(role: Machine, view: View) -> list[Trust]:
    found = all_trusts(view, role)  # type: ignore[arg-type]
    if not found:
        raise NotApplicable(f"{role.name} takes no tokens of an issuer")
    return found


@check(
    id="va.role.bound",
    title="A role of the vault is bound to one repository",
    severity=Severity.CRITICAL,
    subject=Kind.SERVICE_ACCOUNT,
    needs=(VaultFacet.ROLES,),
    remedy=(
        "Set bound_claims with repository and environment, or bound_subject, without stars in the repository.",
        "Set bound_audiences to the vault's own address.",
    ),
    source=f"{JWT}#createupdate-role",
    **clauses(VAULTS, "O5"),
)
def bound(role: Machine, view: View) -> Iterator[Hit]:
    """A role that binds no repository is had by every job that its issuer signs for, strangers' too."""
    for trust in _trusts(role, view):
        loose = [each for each in trust.subjects if each.startswith("repo:") and is_loose(each)]
        loose += any_project_of_gitlab(trust)
        if not is_bounded(trust) and (loose or not (trust.subjects or trust.conditions)):
            what = f"every job that fits {told(loose)}" if loose else "every job that its issuer signs for"
            yield Hit(says=f"{what} can log in as {role.name}", because=(trust,), weight=len(loose))
        elif not trust.audiences:
            says = f"{role.name} takes tokens that were made for any audience: it has no bound_audiences"
            yield Hit(says=says, because=(trust,), severity=Severity.MEDIUM)


@check(
    id="va.role.pr",
    title="A role of the vault is out of reach of pull requests and new branches",
    severity=Severity.HIGH,
    subject=Kind.SERVICE_ACCOUNT,
    needs=(VaultFacet.ROLES,),
    remedy=(
        "Add environment, or ref of the protected branch, to the role's bound_claims.",
        "For pull requests use a role of their own whose policy reads nothing secret.",
    ),
    source=f"{JWT}#createupdate-role",
    **clauses(VAULTS, "O4 O5"),
)
def pull_request(role: Machine, view: View) -> Iterator[Hit]:
    """Whoever may push a branch writes the workflow that logs in, before anybody has reviewed it."""
    for trust in _trusts(role, view):
        fitting = [e for e in trust.subjects if e.startswith("repo:") and (accepts(e, PULL_REQUEST) or any_branch(e))]
        fitting += any_branch_of_gitlab(trust)
        if fitting:
            says = f"a job on any branch can log in as {role.name}: it accepts {told(fitting)}"
            yield Hit(says=says, because=(trust,))


@check(
    id="va.approle.secretid",
    title="The secret ids of an AppRole end and are bound to a network",
    severity=Severity.HIGH,
    subject=Kind.SERVICE_ACCOUNT,
    needs=(VaultFacet.ROLES,),
    remedy=(
        "Set secret_id_ttl and secret_id_num_uses, and secret_id_bound_cidrs to the network of the machines.",
        "Make the secret ids that are out anew: those made before keep their old limits.",
    ),
    source=f"{APPROLE}#createupdate-approle",
    **clauses(VAULTS, "O6"),
)
def secret_ids(role: Machine, view: View) -> Iterator[Hit]:
    """A secret id is a password of a machine: one that never ends works for whoever finds it."""
    if role.attributes.get("method") != "approle":
        raise NotApplicable(f"{role.name} is no AppRole")
    if view.given(role, "bind_secret_id", facet=VaultFacet.ROLES) is False:
        yield Hit(says=f"{role.name} asks for no secret id at all", because=(role,))
        return
    ends = bool(view.given(role, "secret_id_ttl", facet=VaultFacet.ROLES))
    uses = bool(view.given(role, "secret_id_num_uses", facet=VaultFacet.ROLES))
    lacks = [word for word, there in (("end", ends), ("limit of uses", uses)) if not there]
    if not view.attribute(role, "secret_id_bound_cidrs", facet=VaultFacet.ROLES):
        lacks.append("bound network")
    if not ends and (not uses or "bound network" in lacks):
        yield Hit(says=f"secret ids of {role.name} have no {listed(lacks)}", because=(role,), weight=len(lacks))


@check(
    id="va.token.ttl",
    title="Tokens of the vault end, and none is a root token",
    severity=Severity.HIGH,
    subject=Kind.ACCESS_TOKEN,
    needs=(VaultFacet.TOKENS,),
    remedy=(
        "Revoke the token by its accessor, and let what used it log in by a role of its own.",
        "Make tokens with explicit_max_ttl, and keep root tokens for an emergency alone.",
    ),
    source=f"{TOKENS}#token-time-to-live-periodic-tokens-and-explicit-max-ttls",
    **clauses(VAULTS, "IA-5"),
)
def token_ends(token: Machine, view: View) -> Iterator[Hit]:
    """A periodic or root token lives as long as somebody renews it, long after its maker has left."""
    policies = [str(each) for each in view.attribute(token, "policies", default=()) or ()]
    kept = [each for each in policies if each != "default"]
    held = f" with {many(len(kept), 'policy')} ({listed(kept)})" if kept else ""
    explicit = token.attributes.get("explicit_max_ttl")
    orphan = " and outlives whoever made it" if token.attributes.get("orphan") is True else ""
    if "root" in policies:
        yield Hit(says=f"{token.name} is a root token: it may do everything{orphan}", because=(token,), weight=100)
    elif token.attributes.get("period") and not explicit:
        says = f"{token.name} is renewed without end{held}{orphan}"
        yield Hit(says=says, because=(token,), weight=len(kept))
    elif token.expires_at is None and view.given(token, "creation_ttl", facet=VaultFacet.TOKENS) == 0:
        yield Hit(says=f"{token.name} never ends{held}{orphan}", because=(token,), weight=len(kept))


@check(
    id="va.userpass",
    title="Who logs in to the vault by password shows a second factor",
    severity=Severity.MEDIUM,
    subject=Kind.ACCOUNT,
    needs=(VaultFacet.ROLES, VaultFacet.MFA),
    remedy=(
        "Enforce a second factor for the method with identity/mfa/login-enforcement, or disable the method.",
        "Let people log in through the identity provider instead.",
    ),
    source=MFA,
    **clauses(VAULTS, "IA-2"),
)
def password(user: Account, view: View) -> Iterator[Hit]:
    """A password of the vault's own knows nothing of the company's sign-on, nor of who has left."""
    method = user.attributes.get("method")
    if method not in {"userpass", "ldap", "radius"}:
        raise NotApplicable(f"{user.name} is no user of a password method")
    inside = {ref for ref in view.around(user.ref) if ref.kind is Kind.FOLDER}
    vaults = [each for each in view.entities(Kind.TENANT) if each.ref.instance == user.ref.instance]
    around = [*vaults, *(each for each in view.entities(Kind.FOLDER) if each.ref in inside)]
    accessor = user.attributes.get("mount")
    for each in [rule for scope in around for rule in view.given(scope, "login_mfa", facet=VaultFacet.MFA)]:
        if accessor in (each.get("auth_method_accessors") or ()) or method in (each.get("auth_method_types") or ()):
            return
    yield Hit(says=f"{user.name} logs in by password alone", because=(user,))


@check(
    id="va.entity.orphan",
    title="Nobody who has left is known to the vault",
    severity=Severity.HIGH,
    subject=Kind.ACCOUNT,
    needs=(VaultFacet.ENTITIES,),
    remedy=(
        "Disable the entity in the vault, and revoke its tokens.",
        "Remove its aliases once the account at the identity provider is gone.",
    ),
    source="https://openbao.org/api-docs/secret/identity/entity/",
    **clauses(VAULTS, "AC-2(3)"),
)
def orphan(entity: Account, view: View) -> Iterator[Hit]:
    """An entity outlives the account at the identity provider, and its tokens and other logins with it."""
    if "aliases" not in entity.attributes:
        raise NotApplicable(f"{entity.name} is no entity")
    gone = view.ended_addresses
    names = {str(alias.get("name")).lower() for alias in entity.attributes["aliases"] or ()}
    mail = (entity.attributes.get("metadata") or {}).get("mail")
    for name in sorted(names | ({str(mail).lower()} if mail else set())):
        if name in gone and entity.attributes.get("disabled") is not True:
            says = f"{entity.name} is still there, and {gone[name].name} is disabled at the identity provider"
            yield Hit(says=says, because=(entity, gone[name]))
            return


@check(
    id="va.reach",
    title="It is known which pipelines read a secret of the vault",
    severity=Severity.INFO,
    subject=Kind.SERVICE_ACCOUNT,
    needs=(VaultFacet.ROLES, VaultFacet.POLICIES, VaultFacet.MOUNTS),
    remedy=("Remove from the role's policies the paths that its pipelines do not read.",),
    source=JWT,
    **clauses(VAULTS, "O5 AC-6"),
)
def reach(role: Machine, view: View) -> Iterator[Hit]:
    """What a role reads is what everybody reads who may change a pipeline that logs in as it."""
    _trusts(role, view)
    people = [each for each in view.who_can(Capability.ASSUME_ROLE, role.ref) if each.principal.kind is Kind.ACCOUNT]
    me = view.snapshot.ordinal(role.ref)
    unseen = view.engine.who_can(Capability.ASSUME_ROLE, role.ref).unseen_people
    if unseen and not people:
        raise Missing(role.ref, "identity.people", Cause.NOT_COLLECTED, unseen[0])
    if not people or me is None:
        return
    read = [s for s in view.secrets_of(role.ref.instance) if me in view.holding(Capability.READ_SECRET, s.ref)]
    if read:
        shown = listed([s.name.removeprefix("vault:") for s in read], 2)
        says = f"{many(len(people), 'person', 'people')} can read {shown} through pipelines that log in as {role.name}"
        yield Hit(says=says, because=people[0].paths[:1], weight=len(people))
