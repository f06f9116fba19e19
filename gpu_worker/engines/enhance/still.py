"""Enhance a still: plain scaling everywhere, and a network over the face."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpu_worker.engine import Context, Inputs
from gpu_worker.engines.enhance.weights import PORTRAIT, VIDEO
from tasks.domain.errors import InputRefused

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    from gpu_worker.engines.enhance.network import Network, Pixels
    from gpu_worker.engines.enhance.torch_network import TorchNetwork

Edges = tuple[float, float, float, float]
_AROUND_FACE = (0.30, 0.40, 0.30, 0.30)
"""How far a face extends beyond its box: left, top, right, bottom, in box sizes."""
_LEAST_TRUST = 0.35
_BLEND = 0.7


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the finished picture that a network works on.

    `pixels` is the limit for the input of the network, which decides how long it takes.
    """

    box: tuple[int, int, int, int]
    model: str
    pixels: int
    feathered: bool

    def factor(self, native: float) -> float:
        """Return the size of the input of the network, relative to the finished size."""
        left, top, right, bottom = self.box
        return min(native, math.sqrt(self.pixels / ((right - left) * (bottom - top))))


def options(inputs: Inputs) -> tuple[tuple[int, int], str, float]:
    """Return the size, the quality and the blend that a request asks for."""
    params = inputs.params
    size = int(params["width"]), int(params["height"])
    return size, str(params.get("quality", "balanced")), float(params.get("blend", _BLEND))


def write(
    inputs: Inputs,
    ctx: Context,
    networks: Mapping[str, Network] | Mapping[str, TorchNetwork],
    budget: float = 1.0,
) -> tuple[Path, dict[str, Any]]:
    """Enhance the still of a job; return its file, and the models that were used as a fact."""
    size, quality, blend = options(inputs)
    picture = _open(inputs.files["face/crop.png"])
    face = None
    if "face/face.json" in inputs.files:
        sheet = json.loads(inputs.files["face/face.json"].read_text("utf-8"))
        face = face_box({"crop": list(picture.size), **sheet}, size)
    made = canvas(picture, size)
    planned = regions(size, face, quality, scale_of(picture, size), budget)
    for number, region in enumerate(planned):
        made = enhance(
            picture,
            made,
            region,
            networks[region.model],
            blend=blend,
            check=ctx.check,
            on_part=_progress(ctx, number, len(planned)),
        )
    part = ctx.workdir / "still.png"
    made.save(part, compress_level=1)
    models = sorted({region.model for region in planned}) or ["lanczos"]
    return part, {"model": " + ".join(models)}


