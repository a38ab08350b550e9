"""Writes the generated pages of docs/, or with --check says which of them are stale."""

import sys
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

from scripts import page_checks, page_cli, page_report, page_settings

ROOT = Path(__file__).resolve().parents[1]

PAGES: dict[str, Callable[[], str]] = {
    "docs/cli.md": page_cli.page,
    "docs/checks.md": page_checks.page,
    "docs/report.schema.json": page_report.schema,
    "docs/settings.md": page_settings.page,
    "docs/settings.schema.json": page_settings.schema,
    "docs/owners.schema.json": page_settings.owners,
}
"""Every generated page and what makes it: the same text from the same code, wherever it runs."""


def stale(root: Path = ROOT, pages: dict[str, Callable[[], str]] = PAGES) -> dict[str, str]:
    """Return the pages whose file differs from what the code says now, each with the difference in unified form."""
    out = {}
    for name, make in pages.items():
        path = root / name
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        wanted = make()
        if there != wanted:
            lines = unified_diff(there.splitlines(), wanted.splitlines(), name, f"{name} (generated)", lineterm="")
            out[name] = "\n".join(lines)
    return out


def write(root: Path = ROOT, pages: dict[str, Callable[[], str]] = PAGES) -> list[str]:
    """Write the pages that are stale and return their names."""
    names = list(stale(root, pages))
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[name](), encoding="utf-8")
    return names


def main(arguments: list[str]) -> int:
    """Write the pages, or check them; return the exit code."""
    if arguments == ["--check"]:
        old = stale()
        for difference in old.values():
            print(difference[:4000])
        print(f"stale: {', '.join(old)}; `make docs` writes them" if old else f"{len(PAGES)} generated pages are fresh")
        return 1 if old else 0
    if arguments:
        print("usage: python -m scripts.docs [--check]", file=sys.stderr)
        return 2
    print("\n".join(f"wrote {name}" for name in write()) or f"{len(PAGES)} generated pages are fresh")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
