"""``python -m autograder``: the instructors' commands."""

import sys

try:
    from autograder.cli import main

    main()
except KeyboardInterrupt:  # while this was imported: the commands have their own ways to end
    sys.exit(130)
