"""A Value for exercises that build on the student's own, where that one is wrong.

Sent into the jail only then, after the Value itself was judged. It differentiates forwards: every
node carries its derivative by each node below it. So it shows nobody how `backward` is written.
"""

import math


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self.by = {self: 1.0}

    def _result(self, data, *terms):
        """A node with this data; ``terms`` are pairs of an operand and the derivative by it."""
        out = Value(data)
        for operand, derivative in terms:
            for node, inner in operand.by.items():
                out.by[node] = out.by.get(node, 0.0) + derivative * inner
        return out

    def __add__(self, other):
        other = _value(other)
        return self._result(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        other = _value(other)
        return self._result(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, k):
        return self._result(self.data**k, (self, k * self.data ** (k - 1) if k else 0.0))

    def __truediv__(self, other):
        other = _value(other)
        quotient = self.data / other.data
        return self._result(quotient, (self, 1 / other.data), (other, -quotient / other.data))

    def __neg__(self):
        return self._result(-self.data, (self, -1.0))

    def __sub__(self, other):
        return self + -_value(other)

    def __radd__(self, other):
        return _value(other) + self

    def __rmul__(self, other):
        return _value(other) * self

    def __rsub__(self, other):
        return _value(other) - self

    def __rtruediv__(self, other):
        return _value(other) / self

    def exp(self):
        return self._result(math.exp(self.data), (self, math.exp(self.data)))

    def log(self):
        return self._result(math.log(self.data), (self, 1 / self.data))

    def tanh(self):
        return self._result(math.tanh(self.data), (self, 1 - math.tanh(self.data) ** 2))

    def relu(self):
        return self._result(max(self.data, 0.0), (self, float(self.data > 0)))

    def backward(self):
        for node, derivative in self.by.items():
            node.grad += derivative


def _value(x):
    return x if isinstance(x, Value) else Value(x)
