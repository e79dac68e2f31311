"""The lists of hooks that `nbgrader_config.py` gives to nbgrader's `Autograde`.

nbgrader converts a submission twice. The first conversion has no steps here; see `reading`.
"""

from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades

EXPORTER = "autograder.nbgrader_plugins.reading.SubmissionExporter"
SAVE = [SaveAutoGrades, AssignLatePenalties]  # from the graded notebook into the gradebook
SANITIZE: list[type] = []
AUTOGRADE = ["autograder.nbgrader_plugins.grading.GradeSubmission", *SAVE]
