"""Settings that differ from others in a few values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.settings import Settings


def changed(settings: Settings, **values: Any) -> Settings:
    """Return settings with other values; a mapping holds those of a group.

    >>> changed(Settings(), port=1, accounts={"auth": "off"}).accounts.auth
    'off'
    """
    return replace(
        settings,
        **{
            name: replace(getattr(settings, name), **value) if isinstance(value, Mapping) else value
            for name, value in values.items()
        },
    )
