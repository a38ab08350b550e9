"""The order of findings, and the steps that end most of them."""

import random
from types import MappingProxyType

import msgspec

from pipewarden.model.findings import Finding, Judged, Life, Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.reports.ranking import ended, fix_next, grouped, rank, visible, with_life
from tests.reports.acme_report import CHECKS, NOW, acme, findings

INFOS = MappingProxyType({info.id: info for info in CHECKS})


def finding(check, subject, severity=Severity.HIGH, scope="acme", weight=0):
    ref = Ref("github.com", Kind.ACCOUNT, subject)
    return Finding(
        check=check,
        severity=severity,
        subject=ref,
        subject_name=subject,
        says=f"{subject} {check}",
        scope=scope,
        weight=weight,
    )


def test_the_order_is_the_same_whatever_came_first():
    some = list(findings())
    ranked = rank(some)
    random.Random(7).shuffle(some)
    assert rank(some) == ranked
    assert ranked[0].finding.severity is Severity.CRITICAL
    assert {one.life for one in ranked[-2:]} == {Life.GONE, Life.WAIVED}
    assert [one.finding.weight for one in ranked if one.life is Life.OPEN] == [40, 10, 9, 8, 7, 6]


def test_what_could_not_be_seen_again_is_still_shown():
    report = acme()
    assert Life.UNSEEN in {one.life for one in visible(report)}
    assert {one.life for one in visible(report)}.isdisjoint({Life.WAIVED, Life.GONE})
    assert [one.finding.subject_name for one in with_life(report, Life.WAIVED)] == ["dave"]


def test_findings_group_by_scope_and_fold_by_check():
    scopes = grouped(visible(acme()))
    assert list(scopes) == ["acme", "lab"]
    assert [(fold.check, len(fold.findings)) for fold in scopes["acme"]] == [
        ("gh.workflow.injection", 1),
        ("gh.dkey.write", 1),
        ("gh.people.mfa", 5),
    ]


def judged(one):
    return Judged(finding=one, life=Life.OPEN, first_seen=NOW, last_seen=NOW)


def test_one_persons_sentence_is_not_said_over_things_of_others():
    said = {
        "web": "Carol left on 2026-03-03 and is the only owner of 2 jobs of web",
        "api": "nobody is known to own 1 job of api that holds something",
        "docs": "nobody is known to own 3 jobs of docs that hold something",
        "legacy": "Carol left on 2026-03-03 and is the only owner of 1 job of legacy",
    }
    some = [msgspec.structs.replace(finding("x.machine_owner_gone", name), says=says) for name, says in said.items()]
    folds = grouped([judged(one) for one in some])["acme"]
    assert [sorted(one.finding.subject_name for one in fold.findings) for fold in folds] == [
        ["api", "docs"],
        ["legacy", "web"],
    ]
    names = ["ann", "ben", "cid", "dan", "eve", "fay"]
    many = [msgspec.structs.replace(finding("x", name), says=f"{name}l may push") for name in names]
    [fold] = grouped([judged(one) for one in many])["acme"]
    assert len(fold.findings) == len(names), "a check never becomes a line for each finding"


def test_one_setting_that_ends_many_comes_before_one_person():
    some = [finding("gh.people.mfa", name) for name in ("bob", "carol", "dave")] + [finding("gh.outside.admin", "bob")]
    first, second = fix_next(some, INFOS)
    assert first.step == "bob, carol, dave: require two-factor authentication for the organization"
    assert first.why == "bob gh.people.mfa; and 2 more of gh.people.mfa"
    assert len(first.ends) == 3
    assert second.ends == (some[3].fingerprint,)


def test_a_secret_in_plain_text_is_named_by_its_place():
    plain = Ref("checkout", Kind.PLAIN_SECRET, "acme/web:0badcafe")
    one = msgspec.structs.replace(
        finding("gh.people.mfa", "plain:acme/web/0badcafe"), subject=plain, file=".env", line=3
    )
    assert fix_next([one], INFOS)[0].step.startswith("the secret in .env:3: ")
    unplaced = msgspec.structs.replace(one, file="", line=0)
    assert fix_next([unplaced], INFOS)[0].step.startswith("plain:acme/web/0badcafe: ")


