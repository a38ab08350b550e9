"""A folder of checkouts is read as its repositories; a checkout is one, whatever lies in it."""

import pytest

from pipewarden.audit import collect
from pipewarden.connectors.clones import clones
from pipewarden.model.ids import Kind
from pipewarden.settings import checkouts

BUILD = "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n"


def write(path, text=BUILD):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def clone(folder, name):
    write(folder / ".git" / "config", f'[remote "origin"]\n\turl = git@github.com:{name}.git\n')
    write(folder / ".github" / "workflows" / "ci.yml")


def names(folder):
    return [name for _, name in clones(folder)]


def test_a_folder_of_clones_is_its_repositories(tmp_path):
    clone(tmp_path / "web", "acme/web")
    clone(tmp_path / "lab" / "tools", "acme-labs/tools")
    write(tmp_path / "notes" / "todo.txt")
    assert names(tmp_path) == ["acme-labs/tools", "acme/web"]
    snapshot = collect(checkouts(tmp_path, cache=False))
    assert {each.name for each in snapshot.entities(Kind.REPOSITORY)} == {"acme/web", "acme-labs/tools"}
    assert len(list(snapshot.entities(Kind.WORKFLOW))) == 2


def test_without_git_what_lies_only_at_a_root_tells(tmp_path):
    write(tmp_path / "web" / ".github" / "workflows" / "ci.yml")
    write(tmp_path / "old" / "Jenkinsfile", "node { sh 'make' }\n")
    assert names(tmp_path) == ["local/old", "local/web"]


@pytest.mark.parametrize("own", [".git/config", ".github/workflows/ci.yml", "Jenkinsfile", ".gitlab-ci.yml"])
def test_a_checkout_is_one_whatever_repositories_lie_in_it(tmp_path, own):
    write(tmp_path / own)
    clone(tmp_path / "vendor" / "lib", "acme/lib")
    clone(tmp_path / "templates", "acme/templates")
    assert [path for path, _ in clones(tmp_path)] == [tmp_path]


def test_folders_of_pipeline_files_without_a_repository_stay_one_checkout(tmp_path):
    write(tmp_path / "web" / "Jenkinsfile", "node { sh 'make' }\n")
    write(tmp_path / "api" / "Jenkinsfile", "node { sh 'make' }\n")
    assert [path for path, _ in clones(tmp_path)] == [tmp_path]


def test_two_clones_of_one_repository_are_two(tmp_path):
    clone(tmp_path / "web", "acme/web")
    clone(tmp_path / "web-again", "acme/web")
    assert names(tmp_path) == ["acme/web", "local/web-again"]


def test_links_are_not_followed(tmp_path):
    clone(tmp_path / "work" / "web", "acme/web")
    (tmp_path / "work" / "loop").symlink_to(tmp_path / "work")
    (tmp_path / "work" / "twice").symlink_to(tmp_path / "work" / "web")
    assert names(tmp_path / "work") == ["acme/web"]
