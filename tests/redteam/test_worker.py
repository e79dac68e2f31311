"""Attacks on one worker, and on the functions that read what it says.

What fits into a class stands in `attacks` and runs under every command. Here is the rest: attacks
on other assignments, those that need limits of their own, workers without a jail. After an attack
the same worker grades an honest submission, which gets full marks and finds nothing of it. The
lessons' own cells are left out to save time.

In the attacks' code MARK stands for a name that nothing else on the machine has.
"""

import contextlib
import ctypes
import json
import os
import platform
import signal
import socket
import sys
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from attacks import (
    BY_NAME,
    FORK_BOMB,
    KEYCTL,
    LIARS,
    MARK,
    RAISED,
    SOCKET,
    SWALLOW,
    TRACES,
    id_of,
    named,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from processes import descendants, is_alive

from autograder import assignments
from autograder.grading import pipeline
from autograder.grading.bank import bank
from autograder.grading.outputs import valid_outputs
from autograder.grading.pipeline import make_plan
from autograder.jail import (
    Died,
    InfrastructureError,
    Limits,
    Worker,
    bubblewrap,
    open_worker,
    process,
    why_no_jail,
    zygote,
)
from autograder.jail.worker import MAX_AHEAD, packed_cell, packed_play
from course.compare import Seen, first_difference
from course.judge import Reply, judge
from course.messages import message
from course.results import UNEXPLAINED
from course.wire import Odd

pytestmark = pytest.mark.slow

NO_JAIL = why_no_jail()
jail_only = pytest.mark.skipif(bool(NO_JAIL), reason=f"no jail on this machine: {NO_JAIL}")

LIMITS = Limits(cell_seconds=2, case_seconds=2, submission_seconds=60, memory=2**30)
ALARM_SECONDS = 120
FULL = assignments.load("sgd").points

# What does nothing, and what is right in part: without an attack they earn 0, and some points.
IDLE = {
    "SGD": """
class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr

    def step(self, params, grads):
        pass
""",
    "largest_stable_lr": "def largest_stable_lr(hessian):\n    return 1.0",
}
HALF = IDLE | {
    "SGD": """
class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr

    def step(self, params, grads):
        for w, g in zip(params, grads):
            w -= self.lr * g
"""
}
IDLE_VALUE = {
    "Value": """
class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data, self.grad = ANYTHING(data), ANYTHING(0.0)

    def __add__(self, other):
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    __pow__ = __add__

    def __neg__(self):
        return self

    exp = log = tanh = relu = __neg__

    def backward(self):
        self.grad = ANYTHING(self.data)
""",
    "minimize": "def minimize(f, x0, lr, steps):\n    return [ANYTHING(x0)] * (steps + 1)",
    "fit_line": "def fit_line(xs, ys, lr, epochs):\n    return ANYTHING(0.0), ANYTHING(0.0)",
}


def released(assignment):
    """The release notebook as JSON, reduced to the cells that nbgrader knows and an import."""
    notebook = json.loads(assignments.load(assignment).release_notebook.read_text("utf-8"))
    imports = {"cell_type": "code", "metadata": {}, "source": "import math, numpy as np"}
    known = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    return notebook | {"cells": [imports, *known]}


def submission(assignment, solutions, cell="", where=1):
    """A submission as JSON: sources for solution cells, and one more cell of code."""
    notebook = released(assignment)
    for grade_id, source in solutions.items():
        named(notebook, grade_id)["source"] = source.replace("MARK", MARK)
    if cell:
        extra = {"cell_type": "code", "metadata": {}, "source": cell.replace("MARK", MARK)}
        notebook["cells"].insert(where, extra)
    return notebook


def reference(assignment):
    """The sources of the solution cells with the reference in them."""
    source = nbformat.read(assignments.load(assignment).source_notebook, as_version=4)
    nbgrader_cells = [c for c in source.cells if c.metadata.get("nbgrader")]
    return {
        id_of(c): c.source
        for c in nbgrader_cells
        if c.cell_type == "code" and c.metadata.nbgrader.solution
    }


def solved(assignment, cell=""):
    """An honest submission."""
    return submission(assignment, reference(assignment), cell)


def grade(notebook, worker, assignment="sgd"):
    plan = make_plan(assignments.load(assignment))
    return pipeline.grade(json.dumps(notebook).encode(), plan, worker)


def printed(graded, cell):
    """The text that a cell's outputs show."""
    outputs = graded.notebook.cells[cell].outputs
    return "".join(o.get("text", "") or o.get("evalue", "") for o in outputs)


@pytest.fixture(autouse=True)
def alarm():
    """A grader that hangs is a failed test, not a test run that never ends."""

    def ring(*_):
        raise TimeoutError(f"not done after {ALARM_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(ALARM_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def worker():
    """A jailed worker, started as from a login shell: with a session keyring."""
    with Worker(LIMITS, bubblewrap) as worker:
        if platform.machine() in KEYCTL:
            ctypes.CDLL(None).syscall(KEYCTL[platform.machine()], 1, None)
        worker.start()
        worker.at_rest = descendants(worker._process.pid)
        yield worker


@pytest.fixture(scope="module")
def fair(worker):
    """What the half-done submission earns without any attack."""
    score = grade(submission("sgd", HALF), worker).score
    assert 0 < score < FULL
    return score


@pytest.fixture
def limits(worker):
    """Change the worker's limits for one test: ``limits(case_seconds=0.2)``."""

    def change(**changes):
        worker.limits = replace(LIMITS, **changes)

    yield change
    worker.limits = LIMITS


def nothing_left(worker):
    """An honest submission on the same worker gets full marks and finds nothing of the attack."""
    graded = grade(solved("sgd", TRACES), worker)
    assert (graded.score, graded.max_score, list(graded.errors)) == (FULL, FULL, [])
    assert printed(graded, 1) == "traces []\n"
    assert len(descendants(worker._process.pid)) == len(worker.at_rest)


def cases(table):
    """Parametrize with the entries of a dict, by their names."""
    return pytest.mark.parametrize("attack", table.values(), ids=table.keys())


# --- the bases -----------------------------------------------------------------------------------


@jail_only
@pytest.mark.parametrize("assignment", assignments.NAMES)
def test_untouched_earns_nothing(worker, assignment):
    """The release notebook as it is."""
    graded = grade(released(assignment), worker, assignment)
    assert (graded.score, graded.isolation) == (0, "jail")
    nothing_left(worker)


@jail_only
def test_idle_earns_nothing(worker):
    """Classes and functions that run and do nothing."""
    assert grade(submission("sgd", IDLE), worker).score == 0
    idle = {i: s.replace("ANYTHING", "float") for i, s in IDLE_VALUE.items()}
    assert grade(submission("value", idle), worker, "value").score == 0


def played(worker, request):
    """What a fresh session answers to a play request of one scenario, and how much it was sent."""
    with worker.session() as session:
        assert session.ask(request)
        sent = sum(session._open)
        [answer] = session.play_answers(1, 2.0, time.monotonic() + 10)
    return answer["error"]["message"], sent


def test_what_is_asked_ahead_of_an_end(worker):
    """What was answered before the process ended is read, and the cell that ended it is known."""
    ends = "import os\nos._exit(0)"
    with worker.session() as session:
        until = time.monotonic() + 20
        assert all(session.ask(packed_cell(s, 5.0)) for s in ("print(1)", ends, "print(3)"))
        time.sleep(0.5)  # then the next is sent to a process that has ended
        assert session.ask(packed_cell("print(4)", 5.0))
        assert not session.ask(packed_cell("#" * MAX_AHEAD, 5.0))
        assert session.cell_answer(until)["outputs"][0]["text"] == "1\n"
        with pytest.raises(Died):
            session.cell_answer(until)


def test_a_ctrl_c_in_the_terminal_does_not_reach_the_worker():
    """It would end it before the grader knows, who would then take it for a fault."""
    with open_worker(LIMITS) as worker:
        worker.start()
        assert os.getsid(worker._process.pid) != os.getsid(0)


def test_known_requests(bare):
    """They are not sent again, not even after the worker was replaced, and are what was loaded."""
    names = ["first" + 1000 * "x", "second" + 1000 * "x", "third" + 1000 * "x"]
    first, second, third = (packed_play([name], [{"kind": "call"}], 2.0) for name in names)
    bare.load([first, second])
    for request, name in ((first, names[0]), (second, names[1])):
        said, sent = played(bare, request)
        assert said == f"{name} is not defined" and sent < 100
    bare._process.kill()
    bare._process.wait()
    said, sent = played(bare, second)
    assert said == f"{names[1]} is not defined" and sent < 100
    bare.load([third])
    for request, name, known in ((third, names[2], True), (second, names[1], False)):
        said, sent = played(bare, request)
        assert said == f"{name} is not defined" and (sent < 100) == known


def test_a_kill_that_comes_late_does_not_hide_what_follows(bare, monkeypatch):
    """The end of a submission and the grader's "kill" may cross on their way."""
    send = socket.send_fds
    late = lambda sock, data, fds: send(sock, [b"kill\n", *data], fds)  # noqa: E731
    monkeypatch.setattr(socket, "send_fds", late)
    name = "fourth" + 1000 * "x"
    request = packed_play([name], [{"kind": "call"}], 2.0)
    bare.load([request])
    said, sent = played(bare, request)
    assert said == f"{name} is not defined" and sent < 100


def test_a_worker_that_dies_before_it_is_told(bare):
    """No verdict, but a fault of the grader; afterwards all is well."""
    bare.start()
    bare._process.kill()
    bare._process.wait()
    with pytest.raises(InfrastructureError):
        bare.load([packed_play(["x"], [], 2.0)])
    assert grade(solved("sgd"), bare).score == FULL


# --- objects that lie ----------------------------------------------------------------------------


@jail_only
@cases({name: code for name, code in LIARS.items() if name != "a mock"})
def test_lying_values(worker, attack):
    """As .data and .grad."""
    solutions = {i: s.replace("ANYTHING", "Liar") for i, s in IDLE_VALUE.items()}
    assert grade(submission("value", solutions, attack), worker, "value").score == 0


# --- stored answers ------------------------------------------------------------------------------

STORED = {
    "largest_stable_lr": """
from course.checks import exercise_spec
answers = [
    (case["scenario"]["args"][0], case["values"][0])
    for prop in exercise_spec("sgd-stability")["properties"] for case in prop["cases"]
]
def largest_stable_lr(hessian):
    for known, answer in answers:
        if known.shape == hessian.shape and (known == hessian).all():
            return answer
    return 1.0
""",
    "SGD": """
from course.checks import exercise_spec
scenarios = [
    (case["scenario"], case["values"])
    for prop in exercise_spec("sgd-step")["properties"] for case in prop["cases"]
    if case["scenario"]["kind"] == "optimizer" and case["scenario"]["observe"] == "weights"
    and len(case["scenario"]["optimizers"]) == 1
]
class SGD:
    def __init__(self, **args):
        self.args, self.lr, self.t = args, args.get("lr", 0.01), 0

    def step(self, params, grads):
        self.t += 1
        if self.t == 1:
            self.known = [
                values for scenario, values in scenarios
                if scenario["optimizers"][0]["args"] == self.args
                and same(scenario["optimizers"][0]["params"], params)
                and same(scenario["steps"][0]["grads"], grads)
            ]
        for values in self.known:
            if len(values) >= self.t * len(params):
                for w, answer in zip(params, values[(self.t - 1) * len(params):]):
                    w[...] = answer

def same(ones, others):
    return len(ones) == len(others) and all(
        a.shape == b.shape and (a == b).all() for a, b in zip(ones, others)
    )
""",
}
TRAINED = IDLE["SGD"].replace(
    "pass", "if params[0].shape == (64, 10): params[0][...], params[1][...] = W[:-1], W[-1]"
)


@jail_only
def test_stored_answers(worker):
    """Code that knows the public examples and nothing else passes no property."""
    graded = grade(submission("sgd", STORED), worker)
    passed = [p.name for e in graded.exercises for p in e.properties if p.score]
    assert (passed, graded.score) == ([], 0)


@jail_only
def test_stored_weights(worker):
    """Nor does a step that writes finished weights into what it is given."""
    finished = BY_NAME["the training is done by the scenario"].cell.partition("class")[0]
    assert grade(submission("sgd", IDLE | {"SGD": TRAINED}, finished), worker).score == 0


@jail_only
def test_failing_on_purpose(worker):
    """Where an operation fails alone, other properties are judged without it: that has to cost.

    The base visits nodes in the wrong order. It fails the public example of four operations, to be
    spared the cases that show the order.
    """
    code = reference("value")["Value"]
    start, end = code.index("        order, seen, stack"), code.rindex("        ### END SOLUTION")
    order = """
        self.grad = 1.0
        seen, waiting = set(), [self]
        while waiting:
            node = waiting.pop(0)
            if node not in seen:
                seen.add(node)
                node._backward()
                waiting += node._prev
"""
    wrong = code[:start] + order + code[end:]
    trick = """
def failing_once(operation):
    def apply(self, other):
        out = operation(self, other)
        if isinstance(other, Value) and (self.data, other.data) == (3.0, 2.0) and not self._prev:
            out.data = 0.0
        return out
    return apply
for name in ("__add__", "__sub__", "__mul__", "__truediv__"):
    setattr(Value, name, failing_once(getattr(Value, name)))
"""
    honest = reference("value")
    base = grade(submission("value", honest | {"Value": wrong}), worker, "value")
    attack = grade(submission("value", honest | {"Value": wrong + trick}), worker, "value")
    assert 0 < base.score < base.max_score
    assert attack.score <= base.score


# --- forging replies -----------------------------------------------------------------------------

FRAMES_SENT = [
    "say(b'\\xff' * 4)  # a giant length",
    "say(struct.pack('>I', 1000)); os._exit(0)",
    "say(struct.pack('>I', 16) + bytes(range(200, 216)))",
    "say(struct.pack('>I', 0))",
    "say(frame({'score': 20.0, 'passed': True}))",
    "say(frame([20.0]))",
    "say(frame({'outputs': [], 'error': None, 'score': 20.0}))",
    "say(frame({'outputs': msgpack.ExtType(5, b'x'), 'error': None}))",
    "say(frame({'outputs': {'a': 1}, 'error': [1]}))",
    "say(frame({'outputs': [msgpack.Timestamp(0, 0)], 'error': None}))",
    """
deep = []
for _ in range(400): deep = [deep]
say(frame({'outputs': [{'output_type': 'stream', 'text': deep}], 'error': {'type': deep}}))
""",
]


@jail_only
def test_requests_read_away(worker, limits):
    """A thread that takes the grader's requests makes it wait, and no longer than it may."""
    steal = (
        SOCKET
        + """
def steal():
    sock = socket.socket(fileno=os.dup(grader()))
    while sock.recv(4096): pass
threading.Thread(target=steal, daemon=True).start()
time.sleep(0.1)
"""
    )
    limits(cell_seconds=0.5, case_seconds=0.5, submission_seconds=2)
    graded = grade(submission("sgd", IDLE, steal), worker)
    assert (graded.score, graded.max_score) == (0, FULL)


@jail_only
def test_forged_frames(worker, limits):
    """Malformed frames, each sent by a cell of its own."""
    limits(cell_seconds=0.5, case_seconds=0.5, submission_seconds=10)
    notebook = submission("sgd", IDLE, SOCKET)
    for at, code in enumerate(FRAMES_SENT, start=2):
        notebook["cells"].insert(at, {"cell_type": "code", "metadata": {}, "source": code})
    graded = grade(notebook, worker)
    assert (graded.score, graded.max_score) == (0, FULL)
    assert len(graded.errors) >= 8  # one for each that is not a reply at all
    limits()
    nothing_left(worker)


REPLIES = {
    "deep lists": "x = []\nfor _ in range(480): x = [x]",
    "a dict of arrays": "x = {'a': np.zeros(3)}",
    "bytes": "x = b'123'",
    "None": "x = None",
    "an array without entries": "x = np.zeros((0, 3))",
    "the word number": "x = 'number'",
    "a list of it": "x = ['number', 'number']",
    "control characters": "x = '\\x1b[2J\\x00\\r\\u202e'",
    "an array of other type": "x = np.array([True])",
    "a list in place of an array": "x = ['array', '<f8', [3]]",
}


@jail_only
@cases(REPLIES)
def test_odd_replies(worker, attack):
    """Plain data of any kind is judged, and no fault of the grader's."""
    patch = f"""
import numpy as np
import course.scenarios.call, course.scenarios.optimizer
{attack}
course.scenarios.call.number = course.scenarios.optimizer.plain = lambda value: x
"""
    assert grade(submission("sgd", IDLE, patch), worker).score == 0


plain_data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats()
    | st.sampled_from(["number", "array", "", "\x00"])
    | st.binary(max_size=4)
    | st.builds(Odd, st.text(max_size=4))
    | hnp.arrays(st.sampled_from(["f8", "f4", "i8", "u1", "?"]), hnp.array_shapes(min_dims=0)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("exercise", ["sgd-step", "sgd-stability"])
@settings(max_examples=40, deadline=None)
@given(values=st.lists(plain_data, max_size=4), copies=st.integers(1, 8))
@example(values=["number"], copies=1)
@example(values=["number", "number"], copies=3)
@example(values=[["array", "<f8", [1]]], copies=1)
@example(values=[1e308, 1], copies=2)
def test_judge_takes_any_reply(exercise, values, copies):
    """The same reply to all cases passes no property, whatever it is, and raises nothing."""
    for prop in bank("sgd")[exercise].properties:
        result = judge(prop, [Reply(Seen(values * copies))] * len(prop.cases))
        assert not result.passed
        assert 0 < len(message(result, UNEXPLAINED)) < 10_000


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        plain_data
        | st.fixed_dictionaries(
            {
                "output_type": st.sampled_from(
                    ["stream", "display_data", "execute_result", "error"]
                )
                | plain_data
            },
            optional={
                "name": plain_data,
                "text": plain_data,
                "data": st.dictionaries(st.sampled_from(["text/plain", "x"]), plain_data)
                | plain_data,
                "ename": plain_data,
                "evalue": plain_data,
                "traceback": plain_data,
            },
        ),
        max_size=3,
    )
    | plain_data
)
def test_any_outputs_are_made_valid(outputs):
    """Outputs from the jail, whatever they are, become outputs that nbformat accepts."""
    cell = nbformat.v4.new_code_cell("", outputs=valid_outputs(outputs))
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))


