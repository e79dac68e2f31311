"""Differs: all numbers are NumPy floats and all functions NumPy's; grad is 0 at first."""

import numbers

import numpy as np


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = np.float64(data)
        self.grad = np.float64(0)
        self._prev = list(_prev)
        self._op = _op
        self._backward = lambda: None

    def wrap(self, other):
        return Value(other) if isinstance(other, numbers.Number) else other

    def __add__(self, other):
        other = self.wrap(other)
        out = Value(np.add(self.data, other.data), (self, other), "+")

        def _backward():
            self.grad = np.add(self.grad, out.grad)
            other.grad = np.add(other.grad, out.grad)

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = self.wrap(other)
        out = Value(np.multiply(self.data, other.data), (self, other), "*")

        def _backward():
            self.grad += np.dot(other.data, out.grad)
            other.grad += np.dot(self.data, out.grad)

        out._backward = _backward
        return out

    def __pow__(self, k):
        out = Value(np.power(self.data, k, dtype=float), (self,), "**")

        def _backward():
            self.grad += k * np.power(self.data, k - 1, dtype=float) * out.grad

        out._backward = _backward
        return out

    def __neg__(self):
        out = Value(np.negative(self.data), (self,), "neg")

        def _backward():
            self.grad -= out.grad

        out._backward = _backward
        return out

    def __sub__(self, other):
        return self + (-self.wrap(other))

    def __truediv__(self, other):
        return self * self.wrap(other) ** -1.0

    def __radd__(self, other):
        return Value(other) + self

    def __rsub__(self, other):
        return Value(other) - self

    def __rmul__(self, other):
        return Value(other) * self

    def __rtruediv__(self, other):
        return Value(other) / self

    def exp(self):
        out = Value(np.exp(self.data), (self,), "exp")

        def _backward():
            self.grad += np.exp(self.data) * out.grad

        out._backward = _backward
        return out

    def log(self):
        out = Value(np.log(self.data), (self,), "log")

        def _backward():
            self.grad += np.reciprocal(self.data) * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        out = Value(np.tanh(self.data), (self,), "tanh")

        def _backward():
            self.grad += np.cosh(self.data) ** -2 * out.grad

        out._backward = _backward
        return out

    def relu(self):
        out = Value(np.maximum(self.data, 0), (self,), "relu")

        def _backward():
            self.grad += np.heaviside(self.data, 0.5) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        order, seen = [], set()
        stack = [self]
        while stack:
            node = stack.pop()
            if node is None:
                order.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                stack.extend([node, None])
                stack.extend(node._prev)
        self.grad = np.float64(1)
        for node in np.array(order, dtype=object)[::-1]:
            node._backward()


def minimize(f, x0, lr, steps):
    path = np.empty(steps + 1)
    path[0] = x0
    for t in range(steps):
        x = Value(path[t])
        f(x).backward()
        path[t + 1] = path[t] - lr * x.grad
    return list(path)


def fit_line(xs, ys, lr, epochs):
    theta = np.zeros(2)
    for _ in range(epochs):
        w, b = (Value(number) for number in theta)
        squares = [(w * x + b - y) ** 2 for x, y in zip(np.array(xs), np.array(ys), strict=True)]
        loss = np.sum(squares) / len(squares)
        loss.backward()
        theta -= lr * np.array([w.grad, b.grad])
    return tuple(theta)
