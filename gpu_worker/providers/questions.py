"""Ask providers how their tasks are doing, and cancel them."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from config.provider_keys import ProviderKey
from gpu_worker.providers.answers import NoAnswer, NotSent, ProviderRefused, Status
from gpu_worker.providers.wire import UnknownWire, Wire, open_wire
from tasks.domain.hosted import Cause, Outcome, Remote, Report, Task
from tasks.nodes.key_limits import Limits

log = logging.getLogger(__name__)

THREADS: Final = 8
_OPEN: Final = (Outcome.WAITING, Outcome.RUNNING)
_NO_VIDEO: Final = "The provider has finished without a video."


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks for the tasks of one worker process."""

    limits: Limits
    keys: tuple[ProviderKey, ...]

    def poll(self, tasks: Iterable[Task], on_report: Callable[[Report], None]) -> None:
        """Ask for each task with the key that created it, and report what came of it."""
        groups: dict[tuple[Remote, str], list[Task]] = defaultdict(list)
        for task in tasks:
            groups[task.remote, task.key].append(task)
        with ThreadPoolExecutor(THREADS) as pool:
            for reports in pool.map(self._ask, self._questions(groups)):
                for report in reports:
                    on_report(report)

    def cancel(self, task: Task) -> Report:
        """Cancel a task; what cannot be cancelled is left to end by itself."""
        wire = self._wire(task)
        try:
            if wire is not None:
                wire.cancel(task.task_id)
        except (ProviderRefused, NotSent, NoAnswer) as error:
            what = {"provider": task.remote.provider, "reason": str(error)}
            log.info("task not cancelled", extra=what)
        self.limits.release(task.remote.provider, task.key, task.call_id)
        return Report(task.call_id, Outcome.CANCELLED)

    def _questions(
        self, groups: dict[tuple[Remote, str], list[Task]]
    ) -> Iterator[tuple[Wire | None, Sequence[Task]]]:
        for tasks in groups.values():
            wire = self._wire(tasks[0])
            if wire is None or wire.polls_many:
                yield wire, tasks
            else:
                yield from ((wire, [task]) for task in tasks)

    def _ask(self, question: tuple[Wire | None, Sequence[Task]]) -> list[Report]:
        wire, tasks = question
        if wire is None:
            missing = "This worker has no such key of the provider."
            return [_unreached(task, Cause.KEY, missing) for task in tasks]
        began = time.monotonic()
        try:
            found = wire.poll([task.task_id for task in tasks])
        except ProviderRefused as refused:
            return [self._refused(task, refused) for task in tasks]
        except (NotSent, NoAnswer) as error:
            return [_unreached(task, Cause.SERVER, str(error)) for task in tasks]
        seconds = time.monotonic() - began
        return [self._report(task, found.get(task.task_id), seconds) for task in tasks]

    def _report(self, task: Task, status: Status | None, seconds: float) -> Report:
        if status is None:
            status = Status(Outcome.GONE, said="The provider does not know the task any more.")
        if status.outcome is Outcome.READY and not status.urls:
            # Such a task is billed, so it counts as bought: some providers do so for empty input.
            status = replace(
                status, outcome=Outcome.DAMAGED, cause=Cause.DAMAGED, said=status.said or _NO_VIDEO
            )
        if status.outcome not in _OPEN:
            self.limits.release(task.remote.provider, task.key, task.call_id)
        cause = status.cause
        if status.outcome is Outcome.GONE:
            cause = Cause.LOST
        return Report(
            task.call_id,
            status.outcome,
            task_id=task.task_id,
            key=task.key,
            cause="" if cause is None else cause.value,
            message=status.said,
            progress=status.progress,
            place=status.place,
            throttled=status.throttled,
            urls=status.urls,
            manifest=status.manifest,
            cost=status.cost,
            seconds=seconds,
        )

    def _refused(self, task: Task, refused: ProviderRefused) -> Report:
        """Report a refused question: only a task that is not known is lost."""
        if refused.cause is Cause.LOST:
            return self._report(task, None, 0.0)
        after = refused.retry_after
        return _unreached(task, refused.cause, refused.said, after)

    def _wire(self, task: Task) -> Wire | None:
        named = (task.remote.provider, task.key)
        key = next((k for k in self.keys if (k.provider, k.label) == named), None)
        try:
            return None if key is None else open_wire(task.remote, key)
        except UnknownWire:
            return None


def _unreached(task: Task, cause: Cause, why: str, retry_after: float | None = None) -> Report:
    return Report(
        task.call_id,
        Outcome.UNREACHED,
        task_id=task.task_id,
        key=task.key,
        cause=cause.value,
        message=why,
        retry_after=retry_after,
    )
