"""A scene spoken sentence by sentence, for voices that speak no more than one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gpu_worker.speech.ipa import pronounced, sentences
from gpu_worker.speech.phones import phones
from gpu_worker.speech.take import Take, joined, trimmed
from gpu_worker.speech.words import words
from tasks.domain.errors import VoiceRefused

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

_PAUSE_SECONDS = 0.4

Sentence = tuple["Samples", Iterable[tuple[str, int]]]
"""Its sound, and how many samples of it each phoneme symbol takes."""


def spoken(
    text: str,
    voice: str,
    rate: int,
    say: Callable[[str, int], Sentence],
    progress: Callable[[float], None],
) -> Take:
    """All sentences of a text, one after the other; `say` gets phonemes and their number.

    `voice` is the one of espeak-ng that the phonemes come from.
    """
    said = sentences(text, voice)
    if not said:
        raise VoiceRefused("There is nothing in this scene that can be spoken.")
    takes: list[Take] = []
    for number, phonemes in enumerate(said):
        samples, lengths = say(phonemes, number)
        takes.append(trimmed(Take(samples, rate, phones(lengths, rate))))
        progress((number + 1) / len(said))
    whole = joined(takes, _PAUSE_SECONDS)
    return replace(whole, words=words(text, whole.phones, partial(pronounced, voice=voice)))
