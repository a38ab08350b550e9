"""All checks, by theme; a theme is a module, and the order here is the order of reports."""

from pipewarden.checks import (
    actions,
    administrators,
    apps,
    bots,
    branches,
    codeowners,
    credentials,
    deploy_keys,
    deployments,
    enterprise,
    environments,
    grants,
    happened,
    logs,
    oidc,
    organization,
    outsiders,
    people,
    perimeter,
    refs,
    repositories,
    reviews,
    roles,
    rulesets,
    runners,
    second_factor,
    secrets,
    sign_on,
    teams,
    tokens,
    variables,
    webhooks,
    workflows,
)
from pipewarden.checks.base import Check, every
from pipewarden.checks.reasons import NotBuilt
from pipewarden.checks.reasons_access import NOT_BUILT as NOT_BUILT_ACCESS
from pipewarden.checks.reasons_pipeline import NOT_BUILT as NOT_BUILT_PIPELINE

THEMES = (
    people,
    second_factor,
    sign_on,
    grants,
    administrators,
    roles,
    teams,
    outsiders,
    apps,
    tokens,
    credentials,
    deploy_keys,
    bots,
    organization,
    perimeter,
    enterprise,
    branches,
    reviews,
    workflows,
    rulesets,
    refs,
    environments,
    deployments,
    oidc,
    secrets,
    variables,
    actions,
    runners,
    webhooks,
    repositories,
    codeowners,
    logs,
    happened,
)
"""The modules that hold checks."""

ALL: tuple[Check, ...] = tuple(every(*THEMES))
"""Every check."""

NOT_BUILT: tuple[NotBuilt, ...] = NOT_BUILT_ACCESS + NOT_BUILT_PIPELINE
"""Checks of the catalogue that this version does not have, each with the reason."""
