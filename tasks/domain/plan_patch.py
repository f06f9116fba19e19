"""Apply a JSON Patch (RFC 6902) to the plan of a video (pure).

Only `add`, `remove`, `replace` and `move` are accepted, and what comes out must be a valid plan.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any, Final

from tasks.domain.typed_document import InvalidDocument, Problem
from tasks.domain.video_plan import VideoPlan

Operation = dict[str, Any]
Patch = list[Operation]

MOST_OPERATIONS: Final = 100
_VERBS: Final = ("add", "remove", "replace", "move")
_INDEX: Final = re.compile("0|[1-9][0-9]{0,3}")


def apply(plan: VideoPlan, patch: Any) -> VideoPlan:
    """Return the changed plan; raise `InvalidDocument` if that is no valid plan."""
    if not isinstance(patch, list) or len(patch) > MOST_OPERATIONS:
        raise _wrong("patch", f"must be a list of at most {MOST_OPERATIONS} operations")
    document = plan.to_dict()
    for number, operation in enumerate(patch):
        _apply_one(document, operation, f"patch[{number}]")
    return VideoPlan.from_dict(document)


def _apply_one(document: dict[str, Any], operation: Any, where: str) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in _VERBS:
        raise _wrong(where, f"must have an `op` of: {', '.join(_VERBS)}")
    path = _tokens(operation.get("path"), f"{where}.path")
    match operation["op"]:
        case "remove":
            _take(document, path, where)
        case "move":
            source = _tokens(operation.get("from"), f"{where}.from")
            _put(document, path, _take(document, source, where), where)
        case verb:
            if "value" not in operation:
                raise _wrong(f"{where}.value", "is missing")
            value = copy.deepcopy(operation["value"])
            if verb == "replace":
                _replace(document, path, value, where)
            else:
                _put(document, path, value, where)


def _tokens(pointer: Any, where: str) -> list[str]:
    if not isinstance(pointer, str) or not pointer.startswith("/") or len(pointer) > 200:
        raise _wrong(where, "must be a JSON pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def _parent(document: Any, path: Sequence[str], where: str) -> Any:
    at = document
    for token in path[:-1]:
        at = _child(at, token, where)
    return at


def _child(at: Any, token: str, where: str) -> Any:
    if isinstance(at, dict) and token in at:
        return at[token]
    if isinstance(at, list) and _INDEX.fullmatch(token) and int(token) < len(at):
        return at[int(token)]
    raise _wrong(where, "names nothing in the plan")


def _take(document: Any, path: Sequence[str], where: str) -> Any:
    parent = _parent(document, path, where)
    found = _child(parent, path[-1], where)
    del parent[int(path[-1]) if isinstance(parent, list) else path[-1]]
    return found


def _replace(document: Any, path: Sequence[str], value: Any, where: str) -> None:
    parent = _parent(document, path, where)
    _child(parent, path[-1], where)
    parent[int(path[-1]) if isinstance(parent, list) else path[-1]] = value


def _put(document: Any, path: Sequence[str], value: Any, where: str) -> None:
    parent, place = _parent(document, path, where), path[-1]
    if isinstance(parent, dict):
        parent[place] = value
    elif isinstance(parent, list) and place == "-":
        parent.append(value)
    elif isinstance(parent, list) and _INDEX.fullmatch(place) and int(place) <= len(parent):
        parent.insert(int(place), value)
    else:
        raise _wrong(where, "names nothing in the plan")


def _wrong(path: str, message: str) -> InvalidDocument:
    return InvalidDocument((Problem(path, message),))
