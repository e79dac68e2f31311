"""Damaged notebooks and frames: a clear line each, never a traceback, and the others are graded."""

import contextlib
import copy
import itertools
import json
import math
import os
import socket
import struct
import subprocess
import sys
import time

import msgpack
import nbformat
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from typer.testing import CliRunner

from autograder import cli
from autograder.assignments import PROJECT, load
from autograder.authoring.fill import fill
from autograder.batch import files as grade_report
from autograder.grading import pipeline
from autograder.grading.notebooks import (
    DamagedNotebook,
    is_autograded,
    master,
    parse,
    read_bytes,
    restore,
)
from autograder.jail import InfrastructureError, Worker, open_worker, why_no_jail
from course import wire
from course.wire import Flat, FrameError, Odd

SGD = load("sgd")
MASTER = master(SGD.source_notebook)
GRADE_CELLS = {exercise.id: exercise.points for exercise in SGD.exercises}
WRITTEN = {"sgd-question-lr", "sgd-question-batch"}


def honest():
    """A right submission as JSON, without the lesson's own cells, which take time to run."""
    notebook = fill((PROJECT / "solutions" / "sgd.py").read_text("utf-8"), SGD)
    notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    return json.loads(nbformat.writes(notebook))


GOOD = honest()


def dumped(notebook):
    return json.dumps(notebook).encode()


def changed(**changes):
    """The good notebook with other values at its top level."""
    return dumped(GOOD | changes)


def with_cell(cell):
    """The good notebook with one more cell."""
    return changed(cells=[*GOOD["cells"], cell])


def code(source="x = 1", **more):
    return {"cell_type": "code", "metadata": {}, "source": source} | more


