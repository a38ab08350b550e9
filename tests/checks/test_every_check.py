"""What holds for every check, whatever it is about."""

import csv
import random
import re
from enum import StrEnum
from functools import lru_cache

import msgspec
import pytest

from pipewarden import checks
from pipewarden.checks.base import Check, judge
from pipewarden.checks.clauses import clauses
from pipewarden.model.facts import Entity
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import Estate
from tests.checks.everything import everything
from tests.shared import shared_path

OWN = (
    "gh.oidc.trust_issuer",
    "gh.oidc.trust_compare",
    "gh.oidc.sts_all_repos",
    "gh.oidc.sub_custom_file",
    "gl.oidc.trust_role",
    "x.identity_unclear",
    "x.group_unclear",
    "va.role.bound",
    "va.role.pr",
)
"""Checks that the catalogue has no row for: weaknesses of a trust's text."""
OWN_ROW = {"section": "own", "platform": "own", "severity": "varies", "mapping": ""}

EVERY = pytest.mark.parametrize("check", checks.ALL, ids=lambda check: check.id)


OUR_OWN = ("ado.pipe.", "cc.", "bb.", "file.", "wf.zizmor.", "jk.ctl.approvals", "jk.ctl.lib_", "jk.job.auth_token")
"""Checks for which the catalogue has no rows, or one row for things of two kinds: files and what a system holds."""


@lru_cache
def catalogue() -> dict[str, dict[str, str]]:
    with shared_path("reference/checks.csv").open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)} | dict.fromkeys(OWN, OWN_ROW)


@EVERY
class TestEveryCheck:
    def test_it_explains_itself(self, check: Check) -> None:
        info = check.info
        assert info.title[0].isupper()
        assert not info.title.endswith(".")
        assert len(info.rationale) > 40
        assert info.rationale.endswith((".", ")"))
        assert info.source
        assert info.theme == check.judge.__module__.rpartition(".")[2]

    def test_its_remedy_is_steps_to_take(self, check: Check) -> None:
        assert check.info.remedy
        for step in check.info.remedy:
            assert step[0].isupper(), step
            assert step.endswith("."), step
            assert "'" not in step[:1]

    def test_it_names_the_standards_it_speaks_to(self, check: Check) -> None:
        standards = check.info.standards
        assert standards.nist or standards.cis or standards.owasp
        assert all(re.fullmatch(r"\d+(\.\d+)+", clause) for clause in standards.cis)
        assert all(re.fullmatch(r"CICD-SEC-([1-9]|10)", clause) for clause in standards.owasp)
        assert all(re.fullmatch(r"[A-Z]{2}-\d+(\(\d+\))?", clause) for clause in standards.nist)
        assert all(re.fullmatch(r"CC\d\.\d", clause) for clause in standards.soc2)

    def test_its_needs_are_facets(self, check: Check) -> None:
        assert all(isinstance(need, StrEnum) for need in check.info.needs)
        assert isinstance(check.info.subject, Kind)

    def test_it_is_known_in_the_catalogue_with_its_severity(self, check: Check) -> None:
        row = catalogue().get(check.id)
        if check.id.startswith(OUR_OWN):
            assert not row, f"{check.id} is in the catalogue"
            return
        assert row, f"{check.id} is not in the catalogue"
        if row["severity"] != "varies":
            assert check.info.severity is Severity[row["severity"].upper()]

    def test_it_is_silent_where_there_is_nothing(self, check: Check) -> None:
        verdicts = judge([check], Estate().view())
        assert not verdicts.findings
        assert not verdicts.not_assessed

    def test_a_gap_in_anything_it_needs_is_unknown_and_no_pass(self, check: Check) -> None:
        for facet in check.info.needs:
            estate = everything()
            view = estate.view()
            files = check.files_of
            asked = (
                each
                for each in view.entities(check.info.subject)
                if check.speaks_of(each, view.system_of(each.ref))
                and (not files or each.attributes.get("system", "github") == files)
            )
            names = [entity.name for entity in asked]
            assert names, f"the estate of these tests holds no {check.info.subject}"
            for name in names:
                estate.gap(name, facet, permission="a permission")
            verdicts = judge([check], estate.view())
            assert not verdicts.findings
            assert verdicts.tallies[0].unknown == len(names)
            assert {each.facet for each in verdicts.not_assessed} == {str(facet)}

    def test_its_findings_are_whole(self, check: Check) -> None:
        for finding in judge([check], everything().view()).findings:
            assert finding.says
            assert not finding.says.endswith(".")
            assert finding.evidence
            assert finding.subject_name


