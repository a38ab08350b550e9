"""Who left and still holds something, whose machines are nobody's, who is alone: over the systems of one snapshot."""

from datetime import UTC, datetime, timedelta

from pipewarden.access.view import View
from pipewarden.checks import identities
from pipewarden.checks.base import Verdicts, every, judge
from pipewarden.model.builder import SnapshotBuilder
from pipewarden.model.columns import SnapshotInfo
from pipewarden.model.facts import Account, AnyFact, Grant, GrantKind, Identity, Machine, Origin, Resource, Role
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SEEN = Origin("GET /seen", NOW)
GITHUB, JENKINS, HR = "github.com", "jenkins.acme.example", "hr"
ACME, WEB = Ref(GITHUB, Kind.ORGANIZATION, "acme"), Ref(GITHUB, Kind.REPOSITORY, "web")
CONTROLLER = Ref(JENKINS, Kind.TENANT, "acme")
ADMIN = "jenkins:admin"


def person(name: str, *accounts: str, left: str = "") -> Identity:
    attributes = {"name": name, "accounts": list(accounts), "because": "the list", "left_on": left or None}
    return Identity(
        ref=Ref(HR, Kind.IDENTITY, name),
        name=name,
        active=not left,
        attributes={key: value for key, value in attributes.items() if value},
        origin=SEEN,
    )


def account(instance: str, login: str, **attributes: object) -> Account:
    return Account(ref=Ref(instance, Kind.ACCOUNT, login), name=login, attributes=attributes, origin=SEEN)


def key(owner: str, **more: object) -> list[AnyFact]:
    machine = Ref(GITHUB, Kind.DEPLOY_KEY, f"{owner}-laptop")
    return [
        Machine(ref=machine, name=machine.key, parent=WEB, owner=Ref(GITHUB, Kind.ACCOUNT, owner), origin=SEEN, **more),  # type: ignore[arg-type]
        Grant(principal=machine, resource=WEB, role="deploy_key:write", kind=GrantKind.KEY, origin=SEEN),
    ]


def judged(*facts: AnyFact, roster: bool = True) -> Verdicts:
    builder = SnapshotBuilder()
    if roster:
        builder.add(source(HR, System.ROSTER, SEEN))
    builder.add(
        source(JENKINS, System.JENKINS, SEEN),
        Resource(ref=ACME, name="acme", origin=SEEN),
        Resource(ref=WEB, name="acme/web", parent=ACME, attributes={"default_branch": "main"}, origin=SEEN),
        Resource(ref=CONTROLLER, name="jenkins:acme", origin=SEEN),
        Role(
            ref=Ref(JENKINS, Kind.ROLE, ADMIN),
            name="Administer",
            permissions={"Overall/Administer": "yes"},
            origin=SEEN,
        ),
        *facts,
    )
    view = View(builder.finish(SnapshotInfo(sources=("x",), started=NOW, ended=NOW)))
    return judge(list(every(identities)), view)


def says(verdicts: Verdicts, check: str) -> list[str]:
    return [finding.says for finding in verdicts.findings if finding.check == check]


def grant(who: Account, resource: Ref, role: str) -> Grant:
    return Grant(principal=who.ref, resource=resource, role=role, kind=GrantKind.DIRECT, origin=SEEN)


def test_carol_left_and_her_key_still_pushes() -> None:
    carol = account(GITHUB, "carol")
    found = judged(carol, *key("carol"), person("Carol", "github:carol", left="2026-03-03"))
    assert says(found, "x.leaver_access") == [
        "Carol left on 2026-03-03 and the deploy key carol-laptop still holds read_secret and edit_pipeline on acme/web"
    ]


def test_an_account_that_is_switched_off_or_a_key_that_ended_holds_nothing() -> None:
    carol = account(GITHUB, "carol", active=False)
    ended = key("carol", expires_at=NOW - timedelta(days=1))
    found = judged(carol, grant(carol, WEB, "admin"), *ended, person("Carol", "github:carol", left="2026-03-03"))
    assert found.findings == ()


