"""The trusted side: cases, judging, the jail, nbgrader's hooks, the instructors' commands."""


def __getattr__(name: str):  # type: ignore[no-untyped-def]
    """`autograder.hidden`, which grade cells import; late, for it loads Hypothesis."""
    if name == "hidden":
        from autograder.grading.in_process import hidden

        return hidden
    raise AttributeError(name)
