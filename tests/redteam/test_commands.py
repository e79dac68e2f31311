"""The red team's class: every attack under every command that grades, and honest students between.

Each of the three commands grades the class once, in a copy of the course and with a home folder of
its own; the tests look at what came of it. `autograde` has all attacks, the others every twelfth
one unless ``--every-attack`` is given.
"""

import functools
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from attacks import ATTACKS, FULL, HALF, MARK, NEIGHBOUR, Attack, filled
from courses import NAME, hand_in, new_course, rows
from platformdirs import user_cache_path
from processes import watched

from autograder.assignments import PROJECT
from autograder.jail import why_no_jail

NO_JAIL = why_no_jail()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("redteam"),
    pytest.mark.skipif(bool(NO_JAIL), reason=f"no jail on this machine: {NO_JAIL}"),
]

LIMITS = {"cell_seconds": 0.5, "case_seconds": 0.5, "submission_seconds": 30.0, "memory": 2**30}
CONFIG = "".join(f"c.GradeSubmission.{name} = {value!r}\n" for name, value in LIMITS.items())
# `grade` takes no limits: the command itself, with a worker that has those of the course.
GRADE = f"""
import sys
from autograder import cli, jail
open_worker = jail.open_worker
jail.open_worker = lambda **policy: open_worker(jail.Limits(**{LIMITS}), **policy)
cli.app(sys.argv[1:])
"""
COMMANDS = {
    "nbgrader autograde": ["-m", "nbgrader", "autograde", NAME],
    "grade": ["-c", GRADE, "grade", "--json"],
    "autograde": ["-m", "autograder", "autograde", NAME, "--workers", "2", "--json"],
}

EVERY = 12  # attacks between two honest students
SHARE = 12  # of the class, one in so many is graded by the slower commands


def members():
    """Student id -> attack, in the order in which they are graded."""
    entries = [NEIGHBOUR]
    for index, attack in enumerate(ATTACKS, start=1):
        entries += [attack] if index % EVERY else [attack, NEIGHBOUR]
    entries.append(NEIGHBOUR)
    slugs = (re.sub(r"\W+", "-", entry.name).strip("-") for entry in entries)
    return {f"{i:03d}-{slug}": e for i, (slug, e) in enumerate(zip(slugs, entries, strict=True))}


CLASS = members()


def class_of(command, config):
    """The students whose submissions a command grades."""
    step = 1 if command == "autograde" or config.getoption("--every-attack") else SHARE
    return [s for i, (s, a) in enumerate(CLASS.items()) if a is NEIGHBOUR or i % step == 0]


def pytest_generate_tests(metafunc):
    if "student" in metafunc.fixturenames:
        metafunc.parametrize(
            ("command", "student"),
            [(c, s) for c in COMMANDS for s in class_of(c, metafunc.config)],
        )
    elif "command" in metafunc.fixturenames:
        metafunc.parametrize("command", COMMANDS)


