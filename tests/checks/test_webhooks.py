"""The webhooks of acme/web."""

from typing import Any

from pipewarden.checks import webhooks
from pipewarden.model.ids import Kind
from tests.checks.builder import Estate


def hook(active: bool = True, last: dict[str, Any] | None = None, **config: Any) -> Estate:
    given = {"url": "https://ci.acme.example/hook", "insecure_ssl": "0", "has_secret": True} | config
    estate = Estate().org("acme", domains=[{"domain": "acme.example", "isVerified": True}]).repo("acme/web")
    return estate.webhook(
        "acme/web", active=active, config=given, last_response=last or {"code": 200, "status": "active"}
    )


def test_a_good_one_is_not_mentioned() -> None:
    for check in (webhooks.unencrypted, webhooks.unsigned, webhooks.external, webhooks.dead):
        assert hook().verdict(check) == "1 passed"


def test_it_is_not_encrypted() -> None:
    assert hook(url="http://ci.acme.example/hook").says(webhooks.unencrypted) == [
        "the webhook of acme/web to ci.acme.example sends without encryption"
    ]
    assert hook(insecure_ssl="1").says(webhooks.unencrypted) == [
        "the webhook of acme/web to ci.acme.example does not verify the receiver's certificate"
    ]
    assert hook(active=False, insecure_ssl="1").verdict(webhooks.unencrypted) == "1 not applicable"


def test_it_is_not_signed() -> None:
    assert hook(has_secret=False).says(webhooks.unsigned) == [
        "the webhook of acme/web to ci.acme.example is not signed"
    ]


def test_it_leaves_the_company() -> None:
    assert hook(url="https://acme.example.evil.test/").says(webhooks.external) == [
        "the webhook of acme/web to acme.example.evil.test leaves the domains of acme"
    ]
    assert hook().set("acme", Kind.ORGANIZATION, domains=[]).verdict(webhooks.external) == "1 not applicable"


def test_nobody_listens() -> None:
    assert hook(last={"code": 404, "status": "active"}).says(webhooks.dead) == [
        "the webhook of acme/web to ci.acme.example was not accepted the last time (404)"
    ]
    assert hook(active=False).says(webhooks.dead) == ["the webhook of acme/web to ci.acme.example is switched off"]
    assert hook(last={"code": None, "status": "unused"}).verdict(webhooks.dead) == "1 passed"
