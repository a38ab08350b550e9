"""What is known of a run before it starts, by its event and by who causes it: the contexts that a condition reads.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from pipewarden.pipelines.payloads import absent, is_no_link
from pipewarden.pipelines.untrusted import ANYONE_EVENTS


class Who(StrEnum):
    """Who causes a run."""

    OUTSIDER = "outsider"
    """Somebody who may not write; a pull request of theirs comes from a fork."""
    BOT = "bot"
    """Dependabot: its branches are the repository's own."""
    WHOEVER = "whoever"


class Unknown(Struct, frozen=True):
    """A value of which nothing is known."""


UNKNOWN = Unknown()
Known = str | float | bool | None
"""What a value can be of which everything is known; numbers are floats."""


class Begins(Struct, frozen=True):
    """A text that is not empty and begins in a way that is known."""

    with_: str
    """In lower case."""

    def same_as(self, other: "Value") -> bool | None:
        """Tell whether it can be another value."""
        return False if isinstance(other, str) and not other.lower().startswith(self.with_) else None

    def has(self, what: "Value", function: str) -> bool | None:
        """Answer `startsWith` and `contains`."""
        if not isinstance(what, str):
            return None
        part = what.lower()
        if function == "startswith":
            return True if self.with_.startswith(part) else None if part.startswith(self.with_) else False
        return True if function == "contains" and part in self.with_ else None


class Item(Struct, frozen=True):
    """Something of a repository or its owner: the own one's, or that of somebody outside, which no file names.

    `field` tells what: a name, an id. Those of a fork are never those of the repository it is a fork of.
    """

    field: str
    own: bool

    def same_as(self, other: "Value") -> bool | None:
        """Tell whether it can be another value."""
        if isinstance(other, Item):
            if {self.field, other.field} == {"author", "owner"}:
                # who may not write owns nothing here
                return False if self.own or other.own else None
            return None if self.field != other.field or not (self.own or other.own) else self.own and other.own
        if isinstance(other, Own):
            return None if self.own else False
        if self.own or not isinstance(other, str | float) or isinstance(other, bool):
            return None
        # people are named to be let in; who wrote it nobody can claim to be
        return False if self.field != "author" or str(other).lower() == DEPENDABOT else None

    def starts_with(self, what: "Value") -> bool | None:
        """Answer `startsWith`: of OWNER:BRANCH and OWNER/NAME only the owner can begin with the own owner's whole name."""
        if self.own:
            return None
        if isinstance(what, Own):
            return False if self.field in _OF_OWNER.get(what.mark, ()) else None
        whole = isinstance(what, str) and any(mark in what for mark, ones in _OF_OWNER.items() if self.field in ones)
        return False if whole else None


class Own(Struct, frozen=True):
    """A text that begins with the owner of the repository and a mark."""

    mark: str

    def same_as(self, other: "Value") -> bool | None:
        """Tell whether it can be another value."""
        return other.same_as(self) if isinstance(other, Item) else None


class OneOf(Struct, frozen=True):
    """One of some texts, in lower case; `most` is what it is taken to be."""

    texts: frozenset[str]
    most: str = ""

    def same_as(self, other: "Value") -> bool | None:
        """Tell whether it can be another value."""
        if isinstance(other, str) and self.most and other.lower() == self.most:
            return True
        return False if isinstance(other, str) and other.lower() not in self.texts else None


class Unlike(Struct, frozen=True):
    """A text that is none of some, in lower case; of those the file names, none where `any_`."""

    texts: frozenset[str] = frozenset()
    any_: bool = False

    def same_as(self, other: "Value") -> bool | None:
        """Tell whether it can be another value."""
        if isinstance(other, str):
            return False if self.any_ or other.lower() in self.texts else None
        return False if self.any_ else None


Value = Known | Unknown | Begins | Item | Own | OneOf | Unlike | tuple["Value", ...]

DEPENDABOT = "dependabot[bot]"
"""Its login, which nobody can claim.
https://docs.github.com/en/code-security/dependabot/working-with-dependabot/automating-dependabot-with-github-actions"""
_OF_OWNER = {":": ("label",), "/": ("full_name",)}