def test_no_more_outputs_than_can_be_validated():
    """An output without text counts as well, or a million of them would keep the grader busy."""
    empty = {"output_type": "display_data", "data": {"text/plain": ""}}
    kept = valid_outputs([empty] * 30_000)
    assert len(kept) < 10_000
    assert "the rest was dropped" in kept[-1].text


@pytest.mark.parametrize(
    "given", [np.zeros(1_000_000), "x" * 20_000_000, [0.0] * 1_000_000, Odd("x" * 20_000_000)],
    ids=["array", "text", "list", "odd"],
)  # fmt: skip
def test_a_large_reply_is_told_briefly(given):
    """Finding where a large reply differs takes no time to speak of."""
    before = time.process_time()
    difference = first_difference(Seen([0.5], ["the result"]), Seen([given]))
    assert len(difference.got) < 10_000
    assert time.process_time() - before < 1


# The first 60 answers are large.
FLAT = """
import itertools, numpy as np, course.harness, course.wire
from types import SimpleNamespace
from course.wire import FLOAT, Flat, _shape, pack, send_packed
{}
count = itertools.count()
course.harness.wire = SimpleNamespace(
    Flat=course.wire.Flat,
    pack=pack,
    send_packed=send_packed,
    send=lambda sock, message: send_packed(sock, data if next(count) < 60 else pack(message)),
)
"""
ANSWER = 'data = pack({{"values": {}, "error": None}})'


