"""The thresholds of all checks: days, counts and words, each with its unit, its bounds and the reason for its default."""

from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

CENTURY = 36_500
"""The most days a limit may have: whoever wants a check never to speak switches it off instead."""
CROWD = 1_000_000
"""The most people a limit may have."""


def _days(meaning: str, because: str) -> Meta:
    return Meta(ge=1, le=CENTURY, description=meaning, extra={"unit": "days", "because": because})


def _people(meaning: str, because: str, least: int = 1) -> Meta:
    return Meta(ge=least, le=CROWD, description=meaning, extra={"unit": "people", "because": because})


def _words(meaning: str, because: str) -> Meta:
    return Meta(description=meaning, extra={"unit": "", "because": because})


Word = Annotated[str, Meta(pattern=r"^[a-z0-9]+$")]
"""A word of a login, in lower case."""
Host = Annotated[str, Meta(pattern=r"^[a-z0-9_][a-z0-9_.-]*$")]
"""A domain or host name in lower case, without a scheme, a port or a leading dot."""
Repository = Annotated[str, Meta(pattern=r"^[^/\s]+/[^/\s]+$")]
"""A repository as people write it: `acme/web`."""
Login = Annotated[str, Meta(min_length=1)]

SIX_MONTHS = "An owner may rightly be rare at work: half a year, twice the span of a member."
QUARTER = "CIS Software Supply Chain 1.3.1 reviews inactive users at least every three months."
YEARLY = "Yearly rotation of authenticators (NIST IA-5(1))."


