"""Cases worked by hand from the sentences of Jenkins' pages and of its plugins' own: the sentence stands beside each."""

from typing import NamedTuple

import pytest

from pipewarden.access.jenkins.patterns import matches
from pipewarden.access.jenkins.permissions import closed
from pipewarden.model.access import Answer, Capability
from pipewarden.model.facts import Resource
from pipewarden.model.ids import Kind, Ref
from tests.access.jenkins.test_cases import HERE, HOST, TENANT, Case

ADMINISTER, EDIT, RUN = Capability.ADMINISTER, Capability.EDIT_PIPELINE, Capability.RUN_PIPELINE
READ, SECRET, KEEP = Capability.READ, Capability.READ_SECRET, Capability.MANAGE_SECRET
AGENT, ACCESS = Capability.MANAGE_RUNNER, Capability.MANAGE_ACCESS

PERMISSIONS = "https://www.jenkins.io/doc/book/security/access-control/permissions/"
MATRIX = "https://plugins.jenkins.io/matrix-auth/"
CREDENTIALS = "https://www.jenkins.io/doc/book/using/using-credentials/"


class Documented(NamedTuple):
    """One case: what bob is given and where, what is asked, and whether he has it."""

    says: str
    given: tuple[tuple[str, str], ...]
    """Places with permissions: `WEB: Job/Build Job/Read`; a role's type in brackets before them."""
    asked: Capability
    on: str
    has: bool
    strategy: str = "projectMatrix"


