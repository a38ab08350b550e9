"""Two organizations that acme bought and forgot: every fault that acme cannot have beside its own.

acme-attic has one owner where acme has too many, a verified domain whose addresses people do not have, rules that
contradict each other; acme-annex is on a small plan and lets every member write. Nobody's demo shows them: they are
for the tests, so that every check is seen to fire over real answers.
"""

from pipewarden.demo.estate import attic_files as files
from pipewarden.demo.estate.kinds import Estate, Organization, Person, Repository, Team
from pipewarden.demo.estate.rows import app, hook, key, secret
from pipewarden.demo.estate.settings import (
    careful,
    careful_actions,
    careful_graphql,
    careless,
    careless_actions,
    careless_graphql,
    environment,
    protection,
    reviews,
    ruleset,
)
from pipewarden.demo.estate.story import ACME_NOW, acme

EVERYWHERE = {
    "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []},
    "repository_name": {"include": ["~ALL"], "exclude": []},
}


def neglected() -> Estate:
    """Return acme-attic and acme-annex, with people of acme in them."""
    people = {person.login: person for person in acme().people.values()}
    strangers = (
        Person(201, "attic-admin", "Attic Admin"),
        Person(202, "wendy", "Wendy", emails=("wendy@acme.example",), saml="wendy@acme.example", scim_active=False),
        Person(203, "vince", "Vince"),
    )
    people |= {person.login: person for person in strangers}
    return Estate(
        now=ACME_NOW,
        enterprise={
            "id": 92,
            "slug": "acme-attic-corp",
            "name": "What Acme Bought",
            "owners": ["alice", "bob", "erin", "frank", "grace", "judy"],
            "owner_info": {**acme().enterprise["owner_info"], "twoFactorDisallowedMethodsSetting": "NO_POLICY"},
            "audit_log_streams": [],
        },
        people=people,
        organizations={"acme-attic": _attic(), "acme-annex": _annex()},
    )


def _attic() -> Organization:
    org = Organization(
        id=3,
        login="acme-attic",
        settings={**careful(), "members_can_delete_issues": True},
        graphql={**careful_graphql(), "ipAllowListForInstalledAppsEnabledSetting": "DISABLED"},
        actions=careful_actions(),
        saml_issuer="https://acme.okta.example/saml-attic",
        oidc_claims=("repo",),
    )
    org.actions["permissions"] = {
        "enabled_repositories": "selected",
        "allowed_actions": "selected",
        "sha_pinning_required": True,
        "repositories": ["press", "vault"],
    }
    org.actions["selected-actions"] = {
        "github_owned_allowed": True,
        "verified_allowed": False,
        "patterns_allowed": ["somebody/*"],
    }
    org.people = {"judy": "admin"}
    org.people |= dict.fromkeys(("bob", "erin", "frank", "acme-ci", "attic-admin", "wendy", "vince", "zoe"), "member")
    teams = [
        Team(
            31, "editors", "Editors", members={"bob": "member", "erin": "maintainer"}, repositories={"press": "write"}
        ),
        Team(32, "quorum", "Quorum", members={"erin": "member"}, repositories={"press": "read", "vault": "write"}),
        Team(33, "watch", "Watch", members={"judy": "member"}),
    ]
    org.teams = {team.slug: team for team in teams}
    org.roles = [
        {
            "id": 45,
            "name": "security_manager",
            "base_role": "read",
            "permissions": [],
            "source": "Predefined",
            "users": [],
            "teams": ["watch"],
        }
    ]
    org.apps = [app(54, 904, "repo-janitor", "selected", administration="write", metadata="read")]
    org.secrets = [
        secret("JANITOR_APP_PRIVATE_KEY", "2026-10-01T00:00:00Z", visibility="private"),
        secret("FORGOTTEN_TOKEN", "2026-10-01T00:00:00Z", visibility="selected", repositories=["vault"]),
    ]
    org.rulesets = [
        ruleset(
            94,
            "scan everything",
            {
                "type": "workflows",
                "parameters": {"workflows": [{"path": ".github/workflows/scan.yml", "repository_id": 1201}]},
            },
            conditions=EVERYWHERE,
            bypass_actors=[
                {"actor_id": 904, "actor_type": "Integration", "bypass_mode": "always"},
                {"actor_id": None, "actor_type": "DeployKey", "bypass_mode": "always"},
            ],
        )
    ]
    shared = {
        "default": False,
        "restricted_to_workflows": False,
        "selected_workflows": [],
        "workflow_restrictions_read_only": False,
    }
    org.runner_groups = [
        {
            "id": 5,
            "name": "lent",
            "visibility": "all",
            "inherited": True,
            "allows_public_repositories": False,
            "repositories": [],
            **shared,
        },
        {
            "id": 6,
            "name": "own",
            "visibility": "selected",
            "inherited": False,
            "allows_public_repositories": False,
            "repositories": ["vault"],
            **shared,
        },
    ]
    runner = {"os": "linux", "status": "online", "busy": False, "ephemeral": True, "labels": ["self-hosted", "gpu"]}
    org.runners = [
        {"id": 321, "name": "lent-1", "runner_group_id": 5, **runner},
        {"id": 322, "name": "own-1", "runner_group_id": 6, **runner},
    ]
    org.repositories = {each.name: each for each in (_press(), _vault(), _dusty())}
    return org


