"""Reference for the assignment ``toy``: the running mean that momentum and Adam are made of."""


def running_mean(xs, beta):
    """The running means m_1, m_2, … with m ← beta·m + (1 − beta)·x, from m = 0.

    xs    list of numbers
    beta  how much of the last mean is kept, 0 <= beta < 1

    Returns a list of floats, as long as xs.
    """
    ### BEGIN SOLUTION
    means, m = [], 0.0
    for x in xs:
        m = beta * m + (1 - beta) * x
        means.append(m)
    return means
    ### END SOLUTION