def test_one_credential_with_several_findings_is_one_step():
    key = Ref("github.com", Kind.FINE_GRAINED_TOKEN, "7")
    some = [finding(check, "nightly") for check in ("a", "b", "c")]
    some = [msgspec.structs.replace(one, subject=key, remedy=("Revoke it.",)) for one in some] + [
        finding("gh.people.mfa", "bob")
    ]
    first, second = fix_next(some, INFOS)
    assert first.step == "nightly: revoke it"
    assert first.why == "nightly a; and 2 further findings about it (b, c)"
    assert len(first.ends) == 3
    assert second.ends == (some[3].fingerprint,)


def test_what_a_step_does_not_end_is_counted_as_about_the_same_thing():
    file = Ref("checkout", Kind.WORKFLOW, "acme/web:.github/workflows/w.yml")

    def of(check, remedy):
        one = finding(check, "acme/web/.github/workflows/w.yml", scope="acme/web")
        return msgspec.structs.replace(one, subject=file, remedy=(remedy,))

    take = "Take `id-token: write` from the job."
    some = [of("a", take), of("b", take), of("c", "Pin it."), of("d", "Remove the checkout.")]
    [step] = fix_next(some, {})
    assert (step.ends, step.about) == (
        tuple(one.fingerprint for one in some[:2]),
        tuple(one.fingerprint for one in some[2:]),
    )
    assert step.told == step.ends + step.about
    assert step.why.endswith("; and 3 further findings about it (b, c, d), 2 of them with a step of their own")
    assert ended(step) == "4 findings about it"
    [alike] = fix_next(some[:2], {})
    assert (alike.about, ended(alike)) == ((), "ends 2 findings")
    [removed] = fix_next([of("a", "Remove the checkout."), of("b", "Pin it.")], {})
    assert removed.why.endswith("; and 1 further finding about it (b), with a step of its own")
    assert ended(removed) == "2 findings about it", "what is taken out of a file leaves the file"
    [each] = fix_next([of("a", take), of("b", "Pin it."), of("c", "Sign it.")], {})
    assert each.why.endswith("; and 2 further findings about it (b, c), each with a step of its own")
    key = Ref("github.com", Kind.DEPLOY_KEY, "7")
    gone = [
        msgspec.structs.replace(finding(check, "laptop"), subject=key, remedy=(remedy,))
        for check, remedy in (("a", "Delete it."), ("b", "Rotate it."))
    ]
    [deleted] = fix_next(gone, {})
    assert (deleted.about, ended(deleted)) == ((), "ends 2 findings")


def test_a_key_is_one_thing_also_where_the_repository_is_the_subject():
    key = Ref("github.com", Kind.DEPLOY_KEY, "7")
    some = [
        msgspec.structs.replace(finding(check, "web"), object=key, object_name="laptop", remedy=("Rotate it.",))
        for check in ("a", "b")
    ]
    [step] = fix_next(some, INFOS)
    assert step.step == "laptop: rotate it"


def test_an_organization_or_a_person_is_no_single_step():
    some = [finding(info.id, "mallory") for info in CHECKS[:4]]
    assert [len(fix.ends) for fix in fix_next(some, INFOS)] == [1, 1, 1, 1]


def test_a_critical_finding_outweighs_many_low_ones():
    some = [finding("gh.org.oidc", f"u{n:06}", Severity.LOW) for n in range(50)] + [
        finding("gh.people.mfa", "bob", Severity.CRITICAL)
    ]
    assert fix_next(some, INFOS)[0].ends == (some[50].fingerprint,)


def test_no_number_of_high_findings_comes_before_one_that_is_critical():
    high = [finding("gh.org.oidc", f"u{n:06}") for n in range(300)]
    critical = finding("gh.people.mfa", "bob", Severity.CRITICAL)
    first, second = fix_next([*high, critical], INFOS)
    assert first.ends == (critical.fingerprint,)
    assert len(second.ends) == 300


