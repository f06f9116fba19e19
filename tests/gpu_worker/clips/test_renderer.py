"""Local clips: the ordered length and size, the same bytes each time, and moves as asked for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from gpu_worker.clips import camera, renderer
from gpu_worker.clips.renderer import Shot
from gpu_worker.media import ffmpeg
from gpu_worker.media.streams import of_kind, read_streams
from tasks.domain.errors import InputRefused
from tasks.domain.hosted import ClipOrder, frame_size
from tests.gpu_worker.engines.faces import astronaut


def order(prompt: str, ratio: str = "9:16", seconds: float = 0.4) -> ClipOrder:
    return ClipOrder(prompt, seconds, ratio, "360p")


def png(picture: renderer.Rgb) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


def test_a_clip_without_a_picture_has_the_mood_of_its_prompt(tmp_path: Path) -> None:
    heard: list[float] = []
    shot = Shot("camera-moves", order("Waves break on a beach", "21:9"), None, 7)
    facts = renderer.render(shot, tmp_path / "a.mp4", heard.append)
    assert (facts["mood"], facts["layers"], facts["frames"]) == ("water", 0, 10)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    stream = of_kind(read_streams(tmp_path / "a.mp4"), "video")
    assert stream is not None
    assert (stream.width, stream.height) == frame_size("21:9", "360p") == (840, 360)
    assert stream.seconds == pytest.approx(0.4, abs=0.05)
    renderer.render(shot, tmp_path / "b.mp4", heard.append)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_background_is_painted_small_and_enlarged_without_bands(tmp_path: Path) -> None:
    shot = Shot("camera-moves", order("A night at sea", seconds=0.2), None, 7)
    painted = next(iter(renderer.scene_of(shot).frames)).astype(np.float32) / 257
    assert painted.shape == (80, 45, 3)
    renderer.render(shot, tmp_path / "a.mp4", lambda _: None)
    command = [ffmpeg.executable(), "-v", "error", "-i", str(tmp_path / "a.mp4"), "-frames:v", "1"]
    command += ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    shown = np.frombuffer(raw, np.uint8).reshape(640, 360, 3)
    wanted = cv2.resize(painted, (360, 640), interpolation=cv2.INTER_CUBIC)
    assert float(np.abs(shown - wanted).mean()) < 1.5
    # A band is one value over many rows; dithering mixes two of them.
    assert max(np.bincount(row).max() / 360 for row in shown[::20, :, 2]) < 0.9


def test_a_person_moves_before_the_background() -> None:
    """In two layers the person grows faster than what is behind."""
    asked = order("The camera pushes in")
    plain, layered = (
        list(renderer.scene_of(Shot(model, asked, png(astronaut()), 1)).frames)
        for model in ("camera-moves", "parallax")
    )
    assert plain[0].shape == layered[0].shape == (640, 360, 3)
    apart = [
        float(np.abs(a.astype(int) - b.astype(int)).mean())
        for a, b in ((plain[0], plain[-1]), (plain[-1], layered[-1]))
    ]
    assert min(apart) > 5
    scene = renderer.scene_of(Shot("parallax", asked, png(astronaut()), 1))
    assert scene.facts == {"move": "push_in", "layers": 2}
    empty = np.full((90, 160, 3), 120, np.uint8)
    assert renderer.scene_of(Shot("parallax", asked, png(empty), 1)).facts["layers"] == 1


@pytest.mark.parametrize("move", camera.MOVES)
@pytest.mark.parametrize("picture", [(400, 300), (300, 900), (500, 500)])
def test_the_frame_stays_inside_the_picture(move: str, picture: tuple[int, int]) -> None:
    frame = (90, 160)
    path = camera.plan(move, picture, frame, seconds=10, focus=(5.0, 5.0), room=1.12)
    for time in (0.0, 0.5, 1.0):
        for strength in (0.65, 1.0, 1.5):
            matrix = path.matrix(path.at(time, strength))
            inverse = cv2.invertAffineTransform(matrix)
            for x, y in ((0, 0), frame):
                at = inverse @ np.array([x, y, 1])
                assert -0.6 <= at[0] <= picture[0] + 0.6
                assert -0.6 <= at[1] <= picture[1] + 0.6


def test_a_damaged_picture_is_refused() -> None:
    with pytest.raises(InputRefused):
        renderer.read_picture(b"\x89PNG\r\n\x1a\n broken")
