"""Start Callsheet from a wheel; the wheel has this file as `callsheet/__main__.py`.

The packages are in `callsheet/_app`, because names like `config` and `web` belong to everyone in
site-packages. Only processes of Callsheet get that folder on their path.

`callsheet` is the command line. `callsheet-run NAME` becomes one process of the Procfile, for
machines where another process manager starts each of them.
"""

from __future__ import annotations

import importlib
import os
import shlex
import sys
from pathlib import Path
from typing import Final, NoReturn

APP: Final = Path(__file__).resolve().parent / "_app"
_OWN: Final = frozenset({"config", "tasks", "gpu_worker", "web"})
_USAGE: Final = 2


def main() -> None:
    """Run the command line."""
    _prepare()
    try:
        # By its name, because `config` itself depends on none of the other packages.
        command_line = importlib.import_module("web.cli.__main__").main
    except ModuleNotFoundError as absent:
        if (absent.name or "").partition(".")[0] in _OWN:
            raise
        sys.exit(
            f"The package {absent.name} is missing. Install Callsheet with an extra: "
            "`pip install 'callsheet[lite]'` runs everything on one machine, "
            "`pip install 'callsheet[web]'` only the control plane."
        )
    command_line(prog_name="callsheet")


def run() -> NoReturn:
    """Become the process that the first argument names; the others are passed on to it."""
    _prepare()
    programs = _programs()
    name, *rest = sys.argv[1:] or [""]
    if name not in programs:
        sys.stderr.write(f"Usage: callsheet-run NAME; the names are {', '.join(programs)}.\n")
        sys.exit(_USAGE)
    _python, *arguments = programs[name]
    os.execv(sys.executable, [sys.executable, *arguments, *rest])  # noqa: S606  of the Procfile


def _prepare() -> None:
    """Put the packages on the path of this process and of its children; name the state."""
    sys.path.insert(0, str(APP))
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if str(APP) not in inherited:
        path = filter(None, (str(APP), *inherited))
        os.environ["PYTHONPATH"] = os.pathsep.join(path)
    from config.installation import state_directory
    from config.supported_platform import platform_problem

    if problem := platform_problem():
        sys.exit(problem)
    if not os.environ.get("CALLSHEET_STATE"):
        os.environ["CALLSHEET_STATE"] = str(state_directory(os.environ))


def _programs() -> dict[str, list[str]]:
    """Return the command of each process; `web.cli.local.procfile` may lack its packages here."""
    lines = (APP / "Procfile").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":") for line in lines if line.strip() and not line.startswith("#"))
    return {name: shlex.split(command) for name, _, command in named}


if __name__ == "__main__":
    main()
