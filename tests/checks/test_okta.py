"""The checks of Okta: what they find, the near miss beside it, and what they say where they cannot know."""

import msgspec
import pytest

from pipewarden import checks
from pipewarden.access.okta.places import Place, place_ref
from pipewarden.checks import okta_administrators, okta_apps, okta_machines, okta_people, okta_sign_in
from pipewarden.checks.base import Check, Verdicts
from pipewarden.checks.clauses import clauses
from pipewarden.checks.okta_words import OKTA
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate, days_ago
from tests.checks.okta_estate import STRONG, TENANT, Okta, ref, rule
from tests.checks.test_every_check import catalogue


def judged(okta: Okta, check: Check) -> Verdicts:
    verdicts: Verdicts = okta.into(Estate()).judge(check)
    assert all(each.cause for each in verdicts.not_assessed), verdicts.not_assessed
    return verdicts


def says(okta: Okta, check: Check) -> list[str]:
    return [finding.says for finding in judged(okta, check).findings]


def test_every_check_of_the_section_is_built_or_explained() -> None:
    wanted = {name for name in catalogue() if name.startswith("ok.")}
    built = {check.id for check in checks.ALL if check.id.startswith("ok.")}
    assert len(wanted) == 26
    assert wanted == built | {each.id for each in checks.NOT_BUILT if each.id.startswith("ok.")}
    assert len(built) == 26


def test_standards_are_those_of_the_catalogue() -> None:
    for check in checks.ALL:
        if check.id.startswith("ok."):
            assert msgspec.structs.asdict(check.info.standards) == clauses(OKTA, catalogue()[check.id]["mapping"]), (
                check.id
            )


def test_super_administrators_through_a_group_are_counted_and_suspended_ones_are_not() -> None:
    okta = Okta()
    for number in range(4):
        okta.person(f"u{number}", admin=True)
    okta.person("jonas", admin=True, status="SUSPENDED").super("u0", "u1", "jonas")
    okta.group("admins", "u2", admin=True).role(ref(Kind.GROUP, "admins"), "SUPER_ADMIN", TENANT, "administer")
    assert says(okta, okta_administrators.super_many) == []
    okta.super("u3")
    assert says(okta, okta_administrators.super_many) == ["okta:acme has 4 super administrators: u0, u1, u2 and u3"]


def test_factors_that_were_not_asked_for_are_not_known_and_no_pass() -> None:
    okta = Okta().person("alice", admin=True, mfa=None).super("alice")
    verdicts = judged(okta, okta_administrators.no_mfa)
    assert (len(verdicts.findings), verdicts.tallies[0].unknown) == (0, 1)
    okta = Okta().person("alice", admin=True, mfa={**STRONG, "enrolled": False}).super("alice")
    assert says(okta, okta_administrators.no_mfa) == ["alice administers okta:acme and has enrolled no second factor"]


def test_a_resistant_way_beside_a_loose_one_is_loose() -> None:
    strong = rule("keys", phishingResistant="REQUIRED")
    okta = Okta().app("saasure", policy="p").policy("p", "ACCESS_POLICY", strong)
    assert says(okta, okta_administrators.phish_resistant) == []
    both = rule("keys", phishingResistant="REQUIRED")
    both["actions"]["appSignOn"]["verificationMethod"]["constraints"].append({"possession": {}})
    okta = Okta().app("saasure", policy="p").policy("p", "ACCESS_POLICY", both)
    assert len(says(okta, okta_administrators.phish_resistant)) == 1


def test_a_way_of_asking_that_is_not_known_is_no_pass() -> None:
    odd = rule("odd")
    odd["actions"]["appSignOn"]["verificationMethod"]["type"] = "UNHEARD_OF"
    okta = Okta().app("saasure", policy="p").app("okta_enduser", policy="p").policy("p", "ACCESS_POLICY", odd)
    for check in (okta_administrators.phish_resistant, okta_sign_in.dashboard_mfa):
        assert judged(okta, check).tallies[0].unknown == 1


def test_a_rule_that_denies_lets_nobody_in() -> None:
    closed = rule("Catch-all Rule", "1FA", system=True)
    closed["actions"]["appSignOn"]["access"] = "DENY"
    okta = Okta().app("okta_enduser", policy="p").policy("p", "ACCESS_POLICY", rule("two"), closed)
    assert says(okta, okta_sign_in.dashboard_mfa) == []
    assert says(okta, okta_sign_in.catch_all) == []


