"""Commands that change the look: camera moves, effects, transitions and captions."""

from __future__ import annotations

from typing import Final

from tasks.domain.plan_commands.sentence import Change, NotUnderstood, Sentence, names
from tasks.domain.video_plan import OVERLAPPING

_CAMERAS: Final = {
    r"zoom(?:s|ing)? in|push(?:es|ing)? in": "push_in",
    r"zoom(?:s|ing)? out|pull(?:s|ing)? (?:out|back)": "pull_out",
    r"pan(?:s|ning)? (?:to the )?left": "pan_left",
    r"pan(?:s|ning)? (?:to the )?right": "pan_right",
    r"tilt(?:s|ing)? up": "tilt_up",
    r"tilt(?:s|ing)? down": "tilt_down",
    r"orbit(?:s|ing)?|circle around": "orbit",
    r"hand-?held": "handheld",
    r"static camera|no camera move(?:ment)?|still camera|hold the camera still": "static",
}
_EFFECTS: Final = {
    r"black[- ]and[- ]white|monochrome": "black_and_white",
    r"grain(?:y)?": "grain",
    r"vignette": "vignette",
    r"warm(?:er)?": "warm",
    r"cool(?:er)?|cold(?:er)?": "cool",
    r"flash": "flash",
    r"shak(?:e|y)": "shake",
    r"glow(?:ing)?": "glow",
}
_TRANSITIONS: Final = {
    r"cross-?fades?|dissolves?|fades?": "crossfade",
    r"dips?(?: to black)?": "dip",
    r"wipes?": "wipe",
    r"slides?": "slide",
    r"(?:hard |straight )?cuts?": "cut",
}


def _camera(said: Sentence, change: Change) -> bool:
    for pattern, move in _CAMERAS.items():
        if said.has(pattern):
            scenes = said.all_or_named()
            for index in scenes:
                change.replace(f"/scenes/{index}/camera/move", move)
            change.say(f"camera {move.replace('_', ' ')} in {names(scenes)}")
            return True
    return False


def _effects(said: Sentence, change: Change) -> bool:
    if said.has("effects?") and said.has("remove|no|drop|delete|without"):
        scenes = said.all_or_named()
        for index in scenes:
            change.replace(f"/scenes/{index}/effects", [])
        change.say(f"no effects in {names(scenes)}")
        return True
    for pattern, effect in _EFFECTS.items():
        if said.has(pattern) and not said.has("music"):
            for index in said.all_or_named():
                known = said.plan.scenes[index].effects
                if effect not in known:
                    change.replace(f"/scenes/{index}/effects", [*known, effect][-4:])
            change.say(f"{effect.replace('_', ' ')} in {names(said.all_or_named())}")
            return True
    return False


def _transition(said: Sentence, change: Change) -> bool:
    if not said.has(
        "transitions?|cross-?fades?|dissolves?|fades?|wipes?|slides?|cuts|hard cuts?|dips?"
    ):
        return False
    kind = next((kind for pattern, kind in _TRANSITIONS.items() if said.has(pattern)), None)
    if kind is None or said.has("text|music"):
        return False
    named = said.scenes()
    if said.has("between") and len(named) == 2:
        named = [max(named)]
    scenes = [index for index in (named or range(len(said.plan.scenes))) if index]
    if not scenes:
        raise NotUnderstood("The first scene has nothing before it; name another scene.")
    for index in scenes:
        shorter = min(said.plan.scenes[index].seconds, said.plan.scenes[index - 1].seconds)
        wanted = said.number("s|sec|seconds?") or 0.5
        seconds = 0.0 if kind == "cut" else round(min(wanted, 1.0, shorter / 2), 2)
        change.replace(f"/scenes/{index}/transition", {"kind": kind, "seconds": seconds})
    overlap = " that overlaps" if kind in OVERLAPPING else ""
    change.say(f"{kind}{overlap} into {names(scenes)}")
    return True


def _captions(said: Sentence, change: Change) -> bool:
    if not said.has("captions?|subtitles?"):
        return False
    style = "off" if said.has("no|off|without|remove|hide") else None
    for name in ("plain", "boxed", "words"):
        style = (
            name
            if style is None and said.has(name if name != "words" else "words?|karaoke")
            else style
        )
    style = style or "plain"
    change.replace("/captions", style)
    change.say("captions off" if style == "off" else f"captions in the style {style}")
    return True


CAPTIONS: Final = (_captions,)
TRANSITIONS: Final = (_transition,)
MOVES: Final = (_camera, _effects)
