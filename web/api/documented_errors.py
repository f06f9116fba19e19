"""A decorator that documents which errors a route answers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_smorest import Blueprint

from web.api.schemas.problem import Problem
from web.http.errors import MEDIA_TYPE


def documented_errors(blueprint: Blueprint, status: int, *codes: str) -> Callable[..., Any]:
    """Document that a route may answer `status` with one of these error codes."""
    decorator: Callable[..., Any] = blueprint.alt_response(
        status, schema=Problem, content_type=MEDIA_TYPE, description=" or ".join(codes)
    )
    return decorator
