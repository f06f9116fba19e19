"""Refuse new files and jobs while the disk is nearly full; what runs may finish."""

from __future__ import annotations

import psutil

from web.errors import ServerFull, StorageFull
from web.services import Services


def require_upload_space(services: Services) -> None:
    """No new files on a disk that is nearly full; what runs may finish."""
    if _nearly_full(services):
        raise StorageFull


def require_job_space(services: Services) -> None:
    """No new jobs either: they would fail half way."""
    if _nearly_full(services):
        raise ServerFull


def _nearly_full(services: Services) -> bool:
    settings = services.settings
    return psutil.disk_usage(str(settings.state)).percent >= settings.disk_full_percent
