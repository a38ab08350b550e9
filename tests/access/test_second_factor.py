"""The second factor of each account: enrolled, required by which policy, inherited only where sign-on is the only way in."""

from typing import Any

import pytest

from pipewarden.access.second_factor import SecondFactor, second_factor
from pipewarden.access.view import View
from pipewarden.model.access import Answer
from pipewarden.model.facets import Facet
from pipewarden.model.facets_entra import EntraFacet
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Account, AnyFact, Cause, Gap, Gate, GateKind, Group, Identity, Resource
from pipewarden.model.ids import Kind, Ref, members_of
from pipewarden.model.systems import System, source

from .followed import (
    ACME,
    DOOR,
    ENTRA,
    GITLAB,
    OKTA,
    RELEASE,
    SEEN,
    TENANT,
    VAULT,
    VAULT_TENANT,
    directory,
    entity,
    github,
    gitlab,
    inside,
    okta,
    person,
    put,
    snapshot,
    vault,
)

ENROLLED = {"enrolled": True, "methods": ["push"], "phishing_resistant": False, "weak_only": False}


def session(number: int, *rules: dict[str, Any], groups: list[str] | None = None) -> Gate:
    """Return a global session policy; the lower its number, the earlier it is tried."""
    conditions = {"people": {"groups": {"include": groups}}} if groups else None
    told = {"type": "OKTA_SIGN_ON", "priority": number, "conditions": conditions, "rules": list(rules)}
    return Gate(
        ref=Ref(OKTA, Kind.GATE, f"session-{number}"), resource=TENANT, kind=GateKind.SIGN_ON, name=f"policy {number}",
        rules=told, origin=SEEN,
    )  # fmt: skip


def rule(factor: bool, name: str = "rule", priority: int = 1, **conditions: Any) -> dict[str, Any]:
    actions = {"signon": {"access": "ALLOW", "requireFactor": factor}}
    return {
        "name": name,
        "status": "ACTIVE",
        "priority": priority,
        "conditions": conditions or None,
        "actions": actions,
    }


def dashboard(factors: str, **conditions: Any) -> list[AnyFact]:
    """Return the dashboard with its policy of one rule."""
    asks = {"appSignOn": {"access": "ALLOW", "verificationMethod": {"type": "ASSURANCE", "factorMode": factors}}}
    told = {
        "type": "ACCESS_POLICY", "priority": 1, "conditions": None,
        "rules": [{"name": "all", "status": "ACTIVE", "priority": 1, "conditions": conditions or None, "actions": asks}],
    }  # fmt: skip
    app = Ref(OKTA, Kind.APPLICATION, "0oa2")
    return [
        put(Resource, app, "Okta Dashboard", TENANT, name="okta_enduser", access_policy="rst2"),
        Gate(
            ref=Ref(OKTA, Kind.GATE, "rst2"),
            resource=TENANT,
            kind=GateKind.SIGN_ON,
            name="apps",
            rules=told,
            origin=SEEN,
        ),
    ]


def factor(*facts: AnyFact, of: Ref) -> SecondFactor:
    view = View(snapshot(*facts))
    account = view.find(of)
    assert isinstance(account, Account)
    return second_factor(view, account)


def at_okta(*facts: AnyFact, groups: tuple[str, ...] = ("bob",)) -> SecondFactor:
    return factor(*directory(*groups), *person("bob"), *facts, of=okta("bob"))