def old(cell):
    """A notebook of nbformat 3 with this cell."""
    return dumped({"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [cell]}]})


def assert_line(text):
    """One short line that a person can read."""
    assert text and text == text.strip() and len(text) < 300
    assert text.isprintable()


def assert_restored(notebook):
    """A valid notebook that has every graded cell once, with its own points and tests."""
    restored = restore(notebook, MASTER)
    nbformat.validate(restored)
    graded = [c for c in restored.cells if is_autograded(c)]
    assert {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in graded} == GRADE_CELLS
    assert len(graded) == len(GRADE_CELLS)
    ids = [c.metadata.nbgrader.grade_id for c in restored.cells if "nbgrader" in c.metadata]
    assert len(ids) == len(set(ids)) and set(ids) >= WRITTEN
    nbformat.writes(restored).encode()
    return restored


# --- what cannot be used -------------------------------------------------------------------------

USELESS = {
    "empty": b"",
    "blank": b" \n\t\n",
    "cut short": dumped(GOOD)[:-2],
    "cut in the middle": dumped(GOOD)[: len(dumped(GOOD)) // 2],
    "not JSON": b"<html><body>404 Not Found</body></html>",
    "two notebooks": dumped(GOOD) * 2,
    "binary": bytes(range(256)) * 10,
    "gzip": b"\x1f\x8b\x08\x00" + bytes(100),
    "utf-16": json.dumps(GOOD).encode("utf-16"),
    "latin-1": '{"nbformat": 4, "cells": ["é"]}'.encode("latin-1"),
    "a list": b"[]",
    "a string": b'"notebook"',
    "a number": b"4",
    "null": b"null",
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 200_000,
    "deep inside": b'{"nbformat": 4, "metadata": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "a long number": b'{"nbformat": ' + b"9" * 10_000 + b"}",
    "no version": dumped({k: v for k, v in GOOD.items() if k != "nbformat"}),
    "version 5": changed(nbformat=5),
    "version 0": changed(nbformat=0),
    "version -1": changed(nbformat=-1),
    "version 4.5": changed(nbformat=4.5),
    "version x": changed(nbformat="x"),
    "version '4'": changed(nbformat="4"),
    "version null": changed(nbformat=None),
    "version true": changed(nbformat=True),
    "version list": changed(nbformat=[4]),
    "version of long text": changed(nbformat="4\n\x1b[31m" * 1000),
    "no cells": dumped({k: v for k, v in GOOD.items() if k != "cells"}),
    "cells null": changed(cells=None),
    "cells object": changed(cells={"0": code()}),
    "cells text": changed(cells="x = 1"),
    "cells number": changed(cells=3),
    "version 3 of numbers": changed(nbformat=3, worksheets=[7]),
    "version 2 of nothing": dumped({"nbformat": 2}),
}


@pytest.mark.parametrize("data", USELESS.values(), ids=USELESS.keys())
def test_useless(data):
    """No notebook can be made of it: one line says why."""
    with pytest.raises(DamagedNotebook) as damage:
        parse(data)
    assert_line(str(damage.value))


def test_too_many_values():
    """A hundred megabytes of empty lists would be gigabytes as Python's."""
    with pytest.raises(DamagedNotebook) as damage:
        parse(b'{"nbformat": 4, "metadata": {}, "cells": [' + b"[]," * 10_000_000 + b"[]]}")
    assert_line(str(damage.value))


# --- what can still be used ----------------------------------------------------------------------

# name -> (bytes, how many lines about it)
USABLE = {
    "as it is": (dumped(GOOD), 0),
    "byte order mark": (b"\xef\xbb\xbf" + dumped(GOOD), 0),
    "no metadata": (dumped({k: v for k, v in GOOD.items() if k != "metadata"}), 0),
    "metadata null": (changed(metadata=None), 0),
    "metadata list": (changed(metadata=[1]), 0),
    "metadata odd": (changed(metadata={"kernelspec": 7, "language_info": []}), 0),
    "minor version odd": (changed(nbformat_minor="x"), 0),
    "minor version of the future": (changed(nbformat_minor=99), 0),
    "no cell": (changed(cells=[]), 0),
    "cell metadata missing": (with_cell({"cell_type": "code", "source": "1"}), 0),
    "cell metadata null": (with_cell(code(metadata=None)), 0),
    "cell metadata text": (with_cell(code(metadata="x")), 0),
    "nbgrader null": (with_cell(code(metadata={"nbgrader": None})), 0),
    "nbgrader list": (with_cell(code(metadata={"nbgrader": ["sgd-step"]})), 0),
    "nbgrader empty": (with_cell(code(metadata={"nbgrader": {}})), 0),
    "grade id list": (with_cell(code(metadata={"nbgrader": {"grade_id": ["sgd-step"]}})), 0),
    "grade id number": (with_cell(code(metadata={"nbgrader": {"grade_id": 1}})), 0),
    "grade id half a character": (
        with_cell(code(metadata={"nbgrader": {"grade_id": "\ud800"}})),
        0,
    ),
    "grade id twice": (changed(cells=[*GOOD["cells"], *GOOD["cells"]]), 0),
    "cell ids twice": (changed(cells=[c | {"id": "same"} for c in GOOD["cells"]]), 0),
    "cell ids odd": (changed(cells=[c | {"id": [1, "\x00"]} for c in GOOD["cells"]]), 0),
    "outputs odd": (with_cell(code(outputs={"a": 1}, execution_count="x")), 0),
    "source lines": (with_cell(code(["x = 1\n", "x"])), 0),
    "source null": (with_cell(code(None)), 1),
    "source number": (with_cell(code(7)), 1),
    "source object": (with_cell(code({"x": 1})), 1),
    "source mixed lines": (with_cell(code(["x", 1])), 1),
    "source missing": (with_cell({"cell_type": "code", "metadata": {}}), 1),
    "source of NULs": (with_cell(code("x = '\x00\x01\x1b[2J\x7f\u202e'")), 0),
    "source of half characters": (with_cell(code("x = '\ud800\udfff'[0]")), 0),
    "half characters in lines": (with_cell(code(["'\ud83d", "\ude00'"])), 0),
    "type unknown": (with_cell(code(cell_type="heading")), 1),
    "type missing": (with_cell({"source": "1", "metadata": {}}), 1),
    "type null": (with_cell(code(cell_type=None)), 1),
    "type list": (with_cell(code(cell_type=["code"])), 1),
    "type object": (with_cell(code(cell_type={})), 1),
    "cell null": (with_cell(None), 1),
    "cell list": (with_cell([]), 1),
    "cell text": (with_cell("x = 1"), 1),
    "20 MB in a cell": (with_cell(code("#" * 20_000_000)), 1),
    "20 MB in a written answer": (
        with_cell({"cell_type": "markdown", "metadata": {}, "source": "x" * 20_000_000}),
        1,
    ),
    "20 MB in lines": (with_cell(code(["# line\n"] * 3_000_000)), 1),
    "version 3": (
        dumped(
            {
                "nbformat": 3,
                "nbformat_minor": 0,
                "metadata": {"name": ""},
                "worksheets": [
                    {
                        "cells": [
                            {
                                "cell_type": "code",
                                "input": ["x = 1"],
                                "language": "python",
                                "metadata": {},
                                "outputs": [],
                            },
                            {
                                "cell_type": "heading",
                                "level": 1,
                                "metadata": {},
                                "source": ["title"],
                            },
                        ],
                        "metadata": {},
                    }
                ],
            }
        ),
        0,
    ),
    "version 1": (dumped({"nbformat": 1, "cells": [{"cell_type": "code", "input": "x = 1"}]}), 0),
    "version 3 with odd worksheets": (
        changed(nbformat=3, worksheets=[{"cells": [{"a": 1}]}, 7]),
        1,
    ),
    "version 3 with cells of text": (changed(nbformat=3, worksheets=[{"cells": ["x", "y"]}]), 2),
    "version 3 with odd outputs": (old(code(input="x", outputs=[{"output_type": "\x1b[31m"}])), 0),
}
HEADING = {"cell_type": "heading", "metadata": {}, "source": ["a ", "title"]}


@pytest.mark.parametrize("level, marks", [(3, 3), (2_500_000_000, 1), (-1, 1), (2.0, 1), ("x", 1)])
def test_old_headings_become_markdown(level, marks):
    """nbformat's own conversion would make as many marks as it is told."""
    [cell] = parse(old(HEADING | {"level": level}))[0].cells
    assert (cell.cell_type, cell.source) == ("markdown", "#" * marks + " a title")


def test_outputs_of_an_old_notebook_are_not_even_looked_at(capfd, caplog):
    """nbformat's own conversion takes a millisecond for each, and logs what stands in it."""
    before = time.process_time()
    [cell] = parse(old(code(input="x = 1", outputs=[{"output_type": "\x1b[31m"}] * 60_000)))[
        0
    ].cells
    assert time.process_time() - before < 10
    assert cell.source == "x = 1"
    assert not caplog.text
    assert not any(capfd.readouterr())


@pytest.mark.parametrize("data, lines", USABLE.values(), ids=USABLE.keys())
def test_usable(data, lines):
    """The rest of the notebook is used, and a line tells of what was left out."""
    notebook, problems = parse(data)
    nbformat.validate(notebook)
    assert len(problems) == lines
    for problem in problems:
        assert_line(problem)
    assert_restored(notebook)


def test_damaged_solution_cell():
    """A solution cell that is damaged is lost; the others count."""
    broken = copy.deepcopy(GOOD)
    broken["cells"][0]["source"] = 7
    notebook, problems = parse(dumped(broken))
    assert len(problems) == 1
    sources = [c.source for c in assert_restored(notebook).cells]
    assert any("def largest_stable_lr" in s for s in sources)
    assert not any("class SGD" in s for s in sources)


@pytest.mark.parametrize("cell", [code("x = 1"), code(None)], ids=["good", "damaged"])
def test_thousands_of_cells(cell):
    """A limit on cells keeps grading short, and a thousand damaged ones are told in few lines."""
    before = time.process_time()
    notebook, problems = parse(changed(cells=[*GOOD["cells"], *[cell] * 5_000]))
    assert_restored(notebook)
    assert time.process_time() - before < 10
    assert 1 <= len(problems) <= 20
    assert any("5" in line and "cells" in line for line in problems)


# --- files ---------------------------------------------------------------------------------------


def directory(path):
    path.mkdir()


def fifo(path):
    os.mkfifo(path)


def dangling_link(path):
    path.symlink_to(path.parent / "nowhere")


def circular_link(path):
    path.symlink_to(path)


def link_to_device(path):
    path.symlink_to("/dev/zero")


def sparse(path):
    with path.open("wb") as file:
        file.truncate(200 * 2**20)


def missing(path):
    pass


def inside_a_file(path):
    path.parent.rmdir()
    path.parent.write_text("")


FILES = [directory, fifo, dangling_link, circular_link, link_to_device, sparse, missing]
FILES += [inside_a_file]


@pytest.mark.parametrize("make", FILES, ids=lambda make: make.__name__)
def test_not_a_readable_file(tmp_path, make):
    """A line, at once, without waiting for a writer or reading what has no end."""
    path = tmp_path / "folder" / "sgd.ipynb"
    path.parent.mkdir()
    make(path)
    before = time.monotonic()
    with pytest.raises(DamagedNotebook) as damage:
        read_bytes(path)
    assert_line(str(damage.value))
    assert time.monotonic() - before < 5


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    path = tmp_path / "sgd.ipynb"
    path.write_bytes(dumped(GOOD))
    path.chmod(0)
    with pytest.raises(DamagedNotebook, match="Permission"):
        read_bytes(path)


def test_no_permission_as_root_sees_it(tmp_path, monkeypatch):
    """The same where the tests run as root: the system's refusal becomes a line."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "sgd.ipynb"
    path.write_bytes(dumped(GOOD))
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DamagedNotebook, match="Permission denied"):
        read_bytes(path)


def test_good_file(tmp_path):
    path = tmp_path / "sgd.ipynb"
    path.write_bytes(dumped(GOOD))
    notebook, problems = parse(read_bytes(path))
    assert problems == []
    assert len(notebook.cells) == len(GOOD["cells"])


# --- fuzzing -------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(["cells", "nbgrader"]), inner)
    ),
    max_leaves=6,
)


def places(value, here=()):
    """The path to everything inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in inner:
        yield (*here, key)
        if isinstance(child, dict | list):
            yield from places(child, (*here, key))


@st.composite
def mutilated(draw):
    """The good notebook with a few places deleted, doubled or replaced by anything."""
    notebook = copy.deepcopy(GOOD)
    if draw(st.booleans()):
        notebook["nbformat"] = draw(st.integers(1, 3))
    for _ in range(draw(st.integers(1, 4))):
        paths = [p for p in places(notebook) if "source" not in p[:-1]]
        if not paths:
            break
        *parents, last = draw(st.sampled_from(paths))
        parent = notebook
        for key in parents:
            parent = parent[key]
        match draw(st.sampled_from(["delete", "double", "replace", "replace"])):
            case "delete":
                del parent[last]
            case "double" if isinstance(parent, list):
                parent.append(copy.deepcopy(parent[last]))
            case _:
                parent[last] = draw(json_values)
    return dumped(notebook)


@st.composite
def torn(draw):
    """The good notebook's bytes cut short, or with some bytes changed."""
    data = bytearray(dumped(GOOD))
    if draw(st.booleans()):
        return bytes(data[: draw(st.integers(0, len(data) - 1))])
    for _ in range(draw(st.integers(1, 5))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=64) | json_values.map(dumped) | torn() | mutilated())
@example(with_cell(code(cell_type=[])))
def test_anything_parses_or_is_damaged(data):
    """Whatever the bytes: DamagedNotebook with a line, or a notebook that can be restored."""
    try:
        notebook, problems = parse(data)
    except DamagedNotebook as damage:
        assert_line(str(damage))
    else:
        for problem in problems:
            assert_line(problem)
        assert_restored(notebook)


def is_plain(value):
    """Is this what `course.wire` says that frames are made of?"""
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(item) for key, item in value.items())
    if isinstance(value, np.ndarray):
        return type(value) is np.ndarray and value.dtype.str in wire.DTYPES
    return value is None or type(value) in (bool, int, float, str, Odd, Flat)


packable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=24))
    | st.builds(msgpack.Timestamp, st.integers(0, 2**33), st.integers(0, 10**9 - 1)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4) | st.binary(max_size=4) | st.integers(-9, 9), inner)
    ),
    max_leaves=10,
)
dtypes = st.sampled_from(sorted(wire.DTYPES)).map(str.encode) | st.binary(max_size=8)
lengths = st.integers(0, 4) | st.sampled_from([2**31, 2**62, 2**63, 2**64 - 1])
headers = st.builds(
    lambda dtype, shape, more: (
        wire.HEADER.pack(dtype, (len(shape) + more) % 2**64)
        + struct.pack(f"<{len(shape)}Q", *shape)
    ),
    dtypes,
    st.lists(lengths, max_size=40),
    st.just(0) | st.integers(-3, 3),
)


