"""Misconceptions about the assignment ``sgd``."""

from autograder.cases import sgd as cases
from autograder.misconceptions.catalogue import Misconception

DECAY = "            d = g + self.weight_decay * w if self.weight_decay else g\n"
VELOCITY = """\
                v *= self.momentum
                v += d
"""
DIRECTION = "                d = d + self.momentum * v if self.nesterov else v\n"
STEP = "            w -= self.lr * d\n"
# Written as in the formula, the velocity is used with momentum 0 as well, and there some of these
# ideas can be seen.
ALWAYS = ("if self.momentum:", "if True:")
MAKE = """\
        if self.velocities is None:
            self.velocities = [np.zeros_like(w) for w in params]
"""
LOOP = "        for w, g, v in zip(params, grads, self.velocities):\n"
LARGEST = "float(2.0 / np.linalg.eigvalsh(hessian)[-1])"

STEPPING = (
    Misconception(
        "gradient-ascent",
        "sgd-step",
        (("w -= self.lr", "w += self.lr"),),
        "The step is added to the weights, so the loss grows.",
        "The gradient points uphill; which way is down?",
        own=(cases.PLAIN, cases.MOMENTUM, cases.TRAINS),
    ),
    Misconception(
        "weights-rebound",
        "sgd-step",
        (("w -= self.lr", "w = w - self.lr"),),
        "The new weights go into a new array with the old name, and those of the caller stay as "
        "they are.",
        "Which statements change what is inside an array, and which only give a name to another?",
        own=(cases.PLAIN, cases.MOMENTUM, cases.TRAINS),
    ),
    Misconception(
        "first-array-only",
        "sgd-step",
        ((STEP, STEP + "            return\n"),),
        "The method ends inside its loop, so only the first array moves.",
        "Look at how far the last lines of the loop are indented.",
        own=(cases.PLAIN,),
    ),
    Misconception(
        "default-lr",
        "sgd-step",
        (("lr=0.01", "lr=0.001"),),
        "The learning rate is 0.001 where none is given; that is the default of Adam.",
        "Compare the defaults of __init__ with those in the text.",
        own=(cases.PLAIN,),
    ),
    Misconception(
        "default-momentum",
        "sgd-step",
        (("momentum=0.0", "momentum=0.9"),),
        "There is momentum although none was asked for.",
        "Compare the defaults of __init__ with those in the text.",
        own=(cases.PLAIN,),
    ),
    Misconception(
        "decay-before-momentum",
        "sgd-step",
        (("momentum=0.0, weight_decay=0.0", "weight_decay=0.0, momentum=0.0"),),
        "weight_decay comes before momentum among the arguments, so SGD(0.1, 0.9) decays.",
        "In which order does the text name the arguments of __init__?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "options-of-the-class",
        "sgd-step",
        (
            ("        self.momentum = momentum\n", "        SGD.momentum = momentum\n"),
            (
                "        self.weight_decay = weight_decay\n",
                "        SGD.weight_decay = weight_decay\n",
            ),
            ("        self.nesterov = nesterov\n", "        SGD.nesterov = nesterov\n"),
        ),
        "The options are kept on the class, so the optimizer made last sets them for all.",
        "What should happen to the first optimizer when a second one is made?",
        own=(cases.APART,),
    ),
    Misconception(
        "gradient-counted-twice",
        "sgd-step",
        ((DECAY, DECAY + STEP),),
        "The weights move along the gradient and then along the velocity, which holds the gradient "
        "already.",
        "How often does one gradient move the weights in the step in which it arrives?",
        own=(cases.PLAIN, cases.MOMENTUM),
    ),
    Misconception(
        "old-velocity",
        "sgd-step",
        (
            ("            if self.momentum:\n" + VELOCITY + DIRECTION, ""),
            (
                STEP,
                "            w -= self.lr * (d + self.momentum * v if self.nesterov else v)\n"
                "            v *= self.momentum\n"
                "            v += d\n",
            ),
        ),
        "The weights move along the velocity of the step before.",
        "In which order do the lines of the formula stand?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "velocity-forgotten",
        "sgd-step",
        ((VELOCITY, "                v = self.momentum * v + d\n"),),
        "The velocity does not last from one step to the next: it is made anew, or the new one is "
        "never stored.",
        "Print the velocities that are stored after the first step; what do they hold?",
        own=(cases.MOMENTUM, cases.TOGETHER),
    ),
    Misconception(
        "velocity-kept-whole",
        "sgd-step",
        (ALWAYS, (VELOCITY, "                v += self.momentum * d\n")),
        "The momentum stands at the gradient, and the old velocity is kept whole.",
        "Which of the two, the old velocity or the gradient, is to fade?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "dampened-gradient",
        "sgd-step",
        (("v += d", "v += (1 - self.momentum) * d"),),
        "The velocity is taken as a running mean: the gradient enters with 1 - momentum.",
        "In the formula, with which factor does the gradient enter the velocity?",
        own=(cases.MOMENTUM, cases.NESTEROV),
    ),
    Misconception(
        "velocity-starts-at-gradient",
        "sgd-step",
        (("np.zeros_like(w) for w in params", "g.copy() for g in grads"),),
        "The velocity starts at the first gradient and then takes it in a second time.",
        "What is the velocity before the first step?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "momentum-twice",
        "sgd-step",
        ((STEP, STEP + "            v *= self.momentum\n"),),
        "The velocity is multiplied by momentum twice in each step.",
        "Follow v through two steps on paper: which power of momentum does the first gradient get?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "lr-in-velocity",
        "sgd-step",
        ((DECAY, DECAY + "            d = self.lr * d\n"), (STEP, "            w -= d\n")),
        "The learning rate is inside the velocity, so that old gradients keep their old rate.",
        "When lr changes, for which part of the velocity should the new one count?",
        own=(cases.RATE,),
    ),
    Misconception(
        "lr-copied",
        "sgd-step",
        (("self.lr = lr", "self.lr = self._lr = lr"), ("w -= self.lr", "w -= self._lr")),
        "The learning rate is copied when the optimizer is made, and later changes are not seen.",
        "Which attribute does a caller set to change the rate, and which does step read?",
        own=(cases.RATE,),
    ),
    Misconception(
        "nesterov-as-momentum",
        "sgd-step",
        (
            (VELOCITY, "                ahead = d + self.momentum * v\n" + VELOCITY),
            ("d + self.momentum * v if", "ahead if"),
        ),
        "The Nesterov step comes out as plain momentum: it uses the velocity from before this "
        "step, or nesterov is never looked at.",
        "Which v stands in the Nesterov step, the old or the new one?",
        own=(cases.NESTEROV,),
    ),
    Misconception(
        "nesterov-always",
        "sgd-step",
        ((DIRECTION, "                d = d + self.momentum * v\n"),),
        "The step looks ahead even where nesterov is False.",
        "Where does step look at self.nesterov?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "nesterov-without-gradient",
        "sgd-step",
        (ALWAYS, ("d + self.momentum * v if", "self.momentum * v if")),
        "The Nesterov step is momentum·v alone, without d.",
        "Compute the first step on paper, with momentum 0.9 and gradient 1.",
        own=(cases.NESTEROV,),
    ),
    Misconception(
        "nesterov-from-velocity",
        "sgd-step",
        (("d + self.momentum * v if", "v + self.momentum * v if"),),
        "The Nesterov step starts from v, where the formula starts from d.",
        "To what is momentum·v added?",
        own=(cases.NESTEROV,),
    ),
    Misconception(
        "nesterov-scaled-by-lr",
        "sgd-step",
        (("d + self.momentum * v if", "d + self.lr * self.momentum * v if"),),
        "The look ahead is multiplied by lr, and then once more with the whole step.",
        "How often does lr occur in the formula of the step?",
        own=(cases.NESTEROV,),
    ),
    Misconception(
        "nesterov-step-stored",
        "sgd-step",
        (
            (
                DIRECTION,
                "                if self.nesterov:\n"
                "                    v *= self.momentum\n"
                "                    v += d\n"
                "                d = v\n",
            ),
        ),
        "The Nesterov step is stored as the velocity, so the next step starts from the wrong v.",
        "Is d + momentum·v to be remembered, or only to be stepped along?",
        own=(cases.NESTEROV,),
    ),
    Misconception(
        "decay-ignored",
        "sgd-step",
        ((DECAY, "            d = g\n"),),
        "The weights do not decay: weight_decay has no effect.",
        "With a gradient of 0, should the weights stay where they are?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-sign",
        "sgd-step",
        (("g + self.weight_decay", "g - self.weight_decay"),),
        "The decay pushes the weights away from 0.",
        "For a gradient of 0 and a positive weight, should the weight grow or shrink?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-doubled",
        "sgd-step",
        (("self.weight_decay * w", "2 * self.weight_decay * w"),),
        "The decay is taken as the derivative of weight_decay·w², which is twice too large.",
        "Of which penalty is weight_decay·w the derivative?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-times-lr",
        "sgd-step",
        (("self.weight_decay * w", "self.lr * self.weight_decay * w"),),
        "The decay is multiplied by lr, and then once more with the whole step.",
        "How often does lr occur in the formula of the step?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-not-times-lr",
        "sgd-step",
        (
            (DECAY, "            d = g\n"),
            (STEP, "            w *= 1 - self.weight_decay\n" + STEP),
        ),
        "The weights shrink by weight_decay itself, whatever the learning rate is.",
        "Is the decay a part of the gradient, which lr multiplies?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-decoupled",
        "sgd-step",
        (
            (DECAY, "            d = g\n"),
            (STEP, "            w *= 1 - self.lr * self.weight_decay\n" + STEP),
        ),
        "The decay acts on the weights beside the velocity and never enters it, as in AdamW.",
        "Which gradient goes into the velocity, g or d?",
        own=(cases.TOGETHER,),
    ),
    Misconception(
        "decay-after-step",
        "sgd-step",
        (
            (DECAY, "            d = g\n"),
            (STEP, STEP + "            w -= self.lr * self.weight_decay * w\n"),
        ),
        "The decay is taken from the weights after the step, and beside the velocity.",
        "Which weights stand in the formula of d, those before or after the step?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-of-squares",
        "sgd-step",
        (("self.weight_decay * w", "self.weight_decay * w**2"),),
        "The penalty's value, with w², is added where its derivative belongs.",
        "Has the decay the same sign as the weight, for a negative weight, too?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-of-sizes",
        "sgd-step",
        (("self.weight_decay * w", "self.weight_decay * np.abs(w)"),),
        "The decay uses |w|, so that negative weights are pushed away from 0.",
        "Has the decay the same sign as the weight, for a negative weight, too?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-of-signs",
        "sgd-step",
        (("self.weight_decay * w", "self.weight_decay * np.sign(w)"),),
        "Every weight decays by the same amount, whatever its size: that is an L1 penalty.",
        "Should a large weight decay more than a small one?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-spares-biases",
        "sgd-step",
        ((DECAY, "            d = g + self.weight_decay * w if w.ndim > 1 else g\n"),),
        "Arrays of one dimension, such as biases, are not decayed.",
        "Does the formula make a difference between arrays of one and of two dimensions?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "velocities-of-the-class",
        "sgd-step",
        (
            ("    def __init__(self, lr", "    velocities = []\n\n    def __init__(self, lr"),
            ("        self.velocities = None\n", ""),
            (
                MAKE,
                "        if not self.velocities:\n"
                "            self.velocities.extend(np.zeros_like(w) for w in params)\n",
            ),
        ),
        "The velocities belong to the class, so that all optimizers share one list.",
        "What is the velocity of an optimizer that was made a moment ago?",
        own=(cases.APART,),
    ),
    Misconception(
        "velocities-in-a-default",
        "sgd-step",
        (
            ("nesterov=False):", "nesterov=False, velocities={}):"),
            ("self.velocities = None", "self.velocities = velocities"),
            (MAKE, ""),
            (
                LOOP,
                "        for i, (w, g) in enumerate(zip(params, grads)):\n"
                "            v = self.velocities.setdefault(i, np.zeros_like(w))\n",
            ),
        ),
        "The velocities live in a default argument, and Python makes that only once, for all "
        "optimizers.",
        "What is the velocity of an optimizer that was made a moment ago?",
        own=(cases.APART,),
    ),
    Misconception(
        "one-velocity",
        "sgd-step",
        (
            ("self.velocities = None", "self.velocity = 0.0"),
            (MAKE, ""),
            (
                "for w, g, v in zip(params, grads, self.velocities)",
                "for w, g in zip(params, grads)",
            ),
            ALWAYS,
            (VELOCITY, "                v = self.velocity = self.momentum * self.velocity + d\n"),
        ),
        "All arrays share one velocity, so that each adds to what the one before left in it.",
        "How many velocities does an optimizer of two arrays need?",
        own=(cases.ARRAYS,),
    ),
    Misconception(
        "velocity-by-shape",
        "sgd-step",
        (
            ("self.velocities = None", "self.velocities = {}"),
            (MAKE, ""),
            (
                LOOP,
                "        for w, g in zip(params, grads):\n"
                "            v = self.velocities.setdefault(w.shape, np.zeros_like(w))\n",
            ),
        ),
        "Velocities are told apart by shape, so that arrays of the same shape share one.",
        "What happens in a model with two layers of the same size?",
        own=(cases.ARRAYS,),
    ),
    Misconception(
        "velocity-in-single-precision",
        "sgd-step",
        (ALWAYS, ("np.zeros_like(w)", "np.zeros(w.shape, np.float32)")),
        "The velocities are float32, which keeps seven digits of the gradients' sixteen.",
        "What is the dtype of the velocities, and what that of the weights?",
        own=(cases.MOMENTUM,),
    ),
    Misconception(
        "velocity-is-gradient",
        "sgd-step",
        (
            (
                MAKE,
                "        if self.velocities is None:\n"
                "            self.velocities = [None for w in params]\n",
            ),
            (LOOP, "        for i, (w, g, v) in enumerate(zip(params, grads, self.velocities)):\n"),
            (
                VELOCITY,
                "                if v is None:\n"
                "                    v = self.velocities[i] = d\n"
                "                else:\n"
                "                    v *= self.momentum\n"
                "                    v += d\n",
            ),
        ),
        "The first velocity is the gradient's own array under a second name, and changes with it.",
        "After v = g, how many arrays are there?",
        own=(cases.GRADIENTS,),
    ),
    Misconception(
        "decay-added-to-gradient",
        "sgd-step",
        ((DECAY, "            g += self.weight_decay * w\n            d = g\n"),),
        "The decay is added into the caller's gradient array.",
        "Which of the arrays in this step may be changed in place?",
        own=(cases.GRADIENTS,),
    ),
    Misconception(
        "look-ahead-in-gradient",
        "sgd-step",
        (
            (
                DIRECTION,
                "                if self.nesterov:\n"
                "                    d += self.momentum * v\n"
                "                else:\n"
                "                    d = v\n",
            ),
        ),
        "Without weight decay d is the gradient's own array, and momentum·v is added into it.",
        "After d = g, how many arrays are there?",
        own=(cases.GRADIENTS,),
    ),
    Misconception(
        "gradients-cleared",
        "sgd-step",
        ((STEP, STEP + "            g[...] = 0.0\n"),),
        "The caller's gradients are set to 0 after the step, as a training loop does.",
        "Whose arrays are the gradients, and which arrays may step change?",
        own=(cases.GRADIENTS,),
    ),
    Misconception(
        "velocities-by-id",
        "sgd-step",
        (
            ("class SGD:", "VELOCITIES = {}\n\n\nclass SGD:"),
            ("        self.velocities = None\n", ""),
            (MAKE, ""),
            (
                LOOP,
                "        for w, g in zip(params, grads):\n"
                "            v = VELOCITIES.setdefault(id(w), np.zeros_like(w))\n",
            ),
        ),
        "The velocities live outside the optimizer, so a second one on the same arrays inherits "
        "them.",
        "Who else finds a velocity under the same array, and should a new optimizer?",
        own=(cases.APART,),
    ),
    Misconception(
        "dampened-after-first-step",
        "sgd-step",
        (
            ("self.velocities = None", "self.velocities, self.started = None, False"),
            ("v += d", "v += (1 - self.momentum) * d if self.started else d"),
            (STEP, STEP + "        self.started = True\n"),
        ),
        "The gradient enters the velocity with 1 - momentum from the second step on: that is "
        "dampening.",
        "In the formula, with which factor does the second gradient enter the velocity?",
        own=(cases.MOMENTUM, cases.NESTEROV),
    ),
    Misconception(
        "last-array-only",
        "sgd-step",
        ((STEP, STEP.removeprefix("    ")),),
        "The step stands after the loop, so only the last array moves.",
        "Look at how far the line with the step is indented.",
        own=(cases.PLAIN,),
    ),
    Misconception(
        "gradients-moved",
        "sgd-step",
        ((LOOP, LOOP.replace("params, grads", "grads, params")),),
        "Weights and gradients are exchanged in the loop, so that the gradients are moved.",
        "In which order does zip get the lists, and in which does the loop name the items?",
        own=(cases.PLAIN, cases.MOMENTUM, cases.GRADIENTS, cases.TRAINS),
    ),
    Misconception(
        "first-call-only-prepares",
        "sgd-step",
        ((MAKE, MAKE + "            return\n"),),
        "The first call makes the velocities and returns, so its gradient is lost.",
        "What does the first call of step do after the velocities are made?",
        own=(cases.PLAIN, cases.MOMENTUM),
    ),
    Misconception(
        "decay-of-gradient",
        "sgd-step",
        (("self.weight_decay * w", "self.weight_decay * g"),),
        "weight_decay multiplies the gradient, where it should multiply the weight.",
        "With a gradient of 0, should the weights stay where they are?",
        own=(cases.DECAY,),
    ),
    Misconception(
        "decay-in-velocity-only",
        "sgd-step",
        ((DIRECTION, DIRECTION.replace("d + self", "g + self")),),
        "The Nesterov step starts from g, so that the decay is in the velocity alone.",
        "To which of g and d is momentum·v added?",
        own=(cases.TOGETHER,),
    ),
)

