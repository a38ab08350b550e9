"""Every question about access over the systems of acme: one path from the identity provider's group to the vault's secret."""

import csv
import json
from typing import Any

import pytest

from pipewarden.access.asked import ASKED
from pipewarden.access.capability_changes import COMPARED, WEIGHTY
from pipewarden.access.changes import diff
from pipewarden.cli.context import Options
from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.cli.show import opened
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind
from pipewarden.model.systems import System

SECRET = "vault:acme/secret/prod/db"
ERINS = (
    "erin@acme.example (group administrator, directly, since 2023-05-01) → group release (may add anybody, themselves too; "
    "its members are put into) → team acme/release (maintain) → acme/api (a workflow pushed there runs a job whose OIDC "
    "token is accepted) → vault:acme/auth/jwt-github/github-api (policy prod-read: read on secret/data/prod/*) → "
    + SECRET
)
BOBS = "bob (signs in as) → bob@acme.example → group release (is followed by) → team acme/release (maintain) → acme/api"


@pytest.fixture
def table(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> str:
        assert ended(main, ["--demo", *arguments]) == 0
        return " ".join(capsys.readouterr().out.split())

    return run


@pytest.fixture
def answer(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: str) -> dict[str, Any]:
        assert ended(main, ["--demo", *arguments, "--format", "json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return run


def words(access: dict[str, Any]) -> list[str]:
    return [path["words"] for path in access["paths"]]


def test_reach_goes_from_a_group_of_okta_to_the_vaults_secret(table, answer) -> None:  # type: ignore[no-untyped-def]
    found = answer("reach", "okta:erin@acme.example")["reached"]
    [secret] = [each for each in found if each["resource_name"] == SECRET]
    assert words(secret)[0] == ERINS
    assert all("may reset how they sign in" in each for each in words(secret)[1:]), "the others are as whom she resets"
    links = secret["paths"][0]["links"]
    assert {link["source"].split(":")[0] for link in links} == {"acme.okta.example", "github.com", "vault.acme.example"}
    assert "group release (may add anybody" in table("reach", "okta:erin@acme.example")


def test_who_can_read_a_secret_names_the_group_that_people_come_through(table, answer) -> None:  # type: ignore[no-untyped-def]
    holders = {each["principal_name"]: each for each in answer("who-can", "read_secret", SECRET)["holders"]}
    assert any(path.startswith(BOBS) and path.endswith(SECRET) for path in words(holders["bob"]))
    assert "erin@acme.example" not in holders, "what somebody may take is not what they have"
    assert "deploy key carol-laptop" in table("who-can", "read_secret", SECRET)


def test_why_shows_the_group_of_okta_before_the_team(table, answer) -> None:  # type: ignore[no-untyped-def]
    answers = {each["capability"]: each for each in answer("why", "bob", "acme/web")["answers"]}
    assert words(answers["push"]) == [
        "bob (signs in as) → bob@acme.example → group platform (is followed by) → team acme/platform (maintain) → acme/web"
    ]
    assert "group platform (is followed by) → team acme/platform" in table("why", "bob", "acme/web")
    assert "ivan → team acme/platform (maintain) → acme/web" in table("why", "ivan", "acme/web"), "put there by hand"


def test_why_shows_the_saml_group_before_the_level_in_gitlab(table) -> None:  # type: ignore[no-untyped-def]
    told = table("why", "gitlab:bob", "gitlab:acme/platform/deploy")
    assert (
        "bob (signs in as) → bob@acme.example → group platform (is followed by) → maintainers of acme/platform" in told
    )


def test_what_can_tells_roles_that_are_no_levels_in_verbs(table, answer) -> None:  # type: ignore[no-untyped-def]
    [release] = [
        e for e in answer("what-can", "okta:erin@acme.example")["resources"] if e["resource_name"] == "release"
    ]
    assert "manage_access" in release["capabilities"]
    assert release["by"] == ["group administrator"]
    told = {each["resource_name"]: each for each in answer("what-can", "vault:bob")["resources"]}
    assert told[SECRET]["capabilities"] == ["read_secret"]
    assert f"{SECRET} read_secret policy deploy-read" in table("what-can", "vault:bob")
    assert answer("what-can", "gitlab:bob")["resources"][0]["level"] == "maintain"


def test_without_a_place_in_okta_the_places_that_mirror_it_are_gone(table, answer) -> None:  # type: ignore[no-untyped-def]
    tie = "okta:bob@acme.example@group:platform"
    changes = {(c["name"], c["repository_name"]): (c["before"], c["after"]) for c in answer("without", tie)["changes"]}
    assert changes["bob", "acme/web"] == ("maintain", "triage")
    assert changes["bob", "acme/platform/deploy"] == ("maintain", "none"), (
        "GitLab's SAML group is the same group of Okta"
    )
    assert "acme/platform/deploy" in table("without", tie)


def test_without_a_place_that_okta_would_give_back_says_so(table, answer) -> None:  # type: ignore[no-untyped-def]
    assert "follows group platform, which would put bob back" in table("without", "bob@team:platform")
    [restored] = answer("without", "bob@team:platform")["restored"]
    assert restored["followed"].startswith("acme.okta.example:group:")


def test_diff_compares_access_of_all_systems(table, answer) -> None:  # type: ignore[no-untyped-def]
    found = answer("diff", "previous")
    assert {each["repository"].split(":")[0] for each in found["access"]} >= {"github.com"}
    assert found["repositories_compared"] == 11
    told = table("diff", "previous")
    assert "dave gained write on acme/web" in told
    assert (
        "dave and heidi gained read_secret on 3 secrets: vault:acme/database/creds/app, vault:acme/secret/prod/db"
        in told
    )
    elsewhere = {(e["name"], e["capability"], e["resource_name"], e["after"]) for e in found["capabilities"]}
    assert ("dave", "read_secret", SECRET, "yes") in elsewhere
    assert found["not_compared"] == []


def test_identity_tells_factors_policies_and_when_anything_was_used(table, answer) -> None:  # type: ignore[no-untyped-def]
    found = answer("identity", "erin")
    factors = {each["system"]: each["second_factor"] for each in found["standings"] if each["kind"] == "account"}
    assert (factors["okta"]["enrolled"], factors["okta"]["required"]) == ("weak", "yes")
    assert factors["entra"]["required"] == "no"
    assert factors["github"]["required"] == "unknown"
    assert factors["github"]["by"] == [
        "acme does not require it",
        "acme has single sign-on, which may ask for it; whether that is enforced no API tells",
    ]
    assert found["groups_differ"] == [
        "erin is in team acme/release and not in group release; team acme/release follows group release"
    ]
    assert found["seen"]["dormant"] == "no"
    assert "last seen on 2026-11-22 (last sign-in to Okta): not dormant" in table("identity", "bob")
    local = {
        each["system"]: each["second_factor"]
        for each in answer("identity", "carol")["standings"]
        if each["second_factor"]
    }
    assert (local["gitlab"]["local"], local["vault"]["local"]) == (True, False)


def test_the_audit_tells_who_can_give_themselves_production(capsys: pytest.CaptureFixture[str]) -> None:
    ended(main, ["--demo", "audit", "--no-store", "--check", "x.", "--format", "json", "--fail-on", "never"])
    found = json.loads(capsys.readouterr().out)["findings"]
    says = {each["check"]: [f["says"] for f in found if f["check"] == each["check"]] for each in found}
    assert (
        "erin@acme.example may put themselves into the group release, which opens env:acme/api/prod and 3 more"
        in says["x.idp_admin_to_prod"]
    )
    assert any("carol and dave can read vault:acme/secret/prod/db" in each for each in says["x.pipeline_editor_secret"])
    assert (
        "erin is in acme/release, and not in the group release of the identity provider that it follows"
        in says["x.group_unclear"]
    )


def test_an_account_is_that_of_the_system_that_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    """Two accounts are called carol: what GitLab's may do is not answered by GitHub's."""
    assert ended(main, ["--demo", "why", "carol", "gitlab:acme/mobile"]) == 0
    said = capsys.readouterr()
    assert "deploy" in said.out
    assert "push" in said.out
    assert "this is about carol of gitlab.acme.example; ask for github:carol too" in said.err
    ended(main, ["--demo", "reach", "carol"])
    assert "ask for gitlab:carol too" in capsys.readouterr().err


def test_a_name_of_two_things_means_that_of_the_system_of_whom_one_asks_about(  # type: ignore[no-untyped-def]
    answer, capsys: pytest.CaptureFixture[str]
) -> None:
    """`acme/mobile` is a repository of GitHub and a group of GitLab."""
    asked = answer("why", "gitlab:carol", "acme/mobile")
    assert asked == answer("why", "gitlab:carol", "gitlab:acme/mobile")
    assert asked["answers"]
    assert answer("why", "github:carol", "acme/mobile")["resource"] != asked["resource"]
    assert answer("without", "gitlab:carol@acme/mobile") == answer("without", "gitlab:carol@gitlab:acme/mobile")
    assert ended(main, ["--demo", "without", "github:carol@acme/mobile"]) == 2
    assert "holds nothing directly" in capsys.readouterr().err


def test_somebody_who_left_is_not_told_what_would_be_if_they_left(capsys: pytest.CaptureFixture[str]) -> None:
    ended(main, ["--demo", "identity", "jonas"])
    said = capsys.readouterr().out
    assert "If they left today" not in said
    assert (
        "They left; this remains: github jonas: read on acme and 2 more; the identity provider should have ended it"
        in (" ".join(said.split()))
    )


def test_without_tells_who_reads_a_secret_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "without", "vault:bob@team:vault:release-people", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["capability"], each["resource_name"]) for each in told["lost"]] == [
        ("vault:bob", "read_secret", SECRET)
    ]
    assert told["not_asked"] == 0
    ended(main, ["--demo", "without", "bob@acme/web"])
    assert "nor about who administers a system, acts as a machine or a role, reads a secret or deploys" in " ".join(
        capsys.readouterr().out.split()
    )


def test_without_tells_of_the_roles_of_clouds_that_reach_tells_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "without", "key:acme/web/carol-laptop@acme/web", "--format", "json"]) == 0
    lost = {each["resource_name"] for each in json.loads(capsys.readouterr().out)["lost"] if each["name"] == "carol"}
    ended(main, ["--demo", "reach", "carol", "--person", "--format", "json"])
    told = json.loads(capsys.readouterr().out)["reached"]
    reached = {each["resource_name"] for each in told if each["capability"] == "assume_role"}
    assert "AWS role web-deploy" in reached
    assert reached <= lost


