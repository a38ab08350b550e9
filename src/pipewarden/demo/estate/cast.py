"""The people of acme, as the code host knows them."""

from typing import Any

from pipewarden.demo.estate.kinds import Person

OTHERS = (
    "erin", "frank", "grace", "heidi", "ivan", "judy", "karl", "liam", "mona", "nils", "olga", "peggy", "quinn",
    "rupert", "sybil", "trent", "uma", "victor", "walter", "xenia", "yuri", "zoe", "anna", "ben", "clara", "dan", "eva",
    "felix", "gina", "hugo", "iris", "jonas", "kate", "leo",
)  # fmt: skip
"""People who only make acme the size it is."""


def people() -> list[Person]:
    """Return everybody of the estate."""

    def employee(number: int, login: str, **more: Any) -> Person:
        email = f"{login}@acme.example"
        given = {"emails": (email,), "saml": email, "scim_active": True, **more}
        return Person(number, login, login.capitalize(), **given)

    named = [
        employee(101, "alice"),
        employee(102, "bob"),
        Person(103, "carol", "Carol", emails=("carol@acme.example",), saml="carol@acme.example", scim_active=False),
        Person(104, "dave", "Dave", mfa="disabled"),
        Person(105, "mallory", "Mallory", mfa="insecure"),
        Person(106, "acme-ci", "Acme CI", mfa="disabled"),
        employee(107, "erin", mfa="insecure"),
        Person(108, "frank", "Frank", emails=("frank@mail.example",), saml="frank@mail.example", mfa="disabled"),
    ]
    return named + [employee(110 + n, login) for n, login in enumerate(OTHERS[2:])]
