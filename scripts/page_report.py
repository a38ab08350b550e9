"""The JSON Schema of the JSON report, published as docs/report.schema.json."""

import json

from pipewarden.reports import json_


def schema() -> str:
    """Return the published schema as JSON."""
    return json.dumps(json_.schema(), indent=2, ensure_ascii=False) + "\n"
