"""Who is in the company, who left, and how large its systems are for so many people."""

import random
from dataclasses import dataclass
from datetime import datetime

from pipewarden.demo.estate import generated
from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.estate.rows import key

NAME = "big"
DOMAIN = f"{NAME}.example"

LEFT = 0.04
"""The part of people who left; half of them were taken out of the code host and left a key behind, the others stayed in it."""

CONTRACTORS = 0.08


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large each system is."""

    people: int
    teams: int
    repositories: int
    groups: int
    """GitLab's groups."""
    projects: int
    folders: int
    """Jenkins' folders, ten jobs in each."""
    directory_groups: int
    applications: int
    entities: int
    """People whom the vault knows."""
    vault_groups: int
    secrets: int
    tokens: int


def sizes(people: int) -> Sizes:
    """Return the sizes for so many people."""
    return Sizes(
        people=people,
        teams=max(2, people // 10),
        repositories=max(4, people // 2),
        groups=max(3, people // 50),
        projects=max(3, people // 10),
        folders=max(2, people // 100),
        directory_groups=max(4, people // 20),
        applications=max(3, people // 100),
        entities=max(3, people // 4),
        vault_groups=max(2, people // 50),
        secrets=max(3, people // 10),
        tokens=max(2, people // 40),
    )


@dataclass(frozen=True)
class Company:
    """The people of a company, with its code host, which all other systems speak of."""

    seed: int
    sizes: Sizes
    estate: Estate
    logins: tuple[str, ...]
    left: frozenset[str]
    contractors: frozenset[str]

    @property
    def now(self) -> datetime:
        """The day on which it is read."""
        return self.estate.now

    @property
    def here(self) -> list[str]:
        """Those who did not leave."""
        return [login for login in self.logins if login not in self.left]

    def draw(self, what: str) -> random.Random:
        """Return chance of its own for one part: more of one changes nothing of another."""
        return random.Random(f"{self.seed}/{what}")

    def teams(self) -> dict[str, list[str]]:
        """Return the teams with their members, which the other systems have as groups of the same name."""
        organization = self.estate.organizations[NAME]
        return {
            slug: [each for each in team.members if each not in self.left] for slug, team in organization.teams.items()
        }


def mail(login: str) -> str:
    """Return somebody's address, by which systems know that accounts are the same person's."""
    return f"{login}@{DOMAIN}"


def company(people: int, seed: int = 7) -> Company:
    """Return a company of so many people; the same seed gives the same company."""
    size = sizes(people)
    estate = generated(people, size.teams, size.repositories, seed, login=NAME)
    draw = random.Random(f"{seed}/people")
    logins = tuple(estate.people)
    owners = {login for login, role in estate.organizations[NAME].people.items() if role == "admin"}
    others = [login for login in logins if login not in owners]
    left = frozenset(draw.sample(others, max(2, int(people * LEFT))))
    contractors = frozenset(login for login in others if login not in left and draw.random() < CONTRACTORS)
    made = Company(seed, size, estate, logins, left, contractors)
    _joined(made)
    return made


def _joined(made: Company) -> None:
    """Link accounts to single sign-on, and let those who left keep what nobody thought of."""
    organization = made.estate.organizations[NAME]
    organization.saml_issuer = f"https://{NAME}.okta.example/saml"
    for login, person in made.estate.people.items():
        person.emails, person.saml, person.scim_active = (mail(login),), mail(login), login not in made.left
    draw = made.draw("keys")
    repositories = list(organization.repositories.values())
    for number, login in enumerate(sorted(made.left)):
        if number % 2:
            continue
        used = "2026-11-19T08:00:00Z" if number % 4 else None
        forgotten = key(
            700_000 + number, f"{login}-laptop", login, write=True, created="2024-05-01T09:00:00Z", used=used
        )
        draw.choice(repositories).keys.append(forgotten)
        organization.people.pop(login, None)
        for team in organization.teams.values():
            team.members.pop(login, None)
        for repository in repositories:
            repository.collaborators.pop(login, None)
