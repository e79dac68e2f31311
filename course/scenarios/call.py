"""The kind ``call``: a function is called once.

``function``  its name
``args``      positional arguments, numbers, lists or arrays (every call gets its own copies)
``observe``   what is looked at, in order: "result"; the index of an argument, for what is in it
              afterwards; "unchanged": whether the first argument's arrays are as before, bit by
              bit; or alone "computed": see `course.scenarios.computed`
``names``     what the arguments are called in messages
``returns``   "number", "tuple" (of numbers) or "list" (of numbers) or "text": what it has
              to be
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from course.scenarios.computed import computed
from course.scenarios.plain import kind_of, number, plain, show
from course.wire import Odd


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    args = [own_copy(arg) for arg in scenario["args"]]
    # The function gets lists of its own: to put another array into one does not change an array.
    given = [list(arg) if isinstance(arg, list) else arg for arg in args]
    if scenario["observe"] == ["computed"]:
        yield "it computed", computed(objects[scenario["function"]], *given)
        return
    result = objects[scenario["function"]](*given)
    for what in scenario["observe"]:
        if what == "result":
            yield "the result", returned(result, scenario["returns"])
        elif what == "unchanged":
            before, after = (b"".join(a.tobytes() for a in s[0]) for s in (scenario["args"], args))
            yield "unchanged, bit for bit", str(before == after)
        elif isinstance(args[what], list):
            for i, item in enumerate(args[what]):
                yield f"{scenario['names'][what]}[{i}] afterwards", plain(item)
        else:
            yield f"{scenario['names'][what]} afterwards", plain(args[what])


def own_copy(argument: Any) -> Any:
    """A writable, contiguous copy."""
    return np.array(argument) if isinstance(argument, np.ndarray) else copy.deepcopy(argument)


def returned(result: Any, kind: str) -> Any:
    """The result as plain data, or Odd where it is not of the kind that the function promises."""
    if kind == "number":
        return number(result)
    if kind == "text":
        return plain(result) if isinstance(result, str) else Odd(kind_of(result))
    if not isinstance(result, list | tuple):
        return Odd(kind_of(result))
    return [number(item) for item in result]


def describe(scenario: Mapping[str, Any]) -> list[str]:
    args = ", ".join(show(arg) for arg in scenario["args"])
    return [f"{scenario['function']}({args})"]
