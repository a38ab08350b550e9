"""When a person was last seen, over all their accounts and credentials: each system's own word for it, and where none is offered.

To be silent where a system counts is one fact; not to be counted is another: only the first makes somebody dormant.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from pipewarden.model.access import Answer
from pipewarden.model.facts import Account, Machine
from pipewarden.model.ids import Kind, Ref
from pipewarden.model.systems import System

COUNTED = {
    (System.GITHUB, Kind.FINE_GRAINED_TOKEN): "last use of the token that GitHub tells",
    (System.GITHUB, Kind.CLASSIC_TOKEN): "last time the token was used in an organization with single sign-on",
    (System.GITHUB, Kind.SSH_KEY): "last time the key was used in an organization with single sign-on",
    (System.GITHUB, Kind.DEPLOY_KEY): "last use of the key that GitHub tells",
    (System.GITLAB, Kind.DEPLOY_KEY): "last use of the key that GitLab tells",
    (System.GITLAB, Kind.ACCESS_TOKEN): "last use of the token that GitLab tells",
}
"""What the time means where the fact does not say it itself.

https://docs.github.com/en/rest/orgs/personal-access-tokens (token_last_used_at)
https://docs.github.com/en/enterprise-cloud@latest/rest/orgs/orgs#list-saml-sso-authorizations-for-an-organization
https://docs.github.com/en/rest/deploy-keys/deploy-keys (last_used)
"""

NOT_OFFERED = {
    System.GITHUB: "GitHub tells no last sign-in; the audit log that was read has no act of theirs",
    System.VAULT: "a vault counts no use of entities and tokens; its audit log would tell",
    System.JENKINS: "Jenkins tells only the last commit of somebody that it built",
    System.OKTA: "Okta has no sign-in of theirs",
    System.ENTRA: "Entra tells sign-ins with a P1 license and AuditLog.Read.All alone",
    System.GITLAB: "GitLab tells activity to administrators and to top-level owners alone",
}
"""Why there is no time, by the system."""


class LastUse(Struct, frozen=True, kw_only=True):
    """When one account or credential was last used. `at` is None where nobody tells it; `says` is what it means, or why not."""

    ref: Ref
    name: str
    system: System
    at: datetime | None
    says: str


class Dormancy(Struct, frozen=True, kw_only=True):
    """Whether somebody was seen anywhere within some days; `dormant` is unknown where something of theirs is not counted."""

    dormant: Answer
    days: int
    last: LastUse | None
    """The newest use that any system tells."""
    uncounted: tuple[LastUse, ...] = ()
    """What is switched on, and whose use no system tells."""

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        seen = (
            f"last seen on {self.last.at:%Y-%m-%d} ({self.last.says})" if self.last and self.last.at else "never seen"
        )
        match self.dormant:
            case Answer.NO:
                return f"{seen}: not dormant"
            case Answer.YES:
                return f"{seen}: dormant everywhere, for more than {self.days} days"
            case _:
                if not self.uncounted:
                    return f"{seen}: whether they are dormant is not known, for nothing of theirs that is switched on was read"
                names = ", ".join(f"{each.system.value} {each.name}" for each in self.uncounted[:3])
                more = f" and {len(self.uncounted) - 3} more" if len(self.uncounted) > 3 else ""
                return f"{seen}: whether they are dormant is not known, for no system tells the use of {names}{more}"


def last_use(thing: Account | Machine, system: System) -> LastUse:
    """Return when something was last used, in the sense that its system gives."""
    told = thing.attributes.get("last_used_source")
    if thing.last_used_at is None:
        says = NOT_OFFERED.get(system, "no system tells it")
    else:
        says = str(told or COUNTED.get((system, thing.ref.kind)) or "last use that its system tells")
    return LastUse(ref=thing.ref, name=thing.name, system=system, at=thing.last_used_at, says=says)


def dormancy(uses: Iterable[LastUse], now: datetime, days: int) -> Dormancy:
    """Judge the uses of what somebody holds that is switched on: seen lately anywhere, silent everywhere, or not known."""
    every = list(uses)
    counted = [(use.at, use) for use in every if use.at is not None]
    newest = max(counted, key=lambda pair: pair[0])[1] if counted else None
    uncounted = tuple(use for use in every if use.at is None)
    if newest is not None and newest.at is not None and newest.at >= now - timedelta(days=days):
        return Dormancy(dormant=Answer.NO, days=days, last=newest, uncounted=uncounted)
    dormant = Answer.UNKNOWN if uncounted or newest is None else Answer.YES
    return Dormancy(dormant=dormant, days=days, last=newest, uncounted=uncounted)
