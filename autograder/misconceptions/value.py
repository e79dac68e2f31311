"""Misconceptions about the assignment ``value``."""

from autograder.cases import value as cases
from autograder.misconceptions.catalogue import Misconception

WRAP = "        other = other if isinstance(other, Value) else Value(other)\n"
ADD = '''\
        """self + other, for another Value or a number."""
        ### BEGIN SOLUTION
'''
MUL = ADD.replace("+", "*")
DIV = ADD.replace("+", "/")
IN_SUM = """\
            self.grad += out.grad
            other.grad += out.grad
"""
IN_PRODUCT = """\
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
"""
IN_POWER = "            self.grad += k * self.data ** (k - 1) * out.grad\n"
IN_QUOTIENT = """\
            self.grad += out.grad / other.data
            other.grad -= self.data / other.data**2 * out.grad
"""
POWER = """\
        out = Value(self.data**k, (self,), f"**{k}")

        def _backward():
            self.grad += k * self.data ** (k - 1) * out.grad

        out._backward = _backward
        return out
"""
IN_EXP = "            self.grad += out.data * out.grad\n"
IN_LOG = "            self.grad += out.grad / self.data\n"
IN_TANH = "            self.grad += (1.0 - out.data**2) * out.grad\n"
IN_RELU = "            self.grad += (self.data > 0) * out.grad\n"
NEGATION = "        return self * -1\n"
DIFFERENCE = "        return self + (-other)\n"
RADD = '''\
    def __radd__(self, other):
        """other + self, for a number on the left."""
        ### BEGIN SOLUTION
        return self + other
        ### END SOLUTION

'''
RMUL = RADD.replace("radd", "rmul").replace("+", "*")
RSUB = '''\
    def __rsub__(self, other):
        """other - self, for a number on the left."""
        ### BEGIN SOLUTION
        return -self + other
        ### END SOLUTION

'''
RDIV = '''\
    def __rtruediv__(self, other):
        """other / self, for a number on the left."""
        ### BEGIN SOLUTION
        return Value(other) / self
        ### END SOLUTION

'''
ORDER = """\
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

"""
PASS_ON = """\
        self.grad = 1.0
        for node in reversed(order):
            node._backward()
"""
PATH = """\
    path = [float(x0)]
    for _ in range(steps):
        x = Value(path[-1])
        f(x).backward()
        path.append(path[-1] - lr * x.grad)
    return path
"""
LOSS = "        loss = sum((w * x + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)\n"
EPOCH = (
    LOSS
    + """\
        w.grad = b.grad = 0.0
        loss.backward()
        w.data -= lr * w.grad
        b.data -= lr * b.grad
"""
)


# The lines that add to the gradients, by the operation that they belong to.
SHARES = {
    "sum": IN_SUM,
    "product": IN_PRODUCT,
    "quotient": IN_QUOTIENT,
    "power": IN_POWER,
    "exp": IN_EXP,
    "log": IN_LOG,
    "tanh": IN_TANH,
    "relu": IN_RELU,
}
FUNCTION_NAMES = ("exp", "log", "tanh", "relu")
ATTACH = "\n        out._backward = _backward\n"


def assigned(lines: str) -> tuple[str, str]:
    """The edit that assigns gradients where the reference adds to them."""
    return lines, lines.replace("+=", "=").replace("other.grad -= ", "other.grad = -")


