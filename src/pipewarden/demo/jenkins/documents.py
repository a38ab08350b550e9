"""The answers that are no JSON: config.xml of folders and jobs, and the export of Configuration as Code."""

from typing import Any
from xml.sax.saxutils import escape

import yaml

from pipewarden.demo.jenkins.estate import FOLDER, FREESTYLE, MULTIBRANCH, Controller, Item

_ROOTS = {
    FOLDER: "com.cloudbees.hudson.plugins.folder.Folder",
    FREESTYLE: "project",
    MULTIBRANCH: "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
}
_WHERE = "org.jenkinsci.plugins.matrixauth.inheritance"


def config_xml(item: Item) -> bytes:
    """Return a config.xml as Jenkins writes it: XML 1.1."""
    root = _ROOTS.get(item.kind, "flow-definition")
    parts = [f"<properties>{_matrix(item)}</properties>", f"<disabled>{str(item.disabled).lower()}</disabled>"]
    if item.kind == MULTIBRANCH:
        parts.append(_sources(item))
    elif item.kind == FREESTYLE:
        parts.append("<builders><hudson.tasks.Shell><command>make</command></hudson.tasks.Shell></builders>")
    elif item.definition == "inline":
        sandbox = str(item.sandbox).lower()
        parts.append(
            '<definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition">'
            f"<script>node {{ sh 'make' }}</script><sandbox>{sandbox}</sandbox></definition>"
        )
    elif item.definition:
        parts.append(
            '<definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition">'
            f'<scm class="hudson.plugins.git.GitSCM">{_git(item)}</scm><scriptPath>Jenkinsfile</scriptPath></definition>'
        )
    if item.auth_token:
        parts.append("<authToken>demo-not-a-token</authToken>")
    return f"<?xml version='1.1' encoding='UTF-8'?>\n<{root}>{''.join(parts)}</{root}>".encode()


def _matrix(item: Item) -> str:
    if not item.matrix:
        return ""
    folder = "com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty"
    tag = folder if item.kind == FOLDER else "hudson.security.AuthorizationMatrixProperty"
    lines = "".join(f"<permission>{escape(line)}</permission>" for line in item.matrix)
    return f'<{tag}><inheritanceStrategy class="{_WHERE}.{item.inherits}"/>{lines}</{tag}>'


def _git(item: Item) -> str:
    remote = f"<url>{escape(item.definition)}</url><credentialsId>deploybot-ssh</credentialsId>"
    return (
        f"<userRemoteConfigs><hudson.plugins.git.UserRemoteConfig>{remote}</hudson.plugins.git.UserRemoteConfig>"
        f"</userRemoteConfigs><branches><hudson.plugins.git.BranchSpec><name>{escape(item.branch)}</name>"
        "</hudson.plugins.git.BranchSpec></branches>"
    )


def _sources(item: Item) -> str:
    trait = "org.jenkinsci.plugins.github__branch__source.ForkPullRequestDiscoveryTrait"
    forks = f'<{trait}><strategyId>1</strategyId><trust class="{trait}${item.trust}"/></{trait}>' if item.trust else ""
    return (
        '<sources><data><jenkins.branch.BranchSource><source class="org.jenkinsci.plugins.github_branch_source.'
        f'GitHubSCMSource"><repositoryUrl>{escape(item.definition)}</repositoryUrl><repoOwner>acme</repoOwner>'
        f"<repository>web</repository><traits>{forks}</traits></source></jenkins.branch.BranchSource></data></sources>"
        '<factory class="org.jenkinsci.plugins.workflow.multibranch.WorkflowBranchProjectFactory">'
        "<scriptPath>Jenkinsfile</scriptPath></factory>"
    )


def export(controller: Controller) -> bytes:
    """Return the export of Configuration as Code."""
    whole: dict[str, Any] = {part: dict(body) for part, body in controller.configuration.items()}
    jenkins = whole.setdefault("jenkins", {})
    jenkins["authorizationStrategy"] = controller.strategy
    jenkins["securityRealm"] = controller.realm
    jenkins["numExecutors"] = controller.executors
    jenkins["slaveAgentPort"] = controller.agent_port
    rows = [{"usernamePassword": {"id": c.id, "scope": c.scope, "password": "{demo}"}} for c in controller.credentials]
    whole["credentials"] = {"system": {"domainCredentials": [{"credentials": rows}]}}
    return yaml.safe_dump(whole, sort_keys=True).encode()