class Limits(Struct, frozen=True, kw_only=True):
    """Thresholds of all checks. Days are whole days before the snapshot; a limit itself is still accepted."""

    member_stale_days: Annotated[int, _days("Silence after which a member counts as inactive.", QUARTER)] = 90
    owner_stale_days: Annotated[int, _days("Silence after which an owner counts as inactive.", SIX_MONTHS)] = 180
    outsider_stale_days: Annotated[
        int,
        _days(
            "Silence after which an outside collaborator counts as inactive.",
            "They come for a task; three months of silence means that it is over (CIS 1.3.1).",
        ),
    ] = 90
    invitation_days: Annotated[
        int,
        _days(
            "Days that an invitation may wait for its answer.",
            "An invitation to an organization expires after seven days: "
            "https://docs.github.com/en/organizations/managing-membership-in-your-organization/"
            "inviting-users-to-join-your-organization",
        ),
    ] = 7
    owners_max: Annotated[
        int,
        _people(
            "Owners that an organization may have.",
            "GitHub advises two owners and as few as possible beyond; three let one be on holiday.",
        ),
    ] = 3
    owners_min: Annotated[
        int,
        _people(
            "Owners that an organization must have, machines not counted.",
            "“We recommend that you have at least two people with owner permissions”: "
            "https://docs.github.com/en/organizations/managing-peoples-access-to-your-organization-with-roles/"
            "maintaining-ownership-continuity-for-your-organization",
        ),
    ] = 2
    global_admins_max: Annotated[
        int,
        _people(
            "Global Administrators that an Entra tenant may have.",
            "Microsoft advises fewer than five: "
            "https://learn.microsoft.com/en-us/entra/identity/role-based-access-control/best-practices",
        ),
    ] = 4
    global_admins_min: Annotated[
        int,
        _people(
            "Global Administrators that an Entra tenant must have.", "One alone may be locked out with all others."
        ),
    ] = 2
    client_secret_days: Annotated[
        int,
        _days(
            "Days that a secret of an application may live.",
            "Microsoft advises six months at most: "
            "https://learn.microsoft.com/en-us/entra/identity-platform/how-to-add-credentials",
        ),
    ] = 180
    enterprise_owners_max: Annotated[
        int,
        _people(
            "Owners that an enterprise may have.",
            "An enterprise owner may take every organization; a handful covers shifts and holidays.",
        ),
    ] = 5
    repository_admins_max: Annotated[
        int,
        _people(
            "Administrators that a repository may have beside the organization's owners.",
            "CIS 1.3.7 asks for two; three let one be on holiday.",
            least=0,
        ),
    ] = 3
    repository_admins_min: Annotated[
        int,
        _people("Administrators that a repository must have, owners counted.", "CIS 1.3.7: at least two."),
    ] = 2
    security_managers_max: Annotated[
        int,
        _people(
            "People who may be security managers of an organization.",
            "A security manager reads every repository and alert; above a large team's size that is no role.",
            least=0,
        ),
    ] = 15
    reviewing_team_min: Annotated[
        int,
        _people(
            "Members that a team must have that is to review something.",
            "A team of one cannot review what its member did.",
        ),
    ] = 2
    bypass_team_max: Annotated[
        int,
        _people(
            "Members that a team may have that is let through by a rule.",
            "A team that may pass rules should fit on one rota; more people is the rule's absence.",
            least=0,
        ),
    ] = 5
    environment_reviewers_min: Annotated[
        int,
        _people(
            "People who must be able to approve deployments to an environment that asks for an approval.",
            "One reviewer on holiday stops deployments, or is asked to approve their own.",
        ),
    ] = 2
    app_stale_days: Annotated[
        int,
        _days(
            "Silence after which an installed app counts as unused.",
            "CIS 1.4.2 removes stale applications; the span of a stale member.",
        ),
    ] = 90
    token_lifetime_days: Annotated[
        int,
        _days(
            "Days that a fine-grained token may live in all.",
            "GitHub's own default for fine-grained tokens: https://docs.github.com/en/organizations/"
            "managing-programmatic-access-to-your-organization/setting-a-personal-access-token-policy-for-your-organization",
        ),
    ] = 366
    token_stale_days: Annotated[
        int,
        _days(
            "Silence after which a token or a person's SSH key counts as unused.",
            "GitHub deletes tokens after a year without use; a quarter tells enough (NIST AC-2(3)).",
        ),
    ] = 90
    token_request_days: Annotated[
        int,
        _days(
            "Days that a request for a fine-grained token may wait for its answer.",
            "A request that nobody answers for a week is not being reviewed.",
        ),
    ] = 7
    classic_proof_days: Annotated[
        int,
        _days(
            "How recently a classic token must have worked to prove that the organization lets classic tokens in.",
            "The policy may have been changed since: a month is near enough to now.",
        ),
    ] = 30
    ssh_key_days: Annotated[int, _days("Age after which a person's SSH key is due for renewal.", YEARLY)] = 365
    deploy_key_stale_days: Annotated[
        int,
        _days(
            "Silence after which a deploy key counts as unused.",
            "GitHub's audit advice is to remove keys not used for three months.",
        ),
    ] = 90
    deploy_key_days: Annotated[int, _days("Age after which a deploy key is due for renewal.", YEARLY)] = 365
    secret_days: Annotated[
        int,
        _days(
            "Age after which a secret is due for renewal.",
            f"{YEARLY} GitHub tells only when a secret was last written.",
        ),
    ] = 365
    artifact_days: Annotated[
        int,
        _days(
            "Days that artifacts and logs of workflows may be kept.",
            "GitHub keeps them for 90 days unless somebody says otherwise: "
            "https://docs.github.com/en/organizations/managing-organization-settings/"
            "configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization",
        ),
    ] = 90
    changed_days: Annotated[
        int,
        _days(
            "Days for which a change in the audit log is told.",
            "Whoever looks once a month sees each of them once; what is older is history.",
        ),
    ] = 31
    repository_stale_days: Annotated[
        int,
        _days(
            "Days without a push after which a repository counts as abandoned.",
            "No push for a year: nobody looks after what it still holds (CIS 1.2.7).",
        ),
    ] = 365
    trusted_app_owners: Annotated[
        tuple[Login, ...],
        _words(
            "Logins whose apps need no further question.",
            "The host itself. The organization's own apps and those of its enterprise are always trusted.",
        ),
    ] = ("github", "actions")
    trusted_action_owners: Annotated[
        tuple[Login, ...],
        _words(
            "Logins whose actions and reusable workflows need no further question.",
            "The host itself. The organization's own are always trusted, and whoever has a verified domain is.",
        ),
    ] = ("actions", "github")
    company_domains: Annotated[
        tuple[Host, ...],
        _words(
            "Mail domains of the company.",
            "Where none is set, the organization's verified domains stand for them.",
        ),
    ] = ()
    hook_hosts: Annotated[
        tuple[Host, ...],
        _words(
            "Domains and hosts that webhooks may send to.",
            "Beside those of the company, which are always allowed.",
        ),
    ] = ()
    public_repositories: Annotated[
        tuple[Repository, ...],
        _words(
            "Repositories that are meant to be public.",
            "Nobody but the team knows; where none is set, nothing is said of them.",
        ),
    ] = ()
    bot_words: Annotated[
        tuple[Word, ...],
        _words(
            "Words of a login, between dashes, that tell a machine.",
            "Common names of machine users; a word that ends in `bot` tells one as well.",
        ),
    ] = (
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
    shared_words: Annotated[
        tuple[Word, ...],
        _words(
            "Words of a login, between dashes, that tell a group rather than one person.",
            "Common names of accounts whose password several people know.",
        ),
    ] = (
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


LIMITS = Limits()
"""The defaults."""


class Limit(Struct, frozen=True, kw_only=True):
    """One threshold as it is explained: its unit (`days`, `people`, "" for words), its default, and why it is so."""

    name: str
    unit: str
    default: int | tuple[str, ...]
    meaning: str
    because: str

    def words(self, value: int | tuple[str, ...]) -> str:
        """Write a value with its unit: `90 days`, `1 person`, `github, actions`, `none`."""
        if isinstance(value, tuple):
            return ", ".join(value) or "none"
        single = {"days": "day", "people": "person"}
        return f"{value:,} {single[self.unit] if value == 1 else self.unit}"


def _limit(name: str, hint: Any) -> Limit:
    _, meta = get_args(hint)
    return Limit(
        name=name,
        unit=meta.extra["unit"],
        default=getattr(LIMITS, name),
        meaning=meta.description,
        because=meta.extra["because"],
    )


ABOUT: dict[str, Limit] = {
    name: _limit(name, hint) for name, hint in get_type_hints(Limits, include_extras=True).items()
}
"""Every threshold by its name, in the order of the settings page."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the thresholds, for the configuration file: no reference, one property for each."""
    made = msgspec.json.schema(Limits)
    properties = made["$defs"]["Limits"]["properties"]
    for name, each in properties.items():
        about = ABOUT[name]
        each["description"] = f"{about.meaning} {about.because}"
        if about.unit:
            each["x-unit"] = about.unit
        if isinstance(about.default, tuple):
            each |= {"default": list(about.default), "uniqueItems": True}
    return {"type": "object", "additionalProperties": False, "properties": properties}