@st.composite
def array_frames(draw):
    """A frame with an array whose header and body need not agree."""
    body = draw(headers | st.binary(max_size=8)) + draw(st.binary(max_size=40))
    return msgpack.packb([1.0, msgpack.ExtType(wire.ARRAY, body)])


@st.composite
def flat_frames(draw):
    """A frame with a Flat whose shapes and numbers need not belong together."""
    kinds = st.sampled_from([b"\0", wire.FLOAT]) | st.builds(
        lambda shape, more: bytes([len(shape) + more]) + struct.pack(f"<{len(shape)}Q", *shape),
        st.lists(lengths, max_size=4),
        st.just(0) | st.integers(0, 40),
    )
    shapes = b"".join(draw(st.lists(kinds, max_size=4)))
    size = draw(st.just(len(shapes)) | lengths)
    numbers = draw(st.integers(0, 9)) * 8 + draw(st.sampled_from([0, 0, 0, 1]))
    body = size.to_bytes(8, "little") + shapes + bytes(numbers)
    return msgpack.packb([msgpack.ExtType(wire.FLAT, body)])


@settings(max_examples=300, deadline=None)
@given(flat_frames())
@example(b"\xc7\x07\x03" + bytes(7))
def test_any_flat_gives_values_or_a_frame_error(data):
    """Shapes of any size, cut short, with too few numbers or too many."""
    try:
        [flat] = wire.unpack(data)
        values = flat.values()
    except FrameError as error:
        assert str(error)
    else:
        again = Flat.of(values)
        assert again.shapes == flat.shapes and same(again.numbers, flat.numbers)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=64) | packable.map(msgpack.packb) | array_frames() | flat_frames())