def test_a_place_that_another_account_has_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "without", "bob@group:release"]) == 2
    assert "Did you mean okta:bob@acme.example@group:release?" in capsys.readouterr().err


def test_accounts_and_administrators_of_all_systems_are_listed(table, answer) -> None:  # type: ignore[no-untyped-def]
    rows = answer("list", "admins")
    held = {(row["scope"], row["name"]) for row in rows if row["role"] == "administers all of it"}
    assert {
        ("okta:acme", "alice@acme.example"),
        ("entra:acme", "alice@acme.example"),
        ("jenkins:acme", "jenkins:alice"),
        ("vault:acme", "vault:alice"),
        ("gitlab:gitlab.acme.example", "heidi"),
        ("okta:acme", "alice@acme.example's API token terraform"),
    } <= held
    assert ("okta:acme", "bob@acme.example") not in held
    told = answer("list", "accounts")
    assert len({row["id"] for row in told if row["scope"] in {"okta:acme", "entra:acme", "vault:acme"}}) > 80
    assert {row["scope"] for row in told} >= {"acme", "okta:acme", "entra:acme", "jenkins:acme", "vault:acme"}
    [carol] = [row for row in told if row["id"].endswith("account:00u00000000000000103")]
    assert (carol["note"], carol["owner"], carol["mfa"]) == ("switched off", "Carol", "unknown")
    [vaults] = [row for row in told if row["name"] == "vault:alice"]
    assert (vaults["last_used"], vaults["role"]) == ("unknown", "administers all of it")
    assert vaults["last_used_says"].startswith("a vault counts no use of entities and tokens")
    assert "grace@acme.example" in table("list", "accounts", "--scope", "okta:acme")


