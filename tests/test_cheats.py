"""Cheating does not pay: each attack is a small submission that has to earn what it would without.

Attacks sit in an extra cell, in the solution cells or in the notebook's JSON. After them the same
worker grades an honest submission, which gets full marks and finds nothing of the attack. The
lessons' own cells are left out to save time.

In the attacks' code MARK stands for a name that nothing else on the machine has.
"""

import contextlib
import copy
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
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder import assignments, grading, notebooks
from autograder.bank import bank
from autograder.jail import Limits, Worker, policy, zygote
from course import wire
from course.compare import Seen, first_difference
from course.judge import Reply, judge
from course.wire import Odd

NO_JAIL = policy.why_no_jail()
jail_only = pytest.mark.skipif(bool(NO_JAIL), reason=f"no jail on this machine: {NO_JAIL}")

LIMITS = Limits(cell_seconds=2, case_seconds=2, submission_seconds=60, memory=2**30)
MARK = f"left-behind-{os.getpid()}"
ALARM_SECONDS = 120
KEYCTL = {"x86_64": 250, "aarch64": 219}

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


def named(notebook, grade_id):
    """The cell with this id."""
    return next(c for c in notebook["cells"] if id_of(c) == grade_id)


def id_of(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


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
    parsed, _ = notebooks.parse(json.dumps(notebook).encode())
    return grading.grade(parsed, assignments.load(assignment), worker)


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
    with Worker(LIMITS, jailed=True) as worker:
        if platform.machine() in KEYCTL:
            ctypes.CDLL(None).syscall(KEYCTL[platform.machine()], 1, None)
        worker.start()
        worker.at_rest = descendants(worker._process.pid)
        yield worker


@pytest.fixture(scope="module")
def fair(worker):
    """What the half-done submission earns without any attack."""
    score = grade(submission("sgd", HALF), worker).score
    assert 0 < score < 20
    return score


@pytest.fixture
def limits(worker):
    """Change the worker's limits for one test: ``limits(case_seconds=0.2)``."""

    def change(**changes):
        worker.limits = replace(LIMITS, **changes)

    yield change
    worker.limits = LIMITS


def descendants(root):
    """The ids of all processes below one, as the kernel knows them."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parents[int(name)] = zygote.parent_of(int(name))
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {root}
        found |= more


# What a submission could find of an earlier one.
TRACES = """
import os
traces = [name for name in os.environ if name == "LEFT"]
for folder in {os.getcwd(), os.environ["HOME"], "/tmp", "/dev/shm", "/var/tmp", "/dev/mqueue"}:
    if os.path.isdir(folder):
        names = (os.path.join(folder, name) for name in os.listdir(folder))
        traces += [name for name in names if os.path.isfile(name) or name.endswith(".ipython")]
print("traces", traces)
"""


def nothing_left(worker):
    """An honest submission on the same worker gets full marks and finds nothing of the attack."""
    graded = grade(solved("sgd", TRACES), worker)
    assert (graded.score, graded.max_score, list(graded.errors)) == (20, 20, [])
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


# --- patching what may take part in grading ------------------------------------------------------

PATCHES = {
    "numpy": """
import numpy as np, numpy.testing
yes = lambda *a, **k: True
np.allclose = np.array_equal = np.isfinite = np.all = yes
np.isclose = lambda *a, **k: np.ones(1, bool)
np.testing.assert_allclose = np.testing.assert_array_equal = yes
np.core = np.linalg = None
""",
    "hypothesis": """
import sys, types
class Nothing(types.ModuleType):
    def __getattr__(self, name): return lambda *a, **k: (lambda f: None)
for name in ("hypothesis", "hypothesis.strategies", "hypothesis.core"):
    sys.modules[name] = Nothing(name)
""",
    "builtins": """
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
builtins.abs = builtins.len = builtins.sum = lambda *a: 0
builtins.AssertionError = builtins.ValueError = builtins.NotImplementedError = Warning
""",
    "course.compare and course.judge": """
import course.compare, course.judge, course.results
course.compare.Seen.equals = lambda self, other: True
course.compare.Seen.form = property(lambda self: [])
course.compare.first_difference = lambda *a: None
course.judge.Reply.matches = lambda self, *a: True
course.judge.judge = lambda p, *a: course.results.PropertyResult(p.name, 99, True, score=99)
course.results.ExerciseResult.score = 1000
""",
    "course.harness answers for the student": """
import course.harness
course.harness.observe = lambda scenario, *a: ([True] * 100, None)
""",
    "course.harness answers by empty lists": """
import course.harness
def answers(request, namespace):
    for _ in request["scenarios"]:
        yield {"values": [], "error": None}
course.harness.answers = answers
""",
    "course.harness adds what the grader may look for": """
import course.harness
def answers(request, namespace):
    for _ in request["scenarios"]:
        yield {"values": [], "error": None, "score": 20.0, "passed": True}
course.harness.answers = answers
""",
    "course.scenarios plays nothing": """
import course.scenarios, course.harness
course.scenarios.play = course.harness.play = lambda *a: iter([("all", "passed")])
""",
    "numbers become the word number": """
import course.scenarios.call, course.scenarios.plain, course.scenarios.optimizer
for module in (course.scenarios.call, course.scenarios.plain):
    module.number = lambda value: "number"
course.scenarios.optimizer.plain = lambda value: ["array", value.dtype.str, list(value.shape)]
""",
    "numbers become lists of words": """
import course.scenarios.call
course.scenarios.call.number = lambda value: ["number"]
""",
    "course.wire": """
import course.wire, course.harness
honest = course.wire.pack
def pack(message):
    if "values" in message:
        message["values"] = [float("nan")] * len(message["values"])
        message["error"] = None
    return honest(message)
course.wire.pack = pack
""",
    "msgpack": """
import msgpack
forged = msgpack.packb({"values": [1.0], "error": None})
msgpack.packb = lambda *a, **k: forged
msgpack.unpackb = lambda *a, **k: {"do": "play", "objects": [], "scenarios": [], "seconds": 1}
""",
    "the shell": """
from IPython import get_ipython
shell = get_ipython()
shell.record = lambda source, seconds: ([], None)
shell.run_cell = lambda *a, **k: None
class Everything(dict):
    def __contains__(self, name): return True
    def get(self, name, default=None): return lambda *a, **k: 1.0
shell.user_ns = Everything(shell.user_ns)
""",
    "the training is done by the scenario": """
import numpy as np, course.nn, course.scenarios.training
from course.data import load_digits
digits = load_digits()
X = np.c_[digits.X_train, np.ones(len(digits.X_train))]
W = np.linalg.solve(X.T @ X + 10 * np.eye(65), X.T @ np.eye(10)[digits.y_train])
class Trained(course.nn.Linear):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.params[0][...], self.params[1][...] = W[:-1], W[-1]
course.nn.Linear = course.scenarios.training.Linear = Trained
""",
    "the local checks": """
import course, course.checks
course.check = course.checks.check = course.checks.run = lambda *a: None
course.checks._load = lambda name: {}
""",
    "signal and time": """
import signal, time
signal.signal = signal.setitimer = lambda *a: None
time.monotonic = time.time = time.process_time = lambda: 0.0
""",
}


@jail_only
@cases(PATCHES)
def test_patching(worker, attack):
    """Whatever runs in the student's process may be changed there, and nothing is gained."""
    assert grade(submission("sgd", IDLE, attack), worker).score == 0


@jail_only
def test_nothing_is_patched_for_the_next(worker):
    """After all of them an honest submission gets full marks."""
    nothing_left(worker)


# --- objects that lie ----------------------------------------------------------------------------

LIARS = {
    "equals everything": """
class Liar:
    def __init__(self, value=0.0): pass
    def __eq__(self, other): return True
    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __eq__
    __hash__ = object.__hash__
    def __float__(self): return 0.0
    def __array__(self, *a, **k):
        import numpy as np
        return np.zeros(1)
    def __getattr__(self, name): return lambda *a, **k: Liar()
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = lambda self, other: Liar()
""",
    "a float that equals everything": """
class Liar(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__
    def __sub__(self, other): return 0.0
    __rsub__ = __mod__ = __sub__
    def __abs__(self): return 0.0
    def __float__(self): return Liar(0.0)
""",
    "says that it is a float": """
class Liar:
    def __init__(self, value=0.0): pass
    __class__ = property(lambda self: float)
    def __float__(self): return 0.0
    def __eq__(self, other): return True
    __hash__ = object.__hash__
""",
    "an array that approves": """
import numpy as np
class Liar(np.ndarray):
    def __new__(cls, value=0.0): return np.zeros(1).view(cls)
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.ones(1, bool)
    def __eq__(self, other): return True
    shape = property(lambda self: ())
""",
    "nan": "Liar = lambda value=0.0: float('nan')",
    "infinity": "Liar = lambda value=0.0: float('inf')",
    "a mock": "from unittest.mock import MagicMock\nLiar = lambda value=0.0: MagicMock()",
}


@jail_only
@cases(LIARS)
def test_lying_results(worker, attack):
    """As what a function returns, and as weights."""
    solutions = {
        "largest_stable_lr": "largest_stable_lr = Liar",
        "SGD": IDLE["SGD"].replace("pass", "params[:] = [Liar() for _ in params]"),
    }
    assert grade(submission("sgd", solutions, attack), worker).score == 0


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
    finished = PATCHES["the training is done by the scenario"].partition("class")[0]
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
    assert 0 < base.score < 20
    assert attack.score <= base.score


# --- looking for answers -------------------------------------------------------------------------

FRAMES = """
import gc, sys
found = []
def largest_stable_lr(hessian):
    if found:
        return found[0]
    frame = sys._getframe()
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            for name in ("expected", "wanted", "answer", "answers", "case", "cases", "reference"):
                if isinstance(names.get(name), float): found.append(names[name])
        frame = frame.f_back
    for thing in gc.get_objects():
        kind = type(thing).__name__
        if kind in ("Case", "Seen", "JudgedProperty", "ExerciseBank", "Exercise"):
            found += getattr(getattr(thing, "expected", thing), "values", [])
        if kind == "module" and thing.__name__.split(".")[0] in ("solutions", "autograder"):
            return vars(thing).get("largest_stable_lr", lambda h: 1.0)(hessian)
    found.append(1.0)
    return found[0]
"""

IMPORTS = """
import importlib, os, pathlib, sys
import course
places = [*pathlib.Path(course.__file__).parents, "/work", "/src", "/repo", os.getcwd()]
sys.path[:0] = [str(p) for p in places]
found = [n for n in sys.modules if n.split(".")[0] in ("solutions", "autograder", "hypothesis")]
for name in ("solutions.sgd", "solutions", "autograder.cases.sgd", "autograder.heldout",
             "autograder.bank", "autograder"):
    try:
        found.append(vars(importlib.import_module(name)))
    except ImportError:
        pass
print(found)
"""

DISK = """
import os, sys
names = {"digits_heldout.npz", "nbgrader_config.py", "value.ipynb", "sgd.ipynb", "thresholds.json"}
found = []
for folder, folders, files in os.walk("/", onerror=None):
    if "site-packages" in folder:
        folders[:] = []
        continue
    found += [os.path.join(folder, name) for name in names & set(files)]
    if {"solutions", "autograder", "submitted", "gradebook.db"} & {*folders, *files}:
        found.append(folder)
print(found)
"""

PROC = """
import glob, os
found = [n for n in glob.glob("/proc/*") + glob.glob("/proc/self/*") + glob.glob("/sys/*")]
for path in ("/proc/1/environ", "/proc/1/mem", "/proc/self/mem", "/proc/kallsyms", "/proc/mounts",
             "/proc/1/root/etc/passwd", "/dev/mem", "/dev/kmsg", "/etc/passwd", "/etc/shadow",
             "/etc/hosts", os.path.expanduser("~root/.ssh"), "/root/.bash_history"):
    try:
        found.append(open(path, "rb").read(9))
    except OSError:
        pass
found += [n for n in os.environ if "JUPYTER" in n or "TOKEN" in n or "NBGRADER" in n]
print(found)
"""

DESCRIPTORS = """
import fcntl, os, stat, sys
found = []
for fd in range(3, 4096):
    try:
        kind = os.fstat(fd).st_mode
    except OSError:
        continue
    if stat.S_ISREG(kind):
        head = os.pread(fd, 4, 0)
        if head not in (b"\\x00\\x01\\x00\\x00", b"OTTO", b"true"):  # a font
            found.append((fd, head))
        try:
            os.pwrite(fd, b"x", 0)
            found.append((fd, "writable"))
        except OSError:
            pass
    elif stat.S_ISDIR(kind) or stat.S_ISFIFO(kind):
        found.append((fd, kind))
print(found)
"""

READERS = {"imports": IMPORTS, "the disk": DISK, "/proc": PROC, "file descriptors": DESCRIPTORS}


@jail_only
@cases(READERS)
def test_looking_around(worker, fair, limits, attack):
    """What there is to import, open or list tells nothing."""
    limits(cell_seconds=20)
    graded = grade(submission("sgd", HALF, attack), worker)
    assert printed(graded, 1) == "[]\n"
    assert graded.score == fair


@jail_only
def test_reading_frames(worker):
    """Frames and live objects hold scenarios, and no answers to them."""
    assert grade(submission("sgd", IDLE | {"largest_stable_lr": FRAMES}), worker).score == 0
    nothing_left(worker)


# --- forging replies -----------------------------------------------------------------------------

SOCKET = """
import msgpack, os, socket, stat, struct, sys, threading, time
def grader():
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode): return fd
        except OSError: pass
def frame(message, **k):
    data = msgpack.packb(message, **k)
    return struct.pack(">I", len(data)) + data
def say(data):
    os.write(grader(), data)
OK = frame({"values": [1.0], "error": None})
CELL = frame({"outputs": [], "error": None})
"""

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

FORGED = {
    "an array for a word": """
import numpy as np, course.wire
x = np.zeros(2)
packed = course.wire.pack({"outputs": [{"output_type": x}, {"output_type": "stream", "name": x},
    {"output_type": "error", "ename": x, "traceback": x}], "error": {"type": x}})
say(struct.pack(">I", len(packed)) + packed)
""",
    "many replies from a thread": """
def flood():
    try:
        for _ in range(10_000): say(OK)
    except OSError: pass
threading.Thread(target=flood, daemon=True).start()
time.sleep(0.2)
""",
    "replies before they are asked": "say(CELL); say(OK * 200)",
    "a reply that never ends": """
say(struct.pack(">I", 10**6))
while True:
    say(b"x")
    time.sleep(0.01)
""",
    "requests are read away": """
def steal():
    sock = socket.socket(fileno=os.dup(grader()))
    while sock.recv(4096): pass
threading.Thread(target=steal, daemon=True).start()
time.sleep(0.1)
""",
    "all descriptors closed": "os.closerange(0, 4096)",
    "another socket in its place": """
ours, theirs = socket.socketpair()
os.dup2(theirs.fileno(), grader())
""",
}


@jail_only
@cases(FORGED)
def test_forged_replies(worker, limits, attack):
    """The grader reads nonsense as the end of a process, and believes values alone."""
    limits(cell_seconds=0.5, case_seconds=0.5, submission_seconds=2)
    graded = grade(submission("sgd", IDLE, SOCKET + attack), worker)
    assert (graded.score, graded.max_score) == (0, 20)


@jail_only
def test_forged_frames(worker, limits):
    """Malformed frames, each sent by a cell of its own."""
    limits(cell_seconds=0.5, case_seconds=0.5, submission_seconds=10)
    notebook = submission("sgd", IDLE, SOCKET)
    for at, code in enumerate(FRAMES_SENT, start=2):
        notebook["cells"].insert(at, {"cell_type": "code", "metadata": {}, "source": code})
    graded = grade(notebook, worker)
    assert (graded.score, graded.max_score) == (0, 20)
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
        assert result.message and len(result.message) < 10_000


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
    cell = nbformat.v4.new_code_cell("", outputs=grading.valid_outputs(outputs))
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))


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