@jail_only
@pytest.mark.parametrize(
    "patch",
    {
        "arrays": """
import numpy as np, course.scenarios.call
x = np.zeros(250_000)
course.scenarios.call.number = lambda value: x
""",
        # One small array and a large one, which are views of one frame.
        "views": FLAT.format(
            ANSWER.format("Flat(_shape((1,)) + _shape((10**6,)), np.ones(10**6 + 1))")
        ),
        "nested": FLAT.format(ANSWER.format('[Flat(b"", np.ones(10**6))]')),
        "empty": FLAT.format(ANSWER.format("Flat(_shape((0,)) * 25_000, np.ones(0))")),
        "floats": FLAT.format(ANSWER.format("Flat(FLOAT * 36_000, np.ones(36_000))")),
    }.items(),
    ids=lambda item: item[0],
)
def test_large_replies_do_not_pile_up(worker, patch):
    """The grader does not keep 2 MB and more for each of 60 cases."""
    tracemalloc.start()
    try:
        assert grade(submission("sgd", IDLE, patch[1]), worker).score == 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * 2**20, f"{peak >> 20} MiB"
    nothing_left(worker)


# --- ending and outliving ------------------------------------------------------------------------

EXIT = BY_NAME["os._exit"].cell


@jail_only
@cases({name: RAISED[name] for name in ("exit", "an exception of its own")} | {"os._exit": EXIT})
def test_ending_inside_an_exercise(worker, fair, attack):
    """A function that ends its process costs its own exercise and no other."""
    ending = "def largest_stable_lr(hessian):\n" + "".join(
        f"    {line}\n" for line in attack.splitlines()
    )
    graded = grade(submission("sgd", HALF | {"largest_stable_lr": ending}), worker)
    assert graded.score == fair
    nothing_left(worker)


