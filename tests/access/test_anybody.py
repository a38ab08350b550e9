"""A trust that is open to everybody is a path for anybody with an account on GitHub, in a checkout and over systems."""

import json
from pathlib import Path

import pytest

from pipewarden.access.engine import Engine
from pipewarden.access.github.anybody import ANYBODY, NAME, lets_in_anybody, whom
from pipewarden.access.job_answers import reach_of
from pipewarden.access.reach import reach
from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.model.access import Capability
from pipewarden.model.facts import Group, Trust
from pipewarden.model.ids import Kind, Ref
from tests.checks.builder import SEEN, Estate

ISSUER = "https://token.actions.githubusercontent.com"
ROLE = """
resource "aws_iam_role" "f" {
  name = "f"
  assume_role_policy = jsonencode({Statement=[{Effect="Allow",Action="sts:AssumeRoleWithWebIdentity",
    Principal={Federated="arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
    Condition={"CONDITION"={"token.actions.githubusercontent.com:sub"="PATTERN"}}}]})
}
"""


def trust(*subjects: str, conditions: tuple[str, ...] = (), issuer: str = ISSUER, **attributes: object) -> Trust:
    return Trust(
        ref=Ref("aws", Kind.TRUST, "1"),
        principal=Ref("aws", Kind.CLOUD_ROLE, "f"),
        issuer=issuer,
        subjects=subjects,
        conditions=conditions,
        attributes=attributes,  # type: ignore[arg-type]
        origin=SEEN,
    )


@pytest.mark.parametrize(
    "open_one",
    [
        trust(),
        trust("*"),
        trust("repo:*"),
        trust("repo:acme/web:*", "repo:*/web:ref:refs/heads/main"),
        trust("repo:acme*/web:ref:refs/heads/main"),
        trust("*:environment:production"),
        trust("repo:*", conditions=(f"{ISSUER}:ref = refs/heads/main", "environment = production")),
        trust("repo:*", conditions=("repository = acme*/web",)),
        trust("*", claims={"ref": ["refs/heads/main"]}),
    ],
)
def test_it_is_open_to_anybody(open_one: Trust) -> None:
    assert lets_in_anybody(open_one)
    assert [each.ref for each in whom([open_one])] == [ANYBODY]


@pytest.mark.parametrize(
    "closed",
    [
        trust("repo:acme/web:*"),
        trust("repo:acme/*"),
        trust("repo:acme@*/*"),
        trust("repo:${var.owner}/*"),
        trust("repository_owner:acme:*"),
        trust("repo:*", conditions=("repository_owner = acme",)),
        trust("repo:*", conditions=("repository_id = 123",)),
        trust("repo:*", conditions=("job_workflow_ref = acme/wf/.github/workflows/deploy.yml@*",)),
        trust("*", claims={"repository": ["acme/web"]}),
        trust(issuer="https://gitlab.com"),
        trust(issuer="https://github.acme.example/_services/token"),
    ],
)
def test_it_is_not(closed: Trust) -> None:
    assert not lets_in_anybody(closed)
    assert whom([closed]) == []


def estate(*subjects: str) -> Engine:
    made = Estate()
    made.org("acme")
    made.repo("acme/web", default_branch="main").direct("bob", "acme/web", "read").member("bob")
    made.repo("acme/site", default_branch="main", visibility="public")
    made.cloud_role("acme/web", "aws", *subjects, name="AWS role f")
    made.add(*([Group(ref=ANYBODY, name=NAME, origin=SEEN)] if "repo:*" in subjects else ()))
    return Engine(made.snapshot())


def test_over_systems_whoever_has_an_account_acts_as_the_role() -> None:
    engine = estate("repo:*")
    [role] = [engine.snapshot.ref(o) for o in engine.snapshot.ordinals(Kind.CLOUD_ROLE)]
    assert ANYBODY in {each.principal for each in engine.who_can(Capability.ASSUME_ROLE, role)}
    [bob] = [engine.snapshot.ref(o) for o in engine.snapshot.named("bob")]
    [found] = engine.why(bob, role)
    assert engine.words(found.paths[0]) == (
        "bob (runs a job of a repository of their own, whose OIDC token is accepted) → AWS role f"
    )
    assert role in {each.access.resource for each in reach(engine, bob)}
    everybody = Ref("github.com", Kind.GROUP, "everyone")
    assert role in {each.access.resource for each in reach(engine, everybody)}
    [told] = [each for each in reach_of(engine.snapshot, "outsider") if each.capability == "assume_role"]
    assert told.path.startswith("anybody with an account on GitHub (runs a job of a repository of their own")
    assert not [each for each in reach_of(engine.snapshot, "fork") if each.capability == "assume_role"]


def test_a_trust_of_the_team_alone_is_nobody_elses() -> None:
    engine = estate("repo:acme/web:ref:refs/heads/main")
    [role] = [engine.snapshot.ref(o) for o in engine.snapshot.ordinals(Kind.CLOUD_ROLE)]
    [bob] = [engine.snapshot.ref(o) for o in engine.snapshot.named("bob")]
    assert engine.why(bob, role) == []
    assert role not in {each.access.resource for each in reach(engine, bob)}
    assert not [each for each in reach_of(engine.snapshot, "outsider") if each.capability == "assume_role"]


@pytest.mark.parametrize(("condition", "pattern", "is_open"), [
    ("StringNotLike", "repo:evil/*", True),
    ("StringLike", "repo:*", True),
    ("StringLike", "repo:acme/web:*", False),
])  # fmt: skip
def test_a_checkout_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], condition: str, pattern: str, is_open: bool
) -> None:
    (tmp_path / "main.tf").write_text(ROLE.replace("CONDITION", condition).replace("PATTERN", pattern))
    assert ended(main, ["reach", "outsider", "--in", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert ("AWS role f" in said.out) is is_open
    assert ended(main, ["who-can", "assume_role", "AWS role f", "--in", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert (NAME in said.out) is is_open
    told = "anybody with an account on GitHub has assume_role" if is_open else "nobody has assume_role"
    assert told in " ".join(said.err.split())
    assert ended(main, ["who-can", "assume_role", "AWS role f", "--in", str(tmp_path), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [each["principal_name"] for each in answer["holders"]] == ([NAME] if is_open else [])
    assert answer["anybody"] is is_open
