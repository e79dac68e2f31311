"""Anything may come from a submission: as a reply from its process, as a notebook from its author.

Whatever it is, the grader gives a grade and no exception, and nobody gains by it.
"""

import contextlib
import copy
import json
import socket
import struct
import threading
import time

import msgpack
import nbformat
import numpy as np
import pytest
from attacks import FULL, HALF, IDLE_NORM, IDLE_VALUE, NAME, RIGHT_VALUE, id_of, submission
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder.assignments import load
from autograder.grading.bank import bank
from autograder.grading.pipeline import grade, make_plan
from autograder.grading.replies import Budget, bounded
from autograder.jail import Died, Limits, Session, open_worker
from course import wire
from course.compare import Seen
from course.messages import as_text

pytestmark = pytest.mark.slow

PLAN = make_plan(load(NAME))
LIMITS = Limits(cell_seconds=5, case_seconds=5, submission_seconds=60)
repeatable = settings(derandomize=True, database=None, deadline=None)


@pytest.fixture(scope="module", autouse=True)
def cases():
    """Made beforehand: Hypothesis makes them, and would not within one of its own tests."""
    bank(NAME)


flats = st.builds(
    lambda shapes, numbers: msgpack.ExtType(
        wire.FLAT, len(shapes).to_bytes(8, "little") + shapes + bytes(8 * numbers)
    ),
    st.sampled_from([b"", wire.FLOAT, b"\0", b"\1" + bytes(8), b"\1" + b"\xff" * 8, b"\x28"]),
    st.integers(0, 3),
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=6)
    | st.binary(max_size=6)
    | st.sampled_from(["number", "array", "text/plain", "stream", "error", "display_data"])
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=20))
    | flats
    | st.builds(msgpack.Timestamp, st.integers(0, 2**33), st.integers(0, 10**9 - 1)),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.binary(), inner)
    ),
    max_leaves=8,
)
outputs = st.lists(
    st.fixed_dictionaries(
        {"output_type": st.sampled_from(["stream", "display_data", "execute_result", "error"])},
        optional={
            "text": anything,
            "name": anything,
            "data": st.dictionaries(st.sampled_from(["text/plain", "x/y", "z"]), anything),
            "metadata": anything,
            "ename": anything,
            "evalue": anything,
            "traceback": anything,
            "execution_count": anything,
        },
    ),
    max_size=3,
)
errors = anything | st.dictionaries(st.sampled_from(["kind", "type", "message", "line"]), anything)


def frame(message):
    data = msgpack.packb(message)
    return struct.pack(">I", len(data)) + data


def replies(key, values):
    """Frames as the harness sends them, and some that it never would."""
    right = st.fixed_dictionaries({key: values | anything, "error": errors})
    wrong = anything | st.fixed_dictionaries({key: anything}, optional={"x": anything})
    return (right | right | right | wrong).map(frame) | st.binary(max_size=12)


cell_replies = replies("outputs", outputs)
case_replies = replies("values", st.lists(anything, max_size=4) | flats)


class Impostor:
    """A worker whose submissions say what they are told to, whatever they are asked."""

    limits, isolation = LIMITS, "jail"

    def __init__(self, cells, cases):
        self.cells, self.cases, self.count = cells, cases, 0

    def start(self):
        pass

    def load(self, requests):
        pass

    close = start

    @contextlib.contextmanager
    def session(self):
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=self.serve, args=(theirs,), daemon=True)
        thread.start()
        try:
            yield Session(ours, self.limits)
        finally:
            ours.close()
            thread.join()

    def serve(self, sock):
        with sock, contextlib.suppress(OSError, EOFError):
            receiver = wire.Receiver(sock)
            while True:
                request = receiver.receive()
                said = self.cells if request["do"] == "cell" else self.cases
                for _ in request.get("scenarios", [None]):
                    self.count += 1
                    data = said[self.count % len(said)]
                    sock.sendall(data)
                    (size,) = struct.unpack(">I", data[:4].ljust(4, b"\xff"))
                    if size != len(data) - 4:
                        return  # it ends in the middle of a frame, instead of waiting for ever


@pytest.mark.parametrize("shapes", [b"", b"\x28", b"\1" + b"\xff" * 8, 2 * wire.FLOAT])
def test_as_many_numbers_as_expected_in_impossible_shapes(shapes):
    """They are nonsense, and not what the judge would stumble over."""
    with pytest.raises(Died):
        bounded(wire.Flat(shapes, np.ones(1)), Seen([1.0]), Budget(0))


