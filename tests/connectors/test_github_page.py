"""The page about GitHub lists every permission that a gap may ask for, and asks for none that writes."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pipewarden.connectors.github.permissions import PERMISSIONS
from pipewarden.model.facets import Facet

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "github.md").read_text(encoding="utf-8")
WORDED = {
    "custom organization roles": "organization_custom_org_roles",
    "custom repository roles": "organization_custom_roles",
    "repository hooks": "repository_hooks",
}


def prefilled() -> dict[str, str]:
    [address] = re.findall(r"https://github\.com/organizations/ORGANIZATION/settings/apps/new\?\S+", PAGE)
    return dict(parse_qsl(urlsplit(address).query))


def test_the_form_of_an_app_asks_for_all_that_is_read() -> None:
    wanted = set()
    for words in PERMISSIONS.values():
        for name in re.findall(r"([a-z_ ]+): read\b", words.replace(" and ", ", ")):
            wanted.add(WORDED.get(name.strip(), name.strip()))
    asked = {name for name, level in prefilled().items() if level == "read"}
    assert asked == wanted


def test_each_facet_that_is_read_says_what_it_needs() -> None:
    folder = Path(__file__).resolve().parents[2] / "src" / "pipewarden" / "connectors" / "github"
    read = {name for path in folder.glob("*.py") for name in re.findall(r"\bFacet\.([A-Z_]+)", path.read_text("utf-8"))}
    # what is asked of no API: another program's opinion, and a thing of which nothing was told
    assert {name for name in read if Facet[name] not in PERMISSIONS} == {"REPO_ZIZMOR", "SOURCE"}


def test_nothing_that_writes_is_asked_for() -> None:
    assert "write" not in prefilled().values()
    assert prefilled()["webhook_active"] == "false"
    assert prefilled()["public"] == "false"


def test_the_least_right_stands_first() -> None:
    assert PAGE.index("### A GitHub App") < PAGE.index("### A fine-grained token") < PAGE.index("### A classic token")
