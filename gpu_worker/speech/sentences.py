"""Speak a scene phrase by phrase, for models that accept one phrase at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gpu_worker.speech.ipa import phonemes, pronounced
from gpu_worker.speech.phones import phones
from gpu_worker.speech.phrases import phrases
from gpu_worker.speech.reading import Unit, as_written, said
from gpu_worker.speech.take import Take, joined, trimmed
from gpu_worker.speech.words import words
from tasks.domain.errors import VoiceRefused

if TYPE_CHECKING:
    from gpu_worker.speech.loudness import Samples

Phrase = tuple["Samples", Iterable[tuple[str, int]]]
"""The sound of a phrase, and the samples of each phoneme symbol."""


def spoken(
    units: Sequence[Unit],
    voice: str,
    rate: int,
    say: Callable[[str, int], Phrase],
    progress: Callable[[float], None],
) -> Take:
    """Speak all phrases of a text; `say` gets the phonemes and the number of each phrase.

    `voice` is the one of espeak-ng that the phonemes come from.
    """
    text = said(units)
    parts = [
        (symbols, part.pause) for part in phrases(text) if (symbols := phonemes(part.text, voice))
    ]
    if not parts:
        raise VoiceRefused("There is nothing in this scene that can be spoken.")
    takes: list[Take] = []
    for number, (symbols, _) in enumerate(parts):
        samples, lengths = say(symbols, number)
        takes.append(trimmed(Take(samples, rate, phones(lengths, rate))))
        progress((number + 1) / len(parts))
    whole = joined(takes, [pause for _, pause in parts])
    heard = words(text, whole.phones, partial(pronounced, voice=voice))
    return replace(whole, words=as_written(units, heard))
