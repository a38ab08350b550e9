"""Whose tokens are that the real server gave: of the role or the person who logged in for them, not of what somebody wrote."""

from collections.abc import Iterator

import pytest

from pipewarden.access.machine_owners import machine_owners
from pipewarden.access.vault_tokens import login_of
from pipewarden.access.view import View
from pipewarden.model.facts import Machine
from pipewarden.model.ids import Kind
from tests.acme_vault import auditor, set_up
from tests.bao import Bao, running
from tests.connectors.vault.test_real import read


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    with running(tmp_path_factory.mktemp("bao")) as bao:
        set_up(bao)
        _logged_in(bao)
        yield View(read(bao, auditor(bao)))


def _logged_in(bao: Bao) -> None:
    """Log in as Jenkins does and as heidi does, and make a token by hand that says it is bob's."""
    role = bao.read("auth/approle/role/jenkins/role-id")["role_id"]
    secret = bao.write("auth/approle/role/jenkins/secret-id")["data"]["secret_id"]
    bao.write("auth/approle/login", {"role_id": role, "secret_id": secret})
    bao.write("auth/userpass/login/heidi", {"password": "made-up"})
    bao.write("auth/token/create", {"display_name": "bob-by-hand", "no_parent": True, "meta": {"username": "bob"}})


def token(view: View, path: str, name: str = "") -> Machine:
    every = [each for each in view.entities(Kind.ACCESS_TOKEN) if each.attributes.get("path") == path]
    [found] = [each for each in every if name in each.name]
    assert isinstance(found, Machine)
    return found


def test_the_login_of_a_role_is_told_by_the_path_and_the_metadata(view: View) -> None:
    login = login_of(view, token(view, "auth/approle/login"))
    assert login is not None
    assert login.name == "vault:acme/auth/approle/jenkins"


def test_the_login_of_a_person_is_told_by_the_path_and_the_entity(view: View) -> None:
    mine = token(view, "auth/userpass/login/heidi")
    login = login_of(view, mine)
    assert login is not None
    assert login.name == "vault:acme/auth/userpass/heidi"
    assert machine_owners(view).of(mine).names == "vault:heidi"


def test_a_token_that_was_made_by_hand_is_nobodys_whatever_it_says(view: View) -> None:
    mine = token(view, "auth/token/create", "bob-by-hand")
    assert mine.attributes["meta"] == {"username": "bob"}
    assert machine_owners(view).of(mine).names == ""
