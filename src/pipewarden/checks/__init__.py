"""All checks, by theme; a theme is a module, and the order here is the order of reports.

Each is loaded when it is asked for: whoever audits files alone asks for a fifth of them.
"""

from importlib import import_module

from pipewarden.checks.base import Check, every
from pipewarden.checks.reasons import NotBuilt

THEMES = (
    "people",
    "second_factor",
    "sign_on",
    "grants",
    "administrators",
    "roles",
    "teams",
    "outsiders",
    "apps",
    "tokens",
    "credentials",
    "deploy_keys",
    "bots",
    "organization",
    "perimeter",
    "enterprise",
    "branches",
    "reviews",
    "workflows",
    "workflow_triggers",
    "workflow_tainted",
    "workflow_tokens",
    "workflow_secrets",
    "workflow_supply",
    "workflow_actions",
    "workflow_advisories",
    "workflow_access",
    "gitlab_instance",
    "gitlab_groups",
    "gitlab_members",
    "gitlab_branches",
    "gitlab_merging",
    "gitlab_variables",
    "gitlab_environments",
    "gitlab_jobs",
    "gitlab_tokens",
    "gitlab_personal",
    "gitlab_further",
    "gitlab_held",
    "gitlab_integrations",
    "gitlab_hooks",
    "gitlab_files",
    "gitlab_policies",
    "jenkins_files",
    "azure_files",
    "circleci_files",
    "bitbucket_files",
    "rulesets",
    "refs",
    "environments",
    "deployments",
    "oidc",
    "trusts",
    "trusts_elsewhere",
    "secrets",
    "variables",
    "plain_secrets",
    "actions",
    "runners",
    "webhooks",
    "repositories",
    "codeowners",
    "logs",
    "happened",
    "github_further",
    "identities",
    "machine_owners",
    "crossings",
    "vault_policies",
    "vault_logins",
    "vault_settings",
    "okta_administrators",
    "okta_apps",
    "okta_machines",
    "okta_people",
    "okta_sign_in",
    "jenkins_controller",
    "jenkins_libraries",
    "jenkins_permissions",
    "jenkins_jobs",
    "entra_administrators",
    "entra_people",
    "entra_pipeline",
    "entra_applications",
)
"""The modules that hold checks."""

OF_FILES = (
    "workflows",
    "workflow_triggers",
    "workflow_tainted",
    "workflow_tokens",
    "workflow_secrets",
    "workflow_supply",
    "workflow_actions",
    "workflow_advisories",
    "workflow_access",
    "gitlab_files",
    "gitlab_policies",
    "jenkins_files",
    "azure_files",
    "circleci_files",
    "bitbucket_files",
    "oidc",
    "trusts",
    "trusts_elsewhere",
    "plain_secrets",
)
"""Those that hold all checks which the files of a checkout decide, and nothing else decides."""

REASONS = ("access", "pipeline", "gitlab", "okta", "entra", "jenkins", "cross")
"""The modules that say why checks of the catalogue are not built."""

ALL: tuple[Check, ...]
"""Every check."""

NOT_BUILT: tuple[NotBuilt, ...]
"""Checks of the catalogue that this version does not have, each with the reason."""


def of_files() -> tuple[Check, ...]:
    """Return the checks that read files, in the order of reports; no other themes are loaded."""
    themes = (import_module(f"{__name__}.{theme}") for theme in THEMES if theme in OF_FILES)
    return tuple(check for check in every(*themes) if check.reads_files)


def __getattr__(name: str) -> object:
    """Load all checks, or all reasons, when somebody asks for them."""
    found: tuple[object, ...]
    if name == "ALL":
        found = tuple(every(*(import_module(f"{__name__}.{theme}") for theme in THEMES)))
    elif name == "NOT_BUILT":
        reasons = (import_module(f"{__name__}.reasons_{theme}") for theme in REASONS)
        found = tuple(each for module in reasons for each in module.NOT_BUILT)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found
