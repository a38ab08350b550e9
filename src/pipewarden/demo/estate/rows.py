"""Rows of an estate: apps, tokens, keys, secrets and webhooks, with the dates that nobody has to think about."""

from typing import Any

from pipewarden.demo.estate.kinds import Json


def app(number: int, app: int, slug: str, selection: str, suspended_at: str | None = None, **permissions: str) -> Json:
    """Return an installed app."""
    return {
        "id": number,
        "app_id": app,
        "app_slug": slug,
        "repository_selection": selection,
        "permissions": permissions,
        "suspended_at": suspended_at,
        "created_at": "2023-04-01T10:00:00Z",
        "updated_at": "2024-04-01T10:00:00Z",
    }


def token(
    number: int, login: str, name: str, expires: str | None, used: str | None, selection: str,
    repos: list[str] | None = None, **permissions: str,
) -> Json:  # fmt: skip
    """Return a fine-grained token, or the request for one; `subset` reaches the repositories named."""
    return {
        "id": number,
        "token_id": number + 7000,
        "token_name": name,
        "login": login,
        "repository_selection": selection,
        "permissions": {"repository": permissions, "organization": {}, "other": {}},
        "access_granted_at": "2025-05-05T10:00:00Z",
        "token_expired": False,
        "token_expires_at": expires,
        "token_last_used_at": used,
        "repositories": repos or [],
    }


def credential(
    number: int, login: str, kind: str, scopes: list[str], used: str, expires: str | None, note: str = ""
) -> Json:
    """Return a credential authorized for single sign-on."""
    return {
        "login": login,
        "credential_id": number,
        "credential_type": kind,
        "token_last_eight": None if "SSH" in kind else f"0000{number:04d}",
        "fingerprint": f"SHA256:demo{number}" if "SSH" in kind else None,
        "credential_authorized_at": "2024-01-01T10:00:00Z",
        "credential_accessed_at": used,
        "authorized_credential_id": number,
        "scopes": scopes,
        "authorized_credential_title": note if "SSH" in kind else None,
        "authorized_credential_note": None if "SSH" in kind else note,
        "authorized_credential_expires_at": expires,
    }


def secret(name: str, updated: str, **more: Any) -> Json:
    """Return a secret by name; it has no value anywhere."""
    return {
        "name": name,
        "created_at": "2022-01-01T00:00:00Z" if updated > "2022" else updated,
        "updated_at": updated,
        **more,
    }


def hook(number: int, url: str, *, secret: bool, insecure_ssl: str = "0", code: int = 200) -> Json:
    """Return a webhook; `code` is what its receiver answered last."""
    return {"id": number, "url": url, "secret": secret, "insecure_ssl": insecure_ssl, "code": code}


def key(number: int, title: str, added_by: str, *, write: bool, created: str, used: str | None) -> Json:
    """Return a deploy key."""
    return {
        "id": number,
        "key": f"ssh-ed25519 AAAA{title.replace('-', '').replace(' ', '').upper()}DEMO",
        "title": title,
        "added_by": added_by,
        "read_only": not write,
        "verified": True,
        "enabled": True,
        "created_at": created,
        "last_used": used,
    }
