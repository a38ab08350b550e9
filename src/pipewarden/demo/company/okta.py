"""The company's Okta: everybody, the teams as groups that the code hosts follow, rules, and administrators."""

from pipewarden.demo.company.people import DOMAIN, Company
from pipewarden.demo.okta.directory import Directory, Json
from pipewarden.demo.okta.scale import generated
from pipewarden.demo.okta.story import key, role

HOST = f"big.okta.{DOMAIN.partition('.')[2]}"


def okta(company: Company) -> Directory:
    """Return the organization."""
    made = generated(company.estate, company.seed)
    for login, person in made.people.items():
        gone = login in company.left
        person.status = "DEPROVISIONED" if gone else "ACTIVE" if person.status == "DEPROVISIONED" else person.status
        person.kind = "Contractor" if login in company.contractors else "Employee"
        person.department = "Engineering" if login < company.logins[len(company.logins) // 2] else "Sales"
        if gone:
            person.status_changed, person.factors, person.roles = "2026-03-03T16:00:00.000Z", (), []
    for group in made.groups.values():
        group.members = [login for login in group.members if login not in company.left]
    made.groups["Everyone"].members = company.here
    slugs = [slug for slug in made.groups if slug != "Everyone"]
    for slug in slugs[:: max(1, len(slugs) // 10)][:10]:
        owner = made.people[company.here[len(slug) % len(company.here)]]
        owner.roles = [*owner.roles, role("USER_ADMIN", targets=(made.groups[slug].id,))]
    made.rules = [_rule(number, made.groups[slug].id) for number, slug in enumerate(slugs[: max(1, len(slugs) // 20)])]
    made.apps[-1].features = ("PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION")
    return made.index()


def _rule(number: int, group: str) -> Json:
    created = "2022-02-01T08:00:00.000Z"
    return {
        "type": "group_rule", "id": key("0pr", number), "status": "ACTIVE", "name": f"rule {number}", "created": created,
        "lastUpdated": created, "actions": {"assignUserToGroups": {"groupIds": [group]}},
        "conditions": {"expression": {"value": 'user.department=="Engineering"', "type": "urn:okta:expression:1.0"}},
    }  # fmt: skip
