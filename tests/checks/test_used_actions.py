"""The checks about actions of others, each over what was read of one: what fires, what comes near, what stays unknown."""

from typing import Any

import pytest

from pipewarden import checks
from pipewarden.checks.base import judge
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Resource
from pipewarden.model.findings import NotAssessed, Severity
from pipewarden.model.ids import Kind, Ref, action_of
from pipewarden.model.limits import LIMITS, Limits
from tests.checks.builder import SEEN, Estate

EVERY = {check.id: check for check in checks.ALL}
SHA, OTHER = "a" * 40, "b" * 40
WORKFLOW = "acme/web/.github/workflows/ci.yml"

WELL: dict[str, Any] = {
    "found": True,
    "owner_found": True,
    "full_name": "a/b",
    "verified": True,
    "owner_type": "Organization",
    "refs": {"v4": {"tag": SHA, "branch": None, "tags": ["v4", "v4.1.2"]}},
    "commits": {SHA: {"id": SHA, "exists": True, "inside": True, "tags": ["v4", "v4.1.2"], "at": "tag v4", "why": ""}},
    "advisories": [],
}
"""A repository of which everything is known and nothing is wrong."""
ADVISORY = {
    "action": "a/b",
    "id": "GHSA-aaaa-bbbb-cccc",
    "severity": "moderate",
    "affected": "< 4.1.3",
    "patched": "4.1.3",
}
ALLOWS_ALL = {"allowed_actions": "all"}


def world(name: str = f"a/b@{SHA}", version: str = "", *, instance: str = "github.com", **told: Any) -> Estate:
    """Return acme/web whose build uses one action, with what was read of it; `told` differs from WELL."""
    estate = Estate(instance).org("acme", actions_permissions=ALLOWS_ALL).repo("acme/web").workflow("acme/web")
    pin = "sha" if len(name.partition("@")[2]) == 40 else "tag"
    more = {"version": version} if version else {}
    estate.uses(WORKFLOW, "action", name, line=7, job="build", pin=pin, kind="repository", **more)
    ref = action_of(estate.ref("acme", Kind.ORGANIZATION), "a/b")
    given = {key: value for key, value in (WELL | told).items() if value is not ...}
    return estate.add(Resource(ref=ref, name="a/b", parent=estate.ref("acme"), attributes=given, origin=SEEN))


def judged(name: str, estate: Estate, limits: Limits = LIMITS) -> tuple[list[tuple[str, Severity]], list[NotAssessed]]:
    found = judge([EVERY[f"wf.uses.{name}"]], estate.view(), limits)
    assert not [each.detail for each in found.not_assessed if each.cause is None]
    hits = [(each.says.partition(": ")[2], each.severity) for each in found.findings]
    assert all(len(each.says) <= 160 for each in found.findings)
    return hits, list(found.not_assessed)


def commit(**told: Any) -> dict[str, Any]:
    return {"commits": {SHA: {**WELL["commits"][SHA], **told}}}


IDS = ("impostor", "ref_confusion", "repojackable", "known_vuln", "unverified")


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("use", [f"a/b@{SHA}", "a/b@v4", f"acme/own@{OTHER}", "docker://alpine:3", "./local"])
def test_nothing_is_said_where_all_is_well_or_nothing_is_of_others(name: str, use: str) -> None:
    estate = world(use)
    if use.startswith(("docker", "./")):
        estate = Estate().org("acme").repo("acme/web").workflow("acme/web")
        estate.uses(WORKFLOW, "action", use, line=7, job="build", pin="local", kind="local")
    assert judged(name, estate) == ([], [])


