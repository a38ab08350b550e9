"""A finding closes only where it could have been seen: for every kind of thing, refused lists beside complete ones."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from pipewarden.model.facets import Facet
from pipewarden.model.facts import ENTITY_TYPES, Cause, Entity, Gap, Resource
from pipewarden.model.findings import Finding, Judged, Life, NotAssessed, Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.listings import LISTED_BY, UNLISTED
from pipewarden.model.snapshot import Snapshot
from pipewarden.store.life import Assessed, reconcile
from tests.access.estate import NOW, SEEN, Estate, ref

CHECK = "gh.some.check"
ACME = ref(Kind.ORGANIZATION, "acme")
CORP = ref(Kind.ENTERPRISE, "corp")
WEB = ref(Kind.REPOSITORY, "web")
API = ref(Kind.REPOSITORY, "api")
REFUSED = sorted(set(Cause) - {Cause.PLAN})
LISTED = sorted(LISTED_BY)
LISTS = [(kind, facet) for kind in LISTED for facet in (Facet.SOURCE, *LISTED_BY[kind])]


def thing(kind: Kind, name: str = "thing") -> Ref:
    return ref(kind, name)


def finding(subject: Ref, object_: Ref | None = WEB, *, judged: tuple[Ref, ...] = (WEB,), **more: object) -> Finding:
    given = {
        "check": CHECK,
        "severity": Severity.HIGH,
        "subject": subject,
        "subject_name": subject.key,
        "says": "it is so",
        "object": object_,
        "scope": "acme",
        "scope_ref": ACME,
        "judged": judged,
        "within": (ACME, CORP),
    }
    return Finding(**{**given, **more})  # type: ignore[arg-type]


def world(*gaps: Gap, without: tuple[Ref, ...] = (), more: tuple[Entity, ...] = ()) -> Snapshot:
    """Acme in its enterprise with two repositories, or without some of it."""
    acme = Estate()
    things = {
        CORP: Resource(ref=CORP, name="corp", origin=SEEN),
        ACME: Resource(ref=ACME, name="acme", parent=CORP, origin=SEEN),
        WEB: Resource(ref=WEB, name="acme/web", parent=ACME, origin=SEEN),
        API: Resource(ref=API, name="acme/api", parent=ACME, origin=SEEN),
    }
    acme.add(*(fact for each, fact in things.items() if each not in without), *more, *gaps)
    return acme.snapshot()


def entity(which: Ref, parent: Ref = WEB) -> Entity:
    return ENTITY_TYPES.get(which.kind, Resource)(ref=which, name=which.key, parent=parent, origin=SEEN)


def gap(scope: Ref, facet: str, cause: Cause = Cause.RATE_LIMITED) -> Gap:
    return Gap(scope=scope, facet=facet, cause=cause, origin=SEEN)


def life(known: Finding, seen: Snapshot, *, unknown: tuple[Ref, ...] = (), found: tuple[Finding, ...] = ()) -> Life:
    """Return what becomes of a known finding that is not said again."""
    blind = [NotAssessed(check=CHECK, subject=s, subject_name="", facet="x", cause=Cause.BUDGET) for s in unknown]
    before = Judged(finding=known, life=Life.OPEN, first_seen=NOW, last_seen=NOW)
    after = reconcile(
        {known.fingerprint: before}, found, Assessed.of(seen, [CHECK], blind), (), NOW + timedelta(days=1)
    )
    lives = {each.finding.fingerprint: each.life for each in after}
    return lives.get(known.fingerprint, Life.OPEN)


def test_every_kind_says_what_lists_it() -> None:
    assert LISTED_BY.keys() | UNLISTED == set(Kind)
    assert not LISTED_BY.keys() & UNLISTED


@pytest.mark.parametrize("kind", LISTED)
def test_with_complete_lists_what_is_no_more_is_gone(kind: Kind) -> None:
    assert life(finding(thing(kind)), world()) is Life.GONE
    assert life(finding(ACME, thing(kind), judged=(ACME,)), world()) is Life.GONE


@pytest.mark.parametrize(("kind", "facet"), LISTS)
def test_with_a_refused_list_what_is_absent_is_unseen(kind: Kind, facet: Facet) -> None:
    for scope, cause in product((WEB, ACME, CORP), REFUSED):
        if facet == Facet.REPO_FILES and cause is Cause.NOT_COLLECTED:
            continue
        refused = gap(scope, facet, cause)
        assert life(finding(thing(kind)), world(refused)) is Life.UNSEEN, "the subject"
        assert life(finding(ACME, thing(kind), judged=(WEB,)), world(refused)) is Life.UNSEEN, "the object"


@pytest.mark.parametrize(("kind", "facet"), LISTS)
def test_a_list_refused_elsewhere_keeps_nothing_open(kind: Kind, facet: Facet) -> None:
    other = ref(Kind.ORGANIZATION, "acme-labs")
    labs = entity(other, CORP)
    assert life(finding(thing(kind)), world(gap(API, facet))) is Life.GONE
    assert life(finding(thing(kind)), world(gap(other, facet), more=(labs,))) is Life.GONE


@pytest.mark.parametrize(("kind", "facet"), [(kind, facet) for kind in LISTED for facet in LISTED_BY[kind]])
def test_a_plan_that_does_not_have_it_holds_nothing_of_it(kind: Kind, facet: Facet) -> None:
    assert life(finding(thing(kind)), world(gap(ACME, facet, Cause.PLAN))) is Life.GONE


@pytest.mark.parametrize("kind", LISTED)
def test_a_list_of_something_else_that_is_refused_keeps_nothing_open(kind: Kind) -> None:
    others = set(Facet) - {Facet.SOURCE, *LISTED_BY[kind]}
    # the repository and its organization are there: it is only the thing that is absent
    assert life(finding(thing(kind)), world(*(gap(ACME, facet) for facet in others))) is Life.GONE


@pytest.mark.parametrize("kind", LISTED)
def test_what_is_inside_of_what_was_not_listed_is_unseen(kind: Kind) -> None:
    """The list of repositories was refused: none of web's keys, secrets, workflows … was read."""
    known = finding(thing(kind), None, judged=(thing(kind),), within=(WEB, ACME))
    refused = gap(ACME, Facet.REPO_SETTINGS)
    assert life(known, world(refused, without=(WEB,))) is Life.UNSEEN
    assert life(known, world(without=(WEB,))) is Life.GONE, "near miss: the list was complete, web is deleted"


