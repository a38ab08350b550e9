"""Trusts with more than one way in, and what is denied of them: each way is told, and a denial wins."""

import pytest

from pipewarden.pipelines.trusts.read import read_trusts
from pipewarden.pipelines.trusts.stated import Stated

POOL = """resource "google_iam_workload_identity_pool_provider" "{name}" {{
  workload_identity_pool_id          = google_iam_workload_identity_pool.ci.workload_identity_pool_id
  workload_identity_pool_provider_id = "{name}"
  attribute_condition                = "{condition}"
  attribute_mapping                  = {{ "google.subject" = "assertion.sub", "attribute.repository" = "assertion.repository" }}
  oidc {{ issuer_uri = "https://token.actions.githubusercontent.com" }}
}}
"""
NAME = "${google_iam_workload_identity_pool.ci.name}"
EVERY = f"principalSet://iam.googleapis.com/{NAME}/*"
MEMBER = f"""resource "google_service_account_iam_member" "ci" {{
  service_account_id = "projects/p/serviceAccounts/deploy@p.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "{EVERY}"
}}
"""
OWNS = f"""resource "google_project_iam_member" "ci" {{
  project = "prod"
  role    = "roles/owner"
  member  = "{EVERY}"
}}
"""


def pool(condition: str, name: str = "github") -> str:
    return POOL.format(condition=condition, name=name)


def stated(*texts: str) -> tuple[Stated, ...]:
    reading = read_trusts({"main.tf": "".join(texts)})
    assert reading.faults == ()
    return reading.trusts


def let_in(*texts: str) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for trust in stated(*texts):
        found.setdefault(trust.role, []).append(trust.subjects)
    return found


class TestConditionsOfGoogle:
    def test_an_alternative_that_binds_nobody_lets_everybody_in(self) -> None:
        both = "assertion.repository == 'acme/web' || assertion.ref == 'refs/heads/main'"
        assert let_in(pool(both)) == {"Google pool github": [("repo:*/*:ref:refs/heads/main",)]}
        assert let_in(pool(both.replace("||", "&&"))) == {}

    @pytest.mark.parametrize(
        "condition",
        [
            "assertion.sub.startsWith('repo:')", "assertion.repository.contains('/')", "assertion.repository.matches('.*')",
            "assertion.repository.endsWith('/web')", "assertion.iss == 'https://token.actions.githubusercontent.com'",
        ],
    )  # fmt: skip
    def test_a_condition_that_everybody_satisfies_binds_nobody(self, condition: str) -> None:
        assert list(let_in(pool(condition))) == ["Google pool github"]

    @pytest.mark.parametrize("condition", ["assertion.sub.startsWith('repo:acme/')", "assertion.repository_id == '7'"])
    def test_a_condition_that_names_an_owner_binds(self, condition: str) -> None:
        assert let_in(pool(condition)) == {}

    def test_each_way_is_a_trust_of_the_member(self) -> None:
        either = "assertion.repository == 'acme/web' || assertion.repository_owner == 'globex'"
        assert let_in(pool(either), MEMBER) == {
            "Google service account deploy@p.iam.gserviceaccount.com": [("repo:acme/web:*",), ("repo:globex/*:*",)]
        }

    def test_every_provider_of_a_pool_lets_in(self) -> None:
        texts = pool("assertion.repository == 'acme/web'"), pool("assertion.repository_owner == 'acme'", "more")
        (found,) = let_in(*texts, MEMBER).values()
        assert found == [("repo:acme/web:*",), ("repo:acme/*:*",)]
        assert not any(trust.opens for trust in stated(*texts, MEMBER))

    def test_a_part_that_is_not_followed_leaves_open_whom_it_holds_out(self) -> None:
        part = "assertion.repository == 'acme/web' && assertion.event_name != 'pull_request'"
        (found,) = let_in(pool(part), MEMBER).values()
        assert found == [("repo:acme/web:${condition}",)]

    def test_a_provider_alone_whose_condition_is_not_followed_is_told(self) -> None:
        (trust,) = stated(pool("has(assertion.repository)"))
        assert (trust.subjects, len(trust.opens)) == (("${condition}",), 1)
        assert [each.role for each in stated(pool("has(assertion.repository)"), MEMBER)] == [
            "Google service account deploy@p.iam.gserviceaccount.com"
        ]


def owns(member: str) -> str:
    return OWNS.replace("/*", f"/{member}")


