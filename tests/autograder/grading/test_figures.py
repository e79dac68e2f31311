"""Figures of a submission: each one is shown once and whole, whichever way it is shown."""

import base64
import io
import time

import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.pylabtools import print_figure
from matplotlib.figure import Figure
from PIL import Image

from autograder.jail import open_worker
from course import inline

BEGIN = "%matplotlib inline\nimport matplotlib.pyplot as plt\n"


@pytest.fixture(scope="module")
def worker():
    with open_worker() as worker:
        yield worker


def figures(worker, *cells):
    """The images that the last of these cells shows."""
    with worker.session() as session:
        for source in cells:
            answer = session.run_cell(source, time.monotonic() + 60)
    shown = [output.get("data", {}).get("image/png") for output in answer["outputs"]]
    return [opened(base64.b64decode(data)) for data in shown if data]


def opened(data):
    return Image.open(io.BytesIO(data)).convert("RGB")


@pytest.mark.parametrize(
    ("cells", "count"),
    [
        (["plt.plot([1, 2]);"], 1),
        (["plt.plot([1, 2])\nplt.show()"], 1),
        (["plt.plot([1, 2])\nplt.show()\nplt.plot([2, 1])\nplt.show()"], 2),
        (["for _ in range(3):\n    plt.subplots()"], 3),
        (["fig, ax = plt.subplots()\nplt.close()", "fig"], 1),
        (["plt.ioff();", "plt.plot([1, 2])\nplt.show()"], 1),
        (["fig = plt.figure()"], 0),
        (["plt.plot([1, 2])\n1 / 0"], 1),
        (["def f(): raise NotImplementedError", "f()\nplt.plot([1, 2])"], 0),
    ],
)
def test_each_figure_is_shown_once(worker, cells, count):
    assert len(figures(worker, BEGIN, *cells)) == count
    assert len(figures(worker, BEGIN + cells[0], *cells[1:])) == count


def test_what_reaches_out_of_the_figure_is_shown(worker):
    """As in Jupyter, down to a few pixels."""
    figure, ax = plt.subplots(figsize=(4, 3))
    ax.plot([1, 2], label="a rather long label")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    ax.set_xlabel("two\nlines")
    mine, theirs = opened(inline.png(figure)), opened(print_figure(figure))
    assert mine.size == pytest.approx(theirs.size, abs=4)
    assert ink(mine) == pytest.approx(ink(theirs), rel=0.02)
    plt.close(figure)


def ink(image):
    """How dark the image is in all."""
    return (255 - np.asarray(image, float)).sum()


def test_odd_figures():
    empty = Figure()
    assert inline.png(empty) is None
    blank = Figure(figsize=(2, 1))
    blank.add_axes((0, 0, 1, 1)).set_axis_off()
    assert opened(inline.png(blank)).size == (220, 120)
    odd_size = Figure(figsize=(2.339, 1.127), dpi=77.7)
    odd_size.add_subplot().set_title("t")
    assert opened(inline.png(odd_size)).size == pytest.approx(
        opened(print_figure(odd_size)).size, abs=4
    )
    see_through = Figure(facecolor="none")
    see_through.add_subplot()
    assert Image.open(io.BytesIO(inline.png(see_through))).getpixel((0, 0))[3] == 0
