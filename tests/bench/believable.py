"""Films of one source tree: `python believable.py TREE WORK`, run once for each tree to compare.

WORK holds `NAME/picture.png`, `NAME/speech.wav`, `NAME/timings.json` and `NAME/text.json`
for each portrait. Each gets its films with and without captions, and the frames of an open, a
half shut and a shut eye, drawn by the engines of TREE.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

TREE, WORK = Path(sys.argv[1]), Path(sys.argv[2])
SIZE = (432, 768)


def main() -> None:
    sys.path.insert(0, str(TREE))
    from gpu_worker.engines.face.mediapipe_mesh import ENGINE as FACE

    face = FACE()
    face.load()
    for folder in sorted(path for path in WORK.iterdir() if (path / "picture.png").exists()):
        target = folder / TREE.name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        seconds = _film(face, folder, target)
        (target / "seconds.json").write_text(json.dumps(seconds))
        sys.stdout.write(f"{TREE.name} {folder.name} {seconds}\n")
        sys.stdout.flush()


def _film(face: Any, folder: Path, target: Path) -> dict[str, float]:
    from gpu_worker.engine import Inputs
    from gpu_worker.engines.animate.mesh_warp import ENGINE as ANIMATE
    from tests.gpu_worker.engines.workbench import Workbench

    size = {"width": SIZE[0], "height": SIZE[1]}
    (target / "face").mkdir()
    params = {**size, "face_index": None, "pick": "only"}
    found = face.run(
        Inputs(params, seed=1, files={"upload/face": folder / "picture.png"}),
        Workbench(target / "face"),
    )
    files = {f"face/{name}": path for name, path in found.parts.items()}
    voice = {f"voice/{name}": folder / name for name in ("speech.wav", "timings.json")}
    began = time.process_time()
    made = ANIMATE().run(Inputs({**size, "fps": 25}, 7, 0, {**files, **voice}), Workbench(target))
    animated = time.process_time() - began
    scene = {**voice, "video/video.mp4": made.parts["video.mp4"]}
    began = time.process_time()
    for captions in ("burned", "off"):
        _assemble(folder, target / captions, {**size, "captions": captions}, scene, files)
    assembled = time.process_time() - began
    _eyes(target, {**files, **voice}, size)
    return {"animate": round(animated, 2), "assemble": round(assembled, 2)}


def _assemble(
    folder: Path, target: Path, params: dict[str, Any], scene: dict[str, Path], files: Any
) -> None:
    from gpu_worker.engine import Inputs
    from gpu_worker.engines.assemble.ffmpeg import ENGINE as ASSEMBLE
    from tasks.domain.screenplay import Scene, Screenplay
    from tests.gpu_worker.engines.workbench import Workbench

    target.mkdir()
    said = json.loads((folder / "text.json").read_text())
    screenplay = target / "screenplay.json"
    written = Screenplay(said["language"], (Scene(0, said["text"], 5.0),), "user")
    screenplay.write_text(written.to_json())
    asked = {**params, "transition": "cut", "label": False, "engines": []}
    given = {"script/screenplay.json": screenplay, "face/face.json": files["face/face.json"]}
    made = ASSEMBLE().run(Inputs(asked, 1, files=given, scenes=[scene]), Workbench(target))
    (target / "facts.json").write_text(json.dumps(made.facts))


def _eyes(target: Path, files: dict[str, Path], size: dict[str, int]) -> None:
    """The frame with open, half shut and shut eyes, as planes."""
    from gpu_worker.engines.animate.painter import Painter
    from gpu_worker.engines.animate.subject import read_subject

    painter = Painter(read_subject(files, size))
    for name, blink in (("open", 0.0), ("half", 0.5), ("shut", 1.0)):
        planes = painter.draw({"close": 1.0, "relax": 1.0, "blink": blink})
        (target / f"{name}.yuv").write_bytes(planes)


main()
