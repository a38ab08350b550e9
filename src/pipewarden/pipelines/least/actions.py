"""Which scopes of the job's token each known action needs, as its own documentation says it.

A row is what the action's page states for the way it is used; the scope `metadata: read` is always there and never
named. An action without a row is not known: nothing is said of what it needs.
"""

from collections.abc import Mapping
from typing import NamedTuple


class When(NamedTuple):
    """More scopes where an input is set; `value` empty: to anything that is not false."""

    input: str
    scopes: Mapping[str, str]
    value: str = ""
    absent: bool = False
    """The scopes are needed where the input is not given."""


class Needs(NamedTuple):
    """What one action needs of the token."""

    scopes: Mapping[str, str]
    when: tuple[When, ...] = ()
    other: str = ""
    """The input by which it is given another token; where that is set to one, the job's token needs nothing for it."""
    source: str = ""
    """The page that says it; empty: the README of its repository."""


NOTHING: Mapping[str, str] = {}
READ = {"contents": "read"}
WRITE = {"contents": "write"}
OIDC = {"id-token": "write"}
COMMENT = {"pull-requests": "write"}
PULLS = {"pull-requests": "read"}
_FREE = Needs(NOTHING)
_ATTEST = Needs(
    {"id-token": "write", "attestations": "write"}, (When("push-to-registry", {"packages": "write"}),), "github-token"
)
_CODE_SCANNING = {"security-events": "write", "actions": "read", "contents": "read"}
_CODEQL = "https://docs.github.com/en/code-security/code-scanning/creating-an-advanced-setup-for-code-scanning/customizing-your-advanced-setup-for-code-scanning"
_PAGES = "https://docs.github.com/en/pages/getting-started-with-github-pages/using-custom-workflows-with-github-pages"