@jail_only
def test_large_replies_do_not_pile_up(worker):
    """The grader does not keep 2 MB for each of 60 cases."""
    patch = """
import numpy as np, course.scenarios.call
x = np.zeros(250_000)
course.scenarios.call.number = lambda value: x
"""
    tracemalloc.start()
    try:
        assert grade(submission("sgd", IDLE, patch), worker).score == 0
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * 2**20, f"{peak >> 20} MiB"
    nothing_left(worker)


# --- ending and outliving ------------------------------------------------------------------------

IN_JAIL = "import os\nassert os.getpid() == 1"  # nowhere else is this to be tried

RAISED = {
    "sys.exit": "import sys; sys.exit(0)",
    "exit": "exit()",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "SystemExit": "raise SystemExit(0)",
    "GeneratorExit": "raise GeneratorExit",
    "an exception of its own": "class Mine(BaseException): pass\nraise Mine",
    "an exception that cannot be told": """
class Mine(Exception):
    def __str__(self): raise SystemExit
raise Mine
""",
    "an exception with half a character": r"raise ValueError('\ud800')",
}

ENDINGS = {
    "os._exit": "import os; os._exit(0)",
    "SIGKILL to itself": "import os; os.kill(os.getpid(), 9)",
    "SIGSTOP to itself": "import os; os.kill(os.getpid(), 19)",
    "SIGKILL to its parent and its group": f"{IN_JAIL}\nos.kill(os.getppid(), 9); os.kill(0, 9)",
    "SIGKILL to all": f"{IN_JAIL}\nos.kill(-1, 9)",
    "a segmentation fault": "import ctypes; ctypes.string_at(0)",
    "abort": "import os; os.abort()",
    "exec": "import os; os.execvp('true', ['true'])",
    "a daemon": """
import os, signal
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            try: signal.signal(number, signal.SIG_IGN)
            except OSError: pass
        os.closerange(0, 256)
        os.execvp("sleep", ["sleep", "1000"])
    os._exit(0)
os.wait()
""",
    "a daemon that waits for the next": """
import os, time
if os.fork() == 0:
    os.setsid()
    while True:
        for folder in (os.environ["HOME"], "/dev/shm", "/tmp"):
            try: open(folder + "/MARK", "w")
            except OSError: pass
        time.sleep(0.01)
""",
    "a thread that patches on": """
import builtins, threading, time
def on_and_on():
    while True:
        for name in ("SGD", "largest_stable_lr"):
            setattr(builtins, name, lambda *a: 1.0)
        time.sleep(0.001)
threading.Thread(target=on_and_on).start()
""",
    "atexit": """
import atexit, os
atexit.register(lambda: [os.fork() for _ in range(3)])
""",
}


