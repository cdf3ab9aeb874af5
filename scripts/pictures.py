"""Take the pictures of pages that README and site show: `make pictures`.

Grades the example class, so that they show what `make grade` shows, and opens its pages in
Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
LAB = "lab03_custom_relu"
SHOWN = {
    "report": (f"{LAB}/report.html", 860),
    "student": (f"{LAB}/feedback/dora.html", 900),
}
WIDTH = 1000


def main(names: list[str]) -> None:
    """Take the pictures named, all otherwise."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no Chromium on PATH: install `chromium`, or name it in $CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        example = ROOT / "examples" / "class" / "submitted"
        command = [sys.executable, "-m", "autograder", "grade", "--submitted", example]
        done = subprocess.run([*map(str, command), "--out", folder], cwd=ROOT)
        if done.returncode:
            raise SystemExit("the example class was not graded")
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--headless"]
        )
        for name in names or SHOWN:
            page, height = SHOWN[name]
            window = browser.new_page(viewport={"width": WIDTH, "height": height})
            window.goto((Path(folder) / page).as_uri())
            target = ROOT / "docs" / "pictures" / f"{name}.png"
            target.parent.mkdir(exist_ok=True)
            window.screenshot(path=target)
            print(target.relative_to(ROOT).as_posix(), f"{target.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
