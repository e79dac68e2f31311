"""What students install stands alone: it reaches neither the grader nor the solutions."""

import ast
import re
from pathlib import Path

import pytest

import course

FOLDER = Path(course.__file__).parent
NOT_INSTALLED = re.compile(r"(autograder|solutions)(\.\w+)*")


def modules_named(source):
    """Modules that a source imports, and strings that would do as names for `import_module`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Constant(value=str(text)):
                yield text


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda p: p.name)
def test_course_reaches_only_what_is_installed(path):
    found = [n for n in modules_named(path.read_text("utf-8")) if NOT_INSTALLED.fullmatch(n)]
    assert found == []
