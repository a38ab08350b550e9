"""The controller itself: what it says of itself, what it shows to anybody, its plugins, agents and people."""

from typing import Any

from pipewarden.connectors.answers import picked
from pipewarden.connectors.jenkins import exported, shapes
from pipewarden.connectors.jenkins.grants import signed_in
from pipewarden.connectors.jenkins.run import Run, moment, text
from pipewarden.connectors.jenkins.shapes import must
from pipewarden.connectors.shapes import fits, leave_out
from pipewarden.errors import AccessDenied, NotFound
from pipewarden.model.facets_jenkins import JenkinsFacet
from pipewarden.model.facts import Account, AnyFact, Cause, Certainty, Group, Membership, Resource
from pipewarden.model.ids import Kind, everyone
from pipewarden.model.systems import System, source

ROOT = "GET /api/json"
AGENTS = "GET /computer/api/json"
PLUGINS = "GET /pluginManager/api/json"
PEOPLE = "GET /asynchPeople/api/json"

BUILT_IN = "(built-in)"
"""The key of the controller's own node."""

ROOT_FIELDS = "_class,mode,numExecutors,useCrumbs,useSecurity,slaveAgentPort"
AGENT_FIELDS = "computer[_class,displayName,assignedLabels[name],numExecutors,offline,temporarilyOffline,jnlpAgent,launchSupported]"
PEOPLE_FIELDS = "users[lastChange,user[id,fullName,property[address]]]"


async def controller(run: Run) -> list[AnyFact]:
    """Read what makes the fact about the whole controller, with its gaps. Raises where nothing at all can be read."""
    root = await run.jenkins.json("api/json", template=ROOT, tree=ROOT_FIELDS)
    must(root, shapes.ROOT, ROOT)
    attributes: dict[str, Any] = picked(root, "mode", "numExecutors", "useCrumbs", "useSecurity", "slaveAgentPort") | {
        "version": run.jenkins.version
    }
    gaps: list[AnyFact] = []

    async def anonymous() -> list[AnyFact]:
        attributes["anonymous_read"] = await _shown_to_anybody(run, "api/json", ROOT, json=True)
        shown = await _console_shown_to_anybody(run)
        if shown is not None:
            attributes["anonymous_script"] = shown
        return []

    async def plugins() -> list[AnyFact]:
        told = await run.jenkins.json(
            "pluginManager/api/json", template=PLUGINS, tree="plugins[shortName,version,active,enabled,hasUpdate]"
        )
        attributes["plugins"] = {
            text(row["shortName"]): picked(row, "version", "active", "enabled", "hasUpdate")
            for row in told["plugins"]
            # one that is switched off does nothing
            if fits(row, shapes.PLUGIN, PLUGINS) and row.get("active") is not False
        }
        return []

    async def configuration() -> list[AnyFact]:
        body = await run.jenkins.body(
            "configuration-as-code/export", template="POST /configuration-as-code/export", method="POST"
        )
        attributes["configuration"] = exported.settings(body)
        return []

    gaps += await run.guarded(run.tenant, JenkinsFacet.ANONYMOUS, anonymous)
    gaps += await run.guarded(run.tenant, JenkinsFacet.PLUGINS, plugins)
    gaps += await run.guarded(run.tenant, JenkinsFacet.CONFIGURATION, configuration)
    detail = "Jenkins lists no tokens through its API; Manage Jenkins > Users shows each user's"
    gaps.append(run.gap(run.tenant, JenkinsFacet.API_TOKENS, cause=Cause.NOT_COLLECTED, detail=detail))
    origin = run.origin(ROOT)
    return [
        source(run.instance, System.JENKINS, origin, name=run.name),
        Resource(ref=run.tenant, name=run.shown(), attributes=attributes, origin=origin),
        signed_in(run, ROOT),
        Group(ref=everyone(run.instance), name="anybody at all", parent=run.tenant, origin=origin),
        *gaps,
    ]


async def _shown_to_anybody(run: Run, path: str, template: str, *, json: bool = False) -> bool:
    """Ask for something without signing in."""
    ask = run.jenkins.json if json else run.jenkins.body
    try:
        await ask(path, template=f"{template} (not signed in)", anonymous=True)
    except (AccessDenied, NotFound):
        return False
    return True


