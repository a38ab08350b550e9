"""People of acme: their second factor, their tie to the company, whether they are still there."""

from typing import Any

import pytest

from pipewarden.checks import people, second_factor, sign_on
from pipewarden.checks.base import Check
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Identity
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate, days_ago

VERIFIED = [{"domain": "acme.example", "isVerified": True}]
SAML = {"issuer": "https://idp.acme.example"}


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", **attributes).member("alice", owner=True)


class TestSecondFactor:
    def test_it_is_not_required(self) -> None:
        estate = acme(two_factor_requirement_enabled=False)
        assert estate.says(second_factor.mfa_required) == [
            "acme does not require a second factor of its members and outside collaborators"
        ]

    def test_it_is_required(self) -> None:
        assert acme(two_factor_requirement_enabled=True).verdict(second_factor.mfa_required) == "1 passed"

    def test_null_is_not_a_pass_only_owners_are_told(self) -> None:
        assert acme(two_factor_requirement_enabled=None).verdict(second_factor.mfa_required) == "1 unknown"

    @pytest.mark.parametrize(
        "check",
        [
            second_factor.mfa_required,
            second_factor.mfa_secure_methods,
            second_factor.member_mfa_disabled,
            second_factor.member_mfa_insecure,
        ],
    )
    def test_managed_users_are_the_identity_providers_business(self, check: Check) -> None:
        estate = acme(two_factor_requirement_enabled=False, emu=True).member("bob", mfa="disabled")
        assert estate.verdict(check) == "1 not applicable"

    def test_bob_has_none(self) -> None:
        estate = acme().member("bob", mfa="disabled").member("dave", mfa="insecure")
        assert estate.says(second_factor.member_mfa_disabled) == ["bob is a member of acme and has no second factor"]

    def test_an_owner_without_one_is_told_by_another_check(self) -> None:
        estate = acme().set("alice", mfa="disabled").member("bob", mfa="enabled")
        assert estate.verdict(second_factor.member_mfa_disabled) == "1 passed"

    def test_who_is_known_is_told_and_who_is_not_keeps_it_from_passing(self) -> None:
        estate = acme().member("bob", mfa="disabled").member("carol")
        assert estate.verdict(second_factor.member_mfa_disabled) == "1 failed, 1 unknown"

    def test_text_messages(self) -> None:
        estate = acme(two_factor_requirement_enabled=True).set("alice", mfa="enabled").member("bob", mfa="insecure")
        assert estate.says(second_factor.member_mfa_insecure) == [
            "bob is a member of acme and gets the second factor by text message"
        ]
        assert estate.says(second_factor.mfa_secure_methods) == [
            "acme accepts text messages as a second factor: bob uses them"
        ]

    def test_nobody_using_text_messages_does_not_prove_that_they_are_refused(self) -> None:
        estate = acme(two_factor_requirement_enabled=True).set("alice", mfa="enabled")
        assert estate.verdict(second_factor.mfa_secure_methods) == "1 unknown"
        assert estate.verdict(second_factor.member_mfa_insecure) == "1 passed"

    def test_the_enterprise_refuses_text_messages(self) -> None:
        estate = Estate().enterprise(owner_info={"twoFactorDisallowedMethodsSetting": "INSECURE"})
        estate.org("acme", two_factor_requirement_enabled=True).member("alice", owner=True)
        assert estate.verdict(second_factor.mfa_secure_methods) == "1 passed"

    def test_where_none_is_required_its_method_is_no_question(self) -> None:
        assert (
            acme(two_factor_requirement_enabled=False).verdict(second_factor.mfa_secure_methods) == "1 not applicable"
        )