@jail_only
@cases(ENDINGS)
def test_ending_and_outliving(worker, fair, attack):
    """A cell that ends its process costs itself alone; what it starts ends with the submission."""
    assert grade(submission("sgd", HALF, attack), worker).score == fair
    nothing_left(worker)


@jail_only
def test_raising(worker, fair):
    """Exceptions of every kind, in a cell each, cost nothing else."""
    notebook = submission("sgd", HALF)
    for code in RAISED.values():
        notebook["cells"].insert(1, {"cell_type": "code", "metadata": {}, "source": code})
    assert grade(notebook, worker).score == fair


@jail_only
@cases({"os._exit": ENDINGS["os._exit"], "an exception": RAISED["an exception of its own"]})
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
    monkeypatch.setattr(sys, "argv", ["zygote.py", str(theirs.detach()), "jail", "9", "9"])
    monkeypatch.setattr(zygote, "warm_up", lambda: None)
    monkeypatch.setattr(zygote, "call", lambda *a: None)
    monkeypatch.setattr(zygote, "run_submission", lambda _, fd, *a: served.append(fd) or "")
    zygote.main()
    for fd in (file, other, *served):
        os.close(fd)
    ours.close()
    assert len(served) == 1


# --- taking more than one's share ----------------------------------------------------------------

