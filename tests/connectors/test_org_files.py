"""What a checkout knows of its pipelines, known of an organization over the API too: own actions, trusts, Dependabot, secrets."""

import msgspec
import pytest
from graphql import build_schema, parse, validate

from pipewarden import checks
from pipewarden.access.engine import Engine
from pipewarden.access.reach import reach
from pipewarden.access.view import View
from pipewarden.checks.base import Verdicts, judge
from pipewarden.connectors.github import own_actions
from pipewarden.demo.estate import Estate, acme, further_files
from pipewarden.demo.github import GitHubServer, Variant
from pipewarden.model.access import Capability
from pipewarden.model.facets import Facet
from pipewarden.model.facts import Cause, Gap, Resource, Trust
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import EffectiveJob
from pipewarden.model.snapshot import Snapshot
from tests.connectors.test_github import collected, connector
from tests.shared import shared_path

TREE = "/repos/{owner}/{repo}/git/trees/{tree_sha}"
REPOSITORIES = "Repositories:organization.repositories.nodes"
EVERY = {check.id: check for check in checks.ALL}


def read(estate: Estate | None = None, variant: Variant | None = None) -> Snapshot:
    with GitHubServer(estate or acme(), variant) as server:
        return collected(connector(server))[0]


def small(name: str, **more) -> Estate:
    """Return acme with one of its repositories alone."""
    estate = acme()
    org = estate.organizations["acme"]
    org.repositories = {name: org.repositories[name]}
    for key, value in more.items():
        setattr(org.repositories[name], key, value)
    for team in org.teams.values():
        team.repositories = {each: role for each, role in team.repositories.items() if each == name}
    return estate


def judged(snapshot: Snapshot, *names: str) -> Verdicts:
    return judge([EVERY[name] for name in names], View(snapshot, Engine(snapshot)))


def job(snapshot: Snapshot, name: str) -> EffectiveJob:
    machine = snapshot.entity(snapshot.named(name)[0])
    return msgspec.convert(machine.attributes["effective"], type=EffectiveJob)


def told(snapshot: Snapshot, facet: str) -> list[tuple[str, Cause, str]]:
    gaps = [gap for gap in snapshot.records(Gap) if gap.facet == facet and gap.cause is not Cause.UNREADABLE]
    return [(snapshot.name_of(snapshot.ordinal(gap.scope) or 0), gap.cause, gap.detail) for gap in gaps]


@pytest.fixture(scope="module")
def whole() -> Snapshot:
    return read()


# --- own actions ----------------------------------------------------------------------------------


def test_an_action_of_the_repository_is_followed_to_what_it_uses(whole: Snapshot) -> None:
    copy = job(whole, "acme/api/.github/workflows/nightly.yml#copy")
    assert copy.open_ends == ()
    [waits] = [call for call in copy.calls if call.through]
    assert (waits.text, waits.through) == ("acme-tools/wait-for-postgres@v1", ".github/actions/database/action.yml")
    assert ".github/actions/database/action.yml" in copy.files
    assert not any({"opened", "opened_actions"} & set(each.attributes) for each in whole.entities(Kind.WORKFLOW))


NESTED = """\
runs:
  using: composite
  steps:
    - uses: ./tools/inner
"""
INNER = "runs: {using: composite, steps: [{uses: acme-tools/wait@v1}]}\n"


def test_actions_in_actions_and_under_either_name_are_followed() -> None:
    files = {".github/actions/database/action.yaml": NESTED, "tools/inner/action.yml": INNER}
    copy = job(read(small("api", files=files)), "acme/api/.github/workflows/nightly.yml#copy")
    assert [call.text for call in copy.calls if call.through] == ["./tools/inner", "acme-tools/wait@v1"]
    assert copy.open_ends == ()


def test_an_action_that_is_not_there_is_told_and_so_is_one_that_is_too_large() -> None:
    [end] = job(read(small("api", files={})), "acme/api/.github/workflows/nightly.yml#copy").open_ends
    assert end.says.endswith("./.github/actions/database is not in the repository: the job itself brings it")
    large = further_files.DATABASE + "#" * 1024 * 1024
    snapshot = read(small("api", files={".github/actions/database/action.yml": large}))
    [end] = job(snapshot, "acme/api/.github/workflows/nightly.yml#copy").open_ends
    assert end.says.endswith("could not be read")
    place = ".github/actions/database/action.yml is binary, truncated or too large"
    assert told(snapshot, Facet.REPO_FILES) == [("acme/api", Cause.TOO_LARGE, place)]


@pytest.mark.parametrize(
    "variant", [Variant(failing_queries={"Files*": 502}), Variant(failing_queries={"Files*": 403})]
)
def test_where_they_are_refused_the_rest_stands_and_the_action_stays_open(variant: Variant) -> None:
    snapshot = read(small("api"), variant)
    [end] = job(snapshot, "acme/api/.github/workflows/nightly.yml#copy").open_ends
    assert end.says.endswith("of this repository was not read")
    [(name, _, detail)] = told(snapshot, Facet.REPO_FILES)
    assert name == "acme/api"
    assert detail.startswith("its own actions: ")
    assert list(snapshot.entities(Kind.PLAIN_SECRET)), "the workflow itself was searched"


