"""Set up virtual environments from their locks: `python3.11 -I config/setup/bootstrap.py lite dev`.

It runs before anything is installed, so it imports only the standard library and two modules of
`config`. pip installs uv into `.venvs/uv`, or `uv_wheel` does without pip. Each environment is
`.venvs/NAME`, synced only when its lock or its Python has changed. The checkout itself is put on
the path, never copied.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # `python -I` leaves the checkout out

from config.installation import ROOT, VENVS
from config.setup import uv_wheel
from config.supported_platform import platform_problem

LOCKS = ROOT / "config" / "locks"
UV = VENVS / "uv" / "bin" / "uv"

LAUNCHER = """\
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -m web.cli "$@"
"""


class SetupFailed(Exception):
    """The set-up cannot go on; the text tells the person at the terminal why."""


def main(names: Sequence[str]) -> int:
    problem = platform_problem()
    if problem:
        return _print_error(problem)
    try:
        locks = [_lock_of(name) for name in ("uv", *names)]
        with _exclusive():
            for lock in locks:
                _ensure(lock)
    except SetupFailed as error:
        return _print_error(str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _print_error(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201  a command line tool
    return 1


@contextmanager
def _exclusive() -> Iterator[None]:
    """Let only one `make` at a time set up this checkout."""
    VENVS.mkdir(parents=True, exist_ok=True)
    with (VENVS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _lock_of(name: str) -> Path:
    lock = LOCKS / f"{name}.txt"
    if not lock.exists():
        known = ", ".join(sorted(path.stem for path in LOCKS.glob("*.txt")))
        raise SetupFailed(f"There is no environment {name}; there are {known}.")
    return lock


def _ensure(lock: Path) -> None:
    name = lock.stem
    venv = VENVS / name
    stamp = venv / ".callsheet-stamp"
    state = f"{sys.executable} {platform.python_version()} {ROOT} {_sha256(lock)}"
    if stamp.exists() and stamp.read_text() == state and _works(venv):
        return
    stamp.unlink(missing_ok=True)
    print(f"Setting up {VENVS.name}/{name} from config/locks/{name}.txt", file=sys.stderr)  # noqa: T201
    if name == "uv":
        _install_uv(venv, lock)
    else:
        _sync(venv, lock)
        _put_checkout_on_path(venv)
    stamp.write_text(state)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _works(venv: Path) -> bool:
    """Return False if the Python that the environment was made with is gone."""
    return (venv / "bin" / ("uv" if venv == UV.parents[1] else "python")).exists()


def _install_uv(venv: Path, lock: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:  # Debian packages it separately
        try:
            uv_wheel.install(lock, venv)
        except uv_wheel.NotFetched as error:
            raise SetupFailed(str(error)) from None
        return
    _run(sys.executable, "-m", "venv", "--clear", str(venv))
    pip = (str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
    _run(*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock))


def _sync(venv: Path, lock: Path) -> None:
    python = venv / "bin" / "python"
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    uv = (str(UV), "--no-python-downloads", *_trust(), *quiet)
    # The interpreter may have changed, so start from scratch; uv's cache makes that cheap.
    _run(*uv, "venv", "--clear", "--no-project", "--python", sys.executable, str(venv))
    # Where processes may not keep bytecode, each would compile all that it imports.
    compiled = ("--compile-bytecode",) if os.environ.get("PYTHONDONTWRITEBYTECODE") else ()
    _run(*uv, "pip", "sync", *compiled, "--require-hashes", "--python", str(python), str(lock))


def _trust() -> tuple[str, ...]:
    """Trust the machine's certificates where there are any: a proxy may need its own."""
    stores = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
    return ("--system-certs",) if any(Path(store).exists() for store in stores) else ()


def _put_checkout_on_path(venv: Path) -> None:
    (site_packages,) = venv.glob("lib/python*/site-packages")
    (site_packages / "callsheet.pth").write_text(f"{ROOT}\n")
    launcher = venv / "bin" / "callsheet"
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)


def _run(*command: str) -> None:
    # An environment that is active in the caller's shell must not be the one that is changed.
    environ = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(command, cwd=ROOT, env=environ, check=False)  # noqa: S603  our own commands
    if done.returncode:
        raise SetupFailed("The set-up failed; the lines above say why. Run the same command again.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
