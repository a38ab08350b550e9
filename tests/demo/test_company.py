"""A whole company: the same by the same seed, told alike by six systems, and wrong in ways that only all of them show."""

from collections import Counter
from collections.abc import Iterator

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.persons import people
from pipewarden.access.standing import administered_by, held_by
from pipewarden.audit import collect, judged, requests_by_source
from pipewarden.demo.company import Company, company
from pipewarden.demo.company.people import mail
from pipewarden.demo.company.served import SYSTEMS, connector, served
from pipewarden.model.access import Capability
from pipewarden.model.facts import Cause, Gap
from pipewarden.model.ids import Kind
from pipewarden.model.snapshot import Snapshot

WHOLE = {Kind.ORGANIZATION, Kind.TENANT, Kind.ENTERPRISE}


@pytest.fixture(scope="module")
def big() -> Company:
    return company(120)


@pytest.fixture(scope="module")
def read(big: Company) -> Iterator[Snapshot]:
    """Read all systems, one after the other."""
    from contextlib import ExitStack

    with ExitStack() as servers:
        readers = [connector(servers.enter_context(served(system, big)).place, factors=30) for system in SYSTEMS]
        yield collect(readers, clock=lambda: big.now, as_of=big.now)


def test_the_same_seed_gives_the_same_company_and_another_one_another() -> None:
    one, same, other = company(40), company(40), company(40, seed=8)
    assert (one.estate, one.left, one.contractors) == (same.estate, same.left, same.contractors)
    assert one.left != other.left


def test_a_company_of_a_handful_has_all_that_a_large_one_has() -> None:
    small = company(6)
    for system in SYSTEMS:
        with served(system, small) as one:
            snapshot = collect([connector(one.place)], clock=lambda: small.now, as_of=small.now)
            assert len(snapshot) > 6, system


def test_a_person_has_an_account_in_each_system_that_tells_addresses(big: Company, read: Snapshot) -> None:
    accounts = {
        address: Counter(read.systems[read.instances.index(each.account.instance)].value for each in person.accounts)
        for person in people(read).people
        for address in person.emails
    }
    here = accounts[mail(big.here[0])]
    assert here == {"github": 1, "gitlab": 1, "okta": 1, "entra": 1, "vault": 1}
    for login in big.logins:
        assert {"okta", "entra"} <= accounts[mail(login)].keys()


def test_all_is_read_but_what_a_budget_leaves(read: Snapshot) -> None:
    found = Counter((gap.facet, gap.cause) for gap in read.records(Gap))
    assert {cause for _, cause in found} == {Cause.BUDGET, Cause.NOT_COLLECTED}
    assert found["okta.factors", Cause.BUDGET] > 50
    assert found["jenkins.api_tokens", Cause.NOT_COLLECTED] == 1


def test_each_system_and_all_together_have_findings_and_no_check_breaks(read: Snapshot) -> None:
    verdicts = judged(read)
    assert [each for each in verdicts.not_assessed if each.cause is None] == []
    begins = Counter(finding.check.partition(".")[0] for finding in verdicts.findings)
    assert begins.keys() >= {"gh", "wf", "gl", "ok", "en", "jk", "va", "x"}
    assert "x.leaver_access" in {finding.check for finding in verdicts.findings}


def test_requests_are_told_by_source(read: Snapshot) -> None:
    spent = requests_by_source(read.info.counters)
    assert spent.keys() == {f"{system}:big" for system in SYSTEMS}
    assert sum(spent.values()) == read.info.counters["requests"]
    assert list(spent.values()) == sorted(spent.values(), reverse=True)


def test_who_administers_a_whole_system_is_who_holds_it(read: Snapshot) -> None:
    engine = Engine(read)
    found = 0
    for ordinal in read.ordinals(Kind.ACCOUNT, Kind.SERVICE_ACCOUNT).tolist():
        principal = read.ref(ordinal)
        held = held_by(engine, principal, most=10_000)
        whole = {h.resource for h in held if Capability.ADMINISTER in h.capabilities and h.resource.kind in WHOLE}
        assert set(administered_by(engine, principal)) == whole
        found += len(whole)
    assert found > 5