@pytest.mark.parametrize("system", ["github", "gitlab", "okta", "entra", "jenkins", "vault"])
def test_a_scope_named_as_a_source_holds_all_lists_of_its_system_and_nothing_else(answer: Any, system: str) -> None:
    for what in ("accounts", "admins", "machines", "credentials", "resources"):
        every = answer("list", what)
        instances = {row["id"].split(":", 1)[0] for row in answer("list", "accounts", "--scope", f"{system}:acme")}
        assert len(instances) == 1
        shown = {row["id"] for row in answer("list", what, "--scope", f"{system}:acme")}
        of_system = {row["id"] for row in every if row["id"].split(":", 1)[0] in instances}
        # acme-labs is an organization of GitHub of its own, and contractors a group of GitLab beside acme
        others = {row["id"] for row in every if row["scope"] in {"acme-labs", "contractors"}}
        assert of_system - others <= shown <= of_system


def test_accounts_of_a_subgroup_are_those_that_have_a_role_there(answer: Any) -> None:
    told = answer("list", "accounts", "--scope", "gitlab:acme/mobile")
    assert {row["name"] for row in told} == {"alice", "carol", "erin", "mallory"}


@pytest.mark.parametrize(("scope", "says"), [("okta:acmee", "there is no resource"), ("acme/web", "is a repository")])
def test_a_scope_that_is_none_is_refused_and_not_an_empty_list(
    scope: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(main, ["--demo", "list", "machines", "--scope", scope]) == 2
    assert says in capsys.readouterr().err


def test_list_says_what_last_used_means(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "list", "credentials"]) == 0
    told = " ".join("".join(capsys.readouterr()).split())
    assert "last used: each system counts something else" in told
    assert "docs/identities.md" in told


