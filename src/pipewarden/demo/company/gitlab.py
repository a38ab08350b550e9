"""The company's GitLab: groups as teams have them, projects with what guards them, and accounts that outlived their people."""

from pipewarden.demo.company.people import DOMAIN, NAME, Company, mail
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable

HOST = f"gitlab.{DOMAIN}"
LEVELS, WEIGHTS = (20, 30, 40, 50), (15, 60, 20, 5)

PIPELINE = """\
build:
  stage: build
  image: alpine:3.22
  script:
    - make build
ship:
  stage: deploy
  image: alpine:3.22
  environment: production
  script:
    - ./deploy.sh --token "$DEPLOY_TOKEN"
"""


def gitlab(company: Company) -> GitLabEstate:
    """Return the whole instance."""
    made = GitLabEstate(now=company.now, host=HOST)
    _people(made, company)
    paths = _groups(made, company)
    _projects(made, company, paths)
    made.answers["/application/settings"] = {
        "require_two_factor_authentication": False,
        "signup_enabled": False,
        "password_authentication_enabled_for_web": True,
        "default_project_visibility": "private",
    }
    return made


def _people(made: GitLabEstate, company: Company) -> None:
    """Give everybody an account; of those who left each third one was forgotten here, and signs in with a password."""
    draw = company.draw("gitlab people")
    for number, login in enumerate(company.logins, 1):
        gone = login in company.left
        forgotten = gone and number % 3 == 0
        linked = [] if forgotten else [{"provider": "group_saml", "extern_uid": mail(login), "saml_provider_id": 1}]
        made.person(
            number, login, email=mail(login), identities=linked, is_admin=number <= max(1, company.sizes.people // 5000),
            two_factor_enabled=draw.random() < 0.8, state="blocked" if gone and not forgotten else "active",
            external=login in company.contractors,
        )  # fmt: skip
        if draw.random() < 0.1:
            made.put(
                "/personal_access_tokens",
                {"id": 500_000 + number, "name": "laptop", "revoked": False, "active": True, "scopes": ["api"],
                 "created_at": "2025-01-10T08:00:00Z", "user_id": number, "last_used_at": "2026-11-20T02:00:00Z",
                 "expires_at": "2027-01-10" if draw.random() < 0.7 else None},
            )  # fmt: skip
    made.answers.setdefault("/personal_access_tokens", [])
    made.answers["/runners/all"] = []


def _groups(made: GitLabEstate, company: Company) -> list[str]:
    """Make one group for all, one for each of some teams, and subgroups in a third of them; teams are members."""
    made.group(1, NAME)
    for login in company.here[:2]:
        made.member(f"groups/{NAME}", login, 50)
    draw = company.draw("gitlab groups")
    paths: list[str] = []
    teams = company.teams()
    for number, slug in enumerate(list(teams)[: company.sizes.groups - 1], 2):
        outer = draw.choice(paths) if paths and number % 3 == 0 else ""
        path = f"{outer or NAME}/{slug}" if outer.count("/") < 4 else f"{NAME}/{slug}"
        made.group(number, path)
        paths.append(path)
        for login in teams[slug]:
            made.member(f"groups/{path}", login, draw.choices(LEVELS, WEIGHTS)[0])
        made.put(f"/groups/{number}/saml_group_links", {"name": slug, "access_level": 30, "member_role_id": None})
        made.put(f"/groups/{number}/variables", variable("REGISTRY_TOKEN", protected=draw.random() < 0.5))
    for path in paths:
        if draw.random() < 0.1:
            made.share(f"groups/{path}", draw.choice(paths), 30)
    return paths or [NAME]


def _projects(made: GitLabEstate, company: Company, paths: list[str]) -> None:
    draw = company.draw("gitlab projects")
    staying = [login for n, login in enumerate(company.logins, 1) if login not in company.left or n % 3 == 0]
    for number in range(1, company.sizes.projects + 1):
        path = f"{draw.choice(paths)}/p{number:05d}"
        made.project(number, path, visibility=draw.choices(("private", "internal", "public"), (85, 12, 3))[0])
        for login in draw.sample(staying, min(len(staying), draw.choice((0, 1, 4)))):
            made.member(f"projects/{path}", login, draw.choices(LEVELS[:3], WEIGHTS[:3])[0])
        if draw.random() < 0.7:
            rule = branch_rule(number, "main", [{"access_level": draw.choice((0, 30, 40))}], [{"access_level": 40}])
            made.project_put(path, "protected_branches", rule)
        made.project_put(
            path, "variables", variable("DEPLOY_TOKEN", protected=draw.random() < 0.6, masked=draw.random() < 0.8)
        )
        if draw.random() < 0.1:
            made.share(f"projects/{path}", draw.choice(paths).removesuffix("/"), 30)
        if draw.random() < 0.2:
            made.project_put(
                path, "deploy_keys",
                {"id": 900_000 + number, "title": f"{draw.choice(company.logins)}-laptop", "key": "", "fingerprint": "",
                 "fingerprint_sha256": f"SHA256:demo{number}", "created_at": "2024-05-01T09:00:00Z", "expires_at": None,
                 "can_push": draw.random() < 0.5},
            )  # fmt: skip
        if draw.random() < 0.5:
            made.file(path, ".gitlab-ci.yml", PIPELINE)
