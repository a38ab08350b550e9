"""The parts of an Okta organization that are read or refused as one."""

from enum import StrEnum


class OktaFacet(StrEnum):
    """One thing that the connector reads; a check names what it needs, a gap what was not read."""

    ORG = "okta.organization"
    USERS = "okta.users"
    FACTORS = "okta.factors"
    """Which second factors an account has enrolled; asked person by person."""
    GROUPS = "okta.groups"
    MEMBERS = "okta.group_members"
    GROUP_RULES = "okta.group_rules"
    ROLES = "okta.admin_roles"
    """Which people, groups and service apps hold administrator roles, and over what."""
    CUSTOM_ROLES = "okta.custom_roles"
    """What custom roles permit, and what their resource sets contain."""
    APPS = "okta.apps"
    APP_ASSIGNMENTS = "okta.app_assignments"
    GROUP_PUSH = "okta.group_push"
    """Which groups an app pushes into which groups of the system behind it."""
    APP_GRANTS = "okta.app_grants"
    """The API scopes that service apps were granted."""
    APP_SECRETS = "okta.app_secrets"
    API_TOKENS = "okta.api_tokens"
    POLICIES = "okta.policies"
    AUTHENTICATORS = "okta.authenticators"
    ZONES = "okta.network_zones"
    IDENTITY_PROVIDERS = "okta.identity_providers"
    LOG_STREAMS = "okta.log_streams"
    THREAT_INSIGHT = "okta.threat_insight"
