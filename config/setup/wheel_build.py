"""What Hatch asks while it builds the wheel: the extras, the launcher and the list of components.

Each extra is the lock of a dependency group, with its exact versions: what the tests ran with.
Metadata has no hashes; `callsheet env create` checks them too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # Hatch loads this file by its path

from config.environments import ENVIRONMENTS  # noqa: E402
from config.version import VERSION  # noqa: E402

EXTRAS: Final = ("web", *ENVIRONMENTS)
LAUNCHER: Final = ROOT / "config" / "setup" / "launcher.py"
_INIT: Final = f'"""Callsheet, as a wheel installs it."""\n\nVERSION = "{VERSION}"\n'
# Packages that uv leaves out (`override-dependencies`) and pip cannot: without exact versions it
# would try dozens of downloads of 70 MB until one agrees with the locks.
BROUGHT_BY_PIP: Final = {
    "lite": (
        "docopt==0.6.2",
        "jax==0.7.1",
        "jaxlib==0.7.1",
        "opencv-contrib-python==4.11.0.86",
        "opencv-python==4.11.0.86",
        "openvino-telemetry==2025.2.0",
        "opt-einsum==3.4.0",
        "sounddevice==0.5.6",
    ),
    "sadtalker": (
        "jax==0.7.1",
        "jaxlib==0.7.1",
        "ml-dtypes==0.5.4",
        "opencv-contrib-python==4.11.0.86",
        "opt-einsum==3.4.0",
        "sounddevice==0.5.6",
    ),
    "xtts": ("docopt==0.6.2",),
    "realesrgan": ("opencv-python==5.0.0.93",),
}
_PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?P<marker> ;.*?)? \\$")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NAMESPACE: Final = uuid.UUID("8d6e9f0e-6b0a-5f0d-9a7c-2f3c1f0e7a11")


class Extras(MetadataHookInterface):
    """Declare an extra for the control plane and for each environment."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["optional-dependencies"] = {name: list(_pins(name)) for name in EXTRAS}


class Contents(BuildHookInterface[Any]):
    """Add what is not copied as it stands."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the launcher and, unless the checkout itself is installed, the other files."""
        self._scratch = Path(tempfile.mkdtemp(prefix="callsheet-wheel-"))
        init = self._scratch / "__init__.py"
        init.write_text(_INIT, encoding="utf-8")
        launcher = {str(init): "callsheet/__init__.py", str(LAUNCHER): "callsheet/__main__.py"}
        if version == "editable":
            build_data["force_include_editable"].update(launcher)
            return
        if not (ROOT / "web" / "static" / "index.html").exists():
            raise FileNotFoundError("web/static has no page: run `make wheel`, which builds it")
        procfile = {str(ROOT / "Procfile"): "callsheet/_app/Procfile"}
        build_data["force_include"].update(launcher | procfile)
        components = self._scratch / "callsheet.cdx.json"
        text = json.dumps(bill_of_materials(), indent=1, sort_keys=True)
        components.write_text(text + "\n", encoding="utf-8")
        build_data["sbom_files"].append(str(components))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Put the list of components beside the wheel too, for scanners that read no wheels."""
        if version != "editable":
            beside = Path(artifact_path).with_suffix(".cdx.json")
            beside.write_bytes((self._scratch / "callsheet.cdx.json").read_bytes())
        shutil.rmtree(self._scratch)


def bill_of_materials() -> dict[str, Any]:
    """List every locked package in the form of CycloneDX 1.6; equal locks give an equal list."""
    components: dict[str, dict[str, Any]] = {}
    for extra in EXTRAS:
        for name, version, hashes in _locked(extra):
            purl = f"pkg:pypi/{name}@{version}"
            found = components.setdefault(purl, _component(name, version, hashes))
            found["properties"].append({"name": "callsheet:extra", "value": extra})
    ours = f"pkg:pypi/callsheet@{VERSION}"
    seed = json.dumps([ours, *sorted(components)])
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, seed)}",
        "version": 1,
        "metadata": {"timestamp": _timestamp(), "component": _ours(ours)},
        "components": [components[purl] for purl in sorted(components)],
        "dependencies": [{"ref": ours, "dependsOn": sorted(components)}],
    }


def _ours(purl: str) -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": purl,
        "name": "callsheet",
        "version": VERSION,
        "purl": purl,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }


def _component(name: str, version: str, hashes: list[str]) -> dict[str, Any]:
    """Describe a package; a lock has the hashes of each of its files, which are references."""
    purl = f"pkg:pypi/{name}@{version}"
    files = [{"alg": "SHA-256", "content": one} for one in hashes]
    # CycloneDX allows one hash of an algorithm for a component, and several for a distribution.
    reference = {"type": "distribution", "url": f"https://pypi.org/project/{name}/{version}/"}
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "externalReferences": [reference | {"hashes": files}],
        "properties": [],
    }


def _timestamp() -> str:
    """Return the time of the sources (SOURCE_DATE_EPOCH), so that builds do not differ."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or 1_580_601_600)  # as Hatch's default
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def _entries(extra: str) -> Iterator[list[str]]:
    """Yield the lines of each package in a lock."""
    lock = (ROOT / "config" / "locks" / f"{extra}.txt").read_text(encoding="utf-8")
    yield from (entry.splitlines() for entry in re.split(r"\n(?=\S)", lock.strip()))


def _pins(extra: str) -> Iterator[str]:
    for first, *_ in _entries(extra):
        yield first.removesuffix(" \\")
    yield from BROUGHT_BY_PIP.get(extra, ())


def _locked(extra: str) -> Iterator[tuple[str, str, list[str]]]:
    for lines in _entries(extra):
        found = _PIN.match(lines[0])
        if found is None:
            raise ValueError(f"config/locks/{extra}.txt: unexpected line {lines[0]!r}")
        yield found["name"], found["version"], _HASH.findall("\n".join(lines))
