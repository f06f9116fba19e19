"""`ExceptionHandler`: the first design's name for problem documents."""

from __future__ import annotations

from typing import Any

from web.http.errors import known_error, problem_document


class ExceptionHandler:
    """Turns an exception into what a caller may read, and logs unexpected ones."""

    def handle_exception(self, error: Exception) -> dict[str, Any]:
        """Return `error_code`, `user_message` and `details`, without internal details."""
        return {"details": {}, **problem_document(known_error(error))}