def test_too_many_of_them_are_counted() -> None:
    steps = "".join(f"      - uses: ./tools/a{n}\n" for n in range(203))
    text = f"on: push\njobs:\n  all:\n    runs-on: x\n    steps:\n{steps}"
    files = {f"tools/a{n}/action.yml": INNER for n in range(203)}
    snapshot = read(small("api", workflows={".github/workflows/all.yml": text}, files=files))
    assert told(snapshot, Facet.REPO_FILES) == [("acme/api", Cause.TOO_LARGE, "3 more actions of its own")]
    ends = job(snapshot, "acme/api/.github/workflows/all.yml#all").open_ends
    assert [end.says for end in ends] == [
        f"the action ./tools/a{n} of this repository was not read" for n in (200, 201, 202)
    ]


def test_one_query_of_one_point_fetches_them_for_a_whole_batch() -> None:
    def spent(estate: Estate) -> tuple[int, int]:
        with GitHubServer(estate) as server:
            counters = collected(connector(server))[1]
        return counters["graphql_requests"], counters["graphql_points"]

    without = acme()
    api = without.organizations["acme"].repositories["api"]
    api.workflows[".github/workflows/nightly.yml"] = further_files.NIGHTLY.replace(
        "./.github/actions/database", "a/b@v1"
    )
    api.files = {path: text for path, text in api.files.items() if "actions" not in path}
    requests, points = spent(without)
    assert spent(acme()) == (requests + 1, points + 1)


def test_the_query_is_valid_and_holds_no_name_in_its_text() -> None:
    hostile = [('acme/we"b{}', 'x") { y }'), ("acme/web", ""), ("acme/web", ".github/actions/a")]
    text, variables = own_actions.query(hostile)
    assert "acme" not in text
    assert "y }" not in text
    assert {variables["e1_0"], variables["e2_1"]} == {"HEAD:action.yml", "HEAD:.github/actions/a/action.yaml"}
    official = shared_path("apis/github-graphql-schema.graphql").read_text(encoding="utf-8")
    assert validate(build_schema(official, assume_valid=True), parse(text)) == []


# --- trusts ---------------------------------------------------------------------------------------


def test_a_policy_of_octo_sts_is_a_trust_and_its_check_fires(whole: Snapshot) -> None:
    [trust] = [each for each in whole.records(Trust) if each.attributes.get("platform") == "octo-sts"]
    assert trust.subjects == ("repo:acme/web:ref:refs/heads/*",)
    found = judged(whole, "gh.oidc.trust_no_env").findings
    [finding] = [each for each in found if each.subject == trust.principal]
    assert (finding.file, finding.line) == (".github/chainguard/web-release.sts.yaml", 3)
    assert finding.scope == "acme"


def test_reach_crosses_from_a_workflow_over_it_and_people_are_named(whole: Snapshot) -> None:
    engine = Engine(whole)
    bob = whole.ref(whole.named("bob")[0])
    reached = {each.access.resource for each in reach(engine, bob) if each.access.capability is Capability.ASSUME_ROLE}
    [role] = [each for each in whole.entities(Kind.CLOUD_ROLE) if each.ref.instance == "octo-sts"]
    assert role.ref in reached
    who = {engine.name(each.principal) for each in engine.who_can(Capability.ASSUME_ROLE, role.ref)}
    assert {"alice", "bob", "dave", "app deploybot"} <= who
    assert "judy" not in who, "she only reads acme/web"
    [access] = [each for each in engine.who_can(Capability.ASSUME_ROLE, role.ref) if each.principal == bob]
    assert [link.target.kind for link in access.paths[0].links] == [Kind.GROUP, Kind.REPOSITORY, Kind.CLOUD_ROLE]
    assert engine.unseen(role.ref) == ("who holds octo-sts identity web-release on octo-sts itself: not read",)


def test_the_policies_of_the_repository_github_are_the_organizations() -> None:
    estate = small("infra")
    infra = estate.organizations["acme"].repositories["infra"]
    infra.name = ".github"
    estate.organizations["acme"].repositories = {".github": infra}
    for team in estate.organizations["acme"].teams.values():
        team.repositories = {}
    [finding] = judged(read(estate), "gh.oidc.sts_all_repos").findings
    assert "every repository" in finding.says
    assert not judged(read(small("infra")), "gh.oidc.sts_all_repos").findings


def test_policies_that_are_refused_or_too_many_leave_a_gap() -> None:
    refused = read(small("infra"), Variant(refused_places=frozenset({f"{REPOSITORIES}.0.trusts"})))
    [(name, cause, _)] = told(refused, Facet.REPO_FILES)
    assert (name, cause) == ("acme/infra", Cause.FORBIDDEN)
    files = {f".github/chainguard/{n}.sts.yaml": further_files.RELEASE_TRUST for n in range(202)}
    many = read(small("infra", files=files))
    assert told(many, Facet.REPO_FILES) == [("acme/infra", Cause.TOO_LARGE, "2 more trust policies")]
    assert len(list(many.entities(Kind.CLOUD_ROLE))) == 200