@pytest.mark.parametrize("kind", LISTED)
def test_of_what_is_only_known_by_name_nothing_is_gone(kind: Kind) -> None:
    """A team holds a role on web; the list of repositories broke off before it."""
    known = finding(thing(kind), WEB)
    partly = gap(WEB, Facet.SOURCE, Cause.BUDGET)
    for kept in ((), (entity(thing(kind)),)):
        assert life(known, world(partly, more=kept)) is Life.UNSEEN, "with its name"
        assert life(known, world(partly, without=(WEB,), more=kept)) is Life.UNSEEN, "with its id alone"
    referred = world(gap(ACME, Facet.REPO_SETTINGS), without=(WEB,), more=(entity(thing(kind), WEB),))
    assert life(known, referred) is Life.UNSEEN, "it is the parent of something"


@pytest.mark.parametrize("kind", sorted(UNLISTED - {Kind.ORGANIZATION}))
def test_what_was_not_named_this_time_is_never_gone(kind: Kind) -> None:
    named = thing(kind)
    assert life(finding(named, ACME, judged=(named,)), world()) is Life.UNSEEN
    assert life(finding(named, ACME, judged=(named,)), world(more=(entity(named, ACME),))) is Life.GONE


def test_an_organization_that_was_not_read_keeps_its_findings_as_they_are() -> None:
    labs = ref(Kind.ORGANIZATION, "acme-labs")
    known = finding(thing(Kind.WEBHOOK), labs, judged=(labs,), scope="acme-labs", scope_ref=labs)
    assert life(known, world()) is Life.OPEN
    referred = world(more=(entity(ref(Kind.REPOSITORY, "fork"), labs),))
    assert life(known, referred) is Life.OPEN, "to be named by a fork is not to be read"


