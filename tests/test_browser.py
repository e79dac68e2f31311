"""A student and an instructor at work in JupyterLab, in a real browser without a network."""

import contextlib
import csv
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from courses import NAME, earned, nbgrader, new_course, submission, written

from autograder.assignments import PROJECT, load
from autograder.authoring import bundle

try:
    from playwright.sync_api import FrameLocator, Locator, Page, expect, sync_playwright
except ImportError:
    pytest.skip("no browser tests: playwright is not installed", allow_module_level=True)

CHROMIUM = shutil.which("chromium")
HOST = "127.0.0.1"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM, reason="no browser tests: chromium is not installed"),
]


@contextlib.contextmanager
def jupyterlab(folder: Path, place: Path, *python_path: Path):
    """JupyterLab on a folder, with settings of its own in ``place``: yields URL and token."""
    names = "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"
    names += "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "HOME"
    own = {name: str(place / name.lower()) for name in names}
    for path in own.values():
        Path(path).mkdir(parents=True)
    settings = Path(own["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", "apputils-extension")
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    token = secrets.token_hex()
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--ip={HOST}", f"--port={port}", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={token}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=",
    ]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    path = os.pathsep.join(map(str, python_path))
    log = place / "jupyterlab.txt"
    with log.open("w") as file:
        server = subprocess.Popen(
            command, cwd=folder, env=clean | own | {"PYTHONPATH": path}, stdout=file, stderr=file
        )
    try:
        until = time.monotonic() + 60
        while not list(Path(own["JUPYTER_RUNTIME_DIR"]).glob("jpserver-*.json")):
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield f"http://{HOST}:{port}", token
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        print(log.read_text()[-5000:])


@pytest.fixture
def page():
    """A page that reaches this machine alone; what else it asks for is printed at the end."""
    blocked = set()

    def only_this_machine(route):
        url = urlsplit(route.request.url)
        if url.hostname == HOST or url.scheme == "file":
            route.continue_()
        else:
            blocked.add(route.request.url)
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.route("**/*", only_this_machine)
        page.set_default_timeout(30_000)
        yield page
        browser.close()
    print("blocked:", sorted(blocked) or "nothing")


expect.set_options(timeout=30_000)


def menu(page: Page, *names: str) -> None:
    page.get_by_role("menubar").get_by_text(names[0], exact=True).click()
    for name in names[1:]:
        page.locator(".lm-Menu").get_by_text(name, exact=True).click()


