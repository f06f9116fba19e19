"""Which Python each model environment runs in on this machine.

`.venvs/NAME`, as `callsheet env create NAME` builds it, unless `NAME_PYTHON` names
another one. Environments that conda made under the names of the first design are found,
so that `callsheet env list` can say how to choose them; they are used when chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.environments import ENVIRONMENTS


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and how it came to be the one of its environment."""

    environment: str
    python: Path
    source: str
    """chosen (by its variable), built (in `.venvs`) or conda (there, but not chosen)."""


def variable(name: str) -> str:
    """What chooses the Python of an environment.

    >>> variable("sadtalker")
    'SADTALKER_PYTHON'
    """
    return f"{name.upper()}_PYTHON"


def chosen_interpreter(name: str, environ: Mapping[str, str], venvs: Path) -> Interpreter | None:
    """The one that a worker of this environment runs in; None: it is not set up."""
    named = environ.get(variable(name))
    if named:
        return Interpreter(name, Path(named).expanduser(), "chosen")
    built = venvs / name / "bin" / "python"
    return Interpreter(name, built, "built") if built.exists() else None


def find_interpreter(name: str, environ: Mapping[str, str], venvs: Path) -> Interpreter | None:
    """The one that it runs in, else the one of conda's that it could run in."""
    return chosen_interpreter(name, environ, venvs) or next(_of_conda(name, environ), None)


def _of_conda(name: str, environ: Mapping[str, str]) -> Iterator[Interpreter]:
    theirs = ENVIRONMENTS[name].conda
    for folder in _conda_environments(environ):
        python = folder / "bin" / "python"
        if theirs and folder.name == theirs and python.exists():
            yield Interpreter(name, python, "conda")


def _conda_environments(environ: Mapping[str, str]) -> Iterator[Path]:
    """Conda keeps a list of them in the user's home; its folders are the rest."""
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
