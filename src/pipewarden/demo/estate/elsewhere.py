"""Repositories of others whose actions acme's workflows use: their tags, branches and commits, as far as anybody asks."""

from dataclasses import dataclass, field

from pipewarden.demo.estate.kinds import Json


def commit(letter: str) -> str:
    """Return the hash of a commit that nothing else is known of."""
    return letter * 40


@dataclass(slots=True)
class Foreign:
    """A repository of somebody else. A commit is in a branch, in a tag, or only among the objects that its forks share."""

    name: str
    """`owner/name` today."""
    tags: dict[str, str] = field(default_factory=dict)
    """Newest first; annotated ones have an object of their own before the commit: `object commit`."""
    branches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The commits of each branch, newest first; the first branch is the default one."""
    of_forks: tuple[str, ...] = ()
    """Commits that only forks have, and that are found under this name all the same."""
    verified: bool | None = True
    """Whether the owner's domain is verified; None where the owner is a person."""
    archived: bool = False

    @property
    def owner(self) -> str:
        """The owner's login."""
        return self.name.partition("/")[0]

    def target(self, ref: str) -> tuple[str, str] | None:
        """Return what `refs/tags/NAME` or `refs/heads/NAME` points at: a tag's own object ("" for none) and the commit."""
        kind, _, name = ref.removeprefix("refs/").partition("/")
        if kind == "tags" and name in self.tags:
            first, _, second = self.tags[name].partition(" ")
            return (first, second) if second else ("", first)
        if kind == "heads" and name in self.branches:
            return "", self.branches[name][0]
        return None

    def history(self, ref: str) -> tuple[str, ...]:
        """Return the commits in the history of a branch or tag."""
        kind, _, name = ref.removeprefix("refs/").partition("/")
        if kind == "heads":
            return self.branches[name]
        found = self.target(ref)
        return () if found is None else (found[1],)

    def knows(self, oid: str) -> bool:
        """Tell whether an object is found under this name, a fork's too."""
        everywhere = {c for commits in self.branches.values() for c in commits} | set(self.of_forks)
        return oid in everywhere or any(oid in tag.split() for tag in self.tags.values())


CHECKOUT = "11bd71901bbe5b1630ceea73d27597364c9af683"
VAULT = "4c06c5ccf5c0761b6029f56cfb1dcf5565918a3b"
DOWNLOAD = "d3f86a106a0bac45b974a628896c90dbdf5c8093"

FOREIGN = (
    Foreign(
        "actions/checkout",
        tags={"v4.2.2": CHECKOUT, "v4": CHECKOUT, "v4.2.1": commit("a")},
        branches={"main": (commit("b"), CHECKOUT, commit("a")), "releases/v4": (CHECKOUT, commit("e"))},
        of_forks=(commit("f"),),
    ),
    Foreign("actions/download-artifact", tags={"v4.3.0": DOWNLOAD, "v4": DOWNLOAD}, branches={"main": (DOWNLOAD,)}),
    Foreign(
        "aws-actions/configure-aws-credentials",
        tags={"v4": f"{commit('7')} {commit('8')}", "v4.1.0": commit("8")},
        branches={"main": (commit("8"),)},
    ),
    Foreign("hashicorp/setup-terraform", tags={"v3": commit("9")}, branches={"main": (commit("9"),)}),
    Foreign("hashicorp/vault-action", tags={"v3.4.0": VAULT, "v3": VAULT}, branches={"main": (VAULT,)}),
    Foreign(
        "tj-actions/changed-files",
        tags={"v46.0.1": commit("6"), "v46": commit("6"), "v44.5.1": commit("5"), "v44": commit("5")},
        branches={"main": (commit("6"), commit("5"))},
        verified=False,
    ),
    Foreign(
        "reviewdog/action-setup", tags={"v1.3.2": commit("3"), "v1": commit("3")}, branches={"master": (commit("3"),)}
    ),
    # the name v2 is a branch as well as a tag, and v1 was moved since somebody wrote it down
    Foreign(
        "somebody/announce",
        tags={"v2": commit("1"), "v1.1.0": commit("2"), "v1.0.0": commit("0")},
        branches={"main": (commit("4"), commit("2"), commit("0")), "v2": (commit("4"),)},
        verified=None,
    ),
    Foreign("somebody/workflows", branches={"main": (commit("c"),)}, verified=None),
    # moved from an owner whose login nobody has any more
    Foreign("newhome/upload", tags={"v1.2.0": commit("d")}, branches={"main": (commit("d"),)}),
)

MOVED = {"oldhome/upload": "newhome/upload"}
"""Former names of repositories of others."""

OWNERS_ALONE = frozenset({"quietorg"})
"""Owners who are there and show none of what is asked for."""

ADVISORIES: tuple[Json, ...] = tuple(
    {"id": row[0], "severity": "HIGH", "package": row[1], "affected": row[2], "patched": row[3], "withdrawn": row[4]}
    for row in (
        ("GHSA-mrrh-fwg8-r2c3", "tj-actions/changed-files", "<= 45.0.7", "46.0.1", None),
        ("GHSA-qmg3-hpqr-gqvc", "reviewdog/action-setup", "= 1", None, None),
        ("GHSA-cxww-7g56-2vh6", "actions/download-artifact", ">= 4.0.0, < 4.1.3", "4.1.3", None),
        ("GHSA-0000-0000-0001", "actions/checkout", ">= 0", None, "2026-02-01T00:00:00Z"),
    )
)
"""What the advisory database tells of actions, one of them withdrawn."""


def foreign(name: str, *, follow: bool = True) -> Foreign | None:
    """Find a repository of others by its name, or by a former one."""
    wanted = name.lower()
    now = MOVED.get(wanted, wanted) if follow else wanted
    return next((each for each in FOREIGN if each.name.lower() == now), None)


def is_owner(login: str) -> bool:
    """Tell whether somebody has a login."""
    return login in OWNERS_ALONE or any(each.owner.lower() == login.lower() for each in FOREIGN)
