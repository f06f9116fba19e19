"""What workers share with each other and with the controller, beside queues and the store.

Two ways to the same thing. A worker with full rights to Redis does it there itself (`Direct`,
below). A node with a token asks the controller to (`tasks/nodes/mailbox.py`).
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
    """Everything of the kind that a worker may do."""

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
        """Note that it does nothing: its predecessor may have died while it ran a stage."""

    @abstractmethod
    def keep(self, worker: str) -> None:
        """Leave a silent worker on the list: its next process is starting."""

    @abstractmethod
    def leave(self, worker: str) -> None:
        """Take a worker off the list."""

    @abstractmethod
    def drain(self, worker: str) -> None:
        """Ask a worker to take nothing new."""

    @abstractmethod
    def drained(self, worker: str) -> bool:
        """Whether a worker was asked to take nothing new."""

    @abstractmethod
    def alive(self) -> list[Node]:
        """The workers that this one may know of: all, or those of its own token."""

    # --- steps ------------------------------------------------------------------------

    @abstractmethod
    def take(self, call: StageCall, worker: str, seconds: float) -> Delivery:
        """Hold a delivered step, and look whether and by whom it may be done."""

    @abstractmethod
    def hold(self, task_id: str, worker: str, seconds: float) -> None:
        """Report that a living worker holds this step, for so long."""

    @abstractmethod
    def stopped(self, call: StageCall) -> bool:
        """Whether the job of this call was ended in this attempt or a later one."""

    @abstractmethod
    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        """Take the lease of a content key; whether nobody else holds it."""

    @abstractmethod
    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        """Keep the lease, if nobody else holds it; nobody waits for that."""

    @abstractmethod
    def release(self, key: str, call: StageCall, worker: str) -> None:
        """Give the lease back, and the step with it."""

    @abstractmethod
    def claim(self, key: str, call: StageCall, worker: str) -> bool:
        """Whether a result that was found may be used; to be looked for again after this."""

    @abstractmethod
    def note_broken(self, call: StageCall, worker: str) -> frozenset[str]:
        """Note that the engine broke here; returns every worker on which it did."""

    @abstractmethod
    def others_can(
        self, call: StageCall, worker: str, engine: EngineChoice, tried: Collection[str]
    ) -> bool:
        """Whether a worker that has not tried a step may run it."""

    @abstractmethod
    def pause(
        self, call: StageCall, worker: str, engine: EngineChoice, tried: Collection[str]
    ) -> float | None:
        """Seconds for which a step is left to warmer workers; None: run it here and now."""

    # --- graphics cards ---------------------------------------------------------------

    @abstractmethod
    def clock(self) -> float:
        """The one clock that all machines have in common."""

    @abstractmethod
    def admit(
        self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage, wanted: Model
    ) -> list[Model] | None:
        """Enter a model where it fits, and return []; else who has to go first, if that helps."""

    @abstractmethod
    def tell(self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage) -> None:
        """Report what a worker holds of a card."""

    @abstractmethod
    def tenants(self, card: gpu_memory.CardId, worker: str) -> dict[str, WorkerUsage]:
        """Who is on a card that this worker is on."""

    @abstractmethod
    def leave_card(self, card: gpu_memory.CardId, worker: str) -> None:
        """Give back what a worker holds of a card."""

    @abstractmethod
    def ask(self, card: gpu_memory.CardId, worker: str, model: Model) -> None:
        """Ask another worker on the card to unload a model."""

    @abstractmethod
    def asked(self, worker: str, seconds: int) -> str:
        """The model that a worker shall unload; empty when nobody asks for so long."""

    @abstractmethod
    def footprint(self, what: str) -> int | None:
        """The most that a model was measured to take."""

    @abstractmethod
    def measured(self, what: str, mb: int) -> None:
        """Remember what a model takes, where that is more than was known."""


class Direct(Coordination):
    """By somebody with full rights to Redis."""

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
