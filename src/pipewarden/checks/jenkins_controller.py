"""Checks about the settings of a Jenkins controller: who gets in, what runs on it, what it lets agents do."""

import re
from collections.abc import Iterator
from typing import Any

from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import JENKINS, clauses
from pipewarden.checks.reading import listed
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind

BOOK = "https://www.jenkins.io/doc/book/security"
AUDITS = ("audit-trail", "jobConfigHistory", "audit-log")


def exported(tenant: Resource, view: View, name: str) -> Any:
    """Return a setting of the export; raises Missing where the export does not name it."""
    return view.attribute(tenant, "configuration", name, facet=JenkinsFacet.CONFIGURATION)


def _strategy(tenant: Resource, view: View) -> str:
    found = exported(tenant, view, "strategy")
    if not found:
        raise Missing(tenant.ref, JenkinsFacet.CONFIGURATION, Cause.MISSING_FIELD, "the export names no strategy")
    return str(found)


@check(
    id="jk.sec.disabled",
    title="The controller asks who somebody is",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONTROLLER,),
    remedy=("Choose a security realm and an authorization other than “Anyone can do anything”.",),
    source=f"{BOOK}/securing-jenkins/",
    **clauses(JENKINS, "O2 O7"),
)
def security_off(tenant: Resource, view: View) -> Iterator[Hit]:
    """Without security, anybody who reaches the address runs code in the controller."""
    if view.given(tenant, "useSecurity", facet=JenkinsFacet.CONTROLLER) is False:
        yield Hit(says=f"{tenant.name} has security switched off: anybody who reaches it can do anything")
    elif view.attribute(tenant, "configuration", "strategy", default=None) == "unsecured":
        yield Hit(says=f"{tenant.name} lets anybody who reaches it do anything")


@check(
    id="jk.auth.anonymous_read",
    title="Nothing is shown to somebody who has not signed in",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.ANONYMOUS,),
    remedy=("Take Overall/Read and Job/Read from anonymous.",),
    source=f"{BOOK}/access-control/permissions/#overall-read",
    **clauses(JENKINS, "O2 AC-14"),
)
def anonymous_read(tenant: Resource, view: View) -> Iterator[Hit]:
    """Names of jobs, agents and users, and logs of builds, are read by anybody; every hole in a plugin is open to all."""
    if view.given(tenant, "anonymous_read", facet=JenkinsFacet.ANONYMOUS) is True:
        yield Hit(says=f"{tenant.name} answers anybody who has not signed in")


@check(
    id="jk.auth.logged_in_all",
    title="To be signed in is not to administer",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=("Choose an authorization with permissions, and give Overall/Administer to few.",),
    source=f"{BOOK}/securing-jenkins/",
    **clauses(JENKINS, "O2 AC-6"),
)
def signed_in_all(tenant: Resource, view: View) -> Iterator[Hit]:
    """Everyone who can sign in administers the controller: contractors, leavers with an account, a stolen password."""
    if _strategy(tenant, view) == "loggedInUsersCanDoAnything":
        yield Hit(says=f"everyone signed in to {tenant.name} can do anything")


@check(
    id="jk.auth.signup",
    title="Nobody makes an account for themselves",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=("Turn off “Allow users to sign up” of Jenkins' own user database.",),
    source=f"{BOOK}/securing-jenkins/",
    **clauses(JENKINS, "O2 IA-4"),
)
def signup(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever reaches the page becomes “authenticated”, with all that everyone signed in may do."""
    exported(tenant, view, "realm")
    if view.attribute(tenant, "configuration", "signup", default=False) is True:
        yield Hit(says=f"whoever reaches {tenant.name} can make an account there")


@check(
    id="jk.auth.local_realm",
    title="People sign in through the company's provider",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=("Use a realm of the company's identity provider: OpenID Connect, SAML or LDAP.",),
    source=f"{BOOK}/securing-jenkins/",
    **clauses(JENKINS, "O2 IA-2"),
)
def local_realm(tenant: Resource, view: View) -> Iterator[Hit]:
    """Jenkins' own user database asks for no second factor, and keeps those who left."""
    if exported(tenant, view, "realm") == "local":
        yield Hit(says=f"{tenant.name} keeps passwords of its own and asks for no second factor")


@check(
    id="jk.auth.legacy_strategy",
    title="The authorization is not the one of 2006",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=("Choose a matrix or roles instead of “Legacy mode”.",),
    source=f"{BOOK}/securing-jenkins/",
    **clauses(JENKINS, "AC-3"),
)
def legacy(tenant: Resource, view: View) -> Iterator[Hit]:
    """In legacy mode whoever has the role admin has everything, and anybody reads."""
    if _strategy(tenant, view) == "legacy":
        yield Hit(says=f"{tenant.name} uses the legacy authorization: anybody reads, and admin does everything")


@check(
    id="jk.ctl.executors",
    title="Builds do not run on the controller",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONTROLLER,),
    remedy=("Set the number of executors of the built-in node to 0.",),
    source=f"{BOOK}/controller-isolation/",
    **clauses(JENKINS, "O7 SC-39"),
)
def executors(tenant: Resource, view: View) -> Iterator[Hit]:
    """A build on the built-in node reads and writes the controller's files: all credentials, all jobs."""
    count = view.given(tenant, "numExecutors", facet=JenkinsFacet.CONTROLLER)
    if isinstance(count, int) and count > 0:
        yield Hit(says=f"builds run on {tenant.name} itself: its built-in node has {count} executors", weight=count)


