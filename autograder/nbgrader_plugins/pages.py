"""Safe Markdown on the pages that nbgrader makes of a submission: feedback and formgrader."""

from __future__ import annotations

from typing import Any

import jinja2
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath


class _Renderer(IPythonRenderer):
    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("attachment:"):  # nbconvert would raise: attachments are not kept
            return f"[attached image, not shown: {text}]"
        return super().image(text, url, title)


@jinja2.pass_context
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of this name, but HTML in Markdown is shown as text.

    Otherwise a student's cell could contain a script, which would run with the rights of the person
    who looks at the page: in the formgrader those of the instructor.
    """
    renderer = _Renderer(escape=True, allow_harmful_protocols=False)
    return MarkdownWithMath(renderer=renderer).render(source)