async def _console_shown_to_anybody(run: Run) -> bool | None:
    """Tell whether the script console opens without signing in; None where what answers is another page.

    A sign-in page before Jenkins answers 200, too. The console is known by its field for a script.
    https://github.com/jenkinsci/jenkins/blob/master/core/src/main/resources/lib/hudson/scriptConsole.jelly
    """
    try:
        body = await run.jenkins.body("script", template="GET /script (not signed in)", anonymous=True)
    except (AccessDenied, NotFound):
        return False
    return True if b'name="script"' in body else None


async def agents(run: Run) -> list[AnyFact]:
    """Read the built-in node and the agents."""

    async def read() -> list[AnyFact]:
        told = await run.jenkins.json("computer/api/json", template=AGENTS, tree=AGENT_FIELDS)
        found: list[AnyFact] = []
        for row in told["computer"]:
            if not fits(row, shapes.AGENT, AGENTS):
                continue
            name = text(row["displayName"])
            built_in = text(row.get("_class") or "").endswith("MasterComputer")
            labels = [text(each["name"]) for each in row.get("assignedLabels") or () if each.get("name") != name]
            attributes = picked(row, "numExecutors", "offline", "temporarilyOffline", "jnlpAgent", "launchSupported")
            attributes |= {"class": text(row.get("_class") or "").rpartition(".")[2], "built_in": built_in}
            attributes["labels"] = labels
            ref = run.ref(Kind.RUNNER, BUILT_IN if built_in else name)
            found.append(
                Resource(
                    ref=ref,
                    name=f"runner:{run.shown(name)}",
                    parent=run.tenant,
                    attributes=attributes,
                    origin=run.origin(AGENTS),
                )
            )
        if not any(each.ref.key == BUILT_IN for each in found if isinstance(each, Resource)):
            leave_out(AGENTS, "_class of the built-in node")
        return found

    return await run.guarded(run.tenant, JenkinsFacet.AGENTS, read)


async def people(run: Run) -> list[AnyFact]:
    """Read the users that Jenkins has a record of: who signed in, and who committed something that was built."""

    async def read() -> list[AnyFact]:
        told = await run.jenkins.json("asynchPeople/api/json", template=PEOPLE, tree=PEOPLE_FIELDS)
        found: list[AnyFact] = []
        for row in told["users"]:
            if not fits(row, shapes.PERSON, PEOPLE):
                continue
            user = row["user"]
            name = text(user["id"])
            if not name:
                raise ValueError("a user without an id")
            ref = run.ref(Kind.ACCOUNT, name)
            mails = [
                each["address"] for each in user.get("property") or () if isinstance(each, dict) and each.get("address")
            ]
            attributes = {"login": name, "fullName": user.get("fullName"), "seen_in": "users", **run.sign_in(name)}
            if mails:
                attributes["email"] = text(mails[0])
            at = moment(row.get("lastChange"))
            if at:
                attributes["last_used_source"] = "last commit that was built"
            found.append(
                Account(
                    ref=ref,
                    name=f"jenkins:{name}",
                    parent=run.tenant,
                    attributes=attributes,
                    last_used_at=at,
                    origin=run.origin(PEOPLE),
                )
            )
        return found

    return await run.guarded(run.tenant, JenkinsFacet.PEOPLE, read)


def members(run: Run) -> list[AnyFact]:
    """Return who is in the groups: everyone known signs in, and of other groups Jenkins keeps no list.

    https://www.jenkins.io/doc/book/security/access-control/ (group membership is told at sign-in)
    """
    presumed = run.origin(PEOPLE, Certainty.PRESUMED)
    everybody = run.ref(Kind.GROUP, "authenticated")
    found: list[AnyFact] = [
        Membership(member=account.ref, group=everybody, origin=presumed) for account in run.known(Kind.ACCOUNT)
    ]
    known = {everybody, everyone(run.instance)}
    for ref in run.granted():
        if ref.kind is Kind.GROUP and ref not in known:
            detail = "Jenkins learns who is in a group when they sign in; the identity provider knows"
            found.append(run.gap(ref, JenkinsFacet.GROUP_MEMBERS, cause=Cause.NOT_COLLECTED, detail=detail))
    return found
