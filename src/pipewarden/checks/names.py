"""Names that tell what something is for: production, a cloud's long-lived key, somebody's token."""

import re

PRODUCTION = frozenset({"prod", "production", "prd", "live", "release", "releases", "publish", "pypi", "npm"})
"""Words of an environment or secret that is for what customers use.

https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments (production)
"""

CLOUD_KEYS: tuple[tuple[str, str], ...] = (
    (r"AWS_(SECRET_)?ACCESS_KEY(_ID)?", "AWS"),
    (r"AZURE_CREDENTIALS|AZURE_CLIENT_SECRET|ARM_CLIENT_SECRET|AZURE_PASSWORD", "Azure"),
    (
        r"(GCP|GCLOUD|GOOGLE|GKE)_(SA_KEY|SERVICE_ACCOUNT_KEY|SERVICE_KEY|CREDENTIALS|APPLICATION_CREDENTIALS|KEY)",
        "GCP",
    ),
    (r"GOOGLE_APPLICATION_CREDENTIALS_JSON|FIREBASE_SERVICE_ACCOUNT\w*", "GCP"),
)
"""Names under which the clouds' own actions take a long-lived key, and whose it is.

https://github.com/aws-actions/configure-aws-credentials (aws-access-key-id, aws-secret-access-key)
https://github.com/Azure/login (creds, AZURE_CREDENTIALS, client secret)
https://github.com/google-github-actions/auth (credentials_json: GCP_CREDENTIALS)
https://developer.hashicorp.com/terraform/language/backend/azurerm (ARM_CLIENT_SECRET)
"""

_CLOUD = tuple((re.compile(rf"(?:^|_)(?:{pattern})(?:$|_)"), cloud) for pattern, cloud in CLOUD_KEYS)

_PERSONAL = re.compile(
    r"(?:^|_)(?:PAT|GITHUB_PAT|GH_PAT|PERSONAL_ACCESS_TOKEN|PERSONAL_TOKEN|GH_TOKEN|GHTOKEN|GITHUB_API_TOKEN|BOT_TOKEN"
    r"|APP_PRIVATE_KEY|APP_PEM|GH_APP_KEY)(?:$|_)"
)
"""Names that workflows give personal access tokens and private keys of GitHub apps.

https://github.com/actions/create-github-app-token (private-key: secrets.PRIVATE_KEY, APP_PRIVATE_KEY)
https://github.com/actions/checkout (token: a personal access token, written PAT in most of the examples)
"""


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: `prod-eu_2` has `prod`, `eu`, `2`."""
    return [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]


def is_production(name: str) -> bool:
    """Tell whether a name says that something is for production; `nonprod` and `pre-prod` do not."""
    found = words(name)
    if {"pre", "non", "not", "test", "dev"} & set(found):
        return False
    return any(word in PRODUCTION for word in found)


def cloud_of(name: str) -> str:
    """Return whose long-lived key a secret of this name is, "" where the name tells none."""
    return next((cloud for pattern, cloud in _CLOUD if pattern.search(name.upper())), "")


def is_personal_token(name: str) -> bool:
    """Tell whether a secret of this name holds a personal access token or an app's private key."""
    return _PERSONAL.search(name.upper()) is not None
