"""What is taken from the export of Configuration as Code: a few settings by name; everything else is dropped unread.

The export holds secrets, encrypted and sometimes not: only what is listed here leaves this file.
https://github.com/jenkinsci/configuration-as-code-plugin/blob/master/docs/features/configExport.md
"""

from collections.abc import Iterator
from typing import Any

import yaml

from pipewarden.connectors.jenkins.config_xml import repository
from pipewarden.connectors.jenkins.names import Entry, entry, permission
from pipewarden.errors import UnexpectedAnswer

SCOPES = ("GLOBAL", "SYSTEM", "USER")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def settings(body: bytes) -> dict[str, Any]:
    """Return the settings that decide. Raises UnexpectedAnswer where it is no YAML of the known form."""
    whole = _loaded(body)
    jenkins, security, plain = (_part(whole, name) for name in ("jenkins", "security", "unclassified"))
    found: dict[str, Any] = {}
    strategy = jenkins.get("authorizationStrategy")
    name = strategy if isinstance(strategy, str) else next(iter(strategy or {}), None)
    found["strategy"] = name
    body_of = strategy.get(name) if isinstance(strategy, dict) else None
    if isinstance(body_of, dict):
        if "allowAnonymousRead" in body_of:
            found["anonymous_read"] = body_of["allowAnonymousRead"] is True
        if name in {"globalMatrix", "projectMatrix"}:
            found["matrix"] = [list(line) for line in matrix(body_of)]
    realm = jenkins.get("securityRealm")
    found["realm"] = realm if isinstance(realm, str) else next(iter(realm or {}), None)
    local = realm.get("local") if isinstance(realm, dict) else None
    if isinstance(local, dict):
        found["signup"] = local.get("allowsSignup") is True
        if isinstance(local.get("users"), list):
            found["local_users"] = [str(u.get("id")) for u in local["users"] if isinstance(u, dict)]
    for key, place in (("numExecutors", jenkins), ("slaveAgentPort", jenkins)):
        if key in place:
            found[key] = place[key]
    remoting = jenkins.get("remotingSecurity")
    if isinstance(remoting, dict):
        found["agent_to_controller"] = remoting.get("enabled") is True
    found.update(_crumbs(jenkins.get("crumbIssuer")))
    found.update(_sign_in(realm))
    found["connecting"] = sorted(set(_connecting(jenkins.get("nodes"))) | set(_connecting(jenkins.get("clouds"))))
    found["build_authorization"] = _authenticators(security)
    found["libraries"] = _libraries(plain)
    found["scopes"] = _scopes(whole)
    sshd = security.get("sSHD")
    if isinstance(sshd, dict):
        found["sshd_port"] = sshd.get("port")
    approvals = security.get("scriptApproval")
    if isinstance(approvals, dict):
        given = approvals.get("approvedSignatures")
        found["approved_signatures"] = [str(each)[:300] for each in given or () if isinstance(each, str)]
    return found


def matrix(strategy: dict[str, Any]) -> list[Entry]:
    """Return the lines of a matrix: `entries` since matrix-auth 3.2, `permissions` or `grantedPermissions` before.

    https://github.com/jenkinsci/matrix-auth-plugin/blob/master/README.md
    """
    found = []
    for row in strategy.get("entries") or ():
        for word, kind in (("user", "USER"), ("group", "GROUP"), ("userOrGroup", "EITHER")):
            who = row.get(word)
            if isinstance(who, dict):
                found += [Entry(kind, permission(str(p)), str(who["name"])) for p in who.get("permissions") or ()]
    for key in ("permissions", "grantedPermissions"):
        found += [entry(str(line)) for line in strategy.get(key) or ()]
    return found


def _crumbs(issuer: Any) -> dict[str, Any]:
    """Return which issuer makes the crumbs, and whether they are good from any address.

    “Enable proxy compatibility: … filters information about the client from the crumb”.
    https://www.jenkins.io/doc/book/security/csrf-protection/#configuring-csrf-protection
    """
    name = issuer if isinstance(issuer, str) else next(iter(issuer or {}), None)
    found: dict[str, Any] = {} if name is None else {"crumb_issuer": str(name)}
    if name == "standard":
        told = _part(issuer, "standard") if isinstance(issuer, dict) else {}
        found["crumbs_exclude_address"] = told.get("excludeClientIPFromCrumb") is True
    return found


