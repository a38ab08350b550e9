"""The outer edge of acme: its domain, its mail, its networks."""

from typing import Any

import pytest

from pipewarden.checks import perimeter
from pipewarden.checks.base import Check
from tests.checks.builder import Estate


def acme(**attributes: Any) -> Estate:
    return Estate().org("acme", **attributes)


class TestDomain:
    def test_none_is_verified(self) -> None:
        assert acme(is_verified=False).says(perimeter.verified_domain) == ["acme has verified no domain"]
        assert acme(isVerified=False).verdict(perimeter.verified_domain) == "1 failed"

    def test_one_is(self) -> None:
        assert acme(is_verified=True).verdict(perimeter.verified_domain) == "1 passed"

    def test_neither_answer_holds_it(self) -> None:
        assert acme().verdict(perimeter.verified_domain) == "1 unknown"


class TestNotifications:
    FIELD = "notificationDeliveryRestrictionEnabledSetting"

    def test_any_mailbox(self) -> None:
        assert acme(**{self.FIELD: "DISABLED"}).says(perimeter.notifications_restricted) == [
            "acme sends notifications about its code to whatever mailbox a member chooses"
        ]

    def test_the_companys_only(self) -> None:
        assert acme(**{self.FIELD: "ENABLED"}).verdict(perimeter.notifications_restricted) == "1 passed"

    def test_a_plan_without_it(self) -> None:
        estate = acme(**{self.FIELD: "DISABLED"}, plan={"name": "free"})
        assert estate.verdict(perimeter.notifications_restricted) == "1 not applicable"


class TestAllowList:
    def test_any_network(self) -> None:
        assert acme(ipAllowListEnabledSetting="DISABLED").says(perimeter.ip_allow_list) == [
            "acme can be reached from any network with a valid credential"
        ]

    def test_known_networks(self) -> None:
        assert acme(ipAllowListEnabledSetting="ENABLED").verdict(perimeter.ip_allow_list) == "1 passed"

    def test_the_enterprises_list_holds_for_the_organization(self) -> None:
        estate = Estate().enterprise(owner_info={"ipAllowListEnabledSetting": "ENABLED"})
        estate.org("acme", ipAllowListEnabledSetting="DISABLED")
        assert estate.verdict(perimeter.ip_allow_list) == "1 passed"

    def test_apps_are_left_out(self) -> None:
        given = {"ipAllowListEnabledSetting": "ENABLED", "ipAllowListForInstalledAppsEnabledSetting": "DISABLED"}
        assert acme(**given).says(perimeter.ip_allow_list_apps) == [
            "acme has an IP allow list that does not take in the addresses of its apps"
        ]
        given["ipAllowListForInstalledAppsEnabledSetting"] = "ENABLED"
        assert acme(**given).verdict(perimeter.ip_allow_list_apps) == "1 passed"

    def test_without_a_list_apps_are_no_question(self) -> None:
        assert acme(ipAllowListEnabledSetting="DISABLED").verdict(perimeter.ip_allow_list_apps) == "1 not applicable"

    @pytest.mark.parametrize("check", [perimeter.ip_allow_list, perimeter.ip_allow_list_apps])
    def test_not_told(self, check: Check) -> None:
        assert acme().verdict(check) == "1 unknown"
