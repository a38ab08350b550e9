"""From a GitLab job into the vault: real tokens, signed as GitLab signs them, are shown to the real server, and ours must name the same people."""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from pipewarden.access.engine import Engine
from pipewarden.audit import collect
from pipewarden.connectors.vault.client import Vault
from pipewarden.connectors.vault.connector import VaultConnector
from pipewarden.demo.estate.story import ACME_NOW
from pipewarden.demo.gitlab.kinds import GitLabEstate, branch_rule
from pipewarden.demo.gitlab.server import GitLabServer
from pipewarden.http.client import Http
from pipewarden.http.secrets import FixedSecret
from pipewarden.model.access import Answer, Capability
from pipewarden.model.ids import Ref
from tests.acme_vault import auditor
from tests.bao import Bao, running
from tests.connectors.gitlab.collecting import connector

HOST = "gitlab.acme.example"
AUDIENCE = "https://vault.acme.example"

ROLES: dict[str, dict[str, Any]] = {
    "project": {"bound_claims": {"project_path": "acme/web"}},
    "main": {"bound_claims": {"project_path": "acme/web", "ref": "main", "ref_type": "branch"}},
    "protected": {"bound_claims": {"project_path": "acme/web", "ref_protected": "true"}},
    "group": {"bound_claims": {"namespace_path": "acme"}},
    "group-glob": {"bound_claims": {"project_path": "acme/*"}, "bound_claims_type": "glob"},
    "subject": {"bound_subject": "project_path:acme/web:ref_type:branch:ref:main"},
    "subject-glob": {"bound_claims": {"sub": "project_path:acme/web:*"}, "bound_claims_type": "glob"},
    "star-is-a-letter": {"bound_claims": {"project_path": "acme/*"}},
    "other": {"bound_claims": {"project_path": "acme/other"}},
    "main-everywhere": {"bound_claims": {"sub": "project_path:acme/*:ref:main"}, "bound_claims_type": "glob"},
    "both": {"bound_claims": {"project_path": ["acme/web", "acme/docs"], "ref": "main"}},
}
"""Roles by the claims that they bind; each reads one secret of its own."""


class Job(NamedTuple):
    """A job that somebody can have run with commands of their own."""

    project: str
    number: int
    ref: str
    protected: bool = False


JOBS = {
    "bob": [Job("acme/web", 101, "main", protected=True), Job("acme/web", 101, "a-branch")],
    "dave": [Job("acme/web", 101, "a-branch")],
    "judy": [Job("acme/docs", 102, "a-branch"), Job("acme/docs", 102, "main")],
    "mia": [Job("acme/mobile/app", 103, "a-branch"), Job("acme/mobile/app", 103, "main")],
}
"""What each of acme's people can run: bob is Maintainer of acme/web, whose main is protected; the others are Developers."""


def estate() -> GitLabEstate:
    made = GitLabEstate(now=ACME_NOW, host=HOST)
    for number, name in enumerate(JOBS, 1):
        made.person(number, name)
    made.group(10, "acme")
    made.group(11, "acme/mobile")
    for number, name in ((101, "acme/web"), (102, "acme/docs"), (103, "acme/mobile/app")):
        made.project(number, name)
    made.member("projects/acme/web", "bob", 40)
    made.member("projects/acme/web", "dave", 30)
    made.member("projects/acme/docs", "judy", 30)
    made.member("projects/acme/mobile/app", "mia", 30)
    made.project_put(
        "acme/web", "protected_branches", branch_rule(1, "main", [{"access_level": 40}], [{"access_level": 40}])
    )
    return made


def token(key: ECKey, job: Job) -> str:
    """Return an id token with the claims that GitLab's page lists.

    https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
    """
    now = int(time.time())
    return jwt.encode(
        {"alg": "ES256"},
        {
            "iss": f"https://{HOST}",
            "aud": AUDIENCE,
            "sub": f"project_path:{job.project}:ref_type:branch:ref:{job.ref}",
            "iat": now - 5,
            "nbf": now - 5,
            "exp": now + 300,
            "project_path": job.project,
            "project_id": str(job.number),
            "namespace_path": job.project.rpartition("/")[0],
            "ref": job.ref,
            "ref_type": "branch",
            "ref_path": f"refs/heads/{job.ref}",
            "ref_protected": "true" if job.protected else "false",
            "user_login": "somebody",
            "pipeline_source": "push",
        },
        key,
    )


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256")


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory, key: ECKey) -> Iterator[Bao]:
    with running(tmp_path_factory.mktemp("bao"), audit=False) as server:
        server.write("sys/auth/jwt-gitlab", {"type": "jwt"})
        pem = key.as_pem(private=False).decode()
        server.write("auth/jwt-gitlab/config", {"bound_issuer": f"https://{HOST}", "jwt_validation_pubkeys": [pem]})
        for name, bound in ROLES.items():
            server.write(f"secret/data/{name}", {"data": {"made": "up"}})
            server.policy(f"read-{name}", f'path "secret/data/{name}" {{ capabilities = ["read"] }}')
            role = {"role_type": "jwt", "user_claim": "user_login", "bound_audiences": [AUDIENCE]}
            server.write(f"auth/jwt-gitlab/role/{name}", {**role, **bound, "token_policies": [f"read-{name}"]})
        yield server


