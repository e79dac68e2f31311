"""nbgrader's configuration for this course; `python -m autograder demo` copies it to its folder.

Everything is nbgrader's own but these things: nothing but the notebook is taken from a submission's
folder (`folders.guard`); `SubmissionExporter` leaves it unread, and `GradeSubmission` reads it,
puts back the cells that are not the student's, and runs and judges in a jail what nbgrader would
run in a kernel. What cells are worth is taken from their source notebook (`points.guard`).
`gradebook.keep_engines` only saves time.
"""

from autograder.assignments import use_own_programs
from autograder.batch import gradebook
from autograder.nbgrader_plugins import folders, hooks, points

use_own_programs()
folders.guard()
points.guard()
gradebook.keep_engines()

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "optimization-lab"

c.Autograde.exporter_class = hooks.EXPORTER
c.SubmissionExporter.optimistic_validation = True  # once after all preprocessors, not after each
c.Autograde.sanitize_preprocessors = hooks.SANITIZE
c.Autograde.autograde_preprocessors = hooks.AUTOGRADE

# In feedback and formgrader a student's Markdown brings no HTML, which could hold a script.
c.HTMLExporter.filters = {"markdown2html": "autograder.nbgrader_plugins.pages.markdown2html"}

# Archives of submissions: notebooks come out, bounded in number and size, and nothing else.
c.ZipCollectApp.extractor_plugin = "autograder.nbgrader_plugins.archives.NotebookExtractor"
# Names of Ada's notebooks in them: ada/sgd.ipynb, ada_sgd.ipynb, ada_late_1234_sgd-1.ipynb
c.FileNameCollectorPlugin.named_regexp = (
    r".*/(?P<student_id>[^/]+?)[/_]([^/]*_)?(?P<file_id>[a-z]+)(-\d+)?\.ipynb$"
)

# Refuse to grade on a machine without a jail (bubblewrap), instead of warning:
# c.GradeSubmission.require_jail = True
# Limits of one submission: see `nbgrader autograde --help-all`, section GradeSubmission.