ARITHMETIC = (
    Misconception(
        "sum-splits-gradient",
        "value-arithmetic",
        ((IN_SUM, IN_SUM.replace("out.grad", "out.grad / 2")),),
        "A sum shares its gradient out among its operands, half to each.",
        "If one operand grows by a tiny amount, by how much does the sum grow?",
        also=("value-backward",),
        own=(cases.LOCAL,),
    ),
    Misconception(
        "product-rule-swapped",
        "value-arithmetic",
        (
            (
                IN_PRODUCT,
                "            self.grad += self.data * out.grad\n"
                "            other.grad += other.data * out.grad\n",
            ),
        ),
        "In the product each operand's gradient is taken with its own data.",
        "How much does 3 * 5 grow when the 3 grows by 0.1?",
        also=("value-backward",),
        own=(cases.LOCAL,),
    ),
    Misconception(
        "product-like-sum",
        "value-arithmetic",
        ((IN_PRODUCT, IN_SUM),),
        "The product passes its gradient on unchanged, as a sum does.",
        "How much does 3 * 5 grow when the 3 grows by 0.1?",
        also=("value-backward",),
        own=(cases.LOCAL,),
    ),
    Misconception(
        "quotient-without-minus",
        "value-arithmetic",
        (("other.grad -= self.data / other", "other.grad += self.data / other"),),
        "The derivative by the denominator has the wrong sign.",
        "Does a quotient grow or shrink when its positive denominator grows?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "quotient-without-square",
        "value-arithmetic",
        (("self.data / other.data**2 * out.grad", "self.data / other.data * out.grad"),),
        "The derivative by the denominator is divided by the denominator once; its square belongs "
        "there.",
        "Write a / b as a * b**(-1): what is the derivative of b**(-1)?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "quotient-without-numerator",
        "value-arithmetic",
        (("self.data / other.data**2 * out.grad", "out.grad / other.data**2"),),
        "The derivative by the denominator is that of 1 / b, so the numerator is missing.",
        "Write a / b as a * b**(-1): which factor stands before the derivative of b**(-1)?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "quotient-like-product",
        "value-arithmetic",
        (("self.grad += out.grad / other.data", "self.grad += out.grad * other.data"),),
        "The derivative by the numerator is the denominator, as it would be in a product.",
        "How much does 6 / 2 grow when the 6 grows by 1?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "division-floors",
        "value-arithmetic",
        (("self.data / other.data, (self", "self.data // other.data, (self"),),
        "The division rounds down to a whole number.",
        "What is the difference between / and // in Python?",
        own=(cases.VALUES,),
    ),
    Misconception(
        "difference-adds",
        "value-arithmetic",
        ((DIFFERENCE, "        return self + other\n"),),
        "The difference comes out as the sum.",
        "Where does the minus come in?",
        own=(cases.VALUES,),
    ),
    Misconception(
        "difference-reversed",
        "value-arithmetic",
        ((DIFFERENCE, "        return -self + other\n"),),
        "The difference is taken the wrong way round: other - self.",
        "In a - b, which of the two is self?",
        own=(cases.VALUES,),
    ),
    Misconception(
        "difference-passes-plus",
        "value-arithmetic",
        (
            (
                DIFFERENCE,
                WRAP + '        out = Value(self.data - other.data, (self, other), "-")\n'
                "\n"
                "        def _backward():\n" + IN_SUM + "\n"
                "        out._backward = _backward\n"
                "        return out\n",
            ),
        ),
        "Both operands of a difference get its gradient with a plus.",
        "Does a - b grow or shrink when b grows?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "negation-cuts-the-graph",
        "value-arithmetic",
        ((NEGATION, "        return Value(-self.data)\n"),),
        "The negated number is a new Value that does not know where it came from, so that no "
        "gradient gets through.",
        "Which are the operands of -x, and how does the result learn of them?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "rsub-reversed",
        "value-arithmetic",
        (("        return -self + other\n", "        return self - other\n"),),
        "With a number on the left the difference is taken the wrong way round.",
        "2 - x calls x.__rsub__(2): what is self, what is other?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "rtruediv-reversed",
        "value-arithmetic",
        (("        return Value(other) / self\n", "        return self / other\n"),),
        "With a number on the left the quotient is taken the wrong way round.",
        "2 / x calls x.__rtruediv__(2): what is self, what is other?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "rsub-cuts-the-graph",
        "value-arithmetic",
        (("        return -self + other\n", "        return Value(other - self.data)\n"),),
        "number - x is a new Value that does not know x, so that no gradient gets through.",
        "Which of the operations that are there already could compute other - self?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "reflected-sum-missing",
        "value-arithmetic",
        ((RADD, ""),),
        "There is no __radd__, since the order of a sum does not matter; to Python it does.",
        "Which method does Python call for 2 + x?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "reflected-product-missing",
        "value-arithmetic",
        ((RMUL, ""),),
        "There is no __rmul__, since the order of a product does not matter; to Python it does.",
        "Which method does Python call for 2 * x?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "reflected-methods-missing",
        "value-arithmetic",
        ((RADD, ""), (RMUL, ""), (RSUB, ""), (RDIV, "")),
        "Operations work only where the Value stands on the left.",
        "Which methods does Python call when the number stands on the left?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "reflected-methods-return-nothing",
        "value-arithmetic",
        (
            (RADD, RADD.replace("return self", "self")),
            (RMUL, RMUL.replace("return self", "self")),
            (RSUB, RSUB.replace("return -self", "-self")),
            (RDIV, RDIV.replace("return Value", "Value")),
        ),
        "The methods for a number on the left compute the result but do not return it.",
        "What does a Python method give back when its last line is an expression?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "sum-needs-values",
        "value-arithmetic",
        ((ADD + WRAP, ADD),),
        "The sum works with Values only: a number has no .data.",
        "What could be made of a number before the sum is computed?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "product-needs-values",
        "value-arithmetic",
        ((MUL + WRAP, MUL), (NEGATION, "        return self * Value(-1)\n")),
        "The product works with Values only: a number has no .data.",
        "What could be made of a number before the product is computed?",
        also=("value-backward",),
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "quotient-needs-values",
        "value-arithmetic",
        ((DIV + WRAP, DIV),),
        "The quotient works with Values only: a number has no .data.",
        "What could be made of a number before the quotient is computed?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "numbers-not-wrapped",
        "value-arithmetic",
        (
            (ADD + WRAP, ADD),
            (MUL + WRAP, MUL),
            (DIV + WRAP, DIV),
            (NEGATION, "        return self * Value(-1)\n"),
        ),
        "All operations work with Values only: a number has no .data.",
        "What could be made of a number before the operation is computed?",
        also=("value-backward",),
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "power-without-factor",
        "value-arithmetic",
        ((IN_POWER, IN_POWER.replace("k * ", "")),),
        "The derivative of a power lacks the factor k.",
        "What is the derivative of x**2?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "power-not-lowered",
        "value-arithmetic",
        ((IN_POWER, IN_POWER.replace(" ** (k - 1)", "**k")),),
        "The derivative of a power keeps the exponent k.",
        "What is the derivative of x**2?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "power-integrated",
        "value-arithmetic",
        ((IN_POWER, "            self.grad += self.data ** (k + 1) / (k + 1) * out.grad\n"),),
        "The power is integrated rather than differentiated.",
        "What is the derivative of x**2?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "power-for-whole-exponents",
        "value-arithmetic",
        (
            (
                POWER,
                "        out = self\n"
                "        for _ in range(k - 1):\n"
                "            out = out * self\n"
                "        return out\n",
            ),
        ),
        "The power is a repeated product, which works for the exponents 1, 2, 3, … alone.",
        "What becomes of x ** 0.5 and of x ** -1?",
        own=(cases.VALUES,),
    ),
)

