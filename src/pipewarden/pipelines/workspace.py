"""Which steps bring the code of an outsider's pull request into the workspace, and which run what is there."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from pipewarden.pipelines.begun import begun
from pipewarden.pipelines.carried.flows import Flows
from pipewarden.pipelines.carried.held import Held
from pipewarden.pipelines.parts import Job, Step
from pipewarden.pipelines.uses import UsesKind

_RUNS_CODE = re.compile(
    rf"(?m)(?:[\n;&|(`]|{begun('sudo', 'exec', 'then', 'do', 'time')}\s)[ \t]{{0,40}}"
    r"(?:[A-Z_][A-Z0-9_]{0,60}=\S{0,200}[ \t]{1,9}){0,8}"
    r"(?:(?:npm|pnpm)\s{1,9}(?:-\S{1,60}\s{1,9}(?:(?!ci\b|i\b|install|run|test|build|exec)[^\s-]\S{0,80}\s{1,9})?){0,4}(?:ci|i|install|run|test|build|exec|start|publish|pack|add)\b"
    r"|(?:yarn|pnpm|bun|npx|pnpx|bunx)(?=[\s;&|)`]|$)"
    r"|(?:make|gmake|cmake|ninja|meson|just|task|mage|rake|bundle|gem|composer|tox|nox|pytest|poetry|pdm|hatch|uv|pipenv"
    r"|pre-commit|mvn|gradle|sbt|bazel|bazelisk|buck2?|ant|cargo|maturin|dotnet|msbuild|nuget|swift|xcodebuild|fastlane|pod"
    r"|flutter|dart|mix|rebar3|stack|cabal|lein|zig|deno|node|ts-node|tsx|jest|vitest|playwright|cypress|terraform|tofu"
    r"|pulumi|ansible-playbook|helm|skaffold|vagrant|packer|goreleaser|jekyll|hugo|mkdocs|sphinx-build"
    r"|eslint|stylelint|prettier|webpack|vite|rollup|gulp|grunt|mocha|ava|karma|turbo|nx|lerna|rush|ng|rspec|rubocop|phpunit|phpstan"
    r"|php-cs-fixer|pylint|mypy|coverage|scons|hardhat|truffle|forge|wasm-pack|golangci-lint|trunk|poe|invoke)(?=[\s;&|)`]|$)"
    r"|go\s{1,9}(?:build|test|run|generate|install|vet|tool)\b|docker\s{1,9}(?:build|buildx|compose)\b|docker-compose\b"
    r"|pip3?\s{1,9}install\b(?!\s{1,9}--upgrade\s{1,9}pip[ \t]{0,40}$)"
    r"|python[\d.]{0,5}\s{1,9}(?!-c\b|--version)\S|(?:ba|z|da)?sh\s{1,9}(?!-c\b)[\w./]"
    r"|(?:perl|ruby|php|pwsh|powershell|Rscript|lua|java)\s{1,9}(?!-[ec]\b|--version)\S|(?:source|\.)\s{1,9}\S|\.{1,2}/\S"
    r"|[\w.-]{1,60}/[\w./-]{1,200}\.(?:sh|bash|py|rb|pl|js|mjs|cjs|ts|ps1|php)(?=[\s;&|)`]|$))"
)
"""Commands that run, or let the checked-out files decide, what is run: tools load their configuration as code.
Asked of a script behind an end of line.