def test_of_critical_steps_the_one_that_ends_what_reaches_more_comes_first():
    near = finding("gh.people.mfa", "bob", Severity.CRITICAL, weight=3)
    beside = [finding("gh.people.mfa", name) for name in ("carol", "dave", "mallory")]
    far = finding("gh.org.oidc", "deploybot", Severity.CRITICAL, weight=40)
    first, second = fix_next([near, *beside, far], INFOS)
    assert first.ends == (far.fingerprint,)
    assert len(second.ends) == 4, "what ends with it is counted, and does not come before what reaches more"
    two = [finding("gh.org.oidc", name, Severity.CRITICAL, scope="lab") for name in ("bob", "carol")]
    assert len(fix_next([far, *two], INFOS)[0].ends) == 2, "two critical ones come before one"


def test_no_number_of_low_findings_comes_before_one_that_is_high():
    some = [finding("gh.org.oidc", f"u{n:06}", Severity.LOW) for n in range(500)] + [finding("gh.people.mfa", "bob")]
    first, second = fix_next(some, INFOS)
    assert first.ends == (some[500].fingerprint,)
    assert second.step.startswith("500 accounts of acme: ")
    assert len(second.ends) == 500


def test_what_only_informs_asks_for_no_step():
    assert fix_next([finding("gh.org.oidc", "bob", Severity.INFO)], INFOS) == ()


def test_a_check_over_many_repositories_is_one_step_that_counts_them():
    def of(number, kind):
        scope = f"acme/app-{number % 4}"
        ref = Ref("checkout", Kind.WORKFLOW, f"{scope}:.github/workflows/w{number}.yml")
        return msgspec.structs.replace(
            finding("gh.workflow.injection", f"{scope}/.github/workflows/w{number}.yml", scope=scope),
            subject=ref, scope_ref=Ref("checkout", kind, scope),
        )  # fmt: skip

    [step] = fix_next([of(number, Kind.REPOSITORY) for number in range(12)], INFOS)
    assert step.step.startswith("12 workflows of 4 repositories: ")
    [few] = fix_next([of(number, Kind.REPOSITORY) for number in range(2)], INFOS)
    assert few.step.startswith("w0.yml of acme/app-0, w1.yml of acme/app-1: ")
    assert len(fix_next([of(number, Kind.ORGANIZATION) for number in range(12)], INFOS)) == 4


def test_the_same_check_in_two_organizations_is_two_steps():
    some = [
        finding("gh.people.mfa", "bob"),
        finding("gh.people.mfa", "carol"),
        finding("gh.people.mfa", "dave", scope="lab"),
    ]
    assert [len(fix.ends) for fix in fix_next(some, INFOS)] == [2, 1]


def test_checks_that_ask_for_the_same_step_share_it():
    some = [
        msgspec.structs.replace(finding(check, role), remedy=("Name the branch.", f"Then {check}."))
        for check in ("oidc.a", "oidc.b")
        for role in ("deploy", "release")
    ]
    [step] = fix_next(some, INFOS)
    assert step.step == "deploy, release: name the branch"
    assert step.why == "deploy oidc.a; and 3 more of oidc.a, oidc.b"
    assert len(step.ends) == 4


def test_no_finding_is_ended_twice_and_there_are_at_most_five_steps():
    some = [finding(info.id, f"u{n % 7}", Severity(n % 5), scope=f"org{n % 3}") for n in range(200) for info in CHECKS]
    steps = fix_next(some, INFOS)
    ended = [mark for fix in steps for mark in fix.ends]
    assert len(steps) == 5
    assert len(ended) == len(set(ended))
    assert fix_next([], INFOS) == ()


def test_a_check_nobody_describes_still_gets_a_step():
    assert fix_next([finding("other.check", "bob")], {})[0].step == "bob: other.check"