HAS, HAS_NOT = True, False
DOCUMENTED = (
    # --- permissions, https://www.jenkins.io/doc/book/security/access-control/permissions/ ----------
    Documented("Overall/Administer: “In short: Everything.”", ((".", "Overall/Administer"),), ADMINISTER, ".", HAS),
    Documented("Overall/Administer: “There are no limits”", ((".", "Overall/Administer"),), SECRET, "shut", HAS),
    Documented("Overall/Manage “does not grant the ability to change security settings”",
               ((".", "Overall/Manage"),), ADMINISTER, ".", HAS_NOT),
    Documented("Overall/SystemRead: “view … configuration”, and no more", ((".", "Overall/SystemRead"),), ADMINISTER, ".", HAS_NOT),
    Documented("Overall/SystemRead shows settings, not secrets", ((".", "Overall/SystemRead"),), SECRET, "top", HAS_NOT),
    Documented("Overall/RunScripts: “no longer used by Jenkins core” since 2.222",
               ((".", "Overall/RunScripts"),), ADMINISTER, ".", HAS_NOT),
    Documented("Job/Configure: to change a job's configuration", (("WEB/deploy", "Job/Configure"),), EDIT, "WEB/deploy", HAS),
    Documented("Run/Replay: “Ability to perform a new Pipeline build with an edited script.”",
               (("WEB/deploy", "Run/Replay"),), EDIT, "WEB/deploy", HAS),
    Documented("Run/Replay “is implied by Job/Configure”, not the other way", (("WEB/deploy", "Run/Replay"),), ACCESS, "WEB/deploy", HAS_NOT),
    Documented("Job/Build: “start a new build”", (("WEB/deploy", "Job/Build"),), RUN, "WEB/deploy", HAS),
    Documented("Job/Build starts what is there, unchanged", (("WEB/deploy", "Job/Build"),), EDIT, "WEB/deploy", HAS_NOT),
    Documented("Job/Build gives no credential by itself", (("WEB", "Job/Build"),), SECRET, "web", HAS_NOT),
    Documented("Job/Create: “Create a new job.”", (("WEB", "Job/Create"),), EDIT, "WEB", HAS),
    Documented("Job/Create does not change the jobs there are", (("WEB", "Job/Create"),), EDIT, "WEB/deploy", HAS_NOT),
    Documented("Job/Workspace: “retrieve the contents of a workspace”", (("WEB", "Job/Workspace"),), EDIT, "WEB/deploy", HAS_NOT),
    Documented("Job/Delete deletes", (("WEB", "Job/Delete"),), EDIT, "WEB/deploy", HAS_NOT),
    Documented("Job/ExtendedRead: “view … configuration”", (("WEB", "Job/ExtendedRead"),), SECRET, "web", HAS_NOT),
    Documented("Job/Read: “Job/Read implies Job/Discover”", (("WEB", "Job/Read"),), READ, "WEB/deploy", HAS),
    Documented("Job/Discover leads to the sign-in page alone", (("WEB", "Job/Discover"),), READ, "WEB/deploy", HAS_NOT),
    Documented("Agent/Configure: “make all jobs run on a computer where they have root access”",
               ((".", "Agent/Configure"),), AGENT, ".", HAS),
    Documented("Agent/Create: “Security implications are the same as for Agent/Configure.”", ((".", "Agent/Create"),), SECRET, "top", HAS),
    Documented("Agent/Connect shows an inbound agent's secret", ((".", "Agent/Connect"),), SECRET, "top", HAS),
    Documented("Agent/Disconnect: Agent/Connect “is implied by Agent/Disconnect”", ((".", "Agent/Disconnect"),), AGENT, ".", HAS),
    Documented("Agent/Build: “run jobs as them on agents”, no agent of one's own", ((".", "Agent/Build"),), AGENT, ".", HAS_NOT),
    Documented("Agent/Delete deletes", ((".", "Agent/Delete"),), AGENT, ".", HAS_NOT),
    # --- credentials ---------------------------------------------------------------------------------
    Documented("Credentials/View: to see that they exist", ((".", "Credentials/View"),), SECRET, "top", HAS_NOT),
    Documented("Credentials/Update: “edit credentials”", ((".", "Credentials/Update"),), KEEP, "top", HAS),
    Documented("Credentials/Update shows no value: it is masked", ((".", "Credentials/Update"),), SECRET, "top", HAS_NOT),
    Documented("“Folder credentials are available to all jobs within the folder and its sub-folders”",
               (("WEB/INNER/job", "Job/Configure"),), SECRET, "web", HAS),
    Documented("…and to none outside of it", (("OTHER/job", "Job/Configure"),), SECRET, "web", HAS_NOT),
    Documented("scope System: “for … system administration functions”, no job's", (("WEB/deploy", "Job/Configure"),), SECRET, "sys", HAS_NOT),
    Documented("scope Global: “available to … all … items”", (("OTHER/job", "Job/Configure"),), SECRET, "top", HAS),
    Documented("Credentials/Create in a folder keeps that folder's store", (("WEB", "Credentials/Create"),), KEEP, "web", HAS),
    Documented("…and no other's", (("WEB", "Credentials/Create"),), KEEP, "top", HAS_NOT),
    # --- inheritance, https://plugins.jenkins.io/matrix-auth/ ------------------------------------------
    Documented("“Inherit permissions: … the default behavior … only add to permissions defined globally or in any parent items.”",
               (("WEB", "Job/Configure"),), EDIT, "WEB/INNER/job", HAS),
    Documented("“… only add”: an empty list below takes nothing away",
               (("WEB", "Job/Configure"), ("WEB/INNER", "Job/Read")), EDIT, "WEB/INNER/job", HAS),
    Documented("“Inherit global configuration only: … but not those granted on parent folders.”",
               (("WEB", "Job/Configure"),), EDIT, "WEB/GLOBAL/job", HAS_NOT),
    Documented("“This will only inherit permissions granted globally”", ((".", "Job/Configure"),), EDIT, "WEB/GLOBAL/job", HAS),
    Documented("“Do not inherit permissions: The most restrictive inheritance configuration.”",
               ((".", "Job/Configure"),), EDIT, "SHUT/job", HAS_NOT),
    Documented("“Only permissions defined explicitly on this agent or item will be granted.”",
               (("SHUT", "Job/Configure"),), EDIT, "SHUT/job", HAS),
    Documented("“The only exception is Overall/Administer”", ((".", "Overall/Administer"),), EDIT, "SHUT/job", HAS),
    Documented("“It is not possible to remove access … from Jenkins administrators.”", ((".", "Overall/Administer"),), SECRET, "shut", HAS),
    Documented("What is given above a folder that inherits nothing does not reach its credentials",
               ((".", "Job/Configure"),), SECRET, "shut", HAS_NOT),
    Documented("“users granted permission to configure items … will be able to grant themselves all other permissions on the item”",
               (("WEB", "Job/Configure"),), ACCESS, "WEB", HAS),
    Documented("“… When using project-based matrix authorization”: under a global one they cannot",
               ((".", "Job/Configure"),), ACCESS, "WEB", HAS_NOT, "globalMatrix"),
    # --- Role Strategy, https://plugins.jenkins.io/role-strategy/ -------------------------------------
    Documented("Global roles “apply … to all” items", ((".", "[globalRoles] Job/Configure"),), EDIT, "SHUT/job", HAS, "roleBased"),
    Documented("Item roles: a role that matches the folder alone is not on what lies in it",
               (("WEB", "[projectRoles] Job/Configure"),), EDIT, "WEB/deploy", HAS_NOT, "roleBased"),
    Documented("Item roles: a role that matches the job is on it, whatever holds above",
               (("WEB/deploy", "[projectRoles] Job/Configure"),), EDIT, "WEB/deploy", HAS, "roleBased"),
    Documented("Under Role Strategy who configures a folder gives nobody anything",
               (("WEB", "[projectRoles] Job/Configure"),), ACCESS, "WEB", HAS_NOT, "roleBased"),
)  # fmt: skip