def _press() -> Repository:
    return Repository(
        1201,
        "press",
        collaborators={"bob": "admin"},
        auto_merge=True,
        protections=[protection("release/*", requiresApprovingReviews=True, requiredApprovingReviewCount=1)],
        codeowners=files.CODEOWNERS,
        branches=("release/1", "stable"),
        hooks=[hook(421, "https://listener.elsewhere.example/press", secret=True, code=502)],
        workflows={f".github/workflows/{name}": text for name, text in files.PRESS.items()},
        variables=[{"name": "TARGET_HOST", "value": "press.acme.example"}],
        keys=[
            {
                **key(
                    3011, "printer", "vince", write=True, created="2026-08-01T10:00:00Z", used="2026-11-20T10:00:00Z"
                ),
                "verified": False,
            }
        ],
        environments=[
            environment(2011, "production", secrets=[("PRESS_TOKEN", "2026-10-01T00:00:00Z")]),
            environment(
                2012,
                "prod-eu",
                deployment_branch_policy={"protected_branches": False, "custom_branch_policies": True},
                branch_policies=[{"name": "hotfix/*", "type": "branch"}, {"name": "v*", "type": "tag"}],
                reviewers=[("Team", "quorum")],
                secrets=[("EU_TOKEN", "2026-10-01T00:00:00Z")],
                variables=[{"name": "REGION", "value": "eu"}],
            ),
        ],
    )


def _vault() -> Repository:
    return Repository(
        1202,
        "vault",
        actions={"workflow": {"default_workflow_permissions": "write"}},
        protections=[protection(requiresApprovingReviews=True, requiredApprovingReviewCount=1)],
        rulesets=[ruleset(95, "two look at it", reviews(2), {"type": "non_fast_forward"})],
        environments=[
            environment(
                2013,
                "production",
                reviewers=[("User", "acme-ci")],
                deployment_branch_policy={"protected_branches": False, "custom_branch_policies": True},
                branch_policies=[{"name": "stable", "type": "branch"}],
                custom_rules=[
                    {
                        "id": 3,
                        "node_id": "DPR_3",
                        "enabled": True,
                        "app": {
                            "id": 905,
                            "slug": "approve-o-matic",
                            "integration_url": "https://api.github.com/apps/approve-o-matic",
                            "node_id": "A_905",
                        },
                    }
                ],
                secrets=[("VAULT_TOKEN", "2026-10-01T00:00:00Z")],
            )
        ],
        workflows={f".github/workflows/{name}": text for name, text in files.VAULT.items()},
    )


def _dusty() -> Repository:
    return Repository(
        1203,
        "dusty",
        pushed="2024-02-01T10:00:00Z",
        secrets=[secret("OLD_TOKEN", "2023-05-01T00:00:00Z")],
        workflows={f".github/workflows/{name}": text for name, text in files.DUSTY.items()},
    )


def _annex() -> Organization:
    org = Organization(
        id=4,
        login="acme-annex",
        settings={**careless(), "default_repository_permission": "write", "two_factor_requirement_enabled": True},
        graphql=careless_graphql(),
        actions=careless_actions(),
        plan="team",
    )
    org.people = {"alice": "admin", "grace": "admin", "bob": "member", "erin": "member"}
    org.repositories = {
        "shop": Repository(
            1301,
            "shop",
            environments=[environment(2021, "production", secrets=[("SHOP_TOKEN", "2026-10-01T00:00:00Z")])],
            workflows={f".github/workflows/{name}": text for name, text in files.SHOP.items()},
        ),
        # a near miss: the same environment in public, where every plan has reviewers
        "window": Repository(1302, "window", "public", environments=[environment(2022, "production")]),
    }
    return org
