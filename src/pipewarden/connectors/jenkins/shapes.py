"""What the answers of a controller must say: the fields that a verdict or a grant rests on.

https://www.jenkins.io/doc/book/using/remote-access-api/
"""

from collections.abc import Mapping
from typing import Any

from pipewarden.connectors.shapes import (
    Shape,
    absent_or,
    flag,
    inner,
    listed,
    none_or,
    null_or,
    number,
    odd_field,
    text,
    texts,
    word,
)
from pipewarden.errors import UnexpectedAnswer

ROOT: Shape = {
    "numExecutors": absent_or(number),
    "slaveAgentPort": absent_or(number),
    "useCrumbs": absent_or(flag),
    "useSecurity": flag,
}

PERSON: Shape = {"user": inner, "user/id": text, "lastChange": null_or(number)}
"""Who never committed anything that was built has no last change."""

AGENT: Shape = {
    "_class": text,
    "displayName": text,
    "assignedLabels": listed,
    "assignedLabels/*/name": text,
    "numExecutors": absent_or(number),
    "offline": absent_or(flag),
    "jnlpAgent": absent_or(flag),
}

PLUGIN: Shape = {
    "shortName": text,
    "version": absent_or(text),
    "active": absent_or(flag),
    "enabled": absent_or(flag),
    "hasUpdate": absent_or(flag),
}

CONTAINERS = ("Folder", "MultiBranchProject", "OrganizationFolder")
ITEM: Shape = {
    "_class": text,
    "name": text,
    "jobs": absent_or(listed),
    "disabled": none_or(flag),
    "buildable": none_or(flag),
    "lastBuild": none_or(inner),
}
"""Jobs have no list of jobs, and folders are never disabled."""

CREDENTIAL: Shape = {
    "id": text,
    "typeName": text,
    "fingerprint": none_or(inner),
    "fingerprint/usage": listed,
    "fingerprint/usage/*/name": text,
}
"""A credential that no build was seen to use has no fingerprint."""

SIDS = "sids"


def _switches(value: Any) -> bool:
    """Tell whether a value is permissions by name, each on or off."""
    return isinstance(value, dict) and all(isinstance(each, bool) for each in value.values())


def _sid(value: Any) -> bool:
    """Tell whether a value names who a role is assigned to: a word in older versions, an object with a type since."""
    if isinstance(value, dict):
        return text(value.get("sid")) and value.get("type") in {"EITHER", "GROUP", "USER"}
    return text(value)


ROLE: Shape = {
    "permissionIds": _switches,
    "pattern": none_or(text),
    SIDS: absent_or(null_or(listed)),
    f"{SIDS}/*": _sid,
}
"""https://plugins.jenkins.io/role-strategy/"""


def role_lists(value: Any) -> bool:
    """Tell whether a value is roles by name, each with a list of whom it is assigned to."""
    return isinstance(value, dict) and all(
        isinstance(sids, list) and all(_sid(each) for each in sids) for sids in value.values()
    )


def _matrix(value: Any) -> bool:
    """Tell whether a matrix names somebody: one without a line would lock everybody out."""
    return isinstance(value, dict) and any(value.get(key) for key in ("entries", "permissions", "grantedPermissions"))


_STRATEGY = "jenkins/authorizationStrategy"
EXPORT: Shape = {
    "jenkins": inner,
    **{
        f"{_STRATEGY}/{kind}{part}": test
        for kind in ("globalMatrix", "projectMatrix")
        for part, test in (
            ("", absent_or(_matrix)),
            ("/entries", absent_or(listed)),
            ("/permissions", absent_or(texts)),
            ("/grantedPermissions", absent_or(texts)),
        )
    },
    f"{_STRATEGY}/loggedInUsersCanDoAnything/allowAnonymousRead": absent_or(flag),
    "jenkins/securityRealm/local/allowsSignup": absent_or(flag),
    "jenkins/securityRealm/local/users": absent_or(listed),
    "jenkins/securityRealm/local/users/*/id": text,
    "jenkins/numExecutors": absent_or(number),
    "jenkins/slaveAgentPort": absent_or(number),
    "jenkins/remotingSecurity": absent_or(inner),
    "jenkins/remotingSecurity/enabled": flag,
    "jenkins/crumbIssuer/standard/excludeClientIPFromCrumb": absent_or(flag),
    "security": absent_or(inner),
    "security/queueItemAuthenticator/authenticators": absent_or(listed),
    "security/sSHD/port": absent_or(number),
    "security/scriptApproval/approvedSignatures": absent_or(texts),
    "unclassified": absent_or(inner),
    "unclassified/globalLibraries": absent_or(inner),
    "unclassified/globalLibraries/libraries": absent_or(listed),
    "unclassified/globalLibraries/libraries/*/name": text,
    "unclassified/globalLibraries/libraries/*/implicit": absent_or(flag),
    "unclassified/globalLibraries/libraries/*/allowVersionOverride": absent_or(flag),
    "credentials": absent_or(inner),
    "credentials/system": absent_or(inner),
    "credentials/system/domainCredentials": listed,
    "credentials/system/domainCredentials/*/credentials": listed,
    "credentials/system/domainCredentials/*/credentials/*": inner,
}
"""What of the export is taken. What a setting that has its default is: it is left out."""

SCOPE = word("GLOBAL", "SYSTEM", "USER")


def export_shape(whole: Mapping[str, Any]) -> Shape:
    """Return what an export must say: a strategy or realm without settings is one word."""
    shape, jenkins = dict(EXPORT), whole.get("jenkins")
    for place in ("authorizationStrategy", "securityRealm"):
        part = jenkins.get(place) if isinstance(jenkins, dict) else None
        if not isinstance(part, dict):
            shape = {path: test for path, test in shape.items() if not path.startswith(f"jenkins/{place}/")}
            shape[f"jenkins/{place}"] = none_or(text)
    return shape


def must(row: Any, shape: Shape, endpoint: str) -> None:
    """Go on only where an answer says what it must. Raises UnexpectedAnswer."""
    if odd := odd_field(row, shape):
        raise UnexpectedAnswer(f"{odd} is not given as it is documented", endpoint=endpoint)


def is_container(row: Mapping[str, Any]) -> bool:
    """Tell whether an item holds others: it lists them, or is of a kind that does."""
    return isinstance(row.get("jobs"), list) or str(row.get("_class")).endswith(CONTAINERS)
