"""``python -m course``: the students' commands, check and doctor."""

from course.cli import main

main()