def test_as_many_numbers_as_expected_in_other_shapes():
    """They are seen as what they are."""
    answer = bounded(wire.Flat(b"\0", np.ones(1)), Seen([1.0]), Budget(100))
    assert isinstance(answer.values[0], np.ndarray)
    assert not answer.equals(Seen([1.0]))


NOTHING = frame({"outputs": [], "error": None})
CONTROL = {"type": "\x1b[2J", "message": "a\x1b]0;x\x07\u202e\nb", "line": "\x1b[31m\r"}


@settings(repeatable, max_examples=40)
@given(
    st.lists(cell_replies, min_size=1, max_size=3), st.lists(case_replies, min_size=1, max_size=5)
)
@example([NOTHING], [frame({"values": [0.0], "error": None})])
@example([NOTHING], [frame({"values": [], "error": CONTROL})])
@example([NOTHING], [frame({"values": [msgpack.ExtType(wire.ODD, b"a \x1b[2J")], "error": None})])
def test_any_replies(cells, answers):
    """A submission that answers by anything at all has a grade, and it is 0."""
    data = json.dumps(submission(IDLE_VALUE, IDLE_NORM)).encode()
    graded = grade(data, PLAN, Impostor(cells, answers))
    assert (graded.score, graded.max_score) == (0, FULL)
    nbformat.validate(graded.notebook)
    nbformat.writes(graded.notebook).encode()
    assert all(line.isprintable() and len(line) < 300 for line in graded.errors)
    for exercise in graded.exercises:
        assert all(line.isprintable() for line in as_text(exercise).replace("\t", "").splitlines())


@settings(repeatable, max_examples=200)
@given(cell_replies | case_replies, st.sampled_from([{"outputs", "error"}, {"values", "error"}]))
def test_any_frame(data, keys):
    """What a session returns has the keys that were asked for; anything else is Died."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        with contextlib.suppress(Died):
            answer = Session(ours, LIMITS)._answer(5.0, time.monotonic() + 5.0, keys)
            assert set(answer) == keys


# --- notebooks -----------------------------------------------------------------------------------

HALF_RIGHT = submission(RIGHT_VALUE, IDLE_NORM)
IDS = sorted(filter(None, map(id_of, HALF_RIGHT["cells"])))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
nbgrader_fields = st.dictionaries(
    st.sampled_from(["grade", "solution", "locked", "points", "schema_version", "task", "x"]),
    st.booleans() | st.integers(-1, 1000) | json_values,
)


@st.composite
def rearranged(draw):
    """The notebook that is half right: cells copied, moved, retyped, relabelled, mutilated.

    No text is made up, so that nothing right can come into it.
    """
    notebook = copy.deepcopy(HALF_RIGHT)
    cells = notebook["cells"]
    for _ in range(draw(st.integers(1, 6))):
        if not cells:
            break
        at = draw(st.integers(0, len(cells) - 1))
        cell = cells[at]
        match draw(st.integers(0, 7)):
            case 0:
                del cells[at]
            case 1:
                cells.insert(draw(st.integers(0, len(cells))), copy.deepcopy(cell))
            case 2:
                cells.insert(draw(st.integers(0, len(cells) - 1)), cells.pop(at))
            case 3:
                cell["cell_type"] = draw(st.sampled_from(["code", "markdown", "raw"]) | json_values)
            case 4:
                cell["metadata"] = draw(json_values)
            case 5:
                grade_id = draw(st.sampled_from(IDS) | json_values)
                cell["metadata"] = {"nbgrader": draw(nbgrader_fields) | {"grade_id": grade_id}}
            case 6:
                key = draw(st.sampled_from(["outputs", "execution_count", "id", "attachments"]))
                cell[key] = draw(json_values)
            case _:
                other = draw(st.integers(0, len(cells) - 1))
                cell["source"] = copy.deepcopy(cells[other].get("source"))
    notebook["metadata"] = draw(st.just(notebook["metadata"]) | json_values)
    return notebook


@pytest.fixture(scope="module")
def worker():
    with open_worker(LIMITS) as worker:
        yield worker


def test_a_rearranged_notebook_gains_nothing(worker):
    """Whatever becomes of its cells, the points are as many as before at most."""
    scores = set()

    @settings(repeatable, max_examples=25)
    @given(rearranged())
    def check(notebook):
        graded = grade(json.dumps(notebook).encode(), PLAN, worker)
        assert graded.max_score == FULL
        assert 0 <= graded.score <= HALF
        nbformat.validate(graded.notebook)
        scores.add(graded.score)

    check()
    assert HALF in scores  # not all of them are damaged beyond use