@dataclass
class Outcome:
    """What one command did: its exit status and words, scores, and what it changed or left."""

    command: str
    students: list[str]
    course: Path
    status: int
    stdout: str
    stderr: str
    scores: dict[str, float | None]
    left: set[int]
    changed: dict[str, set[str]]


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A course where nobody has handed in anything."""
    return new_course(tmp_path_factory.mktemp("released") / "course", CONFIG)


@pytest.fixture(scope="module")
def outcomes(request, released, tmp_path_factory):
    """From a command to what it makes of the class."""

    @functools.cache
    def outcome_of(command):
        return make(command, class_of(command, request.config), released, tmp_path_factory)

    return outcome_of


@pytest.fixture
def outcome(outcomes, command):
    return outcomes(command)


def make(command, students, released, tmp_path_factory):
    root = tmp_path_factory.mktemp("redteam")
    course = shutil.copytree(released, root / "course")
    home = root / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("a secret")
    (home / ".bashrc").write_text("# settings\n")
    folders = {"COURSE_FOLDER": course, "HOME_FOLDER": home, "PROJECT_FOLDER": PROJECT}
    places = {name: str(folder) for name, folder in folders.items()}
    with socket.create_server(("127.0.0.1", 0)) as open_port, socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f"\0{MARK}")
        sock.listen()
        places["PORT"] = str(open_port.getsockname()[1])
        for student in students:
            attack = CLASS[student]
            folder = hand_in(course, student, attack.notebook(places))
            for name, content in attack.beside.items():
                (folder / name).write_text(filled(content, places))
        before = state(course, home)
        with watched() as left:
            done = run(command, students, course, home)
        after = state(course, home)
    changed = {
        name: {key for key in {*before[name], *after[name]} if differs(before, after, name, key)}
        for name in before
    }
    scores = scores_of(command, course, done.stdout)
    said = done.stdout, done.stderr
    return Outcome(command, students, course, done.returncode, *said, scores, left, changed)


def run(command, students, course, home):
    """The command on the course of the folder, or on all submissions in it."""
    arguments = COMMANDS[command]
    if command == "grade":
        arguments = [*arguments, *(f"submitted/{s}/{NAME}/{NAME}.ipynb" for s in students)]
    environment = {
        "PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path[1:])]),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(user_cache_path("optimization-lab").parent),  # the bank of cases
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=course,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def scores_of(command, course, stdout):
    """Student -> score: from the gradebook, or from what `grade` printed."""
    if command == "grade":
        return {Path(r["notebook"]).parts[1]: r["score"] for r in json.loads(stdout)}
    scores: dict[str, float] = {}
    for student, _, auto_score, manual_score, extra_credit, _ in rows(course)["grades"]:
        assert manual_score is None and extra_credit is None
        scores[student] = scores.get(student, 0.0) + (auto_score or 0.0)
    return scores


def state(course, home):
    """Digests of all that grading must not change, and of what it may."""
    return {
        "project": digests(PROJECT, "__pycache__", ".git", ".hypothesis", ".pytest_cache"),
        "home": digests(home),
        "submitted": digests(course / "submitted"),
        "source": digests(course / "source"),
        "course": {path.name: b"" for path in course.iterdir()},
        "gradebook": {"file": hashlib.sha256((course / "gradebook.db").read_bytes()).digest()},
        "assignment": definitions(course),
    }


def digests(folder, *without):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest()
        for path in folder.rglob("*")
        if path.is_file() and not {*path.relative_to(folder).parts} & {*without, ".mypy_cache"}
    }


def definitions(course):
    """What the gradebook says of the assignment: all but SQLite's tables and submissions'."""
    of_submissions = ("student", "submitted_assignment", "submitted_notebook", "grade", "comment")
    with sqlite3.connect(course / "gradebook.db") as database:
        names = [
            n
            for (n,) in database.execute("select name from sqlite_master where type='table'")
            if not n.startswith("sqlite_")
        ]
        return {
            name: sorted(map(str, database.execute(f"select * from {name}")))
            for name in names
            if name not in of_submissions
        }


def differs(before, after, name, key):
    return before[name].get(key) != after[name].get(key)


def test_scores(outcome, student):
    """An attack earns what it would without, and the honest between them full marks."""
    assert outcome.scores[student] == CLASS[student].deserves


def test_nothing_was_found(outcome):
    """What looked for answers, privileges or traces says that there are none."""
    found = {}
    looking = [s for s in outcome.students if CLASS[s].prints is not None]
    for student in looking if outcome.command != "grade" else []:
        path = outcome.course / "autograded" / student / NAME / f"{NAME}.ipynb"
        outputs = json.loads(path.read_text())["cells"][1]["outputs"]
        printed = "".join("".join(o.get("text", o.get("evalue", ""))) for o in outputs)
        if CLASS[student].prints != printed:
            found[student] = printed
    assert found == {}


def test_everybody_is_graded_in_a_jail(outcome):
    """The command succeeds, and has a grade for each and nobody else."""
    assert outcome.status == 0, outcome.stderr
    assert set(outcome.scores) == set(outcome.students)
    if outcome.command != "nbgrader autograde":
        reports = json.loads(outcome.stdout)
        assert {r["isolation"] for r in reports} == {"jail"}
        assert {r["max_score"] for r in reports} == {FULL}
    else:
        runs = (outcome.course / "reports" / "runs.jsonl").read_text().splitlines()
        assert [json.loads(line)["isolation"] for line in runs] == ["jail"] * len(outcome.students)


def test_no_traceback(outcome):
    assert "Traceback" not in outcome.stderr
    assert len(outcome.stderr) < 3000 * len(outcome.students)  # nbgrader itself has 1,200 for each


def test_no_process_survives(outcome):
    assert outcome.left == set()


def test_nothing_is_changed(outcome):
    """Project, home folder, submissions, instructor's notebooks, and what points there are."""
    changed = outcome.changed
    for name in ("project", "home", "submitted", "source", "assignment"):
        assert changed[name] == set(), name
    graded = outcome.command != "grade"
    assert changed["course"] == ({"autograded", "reports"} if graded else set())
    assert changed["gradebook"] == ({"file"} if graded else set())


def test_the_gradebook_knows_nobody_else(outcome):
    """No student, submission or comment that was not handed in."""
    known = rows(outcome.course)
    graded = set() if outcome.command == "grade" else set(outcome.students)
    for name in ("students", "submissions", "notebooks", "grades"):
        assert {row[0] for row in known[name]} == graded
    assert len(known["grades"]) == 4 * len(graded)
    assert all(manual is None for *_, manual in known["comments"])


def test_notebooks_stay_small(outcome):
    """Whatever a submission prints."""
    for path in (outcome.course / "autograded").rglob("*.ipynb"):
        assert path.stat().st_size < 10_000_000, path


def test_the_class_covers_its_own_families():
    """Enough attacks, each said in a sentence of its own name, both kinds of base among them."""
    assert len(ATTACKS) >= 100
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert all(isinstance(a, Attack) and a.hope for a in ATTACKS)
    assert {a.deserves for a in ATTACKS} == {0, HALF}
