"""The Redis servers that have the queues: one for all, or one for some environments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import redis

from config.environments import ENVIRONMENTS, queues_served
from config.settings import Settings
from tasks.messaging.redis_client import connect_to


class QueueBrokers:
    """Clients of the servers with the queues."""

    def __init__(self, settings: Settings, client: redis.Redis) -> None:
        """`client` is that of `REDIS_URL`."""
        self._settings = settings
        self._clients = {settings.redis_url: client}

    def __iter__(self) -> Iterator[tuple[redis.Redis, list[str]]]:
        """Return each server with the environments whose queues it has."""
        by_url: dict[str, list[str]] = defaultdict(list)
        for environment in ENVIRONMENTS:
            by_url[self._settings.broker_url(environment)].append(environment)
        for url, environments in by_url.items():
            yield self._client(url), environments

    @property
    def urls(self) -> list[str]:
        """Return the URL of each server."""
        return list(dict.fromkeys(map(self._settings.broker_url, ENVIRONMENTS)))

    def _client(self, url: str) -> redis.Redis:
        if url not in self._clients:
            self._clients[url] = connect_to(url)
        return self._clients[url]


def queues_in_reach(settings: Settings, environment: str) -> tuple[str, ...]:
    """Return the queues that a worker consumes: those that it serves, on its own broker."""
    own = settings.broker_url(environment)
    return tuple(q for q in queues_served(environment) if settings.broker_url(q) == own)


@cache
def client_for_publishing(url: str) -> redis.Redis:
    """Return this process's client of another broker."""
    return connect_to(url)