FUNCTIONS = (
    Misconception(
        "exp-passes-input",
        "value-functions",
        ((IN_EXP, "            self.grad += self.data * out.grad\n"),),
        "The derivative of exp is taken to be x itself.",
        "Which function is its own derivative, and where is its value at x stored?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "exp-like-power",
        "value-functions",
        (
            (
                IN_EXP,
                "            self.grad += self.data * math.exp(self.data - 1) * out.grad\n",
            ),
        ),
        "exp is differentiated by the rule for powers, though x is the exponent and not the base.",
        "In e**x, what is constant: the base or the exponent?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "log-base-10",
        "value-functions",
        (("math.log(self.data)", "math.log10(self.data)"),),
        "The logarithm is that to base 10.",
        "What is the logarithm of e?",
        own=(cases.FUNCTION_VALUES,),
    ),
    Misconception(
        "log-passes-output",
        "value-functions",
        ((IN_LOG, "            self.grad += out.data * out.grad\n"),),
        "The derivative of log is taken to be its own value, as it is for exp.",
        "How steep is log at 1, and what is its value there?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "log-not-inverted",
        "value-functions",
        ((IN_LOG, "            self.grad += self.data * out.grad\n"),),
        "The derivative of log is taken to be x, upside down.",
        "Does log grow faster or slower as x gets larger?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "tanh-not-squared",
        "value-functions",
        (("1.0 - out.data**2", "1.0 - out.data"),),
        "The derivative of tanh is taken to be 1 - tanh(x), without the square.",
        "tanh is as steep at -x as at x: has the derivative that was used this symmetry?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "tanh-of-input",
        "value-functions",
        (("1.0 - out.data**2", "1.0 - self.data**2"),),
        "The derivative of tanh is taken with x where tanh(x) belongs.",
        "Can the slope of tanh be negative?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "tanh-like-sigmoid",
        "value-functions",
        (("(1.0 - out.data**2)", "out.data * (1.0 - out.data)"),),
        "The derivative is that of the logistic function, s·(1 - s).",
        "How steep is tanh at 0?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "logistic-for-tanh",
        "value-functions",
        (("math.tanh(self.data)", "1.0 / (1.0 + math.exp(-self.data))"),),
        "The value is that of the logistic function, from 0 to 1; tanh runs from -1 to 1.",
        "What is tanh(0)?",
        own=(cases.FUNCTION_VALUES,),
    ),
    Misconception(
        "relu-lets-all-through",
        "value-functions",
        ((IN_RELU, "            self.grad += out.grad\n"),),
        "The gradient passes relu even where the input is negative.",
        "How steep is relu at -2?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "relu-looks-at-gradient",
        "value-functions",
        ((IN_RELU, IN_RELU.replace("self.data > 0", "self.grad > 0")),),
        "Whether the gradient passes is decided by the operand's gradient, which is still 0.",
        "On which number does the slope of relu depend?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "relu-leaks",
        "value-functions",
        (
            ("max(0.0, self.data)", "max(0.01 * self.data, self.data)"),
            (IN_RELU, "            self.grad += (1.0 if self.data > 0 else 0.01) * out.grad\n"),
        ),
        "Negative inputs leak through with the factor 0.01: that is the leaky relu.",
        "What is relu(-2)?",
        own=(cases.FUNCTION_VALUES,),
    ),
    Misconception(
        "relu-of-size",
        "value-functions",
        (("max(0.0, self.data)", "abs(self.data)"),),
        "Negative inputs come out with a plus: that is the absolute value.",
        "What is relu(-2)?",
        own=(cases.FUNCTION_VALUES,),
    ),
)