class TestOkta:
    def test_the_first_policy_that_names_the_account_decides(self) -> None:
        strict, loose = session(1, rule(True), groups=[RELEASE.key]), session(2, rule(False))
        assert at_okta(strict, loose, *dashboard("1FA")).required is Answer.YES
        assert at_okta(strict, loose, *dashboard("1FA"), groups=()).required is Answer.NO

    def test_an_app_that_asks_for_two_suffices(self) -> None:
        found = at_okta(session(1, rule(False)), *dashboard("2FA"))
        assert found.required is Answer.YES
        assert found.by == (
            "the session: rule of policy 1 does not ask for it",
            "the dashboard: all of apps asks for it",
        )

    def test_a_rule_for_a_network_leaves_it_open_and_two_that_agree_do_not(self) -> None:
        office = {"network": {"connection": "ZONE", "include": ["nzo1"]}}
        found = at_okta(session(1, rule(False, "office", 1, **office), rule(True, "else", 2)), *dashboard("1FA"))
        assert found.required is Answer.UNKNOWN
        assert "office of policy 1 does not ask for it at some sign-ins" in found.by[0]
        assert at_okta(session(1, rule(True, "office", 1, **office), rule(True, "else", 2))).required is Answer.YES

    def test_excluded_people_fall_to_the_next_rule(self) -> None:
        people = {"people": {"users": {"exclude": [okta("bob").key]}}, "network": {"connection": "ANYWHERE"}}
        found = at_okta(session(1, rule(True, "all", 1, **people), rule(False, "rest", 2)), *dashboard("1FA"))
        assert found.required is Answer.NO

    def test_a_group_whose_members_were_not_read_leaves_it_open(self) -> None:
        gap = Gap(scope=RELEASE, facet=OktaFacet.MEMBERS, cause=Cause.FORBIDDEN, origin=SEEN)
        policies = (session(1, rule(True), groups=[RELEASE.key]), session(2, rule(False)))
        assert at_okta(*policies, *dashboard("1FA"), gap, groups=()).required is Answer.UNKNOWN

    def test_policies_that_were_not_read_are_no_no(self) -> None:
        gap = Gap(scope=TENANT, facet=OktaFacet.POLICIES, cause=Cause.FORBIDDEN, origin=SEEN)
        assert at_okta(gap).required is Answer.UNKNOWN

    def test_where_nothing_was_read_of_rules_it_is_not_known(self) -> None:
        assert at_okta().required is Answer.UNKNOWN


class TestEntra:
    WHO = Ref(ENTRA, Kind.ACCOUNT, "bob")
    HERE = Ref(ENTRA, Kind.TENANT, ENTRA)
    PILOT = Ref(ENTRA, Kind.GROUP, "pilot")

    def asked(self, *facts: AnyFact, **conditions: Any) -> SecondFactor:
        users = {"includeUsers": ["All"], **conditions.pop("users", {})}
        state = conditions.pop("state", "enabled")
        given = {
            "users": users,
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
            **conditions,
        }
        policy = Gate(
            ref=Ref(ENTRA, Kind.GATE, "ca:1"), resource=self.HERE, kind=GateKind.CONDITIONAL_ACCESS, name="everybody",
            active=state == "enabled", rules={"state": state, "conditions": given, "controls": {"builtInControls": ["mfa"]}},
            origin=SEEN,
        )  # fmt: skip
        base = [
            source(ENTRA, System.ENTRA, SEEN), put(Resource, self.HERE, "entra:acme"),
            put(Account, self.WHO, "bob", self.HERE, mfa=ENROLLED), put(Group, self.PILOT, "Pilot", self.HERE),
        ]  # fmt: skip
        return factor(*base, policy, *facts, of=self.WHO)

    def test_a_policy_for_everybody_binds(self) -> None:
        assert self.asked().required is Answer.YES

    @pytest.mark.parametrize(
        ("conditions", "answer"),
        [
            ({"users": {"excludeUsers": ["bob"]}}, Answer.NO),
            ({"users": {"includeUsers": [], "includeGroups": ["pilot"]}}, Answer.NO),
            ({"state": "enabledForReportingButNotEnforced"}, Answer.NO),
            ({"state": "disabled"}, Answer.NO),
            ({"applications": {"includeApplications": ["00000003-0000-0ff1-ce00-000000000000"]}}, Answer.UNKNOWN),
            ({"signInRiskLevels": ["high"]}, Answer.UNKNOWN),
        ],
    )
    def test_who_is_left_out_need_not_and_what_asks_sometimes_is_not_known(
        self, conditions: dict[str, Any], answer: Answer
    ) -> None:
        assert self.asked(**conditions).required is answer

    def test_a_group_that_is_named_binds_its_members(self) -> None:
        users = {"includeUsers": [], "includeGroups": ["pilot"]}
        assert self.asked(inside(self.WHO, self.PILOT), users=users).required is Answer.YES

    def test_policies_that_were_not_read_are_no_no(self) -> None:
        gap = Gap(scope=self.HERE, facet=EntraFacet.CONDITIONAL_ACCESS, cause=Cause.FORBIDDEN, origin=SEEN)
        assert self.asked(gap, users={"excludeUsers": ["bob"]}).required is Answer.UNKNOWN


