"""Commands that change words: prompts, voice lines and text on the screen."""

from __future__ import annotations

import re
from typing import Final

from tasks.domain.plan_commands.sentence import Change, NotUnderstood, Sentence, names


def _replace_words(said: Sentence, change: Change) -> bool:
    if not (said.has("replace|change") and len(said.quotes) == 2 and said.has("with|to|by")):
        return False
    old, new = said.quotes
    if not old:
        return False
    pattern = re.compile(re.escape(old), re.IGNORECASE)
    for index in said.all_or_named():
        scene = said.plan.scenes[index]
        for name in ("voice_line", "text", "prompt"):
            before = getattr(scene, name)
            after = pattern.sub(lambda _: new, before)
            if after != before:
                change.replace(f"/scenes/{index}/{name}", after)
                change.say(f"the {name.replace('_', ' ')} of scene {index + 1} is now {after!r}")
    if not change.patch:
        raise NotUnderstood(f'"{old}" is in no scene that you named.')
    return True


def _voice_line(said: Sentence, change: Change) -> bool:
    scenes = said.scenes()
    if scenes and said.has(
        "silent|mute|no voice|(?:remove|drop|delete) the (?:voice|voice line|line)"
    ):
        for index in scenes:
            change.replace(f"/scenes/{index}/voice_line", "")
        change.say(f"{names(scenes)} without a voice")
        return True
    if not scenes or not said.quotes or not said.has("says?|say|speaks?|voice|voice line|line"):
        return False
    for index in scenes:
        change.replace(f"/scenes/{index}/voice_line", said.quotes[0])
    change.say(f"{names(scenes)} with the words {said.quotes[0]!r}")
    return True


def _screen_text(said: Sentence, change: Change) -> bool:
    if not said.has("text|title|caption on"):
        return False
    scenes = said.scenes()
    if said.has("remove|drop|delete|no"):
        for index in said.all_or_named():
            change.replace(f"/scenes/{index}/text", "")
        change.say("no text on the screen" + (f" in {names(scenes)}" if scenes else ""))
        return True
    if not said.quotes or not scenes:
        return False
    for index in scenes:
        change.replace(f"/scenes/{index}/text", said.quotes[0])
    change.say(f"{names(scenes)} with the text {said.quotes[0]!r}")
    return True


def _shown(said: Sentence, change: Change) -> bool:
    scenes = said.scenes()
    if not scenes or not said.has("shows?|prompt|picture|instead"):
        return False
    found = re.search(r"\bshows? (.+)$", said.text)
    prompt = said.quotes[0] if said.quotes else (found[1] if found else "")
    prompt = re.sub(r"\binstead\b", "", prompt).strip(" ,.")
    if not prompt:
        return False
    for index in scenes:
        change.replace(f"/scenes/{index}/prompt", prompt[:1000])
        material = said.plan.scenes[index].material
        if material is not None and material.kind == "sample":
            change.replace(f"/scenes/{index}/material", None)
    change.say(f"{names(scenes)} with the prompt {prompt!r}")
    return True


REPLACEMENTS: Final = (_replace_words,)
LINES: Final = (_voice_line, _screen_text)
PROMPTS: Final = (_shown,)
