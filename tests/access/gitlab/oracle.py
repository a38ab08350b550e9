"""A slow and obvious evaluator of GitLab's rules, written from the rules over the raw answers of the API.

It knows neither the connector nor the engine: it walks the JSON for one principal at a time. Answers are words: `alone`,
`together` (somebody else must approve), `unknown`, `no`, the better first. Where it and the engine differ, one of them
misreads the documentation.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pipewarden.demo.gitlab.kinds import GitLabEstate

Json = dict[str, Any]
WORDS = ["no", "unknown", "together", "alone"]
ABILITY = {"read": {"read_code"}, "manage_secret": {"admin_cicd_variables"}, "manage_runner": {"admin_runners"},
           "manage_access": {"admin_group_member", "manage_deploy_tokens", "manage_project_access_tokens"},
           "bypass_protection": {"admin_protected_branch"}, "read_settings": {"admin_cicd_variables"}}  # fmt: skip
LEAST = {"read": 20, "push": 30, "run_pipeline": 30, "manage_secret": 40, "read_settings": 40, "manage_runner": 40,
         "manage_access": 40, "administer": 50}  # fmt: skip
BY_GIT = {"push", "edit_pipeline", "run_pipeline", "use_secret", "read_secret", "deploy"}


def best(*words: str) -> str:
    return max(words, key=WORDS.index, default="no")


class Oracle:
    """Answers for one estate: principals are `("user", id)`, `("pat", id)`, `("deploy_token", id)`, `("key", id)`, `("job", project)`."""

    def __init__(self, estate: GitLabEstate) -> None:
        self.answers = estate.answers
        self.now = estate.now
        self.users = {row["id"]: row for row in self.answers["/users"]}
        self.groups = {row["id"]: row for row in self.answers["/groups"]}
        self.projects = {row["id"]: row for row in self.answers["/projects"]}

    # --- who is in what -------------------------------------------------------------------------------

    def ended(self, row: Json) -> bool:
        text = row.get("expires_at")
        return bool(text) and datetime.fromisoformat(str(text)).replace(tzinfo=UTC) <= self.now

    def direct(self, kind: str, number: int, user: int) -> list[tuple[int, Json | None]]:
        """Roles by direct membership: the level, and the custom role with it."""
        rows = [r for r in self.answers[f"/{kind}/{number}/members"] if r["id"] == user and not self.ended(r)]
        return [(row["access_level"], row.get("member_role")) for row in rows]

    def line(self, group: int) -> list[int]:
        """A group and all it is inside of."""
        found = [group]
        while parent := self.groups[found[-1]]["parent_id"]:
            found.append(parent)
        return found

    def shared(self, row: Json) -> list[tuple[int, int, Json | None]]:
        """The groups that are invited, each with the level and the custom role that it is invited with."""
        roles = {r["id"]: r for r in self.answers["/member_roles"]}
        rows = [s for s in row["shared_with_groups"] if not self.ended(s)]
        return [(s["group_id"], s["group_access_level"], roles.get(s.get("member_role_id"))) for s in rows]

    def lower(self, own: tuple[int, Json | None], most: int, role: Json | None) -> tuple[int, Json | None]:
        """What a guest gets by an invitation into a group: the lower of both; their own of two custom ones alike."""
        level, custom = own
        if level < most:
            return own
        if level > most:
            return most, role
        return level, custom if role else None

    def in_group(self, group: int, user: int) -> list[tuple[int, Json | None]]:
        """Roles on a group and so on all that is in it: direct, inherited, and by invitation of a group into any of these."""
        found: list[tuple[int, Json | None]] = []
        for each in self.line(group):
            found += self.direct("groups", each, user)
            for guest, most, role in self.shared(self.groups[each]):
                found += [self.lower(own, most, role) for own in self.direct("groups", guest, user)]
        return found

    def in_project(self, project: int, user: int) -> list[tuple[int, Json | None]]:
        row = self.projects[project]
        namespace = row["namespace"]["id"]
        found = self.direct("projects", project, user) + self.in_group(namespace, user)
        if not self.groups[namespace]["share_with_group_lock"]:
            for guest, most, _ in self.shared(row):
                found += [(min(level, most), None) for level, _ in self.in_group(guest, user)]
        return found

    def level(self, project: int, user: int) -> int:
        return max((level for level, _ in self.in_project(project, user)), default=0)

    def admin(self, user: int) -> bool:
        return self.users[user]["is_admin"] is True and self.users[user]["state"] == "active"

    def by_role(self, roles: list[tuple[int, Json | None]], verb: str) -> bool:
        """Whether roles give something: the highest level, or an ability of a custom role whose base is the highest."""
        highest = max((level for level, _ in roles), default=0)
        if highest >= LEAST.get(verb, 99):
            return True
        return any(
            custom and custom["base_access_level"] >= highest and any(custom[a] for a in ABILITY.get(verb, ()))
            for _, custom in roles
        )

    def holds(self, who: tuple[str, int], project: int, verb: str) -> bool:
        """Whether somebody has something on a project by role or kind of key, before any protection rule."""
        kind, number = who
        row = self.projects[project]
        if kind == "user":
            return self.admin(number) or self.by_role(self.in_project(project, number), verb)
        if kind == "key":
            keys = [k for k in self.answers[f"/projects/{project}/deploy_keys"] if k["id"] == number]
            return any(verb == "read" or (verb == "push" and key["can_push"]) for key in keys)
        if kind == "deploy_token":
            places = [f"/groups/{g}/deploy_tokens" for g in self.line(row["namespace"]["id"])]
            for place in [f"/projects/{project}/deploy_tokens", *places]:
                for token in self.answers[place]:
                    if token["id"] == number and not self.ended(token):
                        return (
                            f"{ {'read': 'read_repository', 'push': 'write_repository'}.get(verb) }" in token["scopes"]
                        )
        return False

    # --- rules ----------------------------------------------------------------------------------------

    def covers(self, pattern: str, name: str) -> bool:
        if not pattern:
            return not name
        if pattern[0] == "*":
            return any(self.covers(pattern[1:], name[at:]) for at in range(len(name) + 1))
        return bool(name) and pattern[0] == name[0] and self.covers(pattern[1:], name[1:])

    def rules(self, project: int) -> list[Json]:
        rows: list[Json] = self.answers[f"/projects/{project}/protected_branches"]
        return rows

    def let_in(self, who: tuple[str, int], project: int, lines: list[Json], least: int = 30) -> str:
        """Whether any line of a rule lets somebody in."""
        kind, number = who
        found = ["no"]
        for line in lines:
            if line.get("deploy_key_id"):
                named = kind == "key" and number == line["deploy_key_id"] and self.holds(who, project, "push")
                found.append("unknown" if named else "no")
            elif kind != "user":
                continue
            elif line.get("user_id"):
                member = number == line["user_id"] and self.level(project, number) >= least
                found.append("alone" if member else "no")
            elif line.get("group_id"):
                wide = line.get("group_inheritance_type") == 1
                groups = self.line(line["group_id"]) if wide else [line["group_id"]]
                inside = any(self.direct("groups", each, number) for each in groups)
                found.append("alone" if inside and self.level(project, number) >= least else "no")
            elif line["access_level"] == 60:
                found.append("alone" if self.admin(number) else "no")
            elif line["access_level"]:
                found.append("alone" if self.level(project, number) >= line["access_level"] else "no")
        return best(*found)

    def merging(self, who: tuple[str, int], project: int, rules: list[Json]) -> str:
        word = self.let_in(who, project, [line for rule in rules for line in rule["merge_access_levels"]])
        rows = self.answers[f"/projects/{project}/approval_rules"]
        asked = max((row["approvals_required"] for row in rows), default=0)
        alone = self.answers[f"/projects/{project}/approvals"]["merge_requests_author_approval"]
        waits = asked > (1 if alone else 0) or any(rule["code_owner_approval_required"] for rule in rules)
        return "together" if word == "alone" and waits else word

    def pushing(self, who: tuple[str, int], project: int, rules: list[Json]) -> str:
        return self.let_in(who, project, [line for rule in rules for line in rule["push_access_levels"]])

    def on_branch(self, who: tuple[str, int], project: int, name: str, verb: str) -> str:
        rules = [rule for rule in self.rules(project) if self.covers(rule["name"], name)]
        if not rules:
            return (
                "alone" if self.holds(who, project, "push" if verb == "merge" and who[0] == "user" else verb) else "no"
            )
        return self.pushing(who, project, rules) if verb == "push" else self.merging(who, project, rules)

    def jobs(self, who: tuple[str, int], project: int, *, protected: bool, environment: str = "*") -> str:
        """Whether somebody gets commands of their own into a job, on any branch or on a protected ref alone.

        A job that names an environment need not deploy there (`action: access`), so that no approval is asked for; but
        where the environment is protected it runs for nobody who may not deploy.
        """
        if environment != "*":
            own = self.jobs(who, project, protected=protected)
            return min(own, self.admitted(who, project, environment), key=WORDS.index)
        if self.projects[project]["archived"]:
            return "no"
        everything = any(rule["name"].strip("*") == "" for rule in self.rules(project))
        if not protected and not everything:
            return "alone" if self.holds(who, project, "push") else "no"
        found = []
        for rule in self.rules(project):
            also = [r for r in self.rules(project) if r is rule or self.covers(r["name"], rule["name"])]
            found += [self.pushing(who, project, also), self.merging(who, project, also)]
        tags = self.answers[f"/projects/{project}/protected_tags"]
        return best(*found, *(self.let_in(who, project, tag["create_access_levels"]) for tag in tags))

    # --- questions ------------------------------------------------------------------------------------

    def on_project(self, who: tuple[str, int], project: int, verb: str) -> str:
        row = self.projects[project]
        if verb == "read":
            return "alone" if self.holds(who, project, "read") or self.sees(who, row) else "no"
        if verb == "bypass_protection":
            lowest = who[0] == "user" and (self.admin(who[1]) or self.level(project, who[1]) >= 40)
            return "alone" if lowest else "no"
        if row["archived"] and verb in {"push", "run_pipeline", "merge", "edit_pipeline", "read_secret", "use_secret"}:
            return "no"
        if verb == "merge":
            return self.on_branch(who, project, row["default_branch"], "merge")
        if verb in {"edit_pipeline", "read_secret", "use_secret"}:
            return self.jobs(who, project, protected=False)
        return "alone" if self.holds(who, project, verb) else "no"

    def sees(self, who: tuple[str, int], row: Json) -> bool:
        if row["visibility"] != "internal" or row["repository_access_level"] == "private" or who[0] != "user":
            return False
        return self.users[who[1]]["state"] == "active" and not self.users[who[1]]["external"]

    def on_group(self, who: tuple[str, int], group: int, verb: str) -> str:
        if who[0] != "user":
            return "no"
        highest = max((level for level, _ in self.in_group(group, who[1])), default=0)
        return "alone" if self.admin(who[1]) or highest >= (10 if verb == "read" else 50) else "no"

    def on_secret(self, who: tuple[str, int], place: tuple[str, int], secret: Json, verb: str) -> str:
        kind, number = place
        inside = [number] if kind == "projects" else self.below(number)
        if verb == "manage_secret":
            if kind == "groups":
                return self.on_group(who, number, "administer")
            return "alone" if self.holds(who, number, "manage_secret") else "no"
        scope = secret["environment_scope"]
        found = [self.jobs(who, each, protected=secret["protected"], environment=scope) for each in inside]
        if verb == "read_secret":
            found.append(self.revealed(who, place, secret))
        return best(*found)

    def revealed(self, who: tuple[str, int], place: tuple[str, int], secret: Json) -> str:
        kind, number = place
        if secret["hidden"] or who[0] != "user":
            return "no"
        if kind == "groups":
            return self.on_group(who, number, "administer")
        return "alone" if self.holds(who, number, "read_settings") else "no"

    def below(self, group: int) -> list[int]:
        return [p for p, row in self.projects.items() if group in self.line(row["namespace"]["id"])]

    def deploys(self, who: tuple[str, int], project: int) -> str:
        if self.projects[project]["archived"]:
            return "no"
        rules = self.guards(project, "production")
        if not rules:
            return self.jobs(who, project, protected=False)
        if who[0] == "user" and self.admin(who[1]):
            return "alone"
        word = self.admitted(who, project, "production")
        waits = any(rule["required_approval_count"] for rule in rules)
        return "together" if word == "alone" and waits else word

    def guards(self, project: int, environment: str) -> list[Json]:
        """The rules over an environment: its project's by name, its groups' by tier, which is its name here."""
        groups = self.line(self.projects[project]["namespace"]["id"])
        rows = [
            *self.answers[f"/projects/{project}/protected_environments"],
            *(r for g in groups for r in self.group_rules(g)),
        ]
        return [row for row in rows if row["name"] == environment]

    def admitted(self, who: tuple[str, int], project: int, environment: str) -> str:
        """Whether all rules over an environment let somebody have jobs there, approvals aside."""
        if who[0] == "user" and self.admin(who[1]):
            return "alone"
        words = [
            self.let_in(who, project, rule["deploy_access_levels"], 10) for rule in self.guards(project, environment)
        ]
        return min(words, key=WORDS.index, default="alone")

    def kept_for_protected(self, project: int) -> bool:
        scoped = [r for r in self.answers[f"/projects/{project}/variables"] if r["environment_scope"] == "production"]
        return bool(scoped) and all(row["protected"] for row in scoped)

    def of_environment(self, who: tuple[str, int], project: int, verb: str) -> str:
        """Whether somebody has what is given to jobs of production: for commands of their own, or in a deployment too."""
        protected = self.kept_for_protected(project)
        own = self.jobs(who, project, protected=protected, environment="production")
        return best(own, self.deploys(who, project)) if verb == "use_secret" else own

    def group_rules(self, group: int) -> list[Json]:
        rows: list[Json] = self.answers[f"/groups/{group}/protected_environments"]
        return rows

    # --- schedules --------------------------------------------------------------------------------------

    def writes(self, who: tuple[str, int], project: int, ref: str) -> str:
        """Whether somebody changes what lies at a branch or tag."""
        short = ref.split("/", 2)[2]
        if ref.startswith("refs/tags/"):
            lines = self.tag_lines(project, short)
            if lines is None:
                return "alone" if self.holds(who, project, "push") else "no"
            return min("unknown", self.let_in(who, project, lines), key=WORDS.index)
        return best(self.on_branch(who, project, short, "push"), self.on_branch(who, project, short, "merge"))

    def tag_lines(self, project: int, name: str) -> list[Json] | None:
        rows = [row for row in self.answers[f"/projects/{project}/protected_tags"] if self.covers(row["name"], name)]
        return [line for row in rows for line in row["create_access_levels"]] if rows else None

    def runs(self, owner: int, project: int, ref: str) -> str:
        """Whether a schedule of somebody's gets a pipeline for a ref: where it is protected they must be let in too."""
        who, short = ("user", owner), ref.split("/", 2)[2]
        if ref.startswith("refs/tags/"):
            lines: list[Json] | None = self.tag_lines(project, short)
        else:
            rules = [rule for rule in self.rules(project) if self.covers(rule["name"], short)]
            both = [line for rule in rules for line in [*rule["push_access_levels"], *rule["merge_access_levels"]]]
            lines = both if rules else None
        if lines is None:
            return "alone" if self.holds(who, project, "run_pipeline") else "no"
        return self.let_in(who, project, lines)

    def by_schedule(
        self, who: tuple[str, int], project: int, has: Callable[[tuple[str, int]], str], *, protected: bool = False
    ) -> str:
        """What somebody has as the owner of a schedule has it (`has`), by writing what it runs."""
        found = ["no"]
        for row in (
            () if self.projects[project]["archived"] else self.answers[f"/projects/{project}/pipeline_schedules"]
        ):
            owner, ref = row["owner"]["id"], row["ref"]
            if not row["active"] or row["owner"]["state"] != "active" or who == ("user", owner):
                continue
            if protected and not self.is_protected(project, ref):
                continue
            steps = self.writes(who, project, ref), self.runs(owner, project, ref), has(("user", owner))
            found.append(min(steps, key=WORDS.index))
        return best(*found)

    def is_protected(self, project: int, ref: str) -> bool:
        short = ref.split("/", 2)[2]
        if ref.startswith("refs/tags/"):
            return self.tag_lines(project, short) is not None
        return any(self.covers(rule["name"], short) for rule in self.rules(project))

    def lent_on_project(self, who: tuple[str, int], target: int, verb: str) -> str:
        """By the job token of a schedule, of this project or of one that it lets in."""
        sources = [source for source in self.projects if self.lets_in(source, target, verb)]
        return best(*(self.by_schedule(who, s, lambda owner: self.on_project(owner, target, verb)) for s in sources))

    def lent_in_environment(self, who: tuple[str, int], project: int, verb: str, *, protected: bool = False) -> str:
        """By a schedule whose owner production lets in; where nothing guards it there is nothing to lend."""
        if not self.guards(project, "production"):
            return "no"
        if verb == "deploy":
            return self.by_schedule(who, project, lambda owner: self.deploys(owner, project))
        return self.by_schedule(who, project, lambda o: self.admitted(o, project, "production"), protected=protected)

    # --- tokens and jobs --------------------------------------------------------------------------------

    def scopes_of(self, verb: str, *, merge: bool = False, settings: bool = False) -> set[str]:
        if settings:
            return {"api", "read_api"}
        if verb == "read":
            return {"api", "read_api", "read_repository", "write_repository"}
        if verb == "manage_runner":
            return {"api", "create_runner", "manage_runner"}
        return {"api", "write_repository"} if verb in BY_GIT and not merge else {"api"}

    def bot_scopes(self, user: int) -> set[str] | None:
        """The scopes of a bot's token; None for a person."""
        for address, rows in self.answers.items():
            if address.endswith("/access_tokens"):
                for row in rows:
                    if row["user_id"] == user:
                        return set() if self.ended(row) else set(row["scopes"])
        return None

    def starts(self, user: int, project: int) -> bool:
        """Whether a person or bot can start a pipeline of a project."""
        scopes = self.bot_scopes(user)
        able = scopes is None or bool(scopes & {"api", "write_repository"})
        return able and not self.projects[project]["archived"] and self.holds(("user", user), project, "run_pipeline")

    def job(self, source: int, target: int, verb: str) -> str:
        """What the job of a project may do in another: what somebody who starts it may."""
        if not self.lets_in(source, target, verb):
            return "no"
        return best(
            *(self.on_project(("user", user), target, verb) for user in self.users if self.starts(user, source))
        )

    def lets_in(self, source: int, target: int, verb: str) -> bool:
        """Whether a project takes the token of another's jobs for something; its own always, but for pushing."""
        if verb in {"push", "edit_pipeline"}:
            return source == target and self.projects[target]["ci_push_repository_for_job_token_allowed"] is True
        return verb in {"read", "run_pipeline"} and (source == target or self.listed(source, target, verb))

    def listed(self, source: int, target: int, verb: str) -> bool:
        row = self.projects[target]
        if verb == "read" and row["visibility"] != "private" and row["repository_access_level"] != "private":
            return True
        if not self.answers[f"/projects/{target}/job_token_scope"]["inbound_enabled"]:
            return True
        projects = [r["id"] for r in self.answers[f"/projects/{target}/job_token_scope/allowlist"]]
        groups = {r["id"] for r in self.answers[f"/projects/{target}/job_token_scope/groups_allowlist"]}
        return source in projects or bool(groups & set(self.line(self.projects[source]["namespace"]["id"])))