@example(msgpack.packb(msgpack.Timestamp(1, 2)))
@example(msgpack.packb(b"bytes"))
@example(msgpack.packb({b"key": 1}))
@example(b"\xdd\xff\xff\xff\xff")
def test_unpack_takes_any_bytes(data):
    """A frame's bytes, whatever they are, are plain data or a FrameError."""
    try:
        message = wire.unpack(data)
    except FrameError as error:
        assert str(error)
    else:
        assert is_plain(message)


@pytest.mark.parametrize("item", [b"\x90", b"\x80", b"\x91\x90", b"\xc0"])
@pytest.mark.parametrize("inside", ["a list", "lists"])
def test_a_frame_of_millions_of_items(item, inside):
    """They are refused before they take a hundred times the memory of the frame."""
    if inside == "lists":
        data = b"\xdc" + (100).to_bytes(2, "big") + 100 * (b"\xdc\xc3\x50" + item * 50_000)
    else:
        data = b"\xdd" + (5_000_000).to_bytes(4, "big") + item * 5_000_000
    with pytest.raises(FrameError):
        wire.unpack(data)


def same(one, other):
    """Equal in type and value, nan equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape) == (other.dtype, other.shape) and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


messages = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.builds(Odd, st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
    | hnp.arrays(
        st.sampled_from(sorted(wire.DTYPES)), hnp.array_shapes(min_dims=0, min_side=0, max_side=3)
    ).flatmap(lambda a: st.sampled_from([a, a.T, a[..., ::-1] if a.ndim else a])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=4), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=200, deadline=None)
@given(messages)
def test_unpack_inverts_pack(message):
    """What is packed comes back: same types, dtypes, shapes and values."""
    assert same(wire.unpack(wire.pack(message)), message)


doubles = hnp.arrays("f8", hnp.array_shapes(min_dims=0, min_side=0, max_side=3))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats() | doubles.flatmap(lambda a: st.sampled_from([a, a.T])), max_size=5))
def test_flat_is_the_same_list(values):
    """Floats and float64 arrays of any shape come back from it, on both sides of a frame."""
    flat = Flat.of(values)
    assert same(flat.values(), values)
    assert same(wire.unpack(wire.pack(flat)).values(), values)


@pytest.mark.parametrize(
    "other", [1, True, "1.0", [1.0], Odd("None"), np.zeros(2, "f4"), np.zeros(2, "i8")]
)
def test_what_is_not_flat(other):
    """What is neither a float nor a float64 array is sent as it is."""
    assert Flat.of([1.0, other]) is None


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=8))
def test_any_text_can_be_described(text):
    """An Odd value's description travels whatever a student called the class."""
    assert isinstance(wire.unpack(wire.pack(Odd(text))), Odd)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(messages, max_size=4), st.lists(st.integers(1, 9), min_size=1), st.floats(0.0, 1e-4)
)
def test_frames_that_arrive_in_pieces(sent, lengths, nap):
    """Several frames at once, or a few bytes at a time: the messages are the same."""
    frames = b"".join(struct.pack(">I", len(f)) + f for f in map(wire.pack, sent))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        receiver, received = wire.Receiver(ours), []
        for length in itertools.cycle(lengths):
            piece, frames = frames[:length], frames[length:]
            if not piece:
                break
            theirs.sendall(piece)
            with contextlib.suppress(BlockingIOError):
                received.append(receiver.receive(nap=nap))
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(EOFError):
            while True:
                received.append(receiver.receive())
    assert same(received, sent)


