"""A person in a picture speaks to the camera: a voice of this machine, and lips that follow it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from gpu_worker.clips import talking
from gpu_worker.media.streams import of_kind, read_streams
from gpu_worker.models.registry import Registry
from tasks.domain.errors import CallsheetError, InputRefused
from tasks.domain.hosted import ClipOrder
from tests.gpu_worker.engines.faces import astronaut

ORDER = ClipOrder(
    "She greets the crew", 2.0, "9:16", "360p", speech="Hello there.", speech_language="en"
)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry("lite", None)


def png(picture: np.ndarray) -> bytes:
    return cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


def mouth_motion(path: Path) -> list[float]:
    """How much the lower half of the picture changes from frame to frame."""
    video, found, last = cv2.VideoCapture(str(path)), [], None
    while True:
        is_read, frame = video.read()
        if not is_read:
            return found
        lower = frame[frame.shape[0] // 3 : 2 * frame.shape[0] // 3].astype(np.int16)
        if last is not None:
            found.append(float(np.abs(lower - last).mean()))
        last = lower


@pytest.mark.timeout(400)
@pytest.mark.slow
def test_a_person_says_the_line_and_then_keeps_still(registry: Registry, tmp_path: Path) -> None:
    heard: list[float] = []
    target = tmp_path / "clip.mp4"
    facts = talking.render(
        registry, ORDER, png(astronaut()), seed=7, target=target, on_progress=heard.append
    )
    streams = read_streams(target)
    video, sound = of_kind(streams, "video"), of_kind(streams, "audio")
    assert video is not None
    assert sound is not None
    assert (video.width, video.height) == (facts["width"], facts["height"]) == (360, 640)
    assert video.seconds == pytest.approx(2.0, abs=0.1)
    assert sound.seconds == pytest.approx(video.seconds, abs=0.1)
    assert 0.3 < facts["spoken_seconds"] < 1.7
    assert heard == sorted(heard)
    assert len(facts["engines"]) == 4
    moved = mouth_motion(target)
    spoken = round(facts["spoken_seconds"] * 25)
    assert np.mean(moved[:spoken]) > 1.2 * np.mean(moved[spoken + 5 :])


def test_what_cannot_speak_is_refused(registry: Registry, tmp_path: Path) -> None:
    def say(picture: bytes | None, **more: str) -> None:
        order = ClipOrder("x", 1.0, "9:16", "360p", **({"speech": "Hi."} | more))
        talking.render(
            registry,
            order,
            picture,
            seed=1,
            target=tmp_path / "clip.mp4",
            on_progress=lambda _: None,
        )

    face, empty = png(astronaut()), png(np.full((320, 320, 3), 120, np.uint8))
    with pytest.raises(InputRefused):
        say(None)
    with pytest.raises(InputRefused):
        say(face, speech=" ")
    with pytest.raises(CallsheetError):
        say(empty)
    with pytest.raises(InputRefused, match=r"(?i)no voice"):
        say(face, speech_voice="no-such-voice", speech_language="xx")


def test_equal_orders_name_the_same_engines(registry: Registry) -> None:
    first = talking.engines_of(registry, ORDER)
    assert first == talking.engines_of(registry, ORDER)
    assert talking.voice_of(registry, ORDER)[0] in ("kokoro", "piper", "espeak")
