"""Mix voices, music and effects to one track as long as the video."""

from __future__ import annotations

import wave
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gpu_worker.media.editing.timeline import RATE as FRAMES
from gpu_worker.media.editing.timeline import Timeline, place
from gpu_worker.media.soundtrack import beats, effects, levelling, music, recordings
from gpu_worker.media.soundtrack import synthesis as make
from gpu_worker.media.soundtrack.synthesis import RATE
from tasks.domain.video_plan import Mix

DUCKED: Final = 0.32
"""What is left of the music under a voice: 10 dB less."""
_ATTACK, _RELEASE = 0.12, 0.45
_HOP: Final = 480
_SPOKEN: Final = 0.012
_LEAD: Final = 0.15
"""Seconds between the start of a scene and its voice, if there is room."""
_FASTER: Final = 1.25
"""How much a line that is too long for its scene is hurried at most."""
_LEADS: Final = 1 / Mix().music
"""How much louder the music is without a voice: at the volume of a new plan, it is at its full."""
_HEARD: Final = 0.0005
"""The peak from which a recording counts as one: -66 dB."""
_LEVEL: Final = 0.11
"""Root mean square of voices and music, pauses left out, before the whole is levelled."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The voice of a scene on the timeline: `speed` 1.1 is a tenth faster than it was recorded."""

    scene: int
    at: float
    seconds: float
    speed: float


@dataclass(frozen=True, slots=True)
class Mixed:
    """A finished track, and what the picture must know of it."""

    timeline: Timeline
    beats: tuple[float, ...] = ()
    tempo: float | None = None
    music: str = "none"
    """The mood of a generated bed, `upload`, or `none`."""
    spoken: tuple[Spoken, ...] = ()
    silent: bool = False
    """The plan asks for no sound at all."""
    warnings: tuple[str, ...] = field(default=())

    @property
    def on_beats(self) -> int:
        """How many boundaries lie on a beat, as exactly as frames can."""
        near = 0.6 / FRAMES
        return sum(
            any(abs(at - beat) <= near for beat in self.beats) for at in self.timeline.boundaries
        )