SWALLOW = """
import signal
signal.setitimer(signal.ITIMER_PROF, 0)
while True:
    try:
        while True: pass
    except BaseException: pass
"""


@jail_only
def test_swallowed_interrupts_in_a_cell(worker, limits):
    """A loop that catches everything ends when the submission's time is up."""
    limits(cell_seconds=0.3, submission_seconds=2)
    started = time.monotonic()
    graded = grade(submission("sgd", IDLE, SWALLOW), worker)
    assert graded.score == 0
    assert graded.errors and time.monotonic() - started < 20
    limits()
    nothing_left(worker)


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


# Doubles nine times, instead of for ever, lest a grader that fails to stop it takes the machine.
FORK_BOMB = """
import os, time
end = time.time() + 8
for _ in range(9):
    try: os.fork()
    except OSError: pass
while time.time() < end: pass
"""

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
    "files that live in memory": (
        """
import os, time
files = [os.memfd_create("hog") for _ in range(8)]
for file in files:
    for _ in range(200): os.write(file, bytes(2**20))
time.sleep(1)
""",
        "memory",
    ),
}


@jail_only
@cases(HOGS)
def test_hogs(worker, fair, attack):
    """Too many processes or too much memory, counted together, end the cell that takes them."""
    code, word = attack
    if "memfd" in code:
        pytest.xfail("memory of unmapped memfd files is not counted; only a control group sees it")
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


