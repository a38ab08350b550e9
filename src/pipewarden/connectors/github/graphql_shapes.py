"""What the rows and settings of GitHub's GraphQL answers must say: the fields that a verdict or a grant rests on.

GraphQL tells in `errors` what it refused: a null that is explained there is a gap already. Every field that was asked
for is in the answer; null stands only where the schema allows it.
https://docs.github.com/en/graphql/reference
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipewarden.connectors.shapes import (
    ABSENT,
    Shape,
    absent_or,
    flag,
    inner,
    leave_out,
    listed,
    null_or,
    number,
    odd_field,
    text,
    texts,
    time,
    word,
)

Place = tuple[str | int, ...]


def string(value: Any) -> bool:
    """Tell whether a value is a text, an empty one too."""
    return isinstance(value, str)


def told(value: Any) -> bool:
    """Tell whether a field that was asked for is there; what it may say is asked elsewhere."""
    return value is not ABSENT


_SWITCH = word("DISABLED", "ENABLED")
_POLICY = word("DISABLED", "ENABLED", "NO_POLICY")
_PERSON: Shape = {"node/databaseId": number, "node/login": text}

_IDENTITY: Shape = {
    "guid": text,
    "user": null_or(inner),
    "user/databaseId": number,
    "user/login": text,
    "samlIdentity": null_or(inner),
    "samlIdentity/nameId": null_or(string),
    "scimIdentity": null_or(inner),
    "scimIdentity/username": null_or(string),
}
"""https://docs.github.com/en/graphql/reference/objects#externalidentity ; an invitation has no user yet."""

_FLAGS = (
    "allowsDeletions", "allowsForcePushes", "blocksCreations", "dismissesStaleReviews", "isAdminEnforced", "lockBranch",
    "requireLastPushApproval", "requiresApprovingReviews", "requiresCodeOwnerReviews", "requiresCommitSignatures",
    "requiresConversationResolution", "requiresLinearHistory", "requiresStatusChecks", "requiresStrictStatusChecks",
    "restrictsPushes", "restrictsReviewDismissals",
)  # fmt: skip

_RULE: Shape = {
    "pattern": text,
    "databaseId": null_or(number),
    **dict.fromkeys(_FLAGS, flag),
    "requiredApprovingReviewCount": null_or(number),
    "requiredDeploymentEnvironments": null_or(texts),
    "requiredStatusChecks": null_or(listed),
    "requiredStatusChecks/*/context": text,
    "requiredStatusChecks/*/app": null_or(inner),
    "requiredStatusChecks/*/app/databaseId": null_or(number),
}
"""https://docs.github.com/en/graphql/reference/objects#branchprotectionrule"""

ROWS: dict[str, Shape] = {
    "members": {
        **_PERSON,
        "role": told,
        "hasTwoFactorEnabled": null_or(flag),
        "node/organizationVerifiedDomainEmails": null_or(texts),
    },
    "teams": {
        "parentTeam": null_or(inner),
        "parentTeam/databaseId": number,
        "ancestors": inner,
        "ancestors/totalCount": number,
    },
    "team_repositories": {"node/databaseId": number, "node/nameWithOwner": text},
    "collaborators": {
        **_PERSON,
        "permissionSources": null_or(listed),
        "permissionSources/*/source": inner,
        "permissionSources/*/source/__typename": word("Organization", "Repository", "Team"),
        "permissionSources/*/permission": text,
        "permissionSources/*/roleName": null_or(string),
    },
    "protection": _RULE,
    "protection allowances": {
        "actor": null_or(inner),
        "actor/__typename": word("App", "Team", "User"),
        "actor/databaseId": null_or(number),
    },
    "rulesets": {
        "databaseId": null_or(number),
        "source": inner,
        "source/__typename": word("Enterprise", "Organization", "Repository"),
    },
    "environments": {"name": text, "databaseId": null_or(number)},
    "saml": _IDENTITY,
    "enterprise_saml": _IDENTITY,
    "enterprise_oidc": _IDENTITY,
    "enterprise": {**_PERSON, "role": word("BILLING_MANAGER", "OWNER", "UNAFFILIATED")},
    "organization": {"domain": text, "isVerified": flag},
}
"""What the rows must say that each query lists; of `organization` its domains, of `enterprise` its administrators,
of `teams` what each stands in: a team whose parent is not understood is still a team.

An actor that is null, or whose id is, is one that is not shown.
"""

