"""Where the same repository's pipelines already get secrets from: a vault path, a cloud role, a key vault."""

# ruff: noqa: E501  (a table: one way, one line)

import re
from bisect import bisect_right

from msgspec import Struct

from pipewarden.pipelines.lines import beginnings
from pipewarden.pipelines.plain.shape_scan import anchors_in, shape_hits
from pipewarden.pipelines.plain.sought import SHARED

MAX_PLACES = 200
"""Places of one file that are looked at."""


class Instead(Struct, frozen=True):
    """One way to get a secret without writing it down, as a pipeline uses it. `how`: vault, aws, gcp or azure."""

    how: str
    name: str
    path: str
    line: int


_WAYS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    # https://github.com/aws-actions/configure-aws-credentials#oidc ; the same word in other systems' OIDC steps
    ("aws", "arn:aws", re.compile(r"(arn:aws(?<=\barn:aws)[a-z-]{0,10}:iam::\d{12}:role/[\w+=,.@/-]{1,120})")),
    # https://github.com/google-github-actions/auth#inputs
    ("gcp", "workloadIdentityPools", re.compile(r"(projects/(?<=\bprojects/)[\w-]{1,40}/locations/global/workloadIdentityPools/[\w-]{1,40}/providers/[\w-]{1,40})")),
    # https://learn.microsoft.com/en-us/azure/devops/pipelines/tasks/reference/azure-key-vault-v2
    ("azure", "eyVaultName", re.compile(r"[kK](?<=\b[kK])eyVaultName['\"]?\s{0,3}[:=]\s{0,3}['\"]?([A-Za-z][\w-]{2,60})")),
    # https://docs.gitlab.com/ci/yaml/#secretsvault
    ("vault", "vault:", re.compile(r"vault:(?<=\bvault:)[ \t]{1,3}['\"]?([\w./-]{1,150}@[\w./-]{1,60})")),
    # https://github.com/hashicorp/vault-action#usage : a path, a key, and the variable it becomes
    ("vault", "vault-action", re.compile(r"(?m)^[ \t]{1,60}(?:secrets:[ \t]{1,3})?['\"]?([\w-]{1,60}/[\w./-]{1,150})[ \t]{1,5}[\w.*-]{1,80}(?:[ \t]{1,5}\|[ \t]{1,5}\w{1,80})?[ \t]{0,5};?['\"]?[ \t]*$")),
    # https://plugins.jenkins.io/hashicorp-vault-plugin/
    ("vault", "vaultSecrets", re.compile(r"path:(?<=\bpath:)[ \t]{0,3}['\"]([\w-]{1,60}/[\w./-]{1,150})['\"]")),
)  # fmt: skip

_NUMBERS = frozenset(SHARED.share(word.lower() for _, word, _ in _WAYS).values())


def instead_of(path: str, text: str) -> list[Instead]:
    """Return the ways that a pipeline's text shows, in the order of the file; none where a secret stands in one."""
    found: dict[tuple[str, str], Instead] = {}
    lines: list[int] | None = None
    seen = SHARED.over(text)
    if seen is not None and seen.numbers.isdisjoint(_NUMBERS):
        return []
    for how, word, pattern in _WAYS:
        if word not in text:
            continue
        lines = lines if lines is not None else beginnings(text)
        for count, match in enumerate(pattern.finditer(text)):
            name = match.group(1)
            if count >= MAX_PLACES:
                break
            if (how, name) not in found and not next(shape_hits(name, anchors_in(name)), None):
                found[how, name] = Instead(how, name, path, bisect_right(lines, match.start(1)) + 1)
    return sorted(found.values(), key=lambda each: (each.line, each.how, each.name))
