"""Misconceptions about the assignment ``lab``."""

from autograder.cases import lab as cases
from autograder.misconceptions.catalogue import Misconception

RUNS = "    return {lr: make_run(lr) for lr in lrs}\n"
BEST = "    return max(table, key=lambda cell: -np.inf if np.isnan(table[cell]) else table[cell])\n"
BOUNCING = """\
    if np.mean(np.diff(half) > 0) >= 1 / 3:
        return "bouncing"
"""
PLATEAU = """\
    if half[0] - half[-1] < 0.01 * half[0]:
        return "plateau"
"""
FOUND_FINITE = "np.isfinite(losses).all()"

SWEEPS = (
    Misconception(
        "keys-as-text",
        "lab-sweep",
        ((RUNS, "    return {str(lr): make_run(lr) for lr in lrs}\n"),),
        "The keys are texts, not the learning rates themselves.",
        "With what would a caller look up the run with lr 0.1?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "list-of-runs",
        "lab-sweep",
        ((RUNS, "    return [make_run(lr) for lr in lrs]\n"),),
        "The runs are returned as a list, without their learning rates.",
        "How does a caller find the run with lr 0.1?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "sorted-rates",
        "lab-sweep",
        ((RUNS, "    return {lr: make_run(lr) for lr in sorted(lrs)}\n"),),
        "The learning rates are tried in the order of their size.",
        "In which order does the text ask for the runs?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "accuracy-only",
        "lab-sweep",
        ((RUNS, "    return {lr: make_run(lr)[1] for lr in lrs}\n"),),
        "Only the accuracy is kept, not the loss history.",
        "What will the loss curves be drawn from?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "history-only",
        "lab-sweep",
        ((RUNS, "    return {lr: make_run(lr)[0] for lr in lrs}\n"),),
        "Only the loss history is kept, not the accuracy.",
        "What will the best learning rate be chosen by?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "run-twice",
        "lab-sweep",
        ((RUNS, "    return {lr: (make_run(lr)[0], make_run(lr)[1]) for lr in lrs}\n"),),
        "make_run is called twice for each lr, once for the history and once for the accuracy.",
        "How often is a model trained in your sweep?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "diverged-left-out",
        "lab-sweep",
        (
            (
                RUNS,
                "    runs = {lr: make_run(lr) for lr in lrs}\n"
                "    return {lr: run for lr, run in runs.items() if not np.isnan(run[1])}\n",
            ),
        ),
        "Runs that diverged are left out.",
        "What should the plot show where training failed?",
        own=(cases.DIVERGED_KEPT,),
    ),
    Misconception(
        "stops-at-divergence",
        "lab-sweep",
        (
            (
                RUNS,
                "    runs = {}\n"
                "    for lr in lrs:\n"
                "        runs[lr] = make_run(lr)\n"
                "        if np.isnan(runs[lr][1]):\n"
                "            break\n"
                "    return runs\n",
            ),
        ),
        "The sweep ends with the first run that diverges.",
        "Could a later learning rate be a smaller one?",
        own=(cases.DIVERGED_KEPT,),
    ),
    Misconception(
        "nan-as-zero",
        "lab-sweep",
        (
            (
                RUNS,
                "    runs = {lr: make_run(lr) for lr in lrs}\n"
                "    return {lr: (h, 0.0 if np.isnan(a) else a) for lr, (h, a) in runs.items()}\n",
            ),
        ),
        "The accuracy of a diverged run is set to 0, as if it had been measured.",
        "Is a diverged run the same as one that gets every digit wrong?",
        own=(cases.DIVERGED_KEPT,),
    ),
    Misconception(
        "last-run-missing",
        "lab-sweep",
        ((RUNS, "    return {lr: make_run(lr) for lr in lrs[:-1]}\n"),),
        "The last learning rate is not run.",
        "Where does the loop over lrs end?",
        own=(cases.ONE_RUN,),
    ),
)

