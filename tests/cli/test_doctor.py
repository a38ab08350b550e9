"""`pipewarden doctor` and `init` over every system: credentials, whether it answers, which permission is missing."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pipewarden.cli.ending import ended
from pipewarden.cli.main import main
from pipewarden.demo.entra.server import CLIENT as ENTRA_CLIENT
from pipewarden.demo.entra.server import EntraServer
from pipewarden.demo.entra.variant import Variant as EntraVariant
from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from pipewarden.demo.gitlab.server import API, GitLabServer
from pipewarden.demo.gitlab.story import acme_gitlab
from pipewarden.demo.gitlab.variant import Variant as GitLabVariant
from pipewarden.demo.jenkins.server import USER, JenkinsServer
from pipewarden.demo.jenkins.variant import Variant as JenkinsVariant
from pipewarden.demo.okta.server import CLIENT as OKTA_CLIENT
from pipewarden.demo.okta.server import OktaServer
from pipewarden.demo.okta.story import directory
from pipewarden.demo.okta.variant import Variant as OktaVariant
from pipewarden.demo.vault.server import VaultServer
from pipewarden.demo.vault.state import State
from pipewarden.demo.vault.story import writes
from pipewarden.settings.config import read
from pipewarden.settings.sections import SECTIONS
from pipewarden.settings.systems import SYSTEMS

Run = Callable[..., tuple[int, str]]
SECRET = re.compile(r"ACME_\w+")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return a function that asks the doctor about a configuration, with secrets in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for each in SYSTEMS.values():
        for name in each.tokens:
            monkeypatch.delenv(name, raising=False)

    def run_(sources: str, **secrets: str) -> tuple[int, str]:
        for name, value in secrets.items():
            monkeypatch.setenv(name, value)
        Path("pipewarden.yaml").write_text(f"sources:\n{sources}")
        code = ended(main, ["doctor"])
        out = capsys.readouterr().out
        assert not any(value in out for value in secrets.values()), "a secret is never told"
        return code, out

    return run_


def okta(url: str) -> str:
    return f"  - okta: acme\n    api: {url}\n    token: {{env: ACME_OKTA}}\n"


def entra(server: EntraServer) -> str:
    return (
        f"  - entra: acme\n    api: {server.url}\n    tenant: {server.tenant}\n    client_id: {ENTRA_CLIENT}\n"
        "    client_secret: {env: ACME_ENTRA}\n"
    )


def gitlab(url: str, name: str = "acme") -> str:
    return f"  - gitlab: {name}\n    api: {url}{API}\n    token: {{env: ACME_GITLAB}}\n"


def jenkins(url: str) -> str:
    return f"  - jenkins: acme\n    api: {url}\n    user: {USER}\n    token: {{env: ACME_JENKINS}}\n"


def vault(url: str) -> str:
    return f"  - vault: acme\n    api: {url}\n    token: {{env: ACME_VAULT}}\n"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_every_configured_source_that_answers_is_told_in_one_line(run: Run, stack: ExitStack, tmp_path: Path) -> None:
    estate = acme()
    github = stack.enter_context(GitHubServer(estate))
    organization = stack.enter_context(OktaServer(directory(estate)))
    tenant = stack.enter_context(EntraServer(estate))
    code_host = stack.enter_context(GitLabServer(acme_gitlab()))
    controller = stack.enter_context(JenkinsServer())
    secrets = stack.enter_context(VaultServer(State(writes(), estate.now)))
    (tmp_path / "people.csv").write_text("email,name\nbob@acme.example,Bob\n")
    sources = (
        f"  - github: acme\n    api: {github.url}\n    token: {{env: ACME_GITHUB}}\n"
        + okta(organization.url)
        + entra(tenant)
        + gitlab(code_host.url)
        + jenkins(controller.url)
        + vault(secrets.url)
        + "  - roster: hr\n    file: people.csv\n"
    )
    code, out = run(
        sources, ACME_GITHUB=github.owner_token, ACME_OKTA=organization.token, ACME_ENTRA=tenant.client_secret,
        ACME_GITLAB=code_host.admin_token, ACME_JENKINS=controller.token, ACME_VAULT=secrets.token,
    )  # fmt: skip
    answering = re.findall(r"^ok   (\w+:\w+) answers$", out, re.MULTILINE)
    assert answering == [
        "github:acme",
        "okta:acme",
        "entra:acme",
        "gitlab:acme",
        "jenkins:acme",
        "vault:acme",
        "roster:hr",
    ]
    assert "bad" not in out
    rest = out[out.index("okta:acme") :]
    assert "gap" not in rest, "an administrator may read all of it"
    assert code in {0, 3}, "GitHub alone has parts that no personal token reads"


def test_what_a_credential_of_okta_may_not_read_is_told_with_the_scope_and_the_checks(run: Run) -> None:
    variant = OktaVariant(forbidden=frozenset({"/api/v1/logStreams"}))
    with OktaServer(directory(acme()), variant) as server:
        code, out = run(okta(server.url), ACME_OKTA=server.token)
    assert code == 3
    assert "gap  okta.log_streams cannot be read" in out
    assert "okta.logStreams.read (service app), or a token of a super administrator would show it" in out
    assert "1 check would be silent: ok.log.stream" in out


def test_a_service_app_of_okta_without_scopes_is_told_what_to_grant(run: Run, tmp_path: Path) -> None:
    with OktaServer(directory(acme()), scopes=frozenset({"okta.users.read"})) as server:
        (tmp_path / "okta.pem").write_text(server.private_key)
        app = f"    app: {{id: {OKTA_CLIENT}, private_key: {{file: okta.pem}}}}\n"
        code, out = run(f"  - okta: acme\n    api: {server.url}\n{app}")
    assert code == 2
    assert "bad  okta:acme: Okta gives the service app" in out
    assert "Grant it the read scopes" in out


def test_what_an_application_of_entra_may_not_read_is_told_and_what_the_licence_lacks_is_no_refusal(run: Run) -> None:
    variant = EntraVariant(forbidden=frozenset({"/directory/*"}), unlicensed=frozenset({"/identity/*"}))
    with EntraServer(acme(), variant) as server:
        code, out = run(entra(server), ACME_ENTRA=server.client_secret)
    assert code == 3
    assert "gap  entra.administrative_units cannot be read" in out
    assert "AdministrativeUnit.Read.All would show it" in out
    assert "conditional_access" not in out


@pytest.mark.parametrize(
    ("system", "says"),
    [
        ("okta", "Okta does not accept the credential"),
        ("entra", "Entra does not accept the application"),
        ("gitlab", "GitLab does not accept the token"),
        ("jenkins", "Jenkins does not accept"),
        ("vault", "the vault does not accept the token"),
    ],
)
def test_a_credential_that_is_not_accepted_is_one_line_with_what_to_do(
    system: str, says: str, run: Run, stack: ExitStack
) -> None:
    estate = acme()
    servers = {
        "okta": lambda: okta(stack.enter_context(OktaServer(directory(estate))).url),
        "entra": lambda: entra(stack.enter_context(EntraServer(estate))),
        "gitlab": lambda: gitlab(stack.enter_context(GitLabServer(acme_gitlab())).url),
        "jenkins": lambda: jenkins(stack.enter_context(JenkinsServer()).url),
        "vault": lambda: vault(stack.enter_context(VaultServer(State(writes(), estate.now))).url),
    }
    sources = servers[system]()
    code, out = run(sources, **{SECRET.findall(sources)[0]: "not-the-right-one"})
    assert code == 2
    [line] = [each for each in out.splitlines() if each.startswith("bad")]
    assert f"{system}:acme" in line
    assert says in line


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("  - okta: acme\n", "there is no credential for okta:acme"),
        ("  - entra: acme\n    tenant: t\n    client_id: c\n", "there is no secret or certificate for entra:acme"),
        ("  - entra: acme\n", "entra:acme lacks the tenant's id"),
        ("  - gitlab: acme\n", "there is no token for gitlab:acme"),
        ("  - jenkins: acme\n    host: jenkins.acme.example\n    user: u\n", "there is no token for jenkins:acme"),
        ("  - vault: acme\n    host: vault.acme.example\n", "there is no token for vault:acme"),
        ("  - roster: hr\n    file: nobody.csv\n", "nobody.csv"),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_asked(run: Run, section: str, says: str) -> None:
    code, out = run(section)
    assert code == 2
    assert says in out


@pytest.mark.parametrize("system", ["okta", "gitlab", "jenkins", "vault"])
def test_an_address_where_nothing_answers_is_told(run: Run, system: str) -> None:
    made = {"okta": okta, "gitlab": gitlab, "jenkins": jenkins, "vault": vault}[system]("http://127.0.0.1:9")
    code, out = run(made, **{SECRET.findall(made)[0]: "some-secret"})
    assert code == 2
    assert "does not answer" in out


def test_parts_of_gitlab_and_jenkins_that_need_more_are_told(run: Run, stack: ExitStack) -> None:
    code_host = stack.enter_context(
        GitLabServer(acme_gitlab(), GitLabVariant(forbidden=frozenset({"/groups/{id}/access_tokens"})))
    )
    controller = stack.enter_context(JenkinsServer(variant=JenkinsVariant(forbidden=("/pluginManager",))))
    code, out = run(
        gitlab(code_host.url) + jenkins(controller.url),
        ACME_GITLAB=code_host.admin_token,
        ACME_JENKINS=controller.token,
    )
    assert code == 3
    assert "read_api with the role Owner of the group would show it" in out
    assert "Overall/SystemRead would show it" in out


def test_a_group_of_gitlab_that_is_not_there_is_told(run: Run) -> None:
    with GitLabServer(acme_gitlab()) as server:
        code, out = run(gitlab(server.url, "acmee"), ACME_GITLAB=server.admin_token)
    assert code == 2
    assert "there is no group acmee that this token sees" in out


def test_init_writes_a_section_for_every_system_that_is_read_once_its_marks_are_gone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ended(main, ["init", "--organization", "acme", "--no-test"]) == 0
    capsys.readouterr()
    text = Path("pipewarden.yaml").read_text()
    assert [source.kind for source in read(text, "pipewarden.yaml").sources] == ["github"]
    assert set(SECTIONS) == set(SYSTEMS) - {"github"}
    for section in SECTIONS.values():
        assert section in text
        text = text.replace(section, re.sub(r"(?m)^  # (?=- |  )", "  ", section))
    read_again = read(text, "pipewarden.yaml").sources
    assert list(dict.fromkeys(source.kind for source in read_again)) == ["github", *SECTIONS]


def test_columns_of_a_roster_that_nobody_reads_are_named(run: Run) -> None:
    Path("people.csv").write_text("email,leftdate,Status\ncarol@acme.example,2026-03-03,gone\n")
    code, out = run("  - roster: hr\n    file: people.csv\n")
    assert (code, "columns that are not read: leftdate, status" in " ".join(out.split())) == (0, True)
