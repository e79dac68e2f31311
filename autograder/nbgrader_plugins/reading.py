"""The exporter of `nbgrader autograde`, which opens no submission."""

from __future__ import annotations

import os
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook


class SubmissionExporter(NotebookExporter):
    """Hands on where a submission is, in ``resources["submission"]``, instead of reading it.

    What a student wrote may be no notebook at all, or take nbformat hours. The second time that
    nbgrader converts it, for which it sets NBGRADER_EXECUTION, the notebook is the graded one.
    """

    def from_filename(  # type: ignore[no-untyped-def]
        self, filename: str, resources: dict[str, Any] | None = None, **kw
    ):
        if os.environ.get("NBGRADER_EXECUTION") == "autograde":
            return super().from_filename(filename, resources=resources, **kw)
        resources = {**(resources or {}), "submission": filename}
        return self.from_notebook_node(new_notebook(), resources=resources, **kw)
