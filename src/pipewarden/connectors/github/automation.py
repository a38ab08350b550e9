"""What the organization's pipelines are given: runner groups and runners, secrets, variables."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from pipewarden.connectors.answers import picked
from pipewarden.connectors.base import CredentialRefused
from pipewarden.connectors.github.run import Run
from pipewarden.connectors.github.shapes import workflows
from pipewarden.connectors.shapes import none_or
from pipewarden.errors import SourceError
from pipewarden.model.facets import Facet
from pipewarden.model.facts import AnyFact, Gap, Resource
from pipewarden.model.ids import Kind, Ref

SECRET_NAME = re.compile(r"(?i)(secret|token|passw|passwd|pwd|api_?key|private_?key|credential|access_?key)")
SECRET_VALUE = re.compile(
    r"(gh[pousr]_[A-Za-z0-9_.-]{20,}|github_pat_[A-Za-z0-9_]{20,}|AKIA[0-9A-Z]{16}|xox[baprs]-[A-Za-z0-9-]{10,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}|glpat-[A-Za-z0-9_-]{18,})"
)
REFERENCE = re.compile(r"^(https?://[^@]*|arn:|[a-z]+:|/|\$\{|true$|false$|\d+$|\s*$)", re.IGNORECASE)


def looks_secret(name: str, value: Any) -> bool:
    """Tell whether a variable seems to hold a secret: a known token's shape, or a telling name with an opaque value.

    Called at the edge, where the value is dropped right after.
    """
    text = str(value or "")
    if SECRET_VALUE.search(text):
        return True
    opaque = len(text) >= 16 and not REFERENCE.match(text) and " " not in text
    return bool(SECRET_NAME.search(name)) and opaque


STORES = (
    ("actions", Facet.ORG_SECRETS, "any"),
    ("dependabot", Facet.ORG_DEPENDABOT_SECRETS, "any"),
    # apps may not list these: https://docs.github.com/en/rest/codespaces/organization-secrets
    ("codespaces", Facet.ORG_CODESPACES_SECRETS, "token"),
)
"""Where an organization keeps secrets: the word in the path, what reading it is called, which credential may."""


async def automation(run: Run) -> None:
    """Read runner groups, runners, secrets and variables of the organization."""
    await run.facet(Facet.ORG_RUNNER_GROUPS, lambda: _runner_groups(run))
    await run.facet(Facet.ORG_RUNNERS, lambda: _runners(run))
    for store, facet, needs in STORES:
        await run.facet(facet, lambda s=store, f=facet, n=needs: _secrets(run, s, f, n))  # type: ignore[misc]
    await run.facet(Facet.ORG_VARIABLES, lambda: _variables(run))


async def _selected(
    run: Run, row: dict[str, Any], ref: Ref, facet: Facet, template: str, needs: str = "any"
) -> tuple[list[str] | None, list[Gap]]:
    """Return the ids of the repositories that something of visibility `selected` is for, or the gap where they were refused.

    None where all or all private ones have it, and where it could not be read: then there is a gap at `ref`.
    """
    if row.get("visibility") != "selected":
        return None, []
    own = quote(str(row["id"] if ref.kind is Kind.RUNNER_GROUP else row["name"]), safe="")
    path = re.sub(r"{(?!org)\w+}", own, template).replace("{org}", run.login)
    try:
        chosen = await run.listed(path, template=template, items="repositories", needs=needs)
    except CredentialRefused:
        raise
    except SourceError as refusal:
        return None, [run.gap(ref, facet, refusal)]
    return [str(each["id"]) for each in chosen], []


async def _runner_groups(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/actions/runner-groups"
    facts: list[AnyFact] = []
    for row in await run.listed(template.replace("{org}", run.login), template=template, items="runner_groups"):
        attributes = {k: v for k, v in row.items() if not str(k).endswith("_url")}
        if not none_or(workflows)(row.get("selected_workflows")):
            del attributes["selected_workflows"]  # of this group alone it is not known which workflows it takes
        ref = run.ref(Kind.RUNNER_GROUP, row["id"])
        listed = template + "/{runner_group_id}/repositories"
        chosen, unread = await _selected(run, row, ref, Facet.ORG_RUNNER_GROUPS, listed)
        if chosen is not None:
            attributes["selected_repositories"] = chosen
        facts += unread
        facts.append(
            Resource(
                ref=ref,
                name=f"runners:{run.login}/{row.get('name')}",
                parent=run.org,
                attributes=attributes,
                origin=run.origin(f"GET {template}"),
            )
        )
    return facts


async def _runners(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/actions/runners"
    rows = await run.listed(template.replace("{org}", run.login), template=template, items="runners")
    return [runner(run, row, run.org, run.login, template) for row in rows]


def runner(run: Run, row: dict[str, Any], parent: Ref, scope: str, template: str) -> Resource:
    """Return a runner, inside its group where it has one."""
    group = row.get("runner_group_id")
    attributes = picked(row, "name", "os", "status", "busy", "ephemeral", "runner_group_id")
    attributes["labels"] = [str(label.get("name")) for label in row.get("labels") or ()]
    inside = run.ref(Kind.RUNNER_GROUP, group) if group and parent == run.org else parent
    return Resource(
        ref=run.ref(Kind.RUNNER, row["id"]),
        name=f"runner:{scope}/{row.get('name')}",
        parent=inside,
        attributes=attributes,
        origin=run.origin(f"GET {template}"),
    )


async def _secrets(run: Run, store: str, facet: Facet, needs: str) -> Iterable[AnyFact]:
    template = "/orgs/{org}/" + store + "/secrets"
    path = template.replace("{org}", run.login)
    prefix = f"ORG:{run.org.key}"
    facts: list[AnyFact] = []
    for row in await run.listed(path, template=template, items="secrets", needs=needs):
        ref = run.ref(Kind.SECRET, f"{prefix}:{store}:{row['name']}")
        listed = template + "/{secret_name}/repositories"
        chosen, unread = await _selected(run, row, ref, facet, listed, needs)
        facts += unread
        facts.append(secret(run, row, run.org, prefix, run.login, store, template, chosen))
    return facts


def secret(
    run: Run, row: dict[str, Any], parent: Ref, prefix: str, scope: str, store: str, template: str,
    chosen: list[str] | None = None,
) -> Resource:  # fmt: skip
    """Return a secret: its name and dates; GitHub never returns its value."""
    attributes = {**picked(row, "name", "created_at", "updated_at", "visibility"), "store": store}
    if chosen is not None:
        attributes["selected_repositories"] = chosen
    return Resource(
        ref=run.ref(Kind.SECRET, f"{prefix}:{store}:{row['name']}"),
        name=f"secret:{scope}/{row['name']}" + ("" if store == "actions" else f" ({store})"),
        parent=parent,
        attributes=attributes,
        origin=run.origin(f"GET {template}"),
    )


async def _variables(run: Run) -> Iterable[AnyFact]:
    template = "/orgs/{org}/actions/variables"
    prefix = f"ORG:{run.org.key}"
    facts: list[AnyFact] = []
    for row in await run.listed(
        template.replace("{org}", run.login), template=template, items="variables", per_page=30
    ):
        ref = run.ref(Kind.VARIABLE, f"{prefix}:variables:{row['name']}")
        chosen, unread = await _selected(run, row, ref, Facet.ORG_VARIABLES, template + "/{name}/repositories")
        facts += unread
        facts.append(variable(run, row, run.org, prefix, run.login, template, chosen))
    return facts


def variable(
    run: Run, row: dict[str, Any], parent: Ref, prefix: str, scope: str, template: str, chosen: list[str] | None = None
) -> Resource:
    """Return a variable without its value: only whether the value looked like a secret."""
    attributes = {
        **picked(row, "name", "created_at", "updated_at", "visibility"),
        "looks_secret": looks_secret(str(row["name"]), row.get("value")),
    }
    if chosen is not None:
        attributes["selected_repositories"] = chosen
    return Resource(
        ref=run.ref(Kind.VARIABLE, f"{prefix}:variables:{row['name']}"),
        name=f"var:{scope}/{row['name']}",
        parent=parent,
        attributes=attributes,
        origin=run.origin(f"GET {template}"),
    )
