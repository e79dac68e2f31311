"""Differs: a dataclass compared by identity; gradients are collected in a dict, then added."""

import math
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(eq=False)
class Value:
    data: float
    _prev: tuple = ()
    _op: str = ""
    grad: float = field(default=0.0, init=False)
    slopes: tuple = field(default=(), init=False, repr=False)

    @classmethod
    def wrap(cls, x):
        return x if isinstance(x, cls) else cls(x)

    def then(self, data, op, *pairs):
        out = Value(data, tuple(node for node, _ in pairs), op)
        out.slopes = tuple(slope for _, slope in pairs)
        return out

    def __add__(self, other):
        other = Value.wrap(other)
        return self.then(self.data + other.data, "+", (self, 1.0), (other, 1.0))

    def __sub__(self, other):
        other = Value.wrap(other)
        return self.then(self.data - other.data, "-", (self, 1.0), (other, -1.0))

    def __mul__(self, other):
        other = Value.wrap(other)
        return self.then(self.data * other.data, "*", (self, other.data), (other, self.data))

    def __truediv__(self, other):
        other = Value.wrap(other)
        q = self.data / other.data
        return self.then(q, "/", (self, 1 / other.data), (other, -q / other.data))

    def __neg__(self):
        return self.then(-self.data, "neg", (self, -1.0))

    def __pow__(self, k):
        return self.then(self.data**k, "**", (self, k * self.data ** (k - 1)))

    def __radd__(self, other):
        return Value.wrap(other) + self

    def __rsub__(self, other):
        return Value.wrap(other) - self

    def __rmul__(self, other):
        return Value.wrap(other) * self

    def __rtruediv__(self, other):
        return Value.wrap(other) / self

    def exp(self):
        e = math.exp(self.data)
        return self.then(e, "exp", (self, e))

    def log(self):
        return self.then(math.log(self.data), "log", (self, 1 / self.data))

    def tanh(self):
        t = math.tanh(self.data)
        return self.then(t, "tanh", (self, 1 - t * t))

    def relu(self):
        return self.then(max(0, self.data), "relu", (self, int(self.data >= 0)))

    def backward(self):
        total = defaultdict(float, {self: 1.0})
        for node in self.results_first():
            for operand, slope in zip(node._prev, node.slopes, strict=True):
                total[operand] += slope * total[node]
        for node, amount in total.items():
            node.grad += amount

    def results_first(self):
        """Every node before its operands."""
        order, entered, stack = [], set(), [(self, False)]
        while stack:
            node, finished = stack.pop()
            if finished:
                order.append(node)
            elif node not in entered:
                entered.add(node)
                stack.append((node, True))
                stack += [(operand, False) for operand in node._prev]
        return order[::-1]


def minimize(f, x0, lr, steps):
    path = [x0]
    for _ in range(steps):
        x = Value(path[-1])
        y = f(x)
        y.backward()
        path += [x.data - x.grad * lr]
    return path


@dataclass(eq=False)
class Line:
    w: Value
    b: Value

    def __call__(self, x):
        return self.w * x + self.b

    def step(self, lr):
        self.w = Value(self.w.data - lr * self.w.grad)
        self.b = Value(self.b.data - lr * self.b.grad)


def fit_line(xs, ys, lr, epochs):
    line = Line(Value(0.0), Value(0.0))
    for _ in range(epochs):
        errors = [line(x) - y for x, y in zip(xs, ys, strict=True)]
        (sum(e**2 for e in errors) / len(errors)).backward()
        line.step(lr)
    return line.w.data, line.b.data
