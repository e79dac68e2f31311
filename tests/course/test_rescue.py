"""A slip in one definition of a cell leaves the others: as text, as it runs, what is said."""

import ast
import re
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.assignments import NAMES, PROJECT
from course import checks
from course.compare import Seen
from course.failures import Failure, FailureKind, failure_of
from course.harness import observe
from course.judge import Case, JudgedProperty, Property, Reply, judge
from course.messages import WIDTH, as_text, message
from course.panel import as_html
from course.rescue import MAX_BROKEN, MAX_CELL, rescued
from course.results import ExerciseResult, Outcome, as_data, from_data
from course.shell import CpuLimit, Shell


def module(assignment):
    """The reference without the marks of what is left out in the release."""
    text = (PROJECT / "solutions" / f"{assignment}.py").read_text("utf-8")
    return "".join(line for line in text.splitlines(True) if "### " not in line)


MODULES = {name: module(name) for name in NAMES}


def definitions(text):
    """Name -> (first line, last line, syntax tree) of functions and methods, in order."""
    found = {}
    for node in ast.parse(text).body:
        members = [(node, "")]
        if isinstance(node, ast.ClassDef):
            members = [(member, f"{node.name}.") for member in node.body]
        for member, owner in members:
            if isinstance(member, ast.FunctionDef):
                first = min([member.lineno, *(d.lineno for d in member.decorator_list)])
                place = (first, member.end_lineno, ast.dump(member))
                found.setdefault(f"{owner}{member.name}", []).append(place)
    return found


def error_of(text):
    """What keeps a text from being compiled, None where nothing does."""
    try:
        compile(text, "<text>", "exec")
    except SyntaxError as error:
        return error
    return None


@pytest.fixture
def shell():
    """A shell that runs cells as the jail and the local checks do."""
    stdout, stderr = sys.stdout, sys.stderr
    made = Shell()
    yield made
    made.restore_sys_module_state()
    sys.stdout, sys.stderr = stdout, stderr


# --- from text to text ---------------------------------------------------------------------------


@st.composite
def damaged(draw):
    """A reference with one character dropped within a definition, or one line's indentation."""
    text = MODULES[draw(st.sampled_from(NAMES))]
    places = [place for same in definitions(text).values() for place in same]
    first, last, _ = draw(st.sampled_from(places))
    lines = text.splitlines(True)
    if draw(st.booleans()):
        numbers = [n for n in range(first - 1, last) if lines[n].startswith(" ")]
        number = draw(st.sampled_from(numbers))
        indent = len(lines[number]) - len(lines[number].lstrip(" "))
        drop = draw(st.sampled_from(sorted({1, 2, min(4, indent), indent})))
        lines[number] = lines[number][drop:]
        return text, "".join(lines), number + 1
    start = sum(map(len, lines[: first - 1]))
    stop = sum(map(len, lines[:last]))
    at = draw(
        st.sampled_from(
            [m.start() + start for m in re.finditer(r"[][(){}:,'\"]", text[start:stop])]
        )
    )
    return text, text[:at] + text[at + 1 :], text.count("\n", 0, at) + 1


@settings(max_examples=200)
@given(damaged())
def test_a_slip_leaves_all_other_definitions(drawn):
    """Where the text parses, what stands before the error has run when the rest is looked at."""
    text, slipped, line = drawn
    error = error_of(slipped)
    rest = rescued(slipped, error, {})
    if error is None:
        assert rest is None
        return
    try:
        ast.parse(slipped)
        ran = error.lineno
    except SyntaxError:
        ran = 0
    assert error_of(rest) is None
    got = definitions(rest)
    for name, same in definitions(text).items():
        hit = any(first <= line <= last for first, last, _ in same)
        if not hit and same[-1][1] >= ran:
            assert [tree for *_, tree in got[name]] == [tree for *_, tree in same]


@pytest.mark.parametrize("text", MODULES.values(), ids=MODULES)
def test_a_cell_that_compiles_is_left_alone(text):
    assert rescued(text, SyntaxError("from elsewhere"), {}) is None
    assert rescued(text, None, {}) is None
    assert rescued(text, TypeError("no slip"), {}) is None


