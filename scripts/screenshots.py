"""Make the pictures of the documentation from the demo: the report in both themes, and the terminal.

Needs Chromium (CHROMIUM names another program than `chromium`). Run: .venv/bin/python scripts/screenshots.py
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PIPEWARDEN = Path(sys.executable).parent / "pipewarden"
WIDTH = 110
"""Cells across the picture of the terminal."""
LINES = 48
"""Lines of the report that the picture shows."""
FINDINGS = 1
"""The exit code of an audit that found something."""


def audit(*arguments: str) -> str:
    """Run the demo's audit and return what it wrote; anything but "clean" and "findings" ends the script."""
    command = [str(PIPEWARDEN), "--demo", "--quiet", *arguments]
    done = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, check=False, env=os.environ | {"COLUMNS": str(WIDTH)}
    )
    if done.returncode not in {0, FINDINGS}:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def photograph(page: Path, picture: Path, *, dark: bool) -> None:
    """Let Chromium paint a page, without network and without a profile that is kept."""
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if chromium is None:
        sys.exit("there is no chromium; name another one with CHROMIUM=…")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        subprocess.run(  # noqa: S603 - found on the path
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-sync",
                "--no-first-run",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--blink-settings=preferredColorScheme={0 if dark else 1}",
                "--window-size=1280,1800",
                f"--screenshot={picture}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def terminal(picture: Path) -> None:
    """Draw the first lines of the report on a terminal as SVG."""
    lines = audit("--color", "audit").splitlines()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True)
        console.print(Text("$ pipewarden --demo audit", style="bold"))
        for line in lines[:LINES]:
            console.print(Text.from_ansi(line), soft_wrap=True)
        svg = console.export_svg(title="pipewarden", unique_id="terminal")
    picture.write_text(without_fonts(svg), encoding="utf-8")


def without_fonts(svg: str) -> str:
    """Take away the fonts that the drawing would fetch from elsewhere: the reader's own will do."""
    while "@font-face" in svg:
        begin = svg.index("@font-face")
        end = svg.index("}", begin) + 1
        svg = svg[:begin] + svg[end:].lstrip()
    return svg.replace("Fira Code", "ui-monospace, DejaVu Sans Mono")


def main() -> None:
    """Make all pictures anew."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(audit("audit", "--format", "html"), encoding="utf-8")
        photograph(page, IMAGES / "report.png", dark=False)
        photograph(page, IMAGES / "report-dark.png", dark=True)
    terminal(IMAGES / "terminal.svg")
    for picture in sorted(IMAGES.iterdir()):
        print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
