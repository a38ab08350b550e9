"""Lines of matrices and roles become roles, principals and grants."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from pipewarden.connectors.jenkins.names import ANONYMOUS, AUTHENTICATED, Entry
from pipewarden.connectors.jenkins.run import Run
from pipewarden.model.facts import Account, AnyFact, Certainty, Grant, GrantKind, Group, Role
from pipewarden.model.ids import Kind, Ref, everyone

MOST_SHOWN = 3


def principals(run: Run, kind: str, sid: str, endpoint: str) -> list[AnyFact]:
    """Return whom a name in a matrix or role means, as entities.

    `anonymous` is anybody at all, `authenticated` everyone who signs in. An ambiguous entry is a user or a group of
    that name: both are told where it is not known which.
    https://www.jenkins.io/doc/book/security/access-control/
    """
    origin = run.origin(endpoint)
    if sid == ANONYMOUS:
        return [Group(ref=everyone(run.instance), name="anybody at all", parent=run.tenant, origin=origin)]
    if sid == AUTHENTICATED:
        return [signed_in(run, endpoint)]
    found: list[AnyFact] = []
    account = run.ref(Kind.ACCOUNT, sid)
    if kind == "USER" or (kind == "EITHER" and run.knows(account)):
        presumed = run.origin(endpoint, Certainty.PRESUMED)
        name = f"jenkins:{sid}"
        attributes = {"login": sid, "seen_in": "permissions", **run.sign_in(sid)}
        found.append(Account(ref=account, name=name, parent=run.tenant, attributes=attributes, origin=presumed))
    group = run.ref(Kind.GROUP, sid)
    if kind != "USER" and not (kind == "EITHER" and found and not run.knows(group)):
        name = f"jenkins group {sid}"
        told = {"name": sid, "ambiguous": kind == "EITHER"}
        found.append(Group(ref=group, name=name, parent=run.tenant, attributes=told, origin=origin))
    return found


def signed_in(run: Run, endpoint: str) -> Group:
    """Return the group of everyone who signs in."""
    return Group(
        ref=run.ref(Kind.GROUP, AUTHENTICATED),
        name=f"everyone signed in to {run.shown()}",
        parent=run.tenant,
        attributes={"implicit": True, "name": AUTHENTICATED},
        origin=run.origin(endpoint),
    )


def held(run: Run, resource: Ref, lines: Iterable[Entry], endpoint: str) -> list[AnyFact]:
    """Return the facts of a matrix: for each name one role that holds all its permissions there."""
    by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in lines:
        by_name[line.type, line.sid].add(line.permission)
    found: list[AnyFact] = []
    for (kind, sid), permissions in sorted(by_name.items()):
        ordered = sorted(permissions)
        key = "matrix:" + hashlib.blake2b("\n".join(ordered).encode(), digest_size=9).hexdigest()
        found.append(role(run, key, shown(ordered), ordered, endpoint))
        found += given(run, resource, kind, sid, key, endpoint)
    return found


def given(run: Run, resource: Ref, kind: str, sid: str, key: str, endpoint: str) -> list[AnyFact]:
    """Return who is given a role on something, with the grants."""
    who = principals(run, kind, sid, endpoint)
    how = GrantKind.TEAM if kind == "GROUP" else GrantKind.DIRECT
    ambiguous = kind == "EITHER" and sid not in {ANONYMOUS, AUTHENTICATED}
    certainty = Certainty.PRESUMED if ambiguous else Certainty.KNOWN
    grants = [
        Grant(principal=each.ref, resource=resource, role=key, kind=how, origin=run.origin(endpoint, certainty))
        for each in who
        if isinstance(each, (Account, Group))
    ]
    new = [each for each in who if isinstance(each, (Account, Group)) and not run.knows(each.ref)]
    return [*new, *grants]


def role(run: Run, key: str, name: str, permissions: Iterable[str], endpoint: str, **attributes: object) -> Role:
    """Return a role of Jenkins' own permissions."""
    return Role(
        ref=run.ref(Kind.ROLE, key),
        name=name,
        parent=run.tenant,
        permissions=dict.fromkeys(permissions, "yes"),
        attributes=dict(attributes),
        origin=run.origin(endpoint),
    )


def shown(permissions: list[str]) -> str:
    """Return permissions as a name: the few that weigh most first."""
    weight = ("Administer", "Configure", "Create", "Replay", "Build", "Connect", "Update")
    ranked = sorted(permissions, key=lambda p: (min((i for i, w in enumerate(weight) if p.endswith(w)), default=9), p))
    more = len(ranked) - MOST_SHOWN
    return ", ".join(ranked[:MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
