"""Gradescope: converts ``grade --json`` to ``results.json``, and writes the autograder's zip.

After Gradescope's *Autograder Specifications*: the zip has ``setup.sh`` and ``run_autograder`` at
its root and is unpacked to ``/autograder/source``; ``run_autograder`` runs in ``/autograder``,
finds what was handed in below ``submission/`` and writes ``results/results.json``.

The conversion alone: ``python -m autograder.nbgrader_plugins.gradescope grade.json results.json``.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograder.assignments import PROJECT, Assignment

ROOT = "optimization-lab"  # the repository's folder in the zip
PARTS = (
    "course",
    "solutions",
    "autograder",
    "source",
    "pyproject.toml",
    "constraints.txt",
    "LICENSE",
)
EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed time for all files, so that the zip is reproducible

SETUP = """\
#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y bubblewrap python3 python3-venv
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    apt-get install -y python3.11 python3.11-venv
    python=python3.11
fi
"$python" -m venv /autograder/venv
cd /autograder/source/{root}
/autograder/venv/bin/python -m pip install -e '.[staff]' -c constraints.txt
"""

RUN = """\
#!/usr/bin/env bash
# Runs for each submission; no results where the grader itself failed, which Gradescope reports.
set -uo pipefail
base=${{AUTOGRADER:-/autograder}}
python=$base/venv/bin/python
notebook=$base/submission/{name}.ipynb
if [[ ! -e $notebook ]]; then
    for other in "$base"/submission/*.ipynb; do notebook=$other; done
fi
"$python" -m autograder grade --json --assignment {name} "$notebook" >"$base/grade.json"
status=$?
if ((status > 1)); then exit "$status"; fi
"$python" -m autograder.nbgrader_plugins.gradescope "$base/grade.json" "$base/results/results.json"
"""


def results(grade: Mapping[str, Any], seconds: float | None = None) -> dict[str, Any]:
    """Gradescope's results from one object of ``grade --json``: a test case for each exercise.

    seconds  the duration, None if it is not known

    Raises ValueError if there is no score because the grader failed.
    """
    if grade["score"] is None:
        raise ValueError("; ".join(grade["errors"]))
    data: dict[str, Any] = {
        "score": grade["score"],
        "tests": [_test(exercise) for exercise in grade["exercises"]],
        "extra_data": {"isolation": grade["isolation"]},
    }
    if grade["errors"]:
        data["output"] = "\n".join(grade["errors"])
    if seconds is not None:
        data["execution_time"] = round(seconds)
    return data


def _test(exercise: Mapping[str, Any]) -> dict[str, Any]:
    lines = []
    for p in exercise["properties"]:
        lines.append(f"{'passed' if p['passed'] else 'failed'}  {p['name']} ({p['points']:g})")
        lines += [f"    {line}" for line in p["message"].splitlines()]
    return {
        "name": exercise["id"],
        "score": exercise["score"],
        "max_score": exercise["max_score"],
        "status": "passed" if exercise["score"] == exercise["max_score"] else "failed",
        "output": "\n".join(lines),
        "output_format": "text",
    }


def write_zip(assignment: Assignment, path: Path, source: Path) -> None:
    """Write the zip to upload as an assignment's autograder. It has solutions and hidden cases.

    source  the course's source notebook, which has the points of each exercise
    """
    scripts = {
        "setup.sh": SETUP.format(root=ROOT),
        "run_autograder": RUN.format(name=assignment.name),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in scripts.items():
            _add(archive, name, text.encode(), 0o755)
        for part in _parts():
            content = source if part == assignment.source_notebook else part
            name = f"{ROOT}/{part.relative_to(PROJECT).as_posix()}"
            _add(archive, name, content.read_bytes())


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int = 0o644) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _parts() -> Iterator[Path]:
    for part in PARTS:
        path = PROJECT / part
        for found in [path] if path.is_file() else sorted(path.rglob("*")):
            if found.is_file() and "__pycache__" not in found.parts:
                yield found


def main(grade: Path, out: Path) -> None:
    """Convert a file with the output of ``grade --json`` for one notebook."""
    [report] = json.loads(grade.read_text("utf-8"))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results(report), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