@pytest.mark.parametrize(
    "sent, error",
    [
        (b"", EOFError),
        (b"\x00\x00", EOFError),
        (b"\x00\x00\x00\x05abc", EOFError),
        (b"\x00\x00\x00\x00", FrameError),
        (b"\x00\x00\x04\x01" + b"\xc0" * 1025, FrameError),
        (b"\xff\xff\xff\xff", FrameError),
    ],
)
def test_receive_from_a_broken_sender(sent, error):
    """An end, a frame without a message and one that is too large are told apart."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(error):
            wire.Receiver(ours, limit=1024).receive()


@pytest.mark.parametrize("sent", [b"", b"\x00\x00", b"\x00\x00\x00\x05abc"])
def test_receive_waits_until_the_deadline(sent):
    """A sender that says nothing, or stops in the middle, is waited for no longer than that."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        before = time.monotonic()
        with pytest.raises(TimeoutError):
            wire.Receiver(ours).receive(before + 0.1)
        assert 0.09 < time.monotonic() - before < 5


# --- the command ---------------------------------------------------------------------------------


def grade(*arguments, **environment):
    """Run the command with these arguments, and these variables in its environment."""
    return subprocess.run(
        [sys.executable, "-m", "autograder", "grade", *map(os.fsencode, arguments)],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        timeout=300,
        check=False,
    )


