"""Find the Python interpreter of each model environment on this machine.

It is `.venvs/NAME`, as `callsheet env create NAME` builds it, unless `NAME_PYTHON` names
another one. Conda environments with the names of the first design are detected too, so that
`callsheet env list` can show how to select them, but they are used only when selected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.environments import ENVIRONMENTS


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter, and why it belongs to its environment."""

    environment: str
    python: Path
    source: str
    """chosen (by its variable), built (in `.venvs`) or conda (detected, but not chosen)."""


def variable(name: str) -> str:
    """Return the variable that selects the Python of an environment.

    >>> variable("sadtalker")
    'SADTALKER_PYTHON'
    """
    return f"{name.upper()}_PYTHON"


def chosen_interpreter(name: str, environ: Mapping[str, str], venvs: Path) -> Interpreter | None:
    """Return the interpreter for workers of this environment; None if it is not set up."""
    named = environ.get(variable(name))
    if named:
        return Interpreter(name, Path(named).expanduser(), "chosen")
    built = venvs / name / "bin" / "python"
    return Interpreter(name, built, "built") if built.exists() else None


def find_interpreter(name: str, environ: Mapping[str, str], venvs: Path) -> Interpreter | None:
    """Return the chosen interpreter, or else a conda environment that could be chosen."""
    return chosen_interpreter(name, environ, venvs) or next(_of_conda(name, environ), None)


def _of_conda(name: str, environ: Mapping[str, str]) -> Iterator[Interpreter]:
    theirs = ENVIRONMENTS[name].conda
    for folder in _conda_environments(environ):
        python = folder / "bin" / "python"
        if theirs and folder.name == theirs and python.exists():
            yield Interpreter(name, python, "conda")


def _conda_environments(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the environments in conda's list in the home directory and in its folders."""
    home = Path(environ.get("HOME") or Path.home())
    listed = home / ".conda" / "environments.txt"
    if listed.is_file():
        yield from (Path(line) for line in listed.read_text().splitlines() if line.strip())
    places = [home / folder for folder in ("miniconda3", "anaconda3", "miniforge3", "mambaforge")]
    if "CONDA_EXE" in environ:
        places.insert(0, Path(environ["CONDA_EXE"]).parents[1])
    for place in (*places, Path("/opt/conda")):
        if (place / "envs").is_dir():
            yield from sorted((place / "envs").iterdir())
