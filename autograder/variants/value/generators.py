"""Differs: backward walks the graph with generators, and operations yield their derivatives."""

import math


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self.shares = lambda g: iter(())

    def __add__(self, other):
        other = value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def shares(g):
            yield self, g
            yield other, g

        out.shares = shares
        return out

    def __mul__(self, other):
        other = value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def shares(g):
            yield self, g * other.data
            yield other, g * self.data

        out.shares = shares
        return out

    def __truediv__(self, other):
        other = value(other)
        out = Value(self.data / other.data, (self, other), "/")

        def shares(g):
            yield self, g / other.data
            yield other, -g * out.data / other.data

        out.shares = shares
        return out

    def __pow__(self, k):
        out = Value(self.data**k, (self,), f"**{k}")

        def shares(g):
            yield self, g * (k * self.data ** (k - 1))

        out.shares = shares
        return out

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -1 * value(other)

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return other + -1 * self

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return value(other) / self

    def exp(self):
        return self.by("exp", math.exp(self.data), lambda out: out)

    def log(self):
        return self.by("log", math.log(self.data), lambda out: 1 / self.data)

    def tanh(self):
        return self.by("tanh", math.tanh(self.data), lambda out: 1 - out**2)

    def relu(self):
        return self.by("relu", max(0.0, self.data), lambda out: 1 if out else 0)

    def by(self, name, data, slope):
        out = Value(data, (self,), name)

        def shares(g):
            yield self, g * slope(data)

        out.shares = shares
        return out

    def backward(self):
        self.grad = 1.0
        for node in reversed(list(postorder(self))):
            for operand, share in node.shares(node.grad):
                operand.grad += share


def value(x):
    return x if isinstance(x, Value) else Value(x)


def postorder(root):
    """Nodes after their operands."""
    seen = {id(root)}

    def visit(node):
        for operand in node._prev:
            if id(operand) not in seen:
                seen.add(id(operand))
                yield operand

    path = [(root, visit(root))]
    while path:
        node, operands = path[-1]
        below = next(operands, None)
        if below is None:
            path.pop()
            yield node
        else:
            path.append((below, visit(below)))


def minimize(f, x0, lr, steps):
    x = Value(x0)
    path = [x]
    for _ in range(steps):
        f(x).backward()
        x = Value(x.data) - lr * x.grad
        path.append(x)
    return [float(x.data) for x in path]


def fit_line(xs, ys, lr, epochs):
    w, b = Value(0.0), Value(0.0)
    for _ in range(epochs):
        errors = (w * float(x) + b - float(y) for x, y in zip(xs, ys, strict=True))
        mean = sum(error**2 / len(xs) for error in errors)
        mean.backward()
        w = Value(w.data - lr * w.grad)
        b = Value(b.data - lr * b.grad)
    return w.data, b.data
