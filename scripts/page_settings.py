"""The page docs/settings.md and the schema beside it, made from what the configuration file may say."""

import json
from collections.abc import Iterator
from typing import Any

from pipewarden.connectors.roster_machines import SCHEMA as OWNERS
from pipewarden.settings.config import NAME, SCHEMA

HEAD = f"""# The configuration file

Generated from the schema by `make docs`. Editors that know JSON Schema can use
[settings.schema.json](settings.schema.json).

Pipewarden reads `{NAME}` in the current folder, else `~/.config/pipewarden/{NAME}`, or the file named by
`--config`. It works without one. Every mistake in it is told with file, line and key. The file never holds a secret:
a credential says where one is read from, and is read again when it may have been rotated.

A file that lies in what is audited is written by whoever wrote that. It may say how the checks judge, never where credentials are
sent or which commands run, unless `--config` names it. Where CI says that a run is about a pull or merge request, the file of the
branch that it wants to go into holds, not the change's own ([why](tasks.md#a-pull-request-does-not-judge-itself)).

| setting | kind | meaning |
|---|---|---|
"""

EXAMPLE = """
## Example

```yaml
store: postgresql://pipewarden@db.acme.example/pipewarden
keep_snapshots: 30
sources:
  - github: acme
    token: {env: GITHUB_TOKEN}
  - github: acme-labs
    host: acme.ghe.com
    app:
      id: 12345
      private_key: {file: /etc/pipewarden/app.pem}
    exclude: ["sandbox-*"]
checks:
  disable: [gh.dkey.org_enabled]
  severity:
    gh.org.owners_too_many: high
  limits:
    member_stale_days: 60
    owners_max: 4
    company_domains: [acme.example]
```

`pipewarden checks explain ID` shows which limits a check compares with, what they are, and which line set them.
A check that is switched off is named in every report, under what was not assessed; `--strict` does not mind it.
The demo heeds this file only where `--config` names it.
"""


def page() -> str:
    """Return the whole page as Markdown."""
    return HEAD + "".join(_rows(SCHEMA, "")) + EXAMPLE


def schema() -> str:
    """Return the published schema as JSON."""
    return json.dumps(SCHEMA, indent=2, ensure_ascii=False) + "\n"


def owners() -> str:
    """Return the published schema of a list of machines' owners as JSON."""
    return json.dumps(OWNERS, indent=2, ensure_ascii=False) + "\n"


def _rows(node: dict[str, Any], at: str) -> Iterator[str]:
    for key, given in node.get("properties", {}).items():
        inner = _resolved(given)
        name = f"{at}.{key}" if at else key
        needed = " (required)" if key in node.get("required", ()) else ""
        yield f"| `{name}` | {_kind(inner)}{needed} | {given.get('description', inner.get('description', ''))} |\n"
        each = inner.get("additionalProperties")
        if isinstance(each, dict):
            yield f"| `{name}.ID` | {_kind(each)} |  |\n"
        if inner.get("type") == "array":
            yield from _rows(_resolved(inner["items"]), f"{name}[]")
        else:
            yield from _rows(inner, name)


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to `$defs`."""
    name = node.get("$ref", "").removeprefix("#/$defs/")
    return SCHEMA["$defs"][name] if name else node


def _kind(node: dict[str, Any]) -> str:
    if "enum" in node:
        return "one of " + ", ".join(f"`{value}`" for value in node["enum"])
    kinds = node.get("type", "")
    text = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if text == "array":
        text = f"list of {_kind(_resolved(node['items']))}"
    if text == "object":
        text = "one of" if node.get("maxProperties") == 1 else "mapping"
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None:
        text += f", {low:,} to {high:,}" if high is not None else f", at least {low:,}"
    if "x-unit" in node:
        text += f" {node['x-unit']}"
    if "default" in node:
        text += f", {_default(node['default'])} by default"
    return text


def _default(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(f"`{each}`" for each in value) or "none"
    return f"`{value}`"
