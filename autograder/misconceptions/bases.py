"""Other ways to put a right solution together, on which ideas are played as well.

A mistake in one operation shows in all that are built from it, and which these are is the
student's choice: who writes ``a / b`` as ``a * b**-1`` has a wrong quotient where the power is
wrong. Each base is an edit of the reference that changes nothing of what it answers.
"""

from __future__ import annotations

Edits = tuple[tuple[str, str], ...]

QUOTIENT = """\
        out = Value(self.data / other.data, (self, other), "/")

        def _backward():
            self.grad += out.grad / other.data
            other.grad -= self.data / other.data**2 * out.grad

        out._backward = _backward
        return out
"""
BY_POWER: Edits = (
    (QUOTIENT, "        return self * other**-1\n"),
    ("        return Value(other) / self\n", "        return self**-1 * other\n"),
)
DIRECT: Edits = (
    (
        "        return self * -1\n",
        """\
        out = Value(-self.data, (self,), "neg")

        def _backward():
            self.grad -= out.grad

        out._backward = _backward
        return out
""",
    ),
    (
        "        return self + (-other)\n",
        """\
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data - other.data, (self, other), "-")

        def _backward():
            self.grad += out.grad
            other.grad -= out.grad

        out._backward = _backward
        return out
""",
    ),
    ("        return -self + other\n", "        return Value(other) - self\n"),
)

BASES: dict[str, tuple[Edits, ...]] = {"value": (BY_POWER, DIRECT, BY_POWER + DIRECT)}
