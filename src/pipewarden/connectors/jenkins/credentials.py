"""Credentials of the controller's and the folders' stores: ids, types and scopes. A value is never asked for.

The API tells no scope: a folder's store has global ones alone, the controller's are told by the export.

https://github.com/jenkinsci/credentials-plugin/blob/master/docs/user.adoc
"""

from typing import Any
from urllib.parse import quote

from pipewarden.connectors.answers import picked
from pipewarden.connectors.jenkins.client import item_path
from pipewarden.connectors.jenkins.run import Run, text
from pipewarden.connectors.jenkins.shapes import CREDENTIAL
from pipewarden.connectors.shapes import fits
from pipewarden.errors import NotFound
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import AnyFact, Resource, Use
from pipewarden.model.ids import Kind, Ref

STORE = "GET /credentials/store/{store}/api/json"
DOMAIN = "GET /credentials/store/{store}/domain/{domain}/api/json"
FIELDS = "credentials[id,typeName,fingerprint[usage[name,ranges[ranges[start,end]]]]]"


async def of(run: Run, full_name: str, scope: Ref) -> list[AnyFact]:
    """Read the store of a folder, or the controller's where no name is given."""

    async def read() -> list[AnyFact]:
        store = "folder" if full_name else "system"
        base = f"{item_path(full_name)}/credentials/store/{store}".lstrip("/")
        try:
            listed = await run.jenkins.json(f"{base}/api/json", template=STORE, depth=1)
        except NotFound:
            if full_name:
                return []  # a folder without the property, or a multibranch project, keeps no credentials
            raise
        found: list[AnyFact] = []
        for domain in listed["domains"]:
            path = f"{base}/domain/{quote(text(domain), safe='')}/api/json"
            rows = await run.jenkins.json(path, template=DOMAIN, tree=FIELDS)
            for row in (each for each in rows["credentials"] if fits(each, CREDENTIAL, DOMAIN)):
                found += _credential(run, full_name, scope, text(domain), row)
        return found

    return await run.guarded(scope, JenkinsFacet.CREDENTIALS, read)


def _credential(run: Run, full_name: str, scope: Ref, domain: str, row: dict[str, Any]) -> list[AnyFact]:
    name = text(row["id"])
    ref = run.ref(Kind.SECRET, f"{full_name}:{domain}:{name}")
    attributes = picked(row, "typeName") | {"id": name, "domain": domain, "store": full_name}
    scope_of = "GLOBAL" if full_name else run.scopes().get(name)
    if scope_of:
        attributes["scope"] = scope_of
    fingerprint = row.get("fingerprint")
    usage = fingerprint.get("usage") if isinstance(fingerprint, dict) else None
    jobs = [text(each["name"]) for each in usage or () if isinstance(each, dict)]
    if "fingerprint" in row:
        attributes["used_by"] = jobs
    where = f"{full_name}/{name}".lstrip("/")
    made = Resource(
        ref=ref, name=f"secret:{run.shown(where)}", parent=scope, attributes=attributes, origin=run.origin(DOMAIN)
    )
    uses = [
        Use(by=run.ref(Kind.PIPELINE, job), what="secret", name=name, resource=ref, origin=run.origin(DOMAIN))
        for job in jobs
    ]
    return [made, *uses]
