"""Take the README's pictures from a folder that `python -m autograder demo` has made.

    python -m autograder.authoring.demo.pictures demo

check.png   what a student sees of an exercise with a wrong idea in it
report.png  the beginning of the instructor's report on an assignment
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
STUDENT, ASSIGNMENT, EXERCISE = "chen", "clipping", "clipping-norm"


def main(demo: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        page.goto((demo / "feedback" / STUDENT / ASSIGNMENT / f"{ASSIGNMENT}.html").as_uri())
        page.locator(".course-check", has_text=f"{EXERCISE}: ").screenshot(path=HERE / "check.png")
        page.goto((demo / "reports" / "class.html").as_uri() + f"#{ASSIGNMENT}")
        page.screenshot(path=HERE / "report.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
