"""The computation graph of a Value expression as a picture, with matplotlib alone.

One box for each node: its operation or the name given to it, its data, its grad; one arrow from
each operand to the result. A node stands one column left of the leftmost result that uses it, so
that every arrow points to the right. Leaves and results differ in the shape of their boxes as well
as in colour.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

MAX_NODES = 60  # a larger graph is neither legible nor quick to draw

# Inches: the size of a box, from column to column, from row to row. A lane is the room that an
# arrow needs where it passes a column.
WIDTH, HEIGHT = 1.16, 0.74
COLUMN, ROW, LANE = 1.68, 0.94, 0.3

LEAF, RESULT = ("#dcebf7", "#0072b2"), ("#fdf1d8", "#a66a00")  # face and edge
TEXT, FAINT, LINE = "#1a1a1a", "#595959", "#555555"


class Stop(NamedTuple):
    """A place in a column: a node's box, or the lane of an arrow that passes the column."""

    column: int
    key: int  # id of the node, or number of the arrow
    lane: bool = False


def draw_graph(root: Any, /, **names: Any) -> Axes:
    """Draw the graph that ends in ``root``, for example ``draw_graph(loss, w=w, b=b)``.

    root   an object with .data, .grad, ._op and ._prev, the nodes that it was computed from
    names  labels: name=node

    Returns the Axes of a new figure. Raises ValueError where the graph is too large to be read.
    """
    nodes, stops = place(root)
    routes = find_routes(nodes, stops)
    heights = arrange(list(stops.values()), routes)

    top, bottom = min(heights.values()) - HEIGHT / 2, max(heights.values()) + HEIGHT / 2
    right = stops[id(root)].column * COLUMN + WIDTH
    figure = plt.figure(figsize=(right + 0.2, bottom - top + 0.2))
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-0.1, right + 0.1), ylim=(bottom + 0.1, top - 0.1))
    ax.set_axis_off()

    for route in routes:
        draw_arrow(ax, route, heights, entry(route, routes, heights))
    labels = {id(node): name for name, node in names.items()}
    for key, node in nodes.items():
        draw_box(ax, node, labels.get(key, ""), stops[key].column * COLUMN, heights[stops[key]])
    return ax


def place(root: Any) -> tuple[dict[int, Any], dict[int, Stop]]:
    """The nodes by id, and where each stands, columns counted from the left."""
    nodes, steps = {id(root): root}, {id(root): 0}
    waiting = deque([root])
    while waiting:  # an operand moves until it stands left of everything computed from it
        node = waiting.popleft()
        for operand in node._prev:
            nodes[id(operand)] = operand
            if steps.get(id(operand), 0) <= steps[id(node)]:
                steps[id(operand)] = steps[id(node)] + 1
                waiting.append(operand)
            if max(len(nodes), steps[id(operand)]) > MAX_NODES:
                raise ValueError(f"a graph of more than {MAX_NODES} nodes cannot be drawn legibly")
    last = max(steps.values())
    return nodes, {key: Stop(last - step, key) for key, step in steps.items()}


def find_routes(nodes: dict[int, Any], stops: dict[int, Stop]) -> list[list[Stop]]:
    """Every arrow as its stops: the operand, a lane in each column that it passes, the result."""
    routes: list[list[Stop]] = []
    for key, node in nodes.items():
        for operand in node._prev:
            start, end = stops[id(operand)], stops[key]
            passed = range(start.column + 1, end.column)
            routes.append([start, *(Stop(c, len(routes), lane=True) for c in passed), end])
    return routes


def arrange(boxes: list[Stop], routes: list[list[Stop]]) -> dict[Stop, float]:
    """The height of every stop, growing downwards: as near as may be to where its arrows lead."""
    targets: dict[Stop, list[Stop]] = {stop: [] for stop in boxes}
    for route in routes:
        for here, there in pairwise(route):
            targets.setdefault(here, []).append(there)
    columns: dict[int, list[Stop]] = {}
    for stop in targets:
        columns.setdefault(stop.column, []).append(stop)

    heights: dict[Stop, float] = {}
    for _, stops in sorted(columns.items(), reverse=True):
        wished = {
            stop: sum(heights[t] for t in targets[stop]) / max(1, len(targets[stop]))
            for stop in stops
        }
        stops.sort(key=wished.__getitem__)
        edge = -1e9
        for stop in stops:
            room = LANE if stop.lane else ROW
            heights[stop] = max(wished[stop], edge + room / 2)
            edge = heights[stop] + room / 2
        shift = sum(heights[stop] - wished[stop] for stop in stops) / len(stops)
        for stop in stops:
            heights[stop] -= shift
    return heights


def entry(route: list[Stop], routes: list[list[Stop]], heights: dict[Stop, float]) -> float:
    """Where an arrow meets its result, from its middle: two arrows do not end in one point."""
    siblings = sorted(
        (other for other in routes if other[-1] == route[-1]), key=lambda other: heights[other[-2]]
    )
    place = next(i for i, other in enumerate(siblings) if other is route)
    return (place - (len(siblings) - 1) / 2) * 0.26


def draw_arrow(ax: Axes, route: list[Stop], heights: dict[Stop, float], entry: float) -> None:
    """A smooth line through the stops of a route, level where it passes a column."""
    first, *lanes, last = route
    points = [(first.column * COLUMN + WIDTH, heights[first])]
    for stop in lanes:
        x = stop.column * COLUMN
        points += [(x, heights[stop]), (x + WIDTH, heights[stop])]
    points.append((last.column * COLUMN - 0.03, heights[last] + entry))

    vertices, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (x0 + x1) / 2
        vertices += [(middle, y0), (middle, y1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    arrow = FancyArrowPatch(
        path=Path(vertices, codes), arrowstyle="-|>", mutation_scale=11, color=LINE, lw=1.2
    )
    ax.add_patch(arrow)


def draw_box(ax: Axes, node: Any, name: str, x: float, y: float) -> None:
    """A box with its left edge at x and its middle at y: title, data, grad."""
    leaf = not node._prev
    style = "round,pad=0,rounding_size=0.18" if leaf else "square,pad=0"
    corner = (x, y - HEIGHT / 2)
    face, edge = LEAF if leaf else RESULT
    ax.add_patch(FancyBboxPatch(corner, WIDTH, HEIGHT, boxstyle=style, lw=1.3, fc=face, ec=edge))

    left, middle, right = x + 0.1, x + WIDTH / 2, x + WIDTH - 0.1
    if name and not leaf:
        ax.text(left, y - 0.21, name, va="center", weight="bold", color=TEXT)
        ax.text(right, y - 0.21, node._op, ha="right", va="center", color=TEXT)
    else:
        ax.text(middle, y - 0.21, name or node._op, ha="center", va="center", weight="bold")
    rows = (y, y + 0.23) if name or node._op else (y - 0.13, y + 0.13)
    for row, label, value in zip(rows, ("data", "grad"), (node.data, node.grad), strict=True):
        ax.text(left, row, label, va="center", size=8.5, color=FAINT)
        ax.text(right, row, short(value), ha="right", va="center", size=9.5, color=TEXT)


def short(value: float) -> str:
    """A number with as many digits, four at most, as the box has room for."""
    return next(text for d in (4, 3, 2, 1) if len(text := f"{value:.{d}g}") <= 8 or d == 1)
