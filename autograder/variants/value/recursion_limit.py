"""Differs: backward calls itself with a raised recursion limit; results carry local gradients."""

import math
import sys

sys.setrecursionlimit(100_000)


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = float(data)
        self.grad = 0
        self._prev = _prev
        self._op = _op
        self.local = ()

    def make(self, data, parents, local, op):
        out = Value(data, parents, op)
        out.local = local
        return out

    def __add__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        return self.make(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __sub__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        return self.make(self.data - other.data, (self, other), (1.0, -1.0), "-")

    def __mul__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        return self.make(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __truediv__(self, other):
        if not isinstance(other, Value):
            other = Value(other)
        q = self.data / other.data
        return self.make(q, (self, other), (1 / other.data, -q / other.data), "/")

    def __pow__(self, k):
        return self.make(self.data**k, (self,), (k * self.data ** (k - 1),), "**")

    def __neg__(self):
        return self.make(-self.data, (self,), (-1.0,), "neg")

    def __radd__(self, other):
        return Value(other) + self

    def __rsub__(self, other):
        return Value(other) - self

    def __rmul__(self, other):
        return Value(other) * self

    def __rtruediv__(self, other):
        return Value(other) / self

    def exp(self):
        e = math.exp(self.data)
        return self.make(e, (self,), (e,), "exp")

    def log(self):
        return self.make(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self):
        return self.make(math.tanh(self.data), (self,), (1 / math.cosh(self.data) ** 2,), "tanh")

    def relu(self):
        if self.data > 0:
            return self.make(self.data, (self,), (1.0,), "relu")
        return self.make(0.0, (self,), (0.0,), "relu")

    def backward(self):
        order = []
        self.sort(order, set())
        self.grad = 1.0
        while order:
            node = order.pop()
            for parent, slope in zip(node._prev, node.local, strict=True):
                parent.grad += slope * node.grad

    def sort(self, order, done):
        if id(self) in done:
            return
        done.add(id(self))
        for parent in self._prev:
            parent.sort(order, done)
        order.append(self)


def minimize(f, x0, lr, steps):
    def next_point(x):
        v = Value(x)
        f(v).backward()
        return x - lr * v.grad

    xs = [x0]
    while len(xs) <= steps:
        xs.append(next_point(xs[-1]))
    return xs


def fit_line(xs, ys, lr, epochs):
    w, b = 0.0, 0.0
    for _ in range(epochs):
        W, B = Value(w), Value(b)
        terms = [(y - (W * x + B)) ** 2 / len(xs) for x, y in zip(xs, ys, strict=True)]
        sum(terms, Value(0)).backward()
        w, b = w - lr * W.grad, b - lr * B.grad
    return w, b