@pytest.fixture(scope="module")
def engine(bao: Bao) -> Engine:
    made = estate()
    reader = auditor(bao)
    vault = VaultConnector(lambda: Vault(Http(bao.url), FixedSecret(reader)), "acme", instance="vault.acme.example")
    with GitLabServer(made, clock=made.now.timestamp) as server:
        return Engine(collect([connector(server), vault], clock=lambda: made.now, as_of=made.now))


def named(engine: Engine, name: str) -> Ref:
    [ordinal] = engine.snapshot.named(name)
    return engine.snapshot.ref(ordinal)


def readers(engine: Engine, role: str, answer: Answer = Answer.YES) -> set[str]:
    found = engine.who_can(Capability.READ_SECRET, named(engine, f"vault:acme/secret/{role}"))
    names = {engine.snapshot.find(each.principal).name for each in found if each.answer is answer}  # type: ignore[union-attr]
    return names & set(JOBS)


def logs_in(bao: Bao, role: str, jws: str) -> bool:
    """Tell whether the server lets the token in, and the session read the role's secret."""
    answer = bao.call("POST", "auth/jwt-gitlab/login", {"role": role, "jwt": jws}, token="")
    if answer.status_code != 200:
        return False
    session = answer.json()["auth"]["client_token"]
    return bao.call("GET", f"secret/data/{role}", token=session).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_ours_and_the_server_let_the_same_people_read(bao: Bao, engine: Engine, key: ECKey, role: str) -> None:
    able = {name for name, jobs in JOBS.items() if any(logs_in(bao, role, token(key, job)) for job in jobs)}
    assert readers(engine, role) == able


def test_the_roles_tell_people_apart(engine: Engine) -> None:
    assert {role: readers(engine, role) for role in ROLES} == {
        "project": {"bob", "dave"},
        "main": {"bob"},
        "protected": {"bob"},
        "group": {"bob", "dave", "judy"},
        "group-glob": {"bob", "dave", "judy", "mia"},
        "subject": {"bob"},
        "subject-glob": {"bob", "dave"},
        "star-is-a-letter": set(),
        "other": set(),
        "main-everywhere": {"bob", "judy", "mia"},
        "both": {"bob", "judy"},
    }


def test_the_path_goes_from_the_person_to_the_secret(engine: Engine) -> None:
    [access] = [
        each
        for each in engine.who_can(Capability.READ_SECRET, named(engine, "vault:acme/secret/main"))
        if each.principal == named(engine, "bob")
    ]
    words = engine.words(access.paths[0])
    assert words.startswith("bob (Maintainer (maintain), directly, ")
    assert words.endswith(
        "runs a job whose OIDC token is accepted) → vault:acme/auth/jwt-gitlab/main"
        " (policy read-main: read on secret/data/main) → vault:acme/secret/main"
    )


def test_a_claim_that_is_known_at_the_run_alone_makes_the_answer_unknown(bao: Bao) -> None:
    role = {"role_type": "jwt", "user_claim": "user_login", "token_policies": ["read-project"]}
    claims = {"project_path": "acme/web", "user_login": "bob"}
    bao.write("auth/jwt-gitlab/role/one-person", {**role, "bound_claims": claims, "bound_audiences": [AUDIENCE]})
    try:
        made = estate()
        reader = auditor(bao)
        vault = VaultConnector(lambda: Vault(Http(bao.url), FixedSecret(reader)), "acme", instance="vault.acme.example")
        with GitLabServer(made, clock=made.now.timestamp) as server:
            found = Engine(collect([connector(server), vault], clock=lambda: made.now, as_of=made.now))
    finally:
        bao.call("DELETE", "auth/jwt-gitlab/role/one-person")
    holders = found.who_can(Capability.ASSUME_ROLE, named(found, "vault:acme/auth/jwt-gitlab/one-person"))
    answers = {found.snapshot.find(each.principal).name: each.answer for each in holders}  # type: ignore[union-attr]
    assert answers["dave"] is Answer.UNKNOWN
    [dave] = [each for each in holders if found.snapshot.find(each.principal).name == "dave"]  # type: ignore[union-attr]
    assert dave.witness is not None
    assert "whether the job's token has user_login = bob" in dave.witness.unknown
