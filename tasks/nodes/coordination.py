"""The state that workers share with each other and with the controller.

There are two implementations. A worker with full rights to Redis reads and writes it there
(`Direct`). A node with a token asks the controller to (`tasks/nodes/mailbox.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

import redis

from tasks.domain.events import Event
from tasks.domain.plan import EngineChoice
from tasks.messaging import keys
from tasks.messaging.event_bus import Advance, EventBus
from tasks.messaging.stage_call import StageCall
from tasks.nodes import gpu_memory, leases, registry, warm_affinity
from tasks.nodes.gpu_memory import Model, WorkerUsage
from tasks.nodes.leases import Delivery
from tasks.nodes.registry import Node
from tasks.store import cache


class Coordination(ABC):
    """The operations of a worker on shared state."""

    # --- events -----------------------------------------------------------------------

    @abstractmethod
    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event:
        """Report what happened to a step."""

    # --- workers ----------------------------------------------------------------------

    @abstractmethod
    def beat(self, node: Node) -> None:
        """Write a heartbeat."""

    @abstractmethod
    def idle(self, worker: str) -> None:
        """Note that a worker runs nothing; its predecessor may have died while it ran a stage."""

    @abstractmethod
    def keep(self, worker: str) -> None:
        """Keep a worker registered while its next pool process starts."""

    @abstractmethod
    def leave(self, worker: str) -> None:
        """Unregister a worker."""

    @abstractmethod
    def drain(self, worker: str) -> None:
        """Ask a worker to take no new work."""

    @abstractmethod
    def drained(self, worker: str) -> bool:
        """Return whether a worker was asked to take no new work."""

    @abstractmethod
    def alive(self) -> list[Node]:
        """Return the live workers that are visible to this one: all, or those of its token."""

    # --- steps ------------------------------------------------------------------------

    @abstractmethod
    def take(self, call: StageCall, worker: str, seconds: float) -> Delivery:
        """Hold a delivered step, and check whether this worker should run it."""

    @abstractmethod
    def hold(self, task_id: str, worker: str, seconds: float) -> None:
        """Report that a live worker holds this step, for so many seconds."""

    @abstractmethod
    def stopped(self, call: StageCall) -> bool:
        """Return whether the job of this call was stopped in this attempt or a later one."""

    @abstractmethod
    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        """Acquire the lease of a content key; return False if another worker holds it."""

    @abstractmethod
    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        """Renew the lease, if no other worker holds it, without waiting for the result."""

    @abstractmethod
    def release(self, key: str, call: StageCall, worker: str) -> None:
        """Release the lease and the step."""

    @abstractmethod
    def claim(self, key: str, call: StageCall, worker: str) -> bool:
        """Mark a cached result as in use; False if it is being evicted. Then look it up again."""

    @abstractmethod
    def note_broken(self, call: StageCall, worker: str) -> frozenset[str]:
        """Note that the engine failed here; return all workers on which it failed."""

    @abstractmethod
    def others_can(
        self, call: StageCall, worker: str, engine: EngineChoice, tried: Collection[str]
    ) -> bool:
        """Return whether another worker, which has not tried the step, can run it."""

    @abstractmethod
    def pause(
        self, call: StageCall, worker: str, engine: EngineChoice, tried: Collection[str]
    ) -> float | None:
        """Return for how many seconds to leave a step to warm workers; None: run it now."""

    # --- graphics cards ---------------------------------------------------------------

    @abstractmethod
    def clock(self) -> float:
        """Return the time of Redis, the clock that all machines share."""

    @abstractmethod
    def admit(
        self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage, wanted: Model
    ) -> list[Model] | None:
        """Admit a model; return [], or the models to unload first, or None if that cannot help."""

    @abstractmethod
    def tell(self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage) -> None:
        """Report what a worker uses of a card."""

    @abstractmethod
    def tenants(self, card: gpu_memory.CardId, worker: str) -> dict[str, WorkerUsage]:
        """Return the workers on a card and what they use of it."""

    @abstractmethod
    def leave_card(self, card: gpu_memory.CardId, worker: str) -> None:
        """Remove a worker's entry for a card."""

    @abstractmethod
    def ask(self, card: gpu_memory.CardId, worker: str, model: Model) -> None:
        """Ask another worker on the card to unload a model."""

    @abstractmethod
    def asked(self, worker: str, seconds: int) -> str:
        """Wait for the next unload request; return its model, or an empty string after the time."""

    @abstractmethod
    def footprint(self, what: str) -> int | None:
        """Return the largest measured size of a model."""

    @abstractmethod
    def measured(self, what: str, mb: int) -> None:
        """Store the measured size of a model, if it is larger than the known one."""


