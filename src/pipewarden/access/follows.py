"""Which groups take their members from a group of an identity provider, and whose account is whose across the two.

A link is what a system states: the provider's own id of the group, or a value that the provider says it sends to that very
system. Names alone never join two groups; a link that leads nowhere, or to two groups, is told and not followed.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from pipewarden.access.accounts import PROVIDERS
from pipewarden.access.persons import Persons
from pipewarden.access.pushed import Pushed, Pushes
from pipewarden.access.sent import believed, providers_of, sends
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Entity, Group, Resource
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.people import People
from pipewarden.model.snapshot import Snapshot
from pipewarden.model.systems import System


class Follow(NamedTuple):
    """A group that takes its members from a group of an identity provider; both are ordinals."""

    inner: int
    """The group at the identity provider."""
    outer: int
    """The group that follows it."""
    doubt: str = ""
    """Why it is not sure; empty where it is."""
    app: int = -1
    """The app that pushes the group: only who is assigned to it comes along. -1 where no app stands between."""


class Loose(NamedTuple):
    """A link that was not followed: the group that states it, and why, in words."""

    group: Ref
    says: str
    outer: int = -1
    """The members whom the link fills, by their ordinal; -1 where nobody is there yet."""
    unknown: bool = False
    """Whether people may come in by it whom nobody here can name."""
    ldap: bool = False


class Follows:
    """The links of one snapshot. Nothing is worked out before it is asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._systems = dict(zip(snapshot.instances, snapshot.systems, strict=True))
        self._pushes = Pushes(snapshot)

    @property
    def people(self) -> People:
        """The people of all systems together."""
        return self.persons.everybody

    # --- whose account is whose ---------------------------------------------------------------------

    @cached_property
    def persons(self) -> Persons:
        """Whose each account is, by the account's number: people become objects when they are asked for."""
        return Persons(self.snapshot)

    def is_provider(self, ordinal: int) -> bool:
        """Tell whether something is an identity provider's own."""
        return self.snapshot.systems[int(self.snapshot.instance[ordinal])] in PROVIDERS

    def signs_in_as(self, member: int) -> list[int]:
        """Return the accounts at identity providers of the person whose account this is; itself where it is one."""
        if self.is_provider(member):
            return [member]
        return [each for each in self.persons.accounts_of(member) if self.is_provider(each)]

    def accounts_of(self, account: int) -> list[int]:
        """Return the other accounts of the person whose account this is, in all systems."""
        return [each for each in self.persons.accounts_of(account) if each != account]

    def accounts_in(self, account: int, instance: int) -> list[int]:
        """Return the accounts that a person has in one instance (by its code)."""
        return [each for each in self.persons.accounts_of(account) if int(self.snapshot.instance[each]) == instance]

    def brings(self, link: Follow, who: Iterable[int]) -> bool:
        """Tell whether a link brings along a member of its group, given by themselves and all groups they are in."""
        return link.app < 0 or bool(link.doubt) or not self._pushes.assigned(link.app).isdisjoint(who)

    # --- the links ----------------------------------------------------------------------------------

    @cached_property
    def _found(self) -> tuple[tuple[Follow, ...], tuple[Loose, ...]]:
        links: dict[Follow, None] = {}
        loose: dict[Loose, None] = {}
        read = bool(PROVIDERS & set(self.snapshot.systems))
        for each in (*self._stated(), *self._gitlab) if read else self._gitlab:
            if isinstance(each, Follow):
                links[each] = None
            elif read or each.ldap:
                loose[each] = None
        return tuple(links), tuple(loose)

    @cached_property
    def _gitlab(self) -> tuple[Follow | Loose, ...]:
        """What the group links of GitLab say: of LDAP and SAML groups that nobody here can name they tell in any case."""
        ordinals = self.snapshot.ordinals(Kind.APPLICATION).tolist() if System.GITLAB in self.snapshot.systems else []
        gitlab = [o for o in ordinals if self.snapshot.systems[int(self.snapshot.instance[o])] is System.GITLAB]
        return tuple(each for ordinal in gitlab for each in self._of_gitlab(ordinal))

    @cached_property
    def unknown(self) -> tuple[Loose, ...]:
        """The links by which people may come into a group of GitLab whom nobody here can name."""
        return tuple(each for each in self._gitlab if isinstance(each, Loose) and each.unknown)

    @property
    def links(self) -> tuple[Follow, ...]:
        """All links that lead to one group."""
        return self._found[0]

    @property
    def loose(self) -> tuple[Loose, ...]:
        """All links that are stated and lead to no group, or to several."""
        return self._found[1]

    @cached_property
    def by_outer(self) -> dict[int, tuple[Follow, ...]]:
        """The links by the group that follows."""
        found: dict[int, tuple[Follow, ...]] = {}
        for link in self.links:
            found[link.outer] = (*found.get(link.outer, ()), link)
        return found

    def _stated(self) -> Iterator[Follow | Loose]:
        for ordinal in self.snapshot.ordinals(Kind.GROUP).tolist():
            system = self.snapshot.systems[int(self.snapshot.instance[ordinal])]
            if system is System.GITHUB:
                yield from self._of_team(ordinal)
            elif system is System.VAULT:
                yield from self._of_vault(ordinal)

    def _of_team(self, team: int) -> Iterator[Follow | Loose]:
        """Read which groups a team of GitHub follows.

        Team synchronisation names a group by the id that it has at the identity provider.
        https://docs.github.com/en/enterprise-cloud@latest/rest/teams/team-sync#list-idp-groups-for-a-team
        Managed users bring groups with numbers of GitHub's own; the provider's id is the SCIM group's `externalId`.
        https://docs.github.com/en/enterprise-cloud@latest/rest/enterprise-admin/scim
        """
        fact = self.snapshot.entity(team)
        for row in _rows(fact.attributes.get("external_groups")):
            managed = "members" in row
            key = row.get("external_id") if managed else row.get("group_id")
            name = str(row.get("group_name") or row.get("group_id"))
            says = f"{fact.name} follows the group {name}"
            found = self._by_key(str(key or ""))
            pushed = self._pushed_to(fact, name) if managed else []
            if pushed:
                yield from self._by_push(team, pushed, says, found)
            elif managed and not key:
                unread = "which one that is at the identity provider was not read"
                yield Loose(fact.ref, f"{says}; {self._unfollowed(System.GITHUB, name) or unread}")
            else:
                yield self._one(team, found, says)

    def _pushed_to(self, team: Entity, name: str) -> list[Pushed]:
        organization = self.snapshot.find(team.parent) if team.parent is not None else None
        return self._pushes.into_team(organization, name) if organization is not None else []

    def _unfollowed(self, system: System, name: str) -> str:
        """Return why a push of that name may be meant and is not followed, "" where none may be."""
        whose = "organization" if system is System.GITHUB else "GitLab"
        if self._pushes.untied(system, name):
            return f"an app of Okta pushes one of that name, and nothing tells which {whose} that app is for"
        return "which groups Okta pushes was not read in full" if self._pushes_unread else ""

    @cached_property
    def _pushes_unread(self) -> bool:
        return bool(self.snapshot.gaps_in({OktaFacet.GROUP_PUSH}))

    @cached_property
    def _assigned_unread(self) -> list[Ref]:
        """The apps and organizations of which it was not read who is assigned."""
        return [gap.scope for gap in self.snapshot.gaps_in({OktaFacet.APP_ASSIGNMENTS})]

    def _by_push(self, outer: int, pushed: list[Pushed], says: str, known: list[int]) -> Iterator[Follow | Loose]:
        """Yield the link that a push makes. The id that a group carries goes first; a push that says otherwise is told."""
        running = [each for each in pushed if each.runs]
        sources = sorted({each.source for each in running})
        name = self.snapshot.name_of
        if not running:
            if known:
                yield self._one(outer, known, says)
            those = f"the push of {name(pushed[0].source)} stands still ({pushed[0].status.lower()})"
            yield Loose(self.snapshot.ref(outer), f"{says}, and {those}: who leaves the group stays")
        elif known and sources != known:
            yield self._one(outer, known, says)
            others = " and ".join(name(each) for each in sources if each not in known)
            yield Loose(
                self.snapshot.ref(outer), f"{says} by its id, and Okta pushes the group {others} under that name"
            )
        elif len(sources) > 1:
            yield Loose(self.snapshot.ref(outer), f"{says}, and {len(sources)} groups are pushed under that name")
        else:
            doubt = self._unassigned(running[0].app)
            yield (
                Follow(sources[0], outer, "", -1)
                if known and doubt
                else Follow(sources[0], outer, doubt, running[0].app)
            )

    def _unassigned(self, app: int) -> str:
        """Return why it is not known who is assigned to an app, "" where it is."""
        ref = self.snapshot.ref(app)
        for scope in self._assigned_unread:
            if scope.instance == ref.instance and (scope == ref or scope.kind is Kind.TENANT):
                return "who is assigned to the app that pushes the group was not read"
        return ""

    def _by_key(self, key: str) -> list[int]:
        refs = (Ref(i, Kind.GROUP, key) for i, s in self._systems.items() if s in PROVIDERS and key)
        return [o for ref in refs if (o := self.snapshot.ordinal(ref)) is not None and self._is_read(o)]

    def _is_read(self, ordinal: int) -> bool:
        return isinstance(self.snapshot.entity(ordinal), Group)

    def _one(self, outer: int, inner: list[int], says: str, doubt: str = "") -> Follow | Loose:
        if len(inner) == 1:
            return Follow(inner[0], outer, doubt)
        why = "which no identity provider that was read has" if not inner else f"and {len(inner)} groups answer to that"
        return Loose(self.snapshot.ref(outer), f"{says}, {why}")

    def _of_gitlab(self, links: int) -> Iterator[Follow | Loose]:
        """Read the group links of a group of GitLab: who is in the group named is a member of the level named.

        The name is what the provider sends in its SAML assertion; for Entra that is the group's id.
        https://docs.gitlab.com/user/group/saml_sso/group_sync/
        """
        fact = self.snapshot.entity(links)
        group = fact.parent
        if group is None or not fact.ref.key.startswith("links:"):
            return
        here = fact.name.removeprefix("links:")
        for row in _rows(fact.attributes.get("saml_group_links")):
            name, level = str(row.get("name") or ""), row.get("access_level")
            custom = f":{row['member_role_id']}" if row.get("member_role_id") else ""
            outer = self._level(group, level, custom)
            says = f"{here} takes members from the SAML group {name}"
            if outer < 0:
                says = f"the SAML group {name} is linked to {here} at level {level}, at which nobody is in it yet"
                yield Loose(group, says, unknown=True)
                continue
            sent = sends(self.snapshot, self._apps, group.instance, name)
            pushed = [e for e in self._pushes.into_gitlab(group.instance, here, name) if e.source not in sent]
            if not sent and not pushed:
                why = self._unfollowed(System.GITLAB, name)
                told = f"{says}; {why}" if why else f"{says}, which no identity provider that was read has"
                yield Loose(group, told, outer, unknown=True)
            elif sent:
                yield self._one(outer, sent, says)
            if pushed:
                yield from self._by_push(outer, pushed, says, [])
        yield from self._of_ldap(group, here, fact)

    def _of_ldap(self, group: Ref, here: str, links: Entity) -> Iterator[Loose]:
        """Read the LDAP links: who is in the group named, or found by the filter, is a member; no directory tells who that is.

        https://docs.gitlab.com/user/group/access_and_permissions/#manage-group-memberships-with-ldap
        """
        for row in _rows(links.attributes.get("ldap_group_links")):
            name = str(row.get("cn") or row.get("filter") or "")
            level = row.get("group_access") if row.get("access_level") is None else row.get("access_level")
            custom = f":{row['member_role_id']}" if row.get("member_role_id") else ""
            says = f"{here} takes members from the LDAP group {name}, and no LDAP directory is read"
            yield Loose(group, says, self._level(group, level, custom), unknown=True, ldap=True)

    def _level(self, group: Ref, level: object, custom: str) -> int:
        """Return the members of a group at one level, -1 where there are none yet."""
        found = self.snapshot.ordinal(Ref(group.instance, Kind.GROUP, f"{group.key}:{level}{custom}"))
        return -1 if found is None else found

    @cached_property
    def _apps(self) -> list[Resource]:
        every = self.snapshot.entities(Kind.APPLICATION)
        return [a for a in every if isinstance(a, Resource) and self._systems.get(a.ref.instance) in PROVIDERS]

    @cached_property
    def _issuers(self) -> dict[tuple[str, str], frozenset[str]]:
        """Whose tokens each login of a vault believes that takes groups, by the vault and the login's accessor."""
        return believed(self.snapshot)

    def _of_vault(self, group: int) -> Iterator[Follow | Loose]:
        """Read the alias of an external group: who comes with that group in the claim is a member until the next login.

        https://openbao.org/docs/concepts/identity/#external-vs-internal-groups
        """
        fact = self.snapshot.entity(group)
        alias = fact.attributes.get("alias")
        if not isinstance(alias, dict) or not alias.get("name"):
            return
        name = str(alias["name"])
        issuers = self._issuers.get((fact.ref.instance, str(alias.get("mount_accessor"))), frozenset())
        found, doubt = providers_of(self.snapshot, issuers, name)
        yield self._one(
            group, found, f"{fact.name} takes members from the group {name} of {alias.get('mount_path')}", doubt
        )


def _rows(value: Any) -> Iterable[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