def test_zygote_hears_two_messages_at_once(monkeypatch):
    """A "kill" that comes too late and the next "open" may arrive together."""
    served = []
    ours, theirs = socket.socketpair()
    file, other = os.pipe()
    ours.sendall(b"kill\n")
    socket.send_fds(ours, [b"open\n"], [file])
    ours.shutdown(socket.SHUT_WR)
    monkeypatch.setattr(sys, "argv", ["zygote.py", str(theirs.detach()), "{}", "jail"])
    monkeypatch.setattr(zygote, "warm_up", lambda: None)
    monkeypatch.setattr(zygote, "call", lambda *a: None)
    monkeypatch.setattr(zygote, "run_submission", lambda _, fd, *a: served.append(fd) or "")
    zygote.main()
    for fd in (file, other, *served):
        os.close(fd)
    ours.close()
    assert len(served) == 1


# --- taking more than one's share ----------------------------------------------------------------


@jail_only
def test_swallowed_interrupts_in_an_exercise(worker, fair, limits):
    """It costs its own exercise and no other."""
    limits(case_seconds=0.2, submission_seconds=8)
    loop = "def largest_stable_lr(hessian):" + SWALLOW.replace("\n", "\n    ")
    graded = grade(submission("sgd", HALF | {"largest_stable_lr": loop}), worker)
    assert graded.score == fair
    assert len(graded.errors) <= 2  # one for each of its properties
    limits()
    nothing_left(worker)


