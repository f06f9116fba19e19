"""The list of components (SBOM) of the wheel and of an image, in the form of CycloneDX 1.6.

`python -I config/setup/components.py web telemetry` prints that of the image that it runs in: the
locked packages of these environments, the packages of the page, and those of Debian. Equal contents
give an equal list.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # `python -I` leaves the checkout out

from config.installation import ROOT
from config.version import VERSION

PAGE_LOCK: Final = ROOT / "web" / "studio" / "package-lock.json"
DEBIAN: Final = Path("/var/lib/dpkg/status")
_PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<marker> ;.*?)? \\$")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_FIELD: Final = re.compile(r"^(Package|Version|Architecture|Status): (.+)$", re.MULTILINE)
_NAMESPACE: Final = uuid.UUID("8d6e9f0e-6b0a-5f0d-9a7c-2f3c1f0e7a11")


def main(environments: Sequence[str]) -> int:
    document = bill_of_materials(
        [*locked_packages(environments), *page_packages(), *debian_packages(), _interpreter()]
    )
    sys.stdout.write(to_text(document))
    return 0


def to_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def bill_of_materials(components: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """List components; one that several environments have is listed once, with all their names."""
    by_purl: dict[str, dict[str, Any]] = {}
    for component in components:
        found = by_purl.setdefault(component["purl"], component)
        if found is not component:
            found["properties"] += component["properties"]
    ours = f"pkg:pypi/callsheet@{VERSION}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps([ours, *sorted(by_purl)]))}",
        "version": 1,
        "metadata": {"timestamp": _timestamp(), "component": _ours(ours)},
        "components": [by_purl[purl] for purl in sorted(by_purl)],
        "dependencies": [{"ref": ours, "dependsOn": sorted(by_purl)}],
    }


def locked_packages(environments: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Describe each package of the locks; a lock has the hashes of each of its files."""
    for environment in environments:
        for name, version, hashes in _locked(environment):
            url = f"https://pypi.org/project/{name}/{version}/"
            yield _component(f"pkg:pypi/{name}@{version}", name, version) | {
                "externalReferences": [_distribution(url, "SHA-256", hashes)],
                "properties": [{"name": "callsheet:extra", "value": environment}],
            }


def page_packages(lock: Path = PAGE_LOCK) -> Iterator[dict[str, Any]]:
    """Describe each npm package that the page is built from, without tools of development.

    A worker has no page.
    """
    if not lock.exists():
        return
    packages: dict[str, Any] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for place, package in packages.items():
        name = place.rpartition("node_modules/")[2]
        if not name or {"dev", "optional", "inBundle"} & package.keys():
            continue  # the page itself, a tool, or a part of a package that is listed
        version = package["version"]
        purl = f"pkg:npm/{quote(name, safe='/')}@{version}"
        digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
        url = f"https://www.npmjs.com/package/{name}/v/{version}"
        yield _component(purl, name, version) | {
            "externalReferences": [_distribution(url, "SHA-512", [digest])],
            "properties": [{"name": "callsheet:extra", "value": "page"}],
        }


def debian_packages(status: Path = DEBIAN) -> Iterator[dict[str, Any]]:
    """Describe each installed package of Debian; there are none on other systems."""
    if not status.exists():
        return
    for paragraph in status.read_text(encoding="utf-8").split("\n\n"):
        found = dict(_FIELD.findall(paragraph))
        if found.get("Status") != "install ok installed":
            continue
        name, version = found["Package"], found["Version"]
        purl = (
            f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch={found['Architecture']}"
        )
        yield _component(purl, name, version) | {"properties": []}


def entries(environment: str) -> Iterator[list[str]]:
    """Yield the lines of each package in a lock."""
    lock = (ROOT / "config" / "locks" / f"{environment}.txt").read_text(encoding="utf-8")
    yield from (entry.splitlines() for entry in re.split(r"\n(?=\S)", lock.strip()))


def _locked(environment: str) -> Iterator[tuple[str, str, list[str]]]:
    for lines in entries(environment):
        found = _PIN.match(lines[0])
        if found is None:
            raise ValueError(f"config/locks/{environment}.txt: unexpected line {lines[0]!r}")
        yield found["name"], found["version"], _HASH.findall("\n".join(lines))


def _interpreter() -> dict[str, Any]:
    version = platform.python_version()
    return _component(f"pkg:generic/python@{version}", "python", version) | {"properties": []}


def _ours(purl: str) -> dict[str, Any]:
    licences = {"licenses": [{"license": {"id": "Apache-2.0"}}]}
    return _component(purl, "callsheet", VERSION) | licences | {"type": "application"}


def _component(purl: str, name: str, version: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _distribution(url: str, algorithm: str, digests: list[str]) -> dict[str, Any]:
    """Refer to the files of a package: a component may have one hash of an algorithm only."""
    hashes = [{"alg": algorithm, "content": digest} for digest in digests]
    return {"type": "distribution", "url": url, "hashes": hashes}


def _timestamp() -> str:
    """Return the time of the sources (SOURCE_DATE_EPOCH), so that builds do not differ."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or 1_580_601_600)  # as Hatch's default
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
