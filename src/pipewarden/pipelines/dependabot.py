"""Reading the configuration of Dependabot: which updates run code of the packages, and which wait.

https://docs.github.com/en/code-security/dependabot/working-with-dependabot/dependabot-options-reference
"""

from typing import Any

from pipewarden.pipelines.reading import text_of
from pipewarden.pipelines.yaml_tree import Mapping, Scalar, Sequence, parse

MOST_UPDATES = 500


def read_dependabot(path: str, text: str) -> dict[str, Any] | None:
    """Return what a configuration says as it becomes an attribute of the repository; None where it cannot be read."""
    tree = parse(text)
    if not tree.complete or not isinstance(tree.root, Mapping):
        return None
    updates = tree.root.get("updates")
    found, allows = [], []
    for each in updates.items[:MOST_UPDATES] if isinstance(updates, Sequence) else ():
        if not isinstance(each, Mapping):
            continue
        row = {"ecosystem": text_of(each.get("package-ecosystem"))[:60], "line": each.line, "column": each.column}
        found.append({**row, "cooldown": each.get("cooldown") is not None})
        allowed = each.get("insecure-external-code-execution")
        if isinstance(allowed, Scalar) and allowed.value == "allow":
            allows.append({**row, "line": allowed.line, "column": allowed.column})
    return {"path": path, "updates": found, "allows": allows}
