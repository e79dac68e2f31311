"""nbgrader's exchange, as the README's section JupyterHub sets it up, on one machine."""

import csv

import nbformat
import pytest
from courses import NAME, nbgrader, new_course, submission

pytestmark = pytest.mark.slow


def test_an_assignment_goes_round_through_the_exchange(tmp_path):
    """Release, fetch, submit, collect, autograde, feedback, fetch feedback, export."""
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    for folder in (exchange, student):
        folder.mkdir()
    exchange.chmod(0o777)
    shared = (
        'c.CourseDirectory.course_id = "optimization-lab"\n'
        f'c.Exchange.root = "{exchange}"\n'
        f'c.Exchange.cache = "{tmp_path / "cache"}"\n'
    )
    course = new_course(tmp_path / "course", shared)
    (student / "nbgrader_config.py").write_text("c = get_config()\n" + shared)

    nbgrader(course, "release_assignment", NAME)
    nbgrader(student, "fetch_assignment", NAME)
    fetched = student / NAME / f"{NAME}.ipynb"
    assert "NotImplementedError" in fetched.read_text()
    nbformat.write(submission("ada"), fetched)
    nbgrader(student, "submit", NAME)

    nbgrader(course, "collect", NAME)
    nbgrader(course, "autograde", NAME)
    [graded] = course.glob(f"autograded/*/{NAME}/{NAME}.ipynb")
    nbgrader(course, "generate_feedback", NAME)
    nbgrader(course, "release_feedback", NAME)
    nbgrader(student, "fetch_feedback", NAME)
    [page] = student.rglob("*.html")
    assert "clipping-norm: 14 of 14 points" in page.read_text()

    nbgrader(course, "export", "--to", "grades.csv")
    with (course / "grades.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert row["student_id"] == graded.parts[-3]
    assert float(row["score"]) == 20
