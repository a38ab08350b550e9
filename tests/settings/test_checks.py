"""What the configuration says about checks: limits within bounds, checks off, severities of one's own."""

import pytest

from pipewarden.checks import ALL
from pipewarden.errors import ConfigError
from pipewarden.model.findings import Severity
from pipewarden.model.limits import ABOUT, LIMITS
from pipewarden.settings.checks import SCHEMA, CheckSettings, applied
from pipewarden.settings.config import read

TEXT = """
checks:
  disable:
    - gh.dkey.org_enabled
    - gh.var.*
  severity:
    gh.org.owners_too_many: critical
  limits:
    member_stale_days: 60
    company_domains: [acme.example]
    public_repositories: [acme/site, acme-labs/open.source]
"""


def settings(text: str = TEXT) -> CheckSettings:
    return read(text, "pipewarden.yaml").checks


def test_what_is_set_holds_and_the_rest_is_the_default() -> None:
    limits = settings().limits
    assert limits.member_stale_days == 60
    assert limits.company_domains == ("acme.example",)
    assert limits.public_repositories == ("acme/site", "acme-labs/open.source")
    assert limits.owner_stale_days == LIMITS.owner_stale_days
    assert settings("store: a.db\n") == CheckSettings()


def test_every_setting_knows_the_line_that_set_it() -> None:
    places = settings().places
    assert places["limits.member_stale_days"] == "pipewarden.yaml:9"
    assert places["severity.gh.org.owners_too_many"] == "pipewarden.yaml:7"
    assert places["disable.1"] == "pipewarden.yaml:5"


def test_checks_are_switched_off_by_id_and_by_how_they_begin() -> None:
    on, off = applied(settings(), ALL)
    assert off == [check.id for check in ALL if check.id.startswith("gh.var.") or check.id == "gh.dkey.org_enabled"]
    assert len(on) + len(off) == len(ALL)
    assert not {check.id for check in on} & set(off)


def test_a_severity_of_ones_own_is_that_of_the_check() -> None:
    on, _ = applied(settings(), ALL)
    severities = {check.id: check.info.severity for check in on}
    assert severities["gh.org.owners_too_many"] is Severity.CRITICAL
    assert severities["gh.org.owners_too_few"] is Severity.MEDIUM


@pytest.mark.parametrize(
    ("entry", "expected", "hint"),
    [
        ("limits: {member_stal_days: 9}", "no setting checks.limits.member_stal_days", "member_stale_days"),
        ("limits: {member_stale_days: 0}", "limits.member_stale_days: 0 is less than", "By default 90 days."),
        ("limits: {member_stale_days: 36501}", "greater than the maximum", "inactive"),
        ("limits: {member_stale_days: '90'}", "not of type", "inactive"),
        ("limits: {member_stale_days: 1.5}", "not of type", "inactive"),
        ("limits: {company_domains: acme.example}", "not of type", "Mail domains"),
        ("limits: {company_domains: [https://acme.example]}", "does not match", "Mail domains"),
        ("limits: {owners_min: 4}", "p.yaml:2: owners_min (4) is more than owners_max (3)", "2 and 3"),
        ("severity: {gh.org.owners_too_many: loud}", "loud", "It may be info, low, medium, high, critical."),
        ("disabled: [gh.dkey.old]", "no setting checks.disabled", "disable"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_may_stand_there(entry: str, expected: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(f"checks:\n  {entry}\n", "p.yaml")
    assert expected in str(refused.value)
    assert str(refused.value).startswith("p.yaml:2: ")
    assert hint in refused.value.hint


@pytest.mark.parametrize("entry", ["disable: [gh.dkey.org_enable]", "severity: {gh.dkey.org_enable: low}"])
def test_a_check_that_there_is_not_is_met_with_the_near_one(entry: str) -> None:
    with pytest.raises(ConfigError) as refused:
        applied(read(f"checks:\n  {entry}\n", "p.yaml").checks, ALL)
    assert str(refused.value) == "p.yaml:2: there is no check gh.dkey.org_enable"
    assert "gh.dkey.org_enabled" in refused.value.hint


def test_a_pattern_that_names_no_check_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no check gh\.nothing\.\*"):
        applied(read("checks: {disable: [gh.nothing.*]}\n", "p.yaml").checks, ALL)


def test_every_limit_has_a_default_bounds_and_a_unit_in_the_schema() -> None:
    properties = SCHEMA["properties"]["limits"]["properties"]
    assert list(properties) == list(ABOUT)
    for name, limit in ABOUT.items():
        given = properties[name]
        assert given["default"] == (list(limit.default) if isinstance(limit.default, tuple) else limit.default)
        if limit.unit:
            assert given["minimum"] <= given["default"] <= given["maximum"]
            assert given["x-unit"] == limit.unit
        assert limit.meaning.endswith(".")
        assert limit.because


@pytest.mark.parametrize("name", ["site", "acme/", "/site", "acme/a site", "https://github.com/acme/site"])
def test_a_repository_is_written_with_its_organization(name: str) -> None:
    with pytest.raises(ConfigError, match=r"pipewarden\.yaml:3: checks\.limits\.public_repositories\.0"):
        settings(f"checks:\n  limits:\n    public_repositories: ['{name}']\n")
