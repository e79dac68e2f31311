"""The lists of hooks that `nbgrader_config.py` gives to nbgrader's `Autograde`.

nbgrader converts a submission twice: the first time it gets what `GradeSubmission` makes of it, the
second time the scores in that go into the gradebook.
"""

from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades

EXPORTER = "autograder.nbgrader_plugins.reading.SubmissionExporter"
GRADE = ["autograder.nbgrader_plugins.grading.GradeSubmission"]
SAVE = [SaveAutoGrades, AssignLatePenalties]