CELLS = (
    Misconception(
        "nan-wins",
        "lab-best-cell",
        ((BEST, "    return list(table)[int(np.argmax(list(table.values())))]\n"),),
        "np.argmax takes a nan for the largest of all.",
        "What does np.argmax return for [0.9, nan, 0.95], and is there a function that does not?",
        own=(cases.NO_NAN,),
    ),
    Misconception(
        "nan-first-wins",
        "lab-best-cell",
        ((BEST, "    return max(table, key=table.get)\n"),),
        "max compares with nan, which is always False, so a nan that comes first stays the best.",
        "What is max([nan, 0.9]), and what is max([0.9, nan])?",
        own=(cases.NO_NAN,),
    ),
    Misconception(
        "lowest-accuracy",
        "lab-best-cell",
        ((BEST, "    return min(table, key=lambda cell: table[cell])\n"),),
        "The cell with the lowest accuracy is returned, as if it were a loss.",
        "Is a larger accuracy better or worse?",
        own=(cases.HIGHEST,),
    ),
    Misconception(
        "accuracy-returned",
        "lab-best-cell",
        ((BEST, "    return float(np.nanmax(list(table.values())))\n"),),
        "The highest accuracy is returned, not the key that it stands at.",
        "Which optimizer and which lr would you choose?",
        own=(cases.HIGHEST,),
    ),
    Misconception(
        "name-returned",
        "lab-best-cell",
        ((BEST, BEST.replace("return", "best =") + "    return best[0]\n"),),
        "Only the optimizer's name is returned, without the lr.",
        "Which two things does a key of the table consist of?",
        own=(cases.HIGHEST,),
    ),
    Misconception(
        "largest-key",
        "lab-best-cell",
        ((BEST, "    return max(table)\n"),),
        "The keys are compared, not the accuracies.",
        "What does max compare when it is given a dict?",
        own=(cases.HIGHEST,),
    ),
    Misconception(
        "pair-with-accuracy",
        "lab-best-cell",
        ((BEST, BEST.replace("return", "best =") + "    return *best, table[best]\n"),),
        "The accuracy is returned together with the key.",
        "How many entries has a key of the table?",
        own=(cases.HIGHEST,),
    ),
)

DIAGNOSES = (
    Misconception(
        "nan-not-seen",
        "lab-diagnose",
        ((f"if not {FOUND_FINITE} or ", "if "),),
        "A nan in the curve is not seen: it is not looked for, or with ==, which never finds it.",
        "Is nan equal to itself, and which function finds it?",
        own=(cases.DIVERGED,),
    ),
    Misconception(
        "infinity-not-seen",
        "lab-diagnose",
        ((f"not {FOUND_FINITE}", "np.isnan(losses).any()"),),
        "nan is looked for, but infinity is not.",
        "Which numbers are not finite?",
        own=(cases.DIVERGED,),
    ),
    Misconception(
        "last-loss-only",
        "lab-diagnose",
        ((f"not {FOUND_FINITE}", "not np.isfinite(losses[-1])"),),
        "Only the last loss is asked whether it is finite.",
        "Can a curve with an infinite loss in the middle end with a finite one?",
        own=(cases.DIVERGED,),
    ),
    Misconception(
        "growth-not-seen",
        "lab-diagnose",
        ((" or losses[-1] > losses[0]", ""),),
        "A curve that ends above its start is not called diverged as long as it is finite.",
        "What are the two ways to diverge in the definition?",
        own=(cases.DIVERGED,),
    ),
    Misconception(
        "growth-of-second-half",
        "lab-diagnose",
        (("losses[-1] > losses[0]", "losses[-1] > losses[len(losses) // 2]"),),
        "The last loss is compared with the middle of the curve, not with its start.",
        "With which loss is the last one compared?",
        own=(cases.DIVERGED,),
    ),
    Misconception(
        "whole-curve-bounces",
        "lab-diagnose",
        (("np.diff(half)", "np.diff(losses)"),),
        "The steps of the whole curve are counted, not those of its second half.",
        "Which part of the curve says whether it bounces?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "any-step-up-bounces",
        "lab-diagnose",
        (("np.mean(np.diff(half) > 0) >= 1 / 3", "(np.diff(half) > 0).any()"),),
        "A single step up is called bouncing.",
        "How many of the steps have to go up?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "half-of-steps",
        "lab-diagnose",
        ((">= 1 / 3", ">= 1 / 2"),),
        "Half of the steps have to go up, where one in three is enough.",
        "How many of the steps have to go up?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "more-than-a-third",
        "lab-diagnose",
        ((">= 1 / 3", "> 1 / 3"),),
        "Exactly one step in three is not counted as bouncing.",
        "What does “at least one in three” say about exactly one in three?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "bouncing-not-looked-at",
        "lab-diagnose",
        ((BOUNCING, ""),),
        "Bouncing is not looked for.",
        "How many different answers can your function give?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "plateau-of-whole-curve",
        "lab-diagnose",
        (("half[0] - half[-1] < 0.01 * half[0]", "losses[0] - losses[-1] < 0.01 * losses[0]"),),
        "The fall of the whole curve is measured, not that of its second half.",
        "When does a plateau begin: at once, or after a while?",
        own=(cases.PLATEAU,),
    ),
    Misconception(
        "one-percent-of-the-start",
        "lab-diagnose",
        (("< 0.01 * half[0]", "< 0.01 * losses[0]"),),
        "1 % of the first loss of the whole curve is taken.",
        "1 % of which loss?",
        own=(cases.CONVERGING,),
    ),
    Misconception(
        "absolute-plateau",
        "lab-diagnose",
        (("< 0.01 * half[0]", "< 0.01"),),
        "The fall is compared with 0.01 itself, not with 1 % of a loss.",
        "If all losses were ten times as large, should the diagnosis change?",
        own=(cases.PLATEAU,),
    ),
    Misconception(
        "ten-percent",
        "lab-diagnose",
        (("< 0.01 * half[0]", "< 0.1 * half[0]"),),
        "The limit of the plateau is 10 %, not 1 %.",
        "How many are 1 % as a decimal?",
        own=(cases.PLATEAU,),
    ),
    Misconception(
        "plateau-before-bouncing",
        "lab-diagnose",
        ((BOUNCING + PLATEAU, PLATEAU + BOUNCING),),
        "A plateau is looked for before bouncing.",
        "Which of the definitions that hold comes first?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "converging-spelt-otherwise",
        "lab-diagnose",
        (('return "converging"', 'return "converged"'),),
        "The word is converging.",
        "Compare the four words with those in the docstring.",
        own=(cases.CONVERGING,),
    ),
)

