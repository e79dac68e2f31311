"""Mutants that nobody has to catch: why each is as right as the reference, under SPEC.md."""

from __future__ import annotations

from collections.abc import Mapping

SAME_NUMBER = "The same count: an int is a new object either way."
ONE_BY_ONE = "k divides t where it divides -t."
NUMPY_FLOAT = "A NumPy float is a float."
NUMPY_TAKES_LISTS = "NumPy's functions take a list of floats as they take an array."
IMMUTABLE = "Numbers are immutable: += makes a new one, too."
LABEL = "What _op says is not graded, and nothing reads it."
SHOWN = "How a Value is shown is not graded."
LEAF = "A node that is pushed needlessly is left out when it is popped; a leaf passes nothing on."
KINK = "relu'(0) may be anything from 0 to 1."
SAME_MAX = "The larger of two numbers, whichever comes first."
SAME_NEGATION = "x / -1 is x * -1, and so is its derivative."
SAME_SQUARE = "The square of the difference the other way round."
ANY_NUMBER = "A number is an int or a float."

EQUIVALENT: Mapping[str, Mapping[str, str]] = {
    "value": {
        **dict.fromkeys(
            (
                "Value.__add__._backward: other.grad += out.grad → "
                "other.grad = other.grad + out.grad",
                "Value.__add__._backward: self.grad += out.grad → self.grad = self.grad + out.grad",
                "Value.__mul__._backward: other.grad += self.data * out.grad → "
                "other.grad = other.grad + self.data * out.grad",
                "Value.__mul__._backward: self.grad += other.data * out.grad → "
                "self.grad = self.grad + other.data * out.grad",
                "Value.__pow__._backward: self.grad += k * self.data ** (k - 1) * out.grad → "
                "self.grad = self.grad + k * self.data ** (k - 1) * out.grad",
                "Value.__truediv__._backward: other.grad -= self.data / other.data ** 2 * out.grad → "
                "other.grad = other.grad - self.data / other.data ** 2 * out.grad",
                "Value.__truediv__._backward: self.grad += out.grad / other.data → "
                "self.grad = self.grad + out.grad / other.data",
                "Value.exp._backward: self.grad += out.data * out.grad → "
                "self.grad = self.grad + out.data * out.grad",
                "Value.log._backward: self.grad += out.grad / self.data → "
                "self.grad = self.grad + out.grad / self.data",
                "Value.relu._backward: self.grad += (self.data > 0) * out.grad → "
                "self.grad = self.grad + (self.data > 0) * out.grad",
                "Value.tanh._backward: self.grad += (1.0 - out.data ** 2) * out.grad → "
                "self.grad = self.grad + (1.0 - out.data ** 2) * out.grad",
                "fit_line: b.data -= lr * b.grad → b.data = b.data - lr * b.grad",
                "fit_line: w.data -= lr * w.grad → w.data = w.data - lr * w.grad",
            ),
            IMMUTABLE,
        ),
        **dict.fromkeys(
            (
                "Value.__add__: out = Value(self.data + other.data, (self, other), '+') → "
                "out = Value(self.data + other.data, (self, other), '+x')",
                "Value.__init__: self._op = _op → pass",
                "Value.__mul__: out = Value(self.data * other.data, (self, other), '*') → "
                "out = Value(self.data * other.data, (self, other), '*x')",
                "Value.__pow__: out = Value(self.data ** k, (self,), f'**{k}') → "
                "out = Value(self.data ** k, (self,), f'**x{k}')",
                "Value.__truediv__: out = Value(self.data / other.data, (self, other), '/') → "
                "out = Value(self.data / other.data, (self, other), '/x')",
                "Value.exp: out = Value(math.exp(self.data), (self,), 'exp') → "
                "out = Value(math.exp(self.data), (self,), 'expx')",
                "Value.log: out = Value(math.log(self.data), (self,), 'log') → "
                "out = Value(math.log(self.data), (self,), 'logx')",
                "Value.relu: out = Value(max(0.0, self.data), (self,), 'relu') → "
                "out = Value(max(0.0, self.data), (self,), 'relux')",
                "Value.tanh: out = Value(math.tanh(self.data), (self,), 'tanh') → "
                "out = Value(math.tanh(self.data), (self,), 'tanhx')",
            ),
            LABEL,
        ),
        **dict.fromkeys(
            ("Value.__neg__: return self * -1 → return self / -1",),
            SAME_NEGATION,
        ),
        **dict.fromkeys(
            (
                "Value.__repr__: return f'Value(data={self.data:.6g}, grad={self.grad:.6g})' → pass",
                "Value.__repr__: return f'Value(data={self.data:.6g}, grad={self.grad:.6g})' → "
                "return f'Value(data=x{self.data:.6g}, grad={self.grad:.6g})'",
                "Value.__repr__: return f'Value(data={self.data:.6g}, grad={self.grad:.6g})' → "
                "return f'Value(data={self.data:.6gx}, grad={self.grad:.6g})'",
                "Value.__repr__: return f'Value(data={self.data:.6g}, grad={self.grad:.6g})' → "
                "return f'Value(data={self.data:.6g}, grad=x{self.grad:.6g})'",
                "Value.__repr__: return f'Value(data={self.data:.6g}, grad={self.grad:.6g})' → "
                "return f'Value(data={self.data:.6g}, grad={self.grad:.6gx})'",
                "Value.__repr__: return f'Value(data={self.data:.6g}, grad={self.grad:.6g})' → "
                "return f'Value(data={self.data:.6g}, grad={self.grad:.6g})x'",
            ),
            SHOWN,
        ),
        **dict.fromkeys(
            (
                "Value.backward: if operand._prev and operand not in seen: → "
                "if operand not in seen:",
                "Value.backward: if operand._prev and operand not in seen: → "
                "if operand._prev or operand not in seen:",
                "Value.backward: if operand._prev and operand not in seen: → if operand._prev:",
            ),
            LEAF,
        ),
        **dict.fromkeys(
            (
                "Value.relu._backward: self.grad += (self.data > 0) * out.grad → "
                "self.grad += (self.data >= 0) * out.grad",
            ),
            KINK,
        ),
        **dict.fromkeys(
            (
                "Value.relu: out = Value(max(0.0, self.data), (self,), 'relu') → "
                "out = Value(max(self.data, 0.0), (self,), 'relu')",
            ),
            SAME_MAX,
        ),
        **dict.fromkeys(
            (
                "fit_line: loss = sum(((w * x + b - y) ** 2 for x, y in zip(xs, ys))) / len(xs) → "
                "loss = sum(((y - (w * x + b)) ** 2 for x, y in zip(xs, ys))) / len(xs)",
            ),
            SAME_SQUARE,
        ),
        **dict.fromkeys(
            (
                "fit_line: return (float(w.data), float(b.data)) → return (float(w.data), b.data)",
                "fit_line: return (float(w.data), float(b.data)) → return (w.data, float(b.data))",
                "minimize: path = [float(x0)] → path = [x0]",
            ),
            ANY_NUMBER,
        ),
    },
    "sgd": {
        "SGD.step: d = g + self.weight_decay * w if self.weight_decay else g → "
        "d = g + self.weight_decay * w": "With weight_decay 0 it adds 0; the branch saves time.",
        "largest_stable_lr: return float(2.0 / np.linalg.eigvalsh(hessian)[-1]) → "
        "return 2.0 / np.linalg.eigvalsh(hessian)[-1]": NUMPY_FLOAT,
    },
    "adam": {"Adam.step: self.t += 1 → self.t = self.t + 1": SAME_NUMBER},
    "clipping": {
        "clip_grad_norm: if max_norm < norm < np.inf: → if max_norm <= norm < np.inf:": (
            "Where the norm is max_norm, the factor is exactly 1."
        ),
        "clip_grad_norm: return float(norm) → return norm": NUMPY_FLOAT,
        "clip_grad_value: np.clip(g, -clip_value, clip_value, out=g) → "
        "np.clip(-clip_value, g, clip_value, out=g)": (
            "min(max(-c, g), c) is the same as min(max(g, -c), c)."
        ),
    },
    "lookahead": {
        "Lookahead.step: self.t += 1 → self.t = self.t + 1": SAME_NUMBER,
        "Lookahead.step: self.t += 1 → self.t -= 1": ONE_BY_ONE,
    },
    "lab": {
        f"diagnose: losses = np.asarray(losses, dtype=float) → {other}": NUMPY_TAKES_LISTS
        for other in ("losses = losses", "losses = np.asarray(losses)", "pass")
    },
}
