"""Does the mouth follow the sound? Read back from a finished video by the landmark model.

    measure("final.mp4", "speech.wav", "timings.json")

The aperture of the lips in every decoded frame is compared with the logarithm
of the sound's energy, at all shifts up to 300 ms, and, given the phonemes, with
what must be seen: lips together for p, b and m, a mouth open for stressed vowels.
Runs on any mp4 with one face: `python -m tests.gpu_worker.engines.sync VIDEO WAV [TIMINGS]`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
import wave
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from gpu_worker.media.ffmpeg import executable

Floats = npt.NDArray[np.float64]
LARGEST = 720
"""Frames are looked at this tall at most; the model works on 192 pixels anyway."""
APERTURE = ((82, 87), (13, 14), (312, 317))
FOREHEAD, CHIN = 10, 152
EYES = ((159, 145, 33, 133), (386, 374, 263, 362))
CLOSED = 0.014
OPEN = 0.026
"""Apertures, in heights of the face, up to and from which lips count as closed and open."""
WIDE_VOWELS = frozenset("aɑæʌɐɒɔoeɛɜ")
LABIALS = frozenset("pbm")


@dataclass(frozen=True)
class Watched:
    """What the model saw, a value for each frame; nan where it saw no face."""

    fps: float
    aperture: Floats
    eyes: Floats
    """Opening of the lids against the width of the eyes."""
    nose: npt.NDArray[np.float64]
    """Where the nose is, in face heights from its first place: frames x 2."""

    @property
    def blinks(self) -> int:
        shut = self.eyes < 0.55 * np.nanmedian(self.eyes)
        return int((shut[1:] & ~shut[:-1]).sum())


@dataclass(frozen=True)
class Sync:
    r: float
    """The best correlation of the aperture with the sound's log energy."""
    lag_ms: int
    """Where it is best; negative: the lips come first."""
    closed: float
    """The share of p, b, m during which the lips were seen together."""
    opened: float
    """The share of stressed open vowels during which the mouth was seen open."""
    missed: int


def watch(video: Path) -> Watched:
    """Every frame of a video through the landmark model."""
    from mediapipe.python.solutions import face_mesh

    reader = cv2.VideoCapture(str(video))
    fps = reader.get(cv2.CAP_PROP_FPS)
    rows: list[tuple[float, ...]] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SymbolDatabase.GetPrototype")
        with face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=True,
            min_detection_confidence=0.3,
        ) as model:
            while True:
                there, frame = reader.read()
                if not there:
                    break
                rows.append(_look(model, frame))
    reader.release()
    seen = np.array(rows, np.float64)
    # The jaw lengthens a face: its usual height is the measure of how the head moves.
    nose = (seen[:, 3:] - seen[0, 3:]) / np.nanmedian(seen[:, 2])
    return Watched(fps, seen[:, 0], seen[:, 1], nose)


def _look(model: object, frame: npt.NDArray[np.uint8]) -> tuple[float, ...]:
    scale = min(1.0, LARGEST / frame.shape[0])
    small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    answer = model.process(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))  # type: ignore[attr-defined]
    if not answer.multi_face_landmarks:
        return (np.nan,) * 5
    height, width = small.shape[:2]
    marks = answer.multi_face_landmarks[0].landmark
    at = np.array([(m.x * width, m.y * height) for m in marks])

    def apart(a: int, b: int) -> float:
        return float(np.hypot(*(at[a] - at[b])))

    face = apart(FOREHEAD, CHIN)
    aperture = float(np.mean([apart(a, b) for a, b in APERTURE])) / face
    lids = float(np.mean([apart(up, low) / apart(a, b) for up, low, a, b in EYES]))
    return aperture, lids, face, float(at[4, 0]), float(at[4, 1])


def log_energy(wav: Path, fps: float, frames: int) -> Floats:
    """The sound's energy at each frame, in decibels, silence 45 dB under the loud parts."""
    with wave.open(str(wav), "rb") as file:
        rate = file.getframerate()
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        samples = data.reshape(-1, file.getnchannels()).mean(1) / 32768
    half = round(0.03 * rate)
    middles = ((np.arange(frames) + 0.5) / fps * rate).astype(int)
    power = np.concatenate([[0.0], np.cumsum(samples**2)])
    low, high = (np.clip(middles + side, 0, len(samples)) for side in (-half, half))
    energy = (power[high] - power[low]) / (2 * half)
    level = 10 * np.log10(energy + 1e-12)
    floor: Floats = np.maximum(level, np.percentile(level, 95) - 45)
    return floor


def correlation(aperture: Floats, level: Floats, fps: float) -> tuple[float, int]:
    """The best correlation over shifts of up to 300 ms, and that shift in milliseconds."""
    times = np.arange(len(aperture)) / fps
    best = (-1.0, 0)
    for ms in range(-300, 301, 10):
        shifted = np.interp(times - ms / 1000, times, level)
        seen = ~np.isnan(aperture)
        best = max(best, (float(np.corrcoef(aperture[seen], shifted[seen])[0, 1]), ms))
    return best


def measure(video: Path, wav: Path, timings: Path | None = None) -> Sync:
    """How well a video speaks the given sound."""
    return judge(watch(video), wav, timings)


def judge(seen: Watched, wav: Path, timings: Path | None = None) -> Sync:
    r, lag = correlation(seen.aperture, log_energy(wav, seen.fps, len(seen.aperture)), seen.fps)
    phonemes = [] if timings is None else json.loads(timings.read_text())["phonemes"]
    labials = [p for p in phonemes if LABIALS & set(p["ipa"])]
    vowels = [p for p in phonemes if p["stress"] and WIDE_VOWELS & set(p["ipa"])]
    return Sync(
        r=r,
        lag_ms=lag,
        closed=_share([np.nanmin(_during(seen, p)) <= CLOSED for p in labials]),
        opened=_share([np.nanmax(_during(seen, p)) >= OPEN for p in vowels]),
        missed=int(np.isnan(seen.aperture).sum()),
    )


def _during(seen: Watched, phoneme: dict[str, float]) -> Floats:
    """The apertures while a sound lasts, one frame of tolerance on either side."""
    first = int(phoneme["start"] * seen.fps) - 1
    last = int(phoneme["end"] * seen.fps) + 1
    return seen.aperture[max(first, 0) : last + 1]


def _share(hits: list[bool]) -> float:
    return float(np.mean(hits)) if hits else 1.0


def sound_of(video: Path, wav: Path) -> Path:
    """The sound track of a finished video as a wav."""
    command = [executable(), "-v", "error", "-y", "-i", str(video), "-ac", "1", str(wav)]
    subprocess.run(command, check=True)
    return wav


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:]]
    sys.stdout.write(f"{measure(paths[0], paths[1], paths[2] if len(paths) > 2 else None)}\n")
