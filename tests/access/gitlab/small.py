"""The smallest GitLab that a case needs, collected by the real connector, and the questions that cases ask."""

from pipewarden.access import address
from pipewarden.access.engine import Engine
from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.gitlab.kinds import GitLabEstate
from pipewarden.model.access import Capability
from tests.connectors.gitlab.collecting import collected

PEOPLE = ("alice", "bob", "carol", "dave", "erin", "mallory")
PIPELINE = "build:\n  script:\n    - make\n"


def small(**more: object) -> GitLabEstate:
    """Return group acme with acme/web in it, group outer/guests with a subgroup, and people who are in nothing yet."""
    made = GitLabEstate(now=ACME_NOW, host="gitlab.acme.example")
    for number, name in enumerate(PEOPLE, 1):
        made.person(number, name)
    made.group(10, "acme")
    made.group(11, "acme/platform")
    made.group(20, "outer")
    made.group(21, "outer/guests")
    made.group(22, "outer/guests/inner")
    made.project(101, "acme/web", **more)
    return made


def engine_of(made: GitLabEstate, **more: object) -> Engine:
    """Return the engine over what the connector reads of an estate."""
    snapshot, _ = collected(made, **more)
    return Engine(snapshot)


def asked(engine: Engine, capability: Capability, name: str) -> dict[str, str]:
    """Return everybody who can do something, by name: `yes`, or `unknown`."""
    found = engine.who_can(capability, address.resource(engine.snapshot, name))
    return {engine.snapshot.find(access.principal).name: access.answer.value for access in found}


def who(made: GitLabEstate, capability: Capability, name: str = "acme/web") -> set[str]:
    """Return the names of those who can for sure."""
    return {each for each, answer in asked(engine_of(made), capability, name).items() if answer == "yes"}


def bot(made: GitLabEstate, where: str, number: int, level: int, *scopes: str, **more: object) -> str:
    """Add an access token of a project (`projects/acme/web`) or group with its bot; returns the bot's name."""
    kind, _, _ = where.partition("/")
    at = made.paths[where]
    name = f"{kind.removesuffix('s')}_{at}_bot_{number}"
    made.person(number, name, bot=True, identities=[])
    made.member(where, name, level)
    token = {"id": number, "name": f"ci{number}", "user_id": number, "scopes": list(scopes), "revoked": False,
             "active": True, "access_level": level, "created_at": "2026-01-01T00:00:00Z", "expires_at": "2027-01-01",
             "last_used_at": None, **more}  # fmt: skip
    made.put(f"/{kind}/{at}/access_tokens", token)
    return f"token:{where.partition('/')[2]}/ci{number}"


def personal(made: GitLabEstate, owner: str, number: int, *scopes: str, **more: object) -> str:
    """Add somebody's personal access token; returns its name."""
    user = made.people[owner]["id"]
    token = {"id": number, "name": f"pat{number}", "revoked": False, "active": True, "created_at": "2026-01-01T00:00:00Z",
             "scopes": list(scopes), "user_id": user, "last_used_at": None, "expires_at": "2027-01-01", **more}  # fmt: skip
    made.put("/personal_access_tokens", token)
    return f"token:{user}/pat{number}"
