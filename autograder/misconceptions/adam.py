"""Misconceptions about the assignment ``adam``."""

from autograder.cases import adam as cases
from autograder.misconceptions.catalogue import Misconception

EXERCISE = "adam-step"

COUNT = "        self.t += 1\n"
LOOP = "        for w, g, (m, v) in zip(params, grads, self.moments):\n"
MAKE = "            self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in params]\n"
DECAY = """\
            if self.decoupled:
                w *= 1 - self.lr * self.weight_decay
            elif self.weight_decay:
                g = g + self.weight_decay * w
"""
FIRST = """\
            m *= beta1
            m += (1 - beta1) * g
"""
SECOND = """\
            v *= beta2
            v += (1 - beta2) * g**2
"""
M_HAT = "            m_hat = m / (1 - beta1**self.t)\n"
V_HAT = "            v_hat = v / (1 - beta2**self.t)\n"
STEP = "            w -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)\n"


def idea(
    name: str,
    thinks: str,
    hint: str,
    *edits: tuple[str, str],
    own: tuple[str, ...],
    reason: str = "",
) -> Misconception:
    """A misconception about the one exercise of this assignment."""
    return Misconception(name, EXERCISE, edits, thinks, hint, own=own, reason=reason)


BIAS_CORRECTION = (
    idea(
        "no-bias-correction",
        "The moments go into the step as they are, although they start at 0 and are too small.",
        "How large is m after the first step, and how large is g?",
        (M_HAT, "            m_hat = m\n"),
        (V_HAT, "            v_hat = v\n"),
        own=(cases.FIRST, cases.SEVERAL),
    ),
    idea(
        "first-moment-not-corrected",
        "Only v is corrected; m starts at 0 as well and is too small at first.",
        "Which of the two moments starts at 0?",
        (M_HAT, "            m_hat = m\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "second-moment-not-corrected",
        "Only m is corrected; v starts at 0 as well and is too small at first.",
        "Which of the two moments starts at 0?",
        (V_HAT, "            v_hat = v\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "t-starts-at-zero",
        "The correction is one step behind: it uses the number of steps before this one.",
        "What is 1 − β1^t in the first step, if t counts from 0?",
        (COUNT, ""),
        (STEP, STEP + "        self.t += 1\n"),
        own=(cases.FIRST, cases.SEVERAL),
    ),
    idea(
        "t-starts-at-two",
        "The correction is one step ahead: t is 2 in the first step.",
        "Follow t through the first call: where does it start, and when does it grow?",
        ("self.t = 0", "self.t = 1"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "t-counts-arrays",
        "t grows once for each array, not once for each call of step.",
        "After one call with three arrays, how large should t be?",
        (COUNT, ""),
        (LOOP, LOOP + "            self.t += 1\n"),
        own=(cases.CLOCK,),
    ),
    idea(
        "corrected-moments-stored",
        "The corrected moments are kept as the moments, so that the next step corrects them again.",
        "Which values does the next step start from: m and v, or m̂ and v̂?",
        (M_HAT, M_HAT + "            m[...] = m_hat\n"),
        (V_HAT, V_HAT + "            v[...] = v_hat\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "correction-without-power",
        "The correction stays that of the first step: 1 − β has no power, or t never grows.",
        "How large is the correction after a thousand steps?",
        ("beta1**self.t", "beta1"),
        ("beta2**self.t", "beta2"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "correction-times-t",
        "The correction uses β·t where it should use β to the power t.",
        "In the formula, is t a factor or an exponent?",
        ("beta1**self.t", "beta1 * self.t"),
        ("beta2**self.t", "beta2 * self.t"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "corrected-with-the-other-beta",
        "m is corrected with β2 and v with β1.",
        "With which β was each moment computed?",
        (M_HAT, "            m_hat = m / (1 - beta2 ** self.t)\n"),
        (V_HAT, "            v_hat = v / (1 - beta1 ** self.t)\n"),
        own=(cases.SEVERAL, cases.BETAS),
    ),
    idea(
        "multiplied-by-correction",
        "The moments are multiplied by 1 − β^t; that makes the small first ones smaller still.",
        "Should the first m̂ be larger or smaller than the first m?",
        ("m / (1 - beta1", "m * (1 - beta1"),
        ("v / (1 - beta2", "v * (1 - beta2"),
        own=(cases.FIRST, cases.SEVERAL),
    ),
)

MOMENTS = (
    idea(
        "gradient-not-averaged",
        "The gradient itself is divided by √v̂; the first moment is not used.",
        "Which of g and m̂ stands in the numerator?",
        ("self.lr * m_hat /", "self.lr * g /"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "betas-swapped",
        "β2 is used for the mean of g, and β1 for the mean of g².",
        "Which of the two betas comes first, and which moment does it belong to?",
        ("beta1, beta2 = self.betas", "beta2, beta1 = self.betas"),
        own=(cases.SEVERAL, cases.BETAS),
    ),
    idea(
        "one-beta-for-both",
        "Both moments use β1.",
        "How many different betas does the formula have?",
        ("beta1, beta2 = self.betas", "beta1 = beta2 = self.betas[0]"),
        own=(cases.SEVERAL, cases.BETAS),
    ),
    idea(
        "default-betas",
        "β1 and β2 are 0.9 and 0.999 whatever the optimizer was given.",
        "Where does step look at self.betas?",
        ("beta1, beta2 = self.betas", "beta1, beta2 = 0.9, 0.999"),
        own=(cases.BETAS,),
    ),
    idea(
        "absolute-gradient",
        "v is the running mean of |g|, not of g².",
        "What is squared before it goes into v?",
        ("g**2", "np.abs(g)"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "norm-of-gradient",
        "v holds the squared norm of the whole gradient, the same number for every entry.",
        "Which shape does g² have, entry by entry?",
        ("g**2", "np.sum(g**2)"),
        own=(cases.SEVERAL, cases.ENTRIES),
    ),
    idea(
        "mean-of-squares",
        "v holds the mean of g² over the array, the same number for every entry.",
        "Which shape does g² have, entry by entry?",
        ("g**2", "np.mean(g**2)"),
        own=(cases.SEVERAL, cases.ENTRIES),
    ),
    idea(
        "square-of-first-moment",
        "v is the running mean of m² where it should be that of g².",
        "Which of g and m is squared?",
        ("g**2", "m**2"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "moment-not-weighted",
        "The gradient enters m with weight 1, as in SGD with momentum, not with 1 − β1.",
        "The weights of a running mean add up to 1; do yours?",
        ("m += (1 - beta1) * g\n", "m += g\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "square-not-weighted",
        "g² enters v with weight 1, not with 1 − β2.",
        "The weights of a running mean add up to 1; do yours?",
        ("v += (1 - beta2) * g**2", "v += g**2"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "weights-exchanged",
        "The old moment gets 1 − β, and the new gradient β.",
        "With β1 = 0.9, which share of m should be new?",
        ("m *= beta1", "m *= 1 - beta1"),
        ("m += (1 - beta1) * g\n", "m += beta1 * g\n"),
        ("v *= beta2", "v *= 1 - beta2"),
        ("v += (1 - beta2) * g**2", "v += beta2 * g**2"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "square-outside",
        "(1 − β2)·g is squared as a whole.",
        "What exactly does the exponent 2 stand at?",
        ("(1 - beta2) * g**2", "((1 - beta2) * g) ** 2"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "moments-start-at-gradient",
        "The moments start as the first g and g², and are corrected as if they had started at 0.",
        "What are m and v before the first step?",
        (MAKE, "            self.moments = [(g.copy(), g**2) for g in grads]\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "second-moment-summed",
        "v is the sum of all g², as in AdaGrad; it never forgets.",
        "What happens to the old v in each step?",
        (SECOND, "            v += (1 - beta2) * g**2\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "centred-second-moment",
        "The variance, v̂ − m̂², stands under the root where v̂ alone belongs.",
        "What is v̂ the running mean of?",
        ("np.sqrt(v_hat)", "np.sqrt(np.abs(v_hat - m_hat**2))"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "zero-gradient-skipped",
        "Entries whose gradient is 0 are left alone, although their moments still move them.",
        "What is m̂ in a step in which g is 0, after others in which it was not?",
        (STEP, "            w -= (g != 0) * self.lr * m_hat / (np.sqrt(v_hat) + self.eps)\n"),
        own=(cases.PAUSE,),
    ),
    idea(
        "lr-in-moment",
        "The learning rate is inside m, so that old gradients keep their old rate.",
        "When lr changes, for which part of m should the new one count?",
        ("m += (1 - beta1) * g\n", "m += (1 - beta1) * self.lr * g\n"),
        ("self.lr * m_hat /", "m_hat /"),
        own=(cases.RATE,),
    ),
    idea(
        "moments-in-float32",
        "The moments are kept in single precision.",
        "Which dtype do your state arrays have, and which has w?",
        (
            "(np.zeros_like(w), np.zeros_like(w))",
            "(np.zeros_like(w, np.float32), np.zeros_like(w, np.float32))",
        ),
        own=(cases.SEVERAL,),
    ),
)

STEPPING = (
    idea(
        "eps-inside-root",
        "eps is added to v̂ under the root.",
        "At which side of the root does eps stand?",
        ("(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat + self.eps)"),
        own=(cases.EPS,),
    ),
    idea(
        "eps-fixed",
        "eps is 1e-8 whatever the optimizer was given.",
        "Where does step look at self.eps?",
        ("+ self.eps)", "+ 1e-8)"),
        own=(cases.EPS,),
    ),
    idea(
        "eps-forgotten",
        "There is no eps: where all gradients so far are 0, 0 is divided by 0.",
        "What is m̂ / √v̂ where every gradient was 0?",
        ("(np.sqrt(v_hat) + self.eps)", "np.sqrt(v_hat)"),
        own=(cases.EPS,),
    ),
    idea(
        "eps-before-correction",
        "eps is added to the root of v before the bias correction, which then enlarges it.",
        "Is eps added to √v or to √v̂?",
        (V_HAT, ""),
        (
            STEP,
            "            root = (np.sqrt(v) + self.eps) / np.sqrt(1 - beta2**self.t)\n"
            "            w -= self.lr * m_hat / root\n",
        ),
        own=(cases.EPS,),
    ),
    idea(
        "larger-of-root-and-eps",
        "The larger of √v̂ and eps is taken where their sum belongs.",
        "What does the + in the denominator say where √v̂ and eps are equally large?",
        ("(np.sqrt(v_hat) + self.eps)", "np.maximum(np.sqrt(v_hat), self.eps)"),
        own=(cases.EPS,),
    ),
    idea(
        "root-forgotten",
        "m̂ is divided by v̂, without the root.",
        "If all gradients were ten times as large, how should the step change?",
        ("np.sqrt(v_hat)", "v_hat"),
        own=(cases.FIRST, cases.SEVERAL),
    ),
    idea(
        "gradient-ascent",
        "The step is added to the weights, so the loss grows.",
        "The gradient points uphill; which way is down?",
        ("w -= self.lr * m_hat", "w += self.lr * m_hat"),
        own=(cases.FIRST, cases.SEVERAL, cases.TRAINS),
    ),
    idea(
        "weights-rebound",
        "The new weights go into a new array with the old name, and those of the caller stay as "
        "they are.",
        "Which statements change what is inside an array, and which only give a name to another?",
        ("w -= self.lr * m_hat", "w = w - self.lr * m_hat"),
        own=(cases.FIRST, cases.SEVERAL, cases.TRAINS),
    ),
    idea(
        "lr-copied",
        "The learning rate is copied when the optimizer is made, and later changes are not seen.",
        "Which attribute does a caller set to change the rate, and which does step read?",
        ("self.lr = lr", "self.lr = self._lr = lr"),
        ("w -= self.lr", "w -= self._lr"),
        own=(cases.RATE,),
    ),
    idea(
        "default-lr",
        "The learning rate is 0.01 where none is given; that is the default of SGD.",
        "Compare the defaults of __init__ with those in the text.",
        ("lr=1e-3", "lr=0.01"),
        own=(cases.FIRST,),
    ),
    idea(
        "first-array-only",
        "The method ends inside its loop, so only the first array moves.",
        "Look at how far the last lines of the loop are indented.",
        (STEP, STEP + "            return\n"),
        own=(cases.FIRST,),
    ),
)

DECAYING = (
    idea(
        "decay-ignored",
        "weight_decay is never looked at where decoupled is False.",
        "Where does step use self.weight_decay?",
        ("g = g + self.weight_decay * w", "pass"),
        own=(cases.COUPLED,),
    ),
    idea(
        "decay-sign",
        "The coupled decay is subtracted from the gradient, which pushes the weights away from 0.",
        "If g is 0 and w is positive, which way should w go?",
        ("g = g + self.weight_decay * w", "g = g - self.weight_decay * w"),
        own=(cases.COUPLED,),
    ),
    idea(
        "decay-scaled-by-lr",
        "The coupled decay is multiplied by lr before it joins the gradient.",
        "Which factors stand at w in the formula of the coupled decay?",
        ("g = g + self.weight_decay * w", "g = g + self.lr * self.weight_decay * w"),
        own=(cases.COUPLED,),
    ),
    idea(
        "decay-without-weights",
        "weight_decay alone is added to the gradient, without the weight.",
        "A weight twice as large should be pulled twice as hard; is it?",
        ("g = g + self.weight_decay * w", "g = g + self.weight_decay"),
        own=(cases.COUPLED,),
    ),
    idea(
        "decay-in-numerator-only",
        "The coupled decay goes into m, but not into v.",
        "Which gradient does v see: g, or g + weight_decay·w?",
        ("(1 - beta2) * g**2", "(1 - beta2) * given**2"),
        (DECAY, "            given = g\n" + DECAY),
        own=(cases.COUPLED,),
    ),
    idea(
        "decoupled-ignored",
        "The decay is coupled, whatever decoupled says.",
        "Where does step look at self.decoupled?",
        ("if self.decoupled:", "if False:"),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decoupled-always",
        "The decay is decoupled, whatever decoupled says.",
        "Where does step look at self.decoupled?",
        ("if self.decoupled:", "if True:"),
        own=(cases.COUPLED,),
    ),
    idea(
        "both-decays",
        "With decoupled=True the weights shrink, and the gradient gets the decay as well.",
        "How often may one step use weight_decay?",
        (
            DECAY,
            "            g = g + self.weight_decay * w\n"
            "            if self.decoupled:\n"
            "                w *= 1 - self.lr * self.weight_decay\n",
        ),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decoupled-without-lr",
        "The decoupled decay shrinks by 1 − weight_decay, without lr.",
        "Which two factors stand in 1 − …?",
        ("w *= 1 - self.lr * self.weight_decay", "w *= 1 - self.weight_decay"),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decoupled-afterwards",
        "The weights shrink after the Adam step, so that the step shrinks as well.",
        "In which order do the two changes of w stand?",
        (
            DECAY,
            "            if not self.decoupled:\n                g = g + self.weight_decay * w\n",
        ),
        (
            STEP,
            STEP + "            if self.decoupled:\n"
            "                w *= 1 - self.lr * self.weight_decay\n",
        ),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decoupled-inside-division",
        "The decoupled decay is added to m̂, so that it is divided by √v̂ after all.",
        "What is the point of taking the decay out of the fraction?",
        ("                w *= 1 - self.lr * self.weight_decay\n", "                pass\n"),
        (
            M_HAT,
            M_HAT + "            if self.decoupled:\n"
            "                m_hat = m_hat + self.weight_decay * w\n",
        ),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decoupled-sign",
        "The decoupled decay makes the weights grow.",
        "Is the factor at w larger or smaller than 1?",
        ("w *= 1 - self.lr * self.weight_decay", "w *= 1 + self.lr * self.weight_decay"),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decoupled-with-gradient-only",
        "A weight whose gradient is 0 does not shrink either.",
        "Does the decoupled decay depend on the gradient?",
        ("w *= 1 - self.lr * self.weight_decay", "w *= 1 - self.lr * self.weight_decay * (g != 0)"),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "decay-changes-gradient",
        "The decay is added to the caller's own gradient array.",
        "After g += …, what does the caller find in grads?",
        ("g = g + self.weight_decay * w", "g += self.weight_decay * w"),
        own=(cases.GRADIENTS,),
    ),
)

STATE = (
    idea(
        "state-in-default",
        "The moments are kept in a default argument, which all optimizers share.",
        "How often is the default value of an argument made?",
        ("weight_decay=0.0, decoupled=False):", "weight_decay=0.0, decoupled=False, state={}):"),
        ("        self.moments = None\n", "        self.moments = state\n"),
        (
            "        if self.moments is None:\n" + MAKE,
            "        for i, w in enumerate(params):\n"
            "            if i not in self.moments or self.moments[i][0].shape != w.shape:\n"
            "                self.moments[i] = (np.zeros_like(w), np.zeros_like(w))\n",
        ),
        ("zip(params, grads, self.moments)", "zip(params, grads, self.moments.values())"),
        own=(cases.APART,),
    ),
    idea(
        "moments-forgotten",
        "The moments do not last from one step to the next: they are made anew, or the new ones "
        "are never stored.",
        "Print m after the second step; what of the first gradient is in it?",
        (
            "        if self.moments is None:\n" + MAKE,
            MAKE.replace("            self", "        self"),
        ),
        own=(cases.SEVERAL, cases.PAUSE),
    ),
    idea(
        "one-moment-for-both",
        "m and v are one array under two names.",
        "How many arrays does np.zeros_like make, if it is called once?",
        (MAKE, "            self.moments = [(np.zeros_like(w),) * 2 for w in params]\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "one-state-for-all-arrays",
        "All arrays share the moments of the first, wherever their shapes allow it.",
        "How many pairs of moments are needed for three arrays?",
        ("zip(params, grads, self.moments)", "zip(params, grads, self.moments[:1] * len(params))"),
        own=(cases.ARRAYS,),
    ),
    idea(
        "gradient-squared-in-place",
        "The caller's gradient array is squared in place.",
        "After g **= 2, what does the caller find in grads?",
        (SECOND, "            v *= beta2\n            g **= 2\n            v += (1 - beta2) * g\n"),
        own=(cases.GRADIENTS,),
    ),
)

# What other methods, and other libraries, do.
RELATIVES = (
    idea(
        "keras-epsilon",
        "eps is 1e-7 and added before the bias correction, as in Keras.",
        "Is eps added to √v or to √v̂, and how large is it where none is given?",
        ("eps=1e-8", "eps=1e-7"),
        (V_HAT, ""),
        (
            STEP,
            "            root = (np.sqrt(v) + self.eps) / np.sqrt(1 - beta2**self.t)\n"
            "            w -= self.lr * m_hat / root\n",
        ),
        own=(cases.EPS,),
    ),
    idea(
        "default-eps",
        "eps is 1e-7 where none is given.",
        "Compare the defaults of __init__ with those in the text.",
        ("eps=1e-8", "eps=1e-7"),
        own=(cases.EPS,),
    ),
    idea(
        "amsgrad",
        "The largest v̂ so far stands under the root: that is AMSGrad.",
        "Can v̂ become smaller again after one large gradient?",
        ("self.moments = None\n", "self.moments, self.largest = None, {}\n"),
        (
            V_HAT,
            V_HAT + "            largest = self.largest.setdefault(id(w), np.zeros_like(w))\n"
            "            v_hat = np.maximum(largest, v_hat, out=largest)\n",
        ),
        own=(cases.SEVERAL,),
    ),
    idea(
        "nadam",
        "m̂ looks ahead along the new gradient: that is Nadam.",
        "What does m̂ hold beside m / (1 − β1^t)?",
        (
            M_HAT,
            "            m_hat = beta1 * m / (1 - beta1 ** (self.t + 1))\n"
            "            m_hat = m_hat + (1 - beta1) * g / (1 - beta1**self.t)\n",
        ),
        own=(cases.SEVERAL,),
    ),
    idea(
        "largest-gradient",
        "v keeps the largest |g|, which slowly fades, and no root is taken: that is AdaMax.",
        "Is v a running mean or a largest value?",
        (SECOND, "            np.maximum(beta2 * v, np.abs(g), out=v)\n"),
        (V_HAT, "            v_hat = v**2\n"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "square-of-deviation",
        "v is the running mean of (g − m)², as in AdaBelief.",
        "What is squared before it goes into v?",
        ("g**2", "(g - m) ** 2"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "plain-descent",
        "The weights take plain gradient steps; there are no moments.",
        "What do m and v do in the formula, and where are they in your step?",
        (STEP, "            w -= self.lr * g\n"),
        own=(
            cases.FIRST,
            cases.SEVERAL,
            cases.BETAS,
            cases.EPS,
            cases.PAUSE,
            cases.COUPLED,
            cases.DECOUPLED,
        ),
        reason="Without moments it is another optimizer; only what all optimizers share is left.",
    ),
)

SLIPS = (
    idea(
        "correction-of-the-complement",
        "The correction is 1 − (1 − β)^t, where 1 − β^t belongs.",
        "With β1 = 0.9, how large is m after the first step, and what is it divided by?",
        ("beta1**self.t", "(1 - beta1) ** self.t"),
        ("beta2**self.t", "(1 - beta2) ** self.t"),
        own=(cases.SEVERAL,),
    ),
    idea(
        "decoupled-without-correction",
        "With decoupled=True the moments are not corrected.",
        "What else does decoupled change, apart from the decay?",
        (M_HAT, M_HAT + "            m_hat = m if self.decoupled else m_hat\n"),
        (V_HAT, V_HAT + "            v_hat = v if self.decoupled else v_hat\n"),
        own=(cases.DECOUPLED,),
    ),
    idea(
        "one-clock-and-one-state",
        "All arrays share the moments of the first, and t grows with each of them.",
        "How many pairs of moments and how many counts are needed for three arrays?",
        (COUNT, ""),
        (
            LOOP,
            LOOP.replace("self.moments", "self.moments[:1] * len(params)")
            + "            self.t += 1\n",
        ),
        own=(cases.CLOCK, cases.ARRAYS),
    ),
    idea(
        "moments-by-id",
        "The moments live outside the optimizer, so a second one on the same arrays inherits them.",
        "Who else finds moments under the same array, and should a new optimizer?",
        ("class Adam:", "MOMENTS = {}\n\n\nclass Adam:"),
        (
            "        if self.moments is None:\n" + MAKE,
            "        for w in params:\n"
            "            MOMENTS.setdefault(id(w), (np.zeros_like(w), np.zeros_like(w)))\n"
            "        self.moments = [MOMENTS[id(w)] for w in params]\n",
        ),
        own=(cases.APART,),
    ),
    idea(
        "square-weighted-by-beta1",
        "g² enters v with 1 − β1, and v fades with β2.",
        "Do the two weights in v add up to 1?",
        ("(1 - beta2) * g**2", "(1 - beta1) * g**2"),
        own=(cases.SEVERAL, cases.BETAS),
    ),
    idea(
        "both-corrected-with-beta1",
        "v is corrected with β1, as m is.",
        "With which β was each moment computed?",
        (V_HAT, "            v_hat = v / (1 - beta1 ** self.t)\n"),
        own=(cases.SEVERAL, cases.BETAS),
    ),
    idea(
        "last-array-only",
        "The step stands after the loop, so only the last array moves.",
        "Look at how far the line with the step is indented.",
        (STEP, STEP.removeprefix("    ")),
        own=(cases.FIRST,),
    ),
    idea(
        "first-call-only-prepares",
        "The first call makes the moments and returns, so its gradient is lost.",
        "What does the first call of step do after the moments are made?",
        (MAKE, MAKE + "            return\n"),
        own=(cases.FIRST, cases.SEVERAL),
    ),
)

MISCONCEPTIONS = (*BIAS_CORRECTION, *MOMENTS, *STEPPING, *DECAYING, *STATE, *RELATIVES, *SLIPS)
