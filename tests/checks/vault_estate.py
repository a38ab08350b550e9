"""A small vault beside acme's GitHub, for the tests of checks: one of everything that they may meet."""

from typing import Any

from pipewarden.model.facts import (
    Account,
    Entity,
    Grant,
    GrantKind,
    Group,
    Machine,
    Membership,
    Resource,
    Role,
    Trust,
)
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.checks.builder import SEEN, Estate

HOST = "vault.acme.example"
TENANT = Ref(HOST, Kind.TENANT, "root")
GITHUB = "https://token.actions.githubusercontent.com"


class Vault:
    """Adds things of one vault to an estate."""

    def __init__(self, estate: Estate, **attributes: Any) -> None:
        self.estate = estate
        estate._put(source(HOST, System.VAULT, SEEN))
        told = {"audit_devices": [{"path": "main/", "type": "file"}], "login_mfa": []} | attributes
        estate._put(Resource(ref=TENANT, name="vault:acme", attributes=told, origin=SEEN))

    def put(self, entity: Entity) -> Ref:
        """Add an entity."""
        return self.estate._put(entity)

    def mount(self, path: str, kind: str, **attributes: Any) -> Ref:
        """Add a mount."""
        told = {"path": path, "type": kind, "accessor": path} | attributes
        ref = Ref(HOST, Kind.MOUNT, path)
        return self.put(Resource(ref=ref, name=f"vault:acme/{path}", parent=TENANT, attributes=told, origin=SEEN))

    def policy(self, name: str, *rules: tuple[str, str]) -> str:
        """Add a policy of some paths, each with its capabilities in one text."""
        stated = [{"path": path, "capabilities": words.split()} for path, words in rules]
        ref = Ref(HOST, Kind.ROLE, f"policy:{name}")
        self.put(Role(ref=ref, name=f"policy {name}", parent=TENANT, attributes={"rules": stated}, origin=SEEN))
        return name

    def entity(self, name: str, /, *policies: str, **attributes: Any) -> Ref:
        """Add an entity that holds some policies."""
        ref = Ref(HOST, Kind.ACCOUNT, name)
        told = {"type": "User", "aliases": [], "metadata": None, "disabled": False} | attributes
        self.put(Account(ref=ref, name=f"vault:{name}", parent=TENANT, attributes=told, origin=SEEN))
        return self.holds(ref, *policies)

    def user(self, path: str, name: str, *policies: str, **attributes: Any) -> Ref:
        """Add a user of a method."""
        ref = Ref(HOST, Kind.ACCOUNT, f"{path}:{name}")
        told = {"type": "User", "local": True, "method": path.rpartition("/")[2], "mount": path} | attributes
        shown = f"vault:acme/{path}/{name}"
        self.put(Account(ref=ref, name=shown, parent=Ref(HOST, Kind.MOUNT, path), attributes=told, origin=SEEN))
        return self.holds(ref, *policies)

    def machine(self, path: str, name: str, *policies: str, **attributes: Any) -> Ref:
        """Add a role by which machines log in."""
        ref = Ref(HOST, Kind.SERVICE_ACCOUNT, f"{path}:{name}")
        told = {"platform": "vault", "mount": path} | attributes
        shown = f"vault:acme/{path}/{name}"
        self.put(Machine(ref=ref, name=shown, parent=Ref(HOST, Kind.MOUNT, path), attributes=told, origin=SEEN))
        return self.holds(ref, *policies)

    def trust(
        self,
        role: Ref,
        *subjects: str,
        issuer: str = GITHUB,
        audiences: tuple[str, ...] = ("vault",),
        **claims: list[str],
    ) -> None:
        """Let tokens of an issuer log in as a role."""
        ref = Ref(HOST, Kind.TRUST, role.key)
        trust = Trust(ref=ref, principal=role, issuer=issuer, subjects=subjects, audiences=audiences,
                      attributes={"platform": "vault", "claims": claims}, origin=SEEN)  # fmt: skip
        self.estate._facts.append(trust)

    def token(self, name: str, *policies: str, owner: Ref | None = None, **attributes: Any) -> Ref:
        """Add a token."""
        ref = Ref(HOST, Kind.ACCESS_TOKEN, name)
        times = {key: attributes.pop(key) for key in ("created_at", "expires_at") if key in attributes}
        told = {"platform": "vault", "orphan": False, "period": None, "policies": list(policies)} | attributes
        self.put(Machine(ref=ref, name=name, parent=TENANT, owner=owner, attributes=told, origin=SEEN, **times))
        return self.holds(ref, *policies)

    def group(self, name: str, *members: Ref, policies: tuple[str, ...] = (), **attributes: Any) -> Ref:
        """Add a group with its members."""
        ref = Ref(HOST, Kind.GROUP, name)
        self.put(Group(ref=ref, name=f"vault group {name}", parent=TENANT, attributes=attributes, origin=SEEN))
        self.estate._facts += [Membership(member=member, group=ref, origin=SEEN) for member in members]
        return self.holds(ref, *policies)

    def secret(self, mount: str, path: str, engine: str = "kv") -> Ref:
        """Add a secret of a mount, version 2 where it is key-value."""
        ref = Ref(HOST, Kind.SECRET, f"{mount}:{path}")
        own = f"{mount}/data/{path}" if engine == "kv" else f"{mount}/{path}"
        told = {"platform": "vault", "engine": engine, "path": own}
        parent = Ref(HOST, Kind.MOUNT, mount)
        return self.put(
            Resource(ref=ref, name=f"vault:acme/{mount}/{path}", parent=parent, attributes=told, origin=SEEN)
        )

    def holds(self, ref: Ref, *policies: str) -> Ref:
        """Give somebody policies."""
        self.estate._facts += [
            Grant(principal=ref, resource=TENANT, role=f"policy:{name}", kind=GrantKind.DIRECT, origin=SEEN)
            for name in policies
        ]
        return ref


def add_vault(estate: Estate) -> Vault:
    """Add a vault with one of everything."""
    vault = Vault(estate)
    vault.mount("secret", "kv", kv_version=2)
    for path, kind in (("auth/userpass", "userpass"), ("auth/jwt", "jwt"), ("auth/approle", "approle")):
        vault.mount(path, kind)
    vault.policy("prod-admin", ("secret/*", "create read update delete"))
    vault.policy("keeper", ("sys/policies/acl/*", "create update"))
    keeper = vault.entity("heidi", "keeper")
    vault.group("release", keeper, policies=("prod-admin",))
    vault.secret("secret", "prod/db")
    vault.user("auth/userpass", "alice", "prod-admin")
    vault.trust(vault.machine("auth/jwt", "deploy", "prod-admin", method="jwt"), "repo:acme/*", audiences=())
    told = {"bind_secret_id": True, "secret_id_ttl": 0, "secret_id_num_uses": 0, "secret_id_bound_cidrs": None}
    vault.machine("auth/approle", "jenkins", "prod-admin", method="approle", **told)
    vault.token("carol-laptop", "prod-admin", period=2_764_800, orphan=True)
    return vault
