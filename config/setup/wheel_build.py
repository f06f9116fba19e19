"""What Hatch asks while it builds the wheel: the extras, the launcher and the list of components.

Each extra is the lock of a dependency group, with its exact versions: what the tests ran with.
Metadata has no hashes; `callsheet env create` checks them too.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # Hatch loads this file by its path

from config.environments import ENVIRONMENTS  # noqa: E402
from config.setup import components  # noqa: E402
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
        sbom = self._scratch / "callsheet.cdx.json"
        packages = [*components.locked_packages(EXTRAS), *components.page_packages()]
        document = components.bill_of_materials(packages)
        sbom.write_text(components.to_text(document), encoding="utf-8")
        build_data["sbom_files"].append(str(sbom))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Put the list of components beside the wheel too, for scanners that read no wheels."""
        if version != "editable":
            beside = Path(artifact_path).with_suffix(".cdx.json")
            beside.write_bytes((self._scratch / "callsheet.cdx.json").read_bytes())
        shutil.rmtree(self._scratch)


def _pins(extra: str) -> Iterator[str]:
    for first, *_ in components.entries(extra):
        yield first.removesuffix(" \\")
    yield from BROUGHT_BY_PIP.get(extra, ())
