"""Who may do what in a vault: the policies of each session, asked about the paths that a capability comes to."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pyroaring import BitMap

from pipewarden.access.chains import Chain, Chains
from pipewarden.access.github.held import Clause
from pipewarden.access.graph import Graph
from pipewarden.access.plain import NOT_ASKED, PlainRulings
from pipewarden.access.vault.acl import Rule
from pipewarden.access.vault.asked import DOORS, POLICIES, READING, Asked, as_role, of_method, of_secret, within
from pipewarden.access.vault.on_secrets import OnSecret, OnSecrets
from pipewarden.access.vault.sessions import Held, Rights, Session, Sessions
from pipewarden.errors import UsageError
from pipewarden.model.access import Capability, Condition, Link
from pipewarden.model.facets_vault import VaultFacet
from pipewarden.model.ids import Kind, Ref

ROOT_LIKE = re.compile(r"root[-_ ]?token|unseal|recovery[-_ ]?keys?", re.IGNORECASE)
NAMED_SO = "whether {name} holds what its name says: a root token, or keys that make one"


class VaultRulings(PlainRulings):
    """The semantics of OpenBao and Vault over one graph."""

    facets = tuple(VaultFacet)

    wide = frozenset({VaultFacet.AUTH, VaultFacet.ROLES, VaultFacet.ENTITIES, VaultFacet.GROUPS, VaultFacet.TOKENS})
    """Whoever can log in by any method may have policies on any path."""

    def __init__(self, graph: Graph, chains: Chains) -> None:
        super().__init__(graph, chains)
        self._sessions: dict[str, Sessions] = {}
        self._on_secrets: dict[tuple[str, int], OnSecrets] = {}

    def sessions(self, resource: int) -> Sessions:
        """Return the sessions of the vault that a resource is in."""
        instance = self.snapshot.instances[self.snapshot.instance[resource]]
        found = self._sessions.get(instance)
        if found is None:
            found = self._sessions[instance] = Sessions(self.graph, instance)
        return found

    def rule(self, capability: Capability, resource: int) -> list[Clause]:
        """Return the clauses by which somebody has a capability on a resource. Raises UsageError for what has none."""
        kind = self.snapshot.kind_of(resource)
        if kind in NOT_ASKED:
            raise UsageError(f"a {kind} is not something that access is asked about")
        if kind is Kind.SECRET and capability in READING | {Capability.MANAGE_SECRET}:
            return self._by(resource, of_secret(self.snapshot.entity(resource), capability))
        if capability is Capability.ADMINISTER:
            return [*self._by(resource, within(self._namespace(resource), POLICIES)), *self._keeping(resource)]
        if capability is Capability.ASSUME_ROLE and kind is Kind.SERVICE_ACCOUNT:
            return self._by(resource, self._as_role(resource))
        if capability is Capability.MANAGE_ACCESS:
            return self._by(resource, self._doors(resource))
        return []

    def on_secrets(self, principal: int, most: int) -> Iterator[OnSecret]:
        """Yield what somebody has on the secrets of the vault that they are in, as far as the first `most` of them."""
        instance = self.snapshot.instances[self.snapshot.instance[principal]]
        if (instance, most) not in self._on_secrets:
            every = self.snapshot.ordinals(Kind.SECRET)
            here = every[self.snapshot.instance[every] == self.snapshot.instance[principal]][:most].tolist()
            sessions = self.sessions(principal)
            self._on_secrets[instance, most] = OnSecrets(self.snapshot, sessions, here, self._ways, self._chains)
        return self._on_secrets[instance, most].of(principal)

    def _doors(self, resource: int) -> tuple[Asked, ...]:
        """Return the requests by which rights are given: those of any name, and of each authentication method."""
        namespace, here = self._namespace(resource), list[Asked]()
        for mount in self.snapshot.ordinals(Kind.MOUNT).tolist():
            told = self.snapshot.entity(mount).attributes
            path = str(told.get("path") or "")
            if (
                path.startswith(f"{namespace}auth/")
                and self.snapshot.instance[mount] == self.snapshot.instance[resource]
            ):
                here += of_method(path, str(told.get("type") or ""))
        return (*within(namespace, DOORS), *here)

    def _namespace(self, resource: int) -> str:
        """Return the path of the namespace that a resource is in, or is; empty for the root."""
        inner = next((o for o in self.snapshot.scopes(resource) if self.snapshot.kind_of(o) is Kind.FOLDER), -1)
        return self.snapshot.ref(inner).key if inner >= 0 else ""

    def _as_role(self, role: int) -> tuple[Asked, ...]:
        told, mount = self.snapshot.entity(role), int(self.snapshot.parent[role])
        if told.attributes.get("method") != "approle" or mount < 0:
            return ()
        path = str(self.snapshot.entity(mount).attributes.get("path") or "")
        return as_role(path, told.ref.key.rpartition(":")[2]) if path else ()

    def _keeping(self, resource: int) -> list[Clause]:
        """Return who reads a secret whose name says that it is a root token or opens the vault: perhaps all of it is theirs.

        "The root policy can do anything": https://openbao.org/docs/concepts/policies/#root-policy
        """
        found = []
        for secret in self.snapshot.ordinals(Kind.SECRET).tolist():
            fact = self.snapshot.entity(secret)
            mine = self.snapshot.instance[secret] == self.snapshot.instance[resource]
            if mine and ROOT_LIKE.search(str(fact.attributes.get("path") or "")):
                link = Link(source=fact.ref, target=self.snapshot.ref(resource), says="opens, as its name says,")
                doubt = NAMED_SO.format(name=fact.name)
                found += [
                    replace(clause, tail=(*clause.tail, link), unknown=(*clause.unknown, doubt))
                    for clause in self._by(secret, of_secret(fact, Capability.READ_SECRET))
                ]
        return found

    def _by(self, resource: int, wanted: Iterable[Asked]) -> list[Clause]:
        """Return the sessions that may send any of some requests: the sure ones first, then those not all is known of."""
        asked = tuple(wanted)
        sessions = self.sessions(resource)
        found: dict[tuple[tuple[str, ...], tuple[Condition, ...]], dict[int, list[tuple[Session, Rule]]]] = {}
        alike: dict[tuple[Rights, str], list[tuple[tuple[str, ...], tuple[Condition, ...], Rule]]] = {}
        for session in sessions.touching(each.path for each in asked):
            rights = sessions.rights(session)
            told = alike.get((rights, session.doubt))
            if told is None:  # many sessions have the same policies
                told = alike[rights, session.doubt] = list(self._ways(session, rights, asked))
            for unknown, conditions, rule in told:
                found.setdefault((unknown, conditions), {}).setdefault(session.principal, []).append((session, rule))
        clauses = []
        for (unknown, conditions), ways in sorted(found.items(), key=lambda each: len(each[0][0])):

            def lead(principal: int, ways: dict[int, list[tuple[Session, Rule]]] = ways) -> list[Chain]:
                by = ways.get(principal, ())
                return list(dict.fromkeys(c for session, rule in by for c in self._chains(session, rule, resource)))

            clauses.append(Clause(BitMap(ways), lead, conditions=conditions, unknown=unknown))
        return clauses

    def _ways(
        self, session: Session, rights: Rights, asked: tuple[Asked, ...]
    ) -> Iterable[tuple[tuple[str, ...], tuple[Condition, ...], Rule]]:
        doubt = (session.doubt,) if session.doubt else ()
        # deny in any policy wins, so that one that was not read may take what the others give
        unread = tuple(f"the text of policy {name.replace('//', '/')} was not read" for name in rights.unread)
        for each in asked:
            decision = rights.on(each.path)
            if not decision.allows(*each.by) or (each.sudo and not decision.allows("sudo")):
                continue
            for rule in decision.by if rights.is_root else decision.giving(*each.by):
                limits = tuple(
                    f"the request has the {limit.replace('_', ' ')} that {rule.policy.replace('//', '/')} asks for"
                    for limit in rule.limits
                )
                conditions = tuple(Condition(says=text) for text in limits)
                yield (doubt if rights.is_root else (*doubt, *unread)), conditions, rule
            return
        if unread:
            yield (*doubt, *unread), (), Rule("?", frozenset(), rights.unread[0])

    def _chains(self, session: Session, rule: Rule, resource: int) -> list[Chain]:
        target = self.snapshot.ref(resource)
        says = f"policy {rule.policy.replace('//', '/')}" + (
            f": {', '.join(sorted(rule.capabilities))} on {rule.path}" * (rule.path != "?")
        )
        chains: list[Chain] = []
        for held in session.held:
            if held.policy == rule.policy:
                link = self._link(held, says, target)
                chains += [(*climb, link) for climb in self._climbs(session, held)]
        return chains

    def _climbs(self, session: Session, held: Held) -> list[Chain]:
        if held.holder == session.principal:
            return [()]
        if session.entity >= 0 and session.entity != session.principal:
            source, entity = self.snapshot.ref(session.principal), self.snapshot.ref(session.entity)
            first = Link(source=source, target=entity, says="is a token of")
            return [(first, *rest) for rest in self.chains.climbs(session.entity, held.holder)]
        return self.chains.climbs(session.principal, held.holder)

    def _link(self, held: Held, says: str, target: Ref) -> Link:
        source = self.snapshot.ref(held.holder)
        if held.row < 0:
            return Link(source=source, target=target, says=says)
        return Link(source=source, target=target, says=says, grant=held.row)
