"""A host is taken apart, so that a name inside another does not pass for it."""

import pytest

from pipewarden.pipelines.least.hosts import domain_of


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://npm.acme.example/x", ("npm", "acme", "example")),
        ("https://a.b.acme.example", ("a.b", "acme", "example")),
        ("https://acme.example.mallory.example", ("acme.example", "mallory", "example")),
        ("https://example", ("", "", "example")),
        ("${{ vars.INDEX }}", ("", "", "")),
        ("https://[", ("", "", "")),
        ("", ("", "", "")),
    ],
)
def test_an_address_is_taken_apart(url: str, parts: tuple[str, str, str]) -> None:
    assert domain_of(url) == parts
