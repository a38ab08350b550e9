"""Checks of Entra ID over acme's tenant as the connector reads it: every finding of the story, and its near miss."""

from collections.abc import Callable

import msgspec
import pytest

from pipewarden import checks
from pipewarden.access.entra import mfa
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from pipewarden.checks.clauses import clauses
from pipewarden.checks.sections import AZURE
from pipewarden.demo.entra import rows
from pipewarden.demo.entra.rows import made
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.story import Directory
from pipewarden.demo.entra.variant import Variant
from pipewarden.demo.estate import acme
from pipewarden.model.facts import Account
from pipewarden.model.ids import Kind, Ref
from tests.checks.test_every_check import catalogue
from tests.connectors.entra.reading import collected, connector

OURS = [each for each in checks.ALL if each.id.startswith("en.")]


def view(change: Callable[[Directory], object] | None = None, variant: Variant | None = None) -> View:
    with EntraServer(acme(), variant) as server:
        if change:
            change(server.directory)
        return View(collected(connector(server))[0])


def judged(change: Callable[[Directory], object] | None = None, variant: Variant | None = None) -> Verdicts:
    verdicts = judge(OURS, view(change, variant))
    assert not [each.detail for each in verdicts.not_assessed if each.cause is None]
    return verdicts


def says(verdicts: Verdicts, check: str) -> list[str]:
    return sorted(each.says for each in verdicts.findings if each.check == check)


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return judged()


STORY = {
    "en.adm.mfa": "breakglass@acmecorp.onmicrosoft.com may be Global Administrator and has no second factor",
    "en.adm.cloud_only": "olga@acme.example may be Security Administrator and is synchronised from the company's own directory",
    "en.adm.permanent": "whoever is eligible for Application Administrator activates it without anybody's approval",
    "en.adm.breakglass": "breakglass@acmecorp.onmicrosoft.com is for emergencies, outside all policies, and has no key that resists phishing",
    "en.adm.reviews": "no access review of entra:acme asks who holds Application Administrator, Cloud Application Administrator"
    " and 2 more, or about its 1 guest",
    "en.usr.mfa": "karl@acme.example has no second factor to sign in with",
    "en.usr.guest": "the guest dave_acme.example#EXT#@acmecorp.onmicrosoft.com was last seen on 2026-06-30 and can still sign in",
    "en.ca.gaps": "“Second factor for administrators” leaves out the group “Trusted devices”, with 1 member",
    "en.ca.cicd_apps": "no policy of entra:acme asks everybody for a second factor at “GitHub Enterprise Managed User” (GitHub)",
    "en.app.perms": "the application directory-sync holds RoleManagement.ReadWrite.Directory without a user",
    "en.app.sp_owner": "judy@acme.example owns directory-sync and can act as it, with RoleManagement.ReadWrite.Directory",
    "en.app.secret_tier0": "whoever has read the secret sync of directory-sync acts as it, with RoleManagement.ReadWrite.Directory",
    "en.app.secret_old": "the secret pipeline of deploybot ended on 2026-06-01",
    "en.consent": (
        "every user of entra:acme may consent to any application, register applications, create tenants and "
        "create security groups"
    ),
    "en.grp.owner_priv": "karl@acme.example may add anybody to “Application operators”, and so be Cloud Application Administrator",
    "en.grp.dynamic": (
        "whoever sets their own mobilePhone to fit gets into “Trusted devices”, to be left out of "
        "“Second factor for administrators”"
    ),
    "en.fic.wildcard": "jobs of pull requests can act as terraform-plan: it accepts repo:acme/infra:pull_request",
}


@pytest.mark.parametrize("check", STORY)
def test_what_is_wrong_with_acmes_tenant_is_said(verdicts: Verdicts, check: str) -> None:
    assert STORY[check] in says(verdicts, check)


def test_what_is_right_is_not(verdicts: Verdicts) -> None:
    told = " ".join(each.says for each in verdicts.findings)
    assert "alice@acme.example may be Global Administrator" not in told, "she has a passkey"
    assert "heidi@acme.example is" not in told, "she is eligible, with approval"
    assert "carol" not in told, "her account is disabled"
    assert "breakglass@acmecorp.onmicrosoft.com is Global Administrator for good" not in told, "it is for emergencies"
    assert says(verdicts, "en.adm.count") == []
    assert says(verdicts, "en.usr.stale") == []
    assert all("deploybot" not in each for each in says(verdicts, "en.fic.wildcard"))