BACKWARD = (
    Misconception(
        "sum-assigns",
        "value-backward",
        (assigned(IN_SUM),),
        "The gradients are assigned instead of added in +, so the last use of a node wins.",
        "What should x.grad be after y = x + x?",
        own=(cases.TWICE,),
    ),
    Misconception(
        "product-assigns",
        "value-backward",
        (assigned(IN_PRODUCT),),
        "The gradients are assigned instead of added in *, so the last use of a node wins.",
        "What should x.grad be after y = x * x?",
        own=(cases.TWICE,),
    ),
    Misconception(
        "quotient-assigns",
        "value-backward",
        (assigned(IN_QUOTIENT),),
        "The gradients are assigned instead of added in /, so the last use of a node wins.",
        "What should x.grad be after y = x / x?",
        own=(cases.TWICE,),
    ),
    Misconception(
        "power-assigns",
        "value-backward",
        (assigned(IN_POWER),),
        "The gradient is assigned instead of added in **, so the last use of a node wins.",
        "What should x.grad be after y = x + x**2?",
        own=(cases.TWICE,),
    ),
    Misconception(
        "functions-assign",
        "value-backward",
        (assigned(IN_EXP), assigned(IN_LOG), assigned(IN_TANH), assigned(IN_RELU)),
        "The gradient is assigned instead of added in exp, log, tanh and relu.",
        "What should x.grad be after y = x + x.exp()?",
        own=(cases.TWICE,),
    ),
    Misconception(
        "everything-assigns",
        "value-backward",
        tuple(
            assigned(lines)
            for lines in (
                IN_SUM,
                IN_PRODUCT,
                IN_POWER,
                IN_QUOTIENT,
                IN_EXP,
                IN_LOG,
                IN_TANH,
                IN_RELU,
            )
        ),
        "The gradients are assigned instead of added, so the last use of a node wins.",
        "What should x.grad be after y = x + x, and what after two expressions that share x?",
        own=(cases.TWICE, cases.LEAVES),
    ),
    Misconception(
        "sum-forgets-gradient",
        "value-backward",
        ((IN_SUM, IN_SUM.replace("out.grad", "1.0")),),
        "The sum hands on its local derivative alone, which is right only at the end of a graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "product-forgets-gradient",
        "value-backward",
        ((IN_PRODUCT, IN_PRODUCT.replace(" * out.grad", "")),),
        "The product hands on its local derivative alone, which is right only at the end of a "
        "graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "quotient-forgets-gradient",
        "value-backward",
        (
            (
                IN_QUOTIENT,
                IN_QUOTIENT.replace(" * out.grad", "").replace("out.grad /", "1.0 /"),
            ),
        ),
        "The quotient hands on its local derivative alone, which is right only at the end of a "
        "graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "power-forgets-gradient",
        "value-backward",
        ((IN_POWER, IN_POWER.replace(" * out.grad", "")),),
        "The power hands on its local derivative alone, which is right only at the end of a graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "exp-forgets-gradient",
        "value-backward",
        ((IN_EXP, IN_EXP.replace(" * out.grad", "")),),
        "exp hands on its local derivative alone, which is right only at the end of a graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "log-forgets-gradient",
        "value-backward",
        ((IN_LOG, IN_LOG.replace("out.grad", "1.0")),),
        "log hands on its local derivative alone, which is right only at the end of a graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "tanh-forgets-gradient",
        "value-backward",
        ((IN_TANH, IN_TANH.replace(" * out.grad", "")),),
        "tanh hands on its local derivative alone, which is right only at the end of a graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "relu-forgets-gradient",
        "value-backward",
        ((IN_RELU, IN_RELU.replace(" * out.grad", "")),),
        "relu hands on its local derivative alone, which is right only at the end of a graph.",
        "By what does the chain rule multiply the local derivative?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "relu-stops-negative-gradients",
        "value-backward",
        ((IN_RELU, IN_RELU.replace("(self.data > 0)", "(self.data > 0 and out.grad > 0)")),),
        "relu lets only positive gradients through.",
        "Which sign decides whether relu is flat, that of its input or that of its gradient?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "product-forgets-operand",
        "value-backward",
        (("self.data * other.data, (self, other)", "self.data * other.data, (self,)"),),
        "The product names only self as its operand, so the graph ends at other.",
        "Which nodes have to be in _prev for backward to find them?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "no-seed",
        "value-backward",
        (("        self.grad = 1.0\n        for", "        for"),),
        "The output's own gradient stays 0, and so do all that are computed from it.",
        "What is d self / d self?",
        also=(
            "value-arithmetic",
            "value-functions",
        ),
        own=(cases.LOCAL, cases.LEAVES, cases.INNER),
    ),
    Misconception(
        "seed-is-data",
        "value-backward",
        (("        self.grad = 1.0\n        for", "        self.grad = self.data\n        for"),),
        "The backward pass starts from the output's value.",
        "What is d self / d self?",
        also=(
            "value-arithmetic",
            "value-functions",
        ),
        own=(cases.LEAVES, cases.INNER),
    ),
    Misconception(
        "root-skipped",
        "value-backward",
        (("reversed(order)", "reversed(order[:-1])"),),
        "The output itself never passes its gradient on.",
        "Whose _backward has to be the first?",
        also=(
            "value-arithmetic",
            "value-functions",
        ),
        own=(cases.LOCAL, cases.LEAVES, cases.INNER),
    ),
    Misconception(
        "one-level",
        "value-backward",
        (
            (
                ORDER + PASS_ON,
                "        self.grad = 1.0\n"
                "        self._backward()\n"
                "        for operand in self._prev:\n"
                "            operand._backward()\n",
            ),
        ),
        "Only the output and its operands pass their gradients on; what lies below gets none.",
        "How does the gradient get to the operands of the operands?",
        own=(cases.LEAVES, cases.INNER),
    ),
    Misconception(
        "leaves-first",
        "value-backward",
        (("reversed(order)", "order"),),
        "The nodes pass their gradients on from the leaves to the output.",
        "Which node is the first to know its own gradient?",
        also=("value-arithmetic",),
        own=(cases.LEAVES, cases.INNER),
    ),
    Misconception(
        "depth-first-order",
        "value-backward",
        (
            (
                ORDER + PASS_ON,
                "        seen, stack = {self}, [self]\n"
                "        self.grad = 1.0\n"
                "        while stack:\n"
                "            node = stack.pop()\n"
                "            node._backward()\n"
                "            for operand in node._prev:\n"
                "                if operand not in seen:\n"
                "                    seen.add(operand)\n"
                "                    stack.append(operand)\n",
            ),
        ),
        "Nodes pass their gradients on as they are found, depth first, some before their own is "
        "complete.",
        "When a node has been used twice, what has to happen before it may pass its gradient on?",
        own=(cases.TWICE, cases.LEAVES),
    ),
    Misconception(
        "breadth-first-order",
        "value-backward",
        (
            (
                ORDER + PASS_ON,
                "        seen, queue = {self}, [self]\n"
                "        self.grad = 1.0\n"
                "        for node in queue:\n"
                "            node._backward()\n"
                "            for operand in node._prev:\n"
                "                if operand not in seen:\n"
                "                    seen.add(operand)\n"
                "                    queue.append(operand)\n",
            ),
        ),
        "Nodes pass their gradients on level by level, some before their own is complete.",
        "In y = x + x.exp().log(), on which levels does x stand, and when is x.grad complete?",
        own=(cases.TWICE, cases.LEAVES),
    ),
    Misconception(
        "once-for-each-path",
        "value-backward",
        (
            (
                ORDER + PASS_ON,
                "        def visit(node):\n"
                "            node._backward()\n"
                "            for operand in node._prev:\n"
                "                visit(operand)\n"
                "\n"
                "        self.grad = 1.0\n"
                "        visit(self)\n",
            ),
        ),
        "A node passes its gradient on once for each path to it, with the sum of all so far.",
        "How often is _backward of a node called that has been used twice?",
        own=(cases.TWICE,),
    ),
    Misconception(
        "equal-numbers-are-one",
        "value-backward",
        (
            ("node not in seen", "node.data not in seen"),
            ("seen.add(node)", "seen.add(node.data)"),
            ("operand not in seen", "operand.data not in seen"),
        ),
        "Nodes are told apart by their data, so one with a number that was seen before is skipped.",
        "Can two different nodes hold the same number?",
        own=(cases.LEAVES,),
    ),
    Misconception(
        "recursion",
        "value-backward",
        (
            (
                ORDER,
                "        order, seen = [], set()\n"
                "\n"
                "        def visit(node):\n"
                "            if node not in seen:\n"
                "                seen.add(node)\n"
                "                for operand in node._prev:\n"
                "                    visit(operand)\n"
                "                order.append(node)\n"
                "\n"
                "        visit(self)\n",
            ),
        ),
        "A function calls itself for each operand, and Python allows that about 1,000 times.",
        "Which list could hold the nodes that the recursion keeps on Python's own stack?",
        own=(cases.DEEP,),
    ),
    Misconception(
        "gradients-zeroed-first",
        "value-backward",
        (
            (
                "        self.grad = 1.0\n        for",
                "        for node in order:\n"
                "            for operand in node._prev:\n"
                "                operand.grad = 0.0\n"
                "        self.grad = 1.0\n        for",
            ),
        ),
        "backward sets the gradients anew, so what another expression has left in a leaf is lost.",
        "What should x.grad be when two expressions with x have each been differentiated?",
        own=(cases.SEPARATE,),
    ),
    Misconception(
        "inner-gradients-cleared",
        "value-backward",
        (
            (
                PASS_ON,
                PASS_ON + "        for node in order:\n"
                "            if node._prev and node is not self:\n"
                "                node.grad = 0.0\n",
            ),
        ),
        "Only the leaves keep their gradients; those of the nodes between are cleared at the end.",
        "Which nodes are to hold their gradient after backward?",
        own=(cases.INNER,),
    ),
    Misconception(
        "root-gradient-cleared",
        "value-backward",
        ((PASS_ON, PASS_ON + "        self.grad = 0.0\n"),),
        "The output's own gradient is cleared at the end.",
        "What is d self / d self?",
        own=(cases.INNER,),
    ),
)

