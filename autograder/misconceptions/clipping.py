"""Misconceptions about the assignment ``clipping``."""

from autograder.cases import clipping as cases
from autograder.misconceptions.catalogue import Misconception

VALUE, NORM = "clipping-value", "clipping-norm"

CUT = "        np.clip(g, -clip_value, clip_value, out=g)\n"
TOTAL = "    norm = np.sqrt(sum(np.sum(g**2) for g in grads))\n"
WHERE = "    if max_norm < norm < np.inf:\n"
SCALE = """\
        for g in grads:
            g *= max_norm / norm
"""
RETURN = "    return float(norm)\n"


def by_value(
    name: str, thinks: str, hint: str, *edits: tuple[str, str], own: tuple[str, ...]
) -> Misconception:
    return Misconception(name, VALUE, edits, thinks, hint, own=own)


def by_norm(
    name: str, thinks: str, hint: str, *edits: tuple[str, str], own: tuple[str, ...]
) -> Misconception:
    return Misconception(name, NORM, edits, thinks, hint, own=own)


CUTTING = (
    by_value(
        "cut-into-copy",
        "The clipped entries go into a new array, and the caller's stay as they are.",
        "What does np.clip return, and what does its argument out do?",
        (CUT, "        g = np.clip(g, -clip_value, clip_value)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "cut-above-only",
        "Only entries above clip_value are cut; those below -clip_value stay.",
        "What becomes of an entry of -100?",
        (CUT, "        np.minimum(g, clip_value, out=g)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "cut-below-only",
        "Only entries below -clip_value are cut; those above clip_value stay.",
        "What becomes of an entry of 100?",
        (CUT, "        np.maximum(g, -clip_value, out=g)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "negative-cut-to-zero",
        "The range goes from 0 to clip_value, so that negative entries become 0.",
        "Which sign does an entry of -3 have after clipping?",
        (CUT, "        np.clip(g, 0.0, clip_value, out=g)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "sign-lost",
        "Entries that are too large in size become +clip_value, whatever their sign.",
        "Which sign does an entry of -3 have after clipping?",
        (CUT, "        g[np.abs(g) > clip_value] = clip_value\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "large-entries-dropped",
        "Entries beyond the limit become 0 instead of the limit.",
        "Clipping makes a step shorter; should it leave the step out?",
        (CUT, "        g[np.abs(g) > clip_value] = 0.0\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "scaled-by-largest-entry",
        "The whole array is scaled until its largest entry fits, which changes small entries too.",
        "Which entries does clipping by value change?",
        (CUT, "        g *= min(1.0, clip_value / max(np.abs(g).max(), 1e-300))\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "sign-times-limit",
        "Every entry becomes plus or minus clip_value, the small ones too.",
        "What becomes of an entry that is smaller than clip_value?",
        (CUT, "        g[...] = clip_value * np.sign(g)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "limited-to-one",
        "The entries are limited to the range from -1 to 1, whatever clip_value is.",
        "Where does the function look at clip_value?",
        (CUT, "        np.clip(g, -1.0, 1.0, out=g)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "value-first-array-only",
        "The function ends inside its loop, so only the first array is cut.",
        "How far is the last line of the loop indented?",
        (CUT, CUT + "        return\n"),
        own=(cases.EACH,),
    ),
    by_value(
        "value-as-norm",
        "The array is scaled to the norm clip_value; that is the other exercise.",
        "Does clipping by value look at single entries or at a whole array?",
        (CUT, "        g *= min(1.0, clip_value / max(np.sqrt(np.sum(g**2)), 1e-300))\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "squashed",
        "The entries are squashed smoothly, so that small ones change too.",
        "What becomes of an entry that is smaller than clip_value?",
        (CUT, "        g[...] = clip_value * np.tanh(g / clip_value)\n"),
        own=(cases.CUT,),
    ),
)

TOTALS = (
    by_norm(
        "norm-per-array",
        "Each array is clipped by a norm of its own, which changes the direction of the whole.",
        "How many norms are there when there are three arrays?",
        (
            WHERE + SCALE,
            "    for g in grads:\n"
            "        own = np.sqrt(np.sum(g**2))\n"
            "        if max_norm < own < np.inf and np.isfinite(norm):\n"
            "            g *= max_norm / own\n",
        ),
        own=(cases.ONE_FACTOR,),
    ),
    by_norm(
        "sum-of-norms",
        "The norms of the arrays are added, and not their squares.",
        "Of which numbers is the sum taken before the root?",
        (TOTAL, "    norm = sum(np.sqrt(np.sum(g**2)) for g in grads)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "largest-norm",
        "The largest of the arrays' norms is taken for the norm of all.",
        "Is a vector longer than its longest part?",
        (TOTAL, "    norm = max(np.sqrt(np.sum(g**2)) for g in grads)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "mean-norm",
        "The mean of the arrays' norms is taken for the norm of all.",
        "All arrays together are one long vector; how long is it?",
        (TOTAL, "    norm = sum(np.sqrt(np.sum(g**2)) for g in grads) / len(grads)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "root-of-mean-square",
        "The mean of the squares stands under the root where their sum belongs.",
        "How long is the vector (3, 4)?",
        (
            TOTAL,
            "    norm = np.sqrt(sum(np.sum(g**2) for g in grads) / sum(g.size for g in grads))\n",
        ),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "root-forgotten",
        "The sum of squares is compared with max_norm, without the root.",
        "How long is the vector (3, 4)?",
        (TOTAL, "    norm = sum(np.sum(g**2) for g in grads)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "sum-of-sizes",
        "The sizes of the entries are added: that is the L1 norm.",
        "How long is the vector (3, 4)?",
        (TOTAL, "    norm = sum(np.sum(np.abs(g)) for g in grads)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "largest-entry",
        "The size of the largest entry is taken for the norm: that is the maximum norm.",
        "How long is the vector (3, 4)?",
        (TOTAL, "    norm = max(np.abs(g).max() for g in grads)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "spectral-norm",
        "np.linalg.norm with ord=2 is, for a matrix, its largest singular value.",
        "What does np.linalg.norm compute for a matrix, with and without ord?",
        (
            TOTAL,
            "    own = [np.linalg.norm(g, 2 if g.ndim == 2 else None) for g in grads]\n"
            "    norm = np.sqrt(sum(n**2 for n in own))\n",
        ),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "first-array-norm",
        "Only the first array's norm is computed.",
        "Which arrays does the sum run over?",
        (TOTAL, "    norm = np.sqrt(np.sum(grads[0] ** 2))\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "last-array-norm",
        "The sum starts anew with each array, so that the last one alone counts.",
        "Where is the sum set to 0: before the loop or inside it?",
        (TOTAL, "    norm = np.sqrt(np.sum(grads[-1] ** 2))\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "flat-sum-squared",
        "The entries are added up and the sum is squared, so that signs cancel.",
        "What is the norm of (3, -3)?",
        (TOTAL, "    norm = np.sqrt(sum(np.sum(g) ** 2 for g in grads))\n"),
        own=(cases.RETURNED,),
    ),
)

SCALING = (
    by_norm(
        "scaled-into-copy",
        "The scaled gradients go into new arrays, and those of the model stay as they are.",
        "Which statements change what is inside an array, and which only give a name to another?",
        ("g *= max_norm / norm", "g = g * (max_norm / norm)"),
        own=(cases.SCALED, cases.TRAINS),
    ),
    by_norm(
        "always-scaled",
        "Every gradient is scaled to the norm max_norm, small ones up.",
        "What is done where the norm is at most max_norm already?",
        (WHERE, "    if 0 < norm < np.inf:\n"),
        own=(cases.BELOW,),
    ),
    by_norm(
        "scaled-up-only",
        "The comparison is the wrong way round: small gradients are scaled, large ones not.",
        "For which gradients is clipping meant?",
        (WHERE, "    if 0 < norm < max_norm:\n"),
        own=(cases.SCALED, cases.BELOW),
    ),
    by_norm(
        "clipped-norm-returned",
        "The norm after clipping is returned.",
        "Which norm would you want to see in a log: one that never exceeds the limit?",
        (RETURN, "    return float(min(norm, max_norm))\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "factor-returned",
        "The factor is returned, not the norm.",
        "What does the docstring promise to return?",
        (RETURN, "    return float(min(1.0, max_norm / norm)) if norm else 1.0\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "nothing-returned",
        "Nothing is returned.",
        "What does the docstring promise to return?",
        (RETURN, "    return None\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "epsilon-in-factor",
        "A small number is added to the norm in the denominator, as PyTorch does.",
        "Is the norm after clipping exactly max_norm?",
        ("max_norm / norm", "max_norm / (norm + 1e-6)"),
        own=(cases.TEN_TIMES,),
    ),
    by_norm(
        "divided-by-norm",
        "The gradients are divided by their norm, and max_norm is left out of the factor.",
        "Which norm should the clipped gradients have?",
        ("g *= max_norm / norm", "g *= 1 / norm"),
        own=(cases.SCALED,),
    ),
    by_norm(
        "factor-upside-down",
        "The factor is norm / max_norm, which makes large gradients larger.",
        "Is the factor of a gradient that is too large above or below 1?",
        ("g *= max_norm / norm", "g *= norm / max_norm"),
        own=(cases.SCALED,),
    ),
    by_norm(
        "root-of-factor",
        "The gradients are multiplied by the root of max_norm / norm.",
        "Which norm should the clipped gradients have?",
        ("g *= max_norm / norm", "g *= np.sqrt(max_norm / norm)"),
        own=(cases.SCALED,),
    ),
    by_norm(
        "cut-entry-by-entry",
        "The entries are cut to ±max_norm, where all should get one factor.",
        "Does the direction of the gradient change?",
        ("g *= max_norm / norm", "np.clip(g, -max_norm, max_norm, out=g)"),
        own=(cases.ONE_FACTOR,),
    ),
    by_norm(
        "norm-first-array-only",
        "The loop ends after its first array, so the others stay as they are.",
        "How far is the last line of the loop indented?",
        (SCALE, SCALE + "            break\n"),
        own=(cases.ONE_FACTOR,),
    ),
    by_norm(
        "norm-computed-again",
        "The norm is computed anew inside the loop, when some arrays are scaled already.",
        "Which norm does the second array's factor use?",
        (
            SCALE,
            "        for g in grads:\n"
            "            g *= max_norm / np.sqrt(sum(np.sum(h**2) for h in grads))\n",
        ),
        own=(cases.ONE_FACTOR,),
    ),
    by_norm(
        "infinite-norm-scaled",
        "An infinite norm is clipped like any other; the factor 0 makes nan of inf.",
        "What is inf · 0?",
        (WHERE, "    if max_norm < norm:\n"),
        own=(cases.NOT_FINITE,),
    ),
    by_norm(
        "not-finite-cleared",
        "Gradients whose norm is not finite are set to 0.",
        "What does the text say is done with a norm that is not finite?",
        (
            WHERE,
            "    if not np.isfinite(norm):\n"
            "        for g in grads:\n"
            "            g[...] = 0.0\n" + WHERE,
        ),
        own=(cases.NOT_FINITE,),
    ),
    by_norm(
        "small-norm-is-zero",
        "A norm below 1e-6 is taken for 0, so that nothing is divided by 0.",
        "What is divided by norm, and could that go wrong where norm exceeds max_norm?",
        (WHERE, "    if norm < 1e-6:\n        return 0.0\n" + WHERE),
        own=(cases.TEN_TIMES,),
    ),
    by_norm(
        "zero-norm-divided",
        "The factor is computed for zero gradients too: 0 / 0.",
        "What is max_norm / norm where all gradients are 0?",
        (
            WHERE + SCALE,
            "    if np.isfinite(norm):\n"
            "        with np.errstate(all='ignore'):\n"
            "            factor = np.float64(max_norm) / norm\n"
            "        for g in grads:\n"
            "            g *= factor if norm == 0 else min(1.0, factor)\n",
        ),
        own=(cases.ZERO,),
    ),
)

SLIPS = (
    by_value(
        "limits-exchanged",
        "The upper limit is given for the lower one, so that every entry becomes -clip_value.",
        "In which order does np.clip take its limits?",
        (CUT, "        np.clip(g, clip_value, -clip_value, out=g)\n"),
        own=(cases.CUT,),
    ),
    by_value(
        "value-last-array-only",
        "The entries are cut after the loop, so only those of the last array are.",
        "How far is the line with np.clip indented?",
        (CUT, "        pass\n" + CUT.removeprefix("    ")),
        own=(cases.EACH,),
    ),
    by_norm(
        "norm-last-array-only",
        "The array is scaled after the loop, so only the last one is.",
        "How far is the line with the factor indented?",
        (SCALE, "        for g in grads:\n            pass\n        g *= max_norm / norm\n"),
        own=(cases.ONE_FACTOR,),
    ),
    by_norm(
        "pytorch-factor",
        "Every gradient is multiplied by min(1, max_norm / (norm + 1e-6)), as PyTorch does.",
        "Is the norm after clipping exactly max_norm, and what changes where norm is max_norm?",
        (
            WHERE + SCALE,
            "    if np.isfinite(norm):\n"
            "        for g in grads:\n"
            "            g *= min(1.0, max_norm / (norm + 1e-6))\n",
        ),
        own=(cases.TEN_TIMES, cases.BELOW),
    ),
    by_norm(
        "returned-only-when-clipped",
        "The norm is returned only where something is clipped.",
        "How far is the line with return indented, and what is returned where it is not reached?",
        (RETURN, "        return float(norm)\n"),
        own=(cases.RETURNED,),
    ),
    by_norm(
        "nothing-for-zero",
        "For zero gradients the function returns before it has a norm to return.",
        "What is the norm of zero gradients, and is it returned?",
        (WHERE, "    if norm == 0:\n        return None\n" + WHERE),
        own=(cases.ZERO,),
    ),
)

MISCONCEPTIONS = (*CUTTING, *TOTALS, *SCALING, *SLIPS)
