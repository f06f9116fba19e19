"""Watch the finished scenes of a generation before its video is there: an HLS playlist.

A player reads the playlist again and again while the generation runs, so scenes are only ever
added at its end: those before the first one that is not finished.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from sqlalchemy.orm import Session

from web.projects import files
from web.projects.models import ProjectClip
from web.projects.state import BUSY, State
from web.sessions.models import Output

_LONGEST: Final = 12
"""Seconds of the longest segment that is promised, at least: the promise must not change."""


@dataclass(frozen=True, slots=True)
class Watchable:
    """The scenes that can be watched now, each with its segment."""

    segments: list[tuple[ProjectClip, Output]]
    is_whole: bool
    """Whether no scene is missing."""


def watchable(db: Session, state: State) -> Watchable:
    """Find the scenes that can be watched now; an uploaded clip has no segment."""
    made = files.finished_clips(db, state.clips)
    streams = files.streams(db, made)
    generated = [clip for clip in state.clips if clip.key]
    found = list(takewhile(lambda clip: clip.scene in made, generated))
    return Watchable(
        [(clip, streams[clip.scene]) for clip in found if clip.scene in streams],
        is_whole=len(found) == len(generated),
    )


def playlist(db: Session, state: State) -> str:
    """List the finished scenes of the last generation as an HLS playlist, in their order."""
    found = watchable(db, state)
    lines = [
        line
        for number, (clip, file) in enumerate(found.segments)
        for line in (
            *(("#EXT-X-DISCONTINUITY",) if number else ()),
            f"#EXTINF:{clip.seconds:.3f},{clip.scene_id}",
            files.link(file),
        )
    ]
    longest = max((math.ceil(clip.seconds) for clip in state.clips), default=0)
    return "\n".join(
        [
            *("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-PLAYLIST-TYPE:EVENT"),
            *("#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-MEDIA-SEQUENCE:0"),
            f"#EXT-X-TARGETDURATION:{max(_LONGEST, longest)}",
            *lines,
            *(("#EXT-X-ENDLIST",) if found.is_whole or state.status not in BUSY else ()),
            "",
        ]
    )
