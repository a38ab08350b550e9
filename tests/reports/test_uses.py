"""What a workflow names is found where its job would be given it, and nowhere else."""

import json

import pytest

from pipewarden.model.facts import Resource, Use
from pipewarden.model.ids import Kind
from pipewarden.reports.opengraph import write
from pipewarden.reports.uses import used
from tests.access.estate import SEEN, Estate, ref


@pytest.fixture
def acme():
    estate = Estate()
    estate.web = estate.repo("web")
    estate.flow = ref(Kind.WORKFLOW, "web:.github/workflows/deploy.yml")
    estate.add(Resource(ref=estate.flow, name="deploy.yml", parent=estate.web, origin=SEEN))
    estate.production = estate.environment(estate.web, "production")
    return estate


def found(estate, name, environment=None, what="secret"):
    use = Use(by=estate.flow, what=what, name=name, attributes={"environment": environment}, origin=SEEN)
    return list(used(estate.snapshot(), use))


def test_the_nearest_of_a_name_is_given(acme):
    wide = acme.secret(acme.org, "TOKEN")
    assert found(acme, "TOKEN") == [(wide, False)]
    own = acme.secret(acme.web, "TOKEN")
    assert found(acme, "token") == [(own, False)]
    inner = acme.secret(acme.production, "TOKEN")
    assert found(acme, "TOKEN", "Production") == [(inner, False)]
    assert found(acme, "TOKEN") == [(own, False)]
    assert found(acme, "TOKEN", "staging") == [(own, False)]
    assert found(acme, "OTHER") == []


def test_an_environment_named_by_an_expression_may_be_any(acme):
    own, inner = acme.secret(acme.web, "TOKEN"), acme.secret(acme.production, "TOKEN")
    assert found(acme, "TOKEN", "${{ inputs.target }}") == [(inner, True), (own, True)]
    assert found(acme, "${{ inputs.target }}", what="environment") == [(acme.production, True)]
    assert found(acme, "production", what="environment") == [(acme.production, False)]


@pytest.mark.parametrize(
    ("given", "reaches"),
    [
        ({"visibility": "all"}, True),
        ({"visibility": "selected", "selected_repositories": ["web"]}, True),
        ({"visibility": "selected", "selected_repositories": ["shop"]}, False),
        ({"visibility": "selected"}, False),
        ({"visibility": "private"}, True),
        ({"store": "dependabot"}, False),
    ],
)
def test_a_secret_of_the_organization_reaches_whom_it_is_given_to(acme, given, reaches):
    acme.secret(acme.org, "TOKEN", **given)
    assert bool(found(acme, "TOKEN")) is reaches


def test_a_private_secret_reaches_no_public_repository(acme):
    acme.repo("web", "public")
    acme.secret(acme.org, "TOKEN", visibility="private")
    assert found(acme, "TOKEN") == []


def test_a_workflow_nobody_listed_is_given_nothing(acme):
    acme.secret(acme.web, "TOKEN")
    use = Use(by=ref(Kind.WORKFLOW, "elsewhere:x.yml"), what="secret", name="TOKEN", origin=SEEN)
    assert list(used(acme.snapshot(), use)) == []


def test_two_uses_are_one_edge_and_the_certain_one_is_kept(acme):
    own = acme.secret(acme.web, "TOKEN")
    for line, environment in ((3, "${{ inputs.target }}"), (9, None)):
        attributes = {"environment": environment}
        acme.add(
            Use(by=acme.flow, what="secret", name="TOKEN", line=line, column=7, attributes=attributes, origin=SEEN)
        )
    edges = json.loads(write(acme.snapshot()))["graph"]["edges"]
    [edge] = [edge for edge in edges if edge["kind"] == "GH_UsesSecret"]
    assert edge["end"]["value"] == str(own)
    assert edge["properties"] == {"used_as": "TOKEN", "line": 9, "column": 7, "certain": True}
