"""Keep what a check has found of each piece of a video, for checks of other videos with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpu_worker.engine import Context, Inputs, PartSource
from gpu_worker.media.delivery import marks, measuring, seen
from gpu_worker.media.delivery.measuring import Decoded
from gpu_worker.media.delivery.seen import Seen, Whole
from gpu_worker.media.editing import pieces
from gpu_worker.media.editing.pieces import Piece
from gpu_worker.media.editing.timeline import Timeline
from gpu_worker.media.streams import Stream
from tasks.domain.project_planner import piece_names
from tasks.domain.video_plan import MOST_SCENES

PIECES: Final = piece_names(MOST_SCENES)
_SHORT: Final = 12.0
"""Seconds of a video below which it is decoded whole: a piece keeps few frames a second."""


class _Part(NamedTuple):
    """A piece of the video, and the input that it is."""

    name: str
    path: Path
    piece: Piece


class Findings:
    """The pieces of one video, and what is known of them."""

    def __init__(self, inputs: Inputs, ctx: Context, timeline: Timeline, scratch: Path) -> None:
        self.ctx = ctx
        self.scratch = scratch
        self.size = marks.small((int(inputs.params["width"]), int(inputs.params["height"])))
        self.parts = _parts(inputs, timeline)
        self.kept: dict[str, Path] = {}
        """Parts of the output: what this check has used."""

    def decode(self, video: Path) -> tuple[list[Stream], Decoded]:
        """Decode a video; of one that is long and made of pieces, only those that are new."""
        check = self.ctx.check
        row = [(part.path, part.piece) for part in self.parts]
        if not row or not seen.are_in(video, row, self.scratch):
            self.parts = []
            return measuring.decode(video, self.scratch, check)
        found = []
        for part in self.parts:

            def look(target: Path, part: _Part = part) -> None:
                seen.look(part.path, part.piece, self.size, self.scratch, check).write(target)

            how = {"size": self.size, "rate": seen.SAMPLED}
            found.append(Seen.read(self._keep(f"{part.name}.npz", [part.name], look, how)))
            self.ctx.progress(0.4 * len(found) / len(self.parts), "looking at the scenes")
        whole = Whole([part.piece for part in self.parts], found)
        return measuring.decode_pieces(video, whole, self.scratch, check)

    def likeness(
        self,
        number: int,
        sources: Sequence[PartSource],
        how: Mapping[str, Any],
        compute: Callable[[], float | None],
    ) -> float | None:
        """Return how much a scene is like its clip, which its piece and the clip decide."""
        part = next((one for one in self.parts if _is_of(one.piece, number)), None)
        if part is None:
            return compute()

        def write(target: Path) -> None:
            target.write_text(json.dumps(compute()), "utf-8")

        kept = self._keep(f"edit/scene-{number:03}-like.json", [part.name, *sources], write, how)
        found: float | None = json.loads(kept.read_text("utf-8"))
        return found

    def _keep(
        self,
        name: str,
        sources: Sequence[PartSource],
        make: Callable[[Path], None],
        how: Mapping[str, Any],
    ) -> Path:
        part = name.removeprefix("edit/")
        self.kept[part] = self.ctx.cached_part(part, sources, make, how)
        return self.kept[part]


def _parts(inputs: Inputs, timeline: Timeline) -> list[_Part]:
    """Return the pieces that the edit has joined; none if it does not say."""
    cut = pieces.cut(timeline)
    found = [
        _Part(name, inputs.files[name], piece)
        for name, piece in zip((f"edit/{one}" for one in PIECES), cut, strict=False)
        if name in inputs.files
    ]
    return found if len(found) == len(cut) and timeline.seconds >= _SHORT else []


def _is_of(piece: Piece, scene: int) -> bool:
    return piece.scene == scene and not piece.is_overlap