PROPERTY_KEYS = [
    "name", "points", "score", "passed", "outcome", "message", "misconception", "located"
]  # fmt: skip
OUTCOMES = {"passed", "failed", "follows", "not attempted", "raised", "timed out", "ended"}


def assert_report(entry):
    """An object of SPEC's JSON, and nothing else in it."""
    assert list(entry) == [
        "notebook", "assignment", "score", "max_score", "isolation", "exercises", "errors"
    ]  # fmt: skip
    assert entry["isolation"] == ("process" if why_no_jail() else "jail")
    assert isinstance(entry["max_score"], int | float)
    assert all(isinstance(line, str) for line in entry["errors"])
    for exercise in entry["exercises"]:
        assert list(exercise) == ["id", "score", "max_score", "properties"]
        for prop in exercise["properties"]:
            assert list(prop) == PROPERTY_KEYS
            assert isinstance(prop["passed"], bool)
            assert prop["outcome"] in OUTCOMES and prop["score"] in (0, prop["points"])
            assert isinstance(prop["misconception"], str | None)
            assert isinstance(prop["located"], str | None)


def no_constant(name):
    raise AssertionError(f"{name} is not JSON")


@pytest.mark.slow
def test_a_batch_with_damaged_notebooks(tmp_path):
    """A line for each damaged notebook, full marks for the good ones around them, status 1.

    Standard output knows ASCII only, as it may in a job that a machine started.
    """
    makers = {
        "cut": lambda path: path.write_bytes(USELESS["cut in the middle"]),
        "type": lambda path: path.write_bytes(with_cell(code(cell_type=[]))),
        "good": lambda path: path.write_bytes(dumped(GOOD)),
        "future": lambda path: path.write_bytes(changed(nbformat=5)),
        "large": lambda path: path.write_bytes(with_cell(code("#" * 20_000_000))),
        "folder": directory,
        "pipe": fifo,
        "link": dangling_link,
        "nothing": missing,
        "last": lambda path: path.write_bytes(dumped(GOOD)),
    }
    paths = []
    for name, make in makers.items():
        (tmp_path / name).mkdir()
        paths.append(tmp_path / name / "sgd.ipynb")
        make(paths[-1])
    foreign = tmp_path / os.fsdecode(b"m\xfcller.ipynb")  # a name that is not UTF-8
    foreign.write_bytes(dumped(GOOD))
    done = grade(*paths, foreign, "--json", PYTHONIOENCODING="ascii:strict")
    assert b"Traceback" not in done.stderr
    assert done.returncode == 1
    entries = json.loads(done.stdout, parse_constant=no_constant)
    assert [entry["notebook"] for entry in entries] == [str(p) for p in [*paths, foreign]]
    for entry in entries:
        assert_report(entry)
    usable, most = {"good": 0, "last": 0, "type": 1, "large": 1}, SGD.points
    for name, entry in zip(makers, entries, strict=False):
        assert (entry["assignment"], entry["max_score"]) == ("sgd", most)
        assert entry["score"] == (most if name in usable else 0)
        assert len(entry["errors"]) == usable.get(name, 1)
        assert bool(entry["exercises"]) == (name in usable)
        for line in entry["errors"]:
            assert_line(line)
    assert (entries[-1]["assignment"], entries[-1]["score"]) == (None, 0)
    assert len(entries[-1]["errors"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["--json"], ["a.ipynb", "--assignment", "none"], ["a.ipynb", "--nonsense"]],
    ids=" ".join,
)
def test_wrong_command_lines(arguments):
    """Status 2, and nothing on standard output."""
    result = CliRunner().invoke(cli.app, ["grade", *arguments])
    assert result.exit_code == 2
    assert result.stdout == ""