def test_an_account_of_who_left_is_told_with_what_it_holds() -> None:
    carol = account(GITHUB, "carol")
    found = judged(carol, grant(carol, WEB, "maintain"), person("Carol", "github:carol", left="2026-03-03"))
    assert says(found, "x.leaver_access") == [
        "Carol left on 2026-03-03 and the account carol still holds read_secret and manage_secret on acme/web"
    ]


VAULT = "vault.acme.example"


def in_vault(mount_type: str) -> list[AnyFact]:
    """Return a vault in which carol reads a secret of production, coming by one way alone; and a token that she made."""
    tenant, mount = Ref(VAULT, Kind.TENANT, "root"), Ref(VAULT, Kind.MOUNT, "secret")
    alias = {"mount_type": mount_type, "mount_accessor": "a", "name": "carol@acme.example"}
    carol = account(VAULT, "carol", aliases=[alias])
    token = Machine(ref=Ref(VAULT, Kind.ACCESS_TOKEN, "t"), name="token:t", parent=tenant, owner=carol.ref, origin=SEEN)
    rules = {"rules": [{"path": "secret/data/prod/*", "capabilities": ["read"]}]}
    return [
        source(VAULT, System.VAULT, SEEN),
        Resource(ref=tenant, name="vault:acme", origin=SEEN),
        Resource(ref=mount, name="vault:acme/secret", parent=tenant, origin=SEEN),
        Resource(
            ref=Ref(VAULT, Kind.SECRET, "db"),
            name="vault:acme/secret/prod/db",
            parent=mount,
            attributes={"path": "secret/data/prod/db"},
            origin=SEEN,
        ),
        Role(
            ref=Ref(VAULT, Kind.ROLE, "policy:prod"), name="policy prod", parent=tenant, attributes=rules, origin=SEEN
        ),
        carol,
        token,
        grant(carol, tenant, "policy:prod"),
        person("Carol", "vault:carol", left="2026-03-03"),
    ]


def test_who_left_and_enters_the_vault_by_a_password_still_reads_its_secrets() -> None:
    token = "Carol left on 2026-03-03 and the access token t still holds read_secret on vault:acme/secret/prod/db"
    here = "Carol left on 2026-03-03 and the account carol still holds read_secret on vault:acme/secret/prod/db"
    assert set(says(judged(*in_vault("userpass")), "x.leaver_access")) == {here, token}
    # through the identity provider alone she comes no more; the token that she has goes on
    assert says(judged(*in_vault("oidc")), "x.leaver_access") == [token]


def test_of_an_account_that_nothing_joins_it_is_not_known() -> None:
    found = judged(account(GITHUB, "x"), person("Bob"))
    assert {each.check for each in found.not_assessed} == {"x.leaver_access"}
    assert found.findings == ()


def test_without_a_list_of_who_is_here_nobody_is_said_to_have_left() -> None:
    found = judged(account(GITHUB, "x"), roster=False)
    assert found.not_assessed == ()


def test_a_local_account_is_told_and_a_linked_one_is_not() -> None:
    found = judged(account(JENKINS, "ann", sign_in="local"), account(JENKINS, "ben"), person("Ann"))
    assert says(found, "x.local_account") == ["ann signs in to jenkins without the identity provider"]


def test_who_administers_code_and_pipelines_alike() -> None:
    grace, heidi = account(GITHUB, "grace"), account(GITHUB, "heidi")
    other = account(JENKINS, "grace")
    found = judged(
        grace, heidi, other,
        grant(grace, ACME, "owner"), grant(heidi, ACME, "owner"), grant(other, CONTROLLER, ADMIN),
        person("Grace", "github:grace", "jenkins:grace"), person("Heidi", "github:heidi"),
    )  # fmt: skip
    assert says(found, "x.admin_everywhere") == [
        "Grace administers acme (code) and jenkins:acme (pipelines or secrets)"
    ]


def test_a_join_that_was_not_made_is_a_finding() -> None:
    found = judged(account(GITHUB, "x"), person("Bob", "github:nobody"))
    assert says(found, "x.identity_unclear") == [
        "the list names the account github:nobody for Bob, and it was not seen"
    ]
