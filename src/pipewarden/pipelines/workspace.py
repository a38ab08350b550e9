"""Which steps bring the code of an outsider's pull request into the workspace, and which run what is there."""

import re
from collections.abc import Iterator

from pipewarden.pipelines.parts import Checkout, Job, Step
from pipewarden.pipelines.steps import names_outside_code
from pipewarden.pipelines.uses import UsesKind

_RUNS_CODE = re.compile(
    r"(?m)(?:^|[;&|(`]|\bsudo\s|\bexec\s|\bthen\s|\bdo\s|\btime\s)[ \t]{0,40}"
    r"(?:[A-Z_][A-Z0-9_]{0,60}=\S{0,200}[ \t]{1,9}){0,8}"
    r"(?:(?:npm|pnpm)\s{1,9}(?:ci|i|install|run|test|build|exec|start|publish|pack|add)\b"
    r"|(?:yarn|pnpm|bun|npx|pnpx|bunx)(?=[\s;&|)`]|$)"
    r"|(?:make|gmake|cmake|ninja|meson|just|task|mage|rake|bundle|gem|composer|tox|nox|pytest|poetry|pdm|hatch|uv|pipenv"
    r"|pre-commit|mvn|gradle|sbt|bazel|bazelisk|buck2?|ant|cargo|maturin|dotnet|msbuild|nuget|swift|xcodebuild|fastlane|pod"
    r"|flutter|dart|mix|rebar3|stack|cabal|lein|zig|deno|node|ts-node|tsx|jest|vitest|playwright|cypress|terraform|tofu"
    r"|pulumi|ansible-playbook|helm|skaffold|vagrant|packer|goreleaser|jekyll|hugo|mkdocs|sphinx-build)(?=[\s;&|)`]|$)"
    r"|go\s{1,9}(?:build|test|run|generate|install|vet|tool)\b|docker\s{1,9}(?:build|buildx|compose)\b|docker-compose\b"
    r"|pip3?\s{1,9}install\b(?!\s{1,9}--upgrade\s{1,9}pip[ \t]{0,40}$)"
    r"|python[\d.]{0,5}\s{1,9}(?!-c\b|--version)\S|(?:ba|z|da)?sh\s{1,9}(?!-c\b)[\w./]"
    r"|(?:perl|ruby|php|pwsh|powershell|Rscript|lua|java)\s{1,9}(?!-[ec]\b|--version)\S|(?:source|\.)\s{1,9}\S|\.{1,2}/\S)"
)
"""Commands that run, or let the checked-out files decide, what is run."""
_TAKES_CODE = re.compile(
    r"\bgh\s{1,9}pr\s{1,9}checkout\b"
    r"|\bgit\s{1,9}(?:fetch|pull|checkout|clone)\b[^\n]{0,300}?\bpull/[^\n/]{1,200}/(?:head|merge)\b"
)
_GIT = re.compile(r"\bgit\s{1,9}(?:checkout|switch|fetch|pull|merge|reset)\b")
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


def takes_outside_code(job: Job) -> Iterator[tuple[Step, str]]:
    """Yield the steps that bring code of a pull request into the workspace."""
    checkouts: dict[int, Checkout] = {checkout.step: checkout for checkout in job.checkouts}
    for step in job.steps:
        checkout = checkouts.get(step.index)
        if checkout is not None and checkout.outside_code:
            yield step, f"checks out {(checkout.ref or checkout.repository).strip()[:120]}"
        elif step.run and (_TAKES_CODE.search(step.run) or _git_by_name(step.run)):
            yield step, "takes the code of a pull request with git"


def _git_by_name(script: str) -> bool:
    """Tell whether a script takes a commit that an expression names as an outsider's."""
    return _GIT.search(script) is not None and names_outside_code(script)


def runs_workspace(step: Step) -> bool:
    """Tell whether a step runs what stands in the workspace."""
    if step.run is not None:
        return _RUNS_CODE.search(step.run) is not None
    if step.uses is None:
        return False
    local = step.uses.kind is UsesKind.LOCAL and not step.uses.text.startswith("$/")
    return local or step.uses.action in _BUILDS


def runs_what_it_takes(step: Step) -> bool:
    """Tell whether a script that takes outside code with git runs it further on."""
    script = step.run or ""
    taken = _TAKES_CODE.search(script) or _GIT.search(script)
    return taken is not None and _RUNS_CODE.search(script, taken.end()) is not None


def next_runs(job: Job) -> dict[int, Step]:
    """Return for each step of a job, by index, the next later step that runs the workspace."""
    out: dict[int, Step] = {}
    following: Step | None = None
    for step in reversed(job.steps):
        if following is not None:
            out[step.index] = following
        if runs_workspace(step):
            following = step
    return out
