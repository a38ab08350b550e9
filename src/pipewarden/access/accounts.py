"""What each system's account says of its person, in one form: proofs of who it is, whether it is switched off, its second factor."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from pipewarden.access.okta.roles import STATUSES
from pipewarden.model.facts import Account
from pipewarden.model.systems import System

PROVIDERS = frozenset({System.OKTA, System.ENTRA})
"""Systems whose accounts are the identity itself."""
OFF_IN_OKTA = frozenset({"DEPROVISIONED", "SUSPENDED"})
"""https://developer.okta.com/docs/concepts/user-lifecycle/ : who is so cannot sign in."""
OFF_IN_GITLAB = frozenset({"blocked", "ldap_blocked", "deactivated", "banned", "blocked_pending_approval"})
"""https://docs.gitlab.com/administration/moderate_users/"""

OF_GROUP = ("group_saml_identity", "group_scim_identity")
"""What a group's owner is told of its members: the ids under which the group's identity provider knows them.

https://docs.gitlab.com/api/members/ , https://docs.gitlab.com/user/group/saml_sso/
"""
NOT_THE_COMPANYS = (
    "ldap", "github", "gitlab", "bitbucket", "google_oauth2", "twitter", "facebook", "linkedin", "salesforce",
    "alicloud", "dingtalk", "atlassian_oauth2",
)  # fmt: skip
"""Sign-ins whose ids are a directory's own names, or another site's: no other system knows anybody by them.

https://docs.gitlab.com/administration/auth/ , https://docs.gitlab.com/integration/omniauth/
"""

METHODS = frozenset(
    {
        "alicloud", "app-id", "approle", "aws", "azure", "cert", "cf", "gcp", "github", "jwt", "kerberos", "kubernetes", "ldap",
        "oci", "oidc", "okta", "pcf", "radius", "saml", "scep", "spiffe", "token", "ns_token", "userpass",
    }
)  # fmt: skip
"""Ways to log in to a vault. https://openbao.org/docs/auth/ , https://developer.hashicorp.com/vault/docs/auth"""


class Known(Struct, frozen=True, kw_only=True):
    """What an account tells. `emails` are addresses that its system has verified, in lower case."""

    emails: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    """Ids that an identity provider gave, by which systems name one person."""
    active: bool | None = None
    local: bool | None = None
    """Whether it signs in without an identity provider; None where that is not told."""


def known(account: Account, system: System) -> Known:
    """Return what an account tells. An address that people may write into a profile themselves is no proof and is left out."""
    return told(account.attributes, system)


def told(given: dict[str, Any], system: System) -> Known:
    """Return what the attributes of an account of some system tell, as `known` does."""
    match system:
        case System.OKTA:
            status = str(given.get("status") or "")
            return Known(
                emails=_addresses(given.get("verified_emails")),
                external_ids=_addresses((given.get("profile") or {}).get("login")),
                active=status not in OFF_IN_OKTA if status in STATUSES else None,
            )
        case System.ENTRA:
            enabled = given.get("accountEnabled")
            # a guest's address is that of another company's account, which invited it
            return Known(
                emails=_addresses(given.get("mail")),
                external_ids=_addresses(given.get("userPrincipalName")),
                active=enabled if isinstance(enabled, bool) else None,
            )
        case System.GITLAB:
            return _gitlab(given)
        case System.VAULT:
            return _vault(given)
        case System.JENKINS:
            return _jenkins(given)
    return Known(
        emails=_addresses(given.get("emails"), given.get("verified_domain_emails")), local=_flag(given, "local")
    )


def _gitlab(given: dict[str, Any]) -> Known:
    """Read an account of GitLab: an address counts once it was confirmed.

    https://docs.gitlab.com/user/profile/#change-your-primary-email
    """
    identities = given.get("identities")
    linked = [each for each in identities or () if isinstance(each, dict)]
    of_group = [each for key in OF_GROUP if isinstance(each := given.get(key), dict) and each.get("extern_uid")]
    ids = [each.get("extern_uid") for each in linked if _speaks(each.get("provider"))]
    ids += [each["extern_uid"] for each in of_group]
    state = str(given.get("state") or "")
    local = None if identities is None or given.get("bot") else not linked
    return Known(
        emails=_addresses(given.get("email")) if given.get("confirmed_at") else (),
        external_ids=tuple(dict.fromkeys(str(each).lower() for each in ids if each)),
        active=True if state == "active" else False if state in OFF_IN_GITLAB else None,
        local=False if of_group else local,
    )


