"""Misconceptions about the assignment ``lookahead``."""

from autograder.cases import lookahead as cases
from autograder.misconceptions.catalogue import Misconception

GETTER = "        return self.base.lr\n"
SETTER = "        self.base.lr = lr\n"
COPY = """\
        if self.slow_weights is None:
            self.slow_weights = [w.copy() for w in params]
"""
BASE = "        self.base.step(params, grads)\n"
COUNT = "        self.t += 1\n"
DUE = "        if self.t % self.k == 0:\n"
MOVE = "                slow += self.alpha * (fast - slow)\n"
BACK = "                fast[...] = slow\n"
SYNC = "            for slow, fast in zip(self.slow_weights, params):\n" + MOVE + BACK


def idea(
    name: str,
    thinks: str,
    hint: str,
    *edits: tuple[str, str],
    own: tuple[str, ...],
    reason: str = "",
) -> Misconception:
    """A misconception about the one exercise of this assignment."""
    return Misconception(name, "lookahead-step", edits, thinks, hint, own=own, reason=reason)


START = (
    idea(
        "slow-copied-at-first-sync",
        "The slow weights are copied at the first synchronisation, when the fast ones are far.",
        "Where do the slow weights stand before the first step?",
        (COPY, ""),
        (DUE, DUE + COPY.replace("        ", "            ", 1).replace("\n    ", "\n        ")),
        own=(cases.START,),
    ),
    idea(
        "slow-copied-after-first-step",
        "The slow weights are copied after base has moved the weights once.",
        "In which order do the first lines of step stand?",
        (COPY + BASE, BASE + COPY),
        own=(cases.START,),
    ),
    idea(
        "slow-starts-at-zero",
        "The slow weights start at 0.",
        "Where do the slow weights stand before the first step?",
        ("w.copy() for w in params", "0.0 * w for w in params"),
        own=(cases.START,),
    ),
    idea(
        "slow-aliases-fast",
        "As with base alone: slow is the same array as fast, or it is never copied back.",
        "How many arrays are there after slow = w, and what holds the model's after a sync?",
        ("w.copy() for w in params", "w for w in params"),
        own=(cases.SYNC, cases.ALPHA_ZERO),
    ),
    idea(
        "slow-copied-in-each-round",
        "After a synchronisation the slow weights are copied from the weights of the next step.",
        "What moves the slow weights, apart from a synchronisation?",
        (COPY + BASE, BASE + "        if self.t % self.k == 0:\n" + COPY.split("\n")[1] + "\n"),
        own=(cases.START,),
    ),
    idea(
        "slow-copied-in-each-step",
        "The slow weights are copied anew before each step.",
        "What moves the slow weights, apart from a synchronisation?",
        ("        if self.slow_weights is None:\n", "        if True:\n"),
        own=(cases.START,),
    ),
    idea(
        "slow-aliases-after-sync",
        "There is one synchronisation and then none, as if slow and fast had become one array.",
        "Which steps are multiples of k, and what fills an array with numbers, unlike slow = fast?",
        (
            BACK,
            BACK + "            self.slow_weights = list(params)\n",
        ),
        own=(cases.TIMES,),
    ),
)

