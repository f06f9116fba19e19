"""Log lines: the message names the event and never varies, and the values are fields."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from docs.generate.source import nodes, python_files, text

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
RESERVED = {*vars(logging.makeLogRecord({})), "message", "asctime"}
NAMES = ("API ", "Engine.IO ", "Socket.IO ", "WebSocket ")


def log_calls(code: Iterable[ast.AST]) -> Iterator[ast.Call]:
    for node in code:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "log"
            and node.func.attr in LEVELS
        ):
            yield node


def messages(call: ast.Call) -> list[ast.expr]:
    """The possible messages of a call: one, or two in a conditional expression."""
    first = call.args[call.func.attr == "log"]  # type: ignore[attr-defined]
    return [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]


def wrong_message(message: ast.expr) -> str:
    if not (isinstance(message, ast.Constant) and isinstance(message.value, str)):
        return "the message varies"
    if "%" in message.value or message.value.endswith("."):
        return "a `%` or a full stop in the message"
    if not (message.value[0].islower() or message.value.startswith(NAMES)):
        return "the message begins with a capital letter"
    return ""


def reserved_names(call: ast.Call) -> set[object]:
    fields = [keyword.value for keyword in call.keywords if keyword.arg == "extra"]
    keys = [key for one in fields if isinstance(one, ast.Dict) for key in one.keys]
    return {key.value for key in keys if isinstance(key, ast.Constant)} & RESERVED


def problems(call: ast.Call) -> Iterator[str]:
    if len(call.args) != 1 + (call.func.attr == "log"):  # type: ignore[attr-defined]
        yield "arguments beside the message: name them in `extra`"
    yield from filter(None, map(wrong_message, messages(call)))
    if names := reserved_names(call):
        yield f"a field with a name of logging's own: {names}"


@pytest.mark.parametrize("package", ["config", "tasks", "gpu_worker", "web"])
def test_messages_name_an_event_and_values_are_fields(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{call.lineno}: {problem}"
        for path in python_files(ROOT / package)
        if "log" in text(path)
        for call in log_calls(nodes(path))
        for problem in problems(call)
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        'log.info("job %s accepted", job_id)',
        'log.info(f"job {job_id} accepted")',
        'log.info("Job accepted")',
        'log.info("job accepted.")',
        'log.info("job accepted", extra={"name": job_id})',
    ],
)
def test_wrong_lines_are_found(line: str) -> None:
    assert list(problems(next(log_calls(ast.walk(ast.parse(line))))))
