"""Which policy and rule of Okta apply to one account: policies in their order, and in each the first rule that fits.

https://help.okta.com/oie/en-us/content/topics/identity-engine/policies/about-okta-sign-on-policies.htm
What depends on the network, device or risk of a sign-in may apply: then the rule behind it may, too.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pipewarden.access.okta.policies import FACTORS, inner, rules
from pipewarden.access.view import View
from pipewarden.model.facets_okta import OktaFacet
from pipewarden.model.facts import Gate
from pipewarden.model.ids import Kind, Ref

ANY = frozenset({"ANY", "ANYWHERE", "ANY_RISK", ""})


class Applied(NamedTuple):
    """A rule that applies to an account at some sign-in."""

    policy: Gate
    rule: str
    factor: bool | None
    """Whether it asks for a second factor; None where it says so in words that are not known."""
    sure: bool
    """Whether it applies to every sign-in."""


def applied(view: View, account: Ref, policies: Iterable[Gate]) -> Iterator[Applied]:
    """Yield the rules that may decide a sign-in of an account, up to the first that surely does."""
    for policy in policies:
        whom = _fits(view, account, policy.rules.get("conditions"))
        if whom is False:
            continue
        for rule in rules(policy):
            fits = _fits(view, account, rule.get("conditions"))
            if fits is False:
                continue
            sure = whom is True and fits is True
            asks = _asks(rule)
            if asks is not _DENIES:
                yield Applied(policy, str(rule.get("name") or rule.get("id")), asks, sure)
            if sure:
                return
            if fits is True:
                break


_DENIES: Any = object()


def _asks(rule: dict[str, Any]) -> Any:
    """Tell whether a rule asks for a second factor: of the global session policy, or of an app's sign-in policy."""
    for kind in ("signon", "appSignOn"):
        if inner(rule, "actions", kind, "access") == "DENY":
            return _DENIES
    required = inner(rule, "actions", "signon", "requireFactor")
    if isinstance(required, bool):
        return required
    factors = FACTORS.get(str(inner(rule, "actions", "appSignOn", "verificationMethod", "factorMode")))
    return None if factors is None else factors > 1


def _fits(view: View, account: Ref, conditions: Any) -> bool | None:
    """Tell whether conditions fit an account; None where that is decided at each sign-in, or was not read."""
    if not isinstance(conditions, dict):
        return True
    people = conditions.get("people")
    answers = [_users(account, inner(people, "users")), _groups(view, account, inner(people, "groups"))]
    answers += [None for name, value in conditions.items() if name != "people" and not _is_trivial(value)]
    if False in answers:
        return False
    return None if None in answers else True


def _users(account: Ref, given: Any) -> bool | None:
    include, exclude = inner(given, "include") or (), inner(given, "exclude") or ()
    if account.key in exclude:
        return False
    return account.key in include or not include


def _groups(view: View, account: Ref, given: Any) -> bool | None:
    include, exclude = inner(given, "include") or (), inner(given, "exclude") or ()
    if any(_in(view, account, each) for each in exclude):
        return False
    answers = [_in(view, account, each) for each in include]
    if not answers or True in answers:
        return True
    return None if None in answers else False


def _in(view: View, account: Ref, key: object) -> bool | None:
    group = Ref(account.instance, Kind.GROUP, str(key))
    if view.is_in(account, group):
        return True
    known = view.find(group) is not None and view.gap(group, OktaFacet.MEMBERS) is None
    return False if known else None


def _is_trivial(value: Any) -> bool:
    """Tell whether a condition lets every sign-in through."""
    if isinstance(value, dict):
        return all(_is_trivial(each) for each in value.values())
    return value in (None, False) or value == [] or (isinstance(value, str) and value.upper() in ANY)
