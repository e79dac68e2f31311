"""Differs: backward calls itself, in a thread with a large stack and a raised recursion limit."""

import math
import sys
import threading


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = set(_prev)
        self._op = _op
        self._backward = lambda: None

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def __pow__(self, other):
        assert isinstance(other, (int, float))
        out = Value(self.data**other, (self,), f"**{other}")

        def _backward():
            self.grad += (other * self.data ** (other - 1)) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def exp(self):
        out = Value(math.exp(self.data), (self,), "exp")

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def log(self):
        out = Value(math.log(self.data), (self,), "log")

        def _backward():
            self.grad += out.grad / self.data

        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,), "tanh")

        def _backward():
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), "ReLU")

        def _backward():
            self.grad += (out.data > 0) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        topo = []
        visited = set()

        def build(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build(child)
                topo.append(v)

        limit, size = sys.getrecursionlimit(), threading.stack_size()
        sys.setrecursionlimit(1_000_000)
        threading.stack_size(256 * 1024 * 1024)
        thread = threading.Thread(target=build, args=(self,))
        thread.start()
        thread.join()
        sys.setrecursionlimit(limit)
        threading.stack_size(size)

        self.grad = 1
        for v in reversed(topo):
            v._backward()


def minimize(f, x0, lr, steps):
    x = Value(x0)
    path = [x.data]
    for _ in range(steps):
        x.grad = 0
        y = f(x)
        y.backward()
        x.data -= lr * x.grad
        path.append(x.data)
    return path


def fit_line(xs, ys, lr, epochs):
    w = Value(0.0)
    b = Value(0.0)
    for _ in range(epochs):
        w.grad = 0.0
        b.grad = 0.0
        loss = Value(0.0)
        for x, y in zip(xs, ys, strict=True):
            error = w * x + b - y
            loss = loss + error * error
        loss = loss / len(xs)
        loss.backward()
        w.data = w.data - lr * w.grad
        b.data = b.data - lr * b.grad
    return w.data, b.data
