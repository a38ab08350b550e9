"""The company's vault: entities of those who deploy, groups filled by Okta, policies, roles of pipelines, and old tokens."""

from collections.abc import Iterator

from pipewarden.demo.company.people import DOMAIN, Company, mail
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import GITHUB, PUBLIC_KEY, Write

HOST = f"vault.{DOMAIN}"
PART = 20
"""Secrets of one team's folder, and one policy over it."""


def vault(company: Company) -> State:
    """Return what the vault holds after it was set up."""
    return State(_writes(company), company.now)


def _writes(company: Company) -> Iterator[Write]:
    folders = max(1, company.sizes.secrets // PART)
    for path, kind in (("jwt-github", "jwt"), ("oidc", "oidc"), ("userpass", "userpass")):
        yield Write(f"sys/auth/{path}", {"type": kind})
    yield Write("auth/jwt-github/config", {"bound_issuer": GITHUB, "jwt_validation_pubkeys": [PUBLIC_KEY]})
    yield Write(
        "auth/oidc/config", {"bound_issuer": "https://big.okta.example", "jwt_validation_pubkeys": [PUBLIC_KEY]}
    )
    for number in range(folders):
        for rights, words in (("read", '"read"'), ("write", '"create", "read", "update", "delete", "list"')):
            text = f'path "secret/data/team-{number:04d}/*" {{\n  capabilities = [{words}]\n}}\n'
            yield Write(f"sys/policies/acl/team-{number:04d}-{rights}", {"policy": text})
    yield Write("sys/policies/acl/admin", {"policy": 'path "*" {\n  capabilities = ["read", "update", "sudo"]\n}\n'})
    for number in range(company.sizes.secrets):
        yield Write(f"secret/data/team-{number % folders:04d}/s{number:05d}", {"data": {"made": "up"}})
    yield from _roles(company, folders)
    yield from _people(company, folders)


def _roles(company: Company, folders: int) -> Iterator[Write]:
    draw = company.draw("vault roles")
    for number in range(company.sizes.folders):
        repository = f"big/r{draw.randrange(company.sizes.repositories):06d}"
        subject = f"repo:{repository}:" + draw.choice(("*", "environment:production", "ref:refs/heads/main"))
        yield Write(
            f"auth/jwt-github/role/deploy-{number:04d}",
            {"role_type": "jwt", "user_claim": "repository", "bound_claims_type": "glob", "token_ttl": 600,
             "bound_claims": {"sub": subject}, "bound_audiences": [f"https://{HOST}"],
             "token_policies": [f"team-{number % folders:04d}-read"]},
        )  # fmt: skip


def _people(company: Company, folders: int) -> Iterator[Write]:
    draw = company.draw("vault people")
    known = company.logins[:: max(1, company.sizes.people // company.sizes.entities)][: company.sizes.entities]
    for number, login in enumerate(known):
        own = ["admin"] if number < 2 else []
        yield Write("identity/entity", {"name": login, "metadata": {"mail": mail(login)}, "policies": own})
        alias = {"name": mail(login), "canonical_id": f"{{entity:{login}}}", "mount_accessor": "{accessor:auth/oidc}"}
        yield Write("identity/entity-alias", alias)
    inside = set(known)
    for number, (slug, members) in enumerate(list(company.teams().items())[: company.sizes.vault_groups]):
        policies = [f"team-{number % folders:04d}-{draw.choice(('read', 'write'))}"]
        if number % 2:
            yield Write("identity/group", {"name": slug, "type": "external", "policies": policies})
            alias = {"name": slug, "canonical_id": f"{{group:{slug}}}", "mount_accessor": "{accessor:auth/oidc}"}
            yield Write("identity/group-alias", alias)
        else:
            ids = [f"{{entity:{login}}}" for login in members if login in inside]
            yield Write("identity/group", {"name": slug, "policies": policies, "member_entity_ids": ids})
    gone = sorted(company.left)
    for number in range(company.sizes.tokens):
        login = gone[number % len(gone)] if number % 10 == 0 else draw.choice(company.logins)
        yield Write(
            "auth/token/create",
            {"display_name": f"{login}-{number}", "period": "768h", "no_parent": True, "meta": {"made_by": login},
             "policies": [f"team-{number % folders:04d}-write"]},
        )  # fmt: skip
