"""A gradebook in PostgreSQL: a real server on loopback, for the time of the tests."""

import os
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from courses import NAME, autograde, files, hand_in, nbgrader, new_course, rows, submission

psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")

pytestmark = pytest.mark.slow

STUDENTS = ("ada", "dora", "hana", "lena")


def programs() -> Path:
    """The folder of the server's programs; Debian keeps them off PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = [f for f in folders if (f / "initdb").exists()]
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    return found[-1]


class Server:
    """A server with its files in a folder of its own, as a user without privileges."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.user = {}
        if os.geteuid() == 0:  # which PostgreSQL refuses to run as
            shutil.chown(folder, "nobody")
            self.user = {"user": "nobody", "cwd": "/"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.run("initdb", "-D", folder, "-U", "teacher", "-A", "trust", "--no-sync")
        self.start()

    def run(self, program: str, *arguments: str) -> None:
        command = [programs() / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self.user)

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -F"
        log = f"{self.folder}/log"
        self.run("pg_ctl", "-D", self.folder, "-l", log, "-o", options, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", self.folder, "-m", "immediate", "-w", "stop")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://teacher@127.0.0.1:{self.port}/{name}"

    def do(self, statement: str) -> None:
        connection = psycopg.connect(self.url("postgres").replace("+psycopg", ""))
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs()
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        server = Server(folder)
        yield server
        server.stop()


@pytest.fixture(scope="module")
def make(server, tmp_path_factory):
    """A course whose gradebook is a new database of the server: folder and URL."""

    def make(name: str) -> tuple[Path, str]:
        server.do(f"CREATE DATABASE {name}")
        folder = tmp_path_factory.mktemp(name) / "course"
        config = f"c.CourseDirectory.db_url = {server.url(name)!r}\n"
        course = new_course(folder, config)
        for student in STUDENTS:
            hand_in(course, student, nbformat.writes(submission(student)))
        return course, server.url(name)

    return make


@pytest.fixture(scope="module")
def stock(make) -> tuple[Path, str]:
    course, url = make("stock")
    nbgrader(course, "autograde", NAME)
    return course, url


def assert_same(one: tuple[Path, str], other: tuple[Path, str]) -> None:
    assert rows(*one) == rows(*other)
    assert files(one[0]) == files(other[0])
    assert not (one[0] / "gradebook.db").exists()


def test_the_same_as_nbgrader_though_connections_are_cut(make, stock, server):
    course, url = make("cut")
    stop = threading.Event()

    def cut() -> None:
        while not stop.wait(random.uniform(0.2, 3)):
            server.do(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut'"
            )

    cutter = threading.Thread(target=cut)
    cutter.start()
    threading.Timer(60, stop.set).start()
    status, _, said = autograde(course)
    stop.set()
    cutter.join()
    assert status == 0, said
    assert_same((course, url), stock)


def test_a_server_that_goes_away_for_good(make, stock, server, monkeypatch):
    course, url = make("away")
    monkeypatch.setattr("autograder.database.LOCK_SECONDS", 2.0)
    threading.Timer(1, server.stop).start()
    status, _, said = autograde(course)
    assert status == 3
    assert "the gradebook cannot be" in said and len(said.splitlines()) == 1
    time.sleep(2)
    server.start()
    assert autograde(course)[0] == 0
    assert_same((course, url), stock)