def test_an_organization_under_a_new_name_is_the_same() -> None:
    known = finding(thing(Kind.WEBHOOK), ACME, judged=(ACME,), scope="acme-by-its-old-name")
    assert life(known, world()) is Life.GONE


def test_what_a_check_finds_before_it_meets_a_gap_does_not_close_the_rest() -> None:
    """Of two keys of web one is said again, then the check met a gap: the other is neither open nor gone."""
    again, other = finding(thing(Kind.DEPLOY_KEY, "a")), finding(thing(Kind.DEPLOY_KEY, "b"))
    keys = tuple(entity(each.subject) for each in (again, other))
    assert life(other, world(more=keys), found=(again,), unknown=(WEB,)) is Life.UNSEEN
    assert life(other, world(more=keys), found=(again,), unknown=(API,)) is Life.GONE, "near miss: another repository"


def test_doubt_about_an_organization_keeps_what_its_check_says_about_others() -> None:
    """A check of the organization says things of accounts; next time it is unknown for the organization."""
    carol = thing(Kind.ACCOUNT, "carol")
    known = finding(carol, None, judged=(ACME,))
    seen = world(more=(entity(carol),))
    assert life(known, seen, unknown=(ACME,)) is Life.UNSEEN
    assert life(known, seen, unknown=(ref(Kind.ORGANIZATION, "acme-labs"),)) is Life.GONE
    assert life(known, seen) is Life.GONE


def test_of_two_that_led_to_one_finding_both_must_speak() -> None:
    known = finding(thing(Kind.SECRET), None, judged=(WEB, API))
    assert life(known, world(), unknown=(API,)) is Life.UNSEEN


def test_findings_of_before_close_only_where_their_check_had_no_doubt() -> None:
    """Older rows do not say what was judged."""
    known = finding(thing(Kind.WEBHOOK), None, judged=(), within=(), scope_ref=None)
    assert life(known, world()) is Life.GONE
    assert life(known, world(), unknown=(API,)) is Life.UNSEEN
    assert life(known, world(gap(ACME, Facet.ORG_WEBHOOKS))) is Life.UNSEEN
    assert life(finding(thing(Kind.WEBHOOK), None, scope="acme-labs", scope_ref=None), world()) is Life.OPEN


ROLE = thing(Kind.CLOUD_ROLE, "role")
SEARCHED = Resource(ref=WEB, name="acme/web", parent=ACME, attributes={"oidc_templates": []}, origin=SEEN)


@pytest.mark.parametrize(
    ("file", "subject", "more", "expected"),
    [
        ("src/aws.tf", ROLE, (), Life.UNSEEN),  # nobody looked there
        ("src/aws.tf", ROLE, (SEARCHED,), Life.GONE),
        ("infra/aws.tf", ROLE, (), Life.GONE),  # the root would have shown it
        ("main.tf", ROLE, (), Life.GONE),
        ("infra/aws.py", ROLE, (SEARCHED,), Life.UNSEEN),  # no file that states trusts
        ("infra/aws.tf", thing(Kind.PLAIN_SECRET), (SEARCHED,), Life.UNSEEN),  # it was searched for trusts alone
        ("infra/aws.tf", ROLE, (SEARCHED, gap(WEB, Facet.REPO_TRUSTS, Cause.BUDGET)), Life.UNSEEN),
        ("infra/aws.tf", ROLE, (gap(WEB, Facet.REPO_TRUSTS, Cause.FORBIDDEN),), Life.UNSEEN),
    ],
)
def test_a_trust_is_gone_where_its_repository_was_searched_or_its_root_shows_no_such_place(
    file: str, subject: Ref, more: tuple[Any, ...], expected: Life
) -> None:
    known = finding(subject, WEB, file=file, line=3)
    assert life(known, world(without=(WEB,) if SEARCHED in more else (), more=more)) is expected
