"""deploybot and other machines on acme's seats."""

import pytest

from pipewarden.checks import bots
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Identity, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System, source
from tests.checks.builder import SEEN, Estate


def acme() -> Estate:
    return Estate().org("acme", base="none").member("alice", owner=True).repo("acme/web")


class TestSeats:
    @pytest.mark.parametrize(
        ("login", "machine"),
        [
            ("deploybot", True),
            ("acme-ci", True),
            ("svc_release2", True),
            ("bob", False),
            ("lucia", False),
            ("bot", True),
        ],
    )
    def test_by_the_name(self, login: str, machine: bool) -> None:
        says = acme().member(login).says(bots.human_account)
        assert says == (
            [f"{login} is a machine, to judge by its name, and has an ordinary seat in acme"] if machine else []
        )

    def test_an_app_has_no_seat(self) -> None:
        assert acme().member("deploybot", type="Bot").verdict(bots.human_account) == "1 passed"


class TestPower:
    def test_deploybot_owns(self) -> None:
        assert acme().member("deploybot", owner=True).says(bots.privileged) == ["deploybot is a machine and owns acme"]

    def test_deploybot_administers(self) -> None:
        estate = acme().member("deploybot").team("acme/bots", "deploybot").team_on("acme/bots", "acme/web", "admin")
        assert estate.says(bots.privileged) == ["deploybot is a machine and administers acme/web"]

    def test_what_it_administers_elsewhere_is_told_elsewhere(self) -> None:
        estate = acme().member("deploybot").org("other").repo("other/x").direct("deploybot", "other/x", "admin")
        assert estate.verdict(bots.privileged) == "2 passed"
        assert estate.member("deploybot", org="other").verdict(bots.privileged) == "1 passed, 1 failed"

    def test_deploybot_approves(self) -> None:
        estate = acme().member("deploybot").environment("acme/web", reviewers=["deploybot"])
        assert estate.says(bots.privileged) == [
            "deploybot is a machine and may approve deployments to env:acme/web/production"
        ]

    def test_a_machine_that_writes_and_a_person_who_administers(self) -> None:
        estate = acme().member("deploybot").direct("deploybot", "acme/web", "write")
        estate.member("bob").direct("bob", "acme/web", "admin").environment("acme/web", reviewers=["bob"])
        assert estate.verdict(bots.privileged) == "1 passed"

    def test_a_repository_that_was_not_read(self) -> None:
        estate = acme().member("deploybot").gap("acme/web", Facet.REPO_COLLABORATORS)
        assert estate.verdict(bots.privileged) == "1 unknown"


class TestSelfApproval:
    def web(self, *, may: bool | None = True, reviews: int = 1, merges: bool = True, owners: bool = False) -> Estate:
        estate = Estate().org("acme").repo("acme/web", allow_auto_merge=merges)
        if may is not None:
            estate.set("acme/web", actions_workflow={"can_approve_pull_request_reviews": may})
        return estate.protect(
            "acme/web",
            requiresApprovingReviews=reviews > 0,
            requiredApprovingReviewCount=reviews,
            requiresCodeOwnerReviews=owners,
        )

    def test_a_workflow_gives_the_one_approval(self) -> None:
        assert self.web().says(bots.autoapprove) == [
            "a workflow of acme/web can give the one approval that main requires, which auto-merge then merges"
        ]

    def test_somebody_has_to_merge(self) -> None:
        finding = self.web(merges=False).judge(bots.autoapprove).findings[0]
        assert finding.severity is Severity.MEDIUM
        assert finding.says.endswith("which anybody who may write can then merge")

    def test_two_approvals_or_a_code_owners(self) -> None:
        assert self.web(reviews=2).verdict(bots.autoapprove) == "1 passed"
        assert self.web(owners=True).verdict(bots.autoapprove) == "1 passed"

    def test_it_may_not_approve(self) -> None:
        assert self.web(may=False).verdict(bots.autoapprove) == "1 passed"

    def test_where_nobody_must_approve(self) -> None:
        assert self.web(reviews=0).verdict(bots.autoapprove) == "1 not applicable"

    def test_the_setting_was_not_read(self) -> None:
        assert self.web(may=None).verdict(bots.autoapprove) == "1 unknown"


class TestOwner:
    def test_nobody_is_declared(self) -> None:
        assert acme().member("deploybot").says(bots.no_owner) == [
            "deploybot is a machine's account in acme, and nobody is declared as its owner"
        ]
        assert acme().member("bob").says(bots.no_owner) == []

    @pytest.mark.parametrize(("left", "failed"), [("", False), ("2026-03-03", True)])
    def test_a_declared_owner_counts_while_they_are_here(self, left: str, failed: bool) -> None:
        estate = acme().member("deploybot").add(*roster(left, "github:deploybot", "alice@acme.example"))
        assert estate.says(bots.no_owner) == (
            ["deploybot is a machine's account in acme, and Alice, its only owner known, left"] if failed else []
        )

    def test_whose_account_it_is_written_down_to_be_owns_it(self) -> None:
        estate = acme().member("deploybot").add(*roster("", "github:nothing", "alice@acme.example", "github:deploybot"))
        assert estate.says(bots.no_owner) == []

    def test_who_is_in_the_organization_must_be_known(self) -> None:
        estate = acme().member("deploybot").gap("acme", Facet.ORG_MEMBERS)
        assert estate.verdict(bots.no_owner) == "1 unknown"

    def test_an_owner_whom_nothing_that_was_read_knows_may_be_in_what_was_not(self) -> None:
        estate = acme().member("deploybot").add(*roster("", "github:deploybot", "zed@acme.example"))
        assert len(estate.says(bots.no_owner)) == 1
        assert estate.gap("acme", Facet.ORG_SAML).verdict(bots.no_owner) == "1 unknown"


def roster(left: str, machine: str, owner: str, *accounts: str) -> list[AnyFact]:
    """Return a roster that holds Alice, and a row about a machine."""
    row = {"machine": machine, "owners": [owner], "because": "it is so", "line": 1}
    told = {"name": "Alice", "left_on": left, "accounts": list(accounts), "because": "it is hers"}
    return [
        source("hr", System.ROSTER, SEEN),
        Resource(
            ref=Ref("hr", Kind.TENANT, "hr"), name="roster:hr",
            attributes={"machines": [row], "file": "owners.yaml"}, origin=SEEN,
        ),
        Identity(
            ref=Ref("hr", Kind.IDENTITY, "7"), name="alice@acme.example", emails=("alice@acme.example",),
            active=not left, attributes=told, origin=SEEN,
        ),
    ]  # fmt: skip
