"""config.xml and the export: what is taken, what is refused, what never arrives."""

import pytest

from pipewarden.connectors.jenkins import config_xml, exported
from pipewarden.connectors.jenkins.names import Entry, assigned, entry, permission
from pipewarden.connectors.jenkins.safe_xml import parse
from pipewarden.demo.jenkins.documents import config_xml as written
from pipewarden.demo.jenkins.estate import MULTIBRANCH, Item
from pipewarden.errors import UnexpectedAnswer


@pytest.mark.parametrize(
    "body",
    [
        b"<?xml version='1.1'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><x>&b;</x>",
        b"<x>" + b"<y>" * 300 + b"</y>" * 300 + b"</x>",
        b"<x><y></x>",
        b"<x>&unknown;</x>",
        b"",
        b"\xff\xfe<x/>",
        b"{}",
    ],
)
def test_xml_that_would_reach_out_or_break_is_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse(body, "config.xml")


def test_xml_1_1_as_jenkins_writes_it_is_read() -> None:
    root = parse(
        b"<?xml version='1.1' encoding='UTF-8'?>\n<flow-definition><disabled>true</disabled></flow-definition>", ""
    )
    assert config_xml.settings(root)["disabled"] is True


def test_a_pipeline_from_a_repository_names_it_and_an_inline_one_does_not() -> None:
    scm = config_xml.settings(parse(written(Item("a", definition="git@github.com:acme/web.git")), ""))
    assert (scm["definition"], scm["script_path"], scm["repositories"]) == (
        "scm",
        "Jenkinsfile",
        ["github.com/acme/web"],
    )
    inline = config_xml.settings(parse(written(Item("a", definition="inline", sandbox=False, auth_token=True)), ""))
    assert (inline["definition"], inline["sandbox"], inline["has_auth_token"]) == ("inline", False, True)
    assert "demo-not-a-token" not in str(inline)


def test_a_multibranch_project_says_whom_it_trusts() -> None:
    found = config_xml.settings(
        parse(written(Item("a", MULTIBRANCH, definition="https://github.com/acme/web.git", trust="TrustEveryone")), "")
    )
    assert (found["definition"], found["trusts_forks"]) == ("multibranch", "TrustEveryone")
    assert found["repositories"] == ["github.com/acme/web"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/web.git", "github.com/acme/web"),
        ("https://user:pass@gitlab.acme.example:8443/acme/platform/deploy", "gitlab.acme.example/acme/platform/deploy"),
        ("ssh://git@github.com:22/acme/web.git", "github.com/acme/web"),
        ("git@github.com:acme/web.git", "github.com/acme/web"),
        ("${REPO}", ""),
        ("/srv/git/web", ""),
    ],
)
def test_every_form_of_a_clone_address_is_one_name(url: str, name: str) -> None:
    assert config_xml.repository(url) == name


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("USER:hudson.model.Item.Configure:bob", Entry("USER", "Job/Configure", "bob")),
        ("GROUP:Overall/Administer:a:b", Entry("GROUP", "Overall/Administer", "a:b")),
        ("hudson.model.Computer.Connect:staff", Entry("EITHER", "Agent/Connect", "staff")),
    ],
)
def test_lines_of_a_matrix(line: str, read: Entry) -> None:
    assert entry(line) == read


def test_a_line_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="matrix"):
        entry("USER:hudson.model.Item.Read")


def test_names_of_permissions_and_of_whom_roles_are_assigned_to() -> None:
    assert permission("com.cloudbees.plugins.credentials.CredentialsProvider.View") == "Credentials/View"
    assert permission("org.acme.Thing.DoIt") == "Thing/DoIt"
    assert assigned("bob") == ("EITHER", "bob")
    assert assigned({"type": "GROUP", "sid": "x"}) == ("GROUP", "x")


@pytest.mark.parametrize(
    "body", [b"- a", b"a: [", b"x: 1", b"jenkins: &a {b: *a}", b"\x00", b"jenkins: !!python/object:os.x {}"]
)
def test_an_export_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        exported.settings(body)


def test_all_three_forms_of_a_matrix_are_read_and_secrets_are_dropped() -> None:
    text = b"""
jenkins:
  authorizationStrategy:
    globalMatrix:
      entries:
      - user: {name: alice, permissions: [Overall/Administer]}
      - group: {name: authenticated, permissions: [Overall/Read]}
      - userOrGroup: {name: bob, permissions: [Job/Build]}
      permissions: ["USER:Job/Read:carol"]
      grantedPermissions: ["Job/Read:dave"]
  securityRealm: {local: {allowsSignup: true, users: [{id: eve, password: hunter2}]}}
credentials:
  system: {domainCredentials: [{credentials: [{string: {id: x, scope: SYSTEM, secret: hunter2}}]}]}
"""
    found = exported.settings(text)
    assert [tuple(line) for line in found["matrix"]] == [
        ("USER", "Overall/Administer", "alice"),
        ("GROUP", "Overall/Read", "authenticated"),
        ("EITHER", "Job/Build", "bob"),
        ("USER", "Job/Read", "carol"),
        ("EITHER", "Job/Read", "dave"),
    ]
    assert found["signup"] is True
    assert found["scopes"] == {"x": "SYSTEM"}
    assert "hunter2" not in str(found)