UNATTACHED = tuple(
    Misconception(
        f"{operation}-not-attached",
        "value-functions" if operation in FUNCTION_NAMES else "value-arithmetic",
        ((lines + ATTACH, lines),),
        "The NAME defines _backward, but its result never gets it.".replace("NAME", operation),
        "Which attribute does backward call, and who sets it?",
        own=(cases.SLOPES,) if operation in FUNCTION_NAMES else (cases.LOCAL,),
        also=("value-backward",) if operation in ("sum", "product") else (),
    )
    for operation, lines in SHARES.items()
    if operation != "relu"  # which lets nothing through as relu-looks-at-gradient does
)

ASSIGNING = tuple(
    Misconception(
        f"{operation}-assigns",
        "value-backward",
        (assigned(SHARES[operation]),),
        "The gradient is assigned instead of added in NAME, so the last use of a node "
        "wins.".replace("NAME", operation),
        "What should x.grad be after y = x + x.NAME()?".replace("NAME", operation),
        own=(cases.TWICE,),
    )
    for operation in FUNCTION_NAMES
)

RESULTS = (
    Misconception(
        "sum-returns-number",
        "value-arithmetic",
        (
            (
                f"{IN_SUM}{ATTACH}        return out\n",
                f"{IN_SUM}{ATTACH}        return out.data\n",
            ),
        ),
        "The sum returns a plain number, which does not know where it came from.",
        "What is each operation to return, so that the next one and backward can go on?",
        own=(cases.VALUES, cases.NUMBERS),
        also=("value-backward",),
    ),
    Misconception(
        "product-returns-nothing",
        "value-arithmetic",
        ((f"{IN_PRODUCT}{ATTACH}        return out\n", f"{IN_PRODUCT}{ATTACH}"),),
        "The product is computed and never returned.",
        "What does a Python function give back that has no return?",
        own=(cases.VALUES, cases.NUMBERS),
        also=("value-backward",),
    ),
    Misconception(
        "power-returns-number",
        "value-arithmetic",
        ((POWER, "        return self.data**k\n"),),
        "The power returns a plain number, which does not know where it came from.",
        "What is each operation to return, so that the next one and backward can go on?",
        own=(cases.VALUES,),
    ),
    Misconception(
        "negation-returns-number",
        "value-arithmetic",
        (
            (NEGATION, "        return -self.data\n"),
            (DIFFERENCE, "        return self + other * -1\n"),
        ),
        "The negation returns a plain number, which does not know where it came from.",
        "What is each operation to return, so that the next one and backward can go on?",
        own=(cases.VALUES,),
    ),
    Misconception(
        "exp-returns-number",
        "value-functions",
        ((f"{IN_EXP}{ATTACH}        return out\n", f"{IN_EXP}{ATTACH}        return out.data\n"),),
        "exp returns a plain number, which does not know where it came from.",
        "What is each operation to return, so that the next one and backward can go on?",
        own=(cases.FUNCTION_VALUES,),
    ),
    Misconception(
        "tanh-returns-nothing",
        "value-functions",
        ((f"{IN_TANH}{ATTACH}        return out\n", f"{IN_TANH}{ATTACH}"),),
        "tanh is computed and never returned.",
        "What does a Python function give back that has no return?",
        own=(cases.FUNCTION_VALUES,),
    ),
)

