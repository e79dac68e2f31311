"""Differs: every node holds the height of its graph, and backward sorts what it finds by height."""

import math


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self._height = 1 + max((p._height for p in _prev), default=-1)
        self._backward = None

    def _binary(self, other, symbol, function, by_self, by_other):
        if not isinstance(other, Value):
            other = Value(other)
        out = Value(function(self.data, other.data), (self, other), symbol)

        def _backward():
            self.grad += by_self(self.data, other.data) * out.grad
            other.grad += by_other(self.data, other.data) * out.grad

        out._backward = _backward
        return out

    def _unary(self, symbol, data, slope):
        out = Value(data, (self,), symbol)

        def _backward():
            self.grad += slope * out.grad

        out._backward = _backward
        return out

    def __add__(self, other):
        return self._binary(other, "+", lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1)

    def __sub__(self, other):
        return self._binary(other, "-", lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1)

    def __mul__(self, other):
        return self._binary(other, "*", lambda a, b: a * b, lambda a, b: b, lambda a, b: a)

    def __truediv__(self, other):
        return self._binary(
            other, "/", lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / (b * b)
        )

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return -(self - other)

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return other * self**-1

    def __pow__(self, k):
        return self._unary(f"**{k}", self.data**k, k * self.data ** (k - 1))

    def __neg__(self):
        return self._unary("neg", -self.data, -1)

    def exp(self):
        e = math.exp(self.data)
        return self._unary("exp", e, e)

    def log(self):
        return self._unary("log", math.log(self.data), 1 / self.data)

    def tanh(self):
        t = math.tanh(self.data)
        return self._unary("tanh", t, 1 - t**2)

    def relu(self):
        return self._unary("relu", (self.data + abs(self.data)) / 2, 1 if self.data > 0 else 0)

    def backward(self):
        nodes, fresh = {self}, {self}
        while fresh:
            fresh = {operand for node in fresh for operand in node._prev} - nodes
            nodes |= fresh
        self.grad = 1.0
        for node in sorted(nodes, key=lambda node: node._height, reverse=True):
            if node._backward:
                node._backward()


def minimize(f, x0, lr, steps):
    x, path = Value(x0), []
    for _ in range(steps):
        path.append(x.data)
        x.grad = 0
        f(x).backward()
        x.data = x.data - lr * x.grad
    path.append(x.data)
    return path


def fit_line(xs, ys, lr, epochs):
    w, b = Value(0), Value(0)
    for _ in range(epochs):
        loss = sum(((w * x + b) - y) ** 2 for x, y in zip(xs, ys, strict=True)) / len(ys)
        w.grad = b.grad = 0
        loss.backward()
        w = Value(w.data - lr * w.grad)
        b = Value(b.data - lr * b.grad)
    return float(w.data), float(b.data)