ACTIONS: dict[str, Needs] = {
    # GitHub's own
    "actions/checkout": Needs(READ, other="token"),
    "actions/cache": _FREE,
    "actions/cache/restore": _FREE,
    "actions/cache/save": _FREE,
    "actions/upload-artifact": _FREE,
    "actions/upload-artifact/merge": _FREE,
    "actions/download-artifact": Needs(NOTHING, (When("run-id", {"actions": "read"}),)),
    "actions/setup-node": _FREE,
    "actions/setup-python": _FREE,
    "actions/setup-java": _FREE,
    "actions/setup-go": _FREE,
    "actions/setup-dotnet": _FREE,
    "actions/create-github-app-token": _FREE,
    "actions/attest": _ATTEST,
    "actions/attest-build-provenance": _ATTEST,
    "actions/attest-sbom": _ATTEST,
    "actions/configure-pages": Needs({"pages": "read"}, (When("enablement", {"pages": "write"}),), "token", _PAGES),
    "actions/upload-pages-artifact": _FREE,
    "actions/deploy-pages": Needs({"pages": "write", "id-token": "write"}, source=_PAGES),
    "actions/dependency-review-action": Needs(READ, (When("comment-summary-in-pr", COMMENT),), "repo-token"),
    "actions/labeler": Needs({**READ, **COMMENT, "issues": "write"}, other="repo-token"),
    "actions/stale": Needs(
        {"issues": "write", "pull-requests": "write", "actions": "write"},
        (When("delete-branch", WRITE),),
        "repo-token",
    ),
    "actions/first-interaction": Needs({"issues": "write", "pull-requests": "write"}, other="repo_token"),
    "actions/create-release": Needs(WRITE),
    "actions/upload-release-asset": Needs(WRITE),
    "actions/delete-package-versions": Needs({"packages": "write"}, other="token"),
    "github/codeql-action/init": Needs({**_CODE_SCANNING, "packages": "read"}, other="token", source=_CODEQL),
    "github/codeql-action/autobuild": Needs(NOTHING, other="token", source=_CODEQL),
    "github/codeql-action/analyze": Needs(_CODE_SCANNING, other="token", source=_CODEQL),
    "github/codeql-action/upload-sarif": Needs(_CODE_SCANNING, other="token", source=_CODEQL),
    "dependabot/fetch-metadata": Needs(PULLS, other="github-token"),
    # clouds and vaults, through OIDC
    "aws-actions/configure-aws-credentials": Needs(NOTHING, (When("aws-access-key-id", OIDC, absent=True),)),
    "aws-actions/amazon-ecr-login": _FREE,
    "google-github-actions/auth": Needs(NOTHING, (When("workload_identity_provider", OIDC),)),
    "google-github-actions/setup-gcloud": _FREE,
    "google-github-actions/deploy-cloudrun": _FREE,
    "google-github-actions/get-gke-credentials": _FREE,
    "azure/login": Needs(NOTHING, (When("creds", OIDC, absent=True),)),
    "azure/setup-helm": _FREE,
    "azure/setup-kubectl": _FREE,
    "azure/webapps-deploy": _FREE,
    "hashicorp/setup-terraform": _FREE,
    "hashicorp/vault-action": Needs(NOTHING, (When("method", OIDC, "jwt"),)),
    "octo-sts/action": Needs(OIDC),
    # publishing
    "pypa/gh-action-pypi-publish": Needs(
        NOTHING,
        (When("password", OIDC, absent=True),),
        source="https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-pypi",
    ),
    "rubygems/release-gem": Needs({**OIDC, **WRITE}),
    "rubygems/configure-rubygems-credentials": Needs(OIDC),
    "rust-lang/crates-io-auth-action": Needs(OIDC),
    "sigstore/cosign-installer": _FREE,
    "sigstore/gh-action-sigstore-python": Needs(OIDC, (When("release-signing-artifacts", WRITE),)),
    "slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml": Needs(
        {"actions": "read", "id-token": "write"}, (When("upload-assets", WRITE),)
    ),
    "softprops/action-gh-release": Needs(WRITE, (When("discussion_category_name", {"discussions": "write"}),), "token"),
    "ncipollo/release-action": Needs(WRITE, (When("discussionCategory", {"discussions": "write"}),), "token"),
    "svenstaro/upload-release-action": Needs(WRITE),
    "goreleaser/goreleaser-action": Needs(WRITE),
    "googleapis/release-please-action": Needs({**WRITE, **COMMENT, "issues": "write"}, other="token"),
    "release-drafter/release-drafter": Needs({**WRITE, **COMMENT}),
    "changesets/action": Needs({**WRITE, **COMMENT}),
    "helm/chart-releaser-action": Needs(WRITE),
    "helm/kind-action": _FREE,
    "helm/chart-testing-action": _FREE,
    "peaceiris/actions-gh-pages": Needs(NOTHING, (When("github_token", WRITE),)),
    "jamesives/github-pages-deploy-action": Needs(WRITE, other="token"),
    # commits, pull requests, comments
    "peter-evans/create-pull-request": Needs({**WRITE, **COMMENT}, other="token"),
    "peter-evans/create-or-update-comment": Needs({"issues": "write", "pull-requests": "write"}, other="token"),
    "peter-evans/find-comment": Needs({"issues": "read", "pull-requests": "read"}, other="token"),
    "stefanzweifel/git-auto-commit-action": Needs(WRITE),
    "endbug/add-and-commit": Needs(WRITE, other="github_token"),
    "ad-m/github-push-action": Needs(WRITE, other="github_token"),
    "marocchino/sticky-pull-request-comment": Needs(COMMENT, other="GITHUB_TOKEN"),
    "thollander/actions-comment-pull-request": Needs(COMMENT, other="github-token"),
    "amannn/action-semantic-pull-request": Needs(PULLS),
    "dorny/paths-filter": Needs({**READ, **PULLS}, other="token"),
    "tj-actions/changed-files": Needs({**READ, **PULLS}, other="token"),
    "wagoid/commitlint-github-action": Needs({**READ, **PULLS}, other="token"),
    # reports
    "codecov/codecov-action": Needs(NOTHING, (When("use_oidc", OIDC),)),
    "coverallsapp/github-action": Needs(NOTHING),
    "dorny/test-reporter": Needs({"checks": "write", "contents": "read", "actions": "read"}, other="token"),
    "enricomi/publish-unit-test-result-action": Needs(
        {"checks": "write", "pull-requests": "write", "contents": "read", "issues": "read", "actions": "read"},
        other="github_token",
    ),
    "mikepenz/action-junit-report": Needs({"checks": "write"}, (When("comment", COMMENT),), "token"),
    "golangci/golangci-lint-action": Needs(READ, (When("only-new-issues", PULLS),), "github-token"),
    "super-linter/super-linter": Needs({"contents": "read", "packages": "read", "statuses": "write"}),
    "super-linter/super-linter/slim": Needs({"contents": "read", "packages": "read", "statuses": "write"}),
    "ossf/scorecard-action": Needs(_CODE_SCANNING, (When("publish_results", OIDC),)),
    "zizmorcore/zizmor-action": Needs(_CODE_SCANNING, other="token"),
    "anchore/sbom-action": Needs(NOTHING, (When("upload-release-assets", {"actions": "read", "contents": "write"}),)),
    "anchore/scan-action": _FREE,
    "aquasecurity/trivy-action": _FREE,
    "benchmark-action/github-action-benchmark": Needs(READ, (When("auto-push", WRITE),)),
    "sonarsource/sonarqube-scan-action": _FREE,
    # images: what a login to ghcr.io needs is decided by the login
    "docker/setup-buildx-action": _FREE,
    "docker/setup-qemu-action": _FREE,
    "docker/metadata-action": Needs(READ, other="github-token"),
    # the context they build from may be the repository itself, read over git with the token
    "docker/build-push-action": Needs(READ, other="github-token"),
    "docker/bake-action": Needs(READ, other="github-token"),
    # tools that only install something
    "astral-sh/setup-uv": _FREE,
    "astral-sh/ruff-action": _FREE,
    "pnpm/action-setup": _FREE,
    "oven-sh/setup-bun": _FREE,
    "denoland/setup-deno": _FREE,
    "dtolnay/rust-toolchain": _FREE,
    "swatinem/rust-cache": _FREE,
    "taiki-e/install-action": _FREE,
    "ruby/setup-ruby": _FREE,
    "shivammathur/setup-php": _FREE,
    "gradle/actions/setup-gradle": Needs(NOTHING, (When("dependency-graph", WRITE, "generate-and-submit"),)),
    "gradle/actions/wrapper-validation": _FREE,
    "pre-commit/action": _FREE,
    "cachix/install-nix-action": _FREE,
    "cachix/cachix-action": _FREE,
    "step-security/harden-runner": _FREE,
    "crate-ci/typos": _FREE,
    "extractions/setup-just": _FREE,
    "arduino/setup-protoc": _FREE,
    "bufbuild/buf-setup-action": _FREE,
    "mamba-org/setup-micromamba": _FREE,
    "conda-incubator/setup-miniconda": _FREE,
    "julia-actions/setup-julia": _FREE,
    "subosito/flutter-action": _FREE,
    "android-actions/setup-android": _FREE,
    "erlef/setup-beam": _FREE,
    "ilammy/msvc-dev-cmd": _FREE,
    "browser-actions/setup-chrome": _FREE,
    "slackapi/slack-github-action": _FREE,
    "azure/powershell": _FREE,
    "azure/cli": _FREE,
    "msys2/setup-msys2": _FREE,
    "pypa/cibuildwheel": _FREE,
    "golang/govulncheck-action": Needs(READ),
    "dessant/lock-threads": Needs(
        {"issues": "write", "pull-requests": "write", "discussions": "write"}, other="github-token"
    ),
    "lycheeverse/lychee-action": _FREE,
    "mxschmitt/action-tmate": _FREE,
    "jdx/mise-action": _FREE,
    "actions-rs/toolchain": _FREE,
    "actions-rust-lang/setup-rust-toolchain": _FREE,
    "taiki-e/upload-rust-binary-action": Needs(WRITE, other="token"),
    "haskell-actions/setup": _FREE,
    "ocaml/setup-ocaml": _FREE,
    "coursier/setup-action": _FREE,
    "sbt/setup-sbt": _FREE,
    "nick-fields/retry": _FREE,
    "carvel-dev/setup-action": _FREE,
    "fluxcd/flux2/action": _FREE,
    # logs in to the registry with the token: "uses the ${{ github.token }} to authorize pushes to GHCR"
    "ko-build/setup-ko": Needs({"packages": "write"}),
    "mikefarah/yq": _FREE,
    "tibdex/github-app-token": _FREE,
    "8398a7/action-slack": _FREE,
}


def source_of(action: str) -> str:
    """Return the page that says what an action needs."""
    known = ACTIONS.get(action)
    if known is not None and known.source:
        return known.source
    owner, _, rest = action.partition("/")
    return f"https://github.com/{owner}/{rest.partition('/')[0]}#readme"