SYNCHRONISING = (
    idea(
        "alpha-exchanged",
        "alpha and 1 − alpha are exchanged.",
        "With alpha = 1, where do the slow weights go: to the fast ones, or nowhere?",
        (MOVE, "                slow += (1 - self.alpha) * (fast - slow)\n"),
        own=(cases.SYNC, cases.ALPHA_ONE),
    ),
    idea(
        "alpha-fixed",
        "The slow weights go half of the way, whatever alpha is.",
        "Where does step look at self.alpha?",
        (MOVE, "                slow += 0.5 * (fast - slow)\n"),
        own=(cases.SYNC,),
    ),
    idea(
        "fast-added",
        "alpha times the fast weights is added, where it should be alpha times the difference.",
        "If slow and fast are equal, should anything move?",
        (MOVE, "                slow += self.alpha * fast\n"),
        own=(cases.SYNC,),
    ),
    idea(
        "wrong-way",
        "The slow weights go away from the fast ones.",
        "Which sign has the difference if the fast weights are larger?",
        (MOVE, "                slow -= self.alpha * (fast - slow)\n"),
        own=(cases.SYNC,),
    ),
    idea(
        "slow-not-kept",
        "The weights go part of the way back, but the slow weights stay where they started.",
        "What are the slow weights after the first synchronisation?",
        (MOVE, "                fast[...] = slow + self.alpha * (fast - slow)\n"),
        (BACK, ""),
        own=(cases.TIMES,),
    ),
    idea(
        "reset-before-moving",
        "The fast weights are set back before the slow ones have looked at them.",
        "In which order do the two lines of the synchronisation stand?",
        (MOVE + BACK, BACK + MOVE),
        own=(cases.SYNC,),
    ),
    idea(
        "sync-one-late",
        "The synchronisation comes in the step after every k-th.",
        "With k = 2, in which of the first four steps does it happen?",
        (COUNT, ""),
        (DUE, "        if self.t and self.t % self.k == 0:\n"),
        (SYNC, SYNC + "        self.t += 1\n"),
        own=(cases.TIMES,),
    ),
    idea(
        "sync-one-early",
        "The first synchronisation comes one step early, since the count starts at 1.",
        "What is the count after the first step?",
        ("self.t = 0", "self.t = 1"),
        own=(cases.TIMES,),
    ),
    idea(
        "sync-in-first-step",
        "The count starts at 0 and is looked at before it grows, so the first step synchronises.",
        "Of which numbers is 0 a multiple?",
        (COUNT, ""),
        (SYNC, SYNC + "        self.t += 1\n"),
        own=(cases.TIMES,),
    ),
    idea(
        "sync-before-step",
        "The synchronisation comes before the step of base, not after it.",
        "With k = 1, how often has base moved the weights at the first synchronisation?",
        (BASE, ""),
        (SYNC, SYNC + "        self.base.step(params, grads)\n"),
        own=(cases.SYNC,),
    ),
    idea(
        "k-plus-one",
        "There are k steps between two synchronisations that are not followed by one.",
        "With k = 2, in which of the first six steps is there a synchronisation?",
        ("self.t % self.k == 0", "self.t % (self.k + 1) == 0"),
        own=(cases.TIMES,),
    ),
    idea(
        "sync-every-step",
        "The weights are synchronised in every step.",
        "Where does step look at self.k?",
        (DUE, "        if True:\n"),
        own=(cases.TIMES,),
    ),
    idea(
        "sync-ever-after",
        "From step k on, every step synchronises.",
        "Which steps are multiples of k?",
        ("self.t % self.k == 0", "self.t >= self.k"),
        own=(cases.TIMES,),
    ),
    idea(
        "k-fixed",
        "Every fifth step synchronises, whatever k is.",
        "Where does step look at self.k?",
        ("self.t % self.k == 0", "self.t % 5 == 0"),
        own=(cases.TIMES,),
    ),
    idea(
        "default-k",
        "k is 6 where none is given.",
        "Compare the defaults of __init__ with those in the text.",
        ("k=5", "k=6"),
        own=(cases.TIMES,),
    ),
    idea(
        "default-alpha",
        "alpha is 0.8 where none is given.",
        "Compare the defaults of __init__ with those in the text.",
        ("alpha=0.5", "alpha=0.8"),
        own=(cases.SYNC,),
    ),
    idea(
        "first-array-only",
        "The synchronisation ends after the first array.",
        "How far is the last line of the loop indented?",
        (BACK, BACK + "                break\n"),
        own=(cases.ARRAYS,),
    ),
    idea(
        "counter-per-array",
        "The count grows once for each array, not once for each step.",
        "After one step with three arrays, how large should the count be?",
        (COUNT, "        self.t += len(params)\n"),
        own=(cases.ARRAYS,),
    ),
)