def test_who_fills_a_group_of_the_pipeline_is_told_and_a_super_administrator_is_not() -> None:
    okta = Okta().person("alice", admin=True).person("erin", admin=True).person("bob").super("alice")
    okta.group("release", "bob").group("cooks", "bob").app("GitHub", "release")
    okta.role(ref(Kind.ACCOUNT, "erin"), "USER_ADMIN", ref(Kind.GROUP, "cooks"), "manage_access")
    assert says(okta, okta_administrators.group_escalation) == []
    okta.role(ref(Kind.ACCOUNT, "erin"), "USER_ADMIN", ref(Kind.GROUP, "release"), "manage_access")
    assert says(okta, okta_administrators.group_escalation) == [
        "erin can let anybody into “release”, and so into GitHub"
    ]


def test_the_help_desk_reaches_people_and_lesser_administrators_and_no_super_administrator() -> None:
    okta = Okta().person("alice", top=True).person("bob").person("judy", admin=True).person("ivan", admin=True)
    okta.group("release", "bob", "alice", "judy").app("GitHub", "release")
    okta.role(ref(Kind.ACCOUNT, "ivan"), "HELP_DESK_ADMIN", place_ref(TENANT, Place.USERS), "assume_role")
    [told] = says(okta, okta_administrators.helpdesk_reset)
    assert told == "ivan can reset the factors of 2 people in the pipeline's groups, and sign in as them"


def test_a_help_desk_over_one_group_reaches_those_in_it() -> None:
    okta = Okta().person("bob").person("zoe").person("ivan", admin=True)
    okta.group("release", "bob").group("cooks", "zoe").app("GitHub", "release")
    okta.role(ref(Kind.ACCOUNT, "ivan"), "HELP_DESK_ADMIN", ref(Kind.GROUP, "cooks"), "assume_role")
    assert says(okta, okta_administrators.helpdesk_reset) == []
    okta.role(ref(Kind.ACCOUNT, "ivan"), "HELP_DESK_ADMIN", ref(Kind.GROUP, "release"), "assume_role")
    assert len(says(okta, okta_administrators.helpdesk_reset)) == 1


def test_silence_is_counted_from_the_last_sign_in() -> None:
    okta = Okta().person("old", seen=91).person("new", seen=89).person("gone", seen=400, status="DEPROVISIONED")
    assert says(okta, okta_people.inactive) == ["old is active and has not signed in for 91 days"]
    okta = Okta().person("leo", seen=None, status="STAGED")
    assert says(okta, okta_people.pending) == ["leo was made and never activated, 400 days after the account was made"]


def test_a_token_bound_to_a_zone_is_not_told_and_one_without_a_word_is_not_known() -> None:
    token = Kind.ACCESS_TOKEN
    okta = Okta().machine(token, "bound", network={"connection": "ZONE"}).machine(token, "silent")
    verdicts = judged(okta, okta_machines.token_zone)
    assert (len(verdicts.findings), verdicts.tallies[0].unknown) == (0, 1)


def test_a_service_app_with_reading_scopes_and_a_key_is_well() -> None:
    app = Kind.SERVICE_ACCOUNT
    given = {"status": "ACTIVE", "token_endpoint_auth_method": "private_key_jwt"}
    okta = Okta().machine(app, "reader", scopes=["okta.users.read"], **given)
    okta.role(ref(app, "reader"), "READ_ONLY_ADMIN", TENANT, "read")
    assert says(okta, okta_machines.service) == []
    okta = Okta().machine(app, "filler", scopes=["okta.groups.manage"], **given)
    okta.role(ref(app, "filler"), "USER_ADMIN", place_ref(TENANT, Place.GROUPS), "manage_access")
    assert says(okta, okta_machines.service) == ["the service app filler may use okta.groups.manage with its role"]


@pytest.mark.parametrize(("attribute", "count"), [("nickName", 1), ("department", 0)])
def test_only_attributes_that_people_edit_themselves_are_told(attribute: str, count: int) -> None:
    rules = [{"status": "ACTIVE", "attributes": [attribute]}]
    okta = Okta().group("release", rules=rules).group("cooks", rules=rules).app("GitHub", "release")
    assert len(says(okta, okta_apps.own_profile)) == count


def test_a_weak_factor_that_only_recovers_is_not_told() -> None:
    methods = [{"type": "email", "status": "ACTIVE"}]
    okta = Okta().setting("authenticator", "email", methods=methods, allowedFor="recovery")
    assert says(okta, okta_sign_in.weak) == []
    okta = Okta().setting("authenticator", "email", methods=methods, allowedFor="any")
    assert says(okta, okta_sign_in.weak) == ["okta:acme accepts weak factors at sign-in: e-mail"]


