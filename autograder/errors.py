"""The fault that ends a run over a whole class."""


class Fault(RuntimeError):
    """No submission can be graded any more; the message says why in one line."""