class TestMembersThatNobodyIs:
    @pytest.mark.parametrize(
        ("condition", "member"),
        [
            ("assertion.repository == 'acme/web'", "attribute.nope/x"),
            ("assertion.repository == 'acme/web'", "group/x"),
            ("assertion.repository == 'acme/web'", "attribute.repository/acme/api"),
            ("assertion.repository in ['acme/web', 'acme/site']", "attribute.repository/acme/api"),
            ("assertion.repository.startsWith('acme/web')", "attribute.repository/acme/api"),
            ("assertion.repository_owner == 'acme'", "attribute.repository/globex/web"),
            ("assertion.repository == 'acme/web'", "subject/repo:acme/api:ref:refs/heads/main"),
            ("assertion.sub == 'repo:acme/web:environment:production'", "subject/repo:acme/web:ref:refs/heads/main"),
            ("assertion.repository == 'acme/web' && assertion.repository == 'acme/api'", "*"),
            ("assertion.repository == 'acme/web' && assertion.repository_owner == 'globex'", "*"),
            ("assertion.repository == 'acme/web' && size(assertion.actor) > 3", "attribute.repository/acme/api"),
        ],
    )
    def test_nobody_is_told_as_let_in(self, condition: str, member: str) -> None:
        assert let_in(pool(condition), owns(member)) == {}

    @pytest.mark.parametrize(
        ("condition", "member", "subject"),
        [
            ("assertion.repository == 'acme/web'", "attribute.repository/acme/web", "repo:acme/web:*"),
            ("assertion.repository_owner == 'acme'", "attribute.repository/acme/api", "repo:acme/api:*"),
            ("assertion.repository.startsWith('acme/')", "attribute.repository/acme/api", "repo:acme/api:*"),
            (
                "assertion.repository == 'acme/web'", "subject/repo:acme@1/web@2:ref:refs/heads/main",
                "repo:acme@1/web@2:ref:refs/heads/main",
            ),
            ("assertion.repository == 'acme/web' || assertion.repository == 'acme/api'", "attribute.repository/acme/api", "repo:acme/api:*"),
            ("assertion.ref == 'refs/heads/main'", "attribute.repository/acme/web", "repo:acme/web:ref:refs/heads/main"),
        ],
    )  # fmt: skip
    def test_whoever_fits_both_is(self, condition: str, member: str, subject: str) -> None:
        assert let_in(pool(condition), owns(member))["Google holder of roles/owner on project prod"] == [(subject,)]

    def test_one_way_may_be_closed_and_another_open(self) -> None:
        either = (
            "assertion.repository == 'acme/web' || (assertion.repository_owner == 'globex' && assertion.ref == 'x')"
        )
        assert let_in(pool(either), owns("attribute.repository/globex/web")) == {
            "Google holder of roles/owner on project prod": [("repo:globex/web:ref:x",)]
        }

    def test_an_attribute_counts_as_there_where_the_mapping_is_not_known(self) -> None:
        unknown = pool("assertion.repository == 'acme/web'").replace(
            '{ "google.subject" = "assertion.sub", "attribute.repository" = "assertion.repository" }', "var.mapping"
        )
        assert list(let_in(unknown, owns("attribute.nope/x"))) == ["Google holder of roles/owner on project prod"]

    def test_a_pool_that_is_taken_for_the_one_in_the_files_closes_nothing(self) -> None:
        guessed = owns("attribute.nope/x").replace(
            NAME, "projects/1/locations/global/workloadIdentityPools/${var.pool}"
        )
        assert list(let_in(pool("assertion.repository == 'acme/web'"), guessed)) == [
            "Google holder of roles/owner on project prod"
        ]

    @pytest.mark.parametrize(("project", "told"), [("projects/1", True), ("projects/${var.number}", True), ("", False)])
    def test_the_pool_of_another_project_may_have_the_same_id(self, project: str, told: bool) -> None:
        other = owns("attribute.repository/globex/web")
        if project:
            other = other.replace(NAME, f"{project}/locations/global/workloadIdentityPools/ci")
        by_id = pool("assertion.repository_owner == 'acme'")
        if project:
            by_id = by_id.replace("google_iam_workload_identity_pool.ci.workload_identity_pool_id", '"ci"')
        found = [trust for trust in stated(by_id, other) if trust.role.startswith("Google holder")]
        assert [trust.subjects for trust in found] == ([("repo:globex/web:*",)] if told else [])
        assert all("the provider of the pool" in trust.opens[0].says for trust in found)
        fits = other.replace("globex", "acme")
        [trust] = [each for each in stated(by_id, fits) if each.role.startswith("Google holder")]
        assert (trust.subjects, trust.opens) == (("repo:acme/web:*",), ())

    def test_a_provider_that_excludes_everybody_is_open_to_nobody(self) -> None:
        never = "assertion.ref == 'refs/heads/main' && assertion.ref == 'refs/heads/dev'"
        assert let_in(pool(never)) == {}
        assert list(let_in(pool("assertion.ref == 'refs/heads/main' && assertion.actor == 'x'"))) == [
            "Google pool github"
        ]