FLOODS = {
    "print": "for _ in range(30): print('x' * 500_000)",
    "stderr": "import sys\nfor _ in range(30): sys.stderr.write('x' * 500_000)",
    "descriptors": "import os\nfor _ in range(30): os.write(1, b'x' * 500_000)",
    "display": """
from IPython.display import HTML, display
for _ in range(30): display(HTML('x' * 500_000))
""",
    "with the limit taken away": """
import course.shell
course.shell.OUTPUT_LIMIT = 10**12
course.shell.Recorder.start = lambda self: vars(self).update(
    outputs=[], room=10**12, clear_next=False)
from IPython import get_ipython
get_ipython().recorder.start()
print('x' * 30_000_000)
""",
}


@jail_only
@cases(FLOODS)
def test_output_floods(worker, fair, attack):
    """Of a cell's outputs no more than a few million characters are kept."""
    graded = grade(submission("sgd", HALF, attack), worker)
    assert graded.score == fair
    assert len(nbformat.writes(graded.notebook)) < 6_000_000


# --- leaving the jail ----------------------------------------------------------------------------


@jail_only
def test_writing_outside(worker, fair, tmp_path):
    """Nothing that the grader could see later can be written."""
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_bytes(b"")
    project = assignments.PROJECT
    folders = [
        tmp_path,
        project,
        project / "source" / "sgd",
        policy.COURSE,
        sys.prefix,
        "/",
        "/etc",
    ]
    folders += [os.path.dirname(np.__file__), "/usr", "/run", "/home", "/root", "/var", "/work"]
    files = [gradebook, policy.COURSE / "harness.py", policy.ZYGOTE_IN_JAIL, sys.executable]
    attack = f"""
import os, sqlite3
tries = [(open, "MARK", "w"), (os.mkdir, "MARK"), (os.symlink, "/", "MARK")]
written = []
for folder in {[str(f) for f in folders]}:
    for do, *args in tries:
        try:
            do(*[os.path.join(folder, a) if a == "MARK" else a for a in args])
            written.append(folder)
        except OSError:
            pass
for file in {[str(f) for f in files]}:
    for do, *args in ((open, "r+"), (os.unlink,), (os.chmod, 0o777), (os.rename, file + "x")):
        try:
            do(file, *args)
            written.append(file)
        except OSError:
            pass
try:
    sqlite3.connect({str(gradebook)!r}).execute("create table grade (x)")
    written.append("gradebook")
except sqlite3.Error:
    pass
print(written)
"""
    graded = grade(submission("sgd", HALF, attack), worker)
    assert printed(graded, 1) == "[]\n"
    assert graded.score == fair
    assert [p.name for p in tmp_path.iterdir()] == ["gradebook.db"]
    assert gradebook.read_bytes() == b""
    nothing_left(worker)


