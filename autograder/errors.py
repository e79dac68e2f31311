"""The errors of the trusted side, and what a person hears of one that nobody catches."""


class UserError(Exception):
    """What was asked for cannot be done; the message says in one line why, and what to do."""

    status = 2  # the exit status that it means, after the table of `grade`


class Fault(UserError):
    """The grader itself cannot do its work: its gradebook, disk, configuration or workers fail."""

    status = 3


class Vanished(Fault):
    """The file of the gradebook was removed or replaced while it was in use."""


class InfrastructureError(Fault):
    """There is no verdict on a submission, which should be graded again."""


class Died(Exception):
    """The submission's process ended, was killed for a limit, or answered with nonsense."""


class DamagedNotebook(UserError):
    """A file that is not a notebook; the message is one line for people."""


class Refused(Exception):
    """Something that is not unpacked; the message says why in one line."""


class TooMuch(Refused):
    """An archive holds more than it may."""


class TimeUp(BaseException):
    """A case took too long. Not an Exception, so that no scenario takes it for a student's."""


# The path that was given is not what it should be.
WRONG_PATHS = (FileExistsError, FileNotFoundError, IsADirectoryError, NotADirectoryError)


def told(error: UserError | OSError) -> tuple[str, int]:
    """What to print, and the exit status."""
    if isinstance(error, UserError):
        return str(error), error.status
    line = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return line, UserError.status if isinstance(error, WRONG_PATHS) else Fault.status