@pytest.mark.parametrize("name", IDS)
def test_what_was_not_asked_is_unknown(name: str) -> None:
    estate = world(f"c/d@{SHA}")
    hits, open_ = judged(name, estate)
    assert (hits, [each.facet for each in open_]) == ([], [Facet.REPO_USED_ACTIONS])
    ref = action_of(estate.ref("acme", Kind.ORGANIZATION), "c/d")
    gone = Resource(ref=ref, name="c/d", parent=estate.ref("acme"), attributes={}, origin=SEEN)
    estate.add(gone, Gap(scope=ref, facet=Facet.REPO_USED_ACTIONS, cause=Cause.BUDGET, origin=SEEN))
    if name != "known_vuln":
        assert [each.cause for each in judged(name, estate)[1]] == [Cause.BUDGET]
    else:  # whether advisories are about it was not told either
        assert [each.facet for each in judged(name, estate)[1]] == [Facet.REPO_ADVISORIES]


class TestImpostor:
    def test_a_commit_of_no_branch_or_tag(self) -> None:
        hits, open_ = judged("impostor", world(**commit(inside=False, tags=[])))
        assert hits == [("job build pins a/b at aaaaaaa, which is in none of its branches and tags", Severity.HIGH)]
        assert open_ == []

    def test_a_commit_that_is_nowhere(self) -> None:
        hits, _ = judged("impostor", world(**commit(exists=False, inside=None, tags=[])))
        assert hits == [("job build pins a/b at aaaaaaa, a commit that a/b does not have", Severity.MEDIUM)]

    def test_one_that_was_not_searched_for_is_unknown(self) -> None:
        hits, open_ = judged("impostor", world(**commit(inside=None, tags=[], why="too many branches")))
        assert (hits, open_[0].detail) == ([], f"a/b@{SHA}: too many branches")

    def test_a_tag_is_not_asked(self) -> None:
        assert judged("impostor", world("a/b@v4", commits={})) == ([], [])


class TestRefConfusion:
    def test_a_branch_beside_the_tag(self) -> None:
        refs = {"v4": {"tag": SHA, "branch": OTHER}}
        hits, _ = judged("ref_confusion", world("a/b@v4", refs=refs))
        assert hits == [("job build uses a/b@v4, which is a branch as well as a tag", Severity.MEDIUM)]
        assert judged("ref_confusion", world("a/b@refs/tags/v4", refs=refs)) == ([], [])

    def test_whether_there_is_a_branch_must_be_known(self) -> None:
        assert judged("ref_confusion", world("a/b@v4", refs={"v4": {"tag": SHA}}))[1]

    @pytest.mark.parametrize(
        ("version", "point", "tags", "says", "severity"),
        [
            ("v4.1.2", SHA, ["v4.1.2"], "", None),
            ("4.1.2", SHA, ["v4.1.2"], "", None),
            ("v4", OTHER, ["v4.1.2"], "", None),
            ("v4.1.9", OTHER, ["v4.1.2"], "v4.1.9, which is another commit", Severity.MEDIUM),
            ("v4.1.9", OTHER, [], "v4.1.9, which is another commit", Severity.MEDIUM),
            ("v5", OTHER, ["v4.1.2"], "v5, which points to another commit now", Severity.MEDIUM),
            ("v4", OTHER, [], "v4, which points to another commit now", Severity.LOW),
            ("v9.9.9", None, ["v4.1.2"], "v9.9.9, which is no tag of it", Severity.LOW),
        ],
    )
    def test_what_the_comment_beside_a_commit_says(
        self, version: str, point: str | None, tags: list[str], says: str, severity: Severity | None
    ) -> None:
        named = version if version.startswith("v") else f"v{version}"
        refs = {named: {"tag": point, "tags": []}} | ({version: {"tag": None}} if named != version else {})
        hits, open_ = judged("ref_confusion", world(version=version, refs=refs, **commit(tags=tags)))
        expected = [(f"job build pins a/b at aaaaaaa and calls it {says}", severity)] if says else []
        assert (hits, open_) == (expected, [])


