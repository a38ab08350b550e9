"""What is taken from a config.xml: where the pipeline comes from, triggers, trust in forks, its own permissions.

Never taken: passwords, tokens, scripts. Of an inline script only that it is one.
"""

from typing import Any

from pipewarden.connectors.jenkins.names import Entry, entry
from pipewarden.connectors.jenkins.safe_xml import Element
from pipewarden.connectors.shapes import leave_out

MATRIX = (
    "hudson.security.AuthorizationMatrixProperty",
    "com.cloudbees.hudson.plugins.folder.properties.AuthorizationMatrixProperty",
)
INHERITS = {
    "InheritParentStrategy": "parent",
    "InheritGlobalStrategy": "global",
    "NonInheritingStrategy": "none",
}
"""https://plugins.jenkins.io/matrix-auth/ (inheritance strategies)."""

CONFIG = "GET /job/{name}/config.xml"
SCRIPT_FLOW = "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"
SCM_FLOW = "org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition"
OTHER_FLOWS = frozenset({"org.jenkinsci.plugins.workflow.multibranch.SCMBinder"})
"""Definitions of branches, which are their project's. Of other plugins it is not known where what they run comes from."""
AUTHORIZE = "org.jenkinsci.plugins.authorizeproject.AuthorizeProjectProperty"
REMOTE = "hudson.plugins.git.UserRemoteConfig"
MUST_HOLD = frozenset({*MATRIX, REMOTE, "jenkins.branch.BranchSource"})
HOLD = MUST_HOLD | {
    "branches", "builders", "data", "definition", "factory", "properties", "scm", "source", "sources", "traits",
    "triggers", "userRemoteConfigs",
}  # fmt: skip
"""Elements that hold others and no words."""
TRUSTS = frozenset({"TrustContributors", "TrustEveryone", "TrustMembers", "TrustNobody", "TrustPermission"})
"""https://plugins.jenkins.io/github-branch-source/ , https://plugins.jenkins.io/gitlab-branch-source/"""
FORKS = ("ForkPullRequestDiscoveryTrait", "ForkMergeRequestDiscoveryTrait")


def settings(root: Element) -> dict[str, Any]:
    """Return the settings of a job or folder that decide who reaches what through it."""
    _whole(root)
    found: dict[str, Any] = {}
    flow = root.find("definition")
    if flow is not None:
        kind = flow.attributes.get("class", "")
        if kind == SCRIPT_FLOW:
            found["definition"] = "inline"
            found |= _switch(flow, "sandbox")
        elif kind == SCM_FLOW:
            found["definition"] = "scm"
            found["script_path"] = _word(flow, "scriptPath") or "Jenkinsfile"
        else:
            found["definition"] = kind.rpartition(".")[2] or "unknown"
            if kind not in OTHER_FLOWS:
                leave_out(CONFIG, "definition")
    elif root.find("builders") is not None:
        found["definition"] = "steps"
        shells = ("hudson.tasks.Shell", "hudson.tasks.BatchFile", "hudson.plugins.powershell.PowerShell")
        found["commands"] = sum(len(root.every(tag)) for tag in shells)
    elif (factory := root.find("factory")) is not None:
        found["definition"] = "multibranch"
        found["script_path"] = _word(factory, "scriptPath") or "Jenkinsfile"
    found["repositories"] = repositories(root)
    found["branches"] = [name for each in root.every("hudson.plugins.git.BranchSpec") if (name := _word(each, "name"))]
    found |= _switch(root, "disabled")
    found["has_auth_token"] = bool(_word(root, "authToken"))
    found["triggers"] = sorted(
        {each.tag.rpartition(".")[2] for spec in root.every("triggers") for each in spec.children}
    )
    for each in root.every("credentialsId"):
        _plain(each)
    found["credentials"] = sorted({each.text.strip() for each in root.every("credentialsId") if each.text.strip()})
    found.update(_forks(root))
    found["runs_as"] = _runs_as(root)
    return found


def _whole(root: Element) -> None:
    """Tell of what holds words where it should hold elements, and of what says nothing where it must say something."""
    if not root.children:
        leave_out(CONFIG, root.tag)
    todo = list(root.children)
    while todo:
        at = todo.pop()
        todo += at.children
        if (at.tag in HOLD and at.text.strip()) or (at.tag in MUST_HOLD and not at.children):
            leave_out(CONFIG, at.tag)