AUTHORIZE = "org.jenkinsci.plugins.authorizeproject.AuthorizeProjectProperty"
STRATEGIES = "org.jenkinsci.plugins.authorizeproject.strategy"


@pytest.mark.parametrize(
    ("inside", "runs_as"),
    [
        ("", ""),
        (
            f'<{AUTHORIZE} plugin="authorize-project@1.8"><strategy class="{STRATEGIES}.SpecificUsersAuthorizationStrategy"/></{AUTHORIZE}>',
            "SpecificUsersAuthorizationStrategy",
        ),
        (f"<{AUTHORIZE}/>", "unknown"),
    ],
)
def test_as_whom_a_jobs_builds_run(inside: str, runs_as: str) -> None:
    body = f"<?xml version='1.1'?>\n<project><properties>{inside}</properties></project>".encode()
    assert config_xml.settings(parse(body, "GET"))["runs_as"] == runs_as


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", []),
        ("- global: {strategy: triggeringUsersAuthorizationStrategy}", ["global:triggeringUsersAuthorizationStrategy"]),
        ("- global: {strategy: {systemAuthorizationStrategy: {}}}", ["global:systemAuthorizationStrategy"]),
        ("- project: {enabledStrategies: [a]}\n  - global: {strategy: {}}", ["project", "global"]),
        ("- something", ["something"]),
    ],
)
def test_the_order_in_which_builds_get_their_user(written: str, read: list[str]) -> None:
    """The plugin's own tests write `global: strategy: "triggeringUsersAuthorizationStrategy"`."""
    lines = f"  authenticators:\n  {written}\n" if written else "  authenticators: []\n"
    body = f"jenkins: {{}}\nsecurity:\n queueItemAuthenticator:\n{lines}".encode()
    assert exported.settings(body)["build_authorization"] == read


def test_users_of_the_local_database_are_told_only_where_the_export_tells_them() -> None:
    told = exported.settings(b"jenkins: {securityRealm: {local: {users: [{id: bob, password: x}]}}}")
    assert told["local_users"] == ["bob"]
    assert "local_users" not in exported.settings(b"jenkins: {securityRealm: {local: {allowsSignup: false}}}")


@pytest.mark.parametrize(
    ("realm", "told"),
    [
        ("{oic: {clientId: x, clientSecret: hunter2}}", {"id_claim": "sub"}),
        ("{oic: {userNameField: email, escapeHatchEnabled: true, escapeHatchUsername: hatch, escapeHatchSecret: hunter2}}", {"id_claim": "email", "escape_hatch": "hatch"}),
        ("{oic: {escapeHatchEnabled: false, escapeHatchUsername: hatch}}", {"id_claim": "sub"}),
        ("{saml: {usernameAttributeName: upn}}", {"id_claim": "upn"}),
        ("{saml: {usernameAttributeName: ''}}", {"id_claim": "NameID"}),
        ("{azure: {clientId: x}}", {"id_claim": "unique_name"}),
        ("{ldap: {configurations: []}}", {}),
        ("{activeDirectory: {}}", {}),
        ("legacy", {}),
    ],
)  # fmt: skip
def test_what_of_the_providers_statement_becomes_the_id(realm: str, told: dict[str, str]) -> None:
    found = exported.settings(f"jenkins: {{securityRealm: {realm}}}".encode())
    assert {key: found[key] for key in ("id_claim", "escape_hatch") if key in found} == told
    assert "hunter2" not in str(found)


def test_whose_credentials_connect_agents_and_where_libraries_come_from() -> None:
    text = b"""
jenkins:
  nodes: [{permanent: {launcher: {ssh: {credentialsId: a}}}}]
  clouds: [{kubernetes: {credentialsId: b, templates: [{x: [{credentialsId: b}]}]}}]
  crumbIssuer: {standard: {excludeClientIPFromCrumb: true}}
unclassified:
  globalLibraries:
    libraries:
    - {name: one, retriever: {modernSCM: {scm: {git: {remote: "https://x:hunter2@github.com/acme/steps.git"}}}}}
    - {name: two, retriever: {legacySCM: {scm: {}}}}
"""
    found = exported.settings(text)
    assert found["connecting"] == ["a", "b"]
    assert found["crumbs_exclude_address"] is True
    assert [each["repository"] for each in found["libraries"]] == ["github.com/acme/steps", ""]
    assert "hunter2" not in str(found)
