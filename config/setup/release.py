"""Give every file the version of a release: `python -I config/setup/release.py 1.0.0`.

It writes the version where it stands (program, chart, clients, pages), makes a section of the
changelog of what is unreleased, and prints what is left to do. It commits and tags nothing.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NUMBER = r"\d+\.\d+\.\d+(?:-[0-9a-z.]+)?"
PLACES = {
    "config/version.py": rf'(VERSION: Final = "){_NUMBER}(")',
    "docker/helm/Chart.yaml": rf"(?m)(^(?:version|appVersion): ){_NUMBER}()$",
    "docker/kubernetes/kustomization.yaml": rf"(newTag: ){_NUMBER}(\}})",
    "clients/python/pyproject.toml": rf'(?m)(^version = "){_NUMBER}(")$',
    "clients/typescript/package.json": rf'(?m)(^  "version": "){_NUMBER}(",)$',
    "docs/clients.md": rf"(callsheet-client-){_NUMBER}(\.tgz)",
    "docs/operations/deploy.md": rf"(callsheet-){_NUMBER}(-py3)",
}
"""Files that name the version, and how: what stands before it and behind it are groups."""
CHANGELOG = "CHANGELOG.md"
_UNRELEASED = "## [Unreleased]\n"
NEXT = """\
Now, by hand:
  make examples docs clients     # recorded examples and generated parts name the version
  make check && make test && make nightly
  git commit -am "Release {version}" && git tag -s v{version} -m "Callsheet {version}"
  make wheel images              # from the tag: the same commit gives the same wheel
"""


def main(arguments: list[str], root: Path = ROOT) -> int:
    if len(arguments) != 1 or not re.fullmatch(_NUMBER, arguments[0]):
        sys.stderr.write("Usage: release.py VERSION, such as 1.0.0 or 1.1.0-rc.1\n")
        return 2
    (version,) = arguments
    try:
        texts = {name: _with(version, name, root) for name in PLACES}
        texts[CHANGELOG] = _section(version, (root / CHANGELOG).read_text(encoding="utf-8"))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for name, text in texts.items():  # all of them, or none
        (root / name).write_text(text, encoding="utf-8")
    sys.stdout.write(NEXT.format(version=version))
    return 0


def versions(root: Path = ROOT) -> dict[str, set[str]]:
    """Return the versions that each file names."""
    found = {}
    for name, pattern in PLACES.items():
        text = (root / name).read_text(encoding="utf-8")
        named = re.finditer(pattern, text)
        found[name] = {one[0].removeprefix(one[1]).removesuffix(one[2]) for one in named}
    return found


def _with(version: str, name: str, root: Path) -> str:
    text = (root / name).read_text(encoding="utf-8")
    changed, count = re.subn(PLACES[name], rf"\g<1>{version}\g<2>", text)
    if not count:
        raise ValueError(f"{name} names no version; has it moved?")
    return changed


def _section(version: str, text: str) -> str:
    """Make what is unreleased a section of its own, dated today, under an empty one."""
    if f"## [{version}]" in text:
        raise ValueError(f"{CHANGELOG} has a section {version} already")
    before, found, unreleased = text.partition(_UNRELEASED)
    if not found or not unreleased.partition("\n## ")[0].strip():
        raise ValueError(f"{CHANGELOG} has nothing unreleased")
    today = datetime.now(UTC).date().isoformat()
    return f"{before}{_UNRELEASED}\n## [{version}] - {today}\n{unreleased}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
