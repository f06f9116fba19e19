"""How fast lips move: what is asked of them in a frame spreads over the frames beside it.

A mouth takes three to four frames (25 a second) from shut to wide open. Sounds that
insist on a shape reach back and forward at that pace; where they ask for more than
flesh can do, a closure wins and the opening stays smaller, as it does in people.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
OPENING = 2.7
"""Mouth widths a second; a wide `a` is a third of one."""
SHAPING = 7.0
"""A second, of controls that go from 0 to 1."""


def raise_to(curve: Floats, frame: int, height: float, pace: float) -> None:
    """At least so high at a frame, and on the way there and back."""
    np.maximum(curve, height - pace * _away(curve, frame), out=curve)


def lower_to(curve: Floats, frame: int, height: float, pace: float) -> None:
    """At most so high at a frame, and on the way there and back."""
    np.minimum(curve, height + pace * _away(curve, frame), out=curve)


def slowed(curve: Floats, pace: float) -> Floats:
    """The highest curve under this one that nowhere changes by more than `pace` a frame."""
    slow = curve.copy()
    for frame in range(1, len(slow)):
        slow[frame] = min(slow[frame], slow[frame - 1] + pace)
    for frame in range(len(slow) - 2, -1, -1):
        slow[frame] = min(slow[frame], slow[frame + 1] + pace)
    return slow


def _away(curve: Floats, frame: int) -> Floats:
    """How many frames each one lies from a frame."""
    away: Floats = np.abs(np.arange(len(curve), dtype=np.float32) - frame)
    return away
