"""A snapshot as BloodHound OpenGraph JSON, so that its graph can be asked beside directories and clouds.

Kinds beginning with `GH_` are those of BloodHound's GitHub extension; what it has no kind for begins with `PW_`.
https://bloodhound.specterops.io/opengraph/developer/schema
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pipewarden.model.columns import from_micros
from pipewarden.model.facts import Entity, Gate, GateKind, Identity, Trust, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.snapshot import Snapshot
from pipewarden.render.text import clean
from pipewarden.reports.uses import used

Json = dict[str, Any]

KINDS = {
    Kind.ACCOUNT: "GH_User",
    Kind.GROUP: "GH_Team",
    Kind.APP: "GH_AppInstallation",
    Kind.FINE_GRAINED_TOKEN: "GH_PersonalAccessToken",
    Kind.CLASSIC_TOKEN: "PW_ClassicToken",
    Kind.SSH_KEY: "PW_SshKey",
    Kind.DEPLOY_KEY: "PW_DeployKey",
    Kind.JOB: "PW_WorkflowToken",
    Kind.ENTERPRISE: "GH_Enterprise",
    Kind.ORGANIZATION: "GH_Organization",
    Kind.REPOSITORY: "GH_Repository",
    Kind.BRANCH: "GH_Branch",
    Kind.ENVIRONMENT: "GH_Environment",
    Kind.RUNNER_GROUP: "GH_RunnerGroup",
    Kind.RUNNER: "GH_Runner",
    Kind.WORKFLOW: "GH_Workflow",
    Kind.ALERT: "GH_SecretScanningAlert",
    Kind.WEBHOOK: "PW_Webhook",
    Kind.ACTION: "PW_Action",
    Kind.INVITATION: "PW_Invitation",
    Kind.TOKEN_REQUEST: "GH_PersonalAccessTokenRequest",
    Kind.CLOUD_ROLE: "PW_CloudRole",
    Kind.ROLE: "PW_Role",
}
INSIDE = {Kind.REPOSITORY: "Repo", Kind.ENVIRONMENT: "Environment"}
"""What a secret or variable is called after: where it lives; anywhere else it is the organization's."""

USES = {"secret": "GH_UsesSecret", "variable": "GH_UsesVariable", "environment": "GH_DeploysTo"}

GATES = {
    GateKind.BRANCH_PROTECTION: "GH_BranchProtectionRule",
    GateKind.RULESET: "PW_Ruleset",
    GateKind.ENVIRONMENT: "PW_EnvironmentGate",
}


def write(snapshot: Snapshot) -> str:
    """Write a snapshot as OpenGraph JSON: entities are nodes; memberships, grants, containment, guards and uses edges.

    What was not read is not in a graph: absence of an edge is not absence of access. Ends with a newline.
    """
    nodes = [*_entities(snapshot), *_identities(snapshot), *_guards(snapshot)]
    edges = [
        *_contains(snapshot),
        *_memberships(snapshot),
        *_grants(snapshot),
        *_owners(snapshot),
        *_people(snapshot),
        *_guarding(snapshot),
        *_uses(snapshot),
    ]
    known = {node["id"] for node in nodes}
    lines = [json.dumps(node, ensure_ascii=True, sort_keys=True) for node in nodes]
    drawn = [
        json.dumps(edge, ensure_ascii=True, sort_keys=True)
        for edge in edges
        if edge["start"]["value"] in known and edge["end"]["value"] in known
    ]
    return (
        '{"metadata": {"source_kind": "PW_Base"}, "graph": {"nodes": [\n'
        + ",\n".join(lines)
        + '\n], "edges": [\n'
        + ",\n".join(drawn)
        + "\n]}}\n"
    )


def _entities(snapshot: Snapshot) -> Iterator[Json]:
    for ordinal in range(len(snapshot)):
        entity = snapshot.entity(ordinal)
        if entity.ref.kind in {Kind.GATE, Kind.TRUST, Kind.IDENTITY}:
            continue
        yield {"id": str(entity.ref), "kinds": [kind_of(entity)], "properties": _properties(entity)}


def kind_of(entity: Entity) -> str:
    """Return the node kind of an entity: implicit groups are roles of their organization, secrets say where."""
    ref = entity.ref
    if ref.kind is Kind.GROUP and ":" in ref.key:
        return "GH_OrgRole" if ref.key.startswith(("members:", "owners:")) else "PW_Outsiders"
    if ref.kind is Kind.GROUP and ref.key == "everyone":
        return "PW_Everyone"
    if ref.kind in {Kind.SECRET, Kind.VARIABLE}:
        where = INSIDE.get(entity.parent.kind, "Org") if entity.parent else "Org"
        return f"GH_{where}{'Secret' if ref.kind is Kind.SECRET else 'Variable'}"
    return KINDS.get(ref.kind, "PW_Thing")