@check(
    id="jk.ctl.agent_to_ctl",
    title="Agents cannot command the controller",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=("Turn on agent to controller access control, or upgrade: since 2.326 it cannot be turned off.",),
    source=f"{BOOK}/controller-isolation/agent-to-controller/",
    **clauses(JENKINS, "O7"),
)
def agents_command(tenant: Resource, view: View) -> Iterator[Hit]:
    """Without it a build that takes over its agent takes over the controller."""
    exported(tenant, view, "realm")
    if view.attribute(tenant, "configuration", "agent_to_controller", default=True) is False:
        yield Hit(says=f"agents can command {tenant.name}")


@check(
    id="jk.ctl.csrf",
    title="Requests carry a crumb",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONTROLLER,),
    remedy=(
        "Turn on protection against cross-site request forgery, and remove the property that turns it off.",
        "Turn off “Enable proxy compatibility” of the crumb issuer: Manage Jenkins > Security.",
    ),
    source=f"{BOOK}/csrf-protection/",
    **clauses(JENKINS, "O7"),
)
def crumbs(tenant: Resource, view: View) -> Iterator[Hit]:
    """Without crumbs a page that an administrator visits acts on the controller in the administrator's name.

    With proxy compatibility a crumb is good from any address: whoever saw one uses it from elsewhere.
    """
    if view.given(tenant, "useCrumbs", facet=JenkinsFacet.CONTROLLER) is False:
        yield Hit(says=f"{tenant.name} takes requests without a crumb: another site can act as whoever visits it")
    elif exported(tenant, view, "crumbs_exclude_address") is True:
        says = f"crumbs of {tenant.name} are good from any address: its proxy compatibility is on"
        yield Hit(says=says, severity=Severity.MEDIUM)


@check(
    id="jk.ctl.script_console",
    title="The script console is closed to others",
    severity=Severity.CRITICAL,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.ANONYMOUS,),
    remedy=("Take Overall/Administer from anonymous.",),
    source="https://www.jenkins.io/doc/book/managing/script-console/",
    **clauses(JENKINS, "O7"),
)
def script_console(tenant: Resource, view: View) -> Iterator[Hit]:
    """The console runs any code in the controller, and shows every credential in the clear."""
    if view.given(tenant, "anonymous_script", facet=JenkinsFacet.ANONYMOUS) is True:
        yield Hit(says=f"the script console of {tenant.name} opens for anybody who has not signed in")


@check(
    id="jk.ctl.cli",
    title="The controller has no SSH server of its own",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=("Disable the SSH server, and use the command line over HTTPS.",),
    source="https://www.jenkins.io/doc/book/managing/cli/",
    **clauses(JENKINS, "O7"),
)
def ssh_server(tenant: Resource, view: View) -> Iterator[Hit]:
    """Keys kept in user records sign in there, past the identity provider and its second factor."""
    exported(tenant, view, "realm")
    port = view.attribute(tenant, "configuration", "sshd_port", default=-1)
    if isinstance(port, int) and port >= 0:
        yield Hit(says=f"{tenant.name} runs an SSH server that takes keys, past the sign-in")


@check(
    id="jk.ctl.build_auth",
    title="Builds run as the user who may run them",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.PLUGINS,),
    remedy=("Install Authorize Project, and let builds run as who triggered them or as a user of their own.",),
    source=f"{BOOK}/build-authorization/",
    **clauses(JENKINS, "O5"),
)
def builds_as_system(tenant: Resource, view: View) -> Iterator[Hit]:
    """By default a build is SYSTEM: it starts any other job and uses every credential that its folder sees."""
    plugins = view.given(tenant, "plugins", facet=JenkinsFacet.PLUGINS)
    if "authorize-project" not in plugins:
        yield Hit(says=f"builds of {tenant.name} run as SYSTEM: Authorize Project is not installed")
    elif not exported(tenant, view, "build_authorization"):
        yield Hit(says=f"builds of {tenant.name} run as SYSTEM: Authorize Project is not set up")