pieces = st.sampled_from(
    ["def f(", "def f():", "class A:", "@a", "    ", "\t", "\n", "'''", '"', "(", ")", "x", "\\",
     "%pwd", "\0", "é", "return", "else:", "#"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(pieces, max_size=60).map("".join) | st.text(max_size=200))
def test_any_text_is_rescued_or_not(text):
    """It never raises, and what it gives compiles; magics aside, which only IPython can read."""
    rest = rescued(text, error_of_any(text), {})
    if rest is not None and "%" not in text and "!" not in text and "?" not in text:
        assert error_of(rest + "\n") is None


def error_of_any(text):
    try:
        return error_of(text)
    except ValueError:
        return SyntaxError("null bytes")


def test_errors_that_lie():
    """Made to break what looks at them."""

    class Lying(NameError):
        @property
        def name(self):
            raise RuntimeError

        def __str__(self):
            raise RuntimeError

    def ends(*_):
        raise RuntimeError

    assert rescued("def f(a=b): pass", Lying(), {}) is None
    for attribute in ("__traceback__", "name", "lineno"):
        kind = type("Kind", (NameError,), {attribute: property(ends)})
        assert rescued("def f(a=b): pass", kind(), {}) is None
    assert rescued("x = (", SyntaxError(), {}) is not None


def test_there_is_an_end_to_what_is_looked_at():
    """More slips than a person makes, and more text than one writes, stay as they are."""
    slips = "def f(:\n    pass\n" * MAX_BROKEN
    assert rescued(slips, error_of(slips), {}) is not None
    slips += "def f(:\n    pass\n"
    assert rescued(slips, error_of(slips), {}) is None
    longest = "def f(:\n    pass\n" + "#" * MAX_CELL
    assert rescued(longest, error_of(longest), {}) is None


def test_an_open_string_that_nothing_ends_leaves_what_comes_before():
    text = 'def f():\n    return 1\n\nx = """\n    def g():\n        return 2\n'
    rest = rescued(text, error_of(text), {})
    assert "f" in definitions(rest)


# --- run -----------------------------------------------------------------------------------------

CELL = '''\
%matplotlib inline
import math
def right():
    return 1
class Both:
    """Two methods."""
    def right(self):
        return math.inf
    def wrong(self:
        return 2
    @property
    def lr(self):
        return (3
    @lr.setter
    def lr(self, lr):
        self.set = lr
!true
last = right() + 1
'''


def raised(do):
    try:
        do()
    except Exception as error:
        return failure_of(error)
    return None


def test_the_rest_of_a_cell_is_defined(shell):
    outputs, error = shell.record(CELL, 10)
    assert isinstance(error, SyntaxError)
    assert [output["ename"] for output in outputs] == ["SyntaxError"], "the error alone, as before"
    names = shell.user_ns
    both = names["Both"]()
    assert (names["right"](), names["last"], both.right()) == (1, 2, float("inf"))
    assert raised(both.wrong) == Failure(
        FailureKind.BROKEN,
        "SyntaxError",
        "'(' was never closed (Both.wrong, line 9)",
        "def wrong(self:",
        9,
    )
    assert raised(lambda: both.lr).message == "'(' was never closed (Both.lr, line 13)"
    both.lr = 4
    assert both.set == 4, "a decorator that can be kept is"


def test_several_slips_and_kinds_of_them(shell):
    shell.record(
        """
class A:
    def colon(self)
        pass
    def string(self):
        return 'abc
    def name(self, a=nowhere):
        pass
    @propety
    def read(self):
        pass
    def dedented(self):
        a = 1
      return a
    def right(self):
        return 1

def f(a, b=nowhere):
    return a
def g():
    return 2
""",
        10,
    )
    a, g = shell.user_ns["A"](), shell.user_ns["g"]
    assert (a.right(), g()) == (1, 2)
    said = {name: raised(lambda name=name: getattr(a, name)) for name in ("read",)}
    said |= {n: raised(getattr(a, n)) for n in ("colon", "string", "name", "dedented")}
    assert {failure.kind for failure in said.values()} == {FailureKind.BROKEN}
    assert {name: failure.type for name, failure in said.items()} == {
        "read": "NameError",
        "colon": "SyntaxError",
        "string": "SyntaxError",
        "name": "NameError",
        "dedented": "IndentationError",
    }
    assert (
        raised(lambda: shell.user_ns["f"](1)).message
        == "name 'nowhere' is not defined (f, line 18)"
    )


def test_a_class_whose_header_or_init_is_broken(shell):
    shell.record("class A(:\n    def f(self):\n        return 1\n\ndef g():\n    return 2", 10)
    shell.record(
        "class B:\n    def __init__(self:\n        pass\n    def f(self):\n        pass", 10
    )
    assert shell.user_ns["g"]() == 2
    for name in "AB":
        assert raised(shell.user_ns[name]).kind is FailureKind.BROKEN


def test_what_stops_at_a_stub_does_not_stop_the_rest(shell):
    shell.record("def f(:\n    pass\nx = f()\ny = 1", 10)
    assert shell.user_ns["y"] == 1 and "x" not in shell.user_ns


@pytest.mark.parametrize(
    "slip", ["def g(a=nowhere): pass", "class G:\n    def f(self, a=nowhere): pass", "return"]
)
def test_nothing_runs_twice(shell, slip):
    """What stands before a name that is not defined has run; Python stops at nothing else there."""
    outputs, error = shell.record(
        f"runs = []\nprint('once')\nruns.append(1)\n{slip}\nruns.append(2)\nprint('unseen')", 10
    )
    assert error is not None and shell.user_ns["runs"] == [1, 2]
    shown = [output["text"] for output in outputs if output["output_type"] == "stream"]
    assert shown == ["once\n"]


def test_what_is_defined_already_stays(shell):
    """A broken cell takes nothing away that an earlier one has given."""
    shell.record("def f():\n    return 1\nclass A:\n    def f(self):\n        return 1", 10)
    shell.record("def f():\n    return (2\nclass A:\n    def f(self):\n        return 2\nx = 3", 10)
    names = shell.user_ns
    assert (names["f"](), names["A"]().f(), names["x"]) == (1, 1, 3)


def test_the_rest_has_the_time_that_is_left(shell):
    """A slip brings no new time, however often."""
    spend = "while time.process_time() < start + {}: pass\n"
    start = time.process_time()
    _, error = shell.record(
        "import time\nstart = time.process_time()\n" + spend.format(0.3)
        + "def f(a=nowhere): pass\n" + spend.format(0.6)
        + "def g(a=nowhere): pass\nwhile True: pass\n",
        1.0,
    )  # fmt: skip
    assert isinstance(error, NameError)
    assert time.process_time() - start < 1.4


# --- what is said --------------------------------------------------------------------------------

SLIPS = {
    "unclosed bracket": (
        "value",
        '(self,), "tanh")',
        '(self,), "tanh"',
        "value-functions",
        """\
value-functions: 0 of 2 checks passed
  not judged, since Python stops here:
      out = Value(math.tanh(self.data), (self,), "tanh"
                 ^
  SyntaxError: '(' was never closed (Value.tanh, line 121)""",
    ),
    "missing colon": (
        "value",
        "def __truediv__(self, other):",
        "def __truediv__(self, other)",
        "value-arithmetic",
        """\
value-arithmetic: 0 of 3 checks passed
  not judged, since Python stops here:
      def __truediv__(self, other)
                                  ^
  SyntaxError: expected ':' (Value.__truediv__, line 61)""",
    ),
    "wrong indentation": (
        "lookahead",
        "        self.t += 1\n",
        "      self.t += 1\n",
        "lookahead-step",
        """\
lookahead-step: 0 of 12 checks passed
  not judged, since Python stops here:
      self.t += 1
                 ^
  IndentationError: unindent does not match any outer indentation level
  (Lookahead.step, line 41)""",
    ),
    "undefined name": (
        "lookahead",
        "def step(self, params, grads):",
        "def step(self, params, grads, every=defualt):",
        "lookahead-step",
        """\
lookahead-step: 0 of 12 checks passed
  not judged, since Python stops here:
      def step(self, params, grads, every=defualt):
                                          ^
  NameError: name 'defualt' is not defined (Lookahead.step, line 33)""",
    ),
    "unclosed string": (
        "value",
        '(self,), "exp")',
        '(self,), "exp)',
        "value-functions",
        """\
value-functions: 0 of 2 checks passed
  not judged, since Python stops here:
      out = Value(math.exp(self.data), (self,), "exp)
                                                ^
  SyntaxError: unterminated string literal (Value.exp, line 101)""",
    ),
    "some of an exercise": (
        "value",
        'f"**{k}")',
        'f"**{k}"',
        "value-arithmetic",
        """\
value-arithmetic: 1 of 3 checks passed
  broken  values of + - * / ** and negation
      not judged, since Python stops here:
          out = Value(self.data**k, (self,), f"**{k}"
                     ^
      SyntaxError: '(' was never closed (Value.__pow__, line 53)
  passed  numbers on either side
  broken  local derivatives of + - * / ** and negation""",
    ),
}


def checked(shell, assignment, old, new, exercise):
    """The local check of an exercise where the reference has this slip."""
    assert MODULES[assignment].count(old) == 1
    shell.record(MODULES[assignment].replace(old, new), 10)

    def player(scenario, namespace):
        values, error = observe(scenario, namespace, CpuLimit(10))
        return Reply(Seen(values), error)

    return checks.check_named(exercise, shell.user_ns, player)


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_what_is_said_of_a_slip(shell, slip):
    *made, said = slip
    result = checked(shell, *made)
    assert as_text(result, points=False, hint=1) == said
    html = as_html(result, points=False, hint=1)
    assert html.count("Python stops here") == 1 and "<pre" in html
    assert as_text(from_data(as_data(result)), points=False, hint=1) == said
    for p in result.broken:
        assert (p.outcome, p.misconception, p.hint) == (Outcome.NOT_ATTEMPTED, None, "")


def test_a_long_line_is_shown_around_its_caret():
    failure = Failure(FailureKind.BROKEN, "SyntaxError", "invalid", "x" * 150 + "?" + "y" * 40, 150)
    prop = JudgedProperty(Property("p", 1.0), [Case({"kind": "call"}, Seen([1.0]))])
    p = judge(prop, [Reply(Seen([]), failure)])
    _, line, caret, _ = message(p, ExerciseResult("e", [p]).explanation).splitlines()
    assert len(line) <= WIDTH and line[caret.index("^")] == "?"


def test_a_failure_from_elsewhere_has_a_caret_or_none():
    told = {"kind": "broken", "type": "SyntaxError", "message": "", "line": "x"}
    for caret in ("1", True, -5, 10**9, None, 1.0):
        assert Failure.from_data(told | {"caret": caret}).caret == -1
    assert Failure.from_data(told | {"caret": 1}).caret == 1
