"""The numbers that checks compare with: days, counts and words, each with the reason for its default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Thresholds of all checks. Days are whole days before the snapshot; a limit itself is still accepted."""

    member_stale_days: int = 90
    """CIS Software Supply Chain 1.3.1 reviews inactive users at least every three months."""
    owner_stale_days: int = 180
    """An owner may rightly be rare at work: half a year, twice the span of a member."""
    outsider_stale_days: int = 90
    """Outside collaborators come for a task; three months of silence means that it is over (CIS 1.3.1)."""
    invitation_days: int = 7
    """An invitation to an organization expires after seven days.

    https://docs.github.com/en/organizations/managing-membership-in-your-organization/inviting-users-to-join-your-organization
    """
    owners_max: int = 3
    """GitHub advises at least two owners and as few as possible beyond; three let one be on holiday."""
    owners_min: int = 2
    """"We recommend that you have at least two people with owner permissions".

    https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/maintaining-ownership-continuity-for-your-organization
    """
    enterprise_owners_max: int = 5
    """An enterprise owner may take every organization; a handful covers shifts and holidays."""
    repository_admins_max: int = 3
    """Administrators of a repository beside the organization's owners: CIS 1.3.7 asks for two."""
    repository_admins_min: int = 2
    """CIS 1.3.7: at least two administrators, owners counted."""
    security_managers_max: int = 15
    """A security manager reads every repository and alert; above a large team's size that is no role."""
    reviewing_team_min: int = 2
    """A team that must review and has one member cannot review what that member did."""
    app_stale_days: int = 90
    """CIS 1.4.2 removes stale applications; the span of a stale member."""
    trusted_app_owners: tuple[str, ...] = ("github", "actions")
    """Logins whose apps need no further question: the host itself. The organization's own apps are always trusted."""
    token_lifetime_days: int = 366
    """GitHub's own default bound for fine-grained tokens is 366 days.

    https://docs.github.com/en/organizations/managing-programmatic-access-to-your-organization/setting-a-personal-access-token-policy-for-your-organization
    """
    token_stale_days: int = 90
    """GitHub deletes tokens after a year without use; a quarter tells enough (NIST AC-2(3))."""
    token_request_days: int = 7
    """A request that nobody answers for a week is not being reviewed."""
    classic_proof_days: int = 30
    """A classic token that worked this recently proves that the organization lets classic tokens in."""
    ssh_key_days: int = 365
    """Yearly rotation of authenticators (NIST IA-5(1))."""
    deploy_key_stale_days: int = 90
    """GitHub's audit advice is to remove keys not used for three months."""
    deploy_key_days: int = 365
    """Yearly rotation of authenticators (NIST IA-5(1))."""
    company_domains: tuple[str, ...] = ()
    """Mail domains of the company; where empty, the organization's verified domains stand for them."""
    bot_words: tuple[str, ...] = (
        "bot",
        "ci",
        "cicd",
        "svc",
        "service",
        "serviceaccount",
        "automation",
        "automated",
        "jenkins",
        "machine",
        "deployer",
        "deploybot",
        "renovate",
        "robot",
        "sync",
        "terraform",
    )
    """Words of a login, between dashes or at its end, that tell a machine user."""
    shared_words: tuple[str, ...] = (
        "admin",
        "admins",
        "dev",
        "devs",
        "developers",
        "engineering",
        "generic",
        "group",
        "ops",
        "devops",
        "shared",
        "support",
        "team",
        "test",
        "temp",
    )
    """Words of a login that tell a role or a group of people rather than one person."""


LIMITS = Limits()
"""The defaults."""
