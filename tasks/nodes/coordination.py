"""The state that workers share with each other and with the controller.

A worker with full rights to Redis reads and writes it there (`Coordination`). A node with a token
asks the controller to (`tasks/nodes/mailbox.py`).
"""

from __future__ import annotations

from collections.abc import Collection

import redis

from tasks.domain.events import Event
from tasks.domain.examination import Verdict
from tasks.domain.plan import EngineChoice
from tasks.messaging import keys
from tasks.messaging.emission import Advance, Emission
from tasks.messaging.event_bus import EventBus
from tasks.messaging.examination_call import examined_event
from tasks.messaging.stage_call import StageCall
from tasks.nodes import gpu_memory, leases, registry, warm_affinity
from tasks.nodes.gpu_memory import Model, WorkerUsage
from tasks.nodes.leases import Delivery
from tasks.nodes.provider_calls import ProviderCalls
from tasks.nodes.registry import Node
from tasks.store import cache


class Coordination:
    """The operations of a worker on shared state, with full rights to Redis.

    `Mailbox` overrides each of them.
    """

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self._bus = EventBus(client)
        self._leases = leases.Scripts(client)
        self._provider_calls: ProviderCalls | None = None

    @property
    def provider_calls(self) -> ProviderCalls:
        """What calls to hosted models share; made on first use."""
        if self._provider_calls is None:
            self._provider_calls = ProviderCalls(self.client)
        return self._provider_calls

    # --- events --------------------------------------------------------------------

    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event:
        """Report what happened to a step."""
        return self._bus.emit(event, advance, reference)

    def examined(self, worker: str, subject: str, session_id: str, verdict: Verdict) -> None:  # noqa: ARG002
        """Report the verdict on an uploaded file."""
        self._bus.emit(examined_event(subject, session_id, verdict))

    # --- workers -------------------------------------------------------------------

    def beat(self, node: Node) -> None:
        """Write a heartbeat."""
        registry.send_heartbeat(self.client, node)

    def idle(self, worker: str) -> None:
        """Note that a worker runs nothing; its predecessor may have died while it ran a stage."""
        registry.mark_idle(self.client, worker)

    def keep(self, worker: str) -> None:
        """Keep a worker registered while its next pool process starts."""
        registry.extend_heartbeat(self.client, worker)

    def leave(self, worker: str) -> None:
        """Unregister a worker."""
        registry.leave(self.client, worker)

    def drain(self, worker: str) -> None:
        """Ask a worker to take no new work."""
        registry.drain(self.client, worker)

    def drained(self, worker: str) -> bool:
        """Return whether a worker was asked to take no new work."""
        return registry.is_draining(self.client, worker)

    def alive(self) -> list[Node]:
        """Return the live workers that are visible to this one: all, or those of its token."""
        return registry.alive(self.client)

    # --- steps ---------------------------------------------------------------------

    def take(self, call: StageCall, worker: str, seconds: float) -> Delivery:  # noqa: ARG002
        """Hold a delivered step, and check whether this worker should run it."""
        return leases.begin_delivery(self.client, call, seconds)

    def hold(self, task_id: str, worker: str, seconds: float) -> None:  # noqa: ARG002
        """Report that a live worker holds this step, for so many seconds."""
        leases.renew_heartbeat(self.client, keys.step_heartbeat(task_id), seconds)

    def stopped(self, call: StageCall) -> bool:
        """Return whether the job of this call was stopped in this attempt or a later one."""
        return leases.is_stopped(self.client, call)

    def acquire(self, key: str, call: StageCall, worker: str, seconds: float) -> bool:
        """Acquire the lease of a content key; return False if another worker holds it."""
        return self._leases.acquire(key, call, worker, seconds)

    def renew(self, key: str, call: StageCall, worker: str, seconds: float) -> None:
        """Renew the lease, if no other worker holds it, without waiting for the result."""
        self._leases.acquire(key, call, worker, seconds)

    def start(self, key: str, call: StageCall, worker: str, seconds: float, started: Event) -> bool:
        """Acquire the lease and report the start; return False if another worker holds it."""
        return self._leases.start(key, call, worker, seconds, started)

    def release(self, key: str, call: StageCall, worker: str) -> None:
        """Release the lease and the step."""
        self._leases.release(key, call, worker)

    def finish(self, key: str, call: StageCall, worker: str, last: Emission) -> Event:
        """Report the end of a step, and release its lease and the step."""
        return self._leases.finish(key, call, worker, last)

    def claim(self, key: str, call: StageCall, worker: str) -> bool:  # noqa: ARG002
        """Mark a cached result as in use; False if it is being evicted. Then look it up again."""
        return cache.mark_in_use(self.client, key)

    def note_broken(self, call: StageCall, worker: str) -> frozenset[str]:
        """Note that the engine failed here; return all workers on which it failed."""
        return warm_affinity.note_broken(self.client, call.task_id, worker)

    def others_can(
        self,
        call: StageCall,
        worker: str,  # noqa: ARG002
        engine: EngineChoice,
        tried: Collection[str],
    ) -> bool:
        """Return whether another worker, which has not tried the step, can run it."""
        return warm_affinity.others_can(self.client, call.stage, engine, tried)

    def pause(
        self,
        call: StageCall,
        worker: str,  # noqa: ARG002
        engine: EngineChoice,
        tried: Collection[str],
    ) -> float | None:
        """Return for how many seconds to leave a step to warm workers; None: run it now."""
        return warm_affinity.WarmAffinity(self.client, call, engine, tried).pause()

    # --- graphics cards ------------------------------------------------------------

    def clock(self) -> float:
        """Return the time of Redis, the clock that all machines share."""
        return registry.clock(self.client)

    def admit(
        self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage, wanted: Model
    ) -> list[Model] | None:
        """Admit a model; return [], or the models to unload first, or None if that cannot help."""
        return self._card(card).admit(worker, tenant, wanted)

    def tell(self, card: gpu_memory.CardId, worker: str, tenant: WorkerUsage) -> None:
        """Report what a worker uses of a card."""
        self._card(card).report(worker, tenant)

    def tenants(self, card: gpu_memory.CardId, worker: str) -> dict[str, WorkerUsage]:  # noqa: ARG002
        """Return the workers on a card and what they use of it."""
        return self._card(card).tenants()

    def leave_card(self, card: gpu_memory.CardId, worker: str) -> None:
        """Remove a worker's entry for a card."""
        self._card(card).leave(worker)

    def ask(self, card: gpu_memory.CardId, worker: str, model: Model) -> None:  # noqa: ARG002
        """Ask another worker on the card to unload a model."""
        self._card(card).request_unload(model)

    def asked(self, worker: str, seconds: int) -> str:
        """Wait for the next unload request; return its model, or an empty string after the time."""
        return gpu_memory.unload_requests(self.client, worker, seconds)

    def footprint(self, what: str) -> int | None:
        """Return the largest measured size of a model."""
        return gpu_memory.model_size_mb(self.client, what)

    def measured(self, what: str, mb: int) -> None:
        """Store the measured size of a model, if it is larger than the known one."""
        gpu_memory.record_model_size(self.client, what, mb)

    def _card(self, card: gpu_memory.CardId) -> gpu_memory.GpuMemoryTable:
        return gpu_memory.GpuMemoryTable(self.client, card.name, card.memory_mb)