def built(case: Documented) -> tuple[Case, Ref]:
    """Return a controller with the usual folders, and what is asked about."""
    made = Case(case.strategy)
    inherits = {"WEB/GLOBAL": "global", "SHUT": "none"}
    places = {".": TENANT}
    for name in ("WEB", "WEB/INNER", "WEB/GLOBAL", "SHUT", "OTHER"):
        places[name] = made.item(name, inherits.get(name, "parent"))
    for name in ("WEB/deploy", "WEB/INNER/job", "WEB/GLOBAL/job", "SHUT/job", "OTHER/job"):
        places[name] = made.item(name)
    places |= {"top": made.secret("top"), "sys": made.secret("sys", scope="SYSTEM")}
    places |= {"web": made.secret("web", places["WEB"]), "shut": made.secret("shut", places["SHUT"])}
    for where, words in case.given:
        kind, _, rest = words.removeprefix("[").partition("] ") if words.startswith("[") else ("", "", words)
        made.grant("bob", places[where], *rest.split(), kind=kind)
    return made, places[case.on]


@pytest.mark.parametrize("case", DOCUMENTED, ids=lambda case: case.says[:60])
def test_what_the_page_says_holds(case: Documented) -> None:
    made, resource = built(case)
    assert made.who(case.asked, resource) == ({"bob"} if case.has else set())


@pytest.mark.parametrize(
    ("pattern", "hits"),
    [
        ("web", "web"),
        ("web/.*", "web/deploy web/a/b"),
        ("web(/.*)?", "web web/deploy web/a/b"),
        ("^web.*$", "web web/deploy web/a/b website website/x"),
        ("web.*", "web web/deploy web/a/b website website/x"),
        (".*/deploy", "web/deploy"),
        ("[^/]+", "web website mobile"),
        ("(?i)WEB/.*", "web/deploy web/a/b"),
        ("web|mobile", "web mobile"),
        ("(?!web).*", "mobile mobile/app"),
        ("web/[a-c]/.*", "web/a/b"),
        (r"w\w+", "web website"),
        (".*", "web web/deploy web/a/b website website/x mobile mobile/app"),
        ("we", ""),
        ("Web", ""),
        ("web/", ""),
    ],
)
def test_a_pattern_matches_whole_full_names(pattern: str, hits: str) -> None:
    """“Pattern … regular expression … matched against the full name”: `Matcher.matches()` wants all of it."""
    names = ["web", "web/deploy", "web/a/b", "website", "website/x", "mobile", "mobile/app"]
    assert [name for name, hit in zip(names, matches(pattern, names), strict=True) if hit] == hits.split()