TRAINED = (
    Misconception(
        "labels-returned",
        "lab-classifier",
        (
            (
                "    return trainer\n",
                "    return type('Model', (), {'predict': lambda self, X: y})()\n",
            ),
        ),
        "predict returns the labels that it was trained with.",
        "How many labels are asked for, when predict gets 450 digits?",
        own=(cases.BASELINE, cases.TUNED),
    ),
    Misconception(
        "memorised",
        "lab-classifier",
        (
            (
                "    return trainer\n",
                "    known = {row.tobytes(): label for row, label in zip(X, y)}\n"
                "\n"
                "    class Model:\n"
                "        def predict(self, X):\n"
                "            return np.array([known.get(row.tobytes(), 0) for row in X])\n"
                "\n"
                "    return Model()\n",
            ),
        ),
        "The training digits are looked up, and any other is called 0.",
        "What does the model say about a digit that it has not seen?",
        own=(cases.BASELINE, cases.TUNED),
    ),
    Misconception(
        "never-trained",
        "lab-classifier",
        (
            (
                "    trainer.train(X, y, epochs, batch_size=32, verbose=False, "
                "callbacks=[schedule], seed=seed)\n",
                "",
            ),
        ),
        "The network is made, but never trained.",
        "Which line changes the weights?",
        own=(cases.BASELINE, cases.TUNED),
    ),
    Misconception(
        "scores-returned",
        "lab-classifier",
        (
            (
                "    return trainer\n",
                "    return type('Model', (), {'predict': lambda self, X: network.forward(X)})()\n",
            ),
        ),
        "predict returns the ten scores of each digit, not the digit.",
        "Which shape should the predictions of 450 digits have?",
        own=(cases.BASELINE, cases.TUNED),
    ),
)

SLIPS = (
    Misconception(
        "returns-after-first-run",
        "lab-sweep",
        (
            (
                RUNS,
                "    runs = {}\n"
                "    for lr in lrs:\n"
                "        runs[lr] = make_run(lr)\n"
                "        return runs\n",
            ),
        ),
        "The function ends inside its loop, after the first learning rate.",
        "How far is the line with return indented?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "one-run-for-all",
        "lab-sweep",
        ((RUNS, "    run = make_run(lrs[0])\n    return {lr: run for lr in lrs}\n"),),
        "One model is trained before the loop, and its run stands for every learning rate.",
        "How often is make_run called, and with which learning rates?",
        own=(cases.ONE_RUN,),
    ),
    Misconception(
        "first-half-looked-at",
        "lab-diagnose",
        (("losses[len(losses) // 2 :]", "losses[: len(losses) // 2]"),),
        "The first half of the curve is looked at, not the second.",
        "Which losses does losses[:n] hold?",
        own=(cases.BOUNCES,),
    ),
    Misconception(
        "falling-is-divergence",
        "lab-diagnose",
        (("losses[-1] > losses[0]", "losses[-1] < losses[0]"),),
        "A curve that ends below its start is called diverged.",
        "Does the loss grow or shrink where training diverges?",
        own=(cases.DIVERGED,),
    ),
    Misconception(
        "plateau-and-converging-exchanged",
        "lab-diagnose",
        (
            ('return "plateau"', 'return "converging"'),
            ('return "converging"\n    ###', 'return "plateau"\n    ###'),
        ),
        "The words plateau and converging are exchanged.",
        "Which of the two does a curve show that still falls?",
        own=(cases.CONVERGING, cases.PLATEAU),
    ),
    Misconception(
        "steps-down-counted",
        "lab-diagnose",
        (("np.diff(half) > 0", "np.diff(half) < 0"),),
        "Steps down are counted, not steps up.",
        "Which sign has np.diff where the loss grows?",
        own=(cases.BOUNCES,),
    ),
)

MISCONCEPTIONS = (*SWEEPS, *CELLS, *DIAGNOSES, *TRAINED, *SLIPS)
