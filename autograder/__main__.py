"""``python -m autograder``: the instructors' commands."""

from autograder.cli import main

main()
