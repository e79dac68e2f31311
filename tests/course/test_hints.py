"""Hints of the local checks: which wrong idea it is, numbers side by side, the panel."""

import functools
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from autograder.assignments import NAMES, PROJECT, load
from autograder.misconceptions.catalogue import idea as as_idea
from autograder.misconceptions.catalogue import misconceptions
from course import checks
from course.compare import Seen
from course.credit import mark
from course.judge import Case, JudgedProperty, Property, Reply, judge
from course.messages import FULL, as_text, message
from course.panel import as_html
from course.results import Outcome

CHECKS = PROJECT / "course" / "checks"
WRONG = [(a, m) for a in NAMES for m in misconceptions(a)]
MOST_BYTES, MOST_CASES = 300_000, 60
VOID = {"br"}


@functools.cache
def local(assignment, idea, hint=1):
    """The result of the local check for someone with this idea."""
    names = load(assignment).exercise(idea.exercise).objects
    with np.errstate(all="ignore"):
        return checks.check_objects(
            idea.exercise, *(as_idea(assignment, idea).objects[n] for n in names), hint=hint
        )


def idea_named(assignment, name):
    return next(m for m in misconceptions(assignment) if m.name == name)


@pytest.mark.slow
@pytest.mark.parametrize(("assignment", "idea"), WRONG, ids=lambda x: getattr(x, "name", x))
def test_a_wrong_idea_gets_no_other_ones_name(assignment, idea):
    result = local(assignment, idea)
    assert {told.name for told in result.explanation.ideas} <= {idea.name}
    failed = [p for p in result.properties if not p.passed]
    assert {p.misconception for p in failed} <= {None, idea.name}
    assert all(len(message(p, result.explanation).splitlines()) <= FULL for p in failed)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", NAMES)
def test_most_wrong_ideas_are_named(assignment):
    """Where the check is exact; an accuracy below a threshold does not tell why."""
    exact = [
        exercise.id
        for exercise in load(assignment).exercises
        if any(prop.threshold is None for prop in exercise.properties)
    ]
    ideas = [m for m in misconceptions(assignment) if m.exercise in exact]
    named = [m for m in ideas if local(assignment, m).explanation.ideas]
    assert len(named) >= 0.9 * len(ideas), {m.name for m in ideas} - {m.name for m in named}


def test_what_no_idea_explains_gets_the_propertys_hint():
    class Half:
        def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
            self.lr = lr

        def step(self, params, grads):
            for w, g in zip(params, grads, strict=True):
                w -= 0.4321 * self.lr * g

    result = checks.check_objects("sgd-step", Half)
    said = message(result.properties[0], result.explanation)
    assert result.properties[0].misconception is None
    assert "hint       change the arrays themselves" in said
    assert "likely" not in said
    assert "perhaps" not in said


def test_the_first_hint_is_what_they_think_and_the_second_a_question_too():
    idea = idea_named("sgd", "velocity-forgotten")
    weak, strong = (
        " ".join(as_text(local("sgd", idea, hint), False, hint).split()) for hint in (1, 2)
    )
    assert idea.thinks in weak
    assert idea.thinks in strong
    assert idea.hint not in weak
    assert idea.hint in strong


def test_where_several_ideas_fit_they_are_candidates():
    idea = idea_named("sgd", "decay-ignored")
    result = local("sgd", idea, 2)
    failed = [p for p in result.properties if not p.passed]
    said = message(failed[0], result.explanation)
    assert failed[0].misconception is None
    assert 2 <= said.count("perhaps    ") <= 3
    assert idea.thinks in result.explanation.perhaps
    assert "hint       weight_decay" in said


def test_the_second_hint_shows_numbers_side_by_side():
    idea = idea_named("sgd", "velocity-forgotten")
    weak, strong = local("sgd", idea), local("sgd", idea, 2)
    assert not any(p.comparisons for p in weak.properties)
    text = as_text(strong, False)
    shown = next(p for p in strong.properties if p.comparisons)
    assert re.search(r"w after step 1 +\[0\.9\] +\[0\.9\]\n", text)
    assert re.search(r"w after step 2 +\[0\.71\] +\[0\.8\] +← first difference\n", text)
    assert text.count("← first difference") == len(shown.comparisons)


def test_only_what_does_not_wait_for_another_property_is_compared():
    strong = local("sgd", idea_named("sgd", "old-velocity"), 2)
    waiting = [p for p in strong.properties if p.waits_for]
    assert waiting
    assert not any(p.comparisons for p in waiting)


def test_a_comparison_of_many_rows_shows_those_around_the_first_difference():
    scenario = {"kind": "call", "function": "f", "args": [], "observe": [], "returns": "number"}
    labels = [f"x[{i}]" for i in range(100)]
    case = Case(scenario, Seen([0.0] * 100, labels))
    seen = Seen([0.0] * 50 + [1.0] * 50)
    judged = JudgedProperty(Property("p", 1.0), [case])
    comparison = judge(judged, [Reply(seen)], compare=True).comparisons[0]
    assert len(comparison.rows) <= 8
    assert comparison.rows[comparison.first] == ("x[50]", "0", "1")


