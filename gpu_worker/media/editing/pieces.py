"""Cut a video into pieces that are encoded alone: each scene, and each overlap of two.

All pieces are encoded with equal settings and begin with a key frame, so they are joined without
encoding again, and a piece of an earlier video fits into a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from gpu_worker.media import ffmpeg
from gpu_worker.media.editing import graph
from gpu_worker.media.editing.graph import SceneLook
from gpu_worker.media.editing.timeline import RATE, Timeline
from gpu_worker.media.framing import Frame, Layer

_X264: Final = "mbtree=1:rc-lookahead=10:open-gop=0:stitchable=1"
"""What `superfast` lacks for still grounds: the size of `veryfast` in five eighths of its time.
With `stitchable`, the header of a piece does not depend on what it shows."""
_ENCODED: Final = (
    *("-r", str(RATE), "-c:v", "libx264", "-preset", "superfast", "-crf", "19"),
    *("-x264-params", _X264, "-g", str(2 * RATE), "-video_track_timescale", str(512 * RATE)),
)
_TAGS: Final = "colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
_RAW: Final = ("-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-f", "nut")


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of a video that are encoded alone."""

    scene: int
    """The scene that is seen; of an overlap, the one that begins."""
    first: int
    """Its first frame in the video."""
    frames: int
    is_overlap: bool = False

    @property
    def seconds(self) -> float:
        return self.frames / RATE


def cut(timeline: Timeline) -> list[Piece]:
    """Return the pieces of a video in their order."""
    found = []
    for number, placed in enumerate(timeline.scenes):
        if placed.overlap:
            found.append(Piece(number, placed.first, placed.overlap, is_overlap=True))
        alone = placed.frames - placed.overlap - _overlap_after(timeline, number)
        if alone > 0:
            found.append(Piece(number, placed.first + placed.overlap, alone))
    return found


def _overlap_after(timeline: Timeline, number: int) -> int:
    """Return the frames that a scene shares with the next one."""
    scenes = timeline.scenes
    return scenes[number + 1].overlap if number + 1 < len(scenes) else 0


@cache
def encoder() -> str:
    """Return what decides how a piece is encoded: pieces of other encoders do not fit."""
    return f"{ffmpeg.version()} {' '.join(_ENCODED)}"