SLIPS = (
    Misconception(
        "power-divided-by-base",
        "value-arithmetic",
        ((IN_POWER, "            self.grad += k * self.data**k / self.data * out.grad\n"),),
        "The derivative of a power is written as k·x^k / x, which x = 0 does not allow.",
        "How steep is x**2 at 0, and what does your formula divide by there?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "product-divided-by-operand",
        "value-arithmetic",
        (
            (
                IN_PRODUCT,
                "            self.grad += out.data / self.data * out.grad\n"
                "            other.grad += out.data / other.data * out.grad\n",
            ),
        ),
        "The other factor is taken as the product divided by this one, which 0 does not allow.",
        "Where else does the other factor's number stand?",
        also=("value-backward",),
        own=(cases.LOCAL,),
    ),
    Misconception(
        "quotient-pasted-from-product",
        "value-arithmetic",
        ((IN_QUOTIENT, IN_PRODUCT),),
        "The derivatives of the quotient are those of the product.",
        "How much does 6 / 2 grow when the 6 grows by 1, and when the 2 grows by 0.1?",
        own=(cases.LOCAL,),
    ),
    Misconception(
        "quotient-multiplies",
        "value-arithmetic",
        (("self.data / other.data, (self, other)", "self.data * other.data, (self, other)"),),
        "The quotient's value is that of the product.",
        "What is 6 / 2?",
        own=(cases.VALUES,),
    ),
    Misconception(
        "reflected-product-adds",
        "value-arithmetic",
        ((RMUL, RMUL.replace("return self * other", "return self + other")),),
        "With a number on the left, the product comes out as the sum.",
        "Which method does Python call for 2 * x, and what does it compute?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "reflected-difference-adds",
        "value-arithmetic",
        ((RSUB, RSUB.replace("return -self + other", "return self + other")),),
        "With a number on the left, the difference comes out as the sum.",
        "Which method does Python call for 2 - x, and what does it compute?",
        own=(cases.NUMBERS,),
    ),
    Misconception(
        "exp-pasted-from-tanh",
        "value-functions",
        ((IN_EXP, IN_TANH),),
        "The derivative of exp is that of tanh.",
        "Which function is its own derivative?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "log-without-inner-number",
        "value-functions",
        ((IN_LOG, "            self.grad += 1 / out.data * out.grad\n"),),
        "The derivative of log is divided by the logarithm, where x itself belongs.",
        "Of which number is 1 / x taken: that before the logarithm or that after it?",
        own=(cases.SLOPES,),
    ),
    Misconception(
        "recursion-without-order",
        "value-backward",
        (
            (
                ORDER + PASS_ON,
                "        seen = set()\n"
                "\n"
                "        def visit(node):\n"
                "            if node not in seen:\n"
                "                seen.add(node)\n"
                "                node._backward()\n"
                "                for operand in node._prev:\n"
                "                    visit(operand)\n"
                "\n"
                "        self.grad = 1.0\n"
                "        visit(self)\n",
            ),
        ),
        "A function calls itself for each operand, and nodes pass their gradients on as they are "
        "found.",
        "When a node has been used twice, what has to happen before it may pass its gradient on?",
        own=(cases.TWICE, cases.LEAVES),
    ),
    Misconception(
        "stops-where-flat",
        "value-minimize",
        (
            (
                "        path.append(",
                "        if abs(x.grad) < 1e-3:\n            break\n        path.append(",
            ),
        ),
        "The descent stops early where the gradient is small, so that the path is too short.",
        "How many points does the path have after a number of steps, wherever it leads?",
        own=(cases.PATH,),
    ),
    Misconception(
        "returns-after-first-step",
        "value-minimize",
        (("    return path\n", "        return path\n"),),
        "The function ends inside its loop, after the first step.",
        "How far is the line with return indented?",
        own=(cases.PATH,),
    ),
    Misconception(
        "returns-after-first-epoch",
        "value-fit-line",
        (("    return float(w.data)", "        return float(w.data)"),),
        "The function ends inside its loop, after the first epoch.",
        "How far is the line with return indented?",
        own=(cases.LINE,),
    ),
    Misconception(
        "moved-after-last-epoch",
        "value-fit-line",
        (
            (
                "        w.data -= lr * w.grad\n        b.data -= lr * b.grad\n",
                "    w.data -= lr * w.grad\n    b.data -= lr * b.grad\n",
            ),
        ),
        "w and b are moved once, after the loop.",
        "Look at how far the lines that move w and b are indented.",
        own=(cases.LINE,),
    ),
    Misconception(
        "xs-and-ys-exchanged",
        "value-fit-line",
        (("for x, y in zip(xs, ys)", "for x, y in zip(ys, xs)"),),
        "xs and ys are exchanged in the loop.",
        "In which order does zip get the lists, and in which does the loop name the items?",
        own=(cases.LINE,),
    ),
    Misconception(
        "every-x-with-every-y",
        "value-fit-line",
        (("for x, y in zip(xs, ys)", "for x in xs for y in ys"),),
        "Two nested loops pair every x with every y.",
        "How many points are there, and how many terms has your sum?",
        own=(cases.LINE,),
    ),
    Misconception(
        "stops-when-good",
        "value-fit-line",
        (
            (
                "        w.grad = b.grad = 0.0\n",
                "        if loss.data < 1e-6:\n            break\n        w.grad = b.grad = 0.0\n",
            ),
        ),
        "The fit stops early where the loss is small.",
        "How many epochs does the docstring promise?",
        own=(cases.LINE,),
    ),
)

