"""The parts of a vault that are read or refused as one."""

from enum import StrEnum


class VaultFacet(StrEnum):
    """One thing the vault's connector reads."""

    MOUNTS = "vault.mounts"
    AUTH = "vault.auth_methods"
    ROLES = "vault.roles"
    """Roles and users of authentication methods."""
    POLICIES = "vault.policies"
    ENTITIES = "vault.entities"
    GROUPS = "vault.groups"
    TOKENS = "vault.tokens"
    AUDIT = "vault.audit_devices"
    MFA = "vault.login_mfa"
    NAMESPACES = "vault.namespaces"
    SECRETS = "vault.secret_names"
    """Names of secrets; values are never read."""
