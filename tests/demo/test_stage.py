"""The demo's stage tells what it reads, for its first reading takes some seconds."""

from pipewarden.demo.estate import acme
from pipewarden.demo.stage import collected


def test_whoever_waits_for_acme_is_told_what_is_read() -> None:
    told: list[tuple[str, int, int]] = []
    snapshot = collected(acme(), ("okta:acme",), progress=lambda what, done, of: told.append((what, done, of)))
    assert len(snapshot) > 0
    assert told
    assert all(what for what, _, _ in told)
    assert any(done == of > 0 for _, done, of in told), "a step that is done says so"
