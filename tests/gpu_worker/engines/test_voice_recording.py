from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.voice.recording import ENGINE
from gpu_worker.media.ffmpeg import executable
from gpu_worker.speech.loudness import TARGET_LUFS, integrated
from gpu_worker.subprocesses import child
from tests.gpu_worker.engines.conformance import CHECKS, Case, MakeInputs
from tests.gpu_worker.engines.voices import heard

TONE = "sine=frequency=220:sample_rate=44100:duration=2"


def made(file: Path, source: str = TONE, *options: str) -> Path:
    with child(
        [executable(), "-v", "error", "-f", "lavfi", "-i", source, *options, str(file)]
    ) as p:
        assert p.wait() == 0
    return file


def recorded(source: str = TONE, *options: str, name: str = "voice.wav", scene: int = 0):
    def make(folder: Path) -> Inputs:
        voice = made(folder / name, source, *options)
        return Inputs({"language": "en", "match": False}, 1, scene, {"upload/voice": voice})

    return make


def written_as(text: str, name: str = "voice.wav") -> MakeInputs:
    def make(folder: Path) -> Inputs:
        (folder / name).write_text(text)
        return Inputs({}, 1, 0, {"upload/voice": folder / name})

    return make


CASES = [
    Case(
        ENGINE,
        recorded(),
        {
            "VOICE_REFUSED": lambda folder: Inputs({}, 1, 0, {}),
            "VOICE_REFUSED:second scene": recorded(scene=1),
            "VOICE_REFUSED:silent": recorded("anullsrc=duration=2"),
            "VOICE_REFUSED:short": recorded("sine=duration=0.1"),
            "VOICE_REFUSED:not sound": written_as("not a sound"),
            "VOICE_REFUSED:no sound": recorded("testsrc=duration=1", name="voice.mp4"),
        },
    )
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


@pytest.mark.parametrize(
    "name", ["voice.wav", "voice.mp3", "voice.ogg", "voice.flac", "voice.webm"]
)
def test_the_recording_becomes_the_speech(name, tmp_path):
    take = heard(ENGINE(), recorded(TONE, "-ac", "2", name=name), tmp_path)
    assert take.output.facts["match"] == "recorded"
    assert take.seconds == pytest.approx(2, abs=0.08)
    spectrum = np.abs(np.fft.rfft(take.samples))
    assert np.argmax(spectrum) / take.seconds == pytest.approx(220, abs=1)
    assert integrated(take.samples, take.rate) == pytest.approx(TARGET_LUFS, abs=0.2)
    assert take.timings["words"] == take.timings["phonemes"] == []


def test_a_playlist_as_recording_reads_no_other_file(tmp_path):
    secret = made(tmp_path / "secret.wav")
    playlist = f"#EXTM3U\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n"
    (tmp_path / "given").mkdir()
    refused = Case(ENGINE, recorded(), {"VOICE_REFUSED": written_as(playlist)})
    next(check for check in CHECKS if check.__name__ == "refuses")(refused, tmp_path / "given")
    concat = Case(
        ENGINE, recorded(), {"VOICE_REFUSED": written_as(f"ffconcat version 1.0\nfile {secret}\n")}
    )
    next(check for check in CHECKS if check.__name__ == "refuses")(concat, tmp_path / "given")


def test_a_recording_beyond_the_maximum_length_is_refused(tmp_path):
    too_long = Case(
        ENGINE, recorded(), {"VOICE_REFUSED": recorded("sine=duration=602:sample_rate=8000")}
    )
    next(check for check in CHECKS if check.__name__ == "refuses")(too_long, tmp_path)
