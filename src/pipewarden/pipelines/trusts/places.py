"""Where files that state trusts usually lie: what of a repository's root speaks for them."""

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