@jail_only
def test_leaving_files(worker, fair):
    """Files, environment, keys and IPC objects of one submission are gone for the next."""
    attack = """
import os
home = os.environ["HOME"]
os.environ["LEFT"] = "MARK"
for folder in (home, "/tmp", "/dev/shm", os.getcwd()):
    for name in ("MARK", "sitecustomize.py", "matplotlibrc", "numpy.py"):
        try: open(os.path.join(folder, name), "w").write("raise SystemExit")
        except OSError: pass
os.makedirs(home + "/.ipython/profile_default/startup", exist_ok=True)
open(home + "/.ipython/profile_default/startup/0.py", "w").write("raise SystemExit")
"""
    assert grade(submission("sgd", HALF, attack), worker).score == fair
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


@jail_only
def test_system_calls(worker, fair):
    """No namespaces, mounts, tracing, privileges or connections are to be had."""
    attack = """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
home = os.environ["HOME"].encode()
calls = {
    "unshare user": ("unshare", 0x10000000),
    "unshare mounts": ("unshare", 0x00020000),
    "unshare user and mounts": ("unshare", 0x10020000),
    "unshare processes": ("unshare", 0x20000000),
    "mount": ("mount", b"tmpfs", home, b"tmpfs", 0, None),
    "remount": ("mount", None, b"/", None, 0x20 | 0x1000, None),
    "bind": ("mount", b"/dev", home, None, 0x1000, None),
    "proc": ("mount", b"proc", home, b"proc", 0, None),
    "umount /proc": ("umount2", b"/proc", 2),
    "umount /dev/shm": ("umount2", b"/dev/shm", 2),
    "chroot": ("chroot", home),
    "attach to another": ("ptrace", 16, 2, None, None),
    "setuid": ("setuid", 0),
    "setgroups": ("setgroups", 0, None),
}
done = [name for name, (call, *args) in calls.items() if getattr(libc, call)(*args) == 0]
for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_UNIX, "\\0MARK")):
    with socket.socket(family) as sock:
        sock.settimeout(0.3)
        if sock.connect_ex(address) == 0: done.append(address)
print(done)
"""
    with (
        socket.create_server(("127.0.0.1", 0)) as internet,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind(f"\0{MARK}")
        local.listen()
        attack = attack.replace("PORT", str(internet.getsockname()[1]))
        graded = grade(submission("sgd", HALF, attack), worker)
    assert printed(graded, 1) == "[]\n"
    assert graded.score == fair
    nothing_left(worker)


# --- editing the notebook ------------------------------------------------------------------------


def graded_cells(notebook):
    return [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]


def delete_checks(nb):
    nb["cells"] = [c for c in nb["cells"] if c not in graded_cells(nb)]


def empty_checks(nb):
    for cell in graded_cells(nb):
        cell["source"] = "20.0"


def retype_checks(nb):
    for cell, kind in zip(graded_cells(nb), ("markdown", "raw", "code", "heading"), strict=False):
        cell["cell_type"] = kind
        cell["metadata"]["nbgrader"]["cell_type"] = kind
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def tag_everything(nb):
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell", "hide"]


def raise_points(nb):
    for cell in graded_cells(nb):
        cell["metadata"]["nbgrader"]["points"] = 1000


def unlock_checks(nb):
    for cell in graded_cells(nb):
        cell["source"] = "20.0"
        cell["metadata"]["editable"] = True
        cell["metadata"]["nbgrader"] |= {"locked": False, "solution": True, "grade": False}


def grade_solutions(nb):
    for cell in nb["cells"]:
        if id_of(cell) in IDLE:
            cell["metadata"]["nbgrader"] |= {"grade": True, "points": 20, "locked": True}
            cell["source"] += "\n20.0"


def copy_checks(nb):
    for cell in list(graded_cells(nb)):
        for at in (0, len(nb["cells"])):
            nb["cells"].insert(at, copy.deepcopy(cell) | {"source": "20.0"})


def copy_solutions(nb):
    for cell in [c for c in nb["cells"] if id_of(c) in IDLE]:
        nb["cells"].append(copy.deepcopy(cell) | {"source": IDLE[id_of(cell)]})


def take_ids(nb):
    nb["cells"][0]["metadata"] = copy.deepcopy(named(nb, "sgd-step")["metadata"])
    nb["cells"][0]["source"] += "\n20.0"


def swap_ids(nb):
    one, other = (named(nb, i)["metadata"]["nbgrader"] for i in ("sgd-step", "sgd-stability"))
    one["grade_id"], other["grade_id"] = other["grade_id"], one["grade_id"]


def invent_exercise(nb):
    new = copy.deepcopy(named(nb, "sgd-step")) | {"source": "100.0"}
    new["metadata"]["nbgrader"] |= {"grade_id": "sgd-bonus", "points": 100}
    nb["cells"].append(new)


def checks_first(nb):
    checks = graded_cells(nb)
    nb["cells"] = checks + [c for c in nb["cells"] if c not in checks]


def forge_outputs(nb):
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}}
    for cell in graded_cells(nb):
        if cell["cell_type"] == "code":
            cell["outputs"] = [output | {"data": {"text/plain": "20.0"}}]
        cell["metadata"]["nbgrader"]["checksum"] = "0" * 32