def test_a_session_within_the_limits_is_not_told_and_one_without_times_is_not_known() -> None:
    def policy(**session: object) -> Okta:
        actions = {"signon": {"access": "ALLOW", "session": session}}
        return Okta().policy("p", "OKTA_SIGN_ON", {"name": "r", "status": "ACTIVE", "actions": actions})

    assert says(policy(maxSessionLifetimeMinutes=600, maxSessionIdleMinutes=60), okta_sign_in.session) == []
    assert judged(policy(), okta_sign_in.session).tallies[0].unknown == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ""),
        ({"seen": 90}, ""),
        ({"seen": 91}, "has not signed in for 91 days"),
        ({"seen": None}, "has never signed in"),
        ({"status": "LOCKED_OUT"}, "is locked out"),
        ({"status": "SUSPENDED", "seen": 200}, "is suspended and has not signed in for 200 days"),
        ({"status": "DEPROVISIONED", "seen": 200}, ""),
        ({"passwordChanged": days_ago(365).isoformat()}, ""),
        ({"passwordChanged": days_ago(366).isoformat()}, "has had the same password for 366 days"),
        ({"passwordChanged": None}, ""),
    ],
)
def test_an_administrator_who_is_not_there_or_whose_account_is_out_of_order_is_told(
    given: dict[str, object], told: str
) -> None:
    okta = Okta().person("alice", admin=True, **given)  # type: ignore[arg-type]
    okta.group("admins", "alice", admin=True).role(ref(Kind.GROUP, "admins"), "USER_ADMIN", TENANT, "manage_access")
    assert says(okta, okta_administrators.stale) == ([f"alice administers okta:acme and {told}"] if told else [])


@pytest.mark.parametrize("given", [{"passwordChanged": "soon"}, {"status": "UNHEARD_OF"}])
def test_what_cannot_be_understood_of_an_administrator_is_no_pass(given: dict[str, object]) -> None:
    okta = Okta().person("alice", admin=True, **given).super("alice")  # type: ignore[arg-type]
    verdicts = judged(okta, okta_administrators.stale)
    assert (len(verdicts.findings), verdicts.tallies[0].unknown) == (0, 1)


def enrolling(*selves: str) -> Okta:
    """Return an organization that has text messages, with an enrollment policy for each word about them."""
    methods = [{"type": "sms", "status": "ACTIVE"}]
    okta = Okta().setting("authenticator", "phone", key="phone_number", methods=methods, allowedFor="any")
    for number, word in enumerate(selves):
        rows = [{"key": "phone_number", "enroll": {"self": word}}]
        okta.policy(f"enroll{number}", "MFA_ENROLL", settings={"type": "AUTHENTICATORS", "authenticators": rows})
    return okta


def test_a_weak_factor_that_no_enrollment_policy_lets_anybody_have_is_not_accepted() -> None:
    told = ["okta:acme accepts weak factors at sign-in: text message"]
    assert says(enrolling("OPTIONAL"), okta_sign_in.weak) == told
    assert says(enrolling("NOT_ALLOWED", "REQUIRED"), okta_sign_in.weak) == told
    assert says(enrolling("NOT_ALLOWED", "NOT_ALLOWED"), okta_sign_in.weak) == []


def test_okta_verify_on_any_device_is_told_and_where_nothing_is_said_it_is_not_known() -> None:
    def verify(**given: object) -> Okta:
        methods = [{"type": "push", "status": "ACTIVE"}]
        return Okta().setting("authenticator", "verify", key="okta_verify", methods=methods, **given)

    told = ["okta:acme lets Okta Verify run on devices without validated cryptography (FIPS 140)"]
    assert says(verify(fips="OPTIONAL"), okta_sign_in.weak) == told
    assert says(verify(fips="REQUIRED"), okta_sign_in.weak) == []
    assert judged(verify(), okta_sign_in.weak).tallies[0].unknown == 1


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("none", ["okta:acme does nothing about sign-ins from addresses that attack others"]),
        ("audit", ["okta:acme only logs sign-ins from addresses that attack others"]),
        ("block", []),
    ],
)
def test_threat_insight_that_blocks_nobody_is_told(action: str, told: list[str]) -> None:
    okta = Okta().setting("threat insight", "threat-insight", "ThreatInsight", action=action)
    assert says(okta, okta_sign_in.threat_insight) == told


def test_where_threat_insight_was_not_read_it_is_unknown() -> None:
    verdicts = judged(Okta(), okta_sign_in.threat_insight)
    assert (len(verdicts.findings), verdicts.tallies[0].unknown) == (0, 1)
