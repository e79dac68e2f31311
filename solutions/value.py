"""Reference for the assignment ``value``: scalar reverse-mode automatic differentiation."""

import math


class Value:
    """A number that remembers how it was computed, so that it can be differentiated.

    data   the number itself
    grad   d(output)/d(this number), filled in by ``output.backward()``; 0.0 at first
    _prev  the Values it was computed from, _op the name of the operation

    Every operation returns a new Value whose ``_backward`` adds this operation's share of the
    chain rule, *local derivative times out.grad*, to the gradients of its operands.
    """

    def __init__(self, data, _prev=(), _op=""):
        self.data = data
        self.grad = 0.0
        self._prev = _prev
        self._op = _op
        self._backward = lambda: None

    def __repr__(self):
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g})"

    def __add__(self, other):
        """self + other, for another Value or a number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __mul__(self, other):
        """self * other, for another Value or a number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __pow__(self, k):
        """self ** k, for a constant int or float k."""
        ### BEGIN SOLUTION
        out = Value(self.data**k, (self,), f"**{k}")

        def _backward():
            self.grad += k * self.data ** (k - 1) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __truediv__(self, other):
        """self / other, for another Value or a number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data / other.data, (self, other), "/")

        def _backward():
            self.grad += out.grad / other.data
            other.grad -= self.data / other.data**2 * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def __neg__(self):
        """-self"""
        ### BEGIN SOLUTION
        return self * -1
        ### END SOLUTION

    def __sub__(self, other):
        """self - other, for another Value or a number."""
        ### BEGIN SOLUTION
        return self + (-other)
        ### END SOLUTION

    # Python calls these with a number on the left: 2 + x becomes x.__radd__(2).

    def __radd__(self, other):
        """other + self, for a number on the left."""
        ### BEGIN SOLUTION
        return self + other
        ### END SOLUTION

    def __rmul__(self, other):
        """other * self, for a number on the left."""
        ### BEGIN SOLUTION
        return self * other
        ### END SOLUTION

    def __rsub__(self, other):
        """other - self, for a number on the left."""
        ### BEGIN SOLUTION
        return -self + other
        ### END SOLUTION

    def __rtruediv__(self, other):
        """other / self, for a number on the left."""
        ### BEGIN SOLUTION
        return Value(other) / self
        ### END SOLUTION

    def exp(self):
        """e to the power of self."""
        ### BEGIN SOLUTION
        out = Value(math.exp(self.data), (self,), "exp")

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def log(self):
        """The natural logarithm of self, for data > 0."""
        ### BEGIN SOLUTION
        out = Value(math.log(self.data), (self,), "log")

        def _backward():
            self.grad += out.grad / self.data

        out._backward = _backward
        return out
        ### END SOLUTION

    def tanh(self):
        """The hyperbolic tangent of self."""
        ### BEGIN SOLUTION
        out = Value(math.tanh(self.data), (self,), "tanh")

        def _backward():
            self.grad += (1.0 - out.data**2) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def relu(self):
        """self where it is positive, otherwise 0."""
        ### BEGIN SOLUTION
        out = Value(max(0.0, self.data), (self,), "relu")

        def _backward():
            self.grad += (self.data > 0) * out.grad

        out._backward = _backward
        return out
        ### END SOLUTION

    def backward(self):
        """Set self.grad to 1 and add d(self)/d(node) to the grad of every node below self.

        A node may pass its gradient on only when it is complete: after everything that was
        computed from it. Use a loop and a list of your own rather than recursion: the graph may
        be 10,000 operations deep, and Python stops a recursion after about 1,000 calls.
        """
        ### BEGIN SOLUTION
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, operands_done = stack.pop()
            if operands_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                for operand in node._prev:
                    if operand._prev and operand not in seen:  # a leaf passes nothing on
                        stack.append((operand, False))

        self.grad = 1.0
        for node in reversed(order):
            node._backward()
        ### END SOLUTION


def minimize(f, x0, lr, steps):
    """Gradient descent on one number.

    f      a function that takes a Value and returns a Value
    x0     where to start, a number
    lr     the learning rate
    steps  how many steps to take

    Returns the path [x_0, x_1, ..., x_steps] as a list of floats.
    """
    ### BEGIN SOLUTION
    path = [float(x0)]
    for _ in range(steps):
        x = Value(path[-1])
        f(x).backward()
        path.append(path[-1] - lr * x.grad)
    return path
    ### END SOLUTION


def fit_line(xs, ys, lr, epochs):
    """Fit y = w*x + b by full-batch gradient descent on the mean squared error.

    xs, ys  lists or 1-D arrays of numbers, equally long
    lr      the learning rate
    epochs  how many steps, each on all the points

    Starts from w = 0 and b = 0. Returns (w, b) as two floats.
    """
    ### BEGIN SOLUTION
    w, b = Value(0.0), Value(0.0)
    for _ in range(epochs):
        loss = sum((w * x + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
        w.grad = b.grad = 0.0
        loss.backward()
        w.data -= lr * w.grad
        b.data -= lr * b.grad
    return float(w.data), float(b.data)
    ### END SOLUTION