def test_too_many_and_too_few_global_administrators_are_told() -> None:
    def many(directory: Directory) -> None:
        for login in ("bob", "judy"):
            directory.give(made("user", login), "Global Administrator")

    def few(directory: Directory) -> None:
        directory.assignments.clear()
        directory.eligible.clear()
        directory.give(made("user", "alice"), "Global Administrator")

    assert "5 accounts may be Global Administrator" in says(judged(many), "en.adm.count")[0]
    assert says(judged(few), "en.adm.count") == [
        "entra:acme has 1 Global Administrator: a second could let the first in again"
    ]


def test_a_user_who_does_not_sign_in_any_more_is_told() -> None:
    def idle(directory: Directory) -> None:
        row = next(each for each in directory.users if each["id"] == made("user", "bob"))
        row["signInActivity"] = {"lastSignInDateTime": "2026-05-01T00:00:00Z"}

    assert says(judged(idle), "en.usr.stale") == ["bob@acme.example has not signed in since 2026-05-01"]


def test_policies_that_ask_everybody_and_block_the_rest_leave_nothing_to_say() -> None:
    def mend(directory: Directory) -> None:
        legacy = rows.access_policy("No legacy", "enabled", includeUsers=["All"])
        legacy["conditions"]["clientAppTypes"] = ["exchangeActiveSync", "other"]
        codes = rows.access_policy("No codes", "enabled", includeUsers=["All"])
        codes["conditions"]["authenticationFlows"] = {"transferMethods": "deviceCodeFlow"}
        for each in (legacy, codes):
            each["grantControls"]["builtInControls"] = ["block"]
        directory.access_policies = [rows.access_policy("All", "enabled", includeUsers=["All"]), legacy, codes]

    assert says(judged(mend), "en.ca.gaps") == []


EMU = made("client", "GitHub Enterprise Managed User")


@pytest.mark.parametrize(
    ("applications", "told"),
    [
        ({"includeApplications": ["All"], "excludeApplications": []}, 0),
        ({"includeApplications": [EMU], "excludeApplications": []}, 0),
        ({"includeApplications": ["All"], "excludeApplications": [EMU]}, 1),
        ({"includeApplications": ["Office365"], "excludeApplications": []}, 1),
    ],
)
def test_a_policy_covers_the_code_host_where_it_names_it_or_all_and_leaves_it_not_out(
    applications: dict[str, list[str]], told: int
) -> None:
    """“All resources … without any resource exclusions enforces the policy for all token requests”."""

    def ask(directory: Directory) -> None:
        policy = rows.access_policy("All", "enabled", includeUsers=["All"])
        policy["conditions"]["applications"].update(applications)
        directory.access_policies = [policy]

    assert len(says(judged(ask), "en.ca.cicd_apps")) == told


def test_what_a_filter_of_applications_names_is_not_known_and_no_pass() -> None:
    def ask(directory: Directory) -> None:
        policy = rows.access_policy("Filtered", "enabled", includeUsers=["All"])
        policy["conditions"]["applications"] = {
            "includeApplications": [],
            "excludeApplications": [],
            "applicationFilter": {"mode": "include", "rule": "x"},
        }
        directory.access_policies = [policy]

    found = judged(ask)
    assert says(found, "en.ca.cicd_apps") == []
    assert [each.unknown for each in found.tallies if each.check == "en.ca.cicd_apps"] == [1]


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        ("locations", {"includeLocations": ["6b1b8d8e-0000-4000-8000-000000000001"], "excludeLocations": []}),
        ("platforms", {"includePlatforms": ["android"], "excludePlatforms": []}),
        ("authenticationFlows", {"transferMethods": "deviceCodeFlow"}),
        (
            "applications",
            {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "applicationFilter": {"mode": "exclude", "rule": "x -eq 1"},
            },
        ),
    ],
)
def test_a_policy_that_binds_only_at_some_sign_ins_is_none_that_asks_everywhere(part: str, fields: dict) -> None:
    def some(directory: Directory) -> None:
        policy = rows.access_policy("All", "enabled", includeUsers=["All"])
        policy["conditions"][part] = fields
        directory.access_policies = [policy]

    assert "asks all users for a second factor everywhere" in says(judged(some), "en.ca.gaps")[0]
    everywhere = rows.access_policy("All", "enabled", includeUsers=["All"])
    everywhere["conditions"]["locations"] = {"includeLocations": ["All"], "excludeLocations": []}
    everywhere["conditions"]["platforms"] = {"includePlatforms": ["all"], "excludePlatforms": []}

    def every(directory: Directory) -> None:
        directory.access_policies = [everywhere]

    assert "asks all users" not in says(judged(every), "en.ca.gaps")[0]


