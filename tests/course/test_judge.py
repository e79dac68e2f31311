"""Comparing and judging: tolerance, first differences, messages, what counts with what."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course import credit
from course.compare import Seen, apart, first_difference
from course.failures import Failure, FailureKind
from course.judge import Case, JudgedProperty, Property, Reply, Threshold, judge
from course.messages import RULE, as_text, message
from course.panel import as_html
from course.results import UNEXPLAINED, Outcome
from course.tolerance import ATOL, RTOL
from course.wire import Flat, Odd

SCENARIO = {"kind": "call", "function": "f", "args": [1.0], "returns": "number", "observe": []}


def prop(*expected, name="p", **more) -> JudgedProperty:
    cases = [Case(SCENARIO, Seen([value], ["the result"])) for value in expected]
    return JudgedProperty(Property(name, 2.0, **more), cases)


def mark(properties, replies, idle_ones=(), **more):
    answered = list(zip(properties, replies, strict=True))
    return credit.mark("e", answered, dict(idle_ones), **more)


def said(result):
    return message(result, UNEXPLAINED)


finite = st.floats(-1e6, 1e6)


@given(finite, st.floats(0, 0.9))
def test_within_the_tolerance_is_equal(x, part):
    near = x + part * (ATOL + RTOL * abs(x))
    assert Seen([near]).equals(Seen([x]))


@given(finite, st.floats(1.5, 1e6))
def test_beyond_the_tolerance_is_not(x, times):
    far = x + times * (ATOL + RTOL * abs(x))
    assert not Seen([far]).equals(Seen([x]))
    assert first_difference(Seen([x], ["x"]), Seen([far])) is not None


values = st.lists(
    st.sampled_from([0.0, 1.0, 1.0 + 1e-9, np.nan, np.inf])
    | hnp.arrays("f8", hnp.array_shapes(max_dims=2, max_side=2), elements=st.integers(0, 1)),
    max_size=3,
)


@given(values, values)
def test_flat_values_are_judged_as_the_others(expected, got):
    class NeverFlat(Seen):
        flat = None

    verdict = NeverFlat(got).equals(NeverFlat(expected))
    assert Seen(got).equals(Seen(expected)) == verdict
    assert Seen(Flat.of(got)).equals(Seen(expected)) == verdict
    assert Seen(Flat.of(got)).form == Seen(got).form


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros(3),
        np.zeros((2, 1)),
        np.zeros(2, dtype=np.float32),
        0.0,
        [0.0, 0.0],
        "0",
        Odd("None"),
        None,
        np.array([0.0, np.nan]),
    ],
)
def test_kinds_shapes_and_dtypes_come_before_values(wrong):
    right = Seen([np.zeros(2)], ["w"])
    assert not Seen([wrong]).equals(right)
    assert first_difference(right, Seen([wrong])) is not None


def test_too_few_and_too_many_values():
    right = Seen([1.0, 2.0], ["a", "b"])
    assert first_difference(right, Seen([1.0])).got == "nothing"
    assert first_difference(right, Seen([1.0, 2.0, 3.0])).where == "at the end"


def test_inf_and_nan_equal_themselves():
    values = [np.array([np.inf, -np.inf, np.nan]), float("nan")]
    assert Seen(values).equals(Seen(values))
    assert not Seen([float("inf")]).equals(Seen([float("-inf")]))


@given(st.lists(st.tuples(st.floats(), st.floats()), min_size=1), st.booleans())
def test_equality_is_numpys(pairs, same):
    seen, expected = np.array(pairs).T
    if same:
        expected = seen * (1 + 0.5 * RTOL)
    with np.errstate(all="ignore"):
        close = np.allclose(seen, expected, RTOL, ATOL, equal_nan=True)
        assert Seen([seen]).equals(Seen([expected])) == close


@given(finite, finite)
@example(0.0, -0.0)
def test_numbers_that_differ_are_shown_apart(x, y):
    texts = apart(x, y)
    assert (texts[0] == texts[1]) == (x == y)


def test_the_message_shows_case_place_expected_and_got():
    result = judge(prop(1.0, 2.0), [Reply(Seen([1.0])), Reply(Seen([2.5]))])
    assert result.outcome is Outcome.FAILED
    assert result.score == 0
    assert (result.where, result.expected, result.got) == ("the result", "2", "2.5")
    for part in ("f(1)", "the result", "expected   2", "got        2.5"):
        assert part in said(result)


NOT_ATTEMPTED = Failure(FailureKind.NOT_ATTEMPTED, "NotImplementedError", "", "raise …")


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (FailureKind.RAISED, Outcome.RAISED),
        (FailureKind.NOT_ATTEMPTED, Outcome.NOT_ATTEMPTED),
        (FailureKind.TIMED_OUT, Outcome.TIMED_OUT),
        (FailureKind.SKIPPED, Outcome.TIMED_OUT),
        (FailureKind.ENDED, Outcome.ENDED),
    ],
)
def test_each_kind_of_failure_is_an_outcome_of_its_own(kind, outcome):
    assert judge(prop(1.0), [Reply(Seen([]), Failure(kind))]).outcome is outcome


def test_an_error_is_explained_with_its_line_and_usual_cause():
    text = "'NoneType' object is not …"
    failure = Failure(FailureKind.RAISED, "TypeError", text, "x = f() + 1")
    result = judge(prop(1.0), [Reply(Seen([]), failure)])
    assert result.error == failure
    assert "x = f() + 1" in said(result)
    assert "return" in said(result)


def test_a_propertys_hint_is_not_given_where_an_error_speaks():
    failure = Failure(FailureKind.RAISED, "KeyError", "3")
    hinted = prop(1.0, hint="keep a velocity")
    assert "keep a velocity" not in said(judge(hinted, [Reply(Seen([]), failure)]))
    assert "keep a velocity" in said(judge(hinted, [Reply(Seen([0.5]))]))


def test_what_is_not_attempted_is_said_in_one_line():
    assert len(said(judge(prop(1.0), [Reply(Seen([]), NOT_ATTEMPTED)])).splitlines()) == 1


RIGHT, WRONG, NOTHING = [Reply(Seen([1.0]))], [Reply(Seen([7.0]))], [Reply(Seen([0.0]))]
IDLE = {"real": credit.Idle([NOTHING], [0]), "harmless": credit.Idle([RIGHT], [])}


@pytest.mark.parametrize(
    ("real", "score"),
    [(NOTHING, 0), (WRONG, 2), (RIGHT, 4), ([Reply(Seen([]), NOT_ATTEMPTED)], 0)],
    ids=["does nothing", "does something wrong", "is right", "is a stub"],
)
def test_what_doing_nothing_satisfies_pays_only_where_something_is_done(real, score):
    properties = [prop(1.0, name="real"), prop(1.0, name="harmless")]
    result = mark(properties, [real, RIGHT], IDLE.items())
    assert result.score == score
    harmless = result.properties[1]
    assert harmless.outcome is (Outcome.PASSED if score else Outcome.NOT_ATTEMPTED)


def test_a_property_that_holds_shows_that_something_is_done():
    properties = [prop(1.0, name=name) for name in ("real", "other", "harmless")]
    idle_ones = {**IDLE, "other": credit.Idle([NOTHING], [0])}
    assert mark(properties, [NOTHING, RIGHT, RIGHT], idle_ones.items()).score == 4
    assert mark(properties, [NOTHING, WRONG, RIGHT], idle_ones.items()).score == 2
    assert mark(properties, [NOTHING, NOTHING, RIGHT], idle_ones.items()).score == 0


A, B, C, OTHER = (np.array([x, -x]) for x in (1.0, 2.0, 3.0, 9.0))
EVIDENCE = JudgedProperty(
    Property("", 0.0), [Case(SCENARIO, Seen([[[A]], [[B]]])), Case(SCENARIO, Seen([[[C, A]]]))]
)
SHOWN = [[[[OTHER], [A]], [[], [B]]], [[[], [A, OTHER]]]]  # case, step, variable


@pytest.mark.parametrize(
    ("shown", "counts"),
    [
        (SHOWN, True),
        ([SHOWN[0], [[[OTHER], [C]]]], True),
        ([[[[A]], [[A]]], SHOWN[1]], False),
        ([SHOWN[0], [[[A], [OTHER]]]], False),
        ([SHOWN[0], [[[], [OTHER, A]]]], False),
        ([SHOWN[0], [[[OTHER] * 20, [A]]]], False),
        ([SHOWN[0][:1], SHOWN[1]], False),
        ([[], []], False),
        ([[A, B], [A]], False),
        ([[1.0, "x"], [Odd("None")]], False),
        ([[[A, 1.0], [[[B]]]], [[["A"], [[A.astype("f4")]]]]], False),
    ],
    ids=[
        "in one variable",
        "any of several arrays",
        "wrong in a step",
        "in another variable",
        "in another item",
        "behind many others",
        "a step too few",
        "nothing",
        "no lists",
        "no arrays",
        "nonsense",
    ],
)
def test_who_computes_all_that_is_right_does_not_do_nothing(shown, counts):
    evidence = EVIDENCE, [Reply(Seen(values)) for values in shown]
    properties = [prop(1.0, name="real"), prop(1.0, name="harmless")]
    assert credit.computed_all(*evidence) == counts
    assert mark(properties, [NOTHING, RIGHT], IDLE.items(), evidence=evidence).score == 2 * counts


def test_an_error_is_no_evidence():
    failure = Failure(FailureKind.RAISED, "ValueError")
    replies = [Reply(Seen(values)) for values in SHOWN]
    assert credit.computed_all(EVIDENCE, replies)
    assert not credit.computed_all(EVIDENCE, [replies[0], Reply(replies[1].seen, failure)])


def test_a_threshold_passes_from_its_bound_on():
    threshold = Threshold(lambda seen: seen.values[0], 0.9, "accuracy")
    bounded = prop(0.97, threshold=threshold)
    assert judge(bounded, [Reply(Seen([0.9]))]).passed
    failed = judge(bounded, [Reply(Seen([0.89]))])
    assert not failed.passed
    assert "at least 0.900" in said(failed)
    assert not judge(bounded, [Reply(Seen([Odd("None")]))]).passed
    assert not judge(bounded, [Reply(Seen([float("nan")]))]).passed


def test_html_escapes_what_students_wrote():
    image = "<img src=x onerror=alert(1)>"
    failure = Failure(FailureKind.RAISED, "<script>", image, "</pre>")
    html = as_html(mark([prop(1.0)], [[Reply(Seen([]), failure)]]))
    assert "<img" not in html
    assert "<script" not in html
    assert html.count("</pre>") == html.count("<pre")


def test_feedback_says_how_points_are_counted_where_some_are_lost():
    """Folded, below the properties; not in the notebook, where there are no points."""
    wrong, right = (mark([prop(1.0)], [replies]) for replies in (WRONG, RIGHT))
    assert f"{RULE}</div></details></li></ul>" in as_html(wrong)
    assert RULE not in as_html(wrong, points=False) + as_html(right)


def test_what_builds_on_a_failed_property_says_to_mend_that_first():
    properties = [prop(1.0, name="base", hint="a"), prop(1.0, name="top", hint="b", after="base")]
    both = mark(properties, [WRONG, WRONG]).properties
    assert "hint       a" in said(both[0])
    assert "first mend “base”" in said(both[1])
    assert "hint       b" in said(mark(properties, [RIGHT, WRONG]).properties[1])


def test_what_nobody_attempted_is_said_once():
    untouched = [[Reply(Seen([]), NOT_ATTEMPTED)]] * 3
    result = mark([prop(1.0, name=name) for name in "abc"], untouched)
    assert as_text(result).count("not attempted") == 1
    assert as_html(result).count("not attempted") == 1
