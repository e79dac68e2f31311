"""What nbgrader's pages show of a submission: the feedback, and the formgrader."""

from __future__ import annotations

from typing import Any

import jinja2
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath


class _Renderer(IPythonRenderer):
    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("attachment:"):  # a submission's are not kept, and nbconvert would raise
            return f"[attached image, not shown: {text}]"
        return super().image(text, url, title)


@jinja2.pass_context
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of this name, with HTML in Markdown shown as text and not obeyed.

    A student's cell could otherwise bring a script, which would run with the rights of whoever
    looks at the page: those of the instructor, in the formgrader.
    """
    renderer = _Renderer(escape=True, allow_harmful_protocols=False)
    return MarkdownWithMath(renderer=renderer).render(source)
