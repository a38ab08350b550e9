"""Which stages bring something to where it counts: told by their names and by what they run."""

import re
from collections.abc import Iterable

_NAMED = re.compile(
    r"(?i)(?<![a-z])(?:re-?)?(?:deploy(?!er)|release|publish|promot|roll-?out|go[- ]?live|ship(?![a-z]))"
)
_HARMLESS = re.compile(
    r"(?i)(?<![a-z])(?:un-?deploy|tests?|testing|dev|develop|development|qa|staging|stage|stag|stg|uat|int|preview|review|sandbox"
    r"|snapshots?|local|docs?|documentation|javadocs?|reports?|coverage|results?|dry[- ]?run|notes?|check|checks|verify|validate|validation"
    r"|prepare|logs?|nightly|notif\w*|status|draft|build[- ]?scan|metrics|comment|trigger|lint"
    r"|branch|branches|version|determine|candidates?|info|changelog|ephemeral|demo|beta|canary|tag)(?![a-z])"
)
_COMMANDS = re.compile(
    r"\bkubectl\b[^\n]*\b(?:apply|create|replace|set\s+image|rollout)\b|\bhelm\b[^\n]*\b(?:upgrade|install)\b"
    r"|\bterraform\b[^\n]*\bapply\b|\bdocker\s+(?:image\s+)?push\b|\b(?:mvnw?|maven)\b[^\n]*\bdeploy\b|\b(?:npm|yarn|pnpm|cargo)\s+publish\b"
    r"|\btwine\s+upload\b|\bgem\s+push\b|\baws\s+(?:s3\s+(?:sync|cp)|ecs\s+update-service|cloudformation\s+deploy|lambda\s+update)"
    r"|\bgcloud\b[^\n]*\bdeploy\b|\b(?:serverless|sls|fly|flyctl|netlify|vercel|firebase|cdk)\s+deploy\b|\bansible-playbook\b"
    r"|\bcf\s+push\b|\baz\s+\w+\s+(?:deploy|up)\b|\b(?:scp|rsync)\b[^\n]*\S+:\S|\bgradlew?\b[^\n]*\bpublish\b|\bgoreleaser\b|\bgit\s+push\b"
)
_PRODUCTION = re.compile(
    r"(?i)(?<![a-z])(?:prod|production|prd|live|release|releases|deploy|deployment|publish|signing|sign|pypi|npm|maven)(?![a-z])"
)
_NOT_PRODUCTION = re.compile(r"(?i)(?<![a-z])(?:non-?prod|pre-?prod|dev|test|qa|staging|stage|sandbox)(?![a-z])")


def by_name(name: str) -> bool:
    """Tell whether a stage's name says that it deploys, and not to a place for tests."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)
    return bool(_NAMED.search(words)) and not _HARMLESS.search(words)


def by_commands(texts: Iterable[str]) -> bool:
    """Tell whether commands bring something elsewhere."""
    return any(_COMMANDS.search(text) for text in texts)


def is_production(name: str) -> bool:
    """Tell whether a credential's id says that it opens production or publishes."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)
    return bool(_PRODUCTION.search(words)) and not _NOT_PRODUCTION.search(words)
