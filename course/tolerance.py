"""The tolerance of the course: numbers are compared as float64, in the sense of `numpy.isclose`."""

RTOL, ATOL = 1e-7, 1e-10
