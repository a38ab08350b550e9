"""What stores outside the code hosts call one secret: the same in every pipeline, whichever of its names is written."""

import re

_SUFFIX = re.compile(r"-(?=[A-Za-z0-9]*[A-Z0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{6}")
_ARN = re.compile(r"arn:[\w-]+:secretsmanager:[^:]*:[^:]*:secret:([^:]*)", re.IGNORECASE)
_GOOGLE = re.compile(r"projects/([^/]+)/secrets/([^/]+)(?:/.*)?")


def named_by_aws(written: str) -> str:
    """Return the name of a secret of AWS that is written as a name or as an ARN.

    "Secrets Manager automatically adds a hyphen and six random characters after the secret name at the end of the ARN". An
    ARN may be written without them: what looks like a word is part of the name.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
    """
    found = _ARN.fullmatch(written) or _ARN.match(written)
    if found is None:
        return written.partition(":secret:")[2] or written
    name = found[1]
    return name[:-7] if len(name) > 7 and _SUFFIX.fullmatch(name[-7:]) else name


def named_by_google(written: str) -> tuple[str, str] | None:
    """Return project and secret of a full name; None where it is no full name.

    https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets#Secret
    """
    found = _GOOGLE.fullmatch(written)
    return (found[1], found[2]) if found else None


def asked_as(text: str) -> str:
    """Return a store's own full name of a secret as pipelines' secrets are told here; any other text as it is."""
    if _ARN.match(text):
        return f"aws:{named_by_aws(text)}"
    of_google = named_by_google(text)
    return f"gcp:{'/'.join(of_google)}" if of_google else text


def perhaps_one(one: str, other: str) -> bool:
    """Tell whether two names may be of one secret of Google: one project by its number, the other by its id.

    https://cloud.google.com/resource-manager/docs/creating-managing-projects#identifying_projects
    """
    if not (one.startswith("gcp:") and other.startswith("gcp:")):
        return False
    project, _, secret = one[4:].partition("/")
    another, _, its = other[4:].partition("/")
    return (
        bool(secret) and secret == its and project.isdigit() is not another.isdigit() and "*" not in project + another
    )
