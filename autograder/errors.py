"""The errors of the trusted side, and how the command line reports them."""


class UserError(Exception):
    """A request that cannot be fulfilled; the message says in one line why, and what to do."""

    status = 2  # exit status of the command


class Fault(UserError):
    """The grader cannot work, because its gradebook, disk, configuration or workers fail."""

    status = 3


class Vanished(Fault):
    """The file of the gradebook was removed or replaced while it was in use."""


class InfrastructureError(Fault):
    """The grader failed on a submission, which has no result and should be graded again."""


class Died(Exception):
    """The submission's process ended, was killed for a limit, or answered with nonsense."""


class DamagedNotebook(UserError):
    """A file that is not a notebook; the message is one line for people."""


class Refused(Exception):
    """A file or an archive is not unpacked; the message says why in one line."""


class TooMuch(Refused):
    """An archive holds more than it may."""


class TimeUp(BaseException):
    """A case took too long. Not an Exception: code that handles a student's errors ignores it."""


# Errors about a path that the person gave.
WRONG_PATHS = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)


def told(error: UserError | OSError) -> tuple[str, int]:
    """The line to print for an error, and the exit status."""
    if isinstance(error, UserError):
        return str(error), error.status
    line = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return line, UserError.status if isinstance(error, WRONG_PATHS) else Fault.status
