"""A fluent builder of tiny snapshots: who is in acme, what is there, who holds what on it.

    Estate().org("acme").member("alice", owner=True).repo("acme/web").direct("bob", "acme/web", "write").view()

Things are named as people see them (`acme`, `acme/web`, `acme/platform` for a team, `alice`); ids are numbers
given in the order of mention. Only what is said is in the snapshot: an attribute not stated is absent.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import msgspec

from pipewarden.access.view import View
from pipewarden.checks.base import Check, Verdicts, judge
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import (
    Account,
    AnyFact,
    Cause,
    Entity,
    Gap,
    Gate,
    GateKind,
    Grant,
    GrantKind,
    Group,
    Machine,
    Membership,
    Origin,
    Resource,
    Role,
    Trust,
    Use,
)
from pipewarden.model.ids import Kind, Ref, everyone, members_of, outsiders_of, owners_of
from pipewarden.model.snapshot import Snapshot

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
"""The time for which every snapshot here speaks."""

SEEN = Origin("GET /made-for-a-test", NOW)


def days_ago(days: float) -> datetime:
    """Return the moment some days before NOW."""
    return NOW - timedelta(days=days)


class Estate:
    """What the snapshot will hold; every method adds to it and returns the estate."""

    def __init__(self, instance: str = "github.com") -> None:
        self.instance = instance
        self._entities: dict[Ref, Entity] = {}
        self._facts: list[AnyFact] = []
        self._names: dict[tuple[Kind, str], Ref] = {}
        self._next = 1000
        self._org = ""

    # --- naming -----------------------------------------------------------------------------------

    def number(self) -> str:
        """Return an id not used before."""
        self._next += 1
        return str(self._next)

    def ref(self, name: str, *kinds: Kind) -> Ref:
        """Return the id of something by its name; kinds narrow it where a name means two things."""
        for (kind, known), ref in self._names.items():
            if known == name and (not kinds or kind in kinds):
                return ref
        raise KeyError(f"nothing named {name!r} in this estate")

    def _account(self, login: str, **attributes: Any) -> Ref:
        known = self._names.get((Kind.ACCOUNT, login))
        if known is None:
            known = Ref(self.instance, Kind.ACCOUNT, self.number())
            self._put(Account(ref=known, name=login, attributes={"type": "User"} | attributes, origin=SEEN))
        elif attributes:
            self.set(login, **attributes)
        return known

    def _put(self, entity: Entity) -> Ref:
        self._entities[entity.ref] = entity
        self._names[entity.ref.kind, entity.name] = entity.ref
        return entity.ref

    def _resource(self, kind: Kind, key: str, name: str, parent: Ref | None, attributes: dict[str, Any]) -> Ref:
        return self._put(
            Resource(ref=Ref(self.instance, kind, key), name=name, parent=parent, attributes=attributes, origin=SEEN)
        )

    def _machine(self, kind: Kind, key: str, name: str, parent: Ref, attributes: dict[str, Any], **more: Any) -> Ref:
        return self._put(
            Machine(
                ref=Ref(self.instance, kind, key), name=name, parent=parent, attributes=attributes, origin=SEEN, **more
            )
        )

    def _repository(self, name: str) -> Ref:
        return self.ref(name, Kind.REPOSITORY)

    def _organization(self, name: str = "") -> Ref:
        return self.ref(name or self._org, Kind.ORGANIZATION)

    def _holder(self, who: str) -> Ref:
        """Return a principal by name: a team, a machine, or an account (made where not known yet)."""
        try:
            return self.ref(who, Kind.GROUP, Kind.APP, Kind.ACCOUNT, Kind.FINE_GRAINED_TOKEN, Kind.CLASSIC_TOKEN)
        except KeyError:
            return self._account(who)

    def set(self, name: str, *kinds: Kind, **attributes: Any) -> Self:
        """Add or replace attributes of something already there."""
        ref = self.ref(name, *kinds)
        entity = self._entities[ref]
        self._entities[ref] = msgspec.structs.replace(entity, attributes=entity.attributes | attributes)
        return self

    def unset(self, name: str, *attributes: str) -> Self:
        """Take attributes away: as if the provider had not given them."""
        ref = self.ref(name)
        entity = self._entities[ref]
        left = {key: value for key, value in entity.attributes.items() if key not in attributes}
        self._entities[ref] = msgspec.structs.replace(entity, attributes=left)
        return self

    def field(self, name: str, **fields: Any) -> Self:
        """Replace fields of the fact itself, such as `created_at` or `last_used_at`."""
        ref = self.ref(name)
        self._entities[ref] = msgspec.structs.replace(self._entities[ref], **fields)
        return self

    def add(self, *facts: AnyFact) -> Self:
        """Add facts as they are."""
        self._facts.extend(facts)
        return self

    # --- scopes -----------------------------------------------------------------------------------

    def enterprise(self, slug: str = "acme-corp", **attributes: Any) -> Self:
        """Add an enterprise; organizations added later belong to it."""
        ref = self._resource(Kind.ENTERPRISE, self.number(), slug, None, {"slug": slug} | attributes)
        self._group(owners_of(ref), f"owners of {slug}", ref)
        self._group(members_of(ref), f"members of {slug}", ref)
        return self

    def _group(self, ref: Ref, name: str, parent: Ref) -> None:
        self._put(Group(ref=ref, name=name, parent=parent, attributes={"implicit": True}, origin=SEEN))

    def org(self, login: str = "acme", *, base: str | None = None, **attributes: Any) -> Self:
        """Add an organization and make it the one meant from here on; `base` is the default repository permission."""
        parent = next((ref for (kind, _), ref in self._names.items() if kind is Kind.ENTERPRISE), None)
        if base is not None:
            attributes["default_repository_permission"] = base
        ref = self._resource(Kind.ORGANIZATION, self.number(), login, parent, {"login": login} | attributes)
        self._org = login
        self._group(members_of(ref), f"members of {login}", ref)
        self._group(owners_of(ref), f"owners of {login}", ref)
        self._group(outsiders_of(ref), f"outside collaborators of {login}", ref)
        self._grant(owners_of(ref), ref, "owner", GrantKind.OWNERSHIP)
        if parent:
            self._membership(members_of(ref), members_of(parent), "organization")
            self._grant(owners_of(parent), ref, "owner", GrantKind.POTENTIAL)
        if base:
            self._grant(members_of(ref), ref, f"base:{base}", GrantKind.BASE)
        return self

    def repo(self, name: str, **attributes: Any) -> Self:
        """Add a repository (`acme/web`): private, not archived, default branch `main` unless said otherwise."""
        given: dict[str, Any] = {"visibility": "private", "archived": False, "default_branch": "main"} | attributes
        organization = self._organization(name.split("/", maxsplit=1)[0])
        ref = self._resource(Kind.REPOSITORY, self.number(), name, organization, given)
        if given["visibility"] == "public":
            self._grant(everyone(self.instance), ref, "read", GrantKind.PUBLIC)
        if given["visibility"] == "internal":
            scope = self._entities[organization].parent or organization
            self._grant(members_of(scope), ref, "read", GrantKind.INTERNAL)
        return self

    # --- people and teams -------------------------------------------------------------------------

    def _membership(self, member: Ref, group: Ref, role: str = "member", **more: Any) -> None:
        self._facts.append(Membership(member=member, group=group, role=role, origin=SEEN, **more))

    def account(
        self, login: str, *, created: datetime | None = None, last_used: datetime | None = None, **attributes: Any
    ) -> Self:
        """Add an account that belongs to nothing yet."""
        ref = self._account(login, **attributes)
        account = self._entities[ref]
        self._entities[ref] = msgspec.structs.replace(account, created_at=created, last_used_at=last_used)
        return self

    def member(self, login: str, *, owner: bool = False, org: str = "", **attributes: Any) -> Self:
        """Add a member of an organization; owners are members too."""
        ref, organization = self._account(login, **attributes), self._organization(org)
        self._membership(ref, members_of(organization))
        if owner:
            self._membership(ref, owners_of(organization), "owner")
        return self

    def members(self, *logins: str, owner: bool = False) -> Self:
        """Add several members of the organization meant."""
        for login in logins:
            self.member(login, owner=owner)
        return self

    def outsider(self, login: str, *, org: str = "", **attributes: Any) -> Self:
        """Add an outside collaborator."""
        self._membership(self._account(login, **attributes), outsiders_of(self._organization(org)))
        return self

    def special(self, login: str, role: str, *, org: str = "", **attributes: Any) -> Self:
        """Add somebody with an organization membership of another role, such as `billing_manager`."""
        self._membership(self._account(login, **attributes), members_of(self._organization(org)), role)
        return self

    def enterprise_owner(self, login: str, slug: str = "acme-corp", **attributes: Any) -> Self:
        """Add an owner of an enterprise."""
        self._membership(self._account(login, **attributes), owners_of(self.ref(slug, Kind.ENTERPRISE)), "owner")
        return self

    def team(
        self,
        name: str,
        *members: str,
        maintainers: Iterable[str] = (),
        parent: str = "",
        **attributes: Any,
    ) -> Self:
        """Add a team (`acme/platform`) with its direct members, and the team it is nested in."""
        organization = self._organization(name.split("/", maxsplit=1)[0])
        ref = Ref(self.instance, Kind.GROUP, self.number())
        slug = name.split("/")[1]
        self._put(Group(ref=ref, name=name, parent=organization, attributes={"slug": slug} | attributes, origin=SEEN))
        for login in members:
            self._membership(self._account(login), ref)
        for login in maintainers:
            self._membership(self._account(login), ref, "maintainer")
        if parent:
            self._membership(ref, self.ref(parent, Kind.GROUP), "child")
        return self

    # --- grants -----------------------------------------------------------------------------------

    def _grant(self, principal: Ref, resource: Ref, role: str, kind: GrantKind, **more: Any) -> None:
        self._facts.append(Grant(principal=principal, resource=resource, role=role, kind=kind, origin=SEEN, **more))

    def direct(self, login: str, repo: str, role: str, **more: Any) -> Self:
        """Give an account a role on a repository itself."""
        self._grant(self._account(login), self._repository(repo), role, GrantKind.DIRECT, **more)
        return self

    def team_on(self, team: str, repo: str, role: str) -> Self:
        """Give a team a role on a repository."""
        self._grant(self.ref(team, Kind.GROUP), self._repository(repo), role, GrantKind.TEAM)
        return self

    def role(
        self, key: str, name: str, *, level: str | None = None, permissions: dict[str, str] | None = None, **given: Any
    ) -> Self:
        """Describe a role by the key that grants name (`org_role:7`, `custom_repo:9`)."""
        held = permissions or {}
        attributes = {"base_role": level, "permissions": sorted(held), "source": "Organization"} | given
        self._put(
            Role(
                ref=Ref(self.instance, Kind.ROLE, key),
                name=name,
                parent=self._organization(),
                level=level,
                permissions=held,
                attributes=attributes,
                origin=SEEN,
            )
        )
        return self

    def org_role(self, who: str, key: str, *, org: str = "") -> Self:
        """Assign an organization role (`org_role:7`) to an account or team."""
        self._grant(self._holder(who), self._organization(org), key, GrantKind.ORG_ROLE)
        return self

    # --- machines ---------------------------------------------------------------------------------

    def app(
        self,
        slug: str,
        permissions: dict[str, str],
        *,
        repositories: Iterable[str] | None = None,
        org: str = "",
        key: str = "",
        created: datetime | None = None,
        last_used: datetime | None = None,
        **attributes: Any,
    ) -> Self:
        """Install an app: on all repositories unless some are named. `key` is the installation's id."""
        organization, number = self._organization(org), key or self.number()
        given: dict[str, Any] = {
            "app_slug": slug,
            "permissions": permissions,
            "repository_selection": "all" if repositories is None else "selected",
            "suspended_at": None,
        }
        more = {"created_at": created, "last_used_at": last_used}
        ref = self._machine(Kind.APP, number, slug, organization, given | attributes, **more)
        self._role_of(f"app:{number}", slug, permissions, organization)
        for target in [organization] if repositories is None else map(self._repository, repositories):
            self._grant(ref, target, f"app:{number}", GrantKind.APP)
        return self

    def _role_of(self, key: str, name: str, permissions: dict[str, str], organization: Ref) -> None:
        ref = Ref(self.instance, Kind.ROLE, key)
        self._put(Role(ref=ref, name=name, parent=organization, permissions=permissions, origin=SEEN))

    def fine_grained_token(
        self,
        owner: str,
        name: str,
        permissions: dict[str, dict[str, str]],
        *,
        repositories: Iterable[str] | None = None,
        created: datetime | None = None,
        expires: datetime | None = None,
        last_used: datetime | None = None,
        org: str = "",
        **attributes: Any,
    ) -> Self:
        """Add a fine-grained token of an account, over all repositories unless some are named.

        `permissions` are grouped as the API does: `{"repository": {"contents": "write"}}`.
        """
        organization, number, holder = self._organization(org), self.number(), self._account(owner)
        given: dict[str, Any] = {
            "token_name": name,
            "permissions": permissions,
            "repository_selection": "all" if repositories is None else "subset",
        }
        ref = self._machine(
            Kind.FINE_GRAINED_TOKEN,
            number,
            f"{owner}'s token {name}",
            organization,
            given | attributes,
            owner=holder,
            created_at=created,
            expires_at=expires,
            last_used_at=last_used,
        )
        flat = {key: value for group in permissions.values() for key, value in group.items()}
        self._role_of(f"token:{number}", name, flat, organization)
        for target in [organization] if repositories is None else map(self._repository, repositories):
            self._grant(ref, target, f"token:{number}", GrantKind.TOKEN)
        return self

    def credential(
        self,
        owner: str,
        scopes: Iterable[str] = (),
        *,
        kind: Kind = Kind.CLASSIC_TOKEN,
        authorized: datetime | None = None,
        expires: datetime | None = None,
        last_used: datetime | None = None,
        org: str = "",
        **attributes: Any,
    ) -> Self:
        """Add a classic token (or SSH key) of an account, authorized for the organization's single sign-on."""
        organization, number, holder = self._organization(org), self.number(), self._account(owner)
        words = "SSH key" if kind is Kind.SSH_KEY else "personal access token"
        held = list(scopes)
        ends = expires.isoformat() if expires else None
        given: dict[str, Any] = {
            "credential_type": words,
            "scopes": held,
            "authorized_credential_expires_at": ends,
        }
        if authorized is not None:
            given["credential_authorized_at"] = authorized.isoformat()
        ref = self._machine(
            kind,
            number,
            f"{owner}'s {words}",
            organization,
            given | attributes,
            owner=holder,
            created_at=authorized,
            expires_at=expires,
            last_used_at=last_used,
        )
        self._role_of(f"scopes:{number}", words, dict.fromkeys(held, "write"), organization)
        self._grant(ref, organization, f"scopes:{number}", GrantKind.TOKEN)
        return self

    def deploy_key(
        self,
        repo: str,
        title: str = "deploy",
        *,
        write: bool = False,
        added_by: str | None = None,
        created: datetime | None = None,
        last_used: datetime | None = None,
        **attributes: Any,
    ) -> Self:
        """Add a deploy key to a repository."""
        repository = self._repository(repo)
        given: dict[str, Any] = {"title": title, "read_only": not write, "verified": True, "enabled": True}
        holder = None
        if added_by is not None:
            given["added_by"] = added_by
            holder = self._account(added_by)
        ref = self._machine(
            Kind.DEPLOY_KEY,
            self.number(),
            title,
            repository,
            given | attributes,
            owner=holder,
            created_at=created,
            last_used_at=last_used,
        )
        self._grant(ref, repository, "deploy_key:write" if write else "deploy_key:read", GrantKind.KEY)
        return self

    # --- what guards ------------------------------------------------------------------------------

    def protect(self, repo: str, pattern: str = "main", *, order: int = 0, **rules: Any) -> Self:
        """Add a classic protection rule (GraphQL field names; allowances as lists of `{type, id, name}`)."""
        repository = self._repository(repo)
        self._facts.append(
            Gate(
                ref=Ref(self.instance, Kind.GATE, f"{repository.key}:bp:{pattern}"),
                resource=repository,
                kind=GateKind.BRANCH_PROTECTION,
                name=pattern,
                patterns=(pattern,),
                rules={"order": order} | rules,
                bypass=(),
                origin=SEEN,
            )
        )
        return self

    def ruleset(
        self,
        on: str,
        name: str = "guard",
        *rules: dict[str, Any],
        patterns: tuple[str, ...] = ("~DEFAULT_BRANCH",),
        excluded: tuple[str, ...] = (),
        target: str = "branch",
        enforcement: str = "active",
        bypass: Iterable[dict[str, Any]] | None = (),
        conditions: dict[str, Any] | None = None,
        more: dict[str, Any] | None = None,
    ) -> Self:
        """Add a ruleset to a repository or organization; `bypass=None` where the list could not be seen.

        `more` is what is known of it besides: types of rules that were not understood as `unread`.
        """
        resource = self.ref(on, Kind.REPOSITORY, Kind.ORGANIZATION)
        self._facts.append(
            Gate(
                ref=Ref(self.instance, Kind.GATE, self.number()),
                resource=resource,
                kind=GateKind.RULESET,
                name=name,
                active=enforcement == "active",
                target=target,
                patterns=patterns,
                excluded=excluded,
                rules={
                    "enforcement": enforcement,
                    "rules": list(rules),
                    "conditions": conditions or {},
                    **(more or {}),
                },
                bypass=None if bypass is None else tuple(bypass),
                origin=SEEN,
            )
        )
        return self

    def environment(
        self,
        repo: str,
        name: str = "production",
        *,
        reviewers: Iterable[str] = (),
        prevent_self_review: bool = False,
        wait_timer: int = 0,
        branch_policy: dict[str, bool] | None = None,
        branch_policies: Iterable[dict[str, str]] = (),
        can_admins_bypass: bool = True,
        **attributes: Any,
    ) -> Self:
        """Add an environment with its gate; reviewers are logins or team names."""
        repository = self._repository(repo)
        key = f"{repository.key}:{name}"
        given: dict[str, Any] = {
            "name": name,
            "can_admins_bypass": can_admins_bypass,
            "deployment_branch_policy": branch_policy,
            "branch_policies": list(branch_policies),
        }
        ref = self._resource(Kind.ENVIRONMENT, key, f"env:{repo}/{name}", repository, given | attributes)
        named = [self._holder(who) for who in reviewers]
        rules = {
            "required_reviewers": [
                {"type": "Team" if who.kind is Kind.GROUP else "User", "id": who.key, "name": word}
                for who, word in zip(named, reviewers, strict=True)
            ],
            "prevent_self_review": prevent_self_review,
            "wait_timer": wait_timer,
            "branch_policy": branch_policy,
            "branch_policies": list(branch_policies),
            "can_admins_bypass": can_admins_bypass,
            "custom_rules": attributes.get("custom_rules", []),
        }
        self._facts.append(
            Gate(
                ref=Ref(self.instance, Kind.GATE, f"{repository.key}:env:{name}"),
                resource=ref,
                kind=GateKind.ENVIRONMENT,
                name=name,
                rules=rules,
                bypass=(),
                origin=SEEN,
            )
        )
        return self

    # --- what is guarded --------------------------------------------------------------------------

    def secret(self, on: str, name: str, *, store: str = "actions", **attributes: Any) -> Self:
        """Add a secret to an organization (`acme`), repository (`acme/web`) or environment (`env:acme/web/production`)."""
        return self._value(Kind.SECRET, on, name, {"name": name, "store": store} | attributes)

    def variable(self, on: str, name: str, *, looks_secret: bool = False, **attributes: Any) -> Self:
        """Add a variable to an organization, repository or environment."""
        given = {"name": name, "looks_secret": looks_secret} | attributes
        return self._value(Kind.VARIABLE, on, name, given)

    def _value(self, kind: Kind, on: str, name: str, given: dict[str, Any]) -> Self:
        word, store = ("secret", given["store"]) if kind is Kind.SECRET else ("var", "variables")
        outer = self.ref(on, Kind.ORGANIZATION, Kind.REPOSITORY, Kind.ENVIRONMENT)
        match outer.kind:
            case Kind.ORGANIZATION:
                key = f"ORG:{outer.key}:{store}:{name}"
            case Kind.ENVIRONMENT:
                repository, _, environment = outer.key.partition(":")
                key = f"{repository}:env:{environment}:{name}"
            case _:
                key = f"{outer.key}:{store}:{name}"
        self._resource(kind, key, f"{word}:{on.removeprefix('env:')}/{name}", outer, given)
        return self

    def runner_group(self, name: str = "Default", *, org: str = "", **attributes: Any) -> Self:
        """Add a runner group to the organization."""
        number, organization = self.number(), self._organization(org)
        label = f"runners:{org or self._org}/{name}"
        self._resource(Kind.RUNNER_GROUP, number, label, organization, {"name": name} | attributes)
        return self

    def runner(self, on: str, name: str = "box", **attributes: Any) -> Self:
        """Add a self-hosted runner to a runner group (`runners:acme/Default`), organization or repository."""
        outer = self.ref(on, Kind.RUNNER_GROUP, Kind.ORGANIZATION, Kind.REPOSITORY)
        label = f"runner:{on.removeprefix('runners:')}/{name}"
        self._resource(Kind.RUNNER, self.number(), label, outer, {"name": name} | attributes)
        return self

    def webhook(self, on: str, **attributes: Any) -> Self:
        """Add a webhook to an organization or repository."""
        number = self.number()
        outer = self.ref(on, Kind.ORGANIZATION, Kind.REPOSITORY)
        self._resource(Kind.WEBHOOK, number, f"hook:{on}/{number}", outer, {"active": True} | attributes)
        return self

    def workflow(self, repo: str, path: str = ".github/workflows/ci.yml", **attributes: Any) -> Self:
        """Add a workflow file."""
        repository = self._repository(repo)
        given = {"path": path} | attributes
        self._resource(Kind.WORKFLOW, f"{repository.key}:{path}", f"{repo}/{path}", repository, given)
        return self

    def uses(self, workflow: str, what: str, name: str, resource: str = "", line: int = 0, **attributes: Any) -> Self:
        """Say that a workflow (`acme/web/.github/workflows/ci.yml`) uses something."""
        by = self.ref(workflow, Kind.WORKFLOW)
        used = self.ref(resource) if resource else None
        self._facts.append(
            Use(by=by, what=what, name=name, resource=used, line=line, attributes=attributes, origin=SEEN)
        )
        return self

    def item(self, kind: Kind, on: str, name: str, **attributes: Any) -> Self:
        """Add any other resource inside an organization or repository: invitation, token request, alert, branch."""
        outer = self.ref(on, Kind.ENTERPRISE, Kind.ORGANIZATION, Kind.REPOSITORY)
        key = f"{outer.key}:refs/heads/{name}" if kind is Kind.BRANCH else self.number()
        label = name if kind is Kind.TOKEN_REQUEST else f"{kind}:{on}/{name}"
        self._resource(kind, key, label, outer, attributes)
        return self

    def cloud_role(self, on: str, platform: str, *subjects: str, name: str = "", **attributes: Any) -> Self:
        """Add a role of a cloud that trusts jobs of GitHub by some subjects, as a file of a repository states it."""
        name = name or f"{platform} role"
        stated = {"platform": platform, "path": "main.tf", "line": 3} | attributes
        ref = self._put(
            Resource(
                ref=Ref(platform, Kind.CLOUD_ROLE, self.number()),
                name=name,
                parent=self.ref(on),
                attributes=stated,
                origin=SEEN,
            )
        )
        self._facts.append(
            Trust(
                ref=Ref(platform, Kind.TRUST, self.number()),
                principal=ref,
                issuer=str(attributes.get("issuer", "https://token.actions.githubusercontent.com")),
                subjects=subjects,
                audiences=tuple(attributes.get("audiences", ("sts.example",))),
                conditions=tuple(attributes.get("conditions", ())),
                attributes=stated,
                origin=SEEN,
            )
        )
        return self

    # --- the end ----------------------------------------------------------------------------------

    def gap(self, scope: str, facet: str, cause: Cause = Cause.FORBIDDEN, permission: str = "") -> Self:
        """Say that a facet of a scope could not be read."""
        self._facts.append(Gap(scope=self.ref(scope), facet=facet, cause=cause, permission=permission, origin=SEEN))
        return self

    def snapshot(self) -> Snapshot:
        """Return the snapshot."""
        builder = SnapshotBuilder()
        builder.add(*self._entities.values(), *self._facts)  # type: ignore[arg-type]
        return builder.finish(SnapshotInfo(sources=("test",), started=NOW - timedelta(minutes=5), ended=NOW))

    def view(self) -> View:
        """Return what a check sees."""
        return View(self.snapshot())

    def judge(self, *checks: Check) -> Verdicts:
        """Return what some checks say about this estate."""
        return judge(checks, self.view())

    def says(self, *checks: Check) -> list[str]:
        """Return the sentences of the findings; fails where a check broke."""
        verdicts = self.judge(*checks)
        broken = [each.detail for each in verdicts.not_assessed if each.cause is None]
        assert not broken, broken[0]
        return [finding.says for finding in verdicts.findings]

    def verdict(self, check: Check) -> str:
        """Return the tally of one check in words, such as `1 passed, 1 unknown`; fails where it broke."""
        verdicts = self.judge(check)
        broken = [each.detail for each in verdicts.not_assessed if each.cause is None]
        assert not broken, broken[0]
        tally = verdicts.tallies[0]
        counts = {
            "passed": tally.passed,
            "failed": tally.failed,
            "unknown": tally.unknown,
            "not applicable": tally.not_applicable,
        }
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count)