def test_ids_are_unique() -> None:
    ids = [check.id for check in checks.ALL]
    assert len(ids) == len(set(ids))


def test_nothing_breaks_where_the_provider_gave_everything() -> None:
    assert_none_broke(everything())


@pytest.mark.parametrize("value", ["null", "absent"])
def test_nothing_breaks_where_the_provider_gave_no_attribute(value: str) -> None:
    estate = everything()
    for ref, entity in estate._entities.items():
        if ref.kind is Kind.SOURCE:
            continue  # what an instance is, we say ourselves
        kept = {"implicit": True} if entity.attributes.get("implicit") else {}
        attributes = dict.fromkeys(entity.attributes) | kept if value == "null" else kept
        estate._entities[ref] = msgspec.structs.replace(entity, attributes=attributes)
    assert_none_broke(estate)


@pytest.mark.parametrize("seed", range(25))
def test_nothing_breaks_where_attributes_are_missing_or_null_at_random(seed: int) -> None:
    dice = random.Random(seed)
    estate = everything()
    for ref, entity in attributed(estate):
        estate._entities[ref] = worn(entity, dice)
    assert_none_broke(estate)


def attributed(estate: Estate) -> list[tuple[Ref, Entity]]:
    """Return what a provider gives attributes of; what an instance is, its connector says and no provider."""
    return [(ref, entity) for ref, entity in estate._entities.items() if ref.kind is not Kind.SOURCE]


def worn(entity: Entity, dice: random.Random) -> Entity:
    """Return an entity some of whose attributes and times are gone; what an instance is, we say ourselves."""
    if entity.ref.kind is Kind.SOURCE:
        return entity
    attributes = {}
    for key, value in entity.attributes.items():
        match dice.randrange(3) if key != "implicit" else 0:
            case 0:
                attributes[key] = value
            case 1:
                attributes[key] = None
    fields = {
        name: None
        for name in ("created_at", "expires_at", "last_used_at", "owner")
        if name in entity.__struct_fields__ and dice.randrange(2)
    }
    return msgspec.structs.replace(entity, attributes=attributes, **fields)


def assert_none_broke(estate: Estate) -> None:
    verdicts = judge(checks.ALL, estate.view())
    broken = [f"{each.check}: {each.detail}" for each in verdicts.not_assessed if each.cause is None]
    assert not broken, broken[0]


def test_the_same_snapshot_gives_the_same_verdicts() -> None:
    snapshot = everything()
    once, again = judge(checks.ALL, snapshot.view()), judge(checks.ALL, snapshot.view())
    assert msgspec.json.encode(once) == msgspec.json.encode(again)


def test_the_checks_of_files_are_all_that_read_files_in_the_same_order() -> None:
    assert checks.of_files() == tuple(check for check in checks.ALL if check.reads_files)
    assert {check.info.theme for check in checks.of_files()} == set(checks.OF_FILES)
    assert set(checks.OF_FILES) < set(checks.THEMES)


def test_nothing_else_is_loaded_when_it_is_asked_for() -> None:
    with pytest.raises(AttributeError, match="no attribute 'NEARLY_ALL'"):
        checks.NEARLY_ALL  # noqa: B018


def test_what_is_not_built_says_why() -> None:
    known = catalogue()
    for each in checks.NOT_BUILT:
        assert each.id in known
        assert len(each.reason) > 20
    assert not {each.id for each in checks.NOT_BUILT} & {check.id for check in checks.ALL}


SECTIONS = ("people: ", "administrators & ", "outside ", "apps, ", "organisation & ")


def test_every_check_of_access_in_the_catalogue_is_built_or_explained() -> None:
    wanted = {
        name
        for name, row in catalogue().items()
        if row["section"].removeprefix("GitHub \N{EN DASH} ").startswith(SECTIONS)
    }
    assert len(wanted) == 103
    assert wanted <= {check.id for check in checks.ALL} | {each.id for each in checks.NOT_BUILT}


def test_standards_are_those_of_the_catalogue() -> None:
    from pipewarden.checks.clauses import ADMINISTRATORS, MACHINES, OUTSIDERS, PEOPLE, SETTINGS

    known = catalogue()
    sections = dict(zip(SECTIONS, (PEOPLE, ADMINISTRATORS, OUTSIDERS, MACHINES, SETTINGS), strict=True))
    for check in checks.ALL:
        row = known.get(check.id)
        if row is None:
            continue
        for word, section in sections.items():
            if row["section"].removeprefix("GitHub \N{EN DASH} ").startswith(word):
                assert msgspec.structs.asdict(check.info.standards) == clauses(section, row["mapping"])