MINIMIZE = (
    Misconception(
        "path-without-start",
        "value-minimize",
        (
            (
                PATH,
                "    path = []\n"
                "    for _ in range(steps):\n"
                "        x = Value(x0)\n"
                "        f(x).backward()\n"
                "        x0 = x0 - lr * x.grad\n"
                "        path.append(x0)\n"
                "    return path\n",
            ),
        ),
        "The path begins after the first step, so x_0 is missing.",
        "How many points does the path have after 0 steps, after 1, and after 2?",
        own=(cases.PATH,),
    ),
    Misconception(
        "path-without-end",
        "value-minimize",
        (("range(steps)", "range(steps - 1)"),),
        "x_0 is counted as a step, so the path ends one step early.",
        "How many points does the path have after 0 steps, after 1, and after 2?",
        own=(cases.PATH,),
    ),
    Misconception(
        "one-step-more",
        "value-minimize",
        (("range(steps)", "range(steps + 1)"),),
        "The path goes one step too far.",
        "How many points does the path have after 0 steps, after 1, and after 2?",
        own=(cases.PATH,),
    ),
    Misconception(
        "uphill",
        "value-minimize",
        (("path[-1] - lr", "path[-1] + lr"),),
        "The steps go up the slope.",
        "When the slope is positive, is the lower ground on the left or on the right?",
        own=(cases.PATH,),
    ),
    Misconception(
        "gradient-kept-between-steps",
        "value-minimize",
        (
            (
                PATH,
                "    x = Value(float(x0))\n"
                "    path = [x.data]\n"
                "    for _ in range(steps):\n"
                "        f(x).backward()\n"
                "        x.data -= lr * x.grad\n"
                "        path.append(x.data)\n"
                "    return path\n",
            ),
        ),
        "One Value is used throughout, and its gradient is never set back to 0, so it adds up.",
        "What is in x.grad before the second backward?",
        own=(cases.PATH,),
    ),
    Misconception(
        "lr-not-used",
        "value-minimize",
        (("path[-1] - lr * x.grad", "path[-1] - x.grad"),),
        "The steps are as long as the gradient; lr is not used.",
        "Where does lr come in?",
        own=(cases.PATH,),
    ),
    Misconception(
        "steps-of-one-length",
        "value-minimize",
        (
            (
                "path[-1] - lr * x.grad",
                "path[-1] - (lr if x.grad > 0 else -lr if x.grad < 0 else 0.0)",
            ),
        ),
        "Every step has the length lr: only the sign of the gradient is used.",
        "Should a step be longer where the slope is steeper?",
        own=(cases.PATH,),
    ),
    Misconception(
        "steps-along-value",
        "value-minimize",
        (
            ("f(x).backward()", "y = f(x)"),
            ("path[-1] - lr * x.grad", "path[-1] - lr * y.data"),
        ),
        "The step uses the value of f where its derivative belongs.",
        "Where is the slope of f at x, after backward?",
        own=(cases.PATH,),
    ),
    Misconception(
        "gradient-at-start",
        "value-minimize",
        (("x = Value(path[-1])", "x = Value(x0)"),),
        "Every step uses the gradient at x_0.",
        "Where is the gradient of step t to be taken?",
        own=(cases.PATH,),
    ),
    Misconception(
        "path-of-values",
        "value-minimize",
        (
            (
                PATH,
                "    path = [Value(float(x0))]\n"
                "    for _ in range(steps):\n"
                "        f(path[-1]).backward()\n"
                "        path.append(Value(path[-1].data - lr * path[-1].grad))\n"
                "    return path\n",
            ),
        ),
        "The path holds Values where it should hold floats.",
        "How do you get the number out of a Value?",
        own=(cases.PATH,),
    ),
    Misconception(
        "end-of-path-only",
        "value-minimize",
        (("    return path\n", "    return path[-1]\n"),),
        "Only the last point is returned.",
        "What does the docstring say about the result?",
        own=(cases.PATH,),
    ),
    Misconception(
        "path-of-heights",
        "value-minimize",
        (
            (
                PATH,
                "    x = Value(float(x0))\n"
                "    path = [f(x).data]\n"
                "    for _ in range(steps):\n"
                "        x.grad = 0.0\n"
                "        f(x).backward()\n"
                "        x.data -= lr * x.grad\n"
                "        path.append(f(x).data)\n"
                "    return path\n",
            ),
        ),
        "The list holds the values of f along the path, not the points x.",
        "What does the docstring say about the result?",
        own=(cases.PATH,),
    ),
)

