"""What a token may read of a vault: one question for each part."""

from functools import partial

from pipewarden.connectors.probing import Question, Refused, refused
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.permissions import PERMISSIONS
from pipewarden.model.facets_vault import VaultFacet

ASKED: tuple[tuple[VaultFacet, str, bool], ...] = (
    (VaultFacet.MOUNTS, "sys/mounts", False),
    (VaultFacet.AUTH, "sys/auth", False),
    (VaultFacet.AUDIT, "sys/audit", False),
    (VaultFacet.POLICIES, "sys/policies/acl", True),
    (VaultFacet.ENTITIES, "identity/entity/id", True),
    (VaultFacet.GROUPS, "identity/group/id", True),
    (VaultFacet.TOKENS, "auth/token/accessors", True),
    (VaultFacet.MFA, "identity/mfa/login-enforcement", True),
)
"""Facet, path, whether it is listed."""


async def probe(vault: Vault, name: str) -> list[Refused]:
    """Return what the token may not read. Raises CredentialError or Unreachable."""
    del name

    async def ask(path: str, *, listed: bool) -> None:
        if listed:
            await vault.keys(path, template=f"LIST /{path}")
        else:
            await vault.read(path, template=f"GET /{path}")

    try:
        await vault.whoami()
        questions = [Question(facet, partial(ask, path, listed=listed)) for facet, path, listed in ASKED]
        return await refused(questions, PERMISSIONS, "the vault")
    finally:
        await vault.http.close()
