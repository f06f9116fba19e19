"""Build ffmpeg's filter graphs: a scene in the frame, and the overlap of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gpu_worker.media.editing import effects
from gpu_worker.media.editing.clips import Clip
from gpu_worker.media.editing.following import Path
from gpu_worker.media.editing.timeline import RATE, Placed
from gpu_worker.media.framing import Frame

_XFADES: Final = {"crossfade": "fade", "wipe": "wipeleft", "slide": "slideleft"}
_SLOWEST: Final = 0.75
"""How much a clip that is too short is slowed down, before its last frame is held."""
_LITTLE: Final = 0.02
"""A shape that differs by less is scaled without a crop or a ground."""
_EVEN: Final = f"setpts=PTS-STARTPTS,format=yuv420p,setsar=1,fps={RATE},settb=AVTB"
_ZOOM: Final = 0.1
"""How much closer the camera comes in a still picture."""


@dataclass(frozen=True, slots=True)
class SceneLook:
    """How a clip becomes a scene."""

    clip: Clip
    path: Path
    fit: str = "crop"
    speed: float = 1.0
    start: float = 0.0
    """Seconds of the clip that are left out."""
    colour: str = ""
    """A filter that matches its colours."""
    effects: tuple[str, ...] = field(default=())


def speed_of(look: SceneLook, frames: int) -> float:
    """Return the speed of a clip: slower than asked if it is too short for its scene."""
    there = (look.clip.seconds - look.start) / look.speed
    needed = frames / RATE
    if look.clip.is_picture or there >= needed - 0.5 / RATE:
        return look.speed
    return look.speed * max(_SLOWEST, there / needed)


def scene(look: SceneLook, placed: Placed, after: Placed | None, frame: Frame) -> list[str]:
    """Return a graph that makes `[scene]` of the first input; `after` is the next scene."""
    parts = [*_fitted(look, placed, frame)]
    label = "[fitted]"
    if look.colour:
        parts.append(f"{label}{look.colour}[matched]")
        label = "[matched]"
    for index, name in enumerate(look.effects):
        done = f"[effect{index}]"
        parts.append(effects.chain(name, label, done, (frame.width, frame.height)))
        label = done
    ends = [*_dips(placed, after), exactly(placed.frames)]
    parts.append(f"{label}{','.join(ends)}[scene]")
    return parts


def overlap(placed: Placed, target: str) -> str:
    """Return a graph that joins the end of a scene and the beginning of the next one."""
    kind = _XFADES[placed.transition]
    return (
        f"[0:v]{_EVEN}[before];[1:v]{_EVEN}[after];"
        f"[before][after]xfade=transition={kind}:duration={placed.overlap / RATE:.4f}:offset=0,"
        f"{exactly(placed.overlap)}{target}"
    )


def _dips(placed: Placed, after: Placed | None) -> list[str]:
    """Fade from black where the scene begins with a dip, and to black where the next one does."""
    found = []
    if placed.transition == "dip":
        found.append(f"fade=t=in:start_frame=0:nb_frames={max(1, placed.over // 2)}")
    if after is not None and after.transition == "dip":
        half = max(1, after.over // 2)
        # Extend first: the fade must find its frames in a clip that is too short.
        found += [
            exactly(placed.frames),
            f"fade=t=out:start_frame={placed.frames - half}:nb_frames={half}",
        ]
    return found


def exactly(frames: int) -> str:
    """Return filters that trim to so many frames, or repeat the last one.

    `fps` sets the rate again, which joins of older ffmpegs lose.
    """
    return f"tpad=stop=-1:stop_mode=clone,trim=end_frame={frames},{_EVEN}"


def _fitted(look: SceneLook, placed: Placed, frame: Frame) -> list[str]:
    """Bring a clip to the rate and the size of the frame."""
    clip, source, target = look.clip, "[0:V:0]", "[fitted]"
    scaled = f"scale={frame.width}:{frame.height}:flags=bicubic:out_color_matrix=bt709,setsar=1"
    if clip.is_picture:
        return [f"{source}{_moving(look, placed, frame)},{scaled}{target}"]
    speed = speed_of(look, placed.frames)
    cut = f"trim=start={look.start:.3f}," if look.start else ""
    timed = f"{cut}setpts=(PTS-STARTPTS)/{speed:.5f},fps={RATE}"
    if clip.mended:
        timed += f",{clip.mended.rstrip(',')}"
    if _has_shape(clip, frame):
        return [f"{source}{timed},{scaled}{target}"]
    if look.fit == "blur":
        return _on_ground(f"{source}{timed}", frame, target)
    width, height = _window(clip, frame)
    x = _expression(look.path.times, look.path.across, clip.width, width, look.start, speed)
    y = _expression(look.path.times, look.path.down, clip.height, height, look.start, speed)
    return [f"{source}{timed},crop={width}:{height}:x='{x}':y='{y}',{scaled}{target}"]


def is_cropped(clip: Clip, frame: Frame, fit: str) -> bool:
    """Return whether a part of a clip is seen, which follows its subject."""
    return clip.is_picture or (fit != "blur" and not _has_shape(clip, frame))


def _has_shape(clip: Clip, frame: Frame) -> bool:
    """Return whether a clip is scaled to the frame without a crop or a ground."""
    shape = (clip.width * frame.height) / (clip.height * frame.width)
    return abs(shape - 1) <= _LITTLE


def _window(clip: Clip, frame: Frame) -> tuple[int, int]:
    """Return the largest window of the frame's shape in a clip."""
    width = min(clip.width, round(clip.height * frame.width / frame.height))
    height = min(clip.height, round(clip.width * frame.height / frame.width))
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def _expression(  # noqa: PLR0917
    times: Sequence[float],
    shares: Sequence[float],
    side: int,
    window: int,
    start: float,
    speed: float,
) -> str:
    """Return the place of a crop as a function of time: straight lines between the points."""
    room = side - window
    if room <= 0:
        return "0"
    places = [max(0.0, min(float(room), share * side - window / 2)) for share in shares]
    points = [
        (max(0.0, (t - start) / speed), place) for t, place in zip(times, places, strict=True)
    ]
    points = [p for i, p in enumerate(points) if i in (0, len(points) - 1) or _bends(points, i)]
    if len(points) == 1 or max(p for _, p in points) - min(p for _, p in points) < 1:
        return f"{points[0][1]:.1f}"
    text = f"{points[-1][1]:.1f}"
    for (t0, p0), (t1, p1) in zip(points[-2::-1], points[:0:-1], strict=True):
        slope = (p1 - p0) / max(1e-3, t1 - t0)
        text = f"if(lt(t,{t1:.3f}),{p0:.1f}+{slope:.3f}*max(0,t-{t0:.3f}),{text})"
    return text