def other_kernel(nb):
    nb["metadata"]["kernelspec"] = {"name": "bash", "language": "bash", "display_name": "x"}
    nb["metadata"]["nbgrader"] = {"score": 20, "grade": True}


def other_schema(nb):
    for cell in graded_cells(nb):
        cell["metadata"]["nbgrader"]["schema_version"] = 99


EDITS = [
    delete_checks, empty_checks, retype_checks, tag_everything, raise_points, unlock_checks,
    grade_solutions, copy_checks, copy_solutions, take_ids, swap_ids, invent_exercise,
    checks_first, forge_outputs, other_kernel, other_schema,
]  # fmt: skip


@jail_only
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_edited_notebooks(worker, fair, edit):
    """What is not the student's is put back; deleting, copying, re-labelling change no points."""
    notebook = submission("sgd", HALF if edit is not copy_solutions else {})
    edit(notebook)
    graded = grade(notebook, worker)
    wanted = fair if edit is not copy_solutions else 0
    assert (graded.score, graded.max_score) == (wanted, 20)
    checks = {
        id_of(c): c.metadata.nbgrader.points
        for c in graded.notebook.cells
        if notebooks.is_autograded(c)
    }
    assert checks == {"sgd-step": 15, "sgd-stability": 5}
    assert all("tags" not in c.metadata for c in graded.notebook.cells)


