"""The exporter of `nbgrader autograde`, which opens no submission."""

from __future__ import annotations

import os
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook


class SubmissionExporter(NotebookExporter):
    """Hands on where a submission is, in ``resources["submission"]``, instead of reading it.

    What a student wrote may be no notebook at all, or take nbformat hours. nbgrader converts each
    twice, from ``submitted/`` to a sanitized notebook and from that to the graded one, and sets
    NBGRADER_EXECUTION for the second time. What is sanitized here is an empty notebook.
    """

    _submission = ""

    def from_filename(  # type: ignore[no-untyped-def]
        self, filename: str, resources: dict[str, Any] | None = None, **kw
    ):
        resources = resources or {}
        if os.environ.get("NBGRADER_EXECUTION") == "autograde":
            resources = {**resources, "submission": self._submission}
            return self.from_notebook_node(new_notebook(), resources=resources, **kw)
        self._submission = filename
        empty = nbformat.writes(new_notebook(), version=self.nbformat_version)
        return empty, {**resources, "output_extension": self.file_extension}
