"""See a finished video piece by piece, so that pieces of an earlier one need not be seen again.

A piece begins with a key frame and was encoded alone, so the same bytes show the same pictures
wherever they stand.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media import ffmpeg
from gpu_worker.media.delivery import marks, spans
from gpu_worker.media.delivery.spans import Span
from gpu_worker.media.editing.pieces import Piece, listing
from gpu_worker.media.editing.timeline import RATE
from gpu_worker.subprocesses import child
from tasks.domain.fingerprint import LONGEST_SECONDS

if TYPE_CHECKING:
    from gpu_worker.media.delivery.marks import Greys

SAMPLED: Final = 4.0
"""Frames a second of a piece that are kept, for marks, scenes and fingerprints."""
_SIDE: Final = 32
_LATE: Final = 0.48
"""Where in a second the frame of a fingerprint lies: ffmpeg takes the last one of it."""
_SAME: Final = 1.0
"""Mean difference of two grey frames below which they are the same picture."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one piece shows; times are those of the piece."""

    greys: Greys
    prints: Greys
    black: tuple[Span, ...]
    frozen: tuple[Span, ...]

    def write(self, path: Path) -> None:
        import numpy as np

        told = np.array(json.dumps([self.black, self.frozen]))
        parts = {"greys": self.greys, "prints": self.prints, "told": told}
        # `savez_compressed` takes ten times as long for a tenth less.
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for name, part in parts.items():
                with file.open(f"{name}.npy", "w") as entry:
                    np.lib.format.write_array(entry, part, allow_pickle=False)  # type: ignore[no-untyped-call]

    @classmethod
    def read(cls, path: Path) -> Seen:
        import numpy as np

        with np.load(path) as kept:
            black, frozen = json.loads(str(kept["told"]))
            return cls(kept["greys"], kept["prints"], _spans(black), _spans(frozen))


def _spans(raw: Sequence[Sequence[float]]) -> tuple[Span, ...]:
    return tuple((float(start), float(end)) for start, end in raw)


def look(
    path: Path, piece: Piece, size: tuple[int, int], folder: Path, check: Callable[[], None]
) -> Seen:
    """Decode a piece once."""
    greys, prints = folder / "piece.raw", folder / "piece.gray"
    graph = (
        f"[0:V:0]split=3[a][b][c];[a]{spans.FILTER}[seen];[b]{marks.shape(size, SAMPLED)}[greys];"
        f"[c]fps={SAMPLED},scale={_SIDE}:{_SIDE}:flags=area,format=gray[prints]"
    )
    outputs = ["-map", "[seen]", "-f", "null", "-"]
    outputs += ["-map", "[greys]", "-f", "rawvideo", str(greys)]
    outputs += ["-map", "[prints]", "-f", "rawvideo", str(prints)]
    log = ffmpeg.run(["-i", str(path), "-filter_complex", graph, *outputs], check=check)
    return Seen(
        marks.read(greys, size),
        marks.read(prints, (_SIDE, _SIDE)),
        spans.black(log),
        spans.frozen(log, piece.seconds),
    )


@dataclass(frozen=True, slots=True)
class Whole:
    """What all pieces show in a row; times are those of the video."""

    pieces: Sequence[Piece]
    seen: Sequence[Seen]

    def greys(self, rate: float) -> Greys:
        """Return grey frames of the video, so many a second."""
        count = int(sum(piece.seconds for piece in self.pieces) * rate)
        return self._chosen([one.greys for one in self.seen], [n / rate for n in range(count)])

    def prints(self) -> bytes:
        """Return the frames of the fingerprint, as they would be taken from the video."""
        seconds = sum(piece.seconds for piece in self.pieces)
        moments = [second + _LATE for second in range(min(round(seconds), LONGEST_SECONDS))]
        return self._chosen([one.prints for one in self.seen], moments).tobytes()

    def _chosen(self, frames: Sequence[Greys], moments: Sequence[float]) -> Greys:
        """Return the frames nearest to some moments, each of the piece that is seen then."""
        import numpy as np

        found, number = [], 0
        for moment in moments:
            at = round(moment * RATE)
            while number + 1 < len(self.pieces) and at >= self.pieces[number + 1].first:
                number += 1
            some = frames[number]
            inside = int((at - self.pieces[number].first) / RATE * SAMPLED)
            found.append(some[min(max(0, inside), len(some) - 1)])
        return np.stack(found)

    def black(self) -> tuple[Span, ...]:
        return spans.long_enough(self._joined("black"), spans.BLACK_SECONDS)

    def frozen(self) -> tuple[Span, ...]:
        return spans.long_enough(self._joined("frozen"), spans.FROZEN_SECONDS)

    def _joined(self, what: str) -> list[Span]:
        """Return the spans of the video; two that meet at a border of pieces are one."""
        found: list[Span] = []
        for number, (piece, one) in enumerate(zip(self.pieces, self.seen, strict=True)):
            begin = piece.first / RATE
            for start, end in getattr(one, what):
                goes_on = (
                    bool(found)
                    and start <= 1 / RATE
                    and found[-1][1] >= begin - 1.5 / RATE
                    and (what == "black" or self._is_same(number))
                )
                begun = found.pop()[0] if goes_on else round(begin + start, 3)
                found.append((begun, round(begin + end, 3)))
        return found

    def _is_same(self, number: int) -> bool:
        """Return whether a piece begins with the picture that the one before ended with."""
        import numpy as np

        before, after = self.seen[number - 1].greys[-1], self.seen[number].greys[0]
        return float(np.abs(before.astype(np.float32) - after).mean()) < _SAME


def are_in(video: Path, parts: Sequence[tuple[Path, Piece]], folder: Path) -> bool:
    """Return whether a video is made of exactly these pieces, by the checksums of its packets."""
    listed = listing(parts, folder / "pieces.ffconcat")
    return _packets(["-i", str(video)]) == _packets(listed)


def _packets(inputs: Sequence[str]) -> list[tuple[str, ...]]:
    """Return size and checksum of each packet of the picture."""
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", *inputs]
    command += ["-map", "0:V:0", "-c", "copy", "-f", "framecrc", "-"]
    with child(command, stderr=subprocess.DEVNULL) as process:
        report, _ = process.communicate()
    lines = report.decode("ascii", "replace").splitlines()
    return [_packet(line) for line in lines if line and not line.startswith("#")]


def _packet(line: str) -> tuple[Any, ...]:
    fields = [field.strip() for field in line.split(",")]
    return fields[4], fields[5]