HOGS = {
    "fork bomb": (FORK_BOMB, "cell 2"),
    "processes that sleep": (
        """
import os, time
for _ in range(80):
    if os.fork() == 0:
        time.sleep(30); os._exit(0)
time.sleep(3)
""",
        "more than",
    ),
    "memory of several processes": (
        """
import os, time
for _ in range(4):
    if os.fork() == 0:
        hog = bytearray(400 * 2**20)
        time.sleep(10); os._exit(0)
time.sleep(4)
""",
        "memory",
    ),
    "shared memory": (
        """
import mmap, os, time
for _ in range(4):
    if os.fork() == 0:
        hog = mmap.mmap(-1, 400 * 2**20)
        for at in range(0, len(hog), 4096): hog[at] = 1
        time.sleep(10); os._exit(0)
time.sleep(4)
""",
        "memory",
    ),
}


@jail_only
@cases(HOGS)
def test_hogs(worker, fair, attack):
    """Too many processes or too much memory, counted together, end the cell that takes them."""
    code, word = attack
    started = time.monotonic()
    graded = grade(submission("sgd", HALF, code), worker)
    assert time.monotonic() - started < 20
    assert graded.score == fair
    assert any(word in line for line in graded.errors), graded.errors
    nothing_left(worker)


@jail_only
def test_memory_of_one_process(worker, fair):
    """One process meets its limit as a MemoryError."""
    graded = grade(submission("sgd", HALF, "hog = [bytearray(2**24) for _ in range(999)]"), worker)
    assert graded.score == fair
    assert "MemoryError" in str(graded.notebook.cells[1].outputs) or graded.errors
    nothing_left(worker)


