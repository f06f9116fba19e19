"""Whether a video carries the visible label, by the request and the setting `LABEL`."""

from __future__ import annotations

from web.services import current_services


def is_labelled(asked: bool | None) -> bool:
    """Return whether the label is burned in."""
    rule = current_services().settings.trust.label
    return rule == "always" or (rule == "default" if asked is None else asked)
