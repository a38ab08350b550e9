"""The JSON that Jenkins answers with, in the shape of recorded answers of real controllers."""

from typing import Any

from pipewarden.demo.jenkins.estate import FOLDER, MULTIBRANCH, Controller, Credential, Item, Json

DOMAIN = "com.cloudbees.plugins.credentials.CredentialsStoreAction$DomainWrapper"
NAMES = {"_": "Global credentials (unrestricted)"}


def root(controller: Controller) -> Json:
    """Return what stands at the root."""
    return {
        "_class": "hudson.model.Hudson",
        "assignedLabels": [{"name": "built-in"}],
        "mode": "NORMAL",
        "nodeDescription": "the Jenkins controller's built-in node",
        "nodeName": "",
        "numExecutors": controller.executors,
        "description": None,
        "quietingDown": False,
        "slaveAgentPort": controller.agent_port,
        "useCrumbs": controller.crumbs,
        "useSecurity": controller.security,
    }


def item(each: Item, full_name: str, url: str) -> Json:
    """Return a folder or job as a list of jobs shows it."""
    where = "/".join(f"job/{part}" for part in full_name.split("/"))
    body: Json = {"_class": each.kind, "name": each.name, "fullName": full_name, "url": f"{url}/{where}/"}
    if each.kind in {FOLDER, MULTIBRANCH}:
        return body | {"jobs": [{"_class": inner.kind, "name": inner.name} for inner in each.items[:1]]}
    last = {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": 7, "result": "SUCCESS"}
    told = {"timestamp": each.last_build, "actions": actions(each.started_by)}
    body["lastBuild"] = last | told if each.last_build else None
    return body | {"buildable": not each.disabled, "color": "disabled" if each.disabled else "blue"}


def actions(user: str) -> list[Json]:
    """Return the actions of a build, of which one tells why it was started; those that export nothing are empty."""
    cause: Json = {"_class": "jenkins.branch.BranchEventCause"}
    if user:
        cause = {"_class": "hudson.model.Cause$UserIdCause", "userId": user}
    return [{}, {"_class": "hudson.model.CauseAction", "causes": [cause]}, {}]


def computers(controller: Controller) -> Json:
    """Return the built-in node and the agents."""
    built_in = {
        "_class": "hudson.model.Hudson$MasterComputer",
        "displayName": "Built-In Node",
        "assignedLabels": [{"name": "built-in"}],
        "numExecutors": controller.executors,
        "offline": False,
        "temporarilyOffline": False,
        "jnlpAgent": False,
        "launchSupported": True,
    }
    agents = [
        {
            "_class": "hudson.slaves.SlaveComputer",
            "displayName": agent["name"],
            "assignedLabels": [{"name": label} for label in (*agent["labels"], agent["name"])],
            "numExecutors": agent["executors"],
            "offline": agent["offline"],
            "temporarilyOffline": False,
            "jnlpAgent": agent.get("inbound", True),
            "launchSupported": not agent.get("inbound", True),
        }
        for agent in controller.agents
    ]
    return {"_class": "hudson.model.ComputerSet", "busyExecutors": 0, "computer": [built_in, *agents]}


def plugins(controller: Controller) -> Json:
    """Return the plugins."""
    rows = [{"shortName": name, **body} for name, body in controller.plugins.items()]
    return {"_class": "hudson.LocalPluginManager", "plugins": rows}


def people(controller: Controller) -> Json:
    """Return everybody of whom there is a record."""
    mailer = "hudson.tasks.Mailer$UserProperty"
    return {
        "_class": "hudson.model.View$AsynchPeople$People",
        "users": [
            {
                "lastChange": user.get("last"),
                "user": {
                    "id": user["id"],
                    "fullName": user["fullName"],
                    "property": [
                        {"_class": "jenkins.security.ApiTokenProperty"},
                        {"_class": mailer, "address": user["mail"]},
                    ],
                },
            }
            for user in controller.users
        ],
    }


def roles(controller: Controller, what: str, query: dict[str, str], *, old: bool) -> Any:
    """Return roles as Role Strategy does: sids are objects with a type, and were plain words before version 4."""
    kind = query.get("type", "globalRoles")

    def sids(pairs: tuple[tuple[str, str], ...]) -> list[Any]:
        return [sid if old else {"type": type_, "sid": sid} for type_, sid in pairs]

    if what in {"getAllRoles", "getRoleAssignments"}:
        return {role.name: sids(role.sids) for role in controller.roles if role.type == kind}
    for role in controller.roles:
        if what == "getRole" and role.type == kind and role.name == query.get("roleName"):
            told: Json = {"permissionIds": dict.fromkeys(role.permissions, True), "sids": sids(role.sids)}
            return told if kind == "globalRoles" else told | {"pattern": role.pattern}
    return {}


def store(credentials: list[Credential], rest: str, name: str) -> Json:
    """Return a store with its domains, or one domain with its credentials."""
    domains = dict.fromkeys(["_", *(each.domain for each in credentials)])
    if rest == "api/json":
        return {"_class": DOMAIN, "domains": {each: {"_class": DOMAIN, "urlName": each} for each in domains}}
    domain = rest.removeprefix("domain/").partition("/")[0]
    return {
        "_class": DOMAIN,
        "credentials": [
            {
                "description": "",
                "displayName": each.id,
                "fingerprint": _fingerprint(each),
                "fullName": f"{name}/{domain}/{each.id}",
                "id": each.id,
                "typeName": each.kind,
            }
            for each in credentials
            if each.domain == domain
        ],
        "description": "",
        "displayName": NAMES.get(domain, domain),
        "fullDisplayName": f"{name} » {domain}",
        "fullName": f"{name}/{domain}",
        "global": domain == "_",
        "urlName": domain,
    }


def _fingerprint(each: Credential) -> Json | None:
    if not each.used_by:
        return None
    usage = [{"name": job, "ranges": {"ranges": [{"start": 1, "end": 8}]}} for job in each.used_by]
    return {"_class": "hudson.model.Fingerprint", "usage": usage}
