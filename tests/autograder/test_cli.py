"""The command lines, before and after what they do."""

import runpy

import pytest


@pytest.mark.parametrize("package", ["autograder", "course"])
def test_interrupted_while_it_starts(package, monkeypatch):
    """As the shell has it, and without a traceback."""

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(f"{package}.cli.main", interrupted)
    with pytest.raises(SystemExit) as end:
        runpy.run_module(package, run_name="__main__")
    assert end.value.code == 130
