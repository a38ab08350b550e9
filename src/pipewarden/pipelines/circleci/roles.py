"""The role of a cloud or vault that a command takes with the job's OIDC token.

https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

MOST_CHARACTERS = 50_000


class Role(NamedTuple):
    """A role as far as the file names it; both empty where a command takes none."""

    name: str
    provider: str


NONE = Role("", "")
_CONTINUED = re.compile(r"\\\r?\n[ \t]*")
_VALUE = r"[ =]+[\"']?(?P<role>[^\s\"';&|]+)"
_WAYS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    ("aws", "assume-role-with-web-identity", re.compile(rf"--role-arn{_VALUE}")),
    ("gcp", "workload-identity-pools", re.compile(rf"--service-account{_VALUE}")),
    ("azure", "--federated-token", re.compile(rf"(?:--username|-u|--client-id){_VALUE}")),
    ("vault", "/login", re.compile(r"\brole=[\"']?(?P<role>[^\s\"';&|]+)")),
)
"""The provider, what its command says, and where that names the role.

https://docs.aws.amazon.com/cli/latest/reference/sts/assume-role-with-web-identity.html
https://cloud.google.com/sdk/gcloud/reference/iam/workload-identity-pools/create-cred-config
https://learn.microsoft.com/en-us/cli/azure/reference-index#az-login
https://developer.hashicorp.com/vault/docs/auth/jwt#via-the-cli
"""
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"


def role_in(script: str, literals: Mapping[str, str]) -> Role:
    """Return the role that a script takes by the token, with variables put in that the file itself sets.

    The tools of AWS take the role of the environment by themselves where it names a file with the token.
    https://docs.aws.amazon.com/sdkref/latest/guide/access-assume-role-web.html
    """
    for provider, word, pattern in _WAYS:
        if word not in script or (provider == "vault" and "jwt" not in script):
            continue
        found = pattern.search(_CONTINUED.sub(" ", script[:MOST_CHARACTERS]))
        return Role(_put_in(found["role"], literals) if found else literals.get("AWS_ROLE_ARN", ""), provider)
    if _FILE in script or (_FILE in literals and "aws " in script):
        named = re.search(r"\bAWS_ROLE_ARN=[\"']?([^\s\"';&|]+)", script[:MOST_CHARACTERS])
        return Role(_put_in(named[1], literals) if named else literals.get("AWS_ROLE_ARN", ""), "aws")
    return NONE


def _put_in(text: str, literals: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: literals.get(found[1], found[0]), text)