@dataclass(slots=True)
class PieceMaker:
    """Encodes the pieces of one video."""

    look_at: Callable[[int], SceneLook]
    """Returns how a scene looks; called only for scenes that are encoded."""
    timeline: Timeline
    frame: Frame
    folder: Path
    check: Callable[[], None]
    _ends: set[Path] = field(default_factory=set)
    """The ends of scenes that were decoded, for their overlaps."""

    def encode(
        self,
        piece: Piece,
        layers: Sequence[Layer],
        target: Path,
        on_seconds: Callable[[float], None],
    ) -> None:
        """Encode a piece with the layers that lie over it."""
        if piece.is_overlap:
            self._encode_overlap(piece, layers, target)
        else:
            self._encode_scene(piece, layers, target, on_seconds)

    def _encode_scene(
        self,
        piece: Piece,
        layers: Sequence[Layer],
        target: Path,
        on_seconds: Callable[[float], None],
    ) -> None:
        """Encode a scene between its overlaps, and keep its ends for those."""
        number = piece.scene
        placed = self.timeline.scenes[number]
        ends = [
            end
            for end in (
                (self._head(number), 0, placed.overlap),
                (self._tail(number), placed.overlap + piece.frames, placed.frames),
            )
            if end[2] > end[1]
        ]
        copies = "".join(f"[copy{n}]" for n in range(len(ends)))
        parts = [*self._scene(number), f"[scene]split={len(ends) + 1}[whole]{copies}"]
        begin = placed.overlap
        parts.append(
            f"[whole]trim=start_frame={begin}:end_frame={begin + piece.frames},"
            f"{graph.exactly(piece.frames)}[bare]"
        )
        kept: list[str] = []
        for n, (path, first, last) in enumerate(ends):
            taken = f"trim=start_frame={first}:end_frame={last},{graph.exactly(last - first)}"
            parts.append(f"[copy{n}]{taken}[end{n}]")
            kept += ["-map", f"[end{n}]", "-frames:v", str(last - first), *_RAW, str(path)]
        inputs = self._input(number)
        drawn = _drawn(layers, 1, piece.frames)
        command = [*inputs, *drawn.inputs, "-filter_complex", ";".join([*parts, *drawn.parts])]
        encoded = ["-map", "[out]", "-frames:v", str(piece.frames), *_ENCODED, str(target)]
        ffmpeg.run([*command, *encoded, *kept], check=self.check, on_seconds=on_seconds)
        self._ends |= {path for path, _, _ in ends}

    def _encode_overlap(self, piece: Piece, layers: Sequence[Layer], target: Path) -> None:
        number = piece.scene
        before = self._end(number - 1, is_tail=True)
        after = self._end(number, is_tail=False)
        drawn = _drawn(layers, 2, piece.frames)
        parts = graph.overlap(self.timeline.scenes[number], "[bare]")
        command = ["-i", str(before), "-i", str(after), *drawn.inputs]
        command += ["-filter_complex", ";".join([parts, *drawn.parts]), "-map", "[out]"]
        ffmpeg.run(
            [*command, "-frames:v", str(piece.frames), *_ENCODED, str(target)], check=self.check
        )

    def _end(self, number: int, *, is_tail: bool) -> Path:
        """Return the frames with which a scene ends or begins, without letters."""
        path = self._tail(number) if is_tail else self._head(number)
        if path in self._ends:
            return path
        placed = self.timeline.scenes[number]
        frames = _overlap_after(self.timeline, number) if is_tail else placed.overlap
        first = placed.frames - frames if is_tail else 0
        taken = f"trim=start_frame={first}:end_frame={first + frames},{graph.exactly(frames)}"
        parts = ";".join([*self._scene(number), f"[scene]{taken}[out]"])
        written = ["-map", "[out]", "-frames:v", str(frames), *_RAW, str(path)]
        ffmpeg.run([*self._input(number), "-filter_complex", parts, *written], check=self.check)
        self._ends.add(path)
        return path

    def _head(self, number: int) -> Path:
        return self.folder / f"head-{number}.nut"

    def _tail(self, number: int) -> Path:
        return self.folder / f"tail-{number}.nut"

    def _input(self, number: int) -> list[str]:
        clip = self.look_at(number).clip
        return [*ffmpeg.UNTRUSTED, *(["-loop", "0"] * clip.is_picture), "-i", str(clip.path)]

    def _scene(self, number: int) -> list[str]:
        scenes = self.timeline.scenes
        after = scenes[number + 1] if number + 1 < len(scenes) else None
        return graph.scene(self.look_at(number), scenes[number], after, self.frame)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Layers over `[bare]`, which make `[out]`."""

    inputs: list[str]
    parts: list[str]


def _drawn(layers: Sequence[Layer], number: int, frames: int) -> _Drawn:
    """Draw layers, the inputs from this number on, over a piece."""
    inputs: list[str] = []
    parts: list[str] = []
    shown = "[bare]"
    for at, layer in enumerate(layers):
        for name, value in layer.options.items():
            inputs += [f"-{name}", str(value)]
        inputs += ["-i", str(layer.source)]
        parts.append(f"[{number + at}:v]format=yuva420p[layer{at}]")
        parts.append(f"{shown}[layer{at}]overlay=x={layer.left}:y={layer.top}[over{at}]")
        shown = f"[over{at}]"
    parts.append(f"{shown}trim=end_frame={frames},format=yuv420p,setparams={_TAGS}[out]")
    return _Drawn(inputs, parts)


def listing(pieces: Sequence[tuple[Path, Piece]], target: Path) -> list[str]:
    """Write the list of encoded pieces; return ffmpeg's arguments that read them as one video."""
    lines = ["ffconcat version 1.0"]
    for path, piece in pieces:
        quoted = str(path.resolve()).replace("'", r"'\''")
        lines += [f"file '{quoted}'", f"duration {piece.seconds:.6f}"]
    target.write_text("\n".join([*lines, ""]), "utf-8")
    return ["-f", "concat", "-safe", "0", "-auto_convert", "0", "-i", str(target)]