CLAIMS = {"saml": ("usernameAttributeName", "NameID"), "oic": ("userNameField", "sub"), "azure": ("", "unique_name")}
"""Where each realm says what of the provider's statement becomes the user's id, and what it is where nothing is said.

https://github.com/jenkinsci/saml-plugin/blob/main/doc/CONFIGURE.md (Username Attribute)
https://github.com/jenkinsci/oic-auth-plugin/blob/master/docs/configuration/README.md (userNameField)
https://plugins.jenkins.io/azure-ad/ (the name that somebody signs in to Entra with)
"""


def _sign_in(realm: Any) -> dict[str, Any]:
    """Return what of the provider's statement is the id of a user, and whose password opens the controller beside it."""
    name = realm if isinstance(realm, str) else next(iter(realm or {}), None)
    if name not in CLAIMS:
        return {}
    body = _part(realm, name) if isinstance(realm, dict) else {}
    field, default = CLAIMS[name]
    found = {"id_claim": str(body.get(field) or default)[:200]}
    if body.get("escapeHatchEnabled") is True and isinstance(body.get("escapeHatchUsername"), str):
        found["escape_hatch"] = body["escapeHatchUsername"][:200]
    return found


def _connecting(part: Any) -> Iterator[str]:
    """Yield the ids of the credentials with which the controller itself reaches its agents or clouds."""
    todo = [part]
    while todo:
        at = todo.pop()
        if isinstance(at, list):
            todo += at
        elif isinstance(at, dict):
            named = at.get("credentialsId")
            if isinstance(named, str) and named:
                yield named[:200]
            todo += at.values()


def _loaded(body: bytes) -> dict[str, Any]:
    where = "POST /configuration-as-code/export"
    try:
        if any(isinstance(token, (yaml.AliasToken, yaml.AnchorToken)) for token in yaml.scan(body, Loader=LOADER)):
            raise UnexpectedAnswer("the export has anchors; it was not read", endpoint=where)
        whole = yaml.load(body, Loader=LOADER)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError):
        raise UnexpectedAnswer("the export of configuration-as-code is not YAML", endpoint=where) from None
    if not isinstance(whole, dict) or "jenkins" not in whole:
        raise UnexpectedAnswer("the export of configuration-as-code names no controller", endpoint=where)
    return whole


def _part(outer: dict[str, Any], name: str) -> dict[str, Any]:
    found = outer.get(name)
    return found if isinstance(found, dict) else {}


def _authenticators(security: dict[str, Any]) -> list[str]:
    """Return the strategies of Authorize Project; none: builds run as SYSTEM.

    https://plugins.jenkins.io/authorize-project/
    """
    given = _part(security, "queueItemAuthenticator").get("authenticators") or ()
    return [_authenticator(each) for each in given]


def _authenticator(given: Any) -> str:
    """Return `project` where jobs say it, `global:` with the strategy where one counts for all."""
    if not isinstance(given, dict):
        return str(given)
    kind = str(next(iter(given), ""))
    body = given.get(kind)
    strategy = body.get("strategy") if kind == "global" and isinstance(body, dict) else None
    name = strategy if isinstance(strategy, str) else next(iter(strategy), "") if isinstance(strategy, dict) else ""
    return f"{kind}:{name[:1].lower()}{name[1:]}" if name else kind


def _scopes(whole: dict[str, Any]) -> dict[str, str]:
    """Return the scope of each of the controller's credentials by its id; nothing else of a credential is looked at."""
    found = {}
    for domain in _part(_part(whole, "credentials"), "system").get("domainCredentials") or ():
        for row in domain.get("credentials") or ():
            for body in row.values():
                if isinstance(body, dict) and isinstance(body.get("id"), str) and body.get("scope") in SCOPES:
                    found[body["id"]] = str(body["scope"])
    return found


def _libraries(plain: dict[str, Any]) -> list[dict[str, Any]]:
    given = _part(plain, "globalLibraries").get("libraries") or ()
    return [
        {
            "name": str(each.get("name")),
            "implicit": each.get("implicit") is True,
            "version": each.get("defaultVersion"),
            "override": each.get("allowVersionOverride", True) is not False,
            "repository": next((name for url in _remotes(each) if (name := repository(url))), ""),
        }
        for each in given
        if isinstance(each, dict)
    ]


def _remotes(library: dict[str, Any]) -> Iterator[str]:
    """Yield the addresses that a library is fetched from: `git` and `github` write `remote` or `repositoryUrl`."""
    todo: list[Any] = [library.get("retriever")]
    while todo:
        at = todo.pop()
        if isinstance(at, dict):
            yield from (at[key] for key in ("remote", "repositoryUrl") if isinstance(at.get(key), str))
            todo += at.values()
