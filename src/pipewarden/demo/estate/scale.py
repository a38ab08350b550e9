"""An estate of any size by a seed: skewed as real ones are, with a few teams and repositories that everyone is in."""

import random
from datetime import UTC, datetime

from pipewarden.demo.estate import further_files, pipelines
from pipewarden.demo.estate.kinds import Estate, Organization, Person, Repository, Team
from pipewarden.demo.estate.settings import (
    careless,
    careless_actions,
    careless_graphql,
    environment,
    protection,
)

ROLES = ("read", "triage", "write", "maintain", "admin")
WEIGHTS = (45, 10, 30, 8, 7)


def generated(
    people: int, teams: int, repositories: int, seed: int = 7, *, login: str = "big", depth: int = 4
) -> Estate:
    """Return an estate with one organization of this size. The same seed gives the same estate."""
    draw = random.Random(seed)
    logins = [f"u{number:06d}" for number in range(people)]
    everybody = {
        name: Person(10_000 + n, name, mfa="disabled" if draw.random() < 0.03 else "enabled")
        for n, name in enumerate(logins)
    }
    org = Organization(id=7, login=login, settings=careless(), graphql=careless_graphql(), actions=careless_actions())
    org.people = {name: "admin" if n < max(2, people // 2500) else "member" for n, name in enumerate(logins)}
    names = [f"r{number:06d}" for number in range(repositories)]
    org.repositories = {name: _repository(draw, 1_000_000 + n, name, logins) for n, name in enumerate(names)}
    layers: list[list[str]] = [[] for _ in range(depth)]
    for number in range(teams):
        slug = f"t{number:05d}"
        layer = number * depth // max(teams, 1)
        parent = _skewed(draw, layers[layer - 1]) if layer and layers[layer - 1] else ""
        layers[layer].append(slug)
        team = Team(500_000 + number, slug, slug, parent=parent)
        team.members = {_pick(draw, logins): "member" for _ in range(draw.randrange(1, 12))}
        count = min(repositories, int(draw.paretovariate(1.1) * 3))
        team.repositories = {_skewed(draw, names): draw.choices(ROLES, WEIGHTS)[0] for _ in range(min(count, 400))}
        org.teams[slug] = team
    return Estate(
        now=datetime(2026, 11, 23, 9, tzinfo=UTC),
        enterprise={
            "id": 91,
            "slug": "big-corp",
            "name": "Big",
            "owners": [],
            "owner_info": None,
            "audit_log_streams": [],
        },
        people=everybody,
        organizations={login: org},
    )


def _pick(draw: random.Random, things: list[str]) -> str:
    return things[draw.randrange(len(things))]


def _skewed(draw: random.Random, things: list[str]) -> str:
    return things[int(draw.random() ** 2.2 * len(things))]


def _repository(draw: random.Random, number: int, name: str, logins: list[str]) -> Repository:
    repository = Repository(number, name, draw.choices(("private", "internal", "public"), (80, 15, 5))[0])
    repository.collaborators = {
        _pick(draw, logins): draw.choices(ROLES, WEIGHTS)[0] for _ in range(draw.choices((0, 1, 3), (50, 35, 15))[0])
    }
    if draw.random() < 0.3:
        repository.workflows = {".github/workflows/deploy.yml": pipelines.DEPLOY_WEB}
        if number % 4 == 0:  # no draw: what is drawn after it stays what it was
            repository.workflows[".github/workflows/build.yml"] = further_files.BUILD
            repository.files = {
                ".github/actions/database/action.yml": further_files.DATABASE,
                ".github/dependabot.yml": further_files.DEPENDABOT,
            }
        if draw.random() < 0.3:
            reviewer = _pick(draw, logins)
            repository.environments = [environment(number, "production", reviewers=[("User", reviewer)])]
    if draw.random() < 0.4:
        repository.protections = [protection(requiresApprovingReviews=True, requiredApprovingReviewCount=1)]
    return repository