class Notebook:
    """A notebook that is open in JupyterLab; cells go by their nbgrader ids."""

    def __init__(self, page: Page, path: Path):
        cells = nbformat.read(path, as_version=4).cells
        self.page = page
        self.ids = [c.metadata.get("nbgrader", {}).get("grade_id") for c in cells]
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        expect(self.cells).to_have_count(len(cells))
        expect(page.get_by_text("| Idle")).to_be_visible()  # the kernel

    def cell(self, grade_id: str) -> Locator:
        return self.cells.nth(self.ids.index(grade_id))

    def output(self, grade_id: str) -> Locator:
        return self.cell(grade_id).locator(".jp-Cell-outputArea")

    def write(self, grade_id: str, text: str) -> None:
        """Type into a cell in the place of what it says."""
        self.cell(grade_id).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def run_all(self) -> None:
        menu(self.page, "Run", "Run All Cells")

    def shot(self, name: str, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        self.page.screenshot(path=name)


def answers(student: str) -> dict[str, str]:
    """What a student of the example class has in the cells of nbgrader."""
    cells = submission(student).cells
    return {c.metadata.nbgrader.grade_id: c.source for c in cells if "nbgrader" in c.metadata}


def test_a_student_from_the_bundle_to_a_valid_notebook(page, tmp_path):
    folder = tmp_path / "bundle"
    bundle.make(folder)
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    right, wrong = answers("ada"), answers("chen")
    checks = len(load(NAME).exercise("clipping-norm").properties)

    with jupyterlab(folder, tmp_path / "jupyter", tmp_path / "installed") as (url, token):
        page.goto(f"{url}/lab/tree/{NAME}.ipynb?token={token}")
        notebook = Notebook(page, folder / f"{NAME}.ipynb")
        value, norm = notebook.output("clipping-value"), notebook.output("clipping-norm")

        notebook.run_all()  # to the end, through the experiments that need the student's SGD
        expect(norm).to_contain_text("not attempted yet")
        expect(value).to_contain_text("not attempted yet")
        error = notebook.cells.locator(".jp-OutputArea-output").get_by_text("NotImplementedError:")
        expect(error).not_to_have_count(0)
        notebook.shot(tmp_path / "1-released.png", error.first)
        notebook.shot(tmp_path / "2-not-attempted.png", value)

        for name in ("SGD", "Adam", "clip_grad_value"):
            notebook.write(name, right[name])
        notebook.write("clip_grad_norm", wrong["clip_grad_norm"])
        notebook.run_all()
        expect(norm).to_contain_text(f"clipping-norm: {checks - 1} of {checks} checks passed")
        expect(norm).to_contain_text("Each array is clipped by a norm of its own")
        expect(norm).to_contain_text("1 of 2 exercises passed so far")
        notebook.shot(tmp_path / "3-wrong.png", norm)
        panel = norm.locator(".course-check")
        light = text_colour(panel)
        menu(page, "Settings", "Theme", "JupyterLab Dark")
        expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
        assert text_colour(panel) != light
        notebook.shot(tmp_path / "4-wrong-dark.png", norm)

        notebook.write("clip_grad_norm", right["clip_grad_norm"])
        notebook.run_all()
        expect(norm).to_contain_text(f"clipping-norm: {checks} of {checks} checks passed")
        expect(norm).to_contain_text("2 of 2 exercises passed so far")
        notebook.shot(tmp_path / "5-right.png", norm)
        assert "You did not provide a response." in validate(page, tmp_path / "6-unanswered.png")
        for name in ("direction", "lr"):
            notebook.cell(f"clipping-question-{name}").locator(".jp-MarkdownOutput").dblclick()
            notebook.write(f"clipping-question-{name}", "By norm, with five seeds.")
        said = validate(page, tmp_path / "7-valid.png")
        assert "Success! Your notebook passes all the tests." in said


def validate(page: Page, shot: Path) -> str:
    """Press nbgrader's button; what the dialog says."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Validation Results")
    page.screenshot(path=shot)
    said = dialog.inner_text()
    dialog.get_by_role("button", name="Ok").click()
    return said


def text_colour(what: Locator) -> str:
    return what.evaluate("element => getComputedStyle(element).color")


def test_an_instructor_from_release_to_export(page, tmp_path):
    """Ada hands in through the exchange, as who runs this; Chen in an archive."""
    config = 'c.Exchange.root = str(Path(__file__).parents[1] / "exchange")\n'
    (tmp_path / "exchange").mkdir(0o777)
    course = new_course(tmp_path / "course", config, known=False)
    ada, student_folder = getpass.getuser(), tmp_path / "student"
    answered = {name: submission(name) for name in ("ada", "chen")}
    for student, notebook in answered.items():
        for cell in notebook.cells:
            if "question" in cell.metadata.get("nbgrader", {}).get("grade_id", ""):
                cell.source = f"Words of {student}: the direction stays."

    with jupyterlab(course, tmp_path / "jupyter", PROJECT) as (url, token):
        page.goto(f"{url}/lab?token={token}")
        menu(page, "Nbgrader", "Formgrader")
        frame = page.frame_locator("iframe")
        press(frame, NAME, "assign", "Successfully created the student version")
        press(frame, NAME, "release", "Successfully released")
        expect(row(frame, NAME).locator(".status")).to_have_text("released")
        page.screenshot(path=tmp_path / "0-released.png")

        student_folder.mkdir()
        (student_folder / "nbgrader_config.py").write_text(
            f'c = get_config()\nc.CourseDirectory.course_id = "optimization-lab"\n'
            f'c.Exchange.root = "{tmp_path / "exchange"}"\n'
            f'c.Exchange.cache = "{tmp_path / "cache"}"\n'
        )
        nbgrader(student_folder, "fetch_assignment", NAME)
        fetched = student_folder / NAME / f"{NAME}.ipynb"
        assert "NotImplementedError" in fetched.read_text()
        nbformat.write(answered["ada"], fetched)
        nbgrader(student_folder, "submit", NAME)
        archive = course / "downloaded" / NAME / "archive"
        archive.mkdir(parents=True)
        with zipfile.ZipFile(archive / "class.zip", "w") as packed:
            packed.writestr(f"chen_12_{NAME}.ipynb", nbformat.writes(answered["chen"]))

        press(frame, NAME, "collect", "Successfully collected")
        nbgrader(course, "zip_collect", NAME)
        frame.get_by_role("link", name="Manage Assignments").click()
        most, norm = load(NAME).points, load(NAME).exercise("clipping-norm").points
        chen, possible = earned("chen"), most + written()
        expect(row(frame, NAME).locator(".num-submissions")).to_have_text("2")
        frame.locator(".num-submissions a").click()
        for student in (ada, "chen"):
            press(frame, student, "autograde", f"'{NAME}' for student '{student}'")
        expect(row(frame, ada).locator(".score")).to_have_text(f"{most:g} / {possible:g}")
        expect(row(frame, "chen").locator(".score")).to_have_text(f"{chen:g} / {possible:g}")
        for student in (ada, "chen"):
            expect(row(frame, student).locator(".status")).to_have_text("needs manual grading")
        page.screenshot(path=tmp_path / "1-autograded.png")

        frame.get_by_role("link", name="Manual Grading").click()
        for place in (NAME, f"{NAME}/{NAME}"):
            frame.locator(f'#main-table a[href$="/gradebook/{place}"]').click()
        lower = frame.locator("#main-table tr", has_text=f"{chen:g}")
        expect(lower).to_have_count(1)
        page.screenshot(path=tmp_path / "2-gradebook.png")
        lower.get_by_role("link").first.click()
        expect(frame.get_by_text("Words of chen").first).to_be_visible()
        automatic = frame.locator("input#clipping-norm")
        expect(automatic).to_have_attribute("placeholder", f"{norm - (most - chen):g}")
        automatic.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "3-formgrade.png")
        in_all = f"{chen + 1.5 + 3:g}"
        for question, score in (("direction", "1.5"), ("lr", "3")):
            with page.expect_response(lambda r: "/api/grade/" in r.url) as saved:
                field = frame.locator(f"input#clipping-question-{question}")
                field.fill(score)
                field.press("Tab")
            assert saved.value.ok
        page.screenshot(path=tmp_path / "4-graded-by-hand.png")

        page.goto(f"{url}/formgrader/manage_submissions/{NAME}")
        expect(row(page, "chen").locator(".status")).to_have_text("graded")
        expect(row(page, "chen").locator(".score")).to_have_text(f"{in_all} / {possible:g}")
        expect(row(page, ada).locator(".status")).to_have_text("needs manual grading")
        press(page, "chen", "generate-feedback", f"'{NAME}' for student 'chen'")
        page.screenshot(path=tmp_path / "5-feedback-made.png")
        page.goto((course / "feedback" / "chen" / NAME / f"{NAME}.html").as_uri())
        lost = page.locator(".course-check", has_text="clipping-norm: ")
        expect(lost).to_contain_text("Each array is clipped by a norm of its own")
        lost.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "6-feedback.png")

    nbgrader(course, "generate_feedback", NAME)
    nbgrader(course, "release_feedback", NAME, f"--student={ada}")
    nbgrader(student_folder, "fetch_feedback", NAME)
    [mine] = student_folder.rglob("*.html")
    assert f"clipping-norm: {norm:g} of {norm:g} points" in mine.read_text()
    for exporter in ("CanvasExporter", "MoodleExporter"):
        nbgrader(course, "export", f"--exporter=autograder.nbgrader_plugins.exporters.{exporter}")
    with (course / "canvas.csv").open(newline="") as file:
        rows = {line["SIS Login ID"]: line for line in csv.DictReader(file)}
    assert in_all in rows["chen"].values() and f"{most:g}" in rows[ada].values()
    with (course / "moodle.csv").open(newline="") as file:
        assert {in_all} < {value for line in csv.DictReader(file) for value in line.values()}


def row(page: Page | FrameLocator, name: str) -> Locator:
    """The row of an assignment or a student in the formgrader's lists."""
    return page.locator("#main-table tr", has_text=name)


def press(page: Page | FrameLocator, name: str, what: str, success: str) -> None:
    """Press a button in a row, wait for success and close what says so."""
    row(page, name).locator(f".{what} a").click()
    said = page.locator("#success-modal")
    expect(said).to_contain_text(success)
    said.get_by_role("button", name="OK").click()
    expect(said).to_have_count(0)
