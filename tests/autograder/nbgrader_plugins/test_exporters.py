"""Exports, each held against the published description of what the other system reads."""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from courses import NAME, earned, hand_in, nbgrader, new_course, run, submission, written
from nbgrader.api import Gradebook

from autograder.assignments import NAMES, PROJECT, load
from autograder.authoring import bundle
from autograder.authoring.fill import fill
from autograder.nbgrader_plugins import gradescope
from autograder.nbgrader_plugins.exporters import workflow

pytestmark = pytest.mark.xdist_group("exporters")
AWKWARD = 'Müller, "Jo"'
BY_HAND, PENALTY = 5.5, 1.255
LATE = f"{load(NAME).points - PENALTY:.2f}"
VALUE = load(NAME).exercise("clipping-value")


def worth(*names: str) -> dict[str, dict[str, float]]:
    """Assignment -> exercise -> its points, as long as no course has others."""
    return {name: {e.id: e.points for e in load(name).exercises} for name in names}


def export(course: Path, exporter: str, *arguments: str) -> subprocess.CompletedProcess:
    plugin = f"--exporter=autograder.nbgrader_plugins.exporters.{exporter}"
    return run(course, "nbgrader", "export", plugin, *arguments)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """Graded: ada has everything and is late, chen makes an error, hana did nothing, cut is cut.

    "absent" handed in nothing; what "waiting" handed in is noted, and not graded. One score of chen
    was changed by hand.
    """
    course = new_course(tmp_path_factory.mktemp("class") / "course")
    for name in ("ada", "chen", "hana"):
        hand_in(course, name, nbformat.writes(submission(name)))
    hand_in(course, "cut", "{")
    nbgrader(course, "autograde", NAME)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_student(
            "ada", first_name=AWKWARD, last_name="Ünal", email="ada@example.org", lms_user_id="77"
        )
        gradebook.update_or_create_student("absent", first_name="Ab", last_name="Sent")
        gradebook.update_or_create_student("waiting")
        gradebook.update_or_create_submission(NAME, "waiting")
        gradebook.find_submission_notebook(NAME, NAME, "ada").late_submission_penalty = PENALTY
        [grade] = [
            g
            for g in gradebook.find_submission_notebook(NAME, NAME, "chen").grades
            if g.name == "clipping-value"
        ]
        grade.manual_score = BY_HAND
        gradebook.db.commit()
    return course


def table(path: Path) -> list[list[str]]:
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len({len(row) for row in rows}) == 1
    return rows


