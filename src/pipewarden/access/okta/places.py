"""Where in an organization a role is held: Okta's own resource words, as things that contain others.

A resource set names `all users`, `all groups`, `all apps`; a standard role without targets is held over one of these.
What only super administrators may touch stands apart, so that a role over all groups or all users does not reach it:
"Only super admins can manage groups with administrative roles."
https://help.okta.com/oie/en-us/content/topics/security/administrators-group-admin.htm
Of people these are the super administrators alone: the table of roles marks what others can do to them by
"° — Admin can perform the action on super admins", and the row "Password resets, MFA resets" bears no such mark.
https://help.okta.com/en-us/Content/Topics/Security/administrators-admin-comparison.htm
https://developer.okta.com/docs/api/openapi/okta-management/guides/roles/#supported-resources
"""

from enum import StrEnum

from pipewarden.model.ids import Kind, Ref


class Place(StrEnum):
    """A part of an organization."""

    TENANT = "organization"
    USERS = "users"
    ADMINISTRATORS = "administrators"
    """People who hold a lesser administrator role, themselves or through a group: a part of all users."""
    SUPERS = "super administrators"
    """People who are super administrators, themselves or through a group."""
    GROUPS = "groups"
    ADMIN_GROUPS = "administrator groups"
    """Groups that hold an administrator role."""
    APPS = "apps"


def place_ref(tenant: Ref, place: Place) -> Ref:
    """Return the id of a part of an organization."""
    return tenant if place is Place.TENANT else Ref(tenant.instance, Kind.FOLDER, place.value)


def around(tenant: Ref, place: Place) -> Ref:
    """Return what contains a part of an organization: a role over all users is one over lesser administrators too."""
    return place_ref(tenant, Place.USERS if place is Place.ADMINISTRATORS else Place.TENANT)


def tenant_ref(instance: str) -> Ref:
    """Return the id of the organization itself: the instance is its host, so one word is enough."""
    return Ref(instance, Kind.TENANT, Place.TENANT.value)
