"""Load a pipeline of diffusers (Wan, LTX and others) from a folder with its weights."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from gpu_worker.open_weights.film import Film, Make, Order, Progress


def load(config: Mapping[str, Any]) -> Make:
    """Load the pipeline of the folder `model`; nothing is downloaded."""
    import diffusers
    import torch

    kind = getattr(diffusers, config.get("pipeline", "DiffusionPipeline"))
    dtype = getattr(torch, config.get("dtype", "bfloat16"))
    pipeline = kind.from_pretrained(config["model"], torch_dtype=dtype, local_files_only=True)
    pipeline.to(config.get("device", "cuda"))
    pipeline.set_progress_bar_config(disable=True)
    rate = float(config.get("frames_a_second", 16))
    options: dict[str, Any] = dict(config.get("options", {}))
    steps = int(options.get("num_inference_steps", 50))

    def make(order: Order, progress: Progress) -> Film:
        def on_step(_pipeline: Any, step: int, _time: Any, values: dict[str, Any]) -> Any:
            progress((step + 1) / (steps + 1))
            return values

        width, height = (
            stepped(side, int(config.get("size_step", 16))) for side in (order.width, order.height)
        )
        given = {} if order.picture is None else {"image": _picture(order.picture, width, height)}
        made = pipeline(
            prompt=order.prompt,
            width=width,
            height=height,
            num_frames=frame_count(order.seconds, rate, int(config.get("frame_step", 4))),
            output_type="np",
            callback_on_step_end=on_step,
            **options,
            **given,
        )
        return Film(width, height, rate, _bytes(made.frames[0]))

    return make


def frame_count(seconds: float, rate: float, step: int) -> int:
    """Return a number of frames that the model can make: a multiple of its step, and one.

    >>> frame_count(5.0, 16, 4), frame_count(5.0, 24, 8)
    (81, 121)
    """
    return step * max(round(seconds * rate / step), 1) + 1


def stepped(side: int, step: int) -> int:
    """Return the nearest side that the model can make.

    >>> stepped(720, 16), stepped(720, 32)
    (720, 704)
    """
    return step * max(round(side / step), 1)


def _picture(data: bytes, width: int, height: int) -> Any:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as opened:
        return ImageOps.fit(opened.convert("RGB"), (width, height))


def _bytes(frames: Any) -> Iterator[bytes]:
    """Yield frames of numbers from 0 to 1 as bytes."""
    for frame in frames:
        yield (frame.clip(0.0, 1.0) * 255).round().astype("uint8").tobytes()