@pytest.mark.parametrize(
    "controls",
    [
        {"builtInControls": ["mfa"], "termsOfUse": ["terms"]},
        {"builtInControls": ["mfa"], "customAuthenticationFactors": ["duo"]},
        {"builtInControls": ["compliantDevice"], "authenticationStrength": {"id": "strong"}},
    ],
)
def test_a_policy_that_takes_something_else_instead_asks_for_no_second_factor(controls: dict) -> None:
    def judged_with(operator: str) -> str:
        def given(directory: Directory) -> None:
            policy = rows.access_policy("All", "enabled", includeUsers=["All"])
            policy["grantControls"] |= {**controls, "operator": operator}
            directory.access_policies = [policy]

        return says(judged(given), "en.ca.gaps")[0]

    assert "asks all users for a second factor everywhere" in judged_with("OR")
    assert "asks all users" not in judged_with("AND")


@pytest.mark.parametrize(
    ("path", "checks_"),
    [
        ("/reports/*", {"en.adm.mfa", "en.adm.breakglass", "en.usr.mfa"}),
        ("/roleManagement/directory/roleAssignments", {"en.adm.count", "en.app.perms", "en.usr.guest"}),
        ("/identity/*", {"en.ca.gaps", "en.ca.cicd_apps", "en.adm.breakglass", "en.grp.dynamic"}),
        ("/applications/*/federatedIdentityCredentials", {"en.fic.wildcard"}),
    ],
)
def test_what_was_refused_is_unknown_and_no_pass(path: str, checks_: set[str]) -> None:
    found = judged(variant=Variant(forbidden=frozenset({path})))
    unknown = {each.check for each in found.not_assessed if each.permission}
    assert checks_ <= unknown


def test_what_the_licence_does_not_have_does_not_apply() -> None:
    found = judged(variant=Variant(unlicensed=frozenset({"/roleManagement/directory/role*Schedule*", "/identity/*"})))
    tallies = {each.check: each for each in found.tallies}
    assert tallies["en.adm.permanent"].not_applicable == 1


def test_which_policies_ask_an_account_and_what_spares_it() -> None:
    of = view()
    tenant = of.snapshot.instances[0]

    def asked(login: str) -> list[tuple[str, str]]:
        account = of.find(Ref(tenant, Kind.ACCOUNT, made("user", login)))
        assert isinstance(account, Account)
        return [(each.policy.name, each.spared) for each in mfa.asked(of, account)]

    report = ("Second factor for everybody", "report only")
    assert asked("alice") == [("Second factor for administrators", ""), report]
    assert asked("bob") == [report]
    assert asked("breakglass") == [("Second factor for administrators", "excluded"), (report[0], "excluded")]


def test_every_check_of_the_section_is_built_or_explained_with_the_catalogues_standards() -> None:
    wanted = {name: row for name, row in catalogue().items() if row["section"].startswith("Entra ID")}
    assert set(wanted) - {"ado.pipe"} <= {each.id for each in (*checks.ALL, *checks.NOT_BUILT)}
    for check in OURS:
        assert msgspec.structs.asdict(check.info.standards) == clauses(AZURE, wanted[check.id]["mapping"]), check.id


EVERY_ROLE = tuple(rows.ROLES.values())


def test_reviews_of_every_role_and_of_the_guests_are_enough() -> None:
    def change(directory: Directory) -> None:
        directory.reviews = [rows.role_review("roles", *EVERY_ROLE), rows.guest_review("guests", "g")]

    assert says(judged(change), "en.adm.reviews") == []


def test_a_review_that_ended_and_does_not_come_again_asks_nobody() -> None:
    def change(directory: Directory) -> None:
        ended = rows.role_review("roles", *EVERY_ROLE, status="Completed", every_months=0)
        directory.reviews = [ended, rows.guest_review("guests", "g")]

    [told] = says(judged(change), "en.adm.reviews")
    assert told.startswith("no access review of entra:acme asks who holds ")
    assert "guest" not in told


def test_a_review_that_completed_its_last_round_and_comes_again_counts() -> None:
    def change(directory: Directory) -> None:
        directory.reviews = [
            rows.role_review("roles", *EVERY_ROLE, status="Completed"),
            rows.guest_review("guests", "g"),
        ]

    assert says(judged(change), "en.adm.reviews") == []


@pytest.mark.parametrize(("how", "tally"), [("forbidden", "unknown"), ("unlicensed", "not_applicable")])
def test_reviews_that_were_not_read_are_no_pass(how: str, tally: str) -> None:
    variant = Variant()
    setattr(variant, how, frozenset({"/identityGovernance/accessReviews/definitions"}))
    found = judged(variant=variant)
    assert says(found, "en.adm.reviews") == []
    [told] = [each for each in found.tallies if each.check == "en.adm.reviews"]
    assert getattr(told, tally) == 1
