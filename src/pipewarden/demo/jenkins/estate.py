"""acme's Jenkins as data: its people, folders, jobs, matrix and credentials. No network."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
PIPELINE = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
FREESTYLE = "hudson.model.FreeStyleProject"
MULTIBRANCH = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"


@dataclass(slots=True)
class Credential:
    """One credential: never a value."""

    id: str
    kind: str = "SSH Username with private key"
    scope: str = "GLOBAL"
    domain: str = "_"
    used_by: tuple[str, ...] = ()


@dataclass(slots=True)
class Item:
    """A folder or job."""

    name: str
    kind: str = PIPELINE
    matrix: tuple[str, ...] = ()
    """Lines such as `USER:hudson.model.Item.Configure:bob`."""
    inherits: str = "InheritParentStrategy"
    definition: str = ""
    """`inline`, the address of the repository that holds the Jenkinsfile, or "" for a folder."""
    branch: str = "*/main"
    sandbox: bool = True
    auth_token: bool = False
    trust: str = ""
    """For a multibranch project: whom it trusts in pull requests from forks."""
    disabled: bool = False
    last_build: int | None = None
    """Milliseconds since 1970."""
    started_by: str = ""
    """The user who started the last build; "" where a push did."""
    credentials: list[Credential] = field(default_factory=list)
    items: "list[Item]" = field(default_factory=list)


@dataclass(slots=True)
class Role:
    """A role of Role Strategy."""

    type: str
    name: str
    permissions: tuple[str, ...]
    sids: tuple[tuple[str, str], ...]
    pattern: str = ".*"


@dataclass(slots=True)
class Controller:
    """A whole controller."""

    users: list[Json] = field(default_factory=list)
    strategy: Json | str = field(default_factory=dict)
    """`authorizationStrategy` as Configuration as Code writes it."""
    roles: list[Role] = field(default_factory=list)
    matching: list[str] | None = None
    """What the controller says a pattern matches; None: it refuses, for that needs Overall/Administer."""
    realm: Json = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    agents: list[Json] = field(default_factory=list)
    plugins: dict[str, Json] = field(default_factory=dict)
    executors: int = 0
    agent_port: int = -1
    crumbs: bool = True
    security: bool = True
    configuration: Json = field(default_factory=dict)
    """What else the export holds, by part."""

    def find(self, full_name: str) -> Item | None:
        """Return a folder or job by its full name."""
        inside, found = self.items, None
        for part in full_name.split("/"):
            found = next((item for item in inside if item.name == part), None)
            if found is None:
                return None
            inside = found.items
        return found

    def anonymous_reads(self) -> bool:
        """Tell whether somebody who has not signed in sees the controller."""
        if not self.security or self.strategy == "unsecured":
            return True
        lines = str(self.strategy)
        return "Overall/Read:anonymous" in lines


def _plugin(version: str, *, update: bool = False) -> Json:
    return {"version": version, "active": True, "enabled": True, "hasUpdate": update}


def acme() -> Controller:
    """Return acme's controller on the day of the story."""
    matrix = [
        "USER:Overall/Administer:alice",
        "USER:Overall/Administer:grace",
        "USER:Overall/Administer:heidi",
        "USER:Overall/SystemRead:pipewarden",
        "USER:Overall/Read:pipewarden",
        "USER:Job/Read:pipewarden",
        "USER:Job/ExtendedRead:pipewarden",
        "USER:Credentials/View:pipewarden",
        "GROUP:Overall/Read:authenticated",
        "GROUP:Job/Read:authenticated",
        "GROUP:Job/Build:authenticated",
        "GROUP:Job/Configure:authenticated",
        "GROUP:Agent/Connect:platform",
        "Run/Replay:release",
    ]
    people = (
        ("alice", "Alice Owner", 1795000000000), ("bob", "Bob Developer", 1795600000000),
        ("carol", "Carol Left", 1771000000000), ("dave", "Dave Contractor", 1794000000000),
        ("grace", "Grace Platform", 1795500000000), ("heidi", "Heidi Platform", 1795400000000),
        ("pipewarden", "Pipewarden", None),
    )  # fmt: skip
    return Controller(
        users=[
            {"id": login, "fullName": name, "mail": f"{login}@acme.example", "last": last}
            for login, name, last in people
        ],
        strategy={"projectMatrix": {"permissions": matrix}},
        realm={"oic": {"clientId": "jenkins"}},
        items=[
            Item(
                "web",
                FOLDER,
                matrix=("USER:hudson.model.Item.Configure:bob", "USER:hudson.model.Item.Build:bob"),
                credentials=[
                    Credential("registry-push", "Username with password", used_by=("web/deploy-web",)),
                    Credential("prod-kubeconfig", "Secret file"),
                ],
                items=[
                    Item(
                        "deploy-web",
                        definition="https://github.com/acme/web.git",
                        last_build=1795620000000,
                        started_by="bob",
                    ),
                    Item("hotfix", definition="inline", sandbox=False, auth_token=True, last_build=1795000000000),
                    Item(
                        "pull-requests",
                        MULTIBRANCH,
                        definition="https://github.com/acme/web.git",
                        trust="TrustEveryone",
                    ),
                ],
            ),
            Item(
                "mobile",
                FOLDER,
                matrix=(
                    "USER:hudson.model.Item.Configure:carol",
                    "USER:hudson.model.Item.Read:carol",
                    "USER:hudson.model.Item.Read:pipewarden",
                    "USER:hudson.model.Item.ExtendedRead:pipewarden",
                    "USER:com.cloudbees.plugins.credentials.CredentialsProvider.View:pipewarden",
                ),
                inherits="NonInheritingStrategy",
                credentials=[Credential("store-signing", "Certificate", used_by=("mobile/release-app",))],
                items=[Item("release-app", definition="https://github.com/acme/mobile.git", last_build=1795100000000)],
            ),
            Item("build-app", FREESTYLE, definition="inline", last_build=1795630000000),
        ],
        credentials=[
            Credential("deploybot-ssh", used_by=("web/deploy-web",)),
            Credential("agent-launch", scope="SYSTEM"),
            Credential("old-nexus", "Username with password"),
        ],
        agents=[
            {"name": "linux-1", "labels": ["linux", "docker"], "executors": 2, "offline": False},
            {"name": "mac-mini", "labels": [], "executors": 1, "offline": True},
        ],
        plugins={
            "matrix-auth": _plugin("3.2.6"),
            "cloudbees-folder": _plugin("6.1012.v79a_86a_1ea_c1f"),
            "configuration-as-code": _plugin("1963.v24e046127a_3f"),
            "credentials": _plugin("1415.v831096eb_5534", update=True),
            "extended-read-permission": _plugin("53.v6499940139e5"),
            "workflow-cps": _plugin("4106.v7a_8a_8176d450"),
        },
        executors=2,
        agent_port=50000,
        configuration={
            "jenkins": {"remotingSecurity": {"enabled": True}, "crumbIssuer": {"standard": {}}},
            "security": {
                "sSHD": {"port": -1},
                "scriptApproval": {"approvedSignatures": ["staticMethod jenkins.model.Jenkins getInstance"]},
            },
            "unclassified": {
                "globalLibraries": {
                    "libraries": [
                        {"name": "acme-steps", "implicit": True, "defaultVersion": "main", "allowVersionOverride": True}
                    ]
                }
            },
        },
    )