def _speaks(provider: object) -> bool:
    """Tell whether a sign-in's id is one that the company's identity provider gave."""
    return not str(provider or "").lower().startswith(NOT_THE_COMPANYS)


OF_MAIL = frozenset({"email", "mail", "emailaddress"})
"""What providers call an address in what they state of somebody, the last word where it is written as an address itself.

https://learn.microsoft.com/en-us/entra/identity-platform/reference-saml-tokens
"""
LASTING = frozenset({"sub", "oid", "objectidentifier"})
"""What they call the id that they give to nobody else."""


def _jenkins(given: dict[str, Any]) -> Known:
    """Read a user of Jenkins: under single sign-on the id is what the realm takes of the provider's statement.

    Such an id is another system's where it is one that a provider gives once, or has the form of an address, as user names
    at providers have; a short word is a name, and names are not compared. The address in a user's own settings is never
    taken: whoever has the account may write it there.
    https://github.com/jenkinsci/saml-plugin/blob/main/doc/CONFIGURE.md (Username Attribute)
    https://github.com/jenkinsci/oic-auth-plugin/blob/master/docs/configuration/README.md (userNameField)
    """
    claim, login = given.get("id_claim"), str(given.get("login") or "").strip().lower()
    if given.get("sign_in") == "local":
        return Known(local=True)
    if not isinstance(claim, str) or not login:
        return Known()
    word = claim.rstrip("/").rpartition("/")[2].lower()
    return Known(
        emails=_addresses(login) if word in OF_MAIL else (),
        external_ids=(login,) if "@" in login or word in LASTING else (),
        local=False,
    )


def _vault(given: dict[str, Any]) -> Known:
    """Read an entity: the alias of a login through an identity provider is the name that the provider gave."""
    aliases = [each for each in given.get("aliases") or () if isinstance(each, dict)]
    asserted = [str(each.get("name") or "") for each in aliases if each.get("mount_type") in {"oidc", "jwt", "saml"}]
    own = any(each.get("mount_type") == "userpass" for each in aliases)
    return Known(
        emails=_addresses(asserted),
        external_ids=tuple(each.lower() for each in asserted if each),
        active=False if given.get("disabled") is True else None,
        local=None if own and asserted else True if own else False if asserted else None,
    )


def unknown_login(given: dict[str, Any]) -> str:
    """Return the first method by which an entity logs in that no page of the vendor's knows; empty where all are known."""
    methods = (str(each.get("mount_type")) for each in given.get("aliases") or () if isinstance(each, dict))
    return next((each for each in methods if each not in METHODS), "")


def _flag(given: dict[str, Any], name: str) -> bool | None:
    value = given.get(name)
    return value if isinstance(value, bool) else None


def _addresses(*values: object) -> tuple[str, ...]:
    if len(values) == 1 and isinstance(values[0], str):  # nearly always
        text = values[0].strip().lower()
        return (text,) if "@" in text else ()
    return tuple(dict.fromkeys(each for value in values for each in _each(value)))


def _each(value: object) -> Iterator[str]:
    for each in value if isinstance(value, (list, tuple)) else (value,):
        text = str(each or "").strip().lower()
        if "@" in text:
            yield text


def mfa_words(value: object) -> str:
    """Say what is known of a second factor: a word, or what an identity provider tells of what is enrolled."""
    if not isinstance(value, dict):
        return str(value or "unknown")
    if value.get("enrolled") is False:
        return "none"
    if value.get("enrolled") is not True:
        return "unknown"
    if value.get("phishing_resistant") is True:
        return "phishing-resistant"
    return "weak" if value.get("weak_only") is True else "enabled"
