"""Silent everywhere is dormant; not counted somewhere is not known."""

from datetime import timedelta

from pipewarden.access.dormancy import dormancy, last_use
from pipewarden.model.access import Answer
from pipewarden.model.facts import Account, Machine
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

from .followed import GITHUB, NOW, OKTA, SEEN, VAULT


def account(instance: str, days: int | None, **attributes: str) -> Account:
    at = None if days is None else NOW - timedelta(days=days)
    ref = Ref(instance, Kind.ACCOUNT, "bob")
    return Account(ref=ref, name="bob", last_used_at=at, attributes={**attributes}, origin=SEEN)


ACTIVE = last_use(account(OKTA, 2, last_used_source="last sign-in to Okta"), System.OKTA)
SILENT = last_use(account(OKTA, 200, last_used_source="last sign-in to Okta"), System.OKTA)
UNCOUNTED = last_use(account(VAULT, None), System.VAULT)


def test_seen_lately_anywhere_is_not_dormant_whatever_is_not_counted() -> None:
    found = dormancy([ACTIVE, SILENT, UNCOUNTED], NOW, 90)
    assert found.dormant is Answer.NO
    assert found.sentence == "last seen on 2026-11-21 (last sign-in to Okta): not dormant"


def test_silent_everywhere_is_dormant() -> None:
    found = dormancy([SILENT], NOW, 90)
    assert found.dormant is Answer.YES
    assert found.sentence.endswith("dormant everywhere, for more than 90 days")


def test_silent_where_it_is_counted_and_uncounted_elsewhere_is_not_known() -> None:
    found = dormancy([SILENT, UNCOUNTED], NOW, 90)
    assert found.dormant is Answer.UNKNOWN
    assert "no system tells the use of vault bob" in found.sentence


def test_the_last_day_is_still_within() -> None:
    assert dormancy([last_use(account(OKTA, 90), System.OKTA)], NOW, 90).dormant is Answer.NO
    assert dormancy([last_use(account(OKTA, 91), System.OKTA)], NOW, 90).dormant is Answer.YES


def test_nothing_at_all_is_not_known() -> None:
    assert dormancy([], NOW, 90).dormant is Answer.UNKNOWN


def test_each_time_says_what_it_means() -> None:
    key = Machine(ref=Ref(GITHUB, Kind.DEPLOY_KEY, "1"), name="laptop", last_used_at=NOW, origin=SEEN)
    assert last_use(key, System.GITHUB).says == "last use of the key that GitHub tells"
    assert last_use(account(VAULT, None), System.VAULT).says.startswith("a vault counts no use of entities")


def test_of_somebody_with_nothing_that_was_read_the_sentence_has_an_end() -> None:
    assert dormancy([], NOW, 90).sentence.endswith("is not known, for nothing of theirs that is switched on was read")
