"""Celery and nothing else: the same nested chord, of tasks that return at once.

`python -m tests.bench.bare` is a worker of it, set up as our own are. Both sides are given
another database of the same Redis, so that neither takes the other's messages.
"""

from __future__ import annotations

import uuid

import redis
from celery import chain, chord

from config.settings import Settings, current
from tasks.messaging.app import make_app, make_sender

app = make_app(current())


def _client(settings: Settings) -> redis.Redis:
    return redis.Redis.from_url(settings.redis_url, socket_timeout=None)


@app.task(name="bare.step")
def step() -> str:
    return "done"


@app.task(name="bare.last")
def last(job: str) -> str:
    _client(current()).rpush("bare:ended", job)
    return "done"


class Bare:
    """The sending side, and the one that waits."""

    def __init__(self, settings: Settings) -> None:
        self._app = make_sender(settings)
        self._client = _client(settings)

    def send(self, scenes: int) -> str:
        """script and face, then three stages for each scene, then the assembly."""
        job = uuid.uuid4().hex
        one = self._app.signature("bare.step", immutable=True)
        end = self._app.signature("bare.last", args=[job], immutable=True)
        header = [chain(one.clone(), one.clone(), one.clone()) for _ in range(scenes)]
        middle = chord(header, end, app=self._app)
        chord([one.clone(), one.clone()], middle, app=self._app).apply_async()
        return job

    def ended(self, seconds: float = 60) -> str:
        """The next job that has ended."""
        found = self._client.blpop(["bare:ended"], timeout=int(seconds))
        assert found is not None, "bare Celery did not end a chord"
        return found[1].decode()


if __name__ == "__main__":
    arguments = ["--quiet", "worker", "--queues", "lite", "--loglevel", "WARNING"]
    app.worker_main([*arguments, "--without-gossip", "--without-mingle"])
