"""The messages about hosted models: calls to workers, and their reports to the controller."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import redis

from tasks.domain import wire
from tasks.domain.hosted import Purchase, Report, Task, Verb
from tasks.messaging import keys

TASK: Final = "provider"
"""The name of the Celery task."""
SECONDS: Final = {
    Verb.SUBMIT: 150,
    Verb.POLL: 120,
    Verb.FETCH: 900,
    Verb.CANCEL: 120,
    Verb.RENDER: 900,
    Verb.FINISH: 600,
}
"""The time limits of the verbs."""
POLLS_A_MESSAGE: Final = 40
_MOST_REPORTS: Final = 100_000


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One verb for one call, or for some calls of one provider."""

    verb: str
    number: str
    """What makes the id of the message unique."""
    items: tuple[dict[str, Any], ...]

    @property
    def args(self) -> list[Any]:
        return [self.verb, self.number, list(self.items)]

    @property
    def task_id(self) -> str:
        """Return a task id that is readable in Flower; no step has such an id."""
        return f"provider.{self.verb}.{self.number}"

    @classmethod
    def of_args(cls, args: Any) -> ProviderCall:
        """Parse untrusted arguments; raises ValueError or TypeError."""
        verb, number, items = args
        if not isinstance(number, str) or not isinstance(items, list):
            raise TypeError("an argument has the wrong type")
        return cls(Verb(verb).value, number, tuple(items))

    @classmethod
    def submit(cls, purchase: Purchase, number: str) -> ProviderCall:
        return cls(Verb.SUBMIT.value, number, (asdict(purchase),))

    @classmethod
    def of_tasks(cls, verb: Verb, tasks: Sequence[Task], number: str) -> ProviderCall:
        return cls(verb.value, number, tuple(asdict(task) for task in tasks))

    def purchase(self) -> Purchase:
        """Return the task to create; raise `Malformed`."""
        return wire.build(Purchase, self.items[0])

    def tasks(self) -> list[Task]:
        """Return the tasks to ask for; raise `Malformed`."""
        return [wire.build(Task, item) for item in self.items]


def send_report(client: redis.Redis, report: Report) -> None:
    """Report to the controller. A lost report is made good: the controller asks again."""
    told = {name: value for name, value in asdict(report).items() if value not in (None, "", ())}
    text = json.dumps(told, separators=(",", ":"))
    client.xadd(keys.PROVIDER_REPORTS, {"report": text}, maxlen=_MOST_REPORTS)


def read_reports(client: redis.Redis, count: int) -> list[tuple[str, str]]:
    """Return the oldest reports, each with the id under which it is removed."""
    found: Any = client.xrange(keys.PROVIDER_REPORTS, count=count)
    return [(entry_id, str(entry.get("report", ""))) for entry_id, entry in found]


def remove_reports(client: redis.Redis, entry_ids: Iterable[str]) -> None:
    ids = list(entry_ids)
    if ids:
        client.xdel(keys.PROVIDER_REPORTS, *ids)