class TestSingleSignOn:
    def test_there_is_none(self) -> None:
        assert acme(samlIdentityProvider=None).says(sign_on.sso_enforced) == ["acme has no single sign-on"]

    def test_a_plan_without_it(self) -> None:
        estate = acme(samlIdentityProvider=None, plan={"name": "team"})
        assert estate.verdict(sign_on.sso_enforced) == "1 not applicable"

    def test_members_who_are_not_linked_prove_that_it_is_not_enforced(self) -> None:
        estate = acme(samlIdentityProvider=SAML).set("alice", saml={"nameId": "alice@acme.example"}).member("bob")
        assert estate.says(sign_on.sso_enforced) == [
            "acme has single sign-on but does not enforce it: 1 member (bob) without a linked identity"
        ]
        assert estate.says(sign_on.no_saml_identity) == [
            "bob is a member of acme and is linked to no identity of its single sign-on"
        ]

    def test_everybody_is_linked(self) -> None:
        estate = acme(samlIdentityProvider=SAML).set("alice", saml={"nameId": "alice@acme.example"})
        assert estate.verdict(sign_on.sso_enforced) == "1 passed"
        assert estate.verdict(sign_on.no_saml_identity) == "1 passed"

    def test_the_enterprise_has_it_and_whether_bob_is_linked_was_not_read(self) -> None:
        estate = Estate().enterprise(owner_info={"samlIdentityProvider": SAML})
        estate.org("acme", samlIdentityProvider=None).member("bob")
        assert estate.verdict(sign_on.no_saml_identity) == "1 unknown"

    def test_an_enterprise_that_was_not_read_leaves_it_open(self) -> None:
        estate = Estate().enterprise().org("acme", samlIdentityProvider=None).member("bob")
        assert estate.verdict(sign_on.sso_enforced) == "1 unknown"

    def test_without_it_nobody_can_be_linked(self) -> None:
        assert acme(samlIdentityProvider=None).verdict(sign_on.no_saml_identity) == "1 not applicable"

    def test_a_foreign_identity(self) -> None:
        estate = acme(samlIdentityProvider=SAML, domains=VERIFIED)
        estate.member("dave", saml={"nameId": "dave@contractor.example"})
        estate.member("bob", saml={"nameId": "bob@eu.acme.example"}).member("carol", saml={"nameId": "00u1opaque"})
        assert estate.says(sign_on.saml_email_foreign) == [
            "dave is a member of acme under an identity of contractor.example, not of acme.example"
        ]

    def test_without_a_verified_domain_nothing_is_foreign(self) -> None:
        estate = acme(samlIdentityProvider=SAML, domains=[{"domain": "acme.example", "isVerified": False}])
        assert estate.verdict(sign_on.saml_email_foreign) == "1 not applicable"

    def test_carol_was_deactivated_and_is_still_in(self) -> None:
        estate = (
            acme(samlIdentityProvider=SAML).member("bob", scim={"active": True}).member("carol", scim={"active": False})
        )
        assert estate.says(sign_on.scim_orphan) == [
            "carol was deactivated in the identity provider and is still a member of acme"
        ]

    def test_nobody_was_deactivated(self) -> None:
        estate = acme(samlIdentityProvider=SAML).member("bob", scim={"active": True})
        assert estate.verdict(sign_on.scim_orphan) == "1 passed"

    def test_no_provisioned_identity_at_all_is_not_a_pass(self) -> None:
        assert acme(samlIdentityProvider=SAML).verdict(sign_on.scim_orphan) == "1 unknown"


def person(estate: Estate, login: str, *, active: bool) -> Estate:
    ref = Ref("okta:acme", Kind.IDENTITY, login)
    return estate.add(Identity(ref=ref, name=login, accounts=(estate.ref(login),), active=active, origin=SEEN))


