"""Hostile folders and archives: nothing in them is followed, run, copied or waited for."""

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import nbformat
import pytest
from courses import NAME, TIMESTAMP, files, hand_in, new_course, rows, run, submission
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from autograder.assignments import load
from autograder.grading.notebooks import DamagedNotebook, read_bytes
from autograder.nbgrader_plugins import folders
from autograder.nbgrader_plugins.archives import NotebookExtractor

SECRET = "somebody else's file"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A submission's folder with a good notebook; beside it a file that is not the student's."""
    (tmp_path / "secret.txt").write_text(SECRET)
    folder = tmp_path / "submitted" / "eve" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text("{}")
    return folder


def timestamp(folder: Path):
    return folders.get_existing_timestamp(CourseDirectory(), str(folder))


def plant(folder: Path, name: str, kind: str, outside: Path) -> Path:
    """Put a thing that is not a plain file at this name; links lead to the file ``outside``."""
    path = folder / name
    path.unlink(missing_ok=True)
    if kind == "link":
        path.symlink_to(outside)
    elif kind == "dangler":
        path.symlink_to("nowhere")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "hard link":
        os.link(outside, path)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        os.mknod(path, stat.S_IFSOCK | 0o600)
    elif kind == "folder":
        path.mkdir()
    return path


KINDS = ("link", "dangler", "device", "hard link", "fifo", "socket", "folder")


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_that_is_no_plain_file(folder, tmp_path, kind):
    path = plant(folder, f"{NAME}.ipynb", kind, tmp_path / "secret.txt")
    with pytest.raises(DamagedNotebook, match=r"hard link|not a regular file") as error:
        read_bytes(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_stamp_that_is_no_plain_file(folder, tmp_path, kind):
    """It is no reason to forget a penalty: the submission is not graded."""
    plant(folder, "timestamp.txt", kind, tmp_path / "secret.txt")
    with pytest.raises(NbGraderException, match=r"hard link|not a regular file"):
        timestamp(folder)
    assert "timestamp.txt" in folders.ignored(folder, [])


def test_time_stamps(folder):
    assert timestamp(folder) is None
    (folder / "timestamp.txt").write_text("")
    assert timestamp(folder) is None
    (folder / "timestamp.txt").write_text(TIMESTAMP)
    assert str(timestamp(folder)) == "2026-11-20 12:00:00"
    for bad in ("soon", "9" * 50, "\x00", "1" * 2000):
        (folder / "timestamp.txt").write_text(bad)
        with pytest.raises(NbGraderException, match=r"a time|larger"):
            timestamp(folder)


def test_what_was_ignored_is_one_line(folder):
    assert folders.ignored(folder, []) == ""
    (folder / "timestamp.txt").write_text(TIMESTAMP)
    (folder / ".ipynb_checkpoints").mkdir()
    assert folders.ignored(folder, [".ipynb_checkpoints"]) == ""
    for name in ("two\nlines", "numpy.py", "conftest.py", "nbgrader_config.py", "x" * 200):
        (folder / name).write_text("raise SystemExit")
    line = folders.ignored(folder, [".ipynb_checkpoints"])
    assert line.startswith("ignored beside the notebook: 5 file(s) or folder(s), 'conftest.py', ")
    assert "\n" not in line and len(line) < 400
    for number in range(1200):
        (folder / f"{number}").touch()
    assert "more than 1,000 file(s)" in folders.ignored(folder, [])


def test_folders_that_are_refused(folder):
    assert folders.why_refused(str(folder)) == ""
    mallory = folder.parents[1] / "mallory"
    mallory.symlink_to("eve")
    assert "symbolic link" in folders.why_refused(str(mallory / NAME))
    assert "printed" in folders.why_refused(f"submitted/ev\nil/{NAME}")


@pytest.mark.slow
@pytest.mark.parametrize("module", ["nbgrader", "autograder"])
def test_a_class_of_them(tmp_path, module):
    """No harm is done, no more than a line is said, and the neighbours get the right grades."""
    course = new_course(tmp_path / "a" / "course")
    marker, outside = tmp_path / "marker", tmp_path / "a" / "secret.txt"
    outside.write_text(SECRET)
    good = nbformat.writes(submission("ada"))
    for kind in KINDS:
        folder = hand_in(course, f"{kind}er", good)
        plant(folder, f"{NAME}.ipynb", kind, outside)
        plant(folder, "beside", kind, outside)
    hand_in(course, "ada", good)
    for name in ("nbgrader_config.py", "numpy.py", "conftest.py", "sitecustomize.py"):
        programs = hand_in(course, "programmer", good)
        (programs / name).write_text(f"open({str(marker)!r}, 'w').write('ran')")
    plant(hand_in(course, "timeless", good), "timestamp.txt", "fifo", outside)
    hand_in(course, "ev\nil", good)
    (course / "submitted" / "linked").symlink_to("ada")
    misnamed = hand_in(course, "misnamed", good) / f"{NAME}.ipynb"
    misnamed.rename(misnamed.with_stem(f"{NAME} (1)"))
    done = run(course, module, "autograde", NAME)
    assert done.returncode == 1, done.stderr
    graded = [f"{kind}er" for kind in KINDS]
    for student in (*graded, "timeless", "linked", "programmer", "misnamed", r"ev\nil"):
        assert student in done.stderr
    assert f"there is no {NAME}.ipynb in it, but '{NAME} (1).ipynb': rename" in done.stderr
    found = files(course)
    wanted = {*graded, "ada", "programmer"}
    assert {Path(name).parts[0] for name in found} == wanted
    assert {Path(name).name for name in found} == {f"{NAME}.ipynb", "timestamp.txt"}
    assert not any(SECRET.encode() in content for _, content in found.values())
    assert outside.read_text() == SECRET
    assert not marker.exists()
    grades = rows(course)["grades"]
    for student in wanted:
        score = sum(row[2] or 0 for row in grades if row[0] == student)
        assert score == (0 if student in graded else load(NAME).points), student


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def unpacked(tmp_path: Path, **limits: int) -> dict[str, bytes]:
    """What the extractor makes of the archives in ``tmp_path/archive``."""
    target = tmp_path / "extracted"
    NotebookExtractor(**limits).extract(str(tmp_path / "archive"), str(target))
    return {
        str(path.relative_to(target)): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def archive(tmp_path) -> Path:
    (tmp_path / "archive").mkdir()
    return tmp_path / "archive"


def test_notebooks_come_out_of_archives_and_nothing_else(archive, tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"sgd.ipynb": b"inner"}).read_bytes()
    third = zipped(tmp_path / "third.zip", {"inner.zip": inner}).read_bytes()
    zipped(
        archive / "class.zip",
        {"ada/sgd.ipynb": b"1", "eve.zip": inner, "numpy.py": b"x", "third.zip": third},
    )
    with tarfile.open(archive / "more.tar.gz", "w:gz") as tar:
        for name, kind in (("bo.ipynb", tarfile.REGTYPE), ("l.ipynb", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, "/etc/passwd", 3 * (kind == tarfile.REGTYPE)
            tar.addfile(info, io.BytesIO(b"two"))
    (archive / "plain.ipynb").write_bytes(b"3")
    (archive / "linked.ipynb").symlink_to("/etc/passwd")
    (archive / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    assert unpacked(tmp_path) == {
        "class/ada/sgd.ipynb": b"1",
        "class/eve/sgd.ipynb": b"inner",
        "more/bo.ipynb": b"two",
        "plain.ipynb": b"3",
    }


@pytest.mark.slow
def test_whose_notebook_it_is_stands_in_its_name(tmp_path):
    course = new_course(tmp_path / "course")
    names = {
        "ada": f"ada/{NAME}.ipynb",
        "bo_b": f"bo_b/{NAME}.ipynb",
        "chen": f"chen_{NAME}.ipynb",
        "dora": f"dora_late_1234_{NAME}-1.ipynb",
    }
    archive = course / "downloaded" / NAME / "archive"
    archive.mkdir(parents=True)
    zipped(archive / "class.zip", {name: name.encode() for name in names.values()})
    done = run(course, "nbgrader", "zip_collect", NAME)
    assert done.returncode == 0, done.stderr
    found = (course / "submitted").glob("*/*/*.ipynb")
    assert {
        path.relative_to(course / "submitted").as_posix(): path.read_text() for path in found
    } == {f"{student}/{NAME}/{NAME}.ipynb": name for student, name in names.items()}


def test_names_that_lead_out(archive, tmp_path, caplog):
    names = ("../out.ipynb", "/tmp/out.ipynb", "a/../../out.ipynb", "..\\out.ipynb", "C:\\o.ipynb")
    zipped(archive / "a.zip", dict.fromkeys((*names, "two\nlines.ipynb", "good.ipynb"), b"x"))
    assert unpacked(tmp_path) == {"a/good.ipynb": b"x"}
    assert len(caplog.records) == len(names) + 1
    assert all("\n" not in record.getMessage() for record in caplog.records)


def test_bombs(archive, tmp_path, caplog):
    zipped(archive / "a.zip", {"big.ipynb": bytes(10**6), "small.ipynb": b"x"})
    zipped(archive / "b.zip", {f"{i}.ipynb": bytes(900) for i in range(20)})
    zipped(archive / "c.zip", {f"{i}.ipynb": b"" for i in range(30)})
    found = unpacked(tmp_path, most_bytes=1000, most_in_all=10_000, most_files=25)
    assert found.pop("a/small.ipynb") == b"x"
    assert sum(len(content) for content in found.values()) <= 10_000
    assert sum(name.startswith("c/") for name in found) == 25
    assert sum(archive.name in record.getMessage() for record in caplog.records) == 3
