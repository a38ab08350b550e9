"""The organization acme-labs, which keeps everything well."""

from pipewarden.demo.estate import pipelines
from pipewarden.demo.estate.kinds import Organization, Repository, Team
from pipewarden.demo.estate.settings import careful, careful_actions, careful_graphql, environment, reviews, ruleset


def labs() -> Organization:
    """Return acme-labs, with its one repository."""
    org = Organization(
        id=2,
        login="acme-labs",
        settings=careful(),
        graphql=careful_graphql(),
        actions=careful_actions(),
        saml_issuer="https://acme.okta.example/saml-labs",
        immutable_releases="all",
    )
    org.people = {"alice": "admin", "grace": "admin", "bob": "member", "judy": "member", "karl": "member"}
    org.teams = {
        "builders": Team(
            21,
            "builders",
            "Builders",
            members={"bob": "member", "judy": "maintainer", "karl": "member"},
            repositories={"rocket": "write"},
        ),
        "keepers": Team(
            22,
            "keepers",
            "Keepers",
            members={"grace": "maintainer", "alice": "member"},
            repositories={"rocket": "admin"},
        ),
    }
    guard = ruleset(
        91,
        "everything is guarded",
        reviews(2),
        {"type": "non_fast_forward"},
        {"type": "deletion"},
        {"type": "required_signatures"},
        {"type": "required_linear_history"},
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": "test", "integration_id": 15368}],
            },
        },
        conditions={
            "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
            "repository_name": {"include": ["~ALL"], "exclude": []},
        },
    )
    workflows = ruleset(
        92,
        "pipelines are theirs alone",
        {"type": "file_path_restriction", "parameters": {"restricted_file_paths": [".github/workflows/**"]}},
        target="push",
        conditions={"repository_name": {"include": ["~ALL"], "exclude": []}},
    )
    tags = ruleset(
        93,
        "tags are made by releases",
        {"type": "creation"},
        {"type": "update"},
        {"type": "deletion"},
        target="tag",
        conditions={
            "ref_name": {"include": ["~ALL"], "exclude": []},
            "repository_name": {"include": ["~ALL"], "exclude": []},
        },
    )
    org.rulesets = [guard, workflows, tags]
    org.repositories = {
        "rocket": Repository(
            1101,
            "rocket",
            workflows={".github/workflows/deploy.yml": pipelines.CAREFUL},
            codeowners=pipelines.CAREFUL_CODEOWNERS,
            environments=[
                environment(
                    2101,
                    "production",
                    reviewers=[("Team", "keepers"), ("Team", "builders")],
                    prevent_self_review=True,
                    can_admins_bypass=False,
                    deployment_branch_policy={"protected_branches": False, "custom_branch_policies": True},
                    branch_policies=[{"name": "main", "type": "branch"}],
                    secrets=[("DEPLOY_TOKEN", "2026-10-20T00:00:00Z")],
                )
            ],
            security=dict.fromkeys(("secret_scanning", "secret_scanning_push_protection"), "enabled"),
        )
    }
    org.runner_groups = [
        {
            "id": 3,
            "name": "Default",
            "visibility": "selected",
            "default": True,
            "inherited": False,
            "allows_public_repositories": False,
            "restricted_to_workflows": True,
            "selected_workflows": ["acme-labs/rocket/.github/workflows/deploy.yml@refs/heads/main"],
            "workflow_restrictions_read_only": False,
            "repositories": ["rocket"],
        },
    ]
    return org
