"""Commands that move, drop and add scenes, and change how long they last."""

from __future__ import annotations

import re
from typing import Final

from tasks.domain.plan_commands.sentence import (
    ORDINALS,
    Change,
    NotUnderstood,
    Sentence,
    limited,
    names,
)
from tasks.domain.video_plan import LONGEST_SCENE, SHORTEST_SCENE, VideoPlan

_STEP: Final = 1.0
"""Seconds by which a scene gets longer or shorter, if no number is given."""


def _swap(said: Sentence, change: Change) -> bool:
    if not said.has("swap|exchange|switch"):
        return False
    scenes = said.scenes()
    if len(scenes) != 2:
        raise NotUnderstood("Name the two scenes to swap, as in: swap scenes 1 and 3.")
    first, second = sorted(scenes)
    _move(change, second, first)
    if second - first > 1:
        _move(change, first + 1, second)
    _open_with_a_cut(said, change, [second if first == 0 else 0])
    change.say(f"scenes {first + 1} and {second + 1} are swapped")
    return True


def _reorder(said: Sentence, change: Change) -> bool:
    if not said.text.startswith(("move ", "put ")) or not said.scenes():
        return False
    count = len(said.plan.scenes)
    source = said.scenes()[0]
    found = re.search(r"\b(before|after) (?:the )?(?:scene (\d+)|(\w+) scene)", said.text)
    if found:
        other = int(found[2]) if found[2] else ORDINALS.get(found[3], 0)
        place = (other if other > 0 else count) - 1
        if not 0 <= place < count:
            raise NotUnderstood(f"There is no such scene; the plan has {count}.")
        target = place + (found[1] == "after") - (source < place + (found[1] == "after"))
    elif said.has("start|beginning|front"):
        target = 0
    elif said.has("end"):
        target = count - 1
    else:
        return False
    _move(change, source, target)
    _open_with_a_cut(said, change, [source if target == 0 else (1 if source == 0 else 0)])
    change.say(f"scene {source + 1} is now scene {target + 1}")
    return True


def _move(change: Change, source: int, target: int) -> None:
    change.patch.append({"op": "move", "from": f"/scenes/{source}", "path": f"/scenes/{target}"})


def _open_with_a_cut(said: Sentence, change: Change, first: list[int]) -> None:
    """Give the scene that comes first now the cut that a first scene needs."""
    index = first[0]
    if index < len(said.plan.scenes) and said.plan.scenes[index].transition.kind != "cut":
        change.replace("/scenes/0/transition", {"kind": "cut", "seconds": 0.0})


def _drop(said: Sentence, change: Change) -> bool:
    scenes = said.scenes()
    if not said.text.startswith(("drop ", "remove ", "delete ", "cut out ", "leave out ")):
        return False
    if not scenes or said.has("text|voice|effects?|captions?|music|line|sounds?|from"):
        return False
    if len(scenes) == len(said.plan.scenes):
        raise NotUnderstood("A video needs at least one scene.")
    for index in sorted(scenes, reverse=True):
        change.patch.append({"op": "remove", "path": f"/scenes/{index}"})
    first = next(i for i in range(len(said.plan.scenes)) if i not in scenes)
    if first:
        _open_with_a_cut(said, change, [first])
    change.say(f"{names(scenes)} removed")
    return True


def _add(said: Sentence, change: Change) -> bool:
    found = re.match(
        r"(?:add|insert) (?:a |another |one |a new )?(?:new )?scene(?: (?:about|of|with|showing|"
        r"that shows))?(.*)",
        said.text,
    )
    if not found:
        return False
    rest = found[1]
    place = re.search(r"\b(before|after) (?:scene (\d+)|the (\w+) scene)", rest)
    count = len(said.plan.scenes)
    target = count
    if place:
        other = int(place[2]) if place[2] else ORDINALS.get(place[3], 0)
        at = (other if other > 0 else count) - 1
        if not 0 <= at < count:
            raise NotUnderstood(f"There is no such scene; the plan has {count}.")
        target = at + (place[1] == "after")
    elif re.search(r"\bat the (?:start|beginning)\b", rest):
        target = 0
    prompt = said.quotes[0] if said.quotes else _prompt(rest)
    if not prompt:
        raise NotUnderstood('Say what the new scene shows, as in: add a scene about "a sunset".')
    seconds = limited(said.number("s|sec|seconds?") or 4.0)
    scene = {"id": _new_id(said.plan), "seconds": seconds, "prompt": prompt[:1000]}
    change.patch.append({"op": "add", "path": f"/scenes/{target}", "value": scene})
    change.say(f"a new scene {target + 1} of {seconds:g} s shows {prompt}")
    return True


def _prompt(rest: str) -> str:
    for pattern in (
        r"\b(?:before|after) (?:scene \d+|the \w+ scene).*$",
        r"\bat the (?:start|beginning|end).*$",
        r"\b(?:of|for|lasting) \d+(?:\.\d+)? ?(?:s|sec|seconds?)\b",
        r"quote\d+",
    ):
        rest = re.sub(pattern, "", rest)
    return rest.strip(" ,.:")


def _new_id(plan: VideoPlan) -> str:
    taken = {scene.id for scene in plan.scenes}
    return next(name for n in range(1, 200) if (name := f"scene-{n}") not in taken)


def _length(said: Sentence, change: Change) -> bool:
    longer, shorter = said.has("longer|lengthen|extend"), said.has("shorter|shorten|trim")
    exact = said.number("s|sec|seconds?")
    is_exact = exact is not None and said.has(r"to \d+(?:\.\d+)?|last|be|lasts|exactly")
    if not (longer or shorter or (is_exact and said.scenes())):
        return False
    if said.has("music|captions?"):
        return False
    for index in said.all_or_named():
        before = said.plan.scenes[index].seconds
        step = exact if exact is not None else _STEP
        wanted = exact if is_exact and exact is not None else before + (step if longer else -step)
        after = limited(wanted)
        if after != before:
            change.replace(f"/scenes/{index}/seconds", after)
            change.say(f"scene {index + 1} lasts {after:g} s instead of {before:g} s")
    if not change.patch:
        raise NotUnderstood(
            f"Scenes last from {SHORTEST_SCENE:g} to {LONGEST_SCENE:g} seconds; nothing changes."
        )
    return True


def _speed(said: Sentence, change: Change) -> bool:
    slower, faster = (
        said.has("slower|slow down|slow|slow-motion"),
        said.has("faster|fast|speed up|speed"),
    )
    if not (slower or faster) or said.has("music|tempo"):
        return False
    factor = 0.5 if said.has("half|half as fast") else 2.0 if said.has("twice|double") else None
    for index in said.all_or_named():
        before = said.plan.scenes[index].speed
        after = before * (factor or (0.75 if slower else 1.25))
        if factor == 2.0 and slower:
            after = before / 2
        after = round(min(max(after, 0.25), 4.0), 3)
        change.replace(f"/scenes/{index}/speed", after)
        change.say(f"scene {index + 1} runs at {after:g} times its speed")
    return True


RULES: Final = (_swap, _reorder, _add)
LATER: Final = (_drop,)
TIMES: Final = (_length, _speed)
