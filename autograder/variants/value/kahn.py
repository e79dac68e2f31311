"""Differs: backward counts the uses of every node, and a node is ready when all have reported."""

import math
from collections import Counter, deque


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self.pull = None

    def __repr__(self):
        return f"<{self._op or 'leaf'} {self.data}>"

    def __add__(self, other):
        other = as_value(other)
        out = Value(self.data + other.data, [self, other], "+")
        out.pull = lambda g: (g, g)
        return out

    __radd__ = __add__

    def __mul__(self, other):
        other = as_value(other)
        out = Value(self.data * other.data, [self, other], "*")
        out.pull = lambda g: (g * other.data, g * self.data)
        return out

    __rmul__ = __mul__

    def __sub__(self, other):
        return self + as_value(other) * (-1.0)

    def __rsub__(self, other):
        return as_value(other) - self

    def __neg__(self):
        return 0 - self

    def __truediv__(self, other):
        return self * as_value(other) ** (-1)

    def __rtruediv__(self, other):
        return as_value(other) / self

    def __pow__(self, k):
        out = Value(self.data**k, [self], f"^{k}")
        out.pull = lambda g: (g * k * self.data ** (k - 1),)
        return out

    def exp(self):
        out = Value(math.exp(self.data), [self], "exp")
        out.pull = lambda g: (g * out.data,)
        return out

    def log(self):
        out = Value(math.log(self.data), [self], "log")
        out.pull = lambda g: (g / self.data,)
        return out

    def tanh(self):
        out = Value(math.tanh(self.data), [self], "tanh")
        out.pull = lambda g: (g * (1 - out.data) * (1 + out.data),)
        return out

    def relu(self):
        out = Value(max(self.data, 0), [self], "relu")
        out.pull = lambda g: (g if self.data >= 0 else 0.0,)
        return out

    def backward(self):
        uses = Counter()
        found, todo = {self}, deque([self])
        while todo:
            for operand in todo.popleft()._prev:
                uses[operand] += 1
                if operand not in found:
                    found.add(operand)
                    todo.append(operand)

        self.grad = 1.0
        ready = deque([self])
        while ready:
            node = ready.popleft()
            if node.pull is None:
                continue
            for operand, g in zip(node._prev, node.pull(node.grad), strict=True):
                operand.grad += g
                uses[operand] -= 1
                if uses[operand] == 0:
                    ready.append(operand)


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


def minimize(f, x0, lr, steps):
    x = Value(x0)
    path = [float(x0)]
    for _ in range(steps):
        f(x).backward()
        x = Value((x - lr * x.grad).data)
        path.append(x.data)
    return path


def fit_line(xs, ys, lr, epochs):
    w, b = Value(0), Value(0)
    n = len(xs)
    for _ in range(epochs):
        loss = 0
        for i in range(n):
            loss += (ys[i] - w * xs[i] - b) ** 2
        loss *= 1 / n
        loss.backward()
        for p in (w, b):
            p.data -= lr * p.grad
            p.grad = 0
    return w.data, b.data
