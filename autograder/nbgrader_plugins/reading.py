"""The exporter of `nbgrader autograde`: passes on the path of a submission without reading it."""

from __future__ import annotations

import os
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat.v4 import new_notebook


class SubmissionExporter(NotebookExporter):
    """Passes on a submission's path, in ``resources["submission"]``, instead of reading the file.

    A student's file may not be a notebook, or may take nbformat hours to read. nbgrader converts
    each submission twice, from ``submitted/`` to a sanitized notebook and from that to the graded
    one, and sets NBGRADER_EXECUTION for the second conversion. The first one writes an empty
    notebook here, the second one starts from an empty notebook too.
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
