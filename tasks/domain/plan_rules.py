"""Plan a video from the facts of its sample, by rules and without a language model (pure).

Each shot becomes a scene: its length within the limits, its camera move, its transition, a prompt
from its light and colours, and its picture as the first frame. What the sample says is spoken
again, scene by scene.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tasks.domain.sample_facts import SampleFacts, Shot
from tasks.domain.video_plan import (
    LONGEST_LINE,
    LONGEST_SCENE,
    LONGEST_VIDEO,
    MOST_SCENES,
    SHORTEST_SCENE,
    Camera,
    Degraded,
    Material,
    ModelChoice,
    Music,
    Transition,
    VideoPlan,
    VideoScene,
)

CHARACTERS_A_SECOND: Final = 15.0
_MARGIN: Final = 0.5
"""Seconds by which a video stays below the limit."""
_TRANSITIONS: Final = {"dissolve": "crossfade", "fade": "dip", "wipe": "wipe"}
_HUES: Final = (
    (0.04, "red"),
    (0.11, "orange"),
    (0.18, "yellow"),
    (0.45, "green"),
    (0.55, "teal"),
    (0.70, "blue"),
    (0.83, "violet"),
    (0.95, "pink"),
    (1.01, "red"),
)
_MOVES: Final = {
    "static": "static camera",
    "push_in": "slow push in",
    "pull_out": "slow pull out",
    "pan_left": "pan left",
    "pan_right": "pan right",
    "tilt_up": "tilt up",
    "tilt_down": "tilt down",
    "orbit": "orbit around the subject",
    "handheld": "handheld camera",
}
_NO_MODEL: Final = ModelChoice()
LITE: Final = Degraded(
    "clip", "lite_clips", "No hosted video model can be reached; a camera moves over pictures."
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a project asks for beside its sample."""

    name: str = ""
    language: str = "en"
    most_seconds: float = LONGEST_VIDEO
    character: str = ""
    """The label of the uploaded character."""
    character_upload: str = ""
    """The digest of its picture."""
    has_track: bool = False
    has_voice: bool = False
    model: ModelChoice = _NO_MODEL
    degraded: tuple[Degraded, ...] = ()


def plan_by_rules(facts: SampleFacts, wishes: Wishes) -> VideoPlan:
    """Return a valid plan that follows the sample."""
    shots = _merged(facts.shots)
    lengths = _lengths(shots, min(wishes.most_seconds, LONGEST_VIDEO) - _MARGIN)
    scenes = [
        _scene(facts, shot, seconds, number, wishes)
        for number, (shot, seconds) in enumerate(zip(shots, lengths, strict=False), start=1)
    ]
    return VideoPlan(
        scenes=tuple(_with_transitions(scenes, shots)),
        title=wishes.name[:120],
        language=wishes.language,
        model=wishes.model,
        music=_music(facts, wishes),
        degraded=_degraded(facts, wishes),
    )


def move_words(camera: Camera) -> str:
    """Describe a camera move as models of clips understand it."""
    return _MOVES[camera.move]


def _merged(shots: Sequence[Shot]) -> list[Shot]:
    """Join the shortest shots to those before them until there are few enough and none is tiny."""
    found = list(shots)
    while len(found) > 1:
        index = min(range(len(found)), key=lambda i: found[i].seconds)
        if found[index].seconds >= SHORTEST_SCENE / 2 and len(found) <= MOST_SCENES:
            break
        into = index - 1 if index else 0
        first, second = found[into], found[into + 1]
        longer = first if first.seconds >= second.seconds else second
        found[into : into + 2] = [
            replace(
                longer,
                start=first.start,
                end=second.end,
                transition=first.transition,
                transition_seconds=first.transition_seconds,
            )
        ]
    return found


def _lengths(shots: Sequence[Shot], most: float) -> list[float]:
    """Bring every scene into its limits, and all together below the limit of the video."""
    lengths = [min(max(shot.seconds, SHORTEST_SCENE), LONGEST_SCENE) for shot in shots]
    while sum(lengths) > most and len(lengths) * SHORTEST_SCENE > most:
        lengths.pop()
    whole = sum(lengths)
    if whole > most:
        spare = whole - len(lengths) * SHORTEST_SCENE
        keep = (most - len(lengths) * SHORTEST_SCENE) / spare
        lengths = [SHORTEST_SCENE + (one - SHORTEST_SCENE) * keep for one in lengths]
    return [int(one * 10) / 10 for one in lengths]


