"""The doctor: healthy here, and each check finds the illness that it is for."""

import importlib.metadata
import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

from course import doctor

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture
def requires(monkeypatch):
    """Set what the course's distribution claims to need."""

    def set_lines(*lines):
        monkeypatch.setattr(importlib.metadata, "requires", lambda name: list(lines))

    return set_lines


@pytest.fixture
def without(monkeypatch):
    """Make one package look as if it were not installed."""
    find_spec = importlib.util.find_spec

    def hide(package):
        monkeypatch.setattr(
            importlib.util,
            "find_spec",
            lambda name, *args: None if name == package else find_spec(name, *args),
        )

    return hide


def kernel_starts(monkeypatch, *argv):
    """Let Jupyter's kernel python3 start this command."""
    spec = KernelSpec(argv=list(argv))
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda self, name: spec)


def only_problem(findings):
    """The one finding, which must be a problem with something to do."""
    (finding,) = findings
    assert not finding.ok and finding.remedy
    return str(finding)


def test_healthy_here(capsys):
    """In the environment that runs these tests every line is "ok", and main returns 0."""
    code = doctor.main(doctor.CHECKS)
    lines = capsys.readouterr().out.splitlines()
    assert code == 0, "\n".join(lines)
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert lines[-1] == "Ready for the course."


def test_every_dependency_has_a_line(capsys):
    """The lines name each dependency that pyproject.toml lists, but none of the extras'."""
    doctor.main(doctor.CHECKS)
    out = capsys.readouterr().out
    for name in ("numpy", "matplotlib", "ipython", "msgpack", "typer", "rich", "nbformat"):
        assert f"ok       {name} " in out
    assert "nbgrader" not in out and "pytest" not in out


def test_main_reports_problems(capsys):
    """One problem among good findings: exit status 1, and a line that says what to do."""
    sick = doctor.Finding("the moon is full", "wait")
    assert doctor.main((doctor.check_digits, lambda: [sick])) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok       1347")
    assert lines[1] == "problem  the moon is full: wait"
    assert lines[2].endswith("to solve: 1")


def test_a_check_that_raises_does_not_stop_the_others(capsys):
    """An exception inside a check becomes a problem of its own."""

    def broken():
        """The moon is made of cheese."""
        raise OSError("no moon")

    assert doctor.main((broken, doctor.check_digits)) == 1
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "problem  \"The moon is made of cheese\" failed with OSError('no moon')"
    )
    assert second.startswith("ok ")


def test_old_python(monkeypatch):
    """A Python below 3.11 is a problem."""
    monkeypatch.setattr(doctor, "PYTHON", (sys.version_info[0], sys.version_info[1] + 1))
    assert "install Python" in only_problem(doctor.check_python())


def test_python_as_in_pyproject():
    """The doctor and pip agree on which Python is new enough."""
    needed = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["requires-python"]
    assert needed == ">=" + ".".join(map(str, doctor.PYTHON))


def test_not_installed(monkeypatch):
    """The course run from a copied folder, without pip: its dependencies are unknown."""

    def requires(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert "optimization-lab is not installed" in only_problem(doctor.check_dependencies())


def test_missing_dependency(requires):
    """A package that is not there is named with the command that installs it."""
    requires("surely-not-installed>=2,<3")
    line = only_problem(doctor.check_dependencies())
    assert "surely-not-installed is not installed" in line
    assert "pip install" in line and "surely-not-installed<3,>=2" in line


@pytest.mark.parametrize("range_", ["<1", ">=1000"])
def test_wrong_version(requires, range_):
    """A version outside the range, on either side, is a problem that quotes both."""
    requires(f"numpy{range_}")
    line = only_problem(doctor.check_dependencies())
    assert importlib.metadata.version("numpy") in line and range_ in line


def test_extras_do_not_count(requires):
    """What only an extra or another platform needs is not asked of a student."""
    requires(
        'surely-not-installed; extra == "staff"',
        'surely-not-installed; sys_platform == "none"',
        "numpy>=1",
    )
    assert [finding.ok for finding in doctor.check_dependencies()] == [True]


def test_packaging_missing(without):
    """Without packaging no range can be read, which is said rather than raised."""
    without("packaging")
    assert "packaging" in only_problem(doctor.check_dependencies())


@pytest.mark.parametrize("package", ["jupyter_client", "ipykernel"])
def test_no_jupyter(without, package):
    """Without Jupyter the doctor names the package to install."""
    without(package)
    assert only_problem(doctor.check_kernel()).endswith("pip install jupyterlab")


def test_no_kernel(monkeypatch):
    """Jupyter without a kernel named python3 is a problem."""

    def none(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", none)
    assert "ipykernel install" in only_problem(doctor.check_kernel())


def test_kernel_of_another_python(monkeypatch, tmp_path):
    """A kernel that starts the Python of another environment does not see this course."""
    other = tmp_path / "python"
    other.symlink_to(sys.executable)
    kernel_starts(monkeypatch, str(other), "-m", "ipykernel_launcher")
    assert str(other) in only_problem(doctor.check_kernel())


def test_kernel_of_a_deleted_python(monkeypatch, tmp_path):
    """So does a kernel whose Python is gone."""
    kernel_starts(monkeypatch, str(tmp_path / "python"), "-m", "ipykernel_launcher")
    only_problem(doctor.check_kernel())


@pytest.mark.parametrize("program", ["python", "python3", sys.executable])
def test_kernel_of_this_python(monkeypatch, program):
    """Names that Jupyter replaces by its own Python are fine, and so is the full path."""
    kernel_starts(monkeypatch, program, "-m", "ipykernel_launcher")
    assert [finding.ok for finding in doctor.check_kernel()] == [True]


def test_no_inline_backend(without):
    """%matplotlib inline needs a package of its own."""
    without("matplotlib_inline")
    assert "matplotlib-inline" in only_problem(doctor.check_plots())


def test_broken_plots(monkeypatch, capsys):
    """A matplotlib that cannot draw is a problem, not a traceback."""

    def broken(self, *args, **kwargs):
        raise RuntimeError("no renderer")

    monkeypatch.setattr("matplotlib.backends.backend_agg.FigureCanvasAgg.print_png", broken)
    assert doctor.main((doctor.check_plots,)) == 1
    assert "no renderer" in capsys.readouterr().out


def test_broken_digits(monkeypatch):
    """Digits that are cut short are a problem."""
    from course import data

    digits = data.load_digits()
    cut = data.Digits(
        digits.X_train[:9], digits.y_train[:9], digits.images, digits.mean, digits.std
    )
    monkeypatch.setattr(data, "load_digits", lambda: cut)
    assert "not complete" in only_problem(doctor.check_digits())