class TestGitHub:
    def asked(self, *, emu: bool | None, requires: bool | None, mfa: str = "enabled") -> SecondFactor:
        told = {"emu": emu, "two_factor_requirement_enabled": requires}
        bob = put(Account, github("bob"), "bob", type="User", mfa=mfa)
        org = put(Resource, ACME, "acme", **{k: v for k, v in told.items() if v is not None})
        people = [*directory("bob"), *person("bob"), session(1, rule(True)), *dashboard("2FA")]
        return factor(*people, bob, org, inside(github("bob"), members_of(ACME)), of=github("bob"))

    def test_an_organization_that_requires_it_says_so(self) -> None:
        assert self.asked(emu=False, requires=True).by == ("acme requires it",)

    def test_single_sign_on_beside_an_own_password_inherits_nothing(self) -> None:
        found = self.asked(emu=False, requires=False, mfa="insecure")
        assert (found.enrolled, found.required, found.inherited) == ("weak", Answer.NO, None)

    def test_what_was_not_read_is_not_known(self) -> None:
        assert self.asked(emu=False, requires=None).required is Answer.UNKNOWN

    def test_managed_users_have_the_providers(self) -> None:
        found = self.asked(emu=True, requires=False)
        assert found.inherited == okta("bob")
        assert found.required is Answer.YES

    @pytest.mark.parametrize("asks", [True, False])
    def test_single_sign_on_beside_it_is_no_sure_no(self, asks: bool) -> None:
        bob = put(Account, github("bob"), "bob", type="User", mfa="enabled")
        told = {"two_factor_requirement_enabled": False, "samlIdentityProvider": {"issuer": OKTA}}
        org = put(Resource, ACME, "acme", emu=False, **told)
        found = factor(
            *directory("bob"), *person("bob"), session(1, rule(asks)), bob, org,
            inside(github("bob"), members_of(ACME)), of=github("bob"),
        )  # fmt: skip
        assert found.required is Answer.UNKNOWN
        assert found.by[1].startswith("acme has single sign-on, which ")

    def test_single_sign_on_that_was_not_read_is_no_sure_no(self) -> None:
        bob = put(Account, github("bob"), "bob", type="User", mfa="enabled")
        org = put(Resource, ACME, "acme", emu=False, two_factor_requirement_enabled=False)
        gap = Gap(scope=ACME, facet=Facet.ORG_SAML, cause=Cause.FORBIDDEN, origin=SEEN)
        found = factor(bob, org, gap, inside(github("bob"), members_of(ACME)), of=github("bob"))
        assert found.required is Answer.UNKNOWN


class TestJenkins:
    WHO = Ref("jenkins.acme.example", Kind.ACCOUNT, "bob")
    HERE = Ref("jenkins.acme.example", Kind.TENANT, "controller")

    def asked(self, realm: str | None, **account: Any) -> SecondFactor:
        told = {"configuration": {"realm": realm}} if realm else {}
        mapped = Identity(
            ref=Ref("hr", Kind.IDENTITY, "bob"), name="Bob", emails=("bob@acme.example",), active=True, origin=SEEN,
            attributes={"accounts": ["jenkins:bob"], "because": "the list"},
        )  # fmt: skip
        return factor(
            source("jenkins.acme.example", System.JENKINS, SEEN), source("hr", System.ROSTER, SEEN), mapped,
            *directory("bob"), *person("bob"), session(1, rule(True)), put(Resource, self.HERE, "jenkins:acme", **told),
            put(Account, self.WHO, "jenkins:bob", self.HERE, **account), of=self.WHO,
        )  # fmt: skip

    @pytest.mark.parametrize("realm", ["saml", "oic"])
    def test_a_realm_of_the_provider_has_the_providers(self, realm: str) -> None:
        found = self.asked(realm)
        assert (found.inherited, found.required) == (okta("bob"), Answer.YES)

    @pytest.mark.parametrize("realm", ["ldap", None])
    def test_another_realm_inherits_nothing(self, realm: str | None) -> None:
        found = self.asked(realm)
        assert (found.inherited, found.required) == (None, Answer.UNKNOWN)

    def test_a_local_user_answers_for_itself(self) -> None:
        found = self.asked("local", sign_in="local", mfa="disabled")
        assert (found.local, found.inherited, found.enrolled) == (True, None, "none")