@pytest.mark.parametrize(
    ("assignment", "name", "drawn"),
    [
        ("value", "gradient-at-start", ["x"]),
        ("sgd", "velocity-forgotten", ["w[0]", "w[1]"]),
        ("clipping", "negative-cut-to-zero", []),
    ],
)
def test_a_path_of_several_steps_is_drawn(assignment, name, drawn):
    result = local(assignment, idea_named(assignment, name), 2)
    comparisons = [c for p in result.properties for c in p.comparisons]
    names = {name for c in comparisons for name in c.paths}
    assert names == set(drawn)
    html = as_html(result, False)
    for name in names:
        assert f'<svg role="img" aria-label="{name} from step 0 to ' in html
    for c in comparisons:
        for expected, got in c.paths.values():
            assert expected[0] == got[0]
            assert expected != got


@pytest.mark.filterwarnings("ignore:.*encountered in")
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, -1e300])
def test_a_path_that_ends_nowhere_is_drawn_as_far_as_it_can_be(value):
    class Wild:
        def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
            pass

        def step(self, params, grads):
            for w in params:
                w[...] = value

    html = as_html(checks.check_objects("sgd-step", Wild, hint=2), False)
    assert "<svg" in html
    assert not re.search(r'points="[^"]*(nan|inf)', html)


def test_a_path_that_stops_at_once_is_not_drawn():
    def nothing(f, x0, lr, steps):
        return []

    assert "<svg" not in as_html(
        checks.check_objects("value-minimize", object, nothing, hint=2), False
    )


def test_what_is_not_defined_is_said_and_where_to_look():
    result = checks.check_named("sgd-step", {}, checks.reply)
    for text in ("NameError: SGD is not defined", "look for an error in that cell"):
        assert text in message(result.properties[0], result.explanation)


def test_wrong_hints_are_refused():
    with pytest.raises(ValueError, match="hint is 1 or 2, not 3"):
        checks.check_objects("sgd-step", object, hint=3)


class Tags(HTMLParser):
    """Checks that what is opened is closed, in order, and collects the tags."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_panel_is_well_formed_and_says_all_in_words():
    result = local("sgd", idea_named("sgd", "velocity-forgotten"), 2)
    html = as_html(result, False, ["<note>"])
    tags = Tags()
    tags.feed(html)
    assert not tags.open
    assert not {"script", "style", "link", "img", "iframe"} & set(tags.seen)
    outcomes = [p.outcome for p in result.properties]
    assert html.count(">failed</b>") == outcomes.count(Outcome.FAILED) > 0
    assert f"explains {outcomes.count(Outcome.FOLLOWS)} more" in html
    assert html.count(">passed</b>") == sum(p.passed for p in result.properties)
    assert "(first difference)" in html
    assert "&lt;note&gt;" in html
    assert "background-color" not in html


def luminance(colour):
    """Relative luminance of #rrggbb, by WCAG 2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_colours_stand_out_on_light_and_dark():
    passing = checks.check_objects("sgd-stability", load("sgd").reference["largest_stable_lr"])
    failing = local("sgd", idea_named("sgd", "velocity-forgotten"), 2)
    colours = set(re.findall(r"#[0-9A-Fa-f]{6}", as_html(passing) + as_html(failing)))
    assert len(colours) == 3
    for colour in colours:
        for page in ("#ffffff", "#111111"):
            light, dark = sorted([luminance(colour), luminance(page)], reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, page)


def test_what_students_return_is_escaped_in_tables():
    scenario = {"kind": "call", "function": "f", "args": [], "observe": [], "returns": "text"}
    cases = [Case(scenario, Seen(["a", "b"], ["x", "y"]))] * 2
    replies = [Reply(Seen(["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"]))] * 2
    judged = JudgedProperty(Property("p", 1.0), cases)
    result = mark("e", [(judged, replies)], {}, compare=True)
    html = as_html(result)
    assert "&lt;script" in html
    assert "<script" not in html
    assert "<img" not in html


def strings(data):
    """All strings in plain data."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from strings(value)
    elif isinstance(data, list):
        for item in data:
            yield from strings(item)
    elif isinstance(data, str):
        yield data


@pytest.mark.parametrize("assignment", NAMES)
def test_what_ships_is_small_and_holds_no_solution(assignment):
    path = CHECKS / f"{assignment}.json"
    assert path.stat().st_size < MOST_BYTES
    data = json.loads(path.read_text("utf-8"))
    for exercise in data.values():
        assert sum(len(p["cases"]) for p in exercise["properties"]) <= MOST_CASES
    text = "\n".join(strings(data))
    code = (PROJECT / "solutions" / f"{assignment}.py").read_text("utf-8")
    code += "".join(new for m in misconceptions(assignment) for _, new in m.edits)
    lines = {line.strip() for line in code.splitlines() if len(line.strip()) > 12}
    # A docstring's formula may be a property's name; code is not.
    code_lines = [line for line in lines if re.search(r"[=(\[]", line) and "←" not in line]
    assert [line for line in code_lines if line in text] == []


@pytest.mark.parametrize("assignment", NAMES)
def test_only_answers_that_differ_are_shipped(assignment):
    for exercise in checks.exercises(assignment):
        spec = checks.exercise_spec(exercise)
        cases = {p["name"]: p["cases"] for p in spec["properties"]}
        for idea in spec["ideas"]:
            for name, answers in idea["answers"].items():
                for number, answer in answers.items():
                    expected = Seen(cases[name][int(number)]["values"])
                    assert "error" in answer or not Seen(answer["values"]).equals(expected)