https://boostsecurityio.github.io/lotp/
"""
_TAKES_CODE = re.compile(
    begun(
        r"gh\s{1,9}pr\s{1,9}checkout\b",
        r"git\s{1,9}(?:fetch|pull|checkout|clone)\b[^\n]{0,300}?\bpull/[^\n/]{1,200}/(?:head|merge)\b",
    )
)
_CONTINUED = re.compile(r"[\\`]\n[ \t]*")
_UNPACKS = re.compile(begun("curl", "wget", r"gh\s+api") + r"\b[^\n]{0,400}\n?[^\n]{0,400}?\b(?:tar|unzip|bsdtar)\b")
_GIT = re.compile(begun("git") + r"\s{1,9}(?:checkout|switch|fetch|pull|merge|reset|clone|worktree)\b")
_BUILDS = frozenset(
    {
        "docker/build-push-action",
        "gradle/gradle-build-action",
        "gradle/actions/setup-gradle",
        "bahmutov/npm-install",
        "borales/actions-yarn",
        "goreleaser/goreleaser-action",
        "cypress-io/github-action",
        "pre-commit/action",
        "actions/jekyll-build-pages",
        "pypa/cibuildwheel",
        "ruby/setup-ruby",
        "golangci/golangci-lint-action",
        "github/codeql-action/autobuild",
    }
)
"""Actions that run what the workspace tells them to."""


def takes(flows: Flows, job: Job) -> Iterator[tuple[Step, Held]]:
    """Yield the steps that bring code into the workspace which may be an outsider's, with what is known of it."""
    own = False
    for step in job.steps:
        held = flows.taken(step, job)
        checks_out = step.uses is not None and step.uses.action == "actions/checkout"
        # what an action does with the name of a commit is open only where nothing else brings code
        if held.code or held.inputs or (held.open_code and (checks_out or step.run is not None or not own)):
            yield step, held
        own = own or checks_out


def runs_workspace(step: Step, folder: str = "") -> bool:
    """Tell whether a step runs what stands in the workspace, or in a folder of it."""
    if step.run is not None:
        script = _CONTINUED.sub(" ", step.run) if "\n" in step.run else step.run
        if _RUNS_CODE.search(f"\n{script}") is not None:
            return True
        return bool(folder) and re.search(rf"(?m)(?:^|[;&|(`])[ \t]*(?:\./)?{re.escape(folder)}/\S", script) is not None
    if step.uses is None:
        return False
    local = step.uses.kind is UsesKind.LOCAL and not step.uses.text.startswith("$/")
    return local or step.uses.action in _BUILDS


def runs_what_it_takes(step: Step) -> bool:
    """Tell whether a script that takes outside code with git runs it further on."""
    script = step.run or ""
    taken = _TAKES_CODE.search(script) or _GIT.search(script) or _UNPACKS.search(script)
    return taken is not None and _RUNS_CODE.search(_CONTINUED.sub(" ", script), taken.end()) is not None


def run_after(job: Job, step: Step) -> Step | None:
    """Return the step that runs what a step brings into the workspace; None where none is seen to."""
    if runs_what_it_takes(step):
        return step
    folder = step.with_.get("path", "").strip().strip("./").rstrip("/") if step.run is None else ""
    if folder and "${{" not in folder:
        # it lies in a folder of its own: what names the folder runs it, where anything does
        named, running = _naming(job, folder)
        if named and named[-1] > step.index:
            at = bisect_right(running, step.index)
            return job.steps[running[at]] if at < len(running) else None
    return next_runs(job).get(step.index)


def _naming(job: Job, folder: str) -> tuple[list[int], list[int]]:
    """Return the steps of a job that name a folder, by index, and those of them that run what stands in it."""
    name = f"names {folder}"
    if name not in job.memo:
        named = [at for at, text in enumerate(_texts(job)) if folder in text]
        job.memo[name] = named, [at for at in named if runs_workspace(job.steps[at], folder)]
    found: tuple[list[int], list[int]] = job.memo[name]
    return found


def _texts(job: Job) -> list[str]:
    """Return for each step of a job all its texts that may name a folder."""
    if "texts" not in job.memo:
        told = (
            (step.run or "", step.working_directory, *step.with_.values(), *step.env.values()) for step in job.steps
        )
        job.memo["texts"] = ["\0".join(texts) for texts in told]
    found: list[str] = job.memo["texts"]
    return found


def next_runs(job: Job) -> dict[int, Step]:
    """Return for each step of a job, by index, the next later step that runs the workspace."""
    if "next runs" not in job.memo:
        job.memo["next runs"] = _next_runs(job)
    found: dict[int, Step] = job.memo["next runs"]
    return found


def _next_runs(job: Job) -> dict[int, Step]:
    out: dict[int, Step] = {}
    following: Step | None = None
    for step in reversed(job.steps):
        if following is not None:
            out[step.index] = following
        if runs_workspace(step):
            following = step
    return out
