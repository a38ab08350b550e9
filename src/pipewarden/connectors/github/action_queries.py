"""The queries about actions of others, written for as many repositories at once as are asked about."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pipewarden.pipelines.uses import Pin, Uses

TAGS = 100
"""The newest tags of each repository: which versions a commit or a moving tag stands for."""

_FRAGMENT = """
fragment Tip on Ref { name target { oid ... on Tag { target { oid } } } }
"""


class Named(NamedTuple):
    """What workflows name of one repository of somebody else."""

    owner: str
    name: str
    tags: tuple[str, ...] = ()
    """Names that are asked for as tags: what follows the `@`, and versions in comments beside a commit."""
    branches: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """`owner/name`, as it was written first."""
        return f"{self.owner}/{self.name}"


def named(uses: Iterable[tuple[Uses, str]], own: str) -> list[Named]:
    """Return the repositories of others that are used, by name; beside each use the version in its comment.

    Upper and lower case are one: GitHub takes `Actions/Checkout` for `actions/checkout`.
    """
    found: dict[str, tuple[str, str, set[str], set[str], set[str]]] = {}
    for each, version in uses:
        if not each.owner or each.owner.lower() == own.lower() or "${{" in each.text:
            continue
        key = f"{each.owner}/{each.repo}".lower()
        _, _, tags, branches, commits = found.setdefault(key, (each.owner, each.repo, set(), set(), set()))
        if each.pin is Pin.SHA:
            commits.add(each.ref.lower())
            tags |= {version, f"v{version}"} if version[:1].isdigit() else {version} if version else set()
        elif each.ref.startswith("refs/heads/"):
            branches.add(each.ref.removeprefix("refs/heads/"))
        elif each.ref:
            tags.add(each.ref.removeprefix("refs/tags/"))
            if not each.ref.startswith("refs/"):
                branches.add(each.ref)
    return [
        Named(owner, name, tuple(sorted(tags)), tuple(sorted(branches)), tuple(sorted(commits)))
        for _, (owner, name, tags, branches, commits) in sorted(found.items())
    ]


def about(asked: Sequence[Named]) -> tuple[str, dict[str, Any]]:
    """Return the query about some repositories: what each is called today, whose it is, where its names point.

    https://docs.github.com/en/graphql/reference/objects#repository, #ref
    """
    variables: dict[str, Any] = {}
    parts: list[str] = []
    for n, each in enumerate(asked):
        variables |= {f"o{n}": each.owner, f"n{n}": each.name}
        newest = "orderBy: {field: TAG_COMMIT_DATE, direction: DESC}"
        inside = [f'tags: refs(refPrefix: "refs/tags/", first: {TAGS}, {newest}) {{ totalCount nodes {{ ...Tip }} }}']
        for letter, prefix, names in (("t", "refs/tags/", each.tags), ("b", "refs/heads/", each.branches)):
            for m, ref in enumerate(names):
                variables[f"{letter}{n}x{m}"] = f"{prefix}{ref}"
                inside.append(f"{letter}{m}: ref(qualifiedName: ${letter}{n}x{m}) {{ ...Tip }}")
        for m, commit in enumerate(each.commits):
            variables[f"c{n}x{m}"] = commit
            inside.append(f"c{m}: object(oid: $c{n}x{m}) {{ __typename oid }}")
        parts.append(
            f"r{n}: repository(owner: $o{n}, name: $n{n}) {{ nameWithOwner isArchived"
            " owner { __typename login ... on Organization { isVerified } } defaultBranchRef { name }"
            f" {' '.join(inside)} }}\n  o{n}: repositoryOwner(login: $o{n}) {{ login }}"
        )
    return _query("UsedActions", parts, variables) + _FRAGMENT, variables


def contained(asked: Sequence[tuple[Named, str]]) -> tuple[str, dict[str, Any]]:
    """Return the query whether the default branches of some repositories contain a commit each.

    https://docs.github.com/en/graphql/reference/objects#ref (compare)
    """
    variables: dict[str, Any] = {}
    parts: list[str] = []
    for n, (each, commit) in enumerate(asked):
        variables |= {f"o{n}": each.owner, f"n{n}": each.name, f"h{n}": commit}
        compare = f"defaultBranchRef {{ name compare(headRef: $h{n}) {{ status }} }}"
        parts.append(f"r{n}: repository(owner: $o{n}, name: $n{n}) {{ {compare} }}")
    return _query("ActionCommits", parts, variables), variables


def _query(name: str, parts: Iterable[str], variables: dict[str, Any]) -> str:
    given = ", ".join(f"${each}: {'GitObjectID!' if each[0] == 'c' else 'String!'}" for each in variables)
    inside = "\n  ".join(parts)
    return f"query {name}({given}) {{\n  {inside}\n  rateLimit {{ cost remaining resetAt }}\n}}\n"
