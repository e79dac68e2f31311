"""What the documents promise: who imports what, files that exist, docstrings, what tools read."""

import ast
import re
import sys
import tomllib

import pytest
import yaml
from importlinter.cli import lint_imports

import course
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


def test_the_rooms_import_each_other_in_their_order(monkeypatch, capsys):
    """The contracts in pyproject.toml; what is broken stands in the output."""
    monkeypatch.chdir(PROJECT)
    assert lint_imports(no_cache=True, no_logo=True) == 0, capsys.readouterr().out


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


def read_yaml(name):
    return yaml.safe_load((PROJECT / name).read_text("utf-8"))


def test_the_citation_has_what_its_format_requires():
    """Citation File Format 1.2.0: four required keys; an author is a person or has a name."""
    citation = read_yaml("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert all(isinstance(citation[key], str) and citation[key] for key in ("message", "title"))
    assert citation["authors"]
    for author in citation["authors"]:
        assert author.keys() & {"name", "family-names", "given-names"}
    assert citation["license"] == "MIT"


def test_commits_and_the_hosted_workflow_run_the_same_tools():
    [repository] = read_yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert {hook["language"] for hook in repository["hooks"]} == {"system"}
    hooks = [hook["entry"].replace(" --force-exclude", "") for hook in repository["hooks"]]
    run = (PROJECT / ".ci" / "run").read_text("utf-8").splitlines()
    assert hooks and set(hooks) <= set(run)
    steps = read_yaml(".github/workflows/ci.yml")["jobs"]["run"]["steps"]
    assert ".ci/run" in [step.get("run") for step in steps]


def test_the_version_stands_once():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    for name in ("README.md", "course/README.md", "CITATION.cff"):
        assert course.__version__ not in (PROJECT / name).read_text("utf-8")