def _scene(
    facts: SampleFacts, shot: Shot, seconds: float, number: int, wishes: Wishes
) -> VideoScene:
    camera = Camera(shot.camera.move, round(max(shot.camera.strength, 0.3), 2))
    shown = bool(shot.faces) and bool(wishes.character_upload)
    material = (
        Material("picture", wishes.character_upload)
        if shown
        else Material("sample", start=round(shot.key_frame_at or shot.start, 2))
    )
    return VideoScene(
        id=f"scene-{number}",
        seconds=seconds,
        prompt=describe(shot, wishes.character if shown else ""),
        camera=camera,
        character=wishes.character if shown else "",
        voice_line=_spoken(facts, shot, seconds),
        voice="upload" if wishes.has_voice else "",
        material=material,
    )


def describe(shot: Shot, character: str = "") -> str:
    """Describe a shot in words that any model of clips understands."""
    subjects = ", ".join(shot.subjects[:3])
    if character:
        subject = character
    elif subjects:
        subject = subjects
    elif shot.faces:
        subject = "a person" if len(shot.faces) == 1 else f"{len(shot.faces)} people"
    else:
        subject = "a scene"
    parts = [f"{subject[:1].upper()}{subject[1:]}"]
    if shot.faces and shot.faces[0].box.height > 0.35:
        parts.append("close-up")
    if shot.light is not None:
        parts.append(
            {"low": "low-key", "high": "bright", "middle": "soft"}[shot.light.key] + " light"
        )
        if abs(shot.light.warmth) > 0.15:
            parts.append("warm tones" if shot.light.warmth > 0 else "cool tones")
    colours = dict.fromkeys(colour_name(one.colour) for one in shot.palette[:3])
    if colours:
        parts.append(f"colours {' and '.join(colours)}")
    parts.append("lively motion" if shot.motion > 0.4 else "calm motion")
    return ", ".join(parts) + "."


def colour_name(colour: str) -> str:
    """Name a colour.

    >>> colour_name("#ff0000"), colour_name("#101010"), colour_name("#87ceeb")
    ('red', 'black', 'teal')
    """
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if light < 0.12:
        return "black"
    if light > 0.92:
        return "white"
    if saturation < 0.12:
        return "grey"
    return next(name for end, name in _HUES if hue < end)


def _spoken(facts: SampleFacts, shot: Shot, seconds: float) -> str:
    """Return what is said in a shot, as much of it as fits."""
    words: list[str] = []
    most = min(LONGEST_LINE, int(seconds * CHARACTERS_A_SECOND))
    for word in facts.sound.words:
        middle = (word.start + word.end) / 2
        if shot.start <= middle < shot.end and len(" ".join([*words, word.text])) <= most:
            words.append(word.text)
    return " ".join(words)


def _with_transitions(scenes: list[VideoScene], shots: Sequence[Shot]) -> list[VideoScene]:
    found = scenes[:1]
    for scene, shot in zip(scenes[1:], shots[1:], strict=False):
        kind = _TRANSITIONS.get(shot.transition, "cut")
        longest = min(scene.seconds, found[-1].seconds) / 2
        seconds = (
            0.0 if kind == "cut" else round(min(shot.transition_seconds or 0.5, 1, longest), 2)
        )
        found.append(replace(scene, transition=Transition(kind, seconds)))
    return found


def _music(facts: SampleFacts, wishes: Wishes) -> Music:
    tempo = facts.sound.tempo
    known = None if tempo is None else min(max(tempo, 40.0), 220.0)
    if wishes.has_track:
        return Music("upload", tempo=known, cut_on_beats=True)
    if facts.sound.kind in ("music", "speech_and_music"):
        mood = "energetic" if (tempo or 0) > 115 else "calm"
        return Music("generated", mood, known)
    return Music("generated", "calm", None) if facts.sound.kind != "speech" else Music("none")


def _degraded(facts: SampleFacts, wishes: Wishes) -> tuple[Degraded, ...]:
    found = {(one.part, one.code): one for one in (*facts.degraded, *wishes.degraded)}
    return tuple(found.values())[:20]
