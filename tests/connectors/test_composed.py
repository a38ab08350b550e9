"""The jobs of an organization: called workflows of other repositories are followed, and nothing of the waiting is left."""

from datetime import UTC, datetime

from pipewarden.connectors.github.composed import composed, waiting
from pipewarden.connectors.pipelines import told_of, workflow_facts
from pipewarden.model.facts import Entity, Machine, Origin, Resource, Use
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.jobs import EffectiveJob
from tests.checks.builder import NOW

ACME = Ref("github.com", Kind.ORGANIZATION, "7")
ORIGIN = Origin("graphql Repositories", NOW)
SHARED = "on: workflow_call\njobs:\n  ship:\n    runs-on: x\n    environment: production\n    permissions: {contents: write, id-token: write}\n    steps: [{run: 'a ${{ secrets.TOKEN }}'}]\n"
MAIN = "on: push\npermissions: {contents: read, id-token: write}\njobs:\n  go:\n    uses: acme/ci/.github/workflows/deploy.yml@%s\n    secrets: inherit\n"


class Acme:
    """What composition asks of a run: the facts so far."""

    def __init__(self) -> None:
        self.org = ACME
        self.instance = "github.com"
        self.facts: dict[Ref, Entity] = {}
        self.uses: list[Use] = []
        self.add(Resource(ref=ACME, name="acme", origin=ORIGIN))

    def known(self, kind):
        return [fact for fact in self.facts.values() if fact.ref.kind is kind]

    def add(self, *facts) -> None:
        for fact in facts:
            if isinstance(fact, Entity):
                self.facts[fact.ref] = fact
            elif isinstance(fact, Use):
                self.uses.append(fact)

    def repository(self, key, name, text, *, file="deploy.yml", **attributes):
        ref = Ref("github.com", Kind.REPOSITORY, key)
        more = {"visibility": "private", "default_branch": "main", "created_at": "2024-01-01T00:00:00Z", **attributes}
        self.add(Resource(ref=ref, name=f"acme/{name}", parent=ACME, attributes=more, origin=ORIGIN))
        told = told_of(f".github/workflows/{file}", text, owner="acme", default=None)
        for fact in workflow_facts(told, repository=ref, repository_name=f"acme/{name}", origin=ORIGIN):
            self.add(waiting(fact, told) if isinstance(fact, Resource) else fact)
        return self

    def jobs(self) -> dict[str, EffectiveJob]:
        composed(self)  # type: ignore[arg-type]
        found = {}
        for fact in self.facts.values():
            if isinstance(fact, Machine):
                import msgspec

                found[fact.name] = msgspec.json.decode(fact.attributes["effective"], type=EffectiveJob)
        return found


def acme(ref: str, **attributes) -> Acme:
    return Acme().repository("1", "ci", SHARED).repository("2", "web", MAIN % ref, file="main.yml", **attributes)


def test_a_workflow_of_another_repository_is_followed_on_its_default_branch() -> None:
    estate = acme("main")
    job = estate.jobs()["acme/web/.github/workflows/main.yml#go/ship"]
    assert str(job.at) == "acme/ci/.github/workflows/deploy.yml:3:3"
    assert job.token == {"metadata": "read", "contents": "read", "id-token": "write"}
    assert job.oidc
    assert job.subjects == (
        "repo:acme/web:environment:production",
        "repo:acme@7/web@2:environment:production",
    )
    used = [(use.what, use.name, use.by.key) for use in estate.uses if use.attributes.get("through")]
    assert ("secret", "TOKEN", "2:.github/workflows/main.yml") in used
    assert ("environment", "production", "2:.github/workflows/main.yml") in used


def test_a_version_that_was_not_read_is_an_open_end() -> None:
    job = acme("v1").jobs()["acme/web/.github/workflows/main.yml#go"]
    assert job.open_ends[0].says.endswith("deploy.yml@v1 was not read: it is not at hand at that version")


def test_the_setting_of_the_repository_counts_before_the_organizations() -> None:
    silent = "on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n"
    for settings, level in (({}, None), ({"actions_workflow": {"default_workflow_permissions": "read"}}, "read")):
        estate = Acme().repository("2", "web", silent, **settings)
        job = estate.jobs()["acme/web/.github/workflows/deploy.yml#a"]
        assert (job.token or {}).get("contents") == level


def test_a_repository_of_the_new_form_has_ids_in_its_subjects() -> None:
    created = datetime(2026, 9, 1, tzinfo=UTC).isoformat()
    job = acme("main", created_at=created).jobs()["acme/web/.github/workflows/main.yml#go/ship"]
    assert job.subjects == ("repo:acme@7/web@2:environment:production",)


def test_code_owners_of_every_file_on_the_way_are_told() -> None:
    rules = {
        "codeowners": {"path": "CODEOWNERS"},
        "codeowners_rules": [{"pattern": ".github/", "owners": ["@alice"], "line": 1}],
    }
    assert acme("main", **rules).jobs()["acme/web/.github/workflows/main.yml#go/ship"].owners == ("@alice",)


def test_nothing_of_the_waiting_is_left_in_the_facts() -> None:
    estate = acme("main")
    estate.jobs()
    assert all("opened" not in fact.attributes for fact in estate.known(Kind.WORKFLOW))
