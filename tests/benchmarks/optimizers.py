"""Are the reference optimizers as fast as PyTorch's?

    pip install -e '.[benchmarks]' -c constraints.txt
    python tests/benchmarks/optimizers.py

Compared, time per step in float64, one thread, on the same numbers:

reference     `solutions`: SGD, SGD with momentum 0.9, Adam, Lookahead(Adam, k=5)
torch         `torch.optim` as it is by default on a CPU, a loop over the arrays; it has no
              Lookahead, so that its Adam gets the two lines that Lookahead takes with tensors
foreach       the same with ``foreach=True``
copyto        what moving the same bytes takes with np.copyto: a step has to read weights, gradients
              and state and to write weights and state, which are 1.5 copies for SGD (w, g; w), 2.5
              with momentum (w, g, v; w, v), 3.5 for Adam, 0.4 more on the average for Lookahead

on the six arrays of the lab's MLP (64-256-128-10, 50,826 entries, in the processor's cache) and on
one array of 10 million entries (80 MB, in memory).

A round times a few steps of each, one after the other, in an order that rotates; times are CPU
times of the process, ratios are taken within a round, and the table shows medians over the rounds:
above 1 the reference is faster. Before that all take the same steps and must agree.

Bound (exit status 1 where it is missed): at least 1.0 against torch's default on the MLP. The rest
is reported. Exit status 2 where torch is not installed.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from solutions.adam import Adam
from solutions.lookahead import Lookahead
from solutions.sgd import SGD

INSTALL = "pip install -e '.[benchmarks]' -c constraints.txt"
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
MLP = [(64, 256), (256,), (256, 128), (128,), (128, 10), (10,)]
LARGE = [(10_000_000,)]
AT_LEAST = 1.0
PEERS = ("torch", "foreach", "copyto")
K = 5  # Lookahead's; every timing is of a multiple of K steps

# name -> the reference, its name and arguments in torch, copies of the same bytes
METHODS: dict[str, tuple[Callable[[], Any], str, dict[str, float], float]] = {
    "SGD": (lambda: SGD(1e-3), "SGD", {"lr": 1e-3}, 1.5),
    "momentum": (lambda: SGD(1e-3, 0.9), "SGD", {"lr": 1e-3, "momentum": 0.9}, 2.5),
    "Adam": (lambda: Adam(1e-3), "Adam", {"lr": 1e-3}, 3.5),
    "Lookahead": (lambda: Lookahead(Adam(1e-3), k=K), "Lookahead", {"lr": 1e-3}, 3.9),
}


def arrays(shapes: Sequence[tuple[int, ...]], seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def reference_step(make: Callable[[], Any], params: list[np.ndarray]) -> Callable[[], None]:
    """A function that takes one step, always with the same gradients."""
    grads = arrays([param.shape for param in params], 1)
    optimizer = make()
    return lambda: optimizer.step(params, grads)


def torch_step(name: str, options: dict[str, Any], params: list[np.ndarray]) -> Callable[[], None]:
    """The same with torch, on the memory of the same arrays."""
    import torch

    tensors = [torch.from_numpy(param).requires_grad_() for param in params]
    for tensor, grad in zip(tensors, arrays([param.shape for param in params], 1), strict=True):
        tensor.grad = torch.from_numpy(grad)
    if name != "Lookahead":
        return getattr(torch.optim, name)(tensors, **options).step
    adam = torch.optim.Adam(tensors, **options)
    slow_weights = [tensor.detach().clone() for tensor in tensors]
    count = itertools.count(1)

    @torch.no_grad()
    def step() -> None:
        adam.step()
        if next(count) % K == 0:
            for slow, fast in zip(slow_weights, tensors, strict=True):
                slow.lerp_(fast, 0.5)
                fast.copy_(slow)

    return step


def copy_step(copies: float, params: list[np.ndarray]) -> Callable[[], None]:
    """Copies as many times the bytes of the arrays, the last time a part of them."""
    flat = np.concatenate([param.ravel() for param in params])
    target = np.empty_like(flat)
    whole, part = int(copies), round(copies % 1 * len(flat))

    def step() -> None:
        for _ in range(whole):
            np.copyto(target, flat)
        np.copyto(target[:part], flat[:part])

    return step


def contenders(name: str, shapes: Sequence[tuple[int, ...]]) -> dict[str, Callable[[], None]]:
    make, torch_name, options, copies = METHODS[name]
    return {
        "reference": reference_step(make, arrays(shapes, 0)),
        "torch": torch_step(torch_name, {**options, "foreach": False}, arrays(shapes, 0)),
        "foreach": torch_step(torch_name, {**options, "foreach": True}, arrays(shapes, 0)),
        "copyto": copy_step(copies, arrays(shapes, 0)),
    }


def agree(name: str) -> bool:
    """Ten steps of the reference and of torch on the MLP's arrays lead to the same weights."""
    make, torch_name, options, _ = METHODS[name]
    mine, theirs = arrays(MLP, 0), arrays(MLP, 0)
    steps = reference_step(make, mine), torch_step(torch_name, options, theirs)
    for _ in range(10):
        for step in steps:
            step()
    return all(np.allclose(a, b, 1e-10, 1e-12) for a, b in zip(mine, theirs, strict=True))


def seconds(step: Callable[[], None], count: int) -> float:
    """CPU seconds a step."""
    start = time.process_time()
    for _ in range(count):
        step()
    return (time.process_time() - start) / count


def measured(
    name: str, shapes: Sequence[tuple[int, ...]], rounds: int, count: int
) -> dict[str, list[float]]:
    """Seconds a step of each contender in each round."""
    steps = contenders(name, shapes)
    times: dict[str, list[float]] = {who: [] for who in steps}
    for step in steps.values():
        seconds(step, K)  # state is made in the first step
    names = list(steps)
    for number in range(rounds):
        shift = number % len(names)
        for who in names[shift:] + names[:shift]:
            times[who].append(seconds(steps[who], count))
    return times


def shown(value: float) -> str:
    return f"{1e6 * value:.0f} µs" if value < 1e-3 else f"{1e3 * value:.1f} ms"


def main() -> int:
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):  # read where NumPy is loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    try:
        import torch
    except ImportError as error:
        console.print(f"{error}; this benchmark needs:  {INSTALL}")
        return 2
    torch.set_num_threads(1)
    missed = [f"{name}: torch takes other steps" for name in METHODS if not agree(name)]
    plans = {"the MLP": (MLP, 100, 4 * K), "10 million entries": (LARGE, 5, K)}
    for title, (shapes, rounds, count) in plans.items():
        table = Table("", "reference", title=f"{title}: CPU time a step, medians")
        for who in PEERS:
            table.add_column(who)
            table.add_column("ratio")
        for name in METHODS:
            times = measured(name, shapes, rounds, count)
            row = [name, shown(median(times["reference"]))]
            for who in PEERS:
                pairs = zip(times[who], times["reference"], strict=True)
                ratio = median(theirs / mine for theirs, mine in pairs)
                row += [shown(median(times[who])), f"{ratio:.2f}"]
                if shapes is MLP and who == "torch" and ratio < AT_LEAST:
                    missed.append(f"{name} on the MLP: torch is faster, {ratio:.2f}")
            table.add_row(*row)
        console.print(table)
    for line in missed:
        console.print(f"MISSED  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
