"""What holds for every test: nothing of the person who runs them is read, and chance is the same in every run."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

# a failure seen once is seen again; a slow machine is not a failure
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

FOREIGN = (
    "GITHUB_",
    "GH_",
    "PIPEWARDEN_",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SSL_CERT_",
    "NO_COLOR",
    "CI_MERGE_REQUEST_",
    "CI_EXTERNAL_PULL_REQUEST_",
    "SYSTEM_PULLREQUEST_",
    "BITBUCKET_PR_",
    "CHANGE_",
    "CIRCLE_PULL_REQUEST",
)


def foreign(name: str) -> bool:
    """Tell whether a variable would change what is tested: tokens, settings, proxies, colours, what CI is about."""
    return name.upper().startswith(FOREIGN)


@pytest.fixture(autouse=True, scope="session")
def _nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run as somebody with an empty home and no tokens, so that no test reads or writes what is a person's own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if foreign(name)]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        for name in ("CONFIG", "DATA", "CACHE", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        patch.setenv("COLUMNS", "120")
        patch.setenv("TZ", "UTC")
        yield
