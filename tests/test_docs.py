"""What the documents promise: who imports what, files that exist, docstrings of public names."""

import ast
import re
import sys

import pytest

from autograder.assignments import PROJECT

DOCUMENTS = ("README.md", "CONTRIBUTING.md")
ALLOWED = {
    "course": {
        *("numpy", "matplotlib", "matplotlib_inline", "PIL", "IPython", "traitlets", "msgpack"),
        *("typer", "rich", "nbformat", "jupyter_client", "jupyter_core", "packaging", "course"),
    },
    "solutions": {"numpy", "course", "solutions"},
}


def modules(package):
    return sorted((PROJECT / package).rglob("*.py"))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_it_may(package):
    allowed = ALLOWED[package] | set(sys.stdlib_module_names)
    found = {
        (path.name, name.split(".")[0])
        for path in modules(package)
        for name in imported(ast.parse(path.read_text("utf-8")))
    }
    assert found
    assert {(path, name) for path, name in found if name not in allowed} == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_a_document_names_exist(document):
    text = (PROJECT / document).read_text("utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    missing = [link for link in links if not ((PROJECT / document).parent / link).exists()]
    quoted = re.findall(r"`((?:autograder|course|solutions|tests)/[\w./]*)`", text)
    missing += [path for path in quoted if not (PROJECT / path).exists()]
    assert links or quoted
    assert missing == []


def test_public_classes_and_functions_have_docstrings():
    bare = [
        f"{path.relative_to(PROJECT)}: {node.name}"
        for path in [*(PROJECT / "course").glob("*.py"), *modules("solutions")]
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []
