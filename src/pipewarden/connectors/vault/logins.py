"""Joins logins with entities: whose user it is, and who may come in by a role for people.

https://openbao.org/docs/concepts/identity/
"""

from collections.abc import Iterable

from pipewarden.connectors.vault.run import Run
from pipewarden.model.facts import Account, AnyFact, Certainty, Group, Membership


def joined(run: Run, facts: Iterable[AnyFact]) -> list[AnyFact]:
    """Return who logs in as what: an alias of an entity names its login.

    A user of a mount and the entity with an alias of that name there are one: whoever logs in as the user gets the
    entity's policies too. A role for people is open to every entity with an alias on its mount, unless it binds claims;
    that one is presumed.
    """
    listed = list(facts)
    entities = [fact for fact in listed if isinstance(fact, Account) and "aliases" in fact.attributes]
    users = {fact.ref.key: fact for fact in listed if isinstance(fact, Account) and "aliases" not in fact.attributes}
    doors: dict[str, list[Group]] = {}
    for fact in listed:
        if isinstance(fact, Group) and fact.ref.key.startswith("login:"):
            doors.setdefault(str(fact.attributes.get("mount")), []).append(fact)
    found: list[AnyFact] = []
    for entity in entities:
        for alias in entity.attributes["aliases"]:
            accessor, name = str(alias.get("mount_accessor")), str(alias.get("name"))
            user = users.get(f"{accessor}:{name}")
            if user is not None:
                found.append(
                    Membership(member=entity.ref, group=user.ref, role="login", origin=run.origin("identity aliases"))
                )
            for door in doors.get(accessor, ()):
                origin = run.origin("identity aliases", Certainty.PRESUMED)
                found.append(Membership(member=entity.ref, group=door.ref, role="login", origin=origin))
    return found
