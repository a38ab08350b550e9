"""Checks about a vault as a whole: whether it keeps a log, and whether its secrets stay the same for ever."""

from collections.abc import Iterator

from pipewarden.access.view import View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.reading import listed
from pipewarden.checks.vault_policies import VAULTS
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

CLOUDS = ("db", "database", "postgres", "mysql", "mongo", "aws", "azure", "gcp")
"""Words in the name of a secret that is made anew by an engine of the vault."""


@check(
    id="va.audit",
    title="The vault keeps an audit log",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(VaultFacet.AUDIT,),
    remedy=(
        "Declare an audit device in the server's configuration, and a second one beside it.",
        "Send what it writes to where the vault's administrators cannot change it.",
    ),
    source="https://openbao.org/docs/audit/",
    **clauses(VAULTS, "AU-12"),
)
def audit(vault: Resource, view: View) -> Iterator[Hit]:
    """Without a device nobody will ever know who read a secret."""
    if not view.given(vault, "audit_devices", facet=VaultFacet.AUDIT):
        yield Hit(says=f"{vault.name} writes down no request: it has no audit device", because=(vault,))


@check(
    id="va.static_role",
    title="Credentials for databases and clouds are made when they are needed",
    severity=Severity.LOW,
    subject=Kind.MOUNT,
    needs=(VaultFacet.SECRETS,),
    remedy=(
        "Let the database or cloud engine of the vault make the credential, and delete the stored one.",
        "Where it has to stay, rotate it on a schedule.",
    ),
    source="https://openbao.org/docs/secrets/databases/",
    **clauses(VAULTS, "IA-5"),
)
def static(mount: Resource, view: View) -> Iterator[Hit]:
    """A stored password is the same for everybody and for ever; a made one ends by itself and names who asked."""
    if not mount.attributes.get("kv_version"):
        return
    prefix = f"{mount.name}/"
    named = sorted(
        secret.name.removeprefix(prefix)
        for secret in view.entities(Kind.SECRET)
        if secret.parent == mount.ref
        and set(secret.name.lower().replace("-", "/").replace("_", "/").split("/")) & set(CLOUDS)
    )
    if named:
        yield Hit(says=f"{mount.name} stores what an engine could make: {listed(named, 2)}", because=(mount,))
