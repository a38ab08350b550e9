"""Names that GitLab, the runner or a shell define by themselves, and names that look like those of secrets.

https://docs.gitlab.com/ci/variables/predefined_variables/ and https://docs.gitlab.com/ci/variables/#special-characters
"""

import re

NOT_JOBS = frozenset(
    {
        "default", "include", "stages", "types", "variables", "workflow", "spec", "image", "services", "before_script",
        "after_script", "cache",
    }
)  # fmt: skip
"""Top-level keys that are no jobs. https://docs.gitlab.com/ci/yaml/#global-keywords"""

DEFAULTS = (
    "after_script", "artifacts", "before_script", "cache", "hooks", "id_tokens", "identity", "image", "interruptible",
    "retry", "services", "tags", "timeout",
)  # fmt: skip
"""What `default:` may give to jobs. https://docs.gitlab.com/ci/yaml/#default"""

OLD_DEFAULTS = frozenset({"image", "services", "cache", "before_script", "after_script"})
"""Of these, what may also stand at the top. https://docs.gitlab.com/ci/yaml/deprecated_keywords/"""

TOKENS = frozenset(
    {
        "CI_JOB_TOKEN", "CI_REGISTRY_PASSWORD", "CI_DEPLOY_PASSWORD", "CI_DEPENDENCY_PROXY_PASSWORD", "CI_JOB_JWT",
        "CI_JOB_JWT_V1", "CI_JOB_JWT_V2", "CI_REPOSITORY_URL", "HARBOR_PASSWORD", "CI_BUILD_TOKEN",
    }
)  # fmt: skip
"""Predefined variables that prove who the job is."""

_PREDEFINED = re.compile(
    r"CI|CI_\w+|GITLAB_CI|GITLAB_FEATURES|GITLAB_USER_(?:EMAIL|ID|LOGIN|NAME)|CHAT_(?:CHANNEL|INPUT|USER_ID)|TRIGGER_PAYLOAD"
    r"|KUBECONFIG|AUTO_DEVOPS_EXPLICITLY_ENABLED|STAGING_ENABLED|INCREMENTAL_ROLLOUT_\w+|HARBOR_\w+|APP_STORE_CONNECT_API_KEY_\w+"
    r"|SUPPLY_JSON_KEY(?:_DATA)?|GIT_(?:DEPTH|STRATEGY|CHECKOUT|CLEAN_FLAGS|FETCH_EXTRA_FLAGS|SUBMODULE_\w+|LFS_SKIP_SMUDGE)"
    r"|FF_\w+|RUNNER_\w+|DOCKER_(?:HOST|TLS_CERTDIR|TLS_VERIFY|CERT_PATH|DRIVER|AUTH_CONFIG|BUILDKIT)"
)
_SHELL = re.compile(
    r"PATH|HOME|PWD|OLDPWD|USER|LOGNAME|SHELL|HOSTNAME|TERM|LANG|LC_\w+|TMP|TEMP|TMPDIR|IFS|RANDOM|SECONDS|LINENO|UID|EUID|GID"
    r"|PPID|BASH\w*|SHLVL|OSTYPE|HOSTTYPE|MACHTYPE|OPTARG|OPTIND|REPLY|PIPESTATUS|FUNCNAME|PS\d|EDITOR|DISPLAY|DEBIAN_FRONTEND"
    r"|JAVA_HOME|GOPATH|GOROOT|GOBIN|PYTHONPATH|VIRTUAL_ENV|CARGO_HOME|RUSTUP_HOME|NVM_DIR|LD_LIBRARY_PATH|PKG_CONFIG_PATH|XDG_\w+"
    r"|COMPUTERNAME|USERNAME|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMFILES|SYSTEMROOT|WINDIR|ERRORLEVEL|LASTEXITCODE|NF|NR|CC|CXX"
    r"|CFLAGS|CXXFLAGS|LDFLAGS|MAKEFLAGS"
)
_SECRET = re.compile(
    r"(?:.*_)?(?:(?:\w*TOKEN|\w*SECRET|\w*PASSWORD|\w*PASSWD|PASSPHRASE|\w*CREDENTIALS?|\w*CREDS?|API_?KEY|\w*ACCESS_?KEY"
    r"|PRIVATE_?KEY|SSH_?KEY|DEPLOY_?KEY|GPG_?KEY|SIGNING_?KEY|SERVICE_ACCOUNT_KEY|WEBHOOK|KUBE_?CONFIG)(?:_\w+)?"
    r"|PASS|AUTH|PAT|DSN|KEYSTORE)"
)
_NO_SECRET = re.compile(
    r".*(?:(?<!WEBHOOK)_URL|_URI|_PATH|_DIR|_NAME|_USER|_USERNAME|_LENGTH|_COUNT|_TYPE|_HOST|_SERVER|_EXPIRY|ACCESS_KEY_ID"
    r"|_VAULT)|.*TOKENIZ.*"
)


def predefined(name: str) -> bool:
    """Tell whether GitLab, the runner or a shell define a variable: it is then no variable of the settings."""
    return bool(_PREDEFINED.fullmatch(name) or _SHELL.fullmatch(name))


def secretive(name: str) -> bool:
    """Tell whether a variable is named like a secret."""
    upper = name.upper()
    return bool(_SECRET.fullmatch(upper)) and not _NO_SECRET.fullmatch(upper)