def _properties(entity: Entity) -> Json:
    """Return what BloodHound can hold: text, numbers, yes or no, and lists of one of these; never null."""
    properties: Json = {}
    for name, value in entity.attributes.items():
        kept = _value(value)
        if kept is not None:
            properties[clean(name).lower().replace(" ", "_")] = kept
    for name in ("created_at", "expires_at", "last_used_at"):
        moment = getattr(entity, name, None)
        if moment is not None:
            properties[name] = _time(moment)
    properties.pop("objectid", None)  # BloodHound makes it of the node's id and refuses it here
    return properties | {
        "name": clean(entity.name),
        "displayname": clean(entity.name),
        "instance": entity.ref.instance,
        "certainty": entity.origin.certainty.value,
        "seen_at": _time(entity.origin.fetched_at),
        "endpoint": clean(entity.origin.endpoint),
    }


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple) and value:
        first = type(value[0])
        if first in {str, bool, int, float} and all(type(item) is first for item in value):
            return [_value(item) for item in value]
    return None


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _edge(kind: str, start: Ref, end: Ref, **properties: Any) -> Json:
    return {
        "kind": kind,
        "start": {"value": str(start), "match_by": "id"},
        "end": {"value": str(end), "match_by": "id"},
        "properties": {name: value for name, value in properties.items() if value not in (None, "", [])},
    }


def _contains(snapshot: Snapshot) -> Iterator[Json]:
    for ordinal in range(len(snapshot)):
        outer = int(snapshot.parent[ordinal])
        if outer >= 0 and snapshot.kind_of(ordinal) is not Kind.GATE:
            yield _edge("GH_Contains", snapshot.ref(outer), snapshot.ref(ordinal))


def _memberships(snapshot: Snapshot) -> Iterator[Json]:
    rows = snapshot.memberships
    members, groups = snapshot.refs(rows.member), snapshot.refs(rows.group)
    for row, (member, group) in enumerate(zip(members, groups, strict=True)):
        kind = "GH_HasRole" if group.key.startswith(("members:", "owners:")) else "GH_MemberOf"
        yield _edge(
            kind,
            member,
            group,
            role=clean(rows.roles[rows.role[row]]),
            since=_micros(rows.since[row]),
            expires=_micros(rows.expires[row]),
        )


def _grants(snapshot: Snapshot) -> Iterator[Json]:
    rows = snapshot.grants
    principals, resources = snapshot.refs(rows.principal), snapshot.refs(rows.resource)
    for row, (principal, resource) in enumerate(zip(principals, resources, strict=True)):
        grant = snapshot.grant(row)
        yield _edge(
            "PW_Grant",
            principal,
            resource,
            role=clean(grant.role),
            grant_kind=grant.kind.value,
            conditions=[clean(words) for words in grant.conditions],
            since=_micros(rows.since[row]),
            expires=_micros(rows.expires[row]),
            last_used=_micros(rows.last_used[row]),
        )


def _micros(value: int) -> str | None:
    moment = from_micros(int(value))
    return None if moment is None else _time(moment)


def _owners(snapshot: Snapshot) -> Iterator[Json]:
    """Yield whose right bounds a token, or who is presumed to hold a key."""
    for kind in (Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN, Kind.SSH_KEY, Kind.DEPLOY_KEY):
        for machine in snapshot.entities(kind):
            owner = getattr(machine, "owner", None)
            if owner is not None:
                yield _edge("PW_Holds", owner, machine.ref, presumed=kind is Kind.DEPLOY_KEY)


def _identities(snapshot: Snapshot) -> Iterator[Json]:
    for identity in snapshot.records(Identity):
        properties: Json = {"name": clean(identity.name)}
        properties["emails"] = [clean(email) for email in identity.emails]
        if identity.active is not None:
            properties["active"] = identity.active
        yield {"id": str(identity.ref), "kinds": ["GH_ExternalIdentity"], "properties": properties}


def _people(snapshot: Snapshot) -> Iterator[Json]:
    for identity in snapshot.records(Identity):
        for account in identity.accounts:
            yield _edge("GH_MapsToUser", identity.ref, account)


def _guards(snapshot: Snapshot) -> Iterator[Json]:
    for gate in snapshot.records(Gate):
        yield {
            "id": str(gate.ref),
            "kinds": [GATES[gate.kind]],
            "properties": {
                "name": clean(gate.name or gate.ref.key),
                "active": gate.active,
                "target": gate.target,
                "patterns": [clean(pattern) for pattern in gate.patterns],
                "excluded": [clean(pattern) for pattern in gate.excluded],
                "bypass_was_read": gate.bypass is not None,
            },
        }
    for trust in snapshot.records(Trust):
        yield {
            "id": str(trust.ref),
            "kinds": ["PW_Trust"],
            "properties": {
                "name": clean(trust.issuer),
                "issuer": clean(trust.issuer),
                "subjects": [clean(subject) for subject in trust.subjects],
                "audiences": [clean(audience) for audience in trust.audiences],
            },
        }


def _guarding(snapshot: Snapshot) -> Iterator[Json]:
    for gate in snapshot.records(Gate):
        yield _edge("PW_Guards", gate.ref, gate.resource)
    for trust in snapshot.records(Trust):
        yield _edge("PW_MayActAs", trust.ref, trust.principal)


def _uses(snapshot: Snapshot) -> Iterator[Json]:
    edges: dict[tuple[Ref, Ref], Json] = {}
    for use in snapshot.records(Use):
        kind = USES.get(use.what, "PW_Uses")
        for resource, possible in used(snapshot, use):
            known = edges.get((use.by, resource))
            if known is None or (known["properties"]["certain"] < (not possible)):
                edges[use.by, resource] = _edge(
                    kind,
                    use.by,
                    resource,
                    used_as=clean(use.name),
                    line=use.line,
                    column=use.column,
                    certain=not possible,
                )
    yield from edges.values()
