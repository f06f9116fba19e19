"""Decorators that document which errors a route answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_smorest import Blueprint

from web.api.schemas.problem import Problem
from web.http.errors import MEDIA_TYPE

STARTS: Final[Mapping[int, tuple[str, ...]]] = {
    402: ("CREDITS_NEEDED", "BUDGET_REACHED"),
    404: ("SESSION_NOT_FOUND", "IMAGE_NOT_FOUND", "VOICE_NOT_FOUND"),
    409: ("FACE_MISSING", "UPLOAD_NOT_ACCEPTED", "IDEMPOTENCY_KEY_IN_USE"),
    410: ("SESSION_EXPIRED",),
    422: (
        *("VALIDATION_FAILED", "CONSENT_REQUIRED", "WEBHOOK_URL_REFUSED", "IDEMPOTENCY_KEY_REUSED"),
        *("LICENCE_NON_COMMERCIAL", "IMAGE_REJECTED", "NO_FACE", "SEVERAL_FACES"),
        *("FACE_TOO_SMALL", "FACE_TURNED_AWAY", "FACE_COVERED", "FACE_REFUSED", "VOICE_REFUSED"),
    ),
    429: ("RATE_LIMITED", "DAILY_LIMIT_REACHED"),
    451: ("CONSENT_WITHDRAWN",),
    503: ("ENGINE_UNAVAILABLE", "SERVER_FULL"),
}
"""Errors of every route that starts a talking video."""


def documented_start(
    blueprint: Blueprint, more: Mapping[int, tuple[str, ...]]
) -> Callable[..., Any]:
    """Document the errors of a route that starts a talking video; `more` are its own."""

    def decorator(view: Any) -> Any:
        for status in sorted({*STARTS, *more}, reverse=True):
            codes = (*STARTS.get(status, ()), *more.get(status, ()))
            view = documented_errors(blueprint, status, *codes)(view)
        return view

    return decorator


def documented_errors(blueprint: Blueprint, status: int, *codes: str) -> Callable[..., Any]:
    """Document that a route may answer `status` with one of these error codes."""
    decorator: Callable[..., Any] = blueprint.alt_response(
        status, schema=Problem, content_type=MEDIA_TYPE, description=" or ".join(codes)
    )
    return decorator
