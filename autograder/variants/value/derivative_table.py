"""Differs: one table of formulas and derivatives as lambdas, from which the methods are made."""

import functools
import math
import operator

OPERATIONS = {
    "add": (operator.add, (lambda a, b: 1.0, lambda a, b: 1.0)),
    "sub": (operator.sub, (lambda a, b: 1.0, lambda a, b: -1.0)),
    "mul": (operator.mul, (lambda a, b: b, lambda a, b: a)),
    "truediv": (operator.truediv, (lambda a, b: 1 / b, lambda a, b: -a / b**2)),
    "neg": (operator.neg, (lambda a: -1.0,)),
    "exp": (math.exp, (math.exp,)),
    "log": (math.log, (lambda a: 1 / a,)),
    "tanh": (math.tanh, (lambda a: 1 - math.tanh(a) ** 2,)),
    "relu": (lambda a: max(a, 0.0), (lambda a: 0.5 * (1 + math.copysign(1, a)),)),
}


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op

    def __pow__(self, k):
        slope = functools.partial(lambda k, a: k * a ** (k - 1), k)
        return Value(self.data**k, (self,), ("pow", (slope,)))

    def backward(self):
        self.grad = 1.0
        for node in reversed(topological(self)):
            if node._prev:
                inputs = [operand.data for operand in node._prev]
                _, slopes = node._op
                for operand, slope in zip(node._prev, slopes, strict=True):
                    operand.grad += slope(*inputs) * node.grad


def apply(name, *operands):
    function, slopes = OPERATIONS[name]
    operands = tuple(x if isinstance(x, Value) else Value(x) for x in operands)
    return Value(function(*(x.data for x in operands)), operands, (name, slopes))


for _name in ("add", "sub", "mul", "truediv"):
    setattr(Value, f"__{_name}__", lambda a, b, name=_name: apply(name, a, b))
    setattr(Value, f"__r{_name}__", lambda a, b, name=_name: apply(name, b, a))
for _name in ("exp", "log", "tanh", "relu"):
    setattr(Value, _name, lambda a, name=_name: apply(name, a))
Value.__neg__ = lambda a: apply("neg", a)


def topological(root):
    """Operands before results, with the iterators of a depth-first walk on a list."""
    order, seen, path = [], {root}, [(root, iter(root._prev))]
    while path:
        node, rest = path[-1]
        for operand in rest:
            if operand not in seen:
                seen.add(operand)
                path.append((operand, iter(operand._prev)))
                break
        else:
            order.append(node)
            path.pop()
    return order


def minimize(f, x0, lr, steps):
    def path():
        x = x0
        yield float(x)
        for _ in range(steps):
            v = Value(x)
            f(v).backward()
            x = x - lr * v.grad
            yield x

    return list(path())


def fit_line(xs, ys, lr, epochs):
    w, b = Value(0.0), Value(0.0)
    for _ in range(epochs):
        w.grad, b.grad = 0.0, 0.0
        squares = ((w * x + b - y) ** 2 for x, y in zip(xs, ys, strict=True))
        loss = functools.reduce(operator.add, squares) / len(xs)
        loss.backward()
        w.data, b.data = w.data - lr * w.grad, b.data - lr * b.grad
    return w.data, b.data
