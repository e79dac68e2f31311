"""``python -m course``: the students' commands, check and doctor."""

import sys

try:
    try:
        from course.cli import main
    except ModuleNotFoundError as error:
        sys.exit(
            f"{error.name} is not installed: install the course's wheel again with "
            f"{sys.executable} -m pip"
        )
    main()
except KeyboardInterrupt:  # while it was imported
    sys.exit(130)