def _open(path: Path) -> Image:
    """Open a PNG in RGB; raise `InputRefused`."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=["PNG"]) as picture:
            return picture.convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise InputRefused("The picture of the face could not be read.", error=str(error)) from None


def _progress(ctx: Context, number: int, count: int) -> Callable[[float], None]:
    """Return what reports the progress of one of several regions."""
    return lambda done: ctx.progress((number + done) / count * 0.95)


def regions(
    size: tuple[int, int], face: Edges | None, quality: str, native: float, budget: float = 1.0
) -> list[Region]:
    """Choose the regions to enhance; `face` is in pixels of the finished picture.

    `budget` is how many times more work this machine can do than two cores of a CPU.
    """
    if quality == "fast":
        return []
    box = (0, 0, *size)
    around = _around(face, size) if face else None
    if quality == "balanced":
        if around:
            return [Region(around, PORTRAIT, round(24_000 * budget), feathered=True)]
        return [Region(box, VIDEO, round(300_000 * budget), feathered=False)]
    whole = Region(box, PORTRAIT, round(64_000 * budget), feathered=False)
    if around is None:
        return [whole]
    closer = Region(around, PORTRAIT, round(45_000 * budget), feathered=True)
    if native >= 1.0:  # nothing has to be enlarged: only the face is worth the time
        return [closer]
    seen_better = closer.factor(native) > 1.1 * whole.factor(native)
    return [whole, closer] if seen_better else [whole]


def scale_of(picture: Image, size: tuple[int, int]) -> float:
    """Return the size of the picture relative to the finished one, at most 1."""
    return min(1.0, math.sqrt(picture.width * picture.height / (size[0] * size[1])))


def _around(face: Edges, size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = face[2] - face[0], face[3] - face[1]
    left, top, right, bottom = _AROUND_FACE
    return (
        max(0, round(face[0] - left * width)),
        max(0, round(face[1] - top * height)),
        min(size[0], round(face[2] + right * width)),
        min(size[1], round(face[3] + bottom * height)),
    )


def canvas(picture: Image, size: tuple[int, int]) -> Image:
    """Scale the whole picture without a network."""
    from PIL import Image, ImageFilter

    scaled = picture.resize(size, Image.Resampling.LANCZOS)
    return scaled.filter(ImageFilter.UnsharpMask(radius=1.4, percent=50, threshold=2))


def enhance(
    picture: Image,
    ground: Image,
    region: Region,
    network: Network | TorchNetwork,
    *,
    blend: float,
    check: Callable[[], None],
    on_part: Callable[[float], None],
) -> Image:
    """Return `ground` with one region replaced by the network's version of `picture`."""
    import numpy as np
    from PIL import Image

    left, top, right, bottom = region.box
    across, down = picture.width / ground.width, picture.height / ground.height
    width, height = right - left, bottom - top
    native = scale_of(picture, ground.size)
    factor = region.factor(native)
    seen = picture.resize(
        (max(8, round(width * factor)), max(8, round(height * factor))),
        Image.Resampling.LANCZOS,
        box=(left * across, top * down, right * across, bottom * down),
    )
    made = network.upscale(np.asarray(seen, np.float32) / 255.0, check, on_part)
    made = resized(made, (width, height))
    below = np.asarray(ground.crop(region.box), np.float32) / 255.0
    made += _tone(below - made)
    strength = blend * max(_LEAST_TRUST, factor / native)
    weight = strength * (_feather(width, height) if region.feathered else 1.0)
    mixed = below + weight * (made - below)
    result = ground.copy()
    result.paste(Image.fromarray(to_bytes(mixed)), (left, top))
    return result


def to_bytes(pixels: Pixels) -> NDArray[np.uint8]:
    import numpy as np

    return np.clip(pixels * 255.0 + 0.5, 0, 255).astype(np.uint8)


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Resize channel by channel, without rounding in between."""
    import numpy as np
    from PIL import Image

    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    planes = [
        np.asarray(Image.fromarray(pixels[..., channel]).resize(size, Image.Resampling.LANCZOS))
        for channel in range(3)
    ]
    return np.stack(planes, axis=-1)


def _tone(difference: Pixels) -> Pixels:
    """Return the low frequencies of a difference, to undo the slight colour shift of the network:
    a face with another colour than its neck is noticed at once."""
    import numpy as np
    from PIL import Image

    height, width, _ = difference.shape
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(difference[..., channel]))
            .resize((6, 6), Image.Resampling.BOX)
            .resize((width, height), Image.Resampling.BICUBIC)
        )
        for channel in range(3)
    ]
    return np.stack(planes, axis=-1)


def _feather(width: int, height: int) -> Pixels:
    """Return weights that fall smoothly from 1 in the middle to 0 at the edges."""
    import numpy as np

    across = np.abs(np.linspace(-1, 1, width, dtype=np.float32))[None, :]
    down = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None]
    far = (across**4 + down**4) ** 0.25
    rise = np.clip((1.0 - far) / 0.3, 0.0, 1.0)
    return (rise * rise * (3 - 2 * rise))[..., None]


def face_box(sheet: Mapping[str, object], size: tuple[int, int]) -> Edges | None:
    """Return the face of `face.json` in pixels of the finished picture; None without one."""
    box, crop = sheet.get("box"), sheet.get("crop")
    if not (isinstance(box, list) and isinstance(crop, list) and len(box) == 4):
        return None
    across, down = size[0] / crop[0], size[1] / crop[1]
    left, top, right, bottom = (float(edge) for edge in box)
    if right - left < 8 or bottom - top < 8:
        return None
    return left * across, top * down, right * across, bottom * down
