"""The company's Jenkins: a folder for each of some teams, ten jobs in each, credentials, and a matrix with people in it."""

from pipewarden.demo.company.people import DOMAIN, Company, mail
from pipewarden.demo.jenkins.estate import FOLDER, Controller, Credential, Item, acme

HOST = f"jenkins.{DOMAIN}"
JOBS = 10


def jenkins(company: Company) -> Controller:
    """Return the controller; its users are those of the company, by the same names."""
    made = acme()
    here = company.here
    made.users = [
        {"id": login, "fullName": login, "mail": mail(login), "last": 1795000000000 - number * 3_600_000}
        for number, login in enumerate(company.logins)
    ]
    made.strategy = {
        "projectMatrix": {
            "permissions": [
                *(f"USER:Overall/Administer:{login}" for login in here[: max(1, len(here) // 4000) + 1]),
                "USER:Overall/SystemRead:pipewarden", "USER:Overall/Read:pipewarden", "USER:Job/Read:pipewarden",
                "USER:Job/ExtendedRead:pipewarden", "USER:Credentials/View:pipewarden",
                "GROUP:Overall/Read:authenticated", "GROUP:Job/Read:authenticated",
            ]
        }
    }  # fmt: skip
    made.credentials = [Credential("deploybot-ssh"), Credential("agent-launch", scope="SYSTEM")]
    draw, teams = company.draw("jenkins"), list(company.teams().items())
    gone = sorted(company.left)
    made.items = []
    for number in range(company.sizes.folders):
        slug, members = teams[number % len(teams)]
        # whoever left stands in each tenth folder still
        people = [*members[:3], *(gone[number % len(gone) :][:1] if number % 10 == 0 else ())]
        made.items.append(
            Item(
                f"{slug}-{number}",
                FOLDER,
                matrix=tuple(
                    f"USER:hudson.model.Item.{what}:{login}"
                    for login in people
                    for what in ("Configure", "Build", "Read")
                ),
                credentials=[Credential(f"deploy-{number}", used_by=(f"{slug}-{number}/job-0",))],
                items=[_job(n, draw.randrange(company.sizes.repositories)) for n in range(JOBS)],
            )
        )
    return made


def _job(number: int, repository: int) -> Item:
    if number == JOBS - 1:
        return Item(f"job-{number}", definition="inline", last_build=1795000000000)
    address = f"https://github.com/big/r{repository:06d}.git"
    return Item(f"job-{number}", definition=address, last_build=1795600000000)
