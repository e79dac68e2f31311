"""Differs: few operations of its own; tanh, relu, division and differences are composed of them."""

import math


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data, self.grad, self._prev, self._op = data, 0.0, _prev, _op
        self._slopes = ()

    def _new(self, data, op, nodes, slopes):
        out = Value(data, nodes, op)
        out._slopes = slopes
        return out

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self._new(self.data + other.data, "+", nodes=(self, other), slopes=(1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        slopes = other.data, self.data
        return self._new(self.data * other.data, "*", nodes=(self, other), slopes=slopes)

    def exp(self):
        e = math.exp(self.data)
        return self._new(e, "exp", nodes=(self,), slopes=(e,))

    def log(self):
        return self._new(math.log(self.data), "log", nodes=(self,), slopes=(1 / self.data,))

    def inverse(self):
        i = 1 / self.data
        return self._new(i, "1/", nodes=(self,), slopes=(-i * i,))

    def __pow__(self, k):
        """Whole exponents by repeated products, others as exp(k * log)."""
        if k != int(k):
            return (self.log() * k).exp()
        if k < 0:
            return (self ** (-k)).inverse()
        out = Value(1.0)
        for _ in range(int(k)):
            out = out * self
        return out

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -1.0 * other

    def __truediv__(self, other):
        if not isinstance(other, Value):
            return self * (1 / other)
        return self * other.inverse()

    def __radd__(self, number):
        return self + number

    def __rmul__(self, number):
        return self * number

    def __rsub__(self, number):
        return -(self - number)

    def __rtruediv__(self, number):
        return self.inverse() * number

    def tanh(self):
        if self.data > 0:
            return -((-self).tanh())
        e = (2 * self).exp()
        return (e - 1) / (e + 1)

    def relu(self):
        return self * (1.0 if self.data > 0 else 0.0)

    def backward(self):
        below = [self]
        users = {self: 0}
        for node in below:
            for operand in node._prev:
                if operand not in users:
                    users[operand] = 0
                    below.append(operand)
                users[operand] += 1
        self.grad = 1.0
        ready = [self]
        for node in ready:
            for operand, slope in zip(node._prev, node._slopes, strict=True):
                operand.grad += slope * node.grad
                users[operand] -= 1
                if not users[operand]:
                    ready.append(operand)


def slope_at(f, x):
    x = Value(x)
    f(x).backward()
    return x.grad


def minimize(f, x0, lr, steps):
    if steps == 0:
        return [x0]
    return [x0, *minimize(f, x0 - lr * slope_at(f, x0), lr, steps - 1)]


def fit_line(xs, ys, lr, epochs):
    w, b = Value(0.0), Value(0.0)
    for _ in range(epochs):
        sum_of_squares = Value(0.0)
        for x, y in zip(xs, ys, strict=True):
            sum_of_squares += (w * x + b + -y) ** 2
        mean = sum_of_squares / len(ys)
        mean.backward()
        w.data, w.grad = w.data - lr * w.grad, 0.0
        b.data, b.grad = b.data - lr * b.grad, 0.0
    return w.data, b.data