def reported(status):
    score = None if status == grade_report.GRADER_FAILED else 0.0
    return grade_report.Report("a.ipynb", "sgd", score, 20.0, "jail", exit_status=status)


@pytest.mark.parametrize(
    "statuses, expected", [([0], 0), ([0, 1, 0], 1), ([3, 1, 0], 3), ([0, 3], 3), ([1, 1], 1)]
)
def test_highest_status_applies(monkeypatch, statuses, expected):
    """0 where all were graded, 1 where one could not be, 3 where the grader failed."""
    monkeypatch.setattr(grade_report, "grade_files", lambda *a: iter(map(reported, statuses)))
    result = CliRunner().invoke(cli.app, ["grade", *["a.ipynb"] * len(statuses), "--json"])
    assert result.exit_code == expected
    assert [entry["score"] for entry in json.loads(result.stdout)] == [
        None if status == 3 else 0 for status in statuses
    ]


@pytest.mark.parametrize("fault", [InfrastructureError("no disk"), MemoryError(), OSError(28, "x")])
def test_a_fault_of_the_grader_is_no_zero(tmp_path, monkeypatch, fault):
    """Where the worker fails there is no score, a line says so, and the status is 3."""

    def fail(*_):
        raise fault

    monkeypatch.setattr(Worker, "session", fail)
    monkeypatch.setattr(pipeline.log, "warning", lambda *a: None)
    path = tmp_path / "sgd.ipynb"
    path.write_bytes(dumped(GOOD))
    report = grade_report.grade_file(path, None, open_worker())
    assert (report.score, report.exit_status) == (None, 3)
    assert_report(report.as_json())
    [line] = report.errors
    assert_line(line)


def test_symbolic_link_to_a_notebook(tmp_path):
    """A link is not a submission: it could name another student's work, or the reference."""
    path = tmp_path / "sgd.ipynb"
    path.symlink_to(SGD.source_notebook)
    with pytest.raises(DamagedNotebook) as damage:
        read_bytes(path)
    assert_line(str(damage.value))