class Direct(Coordination):
    """Coordination with full rights to Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self._bus = EventBus(client)
        self._leases = leases.Scripts(client)

    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event:
        return self._bus.emit(event, advance, reference)

    def beat(self, node: Node) -> None:
        registry.send_heartbeat(self.client, node)

    def idle(self, worker: str) -> None:
        registry.mark_idle(self.client, worker)

    def keep(self, worker: str) -> None:
        registry.extend_heartbeat(self.client, worker)

    def leave(self, worker: str) -> None:
        registry.leave(self.client, worker)

    def drain(self, worker: str) -> None:
        registry.drain(self.client, worker)

    def drained(self, worker: str) -> bool:
        return registry.is_draining(self.client, worker)

    def alive(self) -> list[Node]:
        return registry.alive(self.client)

    def take(self, call: StageCall, worker: str, seconds: float) -> Delivery:  # noqa: ARG002
        return leases.begin_delivery(self.client, call, seconds)

    def hold(self, task_id: str, worker: str, seconds: float) -> None:  # noqa: ARG002
        leases.renew_heartbeat(self.client, keys.step_heartbeat(task_id), seconds)

    def stopped(self, call: StageCall) -> bool:
        return leases.is_stopped(self.client, call)

    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        return self._leases.acquire(key, call, worker, seconds)

    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        self._leases.acquire(key, call, worker, seconds)

    def release(self, key: str, call: StageCall, worker: str) -> None:
        self._leases.release(key, call, worker)

    def claim(self, key: str, call: StageCall, worker: str) -> bool:  # noqa: ARG002
        return cache.mark_in_use(self.client, key)

    def note_broken(self, call: StageCall, worker: str) -> frozenset[str]:
        return warm_affinity.note_broken(self.client, call.task_id, worker)

    def others_can(
        self,
        call: StageCall,
        worker: str,  # noqa: ARG002
        engine: EngineChoice,
        tried: Collection[str],
    ) -> bool:
        return warm_affinity.others_can(self.client, call.stage, engine, tried)

    def pause(
        self,
        call: StageCall,
        worker: str,  # noqa: ARG002
        engine: EngineChoice,
        tried: Collection[str],
    ) -> float | None:
        return warm_affinity.WarmAffinity(self.client, call, engine, tried).pause()

    def clock(self) -> float:
        return registry.clock(self.client)

    def admit(
        self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage, wanted: Model
    ) -> list[Model] | None:
        return self._card(card).admit(worker, tenant, wanted)

    def tell(self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage) -> None:
        self._card(card).report(worker, tenant)

    def tenants(self, card: gpu_memory.CardId, worker: str) -> dict[str, WorkerUsage]:  # noqa: ARG002
        return self._card(card).tenants()

    def leave_card(self, card: gpu_memory.CardId, worker: str) -> None:
        self._card(card).leave(worker)

    def ask(self, card: gpu_memory.CardId, worker: str, model: Model) -> None:  # noqa: ARG002
        self._card(card).request_unload(model)

    def asked(self, worker: str, seconds: int) -> str:
        return gpu_memory.unload_requests(self.client, worker, seconds)

    def footprint(self, what: str) -> int | None:
        return gpu_memory.model_size_mb(self.client, what)

    def measured(self, what: str, mb: int) -> None:
        gpu_memory.record_model_size(self.client, what, mb)

    def _card(self, card: gpu_memory.CardId) -> gpu_memory.GpuMemoryTable:
        return gpu_memory.GpuMemoryTable(self.client, card.name, card.memory_mb)
