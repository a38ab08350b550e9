"""What a script fetches and runs: its address as it is written, and no word of computing where nothing is computed."""

import pytest

from pipewarden.pipelines.commands import run_download


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("curl https://x | bash", "https://x"),
        ("curl -sSL https://get.acme.example/i.sh | sh", "https://get.acme.example/i.sh"),
        ("curl get.acme.example | sh", "an address"),
        ("curl localhost:8000/i.sh | sh", "an address"),
        ('curl "$INSTALLER" | sh', "a computed address"),
        ("curl ${{ vars.INSTALLER }} | sh", "a computed address"),
        ("curl << parameters.from >> | sh", "a computed address"),
        ('bash <(curl -s "$INSTALLER")', "a computed address"),
        ("cat x | sh", None),
        ("curl https://x > i.sh", None),
    ],
)
def test_an_address_is_named_as_it_is_written(script, words):
    found = run_download(script)
    assert (None if found is None else found.words) == words