PULLS = frozenset({"pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"})
"""Events whose payload has the pull request."""
_PROPOSED = PULLS - {"pull_request_target"}
_ON_DEFAULT = frozenset(
    {
        "pull_request_target", "issues", "issue_comment", "discussion", "discussion_comment", "fork", "watch", "gollum",
        "workflow_run", "schedule", "label", "milestone", "repository_dispatch", "public", "page_build", "branch_protection_rule",
        "check_run", "check_suite",
    }
)  # fmt: skip
"""Events that run on a branch: the default one, or the base of the pull request.
https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows"""
ALL_EVENTS = ANYONE_EVENTS | _ON_DEFAULT | {
    "push", "create", "delete", "workflow_dispatch", "release", "deployment", "deployment_status", "merge_group",
    "registry_package", "status", "image_version",
}  # fmt: skip
"""Events that a caller of a workflow may have."""

OF_BOTS = PULLS | {"push", "create", "deployment", "deployment_status", "workflow_run"}
"""Events that what Dependabot proposes brings about."""
ALL_ASKED = frozenset({*(ALL_EVENTS - PULLS), *(f"{event} closed" for event in PULLS)})
"""They all, as a workflow is asked about that does not say which it has."""

_REPOSITORY = ("full_name", "id", "node_id", "url", "html_url", "clone_url", "git_url", "ssh_url")
"""Fields of a repository that no other has; a fork may have the same `name`."""
_OWNER = {
    "login": "owner",
    "id": "owner_id",
    "node_id": "owner_node_id",
    "html_url": "owner_html_url",
    "url": "owner_url",
}
_ACTORS = ("github.actor", "github.triggering_actor", "github.event.sender.login", "github.event.comment.user.login",
           "github.event.issue.user.login", "github.event.review.user.login", "github.event.pull_request.user.login",
           "github.event.discussion.user.login")  # fmt: skip
_FILLED = tuple(
    f"github.event.pull_request{name}"
    for name in (
        "",
        ".head",
        ".base",
        ".head.sha",
        ".head.ref",
        ".base.sha",
        ".base.ref",
        ".number",
        ".title",
        ".html_url",
    )
)
"""What is never empty of a pull request."""
_EVENTS_OF_BOT = frozenset({"pull_request", "pull_request_target", "push", "create", "delete"})


class World(Struct, frozen=True):
    """A run as far as it is known before it starts."""

    values: Mapping[str, Value]
    nulls: frozenset[str] = frozenset()
    """What the payload of its event does not have: the words after `github.event.`."""
    association: str = ""
    """How who caused it stands to the repository."""

    def of(self, context: str) -> Value:
        """Return what a context is worth, in lower case."""
        found = self.values.get(context, UNKNOWN)
        if found is not UNKNOWN or not context.startswith("github.event."):
            return found
        if (self.nulls and context.split(".", 3)[2] in self.nulls) or is_no_link(context):
            return None
        return self.association if self.association and context.endswith("author_association") else UNKNOWN

    def with_(self, more: Mapping[str, Value]) -> "World":
        """Return it with what else is known."""
        return replace(self, values={**self.values, **more})


NOWHERE = World({"github.repository": Item("full_name", own=True)})
"""A run of which nothing is known."""


