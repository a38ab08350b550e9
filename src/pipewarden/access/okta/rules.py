"""Group rules: which attributes decide, and which groups are put whole into another.

https://developer.okta.com/docs/reference/okta-expression-language/#expressions-in-group-rules
"""

import re
from typing import NamedTuple

_ATTRIBUTE = re.compile(r"\buser\.(?:profile\.)?([A-Za-z_]\w*)")
_MEMBER_OF = re.compile(
    r"""\s*isMemberOf(?:Any)?Group\(\s*((?:"[^"]*"|'[^']*')(?:\s*,\s*(?:"[^"]*"|'[^']*'))*)\s*\)\s*"""
)
_QUOTED = re.compile(r""""([^"]*)"|'([^']*)'""")

SELF_EDITED = frozenset(
    {"firstName", "lastName", "displayName", "nickName", "mobilePhone", "primaryPhone", "secondEmail",
     "streetAddress", "city", "state", "zipCode", "countryCode", "postalAddress", "preferredLanguage", "locale",
     "timezone", "profileUrl", "honorificPrefix", "honorificSuffix", "middleName"}
)  # fmt: skip
"""Attributes that a person may change for themselves as Okta is delivered; the schema may say otherwise.

https://help.okta.com/en-us/content/topics/users-groups-profiles/usgp-add-custom-user-attributes.htm
"""


class Rule(NamedTuple):
    """What decides here of a group rule."""

    status: str
    expression: str
    excludes: bool
    """Whether it leaves some people out by name."""


def attributes_of(expression: str) -> list[str]:
    """Return the attributes of a person that an expression reads."""
    return sorted(set(_ATTRIBUTE.findall(expression)))


def outer_groups(rule: Rule) -> list[str]:
    """Return the groups whose every member the rule puts into its targets.

    Only where membership is all that the rule asks for, and nobody is left out: then one group contains the other.
    """
    if rule.status != "ACTIVE" or rule.excludes:
        return []
    found = _MEMBER_OF.fullmatch(rule.expression)
    return [one or other for one, other in _QUOTED.findall(found.group(1))] if found else []