FIT_LINE = (
    Misconception(
        "sum-of-squares",
        "value-fit-line",
        ((LOSS, LOSS.replace(" / len(xs)", "")),),
        "The loss is the sum of the squared errors, not their mean.",
        "Should twice as many points mean steps that are twice as long?",
        own=(cases.LINE,),
    ),
    Misconception(
        "half-the-mean",
        "value-fit-line",
        ((LOSS, LOSS.replace("len(xs)", "(2 * len(xs))")),),
        "The loss is half the mean squared error, as some books have it.",
        "Is there a 1/2 in the formula of the loss?",
        own=(cases.LINE,),
    ),
    Misconception(
        "absolute-errors",
        "value-fit-line",
        (
            (
                LOSS,
                LOSS.replace(
                    "((w * x + b - y) ** 2", "((w * x + b - y).relu() + (y - w * x - b).relu()"
                ),
            ),
        ),
        "The loss is the mean of the errors' sizes, not of their squares.",
        "Should a point that is twice as far away pull twice as hard?",
        own=(cases.LINE,),
    ),
    Misconception(
        "root-of-mean",
        "value-fit-line",
        ((LOSS, LOSS.replace("loss = sum", "loss = (sum").replace("len(xs)", "len(xs)) ** 0.5")),),
        "The loss is the root of the mean squared error.",
        "What is the derivative of a square root, and does it occur in the formula?",
        own=(cases.LINE,),
    ),
    Misconception(
        "gradients-add-up-over-epochs",
        "value-fit-line",
        (("        w.grad = b.grad = 0.0\n", ""),),
        "The gradients are never set back to 0, so each epoch adds to those before.",
        "What is in w.grad before the second backward?",
        own=(cases.LINE,),
    ),
    Misconception(
        "one-gradient-kept",
        "value-fit-line",
        (("w.grad = b.grad = 0.0", "w.grad = 0.0"),),
        "Only the gradient of w is set back to 0, and that of b adds up.",
        "What is in b.grad before the second backward?",
        own=(cases.LINE,),
    ),
    Misconception(
        "one-after-the-other",
        "value-fit-line",
        (
            (
                EPOCH,
                EPOCH.replace("        b.data -= lr * b.grad\n", "")
                + LOSS
                + "        w.grad = b.grad = 0.0\n"
                "        loss.backward()\n"
                "        b.data -= lr * b.grad\n",
            ),
        ),
        "w is moved first, and b along the gradient at the new w.",
        "At which point is each of the two gradients to be taken?",
        own=(cases.LINE,),
    ),
    Misconception(
        "point-by-point",
        "value-fit-line",
        (
            (
                EPOCH,
                "        for x, y in zip(xs, ys):\n"
                "            loss = (w * x + b - y) ** 2\n"
                "            w.grad = b.grad = 0.0\n"
                "            loss.backward()\n"
                "            w.data -= lr * w.grad\n"
                "            b.data -= lr * b.grad\n",
            ),
        ),
        "There is a step for each point, where there should be one for all points together.",
        "How many steps are there in an epoch of full-batch gradient descent?",
        own=(cases.LINE,),
    ),
    Misconception(
        "intercept-first",
        "value-fit-line",
        (("float(w.data), float(b.data)", "float(b.data), float(w.data)"),),
        "The result is (b, w).",
        "In which order does the docstring name the two numbers?",
        own=(cases.LINE,),
    ),
    Misconception(
        "start-at-one",
        "value-fit-line",
        (("w, b = Value(0.0), Value(0.0)", "w, b = Value(1.0), Value(1.0)"),),
        "Both start from 1.",
        "Where does the docstring say to start?",
        own=(cases.LINE,),
    ),
    Misconception(
        "intercept-never-moved",
        "value-fit-line",
        (("        b.data -= lr * b.grad\n", ""),),
        "Only w is learned, and b stays 0.",
        "Which numbers does the loss depend on?",
        own=(cases.LINE,),
    ),
    Misconception(
        "line-of-values",
        "value-fit-line",
        (("float(w.data), float(b.data)", "w, b"),),
        "The result is two Values where it should be two floats.",
        "How do you get the number out of a Value?",
        own=(cases.LINE,),
    ),
    Misconception(
        "one-epoch-short",
        "value-fit-line",
        (("range(epochs)", "range(epochs - 1)"),),
        "There is one epoch too few.",
        "How often is the loop to run?",
        own=(cases.LINE,),
    ),
    Misconception(
        "up-the-loss",
        "value-fit-line",
        (("w.data -= lr", "w.data += lr"), ("b.data -= lr", "b.data += lr")),
        "The steps go up the slope of the loss.",
        "When the slope is positive, is the lower loss on the left or on the right?",
        own=(cases.LINE,),
    ),
)

MISCONCEPTIONS: tuple[Misconception, ...] = (
    *ARITHMETIC,
    *FUNCTIONS,
    *BACKWARD,
    *UNATTACHED,
    *ASSIGNING,
    *RESULTS,
    *SLIPS,
    *MINIMIZE,
    *FIT_LINE,
)
