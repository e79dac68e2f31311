"""Scripts in a submission: none reaches the pages of feedback and formgrader, whose reader they
would act for. In the formgrader that is the instructor, who may change every grade."""

from html.parser import HTMLParser

import nbformat
import pytest
from courses import NAME, hand_in, nbgrader, new_course, run, submission
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from autograder.nbgrader_plugins.pages import markdown2html

EVIL = "alert(/evil/)"
TAG = f"<script>{EVIL}</script>"
CODE = f"""
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
for kind in (HTML, Javascript, Latex, Markdown):
    display(kind({TAG!r}))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload={EVIL!r}>{TAG}</svg>"))
for mime in ("image/png", "image/jpeg", "image/gif", "image/svg+xml", "application/pdf"):
    display({{mime: '" onerror="{EVIL}', "text/plain": {TAG!r}}}, raw=True)
display({{"text/html": {TAG!r}}}, raw=True)
print({TAG!r})
HTML({TAG!r})
"""
MARKDOWN = [
    TAG,
    f'text <b onclick="{EVIL}">bold</b> ![a](x" onerror="{EVIL}) `{TAG}` ${TAG}$',
    f"<div>\n\n{TAG}\n\n</div>\n\n<!-- {TAG} -->\n\n$$\n{TAG}\n$$",
    f"[a](javascript:{EVIL}) ![b](JavaScript:{EVIL}) <javascript:{EVIL}> [c][d]",
    f"[d](&#106;avascript:{EVIL})\n\n[d]: javascript:{EVIL}",
    f"![e](data:text/html,{TAG}) ![f](attachment:missing.png)",
    f'# {TAG} " onclick="{EVIL}\n\n| {TAG} |\n|-|\n| {TAG} |\n\n```{TAG}\n{TAG}\n```',
]


class Obeyed(HTMLParser):
    """Collects what a browser would run: scripts, handlers of events, javascript links."""

    def __init__(self, page):
        super().__init__()
        self.found, self.in_script = [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.in_script = tag == "script"
        for name, value in attrs:
            if name.startswith("on") or "javascript:" in (value or "").lower():
                self.found.append((tag, name, value))

    def handle_endtag(self, tag):
        self.in_script = False

    def handle_data(self, data):
        if self.in_script and EVIL in data:
            self.found.append(data)


def test_the_parser_sees_what_is_obeyed():
    page = f'{TAG}<b onclick="x">a</b><a href="JavaScript:x">b</a><p>{EVIL}</p>'
    assert len(Obeyed(page).found) == 3


@pytest.mark.parametrize("text", MARKDOWN)
def test_markdown_is_shown_and_not_obeyed(text):
    page = markdown2html({}, text)
    assert Obeyed(page).found == []
    assert "evil" in page or "harmful" in page


def test_markdown_keeps_its_own_means():
    page = markdown2html({}, "## A *title*\n\n$a < b$, [link](https://example.org/?a=1&b=2)\n\n- x")
    for part in ("<h2 ", "<em>title</em>", "$a &lt; b$", 'href="https://example.org/?a=1&amp;b=2"'):
        assert part in page
    assert "<li>x</li>" in page


@pytest.mark.slow
def test_feedback_and_formgrader_obey_nothing_of_a_submission(tmp_path):
    course = new_course(tmp_path)
    notebook = submission("ada")
    notebook.cells += [new_code_cell(CODE), new_raw_cell(TAG), *map(new_markdown_cell, MARKDOWN)]
    hand_in(course, "eve", nbformat.writes(notebook))
    nbgrader(course, "autograde", NAME)
    nbgrader(course, "generate_feedback", NAME)
    pages = [(course / "feedback" / "eve" / NAME / f"{NAME}.html").read_text(), formgrader(course)]
    for page in pages:
        assert page.count("evil") > len(MARKDOWN)
        assert Obeyed(page).found == []
    assert 'class="course-check' in pages[0]


def formgrader(course):
    """A submission's page with the course's configuration, but for the formgrader's template."""
    notebook = f"autograded/eve/{NAME}/{NAME}.ipynb"
    options = ("--to", "html", "--stdout", "--template", "classic")
    return run(course, "nbconvert", *options, "--config", "nbgrader_config.py", notebook).stdout
