"""What is said of a secret in plain text: its sentence, how much it matters, and what to use instead."""

import re
from typing import Any

from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.pipelines.files import PipelineKind, kind_of

LONGEST = 160
"""Characters of the sentence."""
LONGEST_NAME = 30
SHORTEST_PATH = 24

IDS = frozenset({"aws_access_key_id", "gcp_hmac_key", "alibaba_key_id", "tencent_key_id", "scaleway_access_key"})
"""Halves of a pair: they tell whose secret it is and open nothing alone."""
OFTEN_PUBLIC = frozenset({"google_api_key", "stripe_test_key", "json_web_token"})
"""Kinds that are often meant to be seen, restricted elsewhere, or expired."""
_CLOUDS = {"aws": "aws", "gcp": "gcp", "google": "gcp", "azure": "azure"}
_WORDS = re.compile(r"[a-z0-9]+")
_COMMON = frozenset(
    {"secret", "secrets", "data", "kv", "token", "key", "password", "env", "jobs", "steps", "run", "ci", "with"}
)
_PAGES: dict[PipelineKind | None, str] = {
    PipelineKind.GITLAB_CI: "Keep the new one under Settings > CI/CD > Variables, masked and protected.",
    PipelineKind.JENKINS: "Keep the new one under Manage Jenkins > Credentials, and bind it with `withCredentials`.",
    PipelineKind.AZURE_PIPELINES: "Keep the new one under Pipelines > Library, in a variable group, as a secret.",
    PipelineKind.CIRCLECI: "Keep the new one under Organization Settings > Contexts, and restrict the context.",
    PipelineKind.BITBUCKET: "Keep the new one under Repository settings > Repository variables, secured.",
    PipelineKind.GITHUB_WORKFLOW: "Keep the new one under Settings > Secrets and variables > Actions, "
    "and name it as `${{ secrets.NAME }}`.",
    PipelineKind.GITHUB_ACTION: "Take the new one as an input, and let the workflow hand it over from its secrets.",
    PipelineKind.DEPENDABOT: "Keep the new one under Settings > Secrets and variables > Dependabot.",
}
"""Where each system keeps secrets."""
_ELSEWHERE = "Keep the new one in the secrets of the pipeline's system, and hand it over when the file is used."
_TRUSTED = {
    "pypi_token": "Publish as a trusted publisher instead: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-pypi.",
    "npm_token": "Publish as a trusted publisher instead: https://docs.npmjs.com/trusted-publishers.",
    "rubygems_token": "Publish as a trusted publisher instead: https://guides.rubygems.org/trusted-publishing.",
    "crates_io_token": "Publish as a trusted publisher instead: https://crates.io/docs/trusted-publishing.",
}
"""Registries that take the identity of the pipeline in place of a token."""


def severity_of(secret: Resource) -> Severity:
    """Return how much a secret matters by its kind and by how sure we are that it is one."""
    kind = str(secret.attributes.get("kind"))
    if secret.attributes.get("low"):
        return Severity.INFO
    if kind in IDS or kind in OFTEN_PUBLIC:
        return Severity.MEDIUM
    match secret.attributes.get("confidence"):
        case "certain" | "shaped":
            return Severity.CRITICAL
        case "named":
            return Severity.HIGH
        case _:
            return Severity.MEDIUM


def says(secret: Resource, place: dict[str, Any], more: str) -> str:
    """Say what stands where, in one sentence without its value."""
    title = str(secret.attributes.get("title") or "secret")
    article = "an" if re.match(r"(?:[aeioAEIO]|npm|SSH|[AEFHILMNORSX][A-Z])", title) else "a"
    sure = secret.attributes.get("confidence") in {"certain", "shaped"} or secret.attributes.get("low")
    what = f"{article} {title}" if sure else f"what looks like {article} {title}"
    name = _short(str(place.get("where") or "").rpartition(".")[2], LONGEST_NAME)
    under = f" as {name}" if name and name != "…" else ""
    begins = f"{what} stands in plain text in "
    path = str(place["path"])
    if len(begins) + len(path) + len(under) + len(more) > LONGEST:
        under = ""
    return f"{begins}{_short(path, max(SHORTEST_PATH, LONGEST - len(begins) - len(under) - len(more)))}{under}{more}"


def _short(text: str, longest: int) -> str:
    """Return a text, its beginning cut off where it is too long: the end of a path tells more."""
    return text if len(text) <= longest else f"…{text[1 - longest :]}"


def remedy_for(secret: Resource, place: dict[str, Any]) -> tuple[str, ...]:
    """Return the steps that end it: revoke, then what the same repository's pipelines use already, else where to keep it."""
    kind = str(secret.attributes.get("kind"))
    if secret.attributes.get("low"):
        return ("Draw the password when the service starts, or keep the service where nobody but the job reaches it.",)
    system = kind_of(str(place["path"]))
    steps = ["Revoke it where it was issued: whoever can read the file has it, and so has the history."]
    instead = _instead(kind, str(place.get("where") or ""), secret.attributes.get("instead"))
    if instead:
        steps.append(instead)
    elif kind in _TRUSTED:
        steps.append(_TRUSTED[kind])
    else:
        steps.append(_PAGES.get(system, _ELSEWHERE))
    return tuple(steps)


def _instead(kind: str, where: str, ways: Any) -> str:
    """Name the role or vault path that the same repository's pipelines use; empty where none is known."""
    known = [way for way in ways if isinstance(way, dict) and way.get("name")] if isinstance(ways, list) else []
    cloud = next((how for word, how in _CLOUDS.items() if kind.startswith(word) and kind != "google_api_key"), "")
    for way in known:
        if way.get("how") == cloud:
            place = f"{way.get('path')} line {way.get('line')}"
            if cloud == "azure":
                return f"Take it from the key vault {way['name']}, as {place} does."
            what = "role" if cloud == "aws" else "workload identity provider"
            return f"Use the {what} {way['name']} through OIDC, as {place} does, and no key at all."
    vaults = [way for way in known if way.get("how") == "vault"]
    if not vaults:
        return ""
    said = set(_WORDS.findall(where.lower())) - _COMMON
    best = max(vaults, key=lambda way: len(said & set(_WORDS.findall(str(way["name"]).lower()))))
    return f"Keep the new one in the vault, beside {best['name']}, and read it as {best.get('path')} line {best.get('line')} does."
