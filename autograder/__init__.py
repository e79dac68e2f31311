"""The trusted side: cases, judging, the jail, nbgrader's preprocessors, the instructors' commands."""


def __getattr__(name: str):  # type: ignore[no-untyped-def]
    """`autograder.hidden` is what grade cells import; loading it makes Hypothesis load, so: late."""
    if name == "hidden":
        from autograder.in_process import hidden

        return hidden
    raise AttributeError(name)
