"""The engine against the oracle on random small GitLab estates, for every capability."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from pipewarden.access.engine import Engine
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule, variable
from pipewarden.model.access import Capability
from pipewarden.model.ids import Kind, Ref
from tests.access.gitlab.oracle import Oracle, best
from tests.access.gitlab.small import PIPELINE, bot, personal, small
from tests.connectors.gitlab.collecting import collected

LEVELS = (5, 10, 15, 20, 30, 30, 40, 50)
ENDS = (None, None, None, "2026-11-01", "2027-06-01")
PATTERNS = ("main", "ma*", "rel", "rel*", "*")
SCOPES = ("api", "read_api", "read_repository", "write_repository", "read_registry")
PROJECTS = {101: "acme/web", 102: "acme/platform/api", 103: "acme/platform/deploy"}
GROUPS = {10: "acme", 11: "acme/platform", 20: "outer", 21: "outer/guests", 22: "outer/guests/inner"}

ON_PROJECT = [
    c for c in Capability if c not in {Capability.DEPLOY, Capability.APPROVE_DEPLOYMENT, Capability.ASSUME_ROLE}
]
ON_GROUP = (Capability.READ, Capability.ADMINISTER, Capability.MANAGE_ACCESS, Capability.MANAGE_SECRET)
ON_SECRET = (Capability.READ_SECRET, Capability.USE_SECRET, Capability.MANAGE_SECRET)


def lines(rng: random.Random) -> list[dict[str, Any]]:
    choices = [{"access_level": n} for n in (0, 30, 40, 60)]
    choices += [
        {"access_level": 40, "user_id": rng.randint(1, 6)},
        {"access_level": 40, "group_id": rng.choice((10, 11, 21)), "group_inheritance_type": rng.choice((0, 1))},
    ]
    choices.append({"access_level": 40, "deploy_key_id": 61})
    return rng.sample(choices, rng.choice((1, 1, 2)))


def drawn(seed: int) -> GitLabEstate:
    """Return an estate with every kind of thing the rules speak of."""
    rng = random.Random(seed)
    made = small()
    made.project(102, PROJECTS[102])
    made.project(103, PROJECTS[103])
    roles = [made.member_role(7, "keeper", 20, "admin_cicd_variables"), made.member_role(8, "reader", 10, "read_code")]
    for name in ("alice", "erin", "mallory"):
        made.people[name].update(is_admin=rng.random() < 0.15, external=rng.random() < 0.3)
        made.people[name]["state"] = "active"
    for group in GROUPS.values():
        row = made.answers[f"/groups/{made.paths[f'groups/{group}']}"]
        row["share_with_group_lock"] = rng.random() < 0.15
    places = [f"groups/{path}" for path in GROUPS.values()] + [f"projects/{path}" for path in PROJECTS.values()]
    taken = set()
    for _ in range(rng.randint(3, 12)):
        where, name = rng.choice(places), rng.choice(list(made.people))
        if (where, name) in taken or name.endswith(tuple("0123456789")):
            continue
        taken.add((where, name))
        role = rng.choice([None, None, *roles])
        level = role["base_access_level"] if role else rng.choice(LEVELS)
        made.member(where, name, level, expires_at=rng.choice(ENDS), **({"member_role": role} if role else {}))
    made.share("projects/acme/web", "outer/guests", 10)  # a group that rules name has to be invited somewhere
    invited = {("projects/acme/web", "outer/guests")}
    for _ in range(rng.randint(0, 4)):
        host = rng.choice(["groups/acme", "groups/acme/platform", "groups/outer/guests", *places[5:]])
        guest = rng.choice([path for path in GROUPS.values() if f"groups/{path}" != host])
        if not host.startswith(f"groups/{guest}") and (host, guest) not in invited:  # a group is invited once
            invited.add((host, guest))
            carried = rng.choice([None, *roles]) if host.startswith("groups/") else None
            level = carried["base_access_level"] if carried else rng.choice(LEVELS)
            custom = {"member_role_id": carried["id"]} if carried else {}
            made.share(host, guest, level, expires_at=rng.choice(ENDS), **custom)
    for number, path in PROJECTS.items():
        project(rng, made, number, path)
    made.put("/groups/10/variables", variable("SHARED", protected=rng.random() < 0.6, hidden=rng.random() < 0.5))
    if rng.random() < 0.3:
        made.put("/groups/11/protected_environments", environment_rule(rng))
    if rng.random() < 0.5:
        bot(
            made,
            rng.choice([place for place in places if "outer" not in place]),
            900,
            rng.choice((20, 30, 40)),
            rng.choice(SCOPES),
        )
    for number in (701, 702):
        ends = rng.choice(("2027-01-01", "2026-11-01"))
        personal(made, rng.choice(("alice", "bob", "carol")), number, rng.choice(SCOPES), expires_at=ends)
    return made


def environment_rule(rng: random.Random) -> dict[str, Any]:
    allowed = [line for line in lines(rng) if "deploy_key_id" not in line] or [{"access_level": 40}]
    count = rng.choice((0, 0, 1))
    return {
        "name": "production",
        "deploy_access_levels": allowed,
        "required_approval_count": count,
        "approval_rules": [],
    }


def project(rng: random.Random, made: GitLabEstate, number: int, path: str) -> None:
    row = made.answers[f"/projects/{number}"]
    row["visibility"] = rng.choice(("private", "private", "internal"))
    row["repository_access_level"] = rng.choice(("enabled", "enabled", "private"))
    row["archived"] = rng.random() < 0.1
    row["ci_push_repository_for_job_token_allowed"] = rng.random() < 0.4
    made.file(path, ".gitlab-ci.yml", PIPELINE)
    for at, name in enumerate(rng.sample(PATTERNS, rng.randint(0, 3))):
        owners = rng.random() < 0.2
        made.project_put(path, "protected_branches", branch_rule(
            number * 10 + at, name, lines(rng), [each for each in lines(rng) if "deploy_key_id" not in each],
            code_owner_approval_required=owners))  # fmt: skip
    if rng.random() < 0.4:
        made.project_put(
            path, "protected_tags", {"name": "v*", "create_access_levels": [{"access_level": rng.choice((30, 40))}]}
        )
    approval = {"id": 1, "name": "All", "rule_type": "any_approver", "approvals_required": rng.choice((0, 0, 1))}
    made.project_put(path, "approval_rules", approval)
    for at in range(rng.choice((0, 1, 2, 4))):
        name = rng.choice(("alice", "bob", "carol", "dave", "erin", "mallory"))
        owner = {"id": made.people[name]["id"], "username": name, "state": rng.choice(("active",) * 5 + ("blocked",))}
        ref = rng.choice(("refs/heads/main", "refs/heads/rel", "refs/heads/develop", "refs/tags/v1", "refs/tags/x"))
        schedule = {
            "id": number * 10 + at,
            "ref": ref,
            "cron": "0 2 * * *",
            "active": rng.random() < 0.8,
            "owner": owner,
        }
        made.project_put(path, "pipeline_schedules", schedule)
    made.project_put(path, "environments", {"id": 1, "name": "production", "tier": "production", "state": "available"})
    if rng.random() < 0.4:
        made.project_put(path, "protected_environments", environment_rule(rng))
    made.project_put(path, "variables", variable("KEY", protected=rng.random() < 0.5, hidden=rng.random() < 0.5))
    for name in rng.sample(("TOKEN", "PASSWORD"), rng.randint(0, 2)):
        flags = {"protected": rng.random() < 0.5, "hidden": rng.random() < 0.7}
        made.project_put(path, "variables", variable(name, environment_scope="production", **flags))
    if rng.random() < 0.5:
        made.project_put(
            path, "deploy_keys", {"id": 61, "title": "key", "can_push": rng.random() < 0.7, "expires_at": None}
        )
    if rng.random() < 0.4:
        scopes = rng.choice((["read_repository"], ["read_repository", "write_repository"]))
        made.project_put(
            path, "deploy_tokens", {"id": 70 + number, "name": "t", "scopes": scopes, "expires_at": rng.choice(ENDS)}
        )
    made.answers[f"/projects/{number}/job_token_scope"]["inbound_enabled"] = rng.random() < 0.8
    if rng.random() < 0.4:
        other = rng.choice([each for each in PROJECTS if each != number])
        made.project_put(path, "job_token_scope/allowlist", {"id": other, "path_with_namespace": PROJECTS[other]})
    if rng.random() < 0.2:
        made.project_put(path, "job_token_scope/groups_allowlist", {"id": rng.choice((10, 11)), "name": "g"})


class Compared:
    """One estate, asked both ways."""

    def __init__(self, seed: int) -> None:
        self.estate = drawn(seed)
        self.snapshot, _ = collected(self.estate)
        self.engine = Engine(self.snapshot)
        self.oracle = Oracle(self.estate)
        self.instance = self.estate.host

    def ref(self, kind: Kind, key: object) -> Ref:
        return Ref(self.instance, kind, str(key))

    def engines(self, capability: Capability, what: Ref) -> dict[Ref, str]:
        holders = self.engine.who_can(capability, what)
        found = {self.snapshot.ref(each): "unknown" for each in holders.unknown}
        found |= {self.snapshot.ref(each): "together" for each in holders.sure}
        found |= {self.snapshot.ref(each): "alone" for each in holders.alone}
        for ref in found:
            assert holders.of(self.snapshot.ordinal(ref)) is not None, f"no way is told for {ref}"
        return found

    def check(self, capability: Capability, what: Ref, asked: Any, job: Any = None) -> None:
        """Hold the engine's answer against the oracle's `asked(who, verb, scoped)`, for every principal there is."""
        wanted: dict[Ref, str] = {}
        verb = capability.value
        for user in self.oracle.users:
            scopes = self.oracle.bot_scopes(user)
            kind, key = (Kind.ACCOUNT, user) if scopes is None else (Kind.ACCESS_TOKEN, f"bot:{user}")
            wanted[self.ref(kind, key)] = asked(("user", user), verb, scopes)
        for row in self.estate.answers.get("/personal_access_tokens", ()):
            scopes = set() if self.oracle.ended(row) else set(row["scopes"])
            wanted[self.ref(Kind.ACCESS_TOKEN, f"personal:{row['id']}")] = asked(("user", row["user_id"]), verb, scopes)
        wanted[self.ref(Kind.DEPLOY_KEY, 61)] = asked(("key", 61), verb, None)
        for number in PROJECTS:
            wanted[self.ref(Kind.DEPLOY_TOKEN, 70 + number)] = asked(("deploy_token", 70 + number), verb, None)
            at = self.ref(Kind.JOB, f"{number}:.gitlab-ci.yml:build")
            wanted[at] = job(number, verb) if job else "no"
        expected = {ref: word for ref, word in wanted.items() if word != "no"}
        assert self.engines(capability, what) == expected, f"{verb} on {what}"


@pytest.mark.parametrize("seed", range(24))
def test_the_engine_agrees_with_the_oracle(seed: int) -> None:
    both = Compared(seed)
    oracle = both.oracle

    def within(scopes: set[str] | None, verb: str, word: str, **how: bool) -> str:
        return word if scopes is None or scopes & oracle.scopes_of(verb, **how) else "no"

    for number in PROJECTS:
        for capability in ON_PROJECT:

            def asked(who: Any, verb: str, scopes: Any, number: int = number) -> str:
                lent = by_git(oracle, who, scopes, lambda: oracle.lent_on_project(who, number, verb))
                return best(by_git_or_merge(oracle, who, verb, scopes, number), lent)

            def job(source: int, verb: str, number: int = number) -> str:
                return oracle.job(source, number, verb)

            both.check(capability, both.ref(Kind.REPOSITORY, number), asked, job)
        place = both.ref(Kind.ENVIRONMENT, f"{number}:production")
        both.check(Capability.DEPLOY, place, lambda who, verb, scopes, n=number: deployed(oracle, who, verb, scopes, n))
        for capability in (Capability.READ_SECRET, Capability.USE_SECRET):
            both.check(capability, place, lambda who, verb, scopes, n=number: in_place(oracle, who, verb, scopes, n))
    for number in (10, 11):
        for capability in ON_GROUP:
            both.check(capability, both.ref(Kind.ORGANIZATION, number),
                       lambda who, verb, scopes, n=number: within(scopes, verb, oracle.on_group(who, n, verb)))  # fmt: skip
    for kind, scope, numbers in (("projects", Kind.REPOSITORY, PROJECTS), ("groups", Kind.ORGANIZATION, (10,))):
        for number in numbers:
            for row in both.estate.answers[f"/{kind}/{number}/variables"]:
                ref = both.ref(Kind.SECRET, f"{scope}:{number}:{row['key']}:{row['environment_scope']}")
                for capability in ON_SECRET:
                    both.check(
                        capability,
                        ref,
                        lambda who, verb, scopes, p=(kind, number), r=row: secret(oracle, who, verb, scopes, p, r),
                    )


def by_git_or_merge(oracle: Oracle, who: Any, verb: str, scopes: Any, project: int) -> str:
    """A way by pushing takes write_repository; one by merging takes api."""
    whole = oracle.on_project(who, project, verb)
    if scopes is None or scopes & {"api"}:
        return whole
    if verb in {"edit_pipeline", "read_secret", "use_secret"} and scopes & oracle.scopes_of(verb):
        return jobs_by_git(oracle, who, project, protected=False)
    return whole if scopes & oracle.scopes_of(verb) else "no"


def without_merging(oracle: Oracle, who: Any, ask: Callable[[], str]) -> str:
    """Ask for a token that speaks git alone: it merges nothing."""
    kept = oracle.merging
    oracle.merging = lambda each, *more: "no" if each == who else kept(each, *more)  # type: ignore[method-assign]
    try:
        return ask()
    finally:
        oracle.merging = kept  # type: ignore[method-assign]


def jobs_by_git(oracle: Oracle, who: Any, project: int, *, protected: bool, environment: str = "*") -> str:
    return without_merging(oracle, who, lambda: oracle.jobs(who, project, protected=protected, environment=environment))


def deployed(oracle: Oracle, who: Any, verb: str, scopes: Any, project: int) -> str:
    return by_git(
        oracle, who, scopes, lambda: best(oracle.deploys(who, project), oracle.lent_in_environment(who, project, verb))
    )


def in_place(oracle: Oracle, who: Any, verb: str, scopes: Any, project: int) -> str:
    protected = oracle.kept_for_protected(project)

    def ask() -> str:
        own = oracle.of_environment(who, project, verb)
        lent = oracle.lent_in_environment(who, project, verb, protected=protected)
        return best(own, lent)

    return by_git(oracle, who, scopes, ask)


def by_git(oracle: Oracle, who: Any, scopes: Any, ask: Callable[[], str]) -> str:
    if scopes is None or scopes & {"api"}:
        return ask()
    return without_merging(oracle, who, ask) if scopes & {"write_repository"} else "no"


def secret(oracle: Oracle, who: Any, verb: str, scopes: Any, place: Any, row: Any) -> str:
    lent = "no"
    if row["environment_scope"] == "production" and verb != "manage_secret":
        how = {"protected": row["protected"]}
        lent = by_git(oracle, who, scopes, lambda: oracle.lent_in_environment(who, place[1], verb, **how))
    return best(lent, by_own(oracle, who, verb, scopes, place, row))


def by_own(oracle: Oracle, who: Any, verb: str, scopes: Any, place: Any, row: Any) -> str:
    if scopes is None or scopes & {"api"}:
        return oracle.on_secret(who, place, row, verb)
    if verb == "read_secret" and scopes & {"read_api"}:
        return oracle.revealed(who, place, row)
    if verb == "manage_secret" or not scopes & oracle.scopes_of(verb):
        return "no"
    inside = [place[1]] if place[0] == "projects" else oracle.below(place[1])
    how = {"protected": row["protected"], "environment": row["environment_scope"]}
    words = [jobs_by_git(oracle, who, each, **how) for each in inside]
    return max(words, key=["no", "unknown", "together", "alone"].index)