def _bends(points: Sequence[tuple[float, float]], index: int) -> bool:
    """Return whether a path changes its direction at a point."""
    (t0, p0), (t1, p1), (t2, p2) = points[index - 1 : index + 2]
    first = (p1 - p0) / max(1e-3, t1 - t0)
    second = (p2 - p1) / max(1e-3, t2 - t1)
    return abs(first - second) > 0.5


def _on_ground(source: str, frame: Frame, target: str) -> list[str]:
    """Show the whole picture on a blurred copy of itself."""
    small = tuple(max(2, side // 16 * 2) for side in (frame.width, frame.height))
    fill = "force_original_aspect_ratio"
    return [
        f"{source},split[ground][picture]",
        f"[ground]scale={small[0]}:{small[1]}:{fill}=increase,crop={small[0]}:{small[1]},"
        f"boxblur={max(1, min(small) // 14)}:2,eq=brightness=-0.08,"
        f"scale={frame.width}:{frame.height}:flags=bilinear:out_color_matrix=bt709,setsar=1"
        f"[blurred]",
        f"[picture]scale={frame.width}:{frame.height}:{fill}=decrease:flags=bicubic:"
        f"out_color_matrix=bt709,setsar=1[fit]",
        f"[blurred][fit]overlay=x=(W-w)/2:y=(H-h)/2{target}",
    ]


def _moving(look: SceneLook, placed: Placed, frame: Frame) -> str:
    """Come slowly closer to the subject of a still picture."""
    width, height = _window(look.clip, frame)
    x = _expression((0.0,), look.path.across[:1], look.clip.width, width, 0.0, 1.0)
    y = _expression((0.0,), look.path.down[:1], look.clip.height, height, 0.0, 1.0)
    # Twice the size hides the whole pixels in which `zoompan` moves.
    size = f"{frame.width * 2}:{frame.height * 2}"
    zoom = f"1+{_ZOOM}*on/{max(1, placed.frames)}"
    return (
        f"crop={width}:{height}:x={x}:y={y},scale={size}:flags=bicubic,"
        f"zoompan=z='{zoom}':x='(iw-iw/zoom)/2':y='(ih-ih/zoom)/2':d={placed.frames}"
        f":s={frame.width}x{frame.height}:fps={RATE}"
    )
