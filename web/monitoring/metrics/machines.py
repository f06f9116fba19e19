"""The machines that processes run on, as each tells of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily

from tasks.telemetry.host_metrics import Usage


def machines(told: Iterable[Usage]) -> Iterator[GaugeMetricFamily]:
    """Of several processes on one machine, the word of one is enough."""
    used = GaugeMetricFamily(
        "callsheet_machine_used_ratio",
        "How much of a machine's memory, storage or processors is used.",
        labels=["machine", "resource"],
    )
    busy = GaugeMetricFamily(
        "callsheet_gpu_used_ratio",
        "How much of the time a graphics card computes.",
        labels=["machine", "gpu", "model"],
    )
    memory = GaugeMetricFamily(
        "callsheet_gpu_memory_used_ratio",
        "How much of a graphics card's memory is used, by whomever.",
        labels=["machine", "gpu", "model"],
    )
    for name, usage in sorted({usage.host: usage for usage in told}.items()):
        used.add_metric([name, "memory"], usage.memory_percent / 100)
        used.add_metric([name, "storage"], usage.storage_percent / 100)
        used.add_metric([name, "processors"], usage.cpu_percent / 100)
        for number, gpu in enumerate(usage.gpus):
            busy.add_metric([name, str(number), gpu.name], gpu.used_percent / 100)
            memory.add_metric([name, str(number), gpu.name], gpu.memory_percent / 100)
    yield used
    yield busy
    yield memory
