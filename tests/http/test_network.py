"""Where its users are: behind a proxy, under a certificate authority of the company's own, by the usual variables."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipewarden.demo.estate import acme
from pipewarden.demo.github import GitHubServer
from tests.http.wire import Authority, Wire, wire

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def github() -> Iterator[GitHubServer]:
    """Serve acme on loopback."""
    with GitHubServer(acme()) as server:
        yield server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return acme's own authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def company(github: GitHubServer, authority: Authority) -> Iterator[Wire]:
    """Return the company's network, in which api.github.com is reached through the proxy alone."""
    with wire(authority.server("api.github.com"), github.url) as network:
        yield network


@pytest.fixture
def run(github: GitHubServer, tmp_path: Path) -> Run:
    """Return a function that runs the command in a process of its own, with a token and further variables alone."""

    def run_(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CONFIG_HOME") if name in os.environ}
        kept |= {"GITHUB_TOKEN": github.owner_token, "XDG_DATA_HOME": str(tmp_path / "data"), **variables}
        command = [sys.executable, "-m", "pipewarden", *arguments]
        return subprocess.run(
            command, env=kept, cwd=tmp_path, text=True, capture_output=True, timeout=300, stdin=subprocess.DEVNULL
        )

    return run_


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_audit_with_a_token_alone_goes_through_the_proxy_and_trusts_the_companys_authority(
    run: Run, company: Wire, authority: Authority, variable: str
) -> None:
    """The real command asks for api.github.com; only the network is the test's."""
    done = run(
        *("audit", "github:acme", "--format", "json", "--fail-on", "never"),
        **{"HTTPS_PROXY": company.proxy, variable: str(authority.file)},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["sources"] == ["github:acme"]
    assert report["counts"]["repositories"] > 5
    assert set(company.asked) == {"CONNECT api.github.com:443"}


def test_an_authority_that_is_not_trusted_is_refused_with_what_to_set(run: Run, company: Wire) -> None:
    done = run("--config", str(quick(company)), "doctor", HTTPS_PROXY=company.proxy)
    assert done.returncode == 2
    assert "https://api.github.com/orgs/acme shows a certificate that is not trusted" in " ".join(done.stdout.split())
    assert "SSL_CERT_FILE" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("variable", ["https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_counts_however_it_is_named(run: Run, company: Wire, authority: Authority, variable: str) -> None:
    variables = {"SSL_CERT_FILE": str(authority.file), variable: company.proxy}
    done = run("--config", str(quick(company)), "doctor", **variables)
    assert "github:acme answers" in done.stdout
    assert set(company.asked) == {"CONNECT api.github.com:443"}


def test_a_host_that_needs_no_proxy_is_asked_directly(
    run: Run, github: GitHubServer, authority: Authority, tmp_path: Path
) -> None:
    """A GitHub Enterprise Server inside the company's network, as its host names itself."""
    with wire(authority.server("localhost"), github.url) as network:
        config = tmp_path / "own.yaml"
        config.write_text(f"sources: [{{github: acme, host: 'localhost:{network.server}'}}]\n")
        variables = {"SSL_CERT_FILE": str(authority.file), "HTTPS_PROXY": network.proxy}
        assert "github:acme answers" in run("--config", str(config), "doctor", **variables).stdout
        assert set(network.asked) == {f"CONNECT localhost:{network.server}"}
        network.asked.clear()
        variables["NO_PROXY"] = "other.example,localhost"
        assert "github:acme answers" in run("--config", str(config), "doctor", **variables).stdout
        assert network.asked == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_certificates_that_cannot_be_used_are_named_and_not_passed_over(
    run: Run, tmp_path: Path, variable: str
) -> None:
    done = run("audit", "github:acme", **{variable: str(tmp_path / "none.pem")})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"({variable}) are not there" in done.stderr
    assert str(tmp_path / "none.pem") in done.stderr, "a path is not broken in two"
    assert len(done.stderr.splitlines()) <= 6
    (tmp_path / "notes.pem").write_text("these are notes")
    if variable != "SSL_CERT_DIR":
        done = run("audit", "github:acme", **{variable: str(tmp_path / "notes.pem")})
        assert (done.returncode, done.stdout) == (2, "")
        assert f"({variable}) cannot be read" in done.stderr


def test_a_proxy_that_is_no_address_is_refused_with_a_sentence(run: Run) -> None:
    done = run("audit", "github:acme", HTTPS_PROXY="proxy.example:port:8080")
    assert (done.returncode, done.stdout) == (2, "")
    assert "proxy" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_proxy_that_is_not_there_is_a_sentence_and_nothing_is_kept(run: Run, tmp_path: Path) -> None:
    config = tmp_path / "own.yaml"
    config.write_text("sources: [{github: acme}]\n")
    done = run("--config", str(config), "doctor", HTTPS_PROXY="http://127.0.0.1:9")
    assert done.returncode == 2
    assert "https://api.github.com/orgs/acme does not answer" in done.stdout
    assert "HTTPS_PROXY" in done.stdout


def test_init_tries_the_token_and_says_which_permissions_are_missing_for_which_checks(
    run: Run, company: Wire, authority: Authority, github: GitHubServer, tmp_path: Path
) -> None:
    variables = {"SSL_CERT_FILE": str(authority.file), "HTTPS_PROXY": company.proxy}
    done = run("init", "--organization", "acme", **variables, GITHUB_TOKEN=github.member_token)
    assert done.returncode == 3, "parts of an audit would be silent"
    assert "pipewarden.yaml is written" in done.stderr
    assert "github:acme answers" in done.stdout
    assert "admin:org (token) would show it" in done.stdout
    assert "checks would be silent: gh." in done.stdout
    text = (tmp_path / "pipewarden.yaml").read_text()
    assert github.member_token not in text, "where a token is, never the token"
    assert text.count("#") > 8, "a commented file"
    done = run("init", "-o", "owner.yaml", "--organization", "acme", **variables)
    assert "organization.settings cannot be read" not in done.stdout


def quick(company: Wire) -> Path:
    """Write a configuration of one source and return its path."""
    path = Path(os.environ["HOME"]) / f"network-{company.server}.yaml"
    path.write_text("sources: [{github: acme, token: {env: GITHUB_TOKEN}}]\n")
    return path
