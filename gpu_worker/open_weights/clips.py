"""The clips of a server: one is made at a time, the others wait."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gpu_worker.open_weights.film import Make, Order, Withdrawn, encode

log = logging.getLogger(__name__)

QUEUED, RUNNING, DONE, FAILED = "queued", "in_progress", "completed", "failed"
KEPT: Final = 100
"""Finished clips that are kept to be fetched; older ones are deleted."""


class Full(Exception):
    """As many clips wait as the server takes."""


@dataclass
class Clip:
    """A clip, from the order to the file."""

    order: Order
    model: str
    id: str = field(default_factory=lambda: f"video_{secrets.token_hex(12)}")
    status: str = QUEUED
    progress: float = 0.0
    error: str = ""
    created_at: int = field(default_factory=lambda: int(time.time()))

    def report(self) -> dict[str, Any]:
        """Describe the clip as the videos API does."""
        return {
            "id": self.id,
            "object": "video",
            "model": self.model,
            "status": self.status,
            "progress": round(100 * self.progress),
            "created_at": self.created_at,
            "seconds": f"{self.order.seconds:g}",
            "size": f"{self.order.width}x{self.order.height}",
            "prompt": self.order.prompt,
            "error": {"code": "failed", "message": self.error} if self.error else None,
        }


class Clips:
    """Makes clips in the order in which they came, in one thread: a card makes one at a time."""

    def __init__(self, make: Make, directory: Path, *, most_waiting: int) -> None:
        self._make, self._directory, self._most = make, directory, most_waiting
        self._clips: dict[str, Clip] = {}
        self._waiting: deque[Clip] = deque()
        self._changed = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)
        self._thread.start()

    def add(self, order: Order, model: str) -> Clip:
        """Add a clip to the queue; raise `Full`."""
        with self._changed:
            if len(self._waiting) >= self._most:
                raise Full
            clip = Clip(order, model)
            self._clips[clip.id] = clip
            self._waiting.append(clip)
            self._changed.notify()
        return clip

    def find(self, clip_id: str) -> Clip | None:
        with self._changed:
            return self._clips.get(clip_id)

    def listed(self, limit: int) -> list[Clip]:
        """List the newest clips, the newest first."""
        with self._changed:
            return list(reversed(self._clips.values()))[:limit]

    def file(self, clip: Clip) -> Path:
        return self._directory / f"{clip.id}.mp4"

    def remove(self, clip: Clip) -> None:
        """Delete a clip, also while it waits or is made."""
        with self._changed:
            self._clips.pop(clip.id, None)
            if clip in self._waiting:
                self._waiting.remove(clip)
        self.file(clip).unlink(missing_ok=True)

    def close(self) -> None:
        """Stop making clips; the one that is made is given up at its next step."""
        with self._changed:
            self._is_over = True
            self._clips.clear()
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_over)
                if self._is_over:
                    return
                clip = self._waiting.popleft()
                clip.status = RUNNING
            self._carry_out(clip)
            self._forget_old()

    def _carry_out(self, clip: Clip) -> None:
        def progress(share: float) -> None:
            clip.progress = min(max(share, clip.progress), 0.99)
            if self.find(clip.id) is None:
                raise Withdrawn

        try:
            progress(0.0)
            encode(self._make(clip.order, progress), self.file(clip))
            progress(1.0)
        except Withdrawn:
            self.file(clip).unlink(missing_ok=True)
            log.info("clip withdrawn", extra={"clip": clip.id})
        except Exception as error:  # the boundary to foreign code: the next clip may work
            log.exception("clip failed", extra={"clip": clip.id})
            clip.error, clip.status = type(error).__name__, FAILED
        else:
            clip.progress, clip.status = 1.0, DONE

    def _forget_old(self) -> None:
        with self._changed:
            ended = [one for one in self._clips.values() if one.status in (DONE, FAILED)]
        for clip in ended[:-KEPT]:
            self.remove(clip)