@pytest.mark.parametrize(
    ("given", "implied"),
    [
        ("Job/Configure", {"Job/ExtendedRead", "Run/Replay", "Credentials/UseItem"}),
        ("Job/Build", {"Job/Cancel", "Credentials/UseOwn"}),
        ("Job/Read", {"Job/Discover"}),
        ("Agent/Configure", {"Agent/ExtendedRead"}),
        ("Agent/Disconnect", {"Agent/Connect"}),
        ("Overall/Manage", {"Overall/Read"}),
        ("Job/Create", set()),
        ("Run/Replay", set()),
    ],
)
def test_permissions_imply_what_their_pages_say(given: str, implied: set[str]) -> None:
    assert closed([given]) - {given} == implied


PROJECT, TRIGGERED = "project", "global:triggeringUsersAuthorizationStrategy"


@pytest.mark.parametrize(
    ("chosen", "runs_as", "answer"),
    [
        ([], "", Answer.YES),
        (
            [PROJECT],
            "",
            Answer.YES,
        ),  # authenticate2: “if (prop == null) return null”: the next one counts, SYSTEM at last
        ([PROJECT], "SystemAuthorizationStrategy", Answer.YES),
        ([PROJECT], "SpecificUsersAuthorizationStrategy", Answer.UNKNOWN),
        ([PROJECT], "AnonymousAuthorizationStrategy", Answer.UNKNOWN),
        ([PROJECT], None, Answer.UNKNOWN),
        ([TRIGGERED], "", Answer.UNKNOWN),
        ([PROJECT, TRIGGERED], "", Answer.UNKNOWN),
        (["global:anonymousAuthorizationStrategy"], "", Answer.UNKNOWN),
        (None, "", Answer.UNKNOWN),
    ],
)
def test_as_whom_builds_run_decides_whether_they_take_the_credential(
    chosen: list[str] | None, runs_as: str | None, answer: Answer
) -> None:
    """“By default, builds run as the virtual user SYSTEM with full permissions to run on any node, create or delete jobs, …”."""
    configuration = {"strategy": "projectMatrix"} | ({} if chosen is None else {"build_authorization": chosen})
    case = Case(configuration=configuration, plugins={"authorize-project": {}})
    told = {} if runs_as is None else {"runs_as": runs_as}
    job, secret = case.item("deploy", definition="scm", **told), case.secret("s")
    case.grant("bob", job, "Job/Configure")
    assert case.who(SECRET, secret, answer) == {"bob"}


def test_a_build_that_a_push_starts_has_no_user_and_is_system() -> None:
    """“Run as the user who triggered the build: Does not work for scheduled or polled builds.”"""
    from tests.access.jenkins.test_approvals import pushed

    configuration = {"strategy": "projectMatrix", "build_authorization": [TRIGGERED]}
    case = Case(configuration=configuration, plugins={"authorize-project": {}})
    job, secret = case.item("deploy", definition="multibranch"), case.secret("s")
    pushed(case, job, "")
    case.grant("bob", job, "Job/Configure")
    assert case.who(SECRET, secret) == {"erin"}
    assert case.who(SECRET, secret, Answer.UNKNOWN) == {"bob"}


def test_an_agent_is_managed_by_its_permissions_alone() -> None:
    case = Case()
    agent = Ref(HOST, Kind.RUNNER, "linux")
    case.builder.add(Resource(ref=agent, name="runner:linux", parent=TENANT, origin=HERE))
    case.grant("bob", TENANT, "Agent/Configure")
    case.grant("dave", TENANT, "Job/Configure")
    assert case.who(AGENT, agent) == {"bob"}