class TestDirectAccessOfGoogle:
    def test_a_member_may_hold_a_role_by_itself(self) -> None:
        assert let_in(pool("assertion.repository_owner == 'acme'"), OWNS) == {
            "Google holder of roles/owner on project prod": [("repo:acme/*:*",)]
        }

    def test_other_members_hold_theirs_without_any_trust(self) -> None:
        person = OWNS.replace(EVERY, "user:alice@acme.example")
        assert let_in(pool("assertion.repository_owner == 'acme'"), person) == {}


def role(*statements: str) -> str:
    return f'resource "aws_iam_role" "deploy" {{\n  assume_role_policy = jsonencode({{Statement = [{", ".join(statements)}]}})\n}}\n'


def statement(effect: str, operator: str = "", subject: str = "", principal: str = "") -> str:
    key = "token.actions.githubusercontent.com:sub"
    compared = f', Condition = {{ {operator} = {{ "{key}" = "{subject}" }} }}' if operator else ""
    principal = principal or '{ Federated = "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com" }'
    action = "sts:AssumeRoleWithWebIdentity"
    return f'{{ Effect = "{effect}", Action = "{action}", Principal = {principal}{compared} }}'


ALLOW = statement("Allow", "StringLike", "repo:acme/web:*")


class TestDenialsOfAmazon:
    @pytest.mark.parametrize(
        ("denial", "left"),
        [
            (("StringNotLike", "repo:acme/web:environment:production"), ("repo:acme/web:environment:production",)),
            (("StringNotEquals", "repo:acme/web:environment:production"), ("repo:acme/web:environment:production",)),
            (("StringLike", "*:pull_request"), ("repo:acme/web:ref:*", "repo:acme/web:environment:*")),
            (("StringLike", "repo:acme/api:*"), ("repo:acme/web:*",)),
        ],
    )
    def test_a_denial_takes_from_what_is_let_in(self, denial: tuple[str, str], left: tuple[str, ...]) -> None:
        (trust,) = stated(role(ALLOW, statement("Deny", *denial)))
        assert trust.subjects == left

    def test_nothing_is_left_where_all_of_it_is_denied(self) -> None:
        assert stated(role(ALLOW, statement("Deny"))) == ()
        assert stated(role(ALLOW, statement("Deny", "StringLike", "repo:acme/*"))) == ()

    def test_a_denial_of_another_provider_takes_nothing(self) -> None:
        other = '{ Federated = "arn:aws:iam::1:oidc-provider/gitlab.com" }'
        (trust,) = stated(role(ALLOW, statement("Deny", principal=other)))
        assert trust.subjects == ("repo:acme/web:*",)

    @pytest.mark.parametrize(
        ("operator", "subject"),
        [("StringEquals", "repo:acme/web:*"), ("StringEqualsIgnoreCase", "repo:Acme/web:pull_request"), ("StringLike", "repo:acme/we?:*")],
    )  # fmt: skip
    def test_a_denial_by_letters_that_are_no_star_is_not_taken_for_one(self, operator: str, subject: str) -> None:
        (trust,) = stated(role(ALLOW, statement("Deny", operator, subject)))
        assert (trust.subjects, len(trust.opens)) == (("repo:acme/web:${condition}",), 1)

    def test_a_denial_of_all_other_acts_denies_this_one(self) -> None:
        assert (
            stated(
                role(
                    ALLOW,
                    statement("Deny")
                    .replace("Action =", "NotAction =")
                    .replace("sts:AssumeRoleWithWebIdentity", "sts:TagSession"),
                )
            )
            == ()
        )
        assert stated(role(ALLOW, statement("Deny").replace("Action =", "NotAction =")))

    def test_a_denial_of_tokens_without_the_claim_is_no_weakness(self) -> None:
        (trust,) = stated(
            role(ALLOW, statement("Deny", "StringNotLikeIfExists", "repo:acme/web:environment:production"))
        )
        assert (trust.subjects, trust.weak) == (("repo:acme/web:environment:production",), ())

    def test_a_denial_that_is_not_followed_leaves_open_whom_it_holds_out(self) -> None:
        (trust,) = stated(role(ALLOW, statement("Deny", "DateGreaterThan", "2026-11-23T00:00:00Z")))
        assert trust.subjects == ("repo:acme/web:${condition}",)
        assert [each.says for each in trust.opens] == ["a statement that denies is not followed"]
