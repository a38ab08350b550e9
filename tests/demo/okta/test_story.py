"""Acme's Okta as it is told: what the checks find when the real connector has read it from the server."""

import pytest

from pipewarden import checks
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from tests.connectors.okta.reading import collected


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return judge([check for check in checks.ALL if check.id.startswith("ok.")], View(collected()[0]))


def says(verdicts: Verdicts, check: str) -> list[str]:
    return [finding.says for finding in verdicts.findings if finding.check == check]


def test_nothing_is_left_unsaid(verdicts: Verdicts) -> None:
    assert verdicts.not_assessed == ()


def test_every_check_of_okta_but_one_has_something_to_say_about_acme(verdicts: Verdicts) -> None:
    silent = {check.id for check in checks.ALL if check.id.startswith("ok.")} - {f.check for f in verdicts.findings}
    assert silent == {"ok.pol.dashboard_mfa"}, "any two factors are asked for there"
    assert len({f.check for f in verdicts.findings}) == 25


def test_erin_reaches_production_through_a_group(verdicts: Verdicts) -> None:
    told = says(verdicts, "ok.adm.group_escalation")
    assert "erin@acme.example can let anybody into “release”, and so into AWS, GitHub and Vault" in told


def test_the_near_misses_are_silent(verdicts: Verdicts) -> None:
    # trent administers through a group and has a factor; rupert's token is bound to the office
    assert says(verdicts, "ok.adm.no_mfa") == [
        "sybil@acme.example administers okta:acme and has enrolled no second factor"
    ]
    assert not [each for each in says(verdicts, "ok.tok.zone") if "rupert" in each]
    # carol is deactivated: she is neither idle nor pending
    assert not [finding for finding in verdicts.findings if "carol" in finding.says]