class TestPersons:
    def test_without_an_identity_provider_nobody_is_unknown_to_it(self) -> None:
        assert acme().verdict(people.not_in_idp) == "1 not applicable"
        assert acme().verdict(people.left_company) == "1 not applicable"

    def test_mallory_is_nobody_the_company_knows(self) -> None:
        estate = person(acme().member("mallory").member("deploybot"), "alice", active=True)
        assert estate.says(people.not_in_idp) == [
            "mallory is a member of acme and matches nobody in the identity provider"
        ]

    def test_carol_left_and_is_still_in(self) -> None:
        estate = acme().member("carol").outsider("dave")
        person(person(person(estate, "carol", active=False), "alice", active=True), "dave", active=False)
        assert estate.says(people.left_company) == [
            "carol left the company and is still a member of acme",
            "dave left the company and is still an outside collaborator of acme",
        ]

    def test_where_sign_on_was_refused_nobody_is_called_a_stranger_and_who_left_is_still_told(self) -> None:
        estate = person(acme().member("carol"), "carol", active=False).gap("acme", Facet.ORG_SAML)
        assert estate.verdict(people.not_in_idp) == "1 unknown"
        assert estate.says(people.left_company) == ["carol left the company and is still a member of acme"]
        for facet in (Facet.ORG_SAML, Facet.ORG_SCIM):
            here = person(acme(), "alice", active=True).gap("acme", facet)
            assert here.verdict(people.left_company) == "1 unknown"
        alone = acme().gap("acme", Facet.ORG_SAML)
        assert (alone.verdict(people.not_in_idp), alone.verdict(people.left_company)) == ("1 unknown", "1 unknown")

    def test_everybody_works_here(self) -> None:
        estate = person(acme(), "alice", active=True)
        assert estate.verdict(people.left_company) == "1 passed"
        assert estate.verdict(people.not_in_idp) == "1 passed"

    def test_bob_has_no_address_of_the_company(self) -> None:
        estate = acme(domains=VERIFIED).set("alice", verified_domain_emails=["alice@acme.example"])
        estate.member("bob", verified_domain_emails=[]).member("deploybot", verified_domain_emails=[])
        assert estate.says(people.personal_email) == [
            "bob is a member of acme and has verified no mail address of its domains"
        ]

    def test_an_address_that_was_not_read_is_unknown(self) -> None:
        assert acme(domains=VERIFIED).verdict(people.personal_email) == "1 unknown"

    @pytest.mark.parametrize(
        ("login", "shared"), [("acme-dev", True), ("teamster", False), ("ops2", True), ("bob", False)]
    )
    def test_shared_accounts_by_their_name(self, login: str, shared: bool) -> None:
        says = acme().member(login).says(people.shared_identity)
        assert bool(says) is shared
        if login == "acme-dev":
            assert says == ["acme-dev is a member of acme and shared, to judge by its name (dev)"]


class TestSilence:
    def test_bob_was_not_seen_for_91_days(self) -> None:
        estate = acme().account("bob", last_used=days_ago(91), last_used_source="last push").member("bob")
        assert estate.says(people.member_stale) == [
            "bob is a member of acme and has not been seen since 2026-06-02, 91 days ago (last push)"
        ]

    def test_90_days_are_no_silence(self) -> None:
        estate = acme().account("bob", last_used=days_ago(90)).member("bob")
        assert estate.verdict(people.member_stale) == "1 passed"

    def test_nothing_read_is_not_idle(self) -> None:
        assert acme().member("bob").verdict(people.member_stale) == "1 unknown"


class TestInvitations:
    def test_one_waits_since_eight_days(self) -> None:
        estate = acme().item(
            Kind.INVITATION, "acme", "1", login="dave", role="direct_member", created_at=days_ago(8).isoformat()
        )
        assert estate.says(people.pending_invites_old) == [
            "dave was invited to acme as a member on 2026-08-24 and has not answered"
        ]

    def test_seven_days_are_its_life(self) -> None:
        estate = acme().item(Kind.INVITATION, "acme", "1", login="dave", created_at=days_ago(7).isoformat())
        assert estate.verdict(people.pending_invites_old) == "1 passed"

    def test_a_failed_one(self) -> None:
        estate = acme().item(Kind.INVITATION, "acme", "1", login="dave", failed_at=days_ago(1).isoformat())
        assert estate.says(people.pending_invites_old) == [
            "the invitation of dave to acme failed and is still in the list"
        ]

    def test_one_to_a_repository_by_mail(self) -> None:
        estate = acme().repo("acme/web")
        estate.item(Kind.INVITATION, "acme/web", "1", permissions="write", created_at=days_ago(30).isoformat())
        assert estate.says(people.pending_invites_old) == [
            "somebody known by mail alone was invited to acme/web with write on 2026-08-02 and has not answered"
        ]

    def test_invitations_of_one_repository_could_not_be_read(self) -> None:
        estate = acme().repo("acme/web").gap("acme/web", Facet.REPO_INVITATIONS)
        assert estate.verdict(people.pending_invites_old) == "1 unknown"