BASES = (
    idea(
        "base-forgotten",
        "base does not move the weights: its step is never called, or gets copies of them.",
        "Who moves the fast weights?",
        (BASE, ""),
        own=(
            cases.BETWEEN,
            cases.SYNC,
            cases.START,
            cases.TIMES,
            cases.ALPHA_ONE,
            cases.ALPHA_ZERO,
            cases.RATE,
            cases.TRAINS,
        ),
        reason="Without a step of base, nothing that the optimizer is for is left.",
    ),
    idea(
        "plain-descent-inside",
        "The fast weights take plain gradient steps, whatever base is.",
        "Who moves the fast weights?",
        (
            BASE,
            "        for w, g in zip(params, grads):\n            w -= self.base.lr * g\n",
        ),
        own=(cases.ANY_BASE,),
    ),
    idea(
        "base-steps-k-times",
        "base takes k steps with the same gradient in each call.",
        "How many steps of base is one call of step?",
        (BASE, "        for _ in range(self.k):\n            self.base.step(params, grads)\n"),
        own=(cases.BETWEEN, cases.ANY_BASE),
    ),
    idea(
        "base-rests-at-sync",
        "base does not step in the calls in which the weights are synchronised.",
        "How many steps has base taken when step k is done?",
        (BASE, ""),
        (
            DUE,
            "        if self.t % self.k:\n"
            "            self.base.step(params, grads)\n"
            "        else:\n",
        ),
        own=(cases.SYNC,),
    ),
    idea(
        "base-copied",
        "A copy of base is used, so that lr set on the original has no effect.",
        "After base.lr = …, what does opt.lr read?",
        ("        self.base = base\n", "        self.base = __import__('copy').deepcopy(base)\n"),
        own=(cases.RATE,),
    ),
    idea(
        "base-gets-copies",
        "base steps on copies, which are copied back; it never sees the same arrays twice.",
        "Which arrays does base get, if it looks up its state by them?",
        (
            BASE,
            "        copies = [w.copy() for w in params]\n"
            "        self.base.step(copies, grads)\n"
            "        for w, new in zip(params, copies):\n"
            "            w[...] = new\n",
        ),
        own=(cases.ANY_BASE,),
    ),
    idea(
        "lr-copied",
        "lr is copied when the optimizer is made, and later changes do not reach base.",
        "Where does the learning rate live that base uses?",
        ("        self.base = base\n", "        self.base = base\n        self._lr = base.lr\n"),
        (GETTER, "        return self._lr\n"),
        (SETTER, "        self._lr = lr\n"),
        own=(cases.RATE,),
    ),
    idea(
        "lr-not-set",
        "Setting lr does nothing.",
        "After opt.lr = 0.5, what is base.lr?",
        (SETTER, "        pass\n"),
        own=(cases.RATE,),
    ),
)

STATE = (
    idea(
        "slow-weights-of-the-class",
        "The slow weights belong to the class, so that all optimizers share them.",
        "Which object holds the state, self or the class?",
        ("        self.slow_weights = None\n", ""),
        ("    def __init__(", "    slow_weights = None\n\n    def __init__("),
        ("            self.slow_weights = [", "            Lookahead.slow_weights = ["),
        own=(cases.APART,),
    ),
    idea(
        "counter-of-the-class",
        "The count belongs to the class, so that all optimizers share it.",
        "Which object holds the state, self or the class?",
        ("        self.t = 0\n", ""),
        ("    def __init__(", "    t = 0\n\n    def __init__("),
        (COUNT, "        Lookahead.t += 1\n"),
        own=(cases.APART,),
    ),
    idea(
        "gradients-cleared",
        "The gradients are set to 0 after the step, as in a training loop.",
        "Whose arrays are the gradients?",
        (BASE, BASE + "        for g in grads:\n            g[...] = 0.0\n"),
        own=(cases.GRADIENTS,),
    ),
)

SLIPS = (
    idea(
        "base-state-reset",
        "base starts anew at each synchronisation, without what it has gathered.",
        "Whose is the state of base, and does a synchronisation change it?",
        (
            "        self.base = base\n",
            "        self.base = base\n"
            "        self.fresh = __import__('copy').deepcopy(vars(base))\n",
        ),
        (
            DUE,
            DUE + "            fresh = __import__('copy').deepcopy(self.fresh)\n"
            "            fresh.pop('lr', None)\n"
            "            vars(self.base).update(fresh)\n",
        ),
        own=(cases.ANY_BASE,),
    ),
    idea(
        "slow-weights-by-id",
        "The slow weights live outside the optimizer, so a second one on the same arrays inherits "
        "them.",
        "Who else finds slow weights under the same array, and should a new optimizer?",
        ("class Lookahead:", "SLOW = {}\n\n\nclass Lookahead:"),
        (
            COPY,
            "        for w in params:\n"
            "            SLOW.setdefault(id(w), w.copy())\n"
            "        self.slow_weights = [SLOW[id(w)] for w in params]\n",
        ),
        own=(cases.APART,),
    ),
    idea(
        "last-array-only",
        "The fast weights are set back after the loop, so only those of the last array are.",
        "How far is the last line of the loop indented?",
        (BACK, BACK.removeprefix("    ")),
        own=(cases.ARRAYS,),
    ),
    idea(
        "first-call-only-copies",
        "The first call copies the weights and returns, so its gradient is lost.",
        "What does the first call of step do after the slow weights are copied?",
        (COPY, COPY + "            return\n"),
        own=(cases.BETWEEN,),
    ),
)

MISCONCEPTIONS = (*START, *SYNCHRONISING, *BASES, *STATE, *SLIPS)
