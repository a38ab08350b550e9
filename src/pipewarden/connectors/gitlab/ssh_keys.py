"""Reads the SSH keys of people: when each was made and when it ends, never the key. Each person is asked one by one.

https://docs.gitlab.com/api/user_keys/#list-all-ssh-keys-for-a-user
"""

import asyncio

from pipewarden.connectors.answers import picked
from pipewarden.connectors.collecting import PASSING
from pipewarden.connectors.gitlab.run import Run
from pipewarden.model.facets_gitlab import GitLabFacet
from pipewarden.model.facts import Account, AnyFact, Cause, Gap
from pipewarden.model.ids import Ref

MOST_PEOPLE = 300
"""People who are asked, those with the highest role first; more of them are told."""

AT_ONCE = 50
FOR_ALL = frozenset({Cause.FORBIDDEN, *PASSING})
"""Why all are refused where one is."""

FIELDS = ("id", "title", "created_at", "expires_at", "usage_type", "last_used_at")


async def ssh_keys(run: Run, top: Ref) -> None:
    """Read the keys of the people who were read before; where the token may not, or the budget ends, no more are asked."""
    people = run.people_by_role()
    for start in range(0, len(people[:MOST_PEOPLE]), AT_ONCE):
        part = people[start : min(start + AT_ONCE, MOST_PEOPLE)]

        async def work(part: list[Account] = part) -> list[AnyFact]:
            found = await asyncio.gather(*(_keys(run, top, each) for each in part))
            return [fact for facts in found for fact in facts]

        run.progress("SSH keys", start, len(people))
        facts = await run.step(f"ssh keys {part[0].ref.key} {part[-1].ref.key}", work)
        if any(isinstance(fact, Gap) and fact.cause in FOR_ALL for fact in facts):
            return
    if len(people) > MOST_PEOPLE:
        detail = f"the SSH keys of {len(people) - MOST_PEOPLE} more people"
        run.add(run.gap(top, GitLabFacet.SSH_KEYS, cause=Cause.TOO_LARGE, detail=detail))


async def _keys(run: Run, top: Ref, person: Account) -> list[AnyFact]:
    template = "/users/{id}/keys"

    async def work() -> list[AnyFact]:
        rows = await run.rows(f"/users/{person.ref.key}/keys", template=template)
        told = {"ssh_keys": [picked(row, *FIELDS) for row in rows]}
        origin = run.origin(f"GET {template}")
        return [Account(ref=person.ref, name=person.name, parent=person.parent, attributes=told, origin=origin)]

    return await run.guarded(top, GitLabFacet.SSH_KEYS, work)
