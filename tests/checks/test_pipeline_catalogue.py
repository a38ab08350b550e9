"""The catalogue's sections about what guards, runs and feeds pipelines are covered, with the standards it states."""

import msgspec

from pipewarden import checks
from pipewarden.checks.clauses import clauses
from pipewarden.checks.sections import ACTIONS, BRANCHES, ENVIRONMENTS, REPOSITORIES, SECRETS
from pipewarden.checks.workflow_rows import PIPELINES
from tests.checks.test_every_check import catalogue

SECTIONS = {
    "repository access": REPOSITORIES,
    "branch protection": BRANCHES,
    "environments": ENVIRONMENTS,
    "Actions settings": ACTIONS,
    "secrets, variables": SECRETS,
}


def section_of(row: dict[str, str]) -> str:
    name = row["section"].removeprefix("GitHub \N{EN DASH} ")
    return next((word for word in SECTIONS if name.startswith(word)), "") if row["platform"] == "github" else ""


def test_every_check_of_these_sections_is_built_or_explained() -> None:
    wanted = {name for name, row in catalogue().items() if section_of(row)}
    built = {check.id for check in checks.ALL}
    assert len(wanted) == 104
    assert wanted <= built | {each.id for each in checks.NOT_BUILT}
    assert len(wanted & built) >= 85


def test_standards_are_those_of_the_catalogue() -> None:
    known = catalogue()
    for check in checks.ALL:
        section = section_of(known[check.id]) if check.id in known else ""
        if section:
            stated = clauses(SECTIONS[section], known[check.id]["mapping"])
            assert msgspec.structs.asdict(check.info.standards) == stated, check.id


def test_every_check_of_workflow_files_is_built_or_explained_with_the_standards_of_the_catalogue() -> None:
    wanted = {name: row for name, row in catalogue().items() if name.startswith("wf.")}
    built = {check.id: check for check in checks.ALL}
    assert len(wanted) == 54
    assert set(wanted) <= set(built) | {each.id for each in checks.NOT_BUILT}
    assert len(set(wanted) & set(built)) == 54
    for name, row in wanted.items():
        if name in built:
            assert msgspec.structs.asdict(built[name].info.standards) == clauses(PIPELINES, row["mapping"]), name
