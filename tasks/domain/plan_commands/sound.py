"""Commands that change music, volumes and the model."""

from __future__ import annotations

import re
from typing import Final

from tasks.domain.plan_commands.sentence import Change, Sentence

_MOODS: Final = (
    "calm|energetic|happy|sad|dramatic|epic|upbeat|dark|playful|soft|tense|hopeful|cinematic"
)


def _music(said: Sentence, change: Change) -> bool:
    if not said.has("music|track|soundtrack|song|beats?"):
        return False
    if said.has("louder|quieter|softer|lower|up|down"):
        return _volume(said, change, "music")
    if said.has("no|without|remove|drop|delete"):
        change.replace("/music/source", "none")
        change.say("no music")
    elif said.has("my|own|uploaded"):
        change.replace("/music/source", "upload")
        change.say("your own track as the music")
    else:
        _bed(said, change)
    return bool(change.patch)


def _bed(said: Sentence, change: Change) -> None:
    """Change the bed that is generated."""
    tempo = said.number("bpm|beats a minute|beats per minute")
    mood = re.search(rf"\b({_MOODS})\b", said.text)
    words = said.quotes[0] if said.quotes else (mood[1] if mood else "")
    if said.has("beats?") and tempo is None:
        change.replace("/music/cut_on_beats", True)
        change.say("cuts on the beats of the music")
        return
    if not (words or tempo is not None or said.has("add|with|some")):
        return
    change.replace("/music/source", "generated")
    if words:
        change.replace("/music/prompt", words[:300])
    change.say(f"{words} music" if words else "generated music")
    if tempo is not None:
        change.replace("/music/tempo", tempo)
        change.say(f"{tempo:g} beats a minute")


def _loudness(said: Sentence, change: Change) -> bool:
    if not said.has("louder|quieter|softer"):
        return False
    part = (
        "voice"
        if said.has("voices?|speech")
        else "effects"
        if said.has("effects?|sounds?")
        else None
    )
    return part is not None and _volume(said, change, part)


def _volume(said: Sentence, change: Change, part: str) -> bool:
    before = float(getattr(said.plan.mix, part))
    step = 0.15 if said.has("louder|up") else -0.15
    after = round(min(max(before + step, 0.0), 1.0), 2)
    change.replace(f"/mix/{part}", after)
    change.say(f"{part} at {after:.0%} instead of {before:.0%}")
    return True


def _model(said: Sentence, change: Change) -> bool:
    found = re.search(r"\b(?:use|with|switch to) (?:the )?model ([\w.:/-]+)", said.text)
    found = found or re.search(r"\b(?:use|switch to) (?:the )?([\w.:/-]+) model\b", said.text)
    if not found:
        return False
    name = said.quotes[0] if found[1].startswith("quote") and said.quotes else found[1]
    change.replace("/model", {"id": name, "reason": "You asked for it."})
    change.say(f"the model {name}")
    return True


MODELS: Final = (_model,)
SOUNDS: Final = (_music, _loudness)
