"""Tokens by their accessors: what each may do, whose it is and when it ends. The token itself is never seen.

https://openbao.org/api-docs/auth/token/#list-accessors
"""

from typing import Any

from msgspec import structs

from pipewarden.connectors.answers import picked
from pipewarden.connectors.vault.run import Run, moment, texts
from pipewarden.connectors.vault.shapes import OWN, TOKEN, must
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import AnyFact, Cause, Machine
from pipewarden.model.ids import Kind

MOST_TOKENS = 20_000
"""Accessors that are looked up, one request each; more of them are told."""

SHOWN = (
    "creation_ttl",
    "explicit_max_ttl",
    "meta",
    "num_uses",
    "orphan",
    "path",
    "period",
    "policies",
    "identity_policies",
    "renewable",
    "role",
    "type",
)


LOOKUP_SELF = "GET /auth/token/lookup-self"


async def ours(run: Run, row: dict[str, Any]) -> list[AnyFact]:
    """Return the token that this reads with, marked as ours; a batch token has no accessor. Raises TypeError for odd shapes."""
    if not isinstance(row.get("policies"), list):
        raise TypeError("no policies of our own token")
    must(row, OWN, LOOKUP_SELF)
    return [
        structs.replace(fact, attributes={**fact.attributes, "ours": True}) if isinstance(fact, Machine) else fact
        for fact in token(run, str(row.get("accessor") or "own"), row, LOOKUP_SELF)
    ]


async def tokens(run: Run, own: str) -> list[AnyFact]:
    """Look up every accessor but our own, which was told before."""
    accessors = await run.vault.keys("auth/token/accessors", template="LIST /auth/token/accessors")
    template = "POST /auth/token/lookup-accessor"

    async def one(accessor: str) -> list[AnyFact]:
        row = await run.vault.ask("auth/token/lookup-accessor", {"accessor": accessor}, template=template)
        return token(run, accessor, row, template)

    wanted = sorted(each for each in accessors if each != own)
    facts = await run.each(VaultFacet.TOKENS, wanted[:MOST_TOKENS], one)
    if len(wanted) > MOST_TOKENS:
        detail = f"{len(wanted) - MOST_TOKENS} more accessors"
        facts.append(run.gap(run.tenant, VaultFacet.TOKENS, cause=Cause.TOO_LARGE, detail=detail))
    return facts


def token(run: Run, accessor: str, row: dict[str, Any], endpoint: str) -> list[AnyFact]:
    """Return a token, with the policies that it was made with."""
    must(row, TOKEN, endpoint)
    ref = run.ref(Kind.ACCESS_TOKEN, accessor)
    renewed = moment(row.get("last_renewal_time"))
    told = {"last_used_source": "last renewal, the only use of a token that the vault tells"} if renewed else {}
    entity = row.get("entity_id")
    machine = Machine(
        ref=ref,
        name=f"{row.get('display_name') or 'token'} ({accessor[:6]}…)",
        parent=run.tenant,
        owner=run.ref(Kind.ACCOUNT, entity) if isinstance(entity, str) and entity else None,
        created_at=moment(row.get("creation_time")),
        expires_at=moment(row.get("expire_time")),
        last_used_at=renewed,
        attributes={"platform": "vault", **picked(row, *SHOWN)} | told,
        origin=run.origin(endpoint),
    )
    return [machine, *run.grants(ref, texts(row.get("policies")), endpoint)]
