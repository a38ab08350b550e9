"""The command `pipewarden` itself: its table, the options before a command, and what it does not import."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pipewarden import __version__
from pipewarden.cli import main as module
from pipewarden.cli.context import Options
from pipewarden.cli.ending import ended
from pipewarden.cli.lazy import LazyGroup
from pipewarden.cli.main import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "alembic", "cryptography", "graphql", "httpx2", "jinja2", "joserfc", "jsonschema_rs", "keyring", "msgspec", "numpy",
    "orjson", "psycopg", "pyarrow", "pyroaring", "rich", "sqlalchemy", "stamina", "starlette", "uvicorn", "yaml",
    "asyncio", "difflib", "email", "importlib.metadata", "sqlite3", "ssl", "subprocess", "urllib.request",
}  # fmt: skip
"""What costs tens of milliseconds, and is needed only once a command is known."""
FLOORS = {"access", "audit", "checks", "connectors", "demo", "http", "model", "pipelines", "render", "reports",
          "settings", "store"}  # fmt: skip


def imported_by(*arguments: str) -> set[str]:
    """Return the modules that a run of the command has imported at its end."""
    code = (
        "import json, sys\n"
        "from pipewarden.cli.ending import ended\n"
        "from pipewarden.cli.main import main\n"
        "code = ended(main, sys.argv[1:])\n"
        "print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, text=True, capture_output=True, timeout=60, check=True
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["completion", "fish"]])
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str]) -> None:
    modules = imported_by(*arguments)
    assert "pipewarden.cli.main" in modules
    heavy = HEAVY - {"subprocess"} if arguments[0] == "completion" else HEAVY  # click asks bash for its version
    assert modules & heavy == set()
    assert {m for m in modules if m.startswith("pipewarden.") and m.split(".")[1] in FLOORS} == set()


def test_help_imports_no_command() -> None:
    modules = imported_by("--help")
    assert {entry.where.partition(":")[0] for entry in COMMANDS.values()} & modules == set()


def test_an_audit_of_files_loads_nothing_of_what_only_systems_need(tmp_path: Path) -> None:
    place = tmp_path / ".github" / "workflows"
    place.mkdir(parents=True)
    (place / "ci.yml").write_text("on: push\njobs:\n  web:\n    runs-on: ubuntu-latest\n    steps: [{run: make}]\n")
    loaded = imported_by("audit", str(tmp_path), "--no-store", "--no-cache", "--no-zizmor", "--format", "json")
    assert "pipewarden.checks.workflows" in loaded
    assert (
        loaded & {"asyncio", "ssl", "httpx2", "sqlalchemy", "numpy.ma", "pyarrow", "pipewarden.checks.people"} == set()
    )


def test_the_version_has_one_source() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipewarden", "--version"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout == f"pipewarden {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_explains_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert re.match(r"[A-Z].+\.", command.help or ""), "the help begins with a sentence"
    assert "Examples:" in (command.help or "") + (command.epilog or "") or isinstance(command, click.Group)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} does not say what it is for"


@pytest.mark.parametrize(("name", "entry"), COMMANDS.items())
def test_the_line_in_the_help_is_a_short_sentence(name: str, entry: module.Entry) -> None:
    assert re.fullmatch(r"[A-Z].{5,58}\.", entry.short), name


def test_every_module_of_commands_is_in_the_table() -> None:
    folder = ROOT / "src/pipewarden/cli"
    with_commands = {
        f"pipewarden.cli.{path.stem}"
        for path in folder.glob("*.py")
        if re.search(r"^@click\.(command|group)\(", path.read_text(), re.MULTILINE) and path.stem != "main"
    }
    assert with_commands <= {entry.where.partition(":")[0] for entry in COMMANDS.values()}


def seen(*arguments: str, environment: dict[str, str] | None = None) -> Options:
    """Return the options that a command is given."""
    given = []

    @click.command()
    @click.pass_obj
    def look(options: Options) -> None:
        given.append(options)

    class Looking(LazyGroup):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return look

    group = Looking(
        name="pipewarden", table=main.table, params=main.params, callback=main.callback,
        context_settings=main.context_settings,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for key, value in (environment or {}).items():
            patch.setenv(key, value)
        assert ended(group, [*arguments, "completion"]) == 0
    return given[0]


def test_without_options_the_defaults_hold() -> None:
    assert seen() == Options()


def test_the_options_before_the_command_reach_it() -> None:
    options = seen(
        "--demo", "--config", "a.yaml", "--store", "postgresql:///pw", "--snapshot", "7f", "-q", "--no-color"
    )
    assert options == Options(
        demo=True, config=Path("a.yaml"), store="postgresql:///pw", snapshot="7f", quiet=True, color=False
    )


def test_an_option_can_be_given_by_the_environment() -> None:
    assert seen(environment={"PIPEWARDEN_STORE": "state.db"}).store == "state.db"


def test_an_option_in_the_line_wins_over_the_environment() -> None:
    assert seen("--store", "mine.db", environment={"PIPEWARDEN_STORE": "state.db"}).store == "mine.db"


@pytest.mark.parametrize(
    ("arguments", "environment", "color"),
    [
        ([], {}, None),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": ""}, None),
        (["--color"], {"NO_COLOR": "1"}, True),
        (["--no-color"], {}, False),
    ],
)
def test_colour_is_for_terminals_unless_somebody_says_otherwise(
    arguments: list[str], environment: dict[str, str], color: bool | None
) -> None:
    assert seen(*arguments, environment=environment).color is color


def test_no_words_are_a_call_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, []) == 2
    assert "Examples:" in "".join(capsys.readouterr())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(main, ["completion", shell]) == 0
    assert f"_PIPEWARDEN_COMPLETE={shell}_complete" in capsys.readouterr().out