@pytest.mark.slow
def test_canvas(course):
    """The header that Canvas's importer demands, points possible, then a row for each student."""
    done = export(course, "CanvasExporter", "--to", "c.csv")
    assert done.returncode == 0, done.stderr
    head, points, *rows = table(course / "c.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert "Points Possible" in points[0] and points[1:5] == [""] * 4
    assert float(points[5]) == load(NAME).points + written()
    by_login = {row[3]: row for row in rows}
    assert by_login["ada"][:2] == [f"Ünal, {AWKWARD}", "77"]
    assert {login: row[5] for login, row in by_login.items()} == {
        "ada": LATE,
        "chen": f"{earned('chen') - VALUE.points + BY_HAND:g}",
        "hana": "0",
        "cut": "0",
        "absent": "",
        "waiting": "",
    }
    assert "clipping of waiting was not autograded" in done.stderr
    assert by_login["hana"][0] == "hana"
    assert "still has answers to grade" in done.stderr


@pytest.mark.slow
def test_moodle(course):
    """One header row with columns that say who it is, a number or nothing in each other cell."""
    done = export(course, "MoodleExporter", "--to", "m.csv", "--student", '["ada","absent"]')
    assert done.returncode == 0, done.stderr
    head, *rows = table(course / "m.csv")
    assert head[:4] == ["First name", "Last name", "ID number", "Email address"]
    assert len(set(head)) == len(head) == 5
    assert rows == [
        ["Ab", "Sent", "absent", "", ""],
        [AWKWARD, "Ünal", "ada", "ada@example.org", LATE],
    ]


@pytest.mark.slow
def test_what_exists_is_replaced_only_where_it_is_named(course):
    (course / "canvas.csv").write_text("mine")
    done = export(course, "CanvasExporter")
    assert done.returncode == 2
    assert "canvas.csv exists: name it with --to" in done.stderr
    assert "Traceback" not in done.stderr
    assert (course / "canvas.csv").read_text() == "mine"
    assert export(course, "CanvasExporter", "--to", "canvas.csv").returncode == 0
    unknown = export(course, "CanvasExporter", "--to", "x.csv", "--assignment", '["nope"]')
    assert unknown.returncode == 2
    assert "the gradebook does not know nope" in unknown.stderr


def check_results(data: dict) -> None:
    """The rules of Gradescope's *Autograder Specifications*."""
    known = {"score", "execution_time", "output", "visibility", "stdout_visibility", "extra_data"}
    assert set(data) <= known | {"tests", "leaderboard", "output_format"}
    assert isinstance(data["score"], float | int)
    assert isinstance(data.get("execution_time", 0), int)
    assert isinstance(data["extra_data"], dict)
    for test in data["tests"]:
        assert set(test) == {"name", "score", "max_score", "status", "output", "output_format"}
        assert 0 <= test["score"] <= test["max_score"]
        assert test["status"] in ("passed", "failed")
        assert test["output_format"] == "text"
        assert isinstance(test["output"], str) and isinstance(test["name"], str)


@pytest.mark.slow
def test_gradescope_results_of_a_class(course):
    done = export(course, "GradescopeExporter", "--to", "gs", "--assignment", f'["{NAME}"]')
    assert done.returncode == 0, done.stderr
    found = {path.parts[-3]: json.loads(path.read_text()) for path in course.glob("gs/*/*/*.json")}
    assert set(found) == {"ada", "chen", "hana", "cut"}
    for data in found.values():
        check_results(data)
        assert data["score"] == sum(test["score"] for test in data["tests"])
        assert [test["name"] for test in data["tests"]] == [e.id for e in load(NAME).exercises]
    assert found["ada"]["score"] == load(NAME).points
    assert found["chen"]["tests"][0]["score"] == BY_HAND
    assert "failed  one factor for all arrays" in found["chen"]["tests"][1]["output"]
    assert "perhaps it was cut short" in found["cut"]["output"]
    assert (course / "gs" / f"autograder-{NAME}.zip").exists()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> Path:
    """The zip as Gradescope unpacks it; this Python is the environment that setup.sh makes."""
    base = tmp_path_factory.mktemp("autograder")
    path = base / "autograder.zip"
    gradescope.write_zip(load(NAME), path, load(NAME).source_notebook)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {"setup.sh", "run_autograder"} <= set(names)
        modes = {name: archive.getinfo(name).external_attr >> 16 for name in names}
        archive.extractall(base / "source")
    assert modes["setup.sh"] & 0o111 and modes["run_autograder"] & 0o111
    repository = base / "source" / gradescope.ROOT
    python = base / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    path = os.pathsep.join([str(repository), *sys.path[1:]])
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{path}" exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return base


def run_autograder(base: Path, name: str, text: str | None) -> subprocess.CompletedProcess:
    for folder in ("submission", "results"):
        shutil.rmtree(base / folder, ignore_errors=True)
        (base / folder).mkdir()
    if text is not None:
        (base / "submission" / name).write_text(text)
    return subprocess.run(
        ["bash", "source/run_autograder"],
        cwd=base,
        env=os.environ | {"AUTOGRADER": str(base)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_scripts_of_the_zip_are_bash(unpacked):
    for name in ("setup.sh", "run_autograder"):
        script = unpacked / "source" / name
        assert script.read_text().startswith("#!/usr/bin/env bash\n")
        checked = subprocess.run(["bash", "-n", script], capture_output=True, check=False)
        assert checked.returncode == 0, checked.stderr
    repository = unpacked / "source" / gradescope.ROOT
    assert (repository / "source" / NAME).is_dir()
    assert not list(repository.rglob("__pycache__"))


def test_the_zip_holds_all_that_pip_needs_to_install_it(unpacked, tmp_path):
    command = ["hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=unpacked / "source" / gradescope.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("*.whl"))


@pytest.mark.slow
def test_the_zip_grades_as_gradescope_would_call_it(unpacked):
    text = nbformat.writes(submission("chen"))
    for name in (f"{NAME}.ipynb", "renamed by a browser (1).ipynb"):
        done = run_autograder(unpacked, name, text)
        assert done.returncode == 0, done.stderr
        data = json.loads((unpacked / "results" / "results.json").read_text())
        check_results(data)
        assert data["score"] == earned("chen")
    for text in (None, "{"):
        done = run_autograder(unpacked, f"{NAME}.ipynb", text)
        assert done.returncode == 0, done.stderr
        data = json.loads((unpacked / "results" / "results.json").read_text())
        check_results(data)
        assert data["score"] == 0 and data["output"]


def test_a_fault_of_the_grader_is_no_zero(unpacked, tmp_path):
    grade = {"score": None, "exercises": [], "isolation": "jail", "errors": ["the grader failed"]}
    with pytest.raises(ValueError, match="the grader failed"):
        gradescope.results(grade)
    python = unpacked / "venv" / "bin" / "python"
    kept = python.read_text()
    python.write_text('#!/bin/sh\n[ "$2" = autograder ] && exit 3\ntouch "$4"\n')
    try:
        done = run_autograder(unpacked, f"{NAME}.ipynb", "{}")
    finally:
        python.write_text(kept)
    assert done.returncode == 3
    assert not (unpacked / "results" / "results.json").exists()


def test_the_workflow_is_what_classroom_reads(tmp_path):
    """The README of autograding-grading-reporter: names, one job, results by the steps' ids."""
    text = yaml.safe_dump(workflow(worth(*NAMES)), sort_keys=False)
    data = yaml.safe_load(text)
    assert data["name"] == "Autograding Tests"
    assert data["on"] == ["push", "workflow_dispatch"]
    assert list(data["jobs"]) == ["run-autograding-tests"]
    *steps, reporter = data["jobs"]["run-autograding-tests"]["steps"]
    graders = [step for step in steps if "command-grader" in step.get("uses", "")]
    ids = [step["id"] for step in graders]
    assert reporter["uses"] == "classroom-resources/autograding-grading-reporter@v1"
    assert reporter["with"]["runners"].split(",") == ids
    assert reporter["env"] == {
        f"{i.upper()}_RESULTS": f"${{{{ steps.{i}.outputs.result }}}}" for i in ids
    }
    for step in graders:
        assert set(step["with"]) == {"test-name", "command", "timeout", "max-score"}
    most = sum(load(name).points for name in NAMES)
    assert sum(step["with"]["max-score"] for step in graders) == most
    assert "hidden" not in text and "solutions" not in text


@pytest.mark.slow
def test_the_workflows_commands_work_in_the_bundle(tmp_path):
    """A step passes where its exercise is right, and fails where it is not."""
    folder = tmp_path / "bundle"
    bundle.make(folder)
    half = (PROJECT / "solutions" / "sgd.py").read_text().replace("float(2.0 /", "float(1.0 /")
    notebook = fill(half, load("sgd"))
    needed = [c for c in notebook.cells if "nbgrader" in c.metadata or "import numpy" in c.source]
    notebook.cells = needed
    nbformat.write(notebook, folder / "sgd.ipynb")
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(sys.path[1:])}
    status = {}
    for step in workflow(worth("sgd"))["jobs"]["run-autograding-tests"]["steps"]:
        if "command" in step.get("with", {}):
            command = step["with"]["command"]
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environment | {"PYTHONPATH": f"{PROJECT}:{environment['PYTHONPATH']}"},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            status[step["id"]] = done.returncode
            assert "no tests ran" not in done.stdout, done.stdout
    assert status == {"sgd-step": 0, "sgd-stability": 1}


@pytest.mark.slow
def test_the_workflow_is_exported(course):
    done = export(course, "GitHubClassroomExporter", "--to", ".github/workflows/classroom.yml")
    assert done.returncode == 0, done.stderr
    data = yaml.safe_load((course / ".github" / "workflows" / "classroom.yml").read_text())
    assert data == workflow(worth(NAME))
