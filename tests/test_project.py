"""The project keeps its own rules: pins without addresses, declared imports, files that say what they are for."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from pipewarden import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = sorted((ROOT / "requirements").glob("*.txt"))
CODE = sorted(path for part in ("src", "tests", "scripts", "benchmarks") for path in (ROOT / part).rglob("*.py"))
CASES = {"rustworkx", "networkx"}
"""Peers that only benchmarks and tests compare with."""


def plain(name: str) -> str:
    """Return a distribution's name in the form that compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(path: Path) -> dict[str, list[str]]:
    """Return the pins of a file, each with its hashes."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return {
        plain(line.partition("==")[0]): re.findall(r"--hash=sha256:([0-9a-f]{64})\b", line)
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    }


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pin_has_its_hash_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in re.sub(r"^[a-z].*", "", text, flags=re.MULTILINE)
    assert pinned(path)
    assert [name for name, hashes in pinned(path).items() if not hashes] == []
    assert all("==" in line for line in text.splitlines() if re.match(r"[a-z]", line))


def test_what_is_declared_is_pinned() -> None:
    declared = {plain(re.split(r"[\[<>=!~ ;]", text)[0]) for text in PROJECT["project"]["dependencies"]}
    assert declared - set(pinned(ROOT / "requirements/run.txt")) == set()


def imports(path: Path) -> set[str]:
    """Return the top names of what a file imports, wherever it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names)


def test_what_the_package_imports_is_declared() -> None:
    declared = {plain(re.split(r"[\[<>=!~ ;]", text)[0]) for text in PROJECT["project"]["dependencies"]}
    owners = packages_distributions()
    for path in CODE:
        if path.is_relative_to(ROOT / "src"):
            for name in imports(path) - {"pipewarden"}:
                assert {plain(owner) for owner in owners.get(name, [])} & declared, f"{path} imports {name}"


def test_the_package_does_not_lean_on_its_tests() -> None:
    for path in CODE:
        if path.is_relative_to(ROOT / "src"):
            assert imports(path) & {"tests", "scripts", "benchmarks", *CASES} == set(), path


@pytest.mark.parametrize(
    "path", [p for p in CODE if p.is_relative_to(ROOT / "benchmarks")], ids=lambda p: str(p.relative_to(ROOT))
)
def test_what_a_benchmark_takes_from_the_package_is_there(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "pipewarden":
            module = importlib.import_module(node.module or "")
            for alias in node.names:
                there = hasattr(module, alias.name) or importlib.import_module(f"{module.__name__}.{alias.name}")
                assert there, f"{path} imports {alias.name}"


@pytest.mark.parametrize("path", [p for p in CODE if p.read_text().strip()], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, "there is no docstring"
    assert re.match(r".+[.:?]$", text.splitlines()[0]), text.splitlines()[0]


def listed() -> list[Path]:
    """Return the files under version control; skips aloud where git is missing."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "path", [path for path in CODE if path.is_relative_to(ROOT / "tests")], ids=lambda path: path.stem
)
def test_no_test_depends_on_how_fast_the_machine_is(path: Path) -> None:
    """What is measured stands in `benchmarks`; a test may wait for something, and never asserts how long it took."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    clocks = {"process_time", "perf_counter", "thread_time", "perf_counter_ns", "process_time_ns", "monotonic_ns"}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    asserted = {
        node.attr for each in ast.walk(tree) if isinstance(each, ast.Assert) for node in ast.walk(each.test)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time"
    }  # fmt: skip
    assert not used & clocks
    assert not asserted


def test_no_third_party_script_or_font_is_kept() -> None:
    assert [path for path in listed() if re.search(r"\.min\.(js|css)$|\.(woff2?|ttf|otf|eot)$", path.name)] == []


def test_no_key_that_works_is_kept() -> None:
    """Made-up tokens in tests break the provider's form on purpose: too short, or a wrong checksum is not enough."""
    alive = re.compile(
        rb"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}|AKIA[0-9A-Z]{16}|xox[bp]-\d{10,}"
        rb"|-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----\n[A-Za-z0-9+/=]{40}"
    )
    assert [path for path in listed() if alive.search(path.read_bytes())] == []


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "Apache-2.0"


def test_the_changelog_knows_this_version() -> None:
    versions = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] in {"Unreleased", __version__}


WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_our_own_pipeline_holds_no_rights_and_runs_nobody_elses_code(path: Path) -> None:
    flow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert flow["permissions"] == {}
    for job in flow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 40
        for step in job["steps"]:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", "a@" + "0" * 40))
            assert "${{" not in step.get("run", ""), "a value from outside goes through env"
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_the_proof_runs_what_the_readme_says() -> None:
    proof = (ROOT / ".ci/run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("make test", "make demo"):
        assert re.search(rf"^{command}$", proof, re.MULTILINE)
        assert command in readme
    for package in re.findall(r"missing\+=\(([\w-]+)\)", proof):
        assert f"`{package}`" in readme, f"the README does not name Debian's {package}"
