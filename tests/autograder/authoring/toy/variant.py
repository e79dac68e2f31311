"""Differs: each mean moves from the last one towards x."""


def running_mean(xs, beta):
    means = [0.0]
    for x in xs:
        means.append(means[-1] + (1 - beta) * (x - means[-1]))
    return means[1:]