@lru_cache(maxsize=1024)
def world(asked: str, who: Who = Who.WHOEVER, association: str = "") -> World:
    """Return what is known of a run. `asked` is its event, behind it what the filters of its trigger tell (`push heads`)."""
    event, _, told = asked.partition(" ")
    if not event or event == "workflow_call":
        return replace(NOWHERE, association=association)
    values: dict[str, Value] = {"github.event_name": event, **_own()}
    values |= _ref(event, told if who is Who.WHOEVER else "")
    values |= _nothing(event, told)
    if event in PULLS:
        values |= dict.fromkeys(_FILLED, Begins(""))
        if who is Who.OUTSIDER:
            values |= _strange("github.event.pull_request.head.repo", "github.event.pull_request.head.user")
            values["github.event.pull_request.head.label"] = Item("label", own=False)
            values["github.event.pull_request.user.login"] = Item("author", own=False)
        values["github.event.pull_request.base.repo.fork"] = values["github.event.repository.fork"] = UNKNOWN
    if event == "workflow_run" and who is Who.OUTSIDER:
        values |= _strange(
            "github.event.workflow_run.head_repository", "github.event.workflow_run.head_repository.owner"
        )
        # the run before it was an outsider's: for a pull request, or something else that anybody can cause
        values["github.event.workflow_run.event"] = OneOf(ANYONE_EVENTS, "pull_request")
    if who is Who.OUTSIDER:
        values["github.event.comment.user.login"] = values["github.event.review.user.login"] = Unlike(
            frozenset({DEPENDABOT})
        )
        values["github.event.pull_request.merged"] = False
    if who is Who.BOT:
        values |= _dependabot(event)
    nulls = absent(event)
    values = {name: value for name, value in values.items() if not _is_null(name, nulls)}
    return World(values, nulls, association)


_BRINGS = (*_ACTORS[:3], "github.event.comment.user.login", "github.event.review.user.login")
"""Who pushes or says what starts a run; a pull request may be another's, whose branch whoever may write can push to."""


@lru_cache(maxsize=1024)
def inside(asked: str) -> World:
    """Return what is known of a run that whoever may write brings about from a branch of the repository that nothing guards."""
    run = world(asked)
    values: dict[str, Value] = {
        "github.event.pull_request.merged": False,
        "github.event.pull_request.head.repo.fork": False,
    }
    values |= _items("github.event.pull_request.head.repo", "github.event.pull_request.head.user", own=True)
    values["github.event.pull_request.head.label"] = Item("label", own=True)
    values |= _items(
        "github.event.workflow_run.head_repository", "github.event.workflow_run.head_repository.owner", own=True
    )
    values["github.event.workflow_run.head_repository.fork"] = False
    # a branch that conditions name is one that may be guarded
    values["github.event.workflow_run.head_branch"] = Unlike(any_=True)
    values |= dict.fromkeys(_BRINGS, Unlike(frozenset({DEPENDABOT})))
    return run.with_({name: value for name, value in values.items() if not _is_null(name, run.nulls)})


def _is_null(name: str, nulls: frozenset[str]) -> bool:
    return name.startswith("github.event.") and name.split(".", 3)[2] in nulls


@lru_cache(maxsize=1)
def _own() -> dict[str, Value]:
    """Return what names the repository that the run is of."""
    values: dict[str, Value] = {
        "github.sha": Begins(""),
        "github.ref_name": Begins(""),
        "github.repository": Item("full_name", own=True),
        "github.repository_id": Item("id", own=True),
        "github.repository_owner": Item("owner", own=True),
        "github.repository_owner_id": Item("owner_id", own=True),
    }
    for base in (
        "github.event.repository",
        "github.event.pull_request.base.repo",
        "github.event.workflow_run.repository",
    ):
        values |= _items(base, f"{base}.owner", own=True)
    values |= {f"github.event.pull_request.base.user.{name}": Item(field, own=True) for name, field in _OWNER.items()}
    return values


def _items(repository: str, owner: str, *, own: bool) -> dict[str, Value]:
    found: dict[str, Value] = {f"{repository}.{field}": Item(field, own=own) for field in _REPOSITORY}
    for place in (owner, f"{repository}.owner"):
        found |= {f"{place}.{name}": Item(field, own=own) for name, field in _OWNER.items()}
    return found


def _strange(repository: str, owner: str) -> dict[str, Value]:
    """Return what names the fork that an outsider's change comes from."""
    return {**_items(repository, owner, own=False), f"{repository}.fork": True, repository: Begins("")}