# --- Dependabot, and secrets in plain text --------------------------------------------------------


def test_what_dependabot_may_is_judged_and_unknown_where_it_was_refused(whole: Snapshot) -> None:
    verdicts = judged(whole, "wf.deps.execution")
    [finding] = verdicts.findings
    assert (finding.subject_name, finding.file, finding.line) == ("acme/site", ".github/dependabot.yml", 7)
    assert not verdicts.not_assessed
    refused = read(small("site"), Variant(refused_places=frozenset({f"{REPOSITORIES}.0.dependabotYml"})))
    verdicts = judged(refused, "wf.deps.execution")
    assert not verdicts.findings
    assert [(each.facet, each.cause) for each in verdicts.not_assessed] == [(Facet.REPO_DEPENDABOT, Cause.FORBIDDEN)]
    broken = read(small("site", files={".github/dependabot.yml": "updates: [\n"}))
    assert [each.cause for each in judged(broken, "wf.deps.execution").not_assessed] == [Cause.UNREADABLE]


def test_the_planted_password_is_told_with_the_vault_path_beside_which_to_keep_it(whole: Snapshot) -> None:
    [finding] = judged(whole, "wf.secret.plaintext").findings
    assert finding.subject.kind is Kind.PLAIN_SECRET
    assert (finding.file, finding.line) == (".github/workflows/nightly.yml", 24)
    assert "beside secret/data/prod/db" in finding.remedy[1]
    [secret] = whole.entities(Kind.PLAIN_SECRET)
    assert isinstance(secret, Resource)
    assert secret.parent == Ref("github.com", Kind.REPOSITORY, "1003")
    assert further_files.PASSWORD not in repr(list(whole.entities(Kind.PLAIN_SECRET, Kind.WORKFLOW, Kind.JOB)))


# --- answers that have holes ----------------------------------------------------------------------

HOLES = [
    ("infra", f"{REPOSITORIES}.0.trusts.entries", Facet.REPO_FILES),
    ("infra", f"{REPOSITORIES}.0.trusts.entries.0", Facet.REPO_FILES),
    ("infra", f"{REPOSITORIES}.0.trusts.entries.0.object", Facet.REPO_FILES),
    ("infra", f"{REPOSITORIES}.0.trusts.entries.0.object.text", Facet.REPO_FILES),
    ("site", f"{REPOSITORIES}.0.dependabotYml.text", Facet.REPO_DEPENDABOT),
    ("api", "Files:a0.f0.text", Facet.REPO_FILES),
]


@pytest.mark.parametrize(("name", "place", "facet"), HOLES)
@pytest.mark.parametrize("how", ["null", "unheard"])
def test_a_hole_in_an_answer_is_a_gap_at_its_repository_and_costs_nothing_else(
    name: str, place: str, facet: Facet, how: str
) -> None:
    places = frozenset({place})
    variant = Variant(null_places=places) if how == "null" else Variant(unheard_places=places)
    snapshot = read(small(name), variant)
    assert [each.name for each in snapshot.entities(Kind.REPOSITORY)] == [f"acme/{name}"]
    assert list(snapshot.entities(Kind.JOB)), "its workflows are read"
    found = [gap for gap in snapshot.records(Gap) if gap.facet == facet]
    text_is_a_word = how == "unheard" and place.endswith("text")  # any text is a text, and read as what it says
    assert [snapshot.name_of(snapshot.ordinal(gap.scope) or 0) for gap in found] == [f"acme/{name}"] or text_is_a_word


def test_a_repository_that_is_not_there_any_more_leaves_its_actions_open() -> None:
    snapshot = read(
        small("api"), Variant(null_places=frozenset({"Files:a0"}), errors_told=True, missing=frozenset({TREE}))
    )
    [end] = job(snapshot, "acme/api/.github/workflows/nightly.yml#copy").open_ends
    assert end.says.endswith("of this repository was not read")
    assert [(name, cause) for name, cause, _ in told(snapshot, Facet.REPO_FILES)] == [("acme/api", Cause.FORBIDDEN)]


STEERED = """\
on: push
permissions: {}
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: production
    env: {CLUSTER: '${{ vars.CLUSTER }}'}
    steps:
      - run: make deploy
      - run: |
          make in ${{ vars.REGION }}
"""


@pytest.mark.parametrize(("name", "place"), [("CLUSTER", (7, 21)), ("REGION", (11, 19)), ("OTHER", None)])
def test_a_finding_about_a_variable_stands_where_the_job_reads_it(name: str, place: tuple[int, int] | None) -> None:
    estate = small("web", workflows={".github/workflows/d.yml": STEERED})
    web = estate.organizations["acme"].repositories["web"]
    web.variables = [
        {"name": name, "value": "x", "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}
    ]
    found = judged(read(estate), "gh.var.tamper").findings
    assert [(each.line, each.column) for each in found] == ([place] if place else [])
