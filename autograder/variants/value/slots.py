"""Differs: __slots__, and each node stores its operands together with the local derivatives."""

from math import exp, log, tanh


class Value:
    __slots__ = ("_edges", "_op", "_prev", "data", "grad")

    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0
        self._prev = _prev
        self._op = _op
        self._edges = ()

    @classmethod
    def result(cls, data, op, *edges):
        out = cls(data, tuple(node for node, _ in edges), op)
        out._edges = edges
        return out

    def __add__(self, other):
        if isinstance(other, Value):
            return Value.result(self.data + other.data, "+", (self, 1), (other, 1))
        return Value.result(self.data + other, "+", (self, 1))

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value.result(self.data * other.data, "*", (self, other.data), (other, self.data))
        return Value.result(self.data * other, "*", (self, other))

    def __pow__(self, k):
        if k == 0:
            return Value.result(1.0, "**", (self, 0.0))
        return Value.result(self.data**k, "**", (self, k * self.data ** (k - 1)))

    def __truediv__(self, other):
        if isinstance(other, Value):
            square = other.data * other.data
            edges = (self, 1 / other.data), (other, -self.data / square)
            return Value.result(self.data / other.data, "/", *edges)
        return Value.result(self.data / other, "/", (self, 1 / other))

    def __rtruediv__(self, number):
        return Value.result(number / self.data, "/", (self, -number / self.data**2))

    def __neg__(self):
        return Value.result(-self.data, "neg", (self, -1))

    def __sub__(self, other):
        return self.__add__(-other)

    def __rsub__(self, number):
        return Value.result(number - self.data, "-", (self, -1))

    def __radd__(self, number):
        return self.__add__(number)

    def __rmul__(self, number):
        return self.__mul__(number)

    def exp(self):
        e = exp(self.data)
        return Value.result(e, "exp", (self, e))

    def log(self):
        return Value.result(log(self.data), "log", (self, 1 / self.data))

    def tanh(self):
        t = tanh(self.data)
        return Value.result(t, "tanh", (self, 1 - t**2))

    def relu(self):
        on = self.data > 0
        return Value.result(self.data if on else 0.0, "relu", (self, float(on)))

    def backward(self):
        order, state, stack = [], {}, [self]
        while stack:
            node = stack[-1]
            if state.get(node) is None:
                state[node] = "open"
                stack += [operand for operand, _ in node._edges if operand not in state]
            else:
                stack.pop()
                if state[node] == "open":
                    state[node] = "done"
                    order.append(node)
        self.grad = 1
        for node in order[::-1]:
            for operand, slope in node._edges:
                operand.grad += slope * node.grad


def minimize(f, x0, lr, steps):
    path = [float(x0)] * (steps + 1)
    for t in range(1, steps + 1):
        x = Value(path[t - 1])
        f(x).backward()
        path[t] = x.data - lr * x.grad
    return path


def fit_line(xs, ys, lr, epochs):
    w = b = 0.0
    while epochs > 0:
        vw, vb = Value(w), Value(b)
        errors = [vw * x + vb - y for x, y in zip(xs, ys, strict=True)]
        loss = sum(e * e for e in errors) * (1 / len(errors))
        loss.backward()
        w -= lr * vw.grad
        b -= lr * vb.grad
        epochs -= 1
    return w, b