class TestRepojackable:
    def test_a_login_that_is_free(self) -> None:
        hits, _ = judged("repojackable", world(found=False, owner_found=False))
        assert hits == [("job build uses a/b, and nobody has the login a: it is free to register", Severity.HIGH)]

    def test_another_host_may_take_it_from_github_com(self) -> None:
        hits, open_ = judged("repojackable", world(instance="ghes.acme.example", found=False, owner_found=False))
        assert hits == []
        assert "it may be taken from github.com" in open_[0].detail

    def test_a_repository_that_is_hidden_is_unknown(self) -> None:
        hits, open_ = judged("repojackable", world(found=False))
        assert (hits, open_[0].cause) == ([], Cause.NOT_FOUND)

    @pytest.mark.parametrize(
        ("full", "owner", "says", "severity"),
        [
            ("new/b", False, "which is new/b today; the login a is free to register", Severity.HIGH),
            ("new/b", True, "which is new/b today: a can put another repository there", Severity.MEDIUM),
            ("a/c", True, "which is a/c today: its owner can give the old name to another", Severity.LOW),
        ],
    )
    def test_a_name_that_is_no_longer_its_own(self, full: str, owner: bool, says: str, severity: Severity) -> None:
        hits, _ = judged("repojackable", world(full_name=full, owner_found=owner))
        assert hits == [(f"job build uses a/b, {says}", severity)]

    def test_letters_of_another_case_are_the_same_name(self) -> None:
        assert judged("repojackable", world(full_name="A/B")) == ([], [])


class TestKnownVulnerable:
    @pytest.mark.parametrize(
        ("use", "told", "shown"),
        [
            (f"a/b@{SHA}", {}, "aaaaaaa"),
            ("a/b@v4", {}, "v4"),
            ("a/b@v4.1.2", {"refs": {}}, "v4.1.2"),
            ("a/b@v3", {"refs": {}}, "v3"),
        ],
    )
    def test_a_version_in_the_range(self, use: str, told: dict[str, Any], shown: str) -> None:
        hits, open_ = judged("known_vuln", world(use, advisories=[ADVISORY], **told))
        assert hits == [(f"job build uses a/b {shown}: GHSA-aaaa-bbbb-cccc, mended in 4.1.3", Severity.MEDIUM)]
        assert open_ == []

    @pytest.mark.parametrize(
        ("use", "told"),
        [
            (f"a/b@{SHA}", commit(tags=["v4.1.3"])),
            ("a/b@v4", {"refs": {"v4": {"tag": SHA, "branch": None, "tags": ["v4", "v4.1.3"]}}}),
            ("a/b@v5", {"refs": {}}),
        ],
    )
    def test_one_that_is_mended(self, use: str, told: dict[str, Any]) -> None:
        assert judged("known_vuln", world(use, advisories=[ADVISORY], **told)) == ([], [])

    @pytest.mark.parametrize(
        ("use", "told"),
        [(f"a/b@{SHA}", commit(tags=[])), ("a/b@v4", {"refs": {}}), ("a/b@main", {"refs": {}})],
    )
    def test_one_of_which_the_version_is_not_known(self, use: str, told: dict[str, Any]) -> None:
        hits, open_ = judged("known_vuln", world(use, version="v4.1.9", advisories=[ADVISORY], **told))
        assert hits == []
        assert "which version runs is not known" in open_[0].detail

    def test_advisories_that_were_not_read(self) -> None:
        hits, open_ = judged("known_vuln", world(advisories=...))
        assert (hits, [each.facet for each in open_]) == ([], [Facet.REPO_ADVISORIES])