STABILITY = tuple(
    Misconception(name, "sgd-stability", ((LARGEST, formula),), thinks, hint, own=(own,))
    for name, own, formula, thinks, hint in (
        (
            "one-over-largest",
            cases.DIAGONAL,
            "float(1.0 / np.linalg.eigvalsh(hessian)[-1])",
            "The result is 1 / λ_max, which is the best rate along that direction, not the limit.",
            "At which lr is the factor 1 - lr·λ equal to -1?",
        ),
        (
            "smallest-eigenvalue",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.eigvalsh(hessian)[0])",
            "The result is 2 / λ_min, beyond which even the flattest direction diverges.",
            "Which direction diverges first as lr grows, the steep or the flat one?",
        ),
        (
            "first-eigenvalue",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.eig(hessian)[0][0])",
            "The first eigenvalue is taken as the largest, but np.linalg.eig does not sort them.",
            "In which order do the eigenvalues come?",
        ),
        (
            "upside-down",
            cases.SYMMETRIC,
            "float(np.linalg.eigvalsh(hessian)[-1] / 2.0)",
            "The result is λ_max / 2, the limit upside down.",
            "Should a steeper function allow a larger or a smaller learning rate?",
        ),
        (
            "sum-of-eigenvalues",
            cases.SYMMETRIC,
            "float(2.0 / np.trace(hessian))",
            "The result is 2 / trace, and the trace is the sum of all eigenvalues.",
            "Does a direction limit the learning rate of the others?",
        ),
        (
            "mean-eigenvalue",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.eigvalsh(hessian).mean())",
            "The result is 2 over the mean of the eigenvalues.",
            "What happens along the steepest direction at this rate?",
        ),
        (
            "optimal-rate",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.eigvalsh(hessian)[[0, -1]].sum())",
            "The result is 2 / (λ_min + λ_max), the rate that converges fastest, not the limit.",
            "Is there a larger rate that still converges?",
        ),
        (
            "frobenius-norm",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.norm(hessian))",
            "The result is 2 over the root of the sum of squares, since that is what "
            "np.linalg.norm gives by default.",
            "Which norm of a symmetric matrix is its largest eigenvalue?",
        ),
        (
            "largest-row-sum",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.norm(hessian, np.inf))",
            "The result is 2 over the largest row sum, which is λ_max or more.",
            "Is a bound on the eigenvalues the same as an eigenvalue?",
        ),
        (
            "largest-entry",
            cases.SYMMETRIC,
            "float(2.0 / hessian.max())",
            "The largest entry is taken for the largest eigenvalue, which holds for diagonal "
            "matrices only.",
            "What are the eigenvalues of [[2, 1], [1, 2]]?",
        ),
        (
            "root-of-eigenvalue",
            cases.DIAGONAL,
            "float(2.0 / np.sqrt(np.linalg.eigvalsh(hessian)[-1]))",
            "The result is 2 / √λ_max.",
            "Follow gradient descent on f(w) = λ·w²/2 for one step: which power of λ occurs?",
        ),
        (
            "singular-value-squared",
            cases.DIAGONAL,
            "float(2.0 / np.linalg.eigvalsh(hessian @ hessian)[-1])",
            "The result is 2 / λ_max²: the eigenvalue is squared on the way.",
            "Follow gradient descent on f(w) = λ·w²/2 for one step: which power of λ occurs?",
        ),
        (
            "determinant",
            cases.SYMMETRIC,
            "float(2.0 / np.linalg.det(hessian))",
            "The result is 2 over the determinant, and that is the product of all eigenvalues.",
            "What is the determinant of a diagonal matrix, and what is its largest eigenvalue?",
        ),
    )
)  # fmt: skip

MISCONCEPTIONS: tuple[Misconception, ...] = (*STEPPING, *STABILITY)