USED: Shape = {
    "nameWithOwner": text,
    "isArchived": flag,
    "owner": inner,
    "owner/__typename": word("Organization", "User"),
    "owner/isVerified": absent_or(null_or(flag)),
    "defaultBranchRef": null_or(inner),
    "defaultBranchRef/name": text,
    "tags": inner,
    "tags/totalCount": number,
}
"""What must be said of a repository whose actions are used. https://docs.github.com/en/graphql/reference/objects#repository"""

SAID_WITH: dict[str, tuple[tuple[str, str], ...]] = {
    "protection": (
        ("requiresApprovingReviews", "requiredApprovingReviewCount"),
        ("requiresStatusChecks", "requiredStatusChecks"),
    ),
}
"""Fields that may be null, but not where another one says that they matter."""

SETTINGS: dict[str, Shape] = {
    "organization": {
        "isVerified": flag,
        "ipAllowListEnabledSetting": _SWITCH,
        "ipAllowListForInstalledAppsEnabledSetting": _SWITCH,
        "notificationDeliveryRestrictionEnabledSetting": _SWITCH,
        "requiresTwoFactorAuthentication": null_or(flag),
        "samlIdentityProvider": null_or(inner),
        "membersCanForkPrivateRepositories": flag,
        "domains": null_or(inner),
    },
    "enterprise": {
        "twoFactorRequiredSetting": word("ENABLED", "NO_POLICY"),
        "twoFactorDisallowedMethodsSetting": word("INSECURE", "NO_POLICY"),
        "repositoryDeployKeySetting": _POLICY,
        "membersCanInviteCollaboratorsSetting": _POLICY,
        "membersCanChangeRepositoryVisibilitySetting": _POLICY,
        "membersCanDeleteRepositoriesSetting": _POLICY,
        "membersCanCreateRepositoriesSetting": null_or(word("ALL", "DISABLED", "NO_POLICY", "PRIVATE", "PUBLIC")),
        "allowPrivateRepositoryForkingSetting": _POLICY,
        "defaultRepositoryPermissionSetting": word("ADMIN", "NONE", "NO_POLICY", "READ", "WRITE"),
        "ipAllowListEnabledSetting": _SWITCH,
        "notificationDeliveryRestrictionEnabledSetting": _SWITCH,
        "affiliatedUsersWithTwoFactorDisabledExist": flag,
        "samlIdentityProvider": null_or(inner),
        "oidcProvider": null_or(inner),
    },
    "repositories": {
        "isArchived": flag,
        "isDisabled": flag,
        "isFork": flag,
        "parent": null_or(inner),
        "isTemplate": flag,
        "isEmpty": flag,
        "createdAt": time,
        "pushedAt": null_or(time),
        "forkingAllowed": flag,
        "autoMergeAllowed": flag,
        "webCommitSignoffRequired": flag,
        "defaultBranchRef": null_or(inner),
        "defaultBranchRef/name": text,
        "deployKeys": null_or(inner),
        "deployKeys/totalCount": number,
    },
}
"""What the settings must say that each query reads of one thing; one that does not is not known, and the others stay."""


def odd_in(row: Any, query: str, refused: Iterable[Place]) -> str:
    """Return the first field of a row that is not as it must be and was not refused; empty where all are."""
    shape = ROWS.get(query, {})
    odd = _odd(row, query, shape)
    if not odd or not (gone := list(refused)):
        return odd
    return _odd(row, query, {path: test for path, test in shape.items() if not any(_above(at, path) for at in gone)})


def _odd(row: Any, query: str, shape: Shape) -> str:
    more = (what for asked, what in SAID_WITH.get(query, ()) if row.get(asked) is True and row.get(what) is None)
    return odd_field(row, shape) or next((what for what in more if what in shape), "")


def _above(place: Place, path: str) -> bool:
    """Tell whether a field was refused, or something that holds it."""
    steps = path.split("/")
    return len(place) <= len(steps) and all(
        there in {step, "*"} if isinstance(step, str) else there == "*"
        for there, step in zip(steps, place, strict=False)
    )


def settings(found: Mapping[str, Any], query: str, refused: Iterable[Place]) -> dict[str, Any]:
    """Return settings without those that are not as they must be: each is told, and is then not known."""
    gone = {place[0] for place in refused if place}
    kept = dict(found)
    for path, test in SETTINGS[query].items():
        name = path.partition("/")[0]
        if name not in gone and odd_field(found, {path: test}):
            if name in kept or "/" not in path:
                leave_out(f"graphql {query}", path.replace("/", "."))
            kept.pop(name, None)
    return kept
