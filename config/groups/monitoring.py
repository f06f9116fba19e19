"""The settings of monitoring."""

from __future__ import annotations

from dataclasses import dataclass

from config.expected_processes import ExpectedProcesses
from config.setting import setting


@dataclass(frozen=True, slots=True)
class MonitoringSettings:
    """When resources are reported as scarce, and where alerts, metrics and traces go."""

    memory_warning_percent: float = setting(
        70.0, "MEMORY_WARNING_PERCENT", "Memory usage (percent) that triggers a warning."
    )
    memory_critical_percent: float = setting(
        90.0, "MEMORY_CRITICAL_PERCENT", "Memory usage (percent) that unloads idle models."
    )
    storage_warning_percent: float = setting(
        80.0,
        "STORAGE_WARNING_PERCENT",
        "Disk usage (percent) that triggers a warning and a cleanup to below this value.",
    )
    disk_full_percent: float = setting(
        95.0, "DISK_FULL_PERCENT", "Disk usage (percent) at which new uploads and jobs are refused."
    )
    alert_url: str = setting(
        "",
        "ALERT_URL",
        "URL that receives every resource alert as JSON: `https://`, or `http://` within the own "
        "network.",
        secret=True,
    )
    metrics_port: int = setting(
        0,
        "METRICS_PORT",
        "First port on which web, controllers and workers serve Prometheus metrics. 0: none.",
    )
    metrics_host: str = setting(
        "127.0.0.1",
        "METRICS_HOST",
        "Address on which web, controllers and workers serve metrics. 0.0.0.0: all interfaces.",
    )
    metrics_token: str = setting(
        "",
        "METRICS_TOKEN",
        "Bearer token for all metrics. Empty: generated once in the state directory.",
        secret=True,
    )
    expected_processes: tuple[ExpectedProcesses, ...] = setting(
        (),
        "EXPECTED_PROCESSES",
        "How many processes are always running, for the alert `CallsheetProcessMissing`: "
        "`web=2, control=2, xtts=1`. NAME is `web`, `control`, `live`, `mcp`, `flower` or, of "
        "workers, an environment. Leave out what may be scaled to zero. web reads it.",
    )
    slo_start_seconds: float = setting(
        30.0,
        "SLO_START_SECONDS",
        "Objective: seconds from an accepted job to the start of its first stage.",
    )
    slo_first_scene_seconds: float = setting(
        180.0,
        "SLO_FIRST_SCENE_SECONDS",
        "Objective: seconds from an accepted job to its first animated scene.",
    )
    otlp_endpoint: str = setting(
        "",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "Receiver of traces (OTLP over HTTP, `http://collector:4318`). Empty: no tracing.",
    )