def test_without_tells_who_administers_a_system_no_more(table, answer) -> None:  # type: ignore[no-untyped-def]
    for system in ("okta", "entra"):
        tie = f"{system}:alice@acme.example@{system}:acme"
        lost = {(each["name"], each["capability"], each["resource_name"]) for each in answer("without", tie)["lost"]}
        for capability in ("administer", "manage_access"):
            assert ("alice@acme.example", capability, f"{system}:acme") in lost
        assert f"alice@acme.example would no longer administer: {system}:acme" in table("without", tie)
    nothing = table("without", "okta:erin@acme.example@group:engineering")
    assert "administer: okta:acme" not in nothing


@pytest.mark.parametrize("tie", ["gitlab:bob@group:acme/platform", "gitlab:bob@gitlab:acme/platform"])
def test_a_place_in_a_group_of_gitlab_is_that_in_the_set_of_its_level(table, answer, tie: str) -> None:  # type: ignore[no-untyped-def]
    lost = {(each["name"], each["repository_name"], each["after"]) for each in answer("without", tie)["changes"]}
    assert lost == {("bob", "acme/platform/deploy", "none"), ("bob", "acme/platform/api", "none")}
    assert "maintainers of acme/platform follows group platform, which would put bob back" in table("without", tie)


def test_a_group_of_gitlab_that_somebody_is_not_in_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "without", "gitlab:bob@group:contractors"]) != 0
    assert "is not directly in contractors" in " ".join(capsys.readouterr().err.split())


def test_identity_shows_what_is_reached_over_systems_and_what_of_it_would_remain(table, answer) -> None:  # type: ignore[no-untyped-def]
    for name in ("bob", "carol"):
        told = answer("identity", name)
        for part in (told["reaches"], told["remains"]["reaches"]):
            assert SECRET in {each["resource_name"] for each in part["things"] if each["capability"] == "read_secret"}
            assert sum(part["counts"].values()) == len(part["things"]) + part["more_things"]
        page = table("identity", name)
        here, _, left = page.partition("this would remain:" if name == "bob" else "They left; this remains:")
        assert SECRET in here
        assert SECRET in left
    keys = [each for each in answer("identity", "carol")["standings"] if each["name"] == "carol-laptop"]
    assert any(SECRET in {thing["resource_name"] for thing in key["reaches"]["things"]} for key in keys)
    switched_off = [each for each in answer("identity", "carol")["standings"] if each["active"] is False]
    assert switched_off
    assert all(each["reaches"]["counts"] == {} for each in switched_off)


@pytest.mark.parametrize(("who", "kind"), [("okta:alice@acme.example", "okta"), ("entra:liam@acme.example", "entra")])
def test_reach_names_the_machines_that_an_administrator_of_a_directory_may_act_as(
    answer: Any, who: str, kind: str
) -> None:
    [deploybot] = [
        row["id"]
        for row in answer("list", "machines", "--scope", f"{kind}:acme", "--match", "deploybot")
        if row["kind"] == "service account" and row["name"] == "deploybot"
    ]
    reached = {each["resource"] for each in answer("reach", who)["reached"] if each["capability"] == "assume_role"}
    assert deploybot in reached