class TestUnverified:
    def test_a_person_and_an_organization_without_a_domain(self) -> None:
        hits, _ = judged("unverified", world(verified=False, owner_type="User"))
        assert hits == [("job build runs code of a (b), a person", Severity.LOW)]
        hits, _ = judged("unverified", world(verified=False))
        assert hits == [("job build runs code of a (b), an organization without a verified domain", Severity.LOW)]

    def test_whom_the_settings_name(self) -> None:
        assert judged("unverified", world(verified=False), Limits(trusted_action_owners=("A",))) == ([], [])

    @pytest.mark.parametrize("word", ["selected", "local_only"])
    def test_only_chosen_actions_may_run(self, word: str) -> None:
        estate = world(verified=False).set("acme", actions_permissions={"allowed_actions": word})
        assert judged("unverified", estate) == ([], [])
        estate = world(verified=False).set("acme/web", actions_permissions={"allowed_actions": word})
        assert judged("unverified", estate) == ([], [])

    def test_a_policy_that_was_not_told_is_unknown(self) -> None:
        hits, open_ = judged("unverified", world(verified=False).unset("acme", "actions_permissions"))
        assert (hits, [each.facet for each in open_]) == ([], [Facet.ORG_ACTIONS])

    def test_what_zizmor_forbids(self) -> None:
        told = {
            "check": "wf.uses.unverified",
            "line": 7,
            "says": "job build: use of action is forbidden",
            "job": "build",
        }
        zizmor = {"engine": "zizmor", "engine_severity": "high", "rule": "forbidden-uses", "reaches": ["oidc"]}
        hits, _ = judged("unverified", world().set(WORKFLOW, Kind.WORKFLOW, weaknesses=[told | zizmor]))
        assert hits == [("job build: use of action is forbidden", Severity.LOW)]


def test_what_another_program_says_of_the_same_is_a_proof_of_it() -> None:
    told = {"check": "wf.uses.impostor", "line": 7, "says": "uses a commit of elsewhere", "job": "build", "reaches": []}
    zizmor = {"engine": "zizmor", "engine_severity": "high", "rule": "impostor-commit"}
    estate = world(**commit(inside=False, tags=[])).set(WORKFLOW, Kind.WORKFLOW, weaknesses=[told | zizmor])
    found = estate.judge(EVERY["wf.uses.impostor"]).findings
    assert len(found) == 1
    assert any("zizmor impostor-commit" in each.text for each in found[0].evidence)


class TestCheckout:
    """Without a token nobody was asked: what is known here can accuse, and nothing passes."""

    def estate(self, name: str, version: str = "") -> Estate:
        estate = Estate().org("x")
        repository = Ref("checkout", Kind.REPOSITORY, "acme/web")
        workflow = Ref("checkout", Kind.WORKFLOW, "acme/web:.github/workflows/ci.yml")
        path = {"path": ".github/workflows/ci.yml"}
        estate.add(
            Resource(ref=repository, name="acme/web", attributes={"checkout": True}, origin=SEEN),
            Resource(ref=workflow, name=WORKFLOW, parent=repository, attributes=path, origin=SEEN),
            Gap(scope=repository, facet=Facet.REPO_USED_ACTIONS, cause=Cause.NOT_COLLECTED, origin=SEEN),
        )
        estate._names[Kind.WORKFLOW, WORKFLOW] = workflow
        more = {"version": version} if version else {}
        pin = "sha" if len(name.partition("@")[2]) == 40 else "tag"
        return estate.uses(WORKFLOW, "action", name, line=7, job="build", pin=pin, kind="repository", **more)

    @pytest.mark.parametrize(
        ("use", "version", "hit"),
        [
            ("tj-actions/changed-files@v44", "", True),
            (f"tj-actions/changed-files@{SHA}", "v44.5.1", True),
            (f"tj-actions/changed-files@{SHA}", "v46.0.1", False),
            ("tj-actions/changed-files@v46.0.1", "", False),
            ("reviewdog/action-setup@v1", "", True),
            ("actions/download-artifact@v4", "", False),
            ("actions/checkout@v4", "", False),
        ],
    )
    def test_the_known_advisories_accuse_and_nothing_passes(self, use: str, version: str, hit: bool) -> None:
        hits, open_ = judged("known_vuln", self.estate(use, version))
        assert bool(hits) is hit
        assert [each.cause for each in open_] == [Cause.NOT_COLLECTED]

    @pytest.mark.parametrize("name", ["impostor", "ref_confusion", "repojackable"])
    def test_the_others_are_not_assessed(self, name: str) -> None:
        assert [each.cause for each in judged(name, self.estate("a/b@v1"))[1]] == [Cause.NOT_COLLECTED]

    def test_a_trusted_owner_is_trusted_without_a_question(self) -> None:
        assert judged("unverified", self.estate("actions/checkout@v4")) == ([], [])
        assert judged("unverified", self.estate("a/b@v4"))[1]
