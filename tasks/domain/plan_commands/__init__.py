"""Understand common changes to a plan without a language model (pure).

A sentence becomes a JSON Patch and the words that say what it does. The grammar is documented in
`docs/projects.md`; what it does not know raises `NotUnderstood`, whose sentence says what it does
know. What stands in quotes is text for the video and is never read as a command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tasks.domain.plan_commands import look, order, sound, words
from tasks.domain.plan_commands.sentence import Change, NotUnderstood, Sentence, read
from tasks.domain.video_plan import VideoPlan

HELP: Final = (
    "Without a language model I can make scenes longer, shorter, slower or faster; swap, move, "
    "drop and add them; replace words; change voice lines, text on the screen, camera moves, "
    "effects, transitions, captions, music and the model. Name scenes by number, as in "
    '"make scene 2 longer", and put new words in quotes.'
)

Rule = Callable[[Sentence, Change], bool]
_RULES: Final[tuple[Rule, ...]] = (
    *order.RULES,
    *sound.MODELS,
    *words.REPLACEMENTS,
    *look.CAPTIONS,
    *sound.SOUNDS,
    *words.LINES,
    *order.LATER,
    *look.TRANSITIONS,
    *order.TIMES,
    *look.MOVES,
    *words.PROMPTS,
)
"""In this order: what is more special comes first."""


def understand(text: str, plan: VideoPlan) -> Change:
    """Return the change that a sentence asks for; raise `NotUnderstood`."""
    sentence = read(text, plan)
    for rule in _RULES:
        change = Change()
        if rule(sentence, change):
            return change
    raise NotUnderstood(f"I did not understand that. {HELP}")


__all__ = ["HELP", "Change", "NotUnderstood", "understand"]
