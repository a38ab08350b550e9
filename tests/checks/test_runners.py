"""The machines of acme on which jobs run."""

from typing import Any

from pipewarden.checks import runners
from pipewarden.model.facets import Facet
from tests.checks.builder import Estate


def acme(**group: Any) -> Estate:
    estate = Estate().org("acme").member("alice", owner=True).member("bob").repo("acme/web")
    estate.direct("bob", "acme/web", "write")
    given: dict[str, Any] = {"visibility": "selected", "selected_repositories": [], "allows_public_repositories": False}
    return estate.runner_group("Default", **(given | group)).runner("runners:acme/Default", labels=["self-hosted"])


class TestGroups:
    def test_public_repositories_run_there(self) -> None:
        assert acme(allows_public_repositories=True).says(runners.group_public) == [
            "public repositories may run jobs on 1 runner of runner group acme/Default"
        ]
        assert acme().verdict(runners.group_public) == "1 passed"
        assert acme(allows_public_repositories=None).verdict(runners.group_public) == "1 unknown"

    def test_every_repository_runs_there(self) -> None:
        assert acme(visibility="all").says(runners.group_all_repositories) == [
            "runner group acme/Default takes jobs of every repository (1 runner)"
        ]
        assert acme().verdict(runners.group_all_repositories) == "1 passed"

    def test_any_workflow_runs_there(self) -> None:
        assert acme(restricted_to_workflows=False).says(runners.group_workflows_open) == [
            "runner group acme/Default takes jobs of any workflow of its repositories"
        ]
        for workflow, verdict in (
            ("acme/web/.github/workflows/x.yml", "1 failed"),
            ("acme/web/x.yml@main", "1 passed"),
        ):
            estate = acme(restricted_to_workflows=True, selected_workflows=[workflow])
            assert estate.verdict(runners.group_workflows_open) == verdict

    def test_the_enterprise_gave_it(self) -> None:
        assert acme(inherited=True).says(runners.group_inherited) == [
            "runner group acme/Default comes from the enterprise and may be shared with other organizations"
        ]
        assert acme(inherited=False).verdict(runners.group_inherited) == "1 passed"

    def test_who_runs_code_there(self) -> None:
        assert acme(visibility="all").says(runners.reach) == [
            "2 people can run code on runner group acme/Default through 1 repository"
        ]
        assert acme().says(runners.reach) == [
            "0 people can run code on runner group acme/Default through 0 repositories"
        ]

    def test_where_the_runners_were_refused_a_group_is_not_called_empty(self) -> None:
        def bare() -> Estate:
            return Estate().org("acme").runner_group("Default", visibility="all")

        assert bare().verdict(runners.reach) == "1 not applicable"
        assert bare().gap("acme", Facet.ORG_RUNNERS).verdict(runners.reach) == "1 unknown"


class TestRunners:
    def test_it_keeps_its_state(self) -> None:
        estate = acme().runner("runners:acme/Default", "kept", ephemeral=False)
        assert estate.says(runners.persistent) == ["runner acme/Default/kept keeps its state from one job to the next"]
        estate = acme().set("runner:acme/Default/box", ephemeral=True)
        assert estate.verdict(runners.persistent) == "1 passed"
        assert acme().verdict(runners.persistent) == "1 unknown"

    def test_it_is_offline(self) -> None:
        assert acme().set("runner:acme/Default/box", status="offline").says(runners.offline) == [
            "runner acme/Default/box is registered, and offline"
        ]
        assert acme().set("runner:acme/Default/box", status="online").verdict(runners.offline) == "1 passed"

    def test_it_belongs_to_a_public_repository(self) -> None:
        estate = Estate().org("acme").repo("acme/site", visibility="public").runner("acme/site")
        assert estate.says(runners.public_repository) == [
            "the public repository acme/site has 1 runner of its own (box)"
        ]
        assert acme().runner("acme/web").verdict(runners.public_repository) == "1 not applicable"
        assert (
            Estate().org("acme").repo("acme/site", visibility="public").verdict(runners.public_repository) == "1 passed"
        )

    def test_administrators_register_their_own(self) -> None:
        for enabled, verdict in (("all", "1 failed"), ("none", "1 passed")):
            estate = Estate().org("acme", actions_self_hosted={"enabled_repositories": enabled})
            assert estate.verdict(runners.repositories_register) == verdict
            if enabled == "all":
                assert estate.says(runners.repositories_register) == [
                    "administrators of every repository of acme can register runners of their own"
                ]

    def test_a_label_leads_to_two_kinds_of_machine(self) -> None:
        for visibility, says in (
            (
                "all",
                [
                    "the label gpu leads to machines open to different repositories: runner group acme/Default and runner group acme/Release"
                ],
            ),
            ("selected", []),
        ):
            estate = acme().set("runner:acme/Default/box", labels=["self-hosted", "gpu"])
            estate.runner_group("Release", visibility=visibility, allows_public_repositories=False)
            estate.runner("runners:acme/Release", "big", labels=["self-hosted", "gpu"])
            assert estate.says(runners.label_collision) == says
