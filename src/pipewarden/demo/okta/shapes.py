"""People, groups, apps and roles in the shapes in which Okta's API gives them."""

from pipewarden.demo.okta.directory import App, Directory, Group, Json, Person

API = "https://acme.okta.example/api/v1"

FACTOR = {
    "push": ("OKTA", {"deviceType": "SmartPhone_IPhone", "name": "phone"}),
    "sms": ("OKTA", {"phoneNumber": "+49 XXX XXX 1234"}),
    "email": ("OKTA", {"email": "someone@mail.example"}),
    "question": ("OKTA", {"question": "disliked_food"}),
    "token:software:totp": ("OKTA", {"credentialId": "someone"}),
    "webauthn": ("FIDO", {"authenticatorName": "Passkey"}),
    "signed_nonce": ("OKTA", {"keys": [{"jwkType": "proofOfPossession"}, {"jwkType": "userVerification"}]}),
}
"""The provider and profile of each type of factor."""


def user(person: Person) -> Json:
    """Return a user."""
    mail = person.login
    return {
        "id": person.id,
        "status": person.status,
        "created": person.created,
        "activated": None if person.status == "STAGED" else person.created,
        "statusChanged": person.status_changed or person.created,
        "lastLogin": person.last_login,
        "lastUpdated": person.created,
        "passwordChanged": person.password_changed,
        "type": {"id": "oty00000000000000001"},
        "profile": {
            "firstName": person.first,
            "lastName": person.last,
            "mobilePhone": "+49 151 0000000",
            "secondEmail": None,
            "login": person.login,
            "email": mail,
            "department": person.department,
            "userType": person.kind,
        },
        "credentials": {
            "password": {},
            "emails": [{"value": mail, "status": "VERIFIED", "type": "PRIMARY"}],
            "provider": {"type": "OKTA", "name": "OKTA"},
        },
        "_links": {"self": {"href": f"{API}/users/{person.id}"}},
    }


def group(each: Group, *, stats: bool = False) -> Json:
    """Return a group, with its statistics where they were asked for."""
    body: Json = {
        "id": each.id,
        "created": "2022-02-01T08:00:00.000Z",
        "lastUpdated": "2022-02-01T08:00:00.000Z",
        "lastMembershipUpdated": "2026-11-01T08:00:00.000Z",
        "objectClass": ["okta:user_group"],
        "type": each.type,
        "profile": {"name": each.name, "description": each.description or ""},
        "_links": {
            "users": {"href": f"{API}/groups/{each.id}/users"},
            "apps": {"href": f"{API}/groups/{each.id}/apps"},
        },
    }
    if stats:
        body["_embedded"] = {
            "stats": {
                "usersCount": len(each.members),
                "appsCount": 0,
                "groupPushMappingsCount": 0,
                "hasAdminPrivilege": bool(each.roles),
            }
        }
    return body


def factor(person: Person, number: int, kind: str) -> Json:
    """Return an enrolled factor."""
    provider, profile = FACTOR[kind]
    key = f"fct{person.id[3:-2]}{number:02d}"
    return {
        "id": key,
        "factorType": kind,
        "provider": provider,
        "vendorName": provider,
        "status": "ACTIVE",
        "created": "2023-01-01T00:00:00.000Z",
        "lastUpdated": "2023-01-01T00:00:00.000Z",
        "profile": profile,
        "_links": {"self": {"href": f"{API}/users/{person.id}/factors/{key}"}},
    }


def assignment(okta: Directory, row: Json, of: str, key: str, number: int, expand: str) -> Json:
    """Return a role assignment of a user, group or client; targets come along where they were asked for."""
    made: Json = {
        "id": f"ra{row['type']}{key[-6:]}{number}",
        "label": row["label"],
        "type": row["type"],
        "status": "ACTIVE",
        "created": "2023-05-01T08:00:00.000Z",
        "lastUpdated": "2023-05-01T08:00:00.000Z",
        "assignmentType": of,
        "_links": {"assignee": {"href": f"{API}/{'groups' if of == 'GROUP' else 'users'}/{key}"}},
    }
    if row["type"] == "CUSTOM":
        made |= {"role": row["role"], "resource-set": row["set"]}
    elif expand == "targets/groups" and row.get("targets"):
        found = [okta.group_by_id(each) for each in row["targets"]]
        made["_embedded"] = {"targets": {"groups": [group(each) for each in found if each]}}
    elif expand == "targets/catalog/apps" and row.get("apps"):
        made["_embedded"] = {"targets": {"catalog": {"apps": [target(each) for each in row["apps"]]}}}
    elif row.get("told_empty"):
        made["_embedded"] = {"targets": {"groups": []}}
    return made


def target(each: str) -> Json:
    """Return an app that narrows a role: `name` is a whole type, `name/id` one instance of it."""
    name, _, instance = each.partition("/")
    return {"name": name, "status": "ACTIVE", "displayName": name, **({"id": instance} if instance else {})}


def app(each: App) -> Json:
    """Return an app; values of secrets are in no list of apps."""
    body: Json = {
        "id": each.id,
        "name": each.name,
        "label": each.label,
        "status": each.status,
        "created": "2022-02-01T08:00:00.000Z",
        "lastUpdated": "2022-02-01T08:00:00.000Z",
        "accessibility": {"selfService": False, "errorRedirectUrl": "", "loginRedirectUrl": ""},
        "features": list(each.features),
        "signOnMode": each.mode,
        "credentials": {"userNameTemplate": {"template": "${source.login}", "type": "BUILT_IN"}},
        "settings": {"app": dict(each.settings)},
        "_links": {"users": {"href": f"{API}/apps/{each.id}/users"}},
    }
    if each.policy:
        body["_links"]["accessPolicy"] = {"href": f"{API}/policies/{each.policy}"}
    if each.scheme:
        body["credentials"]["scheme"] = each.scheme
    if each.acs:
        statement = {"type": "GROUP", "name": "groups", "namespace": "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
                     "filterType": each.sends[0], "filterValue": each.sends[1]}  # fmt: skip
        body["settings"]["signOn"] = {
            "ssoAcsUrl": each.acs, "recipient": each.acs, "destination": each.acs, "audience": each.acs.partition("/saml")[0],
            "ssoAcsUrlOverride": None, "assertionSigned": True, "responseSigned": True,
            "attributeStatements": [statement] if each.sends[0] else [],
        }  # fmt: skip
    if each.client:
        body["credentials"]["oauthClient"] = {"client_id": each.client, "token_endpoint_auth_method": each.method}
        body["settings"]["oauthClient"] = {"application_type": each.kind, "grant_types": ["client_credentials"]}
    return body


def pushed(each: App, number: int, source: str, target: str, status: str) -> Json:
    """Return a mapping of group push: its target is told by its id alone."""
    when = "2026-11-22T08:00:00.000Z"
    return {
        "id": f"gPm{each.id[-9:]}{number:08d}",
        "created": "2024-02-01T08:00:00.000Z",
        "lastUpdated": when,
        "lastPush": when,
        "errorSummary": "The token was not accepted" if status == "ERROR" else "",
        "sourceGroupId": source,
        "targetGroupId": target,
        "status": status,
        "_links": {
            "app": {"href": f"{API}/apps/{each.id}"},
            "sourceGroup": {"href": f"{API}/groups/{source}"},
            "targetGroup": {"href": f"{API}/groups/{target}"},
        },
    }
