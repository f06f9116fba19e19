"""The pipelines of Wan and LTX, tiny and with random weights, as the page for operators has them.

They run in an environment of the test's own with the packages of that page, from the index: torch,
diffusers and transformers, some 400 MB.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.installation import ROOT
from gpu_worker.media.streams import of_kind, read_streams
from tests.gpu_worker.open_weights import make_tiny, pages

SECONDS = 1200
pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * SECONDS)]  # the environment is built first


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with what the page installs."""
    page = (ROOT / "docs" / "open-weights.md").read_text()
    (wanted,) = re.findall(r"/opt/wan/bin/pip install (.*)", page)
    place = tmp_path_factory.mktemp("wan")
    run([sys.executable, "-m", "venv", str(place)])
    done = run([str(place / "bin" / "pip"), "install", "--quiet", *wanted.split()], check=False)
    if done.returncode != 0:
        missing = "No matching distribution|Could not fetch|Temporary failure|Connection|timed out"
        if re.search(missing, done.stderr):
            pytest.skip(f"no package index for: pip install {wanted}")
        pytest.fail(done.stderr[-2000:])
    return place / "bin" / "python"


@pytest.mark.parametrize("name", list(pages.servers()))
def test_a_pipeline_with_random_weights_makes_a_clip(
    name: str, python: Path, tmp_path: Path
) -> None:
    config = pages.servers()[name]
    weights = tmp_path / "weights"
    run([str(python), make_tiny.__file__, config["pipeline"], str(weights)])
    options = config["options"] | {"num_inference_steps": 2, "max_sequence_length": 16}
    changed: dict[str, Any] = {
        "model": str(weights),
        "device": "cpu",
        "dtype": "float32",
        "frames_a_second": 8,
        "options": options,
    }
    clip = tmp_path / "clip.mp4"
    made = json.dumps({"config": config | changed, "clip": str(clip)})
    run([str(python), make_tiny.__file__, "--make", made])
    stream = of_kind(read_streams(clip), "video")
    assert stream is not None
    assert (stream.width, stream.height) == (64, 32)
    step = config["frame_step"]
    assert round(stream.seconds * 8) == step * round(8 / step) + 1


def run(command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stderr[-3000:]
    return done
