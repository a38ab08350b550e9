"""Checks about a vault's policies: how much one gives, and whether it lets its holder give themselves more."""

from collections.abc import Iterator

from pipewarden.access.vault.acl import Acl, Rule
from pipewarden.access.view import Missing, NotApplicable, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import Section, clauses
from pipewarden.checks.reading import listed, many
from pipewarden.checks.unread import VAULT, need_among
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.facts import Cause, Entity, Role
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref

VAULTS = Section(("AC-3", "AC-6", "IA-5", "SC-12"), ("CC6.1",))
DOC = "https://openbao.org/docs/concepts/policies/"

GIVING = frozenset({"create", "read", "update", "patch", "delete", "sudo"})
"""Capabilities that matter; to list names alone gives no secret."""


def rules(policy: Role) -> list[tuple[str, frozenset[str]]]:
    """Return the paths of a policy with their capabilities; raises Missing where its text was not read."""
    stated = policy.attributes.get("rules")
    if policy.ref.key in {"policy:root", "policy:default"} or policy.ref.key.endswith("//default"):
        raise NotApplicable(f"{policy.name} comes with the vault")
    if not isinstance(stated, (list, tuple)):
        raise Missing(policy.ref, VaultFacet.POLICIES, Cause.MISSING_FIELD, f"the text of {policy.name} was not read")
    inside = namespace(policy.parent)
    return [(str(each["path"]).removeprefix(inside), frozenset(each["capabilities"])) for each in stated]


def namespace(scope: Ref | None) -> str:
    """Return the path of a namespace, such as `team/`; empty for the vault itself. Paths of its policies begin with it."""
    return scope.key if scope is not None and scope.kind is Kind.FOLDER else ""


def _mounts(policy: Role, view: View) -> list[str]:
    return [path for mount, path in _around(policy, view) if mount.attributes.get("kv_version")]


def _around(policy: Role, view: View) -> list[tuple[Entity, str]]:
    """Return the mounts of a policy's own namespace, each with its path there."""
    inside = namespace(policy.parent)
    return [
        (mount, str(mount.attributes.get("path") or "").removeprefix(inside))
        for mount in view.entities(Kind.MOUNT)
        if mount.parent == policy.parent
    ]


def _broad(path: str, mounts: list[str]) -> bool:
    """Tell whether a pattern takes in all of a mount, or of every mount."""
    if not path.endswith("*"):
        return False
    head = path[:-1].rstrip("/")
    whole = {each for mount in mounts for each in (mount, f"{mount}/data", f"{mount}/metadata")}
    return head in {"", "+", "+/data"} or head in whole


@check(
    id="va.policy.wildcard",
    title="A policy of the vault names what its holders need",
    severity=Severity.HIGH,
    subject=Kind.ROLE,
    needs=(VaultFacet.POLICIES, VaultFacet.MOUNTS),
    remedy=(
        "Replace the path by those that the holders use, such as secret/data/TEAM/*, with read alone.",
        "Keep sudo for a policy of its own, held by nobody all day.",
    ),
    source=f"{DOC}#policy-syntax",
    **clauses(VAULTS, "AC-6"),
)
def wildcard(policy: Role, view: View) -> Iterator[Hit]:
    """A policy over a whole mount gives every secret that anybody will ever put there."""
    stated = rules(policy)
    mounts = _mounts(policy, view)
    broad = [path for path, given in stated if _broad(path, mounts) and given & GIVING and "deny" not in given]
    above = [path for path, given in stated if "sudo" in given and path.endswith("*")]
    if broad:
        holders = len(holding(policy, view))
        says = f"{policy.name} gives everything below {listed(broad)}, to {many(holders, 'holder')}"
        yield Hit(says=says, because=(policy,), weight=holders)
    elif above:
        yield Hit(says=f"{policy.name} gives sudo below {listed(above)}", because=(policy,))


DOORS = (
    ("sys/policies/acl/new", "policies"),
    ("sys/policy/new", "policies"),
    ("auth/new/role/new", "roles that log in"),
    ("auth/new/users/new", "users"),
    ("identity/entity/id/new", "entities"),
    ("identity/group/id/new", "groups"),
    ("auth/token/roles/new", "token roles"),
)
"""What somebody who may write it gives themselves any policy by, and the word for it."""
BELOW = (("role/new", "roles that log in"), ("users/new", "users"))
TOKENS = ("auth/token/create", "auth/token/create-orphan")
"""With sudo beside, tokens of any policy are made here: https://openbao.org/api-docs/auth/token/#create-token"""


@check(
    id="va.policy.self_write",
    title="Nobody but the vault's keepers may write policies and roles",
    severity=Severity.CRITICAL,
    subject=Kind.ROLE,
    needs=(VaultFacet.POLICIES,),
    remedy=(
        "Take sys/policies/acl, auth/*/role and identity out of the policy, and leave them to a pipeline with review.",
        "Where a team has to write policies, give it paths of its own names and deny all others.",
    ),
    source=f"{DOC}#capabilities",
    **clauses(VAULTS, "AC-6(1)"),
)
def self_write(policy: Role, view: View) -> Iterator[Hit]:
    """Whoever may write a policy or a role that hands one out gives themselves every secret of the vault."""
    stated = rules(policy)
    doors = _doors(Acl(Rule(path, given, policy.name) for path, given in stated), _around(policy, view))
    holders = holding(policy, view)
    if doors and holders:
        says = (
            f"{policy.name} lets {many(len(holders), 'holder')} write {listed(doors)}, and so give themselves any right"
        )
        yield Hit(says=says, because=(policy,), weight=len(holders))
        return
    need_among(view, frozenset({VaultFacet.AUTH}), [policy.ref.instance])  # behind which roles are written
    if doors:
        need_among(view, VAULT, [policy.ref.instance])  # whoever logs in by what was not read may hold it


def _doors(acl: Acl, mounts: list[tuple[Entity, str]]) -> list[str]:
    """Return in words what some rules let somebody write that gives rights."""
    wanted = list(DOORS)
    for mount, path in mounts:
        if path.startswith("auth/"):
            wanted += [(f"{path}/{each}", what) for each, what in BELOW]
            if mount.attributes.get("type") == "approle":
                wanted.append((f"{path}/role/new/secret-id", "secret ids of any role"))
    found = dict.fromkeys(what for path, what in wanted if acl.on(path).allows("create", "update"))
    for path in TOKENS:
        made = acl.on(path)
        if made.allows("sudo") and made.allows("create", "update"):
            found["tokens of any policy"] = None
    return list(found)


def holding(policy: Role, view: View) -> list[str]:
    """Return the names of those who are given a policy directly: entities, groups, roles and tokens."""
    held = view.grants_on(policy.parent) if policy.parent else []
    return sorted({view.name(grant.principal) for grant in held if grant.role == policy.ref.key})
