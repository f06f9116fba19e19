"""The list of components: of locks, of the page and of Debian."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from config.installation import ROOT
from config.setup import components

STATUS = """\
Package: libstdc++6
Status: install ok installed
Architecture: amd64
Version: 12.2.0-14+deb12u1
Description: a library
 Package: not this line

Package: removed
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: zlib1g
Status: install ok installed
Architecture: amd64
Version: 1:1.2.13.dfsg-1
"""
LOCK = {
    "": {"name": "studio", "version": "0"},
    "node_modules/react": {"version": "19.2.0", "integrity": "sha512-AAEC"},
    "node_modules/@babel/core": {"version": "8.0.0", "integrity": "sha512-AAEC", "dev": True},
    "node_modules/a/node_modules/@scope/b": {"version": "1.0.0", "integrity": "sha512-AAEC"},
    "node_modules/fsevents": {"version": "2.0.0", "integrity": "sha512-AAEC", "optional": True},
}


def test_installed_packages_of_debian_are_listed(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text(STATUS)
    assert [one["purl"] for one in components.debian_packages(status)] == [
        "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64",
        "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64",
    ]
    assert list(components.debian_packages(tmp_path / "none")) == []


def test_packages_of_the_page_are_listed_without_tools(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": LOCK}))
    found = list(components.page_packages(lock))
    assert [one["purl"] for one in found] == ["pkg:npm/react@19.2.0", "pkg:npm/%40scope/b@1.0.0"]
    (hashes,) = (one["hashes"] for one in found[0]["externalReferences"])
    assert hashes == [{"alg": "SHA-512", "content": "000102"}]
    assert list(components.page_packages(tmp_path / "none")) == []


def listed(*environments: str, **environ: str) -> dict[str, Any]:
    command = [sys.executable, "-I", str(ROOT / "config" / "setup" / "components.py")]
    done = subprocess.run(
        [*command, *environments], env=environ, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_equal_contents_have_an_equal_list_dated_by_their_sources() -> None:
    media = listed("media", SOURCE_DATE_EPOCH="1764000000")
    assert media == listed("media", SOURCE_DATE_EPOCH="1764000000")
    assert media["metadata"]["timestamp"] == "2025-11-24T16:00:00Z"
    both = listed("media", "telemetry")
    assert both["serialNumber"] != media["serialNumber"]
    extras = {
        one["purl"]: [named["value"] for named in one["properties"]] for one in both["components"]
    }
    assert any(names == ["media", "telemetry"] for names in extras.values())
    assert len(extras) == len(both["components"])