class Mixer:
    """Mixes one video; its parameters are those of the stage `sound`."""

    def __init__(
        self,
        entries: Sequence[Mapping[str, Any]],
        wishes: Mapping[str, Any],
        volumes: Mapping[str, Any],
        folder: Path,
        check: Callable[[], None],
    ) -> None:
        self.entries = entries
        self.wishes = wishes
        self.volumes = volumes
        self.folder = folder
        self.check = check
        self.warnings: list[str] = []

    def mix(self, voices: Mapping[int, Path], track: Path | None, target: Path) -> Mixed:
        """Write the track at -16 LUFS; `voices` are recordings by the number of their scene."""
        import numpy as np

        planned = place(self.entries)
        bed = self._bed(track, planned.seconds)
        on_beats = bool(self.wishes.get("cut_on_beats")) and bed is not None
        timeline = place(self.entries, bed.beats if on_beats and bed else ())
        count = round(timeline.seconds * RATE)
        voice = np.zeros((count, 2), np.float32)
        spoken = self._speak(voices, timeline, voice)
        heard = bool(spoken) and self._has_voice
        total = voice * np.float32(self._volume("voice"))
        if bed is not None:
            volume = self._volume("music") * (1.0 if heard else _LEADS)
            under = ducking(voice) if heard and self.volumes.get("ducking") else 1.0
            total += bed.samples[:count] * np.float32(volume) * under
        del voice
        self._add_effects(timeline, total)
        self._write(total, target)
        has_music = bed is not None and self._volume("music") > 0
        known = (bed.beats, bed.tempo or None, bed.mood) if bed else ((), None, "none")
        return Mixed(
            timeline,
            *known,
            spoken=tuple(spoken),
            silent=not (self._has_voice or has_music or self._has_effects),
            warnings=tuple(self.warnings),
        )

    def _volume(self, part: str) -> float:
        return float(self.volumes[part])

    @property
    def _has_voice(self) -> bool:
        """Whether a line of the plan can be heard."""
        return self._volume("voice") > 0 and any(entry["line"] for entry in self.entries)

    @property
    def _has_effects(self) -> bool:
        """Whether an effect of the plan can be heard."""
        sounds = (one for entry in self.entries for one in entry.get("sounds") or ())
        return self._volume("effects") > 0 and any(float(one["volume"]) > 0 for one in sounds)

    def _bed(self, track: Path | None, seconds: float) -> music.Bed | None:
        """Return the music; None: the plan has none, or none that can be heard."""
        source = self.wishes["source"]
        cuts = bool(self.wishes.get("cut_on_beats"))
        if source == "none" or (not cuts and self._volume("music") <= 0):
            return None
        if source == "upload":
            return self._uploaded(track, seconds)
        prompt = str(self.wishes.get("prompt") or "")
        tempo = self.wishes.get("tempo")
        seed = zlib.crc32(prompt.encode())
        made = music.bed(seconds, prompt, float(tempo) if tempo else None, seed)
        self.check()
        return music.Bed(even(made.samples), made.beats, made.tempo, made.mood)

    def _uploaded(self, track: Path | None, seconds: float) -> music.Bed | None:
        if track is None:
            self.warnings.append("no track is uploaded: the video has no music")
            return None
        samples = recordings.read(track, self.folder, self.check)
        if len(samples) < RATE:
            self.warnings.append("the uploaded track is shorter than a second and was left out")
            return None
        if not is_heard(samples):
            self.warnings.append("the uploaded track is silent and was left out")
            return None
        whole = recordings.as_long(samples, round(seconds * RATE))
        rhythm = beats.find(recordings.for_beats(whole))
        self.check()
        if self.wishes.get("cut_on_beats") and not rhythm.is_rhythmic:
            self.warnings.append("the uploaded track has no clear beat: cuts stay as planned")
        times = rhythm.times if rhythm.is_rhythmic else ()
        return music.Bed(even(whole), times, rhythm.tempo if times else 0.0, "upload")

    def _speak(self, voices: Mapping[int, Path], timeline: Timeline, bus: Any) -> list[Spoken]:
        """Add the voice of each scene; a line that is too long is hurried, then cut off."""
        found = []
        for scene, recording in sorted(voices.items()):
            placed = timeline.scenes[scene]
            samples, speed = recordings.read(recording, self.folder, self.check), 1.0
            if not is_heard(samples):
                self.warnings.append(f"the voice of scene {scene + 1} is silent")
                continue
            if len(samples) / RATE > placed.seconds:
                speed = min(_FASTER, len(samples) / RATE / placed.seconds)
                samples = recordings.read(recording, self.folder, self.check, speed)
            room = round(placed.seconds * RATE)
            if len(samples) > room + 0.05 * RATE:
                number = scene + 1
                self.warnings.append(f"the line of scene {number} is too long and was cut off")
            samples = even(make.faded(samples[:room].copy(), 0.005, 0.06))
            seconds = len(samples) / RATE
            at = placed.start + min(_LEAD, max(0.0, placed.seconds - seconds))
            make.add(bus, samples, at)
            found.append(Spoken(scene, round(at, 4), round(seconds, 4), round(speed, 4)))
        return found

    def _add_effects(self, timeline: Timeline, bus: Any) -> None:
        volume = float(self.volumes["effects"])
        for entry, placed in zip(self.entries, timeline.scenes, strict=True):
            for number, sound in enumerate(entry.get("sounds") or ()):
                self.check()
                at = min(float(sound["at"]), placed.seconds - 0.1)
                seed = zlib.crc32(f"{entry.get('id')} {sound['name']} {number}".encode())
                made = effects.effect(sound["name"], max(0.3, placed.seconds - at), seed)
                make.add(bus, made, placed.start + at, 0.9 * float(sound["volume"]) * volume)

    def _write(self, total: Any, target: Path) -> None:
        """Write the track at the loudness of platforms."""
        import numpy as np

        raw = self.folder / "mixed.wav"
        # At the full scale, so that what is planned quiet is not taken for silence.
        top = float(np.abs(total).max(initial=0.0)) / 0.98 or 1.0
        with wave.open(str(raw), "wb") as file:
            file.setparams((2, 3, RATE, 0, "NONE", ""))
            for begin in range(0, len(total), RATE):
                part = np.round(total[begin : begin + RATE] * (8388607 / top)).astype("<i4")
                file.writeframes(part.view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
        loudness = levelling.measure(raw, "anull", self.check)
        levelling.level(raw, loudness, target, self.check)
        raw.unlink()


def is_heard(samples: Any) -> bool:
    """Return whether a recording has any sound."""
    import numpy as np

    return float(np.abs(samples).max(initial=0.0)) >= _HEARD


def even(samples: Any) -> Any:
    """Return a sound whose parts that can be heard have the level of this mix."""
    import numpy as np

    frames = samples[: len(samples) // _HOP * _HOP].reshape(-1, _HOP, 2)
    power = np.square(frames).mean(axis=(1, 2))
    heard = power > max(1e-7, 0.02 * float(power.max(initial=0)))
    if not heard.any():
        return samples
    return samples * np.float32(_LEVEL / np.sqrt(power[heard].mean()))


def ducking(voice: Any) -> Any:
    """Return the level of the music: lower where a voice is heard, and a moment before."""
    import numpy as np

    count = -(-len(voice) // _HOP)
    padded = np.zeros((count * _HOP, 2), np.float32)
    padded[: len(voice)] = voice
    loud = np.sqrt(np.square(padded.reshape(count, _HOP, 2)).mean(axis=(1, 2))) > _SPOKEN
    down, up = (max(1, round(seconds * RATE / _HOP)) for seconds in (_ATTACK, _RELEASE))
    wanted = np.convolve(loud, np.ones(2 * down + 1), "same") > 0
    level, now = np.ones(count), 1.0
    for number, is_spoken in enumerate(wanted):
        step = (1 - DUCKED) / (down if is_spoken else up)
        now = max(DUCKED, now - step) if is_spoken else min(1.0, now + step)
        level[number] = now
    smooth = np.interp(np.arange(len(voice)) / _HOP, np.arange(count), level)
    return smooth.astype(np.float32)[:, None]
