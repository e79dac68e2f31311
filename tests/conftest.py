"""Options of this repository's own tests."""

import os
import signal

from hypothesis import settings

# The tests share the cores out among themselves; before NumPy is imported anywhere.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell without job control lets what it starts in the background ignore Ctrl-C, and children
# inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


def pytest_addoption(parser):
    parser.addoption(
        "--kills",
        type=int,
        default=3,
        help="how often test_saving kills a run at a random moment",
    )
    parser.addoption(
        "--regrades",
        type=int,
        default=1,
        help="how often test_stability grades the same submissions again",
    )
    parser.addoption(
        "--every-attack",
        action="store_true",
        help="tests/redteam: all attacks under every command",
    )