def test_diff_tells_what_a_role_at_the_code_host_opens_in_other_systems(table, answer) -> None:  # type: ignore[no-untyped-def]
    told = answer("diff")["capabilities"]
    changed = {(each["name"], each["capability"], each["resource_name"], each["after"]) for each in told}
    assert ("dave", "read_secret", "secret:jenkins:acme/deploybot-ssh", "yes") in changed, (
        "acme/web holds a Jenkinsfile"
    )
    assert ("dave", "assume_role", "AWS role web-deploy", "yes") in changed, "acme/web is trusted"
    assert ("heidi", "administer", "acme", "yes") in changed, "she owns the organization now"
    page = table("diff")
    assert "heidi gained administer, manage_access on organization acme" in page
    assert "need nobody's approval any more for read_secret" in page


def test_diff_tells_all_that_differs_beside_github_and_in_its_clouds() -> None:
    options = Options(demo=True, quiet=True)
    before, after = opened(options, "previous"), opened(options)
    told = {(each.capability, each.resource, each.principal) for each in diff(before, after).capabilities}
    missed = []
    for kind in (*COMPARED, Kind.CLOUD_ROLE, Kind.ORGANIZATION):
        for at in after.snapshot.ordinals(kind).tolist():
            ref = after.snapshot.ref(at)
            of_github = after.snapshot.systems[int(after.snapshot.instance[at])] is System.GITHUB
            if after.snapshot.ordinal(ref) is None or (of_github and kind is Kind.SECRET):
                continue
            for verb in {*WEIGHTY} & {*ASKED[kind]} - (
                {Capability.READ_SECRET, Capability.EDIT_PIPELINE} if of_github else set()
            ):
                was, now = (
                    {each.principal: each.answer for each in engine.who_can(verb, ref)} for engine in (before, after)
                )
                missed += [
                    (verb, ref, who)
                    for who in was.keys() | now.keys()
                    if was.get(who) != now.get(who) and (verb, ref, who) not in told
                ]
    assert missed == []


def test_a_key_without_a_name_of_its_own_is_told_with_its_project(table) -> None:  # type: ignore[no-untyped-def]
    assert "gitlab deploy key carol-laptop of acme/platform/deploy: CODEOWNERS of acme/platform/deploy" in table(
        "identity", "bob"
    )


def test_what_is_called_alike_is_named_once_of_who_left(table) -> None:  # type: ignore[no-untyped-def]
    told = table("leavers", "--format", "csv")
    assert (
        "AWS role web-deploy, deploybot, octo-sts identity web-release, vault:acme/auth/jwt-github/github-deploy"
        in told
    )


def test_somebody_who_reaches_little_is_told_little(answer) -> None:  # type: ignore[no-untyped-def]
    told = answer("identity", "yuri")
    assert SECRET not in {each["resource_name"] for each in told["reaches"]["things"]}


def test_an_administrator_of_an_identity_provider_deploys_nothing_there(table, answer) -> None:  # type: ignore[no-untyped-def]
    of_providers = [
        (held["resource_name"], verb)
        for each in answer("identity", "alice")["standings"]
        if each["system"] in {"okta", "entra"}
        for held in each["held"]
        for verb in held["capabilities"]
    ]
    assert ("entra:acme", "administer") in of_providers
    assert not {verb for _, verb in of_providers} & {"deploy", "push", "edit_pipeline", "read_secret", "run_pipeline"}
    told = table("identity", "alice")
    assert "administer, manage_access, manage_secret on entra:acme (Global Administrator)" in told


def test_a_list_of_administrators_says_what_was_not_read_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "list", "admins", "--scope", "jenkins:acme"]) == 0
    assert "group members of jenkins group platform: not read" in " ".join("".join(capsys.readouterr()).split())
    assert ended(main, ["--demo", "list", "admins", "--scope", "okta:acme"]) == 0
    assert "not read" not in "".join(capsys.readouterr())


def test_the_owners_whom_entra_lists_are_those_of_an_applications_machines(answer: Any) -> None:
    owners: dict[str, set[str]] = {}
    for row in answer("list", "machines"):
        owners.setdefault(row["name"], set()).add(row["owner"])
    assert "judy@acme.example" in owners["directory-sync"]
    assert "bob@acme.example" in owners["deploybot"]
    assert owners["site-publisher"] == {"nobody"}, "nobody is listed"
    assert owners["terraform-plan"] == {"Bob, Grace"}, "a list names them"