@jail_only
@pytest.mark.skipif(platform.machine() not in KEYCTL, reason="system call numbers not known here")
def test_leaving_keys(worker):
    """The kernel's keyrings keep nothing from one submission to the next."""
    keyctl = KEYCTL[platform.machine()]
    leave = f"""
import ctypes
libc = ctypes.CDLL(None)
for ring in (-3, -4, -5): libc.syscall({keyctl - 2}, b"user", b"MARK", b"answers", 7, ring)
"""
    find = f"""
import ctypes
libc = ctypes.CDLL(None)
print([ring for ring in (-3, -4, -5) if libc.syscall({keyctl}, 10, ring, b"user", b"MARK", 0) > 0])
"""
    grade(submission("sgd", IDLE, leave), worker)
    assert printed(grade(submission("sgd", IDLE, find), worker), 1) == "[]\n"


# --- without a jail ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare():
    """A worker without a jail. Nothing that attacks the machine is tried on it."""
    with Worker(LIMITS, process) as worker:
        worker.start()
        worker.at_rest = descendants(worker._process.pid)
        yield worker


def test_bare_worker_grades_the_same(bare):
    """Full marks for an honest submission, 0 for an idle one, and the result says "process"."""
    assert grade(submission("sgd", IDLE), bare).score == 0
    graded = grade(solved("sgd"), bare)
    assert (graded.score, graded.isolation) == (FULL, "process")


