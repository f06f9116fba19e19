"""This worker's share of a graphics card that other workers may use, too.

A model is admitted if it fits, by its measured or else its declared size. Otherwise idle models of
any worker are unloaded, least recently used first. A stage does not wait for that in its slot:
other workers are asked, and the stage is requeued.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import redis

from gpu_worker.engine import EngineSpec
from gpu_worker.models.devices import Card, process_mb
from tasks.nodes.coordination import Coordination
from tasks.nodes.gpu_memory import CardId, Model, WorkerUsage

log = logging.getLogger(__name__)

LISTEN_SECONDS: Final = 5
UNLOADING_SECONDS: Final = 0.1
"""Delay before a retry, while another worker unloads an idle model."""
WORK_SECONDS: Final = 1.0
"""Delay before a retry, while all models on the card are busy."""


class GpuFull(Exception):
    """There is not enough GPU memory at the moment; the text says why."""

    def __init__(self, why: str, again_in: float) -> None:
        super().__init__(why)
        self.again_in = again_in
        """Seconds after which to retry."""


class GpuShare:
    """What this worker uses of its card, reported to the others at each change."""

    def __init__(self, shared: Coordination, card: Card, worker: str) -> None:
        self._shared = shared
        self._card = card
        self._worker = worker
        self._card_id = CardId(card.id, card.memory_mb)
        self._models: dict[str, Model] = {}
        self._versions: dict[str, str] = {}
        self._base_mb = 0
        self._unmeasured = ""
        """The model that has run since this process was measured."""
        self._changing = threading.RLock()
        self.report()  # what an earlier process of this worker held is gone with it

    def admit(self, spec: EngineSpec, unload: Callable[[str], Any]) -> None:
        """Reserve memory for an engine's model; raise `GpuFull` if there is too little.

        `unload` unloads one of our own models.
        """
        name = f"{spec.stage}/{spec.name}"
        self._versions[name] = spec.version
        wanted = Model(self._worker, name, self._size(spec), self._shared.clock(), busy=True)
        if going := self._make_room(wanted, unload):
            waits_for = ", ".join(model.name for model in going)
            raise GpuFull(f"{name} waits for {waits_for}", UNLOADING_SECONDS)

    def mark_loaded(self, spec: EngineSpec) -> None:
        """Record a loaded model with its measured size, or else its declared one."""
        name = f"{spec.stage}/{spec.name}"
        self._versions[name] = spec.version
        with self._changing:
            others = self._base_mb + sum(m.mb for m in self._models.values() if m.name != name)
            whole = process_mb()
            mb = self._size(spec) if whole is None else max(whole - others, 0)
            self._models[name] = Model(self._worker, name, mb, self._shared.clock(), busy=True)
            if whole is not None:
                self._remember_size(name, mb)
            self.report()

    def mark_busy(self, name: str) -> None:
        """Mark a model as used by a stage, so that it cannot be unloaded."""
        self._note(name, busy=True)

    def mark_idle(self, name: str) -> None:
        """Mark a model as idle; the next heartbeat measures its peak use."""
        self._unmeasured = name
        self._note(name, busy=False)

    def mark_unloaded(self, name: str) -> None:
        """Remove a model that is not loaded."""
        with self._changing:
            if self._models.pop(name, None) is None:
                return
            whole = process_mb()
            held = sum(model.mb for model in self._models.values())
            self._base_mb = 0 if whole is None else max(whole - held, 0)
            self.report()

    def clear(self) -> None:
        """Ask other workers to unload their idle models."""
        for tenant in self._shared.tenants(self._card_id, self._worker).values():
            for model in tenant.models:
                if model.worker != self._worker and not model.busy:
                    self._shared.ask(self._card_id, self._worker, model)

    def renew(self) -> None:
        """Measure again what has grown, and report everything, with each heartbeat."""
        name, self._unmeasured = self._unmeasured, ""
        whole = process_mb() if name else None
        with self._changing:
            if whole is not None and name in self._models:
                self._add_measured(name, whole - self._tenant().mb)
            self.report()

    def report(self) -> None:
        with self._changing:
            self._shared.tell(self._card_id, self._worker, self._tenant())

    def unload_requests(self) -> str:
        """Wait for the next unload request; return its model, or an empty string."""
        return self._shared.asked(self._worker, LISTEN_SECONDS)

    def close(self) -> None:
        with suppress(redis.RedisError):  # it expires by itself
            self._shared.leave_card(self._card_id, self._worker)

    def to_dict(self) -> dict[str, Any]:
        """Return the share for the heartbeat."""
        return {
            "id": self._card.id,
            "name": self._card.name,
            "memory_mb": self._card.memory_mb,
            "models": {model.name: model.mb for model in list(self._models.values())},
        }

    def _make_room(self, wanted: Model, unload: Callable[[str], Any]) -> list[Model]:
        """Unload our idle models, ask for those of others; return those still in the way."""
        going = self._try(wanted)
        for model in going:
            what = {"model": model.name, "wanted": wanted.name}
            log.debug("model unloaded for another one", extra=what)
            self._unload_own(model, unload)
        ours = all(model.worker == self._worker for model in going)
        return self._try(wanted) if going and ours else going

    def _try(self, wanted: Model) -> list[Model]:
        """Try to admit a model; return the models in the way."""
        with self._changing:
            going = self._shared.admit(self._card_id, self._worker, self._tenant(), wanted)
            if going is None:
                size = self._card.memory_mb
                raise GpuFull(f"{wanted.name} needs {wanted.mb} of {size} MB", WORK_SECONDS)
            if not going:
                self._models[wanted.name] = wanted
            return going

    def _unload_own(self, model: Model, unload: Callable[[str], Any]) -> None:
        if model.worker == self._worker:
            unload(model.name)
        else:
            self._shared.ask(self._card_id, self._worker, model)

    def _add_measured(self, name: str, by_mb: int) -> None:
        if by_mb > 0:
            model = self._models[name]
            self._models[name] = replace(model, mb=model.mb + by_mb)
            self._remember_size(name, model.mb + by_mb)

    def _size(self, spec: EngineSpec) -> int:
        """Return the measured size of a model, from any card of this kind, or the declared one."""
        what = self._what(f"{spec.stage}/{spec.name}")
        return self._shared.footprint(what) or spec.memory_mb

    def _remember_size(self, name: str, mb: int) -> None:
        self._shared.measured(self._what(name), mb)

    def _what(self, name: str) -> str:
        return f"{self._card.name}/{name}/{self._versions[name]}"

    def _note(self, name: str, *, busy: bool) -> None:
        with self._changing:
            if name in self._models:
                used = self._shared.clock()
                self._models[name] = replace(self._models[name], used=used, busy=busy)
                self.report()

    def _tenant(self) -> WorkerUsage:
        return WorkerUsage(tuple(self._models.values()), self._base_mb)
