"""An organization of any size, after a generated estate: its people, and its teams as groups."""

import random

from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.okta.directory import App, Directory, Group, Person
from pipewarden.demo.okta.settings import authenticators, policies, zones

FACTORS = (("push",), ("webauthn", "push"), ("sms",), ("token:software:totp",), ())
WEIGHTS = (50, 20, 15, 10, 5)


def generated(estate: Estate, seed: int = 11) -> Directory:
    """Return an organization with one login for each person and one group for each team. The same seed, the same answer."""
    from pipewarden.demo.okta.story import key, role

    draw = random.Random(seed)
    name = next(iter(estate.organizations))
    okta = Directory(name, estate.now)
    for login, person in estate.people.items():
        made = Person(key("00u", person.id), f"{login}@{name}.example", first=login, last="Big")
        made.factors = draw.choices(FACTORS, WEIGHTS)[0]
        made.status = draw.choices(("ACTIVE", "DEPROVISIONED", "SUSPENDED", "STAGED"), (94, 4, 1, 1))[0]
        okta.people[login] = made
    live = [login for login, person in okta.people.items() if person.status != "DEPROVISIONED"]
    okta.groups["Everyone"] = Group(key("00g", 1), "Everyone", "BUILT_IN", "All users in your organization", live)
    for organization in estate.organizations.values():
        for team in organization.teams.values():
            members = [login for login in team.members if login in okta.people]
            okta.groups[team.slug] = Group(key("00g", team.id), team.slug, members=members)
    for number, login in enumerate(live[: max(1, len(live) // 500)]):
        okta.people[login].roles = [role(("SUPER_ADMIN", "HELP_DESK_ADMIN", "APP_ADMIN")[number % 3])]
    slugs = [slug for slug in okta.groups if slug != "Everyone"]
    okta.apps = [
        App(key("0oa", 1), "Okta Admin Console", "saasure", "OPENID_CONNECT", policy="rst00000000000000001"),
        App(key("0oa", 2), "Okta Dashboard", "okta_enduser", "OPENID_CONNECT", policy="rst00000000000000002"),
        App(key("0oa", 3), "GitHub", "githubcloud", policy="rst00000000000000003", groups=tuple(slugs[:500])),
    ]
    okta.policies, okta.authenticators, okta.zones = policies(), authenticators(), zones()
    return okta.index()
