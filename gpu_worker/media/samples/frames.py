"""Decode a sample once: small frames through a pipe, and pictures of a few moments as files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpu_worker.media import ffmpeg
from gpu_worker.media.samples.inspection import ALLOWED, SampleInfo
from gpu_worker.subprocesses import child
from tasks.domain.errors import SampleUnreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frame = NDArray[np.uint8]

LONG_SIDE: Final = 128
"""Pixels of the longer side of the frames that are compared with each other."""
FASTEST: Final = 30.0
"""Frames a second that are compared; faster samples lose every other frame."""
STILLS_A_SECOND: Final = 4
STILL_SIDE: Final = 512
"""Pixels of the longer side of the pictures, which is as much as a model is shown."""
MENDED_SIDE: Final = 1280


@dataclass(frozen=True, slots=True)
class Decoding:
    """What is decoded of a sample, and where its pictures go."""

    source: Path
    info: SampleInfo
    stills: Path
    mended: Path | None = None
    """Where a copy with a constant rate and an upright picture goes, if one is needed."""

    @property
    def rate(self) -> float:
        rate = self.info.frame_rate
        return rate if rate <= FASTEST else FASTEST

    @property
    def size(self) -> tuple[int, int]:
        """Return the width and height of the small frames, multiples of eight."""
        return _fitted(self.info, LONG_SIDE, 8)

    def still(self, number: int) -> Path:
        """Return the picture of a moment, counted from 0."""
        return self.stills / f"still-{number + 1:04}.jpg"

    def frames(self, check: Callable[[], None]) -> Iterator[Frame]:
        """Yield the small frames in order; one frame is in memory at a time."""
        import numpy as np

        width, height = self.size
        length = width * height * 3
        with (
            tempfile.TemporaryFile() as errors,
            child(self._command, stderr=errors, bufsize=length * 8) as process,
        ):
            assert process.stdout is not None  # noqa: S101  child() opens it
            count = 0
            while len(content := process.stdout.read(length)) == length:
                if count % 8 == 0:
                    check()
                count += 1
                yield np.frombuffer(content, np.uint8).reshape(height, width, 3)
            code = process.wait(timeout=30)
            check()
            if not count:
                errors.seek(0)
                log = errors.read().decode("utf-8", "replace")
                raise SampleUnreadable(exit_status=code, ffmpeg=log[-2000:])

    @property
    def _command(self) -> list[str]:
        small, still = self.size, _fitted(self.info, STILL_SIDE, 2)
        copies = 3 if self.mended else 2
        names = "".join(f"[c{n}]" for n in range(copies))
        graph = (
            f"[0:V:0]split={copies}{names};"
            f"[c0]fps={self.rate},scale={small[0]}:{small[1]}:flags=area,format=rgb24[small];"
            f"[c1]fps={STILLS_A_SECOND},scale={still[0]}:{still[1]}:flags=area,"
            "format=yuvj420p[stills]"
        )
        outputs = ["-map", "[small]", "-f", "rawvideo", "pipe:1"]
        outputs += ["-map", "[stills]", "-q:v", "3", str(self.stills / "still-%04d.jpg")]
        if self.mended:
            wide = _fitted(self.info, min(MENDED_SIDE, max(self.info.width, self.info.height)), 2)
            graph += f";[c2]fps={self.rate},scale={wide[0]}:{wide[1]},format=yuv420p[mended]"
            outputs += ["-map", "[mended]", "-map", "0:a:0?", "-c:v", "libx264"]
            outputs += ["-preset", "ultrafast", "-crf", "21", "-c:a", "aac", "-ar", "48000"]
            outputs += ["-map_metadata", "-1", "-movflags", "+faststart", str(self.mended)]
        opened = [*ffmpeg.QUIET, "-v", "error", *ALLOWED, "-i", str(self.source)]
        return [ffmpeg.executable(), *opened, "-filter_complex", graph, *outputs]


def _fitted(info: SampleInfo, side: int, step: int) -> tuple[int, int]:
    scale = side / max(info.width, info.height)
    sizes = (max(step, round(length * scale / step) * step) for length in (info.width, info.height))
    width, height = sizes
    return width, height


def pooled(frame: Any, by: int) -> Any:
    """Return a frame as floats, each of its pixels the mean of `by` x `by`."""
    import numpy as np

    height, width, channels = frame.shape
    blocks = frame.reshape(height // by, by, width // by, by, channels)
    return blocks.mean(axis=(1, 3), dtype=np.float32)
