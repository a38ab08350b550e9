"""Pages and their links, and the numeric ids that real next-links carry."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pipewarden.demo.estate.kinds import Estate
from pipewarden.demo.github.asking import Cursored, Listed, Refused
from pipewarden.demo.github.variant import Variant, names

Moved = Callable[[str], str]
LARGEST = 100


def _number(query: dict[str, str], name: str, otherwise: int) -> int:
    """Return a number of the query; what is no number is taken as not given, as GitHub does."""
    try:
        return max(1, int(query.get(name, otherwise)))
    except ValueError:
        return otherwise


def paged(
    body: Listed, query: dict[str, str], template: str, variant: Variant
) -> tuple[Any, list[tuple[str, dict[str, str]]]]:
    """Return one page of a list as GitHub gives it, with the pages that its links lead to."""
    size, number = min(LARGEST, _number(query, "per_page", 30)), _number(query, "page", 1)
    start, end = (number - 1) * size, number * size
    if names(variant.duplicated, template) and number > 1:
        start -= 1
    items = body.items[start:end]
    last = max(1, -(-len(body.items) // size))
    more = number < last or names(variant.endless, template) or names(variant.foreign, template)
    links = []
    if more:
        links.append(("next", {"page": str(number + 1)}))
        links.append(("last", {"page": str(last)}))
    if number > 1:
        links.append(("prev", {"page": str(number - 1)}))
        links.append(("first", {"page": "1"}))
    shape = {"total_count": len(body.items), body.key: items} if body.key else items
    return shape, [(rel, {**query, **page, "per_page": str(size)}) for rel, page in links]


def cursored(
    body: Cursored, query: dict[str, str], template: str, variant: Variant
) -> tuple[Any, list[tuple[str, dict[str, str]]]]:
    """Return one page of the audit log: its links carry `after` and `before`, which say nothing to who reads them."""
    size = min(LARGEST, _number(query, "per_page", 30))
    start = _place(query["after"]) if query.get("after") else 0
    if query.get("before"):
        start = max(0, _place(query["before"]) - size)
    items = body.items[start : start + size]
    plain = {key: value for key, value in query.items() if key not in {"after", "before"}}
    links = []
    if start + size < len(body.items) or names(variant.endless, template) or names(variant.foreign, template):
        links.append(("next", {**plain, "after": f"MS-{start + size}", "before": ""}))
    if start > 0:
        links.append(("prev", {**plain, "before": f"MS-{start}", "after": ""}))
    return items, links


def _place(cursor: str) -> int:
    try:
        return int(cursor.removeprefix("MS-"))
    except ValueError:
        raise Refused(400, "Invalid cursor") from None


def link(links: list[tuple[str, dict[str, str]]], base: str) -> str:
    """Return the Link header."""
    return ", ".join(f'<{base}?{urlencode(query)}>; rel="{rel}"' for rel, query in links)


def plain(path: str, estate: Estate) -> tuple[str, Moved]:
    """Turn a path with numeric ids, as next-links carry it, into one with names; and back for links."""
    parts = path.split("/")
    if len(parts) > 2 and parts[1] == "organizations":
        login = next((org.login for org in estate.organizations.values() if str(org.id) == parts[2]), "")
        if login:
            path = "/".join(["", "orgs", login, *parts[3:]])
    elif len(parts) > 2 and parts[1] == "repositories":
        names_ = next(
            (
                (org.login, repo.name)
                for org in estate.organizations.values()
                for repo in org.repositories.values()
                if str(repo.id) == parts[2]
            ),
            None,
        )
        if names_:
            path = "/".join(["", "repos", *names_, *parts[3:]])

    def moved(named: str) -> str:
        pieces = named.split("/")
        if len(pieces) > 2 and pieces[1] == "orgs" and pieces[2] in estate.organizations:
            return "/".join(["", "organizations", str(estate.organizations[pieces[2]].id), *pieces[3:]])
        found = estate.repository("/".join(pieces[2:4])) if len(pieces) > 3 and pieces[1] == "repos" else None
        return "/".join(["", "repositories", str(found[1].id), *pieces[4:]]) if found else named

    return path, moved
