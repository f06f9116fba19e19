"""The effects that a scene may have (`tasks.domain.video_plan.EFFECTS`), as filters of ffmpeg."""

from __future__ import annotations

from typing import Final

_PLAIN: Final = {
    "grain": "noise=alls=9:allf=t",
    "vignette": "vignette=angle=PI/4.6",
    "warm": "lutyuv=u='clip(val-7,16,240)':v='clip(val+7,16,240)'",
    "cool": "lutyuv=u='clip(val+7,16,240)':v='clip(val-6,16,240)'",
    "black_and_white": "hue=s=0",
    "flash": "fade=t=in:start_frame=0:nb_frames=7:color=white",
}


def chain(name: str, source: str, target: str, size: tuple[int, int]) -> str:
    """Return the part of a graph that gives one effect to a stream."""
    width, height = size
    if name == "shake":
        # A little larger, so that no edge is seen; two slow waves look like a hand.
        wide, high = (round(side * 1.04 / 2) * 2 for side in size)
        x = f"(in_w-{width})/2*(1+0.7*sin(2.1*t*2*PI)*sin(0.7*t*2*PI))"
        y = f"(in_h-{height})/2*(1+0.7*sin(1.7*t*2*PI+1)*cos(0.9*t*2*PI))"
        return f"{source}scale={wide}:{high},crop={width}:{height}:x='{x}':y='{y}'{target}"
    if name == "glow":
        inner = target.strip("[]")
        small = f"{max(2, width // 8 * 2)}:{max(2, height // 8 * 2)}"
        soft = f"scale={small},gblur=sigma={max(2, width // 60)},scale={width}:{height}"
        screened = "blend=c0_mode=screen:c0_opacity=0.35:c1_opacity=0:c2_opacity=0"
        return (
            f"{source}format=yuv420p,split[{inner}a][{inner}b];[{inner}b]{soft},format=yuv420p"
            f"[{inner}c];[{inner}a][{inner}c]{screened}{target}"
        )
    return f"{source}{_PLAIN[name]}{target}"