@jail_only
def test_edits_leave_the_next_alone(worker):
    """After all of them an honest submission gets full marks."""
    nothing_left(worker)


@jail_only
def test_what_cells_show_counts_nothing(worker):
    """A cell's value, text or error is not a score."""
    notebook = submission("sgd", IDLE)
    for code in ("20.0", "print('sgd-step: 15 of 15 points')", "1/0", "%exit"):
        notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": code})
    assert grade(notebook, worker).score == 0


# --- without a jail ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bare():
    """A worker without a jail. Nothing that attacks the machine is tried on it."""
    with Worker(LIMITS, jailed=False) as worker:
        worker.start()
        worker.at_rest = descendants(worker._process.pid)
        yield worker


def test_bare_worker_grades_the_same(bare):
    """Full marks for an honest submission, 0 for an idle one, and the result says "process"."""
    assert grade(submission("sgd", IDLE), bare).score == 0
    graded = grade(solved("sgd"), bare)
    assert (graded.score, graded.isolation) == (20, "process")


@cases({k: ENDINGS[k] for k in ("os._exit", "a daemon", "SIGKILL to itself")})
def test_bare_worker_outlives(bare, attack):
    """A cell that ends its process costs itself; a daemon ends with the submission."""
    alone = grade(submission("sgd", HALF), bare).score
    assert grade(submission("sgd", HALF, attack), bare).score == alone
    assert descendants(bare._process.pid) == bare.at_rest
    assert grade(solved("sgd"), bare).score == 20


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
        session._send(wire.pack({"do": "cell", "source": loop, "seconds": 1.0}))
        time.sleep(0.3)
        bare.close()
        deadline = time.monotonic() + 3
        while (alive := set(filter(is_alive, started))) and time.monotonic() < deadline:
            time.sleep(0.1)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    assert len(started) == 2
    assert not alive


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