def test_each_machine_is_listed_with_its_owner_and_the_ground(answer: Any, table: Any) -> None:
    rows = {row["id"]: row for row in answer("list", "machines")}
    grounds = {row["owner_says"].partition(":")[0].partition(" on ")[0] for row in rows.values()}
    assert {"made it", "added it", "declared in owners.yaml", "declared in people.csv", "installed it"} <= grounds
    assert {row["owner"] for row in rows.values()} >= {"nobody", "Microsoft", "acme/platform"}
    assert "unknown" not in {row["owner"] for row in rows.values()}, "all of acme was read"
    assert "owner: declared in owners.yaml: he set the backups up (not here any more)" in table("list", "machines")


def test_each_account_is_listed_with_what_joins_it_to_its_person(answer: Any) -> None:
    rows = {(row["name"], row["scope"]): (row["owner"], row["owner_says"]) for row in answer("list", "accounts")}
    assert rows["alice", "acme"] == ("Alice", "github links it to alice@acme.example")
    whose, says = rows["carol", "acme"]
    assert (whose, says.partition(":")[0]) == ("Carol", "by the list")


def test_every_machine_of_acme_has_an_owner_who_is_here_or_is_in_a_finding(answer: Any, capsys: Any) -> None:
    ended(main, ["--demo", "--quiet", "audit", "--no-store", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    found = {
        judged for each in report["findings"] if each["check"] == "x.machine_owner_gone" for judged in each["judged"]
    }
    for row in answer("list", "machines"):
        if row["kind"] == "account":
            continue
        is_here = row["owner"] != "nobody" and "not here any more" not in row["note"]
        assert is_here or row["id"] in found or "ended" in row["note"], row["name"]


def test_what_somebody_owns_is_told_by_every_ground(answer: Any, table: Any) -> None:
    heidi = answer("identity", "heidi@acme.example")["owns"]
    assert {each["ground"] for each in heidi} >= {"declared", "made"}
    assert {each["says"] for each in heidi} >= {
        "declared in owners.yaml: she keeps the groups that it fills",
        "installed it on 2026-09-14",
    }
    assert any(each["through"] == "acme/platform" for each in answer("identity", "bob")["owns"])
    assert "vault access token token-carol-laptop" in table("identity", "carol")


def test_the_token_that_the_list_says_carol_has_is_hers(answer: Any, table: Any) -> None:
    held = {each["name"].partition(" (")[0] for each in answer("identity", "carol")["standings"]}
    assert "token-carol-laptop" in held
    assert "vault:acme/secret/prod/db" in table("leavers", "read_secret", "vault:acme/secret/prod/db")


def test_reach_names_the_roles_of_a_vault_that_an_account_there_may_log_in_as(answer: Any) -> None:
    roles = {
        each["resource_name"]: each["resource"]
        for each in answer("reach", "vault:alice")["reached"]
        if each["capability"] == "assume_role"
    }
    assert set(roles) == {"vault:acme/auth/approle/backup", "vault:acme/auth/approle/jenkins"}
    for role in roles.values():
        assert any(
            each["principal_name"] == "vault:alice" for each in answer("who-can", "assume_role", role)["holders"]
        )
    assert not [e for e in answer("reach", "vault:bob")["reached"] if e["resource"] in roles.values()]


@pytest.mark.parametrize(("who", "told"), [("gitlab:carol", False), ("vault:bob", False), ("jenkins:carol", True)])
def test_what_can_tells_what_was_not_read_of_the_systems_that_its_answer_leans_on(
    answer: Any, who: str, *, told: bool
) -> None:
    assert any("jenkins group" in each for each in answer("what-can", who)["not_read"]) is told


def test_two_keys_of_one_title_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["--demo", "identity", "carol"]) == 0
    headings = [line for line in capsys.readouterr().out.splitlines() if line.endswith("carol-laptop")]
    assert headings == ["github key:acme/web/carol-laptop", "github key:acme/legacy/carol-laptop"]
    assert ended(main, ["--demo", "reach", "carol", "--person", "--format", "csv"]) == 0
    by = [row["by"] for row in csv.DictReader(capsys.readouterr().out.splitlines())]
    for key in ("key:acme/web/carol-laptop", "key:acme/legacy/carol-laptop"):
        assert any(key in each for each in by)
    assert all(len(set(each.split(", "))) == len(each.split(", ")) for each in by)