def _plain(element: Element) -> str:
    """Return the text of an element; one that holds elements instead is told."""
    if element.children:
        leave_out(CONFIG, element.tag)
    return element.text.strip()


def _word(root: Element, name: str) -> str:
    """Return the text of an element in another; "" where there is none."""
    found = root.find(name)
    return "" if found is None else _plain(found)


def _switch(root: Element, name: str) -> dict[str, bool]:
    """Return whether a setting is on; one that is not written is off, one of another word is not known, and told."""
    told = "false" if root.find(name) is None else _word(root, name)
    if told not in {"false", "true"}:
        leave_out(CONFIG, name)
        return {}
    return {name: told == "true"}


def _runs_as(root: Element) -> str:
    """Return the strategy by which a job's builds get their user, by its class; "" where the job has none.

    https://plugins.jenkins.io/authorize-project/
    """
    properties = root.find("properties")
    for each in properties.children if properties else ():
        if each.tag == AUTHORIZE:
            strategy = each.find("strategy")
            return (strategy.attributes.get("class", "") if strategy else "").rpartition(".")[2] or "unknown"
    return ""


def repositories(root: Element) -> list[str]:
    """Return the repositories that are checked out, as host/owner/name, users and passwords left out."""
    urls = [_word(each, "url") for each in root.every(REMOTE)]
    if not all(urls):
        leave_out(CONFIG, "url")
    for source in root.every("source") + root.every("navigator") + root.every("scm"):
        kind = source.attributes.get("class", "")
        owner, name = _word(source, "repoOwner"), _word(source, "repository")
        hosted = "github" in kind.lower() and source.tag == "source"
        if "." not in kind or (hosted and not (owner and name)):
            leave_out(CONFIG, f"{source.tag}")
        if owner and name and "github" in kind.lower():
            urls.append(_word(source, "repositoryUrl") or f"https://{_host(source.value('apiUri'))}/{owner}/{name}")
        path = source.value("projectPath")
        if path and "gitlab" in kind.lower():
            urls.append(source.value("httpRemote") or f"https://{source.value('serverName') or 'gitlab.com'}/{path}")
        if source.value("remote"):
            urls.append(source.value("remote") or "")
    return list(dict.fromkeys(name for url in urls if (name := repository(url))))


def _host(api: str | None) -> str:
    host = (api or "https://api.github.com").partition("://")[2].partition("/")[0]
    return "github.com" if host == "api.github.com" else host


def repository(url: str) -> str:
    """Return `github.com/acme/web` of any form of a clone address; "" where it is none."""
    rest = url.partition("://")[2] or url.replace(":", "/", 1)
    host, _, path = rest.rpartition("@")[2].partition("/")
    path = path.strip("/").removesuffix(".git")
    host = host.partition(":")[0].lower()
    return f"{host}/{path}" if host and "/" in path and "$" not in path else ""


def _forks(root: Element) -> dict[str, Any]:
    """Return whom a multibranch project trusts in pull requests from forks.

    https://plugins.jenkins.io/github-branch-source/
    """
    found: dict[str, Any] = {}
    todo = [root]
    while todo:
        at = todo.pop()
        todo.extend(at.children)
        if at.tag.endswith(FORKS):
            trust = at.find("trust")
            kind = trust.attributes.get("class", "") if trust else ""
            found["builds_forks"] = True
            found["trusts_forks"] = kind.rpartition("$")[2].rpartition(".")[2] or "unknown"
            if found["trusts_forks"] not in TRUSTS:
                leave_out(CONFIG, "trust")
    return found


def matrix(root: Element) -> tuple[str, list[Entry]] | None:
    """Return what a folder or job inherits and whom its own matrix names; None where it has no matrix.

    Raises ValueError for a line that is none.
    """
    properties = root.find("properties")
    own = next((p for p in properties.children if p.tag in MATRIX), None) if properties else None
    if own is None:
        return None
    strategy = own.find("inheritanceStrategy")
    inherits = "parent"
    if strategy is not None:
        inherits = INHERITS.get(strategy.attributes.get("class", "").rpartition(".")[2], "unknown")
    elif own.value("blocksInheritance") == "true":
        inherits = "none"
    if inherits == "unknown":
        leave_out(CONFIG, "inheritanceStrategy")
    return inherits, [entry(_plain(each)) for each in own.children if each.tag == "permission"]
