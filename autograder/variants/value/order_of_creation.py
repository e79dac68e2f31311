"""Differs: nodes are numbered when they are made, and backward goes through them downwards."""

import heapq
import itertools
import math


class Value:
    numbers = itertools.count()

    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self.number = next(Value.numbers)
        self.give = lambda: None

    def __lt__(self, other):
        return self.number > other.number

    @staticmethod
    def of(x):
        return x if isinstance(x, Value) else Value(x)

    def __add__(self, other):
        other = Value.of(other)
        out = Value(self.data + other.data, (self, other), "+")

        def give():
            for node in (self, other):
                node.grad += out.grad

        out.give = give
        return out

    def __sub__(self, other):
        other = Value.of(other)
        out = Value(self.data - other.data, (self, other), "-")

        def give():
            self.grad += out.grad
            other.grad -= out.grad

        out.give = give
        return out

    def __mul__(self, other):
        other = Value.of(other)
        out = Value(self.data * other.data, (self, other), "*")

        def give():
            for_self, for_other = other.data * out.grad, self.data * out.grad
            self.grad = self.grad + for_self
            other.grad = other.grad + for_other

        out.give = give
        return out

    def __truediv__(self, other):
        other = Value.of(other)
        out = Value(self.data / other.data, (self, other), "/")

        def give():
            self.grad += 1 / other.data * out.grad
            other.grad += -out.data / other.data * out.grad

        out.give = give
        return out

    def __pow__(self, k):
        out = Value(math.pow(self.data, k), (self,), "**")

        def give():
            self.grad += math.pow(self.data, k - 1) * k * out.grad

        out.give = give
        return out

    def __neg__(self):
        return Value.of(0.0) - self

    def __radd__(self, other):
        return Value.of(other).__add__(self)

    def __rsub__(self, other):
        return Value.of(other).__sub__(self)

    def __rmul__(self, other):
        return Value.of(other).__mul__(self)

    def __rtruediv__(self, other):
        return Value.of(other).__truediv__(self)

    def function(self, name, value, slope):
        out = Value(value, (self,), name)

        def give():
            self.grad += slope * out.grad

        out.give = give
        return out

    def exp(self):
        return self.function("exp", math.e**self.data, math.e**self.data)

    def log(self):
        return self.function("log", math.log(self.data), self.data**-1)

    def tanh(self):
        t = math.tanh(self.data)
        return self.function("tanh", t, 1 - t * t)

    def relu(self):
        return self.function("relu", self.data * (self.data > 0), 1.0 * (self.data > 0))

    def backward(self):
        self.grad += 1.0
        heap, known = [self], {self.number}
        while heap:
            node = heapq.heappop(heap)
            node.give()
            for operand in node._prev:
                if operand.number not in known:
                    known.add(operand.number)
                    heapq.heappush(heap, operand)


def minimize(f, x0, lr, steps):
    def point(x, _):
        x = Value(x)
        f(x).backward()
        return x.data - lr * x.grad

    return list(itertools.accumulate(range(steps), point, initial=x0))


def fit_line(xs, ys, lr, epochs):
    params = [Value(0.0), Value(0.0)]
    for _ in range(epochs):
        w, b = params
        squares = [(w * x + b - y) ** 2 for x, y in zip(xs, ys, strict=True)]
        total = squares[0]
        for square in squares[1:]:
            total = total + square
        (total / len(squares)).backward()
        params = [Value(p.data - lr * p.grad) for p in params]
    return tuple(p.data for p in params)