@check(
    id="jk.ctl.audit",
    title="Changes of the controller are recorded",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.PLUGINS,),
    remedy=("Install audit-trail, and send its log to where administrators cannot change it.",),
    source="https://plugins.jenkins.io/audit-trail/",
    **clauses(JENKINS, "O10 AU-2"),
)
def no_audit(tenant: Resource, view: View) -> Iterator[Hit]:
    """Jenkins itself keeps no record of who changed a job, a permission or a credential."""
    plugins = view.given(tenant, "plugins", facet=JenkinsFacet.PLUGINS)
    if not any(name in plugins for name in AUDITS):
        yield Hit(says=f"{tenant.name} records no changes: none of {listed(AUDITS)} is installed")


@check(
    id="jk.agt.secret",
    title="The port for inbound agents is closed",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONTROLLER,),
    remedy=("Disable the TCP port for inbound agents; they connect over WebSocket.",),
    source=f"{BOOK}/services/",
    **clauses(JENKINS, "O7"),
)
def agent_port(tenant: Resource, view: View) -> Iterator[Hit]:
    """Whoever reaches the port and has an agent's secret becomes that agent, and is sent its builds."""
    port = view.given(tenant, "slaveAgentPort", facet=JenkinsFacet.CONTROLLER)
    if isinstance(port, int) and port >= 0:
        yield Hit(says=f"{tenant.name} takes inbound agents on {f'port {port}' if port else 'a port of its choice'}")


@check(
    id="jk.agt.static",
    title="Agents are chosen by label",
    severity=Severity.MEDIUM,
    subject=Kind.RUNNER,
    needs=(JenkinsFacet.AGENTS,),
    remedy=("Give the agent a label, and let only jobs that name it run there.",),
    source="https://www.jenkins.io/doc/book/using/using-agents/",
    **clauses(JENKINS, "C2.2.1 O7"),
)
def static_agent(agent: Resource, view: View) -> Iterator[Hit]:
    """A machine that stays and takes any job carries what one build left to the next, pull requests to releases."""
    if view.attribute(agent, "built_in", facet=JenkinsFacet.AGENTS):
        return
    kind = view.attribute(agent, "class", facet=JenkinsFacet.AGENTS)
    if kind in {"SlaveComputer", "hudson.slaves.SlaveComputer"} and not view.attribute(agent, "labels"):
        yield Hit(says=f"{agent.name} stays from build to build and has no label: any job may run there")


_BEYOND = re.compile(
    r"jenkins\.model\.Jenkins |hudson\.model\.Hudson |hudson\.model\.User |hudson\.security\.|CredentialsProvider|hudson\.util\.Secret "
    r"|java\.lang\.(?:Runtime|ProcessBuilder|System|Class|ClassLoader|Thread|Process) "
    r"|java\.io\.File|java\.nio\.file\.|java\.lang\.reflect\."
    r"|groovy\.lang\.(?:GroovyShell|GroovyClassLoader|Script|MetaClass)|groovy\.util\.Eval|(?:Default|Process)GroovyMethods execute "
    r"|groovy\.sql\.|java\.net\.URLClassLoader"
)
"""Methods that lead out of the sandbox: to the controller itself, its users and secrets, its files and processes."""


@check(
    id="jk.ctl.approvals",
    title="No approved method leads out of the sandbox",
    severity=Severity.HIGH,
    subject=Kind.TENANT,
    needs=(JenkinsFacet.CONFIGURATION,),
    remedy=(
        "Withdraw the approval of the signature in Manage Jenkins > In-process Script Approval.",
        "Move what needs it into a shared library of the controller that does only this.",
    ),
    source="https://www.jenkins.io/doc/book/managing/script-approval/",
    **clauses(JENKINS, "O4"),
)
def approved(tenant: Resource, view: View) -> Iterator[Hit]:
    """A signature is approved for every sandboxed pipeline: whoever edits any Jenkinsfile calls it too."""
    given = exported(tenant, view, "approved_signatures")
    beyond = [str(each) for each in given or () if _BEYOND.search(f"{each} ")]
    if beyond:
        says = f"every pipeline of {tenant.name} may call {listed([_short(each) for each in beyond], 2)}"
        yield Hit(says=says, because=(tenant,), weight=len(beyond))


def _short(signature: str) -> str:
    """Return a signature as people write the call: `Jenkins.getInstance` of `staticMethod jenkins.model.Jenkins getInstance`."""
    kind, _, rest = signature.partition(" ")
    owner, _, name = rest.partition(" ")
    short = owner.rpartition(".")[2]
    return (f"new {short}" if kind == "new" else f"{short}.{name.partition(' ')[0]}")[:40]
