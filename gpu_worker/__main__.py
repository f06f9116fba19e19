"""`python -m gpu_worker NAME`: a worker of one model environment."""

from __future__ import annotations

import argparse
import os
import sys

from config import private_files, scratch
from config.environments import ENVIRONMENTS
from config.logs import configure
from config.process_names import process_number
from config.settings import ConfigurationError, current
from gpu_worker.models.memory_pressure import budget_mb
from gpu_worker.process import (
    cancelled_timers,
    delayed_messages,
    heartbeat_proxy,
    message_guard,
    queue_subscription,
    shutdown,
    watchdog,
)
from gpu_worker.process.heartbeat import node_name
from gpu_worker.process.pool_process import ENVIRONMENT_VARIABLE
from tasks.messaging import broker, chord_scripts
from tasks.messaging.app import make_app
from tasks.messaging.call_keys import WorkerCallKeys
from tasks.messaging.queue_brokers import queues_in_reach
from tasks.messaging.redis_client import connect_fail_fast
from tasks.nodes.mailbox import coordinate


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gpu_worker", description=__doc__)
    parser.add_argument("environment", choices=sorted(ENVIRONMENTS), help="which environment")
    chosen = parser.parse_args(arguments)
    try:
        settings = current()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # Set before anything is spawned: the pool process reads both from its environment.
    os.environ[ENVIRONMENT_VARIABLE] = chosen.environment
    # The process manager may have set a name.
    os.environ.setdefault("CALLSHEET_NODE", process_number())
    # A warm shutdown on SIGTERM: finish or requeue the stage, never drop it.
    os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
    configure(settings)
    private_files.protect(settings.state)
    scratch.use_own_directory(settings)
    app = make_app(settings, chosen.environment)
    chord_scripts.install(app, waits=settings.node_key is not None)
    if settings.node_key is not None:
        broker.share_no_bindings()
    broker.verify(WorkerCallKeys(settings).refusal)
    app.conf.include = ["gpu_worker.tasks"]
    # In KiB, checked after each stage: a process above its budget is replaced.
    app.conf.worker_max_memory_per_child = 1024 * budget_mb(chosen.environment, settings)
    client = connect_fail_fast(settings)
    watchdog.install(app, client)
    cancelled_timers.install(app)
    name = node_name(chosen.environment)
    shared = coordinate(settings, client)
    heartbeat_proxy.install(app, shared, name, settings)
    queue_subscription.install(app, queues_in_reach(settings, chosen.environment))
    delayed_messages.install(app)
    message_guard.install(app)
    shutdown.install(shared, name, settings)
    app.worker_main(
        [
            "--quiet",
            "worker",
            "--hostname",
            name,
            "--queues",
            ",".join(queues_in_reach(settings, chosen.environment)),
            "--loglevel",
            settings.log_level,
            "--without-gossip",
            "--without-mingle",
        ]
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
