"""Checks about people in Okta: who is silent, who never came, who is locked."""

from collections.abc import Iterator

from pipewarden.access.okta.directory import people
from pipewarden.access.okta.roles import STATUSES, is_live
from pipewarden.access.view import Missing, View
from pipewarden.checks.base import Hit, check
from pipewarden.checks.clauses import clauses
from pipewarden.checks.okta_words import OKTA, whole
from pipewarden.checks.reading import Doubts, many
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Cause, Resource
from pipewarden.model.findings import Severity
from pipewarden.model.ids import Kind
from pipewarden.model.limits import Limits

STATES = "https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-end-user-states.htm"

PENDING = {
    "STAGED": "was made and never activated",
    "PROVISIONED": "was invited and never came",
    "LOCKED_OUT": "is locked out",
}


@check(
    id="ok.usr.inactive",
    title="People who are active sign in",
    severity=Severity.MEDIUM,
    subject=Kind.TENANT,
    needs=(OktaFacet.USERS,),
    limits=("member_stale_days",),
    remedy=(
        "Suspend them, and deactivate them when nobody objects.",
        "Automate it: Workflow > Automations > user inactivity.",
    ),
    source=STATES,
    **clauses(OKTA, "AC-2(3)"),
)
@whole(OktaFacet.USERS)
def inactive(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An account that nobody uses keeps all it opens. Use is the last sign-in to Okta itself, as its API gives it."""
    doubts = Doubts()
    for person in people(view, tenant):
        with doubts:
            status = view.given(person, "status", facet=OktaFacet.USERS)
            age = view.age(person.last_used_at)
            if age is None:
                view.attribute(person, "lastLogin", facet=OktaFacet.USERS)
            elif status not in PENDING and is_live(status) and age.days > limits.member_stale_days:
                yield Hit(
                    says=f"{person.name} is active and has not signed in for {many(age.days, 'day')}", about=person
                )
    doubts.settle()


@check(
    id="ok.usr.pending",
    title="Accounts that were made are used or removed",
    severity=Severity.LOW,
    subject=Kind.TENANT,
    needs=(OktaFacet.USERS,),
    limits=("invitation_days",),
    remedy=("Deactivate accounts that nobody came for; unlock the others after asking the person.",),
    source=STATES,
    **clauses(OKTA, "AC-2"),
)
@whole(OktaFacet.USERS)
def pending(tenant: Resource, view: View, limits: Limits) -> Iterator[Hit]:
    """An invitation that lies about can be answered by whoever finds it. Staged accounts are told after some time too."""
    doubts = Doubts()
    for person in people(view, tenant):
        with doubts:
            status = view.given(person, "status", facet=OktaFacet.USERS)
            if status not in STATUSES:
                raise Missing(person.ref, OktaFacet.USERS, Cause.UNEXPECTED, f"the state of {person.name} is not known")
            said = PENDING.get(status)
            age = view.age(person.created_at)
            if said and age is not None and age.days > limits.invitation_days:
                yield Hit(
                    says=f"{person.name} {said}, {many(age.days, 'day')} after the account was made", about=person
                )
    doubts.settle()
