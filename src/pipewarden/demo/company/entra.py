"""The company's Entra tenant: everybody, nested groups, roles held and offered, applications with secrets and federations."""

from datetime import timedelta

from pipewarden.demo.company.people import Company, mail
from pipewarden.demo.entra import rows
from pipewarden.demo.entra.rows import PERMISSIONS, ROLES, made
from pipewarden.demo.entra.story import Directory, directory

METHODS = (("microsoftAuthenticatorPush",), ("passKeyDeviceBound", "microsoftAuthenticatorPush"), ("mobilePhone",), ())
WEIGHTS = (70, 12, 13, 5)


def entra(company: Company) -> Directory:
    """Return the tenant."""
    tenant = directory(company.estate)
    tenant.users, tenant.registered, tenant.groups, tenant.members, tenant.assignments = [], [], [], {}, []
    _people(tenant, company)
    _groups(tenant, company)
    _applications(tenant, company)
    draw = company.draw("entra roles")
    names = list(ROLES)
    for number, login in enumerate(company.here[: max(2, company.sizes.people // 500)]):
        if number % 2:
            tenant.offer(made("user", login), names[number % len(names)])
        else:
            tenant.give(made("user", login), names[number % len(names)])
    for login in sorted(company.left)[:3]:
        tenant.give(made("user", login), "Application Administrator")
    tenant.role_policies = [rows.policy(each, approval=draw.random() < 0.3) for each in ROLES.values()]
    everybody = rows.access_policy("Second factor for everybody", "enabled", includeUsers=["All"])
    tenant.access_policies = [everybody]
    return tenant


def _people(tenant: Directory, company: Company) -> None:
    draw = company.draw("entra people")
    for login in company.logins:
        seen = rows.stamp(company.now - timedelta(days=draw.randrange(1, 200)))
        row = rows.user(
            login,
            userPrincipalName=mail(login),
            mail=mail(login),
            accountEnabled=login not in company.left,
            signInActivity={"lastSignInDateTime": seen, "lastSuccessfulSignInDateTime": seen},
        )
        tenant.users.append(row)
        tenant.registered.append(rows.registered(row, *draw.choices(METHODS, WEIGHTS)[0]))


def _groups(tenant: Directory, company: Company) -> None:
    """Make a group for each of some teams; each fourth one has the one before it inside."""
    teams, before = list(company.teams().items()), ""
    for number in range(company.sizes.directory_groups):
        slug, members = teams[number % len(teams)]
        row = rows.group(
            f"{slug} {number // len(teams)}".removesuffix(" 0"), isAssignableToRole=number % 50 == 7 or None
        )
        tenant.groups.append(row)
        tenant.members[row["id"]] = [made("user", login) for login in members]
        if number % 4 == 3 and before:
            tenant.members[row["id"]].append(before)
        if members and number % 5 == 0:
            tenant.owners[row["id"]] = [made("user", members[0])]
        before = row["id"]
        if number % 50 == 7:
            tenant.give(row["id"], "Cloud Application Administrator")


def _applications(tenant: Directory, company: Company) -> None:
    draw = company.draw("entra applications")
    for number in range(company.sizes.applications):
        name = f"app-{number:05d}"
        ends = f"{draw.choice((2026, 2027, 2028))}-06-01T00:00:00Z"
        tenant.register(name, secrets=(rows.secret(name, "2025-06-01T00:00:00Z", ends),) if number % 3 else ())
        owner = draw.choice(company.logins)
        tenant.owners[made("application", name)] = [made("user", owner)]
        if number % 4 == 0:
            repository = f"r{draw.randrange(company.sizes.repositories):06d}"
            subject = f"repo:big/{repository}:" + draw.choice(
                ("environment:production", "ref:refs/heads/main", "pull_request")
            )
            tenant.federated[made("application", name)] = [rows.federated("deploy", subject)]
        if number % 10 == 0:
            tenant.permit(name, PERMISSIONS[number // 10 % len(PERMISSIONS)])