def _ref(event: str, told: str) -> dict[str, Value]:
    """Return what is known of the branch or tag that a run is of.

    "For workflows triggered by pull_request that were not merged, this is the pull request merge branch. If the pull
    request was merged, this is the branch it was merged into."
    https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#github-context
    """
    if event in _PROPOSED:
        ref: Value = UNKNOWN if told == "closed" else Begins("refs/pull/")
    elif event in _ON_DEFAULT or (event == "push" and told == "heads"):
        ref = Begins("refs/heads/")
    elif event == "merge_group":
        ref = Begins("refs/heads/gh-readonly-queue/")
    elif event == "release" or (event == "push" and told == "tags"):
        ref = Begins("refs/tags/")
    else:
        return {}
    on_tag = isinstance(ref, Begins) and ref.with_ == "refs/tags/"
    values: dict[str, Value] = {"github.ref": ref, "github.ref_type": "tag" if on_tag else "branch"}
    if event == "push":
        values["github.event.ref"] = ref
    return values


def _nothing(event: str, told: str) -> dict[str, Value]:
    """Return what is empty, or cannot be, in the runs of an event."""
    values: dict[str, Value] = {}
    if event not in PULLS:
        values["github.head_ref"] = values["github.base_ref"] = ""
    elif not event.startswith("pull_request_review"):
        values["github.head_ref"] = values["github.base_ref"] = Begins("")
        if told != "closed":
            values["github.event.pull_request.merged"] = False
    if event == "issues":
        values["github.event.issue.pull_request"] = None
    return values


def _dependabot(event: str) -> dict[str, Value]:
    """Return what is known of a run that Dependabot causes; what it proposes lies on a branch of the repository's own.

    https://docs.github.com/en/code-security/dependabot/dependabot-version-updates/configuration-options-for-the-dependabot.yml-file
    """
    branch = Begins("dependabot")
    values: dict[str, Value] = dict.fromkeys(_ACTORS[:3], DEPENDABOT)
    values |= {"github.event.sender.type": "Bot", "github.event.pull_request.user.type": "Bot"}
    values |= {"github.event.pull_request.user.login": DEPENDABOT, "github.event.pull_request.merged": False}
    values |= _items("github.event.pull_request.head.repo", "github.event.pull_request.head.user", own=True)
    values |= {"github.event.pull_request.head.repo.fork": False, "github.event.pull_request.head.ref": branch}
    values["github.event.pull_request.head.label"] = Item("label", own=True)
    if event in PULLS:
        values["github.head_ref"] = branch
    if event in {"push", "create"}:
        # tags are not its to start
        values |= {
            "github.ref": Begins("refs/heads/dependabot"),
            "github.ref_name": branch,
            "github.ref_type": "branch",
        }
        values["github.event.ref"] = values["github.ref"] if event == "push" else branch
    if event == "workflow_run":
        values |= _items(
            "github.event.workflow_run.head_repository", "github.event.workflow_run.head_repository.owner", own=True
        )
        values["github.event.workflow_run.head_repository.fork"] = False
        values["github.event.workflow_run.head_branch"] = branch
        values["github.event.workflow_run.event"] = OneOf(_EVENTS_OF_BOT)
    return values


# --- what a person decides --------------------------------------------------------------------------

_GIVES_LABEL = Unlike(frozenset({"labeled", "unlabeled"}))
NO_LABEL: Mapping[str, Value] = {
    "github.event.label": None,
    "github.event.label.name": None,
    "github.event.label.id": None,
    "github.event.action": _GIVES_LABEL,
    "github.event.pull_request.labels": (),
    "github.event.pull_request.labels.*.name": (),
    "github.event.issue.labels": (),
    "github.event.issue.labels.*.name": (),
}
"""A run that no label brought about, of something that has none: who may not write gives none."""
NO_NEW_LABEL: Mapping[str, Value] = {name: value for name, value in NO_LABEL.items() if ".labels" not in name}
"""A run that no label brought about."""
SOMEBODY: Mapping[str, Value] = dict.fromkeys(_ACTORS, Unlike(any_=True))
"""A run of somebody whom no condition names."""
