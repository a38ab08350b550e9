"""Doubts, words and standards, which many checks share."""

import pytest

from pipewarden.access.view import Missing
from pipewarden.checks.clauses import PEOPLE, clauses
from pipewarden.checks.reading import Doubts, company_domains, is_foreign, listed, many, moment, need_inside, words_of
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.limits import LIMITS
from tests.checks.builder import Estate

ACME = Ref("github.com", Kind.ORGANIZATION, "1")


def test_doubts_keep_the_first_gap_and_count_them() -> None:
    doubts = Doubts()
    for facet in (Facet.ORG_MFA, Facet.ORG_SAML):
        with doubts:
            raise Missing(ACME, facet, Cause.FORBIDDEN, "refused")
    with pytest.raises(Missing) as caught:
        doubts.settle()
    assert caught.value.facet == Facet.ORG_MFA
    assert caught.value.detail == "refused (2 times)"


def test_without_a_doubt_there_is_nothing_to_settle() -> None:
    doubts = Doubts()
    with doubts:
        pass
    doubts.settle()


def test_doubts_are_no_excuse_for_a_mistake() -> None:
    with pytest.raises(ZeroDivisionError), Doubts():
        _ = 1 // 0


def test_a_gap_inside_counts_and_one_elsewhere_does_not() -> None:
    estate = Estate().org("acme").repo("acme/web").org("other").repo("other/web").gap("acme/web", Facet.REPO_KEYS)
    view = estate.view()
    need_inside(view, estate.ref("other"), Facet.REPO_KEYS)
    need_inside(view, estate.ref("acme"), Facet.REPO_TEAMS)
    with pytest.raises(Missing):
        need_inside(view, estate.ref("acme"), Facet.REPO_KEYS)


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (1, "repository", "1 repository"),
        (3, "repository", "3 repositories"),
        (2, "day", "2 days"),
        (1500, "key", "1,500 keys"),
    ],
)
def test_numbers_with_their_noun(count: int, noun: str, text: str) -> None:
    assert many(count, noun) == text


def test_names_in_a_sentence() -> None:
    assert listed(["alice"]) == "alice"
    assert listed(["alice", "bob", "carol"]) == "alice, bob and carol"
    assert listed(["alice", "bob", "carol", "dave", "mallory"], 2) == "alice, bob and 3 more"


def test_words_of_a_login() -> None:
    assert words_of("acme-CI_bot2") == ["acme", "ci", "bot2", "bot"]


def test_a_subdomain_is_the_companys_and_a_similar_name_is_not() -> None:
    assert not is_foreign("bob@eu.acme.example", ["acme.example"])
    assert is_foreign("mallory@notacme.example", ["acme.example"])


def test_domains_that_were_not_read_are_unknown() -> None:
    estate = Estate().org("acme")
    view = estate.view()
    with pytest.raises(Missing):
        company_domains(view, view.organizations[0], LIMITS)


def test_a_time_without_a_zone_is_utc() -> None:
    assert moment("2026-01-02T03:04:05") == moment("2026-01-02T03:04:05Z")


def test_a_mapping_is_sorted_into_its_standards() -> None:
    found = clauses(PEOPLE, "C1.3.5 O2 IA-2(1) CC6.3")
    assert found["cis"] == ("1.3.5",)
    assert found["owasp"] == ("CICD-SEC-2",)
    assert found["nist"] == ("IA-2(1)", "AC-2", "AC-2(1)", "IA-2(2)")
    assert found["soc2"] == ("CC6.3", "CC6.1", "CC6.2")
