"""Names that GitLab, the runner or a shell define by themselves, and names that look like those of secrets.

https://docs.gitlab.com/ci/variables/predefined_variables/ and https://docs.gitlab.com/ci/variables/#special-characters
"""

import re
from itertools import pairwise

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
_SECRET_ENDS = (
    "TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS", "CREDS", "APIKEY", "ACCESSKEY",
    "WEBHOOK", "KUBECONFIG",
)  # fmt: skip
"""How a word of a secret's name ends, wherever in the name it stands."""
_KEYS = frozenset({"API", "ACCESS", "PRIVATE", "SSH", "DEPLOY", "GPG", "SIGNING", "SECRET", "ENCRYPTION", "ACCOUNT"})
"""What stands before `KEY` where that is a secret."""
_LAST = frozenset({"PASS", "AUTH", "PAT", "DSN", "KEYSTORE"})
_HARMLESS_LAST = frozenset(
    {
        "URI",
        "PATH",
        "DIR",
        "NAME",
        "USER",
        "USERNAME",
        "LENGTH",
        "COUNT",
        "TYPE",
        "HOST",
        "SERVER",
        "EXPIRY",
        "VAULT",
        "ARN",
    }
)
"""The last word of names that only speak of a secret."""
MOST_NAME = 200


def predefined(name: str) -> bool:
    """Tell whether GitLab, the runner or a shell define a variable: it is then no variable of the settings."""
    return len(name) > MOST_NAME or bool(_PREDEFINED.fullmatch(name) or _SHELL.fullmatch(name))


def secretive(name: str) -> bool:
    """Tell whether a variable is named like a secret."""
    if len(name) > MOST_NAME:
        return False
    words = name.upper().split("_")
    if words[-1] in _HARMLESS_LAST or words[-3:] == ["ACCESS", "KEY", "ID"]:
        return False
    if words[-1] == "URL":
        return "WEBHOOK" in words
    if words[-1] in _LAST or any(word.endswith(_SECRET_ENDS) for word in words):
        return True
    return any(word in _KEYS and after == "KEY" for word, after in pairwise(words))
