"""Where files that state trusts usually lie: what of a repository's root speaks for them, and what modules name."""

import posixpath

ENDINGS = (".tf", ".tofu", ".tf.json", ".bicep", ".hcl", ".template")

FOLDERS = frozenset(
    {"terraform", "tf", "tofu", "opentofu", "terragrunt", "infra", "infrastructure", "iac", "iam", "aws",
     "azure", "gcp", "google", "cloud", "cloudformation", "cfn", "bicep", "deploy", "deployment",
     "deployments", "env", "envs", "environments", "stacks", "stack", "modules", "live", "platform", "vault",
     "bootstrap", "accounts", "projects", "policies", "policy", "roles", "trust", "trusts", "oidc"}
)  # fmt: skip
"""Folders at the root in which such files usually lie."""


def shows(name: str, *, folder: bool) -> bool:
    """Tell whether a name at the root of a repository speaks for files that state trusts."""
    return name.lower() in FOLDERS if folder else name.lower().endswith(ENDINGS)


def shown_at_root(path: str) -> bool:
    """Tell whether a file would be found by what the root of its repository shows."""
    name, inside, _ = path.partition("/")
    return shows(name, folder=bool(inside))


def folder_of(path: str, source: str) -> str:
    """Return the folder that a local source of a module names in a file: "" for the root, `..` where it lies outside.

    https://developer.hashicorp.com/terraform/language/modules/sources#local-paths
    """
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
    return "" if found == "." else ".." if found.startswith(("../", "/")) else found
