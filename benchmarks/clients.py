"""What the vendors' own clients weigh: files with all they need, and the seconds of their import. Those installed are measured."""

import importlib.util
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

CLIENTS = {
    "python-gitlab": "import gitlab",
    "okta": "from okta.client import Client",
    "msgraph-sdk": "from msgraph import GraphServiceClient",
    "hvac": "import hvac",
    "api4jenkins": "import api4jenkins",
    "python-jenkins": "import jenkins",
}
RUNS = 5


def needed(name: str, found: dict[str, metadata.Distribution]) -> dict[str, metadata.Distribution]:
    """Return a distribution with all that it requires and that is installed."""
    plain = re.sub(r"[-_.]+", "-", name).lower()
    if plain in found:
        return found
    try:
        found[plain] = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return found
    for text in found[plain].requires or ():
        if "extra ==" not in text:
            needed(re.split(r"[\s\[<>=!~;(]", text)[0], found)
    return found


def megabytes(distribution: metadata.Distribution) -> float:
    """Return the size of a distribution's files with their compiled bytecode."""
    total = 0
    for each in distribution.files or ():
        path = Path(str(distribution.locate_file(each)))
        compiled = Path(importlib.util.cache_from_source(str(path))) if path.suffix == ".py" else None
        total += sum(file.stat().st_size for file in (path, compiled) if file is not None and file.is_file())
    return total / 1_000_000


def seconds(statement: str) -> float:
    """Return the shortest of some imports, each in an interpreter of its own."""
    code = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    done = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(RUNS)
    ]
    return min(float(each.stdout) for each in done)


def main() -> None:
    """Print a line for each client."""
    for name, statement in CLIENTS.items():
        found = needed(name, {})
        if not found:
            print(f"{name:15} not installed")
            continue
        size = sum(megabytes(each) for each in found.values())
        print(f"{name:15} {len(found):3} packages {size:6.0f} MB  import {seconds(statement):6.2f} s")


if __name__ == "__main__":
    main()