class TestGitLab:
    BOB = Ref(GITLAB, Kind.ACCOUNT, "bob")

    def asked(self, *more: AnyFact, **settings: Any) -> SecondFactor:
        instance = put(Resource, Ref(GITLAB, Kind.TENANT, "instance"), "gitlab", **settings)
        people = [*directory("bob"), *person("bob"), *gitlab("bob"), session(1, rule(True))]
        return factor(*people, instance, *more, of=self.BOB)

    def test_where_passwords_are_off_it_is_the_providers(self) -> None:
        found = self.asked(password_authentication_enabled_for_web=False)
        assert (found.inherited, found.required) == (okta("bob"), Answer.YES)

    def test_where_passwords_are_on_it_is_its_own(self) -> None:
        found = self.asked(password_authentication_enabled_for_web=True, require_two_factor_authentication=False)
        assert (found.inherited, found.required) == (None, Answer.NO)

    def test_a_local_account_is_named_even_where_passwords_are_off(self) -> None:
        local = put(Account, self.BOB, "bob", identities=[], state="active", mfa=ENROLLED)
        found = self.asked(local, password_authentication_enabled_for_web=False, require_two_factor_authentication=True)
        assert (found.local, found.inherited, found.required) == (True, None, Answer.YES)


class TestVault:
    def test_who_comes_through_the_provider_has_the_providers(self) -> None:
        found = factor(
            *directory("bob"),
            *person("bob"),
            *vault(),
            *entity("bob"),
            session(1, rule(True)),
            of=Ref(VAULT, Kind.ACCOUNT, "e-bob"),
        )
        assert (found.inherited, found.required) == (okta("bob"), Answer.YES)

    def test_what_the_providers_app_for_the_vault_asks_is_not_told(self) -> None:
        found = factor(
            *directory("bob"), *person("bob"), *vault(), *entity("bob"), session(1, rule(False)), *dashboard("2FA"),
            of=Ref(VAULT, Kind.ACCOUNT, "e-bob"),
        )  # fmt: skip
        assert found.required is Answer.UNKNOWN
        assert "which app signs in to vault.acme.example was not told" in found.by

    @pytest.mark.parametrize(
        ("rules", "answer"),
        [
            ([], Answer.NO),
            ([{"name": "people", "auth_method_types": ["userpass"]}], Answer.YES),
            ([{"name": "people", "auth_method_accessors": ["auth_userpass_1"]}], Answer.YES),
            ([{"name": "others", "auth_method_types": ["ldap"]}], Answer.NO),
            (None, Answer.UNKNOWN),
        ],
    )
    def test_a_password_of_the_vaults_own_is_local(self, rules: Any, answer: Answer) -> None:
        who = Ref(VAULT, Kind.ACCOUNT, "e-alice")
        alias = {"name": "alice", "mount_type": "userpass", "mount_accessor": "auth_userpass_1"}
        tenant = put(Resource, VAULT_TENANT, "vault:acme", login_mfa=rules)
        found = factor(*vault(), tenant, put(Account, who, "vault:alice", VAULT_TENANT, aliases=[alias]), of=who)
        assert (found.local, found.required) == (True, answer)
        assert DOOR.instance == VAULT
