"""A controller as large as one asks for: folders with jobs, matrices and credentials, like acme's in kind."""

from pipewarden.demo.jenkins.estate import FOLDER, Controller, Credential, Item, acme


def grown(folders: int, jobs: int, people: int = 0) -> Controller:
    """Return acme's controller with so many folders more, each with so many jobs, and so many users more."""
    controller = acme()
    for number in range(people):
        login = f"person-{number}"
        controller.users.append({"id": login, "fullName": login, "mail": f"{login}@acme.example", "last": None})
    for number in range(folders):
        owner = f"person-{number % people}" if people else "bob"
        controller.items.append(
            Item(
                f"team-{number}",
                FOLDER,
                matrix=(f"USER:hudson.model.Item.Configure:{owner}",),
                credentials=[Credential(f"deploy-{number}")],
                items=[Item(f"job-{n}", definition=f"https://github.com/acme/repo-{n}.git") for n in range(jobs)],
            )
        )
    return controller