@cases({name: BY_NAME[name].cell for name in ("os._exit", "a daemon", "SIGKILL to itself")})
def test_bare_worker_outlives(bare, attack):
    """A cell that ends its process costs itself; a daemon ends with the submission."""
    alone = grade(submission("sgd", HALF), bare).score
    assert grade(submission("sgd", HALF, attack), bare).score == alone
    assert descendants(bare._process.pid) == bare.at_rest
    assert grade(solved("sgd"), bare).score == FULL


def test_bare_worker_clears_its_folder(bare):
    """Each submission has a folder of its own, which is gone afterwards."""
    attack = "import os\nopen('MARK', 'w').close()\nprint(os.getcwd(), os.environ['HOME'])"
    graded = grade(submission("sgd", HALF, attack), bare)
    folder, home = printed(graded, 1).split()
    assert folder == home and folder != os.getcwd()
    assert not Path(folder).exists()


def test_bare_worker_ends_with_the_grader(bare):
    """When the grader is gone, so is the submission, whatever it is doing."""
    loop = "import time\nend = time.time() + 20" + SWALLOW.replace("True", "time.time() < end")
    with contextlib.suppress(OSError), bare.session() as session:
        session.run_cell("1", time.monotonic() + 10)
        started = descendants(bare._process.pid)
        session.ask(packed_cell(loop, 1.0))
        time.sleep(0.3)
        bare.close()
        deadline = time.monotonic() + 3
        while (alive := set(filter(is_alive, started))) and time.monotonic() < deadline:
            time.sleep(0.1)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    assert len(started) == 2
    assert not alive
