"""Differs: it prints, warns and logs wherever it can; operations are classes of their own."""

import logging
import math
import sys
import warnings

log = logging.getLogger("value")
made = []


class Operation:
    symbol = ""

    def __init__(self, *operands):
        self.operands = operands

    def __call__(self):
        numbers = [x.data for x in self.operands]
        out = Value(self.forward(*numbers), self.operands, self.symbol)
        out.operation = self
        if len(made) < 50:
            print("made", out.data, "by", type(self).__name__)
            print("made", out.data, file=sys.stderr)
            warnings.warn(f"{self.symbol} was used", stacklevel=2)
            log.warning("%s was used", self.symbol)
        made.append(self.symbol)
        return out


class Add(Operation):
    symbol = "+"

    def forward(self, a, b):
        return a + b

    def slopes(self, a, b):
        return 1.0, 1.0


class Multiply(Operation):
    symbol = "*"

    def forward(self, a, b):
        return a * b

    def slopes(self, a, b):
        return b, a


class Divide(Operation):
    symbol = "/"

    def forward(self, a, b):
        return a / b

    def slopes(self, a, b):
        return 1 / b, -a / b**2


class Power(Operation):
    symbol = "**"

    def __init__(self, operand, k):
        super().__init__(operand)
        self.k = k

    def forward(self, a):
        return a**self.k

    def slopes(self, a):
        return (self.k * a ** (self.k - 1),)


class Exp(Operation):
    symbol = "exp"

    def forward(self, a):
        return math.exp(a)

    def slopes(self, a):
        return (math.exp(a),)


class Log(Operation):
    symbol = "log"

    def forward(self, a):
        return math.log(a)

    def slopes(self, a):
        return (1 / a,)


class Tanh(Operation):
    symbol = "tanh"

    def forward(self, a):
        return math.tanh(a)

    def slopes(self, a):
        return (1 - math.tanh(a) ** 2,)


class Relu(Operation):
    symbol = "relu"

    def forward(self, a):
        return max(a, 0)

    def slopes(self, a):
        return (float(a > 0),)


def as_value(x):
    return x if isinstance(x, Value) else Value(x)


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0
        self._prev = _prev
        self._op = _op
        self.operation = None

    def __add__(self, other):
        return Add(self, as_value(other))()

    def __radd__(self, other):
        return Add(as_value(other), self)()

    def __mul__(self, other):
        return Multiply(self, as_value(other))()

    def __rmul__(self, other):
        return Multiply(as_value(other), self)()

    def __neg__(self):
        return Multiply(Value(-1), self)()

    def __sub__(self, other):
        return Add(self, -as_value(other))()

    def __rsub__(self, other):
        return Add(as_value(other), -self)()

    def __truediv__(self, other):
        return Divide(self, as_value(other))()

    def __rtruediv__(self, other):
        return Divide(as_value(other), self)()

    def __pow__(self, k):
        return Power(self, k)()

    def exp(self):
        return Exp(self)()

    def log(self):
        return Log(self)()

    def tanh(self):
        return Tanh(self)()

    def relu(self):
        return Relu(self)()

    def backward(self):
        order = []
        seen = set()
        stack = [self]
        while stack:
            node = stack[-1]
            seen.add(node)
            waiting = [p for p in node._prev if p not in seen]
            if waiting:
                stack.append(waiting[0])
            else:
                order.append(stack.pop())
        if len(order) < 20:
            print("going through", len(order), "nodes")
        self.grad = 1
        for node in reversed(order):
            if node.operation:
                slopes = node.operation.slopes(*(p.data for p in node._prev))
                for p, slope in zip(node._prev, slopes, strict=True):
                    p.grad += slope * node.grad


def minimize(f, x0, lr, steps):
    warnings.warn("going down", RuntimeWarning, stacklevel=2)
    path = [x0]
    for step in range(steps):
        x = Value(path[-1])
        f(x).backward()
        print(f"step {step}: x = {x.data}, slope {x.grad}")
        path.append(path[-1] - lr * x.grad)
    return path


def fit_line(xs, ys, lr, epochs):
    w, b = Value(0.0), Value(0.0)
    for epoch in range(epochs):
        loss = Value(0.0)
        for x, y in zip(xs, ys, strict=True):
            loss = loss + (w * x + b - y) ** 2 / len(xs)
        w.grad = b.grad = 0.0
        loss.backward()
        w.data -= lr * w.grad
        b.data -= lr * b.grad
        print(f"epoch {epoch}: loss {loss.data}")
    return w.data, b.data
